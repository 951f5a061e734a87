"""Repeats what may pass and follows what stays in place, within the time of one source. Reads no body."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from modelsync.errors import FailureKind, SourceFailed
from modelsync.http.hosts import Host
from modelsync.http.redaction import check_request, leads_to, shown_url
from modelsync.http.transport import Limits, Question, Reply, Unanswered, exchange

_PASSING = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KINDS: dict[int, FailureKind] = {
    401: "authentication",
    403: "authentication",
    407: "connection",  # it is the proxy that refuses
    408: "timeout",
    429: "rate limit",
}


@dataclass(eq=False)
class Attempts:
    """All requests of one source: with their retries and pauses they share `Limits.total` seconds.

    What a request waits because another source's has just gone to the same host is not taken from them:
    many sources at one host do not make each other fail.
    """

    host_of: Callable[[str], Host]
    limits: Limits
    clock: Callable[[], float]
    pause: Callable[[float], None]

    def __post_init__(self) -> None:
        self._until = self.clock() + self.limits.total

    def ask(self, question: Question) -> Reply:
        """The reply at the end of redirects and retries: one whose status will not pass. Raises
        `SourceFailed`."""
        return self._repeated(lambda: self._followed(question), lambda fault: fault.passing)

    def send(self, question: Question) -> Reply:
        """The reply, whatever its status. Once anything of the question may have arrived, it is not put
        again, but where the server says that it did nothing and how long to wait. Raises `SourceFailed`."""
        reply = self._sent(question)
        for _ in range(self.limits.retries):
            wait = _limited(reply)
            if wait is None or wait > self.limits.retry_after or self.clock() + wait > self._until:
                break
            self.pause(wait)
            reply = self._sent(question)
        return reply

    def _sent(self, question: Question) -> Reply:
        return self._repeated(lambda: self._once(question), lambda fault: not fault.arrived)

    def _repeated(self, attempt: Callable[[], Reply], again: Callable[[Unanswered], bool]) -> Reply:
        count = 0
        while True:
            try:
                return attempt()
            except Unanswered as fault:
                if not again(fault):
                    raise
                count += 1
                self.pause(self._delay(fault, count))

    def _delay(self, fault: Unanswered, count: int) -> float:
        """Seconds to wait before the next attempt. Raises `Unanswered` when it is time to give up."""
        kind, arrived = fault.kind, fault.arrived
        if count > self.limits.retries:
            raise Unanswered(f"{fault.what}, {count} times", kind=kind, arrived=arrived)
        jitter = random.uniform(1, 1.25)  # noqa: S311
        delay = self.limits.backoff * 2 ** (count - 1) * jitter if fault.after is None else fault.after
        if delay > self.limits.retry_after:
            what = f"{fault.what} and asks to wait longer than {self.limits.retry_after:g} s"
            raise Unanswered(what, advice="try again later", kind=kind)
        if self.clock() + delay > self._until:
            what = f"{fault.what} until its {self.limits.total:g} s were over"
            raise Unanswered(what, kind=kind, arrived=arrived)
        return delay

    def _followed(self, question: Question) -> Reply:
        """The reply at the end of the redirects, all within the place that was asked."""
        for _ in range(self.limits.redirects + 1):
            reply = self._once(question)
            limited = _limited(reply)
            if reply.status in _PASSING or limited is not None:
                what = f"it answered HTTP {reply.status}"
                kind = kind_of_status(reply.status) if limited is None else "rate limit"
                raise Unanswered(what, kind=kind, passing=True, after=limited or _retry_after(reply))
            if reply.status not in _REDIRECTS:
                return reply
            location = reply.headers.get("Location", "")
            following = leads_to(question.url, location) if location else ""
            if not following:
                raise SourceFailed(
                    f"it redirects to {shown_url(location)}, which is not followed",
                    advice="if the list has moved there, change the url in sync.yaml",
                )
            question = Question(following, question.headers)
        raise SourceFailed(f"it redirects more than {self.limits.redirects} times")

    def _once(self, question: Question) -> Reply:
        """One request, when its host's turn has come. One that cannot be sent says nothing of the host."""
        check_request(question.url, question.headers)
        host = self.host_of(question.url)
        self._until += host.turn(self)
        left = self._until - self.clock()
        if left <= 0:
            raise Unanswered(f"its {self.limits.total:g} s were over", kind="timeout")
        try:
            reply = exchange(host.session, question, self.limits, min(left, self.limits.deadline))
        except SourceFailed as fault:
            _note(host, fault.kind)
            raise
        _note(host, kind_of_status(reply.status))
        return reply


def kind_of_status(status: int) -> FailureKind:
    """What kind of failure an HTTP status is, where it is one."""
    if status >= 500:
        return "connection"
    return _KINDS.get(status, "data")


def _note(host: Host, kind: FailureKind) -> None:
    """A host that refuses, or that sends what cannot be used, does answer."""
    if kind in ("connection", "timeout"):
        host.failed()
    else:
        host.answered()


def _limited(reply: Reply) -> float | None:
    """Seconds until a server that refused for too many requests takes the next; None where it did not.

    GitHub says so with 403 too, and gives the second at which its limit begins anew, as GitLab does:
    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api,
    https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
    """
    if reply.status not in (403, 429):
        return None
    after = _retry_after(reply)
    for prefix in ("X-RateLimit", "RateLimit"):
        reset = reply.headers.get(f"{prefix}-Reset", "")
        if after is None and reply.headers.get(f"{prefix}-Remaining") == "0" and reset.isdecimal():
            after = max(1.0, int(reset[:12]) - time.time())
    return after


def _retry_after(reply: Reply) -> float | None:
    """Seconds that the server asks to wait; None where it states nothing that lies ahead."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return float(Retry().parse_retry_after(reply.headers.get("Retry-After", ""))) or None
    except (InvalidHeader, ValueError, OverflowError):
        return None
