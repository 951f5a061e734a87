"""The list of new models: what is said of those that have a base."""

from __future__ import annotations

from decimal import Decimal

from modelsync.records import Change, FieldChange
from modelsync.report.added import FACTS, addition, table

FULL = Change("add", "openai", "oss", (FieldChange("model", new="oss"), FieldChange("context_length", new=9)))
SERVED = Change(
    "add",
    "groq",
    "oss",
    (
        FieldChange("model", new="openai/oss"),
        FieldChange("base", new="openai/oss\x1b[2J"),
        FieldChange("pricing.input", new=Decimal("0.15")),
    ),
)


def test_a_new_model_is_listed_with_its_base_and_what_differs() -> None:
    lines = table(map(addition, (FULL, SERVED)), verbose=False)

    assert [line.cells[0] for line in lines if line.kind == "model"] == [
        "  oss",
        "  oss, base openai/oss\\x1b[2J",
    ]
    assert {len(line.cells) for line in lines} == {1 + len(FACTS)}
    assert lines[-1].cells[3].strip() == "0.15"


def test_a_line_for_a_pipe_has_the_base_first() -> None:
    assert list(addition(SERVED).facts) == ["base", *FACTS]
    assert "base" not in addition(FULL).facts
