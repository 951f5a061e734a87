"""Writes a report as GitHub-flavoured Markdown, in which upstream text is literal text and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from modelsync.records import Plan, Report
from modelsync.report.notices import NAMES_SHOWN
from modelsync.report.rows import Block, Row
from modelsync.report.table import Table
from modelsync.report.text import NOTHING, ZERO_WIDTH_SPACE, defused, first, more
from modelsync.report.view import Blocks, Chapters, Item, Lines, Part, document, view

_SPECIAL = re.compile(r"[\\`*_~\[\]<>&|$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_START = re.compile(r"^(\d*)([#+.)=-])")  # of a heading, a list, a rule
_NUMBER = re.compile(rf"[\d,.]+|{NOTHING}")
_CHANGE_COLUMNS = ("model", "field", "old", "new", "")


def markdown(of: Plan | Report) -> str:
    """What a reviewer reads: tables of old and new, what is held and how to release it, notices.

    Ids and values stand in code spans and sentences are escaped; everything is `defused`
    besides, for squashing turns a description into a commit, where code spans mean nothing.
    """
    report = view(of)
    pieces = [f"**{_text(report.subject)}**", *map(_text, report.batch)]
    pieces.append(f"Prices in {report.unit}." if report.has_prices else "")
    for section in document(report, verbose=False, whole=False):
        body = [piece for part in section.parts for piece in _part(part) if piece]
        pieces += [f"### {section.title}", *body] if section.lasts and body else []
    return defused("\n\n".join(filter(None, pieces))) + "\n"


def _part(part: Part) -> list[str]:
    match part:
        case Lines(items, left, lead):
            return [f"{lead.capitalize()}:" if lead else "", "\n".join(map(_item, items)), more(left)]
        case Blocks(blocks, _, left):
            reasons = [f"- {_code(block.name)}: {_text(block.reason)}" for block in blocks if block.reason]
            return [_changes(blocks), "\n".join(reasons), more(left)]
        case Chapters():
            return ["\n".join(_chapters(part))]
        case _:
            return [_facts(part), _text(part.note)]


def _item(item: Item) -> str:
    match item.role:
        case "quote" | "command":
            return f"- {_code(item.text)}"
        case "fact":
            return f"- {_code(item.name)} {_text(item.text)}".rstrip()
        case "sentence":
            sentences = [text.rstrip(". ") + "." for text in (item.text, item.advice) if text]
            return f"- {_code(item.name)}: {_text(' '.join(sentences))}"
        case "title":
            members, left = first(item.members, NAMES_SHOWN, False)
            return f"- {_text(item.text)}: {', '.join(map(_code, members))} {more(left)}".rstrip()
        case _:
            return f"- {_text(item.text)}"


def _changes(blocks: Sequence[Block]) -> str:
    rows = [cells for block in blocks for cells in _change_cells(block)]
    return _table(_CHANGE_COLUMNS, 2, rows) if blocks else ""


def _change_cells(block: Block) -> Iterator[tuple[str, ...]]:
    for i, row in enumerate(block.rows):
        name = "" if i else _code(block.name)
        note = " ".join(filter(None, (row.note, row.unit)))
        yield (name, _code(row.field), _value(row, row.before), _value(row, row.after), note)


def _value(row: Row, value: str) -> str:
    return value if row.numeric and _NUMBER.fullmatch(value) else _code(value)


def _facts(table: Table) -> str:
    """A table of which the first column names, and the others are numbers."""
    names = [column.name for column in table.columns]
    heads = [_name(role, row[0].strip()) for role, row in zip(table.roles, table.rows, strict=True)]
    facts = [[cell.strip() for cell in row[1:]] for row in table.rows]
    rows = [(head, *cells) for head, cells in zip(heads, facts, strict=True)]
    return _table(["model", *names[1:]], 1, rows) if rows else ""


def _name(role: str, cell: str) -> str:
    return {"title": f"**{_text(cell)}**", "more": _text(cell)}.get(role) or _code(cell)


def _chapters(part: Chapters) -> Iterator[str]:
    for chapter in part.chapters:
        yield f"- {_text(chapter.name)} ({chapter.count:,})"
        lines = (": ".join(text for text in line if text.strip()) for line in chapter.lines(verbose=False))
        yield from (f"  - {_text(line)}" for line in lines if line)
    if part.counts:
        yield f"- {_text(part.counts)}"


def _table(names: Sequence[str], words: int, rows: Iterable[Sequence[str]]) -> str:
    """A table of which the first columns are words and the others stand to the right."""
    rule = ["---" if i < words else "--:" for i, _ in enumerate(names)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, rule, *rows))


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
