"""What a shape is: one value that knows where the entries of a file lie, to read, edit and describe them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from modelsync import yamledit

Path = yamledit.Path
Name = tuple[str, str]  # provider and key of an entry
Values = Mapping[str, Any]

NO_ENTRY = ("", "")


class Layout(msgspec.Struct, frozen=True):
    """Where providers and their entries lie in one file. Paths lead from the file's root."""

    @property
    def naming(self) -> str:
        """The key in an entry that holds its own key; empty where it stands above the entry."""
        return ""

    @property
    @abstractmethod
    def expected(self) -> str:
        """What a provider has to be."""

    @abstractmethod
    def recognise(self, document: yamledit.Document) -> Layout | None:
        """The shape with the names that this document has for its parts, where it has this shape."""

    @abstractmethod
    def new_file(self) -> str:
        """A file of this shape before anything is in it."""

    @abstractmethod
    def schema(self, entry: Values) -> dict[str, Any]:
        """The JSON Schema of each key at the top, around that of an entry."""

    # ------------------------------------------------------------------ paths

    @abstractmethod
    def provider(self, provider: str) -> Path:
        """The path to a provider."""

    @abstractmethod
    def entry(self, provider: str, key: str) -> Path:
        """The path to an entry."""

    @abstractmethod
    def name_at(self, path: Path) -> Name:
        """The name of the entry that a path leads to or into, else NO_ENTRY."""

    @abstractmethod
    def ours(self, path: Path) -> frozenset[str]:
        """The keys of the root or of a provider that sync writes, or below which it writes."""

    # ------------------------------------------------------------------ reading

    @abstractmethod
    def providers(self, root: Any) -> dict[str, Any]:
        """What a file says of each provider. Raises CatalogError where it has not this shape."""

    @abstractmethod
    def models(self, provider: Any) -> dict[str, Any] | None:
        """Each model of what `providers` gives for one, by key; None where that is no provider."""

    def outline(self, document: yamledit.Document) -> Iterator[Path]:
        """The paths to all that is above the entries of a file, and to each entry."""
        yield from ((key,) for key in document.keys(()))
        for provider, raw in self.providers(document.value()).items():
            path = self.provider(provider)
            yield path
            yield from ((*path, key) for key in document.keys(path))
            yield from (self.entry(provider, key) for key in self.models(raw) or ())

    # ------------------------------------------------------------------ edits

    def item(self, key: str, entry: Values) -> dict[str, Any]:
        """A new entry with its name, where that stands in it."""
        return dict(entry)

    @abstractmethod
    def begin(
        self, document: yamledit.Document, provider: str, entries: Values, about: Values
    ) -> yamledit.Edit | None:
        """The first entries of a provider, of a new one with what is said about it; None where others are."""

    @abstractmethod
    def place(self, provider: str, key: str, entry: Values, after: str | None) -> yamledit.Edit:
        """A new entry behind one of its siblings, or before all."""

    @abstractmethod
    def rename(self, provider: str, key: str, new: str) -> yamledit.Edit:
        """Another key for an entry."""
