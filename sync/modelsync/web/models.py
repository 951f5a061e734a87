"""The table of models, as a page, as JSON, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.response import Stream
from msgspec import UNSET, Meta, UnsetType

from modelsync.jobs.export.catalog import inert
from modelsync.jobs.serve.index import Index
from modelsync.jobs.serve.table import SORTS, Row
from modelsync.records import text_of
from modelsync.report import dumped
from modelsync.report.table import pointed
from modelsync.report.text import money
from modelsync.web.query import COLUMNS, Asked, AskedFor
from modelsync.web.rendering import document, is_known, page
from modelsync.web.service import Served

USUAL = ("input", "output", "context_length", "max_output_tokens", "features")
_PRICES = ("input", "output", "cache_read", "cache_write")
_NUMBERS = (*_PRICES, "context_length", "max_output_tokens")
_FIRST = ("provider", "key")
_BATCH = 1000  # rows of a CSV that are read at once


if TYPE_CHECKING:
    ListedModel = Row
else:
    ListedModel = msgspec.defstruct(
        "ListedModel",
        [
            (name, kind) if name in _FIRST else (name, kind | UnsetType, UNSET)
            for name, kind in get_type_hints(Row, include_extras=True).items()
        ],
        frozen=True,
        kw_only=True,
        namespace={"__doc__": "What the table shows of a model, or, with `column`, what is asked for of it."},
    )


class Listed(msgspec.Struct, frozen=True):
    """Some of the models that are asked for."""

    total: Annotated[int, Meta(description="How many are meant, on all pages")]
    next: Annotated[str | None, Meta(description="The address of those that follow; null: there are none")]
    commit: Annotated[str, Meta(description="The reviewed commit that they are of")]
    day: Annotated[date, Meta(description="The day of the prices, UTC")]
    models: Sequence[ListedModel]


class Heading(msgspec.Struct, frozen=True):
    """The head of a column, and where a click on it leads."""

    label: str
    address: str = ""
    order: str = ""  # as `aria-sort` has it
    is_number: bool = False


class Cell(msgspec.Struct, frozen=True):
    label: str
    text: str
    is_number: bool = False


class Shown(msgspec.Struct, frozen=True):
    row: Row
    address: str
    cells: tuple[Cell, ...]


class Option(msgspec.Struct, frozen=True):
    """Something that a reader may choose."""

    word: str
    label: str
    is_chosen: bool


def shown(service: Served, asked: AskedFor) -> Response[str]:
    query, index, names = asked.query, service.index, _columns(asked)
    answer = index.page(query) if index else None
    total, rows = (answer.total, answer.rows) if answer else (0, ())
    former, end = max(0, query.offset - query.limit), query.offset + len(rows)
    facets = index.facts.facets if index else None
    return page(
        "models.html",
        asked=asked,
        facts=index.facts if index else None,  # None: no index is there yet
        facets=facets,
        headings=(_heading(asked, "key", "Model"), *(_heading(asked, name, COLUMNS[name]) for name in names)),
        rows=tuple(_rows(rows, names)),
        total=total,
        first=query.offset + 1 if rows else 0,
        before=asked.address("/", cursor=str(former or "")) if query.offset else "",
        after=asked.address("/", cursor=str(end)) if end < total else "",
        columns=tuple(Option(name, label, name in names) for name, label in COLUMNS.items()),
        features=tuple(
            Option(one.word, f"{one.word} ({one.models:,})", one.word in asked.feature)
            for one in (facets.features if facets else ())
        ),
        usual=",".join(USUAL),
        json=asked.address("/api/models"),
        csv=asked.address("/models.csv", cursor=""),
        is_writing=service.indexer.is_writing,
        failure=service.indexer.failure,
    )


def listed(request: Request[Any, Any, Any], service: Served, asked: AskedFor) -> Response[Any]:
    """The models that are asked for, prices as decimal text in USD per 1M tokens.

    `next` is the address of those that follow; its `cursor` is good for the commit that is named.
    """
    index = service.read
    facts, query = index.facts, asked.query
    tag = f'"{facts.commit[:16]}.{facts.day}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if is_known(tag, request.headers.get("if-none-match", "")):
        return Response(None, status_code=304, headers=headers)
    answer = index.page(query)
    end = query.offset + len(answer.rows)
    following = asked.address("/api/models", cursor=str(end)) if end < answer.total else None
    names = (*_FIRST, *_columns(asked)) if asked.column else Row.__struct_fields__
    models = [ListedModel(**{name: getattr(row, name) for name in names}) for row in answer.rows]
    listing = document(dumped(Listed(answer.total, following, facts.commit, facts.day, models)))
    listing.headers.update(headers | ({"link": f'<{following}>; rel="next"'} if following else {}))
    return listing


def table(service: Served, asked: AskedFor) -> Stream:
    """All models that are asked for as CSV, with the columns that are chosen."""
    index, name = service.read, 'attachment; filename="models.csv"'
    rows = _lines(index, asked, _columns(asked))
    return Stream(rows, media_type="text/csv; charset=utf-8", headers={"content-disposition": name})


def _columns(asked: Asked) -> tuple[str, ...]:
    return tuple(name for name in COLUMNS if name in asked.column) if asked.column else USUAL


def _lines(index: Index, asked: Asked, names: Sequence[str]) -> Iterator[str]:
    """The lines of a CSV, some at a time; an empty cell says that nothing is known."""
    query, columns = msgspec.structs.replace(asked.query, limit=_BATCH, offset=0), (*_FIRST, *names)
    heads: Sequence[Sequence[str]] = (columns,)
    while True:
        rows = index.page(query).rows
        file = io.StringIO()
        csv.writer(file, lineterminator="\n").writerows([*heads, *(_texts(row, columns) for row in rows)])
        yield file.getvalue()
        if len(rows) < _BATCH:
            return
        heads, query = (), msgspec.structs.replace(query, offset=query.offset + _BATCH)


def _texts(row: Row, columns: Sequence[str]) -> list[str]:
    values = (getattr(row, name) for name in columns)
    return ["" if value is None else inert(text_of(value)) for value in values]


# ---------------------------------------------------------------------------- the page


def _heading(asked: Asked, name: str, label: str) -> Heading:
    if name not in SORTS:
        return Heading(label)
    is_up, is_down = asked.sort == name, asked.sort == f"-{name}"
    address = asked.address("/", sort=f"-{name}" if is_up else name, cursor="")
    order = "ascending" if is_up else "descending" if is_down else ""
    return Heading(label, address, order, name in _NUMBERS)


def _rows(rows: Sequence[Row], names: Sequence[str]) -> Iterator[Shown]:
    columns = [_cells(rows, name) for name in names]
    for number, row in enumerate(rows):
        yield Shown(row, address_of(row.provider, row.key), tuple(cells[number] for cells in columns))


def _cells(rows: Sequence[Row], name: str) -> list[Cell]:
    texts = [_text(getattr(row, name)) for row in rows]
    if name in _PRICES:
        texts = [text if text.strip() else "" for text in pointed(texts)]
    return [Cell(COLUMNS[name], text, name in _NUMBERS) for text in texts]


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return money(value)
        case int():
            return f"{value:,}"
        case tuple():
            return ", ".join(value)
        case _:
            return str(value)


def address_of(provider: str, key: str, below: str = "") -> str:
    """The address of a model's page, or of something else of the model."""
    return f"{below}/models/{quote(provider, safe='')}/{quote(key)}"
