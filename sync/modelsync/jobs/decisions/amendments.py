"""Renews a decision or takes it back: its comment, rule or key, in the text of its file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from modelsync import yamledit
from modelsync.catalog import Opened, Rewrite
from modelsync.catalog.edits import BY_HAND, rewrite
from modelsync.catalog.pins import reworded
from modelsync.config import edit
from modelsync.errors import CatalogEditRefused, CatalogError
from modelsync.jobs.decisions import rewrites
from modelsync.records import Entry, Exclusion, Pin
from modelsync.run.request import Run

ACCEPT = "accept"
PRIORITY = ("priority", "reason")  # the keys by which an entry is a person's


def pinned(opened: Opened, entries: Sequence[Entry], pin: Pin, wanted: Pin | None) -> Rewrite:
    """The file with another pin in place of one, or with none, for all entries that it keeps. Raises
    CatalogEditRefused."""
    from modelsync.yamledit.editing import with_comment  # what only reads the catalog does without it

    file = opened.file_of(entries[0])
    comment = dict(file.document.comments())[pin.line]
    words = rewrites.pin_of(wanted.until, wanted.reason) if wanted else ""
    try:
        document = with_comment(file.document, pin.line, reworded(comment, pin, words))
    except CatalogError as error:
        refused = error.at(file.shown)
        refused.advice = error.advice or BY_HAND
        raise refused from None
    edited = Rewrite(file, document)
    after = [_repinned(entry, pin, wanted) for entry in entries]
    rewrites.read_back(opened, edited, after, "# modelsync: keep[ until DATE][, reason]")
    return edited


def _repinned(entry: Entry, pin: Pin, wanted: Pin | None) -> Entry:
    """The entry with another pin in place of one, or with none: one comment may keep several fields."""
    old = replace(pin, field="")
    kept = [one for one in entry.pins if replace(one, field="") != old]
    new = [replace(wanted, field=one.field) for one in entry.pins if wanted and one not in kept]
    return replace(entry, pins=(*kept, *new))


def excluded(run: Run, provider: str, index: int, wanted: Exclusion | None) -> Rewrite:
    """`sync.yaml` with another rule in place of one, or with none. Raises CatalogEditRefused."""
    file, before = edit.opened(run.place)
    rules, path = list(before.exclude[provider]), (rewrites.EXCLUDE, provider, index)
    if wanted:
        value, rules[index] = rewrites.rule_of(wanted)
        edits: list[yamledit.Edit] = [yamledit.Set(path, value)]
    else:
        del rules[index]
        edits = [yamledit.Remove(path if rules else path[:-1])]
    left = {name: tuple(rules) if name == provider else known for name, known in before.exclude.items()}
    after = replace(
        before, exclude={name: known for name, known in left.items() if known or name != provider}
    )
    return edit.changed(file, edits, after, section=rewrites.EXCLUDE)


def unaccepted(run: Run, index: int) -> Rewrite:
    """`sync.yaml` without a value that was let through. Raises CatalogEditRefused."""
    file, before = edit.opened(run.place)
    left = (*before.accept[:index], *before.accept[index + 1 :])
    edits = [yamledit.Remove((ACCEPT, index))]
    return edit.changed(file, edits, replace(before, accept=left), section=ACCEPT)


def given_back(opened: Opened, entry: Entry, keys: Iterable[yamledit.Path]) -> Rewrite:
    """The file in which an entry is no person's any more, without the `keys` that made it one: its values
    stay. Raises CatalogEditRefused."""
    file = opened.file_of(entry)
    edited = rewrite(file, map(yamledit.Remove, keys), BY_HAND)
    (after,) = rewrites.read_back(opened, edited, [entry], "priority: 0")
    if after.is_a_persons:
        raise CatalogEditRefused(
            f"{entry.name} would be a person's all the same",
            where=file.shown,
            advice="Look at `update:` of its provider.",
        )
    return edited
