"""Plays every provider that the shipped `catalog/sync.yaml` names, each at a port of its own on loopback.

The answers are lists as the providers give them. Who does not bring the right key in the right place is
refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fault_server import Asked, FaultServer, Step, reply
from modelsync import config
from modelsync.sources import SourceSettings

SHIPPED = Path(__file__).parents[1] / "catalog/sync.yaml"
DATA = Path(__file__).parent / "data"
RECORDED = {
    "gemini": "google/models.json",
    "litellm": "litellm/model_info-1.109.1.json",
    "openrouter": "upstreams/openrouter.json",
}
CANARY = "canary"
KEY_HEADERS = {"anthropic": "x-api-key", "gemini": "x-goog-api-key"}
SHUT = frozenset({"anthropic"})  # needs a key, though the source has a list to stand in without one
LITELLM = "/model/info"
PAGE = {"anthropic": 4, "gemini": 5}  # rows


class Upstream(FaultServer):
    """One provider. `rows` is what it lists from now on; while there is a `fault`, that is its
    answer. `around` may hold an answer back."""

    def __init__(self, name: str, source: SourceSettings) -> None:
        super().__init__()
        self.name = name
        self.shipped = source.endpoints[0].url
        self.variable = (source.api_key_env or (f"{name.upper()}_API_KEY",))[-1]
        self.key = f"sk-{CANARY}-{name}"
        self.fault: Step | None = None
        self.around: Callable[[Step], Step] = lambda answer: answer
        self._address = urlsplit(self.shipped or LITELLM)
        self._open = source.key == "optional" and name not in SHUT
        self._header = KEY_HEADERS.get(name, "authorization")
        self._envelope = _recorded(name)
        self._list = "models" if "models" in self._envelope else "data"
        self.rows: list[dict[str, Any]] = self._envelope[self._list]

    @property
    def url(self) -> str:
        """Where it is, in place of its address of the shipped file."""
        path = self._address._replace(scheme="", netloc="").geturl()
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def step(self, path: str) -> Step:
        asked, parts = self.asked[-1], urlsplit(path)  # a source asks for one page after the other
        if self.fault:
            return self.fault
        if parts.path != self._address.path:
            return reply(status=404)
        if not self._may_ask(asked):
            return reply(self._refusal(asked), status=401)
        return self.around(reply(json.dumps(self._page(dict(parse_qsl(parts.query)))).encode()))

    def _may_ask(self, asked: Asked) -> bool:
        """Whether the key comes in its header and nowhere else, or nothing comes where none is needed."""
        keyed = {name: value for name, value in asked.headers.items() if CANARY in value}
        scheme = "Bearer " if self._header == "authorization" else ""
        right = keyed == {self._header: scheme + self.key} or (self._open and not keyed)
        versioned = self.name != "anthropic" or "anthropic-version" in asked.headers
        return right and versioned and CANARY not in asked.path

    def _refusal(self, asked: Asked) -> bytes:
        """The words differ, and many repeat the key that they were given."""
        given = asked.headers.get(self._header, "")
        error = {"message": given, "type": "authentication_error", "code": "invalid_api_key"}
        return json.dumps({"error": error}).encode()

    def _page(self, query: Mapping[str, str]) -> Any:
        match self.name:
            case "anthropic":
                ids = [row["id"] for row in self.rows]
                first = ids.index(query["after_id"]) + 1 if "after_id" in query else 0
                rows, left = self._rows_from(first)
                return {"data": rows, "has_more": left, "first_id": rows[0]["id"], "last_id": rows[-1]["id"]}
            case "gemini":
                first = int(query.get("pageToken", 0))
                rows, left = self._rows_from(first)
                return {"models": rows} | ({"nextPageToken": f"{first + len(rows)}"} if left else {})
            case "together":
                return self.rows
            case _:
                return {**self._envelope, self._list: self.rows}

    def _rows_from(self, first: int) -> tuple[list[dict[str, Any]], bool]:
        """A page, and whether there are more."""
        end = first + PAGE[self.name]
        return self.rows[first:end], end < len(self.rows)


class Upstreams:
    """All of them by name, but for the public lists that take no key. Use as a context manager."""

    def __init__(self) -> None:
        sources = config.parse(SHIPPED.read_text()).sources
        self._by_name = {name: Upstream(name, source) for name, source in sources.items() if source.key}

    def __enter__(self) -> Upstreams:
        for upstream in self:
            upstream.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        with ThreadPoolExecutor(len(self.names)) as at_once:
            list(at_once.map(Upstream.__exit__, self))

    def __iter__(self) -> Iterator[Upstream]:
        yield from self._by_name.values()

    def __getitem__(self, name: str) -> Upstream:
        return self._by_name[name]

    @property
    def names(self) -> list[str]:
        """In the order of the shipped file."""
        return list(self._by_name)

    @property
    def environment(self) -> dict[str, str]:
        """The key of each of them, and the address of the one that has none in the file."""
        keys = {upstream.variable: upstream.key for upstream in self}
        return keys | {"LITELLM_API_URL": self["litellm"].url.removesuffix(LITELLM)}

    def configuration(self) -> str:
        """The shipped `sync.yaml`: its addresses are on loopback, all are asked, and nobody is waited for."""
        text = _replaced(r"  modelsdev:\n(    .*\n)+", "", SHIPPED.read_text())
        text = _replaced(r"(  (litellm-map|genai-prices): .*\n   .*\n){2}", "", text)
        text = _replaced(r"opinions: \[.*\]", "opinions: []", text)
        for upstream in self:
            if upstream.shipped:
                text = _replaced(re.escape(upstream.shipped) + r"(?=[\s'}])", upstream.url, text)
        return _replaced(r"delay: 1\b", "delay: 0", text.replace("enabled: false", "enabled: true"))


def _recorded(name: str) -> dict[str, Any]:
    """A list as it was recorded; a bare one under `data`."""
    own = f"{name}/models.json"
    file = DATA / RECORDED.get(name, own if (DATA / own).exists() else f"upstreams/{name}.json")
    body = json.loads(file.read_text())
    return {"data": body} if isinstance(body, list) else body


def _replaced(pattern: str, by: str, text: str) -> str:
    changed, count = re.subn(pattern, by.replace("\\", r"\\"), text)
    assert count == 1, f"{pattern} is {count} times in {SHIPPED}"
    return changed
