"""Rows that are sent one by one, a few at a time, and what it means where one is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from modelsync.errors import SourceFailed
from modelsync.http import Client, Limits, Reply, kind_of_status, shown_url
from modelsync.records import Row, TargetChange

# a row that is refused says nothing of the next: the host is asked on
LIMITS = Limits(failures=1 << 30)

_AT_ONCE = 4  # requests
_SILENCES = 5  # requests in a row that no answer came to in time, after which nobody is asked any more


def expect_taken(reply: Reply, refused: Mapping[int, str], where: str, client: Client) -> None:
    """That the target took a request. Raises SourceFailed with what a status means there, and its words."""
    if reply.status in (200, 201, 204):
        return
    words = f": {client.excerpt(reply.body)}" if reply.body.strip() else ""
    known = refused.get(reply.status, "it failed" if reply.status >= 500 else "it refuses")
    what, kind = f"{known} (HTTP {reply.status}{words})", kind_of_status(reply.status)
    raise SourceFailed(what, where=shown_url(where), kind=kind)


def write_each(
    changes: Sequence[TargetChange], write: Callable[[Row], None], say: Callable[[str], None]
) -> dict[str, SourceFailed]:
    """The rows that could not be written, and why. A target that refuses us is not asked again."""
    stopped: list[SourceFailed] = []
    silences: list[SourceFailed] = []

    def written(numbered: tuple[int, TargetChange]) -> SourceFailed | None:
        number, change = numbered
        if stopped:
            return SourceFailed(f"not tried: {stopped[0].what}", kind=stopped[0].kind)
        say(f"[{number}/{len(changes)}] {change.model or change.id}")
        try:
            write(change.row)
        except SourceFailed as failed:
            silences.append(failed) if failed.kind == "timeout" else silences.clear()
            is_away = not getattr(failed, "arrived", True) or len(silences) == _SILENCES
            if failed.kind == "authentication" or is_away:
                stopped.append(failed)
            return failed
        silences.clear()
        return None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        results = pool.map(written, enumerate(changes, 1))
        return {change.id: failed for change, failed in zip(changes, results, strict=True) if failed}
