"""What a report says, in which order, and how much of it."""

from __future__ import annotations

from decimal import Decimal
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from report_samples import CHANGED, FAILED, HELD, PINNED, REMOVED, added, full_plan, hostile, plan

from sync.records import FieldChange, Hold, Notice
from sync.report.added import table
from sync.report.align import aligned, width
from sync.report.held import held
from sync.report.rows import Block, rows
from sync.report.view import subject, view


@pytest.mark.parametrize(
    ("sources", "changes", "holds", "line"),
    [
        (("openrouter",), (CHANGED, REMOVED, added("a", "b")), (HELD,), "openrouter: +1 ~1 -1 !1"),
        (("openrouter",), (CHANGED,), (), "openrouter: ~1"),
        (("groq", "openai"), (REMOVED,), (), "groq+openai: -1"),
        (("prune",), (REMOVED,), (), "prune: -1"),
        (("all",), (), (HELD,), "all: !1"),
        ((), (), (), "modelsync: no changes"),
    ],
)
def test_the_subject_counts_what_there_is(sources, changes, holds, line) -> None:  # type: ignore[no-untyped-def]
    assert subject(plan(*changes, sources=sources, holds=holds)) == line


@given(st.lists(hostile, min_size=1))
def test_the_subject_is_one_line_that_git_takes_as_text(names: list[str]) -> None:
    line = subject(plan(sources=tuple(names)))
    assert line.isprintable()
    assert line[0] not in "#;@! "
    assert not line.startswith(("fixup!", "squash!", "amend!"))


def test_a_price_that_falls_and_a_limit_that_grows_are_better() -> None:
    falls, rises = (FieldChange("pricing.input", Decimal(2), Decimal(n)) for n in (1, 3))
    grows = FieldChange("context_length", 1000, 2000)
    assert [rows(change)[0].better for change in (falls, rises, grows)] == [True, False, True]


def test_a_price_per_call_says_so() -> None:
    row = rows(FieldChange("pricing.web_search", UNSET, Decimal("0.01")))[0]
    assert row.value == "— → 0.01  per call"


def test_points_arrows_and_differences_stand_in_line() -> None:
    changes = [
        ("pricing.input", "3", "2.5"),
        ("pricing.output", "15", "10"),
        ("pricing.reasoning", "0.25", "1"),
    ]
    every = tuple(rows(FieldChange(name, Decimal(old), Decimal(new)))[0] for name, old, new in changes)
    lines = [f"{row.field}  {row.value}" for row in aligned([Block("m", every)])[0].rows]
    assert lines == [
        "pricing.input       3    →  2.5   −16.7 %",
        "pricing.output     15    → 10     −33.3 %",
        "pricing.reasoning   0.25 →  1    +300.0 %",
    ]


def holds(count: int, guard: str = "removed_share", field: str = "removed") -> list[Hold]:
    return [Hold("mistral", f"{guard}-{i}", FieldChange(field), guard, "too many") for i in range(count)]


def test_many_holds_of_one_guard_are_released_by_one_pattern() -> None:
    group = held(holds(5))[0]
    assert group.accept == ("--accept 'mistral/*:removed'",)
    assert group.title == "mistral: removal of 5 models"
    assert group.reasons == ("removed_share: too many",)


def test_a_pattern_never_releases_the_holds_of_another_guard() -> None:
    groups = held([*holds(3), *holds(3, "other")])
    assert [len(group.accept) for group in groups] == [3, 3]


@given(hostile, hostile)
def test_an_option_releases_the_hold_that_it_stands_below(provider: str, key: str) -> None:
    hold = Hold(provider, key, FieldChange("pricing.input"), "g", "r")
    option = held([hold])[0].accept[0]
    assert option.isprintable()
    if hold.name.isprintable():
        pattern = option.removeprefix("--accept '")[:-1].replace("'\\''", "'")
        assert fnmatchcase(hold.name, pattern)


def test_notices_are_grouped_counted_and_cut() -> None:
    notices = [Notice("unmapped", f"id-{i}", "") for i in range(30)]
    topic = view(plan(notices=(PINNED, *notices))).topics[1]
    assert (topic.name, topic.count) == ("unmapped", 30)
    assert topic.lines(verbose=False) == [("id-0, id-1, id-2, id-3, id-4 … 25 more", "")]
    assert topic.lines(verbose=True)[0][0].endswith("id-28, id-29")


def test_what_is_said_of_several_comes_before_them() -> None:
    notices = tuple(Notice("missing", name, "no longer listed") for name in ("a", "b"))
    assert view(plan(notices=notices)).topics[0].lines(verbose=False) == [("no longer listed", "a, b")]


def test_notices_that_each_say_something_else_are_cut_too() -> None:
    notices = tuple(Notice("kept", f"id-{i}", f"reason {i}") for i in range(30))
    lines = view(plan(notices=notices)).topics[0].lines(verbose=False)
    assert lines[-1] == ("… 25 more", "")
    assert len(lines) == 6


def test_hundreds_of_new_models_stay_readable() -> None:
    changes = [added(f"provider-{i % 4}", f"model-{i}") for i in range(421)]
    additions = view(plan(*changes)).added
    short, long = table(additions, verbose=False), table(additions, verbose=True)
    assert len(short) == 4 * (1 + 10 + 1)
    assert short[11].cells[0] == "  … 96 more"
    assert len(long) == 421 + 4


def test_a_few_new_models_are_all_shown() -> None:
    additions = view(plan(*(added("openai", f"model-{i}") for i in range(40)))).added
    assert len(table(additions, verbose=False)) == 41


def test_a_report_without_news_is_empty() -> None:
    assert view(plan()).is_empty
    assert not view(plan(failures=(FAILED,))).is_empty
    assert not view(full_plan()).is_empty


def test_the_width_of_a_text_is_what_a_terminal_takes() -> None:
    assert (width("abc"), width("模型"), width("e\u0301")) == (3, 4, 1)
