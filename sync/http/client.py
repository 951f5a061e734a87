"""Asks for JSON: retries what may pass, follows what stays in place, confirms what is kept."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sync.errors import SourceFailed
from sync.http.cache import Cache, Kept
from sync.http.redaction import check_request, credentials, excerpt, leads_to, redact, shown_url
from sync.http.transport import Limits, Passing, Reply, Unreachable, exchange, open_session

if TYPE_CHECKING:
    import requests

_PASSING = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_JSON = (b"{", b"[", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_DEFAULT = Limits()


class Answer(msgspec.Struct, frozen=True):
    """A whole body and when upstream last confirmed it. `kept`: that was not just now, but `age` ago."""

    body: bytes
    url: str
    fetched: datetime
    kept: bool = False
    age: timedelta = timedelta()


class Client:
    """A context manager. `now` and `pause` are given where time must not be the machine's own."""

    def __init__(
        self,
        *,
        cache: Path | None = None,
        secrets: Collection[str] = (),
        limits: Limits = _DEFAULT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cache = Cache(cache)
        self._secrets = set(secrets)
        self._limits = limits
        self._now = now
        self._pause = pause
        self._session: requests.Session | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        if self._session is not None:
            self._session.close()

    def redact(self, text: str) -> str:
        """The text without any secret that this client was given or has sent."""
        return redact(text, self._secrets)

    def get(self, url: str, *, headers: Mapping[str, str] = {}, max_age: timedelta | None = None) -> Answer:
        """What is at the address now. With `max_age`, what the cache holds serves while it is no older, and
        whatever its age when nothing can be reached. Raises `SourceFailed`."""
        self._secrets.update(credentials(url, headers))
        kept = self._cache.read(url, headers)
        old = None
        if kept and max_age is not None:
            old = Answer(kept.body, url, kept.fetched, kept=True, age=abs(self._now() - kept.fetched))
            if old.age <= max_age:
                return old
        try:
            return self._confirmed(url, headers, kept)
        except SourceFailed as error:
            if old and isinstance(error, Unreachable):
                return old
            where = self.redact(shown_url(url))
            raise SourceFailed(self.redact(error.what), where=where, advice=error.advice) from None

    def _confirmed(self, url: str, headers: Mapping[str, str], kept: Kept | None) -> Answer:
        """The body from upstream, or the one that is kept where upstream says that it still stands."""
        tag = kept.etag if kept else ""
        reply = self._ask(url, {**headers, "If-None-Match": tag} if tag else headers)
        if reply.status == 304 and kept and tag:
            now = Kept(kept.body, self._now(), tag)
        else:
            if reply.status == 304:  # to a question that was not put: some cache on the way is at fault
                reply = self._ask(url, {**headers, "Cache-Control": "no-cache"})
            now = Kept(self._json(reply), self._now(), reply.headers.get("ETag", ""))
        self._cache.write(url, headers, now)
        return Answer(now.body, url, now.fetched)

    def _ask(self, url: str, headers: Mapping[str, str]) -> Reply:
        """The final reply, after retries."""
        check_request(url, headers)
        until = time.monotonic() + self._limits.total
        attempt = 0
        while True:
            try:
                return self._follow(url, headers, until)
            except Passing as fault:
                attempt += 1
                self._pause(self._delay(fault, attempt, until))

    def _delay(self, fault: Passing, attempt: int, until: float) -> float:
        """Seconds to wait before the next attempt. Raises `Unreachable` when it is time to give up."""
        if attempt > self._limits.retries:
            raise Unreachable(f"{fault}, {attempt} times")
        jitter = random.uniform(1, 1.25)  # noqa: S311
        delay = self._limits.backoff * 2 ** (attempt - 1) * jitter if fault.after is None else fault.after
        if delay > self._limits.retry_after:
            wait = f"{self._limits.retry_after:g} s"
            raise Unreachable(f"{fault} and asks to wait longer than {wait}", advice="try again later")
        if time.monotonic() + delay > until:
            raise Unreachable(f"{fault} until its {self._limits.total:g} s were over")
        return delay

    def _follow(self, url: str, headers: Mapping[str, str], until: float) -> Reply:
        """The reply at the end of the redirects, all within the place that was asked."""
        for _ in range(self._limits.redirects + 1):
            reply = exchange(self._opened(), url, headers, self._limits, until)
            if reply.status not in _REDIRECTS:
                return self._usable(reply)
            stated = reply.headers.get("Location", "")
            following = leads_to(url, stated) if stated else ""
            if not following:
                raise SourceFailed(
                    f"it redirects to {shown_url(stated)}, which is not followed",
                    advice="if the list has moved there, change the url in sync.yaml",
                )
            url = following
        raise SourceFailed(f"it redirects more than {self._limits.redirects} times")

    def _usable(self, reply: Reply) -> Reply:
        if reply.status in (200, 304):
            return reply
        if reply.status in _PASSING:
            raise Passing(f"it answered HTTP {reply.status}", _retry_after(reply))
        refused = reply.status in (401, 403)
        raise SourceFailed(
            f"it answered HTTP {reply.status}{self._said(reply)}",
            advice="check the key: it is missing, wrong, or not allowed to list models" if refused else "",
        )

    def _json(self, reply: Reply) -> bytes:
        """The body, if it can be JSON at all."""
        start = reply.body[:1024].lstrip()
        if not start:
            raise SourceFailed("it answered with nothing")
        if not start.startswith(_JSON):
            what = "a web page" if start.startswith(b"<") else "something else"
            raise SourceFailed(f"it answered with {what} instead of JSON{self._said(reply)}")
        return reply.body

    def _said(self, reply: Reply) -> str:
        return f": {excerpt(reply.body, self._secrets)}" if reply.body.strip() else ""

    def _opened(self) -> requests.Session:
        if self._session is None:
            self._session = open_session()
        return self._session


def _retry_after(reply: Reply) -> float | None:
    """Seconds that the server asks to wait; None where it states nothing that lies ahead."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return float(Retry().parse_retry_after(reply.headers.get("Retry-After", ""))) or None
    except (InvalidHeader, ValueError, OverflowError):
        return None
