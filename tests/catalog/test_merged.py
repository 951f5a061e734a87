"""A value that an entry has by a merge key is overridden in the entry; one with a tag of its own is held."""

from __future__ import annotations

import pytest
import yaml

from workplace import Workplace, rows

DEFAULTS = """\
x-defaults: &defaults
  pricing: {input: 2, output: 8, note: shared}
  context_length: 1000
"""


@pytest.fixture
def shared(workplace: Workplace) -> Workplace:
    workplace.edit("providers:\n", f"{DEFAULTS}providers:\n")
    workplace.edit("      o3:\n", "      o3:\n        <<: *defaults   # as all\n")
    workplace.edit("        pricing: {input: 2, output: 8}   # one line is enough\n", "")
    workplace.team.commit_all("shared")
    return workplace


def test_a_merged_section_is_overridden_with_the_rest_as_it_is(shared: Workplace) -> None:
    shared.lists(*rows(o3="3"))
    assert shared.run("sync").code == 0
    values = ["          input: 3", "          output: 8", "          note: shared"]
    assert shared.diff() == [f"+{line}" for line in ("        pricing:", *values)]
    entry = yaml.safe_load(shared.openai.read_text())["providers"]["openai"]["models"]["o3"]
    assert (entry["pricing"]["input"], entry["context_length"]) == (3, 1000)
    assert shared.run("check", "--against", "main").code == 0
    assert "Nothing to do" in shared.run("sync").out


def test_a_key_of_a_section_that_merges_is_overridden_in_the_section(workplace: Workplace) -> None:
    workplace.edit("providers:\n", "x-prices: &prices {input: 2, output: 8}\nproviders:\n")
    workplace.edit("pricing: {input: 2, output: 8}   # one line", "pricing: {<<: *prices}   # one line")
    workplace.team.commit_all("shared")
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 0
    assert workplace.diff()[-1] == "+        pricing: {<<: *prices, input: 3}   # one line is enough"


def test_new_keys_stand_in_the_order_of_a_neighbours_own(shared: Workplace) -> None:
    shared.edit("        name: o1\n", "        name: o1\n        <<: *defaults\n")
    shared.team.commit_all("more")
    shared.lists(*({**one, "context_length": 2000} for one in rows()))
    shared.run("sync")
    assert "        name: o3\n        context_length: 2000\n" in shared.openai.read_text()


@pytest.mark.parametrize(("value", "held"), [("!price 2", True), ("!!float 2", False), ("!<!x> 2", True)])
def test_a_value_with_a_tag_of_somebodys_own_is_held(workplace: Workplace, value: str, held: bool) -> None:
    workplace.edit("{input: 2, output: 8}", f"{{input: {value}, output: 8}}")
    workplace.team.commit_all("tagged")
    workplace.lists(*rows(o3="3"))
    holds = workplace.run("sync", "--json").json["holds"]
    assert [hold["guard"] for hold in holds] == ["cannot be written"] * held
    assert (f"input: {value}," in workplace.openai.read_text()) is held
