"""llm-proxy: a row for each model, read and written by functions of its Supabase project.

A configuration address answers `{url, anonKey}`; `GET {url}/functions/v1/provider-models` gives
`{provider_models: [...]}`, and `POST {url}/functions/v1/sync-model` takes one row. Prices are USD per token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from modelsync.errors import SourceFailed
from modelsync.http import Client, Reply, kind_of_status, shown_url
from modelsync.records import EXACT, Prices, ReleasedModel, Row, TargetChange, exact, words_in
from modelsync.targets import mark
from modelsync.targets.lacks import FURTHER_PRICES, UNKNOWN_PRICES
from modelsync.targets.one_by_one import LIMITS, expect_taken, write_each
from modelsync.targets.settings import LlmProxySettings
from modelsync.targets.target import Access, Target

TOKEN, ADDRESS = "LLM_PROXY_AUTH_TOKEN", "SUPABASE_CONFIG_URL"
PRICES = {
    "cost_input": "input",
    "cost_output": "output",
    "cost_cache_read": "cache_read",
    "cost_cache_create": "cache_write",
}
FACTS = {
    "displayName": "name",
    "contextWindow": "context_length",
    "maxOutputTokens": "max_output_tokens",
    "supportedFeatures": "features",
    "trainingCutoff": "knowledge_cutoff",
    "releaseDate": "released",
}
PERSONAL = ("responseSpeed", "cost", "intelligence", "systemPromptBehavior", "defaults", "constraints")
COLUMNS = ("provider_name", "model_name", "model_type", *PRICES, "is_available")

_SETTINGS = "settings."
_LEFT_OUT = "cost_cache_create"  # where it is not known, but where a row has to lose it
_REFUSED = {
    401: "the token is wrong or has expired",
    403: "the token may not do this",
    404: "there is no such function at this address",
    409: "somebody else is writing this row",
    413: "the row is too large for it",
    422: "it does not take this row",
    429: "it takes no more requests now",
}


class _Address(msgspec.Struct):
    url: str
    anon_key: str = msgspec.field(name="anonKey")


def row(model: ReleasedModel, day: date, settings: LlmProxySettings) -> Row:
    """The row that the proxy is to have of a model on a day (UTC)."""
    values = _values(model, model.prices_on(day), settings)
    return Row(settings.id_of(model), values, model.name, name=values["settings.displayName"] or "")


def _values(model: ReleasedModel, prices: Prices, settings: LlmProxySettings) -> dict[str, Any]:
    values = model.values
    costs = {column: prices.per_token(kind) for column, kind in PRICES.items()}
    times, read = settings.cache_create.partition("*")[0], costs["cost_cache_read"]
    if costs["cost_cache_create"] is None and times and read is not None:
        costs["cost_cache_create"] = EXACT.multiply(Decimal(times), read)
    columns = {
        "provider_name": settings.provider_of(model),
        "model_name": model.id,
        "model_type": "multimodal" if _sees(model) else "text",
        **costs,
        "is_available": values.get("availability") != "unavailable",
    }
    facts = {key: values.get(field) for key, field in FACTS.items()}
    personal = {key: _personal(model, key, settings) for key in PERSONAL}
    return columns | {f"{_SETTINGS}{key}": value for key, value in (facts | personal).items()}


def _sees(model: ReleasedModel) -> bool:
    inputs, features = (words_in(model.values, field) for field in ("modalities.input", "features"))
    return bool({"vision", "multimodal"} & {*features} or {*inputs} - {"text"})


def _personal(model: ReleasedModel, key: str, settings: LlmProxySettings) -> Any:
    """What a person says in the entry, by the proxy's key or with underscores, else what holds for all."""
    spelt = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
    return next((model.own[name] for name in (key, spelt) if name in model.own), settings.defaults.get(key))


class LlmProxy:
    """One environment of a proxy. Its methods raise SourceFailed."""

    def __init__(self, client: Client, configuration: str, token: str) -> None:
        self._client = client
        self._cached = frozenset[str]()  # ids of rows that have a price of writing to a cache
        address = _address(client.send("GET", configuration), shown_url(configuration))
        self._functions = f"{address.url.rstrip('/')}/functions/v1"
        self._headers = {"apikey": address.anon_key, "Authorization": f"Bearer {token}"}

    def present(self) -> list[Row]:
        reply = self._client.send("GET", f"{self._functions}/provider-models", headers=self._headers)
        self._expect_taken(reply, "provider-models")
        try:
            listed = json.loads(reply.body, parse_float=_number)["provider_models"]
            rows = [_row(one) for one in listed]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise SourceFailed("its list of models cannot be read", where=self._functions) from None
        self._cached = frozenset(row.id for row in rows if row.values[_LEFT_OUT] is not None)
        return rows

    def check(self, rows: Iterable[Row]) -> None:
        """It takes whatever a row says, as far as it tells."""

    def write(
        self, changes: Sequence[TargetChange], commit: str, say: Callable[[str], None]
    ) -> dict[str, SourceFailed]:
        return write_each(changes, lambda row: self._write(row, commit), say)

    def _write(self, row: Row, commit: str) -> None:
        """Write one row whole: ours of it, and what else stands in its settings."""
        ours = {
            key.removeprefix(_SETTINGS): value
            for key, value in row.values.items()
            if key.startswith(_SETTINGS)
        }
        kept = {key: value for key, value in ours.items() if value is not None or key in row.rest}
        columns = {key: row.values[key] for key in COLUMNS}
        if columns[_LEFT_OUT] is None and row.id not in self._cached:
            del columns[_LEFT_OUT]
        content = {"model_id": row.id, **columns, "settings": mark.put(row.rest | kept, row, commit)}
        reply = self._client.send(
            "POST", f"{self._functions}/sync-model", exact(content, nulls=True), headers=self._headers
        )
        self._expect_taken(reply, "sync-model")

    def _expect_taken(self, reply: Reply, function: str) -> None:
        expect_taken(reply, _REFUSED, f"{self._functions}/{function}", self._client)


def _address(reply: Reply, where: str) -> _Address:
    """What a configuration answers. Raises SourceFailed."""
    if reply.status != 200:
        what, kind = f"its configuration answers HTTP {reply.status}", kind_of_status(reply.status)
        raise SourceFailed(what, where=where, advice=_CONFIGURED, kind=kind)
    try:
        address = msgspec.json.decode(reply.body, type=_Address)
    except msgspec.MsgspecError:
        raise SourceFailed("it says no url and anonKey", where=where, advice=_CONFIGURED) from None
    if not address.url.lower().startswith(("http://", "https://")):
        raise SourceFailed("the url that it says is no address", where=where, advice=_CONFIGURED)
    return address


_CONFIGURED = "Check SUPABASE_CONFIG_URL, or `targets: {llm-proxy: {environments: ...}}` in sync.yaml."


def _row(listed: dict[str, Any]) -> Row:
    settings = dict(listed.get("settings") or {})
    ours = mark.take(settings)
    values = {column: listed.get(column) for column in COLUMNS}
    numbers = {column: _number(values[column]) for column in PRICES}
    facts = {f"{_SETTINGS}{key}": settings.get(key) for key in (*FACTS, *PERSONAL)}
    return Row(
        str(listed["model_id"]),
        values | numbers | facts,
        ours.model,
        ours.digest,
        settings,
        str(settings.get("displayName") or ""),
    )


def _number(value: Any) -> Any:
    """A price as a number, also where it is given as text; as it is where no price can be so large."""
    try:
        is_number = isinstance(value, str | int) and not isinstance(value, bool)
        return EXACT.plus(Decimal(value)) if is_number else value
    except ArithmeticError:
        return value


@contextmanager
def _open(settings: LlmProxySettings, access: Access) -> Iterator[LlmProxy]:
    """Raises UsageError where token or address is not known, and SourceFailed."""
    token = access.values.get(TOKEN, "")
    url = access.values.get(ADDRESS, "") or settings.url_of(access.environment)
    access.expect({TOKEN: token, ADDRESS: url})
    with Client(secrets={token}, limits=LIMITS, delay=0) as client:
        yield LlmProxy(client, url, token)


TARGET = Target(
    name="llm-proxy",
    variables=(TOKEN, ADDRESS),
    settings=lambda targets: targets.llm_proxy,
    row=row,
    lacks={**UNKNOWN_PRICES, **FURTHER_PRICES},
    open=_open,
    numbers=frozenset({*PRICES, "settings.contextWindow", "settings.maxOutputTokens"}),
    unavailable={"is_available": False},
)
