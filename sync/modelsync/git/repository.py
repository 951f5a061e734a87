"""One repository: its review branch, the commit, and the way back from whatever fails."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec

from modelsync.disk import files, git_folders
from modelsync.errors import DiskFault, GitRefused
from modelsync.git import preconditions, reading, tree
from modelsync.git.command import Command, SignalsHeld, entries, literal, persons_locale, some
from modelsync.git.facts import HEADS, REMOTES, CommitFacts, Head, ReviewBranch
from modelsync.git.refusals import no_commit, refusal
from modelsync.git.remote import Remote
from modelsync.git.way_back import Begun, way_back

COMMIT_SECONDS = 600.0  # a hook may install its tools when it runs for the first time
_SUMMARY = re.compile(rb" ([0-9a-f]{4,64})\] ")  # `[branch 0a9bb9b] subject`: wherever HEAD is by then


class Repository:
    """A git repository with a working tree and at least one commit. Its methods raise GitRefused."""

    def __init__(self, root: Path, git_dir: Path, head: Head, hidden: Collection[str] = ()) -> None:
        self.root = root
        self.git_dir = git_dir
        self.head = head
        self._git = Command(root, hidden)
        self._new: frozenset[str] = (
            frozenset()
        )  # the files that are to be committed and git does not track yet
        self._begun = Begun(head)

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
        return cls(root, Path(os.path.realpath(where / "\n".join(git_dir))), _head(sha, ref), hidden)

    def preconditions(self, paths: Iterable[Path]) -> None:
        """Refuse now what would mix a person's work with ours, or what git would refuse later."""
        preconditions.expect_own(self.root, preconditions.INDEX)
        preconditions.expect_calm(self.root, self.git_dir)
        preconditions.expect_unlocked(self._index)
        preconditions.expect_identity(self._git, self.root)
        names = self._names(paths)
        self._new = preconditions.expect_clean(self._git, self.root, names)
        self._begun = Begun(self.head, paths=tuple(names), process=os.getpid())

    # ------------------------------------------------------------------------ the review branch

    def review_state(
        self, name: str, is_ours: Callable[[CommitFacts], bool], remote: str = ""
    ) -> ReviewBranch:
        """What the review branch holds, or that of a remote held when it was fetched last. What `is_ours`
        denies is a person's, but for what it began on, as where HEAD is behind."""
        ref = f"{REMOTES}{remote}/{name}" if remote else HEADS + name
        tip, target, worktree = reading.branch(self._git, ref)
        if target:
            raise GitRefused(f"is only another name of {target}", where=name, advice="Name another branch.")
        here = self.head.ref == ref
        commits = self.log(f"{self.head.sha}..{tip}") if tip and tip != self.head.sha else ()
        theirs = self.persons(commits, self.head.sha, is_ours)
        # another branch that ends where this one does is a copy of it, and nothing that it began on
        if theirs and {one.sha for one in theirs} & reading.on_no_other(self._git, name, tip, copies={tip}):
            return ReviewBranch(name, tip, commits, theirs[0].sha, here, "" if here else worktree)
        proposals = tuple(commit for commit in commits if is_ours(commit))
        return ReviewBranch(name, tip, proposals, "", here, "" if here else worktree)

    def persons(
        self, commits: Sequence[CommitFacts], base: str, is_ours: Callable[[CommitFacts], bool]
    ) -> tuple[CommitFacts, ...]:
        """Those of a branch's commits that a person made, which `is_ours` denies; none where they are what
        the base was before it was written anew."""
        ours = [commit for commit in commits if is_ours(commit)]
        theirs = tuple(commit for commit in commits if commit not in ours)
        others = {commit.sha for commit in theirs}
        return () if theirs and reading.is_rewritten(self._git, ours, others, base) else theirs

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
        if self._fresh_head() != self.head:
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

    def _start(self, begun: Begun) -> None:
        base, ref = begun.previous.sha, begun.previous.ref
        expected = begun.tip or "0" * len(base)
        reason = ("-m", "modelsync: start the review branch")
        answer = self._git.run("update-ref", "--no-deref", *reason, begun.branch, base, expected)
        if answer.status:
            known = refusal(answer.words, "the review branch cannot be started here")
            advice = known.advice or "Run it again, or name another branch under `review` in sync.yaml."
            raise GitRefused(known.what, where=begun.branch, advice=f"{answer.words}\n{advice}")
        self._git.must("symbolic-ref", *reason, "HEAD", begun.branch)
        if ref and reading.tips(self._git, ref).get(ref) != base:
            # somebody committed here a moment before, so that HEAD belongs where it was
            self._git.must("symbolic-ref", *reason, "HEAD", ref)
            raise _moved(self.root)

    # ------------------------------------------------------------------------ the commit

    def commit(self, contents: Mapping[Path, bytes], message: str, *, timeout: float = COMMIT_SECONDS) -> str:
        """Commit exactly these files, which hold these bytes, and return the commit's hash.

        Whatever else is staged stays staged. To be called inside `transaction`: a hook or signature
        that fails, or a commit that is not the planned one, raises with git's own words.
        """
        planned = dict(zip(self._names(contents), contents.values(), strict=True))
        if self._new:
            self._git.must("add", "--intent-to-add", "--", *literal(self._new))
        arguments = ("--only", "--cleanup=whitespace", "--file=-", "--", *literal(planned))
        text = message.encode("utf-8", "backslashreplace")
        answer = self._git.run(
            "commit", *arguments, given=text, timeout=timeout, environment=persons_locale()
        )
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
        holders = reading.tips(self._git, f"--contains={commit.sha}", goal, base)
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
            if not reading.holds(self._git, blobs, planned[blobs.path]):
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
        begun = files.from_json(text, Begun, self._marker)
        preconditions.expect_own(self.root, preconditions.INDEX)
        preconditions.expect_unlocked(self._index)
        if begun.is_unfinished(self.head):
            self._set_back(begun)
        else:  # git may have been killed when it had made the commit, and before its index knew
            self._reset_index(begun)
        self._marker.unlink()
        head = self._fresh_head()
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
                head = self._fresh_head()
                if head.ref == begun.goal and head.sha != begun.previous.sha:
                    begun = msgspec.structs.replace(begun, commit=head.sha, parent=begun.previous.sha)
                self._note(begun)
            what, advice = (fault.what, fault.advice) if isinstance(fault, GitRefused) else (str(fault), "")
            raise GitRefused(
                f"the commit failed, and git could not be set back: {what}",
                where=str(self.root),
                advice=f"{advice}\nYou were here: `{begun.previous.way_back}`.".lstrip(),
            ) from error

    def _set_back(self, begun: Begun) -> None:
        tips = reading.tips(self._git, begun.branch, begun.previous.ref)
        for command in way_back(begun, self._fresh_head(), tips):
            self._git.must(*command)
        self._reset_index(begun)

    def _reset_index(self, begun: Begun) -> None:
        """Let the index have our files as HEAD has them, as it did before; all else that is staged stays."""
        if begun.paths:
            self._git.must("reset", "--quiet", "--", *literal(begun.paths))

    @property
    def _index(self) -> Path:
        return self.git_dir / "index"

    @property
    def _marker(self) -> Path:
        return self.git_dir / git_folders.MARKER

    def _note(self, begun: Begun) -> None:
        with files.disk_faults("writing", self.git_dir):
            files.replace(self._marker, files.to_json(begun))

    # ------------------------------------------------------------------------ reading

    def relative(self, path: Path) -> str:
        """A file's name under the repository, symlinks followed."""
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.root):
            raise GitRefused(
                f"lies outside the repository {self.root}",
                where=str(path),
                advice="Keep the catalog's files in one repository, or say --no-commit.",
            )
        return str(real.relative_to(self.root))

    def _names(self, paths: Iterable[Path]) -> list[str]:
        return [self.relative(path) for path in paths]

    def _fresh_head(self) -> Head:
        lines = os.fsdecode(self._git.must("rev-parse", "HEAD", "--symbolic-full-name", "HEAD")).split("\n")
        return _head(lines[0], lines[1])

    def committed(self, paths: Iterable[Path]) -> bool:
        """Whether HEAD has exactly what the working tree has at these paths."""
        specs = literal(self._names(paths))
        options = ("--quiet", "--no-ext-diff", "--no-textconv")
        tracked = self._git.run("ls-files", "--error-unmatch", "-z", "--", *specs)
        return not tracked.status and not self._git.run("diff", *options, "HEAD", "--", *specs).status

    def tracks(self, folder: Path) -> bool:
        """Whether git keeps anything that lies in a folder."""
        return bool(self._git.must("ls-files", "-z", "--", *literal(self._names([folder]))))

    def expect_whole(self, folder: Path, patterns: Sequence[str]) -> None:
        """That a sparse checkout leaves out none of the files that patterns mean from a folder."""
        listed = entries(self._git.must("ls-files", "-z", "-t"))
        absent = [entry[2:] for entry in listed if entry[0] == "S" and not (self.root / entry[2:]).exists()]
        left_out = self._meant(absent, folder, patterns)
        if left_out:
            raise GitRefused(
                "git leaves out a part of the catalog: a sparse checkout",
                where=some(left_out),
                advice="Get it: `git sparse-checkout add` its folder.",
            )

    def differs(self, revision: str, folder: Path, patterns: Sequence[str]) -> bool:
        """Whether a revision has the files that patterns mean from a folder otherwise than HEAD."""
        options = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
        changed = entries(self._git.must("diff", *options, self.head.sha, revision, "--"))
        return bool(self._meant(changed, folder, patterns))

    def _meant(self, paths: Iterable[str], folder: Path, patterns: Sequence[str]) -> list[str]:
        names = {os.path.relpath(path, self.relative(folder)): path for path in paths}
        return [path for name, path in names.items() if any(tree.means(one, name) for one in patterns)]

    # ------------------------------------------------------------------------ other copies of it

    def remote(self, name: str) -> Remote:
        """Another copy of the repository, by its name."""
        return Remote(self._git, name)

    def tip_of(self, branch: str) -> str:
        """The commit that a branch is at; nothing where there is no such branch."""
        return reading.branch(self._git, HEADS + branch)[0]

    def usual_branches(self, remote: str) -> list[str]:
        """The branches that may be the usual one, as far as that is known here, the likeliest first: the one
        that a remote has told, the one that git begins with, and `main` and `master`."""
        usual = reading.branch(self._git, f"{REMOTES}{remote}/HEAD")[1].removeprefix(f"{REMOTES}{remote}/")
        first = os.fsdecode(self._git.run("config", "--get", "init.defaultBranch").output).strip()
        return [name for name in dict.fromkeys((usual, first, "main", "master")) if name]

    def newest(self, branch: str, remote: str, *, only_there: bool = False) -> str:
        """The commit that a branch is at, here, or on a remote as it was fetched last where that is as new or
        newer, or only that counts; nothing where there is none."""
        here, there = (reading.branch(self._git, f"{at}{branch}")[0] for at in (HEADS, f"{REMOTES}{remote}/"))
        if only_there:
            return there
        if here and there and self._git.run("merge-base", "--is-ancestor", here, there).status:
            return here
        return there or here

    def take_over(self, branch: str, tip: str, is_ours: Callable[[CommitFacts], bool]) -> None:
        """Put a branch that nobody but us committed to where a remote has it, unless HEAD is on it."""
        state = self.review_state(branch, is_ours)
        if state.tip == tip or state.here or state.elsewhere or not state.ours:
            return
        expected = state.tip or "0" * len(tip)
        reason = ("-m", "modelsync: as the remote has it")
        self._git.must("update-ref", *reason, HEADS + branch, tip, expected)

    def switch(self, head: Head) -> None:
        """Go where HEAD is to be. What a person edited meanwhile stays as it is, or git refuses."""
        if head != self._fresh_head():
            where = [head.name] if head.ref else ["--detach", head.sha]
            with SignalsHeld():  # cut off, it leaves some files as they were and some as they are to be
                self._git.must("switch", "--quiet", *where)

    # ------------------------------------------------------------------------ a working tree more

    def add_worktree(self, folder: Path, commit: str) -> Repository:
        """Have a commit checked out in a folder of its own, on no branch; what git remembers of one that was
        there is replaced. Nothing of this working tree is touched, and no hook is run."""
        with SignalsHeld():
            words = ("worktree", "add", "--quiet", "--force", "--detach", "--", os.fspath(folder), commit)
            answer = self._git.run(*words, timeout=COMMIT_SECONDS)
        if answer.status:
            what = "git makes no working tree of its own for this"
            raise GitRefused(what, where=str(folder), advice=answer.words)
        return Repository.find(folder)

    def put_at(self, commit: str) -> None:
        """Go to a commit, on no branch; what is edited here and not committed is nobody's, and goes."""
        with SignalsHeld():
            self._git.must("switch", "--quiet", "--discard-changes", "--detach", commit)

    # ------------------------------------------------------------------------ commits

    def log(self, *revisions: str, paths: Iterable[Path] = ()) -> tuple[CommitFacts, ...]:
        """The commits of a range, newest first, with what each changed (a merge: nothing)."""
        return reading.commits(self._git, *revisions, specs=literal(self._names(paths)))

    def first_parents(self, after: str, tip: str, globs: Iterable[str]) -> tuple[CommitFacts, ...]:
        """The commits of a first-parent line after one (none: from its first) up to the tip, oldest first,
        with what each changed of its first parent in the files that the globs mean."""
        specs = [f":(top,glob){glob}" for glob in globs]
        options = ("--first-parent", "--diff-merges=first-parent", "--reverse")
        return reading.commits(self._git, *options, f"{after}..{tip}" if after else tip, specs=specs)

    def line(self, tip: str) -> list[str]:
        """The hashes of a first-parent line, oldest first."""
        return os.fsdecode(self._git.must("rev-list", "--first-parent", "--reverse", tip)).split()

    @property
    def author(self) -> str:
        """Who would commit, as `Name <address>`; nothing where git does not know."""
        answer = self._git.run("var", "GIT_AUTHOR_IDENT")
        return "" if answer.status else answer.output.decode(errors="replace").rpartition(">")[0] + ">"

    def commit_of(self, revision: str) -> str:
        """The commit that a revision names. Raises UsageError for an unknown one."""
        return tree.commit_of(self._git, revision)

    def tree_of(self, commit: str) -> dict[str, tree.Blob]:
        """All files of a commit, by their paths under the repository."""
        return tree.tree_of(self._git, commit)

    def contents(self, shas: Sequence[str]) -> list[bytes | None]:
        """The contents of files by their hashes; None for what git does not have."""
        return reading.contents(self._git, shas)

    def touching(self, path: Path, first: int, last: int) -> tuple[CommitFacts, ...]:
        """The commits that touched these lines of a file as HEAD has it, newest first, by its names then."""
        lines = f"-L{first},{last}:{self.relative(path)}"
        shas = os.fsdecode(self._git.must("log", "--no-patch", "--format=%H", lines, "HEAD")).split()
        return reading.commits(self._git, "--no-walk=unsorted", *shas) if shas else ()

    def only_on(self, branch: str) -> frozenset[str]:
        """The commits that only this branch has, here and on remotes, where HEAD is on it; else none."""
        is_there = branch and self.head.ref == HEADS + branch
        return reading.on_no_other(self._git, branch, self.head.sha) if is_there else frozenset()

    def ends_within(self, commits: Sequence[CommitFacts]) -> bool:
        """Whether a shallow clone ends at one of these commits: what came before them is not here."""
        cut = self._cut()
        return any(commit.sha in cut for commit in commits)

    def deepen(self, remote: str, since: datetime) -> None:
        """Get the commits of a shallow clone since then, and the one before them. Raises GitRefused."""
        for how in (f"--shallow-since={since.isoformat()}", "--deepen=1"):
            cut = self._cut()
            if cut:
                self.remote(remote).deepen(how, cut)

    def _cut(self) -> list[str]:
        """The commits at which a shallow clone ends."""
        return (files.read(git_folders.shared(self.root) / "shallow") or b"").decode().split()

    def show(self, revision: str, path: Path) -> bytes | None:
        """A file's bytes at a revision, as git stores them; None where that has no such file."""
        answer = self._git.run("cat-file", "blob", f"{revision}:{self.relative(path)}")
        return None if answer.status else answer.output


def _own_lines(message: str) -> list[str]:
    return sorted(line.strip() for line in message.splitlines() if line.lower().startswith("modelsync-"))


def _moved(root: Path) -> GitRefused:
    return GitRefused("HEAD moved meanwhile", where=str(root), advice="Run the command again.")


def _head(sha: str, ref: str) -> Head:
    return Head(sha, "" if ref == "HEAD" else ref)
