"""Reads the catalog's files into what they mean, with the line of everything a person may have to look at."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from modelsync import yamledit
from modelsync.catalog import follows
from modelsync.catalog.money import MoneyReader, Section
from modelsync.catalog.pins import Pins, fields_in
from modelsync.catalog.shape import UPSTREAM, Shape, unreadable
from modelsync.catalog.shapes import USUAL, Layout, layout_of
from modelsync.errors import CatalogError
from modelsync.records import (
    BASE,
    PERSON_PRIORITY,
    Catalog,
    Entry,
    Money,
    Notice,
    Provider,
    Unreadable,
    Value,
    text_of,
)

FACTOR = "pricing_factor"  # of a provider: what one pays is this times the list prices of its models
UPDATE = "update"  # of a provider: globs of the keys that any run may change
_NOT_UPDATED = f"`{UPDATE}:` of its provider does not mean it"
_FACTOR = "pricing.factor"
_NO_GLOBS = f"`{UPDATE}:` is no list of globs, so that no model of it is updated"

_KEEP_PARSED = 32 << 20  # bytes; a larger catalog is parsed again once where its text is looked at
_CORE = "tag:yaml.org,2002:"
_TYPES = frozenset(
    ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "binary", "set", "omap", "pairs")
) | {"merge", "value"}


class Problem(msgspec.Struct, frozen=True):
    """Something that `check` reports: where, and what."""

    file: str
    line: int  # 0: it is about the whole of the file, or there is no such file any more
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


class DataFile(msgspec.Struct, frozen=True, dict=True):
    """One file of the catalog as it was read. `name` is relative to the catalog folder."""

    name: str
    path: Path
    content: bytes | None  # None: the file is not there yet
    parsed: yamledit.Document | None = None
    layout: Layout = USUAL

    @cached_property
    def shown(self) -> str:
        return shown(self.path)

    @cached_property
    def document(self) -> yamledit.Document:
        return self.parsed or parse(self.shown, self.content or b"")

    def path_of(self, entry: Entry) -> yamledit.Path:
        """The path to an entry of this file."""
        return self.layout.entry(entry.provider, entry.key)


class NewFiles(msgspec.Struct, frozen=True):
    """What a file or provider that sync begins says beside its models."""

    schema: Path | None = None  # by which editors complete and check it
    local: frozenset[str] = frozenset()  # providers that one runs oneself


_LFS_POINTER = b"version https://git-lfs.github.com/spec/"  # the first line, as its documentation says
_PLAIN = NewFiles()


class Opened(msgspec.Struct, frozen=True):
    """The catalog by meaning, beside the files that it was read from."""

    catalog: Catalog
    files: dict[str, DataFile]
    folder: Path
    patterns: tuple[str, ...]
    shape: Shape
    problems: tuple[Problem, ...] = ()
    new: NewFiles = _PLAIN
    decided: tuple[Rewrite, ...] = ()  # what a person decides beside the plan: `written` writes it with that
    notices: tuple[Notice, ...] = ()  # and what is to be said of it

    def file_of(self, entry: Entry) -> DataFile:
        """The file that an entry lies in."""
        return self.files[self.catalog.providers[entry.provider].file]


class Rewrite(msgspec.Struct, frozen=True):
    """One file before and after, and the comments that go with what is removed."""

    file: DataFile
    document: yamledit.Document
    removed_comments: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.document.text

    @property
    def content(self) -> bytes:
        return self.text.encode()

    def laid_out(self, content: bytes | None) -> Rewrite | None:
        """The same in another text, as a formatter makes it; None where that has other values or comments."""
        try:
            document = parse(self.file.name, content or b"")
            is_alike = document.value() == self.document.value()
        except CatalogError:
            return None
        comments, planned = ([words for _, words in text.comments()] for text in (document, self.document))
        return replace(self, document=document) if is_alike and comments == planned else None


def decided(opened: Opened, edited: Iterable[Rewrite], notice: Notice) -> Opened:
    """The catalog as if these files were written already; `written` writes them with what is planned."""
    known = {item.file.name: item for item in opened.decided}
    new = [item for item in edited if item.document.text != item.file.document.text]
    for item in new:
        first = known.get(item.file.name)
        known[item.file.name] = replace(item, file=first.file) if first else item
    files = {
        name: replace(file, parsed=known[name].document) if name in known else file
        for name, file in opened.files.items()
    }
    reader = _Reader(opened.shape)
    for name, file in files.items():
        reader.read(name, file.document, file.shown)
    reader.follow()
    return replace(
        opened,
        catalog=Catalog(reader.providers, opened.catalog.files),
        files=files,
        problems=tuple(reader.problems),
        decided=tuple(known.values()),
        notices=(*opened.notices, *([notice] if new else [])),
    )


def open_catalog(folder: Path, patterns: Iterable[str], shape: Shape, new: NewFiles = _PLAIN) -> Opened:
    """Read every data file. Raises CatalogError, with file and line, for what cannot be read."""
    patterns = tuple(patterns)
    own = [shape.follows] if shape.follows and (folder / shape.follows).is_file() else []
    contents = {name: _content(folder / name) for name in (*own, *_found(folder, patterns)) if name}
    keep = sum(map(len, contents.values())) <= _KEEP_PARSED
    reader = _Reader(shape)
    files = {}
    for name, content in contents.items():
        path = folder / name
        document = parse(shown(path), content)
        reader.read(name, document, shown(path))
        files[name] = DataFile(name, path, content, document if keep else None, layout_of(document))
    reader.follow()
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    read = Catalog(reader.providers, hashes)
    return Opened(read, files, folder, patterns, shape, tuple(reader.problems), new)


def meaning(documents: Mapping[str, yamledit.Document], shape: Shape) -> Catalog:
    """The catalog that these documents hold, by file name; it names no hashes."""
    reader = _Reader(shape)
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


def shown(path: Path) -> str:
    """A file as a person names it: from where they are."""
    return os.path.relpath(path)


def _found(folder: Path, patterns: Iterable[str]) -> dict[str, None]:
    """The names of the files that the patterns mean, each once, in order."""
    names: dict[str, None] = {}
    for pattern in patterns:
        if any(character in pattern for character in "*?["):
            paths = (path for path in folder.glob(pattern) if path.is_file())
            names |= dict.fromkeys(sorted(_name(path, folder) for path in paths))
        else:
            names[pattern] = None
    return names


def _name(path: Path, folder: Path) -> str:
    name = path.relative_to(folder).as_posix()
    if not name.isprintable():
        raise CatalogError("a file name that cannot be printed", where=ascii(name), advice="Rename the file.")
    return name


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogError(
            f"cannot be read: {error.strerror}",
            where=shown(path),
            advice="sync.yaml names it under `files`: set it right there, or here.",
        ) from None


class _Reader:
    """Collects the providers of one file after the other."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.table = shape.table()
        self.money = MoneyReader(Section.of(self.table))
        self.providers: dict[str, Provider] = {}
        self.problems: list[Problem] = []
        self.follows: follows.Ids = {}

    def read(self, name: str, document: yamledit.Document, where: str) -> None:
        """One file's providers. Raises CatalogError with `where` and line."""
        try:
            if self.shape.follows and name == self.shape.follows:
                self.follows = follows.read(document)
            else:
                self._read(name, document, where)
        except CatalogError as error:
            raise error.at(where) from None

    def follow(self) -> None:
        """Give the entries what they follow by a file of its own; what an entry says itself goes before."""
        for provider in self.providers.values():
            ids = self.follows.get(provider.key, {})
            for key in ids.keys() & provider.entries.keys():
                entry = provider.entries[key]
                upstream = {**ids[key], **entry.upstream}
                provider.entries[key] = msgspec.structs.replace(entry, upstream=upstream)

    def _read(self, name: str, document: yamledit.Document, where: str) -> None:
        layout = layout_of(document)
        root = document.value()
        raw, money = layout.providers(root), self.money.at(root)
        by_model = bool(layout.naming) and self.shape.keys_of("model") == (layout.naming,)
        if layout.naming and self.shape.keys_of("name") == (layout.naming,):
            raise CatalogError(
                f"`{layout.naming}:` names the models of this list, and cannot be their display name too",
                where="line 1",
                advice="Say in sync.yaml: `keys: {model: name, name: display_name}`.",
            )
        pins = Pins(document, layout, self.shape)
        mistakes = [*pins.mistakes, *_dangerous_tags(document)]
        for key, below in raw.items():
            if key in self.providers:
                text = f"provider {key} is in {self.providers[key].file} too"
                raise CatalogError(text, where=f"line {document.line(layout.provider(key))}")
            models, of_provider = layout.models(below), money.at(below)
            if models is None:
                text = f"provider {key} is not {layout.expected}"
                raise CatalogError(text, where=f"line {document.line(layout.provider(key))}")
            entries = {
                model: self._entry(key, model, fields, pins, of_provider.at(fields).money)
                for model, fields in models.items()
                if isinstance(fields, dict)
            }
            display, local, update = ((below or {}).get(word) for word in ("name", "local", UPDATE))
            if not _are_globs(update):
                mistakes.append((document.line((*layout.provider(key), UPDATE)), f"{key}: {_NO_GLOBS}"))
            factor = self.shape.decode(_FACTOR, (below or {}).get(FACTOR))
            if isinstance(factor, Unreadable):
                line = document.line((*layout.provider(key), FACTOR))
                mistakes.append((line, f"{key}: {FACTOR} is no number above zero: {factor.text}"))
            entries = {
                model: _as_priced(_as_updated(entry, update), factor, key) for model, entry in entries.items()
            }
            self.providers[key] = Provider(
                key, name, str(display or ""), local is True, of_provider.money, entries, by_model
            )
            for model, fields in models.items():
                if text := _mistake(fields):
                    mistakes.append((document.line(layout.entry(key, model)), f"{key}/{model}: {text}"))
        self.problems += (Problem(where, line, text) for line, text in mistakes)

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
            {source: name for source, name in upstream.items() if isinstance(name, str)} if upstream else {},
            tuple(pins.of.get((provider, key), ())),
            priority if type(priority) is int else PERSON_PRIORITY,
            raw.get("hidden") is True,
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


def _are_globs(update: object) -> bool:
    return update is None or (isinstance(update, list) and all(isinstance(glob, str) for glob in update))


def _as_updated(entry: Entry, update: Any) -> Entry:
    """The entry as a person's where its provider's `update:` does not mean it, or cannot be read."""
    globs = update if _are_globs(update) else []
    if globs is None or any(fnmatchcase(entry.key, glob) for glob in globs):
        return entry
    priority, reason = max(entry.priority, PERSON_PRIORITY), entry.reason or _NOT_UPDATED
    return msgspec.structs.replace(entry, priority=priority, reason=reason)


def _as_priced(entry: Entry, factor: Value, provider: str) -> Entry:
    """The entry with the factor of its provider where it states none."""
    if not isinstance(factor, Decimal) or _FACTOR in entry.values:
        return entry
    values, inherited = {**entry.values, _FACTOR: factor}, {**entry.inherited, _FACTOR: provider}
    return msgspec.structs.replace(entry, values=values, inherited=inherited)


def _dangerous_tags(document: yamledit.Document) -> Iterator[tuple[int, str]]:
    """The tags by which some readers make an object or run a program, and at which others fail."""
    for line, word in document.marks() if "!" in document.text else ():
        if word.startswith("!ruby/") or (word.startswith(_CORE) and word.removeprefix(_CORE) not in _TYPES):
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
    return ""
