"""What a pull request changes, hidden in its body."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modelsync.review import metadata

texts = st.text(max_size=40)


@given(st.dictionaries(texts, texts, max_size=20), texts, texts)
def test_changes_are_read_back_from_the_end_of_any_body(changes, before, after):
    assert metadata.read(f"{before}\n{metadata.written(changes)}\n{after}") == changes


@given(st.dictionaries(texts, texts, min_size=1, max_size=5), st.integers(0, 400), st.characters())
def test_a_block_that_somebody_changed_says_nothing(changes, at, character):
    whole = metadata.written(changes)
    edited = whole[:at] + character + whole[at + 1 :]
    assert edited == whole or metadata.read(edited) in ({}, changes)


@given(st.text())
def test_no_body_is_too_strange_to_be_read(body):
    assert metadata.read(body) == {}
    assert metadata.read(f"<!-- modelsync:changes {body} 00000000 -->") == {}


def test_more_changes_than_a_body_has_room_for_are_declined_by_nobody():
    changes = {
        f"openai/model-{number}:pricing.input": f"{number * 7919 % 104729}" for number in range(20_000)
    }
    assert metadata.written(changes) == ""
