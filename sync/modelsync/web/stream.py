"""What happens in jobs, sent as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.exceptions import ClientException
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from modelsync.jobs.serve.events import CutOff, Done, Event, Failed
from modelsync.jobs.serve.server import Server
from modelsync.web.phrases import told
from modelsync.web.query import parameter
from modelsync.web.service import Served

_ALIVE = 15.0  # seconds after which a stream without news says that it is there


class Told(msgspec.Struct, frozen=True):
    """What a stream says of an event."""

    job: int
    text: str
    is_end: bool
    event: Event


async def events(
    request: Request[Any, Any, Any],
    service: Served,
    since: Annotated[str, parameter("Nothing that was", enum=["", "now"])] = "",
) -> ServerSentEvent:
    """What happens in jobs, as it happens: server-sent events. `Last-Event-ID` resumes behind an event;
    without it the last job is told from its beginning, with `since=now` nothing that was.

    `job` is an event of a job; `state` says that the reviewed commit, or who else is at work, is another.
    """
    if since not in ("", "now"):
        raise ClientException("since: now, or nothing")
    known = service.server.events()
    newest = known[-1].id if known and since == "now" else ""
    return ServerSentEvent(_stream(service.server, request.headers.get("last-event-id", newest)))


async def _stream(server: Server, after: str) -> AsyncIterator[ServerSentEventMessage]:
    woken, loop = asyncio.Event(), asyncio.get_running_loop()

    def wake() -> None:
        loop.call_soon_threadsafe(woken.set)

    silence = server.listen(wake)
    state = ""
    try:
        while True:
            woken.clear()
            for event in server.events(after):
                after = event.id
                is_end = isinstance(event.happening, Done | Failed | CutOff)
                news = Told(event.job, told(event), is_end, event)
                yield ServerSentEventMessage(id=after, event="job", data=_json(news))
            if (now := _json(server.situation)) != state:
                state = now
                yield ServerSentEventMessage(event="state", data=state)
            try:
                await asyncio.wait_for(woken.wait(), _ALIVE)
            except TimeoutError:
                yield ServerSentEventMessage(comment="still here")
    finally:
        silence()


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
