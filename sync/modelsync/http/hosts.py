"""When one host and port may be asked, and when no more because it does not answer. It asks nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from modelsync.http.transport import Limits, Unanswered, open_session

if TYPE_CHECKING:
    import requests

_PORTS = {"http": 80, "https": 443}


class Host:
    """One host and port, for all threads: a request waits for its turn, and none is made while it is shut.

    It shuts after `Limits.failures` requests in a row that did not reach it or that it answered with a
    fault of its own, and after `Limits.rest` seconds lets one request through to try.
    """

    def __init__(
        self, limits: Limits, delay: float, clock: Callable[[], float], pause: Callable[[float], None]
    ) -> None:
        self.session: requests.Session = open_session()
        self._limits = limits
        self._delay = delay
        self._clock = clock
        self._pause = pause
        self._lock = threading.Lock()  # never held while waiting
        self._next = 0.0  # when the next request may start
        self._starts = WeakKeyDictionary[object, float]()  # of the last request, by who made it
        self._failures = 0  # in a row
        self._shut_until = 0.0

    def turn(self, who: object) -> float:
        """Wait until a request may start, and say how many seconds of that others are the cause of.
        Raises `Unanswered`."""
        with self._lock:
            self._expect_open()
            asked = self._clock()
            start = max(asked, self._next)
            alone = max(asked, self._starts.get(who, asked - self._delay) + self._delay)
            self._starts[who] = start
            self._next = start + self._delay
        if start > asked:
            self._pause(start - asked)
        with self._lock:
            self._expect_open()
            if self._is_failing:  # this request tries; until it is known how it went, no other does
                self._shut_until = self._clock() + self._limits.rest
        return max(0.0, self._clock() - alone)

    def answered(self) -> None:
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._is_failing:
                self._shut_until = self._clock() + self._limits.rest

    @property
    def _is_failing(self) -> bool:
        return self._failures >= self._limits.failures

    def _expect_open(self) -> None:
        left = self._shut_until - self._clock()
        if self._is_failing and left > 0:
            raise Unanswered(
                f"it failed {self._failures} times in a row; it is not asked for another {left:.0f} s",
                advice="try again then",
            )


def address_of(url: str) -> tuple[str | None, int | None]:
    """The host and port that a request goes to."""
    try:
        parts = urlsplit(url)
        return parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:  # the request itself will say what is wrong with it
        return url, None
