"""Asks for JSON: confirms what is kept, refuses what cannot be JSON, shows no secret."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from modelsync.errors import SourceFailed
from modelsync.http.cache import Cache, Kept
from modelsync.http.hosts import Host, address_of
from modelsync.http.redaction import (
    credentials,
    excerpt,
    leads_to,
    possible_keys,
    redact,
    repeats,
    shown_url,
)
from modelsync.http.retries import Attempts, kind_of_status
from modelsync.http.transport import Limits, Question, Reply, Unanswered

_JSON = (b"{", b"[", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SENT = {"Content-Type": "application/json"}
_ADVICE_OF_KIND = {"authentication": "check the key: it is missing, wrong, or not allowed to list models"}
_ADVICE = dict.fromkeys((404, 410), "check the address: is `url` in sync.yaml that of the list?")  # by status
_LARGEST_REPLY = 16 << 20
_DEFAULT = Limits()


class Answer(msgspec.Struct, frozen=True):
    """A whole body and when upstream last confirmed it. `kept`: that was not just now, but `age` ago."""

    body: bytes
    url: str
    fetched: datetime
    kept: bool = False
    age: timedelta = timedelta()


class Client:
    """A context manager, for several threads at once. At least `delay` seconds lie between the starts of two
    requests to one host and port. `now`, `pause` and `clock` are given where time must not be the machine's.
    """

    def __init__(
        self,
        *,
        cache: Path | None = None,
        secrets: Collection[str] = (),
        limits: Limits = _DEFAULT,
        delay: float = 1.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache = Cache(cache)
        self._limits = limits
        self._now = now
        self._pause = pause
        self._clock = clock
        self._delay = delay
        self._hosts: dict[tuple[str | None, int | None], Host] = {}
        self._secrets = frozenset(secrets)
        self._unshown = frozenset[str]()  # what may be a secret, and is no reason to refuse an answer
        self._lock = threading.Lock()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        for host in self._hosts.values():
            host.session.close()

    def for_source(self) -> Asker:
        """What one source asks with: the time of `Limits.total` begins now."""
        return Asker(self, self._attempts(self._limits))

    def send(
        self, method: str, url: str, content: object = None, *, headers: Mapping[str, str] = {}
    ) -> Reply:
        """Send the content as JSON, once: it is sent again only where nobody took the connection, where the
        server says how long to wait because it took too many, or where nothing is asked for but an answer
        (GET, which alone follows redirects). The reply whatever its status, at most 16 MiB, through no
        cache. Raises `SourceFailed`."""
        limits = msgspec.structs.replace(self._limits, size=_LARGEST_REPLY)
        body = None if content is None else msgspec.json.encode(content)
        question = Question(url, {**headers, **(_SENT if body else {})}, body, method)
        self._learn(url, headers)
        try:
            attempts = self._attempts(limits)
            return attempts.ask(question) if method == "GET" else attempts.send(question)
        except SourceFailed as error:
            raise self._shown(error, url) from None

    def pages(self, url: str, *, headers: Mapping[str, str] = {}) -> Iterator[Reply]:
        """What `send` gets from an address, and from where each answer's `Link` says that more is, on the
        same host (RFC 8288)."""
        while url:
            reply = self.send("GET", url, headers=headers)
            yield reply
            url = _next(url, reply)

    def redact(self, text: str) -> str:
        """The text without any secret that this client was given or has sent."""
        return redact(text, self._secrets | self._unshown)

    def excerpt(self, body: bytes) -> str:
        """The first characters of a body, quoted, fit to be shown."""
        return excerpt(body, self._secrets | self._unshown)

    def _learn(self, url: str, headers: Mapping[str, str]) -> None:
        """Remember the secrets of a request that is about to be made."""
        with self._lock:
            self._secrets |= frozenset(credentials(url, headers))

    def _attempts(self, limits: Limits) -> Attempts:
        return Attempts(self._host, limits, self._clock, self._pause)

    def _host(self, url: str) -> Host:
        """The host and port of an address, the same for all threads."""
        address = address_of(url)
        with self._lock:
            if address not in self._hosts:
                self._hosts[address] = Host(self._limits, self._delay, self._clock, self._pause)
            return self._hosts[address]

    def _shown(self, error: SourceFailed, url: str) -> SourceFailed:
        """The error with the address, and without a secret."""
        where, what = self.redact(shown_url(url)), self.redact(error.what)
        if isinstance(error, Unanswered) and not error.arrived:
            return Unanswered(what, where=where, advice=error.advice, kind=error.kind, arrived=False)
        return SourceFailed(what, where=where, advice=error.advice, kind=error.kind)

    def answer(
        self, attempts: Attempts, url: str, headers: Mapping[str, str], max_age: timedelta | None
    ) -> Answer:
        """What `Asker.get` gives, within the time of these attempts."""
        self._learn(url, headers)
        with self._lock:
            self._unshown |= frozenset(possible_keys(url))
        kept = self._cache.read(url, headers)
        old = None
        if kept and max_age is not None:
            old = Answer(kept.body, url, kept.fetched, kept=True, age=abs(self._now() - kept.fetched))
            if old.age <= max_age:
                return old
        try:
            return self._confirmed(attempts, url, headers, kept)
        except SourceFailed as error:
            if old and isinstance(error, Unanswered):
                return old
            raise self._shown(error, url) from None

    def _confirmed(
        self, attempts: Attempts, url: str, headers: Mapping[str, str], kept: Kept | None
    ) -> Answer:
        """The body from upstream, or the one that is kept where upstream says that it still stands."""
        tag = kept.etag if kept else ""
        reply = self._ask(attempts, url, {**headers, "If-None-Match": tag} if tag else headers)
        if reply.status == 304 and kept and tag:
            now = Kept(kept.body, self._now(), tag)
        else:
            if reply.status == 304:  # to a question that was not put: some cache on the way is at fault
                reply = self._ask(attempts, url, {**headers, "Cache-Control": "no-cache"})
            now = Kept(self._json(reply), self._now(), reply.headers.get("ETag", ""))
        self._cache.write(url, headers, now)
        return Answer(now.body, url, now.fetched)

    def _ask(self, attempts: Attempts, url: str, headers: Mapping[str, str]) -> Reply:
        reply = attempts.ask(Question(url, headers))
        if reply.status in (200, 304):
            return reply
        kind = kind_of_status(reply.status)
        raise SourceFailed(
            f"it answered HTTP {reply.status}{self._said(reply)}",
            advice=_ADVICE.get(reply.status, _ADVICE_OF_KIND.get(kind, "")),
            kind=kind,
        )

    def _json(self, reply: Reply) -> bytes:
        """The body, if it can be JSON at all."""
        start = reply.body[:1024].lstrip()
        if not start:
            raise SourceFailed("it answered with nothing")
        if not start.startswith(_JSON):
            what = "a web page" if start.startswith(b"<") else "something else"
            raise SourceFailed(f"it answered with {what} instead of JSON{self._said(reply)}")
        if repeats(reply.body, self._secrets):
            raise SourceFailed("its answer repeats a key, and would be kept and committed with it")
        return reply.body

    def _said(self, reply: Reply) -> str:
        return f": {self.excerpt(reply.body)}" if reply.body.strip() else ""


def _next(url: str, reply: Reply) -> str:
    from requests.utils import parse_header_links

    links = parse_header_links(reply.headers.get("Link", ""))
    return next((leads_to(url, link["url"]) for link in links if link.get("rel") == "next"), "")


class Asker:
    """Asks for the pages of one source, for one thread: all of them share `Limits.total` seconds."""

    def __init__(self, client: Client, attempts: Attempts) -> None:
        self._client = client
        self._attempts = attempts

    def get(self, url: str, *, headers: Mapping[str, str] = {}, max_age: timedelta | None = None) -> Answer:
        """What is at the address now. With `max_age`, what the cache holds serves while it is no older, and
        whatever its age when nothing can be reached. Raises `SourceFailed`."""
        return self._client.answer(self._attempts, url, headers, max_age)
