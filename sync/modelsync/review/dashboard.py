"""The one issue that says what has no pull request: found by its marker, one part for each kind of run.

What it remembers for machines that start fresh is hidden at its end: `failing SOURCE`, since when and why,
`new PROVIDER/KEY`, the day on which a model that is not added was listed first, `listed LABEL`, that a kind
of run has noted what there was before. All else that is kept there is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from urllib.parse import quote

from modelsync.records import Catalog, Dated, Plan, Success, Topic
from modelsync.review import metadata
from modelsync.review.forge.forge import Forge

TITLE = "modelsync: what has no pull request"
_LEAD = (
    "What modelsync has no pull request for, as each kind of run saw it last. Runs write this text anew "
    "where something changes: comment in place of editing it."
)
_NOTHING = "Nothing waits for a decision."
_END = "<!-- modelsync:end -->"
_PART = re.compile(rf"^<!-- modelsync:part (\S+) -->\n(.*?)\n{_END}$", re.MULTILINE | re.DOTALL)
_FAILING, _NEW, _LISTED = "failing ", "new ", "listed "
REST = 12_000  # characters of what is no kind of run's
_FRAME = 1000  # characters around the parts, at most


class Dashboard:
    """The issue of one catalog. `state` is what it remembers. Raises GitRefused."""

    def __init__(self, forge: Forge, catalog: str = "") -> None:
        self._forge = forge
        self._marker = f"<!-- modelsync:dashboard {quote(catalog) or '.'} -->"
        self._issue = forge.issue(self._marker)
        self.parts: dict[str, str] = dict(_PART.findall(self._issue.body)) if self._issue else {}
        self.state = metadata.read(self._issue.body, metadata.STATE) if self._issue else {}

    def room(self, label: str) -> int:
        """Characters that are left beside the parts of other kinds of run."""
        others = sum(len(text) + _FRAME for name, text in self.parts.items() if name != label)
        return self._forge.longest_body - metadata.LONGEST - REST - _FRAME - others

    def update(self, rest: str) -> str:
        """Have the issue say its parts and the rest, and give its address.

        One that says so already is left alone; one that a person closed is opened again where it says
        something new.
        """
        parts = (f"<!-- modelsync:part {name} -->\n{text}\n{_END}" for name, text in self.parts.items())
        texts = [text for text in (*parts, rest) if text]
        body = "\n\n".join(filter(None, (self._marker, _LEAD, *(texts or [_NOTHING]), hidden(self.state))))
        if self._issue is None:
            issue = self._forge.create_issue(TITLE, body)
            first = self._forge.issue(self._marker) or issue
            if first.number != issue.number:  # another run was quicker
                self._forge.update_issue(issue, TITLE, body, is_open=False)
            return first.url
        if (self._issue.title, self._issue.body.strip()) != (TITLE, body):
            is_open = self._issue.is_open or bool(texts)
            self._forge.update_issue(self._issue, TITLE, body, is_open=is_open)
        return self._issue.url


def hidden(state: Mapping[str, str]) -> str:
    """The state as a comment; where it is too long, without the models that are not added."""
    rest = {key: value for key, value in state.items() if not key.startswith((_NEW, _LISTED))}
    return metadata.written(state, metadata.STATE) or metadata.written(rest, metadata.STATE)


def failing(state: Mapping[str, str]) -> tuple[Dated, ...]:
    """The sources that fail, since when and why."""
    parts = ((source, *since.partition(" ")) for source, since in sorted(_below(_FAILING, state).items()))
    return tuple(Dated(source, day, reason) for source, text, _, reason in parts if (day := _day(text)))


def news(state: Mapping[str, str]) -> tuple[Dated, ...]:
    """The models that are not added and were listed first on a day that is known, the newest first."""
    days = ((name, _day(text)) for name, text in sorted(_below(_NEW, state).items()))
    dated = (Dated(name, day) for name, day in days if day)
    return tuple(sorted(dated, key=lambda one: one.day, reverse=True))


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


def _below(prefix: str, state: Mapping[str, str]) -> dict[str, str]:
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}


def remembered(
    state: Mapping[str, str], plan: Plan, catalog: Catalog, last: Mapping[str, Success], today: date
) -> dict[str, str]:
    """The state after a run, `last` being when sources had a success.

    What the first run of a kind finds listed is no news.
    """
    since_when = _below(_FAILING, state)
    for failure in plan.failures:
        source, success = failure.source, last.get(failure.source)
        since = since_when.get(source, today.isoformat()).partition(" ")[0]
        before = f"last success {success.at:%Y-%m-%d}: " if success else ""
        since_when[source] = f"{since} {before}{failure.reason}"
    for asked in plan.asked:
        if asked.state == "ok":
            since_when.pop(asked.source, None)
    day = today.isoformat() if f"{_LISTED}{plan.label}" in state else ""
    listed = {one.subject: day for one in plan.notices if one.topic == Topic.NOT_ADDED}
    known = {entry.name for entry in catalog.entries()}
    new = {name: first for name, first in (listed | _below(_NEW, state)).items() if name not in known}
    others = {key: value for key, value in state.items() if not key.startswith((_FAILING, _NEW))}
    return {
        **others,
        **{f"{_FAILING}{source}": since for source, since in since_when.items()},
        **{f"{_NEW}{name}": first for name, first in new.items()},
        f"{_LISTED}{plan.label}": "1",
    }
