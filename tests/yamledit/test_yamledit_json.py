"""A text that is JSON is JSON after any edit, laid out as it was: who reads it as JSON goes on to do so."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.errors import CatalogEditRefused
from modelsync.yamledit import Append, Comment, Edit, Insert, Remove, Rename, Set, edit

MODELS = {
    "gpt-4o": {"model": "gpt-4o", "pricing": {"input": 2.5, "output": 10}, "features": ["chat"]},
    "o3": {"model": "o3", "pricing": {"input": 2}},
}
INDENTS = [None, 1, 2, 4, "\t"]
texts = st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def edited(indent: int | str | None, *edits: Edit) -> Any:
    return json.loads(edit(json.dumps(MODELS, indent=indent), edits))


@given(st.sampled_from(INDENTS), values, texts.filter(lambda key: key not in MODELS["o3"]))
def test_whatever_is_written_is_read_by_a_reader_of_json(indent: Any, value: Any, key: str) -> None:
    after = edited(
        indent,
        Set(("gpt-4o", "model"), value),
        Insert(("o3",), key, value),
        Append(("gpt-4o", "features"), value),
        Rename(("gpt-4o", "pricing"), "cost"),
        Remove(("o3", "model")),
    )
    assert after["gpt-4o"]["model"] == after["o3"][key] == value
    assert after["gpt-4o"]["features"] == ["chat", value]
    assert list(after["gpt-4o"]) == ["model", "cost", "features"]


@pytest.mark.parametrize("indent", [1, 2, 4, "\t"])
def test_a_new_entry_is_laid_out_as_its_siblings_are(indent: Any) -> None:
    new = {"model": "o4", "pricing": {"input": 1, "output": 4}, "features": ["chat", "vision"]}
    text = edit(json.dumps(MODELS, indent=indent), [Insert((), "o4", new)])
    assert text == json.dumps(MODELS | {"o4": new}, indent=indent)


def test_a_list_on_one_line_stays_on_one_line() -> None:
    text = '{\n  "a": {\n    "words": ["x", "y"]\n  }\n}\n'
    after = edit(text, [Insert((), "b", {"words": ["z"]})])
    assert after == text.replace("\n}\n", ',\n  "b": {\n    "words": ["z"]\n  }\n}\n')


def test_a_day_is_a_text_and_a_price_a_number() -> None:
    after = edited(2, Set(("o3",), {"released": date(2026, 1, 2), "price": Decimal("0.50"), "none": None}))
    assert after["o3"] == {"released": "2026-01-02", "price": 0.5, "none": None}


def test_line_breaks_stay() -> None:
    text = json.dumps(MODELS, indent=2).replace("\n", "\r\n")
    after = edit(text, [Insert((), "o4", MODELS["o3"])])
    assert after == json.dumps(MODELS | {"o4": MODELS["o3"]}, indent=2).replace("\n", "\r\n")


def test_a_comment_is_refused_with_what_to_do_instead() -> None:
    with pytest.raises(CatalogEditRefused, match="JSON has no comments") as refused:
        edit(json.dumps(MODELS, indent=2), [Comment(("o3",), "modelsync: keep")])
    assert "owners" in refused.value.advice


@pytest.mark.parametrize("text", ["{}", "[]", "{a: 1}", "{'a': 1}", '{"a": 1} # why', '{"a": yes}'])
def test_what_only_looks_like_json_is_written_as_yaml_is(text: str) -> None:
    change = Append((), "x y") if text.startswith("[") else Insert((), "b", "x y")
    with pytest.raises(ValueError, match=r"Expecting|Extra"):
        json.loads(edit(text, [change]))
