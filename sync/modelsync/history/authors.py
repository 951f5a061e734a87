"""Who gave an entry its values: the commits that touched its lines, as git tells. It writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from modelsync import catalog
from modelsync.catalog import DataFile, Shape
from modelsync.catalog.shapes import layout_of
from modelsync.records import MARKS, Entry

if TYPE_CHECKING:
    from modelsync.git import CommitFacts, Repository


class Revision(NamedTuple):
    """One commit that touched an entry, and what that was before it and after it."""

    commit: CommitFacts
    before: Entry | None
    after: Entry | None


class Origin(NamedTuple):
    """Who wrote a value: a run, from these sources, or a person; on which day (UTC) and in which commit."""

    day: str = ""
    commit: str = ""
    sources: tuple[str, ...] = ()
    is_first: bool = False  # of a shallow clone: the value may be older

    def __str__(self) -> str:
        if not self.commit:
            return "not committed yet"
        if self.is_first:
            return f"before {self.day}, where this shallow clone begins"
        author = " or ".join(self.sources) or "a person's"
        return f"{author}, {self.day}, {self.commit[:10]}"


class Author(msgspec.Struct, frozen=True):
    """Who brought a line, when (UTC), and in which commit; `actor` is who asked the server for it."""

    name: str
    at: datetime
    commit: str
    actor: str = ""


def writers(
    repository: Repository, meant: Mapping[Path, Mapping[int, str]], revision: str = ""
) -> dict[tuple[Path, int], Author]:
    """Who brought what is meant to lines of files of a revision; without one as the working tree has them.
    What is not committed, or is older than a shallow clone knows, is left out. Raises GitRefused."""
    commits = {
        (path, line): commit
        for path, lines in meant.items()
        for line, commit in repository.writers(repository.relative(path), lines, revision).items()
    }
    known = repository.log("--no-walk=unsorted", *dict.fromkeys(commits.values())) if commits else ()
    authors = {one.sha: _author(one) for one in known if not repository.ends_within([one])}
    return {place: authors[commit] for place, commit in commits.items() if commit in authors}


def _author(of: CommitFacts) -> Author:
    return Author(of.author.rpartition(" <")[0], of.date, of.sha, of.trailer("Modelsync-Actor"))


_KEPT = 16  # revisions of files: the entries of one have many commits in common


class Authors:
    """The commits of a repository; `is_ours` says which are a run's. Its methods raise GitRefused."""

    def __init__(self, repository: Repository, shape: Shape, is_ours: Callable[[CommitFacts], bool]) -> None:
        self._repository, self._is_ours = repository, is_ours
        self._entries_in = lru_cache(_KEPT)(lambda content: catalog.entries_in(content, shape) or {})

    def origins(self, file: DataFile, entry: Entry) -> dict[str, Origin]:
        """Who wrote what the entry states itself, by field; what git does not know is left out."""
        content = self._repository.show("HEAD", file.path)
        head = self._entry([content], entry)
        new = [field for field in entry.own if not _says(head, entry, field)]
        origins = dict.fromkeys(new, Origin())
        for commit, before, _ in self._revisions(file, entry, content):
            here = [one for one in entry.own if one not in origins and not _says(before, entry, one)]
            if here:
                origins |= dict.fromkeys(here, self._named(commit, entry, is_first=before is None))
            if len(origins) == len(entry.own):
                break
        return origins

    def once_wrote(self, file: DataFile, entry: Entry, source: str) -> bool:
        """Whether a run wrote of this entry what the source said of the id which it still follows."""
        return any(
            source in _sources(one.commit)
            and one.after is not None
            and one.after.upstream.get(source, entry.upstream.get(source)) == entry.upstream.get(source)
            and not all(field in MARKS or _says(one.before, one.after, field) for field in one.after.own)
            and self._is_ours(one.commit)
            for one in self._revisions(file, entry, self._repository.show("HEAD", file.path))
        )

    def _named(self, commit: CommitFacts, entry: Entry, *, is_first: bool) -> Origin:
        sources = _sources(commit) if self._is_ours(commit) else ()
        followed = tuple(source for source in sources if source in entry.upstream)
        cut = is_first and self._repository.ends_within([commit])
        day = f"{commit.observed:%Y-%m-%d}"
        return Origin(day, commit.sha, () if cut else followed or sources, cut)

    def _revisions(self, file: DataFile, entry: Entry, content: bytes | None) -> Iterator[Revision]:
        """The commits that touched the entry's lines, newest first, and what each made of it.

        `content` is the file as HEAD has it.
        """
        head = self._entry([content], entry)
        if head is None or content is None:
            return
        document = file.document if file.content == content else catalog.parse(file.shown, content)
        path = layout_of(document).entry(head.provider, head.key)
        for commit in self._repository.touching(file.path, *document.lines(path)):
            changes = [one for one in commit.changes() if PurePath(one.path).suffix == file.path.suffix]
            before, after = ([getattr(one, side) for one in changes] for side in ("before", "after"))
            yield Revision(commit, self._entry(before, entry), self._entry(after, entry))

    def _entry(self, contents: Iterable[bytes | None], like: Entry) -> Entry | None:
        """The entry in one of these files: by its name, else by what it follows or its `model`."""
        sides = [self._entries_in(content) for content in contents if content]
        entries = [entry for side in sides for entry in side.values()]
        named = (entry for entry in entries if entry.name == like.name)
        same = (
            entry
            for entry in entries
            if (like.upstream and entry.upstream == like.upstream)
            or (entry.provider == like.provider and entry.values.get("model", "") == like.values.get("model"))
        )
        return next(named, None) or next(same, None)


def _sources(commit: CommitFacts) -> tuple[str, ...]:
    return tuple(commit.trailer("Modelsync-Source").split("+"))


def _says(other: Entry | None, entry: Entry, field: str) -> bool:
    return other is not None and other.value_of(field) == entry.value_of(field)
