"""What of a file's text is a person's: comments, keys that no source knows, and the order of keys."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from modelsync import yamledit
from modelsync.against.fault import Fault
from modelsync.against.removals import wrongly_removed
from modelsync.against.sides import Path, Sides
from modelsync.errors import CatalogEditRefused
from modelsync.records import BASE, CALL_PRICES, TOKEN_PRICES, Entry

UPSTREAM = "upstream"  # it and the base are compared as fields

_SCHEDULED = {"above", "utc_start", "utc_end", *TOKEN_PRICES, *CALL_PRICES}  # keys of a tier or window

# The entry that it is in, the key before it on its line, its text; of one on a line of its own: what it is
# in or below, how far it is indented, its text.
Comment = tuple[str, str, str]
Start = tuple[int, tuple[str, ...]]  # a line, and the path to what begins there


def of_texts(sides: Sides) -> Iterator[Fault]:
    """What was lost in the texts of the files, beside the entries that are gone."""
    for file, after in sides.after.documents.items():
        before = sides.before.documents.get(file)
        if before is None:
            yield from _Keys(sides, file).faults({}, after.value())
        elif after is not before:
            yield from _of_comments(sides, file, after)
            yield from _Keys(sides, file).faults(before.value(), after.value())
    for file in sides.before.documents.keys() - sides.after.documents.keys():
        yield from _of_lost_file(sides, file)


def _of_lost_file(sides: Sides, file: str) -> Iterator[Fault]:
    wrong = sum(_is_in(sides, entry, file) for entry, _ in wrongly_removed(sides))
    if wrong or not any(_is_in(sides, entry, file) for entry in sides.gone):
        yield Fault(file, 0, f"was removed, with {wrong} models that may not go")


def _is_in(sides: Sides, entry: Entry, file: str) -> bool:
    return sides.before.stated.providers[entry.provider].file == file


# ---------------------------------------------------------------------------- comments


def _of_comments(sides: Sides, file: str, after: yamledit.Document) -> Iterator[Fault]:
    """The comments that are gone, but for those that belong to an entry that is gone itself."""
    gone = [entry for entry in sides.gone if _is_in(sides, entry, file)]
    left = _without(sides, sides.before.documents[file], gone)
    starts = [sorted(_starts(sides, document)) for document in (left, after)]
    both = set.intersection(*({path for _, path in of_side} for of_side in starts))
    before = list(_comments(sides, left, starts[0], both))
    paths = dict(before)
    missing = Counter(comment for comment, _ in before)
    missing -= Counter(comment for comment, _ in _comments(sides, after, starts[1], both))
    for comment, count in missing.items():
        path, text = paths[comment], comment[2]
        name = _name_at(sides, path) if comment[0] else ""
        where = f"{name}: " if name else ""
        several = f" ({count} times)" if count > 1 else ""
        said = f"{where}the comment is gone{several}: # {text}"
        yield sides.fault(file, path, said, f"{name}:comment" if name else "")


def _without(sides: Sides, document: yamledit.Document, entries: list[Entry]) -> yamledit.Document:
    try:
        return document.apply([yamledit.Remove(sides.path_of(entry)) for entry in entries]).document
    except CatalogEditRefused:  # so that sync could not remove them: each comment has to be there
        return document


def _comments(
    sides: Sides, document: yamledit.Document, starts: Sequence[Start], both: Container[Path]
) -> Iterator[tuple[Comment, Path]]:
    """All comments, and what each stands in or below; one at a line's end belongs to an entry and a key.

    One on a line of its own stands below what `both` revisions have: a new entry may come between.
    """
    stable = [start for start in starts if start[1] in both]
    lines = document.text.split("\n")
    for line, text in document.comments():
        code = lines[line - 1].partition("#")[0].strip(" \t\ufeff")
        if code:
            key = code.partition(":")[0] if ":" in code else ""
            path = _last(starts, line)
            yield (_name_at(sides, path), key, text), path
        else:
            path = _last(stable, line)
            indentation = lines[line - 1].partition("#")[0]
            yield ("", f"{'/'.join(map(str, path))}{indentation}", text), path


def _last(starts: Sequence[Start], line: int) -> Path:
    """What begins last, down to a line."""
    place = bisect_right(starts, line, key=lambda start: start[0]) - 1
    return starts[place][1] if place >= 0 else ()


def _name_at(sides: Sides, path: Path) -> str:
    """The name of the entry that a path leads to, or nothing."""
    is_entry = len(path) == len(sides.shape.entry("", ""))
    return f"{path[1]}/{path[3]}" if is_entry else ""


def _starts(sides: Sides, document: yamledit.Document) -> Iterator[Start]:
    """Where each entry begins, and all that is above entries, with the path to it."""
    shape, line = sides.shape, document.line
    for top in document.keys(()):
        yield line((top,)), (top,)
    for provider in document.keys((shape.providers,)):
        above = (shape.providers, provider)
        yield line(above), above
        for key in document.keys(above):
            yield line((*above, key)), (*above, key)
        models = shape.models_of(provider)
        for model in document.keys(models) if document.has(models) else ():
            yield line((*models, model)), (*models, model)


# ---------------------------------------------------------------------------- keys


class _Keys:
    """Compares the keys of one file."""

    def __init__(self, sides: Sides, file: str) -> None:
        self.sides = sides
        self.file = file
        self.table = sides.shape.table()

    def faults(self, before: Any, after: Any) -> Iterator[Fault]:
        """Down to the entries, all that is not one of ours is a person's; in an entry, what no field is."""
        yield from self._order((), before, after)
        top, models = self.sides.shape.providers, self.sides.shape.models
        providers, there = _mapping(before.get(top)), _mapping(after.get(top))
        yield from self._same((), before, after, ours={top})
        for provider, old in providers.items():
            new = there.get(provider)
            yield from self._same((top, provider), old, new, ours={models})
            entries, now = (_mapping(_mapping(side).get(models)) for side in (old, new))
            for key, entry in entries.items():
                if key in now:
                    yield from self._entry((top, provider, models, key), entry, now[key], self.table)
            yield from self._added((top, provider, models), entries, now)
        for provider in there:
            if provider not in providers:
                yield from self._new_provider((top, provider), there[provider])

    def _added(self, path: Path, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Fault]:
        """That new entries have keys of ours only."""
        for key, entry in after.items():
            if key not in before:
                yield from self._entry((*path, key), {}, entry, self.table)

    def _new_provider(self, path: Path, new: Any) -> Iterator[Fault]:
        models = self.sides.shape.models
        policy, name = self.sides.policy, path[-1]
        own = name in policy.sources and name not in policy.vendor_sources  # a list of its own is synced
        if not (own or policy.create_providers):
            yield self._fault(path, "is a new provider, and `create_providers` is off")
        is_local = name in policy.local_sources and _mapping(new).get("local") is True
        yield from self._same(path, {}, new, ours={models, "local"} if is_local else {models})
        yield from self._added((*path, models), {}, _mapping(_mapping(new).get(models)))

    def _same(self, path: Path, before: Any, after: Any, ours: set[str]) -> Iterator[Fault]:
        """That all is as it was, but for the keys that are ours."""
        old, new = _mapping(before), _mapping(after)
        for key in dict.fromkeys((*old, *new)):
            if key not in ours:
                yield from self._persons((*path, key), old, new)

    def _persons(self, path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Fault]:
        """A key that only people write: it is there as it was, or neither was nor is."""
        key = str(path[-1])
        if key not in after:
            yield self._fault(path, "is gone, and no source's")
        elif key not in before:
            yield self._fault(path, "was added, and is nothing that sync writes")
        elif not _is_same(before[key], after[key]):
            yield self._fault(path, "was changed, and is no source's")

    def _entry(self, path: Path, before: Any, after: Any, table: Mapping[str, Any]) -> Iterator[Fault]:
        if not isinstance(before, dict) or not isinstance(after, dict):
            if not _is_same(before, after):
                yield self._fault(path, "is no mapping, before or after")
            return
        for key in dict.fromkeys((*before, *after)):
            below, old, new = table.get(key), before.get(key), after.get(key)
            if below is None:
                yield from self._persons((*path, key), before, after)
            elif key in (UPSTREAM, BASE):
                continue
            elif isinstance(below, dict) and (isinstance(old, dict) or isinstance(new, dict)):
                yield from self._entry((*path, key), _mapping(old), _mapping(new), below)
            elif isinstance(old, list):
                yield from self._items((*path, key), old, new)

    def _items(self, path: Path, before: list[Any], after: Any) -> Iterator[Fault]:
        """What people added to the items of a list, as to a tier, is still there."""
        old, new = (Counter(_extras(items)) for items in (before, after if isinstance(after, list) else []))
        for key, _ in old - new:
            yield self._fault(path, f"has lost {key}, which is no source's")

    def _order(self, path: Path, before: Any, after: Any) -> Iterator[Fault]:
        """That what both have stands in the same order."""
        if not isinstance(before, dict) or not isinstance(after, dict):
            return
        old, new = [key for key in before if key in after], [key for key in after if key in before]
        moved = next((key for key, other in zip(new, old, strict=True) if key != other), None)
        if moved is not None:
            yield self._fault((*path, moved), "stands in another place: the order of keys was changed")
        for key in old:
            if before[key] is not after[key]:
                yield from self._order((*path, key), before[key], after[key])

    def _fault(self, path: Path, text: str) -> Fault:
        shape = self.sides.shape
        keys = [str(step) for step in path]
        is_entry = len(keys) > 3 and (keys[0], keys[2]) == (shape.providers, shape.models)
        if not is_entry:
            return self.sides.fault(self.file, path, f"{'.'.join(keys)} {text}")
        name, field = f"{keys[1]}/{keys[3]}", ".".join(keys[4:])
        said = f"{name}: {field} {text}" if field else f"{name} {text}"
        return self.sides.fault(self.file, path, said, f"{name}:{field}")


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are one, with types: `true` is not 1."""
    return repr(one) == repr(other)


def _extras(items: list[Any]) -> Iterator[tuple[str, str]]:
    """What the items of a list say that is neither a number nor a time of day."""
    for item in items:
        for key, value in item.items() if isinstance(item, dict) else ():
            if key not in _SCHEDULED:
                yield key, repr(value)
