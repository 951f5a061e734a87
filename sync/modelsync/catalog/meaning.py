"""What a document of the catalog means, with the line of everything a person may have to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from modelsync import yamledit
from modelsync.catalog import follows
from modelsync.catalog.comments import Comments
from modelsync.catalog.money import MoneyReader, Section
from modelsync.catalog.pins import Pins, fields_in
from modelsync.catalog.remarks import currencies
from modelsync.catalog.shape import UPSTREAM, Shape, unreadable
from modelsync.catalog.shapes import NO_ENTRY, layout_of
from modelsync.errors import CatalogError
from modelsync.records import (
    BASE,
    PERSON_PRIORITY,
    Catalog,
    Entry,
    Money,
    Provider,
    Unreadable,
    Value,
    text_of,
)

FACTOR = "pricing_factor"  # of a provider: what one pays is this times the list prices of its models
UPDATE = "update"  # of a provider: globs of the keys that any run may change
_NOT_UPDATED = f"`{UPDATE}:` of its provider does not mean it"
_FACTOR = "pricing.factor"
_YES = frozenset({"yes", "on", "true", "y"})  # true to readers of YAML 1.1, or in quotes
_NO_GLOBS = f"`{UPDATE}:` is no list of globs, so that no model of it is updated"

_CORE = "tag:yaml.org,2002:"
_TYPES = frozenset(
    ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "binary", "set", "omap", "pairs")
) | {"merge", "value"}


_OF_LANGUAGES = ("!ruby/", "!perl/", "!php/")  # tags by which these make objects
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"  # the first line, as its documentation says


class Problem(msgspec.Struct, frozen=True):
    """Something that `check` reports: where, and what."""

    file: str
    line: int  # 0: it is about the whole of the file, or there is no such file any more
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


class Contents(NamedTuple):
    """What a file says, and by line what is wrong in it."""

    providers: dict[str, Provider]
    problems: tuple[tuple[int, str], ...]


def parse(where: str, content: bytes) -> yamledit.Document:
    """One file's document. Raises CatalogError, with `where` before the line."""
    if content.startswith(_LFS_POINTER):
        raise CatalogError(
            "is what Git LFS keeps in place of the file", where=where, advice="Get it: `git lfs pull`."
        )
    try:
        return yamledit.parse(yamledit.decode(content))
    except CatalogError as error:
        raise error.at(where) from None


def meaning(documents: Mapping[str, yamledit.Document], shape: Shape) -> Catalog:
    """The catalog that these documents hold, by file name; it names no hashes."""
    reader = Reader(shape)
    for name, document in documents.items():
        reader.read(name, document, name)
    reader.follow()
    return Catalog(reader.providers, {})


def entries_in(content: bytes, shape: Shape) -> dict[str, Entry] | None:
    """The entries of one file by name; None where it cannot be read."""
    try:
        of = meaning({"": parse("", content)}, shape)
    except CatalogError:
        return None
    return {entry.name: entry for entry in of.entries()}


class Reader:
    """Collects the providers of one file after the other."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.table = shape.table()
        self.money = MoneyReader(Section.of(self.table))
        self.providers: dict[str, Provider] = {}
        self.problems: list[Problem] = []
        self.follows: follows.Ids = {}

    def read(self, name: str, document: yamledit.Document, where: str) -> Contents:
        """One file's providers. Raises CatalogError with `where` and line."""
        try:
            if self.shape.follows and name == self.shape.follows:
                self.follows = follows.read(document)
                return Contents({}, ())
            contents = self._read(name, document)
        except CatalogError as error:
            raise error.at(where) from None
        self.take(contents, where)
        return contents

    def can_take(self, contents: Contents) -> bool:
        """Whether none of these providers is in another file too."""
        return self.providers.keys().isdisjoint(contents.providers)

    def take(self, contents: Contents, where: str) -> None:
        """One file's providers, as they were read before."""
        self.providers |= contents.providers
        self.problems += (Problem(where, line, text) for line, text in contents.problems)

    def follow(self) -> None:
        """Give the entries what they follow by a file of its own; what an entry says itself goes before."""
        for provider in self.providers.values():
            ids = self.follows.get(provider.key, {})
            for key in ids.keys() & provider.entries.keys():
                entry = provider.entries[key]
                upstream = {**ids[key], **entry.upstream}
                provider.entries[key] = replace(entry, upstream=upstream)

    def _read(self, name: str, document: yamledit.Document) -> Contents:
        layout = layout_of(document)
        root = document.value()
        raw, comments = layout.providers(root), Comments(document, layout, self.shape)
        remarks = currencies(document, layout, comments, self.table)
        money = self.money.at(root, *remarks.get(NO_ENTRY, ()))
        by_model = bool(layout.naming) and self.shape.keys_of("model") == (layout.naming,)
        if layout.naming and self.shape.keys_of("name") == (layout.naming,):
            raise CatalogError(
                f"`{layout.naming}:` names the models of this list, and cannot be their display name too",
                where="line 1",
                advice="Say in sync.yaml: `keys: {model: name, name: display_name}`.",
            )
        pins = Pins(document, layout, self.shape, comments)
        mistakes, providers = [*pins.mistakes, *_dangerous_tags(document)], dict[str, Provider]()
        for key, below in raw.items():
            if key in self.providers:
                text = f"provider {key} is in {self.providers[key].file} too"
                raise CatalogError(text, where=f"line {document.line(layout.provider(key))}")
            models, of_provider = layout.models(below), money.at(below, *remarks.get((key, ""), ()))
            if models is None:
                text = f"provider {key} is not {layout.expected}{layout.unnamed(below)}"
                raise CatalogError(text, where=f"line {document.line(layout.provider(key))}")
            display, local, update = ((below or {}).get(word) for word in ("name", "local", UPDATE))
            factor = self.shape.decode(_FACTOR, (below or {}).get(FACTOR))
            for word, text in _wrong_settings(update, local, factor):
                mistakes.append((document.line((*layout.provider(key), word)), f"{key}: {text}"))
            entries: dict[str, Entry] = {}
            providers[key] = Provider(
                key, name, str(display or ""), _is_set(local), of_provider.money, entries, by_model
            )
            for model, fields in models.items():
                if isinstance(fields, dict):
                    own = of_provider.at(fields, *remarks.get((key, model), ())).money
                    entry = self._entry(key, model, fields, pins, own)
                    entries[model] = _as_priced(_as_updated(entry, update), factor, key)
                if text := _mistake(fields):
                    mistakes.append((document.line(layout.entry(key, model)), f"{key}/{model}: {text}"))
        return Contents(providers, tuple(mistakes))

    def _entry(self, provider: str, key: str, raw: Mapping[str, Any], pins: Pins, money: Money) -> Entry:
        values: dict[str, Value] = {}
        extra = self._read_values(raw, self.table, values, self.shape.with_unit(money.unit))
        extra.pop(UPSTREAM, None)
        upstream = raw.get(UPSTREAM)
        if upstream is not None and not isinstance(upstream, dict):
            values[UPSTREAM] = unreadable(upstream)
            upstream = None
        priority = raw.get("priority") or 0
        base, reason = raw.get(BASE), raw.get("reason")
        return Entry(
            provider,
            key,
            values,
            _followed(upstream or {}),
            tuple(pins.of.get((provider, key), ())),
            priority if type(priority) is int else PERSON_PRIORITY,
            _is_set(raw.get("hidden")),
            base if isinstance(base, str) else "",
            text_of(reason) if isinstance(reason, str | int | Decimal) else "",
            money=money,
            since=pins.since.get((provider, key), {}),
            extra=extra,
        )

    def _read_values(
        self, raw: Mapping[str, Any], table: Mapping[str, Any], values: dict[str, Value], shape: Shape
    ) -> dict[str, Any]:
        """Read the values that are fields; gives what is none."""
        extra: dict[str, Any] = {}
        for key, value in raw.items():
            below = table.get(key)
            if below is None:
                extra[key] = value
            elif isinstance(below, str):
                values[below] = shape.decode(below, value)
            elif isinstance(value, dict):
                if within := self._read_values(value, below, values, shape):
                    extra[key] = within
            elif value is not None:
                values.update(dict.fromkeys(fields_in(below), unreadable(value)))
        return extra


def _wrong_settings(update: Any, local: Any, factor: Value) -> Iterator[tuple[str, str]]:
    """What cannot be meant of what a provider says beside its models, by its key."""
    if not _are_globs(update):
        yield UPDATE, _NO_GLOBS
    if type(local or False) is not bool:
        yield "local", f"local is neither true nor false: {text_of(local)}"
    if isinstance(factor, Unreadable):
        yield FACTOR, f"{FACTOR} is no number above zero: {factor.text}"


def _is_set(flag: object) -> bool:
    """Whether a flag is set, if only to readers of YAML 1.1."""
    return flag is True or (isinstance(flag, str) and flag.lower() in _YES)


def _followed(upstream: Mapping[str, Any]) -> dict[str, str]:
    """The ids that an entry follows. One that is no text names no model, so that none takes its place."""
    named = ((source, id_) for source, id_ in upstream.items() if id_ is not None)
    return {source: id_ if isinstance(id_, str) else unreadable(id_).text for source, id_ in named}


def _are_globs(update: object) -> bool:
    return update is None or (isinstance(update, list) and all(isinstance(glob, str) for glob in update))


def _as_updated(entry: Entry, update: Any) -> Entry:
    """The entry as a person's where its provider's `update:` does not mean it, or cannot be read."""
    globs = update if _are_globs(update) else []
    if globs is None or any(fnmatchcase(entry.key, glob) for glob in globs):
        return entry
    priority, reason = max(entry.priority, PERSON_PRIORITY), entry.reason or _NOT_UPDATED
    return replace(entry, priority=priority, reason=reason)


def _as_priced(entry: Entry, factor: Value, provider: str) -> Entry:
    """The entry with the factor of its provider where it states none."""
    if not isinstance(factor, Decimal) or _FACTOR in entry.values:
        return entry
    values, inherited = {**entry.values, _FACTOR: factor}, {**entry.inherited, _FACTOR: provider}
    return replace(entry, values=values, inherited=inherited)


def _dangerous_tags(document: yamledit.Document) -> Iterator[tuple[int, str]]:
    """The tags by which some readers make an object or run a program, and at which others fail."""
    for line, word in document.marks() if "!" in document.text else ():
        if word.startswith(_OF_LANGUAGES) or (
            word.startswith(_CORE) and word.removeprefix(_CORE) not in _TYPES
        ):
            yield line, f"the tag {word} makes some readers run a program, and others refuse the file"


def _mistake(raw: Any) -> str:
    """What is wrong with an entry beside its fields. One of a doubtful priority counts as a person's."""
    if not isinstance(raw, dict):
        return "the entry is not a mapping"
    if type(raw.get("priority") or 0) is not int:
        return f"priority is no whole number, so that the entry counts as a person's: {raw['priority']}"
    if type(raw.get("hidden") or False) is not bool:
        return f"hidden is neither true nor false: {raw['hidden']}"
    if not isinstance(raw.get(BASE) or "", str):
        return "base is not the name of an entry"
    ids = raw.get(UPSTREAM)
    for source, id_ in ids.items() if isinstance(ids, dict) else ():
        if id_ is not None and not isinstance(id_, str):
            return f"{UPSTREAM}.{source} is not the id of a model: {unreadable(id_)}"
    return ""
