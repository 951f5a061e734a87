"""One repository: its review branch, the commit, and the way back from whatever fails."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from modelsync.disk import files
from modelsync.errors import DiskFault, GitRefused
from modelsync.git import preconditions, reading
from modelsync.git.command import Answer, Command, entries, literal, persons_locale, some
from modelsync.git.facts import HEADS, Blobs, CommitFacts, Head, ReviewBranch

COMMIT_SECONDS = 600.0  # a hook may install its tools when it runs for the first time


class _Marker(msgspec.Struct, frozen=True):
    """What to go back to if the run is killed before its commit."""

    previous: Head
    branch: str = ""
    tip: str = ""  # of the branch; empty: there was none
    unwanted: str = ""  # the commit that HEAD was still at when git failed to go back
    added: tuple[str, ...] = ()


class Repository:
    """A git repository with a working tree and at least one commit. Its methods raise GitRefused."""

    def __init__(self, root: Path, git_dir: Path, head: Head, hidden: Collection[str] = ()) -> None:
        self.root = root
        self.git_dir = git_dir
        self.head = head
        self._git = Command(root, hidden)

    @classmethod
    def find(cls, folder: Path, hidden: Collection[str] = ()) -> Repository:
        """The repository that a folder lies in; hooks do not see the environment variables in `hidden`."""
        where = Path(os.path.realpath(folder))
        asked = ("--is-bare-repository", "--is-inside-work-tree", "--show-cdup", "--git-dir")
        answer = Command(where).run("rev-parse", *asked, "HEAD", "--symbolic-full-name", "HEAD")
        lines = os.fsdecode(answer.output).split("\n")
        if lines[0] == "true" or lines[1:2] == ["false"]:
            raise GitRefused("is no working tree", where=str(where), advice="Use a clone that is not bare.")
        if answer.status:
            raise _unusable(answer, where)
        _, _, up, *git_dir, sha, ref, _ = lines
        root = Path(os.path.realpath(where / up))
        return cls(root, Path(os.path.realpath(where / "\n".join(git_dir))), _head(sha, ref), hidden)

    def preconditions(self, paths: Iterable[Path]) -> None:
        """Refuse now what would mix a person's work with ours, or what git would refuse later."""
        preconditions.expect_calm(self.root, self.git_dir)
        preconditions.expect_unlocked(self._index)
        preconditions.expect_identity(self._git, self.root)
        preconditions.expect_clean(self._git, self.root, self._names(paths))

    # ------------------------------------------------------------------------ the review branch

    def review_state(self, name: str, is_ours: Callable[[CommitFacts], bool]) -> ReviewBranch:
        """What the review branch holds. A merge, and a commit that `is_ours` denies, is a person's."""
        tip, target, worktree = self._branch(HEADS + name)
        if target:
            raise GitRefused(f"is only another name of {target}", where=name, advice="Name another branch.")
        here = self.head.ref == HEADS + name
        commits = self.log(f"{self.head.sha}..{tip}") if tip and tip != self.head.sha else ()
        ours = all(len(commit.parents) == 1 and is_ours(commit) for commit in commits)
        return ReviewBranch(name, tip, commits, ours, here, "" if here else worktree)

    def _branch(self, ref: str) -> tuple[str, str, str]:
        """A branch's commit, the branch that it is a name of, the worktree that has it checked out."""
        shape = "--format=%(refname)%00%(objectname)%00%(symref)%00%(worktreepath)%01"
        for row in os.fsdecode(self._git.must("for-each-ref", shape, ref)).split("\1\n"):
            name, *facts = row.split("\0")
            if name == ref:
                return facts[0], facts[1], facts[2]
        return "", "", ""

    @contextmanager
    def transaction(self, review: ReviewBranch | None = None) -> Iterator[Head]:
        """Make the commit inside this: if anything there fails, HEAD, branch and index are as before.

        HEAD is put on the review branch, which starts anew where HEAD is (if HEAD is on it already,
        or without one, the commit goes on top). That touches no file and nothing that is staged.
        Gives where HEAD was.
        """
        marker = _Marker(self.head)
        if review and not review.here:
            _expect_free(review)
            marker = _Marker(self.head, review.ref, review.tip)
        if self._fresh_head() != self.head:
            raise GitRefused("HEAD moved meanwhile", where=str(self.root), advice="Run the command again.")
        index = files.read(self._index)
        files.sweep(self.git_dir)
        self._write_marker(marker)
        try:
            if marker.branch:
                self._start(marker)
                self.head = Head(self.head.sha, marker.branch)
            yield marker.previous
        except BaseException as error:
            self.head = marker.previous
            self._undo(marker, index, error)
            raise
        with suppress(OSError):  # the commit is made; the next run removes what says that one is being made
            self._marker.unlink()

    def _start(self, marker: _Marker) -> None:
        base = marker.previous.sha
        expected = marker.tip or "0" * len(base)
        reason = ("-m", "modelsync: start the review branch")
        answer = self._git.run("update-ref", "--no-deref", *reason, marker.branch, base, expected)
        if answer.status:
            raise GitRefused(
                "the review branch cannot be started here",
                where=marker.branch,
                advice=f"{answer.words}\n  Run it again, or name another branch under `review` in sync.yaml.",
            )
        self._git.must("symbolic-ref", *reason, "HEAD", marker.branch)

    # ------------------------------------------------------------------------ the commit

    def commit(self, contents: Mapping[Path, bytes], message: str, *, timeout: float = COMMIT_SECONDS) -> str:
        """Commit exactly these files, which hold these bytes, and return the commit's hash.

        Whatever else is staged stays staged. To be called inside `transaction`: a hook or signature
        that fails, or a commit that is not the planned one, raises with git's own words.
        """
        planned = dict(zip(self._names(contents), contents.values(), strict=True))
        self._announce_new(tuple(planned))
        arguments = ("--only", "--quiet", "--cleanup=whitespace", "--file=-", "--", *literal(planned))
        text = message.encode("utf-8", "backslashreplace")
        answer = self._git.run(
            "commit", *arguments, given=text, timeout=timeout, environment=persons_locale()
        )
        if answer.status:
            raise GitRefused(
                "git did not commit, so nothing was changed; a hook, the signature or git itself said:",
                where=str(self.root),
                advice=answer.words,
            )
        self.head = Head(self._verified(planned), self.head.ref)
        return self.head.sha

    def _announce_new(self, paths: tuple[str, ...]) -> None:
        known = preconditions.index_tags(self._git, paths)
        new = tuple(path for path in paths if path not in known)
        marker = self._read_marker()
        if new and marker:
            self._write_marker(msgspec.structs.replace(marker, added=new))
        if new:
            self._git.must("add", "--intent-to-add", "--", *literal(new))

    def _verified(self, planned: Mapping[str, bytes]) -> str:
        (commit,) = self.log("-1", "HEAD")
        if commit.parents != (self.head.sha,) or set(commit.paths) != set(planned):
            raise GitRefused(
                "the commit was not the planned one and was taken back",
                where=str(self.root),
                advice=f"It changed {some(commit.paths) or 'nothing'}: look at the hooks and filters.",
            )
        for blobs in commit.blobs:
            if not self._holds(blobs, planned[blobs.path]):
                raise GitRefused(
                    "git stored other bytes than planned, so the commit was taken back",
                    where=blobs.path,
                    advice="A hook, a filter in .gitattributes or core.autocrlf changes this file.",
                )
        return commit.sha

    def _holds(self, blobs: Blobs, planned: bytes) -> bool:
        """A blob is right if it is the planned bytes, or gives them when it is checked out."""
        algorithm = "sha1" if len(blobs.after) == 40 else "sha256"
        named = hashlib.new(algorithm, b"blob %d\0" % len(planned) + planned, usedforsecurity=False)
        if named.hexdigest() == blobs.after:
            return True
        return self._git.must("cat-file", "--filters", f"--path={blobs.path}", blobs.after) == planned

    # ------------------------------------------------------------------------ the way back

    def recover(self) -> tuple[str, ...]:
        """Set back what a run left that was killed before its commit, and say so."""
        marker = self._read_marker()
        if marker is None:
            return ()
        preconditions.expect_unlocked(self._index)
        head = self.head
        if head.sha in (marker.previous.sha, marker.unwanted):
            self._set_back(marker)
            self._forget(marker.added)
        else:
            self._catch_up(marker.previous.sha)
        self._marker.unlink()
        self.head = self._fresh_head()
        if self.head == head:
            return ()
        return (f"back on {self.head.name}, because the last run was interrupted before its commit",)

    def _forget(self, added: tuple[str, ...]) -> None:
        if added:
            names = b"\0".join(map(os.fsencode, added))
            self._git.must("update-index", "--force-remove", "-z", "--stdin", given=names)

    def _catch_up(self, base: str) -> None:
        """Let the index hold the commit, where git was killed after making it and before noting it there."""
        (commit,) = self.log("-1", "HEAD")
        if commit.parents != (base,):
            return
        staged = self._git.must(
            "diff-index", "--cached", "--name-only", "-z", base, "--", *literal(commit.paths)
        )
        behind = set(commit.paths).difference(entries(staged))
        if behind:
            self._git.must("reset", "--quiet", "HEAD", "--", *literal(behind))

    def _undo(self, marker: _Marker, index: bytes | None, error: BaseException) -> None:
        try:
            try:
                self._set_back(marker)
            finally:
                self._restore_index(index)
            self._marker.unlink(missing_ok=True)
        except (GitRefused, OSError) as fault:
            self._keep_for_later(marker)
            what, advice = (fault.what, fault.advice) if isinstance(fault, GitRefused) else (str(fault), "")
            raise GitRefused(
                f"the commit failed, and git could not be set back: {what}",
                where=str(self.root),
                advice=f"{advice}\nYou were here: `{marker.previous.way_back}`.".lstrip(),
            ) from error

    def _keep_for_later(self, marker: _Marker) -> None:
        """Let the next run go back, if HEAD is then still where this one leaves it."""
        with suppress(GitRefused, DiskFault):
            self._write_marker(msgspec.structs.replace(marker, unwanted=self._fresh_head().sha))

    def _set_back(self, marker: _Marker) -> None:
        reason = ("-m", "modelsync: taken back")
        previous, now = marker.previous, self._fresh_head()
        if now.sha != previous.sha:
            self._git.must("update-ref", *reason, "HEAD", previous.sha, now.sha)
        if now.ref == marker.branch and previous.ref:
            self._git.must("symbolic-ref", *reason, "HEAD", previous.ref)
        elif now.ref and now.ref == marker.branch:
            self._git.must("update-ref", "--no-deref", *reason, "HEAD", previous.sha)
        if marker.branch and marker.tip != previous.sha and self._branch(marker.branch)[0] == previous.sha:
            change = (marker.branch, marker.tip) if marker.tip else ("-d", marker.branch)
            self._git.must("update-ref", "--no-deref", *reason, *change, previous.sha)

    def _restore_index(self, index: bytes | None) -> None:
        if index is None or files.read(self._index) == index:
            return
        locked = preconditions.lock_of(self._index)
        with locked.open("xb") as stream:
            stream.write(index)
        locked.replace(self._index)

    @property
    def _index(self) -> Path:
        return Path(os.environ.get("GIT_INDEX_FILE") or self.git_dir / "index")

    @property
    def _marker(self) -> Path:
        return self.git_dir / files.GIT_MARKER

    def _write_marker(self, marker: _Marker) -> None:
        with files.disk_faults("writing", self.git_dir):
            files.replace(self._marker, files.to_json(marker))

    def _read_marker(self) -> _Marker | None:
        text = files.read(self._marker)
        return None if text is None else files.from_json(text, _Marker, self._marker)

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
        tracked = self._git.run("ls-files", "--error-unmatch", "-z", "--", *specs)
        return not tracked.status and not self._git.run("diff", "--quiet", "HEAD", "--", *specs).status

    def log(self, *revisions: str, paths: Iterable[Path] = ()) -> tuple[CommitFacts, ...]:
        """The commits of a range, newest first, with what each changed (a merge: nothing)."""
        return reading.commits(self._git, *revisions, specs=literal(self._names(paths)))

    def only_on(self, branch: str) -> frozenset[str]:
        """The commits that no other branch has, where HEAD is on this one; else none."""
        if not branch or self.head.ref != HEADS + branch:
            return frozenset()
        others = ("--not", f"--exclude={branch}", "--branches", "--remotes")
        return frozenset(os.fsdecode(self._git.must("rev-list", "HEAD", *others)).split())

    def ends_within(self, commits: Sequence[CommitFacts]) -> bool:
        """Whether a shallow clone ends at one of these commits: what came before them is not here."""
        shallow = self._git.must("rev-parse", "--git-path", "shallow").strip()
        cut = (files.read(self.root / os.fsdecode(shallow)) or b"").decode().split()
        return any(commit.sha in cut for commit in commits)

    def show(self, revision: str, path: Path) -> bytes | None:
        """A file's bytes at a revision, as git stores them; None where that has no such file."""
        answer = self._git.run("cat-file", "blob", f"{revision}:{self.relative(path)}")
        return None if answer.status else answer.output


def _head(sha: str, ref: str) -> Head:
    return Head(sha, "" if ref == "HEAD" else ref)


def _expect_free(review: ReviewBranch) -> None:
    if review.name.startswith("-"):
        raise GitRefused(
            "no branch can have this name", where=review.name, advice="Name another under `review`."
        )
    if review.elsewhere:
        raise GitRefused(
            "the review branch is checked out in another worktree",
            where=review.elsewhere,
            advice=f"Switch that worktree to another branch than {review.name}, or remove it.",
        )


def _unusable(answer: Answer, where: Path) -> GitRefused:
    if "not a git repository" in answer.words:
        advice = "Run `git init` and commit the catalog, or say --no-commit."
        return GitRefused("is not in a git repository", where=str(where), advice=advice)
    if "ambiguous argument 'HEAD'" in answer.words:
        advice = "Commit the catalog first, or say --no-commit."
        return GitRefused("the repository has no commit yet", where=str(where), advice=advice)
    return GitRefused("git refuses to work here", where=str(where), advice=answer.words)
