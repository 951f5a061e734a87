"""That every promise of docs/promises.md names the tests that keep it, and that these are there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
PROMISES = (TESTS.parent / "docs/promises.md").read_text("utf-8")


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
