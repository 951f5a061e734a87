"""The catalog by meaning: providers, their entries, and the pins that people put on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from modelsync.records.fields import BASE, FIELDS, UPSTREAM_PREFIX, Unreadable, Value, is_price_field, kind_of


class Pin(msgspec.Struct, frozen=True):
    """A person's `# modelsync: keep`: of one field, or of the whole entry where `field` is empty."""

    field: str = ""
    until: date | None = None
    reason: str = ""
    line: int = 0
    shared: bool = False  # it stands at the provider, or at the file, and keeps all its entries

    def holds_on(self, day: date) -> bool:
        return self.until is None or day <= self.until


_SCHEDULES = ("pricing.tiers", "pricing.windows", "pricing.variants")
_PRICES = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
_IN_SCHEDULES = {f"pricing.{name}" for name in _PRICES}


class Money(msgspec.Struct, frozen=True):
    """What a file says of its prices: their unit, where it names one, and why they are not our dollars."""

    unit: str = ""  # as in PRICING_UNITS
    foreign: str = ""


class Entry(msgspec.Struct, frozen=True):
    """One model of the catalog. A field that is not in `values` is unknown; None is not applicable."""

    provider: str
    key: str
    values: dict[str, Value]
    upstream: dict[str, str] = {}
    pins: tuple[Pin, ...] = ()
    priority: int = 0
    hidden: bool = False
    base: str = ""  # the entry that it states only the differences of: `provider/key`, or its upstream id
    reason: str = ""  # why it is a person's
    money: Money = Money()
    inherited: dict[str, str] = {}  # field -> the provider, or once it is resolved the entry, that states it
    since: dict[str, date] = {}  # by field, the day from which its value counts, as a person says
    extra: dict[str, Any] = {}  # what is no field, as the file has it: a person's own keys

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.key}"

    @property
    def known(self) -> dict[str, Value]:
        """The values that can be read; prices that are not in USD are not known."""
        if not self.money.foreign and Unreadable not in map(type, self.values.values()):  # nearly always
            return dict(self.values)
        return {
            field: value
            for field, value in self.values.items()
            if not isinstance(value, Unreadable) and not (self.money.foreign and is_price_field(field))
        }

    @property
    def own(self) -> tuple[str, ...]:
        """The fields that the entry states itself."""
        return tuple(field for field in self.values if field not in self.inherited)

    @property
    def is_a_persons(self) -> bool:
        return self.priority >= PERSON_PRIORITY

    @property
    def unreadable(self) -> dict[str, tuple[str, str]]:
        """What cannot be read and what belongs there, by field, or by section where that is no mapping."""
        if Unreadable not in map(type, self.values.values()):  # nearly always
            return {}
        wrong = {field: value for field, value in self.values.items() if isinstance(value, Unreadable)}
        faults: dict[str, tuple[str, str]] = {}
        for field, value in wrong.items():
            section = field.partition(".")[0]
            whole = [one for one in FIELDS if one.startswith(f"{section}.")]
            if whole and all(wrong.get(one) is value for one in whole):
                faults[section] = value.text, "mapping"
            else:
                faults[field] = value.text, "mapping" if field == "upstream" else kind_of(field).value
        return faults

    @property
    def native_id(self) -> tuple[str, str] | None:
        """The provider and its own id of the model; None where the entry states none."""
        model = self.values.get("model")
        return (self.provider, model) if isinstance(model, str) else None

    def value_of(self, field: str) -> Value | UnsetType:
        """What the entry says of a field, `upstream.SOURCE` and `base` too; UNSET where it says nothing."""
        if field == BASE:
            return self.base or UNSET
        if field.startswith(UPSTREAM_PREFIX):
            return self.upstream.get(field.removeprefix(UPSTREAM_PREFIX), UNSET)
        return self.values.get(field, UNSET)

    def pin_of(self, field: str, day: date) -> Pin | None:
        """The pin that keeps this field on that day: its own, its section's, or the entry's.

        A price that is kept is so in tiers, windows and variants too, which state it for some requests.
        One that is not in dollars is a person's for ever.
        """
        if self.money.foreign and is_price_field(field):
            return Pin("pricing", reason=self.money.foreign)
        keeping = {"", field, field.partition(".")[0]} | (_IN_SCHEDULES if field in _SCHEDULES else set())
        held = (pin for pin in self.pins if pin.field in keeping)
        return next((pin for pin in held if pin.holds_on(day)), None)


PERSON_PRIORITY = 100


class Provider(msgspec.Struct, frozen=True):
    """One provider of the catalog and the file it lies in, relative to the catalog folder."""

    key: str
    file: str
    name: str = ""
    local: bool = False
    money: Money = Money()
    entries: dict[str, Entry] = {}
    by_model: bool = False  # its models are a list, in which each is called by its `model`


class Catalog(msgspec.Struct, frozen=True):
    """The catalog by meaning, and the SHA-256 of each of its files as they were read."""

    providers: dict[str, Provider]
    files: dict[str, str]

    def unit_of_prices(self, usual: str) -> str:
        """The unit (PRICING_UNITS) that all its prices are in; where they differ, the `usual` one."""
        units = {entry.money.unit or usual for entry in self.entries() if not entry.money.foreign}
        return units.pop() if len(units) == 1 else usual

    def find(self, provider: str, key: str) -> Entry | None:
        """The entry of that provider and key, where there is one."""
        holder = self.providers.get(provider)
        return holder.entries.get(key) if holder else None

    def entries(self) -> Iterator[Entry]:
        for provider in self.providers.values():
            yield from provider.entries.values()
