"""Lists under `opinions:` are asked in the same run, hold what they contradict, and never have to answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fault_server import reply
from workplace import Workplace, rows

MORE = """\
opinions: [prices]
batch: {delay: 0}
"""


def listed(**prices: float) -> bytes:
    """genai-prices' list of one model of OpenAI's."""
    models = [{"id": "o3", "prices": {f"{name}_mtok": price for name, price in prices.items()}}]
    return json.dumps([{"id": "openai", "models": models}]).encode()


@pytest.fixture
def opinionated(workplace: Workplace) -> Workplace:
    workplace.configure(MORE)
    address = workplace.server.at("/prices", reply(listed(input=2, output=8)))
    source = f"  prices: {{enabled: false, transformer: genai-prices, endpoints: [{{url: '{address}'}}]}}\n"
    workplace.edit("fields:", f"{source}fields:", "catalog/sync.yaml")
    workplace.team.commit_all("An opinion is asked")
    return workplace


def prices_of(ran: Any) -> dict[str, Any]:
    return {field["field"]: field["new"] for change in ran.json["changes"] for field in change["fields"]}


def test_what_a_list_contradicts_is_held_with_its_values(opinionated: Workplace) -> None:
    opinionated.lists(*rows(o3="1"))
    ran = opinionated.run("sync")
    assert "held: second opinion: prices says input 2, output 8" in ran.out
    assert "input: 2" in opinionated.openai.read_text()


def test_what_a_list_confirms_is_written_and_counted(opinionated: Workplace) -> None:
    opinionated.lists(*rows(o3="1"))
    opinionated.server.at("/prices", reply(listed(input=1, output=8)))
    ran = opinionated.run("sync", "--json")
    assert prices_of(ran)["pricing.input"] == "1"
    assert ran.json["opinions"] == [{"name": "openai/o3:pricing.input", "confirmed_by": ["prices"]}]


def test_a_list_that_fails_stops_nothing_and_is_named(opinionated: Workplace) -> None:
    opinionated.lists(*rows(o3="1"))
    opinionated.server.at("/prices", reply(b"{}", status=404))
    ran = opinionated.run("sync", "--json")
    assert (ran.code, ran.json["failures"], prices_of(ran)["pricing.input"]) == (0, [], "1")
    assert [notice["subject"] for notice in ran.json["notices"] if notice["topic"] == "not heard"] == [
        "prices"
    ]


def test_a_list_of_which_only_the_opinion_is_asked_adds_nothing_by_itself(opinionated: Workplace) -> None:
    opinionated.server.at(
        "/prices", reply(json.dumps([{"id": "openai", "models": [{"id": "new", "prices": {}}]}]).encode())
    )
    assert opinionated.run("sync", "--all", "--json").json["changes"] == []
    named = opinionated.run("plan", "prices", "--json").json
    assert [f"{change['provider']}/{change['key']}" for change in named["changes"]] == ["openai/new"]


def test_prune_asks_for_no_opinion(opinionated: Workplace) -> None:
    opinionated.run("prune")
    assert [asked.path for asked in opinionated.server.asked] == ["/models"]


def test_show_and_list_say_what_other_lists_made_of_a_value(opinionated: Workplace) -> None:
    opinionated.server.at("/prices", reply(listed(input=2, output=9)))
    assert "prices says" not in opinionated.run("show", "openai/o3").out  # nobody was heard yet
    day = {"SOURCE_DATE_EPOCH": "1773100800"}  # 2026-03-10
    opinionated.run("sync", **day)
    out = opinionated.run("show", "openai/o3").out
    assert "confirmed by prices (2026-03-10)" in out
    assert "prices says 9 (2026-03-10)" in out
    shown = opinionated.run("show", "openai/o3", "--json").json["opinions"]
    assert [(one["field"], one["value"], one["agrees"]) for one in shown] == [
        ("pricing.input", "2", True),
        ("pricing.output", "9", False),
    ]
    assert "1 contradicts" in opinionated.run("list", "openai").out
    (o3,) = [one for one in opinionated.run("list", "--json").json["models"] if one["model"] == "openai/o3"]
    assert o3["opinions"] == shown


def test_what_a_person_changes_is_held_against_what_was_heard(opinionated: Workplace) -> None:
    opinionated.run("sync")
    assert "1 confirms" in opinionated.run("list", "openai").out
    opinionated.edit("{input: 2, output: 8}", "{input: 3, output: 8}")
    assert "prices says 2 (" in opinionated.run("show", "openai/o3").out
    (opinionated.path / ".modelsync/opinions.json").write_text("{")
    assert opinionated.run("show", "openai/o3").code == 0


def test_what_a_list_stated_is_remembered_by_the_next_run(opinionated: Workplace) -> None:
    opinionated.run("sync", SOURCE_DATE_EPOCH="1773100800")
    opinionated.lists(*rows(o3="1"))
    after_59, after_60 = (
        opinionated.run("plan", "--no-cache", "--json", SOURCE_DATE_EPOCH=moment).json["holds"]
        for moment in ("1778198400", "1778284800")
    )
    assert [hold["guard"] for hold in after_59] == ["second opinion"]
    assert after_60 == []
