"""Edits -> what is asked of each container's children; refuses edits that conflict or lead nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from modelsync.yamledit.compare import reads_as
from modelsync.yamledit.edits import Append, Comment, Edit, Insert, Path, Remove, Rename, Set, Value
from modelsync.yamledit.events import MAPPINGS, PLAIN, SEQUENCES
from modelsync.yamledit.read import child_at, find
from modelsync.yamledit.tree import Tree

EMPTY_DOCUMENT = -1


@dataclass(frozen=True)
class Insertion:
    """A new child: beside which child (None: the container has none), before or behind it,
    under which key (None: in a list), what."""

    beside: int | None
    is_before: bool
    key: str | None
    value: Value


@dataclass
class Changes:
    """All that happens to the children (keys or items) of one container."""

    removed: set[int] = field(default_factory=set)
    inserted: list[Insertion] = field(default_factory=list)
    replaced: dict[int, Value] = field(default_factory=dict)
    renamed: dict[int, str] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)


Plan = dict[int, Changes]  # by the container's position; EMPTY_DOCUMENT where there is no root


class Planner:
    """Resolves edits against one document, all of them by paths of the original text."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._plan: Plan = {}
        self._acts: dict[int, list[type[Edit]]] = {}  # what is asked of each child
        self._whole: set[int] = set()  # nodes that are set or removed as a whole
        self._within: list[list[int]] = []  # the nodes that each edit lies in

    def plan(self, edits: Sequence[Edit]) -> Plan:
        for edit in edits:
            if isinstance(edit, Insert | Append):
                self._add(edit)
            else:
                self._change(edit)
        self._refuse_within_whole()
        for changes in self._plan.values():
            changes.inserted.sort(key=_order)
        return self._plan

    def _changes(self, container: int) -> Changes:
        return self._plan.setdefault(container, Changes())

    # ------------------------------------------------------------------ entries that are there

    def _change(self, edit: Set | Remove | Rename | Comment) -> None:
        container, child = self._entry(edit.path)
        self._refuse_twice(edit, child)
        changes = self._changes(container)
        if isinstance(edit, Set | Remove):
            self._whole.add(self.tree.value_of(container, child))
        match edit:
            case Set(_, value):
                changes.replaced[child] = value
            case Remove():
                changes.removed.add(child)
            case Rename(_, key):
                changes.renamed[child] = key
            case Comment():
                changes.comments[child] = edit

    def _entry(self, path: Path) -> tuple[int, int]:
        if not path:
            self.tree.refuse(0, "the root of a document cannot be set, removed or renamed")
        nodes = find(self.tree, path)
        self._within.append(nodes[:-1])
        return nodes[-2], child_at(self.tree, nodes[-2], path, len(path) - 1)

    def _refuse_twice(self, edit: Set | Remove | Rename | Comment, child: int) -> None:
        acts = self._acts.setdefault(child, [])
        if type(edit) in acts or (acts and Remove in (*acts, type(edit))):
            self.tree.refuse(self.tree.starts[child], "two edits of one node")
        acts.append(type(edit))

    def _refuse_within_whole(self) -> None:
        for nodes in self._within:
            for node in nodes:
                if node in self._whole:
                    self.tree.refuse(
                        self.tree.starts[node], "an edit within a node that another edit sets or removes"
                    )

    # ------------------------------------------------------------------ entries that are new

    def _add(self, edit: Insert | Append) -> None:
        key = edit.key if isinstance(edit, Insert) else None
        if key is not None and not edit.path and self._is_empty_document():
            self._changes(EMPTY_DOCUMENT).inserted.append(Insertion(None, edit.first, key, edit.value))
            return
        nodes = find(self.tree, edit.path)
        self._within.append(nodes)
        self._refuse_shared(nodes[-1])
        self._refuse_wrong_kind(nodes[-1], key)
        new = Insertion(*self._beside(nodes[-1], edit), key, edit.value)
        self._changes(nodes[-1]).inserted.append(new)

    def _beside(self, container: int, edit: Insert | Append) -> tuple[int | None, bool]:
        """The child beside which a new one goes, and whether before it."""
        step = edit.after if edit.before is None else edit.before
        if step is not None:
            path = (*edit.path, step)
            return child_at(self.tree, container, path, len(path) - 1), edit.before is not None
        children = self.tree.children(container) if container in self.tree.close else ()
        return (children[0 if edit.first else -1] if children else None), edit.first

    def _is_empty_document(self) -> bool:
        """Whether the root is missing, null or an empty mapping, so that entries may take its place."""
        root = self.tree.root
        if root is None:
            return True
        empty = self.tree.codes[root] in MAPPINGS and not self.tree.children(root)
        return root not in self.tree.properties and (empty or reads_as(self.tree, root, None))

    def _refuse_wrong_kind(self, node: int, key: str | None) -> None:
        """Keys go into mappings, items into lists, and either into a null, as into an empty one."""
        code = self.tree.codes[node]
        if code == PLAIN and reads_as(self.tree, node, None):
            before = self._changes(node).inserted
            if before and (before[0].key is None) != (key is None):
                self.tree.refuse(self.tree.starts[node], "two edits of one node: it gets keys, and items")
            return
        if code not in (SEQUENCES if key is None else MAPPINGS):
            kind = "list takes a new item" if key is None else "mapping takes a new key"
            self.tree.refuse(self.tree.starts[node], f"only a {kind}, and this is something else")

    def _refuse_shared(self, node: int) -> None:
        anchor = self.tree.properties.get(node, (None, None))[0]
        if anchor in self.tree.used_anchors:
            self.tree.refuse(
                self.tree.starts[node], f"the anchor &{anchor} is used elsewhere, where the edit would show"
            )


def as_value(inserted: Sequence[Insertion]) -> dict[str, Value] | list[Value]:
    """What new children alone make up: a mapping where they have keys, else a list."""
    if inserted[0].key is None:
        return [item.value for item in inserted]
    return {item.key or "": item.value for item in inserted}


def _order(insertion: Insertion) -> tuple[int, bool]:
    """The order in which new children stand; those at one place keep that of their edits."""
    return insertion.beside or 0, not insertion.is_before
