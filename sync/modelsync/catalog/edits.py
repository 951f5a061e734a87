"""A Plan -> the new text of each file, read again and compared with the plan before anything is written.

One value that the editor refuses is a hold, not the end of a run.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import UNSET
from msgspec.structs import replace

from modelsync import yamledit
from modelsync.catalog import follows
from modelsync.catalog.entries import Editor
from modelsync.catalog.meaning import meaning
from modelsync.catalog.read import DataFile, Opened, Rewrite
from modelsync.catalog.shape import Shape
from modelsync.catalog.shapes import USUAL, Layout, layout_of
from modelsync.errors import CatalogEditRefused, CatalogError
from modelsync.records import (
    ADDED,
    BASE,
    REMOVED,
    UPSTREAM_PREFIX,
    Change,
    Entry,
    FieldChange,
    Guard,
    Hold,
    Plan,
    is_price_field,
)

BY_HAND = "Change it by hand, or pin it: # modelsync: keep"
_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")  # a provider's name may have come from upstream


def rewrites(catalog: Opened, plan: Plan) -> tuple[Rewrite, ...]:
    """The files as the plan wants them. Raises CatalogEditRefused, with file and line."""
    own = catalog.shape.follows
    changes: dict[str, list[Change]] = defaultdict(list)
    for change in plan.changes:
        of_data = [field for field in change.fields if not (own and field.field.startswith(UPSTREAM_PREFIX))]
        if of_data or change.action != "update":
            changes[_file_of(catalog, change.provider)].append(replace(change, fields=tuple(of_data)))
    files = {name: catalog.files.get(name) or _new_file(catalog, name) for name in changes}
    result = [rewrite(file, _edits(catalog, file, changes[name]), BY_HAND) for name, file in files.items()]
    if own:
        unbegun = DataFile(own, catalog.folder / own, None, yamledit.parse(follows.NEW))
        file = catalog.files.get(own, unbegun)
        wanted = list(follows.edits(file.document, plan.changes))
        result += [rewrite(file, wanted, BY_HAND)] if wanted else []
    _verify(catalog, plan, result)
    return tuple(result)


def rename(catalog: Opened, entry: Entry, key: str, model: str | None) -> tuple[Rewrite, ...]:
    """The files with one entry under another key, by which others name it as their base, and with another
    native id where one is given."""
    files = catalog.files
    edits: dict[str, list[yamledit.Edit]] = defaultdict(list)
    own = catalog.catalog.providers[entry.provider].file
    if key != entry.key:
        edits[own].append(files[own].layout.rename(entry.provider, entry.key, key))
        if catalog.shape.follows in files:
            ids = files[catalog.shape.follows]
            edits[ids.name] += follows.rename(ids.document, entry.provider, entry.key, key)
        for other in catalog.catalog.entries():
            if other.base == entry.name:
                file = catalog.file_of(other)
                path, name = (*file.path_of(other), BASE), f"{entry.provider}/{key}"
                edits[file.name].append(yamledit.Set(path, name))
    if model is not None:
        field = FieldChange("model", entry.values.get("model", UNSET), model)
        change = Change("update", entry.provider, entry.key, (field,))
        edits[own] += _edits(catalog, files[own], [change])
    return tuple(rewrite(files[name], of_file, BY_HAND) for name, of_file in edits.items() if of_file)


def _file_of(catalog: Opened, provider: str) -> str:
    """The provider's file; for a new provider the one that holds several, or one of its own."""
    known = catalog.catalog.providers.get(provider)
    if known:
        return known.file
    holders = {other.file for other in catalog.catalog.providers.values()}
    if len(holders) == 1 and len(catalog.catalog.providers) > 1:
        return holders.pop()
    one_star = (name for name in catalog.patterns if name.count("*") == 1 and not set(name) & set("?["))
    pattern = next(one_star, None)
    if pattern and _FILE_NAME.fullmatch(provider):
        return pattern.replace("*", provider)
    if names := [name for name in catalog.files if name != catalog.shape.follows]:
        return names[-1]
    raise CatalogEditRefused(
        f"there is no file for the new provider {provider}",
        where="sync.yaml",
        advice="Write one with `providers: {}` and name it under `files`.",
    )


def _new_file(catalog: Opened, name: str) -> DataFile:
    """A file before anything is in it, in the shape of the others."""
    path, schema = catalog.folder / name, catalog.new.schema
    layout = list(catalog.files.values())[-1].layout if catalog.files else USUAL
    line = f"# yaml-language-server: $schema={os.path.relpath(schema, path.parent)}\n" if schema else ""
    return DataFile(name, path, None, yamledit.parse(line + layout.new_file()), layout)


def _edits(catalog: Opened, file: DataFile, changes: Sequence[Change]) -> Iterator[yamledit.Edit]:
    editor = Editor(file.document, file.layout, catalog.shape, catalog.catalog.providers, catalog.new.local)
    return editor.edits(changes)


def rewrite(file: DataFile, edits: Iterable[yamledit.Edit], advice: str) -> Rewrite:
    """Make these edits in a file. Raises CatalogError, which names the file and says what to do."""
    from modelsync.yamledit.editing import apply  # what only reads the catalog does without it

    try:
        edited = apply(file.document, list(edits))
    except CatalogError as error:
        refused = error.at(file.shown)
        refused.advice = error.advice or advice
        raise refused from None
    return Rewrite(file, edited.document, edited.removed_comments)


# ---------------------------------------------------------------------------- checked before it is written


def _verify(catalog: Opened, plan: Plan, rewritten: Iterable[Rewrite]) -> None:
    """Read the new text as any reader would, and compare with the plan. Raises CatalogEditRefused."""
    documents = {item.file.name: item.document for item in rewritten}
    if own := catalog.shape.follows:  # entries and what they follow are read together
        named = {own, *(_file_of(catalog, change.provider) for change in plan.changes)} - documents.keys()
        documents |= {name: catalog.files[name].document for name in named if name in catalog.files}
    after = meaning(documents, catalog.shape)
    layouts = {name: layout_of(document) for name, document in documents.items()}
    for change in plan.changes:
        layout = layouts[_file_of(catalog, change.provider)]
        entry = after.providers[change.provider].entries.get(_key_after(change, layout, catalog.shape))
        wrong = _disagreement(change, entry)
        if wrong:
            raise CatalogEditRefused(
                f"{change.name}: {wrong} does not read back as planned",
                where=_file_of(catalog, change.provider),
                advice="Nothing was written. Please report this with the entry as it is.",
            )


def _key_after(change: Change, layout: Layout, shape: Shape) -> str:
    """The key of the entry once it is changed: its `model`, where entries are named by that."""
    is_model = layout.naming and shape.keys_of("model") == (layout.naming,)
    named = (field.new for field in change.fields if field.field == "model" and is_model)
    return str(next(named, change.key))


def _disagreement(change: Change, entry: Entry | None) -> str:
    """What of a change is not there as planned; empty where all of it is."""
    if entry is None:
        return "" if change.action == "remove" else "the entry"
    if change.action == "remove":
        return "its removal"
    return next((field.field for field in change.fields if entry.value_of(field.field) != field.new), "")


# ---------------------------------------------------------------------------- what the editor refuses


def written(opened: Opened, planned: Plan) -> tuple[Plan, Sequence[Rewrite]]:
    """What a plan makes of the files, and the plan without the values that cannot be written: these are held.

    Raises CatalogEditRefused where what is left cannot be written together.
    """
    left, edited = _writable(opened, planned)
    by_name = {item.file.name: item for item in edited}
    decided = {item.file.name: item for item in opened.decided}  # each file is as it is on the disk before
    both = [replace(by_name.get(name, item), file=item.file) for name, item in decided.items()]
    return left, (*both, *(item for name, item in by_name.items() if name not in decided))


def _writable(opened: Opened, planned: Plan) -> tuple[Plan, Sequence[Rewrite]]:
    try:
        return planned, rewrites(opened, planned)
    except CatalogEditRefused:
        changes, holds = list[Change](), list[Hold]()
        for change in planned.changes:
            refused = _refused(opened, planned, change)
            holds += refused
            fields = {hold.change.field for hold in refused}
            left = tuple(field for field in change.fields if field.field not in fields)
            if not refused or (left and change.action == "update"):
                changes.append(replace(change, fields=left))
        if not holds:
            raise
        every = tuple(sorted((*planned.holds, *holds), key=lambda hold: (hold.name, hold.reason)))
        left_over = replace(planned, changes=tuple(changes), holds=every)
        return left_over, rewrites(opened, left_over)


def _refused(opened: Opened, planned: Plan, change: Change) -> list[Hold]:
    """What of a change the editor refuses: the whole of it, or its fields; its prices are one decision."""
    reason = _reason(opened, planned, change)
    if not reason:
        return []
    if change.action != "update":
        field = FieldChange(REMOVED if change.action == "remove" else ADDED, new=change.key)
        return [Hold(change.provider, change.key, field, Guard.NOT_WRITABLE, reason)]
    alone = {
        field.field: _reason(opened, planned, replace(change, fields=(field,))) for field in change.fields
    }
    bad = {field: why for field, why in alone.items() if why} or dict.fromkeys(alone, reason)
    price = next((why for field, why in bad.items() if is_price_field(field)), "")
    with_it = {field: price for field in alone if price and is_price_field(field)}
    return [
        Hold(change.provider, change.key, field, Guard.NOT_WRITABLE, (with_it | bad)[field.field])
        for field in change.fields
        if field.field in with_it | bad
    ]


def _reason(opened: Opened, planned: Plan, change: Change) -> str:
    """Why the editor refuses a change when it is made alone; empty where it does not."""
    try:
        rewrites(opened, replace(planned, changes=(change,)))
    except CatalogEditRefused as error:
        return f"{error.where}: {error.what}" if error.where else error.what
    return ""
