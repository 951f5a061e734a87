"""What a report says, in which order, and how much of it."""

from __future__ import annotations

from decimal import Decimal
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from report_samples import CHANGED, FAILED, HELD, PINNED, REMOVED, added, full_plan, hostile, plan

from modelsync.records import Change, FieldChange, Hold, Notice
from modelsync.report import commit_message, markdown
from modelsync.report.added import table
from modelsync.report.held import held
from modelsync.report.rows import Block, rows
from modelsync.report.table import aligned, width
from modelsync.report.terminal import flat
from modelsync.report.view import subject, view


@pytest.mark.parametrize(
    ("sources", "changes", "holds", "line"),
    [
        (("openrouter",), (CHANGED, REMOVED, added("a", "b")), (HELD,), "openrouter: +1 ~1 -1 !1"),
        (("openrouter",), (CHANGED,), (), "openrouter: ~1"),
        (("groq", "openai"), (REMOVED,), (), "groq+openai: -1"),
        (("prune",), (REMOVED,), (), "prune: -1"),
        (("all",), (), (HELD,), "all: !1"),
        ((), (), (), "modelsync: no changes"),
        (
            ("openrouter", "aihubmix", "anthropic", "groq"),
            (),
            (),
            "openrouter+aihubmix+anthropic+groq: no changes",
        ),
        (("openrouter", "aihubmix", "anthropic", "deepinfra", "groq"), (CHANGED,), (), "5 sources: ~1"),
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


@pytest.mark.parametrize("field", ["added", "removed"])
def test_what_is_held_as_a_whole_is_worded_the_same_for_one_and_many(field: str) -> None:
    few, many = (view(plan(holds=tuple(holds(count, field=field)))).held for count in (1, 5))
    assert [len(few[0].keys), len(many[0].keys), few[0].blocks, many[0].blocks] == [1, 5, (), ()]
    assert few[0].title.endswith(" of 1 model")
    assert few[0].accept == (f"--accept 'mistral/removed_share-0:{field}'",)


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
    notices = [Notice("missing", f"id-{i}", "") for i in range(30)]
    topic = view(plan(notices=(PINNED, *notices, *notices))).topics[1]
    assert (topic.name, topic.count) == ("missing", 30)
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


def test_what_is_so_every_day_is_counted_until_all_is_asked_for() -> None:
    daily = [Notice(topic, f"id-{i}", "") for topic in ("drift", "unmapped", "variants") for i in range(3)]
    asking = [Notice(topic, "id", "") for topic in ("expired", "kept", "missing", "recorded", "waiting")]
    made = plan(notices=(*daily, *asking))
    short, long = view(made), view(made, verbose=True)
    assert short.standing == "3 drift, 3 unmapped, 3 variants"
    assert [topic.name for topic in short.topics] == [notice.topic for notice in asking]
    assert (long.standing, len(long.topics)) == ("", 8)


PROSE = "A model of many words, which say all that a vendor wants to be read of it."


def described(count: int, old: object = UNSET, new: object = PROSE) -> list[Change]:
    return [Change("update", "p", f"m{i}", (FieldChange("description", old, new),)) for i in range(count)]


@pytest.mark.parametrize(
    ("old", "new", "became"), [(UNSET, PROSE, "added"), (PROSE, None, "removed"), ("short", PROSE, "changed")]
)
def test_of_a_long_text_it_is_said_what_became_of_it(old: object, new: object, became: str) -> None:
    rows_of = [block.rows for block in view(plan(*described(2, old, new))).changed]
    assert [[(row.field, row.value) for row in found] for found in rows_of] == [[("description", became)]] * 2


def test_the_long_texts_of_many_models_are_counted_and_hide_no_other_change() -> None:
    both = Change("update", "p", "both", (*described(1)[0].fields, *CHANGED.fields))
    made = plan(*described(247), both, CHANGED)
    short, long = view(made), view(made, verbose=True)
    assert short.folded == ("description added in 248 models",)
    assert [block.name for block in short.changed] == ["p/both", "openai/gpt-4o"]
    assert "description" not in [row.field for row in short.changed[0].rows]
    assert (len(long.changed), long.folded) == (249, ())


def test_counted_texts_are_told_in_every_form() -> None:
    made = plan(*described(248))
    told = [" ".join(flat(made)), commit_message(made, run="r", digest="d"), markdown(made)]
    assert [text.count("description added in 248 models") for text in told] == [1, 1, 1]
    assert all(len(text) < 600 for text in told)


def worded(count: int, new: tuple[str, ...]) -> list[Change]:
    fields = (FieldChange("features", ("chat",), new),)
    return [Change("update", "p", f"m{i}", fields) for i in range(count)]


def test_words_that_many_models_only_gain_are_counted_and_lost_ones_are_shown() -> None:
    assert view(plan(*worded(4, ("chat", "vision")))).folded == ("features gain words in 4 models",)
    assert view(plan(*worded(3, ("chat", "vision")))).folded == ()
    assert len(view(plan(*worded(4, ("vision",)))).changed) == 4


def priced(key: str, old: str, new: str) -> Change:
    return Change("update", "p", key, (FieldChange("pricing.input", Decimal(old), Decimal(new)),))


def test_the_models_whose_prices_move_the_most_come_first_whichever_way() -> None:
    limit = Change("update", "p", "a", (FieldChange("context_length", 1000, 9000),))
    moves = [priced("b", "1", "2"), priced("c", "2", "0.4"), priced("d", "1", "3"), priced("e", "1", "0")]
    assert [block.name for block in view(plan(limit, *moves)).changed] == ["p/e", "p/c", "p/d", "p/b", "p/a"]


def test_a_long_id_is_shown() -> None:
    change = Change("update", "p", "m", (FieldChange("model", "a", "x" * 90),))
    assert view(plan(change)).changed[0].rows[0].after == "x" * 90


def test_hundreds_of_new_models_stay_readable() -> None:
    changes = [added(f"provider-{i % 4}", f"model-{i}") for i in range(421)]
    additions = view(plan(*changes)).added
    short, long = table(additions, verbose=False).rows, table(additions, verbose=True).rows
    assert len(short) == 4 * (1 + 10 + 1)
    assert short[11][0] == "  … 96 more"
    assert len(long) == 421 + 4


def test_a_few_new_models_are_all_shown() -> None:
    additions = view(plan(*(added("openai", f"model-{i}") for i in range(40)))).added
    assert len(table(additions, verbose=False).rows) == 41


def test_a_report_without_news_is_empty() -> None:
    assert view(plan()).is_empty
    assert view(plan(notices=(Notice("unmapped", "id", ""),))).is_empty
    assert not view(plan(failures=(FAILED,))).is_empty
    assert not view(full_plan()).is_empty


def test_the_width_of_a_text_is_what_a_terminal_takes() -> None:
    assert (width("abc"), width("模型"), width("e\u0301")) == (3, 4, 1)


def test_the_first_ids_by_which_many_models_are_followed_are_counted_and_other_ones_are_shown() -> None:
    def following(count: int, old: object) -> list[Change]:
        fields = (FieldChange("upstream.openrouter", old, "openai/o9"),)
        return [Change("update", "p", f"m{i}", fields) for i in range(count)]

    assert view(plan(*following(4, UNSET))).folded == ("upstream.openrouter added in 4 models",)
    assert view(plan(*following(3, UNSET))).folded == view(plan(*following(4, "openai/o8"))).folded == ()
