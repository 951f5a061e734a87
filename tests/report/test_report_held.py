"""What is printed to release a hold releases it."""

from __future__ import annotations

from decimal import Decimal

from modelsync.plan.accept import meant_by
from modelsync.records import ADDED, FieldChange, Guard, Hold
from modelsync.report.held import held
from modelsync.report.text import defused


def _holds(guard: Guard) -> list[Hold]:
    return [Hold("z", f"v/m{at}", FieldChange(ADDED, new=f"v/m{at}"), guard, "why") for at in range(4)]


def test_rows_that_want_one_place_are_released_each_alone() -> None:
    (group,) = held(_holds(Guard.KEY_COLLISION))
    assert group.accept == tuple(f"--accept 'z/v/m{at}:added'" for at in range(4))


def test_others_of_one_guard_are_released_together() -> None:
    (group,) = held(_holds(Guard.ZERO_SHARE))
    assert group.accept == ("--accept 'z/*:added'",)


def price(key: str, field: str, guard: Guard = Guard.PRICE_RATIO) -> Hold:
    return Hold(
        "openai", key, FieldChange(f"pricing.{field}", Decimal(1), Decimal(20)), guard, "20 times more"
    )


def test_the_prices_of_a_model_are_shown_and_released_together() -> None:
    (group,) = held([price("a", "input"), price("a", "output")])
    assert [row.field for block in group.blocks for row in block.rows] == ["pricing.input", "pricing.output"]
    assert (group.accept, group.reasons) == (
        ("--accept 'openai/a:pricing'",),
        ("price ratio: 20 times more",),
    )


def test_a_price_that_is_held_alone_is_released_by_its_own_name() -> None:
    (group,) = held([price("a", "input")])
    assert group.accept == ("--accept 'openai/a:pricing.input'",)


def test_one_pattern_for_several_models_means_no_hold_of_another_group() -> None:
    several = [price(key, field) for key in "abc" for field in ("input", "output")]
    assert held(several)[0].accept == ("--accept 'openai/*:pricing'",)
    groups = held([*several, price("d", "input", Guard.ZERO_PRICE)])
    assert groups[0].accept == tuple(f"--accept 'openai/{key}:pricing'" for key in "abc")


def test_what_cannot_be_written_names_nothing_that_would_release_it() -> None:
    assert held([price("a", "input", Guard.NOT_WRITABLE)])[0].accept == ()


def test_a_name_that_a_forge_would_read_is_a_glob_that_means_just_it() -> None:
    hold = Hold("cf", "@cf/meta/llama#3", FieldChange("context_length", 9, 1), Guard.SHRINKING_LIMIT, "why")
    (option,) = held([hold])[0].accept
    assert option == "--accept 'cf/[@]cf/meta/llama[#]3:context_length'"
    assert defused(option) == option
    assert meant_by([option.removeprefix("--accept '").rstrip("'")], hold.name)
