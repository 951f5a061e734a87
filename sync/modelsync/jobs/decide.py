"""What a person decides by command, as the comment or the rule that they would write. It writes no file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import msgspec

from modelsync import catalog, yamledit
from modelsync.catalog import Opened, Rewrite, Shape, lookup
from modelsync.catalog.pins import parts
from modelsync.config import edit
from modelsync.errors import CatalogEditRefused, UsageError, did_you_mean
from modelsync.jobs import sync
from modelsync.plan.mapping import means
from modelsync.plan.rules import names_of
from modelsync.records import (
    BASE,
    FIELDS,
    UPSTREAM_PREFIX,
    Catalog,
    Entry,
    Exclusion,
    Notice,
    Pin,
    Report,
    Topic,
)
from modelsync.run.request import Run

UPSTREAM = UPSTREAM_PREFIX.removesuffix(".")
EXCLUDE, ALIASES = "exclude", "aliases"

_MARK = re.compile(r"(?:^|(?<!\S)#\s*)(modelsync\s*:.*)", re.IGNORECASE)
_SINCE = re.compile(r"modelsync\s*:\s*since\b", re.IGNORECASE)
_MENTION = re.compile(r"modelsync\s*:", re.IGNORECASE)
_WILDCARD = re.compile(r"[*?\[]")


def pin(run: Run, name: str, *, until: date | None, reason: str) -> Report:
    """Keep `PROVIDER/MODEL[:FIELD]` as it is, by a comment on its line. The edit is left uncommitted."""
    expect_fit(run, until, reason)
    return sync.edit(run, "pin", lambda opened: pinned(opened, name, until, reason))


def exclude(run: Run, provider: str, model: str, *, until: date | None, reason: str) -> Report:
    """Never add nor update these models, by a rule in `sync.yaml`. The edit is left uncommitted."""
    expect_fit(run, until, reason)
    rule = Exclusion(model, reason, until)
    return sync.edit(run, "exclude", lambda opened: excluded(run, opened, provider, rule))


def rename(run: Run, provider: str, old: str, new: str, model: str | None) -> Report:
    """Give one entry another key; its comments and its place stay. The edit is left uncommitted."""

    def renamed(opened: Opened) -> sync.Edited:
        entry = lookup.entry(opened.catalog, f"{provider}/{old}")
        if not new.strip() or model == "":
            raise UsageError("a key and an id cannot be empty", where=entry.name)
        if new != old and new in opened.catalog.providers[provider].entries:
            raise UsageError("is there already", where=f"{provider}/{new}", advice="Choose another key.")
        return catalog.rename(opened, entry, new, model), tuple(_mentions(opened, entry.name))

    return sync.edit(run, "rename", renamed)


def _mentions(opened: Opened, name: str) -> Iterator[Notice]:
    """Where else the files speak of an entry by its name: a person's own keys, which are theirs to change."""
    other = {BASE, UPSTREAM, *opened.shape.keys_of("model")}  # these are kept, or name something else
    for file in opened.files.values():
        for path in _paths_to(name, file.document.value(), ()):
            if other.isdisjoint(path[-2:]):
                where = f"{file.shown}:{file.document.line(path)}"
                yield Notice(Topic.RENAMED, where, f"{'.'.join(map(str, path))} still says {name}")


def _paths_to(value: str, within: object, path: yamledit.Path) -> Iterator[yamledit.Path]:
    """The paths that lead to a value."""
    if isinstance(within, dict | list):
        items = within.items() if isinstance(within, dict) else enumerate(within)
        for key, below in items:
            yield from _paths_to(value, below, (*path, key))
    elif within == value:
        yield path


def alias(run: Run, entry: Entry, model: str) -> Report:
    """Give each upstream id that the entry follows this native id, in `sync.yaml`, uncommitted."""
    aliases = dict.fromkeys(_aliased(run, entry), model)
    return sync.edit(run, "probe", lambda opened: _with_aliases(run, aliases))


def expect_fit(run: Run, until: date | None, reason: str) -> None:
    if until and until < run.now.date():
        raise UsageError(f"--until {until} is over already", advice="Name a day to come, in UTC.")
    if reason != reason.strip() or not reason.isprintable():
        raise UsageError("--reason takes one line of printable text")


# ---------------------------------------------------------------------------- pin


def pinned(opened: Opened, name: str, until: date | None, reason: str) -> sync.Edited:
    """The file with the pin, and where it stands. Raises UsageError, CatalogEditRefused."""
    entry, field = named(opened.catalog, name)
    file = opened.file_of(entry)
    path = (*file.path_of(entry), *keys_of(opened.shape, field))
    if not file.document.has(path):
        raise UsageError(
            f"{entry.name} states no {field}: there is no line to keep",
            advice="Pin its section, or the whole model.",
        )
    old = next((pin for pin in entry.pins if pin.field == field), None)
    known = old.reason if old and not _MENTION.search(old.reason) else ""  # else it is a misspelt pin
    wanted = Pin(field, until, reason or known)
    edits = []
    if old is None or _words(old) != _words(wanted):
        text = f"modelsync: keep{f' until {until}' if until else ''}"
        text += f", {wanted.reason}" if wanted.reason else ""
        edits.append(marked(file.document, path, text))
    edited = edit.rewritten(file, edits)
    others = [pin for pin in entry.pins if pin is not old]
    after = msgspec.structs.replace(entry, pins=(*others, wanted))
    now = read_back(opened, edited, after, "# modelsync: keep[ until DATE][, reason]")
    line = next(pin.line for pin in now.pins if _words(pin) == _words(wanted))
    return [edited], [now_says(Topic.PINNED, name, edited, line)]


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
    sections = {shape.keys_of(name)[:-1] for name in FIELDS if name.startswith(f"{field}.")}
    if not sections:
        known = {UPSTREAM, *FIELDS, *(name.partition(".")[0] for name in FIELDS)}
        raise UsageError(f"{field} is not a field{did_you_mean(field, known)}")
    if len(sections) > 1 or () in sections:
        raise UsageError(
            f"{field} has no key of its own in this catalog", advice="Pin its fields one by one."
        )
    return sections.pop()


def _words(pin: Pin) -> tuple[str, str, str]:
    return pin.field, str(pin.until), pin.reason


def marked(document: yamledit.Document, path: yamledit.Path, text: str) -> yamledit.Comment:
    """The comment on a line with this said to modelsync, in place of what says the same kind of thing."""
    words = document.comment(path)
    ours = _MARK.search(words)
    is_day = bool(_SINCE.match(text))
    others = [one for one in (parts(ours[1]) if ours else ()) if bool(_SINCE.match(one)) != is_day]
    return yamledit.Comment(path, " # ".join([*others, text]), ours[1] if ours else "")


def read_back(opened: Opened, edited: Rewrite, wanted: Entry, form: str) -> Entry:
    """The entry in the edited file. Raises CatalogEditRefused where its pins and days are not as wanted."""
    after = catalog.meaning({edited.file.name: edited.document}, opened.shape)
    now = after.providers[wanted.provider].entries[wanted.key]
    if sorted(map(_words, now.pins)) != sorted(map(_words, wanted.pins)) or now.since != wanted.since:
        raise CatalogEditRefused(
            f"{wanted.name}: the comment would not read as this",
            where=edited.file.shown,
            advice=f"Nothing was written. Write it by hand: `{form}`.",
        )
    return now


# ---------------------------------------------------------------------------- exclude


def excluded(run: Run, opened: Opened, provider: str, rule: Exclusion) -> sync.Edited:
    """`sync.yaml` with the rule, where it stands, and what is in the catalog in spite of it.

    Raises UsageError, CatalogEditRefused.
    """
    _expect_models(run, opened.catalog, provider, rule)
    file, before = edit.opened(run.place)
    rules = before.exclusions.get(provider, ())
    index = next((index for index, known in enumerate(rules) if _covers(known, rule)), None)
    edits, wanted = list[yamledit.Edit](), before
    if index is None:
        index = next((index for index, known in enumerate(rules) if known.id == rule.id), len(rules))
        reasons = [rule.reason, *(known.reason for known in rules[index : index + 1])]
        rule = Exclusion(rule.id, next(filter(None, reasons), ""), rule.until)
        keys = {"id": rule.id, "reason": rule.reason, "until": rule.until}
        words = yamledit.Flow({key: word for key, word in keys.items() if word})
        is_plain = not rule.reason and not rule.until
        edits.append(edit.put(file.document, (EXCLUDE, provider, index), rule.id if is_plain else words))
        rules_now = list(before.exclude.get(provider, ()))
        rules_now[index : index + 1] = [rule.id if is_plain else rule]
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


# ---------------------------------------------------------------------------- alias


def expect_aliased(run: Run, entry: Entry) -> None:
    """That there is an upstream id for which an alias would count. Raises UsageError."""
    if not _aliased(run, entry):
        raise UsageError(
            "follows no list whose ids carry a vendor: there is nothing to record an alias for",
            where=entry.name,
            advice="Without --write the probe works all the same.",
        )


def _aliased(run: Run, entry: Entry) -> list[str]:
    """The ids by which lists with many vendors know the entry; a provider's own list needs no alias."""
    vendors = run.policy.vendor_sources
    return list(dict.fromkeys(id_ for source, id_ in entry.upstream.items() if source in vendors))


def _with_aliases(run: Run, aliases: dict[str, str]) -> sync.Edited:
    """`sync.yaml` with these aliases, and where each stands. Raises CatalogEditRefused."""
    file, before = edit.opened(run.place)
    new = {(ALIASES, id_): model for id_, model in aliases.items()}
    edits = [edit.put(file.document, path, model) for path, model in new.items()]
    if not file.document.has((ALIASES,)):
        edits = [edit.put(file.document, (ALIASES,), dict(aliases))]
    wanted = msgspec.structs.replace(before, aliases={**before.aliases, **aliases})
    edited = edit.changed(file, edits, wanted, section=ALIASES)
    return [edited], [
        Notice(Topic.ALIAS, f"{file.shown}:{edited.document.line(path)}", f"{path[1]}: {model}")
        for path, model in new.items()
    ]


# ---------------------------------------------------------------------------- all


def now_says(topic: Topic, subject: str, edited: Rewrite, line: int) -> Notice:
    """The line as it is now, and where it is."""
    text = edited.text.split("\n")[line - 1].strip()
    return Notice(topic, subject, f"{edited.file.shown}:{line}: {text}")
