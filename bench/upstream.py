"""An upstream on loopback: one list from a file, streamed, so that this process stays small."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Upstream(ThreadingHTTPServer):
    """Answers every request with the file `listed`, and keeps nothing that could be confirmed by a 304."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.listed = Path()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/models"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_GET(self) -> None:
        with self.server.listed.open("rb") as body:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(self.server.listed.stat().st_size))
            self.end_headers()
            shutil.copyfileobj(body, self.wfile, 1 << 20)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
