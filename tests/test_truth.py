"""The shipped prices beside lists that others keep: what docs/truth.md says of them is so."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cache
from itertools import permutations
from pathlib import Path

import pytest

from bench import opinions, truth

ROOT = Path(__file__).parents[1]
LISTS = truth.lists_in(ROOT / "bench/truth")


@cache
def shipped() -> list[truth.Price]:
    return list(truth.prices_of(ROOT / "catalog", LISTS))


@cache
def table_of_opinions() -> tuple[str, ...]:
    return tuple(opinions.table(LISTS))


def price(value: str, **stated: str) -> truth.Price:
    lists = {name: Decimal(text) for name, text in stated.items()}
    return truth.Price(("openai", "gpt-4o", "input"), Decimal(value), lists)


def test_of_the_shipped_prices_that_are_known_98_of_100_are_right() -> None:
    known = [one for one in shipped() if one.known]
    assert len(known) > 350
    assert sum(one.is_right for one in known) >= 0.98 * len(known)


def test_the_documented_table_is_the_one_that_is_computed() -> None:
    assert "\n".join(truth.table(shipped())) in (ROOT / "docs/truth.md").read_text()


def test_a_price_is_known_by_two_lists_and_right_by_one_of_those_values() -> None:
    assert not price("2.5", a="2.5").known
    assert not price("2.5", a="2.5", b="3").known
    assert price("2.5", a="2.5", b="2.501").is_right
    assert not price("3", a="2.5", b="2.5", c="3").is_right


def test_what_second_opinions_do_is_documented_as_it_is_computed() -> None:
    assert "\n".join(table_of_opinions()) in (ROOT / "docs/truth.md").read_text()


def test_second_opinions_let_in_a_sixth_of_the_wrong_prices_at_most() -> None:
    *_, total = (line.split("|")[2:-1] for line in table_of_opinions())
    counts = dict(zip(opinions.COLUMNS, map(int, total), strict=True))
    assert 6 * counts["wrongly written"] <= counts["wrongly written without opinions"]


def test_what_no_asked_list_knows_is_all_that_is_written_wrongly() -> None:
    for catalog, source in permutations(LISTS.keys() - set(opinions.OPINIONS), 2):
        counts = Counter(opinions.verdicts(LISTS, catalog, source))
        assert counts["wrongly written"] <= counts["not known"]


@pytest.mark.parametrize(("price", "code"), [("2.5", 0), ("3", 1)])
def test_a_catalog_that_is_short_of_the_aim_ends_in_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, price: str, code: int
) -> None:
    (tmp_path / "providers").mkdir()
    text = f"providers: {{openai: {{models: {{x: {{model: gpt-4o, pricing: {{input: {price}}}}}}}}}}}\n"
    (tmp_path / "providers/openai.yaml").write_text(text)
    monkeypatch.setattr("sys.argv", ["truth", "--catalog", str(tmp_path)])
    assert truth.main() == code
