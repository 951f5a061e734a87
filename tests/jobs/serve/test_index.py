"""What the page reads: the index answers what filtering and sorting the release in plain Python would."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelsync.config import Place
from modelsync.disk import files
from modelsync.errors import UsageError
from modelsync.jobs.serve import index, indexing, marks
from modelsync.jobs.serve.index import Index
from modelsync.jobs.serve.indexing import Reviewed
from modelsync.jobs.serve.table import SORTS, Page, Query, Row, row_of
from modelsync.records import PriceInterval, Release, ReleasedModel, Tier, Usage, Variant, Window
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
    files.own_folder(place.state)
    indexing.put(place, Reviewed(of), day)
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
    else:
        if pieces(folded(query.text)):
            rows.sort(key=lambda row: len(row.key))
        rows = rows[::-1] if query.descending else rows
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
PROVIDERS = st.sampled_from(("openai", "Azure", "a/b", "", "none' --"))
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
        st.lists(
            st.tuples(st.sampled_from(("openai", "Azure", "a/b", "")), WORDS),
            unique=True,
            min_size=2,
            max_size=8,
        )
    )
    return release(*[draw(models(name)) for name in names])


NOTHING = st.just(())
QUERIES = st.builds(
    Query,
    text=st.just("") | WORDS | st.sampled_from(("gpt", "a", "4o gp", "son cl")),
    providers=NOTHING
    | st.lists(st.sampled_from(("openai", "Azure", "a/b", "none' --")), max_size=2).map(tuple),
    features=NOTHING | FEATURES,
    most_input=st.none() | PRICES,
    most_output=st.none() | PRICES,
    least_context=st.none() | COUNTS,
    availability=st.sampled_from(("", "", "available", "unavailable")),
    sort=st.sampled_from(("", *SORTS)),
    descending=st.booleans(),
    offset=st.just(0) | st.integers(0, 4),
    limit=st.integers(0, 9),
)


@settings(max_examples=max(EXAMPLES // 4, 10))
@given(releases(), st.lists(QUERIES, min_size=20, max_size=40))
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


@cache
def large() -> tuple[Release, Index]:
    """A catalog in which what some words begin with is at most models, and what others do at few."""
    of = release(*(_numbered(number) for number in range(2 * marks.RARE + 7)))
    with tempfile.TemporaryDirectory() as folder:
        return of, indexed(of, Path(folder))


def _numbered(number: int) -> ReleasedModel:
    stated = {
        "name": f"Model {number}" if number % 3 else None,
        "pricing.input": Decimal(number % 17) / 10 if number % 5 else None,
        "context_length": number * 1000,
        "features": ("chat", "vision")[: number % 3],
        "availability": None if number % 7 else "unavailable",
    }
    values = {field: value for field, value in stated.items() if value is not None}
    return released(("openai", "Azure")[number % 2], f"gpt-{number}-mini", values)


@given(
    st.builds(
        Query,
        text=st.lists(
            st.sampled_from(
                ("g", "gpt", "gpt1", "gpt12", "gpt123m", "1", "12", "min", "mod", "o", "azure", "x")
            ),
            max_size=3,
        ).map(" ".join),
        providers=NOTHING | st.just(("openai",)),
        features=NOTHING | st.just(("chat",)) | st.just(("vision", "chat")),
        most_input=st.none() | st.sampled_from((Decimal("0.7"), Decimal(9))),
        least_context=st.none() | st.just(1_000_000),
        availability=st.sampled_from(("", "available", "unavailable")),
        sort=st.sampled_from(("", "key", "name", "input")),
        descending=st.booleans(),
        offset=st.sampled_from((0, 1, 500, 1999)),
        limit=st.sampled_from((1, 50)),
    )
)
def test_what_many_models_have_is_found_counted_and_sorted_as_what_few_have(
    query: Query,
) -> None:
    of, made = large()
    assert made.page(query) == expected(of, query)


# ---------------------------------------------------------------------------- one promise each


def keys(made: Index, **asked: Any) -> list[str]:
    return [row.key for row in made.page(Query(**asked)).rows]


def priced(key: str, price: str | None, provider: str = "openai", **more: Any) -> ReleasedModel:
    values = {} if price is None else {"pricing.input": Decimal(price)}
    return released(provider, key, values | more.pop("values", {}), **more)


def test_prices_sort_to_the_last_digit_and_what_is_not_known_is_last_both_ways(tmp_path: Path) -> None:
    made = indexed(
        release(
            priced("unknown", None),
            priced("more", "0.10000000000000000001"),
            priced("less", "0.1"),
            priced("free", "0"),
            priced("dear", "75"),
        ),
        tmp_path,
    )
    assert keys(made, sort="input") == ["free", "less", "more", "dear", "unknown"]
    assert keys(made, sort="input", descending=True) == ["dear", "more", "less", "free", "unknown"]
    assert keys(made, most_input=Decimal("0.1")) == ["less", "free"]
    assert made.page(Query(text="unknown")).rows[0].input is None


def test_a_model_is_found_by_what_begins_its_words_however_they_are_parted(tmp_path: Path) -> None:
    sonnet = released(
        "anthropic",
        "claude-sonnet-4.5",
        {"model": "claude-sonnet-4-5-20250929", "name": "Claude Sönnet", "aliases": ("newest",)},
    )
    made = indexed(release(sonnet, priced("gpt-4o", "2"), priced("gpt-4o-mini", "1")), tmp_path)
    for text in ("son clau", "CLAUDE 4.5", "20250929", "anthropic/claude", "newe", "SÖNNET"):
        assert keys(made, text=text) == ["claude-sonnet-4.5"], text
    assert keys(made, text="gpt4") == keys(made, text="4o open") == ["gpt-4o", "gpt-4o-mini"]
    assert keys(made, text="onnet") == keys(made, text="claude gpt") == []


def test_of_what_words_find_the_shortest_key_is_first(tmp_path: Path) -> None:
    names = ("gpt-4o-mini-2024-07-18", "gpt-4o-mini", "gpt-4o")
    made = indexed(release(*(priced(name, "1") for name in names)), tmp_path)
    assert keys(made, text="gpt-4o") == ["gpt-4o", "gpt-4o-mini", "gpt-4o-mini-2024-07-18"]
    assert keys(made) == list(names)


def test_a_model_comes_back_whole(tmp_path: Path) -> None:
    whole = released(
        "a/b",
        "c",
        {
            "aliases": ("d",),
            "description": "x" * 10_000,
            "context_length": None,
            "pricing.tiers": (Tier(200_000, {"input": Decimal("0.10")}),),
            "pricing.windows": (Window("16:30", "00:30", {"input": Decimal("1E-7")}),),
            "pricing.variants": (Variant({"service_tier": "batch"}, {"factor": Decimal("0.5")}),),
        },
        upstream={"openrouter": "a/c"},
        hidden=True,
        local=True,
        own={"team": ["search", 1 << 70, Decimal("1E-7"), None, {"x": Decimal("NaN").copy_abs()}]},
    )
    made = indexed(release(whole, released("a", "b/c")), tmp_path)
    model = made.model("a/b", "c")
    assert (str(model), model and model.own["team"][:4]) == (str(whole), whole.own["team"][:4])
    assert made.model("a", "b/c") == released("a", "b/c")
    assert made.model("a", "c") is made.model("\ud800", "c") is None
    assert keys(made, text="a/b") == ["c", "b/c"]
    assert [(row.hidden, row.local) for row in made.page(Query()).rows] == [(True, True), (False, False)]


def test_the_offers_of_a_model_are_those_of_the_same_id_or_of_what_they_follow(tmp_path: Path) -> None:
    first = priced(
        "gpt-4o", "2", values={"model": "gpt-4o-2024-08-06"}, upstream={"openrouter": "openai/gpt-4o"}
    )
    others = (
        priced("gpt4", "3", "azure", upstream={"openrouter": "openai/gpt-4o"}),
        priced("x", "4", "router", values={"model": "openai/GPT-4o-2024-08-06"}),
        priced("gpt-4o", "5", "elsewhere", values={"model": "gpt-4o-mini"}),
        priced("o1", "6", values={"model": "---"}),
    )
    made = indexed(release(first, *others), tmp_path)
    assert [(row.provider, row.input) for row in made.offers(first)] == [("azure", 3), ("router", 4)]
    assert [row.provider for row in made.offers(others[0])] == ["openai"]
    assert made.offers(others[3]) == ()


def test_an_announced_price_counts_from_its_day_on_and_an_index_until_then(
    tmp_path: Path,
) -> None:
    prices = (
        interval("openai/o9", "pricing.input", Decimal(3), BEGIN, LATER),
        interval("openai/o9", "pricing.input", Decimal(4), LATER),
    )
    of = release(released("openai", "o9", {"pricing.input": Decimal(4)}, prices=prices))
    made = indexed(of, tmp_path)
    assert made.page(Query()).rows[0].input == 3
    days = [date(2026, 7, 31), DAY, date(2026, 8, 31), LATER.date()]
    assert [made.is_of("c" * 40, day) for day in days] == [False, True, True, False]
    assert not made.is_of("d" * 40, DAY)
    later = indexed(of, tmp_path, LATER.date())
    assert later.page(Query()).rows[0].input == 4
    assert later.is_of("c" * 40, date(2030, 1, 1))


def test_what_usage_cost_on_a_day_is_reckoned_from_the_prices_of_that_day(tmp_path: Path) -> None:
    prices = (
        interval("a/b/o9", "pricing.input", Decimal(3), BEGIN, LATER),
        interval("a/b/o9", "pricing.input", Decimal(4), LATER),
    )
    of = Release("c" * 40, BEGIN, BEGIN, (released("a/b", "o9", prices=prices),), ("since spring",))
    made, usage = indexed(of, tmp_path), Usage(input=1_000_000)
    answers = [made.price("a/b/o9", day, usage) for day in (BEGIN.date(), LATER.date())]
    assert [(one.total, one.notices) for one in answers if one] == [("3", of.notices), ("4", of.notices)]
    assert made.price("a/b/o9", date(2020, 1, 1), usage) is made.price("a/o9", DAY, usage) is None


def test_facets_count_every_provider_and_every_feature_once_per_model(tmp_path: Path) -> None:
    made = indexed(
        release(
            priced("b", "1", values={"features": ("chat", "vision", "chat")}),
            priced("a", "1", values={"features": ("chat",)}),
            priced("a", "1", "azure"),
        ),
        tmp_path,
    )
    facets = made.facts.facets
    assert facets.models == 3
    assert [(one.word, one.models) for one in facets.providers] == [("azure", 1), ("openai", 2)]
    assert [(one.word, one.models) for one in facets.features] == [("chat", 2), ("vision", 1)]


def test_an_empty_catalog_has_an_index_too(tmp_path: Path) -> None:
    assert indexed(release(), tmp_path).page(Query(text="a", sort="input")) == Page(0, ())


@pytest.mark.parametrize("sort", ["input; DROP TABLE model", "facts", "id DESC"])
def test_nothing_is_sorted_by_what_is_no_column_of_the_table(tmp_path: Path, sort: Any) -> None:
    made = indexed(release(priced("a", "1")), tmp_path)
    with pytest.raises(UsageError, match="cannot be sorted"):
        made.page(Query(sort=sort))


def test_absurd_numbers_in_a_query_are_no_error_but_for_what_is_no_number(tmp_path: Path) -> None:
    made = indexed(release(priced("a", "1", values={"context_length": 1})), tmp_path)
    assert keys(made, offset=-5, limit=10**30) == ["a"]
    assert keys(made, offset=10**30) == keys(made, limit=-1) == keys(made, least_context=10**30) == []
    assert keys(made, most_input=Decimal("Infinity")) == ["a"]
    with pytest.raises(UsageError, match="a limit is a number"):
        made.page(Query(most_output=Decimal("NaN")))


def test_any_number_of_words_may_be_sought_and_of_providers_and_features_named(tmp_path: Path) -> None:
    made = indexed(release(priced("a", "1", values={"features": ("chat",)})), tmp_path)
    many = tuple(map(str, range(5000)))
    assert keys(made, text="a " * 5000) == keys(made, providers=("openai", *many)) == ["a"]
    assert keys(made, text=" ".join(many)) == keys(made, features=("chat", *many)) == []


def test_threads_share_an_index(tmp_path: Path) -> None:
    made = indexed(release(*(priced(f"m{number}", str(number)) for number in range(50))), tmp_path)
    with ThreadPoolExecutor(8) as threads:
        pages = threads.map(lambda number: keys(made, text=f"m{number}", limit=1), range(50))
    assert list(pages) == [[f"m{number}"] for number in range(50)]
