"""Listens on an address until it is told to stop; who cannot ask in time is not waited for."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from modelsync.errors import UsageError
from modelsync.web.access import Access, Address, Application, Gate, is_loopback

_PATIENCE = 10.0  # seconds, for the head of a request
_PROXIES = "FORWARDED_ALLOW_IPS"  # uvicorn's own: whose X-Forwarded-For is believed
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what is refused without a secret


def _impatient(**given: Any) -> H11Protocol:
    """A connection that has to say soon what it wants, so that none is kept by who says it drop by drop."""
    protocol = H11Protocol(**given)
    protocol.loop.call_later(_PATIENCE, _expect_request, protocol)
    return protocol


def _expect_request(protocol: Any) -> None:
    if protocol.cycle is None:
        protocol.transport.close()


def listening(host: str, port: int, secret: str) -> socket.socket:
    """A socket on an address, port 0 for any that is free. Raises UsageError."""
    if not secret and not is_loopback(host):
        raise UsageError(
            f"{host} is an address that other machines reach",
            advice="Name what they have to show: --token SECRET, or MODELSYNC_SERVE_TOKEN.",
        )
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        raise UsageError(
            f"cannot listen there: {error.strerror or error}",
            where=f"{host}:{port}",
            advice="Another program may: `--port 0` takes a port that is free.",
        ) from None


def serve(
    application: Application, listener: socket.socket, host: str, secret: str, say: Callable[[str], None]
) -> None:
    """Answer requests until a signal ends it, once the address is said that signs a browser in."""
    port = listener.getsockname()[1]
    names = frozenset({host.lower(), socket.gethostname().lower(), socket.getfqdn().lower(), "localhost"})
    access = Access(Address(host, port, names), secret)
    shown = f"[{host}]" if ":" in host else host
    path = "/" if secret else access.path  # a secret of somebody's stays out of logs
    say(f"http://{'localhost' if host in _EVERYWHERE else shown}:{port}{path}")
    options: dict[str, Any] = {"http": _impatient, "access_log": False, "log_level": "warning"}
    config = uvicorn.Config(
        Gate(application, access),
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=3,
        server_header=False,
        proxy_headers=_PROXIES in os.environ,  # else each local process could be as many clients as it likes
        **options,
    )
    uvicorn.Server(config).run(sockets=[listener])
