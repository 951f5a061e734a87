"""When a server syncs by itself, as options and the environment say, and that it does."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec

from modelsync.errors import EXIT_CATALOG, EXIT_FAILURE, EXIT_SOURCE, ModelsyncError, UsageError
from modelsync.jobs.serve.events import CutOff, Done, Failed, Order
from modelsync.jobs.serve.server import Server
from modelsync.jobs.watch import Schedule, by_cron, every, watch
from modelsync.records.progress import Fetched

AUTO, INTERVAL = "LITELLM_AUTO_SYNC", "LITELLM_SYNC_INTERVAL"
ACTOR = "schedule"
_MOST = timedelta(days=3650)
_WORDS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


class Timetable(msgspec.Struct, frozen=True):
    """At the start, and then at each whole period after it, or at the times of a line of cron in UTC."""

    at_start: bool = False
    period: timedelta | None = None
    cron: str = ""

    def schedule(self, start: datetime) -> Schedule | None:
        """Raises UsageError for what is no line of cron, and where cronsim is not installed."""
        if self.cron:
            return by_cron(self.cron)
        return every(self.period, start + self.period) if self.period else None


def timetable(
    environment: Mapping[str, str], *, at_start: bool, period: timedelta | None, cron: str
) -> Timetable:
    """What options say, else what the environment says. Raises UsageError."""
    if period and cron:
        raise UsageError("say either --every PERIOD or --cron TIMES", advice="As in: --every 6h")
    is_on = _is_on(environment.get(AUTO, "").strip())
    if not (period or cron) and is_on is not False:
        period = _interval(environment.get(INTERVAL, "").strip())
    return Timetable(at_start or bool(is_on), period, cron)


def _is_on(word: str) -> bool | None:
    if word and word.lower() not in _WORDS:
        raise UsageError(f"{AUTO} is neither true nor false", advice=f"`export {AUTO}=true`, or unset it.")
    return _WORDS.get(word.lower())


def _interval(word: str) -> timedelta | None:
    if not word:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", word) or not timedelta() < timedelta(seconds=int(word)) <= _MOST:
        raise UsageError(f"{INTERVAL} is no number of seconds", advice=f"As in: `export {INTERVAL}=21600`.")
    return timedelta(seconds=int(word))


class Scheduled:
    """Use as a context manager, inside the server's: jobs begin by themselves until it ends."""

    def __init__(
        self, server: Server, table: Timetable, tell: Callable[[str], None], *, look: float = 60.0
    ) -> None:
        """`look` is in seconds, between two looks at whether a source that failed answers again. Raises
        UsageError for what is no line of cron."""
        self._server, self._table, self._tell, self._round = server, table, tell, look
        self._schedule = table.schedule(datetime.now(UTC))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="modelsync-schedule")

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _run(self) -> None:
        try:
            if self._table.at_start:
                self._sync("the first sync")
            if self._schedule:
                scheduled = partial(self._sync, "a scheduled sync")
                watch(self._schedule, scheduled, tell=self._tell, pause=self._pause)
            while self._table.at_start:
                self._pause(self._round)
        except _Over:
            pass

    def _pause(self, seconds: float) -> None:
        """Wait, and meanwhile look whether a source that failed answers again."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._over.wait(min(left, self._round)):
                raise _Over
            self._mend()

    def _mend(self) -> None:
        """Sync anew what failed last, once all of it answers."""
        failed = self._failed()
        vitals = self._server.vitals() if failed else None
        if vitals and failed <= {one.source for one in vitals.sources if one.state == "answers"}:
            self._sync(f"what failed answers again ({', '.join(sorted(failed))}): a sync")

    def _failed(self) -> set[str]:
        """The sources that failed in the last sync."""
        ends = (job.end for job in self._server.jobs if job.order.kind != "plan")
        last = next((end for end in ends if isinstance(end, Done)), None)
        return {one.source for one in last.statistics.sources if one.state == "failed"} if last else set()

    def _sync(self, what: str) -> int:
        """Sync what is due; what becomes of it is told, and ends nothing."""
        if self._over.is_set():
            raise _Over
        try:
            job = self._server.wait(self._server.start(Order("sync", ACTOR, due=True)).number)
        except (ModelsyncError, OSError) as error:
            self._tell(f"{what} did not begin: {error}")
            return EXIT_CATALOG
        match job.end:
            case Failed(_, reason, where) | Done(unpublished=reason, branch=where) if reason:
                self._tell(f"{what}: {where}: {reason}" if where else f"{what}: {reason}")
                return EXIT_FAILURE
            case CutOff(reason):
                self._tell(f"{what}: {reason}")
                return EXIT_FAILURE
            case Done(statistics=statistics) if statistics.failed:
                for event in job.events:
                    if isinstance(one := event.happening, Fetched) and one.failure:
                        self._tell(f"{what}: {one.source}: {one.failure}")
                return EXIT_SOURCE
            case _:
                return 0


class _Over(Exception):
    """The server is about to end."""
