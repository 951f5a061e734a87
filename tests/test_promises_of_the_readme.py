"""That every promise of the README names the tests that keep it, and that these are there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
PROMISES = (
    (TESTS.parent / "README.md").read_text("utf-8").partition("## What is promised")[2].partition("\n## ")[0]
)


def test_every_promise_names_tests_that_are_there() -> None:
    there = {
        name
        for file in TESTS.rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
    rows = [line for line in PROMISES.splitlines() if line.startswith("| ") and "| kept by |" not in line]
    assert len(rows) > 10
    for row in rows:
        named = set(re.findall(r"`(test_\w+)`", row))
        assert named, row
        assert named <= there, named - there
