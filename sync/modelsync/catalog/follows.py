"""The followed ids in a file of their own, beside entries that say nothing of them: reads it, and edits it.

`provider: {key: {source: id}}`, each level in the order of the alphabet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import UNSET

from modelsync import yamledit
from modelsync.errors import CatalogError
from modelsync.records import UPSTREAM_PREFIX, Change, text_of

NEW = "# What each entry is followed by: provider, key, and the id that each source has for it.\n\n"

Ids = Mapping[str, Mapping[str, Mapping[str, str]]]  # by provider, key and source


def read(document: yamledit.Document) -> Ids:
    """What a file says. Raises CatalogError, with the line, where it is nothing of the kind."""
    root = document.value()
    if root is not None and not isinstance(root, dict):
        raise CatalogError("is no mapping of providers", where="line 1")
    for provider, keys in (root or {}).items():
        for key, ids in _mapping(document, (provider,), keys).items():
            for source, upstream_id in _mapping(document, (provider, key), ids).items():
                if not isinstance(upstream_id, str):
                    where = f"line {document.line((provider, key, source))}"
                    raise CatalogError(f"{provider}/{key}: the id of {source} is no text", where=where)
    return {
        provider: {key: ids or {} for key, ids in (keys or {}).items()}
        for provider, keys in (root or {}).items()
    }


def _mapping(document: yamledit.Document, path: yamledit.Path, value: object) -> dict[str, object]:
    if value is not None and not isinstance(value, dict):
        where = f"line {document.line(path)}"
        raise CatalogError(f"{'/'.join(map(str, path))} is no mapping: key, source and id", where=where)
    return value or {}


def edits(document: yamledit.Document, changes: Sequence[Change]) -> Iterator[yamledit.Edit]:
    """What these changes are in the file: only what they follow, and that removed entries follow nothing."""
    new: dict[str, dict[str, yamledit.Value]] = defaultdict(dict)
    for change in changes:
        path = (change.provider, change.key)
        ids = {  # by source, the id that is followed from now on; UNSET for none any more
            field.field.removeprefix(UPSTREAM_PREFIX): field.new
            for field in change.fields
            if field.field.startswith(UPSTREAM_PREFIX)
        }
        if document.has(path):
            yield from (
                [yamledit.Remove(path)] if change.action == "remove" else _of_entry(document, path, ids)
            )
        elif ids and change.action != "remove":
            new[change.provider][change.key] = yamledit.Flow({key: text_of(ids[key]) for key in sorted(ids)})
    for provider, keys in sorted(new.items()):
        if document.has((provider,)):
            yield from (_insert(document, (provider,), key, keys[key]) for key in sorted(keys))
        else:
            yield _insert(document, (), provider, {key: keys[key] for key in sorted(keys)})


def rename(document: yamledit.Document, provider: str, key: str, new: str) -> Iterable[yamledit.Edit]:
    """Another key for an entry."""
    return [yamledit.Rename((provider, key), new)] if document.has((provider, key)) else []


def _of_entry(
    document: yamledit.Document, path: yamledit.Path, ids: Mapping[str, object]
) -> Iterator[yamledit.Edit]:
    for source in sorted(ids):
        if ids[source] is UNSET:
            yield yamledit.Remove((*path, source))
        elif document.has((*path, source)):
            yield yamledit.Set((*path, source), text_of(ids[source]))
        else:
            yield _insert(document, path, source, text_of(ids[source]))


def _insert(
    document: yamledit.Document, path: yamledit.Path, key: str, value: yamledit.Value
) -> yamledit.Edit:
    """A key in its place among those that are there."""
    smaller = [other for other in document.keys(path) if other < key]
    return yamledit.Insert(path, key, value, after=max(smaller, default=None), first=not smaller)
