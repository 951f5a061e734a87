"""Words events as one message, in plain text and in Markdown. Upstream text does nothing in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

from modelsync.records import Event, EventKind, Report
from modelsync.records.event import digest
from modelsync.report.safe_markdown import prose
from modelsync.report.text import ZERO_WIDTH_SPACE, brief, defused, first, more

_SHOWN = 10  # events of one kind
_NAMES = {
    EventKind.NEW_MODEL: "new",
    EventKind.UNPRICED_MODEL: "without a price",
    EventKind.PRICE_UP: "price up",
    EventKind.HELD: "held",
    EventKind.DECLINED: "declined",
    EventKind.SOURCE_FAILING: "failing",
    EventKind.MODEL_ENDS: "about to end",
    EventKind.PIN_ENDS: "pin about to end",
}
# A mention of Slack's or Discord's, a tag, and what programs make a link of, begin so.
_BEGINS = re.compile(r"[@<]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_LINK = re.compile(r"https?://[\w.:/-]{1,200}", re.ASCII)


class Message(msgspec.Struct, frozen=True):
    """One message. Its `id` is the same each time that the same events are told."""

    id: str
    type: str
    catalog: str
    title: str
    text: str
    markdown: str
    events: tuple[Event, ...] = ()
    commit: str = ""
    branch: str = ""
    pull_request: str = ""


def news(events: Sequence[Event], catalog: str, report: Report) -> Message:
    """The message that tells these events of one run, and of those before that a channel has not taken."""
    counts = {kind: [event for event in events if event.kind is kind] for kind in _NAMES}
    kinds = {kind: of_kind for kind, of_kind in counts.items() if of_kind}
    title = ", ".join(f"{len(of_kind):,} {_NAMES[kind]}" for kind, of_kind in kinds.items())
    url = report.pull_request.url if report.pull_request else ""
    is_link = bool(_LINK.fullmatch(url))

    def body(written: Callable[[str], str], link: str) -> str:
        paragraphs = ["\n".join(_lines(_NAMES[kind], of_kind, written)) for kind, of_kind in kinds.items()]
        where = link if is_link else written(url or report.branch)
        paragraphs += [f"To review: {where}"] if where else []
        return "\n\n".join(paragraphs) + "\n"

    return Message(
        id=f"msg_{digest(*(event.id for event in events))}",
        type="modelsync.news",
        catalog=catalog,
        title=inert(f"modelsync, {catalog}: {title}"),
        text=body(inert, url),
        markdown=body(lambda text: prose(inert(text)), f"<{url}>"),
        events=tuple(events),
        commit=report.commit,
        branch=report.branch,
        pull_request=url,
    )


def trial(catalog: str, moment: str) -> Message:
    """The message by which a person sees that a channel works."""
    text = f"This is a test: news of {inert(catalog)} will come this way.\n"
    title = inert(f"modelsync, {catalog}: a test")
    return Message(f"msg_{digest(moment)}", "modelsync.test", catalog, title, text, prose(text) + "\n")


def inert(text: str) -> str:
    """One short line that looks like the text, and in which nobody is mentioned and nothing is a link."""
    return defused(_BEGINS.sub(lambda match: match[0] + ZERO_WIDTH_SPACE, brief(text)))


def _lines(name: str, events: Sequence[Event], written: Callable[[str], str]) -> Iterator[str]:
    yield f"{name.capitalize()} ({len(events):,})"
    yield ""
    shown, left = first(events, _SHOWN, False)
    for event in shown:
        yield "- " + ": ".join(written(part) for part in (event.subject, event.text) if part)
    if left:
        yield f"- {more(left)}"
