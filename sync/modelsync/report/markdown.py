"""A report as GitHub-flavoured Markdown, in which upstream text is literal text and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from modelsync.records import Plan, Report
from modelsync.report.added import FACTS, table, unconfirmed
from modelsync.report.held import Held
from modelsync.report.notices import NAMES_SHOWN, Chapter
from modelsync.report.rows import Block, Row
from modelsync.report.text import NOTHING, TOKEN_UNIT, ZERO_WIDTH_SPACE, defused, first
from modelsync.report.view import MODELS_SHOWN, Failed, Removal, View, view

_SPECIAL = re.compile(r"[\\`*_~\[\]<>&|$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_START = re.compile(r"^(\d*)([#+.)=-])")  # of a heading, a list, a rule
_NUMBER = re.compile(rf"[\d,.]+|{NOTHING}")
_CHANGE_COLUMNS = ("model", "field", "old", "new", "")


def markdown(of: Plan | Report) -> str:
    """What a reviewer reads: tables of old and new, what is held and how to release it, notices.

    Ids and values stand in code spans and sentences are escaped; everything is `defused`
    besides, for squashing turns a description into a commit, where code spans mean nothing.
    """
    said = view(of)
    head = [
        f"**{_text(said.subject)}**",
        *map(_text, said.batch),
        f"Prices in {TOKEN_UNIT}." if said.has_prices else "",
    ]
    parts = [part for part in (*head, *_sections(said)) if part]
    return defused("\n\n".join(parts)) + "\n"


def _sections(said: View) -> Iterator[str]:
    yield from _section(
        "Changed", [*_changed(said.changed), "\n".join(f"- {_text(phrase)}" for phrase in said.prose)]
    )
    yield from _section("Removed", _removed(said.removed, said.comments))
    yield from _section("Added", _added(said))
    yield from _section("Held back", [part for held in said.held for part in _held(held)])
    yield from _section("Failed", ["\n".join(map(_failed, said.failed))])
    yield from _section("Notices", ["\n".join(_notices(said))])


def _section(title: str, parts: Iterable[str]) -> Iterator[str]:
    found = [part for part in parts if part]
    if found:
        yield from (f"### {title}", *found)


def _changed(blocks: Sequence[Block]) -> list[str]:
    if not blocks:
        return []
    shown, left = first(blocks, MODELS_SHOWN, False)
    reasons = [f"- {_code(block.name)}: {_text(block.reason)}" for block in shown if block.reason]
    return [_change_table(shown), "\n".join(reasons), _more(left)]


def _change_table(blocks: Iterable[Block]) -> str:
    rows = [cells for block in blocks for cells in _change_cells(block)]
    return _table(_CHANGE_COLUMNS, [False, False, True, True, True], rows)


def _change_cells(block: Block) -> Iterator[tuple[str, ...]]:
    for place, row in enumerate(block.rows):
        name = "" if place else _code(block.name)
        yield (name, _code(row.field), _value(row, row.before), _value(row, row.after), _note(row))


def _value(row: Row, value: str) -> str:
    return value if row.numeric and _NUMBER.fullmatch(value) else _code(value)


def _note(row: Row) -> str:
    return " ".join(part for part in (row.note, row.unit) if part)


def _removed(removed: Sequence[Removal], comments: Sequence[str]) -> list[str]:
    shown, left = first(removed, MODELS_SHOWN, False)
    models = "\n".join(f"- {_code(removal.name)} {_text(removal.reason)}".rstrip() for removal in shown)
    heading = ["And with them the comments:"] if comments else []
    return [models, _more(left), *heading, "\n".join(f"- {_code(comment)}" for comment in comments)]


def _added(said: View) -> list[str]:
    lines = table(said.added, verbose=False)
    if not lines:
        return []
    rows = [
        (_name(line.kind, line.cells[0].strip()), *(cell.strip() for cell in line.cells[1:]))
        for line in lines
    ]
    return [_table(("model", *FACTS), [False, *(True for _ in FACTS)], rows), _text(unconfirmed(said.added))]


def _name(kind: str, cell: str) -> str:
    return {"provider": f"**{_text(cell)}**", "model": _code(cell), "more": _text(cell)}[kind]


def _held(held: Held) -> list[str]:
    shown, left = first(held.blocks, NAMES_SHOWN, False)
    accept, _ = first(held.accept, NAMES_SHOWN, False)
    keys = [f"- {_text(held.title)}: {_codes(held.keys)}"] if held.keys else []
    lines = [
        *keys,
        *(f"- {_text(reason)}" for reason in held.reasons),
        *(f"- {_code(name)}" for name in accept),
    ]
    return [_change_table(shown) if shown else "", _more(left), "\n".join(lines)]


def _codes(names: Sequence[str]) -> str:
    shown, left = first(names, NAMES_SHOWN, False)
    return ", ".join(map(_code, shown)) + (f" … {left:,} more" if left else "")


def _failed(failed: Failed) -> str:
    sentences = [text.rstrip(". ") + "." for text in (failed.reason, failed.advice) if text]
    return f"- {_code(failed.source)}: {_text(' '.join(sentences))}"


def _notices(said: View) -> Iterator[str]:
    yield from (line for topic in said.topics for line in _topic(topic))
    yield from [f"- {_text(said.standing)}"] if said.standing else []


def _topic(topic: Chapter) -> Iterator[str]:
    yield f"- {_text(topic.name)} ({topic.count:,})"
    for line in topic.lines(verbose=False):
        said = ": ".join(part for part in line if part.strip())
        yield from [f"  - {_text(said)}"] if said else []


def _table(names: Sequence[str], right: Sequence[bool], rows: Iterable[Sequence[str]]) -> str:
    rule = ["--:" if to_right else "---" for to_right in right]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, rule, *rows))


def _more(left: int) -> str:
    return f"… {left:,} more" if left else ""


def _text(text: str) -> str:
    """Prose with all that Markdown would read, or make a link of, escaped."""
    escaped = _START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", text.strip()))
    return escaped.replace("@", f"@{ZERO_WIDTH_SPACE}")


def _code(text: str) -> str:
    """A code span that its text cannot leave; in a table a bar is escaped even there."""
    if not text.strip():
        return ""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")
