"""Who may ask the server what: the one place that looks at hosts, origins, tokens, and sizes of requests."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import os
import secrets
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from litestar.exceptions import NotAuthorizedException, NotFoundException

from modelsync.notify import webhook
from modelsync.web.faults import fault

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]

CRON, HOOK = "CRON_SECRET", "MODELSYNC_HOOK_SECRET"
_SHORTEST = 16  # characters of the secret of a schedule
LONGEST_WAIT = 30.0  # seconds, for the body of a request
_SAFE = ("GET", "HEAD", "OPTIONS")
_OPEN = "/health"
_OWN_LOCKS = ("/api/models/sync/cron", "/api/hooks/sync")  # they ask for a secret themselves
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
_UNKNOWN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>modelsync: not signed in</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"></head>
<body><main><h1>Not signed in</h1>
<p>Open the address that <code>modelsync serve</code> printed where it was started. It works once; this
browser stays signed in afterwards, until the server ends.</p>
<p>Came here by a link, and signed in already? <a href="">Go on.</a></p></main></body></html>
"""


class Address(msgspec.Struct, frozen=True):
    """Where the server listens, and the names by which clients may call it."""

    host: str
    port: int
    names: frozenset[str] = frozenset()

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    def is_meant(self, host: str) -> bool:
        """Whether a `Host` header names this server: another name may be an attacker's, led here by DNS."""
        name, port = _parted(host)
        if port != str(self.port) and not (port == "" and self.port == 80):
            return False
        if self.is_loopback:
            return is_loopback(name)
        return name.lower() in self.names or _is_number(name)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    return host.lower() == "localhost" or (_is_number(host) and ipaddress.ip_address(host).is_loopback)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _parted(host: str) -> tuple[str, str]:
    """The name and the port of a `Host` header; an IPv6 address stands in brackets."""
    if host.startswith("["):
        name, _, port = host[1:].partition("]")
        return name, port.removeprefix(":")
    name, _, port = host.partition(":")
    return name, port


class Access:
    """What opens the server: a token that works once and the cookie for it, or a secret that stays."""

    def __init__(self, address: Address, secret: str = "") -> None:
        self.address, self._secret = address, secret
        self._once = secret or secrets.token_urlsafe(32)
        self._session = secrets.token_urlsafe(32)

    @property
    def path(self) -> str:
        """The path that signs a browser in."""
        return f"/?{urlencode({'token': self._once})}"

    @property
    def _cookie(self) -> str:
        """Its name: browsers give a cookie to every port of a host."""
        return f"modelsync_{self.address.port}"

    def sign_in(self, token: str) -> str:
        """The cookie for a token; empty where it is not the right one. One that was made works once."""
        if not (self._once and _same(token, self._once)):
            return ""
        self._once = self._secret
        return f"{self._cookie}={self._session}; HttpOnly; SameSite=Strict; Path=/"

    def is_known(self, headers: dict[str, str]) -> bool:
        """Whether a request comes from somebody who signed in, or bears the secret."""
        if authorization := headers.get("authorization"):
            scheme, _, token = authorization.partition(" ")
            return scheme.lower() == "bearer" and bool(self._secret) and _same(token.strip(), self._secret)
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return False
        return cookie is not None and _same(cookie.value, self._session)

    def is_cross_site(self, headers: dict[str, str]) -> bool:
        """Whether another site's page sent the request. https://web.dev/articles/fetch-metadata"""
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return True
        origin = headers.get("origin")
        return origin is not None and origin not in {
            f"{scheme}://{headers.get('host', '')}" for scheme in ("http", "https")
        }


def _same(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


class Gate:
    """Stands before the whole application, its errors and its files too."""

    def __init__(self, application: Application, access: Access) -> None:
        self._application, self._access = application, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._application(scope, receive, send)
        if scope["type"] != "http":
            return None
        send = _with_headers(send)
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        if not self._access.address.is_meant(headers.get("host", "")):
            return await _refuse(send, HTTPStatus.FORBIDDEN, "this server is not called so")
        if scope["method"] not in _SAFE and self._access.is_cross_site(headers):
            return await _refuse(send, HTTPStatus.FORBIDDEN, "another site's page may not act here")
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if token := dict(asked).get("token"):
            cookie = self._access.sign_in(token) if scope["method"] == "GET" else ""
            if cookie or self._access.is_known(headers):
                return await _forget_token(scope, send, cookie, asked)
            return await _refuse(send, HTTPStatus.UNAUTHORIZED, "not the right token, or used", _UNKNOWN)
        is_open = scope["path"] in _OWN_LOCKS or (scope["path"] == _OPEN and scope["method"] in _SAFE)
        if not (is_open or self._access.is_known(headers)):
            page = _UNKNOWN if "text/html" in headers.get("accept", "") else ""
            return await _refuse(send, HTTPStatus.UNAUTHORIZED, "not signed in", page)
        return await self._application(scope, _hurried(receive), send)


async def _forget_token(scope: Scope, send: Send, cookie: str, asked: list[tuple[str, str]]) -> None:
    """Have the browser keep a cookie in place of the token, which leaves the address."""
    rest = urlencode([(name, value) for name, value in asked if name != "token"])
    place = "/" + quote(scope["path"].lstrip("/\\")) + (f"?{rest}" if rest else "")
    kept = {"set-cookie": cookie} if cookie else {}
    await _answer(send, HTTPStatus.SEE_OTHER, {"location": place, **kept}, b"")


def _hurried(receive: Receive) -> Receive:
    """The body of a request, as long as it arrives in time."""

    async def receive_in_time() -> Message:
        return await asyncio.wait_for(receive(), LONGEST_WAIT)

    body_is_whole = False

    async def next_message() -> Message:
        nonlocal body_is_whole
        if body_is_whole:  # what comes now is that the client went away, whenever that is
            return await receive()
        message = await receive_in_time()
        body_is_whole = message["type"] != "http.request" or not message.get("more_body")
        return message

    return next_message


def _with_headers(send: Send) -> Send:
    """Give every answer the headers that keep a page to itself, unless it says otherwise."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message["headers"]}
            more = [
                (name.encode(), value.encode())
                for name, value in _HEADERS.items()
                if name.encode() not in own
            ]
            message["headers"] = [*message["headers"], *more]
        await send(message)

    return sending


async def _refuse(send: Send, status: HTTPStatus, why: str, page: str = "") -> None:
    kind = "text/html; charset=utf-8" if page else "application/json"
    body = page.encode() if page else msgspec.json.encode(fault(why, status))
    challenge = {"www-authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
    await _answer(send, status, {"content-type": kind, **challenge}, body)


async def _answer(send: Send, status: HTTPStatus, headers: dict[str, str], body: bytes) -> None:
    length = {"content-length": str(len(body))}
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (headers | length).items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


class Triggers:
    """What programs that never sign in may begin, each by a secret of the environment: a schedule, and a
    webhook. Without its secret a trigger is not there."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._cron, self._hook = environment.get(CRON, ""), environment.get(HOOK, "")
        self._alone, self._seen = threading.Lock(), dict[str, float]()

    def expect_cron(self, authorization: str) -> None:
        """Raises NotFoundException where there is no secret, NotAuthorizedException for another one."""
        if len(self._cron) < _SHORTEST:
            raise NotFoundException(f"{CRON} is not set, or has under {_SHORTEST} characters: this is off")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not _same(token.strip(), self._cron):
            raise NotAuthorizedException(f"not the {CRON} of this server")

    def expect_signed(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises NotFoundException where there is no secret, NotAuthorizedException for a message that was
        not signed with it just now, or came before."""
        if not webhook.is_secret(self._hook):
            raise NotFoundException(f"{HOOK} is not set, or is no {webhook.FORM}: this is off")
        moment = time.time()
        if not webhook.is_signed(headers, body, self._hook, moment):
            raise NotAuthorizedException("the message is not signed as it should be, or not just now")
        message = headers["webhook-id"]
        with self._alone:
            self._seen = {known: at for known, at in self._seen.items() if moment - at < 2 * webhook.FRESH}
            if message in self._seen:
                raise NotAuthorizedException("the message came before")
            self._seen[message] = moment
