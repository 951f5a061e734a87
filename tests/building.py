"""Catalogs, listings and plans in few words, for the tests of planning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET

from modelsync.plan import make_plan
from modelsync.records import (
    BASE,
    CALL_PRICES,
    TOKEN_PRICES,
    UPSTREAM_PREFIX,
    Catalog,
    Change,
    Entry,
    Failure,
    FieldChange,
    Listing,
    MappingRule,
    Model,
    Notice,
    Pin,
    Plan,
    PlanPolicy,
    Provider,
    Skipped,
    Tier,
    Unusable,
)

TODAY = date(2026, 8, 22)
STARTED = datetime(2026, 8, 22, 10, 12, tzinfo=UTC)
ROUTER, NATIVE = "openrouter", "openai"
VENDORS = (MappingRule(r"^([a-z0-9-]+)/", r"\1"),)


def values(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by short names: `input="3"` is `pricing.input`, `takes=` and `gives=` are the modalities."""
    return {_field(name): _value(name, value) for name, value in stated.items()}


def _field(name: str) -> str:
    if name in (*TOKEN_PRICES, *CALL_PRICES, "tiers", "windows", "variants"):
        return f"pricing.{name}"
    return {"takes": "modalities.input", "gives": "modalities.output"}.get(name, name)


def _value(name: str, value: Any) -> Any:
    return Decimal(value) if name in (*TOKEN_PRICES, *CALL_PRICES) and isinstance(value, str) else value


def tier(above: int, **prices: str) -> Tier:
    return Tier(above, {name: Decimal(price) for name, price in prices.items()})


def model(id_: str, /, *unusable: str, **stated: Any) -> Model:
    """A row; `unusable` names the fields that it states in a way which is no value."""
    bad = tuple(Unusable(_field(name), "-1", "a variable price") for name in unusable)
    return Model(id_, values(stated), unusable=bad)


def entry(
    name: str,
    upstream: str | Mapping[str, str] = "",
    /,
    *,
    pins: tuple[Pin | str, ...] = (),
    priority: int = 0,
    base: str = "",
    **stated: Any,
) -> Entry:
    """An entry `PROVIDER/KEY`, its `model` the key, that follows an id at OpenRouter, or at each source."""
    provider, _, key = name.partition("/")
    follows = {ROUTER: upstream} if isinstance(upstream, str) and upstream else dict(upstream or {})
    pinned = tuple(Pin(pin) if isinstance(pin, str) else pin for pin in pins)
    return Entry(provider, key, {"model": key, **values(stated)}, follows, pinned, priority, base=base)


def catalog(*entries: Entry, local: tuple[str, ...] = (), empty: tuple[str, ...] = ()) -> Catalog:
    grouped: dict[str, dict[str, Entry]] = {name: {} for name in empty}
    for item in entries:
        grouped.setdefault(item.provider, {})[item.key] = item
    return Catalog(
        {
            name: Provider(name, f"providers/{name}.yaml", local=name in local, entries=of_provider)
            for name, of_provider in grouped.items()
        },
        {},
    )


def listing(
    *models: Model | str, source: str = ROUTER, complete: bool = True, skipped: tuple[str, ...] = ()
) -> Listing:
    rows = tuple(Model(item, {}) if isinstance(item, str) else item for item in models)
    bad = tuple(Skipped(id_, "it states no prices") for id_ in skipped)
    return Listing(source, rows, STARTED, "https://upstream.example", complete, bad)


def failure(source: str = ROUTER) -> Failure:
    return Failure(source, "it did not answer")


def policy(**settings: Any) -> PlanPolicy:
    stated = {"today": TODAY, "sources": (ROUTER, NATIVE), "mapping": VENDORS, **settings}
    router = frozenset({ROUTER})
    return PlanPolicy(**{"authoritative": router, "vendor_sources": router, **stated})


def plan(
    of: Catalog,
    *answers: Listing | Failure,
    heard: Sequence[Listing | Failure] = (),
    proposed: Catalog | None = None,
    **settings: Any,
) -> Plan:
    """A plan; `heard` are the answers of which only the opinion counts."""
    proposed_on = settings.pop("proposed_on", None)
    once_wrote = settings.pop("once_wrote", lambda entry, source: False)
    heard_before = settings.pop("heard_before", {})
    return make_plan(
        of,
        answers,
        policy(**settings),
        started=STARTED,
        opinions=heard,
        heard_before=heard_before,
        once_wrote=once_wrote,
        proposed=proposed,
        proposed_on=proposed_on,
    )


# ---------------------------------------------------------------------------- what a plan says


def changed(of: Plan) -> dict[str, dict[str, Any]]:
    """The new value of each changed field of each model; what is removed has no fields."""
    return {change.name: {field.field: field.new for field in change.fields} for change in of.changes}


def actions(of: Plan) -> dict[str, str]:
    return {change.name: change.action for change in of.changes}


def held(of: Plan) -> dict[str, str]:
    """The guard of each hold, by the name that releases it."""
    return {hold.name: hold.guard for hold in of.holds}


def told(of: Plan, topic: str) -> dict[str, str]:
    return {notice.subject: notice.text for notice in _notices(of, topic)}


def _notices(of: Plan, topic: str) -> list[Notice]:
    return [notice for notice in of.notices if notice.topic == topic]


# ---------------------------------------------------------------------------- what it leads to


def applied(of: Catalog, made: Plan, own_machines: frozenset[str] = frozenset()) -> Catalog:
    """The catalog once the plan is carried out; every old value must be what the catalog says."""
    providers = {key: dict(provider.entries) for key, provider in of.providers.items()}
    for change in made.changes:
        entries = providers.setdefault(change.provider, {})
        assert (change.key in entries) == (change.action != "add")
        if change.action == "remove":
            del entries[change.key]
        else:
            entries[change.key] = _updated(entries.get(change.key), change)
    files = {key: provider.file for key, provider in of.providers.items()}
    local = {key for key, provider in of.providers.items() if provider.local}
    local |= own_machines - of.providers.keys()
    return Catalog(
        {
            key: Provider(key, files.get(key, f"providers/{key}.yaml"), local=key in local, entries=entries)
            for key, entries in providers.items()
        },
        of.files,
    )


def _updated(before: Entry | None, change: Change) -> Entry:
    now = before or Entry(change.provider, change.key, {})
    fields, upstream = dict(now.values), dict(now.upstream)
    for field in change.fields:
        source = field.field.removeprefix(UPSTREAM_PREFIX)
        if field.field == BASE:
            now = msgspec.structs.replace(now, base=field.new)
            continue
        _set(upstream, source, field) if source != field.field else _set(fields, field.field, field)
    return msgspec.structs.replace(now, values=fields, upstream=upstream)


def _set(stated: dict[str, Any], name: str, field: FieldChange) -> None:
    assert stated.get(name, UNSET) == field.old
    assert field.old != field.new
    if field.new is UNSET:
        del stated[name]
    else:
        stated[name] = field.new
