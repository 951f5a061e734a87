"""Both revisions of the data files, by meaning and by text, beside the policy of the older one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cached_property

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from modelsync import catalog, yamledit
from modelsync.catalog import Problem, Shape
from modelsync.catalog.shapes import NO_ENTRY, Layout, layout_of
from modelsync.errors import CatalogError
from modelsync.plan.accept import accepts
from modelsync.plan.bases import Bases, resolved
from modelsync.plan.mapping import Mapping as Rules
from modelsync.records import UPSTREAM_PREFIX, Catalog, Entry, PlanPolicy, Value

Path = yamledit.Path


class Fault(Problem, frozen=True):
    """Where it is in the newer revision, and what it is; `name` (`openai/gpt-4o:removed`) lets it through."""

    name: str = ""


def fault_at(where: str, text: str) -> Fault:
    """A fault where an error has found it: `file:line`, or a file."""
    file, _, line = where.partition(",")[0].rpartition(":")
    return Fault(file, int(line), text) if line.isdigit() else Fault(where, 0, text)


class Side(msgspec.Struct, frozen=True):
    """One revision: its documents by path, and what they say; `read` is with what bases say."""

    documents: dict[str, yamledit.Document]
    own: Catalog
    read: Catalog


class Pair(msgspec.Struct, frozen=True):
    """An entry that both revisions have: as it is stated, and with what its base says."""

    before: Entry
    after: Entry
    read_before: Entry
    read_after: Entry


class Diff(msgspec.Struct, frozen=True, dict=True):
    """Both revisions, with what they are judged by."""

    before: Side
    after: Side
    shape: Shape
    policy: PlanPolicy
    since: date  # the day on which the older revision was committed

    @cached_property
    def mapping(self) -> Rules:
        """Where the older revision's rules put what sources list."""
        return Rules(self.policy)

    @cached_property
    def pairs(self) -> list[Pair]:
        """The entries that both revisions have."""
        return [
            Pair(entry, after, self.read_before(entry), find(self.after.read, entry) or after)
            for entry in self.before.own.entries()
            if (after := find(self.after.own, entry))
        ]

    @cached_property
    def gone(self) -> list[Entry]:
        """The entries that only the older one has."""
        entries = self.before.own.entries()
        return [self.read_before(entry) for entry in entries if not find(self.after.own, entry)]

    @cached_property
    def new(self) -> list[Entry]:
        """The entries that only the newer one has, as they are stated."""
        entries = self.after.own.entries()
        return [entry for entry in entries if not find(self.before.own, entry)]

    @cached_property
    def followers(self) -> dict[tuple[str, str, str], dict[str, bool]]:
        """By provider, source and id, the entries that follow it; whether in the older revision already."""
        known: dict[tuple[str, str, str], dict[str, bool]] = defaultdict(dict)
        for side in (self.before, self.after):
            for entry in side.own.entries():
                for followed in entry.upstream.items():
                    known[entry.provider, *followed].setdefault(entry.name, side is self.before)
        return known

    def read_before(self, entry: Entry) -> Entry:
        return find(self.before.read, entry) or entry

    def inherited(self, entry: Entry) -> dict[str, Value]:
        """What an entry of the newer revision says by its base alone."""
        read = find(self.after.read, entry) or entry
        return {field: value for field, value in read.values.items() if field not in entry.values}

    def base_value(self, entry: Entry, field: str) -> Value | UnsetType:
        """What the base of an entry of the newer revision says of a field."""
        return self._bases.inherited(entry).get(field, (UNSET, ""))[0]

    @cached_property
    def _bases(self) -> Bases:
        return Bases(self.after.own, self.policy.authoritative)

    def file_of(self, entry: Entry) -> str:
        return next(
            side.own.providers[entry.provider].file
            for side in (self.after, self.before)
            if entry.provider in side.own.providers
        )

    def path_of(self, entry: Entry, field: str = "") -> Path:
        keys = self.shape.keys_of(field) if field else ()
        return (*self.layouts[self.file_of(entry)].entry(entry.provider, entry.key), *keys)

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        """Where the entries of each file lie."""
        documents = self.before.documents | self.after.documents
        return {file: layout_of(document) for file, document in documents.items()}

    def field_at(self, file: str, path: Path) -> tuple[str, str]:
        """The name of the entry that a path lies in, and the field there; both may be empty."""
        layout = self.layouts[file]
        provider, key = name = layout.name_at(path)
        if name == NO_ENTRY:
            return name
        return f"{provider}/{key}", ".".join(map(str, path[len(layout.entry(provider, key)) :]))

    def fault(self, file: str, path: Path, text: str, name: str = "") -> Fault:
        """A fault at a place of the newer revision, or at what is left of the way there."""
        document = self.after.documents.get(file)
        while document and path and not document.has(path):
            path = path[:-1]
        line = document.line(path) if document and path else 1 if document else 0
        return Fault(file, line, text, name)

    def fault_of(self, entry: Entry, field: str, text: str, about: str = "") -> Fault:
        """A fault of one entry's field, or of what `about` names."""
        where, path = self.file_of(entry), self.path_of(entry, field)
        return self.fault(where, path, f"{entry.name}: {text}", f"{entry.name}:{about or field}")

    def accepts(self, entry: Entry, field: str, value: object) -> bool:
        """Whether the older `sync.yaml` has just this in its `accept:` list."""
        return any(accepts(rule, f"{entry.name}:{field}", value) for rule in self.policy.accepted)


def compared(
    before: Mapping[str, bytes],
    after: Mapping[str, bytes],
    shape: Shape,
    policy: PlanPolicy,
    *,
    since: date,
    base_now: Mapping[str, bytes] | None = None,
) -> Diff:
    """Both, read. What people keep in `base_now`, the base as it is now, is kept in the older one too.

    Raises CatalogError, with file and line, where one of them cannot be read.
    """
    with _reading("the base as it is now"):
        now = {name: catalog.parse(name, content) for name, content in (base_now or {}).items()}
        kept = catalog.meaning(now, shape)
    with _reading("the older revision"):
        old = {name: catalog.parse(name, content) for name, content in before.items()}
        older = _side(old, shape, policy, kept)
    with _reading("the newer revision"):
        new = {
            name: old[name] if before.get(name) == content else catalog.parse(name, content)
            for name, content in after.items()
        }
        newer = _side(new, shape, policy)
    return Diff(older, newer, shape, policy, since)


@contextmanager
def _reading(revision: str) -> Iterator[None]:
    """What cannot be read of a revision is told with the name of that."""
    try:
        yield
    except CatalogError as error:
        raise CatalogError(f"in {revision}: {error.what}", where=error.where, advice=error.advice) from None


def _side(
    documents: dict[str, yamledit.Document], shape: Shape, policy: PlanPolicy, kept: Catalog | None = None
) -> Side:
    meaning = catalog.meaning(documents, shape)
    if kept and kept.providers:
        providers = {
            name: replace(
                provider,
                local=provider.local or (name in kept.providers and kept.providers[name].local),
                entries={key: _as_kept(entry, kept) for key, entry in provider.entries.items()},
            )
            for name, provider in meaning.providers.items()
        }
        meaning = Catalog(providers, {})
    return Side(documents, meaning, resolved(meaning, policy.authoritative))


def _as_kept(entry: Entry, kept: Catalog) -> Entry:
    """The entry with the pins, the priority and the currency that people have given it since."""
    now = find(kept, entry)
    if now is None:
        return entry
    money = now.money if now.money.foreign else entry.money
    priority = max(entry.priority, now.priority)
    return replace(entry, pins=entry.pins + now.pins, priority=priority, money=money)


def find(of: Catalog, entry: Entry) -> Entry | None:
    """The entry of the same name."""
    return of.find(entry.provider, entry.key)


def changed_fields(pair: Pair) -> Iterator[str]:
    """The fields that the entry does not state as before, `upstream.SOURCE` among them."""
    before, after = pair.before, pair.after
    for field in dict.fromkeys((*before.values, *after.values)):
        if before.values.get(field, UNSET) != after.values.get(field, UNSET):
            yield field
    for source in dict.fromkeys((*before.upstream, *after.upstream)):
        if before.upstream.get(source) != after.upstream.get(source):
            yield f"{UPSTREAM_PREFIX}{source}"
