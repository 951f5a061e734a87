"""The record of native ids takes what a vendor's own list has, and keeps what it had."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.record_ids import record
from modelsync.plan.mapping.native import FILE


@pytest.mark.parametrize(("rows", "key"), [("data", "id"), ("models", "name")])
def test_new_ids_stand_among_their_vendors_and_all_others_stay(tmp_path: Path, rows: str, key: str) -> None:
    answer, file = tmp_path / "list.json", tmp_path / "recorded.txt"
    file.write_text(FILE.read_text())
    answer.write_text(
        json.dumps({rows: [{key: "o3"}, {key: "o0-new"}, {key: "ft:o3:me::x"}, {key: "no id"}]})
    )
    assert record("openai", answer, file) == ["openai o0-new"]
    before, after = FILE.read_text().splitlines(), file.read_text().splitlines()
    assert [line for line in after if line != "openai o0-new"] == before
    neighbour = after[after.index("openai o0-new") + 1]
    assert neighbour == "openai o1"
    assert record("openai", answer, file) == []


def test_a_vendor_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text('{"data": [{"id": "a"}]}')
    with pytest.raises(SystemExit, match="has no ids"):
        record("nobody", tmp_path / "list.json", FILE)
