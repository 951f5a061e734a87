"""An llm-proxy's functions on loopback: it keeps rows, checks each request, and fails where told to."""

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

TOKEN = "token-of-staging"
ANON = "anon-key"
REQUIRED = {
    *("model_id", "provider_name", "model_name", "model_type", "cost_input", "cost_output"),
    *("cost_cache_read", "is_available", "settings"),
}


@dataclass
class LlmProxy:
    """Its rows by id, in the order in which they came."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    fails: dict[str, int] = field(default_factory=dict)  # by model_id, else by function: the status
    loses: dict[str, int] = field(default_factory=dict)  # by ids that are stored: the status, 0 for no answer
    forgets: int = 0  # how many answers to reading are those of before the first write
    writes: Counter[str] = field(default_factory=Counter)  # by model_id
    bad: list[str] = field(default_factory=list)  # requests that are none
    url: str = ""
    token: str = TOKEN
    _before: list[dict[str, Any]] | None = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def configuration(self) -> str:
        return f"{self.url}/config"

    def settings_of(self, id_: str) -> dict[str, Any]:
        settings: dict[str, Any] = self.rows[id_]["settings"]
        return settings

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
        with self._lock:
            if path == "/config":
                return 200, {"url": self.url, "anonKey": ANON}
            function = path.removeprefix("/functions/v1/")
            if (headers["apikey"], headers["Authorization"]) != (ANON, f"Bearer {self.token}"):
                return 401, {"error": "Invalid JWT"}
            if function in self.fails:
                return self.fails[function], {"error": f"told to refuse {self.token}"}
            if (method, function) == ("GET", "provider-models"):
                return 200, {"provider_models": self._listed()}
            if (method, function) != ("POST", "sync-model") or headers["Content-Type"] != "application/json":
                self.bad.append(f"{method} {path}")
                return 404, {"error": "no such function"}
            return self._write(json.loads(body, parse_float=Decimal))

    def _listed(self) -> list[dict[str, Any]]:
        if self._before is not None and self.forgets:
            self.forgets -= 1
            return self._before
        return [dict(row) for row in self.rows.values()]

    def _write(self, row: dict[str, Any]) -> tuple[int, Any]:
        id_ = row["model_id"]
        if not row.keys() >= REQUIRED or not isinstance(row["is_available"], bool):
            self.bad.append(f"row {id_}")
            return 422, {"error": "incomplete"}
        if self._before is None:
            self._before = [dict(one) for one in self.rows.values()]
        if id_ in self.fails:
            return self.fails[id_], {"error": "told to"}
        self.writes[id_] += 1
        self.rows[id_] = self.rows.get(id_, {}) | row
        return self.loses.get(id_, 200), {"success": id_ not in self.loses}


@contextmanager
def played(token: str = TOKEN) -> Iterator[LlmProxy]:
    """A proxy that answers until the `with` ends."""
    proxy = LlmProxy(token=token)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # as servers have it: else each answer waits 40 ms for the client

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, content = proxy.answer(self.command, self.path, self.headers, body)
            if not status:
                self.close_connection = True
                return
            text = json.dumps(content, default=float).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _serve  # noqa: N815

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
