"""What the page reads: the index answers what filtering and sorting the release in plain Python would."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from modelsync.config import Place
from modelsync.jobs.serve import index, indexing
from modelsync.jobs.serve.index import Index
from modelsync.jobs.serve.table import SORTS, Page, Query, Row, row_of
from modelsync.records import PriceInterval, Release, ReleasedModel
from thorough import EXAMPLES

DAY = date(2026, 8, 1)
BEGIN, LATER = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)


def released(provider: str, key: str, values: dict[str, Any] | None = None, **more: Any) -> ReleasedModel:
    """A model by its name and fields, its prices as old as the catalog."""
    stated = {"model": key} | (values or {})
    prices = [interval(f"{provider}/{key}", *one) for one in stated.items() if one[0].startswith("pricing.")]
    given = {"upstream": {}, "prices": tuple(prices), "hidden": False, "local": False} | more
    return ReleasedModel(
        provider=provider,
        key=key,
        id=stated["model"],
        aliases=stated.get("aliases", ()),
        values=stated,
        **given,
    )


def interval(
    name: str, field: str, value: Any, since: datetime = BEGIN, until: datetime | None = None
) -> PriceInterval:
    return PriceInterval(name, field, value, since, until, BEGIN, BEGIN, "c" * 40, "openrouter")


def release(*models: ReleasedModel) -> Release:
    return Release("c" * 40, BEGIN, BEGIN, models)


def indexed(of: Release, folder: Path, day: date = DAY) -> Index:
    place = Place(folder / "catalog")
    indexing.write_of(of, place, day)
    opened = index.opened(place)
    assert opened
    return opened


# ---------------------------------------------------------------------------- the same in plain Python


def expected(of: Release, query: Query, day: date = DAY) -> Page:
    rows = [row for model in of.models if meets(row := row_of(model, day), query)]
    if query.sort:
        known = [row for row in rows if getattr(row, query.sort) is not None]
        known = sorted(known, key=lambda row: by(row, query.sort))
        rows = (known[::-1] if query.descending else known) + [
            row for row in rows if getattr(row, query.sort) is None
        ]
    elif query.descending:
        rows = rows[::-1]
    return Page(len(rows), tuple(rows[query.offset : query.offset + query.limit]))


def by(row: Row, sort: str) -> Any:
    value = getattr(row, sort)
    return (value.casefold(), value) if isinstance(value, str) else value


def meets(row: Row, query: Query) -> bool:
    names = [folded(name) for name in (row.provider, row.key, row.id, row.name or "", *row.aliases)]
    words = [word for name in names for word in (*pieces(name), "".join(pieces(name)))]
    return (
        all(any(word.startswith(sought) for word in words) for sought in pieces(folded(query.text)))
        and (not query.providers or row.provider in query.providers)
        and set(query.features) <= set(row.features)
        and (query.most_input is None or (row.input is not None and row.input <= query.most_input))
        and (query.most_output is None or (row.output is not None and row.output <= query.most_output))
        and (
            query.least_context is None
            or (row.context_length is not None and row.context_length >= query.least_context)
        )
        and (
            not query.availability
            or (query.availability == "unavailable") == (row.availability == "unavailable")
        )
    )


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def pieces(text: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", text) if word]


# ---------------------------------------------------------------------------- any catalog, any query

HOSTILE = (
    '"',
    "' OR 1=1 --",
    "a* NOT b",
    "NEAR(a b)",
    "{key}: x",
    "^gpt",
    "%",
    "_",
    "\x00",
    "); DROP TABLE model; --",
)
NAMES = st.sampled_from(
    ("gpt-4o", "GPT-4o mini", "claude_sonnet.4.5", "Ärger", "ärger", "模型-7b", "ﬁne", "a/b", "ß")
)
WORDS = NAMES | st.text(max_size=8) | st.sampled_from(HOSTILE)
PRICES = st.none() | st.sampled_from(
    [Decimal(text) for text in ("0", "0.1", "0.10", "0.1000000000000000055", "2.5", "1E-7", "1E+20", "3")]
)
FEATURES = st.lists(st.sampled_from(("chat", "vision", 'a"chat', "own\nword")), unique=True, max_size=3).map(
    tuple
)
COUNTS = st.none() | st.sampled_from((0, 1, 4096, 128_000, 2**63 - 1))
DATES = st.none() | st.sampled_from(("2024", "2024-05", "2025-07-01"))


@st.composite
def models(draw: st.DrawFn, name: tuple[str, str]) -> ReleasedModel:
    values = {
        "model": draw(WORDS),
        "name": draw(st.none() | WORDS),
        "aliases": draw(st.lists(WORDS, max_size=2).map(tuple)),
        "pricing.input": draw(PRICES),
        "pricing.output": draw(PRICES),
        "context_length": draw(COUNTS),
        "features": draw(FEATURES),
        "availability": draw(st.none() | st.sampled_from(("unavailable", "preview"))),
        "released": draw(DATES),
    }
    stated = {field: value for field, value in values.items() if value is not None}
    return released(*name, stated, hidden=draw(st.booleans()), local=draw(st.booleans()))


@st.composite
def releases(draw: st.DrawFn) -> Release:
    names = draw(
        st.lists(st.tuples(st.sampled_from(("openai", "Azure", "a/b", "")), WORDS), unique=True, max_size=8)
    )
    return release(*[draw(models(name)) for name in names])


QUERIES = st.builds(
    Query,
    text=st.lists(WORDS, max_size=2).map(" ".join),
    providers=st.lists(st.sampled_from(("openai", "Azure", "a/b", "none' --")), max_size=2).map(tuple),
    features=FEATURES,
    most_input=PRICES,
    most_output=PRICES,
    least_context=COUNTS,
    availability=st.sampled_from(("", "available", "unavailable")),
    sort=st.sampled_from(("", *SORTS)),
    descending=st.booleans(),
    offset=st.integers(0, 4),
    limit=st.integers(0, 9),
)


@settings(max_examples=max(EXAMPLES // 4, 10))
@given(releases(), st.lists(QUERIES, min_size=1, max_size=20))
def test_a_page_is_what_filtering_and_sorting_the_release_in_plain_python_gives(
    of: Release, queries: list[Query]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = indexed(of, Path(folder))
        for query in queries:
            assert made.page(query) == expected(of, query)
        for model in of.models:
            assert made.model(model.provider, model.key) == model
            assert made.page(Query(text=model.key, limit=99)) == expected(of, Query(text=model.key, limit=99))
