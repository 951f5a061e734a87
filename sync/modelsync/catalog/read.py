"""Reads the files of the catalog, with what each of them means."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from modelsync import yamledit
from modelsync.catalog.codec import NO_BLOB, Key, Parsed, blob_of
from modelsync.catalog.meaning import Contents, Problem, Reader, parse
from modelsync.catalog.shape import Shape
from modelsync.catalog.shapes import Layout, layout_of
from modelsync.errors import CatalogError
from modelsync.records import Catalog, Entry, Notice

_KEEP_PARSED = 32 << 20  # bytes; a larger catalog is parsed again once where its text is looked at


class DataFile(msgspec.Struct, frozen=True, dict=True):
    """One file of the catalog as it was read. `name` is relative to the catalog folder."""

    name: str
    path: Path
    content: bytes | None  # None: the file is not there yet
    parsed: yamledit.Document | None = None
    shaped: Layout | None = None  # None: as its text is

    @cached_property
    def shown(self) -> str:
        return shown(self.path)

    @cached_property
    def document(self) -> yamledit.Document:
        return self.parsed or parse(self.shown, self.content or b"")

    @cached_property
    def lines(self) -> list[str]:
        """The lines of its text, for which it need not be parsed."""
        text = self.document.text if self.parsed or self.content is None else yamledit.decode(self.content)
        return text.split("\n")

    @cached_property
    def layout(self) -> Layout:
        return self.shaped or layout_of(self.document)

    def path_of(self, entry: Entry) -> yamledit.Path:
        """The path to an entry of this file."""
        return self.layout.entry(entry.provider, entry.key)


class NewFiles(msgspec.Struct, frozen=True):
    """What a file or provider that sync begins says beside its models."""

    schema: Path | None = None  # by which editors complete and check it
    local: frozenset[str] = frozenset()  # providers that one runs oneself


_PLAIN = NewFiles()


class Opened(msgspec.Struct, frozen=True):
    """The catalog by meaning, beside the files that it was read from."""

    catalog: Catalog
    files: dict[str, DataFile]
    folder: Path
    patterns: tuple[str, ...]
    shape: Shape
    parsed: Parsed = MappingProxyType({})  # the files, as they are read again where they stay as they are
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
    reader = Reader(opened.shape)
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


def open_catalog(
    folder: Path,
    patterns: Iterable[str],
    shape: Shape,
    new: NewFiles = _PLAIN,
    known: Parsed = MappingProxyType({}),
) -> Opened:
    """Read every data file; one that is as it was when it was `known` is not parsed again.

    Raises CatalogError, with file and line, for what cannot be read.
    """
    patterns = tuple(patterns)
    own = [shape.follows] if shape.follows and (folder / shape.follows).is_file() else []
    contents = {name: _content(folder / name) for name in (*own, *_found(folder, patterns)) if name}
    keep = sum(map(len, contents.values())) <= _KEEP_PARSED
    ids = blob_of(contents[own[0]]) if own else NO_BLOB
    reader, files, parsed = Reader(shape), dict[str, DataFile](), dict[str, tuple[Key, Contents]]()
    for name, content in contents.items():
        path, key, document = folder / name, Key(blob_of(content), ids, shape), None
        before = known.get(name)
        if before and before[0] == key and name not in own and reader.can_take(before[1]):
            reader.take(before[1], shown(path))
            parsed[name] = before
        else:
            document = parse(shown(path), content)
            parsed[name] = key, reader.read(name, document, shown(path))
        files[name] = DataFile(name, path, content, document if keep else None)
    reader.follow()
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    read = Catalog(reader.providers, hashes)
    return Opened(read, files, folder, patterns, shape, parsed, tuple(reader.problems), new)


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
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe or a device has no end
        raise CatalogError("is no regular file", where=shown(path))
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogError(
            f"cannot be read: {error.strerror}",
            where=shown(path),
            advice="sync.yaml names it under `files`: set it right there, or here.",
        ) from None
