"""One model: its values and where they are from, what they were, who else offers it, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated

import msgspec
from litestar import Response
from litestar.exceptions import ClientException, NotFoundException, ServiceUnavailableException
from litestar.params import FromPath, FromQuery, QueryParameter
from markupsafe import Markup
from msgspec.structs import asdict, replace

from modelsync import config, report
from modelsync.errors import ModelsyncError
from modelsync.jobs import inspect, past
from modelsync.jobs.past import Past
from modelsync.jobs.request_cost import priced, request_cost
from modelsync.jobs.serve.table import Row, row_of
from modelsync.records import (
    Entry,
    Kind,
    Pin,
    Priced,
    PriceInterval,
    ReleasedModel,
    SecondOpinion,
    Usage,
    Value,
    kind_of,
    midnight,
    text_of,
)
from modelsync.report.documents import DayDocument
from modelsync.report.json import dumped, unit
from modelsync.report.listing import units
from modelsync.report.text import difference
from modelsync.report.text import shown as text_shown
from modelsync.run.request import Run
from modelsync.web.history import past_of
from modelsync.web.models import address_of
from modelsync.web.query import count, parameter
from modelsync.web.rendering import document, page
from modelsync.web.service import Reading, Served, Service

_USUAL = ("1000000", "100000")  # tokens in and out
_MOST = 10**15  # tokens, or calls
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
Day = Annotated[date | None, parameter("A day, UTC, as 2026-01-31: what the catalog said then")]
Tokens = Annotated[int, QueryParameter(ge=0, le=_MOST, description="Tokens")]


class Line(msgspec.Struct, frozen=True):
    """A value, what is known of where it is from, and what others say of it."""

    field: str
    texts: tuple[str, ...]  # one for each tier, window or variant
    unit: str = ""
    since: date | None = None
    origin: str = ""
    commit: str = ""
    opinions: tuple[SecondOpinion, ...] = ()
    pin: Pin | None = None


class PriceStep(msgspec.Struct, frozen=True):
    """What a price was from one day to another."""

    interval: PriceInterval
    text: str
    unit: str
    moved: str  # how far from the one before


class PricedOffer(msgspec.Struct, frozen=True):
    """The model at a provider, and what the tokens that are asked about cost there."""

    row: Row
    address: str
    total: Decimal | None
    missing: str
    difference: str = ""  # from what they cost at the provider whose page it is
    is_this: bool = False


class Origins(msgspec.Struct, frozen=True, kw_only=True):
    """What the files and their commits tell of a model."""

    entry: Entry
    lines: tuple[Line, ...]
    source: tuple[str, ...]


def page_of(
    service: Served,
    provider: FromPath[str],
    key: FromPath[str],
    input: FromQuery[str] = "",  # noqa: A002
    output: FromQuery[str] = "",
) -> Response[str]:
    model, usage = _model(service, provider, key), (input or _USUAL[0], output or _USUAL[1])
    now = config.now()
    values = model.values_on(now.date())
    counts = Usage(input=count("input", usage[0]) or 0, output=count("output", usage[1]) or 0)
    drawn = [one for one in model.prices if kind_of(one.field) in (Kind.TOKEN_PRICE, Kind.CALL_PRICE)]
    chart = report.drawing(model.name, drawn, until=now, style="") if drawn else None
    return page(
        "model.html",
        model=model,
        name=str(values.get("name") or ""),
        address=address_of(provider, model.key),
        twin=address_of(provider, model.key, "/api"),
        lines=tuple(_lines(values, _counting(model, now))),
        chart=Markup(chart) if chart else None,  # noqa: S704 - whoever draws escapes what stands in it
        steps=tuple(_steps(model.prices)),
        offers=_offers(service, model, counts, now),
        input=usage[0],
        output=usage[1],
        day=now.date(),
        commit=service.read.facts.commit,
        own=dumped(model.own) if model.own else "",
    )


def origins(service: Served, provider: FromPath[str], key: FromPath[str]) -> Response[str]:
    """What git and the files tell of a model, for its page, which does not wait for them."""
    model = _model(service, provider, key)
    try:
        return page("origins.html", **asdict(service.apart(_origins, model, _file(service, model))))
    except ModelsyncError as error:
        raise ServiceUnavailableException(report.problem(error)) from None


def document_of(
    service: Served, provider: FromPath[str], key: FromPath[str], on: Day = None
) -> Response[str]:
    """What `modelsync show --json` prints of a model; with `on`, what the catalog said of it on that day."""
    known = past_of(service, name := f"{provider}/{key.removeprefix('/')}")
    if on:
        return document(_on(known, name, on))
    model = _model(service, provider, key)
    ended = past.ended(known.history.intervals.get(model.name, ()), config.now())
    return document(service.apart(_shown, model.name, _file(service, model), ended))


def price(
    *,
    service: Served,
    model: Annotated[str, parameter("PROVIDER/KEY, or what else names one model")],
    on: Day = None,
    at: Annotated[str, parameter("A time of that day, UTC, as 14:30", pattern=f"^({_CLOCK})?$")] = "",
    input: Tokens = 0,  # noqa: A002
    output: Tokens = 0,
    cache_read: Tokens = 0,
    cache_write: Tokens = 0,
    reasoning: Tokens = 0,
    calls: Annotated[int, QueryParameter(name="request", ge=0, le=_MOST, description="Calls")] = 0,
    web_search: Annotated[int, QueryParameter(ge=0, le=_MOST, description="Searches")] = 0,
    service_tier: Annotated[str, parameter("As the catalog has it, as `batch`")] = "",
    region: Annotated[str, parameter("As the catalog has it")] = "",
) -> Response[str]:
    """What `modelsync price --json` prints: what usage cost on a day (UTC), `at` a time of it (`HH:MM`)."""
    counts = {
        "input": input,
        "output": output,
        "cache_read": cache_read,
        "cache_write": cache_write,
        "reasoning": reasoning,
        "request": calls,
        "web_search": web_search,
    }
    usage = Usage(**counts, service_tier=service_tier, region=region)
    day, clock, index = on or config.now().date(), _time(at), service.current
    known = index.price(model, day, usage, clock) if index else None
    return document(report.priced_json(known or _priced(past_of(service, model), model, day, usage, clock)))


def _priced(known: Past, name: str, day: date, usage: Usage, at: time | None) -> Priced:
    model, history = known.model(name), known.history
    return priced(model, history.intervals[model], day, usage, at, notices=history.notices)


def _time(at: str) -> time | None:
    if at and not re.fullmatch(_CLOCK, at):
        raise ClientException("at: a time of the day (UTC), as 14:30")
    return time.fromisoformat(at) if at else None


def _shown(of: Reading, name: str, file: str | None, ended: tuple[PriceInterval, ...]) -> str:
    return report.entry_json(replace(inspect.shown(_within(of, file), name), past=ended))


def _file(service: Service, model: ReleasedModel) -> str | None:
    """The only file that has to be read of a model; None where all have to be."""
    index = service.current
    return index.file(model) if index else None


def _within(of: Reading, file: str | None) -> Run:
    """A run that looks at a file of the newest reviewed commit alone."""
    run = of.reviewed()
    if file is None or any(character in file for character in "*?["):
        return run
    return replace(run, config=replace(run.config, files=(file,)))


def _on(known: Past, name: str, day: date) -> str:
    """What the catalog said of a model on a day; nothing where it did not know it."""
    model, moment = known.model(name), midnight(day)
    values = known.history.values_at(model, moment)
    first = min((one.since for one in known.history.intervals[model]), default=moment)
    absent = f"not known before {first:%Y-%m-%d}" if first > moment else "not there any more"
    return dumped(
        DayDocument(
            model=model,
            on=day,
            values=values,
            unknown="" if values else absent,
            units=units(),
            notices=known.history.notices,
        )
    )


def _model(service: Service, provider: str, key: str) -> ReleasedModel:
    model = service.read.model(provider, key.removeprefix("/"))
    if model is None:
        raise NotFoundException(f"the catalog has no model {provider}/{key.removeprefix('/')}")
    return model


def _counting(model: ReleasedModel, now: datetime) -> Mapping[str, PriceInterval]:
    return {one.field: one for one in model.prices if one.counts_at(midnight(now.date()))}


def _lines(values: Mapping[str, Value], counting: Mapping[str, PriceInterval]) -> Iterator[Line]:
    for field, value in values.items():
        is_schedule = isinstance(value, tuple) and kind_of(field) is not Kind.WORDS
        texts = tuple(map(text_of, value)) if is_schedule else (text_shown(field, value),)  # type: ignore[arg-type]
        one = counting.get(field)
        yield Line(
            field,
            texts,
            unit(field).get("unit", ""),
            one.since.date() if one else None,
            (one.source or "a person's") if one else "",
            one.commit if one else "",
        )


def _steps(prices: Iterable[PriceInterval]) -> Iterator[PriceStep]:
    """What prices were and are, the newest first."""
    before: dict[str, Value] = {}
    steps = list[PriceStep]()
    for one in prices:
        steps.append(
            PriceStep(
                one,
                text_shown(one.field, one.value),
                unit(one.field).get("unit", ""),
                difference(before.get(one.field), one.value),
            )
        )
        before[one.field] = one.value
    yield from sorted(steps, key=lambda step: step.interval.since, reverse=True)


def _offers(service: Service, model: ReleasedModel, counts: Usage, now: datetime) -> tuple[PricedOffer, ...]:
    """What the model costs here and elsewhere, the least first; where it is not known, last."""
    index = service.read
    rows = (row_of(model, now.date()), *index.offers(model))
    models = (model, *(index.model(row.provider, row.key) for row in rows[1:]))
    offers = [_offer(row, other, counts, now) for row, other in zip(rows, models, strict=True) if other]
    here = replace(offers[0], is_this=True)
    others = (replace(one, difference=difference(here.total, one.total)) for one in offers[1:])
    return tuple(sorted((here, *others), key=lambda one: (one.total is None, one.total or Decimal())))


def _offer(row: Row, model: ReleasedModel, counts: Usage, now: datetime) -> PricedOffer:
    cost = request_cost(model.values_on(now.date()), counts, now)
    missing = ", ".join(cost.missing)
    return PricedOffer(row, address_of(row.provider, row.key), cost.total, missing)


def _origins(of: Reading, model: ReleasedModel, file: str | None) -> Origins:
    """What stands in the files beside what is known without them."""
    run = _within(of, file)
    shown = inspect.shown(run, model.name)
    entry, written = shown.entry, shown.origins
    known = _lines(model.values_on(run.now.date()), _counting(model, run.now))
    lines = tuple(
        replace(
            line,
            origin=written.get(line.field, line.origin),
            commit="" if line.field in written else line.commit,
            opinions=tuple(one for one in shown.opinions if one.field == line.field),
            pin=entry.pin_of(line.field, run.now.date()),
        )
        for line in known
    )
    return Origins(entry=entry, lines=lines, source=inspect.source(run, entry))
