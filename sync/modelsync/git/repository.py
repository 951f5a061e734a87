"""One repository: its review branch, the commit, and the way back from whatever fails."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec

from modelsync.disk import files, git_folders
from modelsync.errors import DiskFault, GitRefused
from modelsync.git import preconditions
from modelsync.git.command import Command, SignalsHeld, literal, persons_locale, some
from modelsync.git.facts import HEADS, REMOTES, CommitFacts, Head, ReviewBranch
from modelsync.git.reading import Reading, head_of
from modelsync.git.refusals import no_commit, refusal
from modelsync.git.remote import Remote
from modelsync.git.rollback import BegunCommit, way_back

COMMIT_SECONDS = 600.0  # a hook may install its tools when it runs for the first time
_SUMMARY = re.compile(rb" ([0-9a-f]{4,64})\] ")  # `[branch 0a9bb9b] subject`: wherever HEAD is by then


class Repository(Reading):
    """A git repository with a working tree and at least one commit. Its methods raise GitRefused."""

    def __init__(self, root: Path, git_dir: Path, head: Head, hidden: Collection[str] = ()) -> None:
        super().__init__(root, git_dir, head, hidden)
        self._new = frozenset[str]()  # the files that are to be committed and git does not track yet
        self._begun = BegunCommit(head)
        self._remotes: dict[str, Remote] = {}

    @classmethod
    def find(cls, folder: Path, hidden: Collection[str] = ()) -> Repository:
        """The repository that a folder lies in; hooks do not see the environment variables in `hidden`."""
        inside = Path(os.path.realpath(folder))
        top = git_folders.top(inside)
        if top:
            preconditions.expect_own(top, *git_folders.VARIABLES)
        where = top or inside
        asked = ("--is-bare-repository", "--is-inside-work-tree", "--show-cdup", "--git-dir")
        answer = Command(where).run("rev-parse", *asked, "HEAD", "--symbolic-full-name", "HEAD")
        lines = os.fsdecode(answer.output).split("\n")
        if lines[0] == "true" or lines[1:2] == ["false"]:
            raise GitRefused("is no working tree", where=str(where), advice="Use a clone that is not bare.")
        if answer.status:
            raise preconditions.unusable(answer, where)
        _, _, up, *git_dir, sha, ref, _ = lines
        root = Path(os.path.realpath(where / up))
        return cls(root, Path(os.path.realpath(where / "\n".join(git_dir))), head_of(sha, ref), hidden)

    def preconditions(self, paths: Iterable[Path]) -> None:
        """Refuse now what would mix a person's work with ours, or what git would refuse later."""
        preconditions.expect_own(self.root, preconditions.INDEX)
        preconditions.expect_calm(self.root, self.git_dir)
        preconditions.expect_unlocked(self._index)
        preconditions.expect_identity(self.git, self.root)
        names = self.names(paths)
        self._new = preconditions.expect_clean(self.git, self.root, names)
        self._begun = BegunCommit(self.head, paths=tuple(names), process=os.getpid())

    # ------------------------------------------------------------------------ the review branch

    def review_state(
        self, name: str, is_ours: Callable[[CommitFacts], bool], remote: str = ""
    ) -> ReviewBranch:
        """What the review branch holds, or that of a remote held when it was fetched last. What `is_ours`
        denies is a person's, but for what it began on, as where HEAD is behind."""
        ref = f"{REMOTES}{remote}/{name}" if remote else HEADS + name
        tip, target, worktree = self.branch(ref)
        if target:
            raise GitRefused(f"is only another name of {target}", where=name, advice="Name another branch.")
        here = self.head.ref == ref
        commits = self.log(f"{self.head.sha}..{tip}") if tip and tip != self.head.sha else ()
        theirs = self.persons(commits, self.head.sha, is_ours)
        # another branch that ends where this one does is a copy of it, and nothing that it began on
        if theirs and {one.sha for one in theirs} & self.on_no_other(name, tip, copies={tip}):
            return ReviewBranch(name, tip, commits, theirs[0].sha, here, "" if here else worktree)
        proposals = tuple(commit for commit in commits if is_ours(commit))
        return ReviewBranch(name, tip, proposals, "", here, "" if here else worktree)

    @contextmanager
    def transaction(self, review: ReviewBranch | None = None) -> Iterator[Head]:
        """Make the commit inside this: if anything there fails, HEAD, branch and index are as before.

        HEAD is put on the review branch, which starts anew where HEAD is (if HEAD is on it already,
        or without one, the commit goes on top). That touches no file and nothing that is staged.
        Gives where HEAD was. To be called after `preconditions` of the files.
        """
        if review and not review.here:
            preconditions.expect_free(review)
            self._begun = msgspec.structs.replace(self._begun, branch=review.ref, tip=review.tip)
        if self.fresh_head() != self.head:
            raise _moved(self.root)
        files.sweep(self.git_dir)
        self._note(self._begun)
        try:
            if self._begun.branch:
                self._start(self._begun)
            yield self.head
        except BaseException as error:
            self._undo(error)
            raise
        with suppress(OSError):  # the commit is made; the next run removes what says that one is being made
            self._marker.unlink()

    def _start(self, begun: BegunCommit) -> None:
        base, ref = begun.previous.sha, begun.previous.ref
        expected = begun.tip or "0" * len(base)
        reason = ("-m", "modelsync: start the review branch")
        answer = self.git.run("update-ref", "--no-deref", *reason, begun.branch, base, expected)
        if answer.status:
            known = refusal(answer.words, "the review branch cannot be started here")
            advice = known.advice or "Run it again, or name another branch under `review` in sync.yaml."
            raise GitRefused(known.what, where=begun.branch, advice=f"{answer.words}\n{advice}")
        self.git.must("symbolic-ref", *reason, "HEAD", begun.branch)
        if ref and self.tip_of(ref) != base:
            # somebody committed here a moment before, so that HEAD belongs where it was
            self.git.must("symbolic-ref", *reason, "HEAD", ref)
            raise _moved(self.root)

    # ------------------------------------------------------------------------ the commit

    def commit(self, contents: Mapping[Path, bytes], message: str, *, timeout: float = COMMIT_SECONDS) -> str:
        """Commit exactly these files, which hold these bytes, and return the commit's hash.

        Whatever else is staged stays staged. To be called inside `transaction`: a hook or signature
        that fails, or a commit that is not the planned one, raises with git's own words.
        """
        planned = dict(zip(self.names(contents), contents.values(), strict=True))
        if self._new:
            self.git.must("add", "--intent-to-add", "--", *literal(self._new))
        arguments = ("--only", "--cleanup=whitespace", "--file=-", "--", *literal(planned))
        text = message.encode("utf-8", "backslashreplace")
        answer = self.git.run("commit", *arguments, given=text, timeout=timeout, environment=persons_locale())
        if answer.status:
            known = no_commit(answer.words)
            advice = "\n".join(filter(None, (answer.words, known.advice)))
            raise GitRefused(known.what, where=str(self.root), advice=advice)
        summary = _SUMMARY.search(answer.output)
        return self._verified(planned, message, summary[1].decode() if summary else "HEAD")

    def _verified(self, planned: Mapping[str, bytes], message: str, revision: str) -> str:
        (commit,) = self.log("-1", revision)
        self._begun = msgspec.structs.replace(
            self._begun, commit=commit.sha, parent="".join(commit.parents[:1])
        )
        goal, base = self._begun.goal, self._begun.previous.ref
        holders = self.tips(f"--contains={commit.sha}", goal, base)
        if holders != ({goal: commit.sha} if goal else {}):
            raise GitRefused(
                "a branch was switched or moved while git committed, so the commit was taken back",
                where=self._begun.previous.name,
                advice="Run the command again; if no person did that, look at the hooks.",
            )
        if commit.parents != (self.head.sha,) or set(commit.paths) != set(planned):
            raise GitRefused(
                "the commit was not the planned one and was taken back",
                where=str(self.root),
                advice=f"It changed {some(commit.paths) or 'nothing'}: look at the hooks and filters.",
            )
        if _own_lines(commit.message) != _own_lines(message):
            raise GitRefused(
                "a hook changed the lines `Modelsync-…` by which a commit is known, so it was taken back",
                where=str(self.root),
                advice="Let the hooks `prepare-commit-msg` and `commit-msg` leave these lines as they are.",
            )
        for blobs in commit.blobs:
            if not self.holds(blobs, planned[blobs.path]):
                raise GitRefused(
                    "git stored other bytes than planned, so the commit was taken back",
                    where=blobs.path,
                    advice="A hook, a filter in .gitattributes or core.autocrlf changes this file.",
                )
        return commit.sha

    # ------------------------------------------------------------------------ the way back

    def recover(self) -> tuple[str, ...]:
        """Set back what a run left that was killed before its commit, and say so."""
        text = files.read(self._marker)
        if text is None:
            return ()
        begun = files.from_json(text, BegunCommit, self._marker)
        preconditions.expect_own(self.root, preconditions.INDEX)
        preconditions.expect_unlocked(self._index)
        if begun.is_unfinished(self.head):
            self._set_back(begun)
        else:  # git may have been killed when it had made the commit, and before its index knew
            self._reset_index(begun)
        self._marker.unlink()
        head = self.fresh_head()
        if head == self.head:
            return ()
        who = f"the last run (process {begun.process})"
        return (f"back on {head.name}, because {who} was interrupted before its commit",)

    def _undo(self, error: BaseException) -> None:
        begun = self._begun
        try:
            self._set_back(begun)
            self._marker.unlink(missing_ok=True)
        except (GitRefused, OSError) as fault:
            with suppress(GitRefused, DiskFault):  # the next run goes back, if HEAD is then still there
                head = self.fresh_head()
                if head.ref == begun.goal and head.sha != begun.previous.sha:
                    begun = msgspec.structs.replace(begun, commit=head.sha, parent=begun.previous.sha)
                self._note(begun)
            what, advice = (fault.what, fault.advice) if isinstance(fault, GitRefused) else (str(fault), "")
            raise GitRefused(
                f"the commit failed, and git could not be set back: {what}",
                where=str(self.root),
                advice=f"{advice}\nYou were here: `{begun.previous.way_back}`.".lstrip(),
            ) from error

    def _set_back(self, begun: BegunCommit) -> None:
        tips = self.tips(begun.branch, begun.previous.ref)
        for command in way_back(begun, self.fresh_head(), tips):
            self.git.must(*command)
        self._reset_index(begun)

    def _reset_index(self, begun: BegunCommit) -> None:
        """Let the index have our files as HEAD has them, as it did before; all else that is staged stays."""
        if begun.paths:
            self.git.must("reset", "--quiet", "--", *literal(begun.paths))

    @property
    def _index(self) -> Path:
        return self.git_dir / "index"

    @property
    def _marker(self) -> Path:
        return self.git_dir / git_folders.MARKER

    def _note(self, begun: BegunCommit) -> None:
        with files.disk_faults("writing", self.git_dir):
            files.replace(self._marker, files.to_json(begun))

    # ------------------------------------------------------------------------ other copies of it

    def remote(self, name: str) -> Remote:
        """Another copy of the repository, by its name."""
        return self._remotes.setdefault(name, Remote(self, name))

    def take_over(self, branch: str, tip: str, is_ours: Callable[[CommitFacts], bool]) -> None:
        """Put a branch that nobody but us committed to where a remote has it, unless HEAD is on it."""
        state = self.review_state(branch, is_ours)
        if state.tip == tip or state.here or state.elsewhere or state.theirs:
            return
        expected = state.tip or "0" * len(tip)
        reason = ("-m", "modelsync: as the remote has it")
        self.git.must("update-ref", *reason, HEADS + branch, tip, expected)

    def switch(self, head: Head) -> None:
        """Go where HEAD is to be. What a person edited meanwhile stays as it is, or git refuses."""
        if head != self.fresh_head():
            where = [head.name] if head.ref else ["--detach", head.sha]
            with SignalsHeld():  # cut off, it leaves some files as they were and some as they are to be
                self.git.must("switch", "--quiet", *where)

    # ------------------------------------------------------------------------ a working tree more

    def add_worktree(self, folder: Path, commit: str) -> Repository:
        """Have a commit checked out in a folder of its own, on no branch; what git remembers of one that was
        there is replaced. Nothing of this working tree is touched, and no hook is run."""
        with SignalsHeld():
            words = ("worktree", "add", "--quiet", "--force", "--detach", "--", os.fspath(folder), commit)
            answer = self.git.run(*words, timeout=COMMIT_SECONDS)
        if answer.status:
            what = "git makes no working tree of its own for this"
            raise GitRefused(what, where=str(folder), advice=answer.words)
        return Repository.find(folder)

    def put_at(self, commit: str) -> None:
        """Go to a commit, on no branch; what is edited here and not committed is nobody's, and goes."""
        with SignalsHeld():
            self.git.must("switch", "--quiet", "--discard-changes", "--detach", commit)

    def deepen(self, remote: str, since: datetime) -> None:
        """Get the commits of a shallow clone since then, and the one before them. Raises GitRefused."""
        for how in (f"--shallow-since={since.isoformat()}", "--deepen=1"):
            cut = self._cut()
            if cut:
                self.remote(remote).deepen(how, cut)


def _own_lines(message: str) -> list[str]:
    return sorted(line.strip() for line in message.splitlines() if line.lower().startswith("modelsync-"))


def _moved(root: Path) -> GitRefused:
    return GitRefused("HEAD moved meanwhile", where=str(root), advice="Run the command again.")
