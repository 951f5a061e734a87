"""What has no pull request is said with what to type."""

from __future__ import annotations

import re
from datetime import date

import pytest
from report_samples import ATTACKS, HELD, full_report, plan

from modelsync.records import Dated, FieldChange, Guard, Hold, Report, Standing
from modelsync.report import dashboard_part, dashboard_rest

DAY = date(2026, 8, 22)
ROOM = 20_000
DECLINED = Hold("openai", "o3", FieldChange("context_length", 1, 2), Guard.DECLINED, "declined in #12")
OURS = (
    r"#{2,3} [A-Z`]|- `|\| |`{3,}(sh)?$|modelsync sync --accept '|Each stays|The same |Prices in|`[am]\w+[: ]"
)


def test_what_is_held_is_shown_with_the_command_that_lets_it_in() -> None:
    part = dashboard_part(full_report(command="modelsync sync --all --pr"), longest=ROOM)
    assert part.startswith("## `modelsync sync --all --pr`")
    assert "modelsync sync --all --pr --accept 'openai/gpt-5:pricing.input'" in part
    assert "gpt-4o" not in part  # it has a pull request


def test_what_people_declined_is_a_section_of_its_own() -> None:
    part = dashboard_part(Report(plan(holds=(HELD, DECLINED))), longest=ROOM)
    held, declined = part.split("### Declined")
    assert ("openai/gpt-5" in held, "openai/o3" in held) == (True, False)
    assert ("openai/gpt-5" in declined, "openai/o3" in declined) == (False, True)


def test_where_there_is_nothing_to_say_nothing_is_said() -> None:
    assert dashboard_part(Report(plan()), longest=ROOM) == ""
    assert dashboard_rest(Standing(), longest=ROOM) == ""


def test_each_section_says_what_its_day_means() -> None:
    one = (Dated("a/b", DAY, "why"),)
    text = dashboard_rest(Standing(one, one, one, one, one), longest=ROOM)
    assert re.findall("^- .*", text, flags=re.MULTILINE) == [
        "- `a/b`, since 2026-08-22: why",
        "- `a/b`, prune removes it from 2026-08-22 on: why",
        "- `a/b`, up to 2026-08-22: why",
        "- `a/b`, 2026-08-22: why",
        "- `a/b`, since 2026-08-22: why",
    ]


def test_nothing_is_longer_than_the_room_that_there_is() -> None:
    many = tuple(Hold("p", f"m{i}", HELD.change, Guard.PRICE_RATIO, f"reason {i}") for i in range(900))
    news = tuple(Dated(f"p/m{i}", DAY) for i in range(900))
    part = dashboard_part(Report(plan(holds=many)), longest=3_000)
    assert len(part) < 3_000
    assert "left out here, to fit" in part
    assert "… 870 more" in dashboard_rest(Standing(news=news), longest=3_000)


@pytest.mark.fault("hostile text", "Markdown and HTML on a page for review")
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_name_or_reason_begins_a_line_of_its_own(attack: str) -> None:
    one = (Dated(f"n{attack}", DAY, attack),)
    holds = (Hold("p", attack, FieldChange("context_length", 1, 2), Guard.PRICE_RATIO, attack),)
    for text in (
        dashboard_rest(Standing(one, one, one, one, one), longest=ROOM),
        dashboard_part(Report(plan(holds=holds)), longest=ROOM),
    ):
        assert [line for line in text.splitlines() if line and not re.match(OURS, line)] == []
