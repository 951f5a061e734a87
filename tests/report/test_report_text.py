"""Values and hostile text become one safe line."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from report_samples import hostile

from modelsync.errors import ModelsyncError
from modelsync.records import Tier, Unreadable, Window
from modelsync.report import text

ANYTHING = st.text(st.characters(exclude_categories=()))


@pytest.mark.fault("hostile text", "terminal escapes and bidirectional marks")
@given(ANYTHING)
def test_plain_text_holds_nothing_that_a_terminal_obeys(value: str) -> None:
    safe = text.plain(value)
    assert safe.isprintable()
    assert safe.encode().decode() == safe
    assert text.plain(safe) == safe


@given(st.text().filter(str.isprintable))
def test_harmless_text_stays_as_it_is(value: str) -> None:
    assert text.plain(value) == value


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\x1b[31m\n", r"a\x1b[31m\n"),
        ("\u202e\u2066\u200f", r"\u202e\u2066\u200f"),
        ("\x85\u2028\u2029", r"\x85\u2028\u2029"),
        ("\ud800", r"\ud800"),
        ("模型 é", "模型 é"),
    ],
)
def test_what_is_dangerous_is_seen_as_its_escape(raw: str, shown: str) -> None:
    assert text.plain(raw) == shown


def test_a_long_text_is_cut_before_it_is_escaped() -> None:
    assert text.brief("\x00" * 1_000_000, 10) == r"\x00" * 9 + "…"


LIVE = re.compile(
    r"(?:^|[^A-Za-z0-9_])@[A-Za-z0-9]|#\d|\bGH-\d|/issues/\d|\*NO_CI|<!--"
    r"|\[(?:skip ci|ci skip|no ci|skip actions)\]",
    re.IGNORECASE,
)


@given(hostile)
def test_defused_text_looks_the_same_and_does_nothing(value: str) -> None:
    safe = text.defused(value)
    assert not LIVE.search(safe)
    assert safe.replace("\u200b", "") == value.replace("\u200b", "")


def test_an_id_with_an_at_sign_can_still_be_copied() -> None:
    assert text.defused("claude-3-5-sonnet@20240620") == "claude-3-5-sonnet@20240620"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("3.0", "3"),
        ("0.30", "0.3"),
        ("3e-06", "0.000003"),
        ("1E+2", "100"),
        ("0", "0"),
        ("0.08333333333333333334", "0.08333333333333333334"),
        ("NaN", "NaN"),
        ("1e999999", "1E+999999"),
    ],
)
def test_money_is_shortest_plain_decimal(amount: str, shown: str) -> None:
    assert text.money(Decimal(amount)) == shown


@given(st.decimals(min_value=0, max_value=10**6, places=12))
def test_money_is_exact(amount: Decimal) -> None:
    assert Decimal(text.money(amount)) == amount


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (Decimal(3), Decimal("2.5"), "−16.7 %"),
        (128_000, 400_000, "+212.5 %"),
        (Decimal(1), Decimal(1000), "×1,000"),
        (Decimal("1.25"), Decimal("0.00125"), "÷1,000"),
        (Decimal(3), Decimal(0), "−100.0 %"),
        (Decimal(10000), Decimal(10001), "+<0.1 %"),
        (Decimal(0), Decimal(3), ""),
        (Decimal(-1), Decimal(3), ""),
        (Decimal("NaN"), Decimal(3), ""),
        (Decimal("1e-999999"), Decimal("1e999999"), ""),
        (UNSET, Decimal(3), ""),
        (True, 3, ""),
        ("2024-10", "2025-01", ""),
    ],
)
def test_a_difference_is_told_in_percent_or_by_its_factor(old: object, new: object, shown: str) -> None:
    assert text.difference(old, new) == shown


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("context_length", 1_048_576, "1,048,576"),
        ("context_length", Unreadable("128k\x07"), r"128k\x07"),
        ("pricing.input", Decimal("3.0"), "3"),
        ("pricing.input", None, "null"),
        ("pricing.input", UNSET, "—"),
        ("name", "", '""'),
        ("features", (), "none"),
        ("features", ("chat", "vision"), "chat, vision"),
        ("pricing.tiers", (Tier(200_000, {"input": Decimal(6)}),), "above 200,000: input 6"),
        ("custom", True, "true"),
    ],
)
def test_a_value_is_shown_as_its_kind(field: str, value: object, shown: str) -> None:
    assert text.shown(field, value) == shown


def test_words_are_told_as_gained_and_lost() -> None:
    assert text.words(("chat", "audio"), ("chat", "vision")) == "+vision −audio"
    assert text.words(UNSET, ("chat",)) == "+chat"


def test_only_the_tiers_and_prices_that_change_are_told() -> None:
    same, old = Tier(1, {"input": Decimal(1)}), Tier(200_000, {"input": Decimal(6), "output": Decimal(9)})
    new = Tier(200_000, {"input": Decimal(3), "output": Decimal(9)})
    more = Tier(1_000_000, {"input": Decimal(12)})
    assert list(text.steps((same, old), (same, new, more))) == [
        "above 200,000: input 6 → 3 (−50.0 %)",
        "+ above 1,000,000: input 12",
    ]
    assert list(text.steps((same, old), (same,))) == ["− above 200,000: input 6, output 9"]


def test_a_window_is_told_by_its_hours() -> None:
    window = Window("16:30", "00:30", {"input": Decimal("0.1")})
    assert list(text.steps(UNSET, (window,))) == ["+ 16:30–00:30 UTC: input 0.1"]


def test_an_error_says_what_where_and_what_to_do_on_safe_lines() -> None:
    error = ModelsyncError("bad\x1b[2J name", where="openai.yaml:3", advice="Do this:\n  or that.")
    assert text.problem(error) == "openai.yaml:3: bad\\x1b[2J name\n  Do this:\n    or that."


def test_one_of_a_long_list_is_never_left_out_alone() -> None:
    assert text.listed(["a", "b", "c"], 2, verbose=False) == "a, b, c"
    assert text.listed(["a", "b", "c", "d"], 2, verbose=False) == "a, b … 2 more"
    assert text.listed(["a", "b", "c", "d"], 2, verbose=True) == "a, b, c, d"
