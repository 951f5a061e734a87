"""Writes a decision as the comment or the rule that a person would write, into the text of its file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import msgspec
from msgspec.structs import replace

from modelsync import catalog, yamledit
from modelsync.catalog import DataFile, Opened, Rewrite, Shape, lookup
from modelsync.catalog.pins import parts
from modelsync.config import Config, edit
from modelsync.errors import CatalogEditRefused, UsageError, did_you_mean
from modelsync.plan.mapping import means
from modelsync.plan.rules import names_of
from modelsync.records import FIELDS, UPSTREAM, UPSTREAM_PREFIX, Catalog, Entry, Exclusion, Notice, Pin, Topic
from modelsync.run.request import Run

EXCLUDE = "exclude"

Edited = tuple[Sequence[Rewrite], Sequence[Notice]]

_MARK = re.compile(r"(?:^|(?<!\S)#\s*)(modelsync\s*:.*)", re.IGNORECASE)
_SINCE = re.compile(r"modelsync\s*:\s*since\b", re.IGNORECASE)
_MENTION = re.compile(r"modelsync\s*:", re.IGNORECASE)
_WILDCARD = re.compile(r"[*?\[]")


def expect_fit(run: Run, until: date | None, reason: str) -> None:
    if until and until < run.now.date():
        raise UsageError(f"{until} is over already", advice="Name a day to come, in UTC.")
    if reason != reason.strip() or not reason.isprintable():
        raise UsageError("a reason is one line of printable text")


def now_says(topic: Topic, subject: str, edited: Rewrite, line: int) -> Notice:
    """The line as it is now, and where it is."""
    text = edited.text.split("\n")[line - 1].strip()
    return Notice(topic, subject, f"{edited.file.shown}:{line}: {text}")


# ---------------------------------------------------------------------------- pin


def pinned(opened: Opened, name: str, until: date | None, reason: str) -> Edited:
    """The file with the pin, and where it stands. Raises UsageError, CatalogEditRefused."""
    entry, field = named(opened.catalog, name)
    file = opened.file_of(entry)
    path = (*file.path_of(entry), *keys_of(opened.shape, field))
    if not file.document.has(path):
        raise UsageError(
            f"{entry.name} states no {field}: there is no line to keep",
            advice="Pin its section, or the whole model.",
        )
    old = next((pin for pin in entry.pins if pin.field == field and not pin.shared), None)
    known = old.reason if old and not _MENTION.search(old.reason) else ""  # else it is a misspelt pin
    wanted = Pin(field, until, reason or known)
    edits = []
    if old is None or _words(old) != _words(wanted):
        edits.append(marked(file.document, path, pin_of(until, wanted.reason)))
    edited = edit.rewritten(file, edits)
    others = [pin for pin in entry.pins if pin is not old]
    after = msgspec.structs.replace(entry, pins=(*others, wanted))
    (now,) = read_back(opened, edited, [after], "# modelsync: keep[ until DATE][, reason]")
    line = next(pin.line for pin in now.pins if _words(pin) == _words(wanted))
    return [edited], [now_says(Topic.PINNED, name, edited, line)]


def pin_of(until: date | None, reason: str) -> str:
    """A pin as the comment that it is."""
    return f"modelsync: keep{f' until {until}' if until else ''}" + (f", {reason}" if reason else "")


def named(of: Catalog, name: str) -> tuple[Entry, str]:
    """The entry and the field of `PROVIDER/MODEL[:FIELD]`; a key may have a colon itself."""
    provider, _, key = name.partition("/")
    known = of.providers.get(provider)
    model, colon, field = name.rpartition(":")
    if not colon or (known and key in known.entries):
        return lookup.entry(of, name), ""
    if not field:
        raise UsageError(f"no field after the colon: {name}")
    return lookup.entry(of, model), field


def keys_of(shape: Shape, field: str) -> tuple[str, ...]:
    """The keys of an entry that lead to a field, or to the section with all fields of that name."""
    if field in FIELDS or field.startswith(UPSTREAM_PREFIX):
        return shape.keys_of(field)
    if field in ("", UPSTREAM):
        return (field,) if field else ()
    sections = _sections(shape, field)
    if not sections:
        known = {UPSTREAM, *FIELDS, *(name.partition(".")[0] for name in FIELDS)}
        raise UsageError(f"{field} is not a field{did_you_mean(field, known)}")
    if not is_section(shape, field):
        raise UsageError(
            f"{field} has no key of its own in this catalog", advice="Pin its fields one by one."
        )
    return sections.pop()


def is_section(shape: Shape, name: str) -> bool:
    """Whether all fields of that name are below one key."""
    sections = _sections(shape, name)
    return len(sections) == 1 and () not in sections


def _sections(shape: Shape, name: str) -> set[tuple[str, ...]]:
    return {shape.keys_of(field)[:-1] for field in FIELDS if field.startswith(f"{name}.")}


def _words(pin: Pin) -> tuple[str, str, str]:
    return pin.field, str(pin.until), pin.reason


def marked(document: yamledit.Document, path: yamledit.Path, text: str) -> yamledit.Comment:
    """The comment on a line with this said to modelsync, in place of what says the same kind of thing."""
    words = document.comment(path)
    ours = _MARK.search(words)
    is_day = bool(_SINCE.match(text))
    others = [one for one in (parts(ours[1]) if ours else ()) if bool(_SINCE.match(one)) != is_day]
    return yamledit.Comment(path, " # ".join([*others, text]), ours[1] if ours else "")


def read_back(opened: Opened, edited: Rewrite, wanted: Sequence[Entry], form: str) -> list[Entry]:
    """The entries in the edited file. Raises CatalogEditRefused where pins and days are not as wanted."""
    after = catalog.meaning({edited.file.name: edited.document}, opened.shape)
    entries = [after.providers[one.provider].entries[one.key] for one in wanted]
    for one, now in zip(wanted, entries, strict=True):
        if sorted(map(_words, now.pins)) != sorted(map(_words, one.pins)) or now.since != one.since:
            raise CatalogEditRefused(
                f"{one.name}: the comment would not read as this",
                where=edited.file.shown,
                advice=f"Nothing was written. Write it by hand: `{form}`.",
            )
    return entries


# ---------------------------------------------------------------------------- exclude


def excluded(run: Run, opened: Opened, provider: str, rule: Exclusion) -> Edited:
    """`sync.yaml` with the rule, where it stands, and what is in the catalog in spite of it.

    Raises UsageError, CatalogEditRefused.
    """
    _expect_models(run, opened.catalog, provider, rule)
    file, before = _rules(run, opened)
    rules = before.exclusions.get(provider, ())
    index = next((index for index, known in enumerate(rules) if _covers(known, rule)), None)
    edits, wanted = list[yamledit.Edit](), before
    if index is None:
        index = next((index for index, known in enumerate(rules) if known.id == rule.id), len(rules))
        reasons = [rule.reason, *(known.reason for known in rules[index : index + 1])]
        rule = Exclusion(rule.id, next(filter(None, reasons), ""), rule.until)
        value, as_read = rule_of(rule)
        edits.append(edit.put(file.document, (EXCLUDE, provider, index), value))
        rules_now = list(before.exclude.get(provider, ()))
        rules_now[index : index + 1] = [as_read]
        wanted = msgspec.structs.replace(before, exclude={**before.exclude, provider: tuple(rules_now)})
    edited = edit.changed(file, edits, wanted, section=EXCLUDE)
    line = edited.document.line((EXCLUDE, provider, index))
    notice = now_says(Topic.EXCLUDED, f"{provider}/{rule.id}", edited, line)
    holder = opened.catalog.providers.get(provider)
    stays = "still in the catalog: `modelsync prune --excluded` removes it"
    return [edited], [
        notice,
        *(
            Notice(Topic.EXCLUDED, entry.name, stays)
            for entry in (holder.entries.values() if holder else ())
            if means(rule.id, names_of(entry))
        ),
    ]


def rule_of(rule: Exclusion) -> tuple[yamledit.Value, str | Exclusion]:
    """A rule as it is written, and as it is read again: one that says no more than an id is that."""
    if not rule.reason and not rule.until:
        return rule.id, rule.id
    keys = {"id": rule.id, "reason": rule.reason, "until": rule.until}
    return yamledit.Flow({key: word for key, word in keys.items() if word}), rule


def _rules(run: Run, opened: Opened) -> tuple[DataFile, Config]:
    """`sync.yaml`, with what is decided already."""
    for item in opened.decided:
        if item.file.path == run.place.config_file:
            return replace(item.file, parsed=item.document), run.config
    return edit.opened(run.place)


def _expect_models(run: Run, of: Catalog, provider: str, rule: Exclusion) -> None:
    """That the provider is one which models may come to, and that the rule may mean a model."""
    mapped = [mapping.provider for mapping in run.config.mapping]
    if provider not in {*mapped, *run.config.sources} and not any("\\" in name for name in mapped):
        lookup.provider(of, provider)
    if not provider or not (_WILDCARD.search(rule.id) or means(rule.id, [rule.id])):
        raise UsageError(f"{rule.id!r} is no id of a model, and no glob")


def _covers(known: Exclusion, rule: Exclusion) -> bool:
    """Whether a rule that is there leaves nothing to do: it says as much, and lasts as long."""
    if known.id == rule.id and rule.reason not in ("", known.reason):
        return False
    meant = known.id == rule.id or (not _WILDCARD.search(rule.id) and means(known.id, [rule.id]))
    lasts = known.until is None or (rule.until is not None and known.until >= rule.until)
    return meant and lasts
