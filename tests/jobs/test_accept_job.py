"""`accept`: the rule lets through what is held now, no other value, and says so in the commit."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from fault_server import reply
from workplace import row, rows

HELD = "openai/o3:pricing.input"


def rules(workplace: Any) -> list[dict[str, Any]]:
    return yaml.safe_load((workplace.path / "catalog/sync.yaml").read_text()).get("accept", [])


def accept(workplace: Any, name: str, *more: str) -> Any:
    return workplace.run("accept", name, *more)


@pytest.mark.parametrize("name", [HELD, "openai/o3:pricing", "openai/*:pricing.*", "*"])
@pytest.mark.parametrize("more", ["", "accept:\n", "accept:  # ours\n  - {model: a/b, field: removed}\n"])
def test_the_value_that_is_held_is_let_through_by_the_next_run_and_by_the_second_look(workplace, name, more):
    workplace.configure(more)
    workplace.lists(*rows(o3="200"))
    assert accept(workplace, name, "--reason", "their page: 'May'").code == 0
    assert rules(workplace)[-1] == {
        "model": "openai/o3", "field": "pricing.input", "value": 200, "reason": "their page: 'May'"
    }  # fmt: skip
    workplace.team.commit_all("accepted")
    assert workplace.run("sync", "--no-branch").code == 0
    message = " ".join(workplace.team.git("log", "-1", "--format=%B").split())
    assert "overridden guard" in message
    assert "price ratio: 100 times more; let through by `accept:` their page: 'May'" in message
    assert workplace.run("check", "--against", "HEAD~1").code == 0


def test_another_value_is_held_again_and_accepted_in_its_place(workplace):
    for price in ("200", "300"):
        workplace.lists(*rows(o3=price))
        assert workplace.run("sync", "-n", "--fail-on-held").code == 4
        accept(workplace, HELD, "--no-cache")
        assert [str(rule["value"]) for rule in rules(workplace)] == [price]
    before = workplace.state()
    said = accept(workplace, HELD, "--no-cache")
    assert "is accepted so already" in said.out
    assert workplace.state() == before


@pytest.mark.parametrize(
    ("field", "listed", "value"),
    [
        ("context_length", {"context_length": 9}, 9),
        (
            "pricing.tiers",
            {"pricing": {"overrides": [{"min_prompt_tokens": 9, "prompt": "1", "completion": "1"}]}},
            [{"above": 9, "input": 1000000, "output": 1000000}],
        ),
    ],
)
def test_values_of_other_kinds_are_let_through_as_well(workplace, field, listed, value):
    of = row("openai/gpt-4o", "2.5", "10")
    of |= {**listed, "pricing": {**of["pricing"], **listed.get("pricing", {})}}
    workplace.lists(*[one for one in rows() if one["id"] != of["id"]], of)
    assert accept(workplace, f"openai/gpt-4o:{field}").code == 0
    assert [rule["value"] for rule in rules(workplace)] == [value]
    assert not [hold for hold in workplace.run("plan", "--json").json["holds"] if hold["field"] == field]


def test_a_removal_is_let_through_without_a_value(workplace):
    workplace.lists(*rows(o3=None, o1=None, o4_mini=None, gpt_4o=None))
    assert accept(workplace, "openai/o3:removed").code == 0
    assert rules(workplace) == [{"model": "openai/o3", "field": "removed"}]


def test_where_the_list_gives_no_answer_nobody_says_that_nothing_is_held(workplace):
    workplace.answers(reply(status=404))
    ran = accept(workplace, HELD)
    assert ran.code == 7
    assert "openrouter gave no list, so that nobody knows what is held" in ran.err
    assert rules(workplace) == []


def test_a_name_by_which_nothing_is_held_is_an_error_that_names_the_nearest(workplace):
    workplace.lists(*rows(o3="200"))
    said = accept(workplace, "openai/o3:pricing.inputs")
    assert said.code == 2
    assert f"did you mean {HELD}?" in said.err
    assert rules(workplace) == []
