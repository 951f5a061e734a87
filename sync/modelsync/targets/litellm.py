"""litellm: the deployments of a running LiteLLM proxy that keeps them in its database (STORE_MODEL_IN_DB).

`GET /model/info` gives them, `POST /model/new` adds one, `PATCH /model/{id}/update` changes what it names and
leaves the rest; none is ever deleted. https://docs.litellm.ai/docs/proxy/model_management
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import msgspec

from modelsync.errors import SourceFailed
from modelsync.http import Client, Reply
from modelsync.records import ReleasedModel, Row, TargetChange, exact
from modelsync.targets import litellm_config, mark
from modelsync.targets.lacks import UNKNOWN_PRICES
from modelsync.targets.litellm_deployments import (
    AVAILABILITY,
    FACTS,
    NAMES,
    PRICES,
    ROUTE,
    SPECIAL,
    Deployment,
    Group,
    WantedRows,
    each_once,
    folded,
    group_of,
    plain,
    price_values,
    special,
    values_of,
)
from modelsync.targets.litellm_names import LACKS, LIMITS, facts, provider_of
from modelsync.targets.one_by_one import LIMITS as NO_LIMITS
from modelsync.targets.one_by_one import expect_taken, write_each
from modelsync.targets.settings import LiteLLMSettings
from modelsync.targets.target import Access, Target

TOKENS, ADDRESSES = ("LITELLM_API_KEY", "LITELLM_MASTER_KEY"), ("LITELLM_BASE_URL", "LITELLM_API_URL")
LIST = "/model/info"

_NAME = "litellm"
_PARAMETERS = "litellm_params"
_REFUSED = {
    401: "the key is wrong or has expired",
    403: "the key may not do this: it takes an admin's",
    404: "it has no such deployment, or no such address",
    409: "somebody else is writing this deployment",
    413: "the deployment is too large for it",
    422: "it does not take this deployment",
    429: "it takes no more requests now",
}


class _List(msgspec.Struct):
    data: list[Deployment]


def row(model: ReleasedModel, day: date, settings: LiteLLMSettings) -> Row:
    """What the deployments of a model are to say on a day (UTC)."""
    values = {
        NAMES: tuple(sorted(model.aliases or (model.key,))),
        ROUTE: _route(model, settings),
        **price_values(model.prices_on(day)),
        **facts(model.values),
        AVAILABILITY: model.values.get("availability") or "available",
    }
    own = model.own.get(_PARAMETERS)
    first = settings.litellm_params.get(model.provider, {}) | (own if isinstance(own, dict) else {})
    name = model.values.get("name")
    return Row(settings.id_of(model), values, model.name, rest=first, name=str(name or ""))


def _route(model: ReleasedModel, settings: LiteLLMSettings) -> str:
    """The model as LiteLLM calls it: as its own list has it, else by its provider and id."""
    followed = model.upstream.get(_NAME, "")
    if "/" in followed and model.provider not in settings.providers:
        return followed
    return f"{settings.providers.get(model.provider) or provider_of(model.provider)}/{model.id}"


class Proxy:
    """A running proxy. Its methods raise SourceFailed."""

    def __init__(self, client: Client, address: str, token: str) -> None:
        self._client, self._address = client, address
        self._headers = {"Authorization": f"Bearer {token}"}
        self._wanted = WantedRows()
        self._groups: dict[str, Group] = {}
        self._taken: frozenset[str] = frozenset()  # names of people's deployments

    def check(self, rows: Iterable[Row]) -> None:
        """Remember the rows, by which deployments are known."""
        self._wanted = WantedRows(rows)

    def present(self) -> list[Row]:
        reply = self._client.send("GET", self._address + LIST, headers=self._headers)
        self._expect_taken(reply, LIST)
        try:
            listed = each_once(_read(reply.body))
        except ValueError:
            raise SourceFailed("its list of models cannot be read", where=self._address + LIST) from None
        self._taken = frozenset(name for one in listed if not one.mark.digest for name in one.names)
        rows, self._groups = _grouped(listed, self._wanted, self._taken)
        return rows

    def write(
        self, changes: Sequence[TargetChange], commit: str, say: Callable[[str], None]
    ) -> dict[str, SourceFailed]:
        return write_each(changes, lambda row: self._write(row, commit), say)

    def _write(self, row: Row, commit: str) -> None:
        group = self._groups.get(row.id, Group((), ()))
        for deployment in group.deployments:
            self._update(row, deployment, commit)
        for name in row.values[NAMES]:
            if name not in group.names:
                self._expect_free(name, group)
                self._create(row, name, commit)

    def _expect_free(self, name: str, group: Group) -> None:
        """That no person's deployment would share its requests with one more, but where that was adopted."""
        if group.deployments and name in self._taken:
            raise SourceFailed(f"a person's deployment of another model has the name {name}")

    def _create(self, row: Row, name: str, commit: str) -> None:
        id_ = _id(row, name)
        parameters = {**row.rest, ROUTE: row.values[ROUTE], **_parameters(row.values, {})}
        _expect_exact(parameters)
        content = {NAMES: name, _PARAMETERS: parameters, "model_info": _info(row, row.values, id_, commit)}
        self._send("POST", "/model/new", content, id_)

    def _update(self, row: Row, deployment: Deployment, commit: str) -> None:
        if not deployment.is_stored:
            raise SourceFailed("it stands in the proxy's own file, which `--config FILE` edits")
        if "/" in deployment.id:
            raise SourceFailed(f"no address of the API leads to an id with a slash: {deployment.id}")
        # where deployments of a group differ, and the catalog's word does not count, each keeps its own
        own = values_of(deployment, row)
        values: dict[str, Any] = {
            key: own.get(key) if isinstance(value, tuple) else value for key, value in row.values.items()
        }
        parameters = _parameters(values, deployment.parameters)
        _expect_exact(parameters)
        if not deployment.serves(values[ROUTE]):
            parameters[ROUTE] = values[ROUTE]
        content = {_PARAMETERS: parameters, "model_info": _info(row, values, deployment.id, commit)}
        content["model_info"] |= _lost(values, deployment)
        stored = self._send("PATCH", f"/model/{quote(deployment.id, safe='')}/update", content, deployment.id)
        kept = special(stored.parameters if stored else {}).keys() - values[SPECIAL].keys()
        if kept:
            raise SourceFailed(
                f"its API cannot take away {', '.join(sorted(kept))}: delete the deployment there"
            )

    def _send(self, method: str, path: str, content: Any, id_: str) -> Deployment | None:
        """Send it, and give what is stored then: an answer alone does not tell."""
        reply = self._client.send(
            method, self._address + path, exact(content, nulls=True), headers=self._headers
        )
        stored = None if reply.status in (401, 403) else self._stored(id_)
        if stored and not stored.is_stored:
            raise SourceFailed("the proxy did not store it: is STORE_MODEL_IN_DB set?", where=self._address)
        self._expect_taken(reply, path)
        return stored

    def _stored(self, id_: str) -> Deployment | None:
        where = f"{self._address}{LIST}?litellm_model_id={quote(id_, safe='')}"
        reply = self._client.send("GET", where, headers=self._headers)
        try:
            return next(iter(_read(reply.body)), None) if reply.status == 200 else None
        except ValueError:
            return None

    def _expect_taken(self, reply: Reply, path: str) -> None:
        expect_taken(reply, _REFUSED, self._address + path, self._client)


def _read(body: bytes) -> list[Deployment]:
    """Raises ValueError."""
    try:
        return msgspec.convert(json.loads(body, parse_float=Decimal), _List).data
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _grouped(
    listed: Iterable[Deployment], wanted: WantedRows, taken: frozenset[str]
) -> tuple[list[Row], dict[str, Group]]:
    """The rows that are there, and the deployments of each. A person's beside ours is none of them."""
    ours, theirs = defaultdict[str, list[Deployment]](list), defaultdict[str, list[Deployment]](list)
    rows, groups = list[Row](), dict[str, Group]()
    for deployment in listed:
        known, is_ours = wanted.row_of(deployment), bool(deployment.mark.digest)
        if known:
            (ours if is_ours else theirs)[known.id].append(deployment)
        elif is_ours:
            rows.append(_row_of(f"{deployment.id} ({deployment.name})", None, [deployment]))
            groups[rows[-1].id] = Group((deployment,), (deployment.name,))
    for known in wanted:
        deployments = ours.get(known.id) or theirs.get(known.id)
        if deployments:
            rows.append(_row_of(known.id, known, deployments))
            groups[known.id] = group_of(known, deployments)
        elif taken & {*known.values[NAMES]}:  # one more deployment would take requests from a person's
            rows.append(Row(known.id, dict.fromkeys(known.values), rest=known.rest))
    return rows, groups


def _row_of(id_: str, known: Row | None, deployments: Sequence[Deployment]) -> Row:
    names = group_of(known, deployments).names if known else (deployments[0].name,)
    digests = {one.mark.digest for one in deployments}
    return Row(
        id_,
        {NAMES: names, **folded([values_of(one, known) for one in deployments])},
        deployments[0].mark.model,
        digests.pop() if len(digests) == 1 else "several",
        known.rest if known else {},
    )


def _id(row: Row, name: str) -> str:
    """The id of a deployment of ours, in which an address could not have a slash."""
    plain_names = (row.model.partition("/")[2], row.id)
    return quote(row.id if name in plain_names else f"{row.id}={name}", safe="=:@")


def _parameters(values: dict[str, Any], present: dict[str, Any]) -> dict[str, Any]:
    """The prices to write; null takes one away that is there. Of a special one that LiteLLM does not do: it
    becomes the price of any other request."""
    gone = {key: values.get(plain(key)) for key in special(present).keys() - values[SPECIAL].keys()}
    prices = {key: values[key] for key in PRICES} | values[SPECIAL] | gone
    return {key: price for key, price in prices.items() if price is not None or present.get(key) is not None}


def _info(row: Row, values: dict[str, Any], id_: str, commit: str) -> dict[str, Any]:
    known = {key: values[key] for key in FACTS if values[key] is not None}
    noted = mark.put({}, row, commit)
    noted[mark.KEY]["fields"] = sorted(known)
    return {"id": id_, **known, **noted}


def _lost(values: dict[str, Any], deployment: Deployment) -> dict[str, Any]:
    """The abilities that a run wrote and that the catalog says no more: the API cannot take a fact away."""
    ours = deployment.mark.fields if values["mode"] else ()  # which is known where abilities are
    return {key: False for key in ours if values.get(key, "") is None and deployment.info.get(key) is True}


def _expect_exact(parameters: dict[str, Any]) -> None:
    """That LiteLLM, which calculates in binary fractions, can give each price back."""
    for key, price in parameters.items():
        if isinstance(price, Decimal) and Decimal(repr(float(price))) != price:
            raise SourceFailed(f"{key} has more digits than LiteLLM keeps: {price:f}")


@contextmanager
def _open(settings: LiteLLMSettings, access: Access) -> Iterator[Proxy]:
    """Raises UsageError where key or address is not known, and SourceFailed."""
    token = next(filter(None, map(access.values.get, TOKENS)), "")
    url = next(filter(None, map(access.values.get, ADDRESSES)), settings.url_of(access.environment))
    access.expect({TOKENS[0]: token, ADDRESSES[0]: url})
    address = url.rstrip("/").removesuffix(LIST).removesuffix("/v1")
    with Client(secrets={token}, limits=NO_LIMITS, delay=0) as client:
        yield Proxy(client, address, token)


TARGET = Target(
    name=_NAME,
    variables=(*TOKENS, *ADDRESSES),
    settings=lambda targets: targets.litellm,
    row=row,
    lacks={**UNKNOWN_PRICES, **LACKS},
    open=_open,
    numbers=frozenset({*PRICES, SPECIAL, *LIMITS}),
    unavailable={AVAILABILITY: "unavailable"},
    configuration=litellm_config.opened,
)
