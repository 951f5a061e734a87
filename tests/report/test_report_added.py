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
    new = table([addition(FULL), addition(SERVED)], verbose=False)

    assert [cells[0] for cells, role in zip(new.rows, new.roles, strict=True) if not role] == [
        "  oss",
        "  oss, base openai/oss\\x1b[2J",
    ]
    assert {len(cells) for cells in new.rows} == {1 + len(FACTS)}
    assert new.rows[-1][3].strip() == "0.15"


def test_a_line_for_a_pipe_has_the_base_first() -> None:
    assert addition(SERVED).line == "+ groq/oss  base openai/oss\\x1b[2J, input 0.15"
    assert addition(FULL).line == "+ openai/oss  context 9"
