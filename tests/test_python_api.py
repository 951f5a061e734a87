"""The catalog from Python: `import modelsync` is quick, and gives what the command line gives."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import modelsync
from modelsync.errors import UsageError
from workplace import Workplace, rows


@pytest.fixture
def told(workplace: Workplace) -> Workplace:
    """A catalog in which a run of 2026-03-05 gave o3 the price 2.2, and one of 2026-03-09 3.3."""
    workplace.team.git("commit", "-q", "--amend", "--no-edit", "--date=2026-02-28T12:00:00Z")
    for seconds, price in (("1772712000", "2.2"), ("1773057600", "3.3")):
        workplace.lists(*rows(o3=price))
        assert workplace.run("sync", "--no-branch", "--accept", "*", SOURCE_DATE_EPOCH=seconds).code == 0
    return workplace


def test_a_price_of_a_day_is_exact(told):
    catalog = modelsync.open(told.path / "catalog")
    answer = catalog.price("openai/o3", on=date(2026, 3, 6), input=1_200_000)
    assert answer.total == "2.64"
    assert catalog.price("openai/o3", on=date(2019, 1, 1), input=1).total is None
    with pytest.raises(UsageError, match="never had a model"):
        catalog.price("openai/o33")


def test_another_revision_knows_nothing_of_what_came_later(told):
    catalog = modelsync.open(told.path / "catalog")
    now, before = ({one.name: one for one in of.models()} for of in (catalog, catalog.at("HEAD~1")))
    assert (now["openai/o3"].values["pricing.input"], before["openai/o3"].values["pricing.input"]) == (
        Decimal("3.3"),
        Decimal("2.2"),
    )
    assert catalog.at("HEAD~1").price("openai/o3", on=date(2026, 3, 10), input=1_000_000).total == "2.2"


def test_a_log_costs_what_the_command_says(told):
    log = told.path / "log.csv"
    log.write_text("date,model,input_tokens\n2026-03-06,o3,1000000\n2026-03-09,o3,1000000\n")
    bill = modelsync.open(told.path / "catalog").cost(log)
    assert bill.total == Decimal("5.5")
    assert json.loads(told.run("cost", "log.csv", "--json").out)["total"] == "5.5"


def test_a_folder_without_a_catalog_is_named(tmp_path):
    with pytest.raises(UsageError):
        modelsync.open(tmp_path / "nothing")


@pytest.mark.parametrize("using", ["", "; modelsync.open('catalog').price('openai/o3', input=1)"])
def test_nothing_is_loaded_that_only_a_terminal_or_a_network_needs(told, using):
    script = f"import modelsync, sys{using}; print(*(name for name in sys.modules if name in sys.argv))"
    slow = ["click", "rich", "requests", "duckdb", "pyspark", "deepdiff"]
    if not using:
        slow += ["msgspec", "git", "ruamel.yaml", "pathlib", "typing_extensions"]
    command = [sys.executable, "-c", script, *slow]
    environment = {"PYTHONPATH": str(Path(modelsync.__file__).parents[1]), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(command, cwd=told.path, capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout.split() == []


def test_what_is_only_proposed_is_in_no_release(told):
    told.lists(*rows(o3="4.4"))
    assert told.run("sync", "--accept", "*").code == 0
    catalog = modelsync.open(told.path / "catalog")
    (model,) = [one for one in catalog.models() if one.name == "openai/o3"]
    assert model.values["pricing.input"] == Decimal("3.3")
