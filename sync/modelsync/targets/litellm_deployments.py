"""What LiteLLM's deployments say of the models that they serve, in a proxy or in a file. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from modelsync.records import Prices, Row
from modelsync.records.litellm import RANGES, SEARCH, SERVICE_TIERS
from modelsync.targets import mark
from modelsync.targets.litellm_names import KEYS, WITHOUT_PREFIX, costs, facts

NAMES, ROUTE, SPECIAL, AVAILABILITY = "model_name", "model", "special_prices", "availability"
PRICES = tuple(KEYS.values())
FACTS = (*facts({}), AVAILABILITY)

_MOST_DIGITS = 60  # before or behind the point: what has more is no number of anybody's
_OF_LENGTH_OR_SERVICE = re.compile(
    rf"({'|'.join(PRICES)})(?:_above_[0-9]+k_tokens)?(?:{'|'.join(SERVICE_TIERS)})?", re.ASCII
)


class Deployment(msgspec.Struct, frozen=True):
    """One item of a `model_list`."""

    name: str = msgspec.field(name="model_name", default="")  # that applications call
    parameters: dict[str, Any] = msgspec.field(name="litellm_params", default_factory=dict)
    info: dict[str, Any] = msgspec.field(name="model_info", default_factory=dict)
    aliases: tuple[str, ...] = ()  # other names under which a proxy lists it once more

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    @property
    def id(self) -> str:
        return str(self.info.get("id", ""))

    @property
    def is_stored(self) -> bool:
        """Whether it is in the proxy's database: what is only in its file or memory no API can keep."""
        return self.info.get("db_model") is not False

    @property
    def mark(self) -> mark.Mark:
        return mark.take(dict(self.info) if self.is_stored else {})

    def serves(self, route: str) -> bool:
        """Whether requests go to the model of `provider/id`, by whichever of the provider's APIs."""
        provider, _, id_ = route.partition("/")
        own, model = self._reached()
        is_it = own == provider or own.startswith((f"{provider}_", f"{provider}-"))
        is_it |= not own and provider in WITHOUT_PREFIX
        return is_it and (model == id_ or model.endswith(f"/{id_}"))

    def _reached(self) -> tuple[str, str]:
        """The provider that is asked, and what of its models."""
        model, provider = str(self.parameters.get("model")), self.parameters.get("custom_llm_provider")
        before, slash, rest = model.partition("/")
        if slash and provider in (None, before):
            return before, rest
        return str(provider or self.info.get("litellm_provider") or ""), model


class Group(msgspec.Struct, frozen=True):
    """The deployments of one row, which share the load of a model."""

    deployments: tuple[Deployment, ...]
    names: tuple[str, ...]  # those of the row's names under which they are there


class WantedRows:
    """The rows that a proxy is to have, to be found by what a deployment says."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._by_model = {row.model: row for row in rows}
        self._by_name = defaultdict[str, list[Row]](list)
        for row in self._by_model.values():
            for name in {*row.values[NAMES], *_own_names(row)}:
                self._by_name[name].append(row)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._by_model.values())

    def row_of(self, deployment: Deployment) -> Row | None:
        """The row that a deployment is one of: that of its mark, else of what it serves by a name of it."""
        rows = [row for name in deployment.names for row in self._by_name.get(name, ())]
        model = deployment.mark.model
        return next(
            (row for row in rows if (row.model == model if model else _serves(deployment, row))), None
        )


def _serves(deployment: Deployment, row: Row) -> bool:
    return deployment.serves(row.values[ROUTE])


def _own_names(row: Row) -> set[str]:
    """What clients may call a model that has no other names."""
    route = row.values[ROUTE]
    return {row.model.partition("/")[2], route, route.partition("/")[2]}


def each_once(listed: Iterable[Deployment]) -> list[Deployment]:
    """The deployments by their ids: a proxy lists one again for each alias that its settings give it."""
    once: dict[str, Deployment] = {}
    for one in listed:
        first = once.get(one.id)
        once[one.id] = msgspec.structs.replace(first, aliases=(*first.aliases, one.name)) if first else one
    return list(once.values())


def group_of(row: Row, deployments: Sequence[Deployment]) -> Group:
    """The deployments with the names of a row that they are there under."""
    names = row.values[NAMES]
    if set(names) <= _own_names(row) and deployments:
        return Group(tuple(deployments), names)
    there = {name for one in deployments for name in one.names}
    return Group(tuple(deployments), tuple(name for name in names if name in there))


def folded(deployments: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The values of several deployments as of one; where they differ, all of them."""
    first, *others = deployments
    return {
        key: value if all(other[key] == value for other in others) else tuple(one[key] for one in deployments)
        for key, value in first.items()
    }


def values_of(deployment: Deployment, row: Row | None) -> dict[str, Any]:
    """What a deployment says by the names of a row's fields."""
    ours = deployment.mark
    fields = ours.fields  # the proxy shows others that it knows itself
    if row and not ours.digest:
        fields = tuple(key for key in FACTS if row.values[key] is not None)
    route = row.values[ROUTE] if row and _serves(deployment, row) else deployment.parameters.get("model")
    return {
        ROUTE: route,
        **{key: number(deployment.parameters.get(key)) for key in PRICES},
        SPECIAL: special(deployment.parameters),
        **{key: number(deployment.info.get(key)) if key in fields else None for key in FACTS},
    }


def price_values(prices: Prices) -> dict[str, Any]:
    """The prices of a model by the names of a row's fields."""
    known = dict(costs(prices))
    return {key: known.get(key) for key in PRICES} | {SPECIAL: special(known)}


def special(prices: Mapping[str, Any]) -> dict[str, Any]:
    """The prices of long prompts, service tiers and searches, but for those that are as any other's."""
    return {
        key: number(value)
        for key, value in prices.items()
        if value is not None and is_special(key) and number(value) != number(prices.get(plain(key)))
    }


def is_special(key: str) -> bool:
    """Whether a key is that of a price for some requests only."""
    return key in (SEARCH, RANGES) or (key not in PRICES and bool(_OF_LENGTH_OR_SERVICE.fullmatch(key)))


def plain(key: str) -> str:
    """The key of the price that counts where a special one does not; empty where there is none."""
    match = _OF_LENGTH_OR_SERVICE.fullmatch(key)
    return match[1] if match else ""


def number(value: Any) -> Any:
    """A value with its numbers as such, which a file may have as text."""
    match value:
        case dict():
            return {key: number(one) for key, one in value.items()}
        case str() | int() | Decimal() if not isinstance(value, bool):
            try:
                read = Decimal(value)
            except ArithmeticError:
                return value
            return read if read.is_finite() and abs(read.adjusted()) < _MOST_DIGITS else f"{value}"
        case _:
            return value
