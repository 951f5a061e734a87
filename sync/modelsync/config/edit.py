"""Edits of `sync.yaml`, refused where the text would not say afterwards what it should. It writes no file."""

from __future__ import annotations

from collections.abc import Sequence

from modelsync import catalog, yamledit
from modelsync.catalog import DataFile, Rewrite
from modelsync.config.place import Place
from modelsync.config.reading import parse, read
from modelsync.config.settings import Config
from modelsync.config.validation import Path
from modelsync.disk import files
from modelsync.errors import CatalogEditRefused


def opened(place: Place) -> tuple[DataFile, Config]:
    """Read `sync.yaml` as it is now, to be edited. Raises CatalogError, DiskFault."""
    with files.disk_faults("reading", place.config_file):
        content = place.config_file.read_bytes()
    return of(place, content)


def of(place: Place, content: bytes) -> tuple[DataFile, Config]:
    """The same of other content, as a commit has it. Raises CatalogError."""
    path = place.config_file
    where = DataFile(path.name, path, content).shown
    file = DataFile(path.name, path, content, catalog.parse(where, content))
    return file, read(file.document, where)


def changed(file: DataFile, edits: Sequence[yamledit.Edit], wanted: Config, *, section: str) -> Rewrite:
    """Make these edits below a section, so that all of the text reads as the configuration wanted.

    Raises CatalogError, CatalogEditRefused.
    """
    edited = rewritten(file, edits)
    if parse(edited.text, where=file.shown) != wanted:
        raise CatalogEditRefused(
            "the edit would not read back as it was asked for",
            where=file.shown,
            advice=f"Nothing was written. Write it by hand, under `{section}`.",
        )
    return edited


def put(document: yamledit.Document, path: Path, value: yamledit.Value) -> yamledit.Edit:
    """Edit what is at a path, or add it with the sections that it needs; an index adds at the list's end."""
    above, last = path[:-1], path[-1]
    if document.has(path):
        return yamledit.Set(path, value)
    if above and not document.has(above):
        return put(document, above, [value] if isinstance(last, int) else {last: value})
    return yamledit.Append(above, value) if isinstance(last, int) else yamledit.Insert(above, last, value)


def rewritten(file: DataFile, edits: Sequence[yamledit.Edit]) -> Rewrite:
    """Make these edits in a file. Raises CatalogError, which names the file and says what to do."""
    return Rewrite(file, catalog.rewrite(file, edits, "Write it by hand.").document)
