"""Shows what the catalog holds: a provider's models, one model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from msgspec import UNSET

from modelsync.records import (
    FIELDS,
    USUAL_UNIT,
    Entry,
    Kind,
    ModelDetails,
    Pin,
    PriceInterval,
    Provider,
    Release,
    ReleasedModel,
    SecondOpinion,
    in_unit,
    is_price_field,
    kind_of,
    midnight,
    text_in,
    text_of,
    words_in,
)
from modelsync.report.added import FACTS
from modelsync.report.documents import ListedDocument, ListingDocument, ModelDocument
from modelsync.report.json import dumped, interval_document, moment, unit
from modelsync.report.table import Column, Table, pointed
from modelsync.report.terminal import Screen, print_tables
from modelsync.report.text import UNIT_NAMES, brief, grouped, measure, shown

Opinions = Mapping[str, Sequence[SecondOpinion]]  # by name of the model

NO_OPINIONS: Opinions = MappingProxyType({})
VALUE = 60  # columns of a value in a pipe
_EARLIER = 3  # values that a price had, each with its last day
LONGEST_PART = 400  # characters of a tier, window or variant, with all of its prices
_FACTS = FACTS | {"cache read": "pricing.cache_read", "cache write": "pricing.cache_write"}
_COLUMNS = (
    Column("key", folds=True),
    Column("model", folds=True),
    Column("context", right=True),
    Column("max output", right=True, spare=2),
    Column("input"),
    Column("output"),
    Column("cache read", spare=3),
    Column("cache write", spare=4),
    Column("marks", folds=True),
    Column("features", folds=True, spare=6),
)
_OTHER_LISTS = Column("other lists", folds=True, spare=5)  # where any was heard


def listing(
    providers: Sequence[Provider],
    screen: Screen,
    *,
    unit: str = USUAL_UNIT,
    confirmed_by: Mapping[str, str] = {},
    opinions: Opinions = NO_OPINIONS,
) -> None:
    """Print the models of each provider, prices in a unit of PRICING_UNITS; `confirmed_by` says what confirms
    each native id, empty: nothing; `opinions` what other lists said of each."""
    tables = [_table(provider, unit, confirmed_by, opinions) for provider in providers]
    notes = [f"prices in {UNIT_NAMES[unit]}"] if any(provider.entries for provider in providers) else []
    if "" in confirmed_by.values():
        notes.append("? the provider's own id is not confirmed: it is the source's name for the model")
    print_tables(tables, screen, notes=notes)


def listing_json(
    providers: Iterable[Provider], *, confirmed_by: Mapping[str, str] = {}, opinions: Opinions = NO_OPINIONS
) -> str:
    """The models of each provider as one JSON object, every value and its unit."""
    models = [
        ListedDocument(
            **entry_document(ModelDetails(entry, provider.local, confirmed_by.get(entry.name))),
            opinions=opinions.get(entry.name, ()),
        )
        for provider in providers
        for entry in provider.entries.values()
    ]
    return dumped(ListingDocument(models=models, units=units()))


def shown_entry(of: ModelDetails, screen: Screen, *, unit: str = USUAL_UNIT) -> None:
    """Print one model, field by field, prices in a unit of PRICING_UNITS."""
    entry, past, notes = of.entry, of.past, dict(of.origins)
    for field, opinions in grouped(of.opinions, lambda one: one.field).items():
        notes[field] = "; ".join([*([notes[field]] if field in notes else []), *_phrases(opinions, unit)])
    if of.confirmed_by == "":
        known = [notes["model"]] if "model" in notes else []
        notes["model"] = "; ".join([*known, "not confirmed by the provider's own list"])
    rows = [("base", brief(entry.base), "")] if entry.base else []
    rows += [row for field in entry.values for row in _field_rows(entry, field, unit, notes)]
    rows += [(f"upstream.{brief(source)}", brief(name), "") for source, name in entry.upstream.items()]
    rows += [("earlier", _earlier(past, unit), "`modelsync history` has all")] if past else []
    rows += [("pinned", "the whole entry", _pin(pin)) for pin in entry.pins if not pin.field]
    rows += [("marks", marks, brief(entry.reason)) for marks in [_marks(entry, of.local)] if marks]
    if not screen.is_terminal:
        rows = [line for row in rows for line in _lines(*row)]
    columns = (Column("field"), Column("value", folds=True), Column("", folds=True))
    name = brief(entry.name)
    print_tables([Table(name, columns, tuple(rows), prefix=f"{name}:")], screen)


def entry_json(of: ModelDetails) -> str:
    """One model as a JSON object."""
    earlier = [interval_document(one) for one in of.past]
    document = ModelDocument(
        **entry_document(of),
        opinions=of.opinions,
        origins=of.origins,
        past=earlier,
        units=units(has_dollars=not of.entry.money.foreign),
    )
    return dumped(document)


def released_json(release: Release, day: date) -> str:
    """The catalog of one commit as one JSON object, every value of a day (UTC) and its unit."""
    models = [released_document(model, day) for model in release.models]
    return dumped(
        {
            "commit": release.commit,
            "committed": moment(release.committed),
            "observed": moment(release.observed),
            "models": models,
            "units": units(),
        }
    )


def released_document(model: ReleasedModel, day: date) -> dict[str, Any]:
    """A model of a commit as plain values, those of a day (UTC)."""
    return {
        "model": model.name,
        "provider": model.provider,
        "key": model.key,
        "id": model.id,
        "aliases": model.aliases,
        "values": model.values_on(day),
        "announced": [interval_document(one) for one in model.prices if one.since > midnight(day)],
        "upstream": model.upstream,
        "hidden": model.hidden,
        "local": model.local,
        "own": model.own,
    }


def entry_document(of: ModelDetails) -> dict[str, Any]:
    """What an EntryDocument has of a model of the catalog."""
    entry, by = of.entry, of.confirmed_by
    return {
        "model": entry.name,
        "provider": entry.provider,
        "key": entry.key,
        "values": entry.values,
        "base": entry.base,
        "own": entry.own,
        "upstream": entry.upstream,
        "pins": entry.pins,
        "priority": entry.priority,
        "reason": entry.reason,
        "hidden": entry.hidden,
        "local": of.local,
        "not_in_dollars": entry.money.foreign,
        **({} if by is None else {"confirmed": bool(by), "confirmed_by": by}),
    }


def units(*, has_dollars: bool = True) -> dict[str, str]:
    """The unit of every field that has one; without dollars no price has."""
    fields = (field for field in FIELDS if has_dollars or not is_price_field(field))
    return {field: name for field in fields for name in unit(field).values()}


def _phrases(opinions: Sequence[SecondOpinion], unit: str) -> Iterator[str]:
    """Who says the same of one value, and what the others say, on which day."""
    agreeing = [f"{one.source} ({one.day})" for one in opinions if one.agrees]
    yield from [f"confirmed by {', '.join(agreeing)}"] if agreeing else []
    for one in opinions:
        if not one.agrees:
            yield f"{one.source} says {text_in(one.field, one.value, unit)} ({one.day})"


def _votes(opinions: Iterable[SecondOpinion]) -> str:
    """How many lists say the same of all that they know of a model, and how many do not."""
    by_source: dict[str, bool] = {}
    for one in opinions:
        by_source[one.source] = by_source.get(one.source, True) and one.agrees
    agree = sum(by_source.values())
    counts = ((agree, "confirm"), (len(by_source) - agree, "contradict"))
    return ", ".join(f"{count} {word}{'s' * (count == 1)}" for count, word in counts if count)


def _table(provider: Provider, unit: str, confirmed_by: Mapping[str, str], opinions: Opinions) -> Table:
    entries = list(provider.entries.values())
    facts = zip(*(_fact_column(field, entries, unit) for field in _FACTS.values()), strict=True)
    rows = (
        (
            brief(entry.key),
            brief(str(entry.values.get("model", ""))) + (" ?" if confirmed_by.get(entry.name) == "" else ""),
            *facts_of_it,
            ", ".join(
                filter(None, (_marks(entry, provider.local), entry.base and f"as {brief(entry.base)}"))
            ),
            ", ".join(map(brief, words_in(entry.values, "features"))),
            *([_votes(opinions.get(entry.name, ()))] if opinions else []),
        )
        for entry, facts_of_it in zip(entries, facts, strict=True)
    )
    key, columns = brief(provider.key), (*_COLUMNS, *([_OTHER_LISTS] if opinions else []))
    return Table(f"{key} ({len(entries):,})", columns, tuple(rows), prefix=f"{key}/")


def _fact_column(field: str, entries: Iterable[Entry], unit: str) -> list[str]:
    known = (in_unit(field, entry.values.get(field, UNSET), unit) for entry in entries)
    facts = ["" if value is UNSET else shown(field, value) for value in known]
    return pointed(facts) if is_price_field(field) else facts


def _marks(entry: Entry, local: bool) -> str:
    marks = {
        "unavailable": entry.values.get("availability") == "unavailable",
        "pinned": bool(entry.pins),
        "hidden": entry.hidden,
        "local": local,
        "a person's": entry.is_a_persons,
        brief(entry.money.foreign): bool(entry.money.foreign),
    }
    return ", ".join(mark for mark, holds in marks.items() if holds)


def _field_rows(
    entry: Entry, field: str, unit: str, origins: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """A field with where its value is from: one row, or one for each tier, window or variant."""
    kind, foreign = kind_of(field), entry.money.foreign if is_price_field(field) else ""
    value = entry.values[field] if foreign else in_unit(field, entry.values[field], unit)
    parts = value if isinstance(value, tuple) and kind is not Kind.WORDS else ()
    measured = f"({brief(foreign)})" if foreign else measure(field, unit)
    whole = f"{shown(field, value)} {measured}".rstrip()
    texts = [brief(text_of(part), LONGEST_PART) for part in parts] or [whole]
    pins = [_pin(pin) for pin in entry.pins if pin.field and pin.field in (field, field.partition(".")[0])]
    origin = [brief(origins[field])] if field in origins else []
    notes = ["; ".join(pins + origin), *[""] * (len(texts) - 1)]
    yield from zip([brief(field)] * len(texts), texts, notes, strict=True)


def _earlier(past: Sequence[PriceInterval], unit: str) -> str:
    """What each price was lately, and until which day."""
    phrases = []
    for field, prices in grouped(past, lambda one: one.field).items():
        values = ((shown(field, in_unit(field, one.value, unit)), one.until) for one in prices[:_EARLIER])
        until = ", ".join(f"{value} until {day:%Y-%m-%d}" for value, day in values)
        phrases.append(f"{brief(field.removeprefix('pricing.'))} {until}")
    return "; ".join(phrases)


def _lines(field: str, value: str, note: str) -> list[tuple[str, str, str]]:
    """A row as lines of which each has the field's name, so that a long value moves no column."""
    import textwrap

    first, *more = textwrap.wrap(value, VALUE, break_long_words=False, break_on_hyphens=False) or [value]
    return [(field, first, note), *((field, part, "") for part in more)]


def _pin(pin: Pin) -> str:
    until = f" until {pin.until}" if pin.until else ""
    reason = f", {brief(pin.reason)}" if pin.reason else ""
    line = f" (line {pin.line})" if pin.line else ""
    return f"kept{until}{reason}{line}"
