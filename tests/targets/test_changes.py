"""What is to be done to the rows of a target: whatever they are, once it is done there is no more to do."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from modelsync.records import Row
from modelsync.targets.changes import Changes, Rules, changes, digest

IDS = ("p/a", "p/b", "q/a", "q/b")
NUMBERS = st.sampled_from([None, Decimal("0.1"), Decimal("0.10"), Decimal("1E-1"), Decimal(2), 2, 0])
VALUES = st.fixed_dictionaries(
    {
        "cost": NUMBERS,
        "name": st.sampled_from(["x", "y", None]),
        "on": st.just(True),
        "words": st.sampled_from([("a",), ["a"]]),
    }
)
ROWS = st.dictionaries(st.sampled_from(IDS), VALUES)
RULES = st.builds(
    Rules,
    adopt=st.booleans(),
    conflict=st.sampled_from(["catalog_wins", "database_wins", "merge"]),
    only=st.sampled_from(["", "p", "q/a*"]),
    numbers=st.just(frozenset({"cost"})),
    unavailable=st.sampled_from([{"on": False}, {}]),
)


@st.composite
def present(draw: st.DrawFn) -> list[Row]:
    """Rows of people, of ours as we wrote them, and of ours that somebody changed since."""
    rows = []
    for id_, values in draw(ROWS).items():
        mark = draw(st.sampled_from(["", digest(values), digest({"cost": 9})]))
        rows.append(Row(id_, values, id_ if mark else "", mark, {"theirs": 1}))
    return rows


def compared(wanted: dict[str, dict[str, object]], rows: list[Row], rules: Rules) -> Changes:
    return changes({id_: id_ for id_ in wanted}, lambda id_: Row(id_, wanted[id_], id_), rows, rules)


def carried_out(to_do: Changes, rows: list[Row]) -> list[Row]:
    there = {row.id: row for row in rows}
    for change in to_do.changes:
        there[change.id] = change.row
    return list(there.values())


@given(ROWS, present(), RULES)
def test_once_it_is_done_nothing_more_is_to_be_done(wanted, rows, rules):
    after = carried_out(compared(wanted, rows, rules), rows)
    assert compared(wanted, after, rules).changes == ()


@given(ROWS, present(), RULES)
def test_a_row_of_a_person_changes_only_where_it_is_adopted(wanted, rows, rules):
    theirs = {row.id for row in rows if not row.mark}
    touched = theirs & {change.id for change in compared(wanted, rows, rules).changes}
    assert touched <= (wanted.keys() if rules.adopt else set())


@given(ROWS, present(), RULES)
def test_what_is_not_meant_stays_and_what_else_a_row_has_is_kept(wanted, rows, rules):
    known = {row.id: row for row in rows}
    for change in compared(wanted, rows, rules).changes:
        assert not rules.only or change.model.startswith(rules.only.rstrip("*"))
        assert change.row.rest == (known[change.id].rest if change.id in known else {})


@given(ROWS, present())
def test_every_row_ends_as_the_catalog_says_where_the_catalog_wins(wanted, rows):
    rules = Rules(adopt=True, unavailable={"on": False})
    after = {row.id: row for row in carried_out(compared(wanted, rows, rules), rows)}
    for id_, values in wanted.items():
        assert digest(after[id_].values) == digest(values)
    ours = (row for row in rows if row.mark and row.id not in wanted)
    assert not any(after[row.id].values["on"] for row in ours)


@given(VALUES, VALUES, st.sampled_from(["database_wins", "merge"]))
def test_what_somebody_changed_stays_theirs_however_often_the_catalog_moves(first, second, word):
    rules = Rules(conflict=word, numbers=frozenset({"cost"}))
    theirs = first | {"name": "theirs"}
    rows = [Row("p/a", theirs, "p/a", digest(first))]
    for values in (first, second, first):
        rows = carried_out(compared({"p/a": values}, rows, rules), rows)
        assert rows[0].values["name"] == "theirs"


@given(VALUES, st.sampled_from(["catalog_wins", "database_wins", "merge"]))
def test_a_row_that_somebody_changed_to_what_the_catalog_says_is_no_conflict(values, word):
    changed = Row("p/a", values, "p/a", digest({"cost": 9}))
    to_do = compared({"p/a": values}, [changed], Rules(conflict=word))
    assert (to_do.changes, to_do.unchanged, to_do.conflicts) == ((), ("p/a",), ())


def test_true_is_not_one():
    row = Row("p/a", {"value": True}, "p/a")
    made = compared({"p/a": {"value": True}}, [], Rules()).changes[0].row
    to_do = compared({"p/a": {"value": 1}}, [replace(made, values=row.values)], Rules())
    assert to_do.changes[0].fields == ("value",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("0.1"), Decimal("0.100")),
        (Decimal(2), 2),
        (("a",), ["a"]),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
    ],
)
def test_values_that_are_written_otherwise_are_equal(one, other):
    row = Row("p/a", {"value": one}, "p/a")
    made = compared({"p/a": {"value": one}}, [], Rules()).changes[0].row
    assert compared({"p/a": {"value": other}}, [replace(made, values=row.values)], Rules()).changes == ()
