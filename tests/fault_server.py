"""A real server on loopback that answers as it is told to: whole, late, short, endless, or not at all."""

from __future__ import annotations

import gzip
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

Step = Callable[[BinaryIO, threading.Event], None]


class Asked(NamedTuple):
    path: str
    headers: dict[str, str]  # names in lower case
    method: str = "GET"
    body: bytes = b""


class FaultServer(socketserver.ThreadingTCPServer):
    """Use as a context manager. Each request to a path takes the path's next step; the last one stays."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.allow_reuse_port = port != 0  # one that is `reserved`
        super().__init__(("127.0.0.1", port), _Handler)
        self.asked: list[Asked] = []
        self.over = threading.Event()
        self._steps: dict[str, list[Step]] = {}
        self._tls = tls
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def at(self, path: str, *steps: Step) -> str:
        """What to do at a path, and the path's address."""
        self._steps[path] = list(steps)
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.server_address[1]}{path}"

    def step(self, path: str) -> Step:
        steps = self._steps.get(path, [reply(status=404)])
        return steps.pop(0) if len(steps) > 1 else steps[0]

    def __enter__(self) -> FaultServer:
        threading.Thread(target=self.serve_forever, args=(0.002,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up early is what most of these tests are about."""


@contextmanager
def reserved() -> Iterator[int]:
    """A port that nobody else is given, and at which one server after another can be."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


class _Handler(socketserver.StreamRequestHandler):
    server: FaultServer

    def handle(self) -> None:
        line = self.rfile.readline().decode("latin-1").split()
        if len(line) != 3:
            return
        headers = {}
        while (header := self.rfile.readline().decode("latin-1").strip()) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", 0)))
        self.server.asked.append(Asked(line[1], headers, line[0], body))
        self.server.step(line[1])(self.wfile, self.server.over)


def reply(body: bytes = b"", *, status: int = 200, headers: Mapping[str, str] = {}) -> Step:
    """A whole answer, with its length unless `headers` state one."""
    stated = {"Content-Length": str(len(body)), "Content-Type": "application/json", **headers}
    return raw(_head(stated, status) + body)


def zipped(body: bytes, *, cut: int = 0) -> Step:
    """A body in gzip, without the last bytes of it if it is to be cut; the length is that of what is sent."""
    packed = gzip.compress(body)
    return reply(packed[: len(packed) - cut], headers={"Content-Encoding": "gzip"})


def short(body: bytes, missing: int) -> Step:
    """A body that ends before the length that was promised."""
    return reply(body, headers={"Content-Length": str(len(body) + missing)})


def until_closed(body: bytes) -> Step:
    """A body whose end is the end of the connection."""
    return raw(_head({"Content-Type": "application/json"}) + body)


def cut_chunk(body: bytes) -> Step:
    """A chunk that promises more than follows."""
    return raw(_head({"Transfer-Encoding": "chunked"}) + b"%x\r\n" % (len(body) + 10) + body)


def raw(answer: bytes) -> Step:
    """These bytes, whatever they are."""

    def send(out: BinaryIO, over: threading.Event) -> None:
        out.write(answer)

    return send


def drip(start: bytes, every: float = 0.02) -> Step:
    """A start, and then one byte at a time, for ever."""

    def send(out: BinaryIO, over: threading.Event) -> None:
        out.write(start)
        while not over.wait(every):
            out.write(b" ")
            out.flush()

    return send


def endless(start: bytes, block: bytes = b" " * 65536) -> Step:
    """A start, and then as many bytes as are taken."""

    def send(out: BinaryIO, over: threading.Event) -> None:
        out.write(start)
        while not over.is_set():
            out.write(block)

    return send


def silence(out: BinaryIO, over: threading.Event) -> None:
    """Nothing, for as long as the server lives."""
    over.wait()


def dripping_headers() -> Step:
    return drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")


def dripping_body() -> Step:
    return drip(_head({"Content-Length": "1000000"}) + b"[")


def endless_body() -> Step:
    return endless(_head({}) + b"[")


def moved(location: str, status: int = 302) -> Step:
    return reply(status=status, headers={"Location": location})


def _head(headers: Mapping[str, str], status: int = 200) -> bytes:
    lines = [
        f"HTTP/1.1 {status} Said",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
