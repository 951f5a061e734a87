"""A LiteLLM proxy on loopback that keeps its deployments as the real one does: it checks each request, and
fails where told to.

As in version 1.106: a PATCH merges; null takes away the prices that are mirrored between `litellm_params` and
`model_info`, and no others; what `model_info` does not say is shown as the proxy's own price map has it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

KEY = "sk-of-staging"
MIRRORED = {
    *("input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost"),
    *("cache_creation_input_token_cost", "tiered_pricing"),
}
MAP = {"input_cost_per_token": 9e-6, "max_output_tokens": 4096, "supports_vision": True, "key": "in-the-map"}
PRICES = ("input_cost", "output_cost", "cache_read", "cache_creation", "search_context", "tiered_pricing")
FACTS = ("mode", "max_", "supports_", "deprecation_date", "availability", "id", "modelsync")


@dataclass
class LiteLLM:
    """Its deployments by id, in the order in which they came."""

    deployments: dict[str, dict[str, Any]] = field(default_factory=dict)
    fails: dict[str, int] = field(default_factory=dict)  # by id, else by path: the status
    loses: set[str] = field(default_factory=set)  # ids that are stored, and answered with 500
    ignores: set[str] = field(default_factory=set)  # ids that are answered with 200, and not stored
    aliases: dict[str, str] = field(default_factory=dict)  # of the router's settings: name -> id
    stores: bool = True  # STORE_MODEL_IN_DB; without it a new deployment lasts until the proxy ends
    forgets: int = 0  # how many answers to reading are those of before the first write
    writes: Counter[str] = field(default_factory=Counter)  # by id
    bad: list[str] = field(default_factory=list)  # requests that are none
    url: str = ""
    _before: list[dict[str, Any]] | None = None
    _lock: Lock = field(default_factory=Lock)

    def add(self, name: str, model: str, id_: str, *, stored: bool = True, **parameters: Any) -> None:
        """A deployment that a person made."""
        self.deployments[id_] = {
            "model_name": name,
            "litellm_params": {"model": model, **parameters},
            "model_info": {"id": id_, "db_model": stored},
        }

    def price(self, id_: str, key: str = "input_cost_per_token") -> Any:
        return self.deployments[id_]["litellm_params"].get(key)

    def info(self, id_: str) -> dict[str, Any]:
        known: dict[str, Any] = self.deployments[id_]["model_info"]
        return known

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Any]:
        with self._lock:
            parts = urlsplit(target)
            if headers["Authorization"] != f"Bearer {KEY}":
                return 401, {"error": {"message": "Authentication Error, Invalid proxy server token passed"}}
            if parts.path in self.fails:
                return self.fails[parts.path], {"error": {"message": "told to"}}
            if (method, parts.path) == ("GET", "/model/info"):
                return self._shown(parse_qs(parts.query).get("litellm_model_id"))
            if headers["Content-Type"] != "application/json":
                self.bad.append(f"{method} {target}")
            if (method, parts.path) == ("POST", "/model/new"):
                return self._new(json.loads(body, parse_float=Decimal))
            match unquote(parts.path).split("/"):  # as its routes do, a quoted slash being one
                case ["", "model", id_, "update"] if method == "PATCH":
                    return self._update(id_, json.loads(body, parse_float=Decimal))
            self.bad.append(f"{method} {target}")
            return 404, {"detail": "Not Found"}

    def _shown(self, ids: list[str] | None) -> tuple[int, Any]:
        if self._before is not None and self.forgets:
            self.forgets -= 1
            return 200, {"data": self._before}
        if ids and ids[0] not in self.deployments:
            return 400, {"detail": {"error": f"Model id = {ids[0]} not found on litellm proxy"}}
        chosen = [self.deployments[id_] for id_ in ids or self.deployments]
        chosen += [self.deployments[id_] | {"model_name": name} for name, id_ in self.aliases.items()]
        return 200, {"data": [one | {"model_info": MAP | one["model_info"]} for one in chosen]}

    def _kept(self) -> None:
        if self._before is None:
            self._before = json.loads(json.dumps([*self.deployments.values()], default=float))

    def _new(self, row: dict[str, Any]) -> tuple[int, Any]:
        parameters, info = row["litellm_params"], row["model_info"]
        id_ = info["id"]
        self._expect(row.keys() == {"model_name", "litellm_params", "model_info"}, f"new {id_}")
        self._expect("/" in parameters["model"] and None not in parameters.values(), f"new {id_}")
        self._checked(parameters, info)
        return self._stored(id_, row | {"model_info": info | {"db_model": self.stores}}, is_new=True)

    def _update(self, id_: str, patch: dict[str, Any]) -> tuple[int, Any]:
        self._expect(patch["model_info"].get("id") == id_, f"update {id_} without its id")
        self._checked(patch["litellm_params"], patch["model_info"])
        old = self.deployments.get(id_)
        if old is None:
            return 404, {"error": {"message": f"Model {id_} not found on proxy."}}
        if not old["model_info"]["db_model"]:
            return 400, {"error": {"message": "Cannot edit config-based model."}}
        new = json.loads(json.dumps(old, default=float))
        for part in ("litellm_params", "model_info"):
            for key, value in patch[part].items():
                if value is not None:
                    new[part][key] = value
                elif key in MIRRORED:
                    new[part].pop(key, None)
        return self._stored(id_, new, is_new=False)

    def _stored(self, id_: str, row: dict[str, Any], *, is_new: bool) -> tuple[int, Any]:
        if id_ in self.fails:
            return self.fails[id_], {"error": {"message": "told to"}}
        if is_new and id_ in self.deployments:
            return 500, {"error": {"message": "Unique constraint failed on the fields: (`model_id`)"}}
        self.writes[id_] += 1
        if id_ not in self.ignores:
            self._kept()
            self.deployments[id_] = row
        return (500, {"error": {"message": "not live in this pod"}}) if id_ in self.loses else (200, row)

    def _checked(self, parameters: dict[str, Any], info: dict[str, Any]) -> None:
        for key in parameters.keys() - {"model", "litellm_credential_name"}:
            self._expect(key.startswith(PRICES), f"litellm_params.{key}")
        for key, value in info.items():
            self._expect(key.startswith(FACTS) and value is not None, f"model_info.{key}")

    def _expect(self, is_so: bool, what: str) -> None:
        if not is_so:
            self.bad.append(what)


@contextmanager
def played() -> Iterator[LiteLLM]:
    """A proxy that answers until the `with` ends."""
    proxy = LiteLLM()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, content = proxy.answer(self.command, self.path, self.headers, body)
            text = json.dumps(content, default=float).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
