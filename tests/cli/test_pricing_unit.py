"""A person reads prices in the unit of the catalog's own files; a program gets USD per 1M tokens."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import NamedTuple

import pytest

from modelsync.records import Plan
from modelsync.report import markdown
from workplace import Workplace, rows

FILES = ("catalog/providers/openai.yaml", "catalog/providers/anthropic.yaml")


class Unit(NamedTuple):
    """A unit, how many digits lower its prices are, and what is read of o3: the unit's name, old, new."""

    key: str
    digits: int
    name: str
    old: str
    new: str


UNITS = [
    Unit("per_1k_tokens", 3, "USD per 1K tokens", "0.002", "0.0015"),
    Unit("per_token", 6, "USD per token", "0.000002", "0.0000015"),
    Unit("per_1m_tokens", 0, "USD per 1M tokens", "2", "1.5"),
]


def priced_in(workplace: Workplace, unit: Unit, *, at: str = "") -> None:
    """State all prices in another unit, said in `sync.yaml`, or at each provider."""

    def price(match: re.Match[str]) -> str:
        return f"{match[1]}: {Decimal(match[2]).scaleb(-unit.digits):f}"

    for name in FILES:
        path = workplace.path / name
        text = re.sub(r"\b(input|output): ([\d.]+)", price, path.read_text())
        path.write_text(
            re.sub(r"^( +)(models:)", rf"\1unit: {unit.key}\n\1\2", text, flags=re.M) if at else text
        )
    if not at:
        config = workplace.path / "catalog/sync.yaml"
        config.write_text(f"pricing_unit: {unit.key}\n{config.read_text()}")
    workplace.team.commit_all("Prices are in another unit")


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("at", ["", "provider"])
def test_changes_are_read_in_the_unit_of_the_file(workplace: Workplace, unit: Unit, at: str) -> None:
    priced_in(workplace, unit, at=at)
    workplace.lists(*rows(o3="1.5", gpt_4o="0.01"))  # the second is held
    plain, as_json = workplace.run("plan"), json.loads(workplace.run("plan", "--json").out)
    assert f"(prices in {unit.name})" in plain.out
    assert f"openai/o3:pricing.input  {unit.old} → {unit.new}" in re.sub(" +→", " →", plain.out)
    saved = workplace.path / "plan.json"
    workplace.run("plan", "--out", saved)
    table = markdown(Plan.from_json(saved.read_bytes()))
    saved.unlink()
    assert f"Prices in {unit.name}." in table
    assert f"| {unit.old} | {unit.new} |" in table
    (field,) = as_json["changes"][0]["fields"]
    assert (field["old"], field["new"], field["unit"]) == ("2", "1.5", "USD per 1M tokens")
    workplace.run("sync")
    message = workplace.team.git("log", "-1", "--format=%B", "modelsync/openrouter")
    assert f"Prices in {unit.name}." in message
    assert re.search(rf"{re.escape(unit.old)} +→ +{re.escape(unit.new)}\b", message)


@pytest.mark.parametrize("unit", UNITS)
def test_what_is_kept_and_what_is_there_is_read_in_it_too(workplace: Workplace, unit: Unit) -> None:
    priced_in(workplace, unit)
    workplace.lists(*rows(o4_mini="1.5"))  # pinned at 1.1
    kept = f"{Decimal('1.1').scaleb(-unit.digits):f}"
    assert f"pricing.input stays {kept}; upstream says {unit.new} (pinned, neg" in workplace.run("plan").out
    assert f"prices in {unit.name}" in workplace.run("list").out
    assert f"{unit.old} {unit.name}" in workplace.run("show", "openai/o3").out


@pytest.mark.parametrize("unit", UNITS)
def test_the_past_is_read_in_it_too(workplace: Workplace, unit: Unit) -> None:
    priced_in(workplace, unit)
    workplace.lists(*rows(o3="1.5"))
    workplace.run("sync", "--no-branch")
    told = workplace.run("history", "openai/o3", "--svg", "o3.svg").out
    assert f"{unit.new} {unit.name}" in re.sub(" +", " ", told)
    assert f"openai/o3, {unit.name}<" in (workplace.path / "o3.svg").read_text()
