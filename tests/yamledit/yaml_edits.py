"""Edits made the plain way, on values: what a document has to say afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, assert_never

from modelsync.yamledit import Append, Comment, Edit, Insert, Item, Remove, Rename, Set

Path = tuple[Any, ...]


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every path in a value, the root's left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[index_of(value, step)]
    return value


def index_of(value: Any, step: Any) -> Any:
    """The key or index that a step means."""
    if not isinstance(step, Item):
        return step % len(value) if isinstance(value, list) else step
    return next(
        index
        for index, item in enumerate(value)
        if isinstance(item, dict) and step.key in item and is_same(item[step.key], step.value)
    )


def is_same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def in_order(value: Any) -> Any:
    """The value with its mappings as lists of pairs, so that their order counts."""
    if isinstance(value, dict):
        return [(key, in_order(item)) for key, item in value.items()]
    return [in_order(item) for item in value] if isinstance(value, list) else value


def planned(value: Any, changes: Sequence[Edit]) -> Any:
    """What the document has to say after the edits; an edit of a kind that is unknown here is an error."""
    by_path: dict[Path, list[Edit]] = {}
    for change in changes:
        if not isinstance(change, Set | Remove | Rename | Insert | Append | Comment):
            assert_never(change)
        by_path.setdefault(indices(value, change.path), []).append(change)
    return _planned(value, (), by_path)


def indices(value: Any, path: Path) -> Path:
    """The path with the index of every item that it finds by a value."""
    return tuple(index_of(at(value, path[:depth]), step) for depth, step in enumerate(path))


def _planned(node: Any, path: Path, changes: dict[Path, list[Edit]]) -> Any:
    own = changes.get(path, [])
    for change in own:
        if isinstance(change, Set):
            return change.value
    new = [change for change in own if isinstance(change, Insert | Append)]
    if not new and not isinstance(node, dict | list):
        return node
    steps: list[Any] = list(node if isinstance(node, dict) else range(len(node or ())))
    entries: list[tuple[Any, Any]] = _new(new, node, None, is_before=True)
    for step in steps:
        inside = (*path, step)
        entries += _new(new, node, step, is_before=True)
        acts = changes.get(inside, [])
        if not any(isinstance(act, Remove) for act in acts):
            key = next((act.key for act in acts if isinstance(act, Rename)), step)
            entries.append((key, _planned(node[step], inside, changes)))
        entries += _new(new, node, step, is_before=False)
    entries += _new(new, node, None, is_before=False)
    as_mapping = isinstance(node, dict) or any(isinstance(change, Insert) for change in new)
    return dict(entries) if as_mapping else [value for _, value in entries]


def _new(
    changes: Sequence[Insert | Append], node: Any, step: Any, *, is_before: bool
) -> list[tuple[Any, Any]]:
    """The new entries at one place of a node, the first and the last place without a step."""
    chosen = []
    for change in changes:
        sibling = change.before if change.before is not None else change.after
        where = None if sibling is None else index_of(node, sibling)
        if where == step and is_before == (change.first or change.before is not None):
            chosen.append((change.key if isinstance(change, Insert) else None, change.value))
    return chosen
