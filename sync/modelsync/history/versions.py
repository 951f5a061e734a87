"""The catalog in each commit of a branch's first-parent line, oldest first. Each file is parsed once."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from modelsync import catalog, config
from modelsync.catalog import Shape
from modelsync.catalog.codec import NO_BLOB, Key, Parsed
from modelsync.catalog.meaning import Contents, Reader
from modelsync.config import CONFIG_FILE, Config, Place
from modelsync.errors import CatalogError
from modelsync.git import Repository
from modelsync.git.facts import CommitFacts
from modelsync.git.tree import Blob, means, meant
from modelsync.records import Catalog, Entry, History, Provider, Release, ReleasedModel, is_price_field

_GLOBS = ("**/*.yaml", "**/*.yml", "**/*.json")
_AT_ONCE = 32  # commits whose files are read from git with one process


class Version(NamedTuple):
    """The catalog as its readers saw it after one commit; where it cannot be read, as it was, and why."""

    commit: CommitFacts
    folder: str  # the catalog's, under the repository
    catalog: Catalog
    shape: Shape
    fault: str = ""
    files: Parsed = MappingProxyType({})

    @property
    def whole(self) -> Catalog:
        """The catalog with the names of the files that it was read from."""
        ids = {key.shape.follows for key, _ in self.files.values() if key.ids != NO_BLOB}
        return replace(self.catalog, files=dict.fromkeys((*ids, *self.files), ""))

    def release(self, history: History) -> Release:
        """The catalog as other programs get it, with the past of its prices.

        What cannot be read, and prices in another currency than USD, are not known.
        """
        committed = self.commit.committed
        intervals = [one for model in history.intervals.values() for one in model]
        observed = max((one.observed for one in intervals), default=committed)
        models = tuple(self._released(entry, history) for entry in self.catalog.entries())
        return Release(self.commit.sha, committed, observed, models, history.notices)

    def _released(self, entry: Entry, history: History) -> ReleasedModel:
        values = entry.known
        model, aliases = values.get("model"), values.get("aliases")
        past = history.intervals.get(entry.name, ())
        return ReleasedModel(
            provider=entry.provider,
            key=entry.key,
            id=model if isinstance(model, str) else entry.key,
            aliases=tuple(str(alias) for alias in aliases) if isinstance(aliases, tuple) else (),
            upstream=entry.upstream,
            values=values,
            prices=tuple(one for one in past if is_price_field(one.field)),
            hidden=entry.hidden,
            local=self.catalog.providers[entry.provider].local,
            own=entry.extra,
        )


def repository_of(place: Place) -> Repository:
    """The repository that the catalog lies in. Raises GitRefused where there is none."""
    return Repository.find(place.root)


def version_of(
    repository: Repository, place: Place, revision: str, known: Parsed = MappingProxyType({})
) -> Version:
    """The catalog in one commit; files that are `known` from another one are not read again.

    Raises UsageError for an unknown commit, CatalogError for unreadable files.
    """
    sha = repository.commit_of(revision)
    (commit,) = repository.log("-1", sha)
    folder = repository.relative(place.catalog)
    walk = _Walk(repository, folder, repository.tree_of(sha), known=known)
    return Version(commit, folder, walk.catalog(), walk.shape, files=walk.files)


def versions(
    repository: Repository, place: Place, after: str, tip: str, known: Parsed = MappingProxyType({})
) -> Iterator[Version]:
    """The catalog in each commit after one (none: from the first) up to the tip that touches its files.

    The first is the catalog of `after` itself, where that is given. `known` files are not read again.
    """
    commits = repository.first_parents(after, tip, _GLOBS)
    folders = _folders(repository.relative(place.catalog), commits)
    tree = repository.tree_of(after) if after else {}
    walk = _Walk(repository, folders[0], tree, _first_config(commits, folders), known)
    if after:
        (commit,) = repository.log("-1", after)
        yield walk.version(commit)
    for start in range(0, len(commits), _AT_ONCE):
        some = range(start, min(start + _AT_ONCE, len(commits)))
        walk.fetch(blobs.after for at in some for blobs in commits[at].blobs if walk.may_mean(blobs.path))
        for at in some:
            if walk.step(commits[at], folders[at + 1]):
                yield walk.version(commits[at])


def _folders(now: str, commits: Sequence[CommitFacts]) -> list[str]:
    """The catalog's folder before the first commit and after each: `sync.yaml` tells where it was moved."""
    folders = [now]
    for commit in reversed(commits):
        ours = posixpath.join(folders[-1], CONFIG_FILE)
        begun = any(one.path == ours and not one.before.strip("0") for one in commit.blobs)
        left = [
            posixpath.dirname(one.path)
            for one in commit.blobs
            if posixpath.basename(one.path) == CONFIG_FILE and not one.after.strip("0")
        ]
        folders.append(left[0] if begun and len(left) == 1 else folders[-1])
    return folders[::-1]


def _first_config(commits: Sequence[CommitFacts], folders: Sequence[str]) -> str:
    """The blob of the oldest `sync.yaml`: by it those files are read that there were before it."""
    return next(
        (
            one.after
            for commit, folder in zip(commits, folders[1:], strict=True)
            for one in commit.blobs
            if one.path == posixpath.join(folder, CONFIG_FILE)
        ),
        NO_BLOB,
    )


@lru_cache(1 << 16)
def _name(path: str, folder: str) -> str:
    return posixpath.relpath(path, folder)


class _Walk:
    """The files of the catalog, kept true from commit to commit."""

    def __init__(
        self,
        repository: Repository,
        folder: str,
        tree: Mapping[str, Blob],
        first_config: str = NO_BLOB,
        known: Parsed = MappingProxyType({}),
    ) -> None:
        self._repository, self._folder, self._tree = repository, folder, dict(tree)
        self._contents: dict[str, bytes | None] = {}
        self.files = dict(known)  # as they were read last
        self._first_config, self._config = first_config, ("", Config())
        self._catalog = Catalog({}, {})

    def may_mean(self, path: str) -> bool:
        """Whether the file may be one of the catalog by the rules as they are now."""
        name = _name(path, self._folder)
        return name == CONFIG_FILE or any(means(pattern, name) for pattern in self._settings().data_files)

    def fetch(self, shas: Iterable[str]) -> None:
        """Read many files with one process, and forget those of before."""
        wanted = list(dict.fromkeys(sha for sha in shas if sha.strip("0")))
        self._contents = dict(zip(wanted, self._repository.contents(wanted), strict=True)) if wanted else {}

    def step(self, commit: CommitFacts, folder: str) -> bool:
        """Take what a commit changed; tell whether that may be of the catalog."""
        moved, self._folder = folder != self._folder, folder
        for blobs in commit.blobs:
            if blobs.after.strip("0"):
                self._tree[blobs.path] = Blob(blobs.modes[1], blobs.after)
            else:
                self._tree.pop(blobs.path, None)
        return moved or any(self.may_mean(blobs.path) for blobs in commit.blobs)

    def version(self, commit: CommitFacts) -> Version:
        """The catalog now; where it cannot be read, as it was."""
        try:
            self._catalog = self.catalog()
        except CatalogError as error:
            return Version(commit, self._folder, self._catalog, self.shape, str(error), self.files)
        return Version(commit, self._folder, self._catalog, self.shape, files=self.files)

    @property
    def shape(self) -> Shape:
        return self._settings().shape

    def catalog(self) -> Catalog:
        """Read what changed. Raises CatalogError, with file and line."""
        tree = {_name(path, self._folder): blob for path, blob in self._tree.items()}
        settings = self._settings(strict=True)
        files = meant(tree, settings.data_files, self._content)
        shape = settings.shape
        ids = files.pop(shape.follows, Blob("", NO_BLOB))
        providers: dict[str, Provider] = {}
        for name, blob in files.items():
            providers |= self._providers(name, blob.sha, ids.sha, shape)
        self.files = {name: read for name, read in self.files.items() if name in files}
        authoritative = {name for name, source in settings.sources.items() if source.authoritative}
        from modelsync.plan.bases import resolved  # planning is not needed for what is noted already

        return resolved(Catalog(providers, {}), authoritative)

    def _settings(self, *, strict: bool = False) -> Config:
        """`sync.yaml` as it is, else as it first was; unless `strict`, as it last could be read."""
        path = posixpath.join(self._folder, CONFIG_FILE)
        sha = self._tree[path].sha if path in self._tree else self._first_config
        if sha != self._config[0]:
            try:
                text = (self._content(sha) or b"").decode("utf-8", "replace")
                self._config = sha, config.parse(text, where=path)
            except CatalogError:
                if strict:
                    raise
        return self._config[1]

    def _providers(self, name: str, sha: str, ids: str, shape: Shape) -> dict[str, Provider]:
        """The providers of one file, with what they follow by the file of ids."""
        key = Key(sha, ids, shape)
        read, contents = self.files.get(name, (None, Contents({}, ())))
        if read != key:
            reader = Reader(shape)
            for file, blob in ((shape.follows, ids), (name, sha)):
                if blob != NO_BLOB:
                    contents = reader.read(file, catalog.parse(file, self._content(blob) or b""), file)
            reader.follow()
            self.files[name] = key, contents
        return contents.providers

    def _content(self, sha: str) -> bytes | None:
        if sha not in self._contents:
            (self._contents[sha],) = self._repository.contents([sha])
        return self._contents[sha]
