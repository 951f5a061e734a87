"""Reads a repository: its files, commits and branches, many with one process; changes nothing."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from modelsync.disk import files, git_folders
from modelsync.errors import GitRefused, UsageError
from modelsync.git.command import Command, entries, literal, some
from modelsync.git.facts import HEADS, REMOTES, Blobs, CommitFacts, Head
from modelsync.git.tree import Blob, means

_SHAPE = "--format=%H%x00%P%x00%an <%ae>%x00%at%x00%ct%x00%B"
_PARTS = 6
_LATEST = 10**10  # seconds since 1970: a day after that may be none that can be calculated with
_BLAMED = re.compile(
    rb"^([0-9a-f]{40,64}) (\d+) (\d+)(?: \d+)?\n(?:(?!\t|previous ).*\n)*(?:previous (.*)\n)?", re.MULTILINE
)
_OPTIONS = ("-z", "--raw", "--no-abbrev", "--no-renames", f"-O{os.devnull}", _SHAPE)


class Reading:
    """A repository to read, from where HEAD is. Its methods raise GitRefused."""

    def __init__(self, root: Path, git_dir: Path, head: Head, hidden: Collection[str] = ()) -> None:
        self.root = root
        self.git_dir = git_dir
        self.head = head
        self.git = Command(root, hidden)

    # ------------------------------------------------------------------------ files

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

    def names(self, paths: Iterable[Path]) -> list[str]:
        return [self.relative(path) for path in paths]

    def fresh_head(self) -> Head:
        """Where HEAD is now. git is asked only where its files do not tell it plainly."""
        branch, tip = git_folders.head(self.root)
        if tip:
            return Head(tip, HEADS + branch)
        lines = os.fsdecode(self.git.must("rev-parse", "HEAD", "--symbolic-full-name", "HEAD")).split("\n")
        return head_of(lines[0], lines[1])

    def committed(self, paths: Iterable[Path]) -> bool:
        """Whether HEAD has exactly what the working tree has at these paths."""
        specs = literal(self.names(paths))
        options = ("--quiet", "--no-ext-diff", "--no-textconv")
        tracked = self.git.run("ls-files", "--error-unmatch", "-z", "--", *specs)
        return not tracked.status and not self.git.run("diff", *options, "HEAD", "--", *specs).status

    def tracks(self, folder: Path) -> bool:
        """Whether git keeps anything that lies in a folder."""
        return bool(self.git.must("ls-files", "-z", "--", *literal(self.names([folder]))))

    def expect_whole(self, folder: Path, patterns: Sequence[str]) -> None:
        """That a sparse checkout leaves out none of the files that patterns mean from a folder."""
        listed = entries(self.git.must("ls-files", "-z", "-t"))
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
        if revision == self.head.sha:
            return False
        options = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
        changed = entries(self.git.must("diff", *options, self.head.sha, revision, "--"))
        return bool(self._meant(changed, folder, patterns))

    def _meant(self, paths: Iterable[str], folder: Path, patterns: Sequence[str]) -> list[str]:
        names = {os.path.relpath(path, self.relative(folder)): path for path in paths}
        return [path for name, path in names.items() if any(means(one, name) for one in patterns)]

    def show(self, revision: str, path: Path) -> bytes | None:
        """A file's bytes at a revision, as git stores them; None where that has no such file."""
        answer = self.git.run("cat-file", "blob", f"{revision}:{self.relative(path)}")
        return None if answer.status else answer.output

    def tree_of(self, commit: str) -> dict[str, Blob]:
        """All files of a commit, by their paths under the repository."""
        blobs = {}
        for entry in entries(self.git.must("ls-tree", "-r", "-z", "--full-tree", commit)):
            facts, _, path = entry.partition("\t")
            mode, _, sha = facts.split(" ")
            blobs[path] = Blob(mode, sha)
        return blobs

    def contents(self, shas: Sequence[str]) -> list[bytes | None]:
        """The contents of several objects by their hashes; None for what is not there."""
        output = self.git.must("cat-file", "--batch", given="".join(f"{sha}\n" for sha in shas).encode())
        bodies: list[bytes | None] = []
        start = 0
        for _ in shas:
            end = output.index(b"\n", start)
            header = output[start:end].split()
            size = int(header[2]) if len(header) == 3 else None
            bodies.append(None if size is None else output[end + 1 : end + 1 + size])
            start = end + 1 if size is None else end + size + 2
        return bodies

    def holds(self, blobs: Blobs, planned: bytes) -> bool:
        """Whether a commit has a file as planned: these bytes, or what gives them when it is checked out."""
        algorithm = "sha1" if len(blobs.after) == 40 else "sha256"
        named = hashlib.new(algorithm, b"blob %d\0" % len(planned) + planned, usedforsecurity=False)
        if named.hexdigest() == blobs.after:
            return True
        return self.checked_out(blobs.path, blobs.after) == planned

    def checked_out(self, path: str, sha: str) -> bytes:
        """A file's content as git writes it into the working tree: with the ends of lines of this system."""
        return self.git.must("cat-file", "--filters", f"--path={path}", sha)

    # ------------------------------------------------------------------------ commits

    def commit_of(self, revision: str) -> str:
        """The commit that a revision names. Raises UsageError for an unknown one."""
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        is_one = not revision.startswith("-") and "\0" not in revision
        if not is_one or (answer := self.git.run(*words)).status:
            raise UsageError(
                f"no revision {revision} in this repository",
                advice="Fetch it first: `git fetch origin BRANCH`; in CI, check out the whole history.",
            )
        return os.fsdecode(answer.output).strip()

    def log(self, *revisions: str, paths: Iterable[Path] = ()) -> tuple[CommitFacts, ...]:
        """The commits of a range, newest first, with what each changed (a merge: nothing)."""
        return self._commits(*revisions, specs=literal(self.names(paths)))

    def first_parents(self, after: str, tip: str, globs: Iterable[str]) -> tuple[CommitFacts, ...]:
        """The commits of a first-parent line after one (none: from its first) up to the tip, oldest first,
        with what each changed of its first parent in the files that the globs mean."""
        specs = [f":(top,glob){glob}" for glob in globs]
        options = ("--first-parent", "--diff-merges=first-parent", "--reverse")
        return self._commits(*options, f"{after}..{tip}" if after else tip, specs=specs)

    def line(self, tip: str) -> list[str]:
        """The hashes of a first-parent line, oldest first."""
        return os.fsdecode(self.git.must("rev-list", "--first-parent", "--reverse", tip)).split()

    @property
    def author(self) -> str:
        """Who would commit, as `Name <address>`; nothing where git does not know."""
        answer = self.git.run("var", "GIT_AUTHOR_IDENT")
        return "" if answer.status else answer.output.decode(errors="replace").rpartition(">")[0] + ">"

    def touching(self, path: Path, first: int, last: int) -> tuple[CommitFacts, ...]:
        """The commits that touched these lines of a file as HEAD has it, newest first, by its names then."""
        lines = f"-L{first},{last}:{self.relative(path)}"
        shas = os.fsdecode(self.git.must("log", "--no-patch", "--format=%H", lines, "HEAD")).split()
        return self._commits("--no-walk=unsorted", *shas) if shas else ()

    def writers(self, path: str, meant: Mapping[int, str], revision: str = "") -> dict[int, str]:
        """The commits that brought what is meant to lines of a file, from 1, whatever else of these lines was
        changed since, or moved them; without a revision as the working tree has it, and what is not committed
        is left out."""
        spans = [f"-L{line},{line}" for line in sorted(meant)]
        words = ("blame", "-w", "--line-porcelain", *spans, *filter(None, [revision]), "--", path)
        known: dict[int, str] = {}
        for sha, origin, line, before in _BLAMED.findall(self.git.must(*words)) if spans else ():
            number, commit = int(line), sha.decode()
            known[number] = commit
            if before:
                known[number] = self._writer_before(before, int(origin), meant[number]) or commit
        return {line: commit for line, commit in known.items() if commit.strip("0")}

    def _writer_before(self, before: bytes, line: int, meant: str) -> str:
        """The commit that brought what is meant to a line like this, of a revision and a path in it; nothing
        where no line of it says that."""
        revision, _, path = os.fsdecode(before).partition(" ")
        lines = self.git.must("cat-file", "blob", f"{revision}:{path}").decode(errors="replace").split("\n")
        same = [number for number, text in enumerate(lines, 1) if meant in text]
        if not same:
            return ""
        nearest = min(same, key=lambda number: abs(number - line))
        return self.writers(path, {nearest: meant}, revision)[nearest]

    def merged(self, ours: bytes, old: bytes, new: bytes) -> bytes | None:
        """Our text with what leads from the old one to the new one done to it as well; None where both
        changed the same lines."""
        with TemporaryDirectory() as folder:
            sides = [Path(folder) / name for name in ("ours", "old", "new")]
            for side, content in zip(sides, (ours, old, new), strict=True):
                side.write_bytes(content)
            answer = self.git.run("merge-file", "--stdout", *map(os.fspath, sides))
        return None if answer.status else answer.output

    def ends_within(self, commits: Sequence[CommitFacts]) -> bool:
        """Whether a shallow clone ends at one of these commits: what came before them is not here."""
        cut = self._cut()
        return any(commit.sha in cut for commit in commits)

    def _cut(self) -> list[str]:
        """The commits at which a shallow clone ends."""
        return (files.read(git_folders.shared(self.root) / "shallow") or b"").decode().split()

    def _commits(self, *words: str, specs: Sequence[str] = ()) -> tuple[CommitFacts, ...]:
        tokens = os.fsdecode(self.git.must("log", *_OPTIONS, *words, "--", *specs)).split("\0")
        return tuple(_parsed(tokens, self.contents))

    # ------------------------------------------------------------------------ branches

    def tips(self, *wanted: str) -> dict[str, str]:
        """The commits at which the branches are that git lists for these words, by their full names."""
        words = ("--format=%(objectname) %(refname)", *filter(None, wanted))
        lines = os.fsdecode(self.git.must("for-each-ref", *words)).splitlines()
        return {ref: sha for sha, _, ref in (line.partition(" ") for line in lines)}

    def tip_of(self, ref: str) -> str:
        """The commit that a branch is at, by its full name; nothing where there is no such branch. git is
        asked only where its files do not tell it plainly."""
        return git_folders.tip(self.root, ref) or self.branch(ref)[0]

    def branch(self, ref: str) -> tuple[str, str, str]:
        """A branch's commit, the branch that it is a name of, the worktree that has it checked out."""
        if not git_folders.may_have(self.root, ref):
            return "", "", ""
        shape = "--format=%(refname)%00%(objectname)%00%(symref)%00%(worktreepath)%01"
        for row in os.fsdecode(self.git.must("for-each-ref", shape, ref)).split("\1\n"):
            name, *facts = row.split("\0")
            if name == ref:
                return facts[0], facts[1], facts[2]
        return "", "", ""

    def usual_branches(self, remote: str) -> list[str]:
        """The branches that may be the usual one, as far as that is known here, the likeliest first: the one
        that a remote has told, the one that git begins with, and `main` and `master`."""
        usual = self.branch(f"{REMOTES}{remote}/HEAD")[1].removeprefix(f"{REMOTES}{remote}/")
        first = os.fsdecode(self.git.run("config", "--get", "init.defaultBranch").output).strip()
        return [name for name in dict.fromkeys((usual, first, "main", "master")) if name]

    def newest(self, branch: str, remote: str, *, only_there: bool = False) -> str:
        """The commit that a branch is at, here, or on a remote as it was fetched last where that is as new or
        newer, or only that counts; nothing where there is none."""
        here, there = (self.branch(f"{at}{branch}")[0] for at in (HEADS, f"{REMOTES}{remote}/"))
        if only_there:
            return there
        if here and there and self.git.run("merge-base", "--is-ancestor", here, there).status:
            return here
        return there or here

    def only_on(self, branch: str) -> frozenset[str]:
        """The commits that only this branch has, here and on remotes, where HEAD is on it; else none."""
        is_there = branch and self.head.ref == HEADS + branch
        return self.on_no_other(branch, self.head.sha) if is_there else frozenset()

    def on_no_other(self, branch: str, tip: str, copies: Set[str] = frozenset()) -> frozenset[str]:
        """The commits up to the tip that no other branch has, here or on remotes, but those at `copies`."""
        others = self.tips(HEADS, REMOTES).items()
        bases = {base for ref, base in others if not ref.endswith(f"/{branch}")} - copies
        given = "\n".join([tip, *(f"^{base}" for base in bases), ""]).encode()
        return frozenset(os.fsdecode(self.git.must("rev-list", "--stdin", given=given)).split())

    def persons(
        self, commits: Sequence[CommitFacts], base: str, is_ours: Callable[[CommitFacts], bool]
    ) -> tuple[CommitFacts, ...]:
        """Those of a branch's commits that a person made, which `is_ours` denies; none where they are what
        the base was before it was written anew."""
        ours = [commit for commit in commits if is_ours(commit)]
        theirs = tuple(commit for commit in commits if commit not in ours)
        others = {commit.sha for commit in theirs}
        return () if theirs and self._is_rewritten(ours, others, base) else theirs

    def _is_rewritten(self, ours: Sequence[CommitFacts], others: Set[str], base: str) -> bool:
        """Whether the others are all below ours, and the base has a commit with the very files that ours
        began on: then the base was written anew, and nothing that somebody committed is on ours alone."""
        starts = {parent for commit in ours for parent in commit.parents} - {commit.sha for commit in ours}
        if len(starts) != 1:
            return False
        (start,) = starts
        below = os.fsdecode(self.git.must("rev-list", start, f"^{base}")).split()
        if not others <= set(below):
            return False
        tree = os.fsdecode(self.git.must("rev-parse", f"{start}^{{tree}}")).strip()
        return tree in os.fsdecode(self.git.must("log", "--format=%T", f"{start}..{base}")).split()


def _parsed(tokens: list[str], read: Callable[[Sequence[str]], list[bytes | None]]) -> Iterator[CommitFacts]:
    offset = 0
    while offset + _PARTS <= len(tokens):
        sha, parents, author, dated, committed, message = tokens[offset : offset + _PARTS]
        offset += _PARTS
        blobs = []
        while tokens[offset].lstrip("\n").startswith(":"):
            old, new, before, after, _ = tokens[offset].lstrip("\n:").split(" ")
            blobs.append(Blobs(tokens[offset + 1], before, after, (old, new)))
            offset += 2
        times = (_moment(dated, committed), _moment(committed, dated))
        yield CommitFacts(
            sha, tuple(parents.split()), _text(author), *times, _text(message), tuple(blobs), read
        )


def _moment(*times: str) -> datetime:
    """The first of these times that is one: git keeps any number, and no number at all. Without one 1970, as
    git itself shows it."""
    seconds = (int(time) for time in times if time.isdecimal())
    return datetime.fromtimestamp(next((time for time in seconds if time < _LATEST), 0), UTC)


def _text(words: str) -> str:
    """Words of people, which older tools wrote in another encoding than they said."""
    return os.fsencode(words).decode(errors="replace")


def head_of(sha: str, ref: str) -> Head:
    return Head(sha, "" if ref == "HEAD" else ref)
