"""What a document says at a path: values by YAML 1.2, lines, comments, and what cannot be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modelsync.errors import CatalogEditRefused, CatalogError
from modelsync.yamledit import Append, Insert, Item, Remove, Rename, Set, decode, edit, parse
from yaml_reading import plain, read_1_1, read_1_2

CATALOG = """\
# header
models:  # all
  # about a
  a:
    input: 2.5  # modelsync: keep
    text: |  # in text
      one # not a comment
    list: [x,
      y]  # behind
  "b#": 'x # y'
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-1", -1),
        ("+1", 1),
        ("0123", 123),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.50", Decimal("1.50")),
        ("3e-06", Decimal("0.000003")),
        (".5", Decimal("0.5")),
        (".inf", Decimal("Infinity")),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("no", "no"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("2025-09-29", "2025-09-29"),
        ("2025-07", "2025-07"),
        ("'1'", "1"),
        ('"null"', "null"),
        ("!!str 1", "1"),
        ('!!int "3"', 3),
    ],
)
def test_a_scalar_reads_by_the_core_schema_of_yaml_1_2(text: str, value: Any) -> None:
    read = parse(f"a: {text}\n").value(("a",))
    assert (read, type(read)) == (value, type(value))


def test_keys_are_their_text() -> None:
    assert parse("4.5: 1\nno: 2\nnull: 3\n'x': 4\n").value() == {"4.5": 1, "no": 2, "null": 3, "x": 4}


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "~\n"])
def test_a_document_without_content_reads_as_none(text: str) -> None:
    assert parse(text).value() is None


def test_aliases_and_merge_keys_are_resolved() -> None:
    text = "a: &a {x: 1, y: 2}\nb: *a\nc:\n  <<: *a\n  y: 3\nd:\n  <<: [{x: 5}, *a]\n"
    value = parse(text).value()
    assert value["b"] == {"x": 1, "y": 2}
    assert value["c"] == {"x": 1, "y": 3}
    assert value["d"] == {"x": 5, "y": 2}
    assert value == read_1_1(text)


def test_a_path_is_read_through_aliases_and_merge_keys() -> None:
    document = parse("a: &a {x: 1}\nb: *a\nc:\n  <<: *a\n")
    assert document.value(("b", "x")) == document.value(("c", "x")) == 1
    assert document.has(("c", "x"))


def test_a_quoted_merge_key_is_a_key() -> None:
    assert parse('"<<": {a: 1}\n').value() == {"<<": {"a": 1}}


def test_what_is_there_is_found() -> None:
    document = parse(CATALOG)
    assert document.keys(("models", "a")) == ["input", "text", "list"]
    assert document.keys(("models", "a", "input")) == []
    assert document.has(("models", "a", "list", 1))
    assert document.has(("models", "a", "list", -1))
    assert not document.has(("models", "a", "list", 2))
    assert not document.has(("models", "c"))
    with pytest.raises(CatalogError, match="models/c"):
        document.value(("models", "c"))


def test_a_list_item_is_found_by_the_values_of_its_keys() -> None:
    document = parse("- {name: x, id: 1}\n- {name: y, id: 2}\n- plain\n")
    assert document.value((Item("name", "y"), "id")) == 2
    assert not document.has((Item("name", "z"),))


def test_lines_count_from_one_and_name_the_key() -> None:
    document = parse("\ufeff" + CATALOG.replace("\n", "\r\n"))
    assert [document.line(path) for path in [("models",), ("models", "a"), ("models", "b#")]] == [2, 4, 10]
    assert document.line(("models", "a", "list", 1)) == 9


def test_a_comment_is_found_behind_the_key_or_the_last_line_of_the_value() -> None:
    document = parse(CATALOG)
    assert document.comment(("models",)) == "all"
    assert document.comment(("models", "a")) == ""
    assert document.comment(("models", "a", "input")) == "modelsync: keep"
    assert document.comment(("models", "a", "text")) == "in text"
    assert document.comment(("models", "a", "list")) == "behind"
    assert document.comment(("models", "b#")) == ""


def test_a_comment_is_found_on_entries_of_every_form() -> None:
    text = "? bare  # one\n? k\n: 1  # two\nlater:  # three\n  text\nlist:\n- x: 1  # four\n-\n  y: 2\n"
    document = parse(text)
    paths = [("bare",), ("k",), ("later",), ("list",), ("list", 0), ("list", 1)]
    assert [document.comment(path) for path in paths] == ["one", "two", "three", "", "four", ""]


def test_a_number_sign_within_a_value_is_no_comment() -> None:
    assert [text for _, text in parse(CATALOG).comments()] == [
        "header",
        "all",
        "about a",
        "modelsync: keep",
        "in text",
        "behind",
    ]


def test_comments_are_found_between_anchor_tag_and_value_but_not_in_names() -> None:
    text = "a: !x # one\n  &x # two\n  'v'\nb: *x\nc: [d,#three\n e]\n"
    assert parse(text).comments() == [(1, "one"), (2, "two"), (5, "three")]


@pytest.mark.fault(
    "YAML files",
    "files that cannot be edited safely: aliases, duplicate keys, tabs, templates, several documents",
)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [\n", "line 2, column 1: not readable as YAML"),
        ("a:\n\tb: 1\n", "line 2, column 1: not readable as YAML: a tab used as indentation"),
        ("a: {% if x %}\n", "looks like a template"),
        ("a: {{ name }}\n", "line 1: a key that is not text"),
        ("a: 1\nb: \x1b[31m\n", r"line 2, column 4: character U\+001B is not allowed in YAML"),
        ("a: \ud800\n", "line 1: a lone surrogate"),
        ("a: 1\na: 2\n", "lines 1 and 2"),
        ("? [a]\n: 1\n", "line 1: a key that is not text"),
        ("a: *b\n", "line 1: an alias to nothing"),
        ("a: &a [*a]\n", "line 1: an alias to nothing"),
        ("a:\n  <<: 1\n", "line 2: a merge key takes a mapping"),
        ("a: 1\n--- # two\n", "line 2: a second document"),
        ("%YAML 1.1\n---\na: 1\n", "line 1: %YAML with another version"),
        ("a: 1\rb: 2\n", "line 1: a carriage return alone"),
        ("a: 'x\u2028y'\n", r"line 1: U\+2028"),
        ("a: " + "9" * 5000 + "\n", "line 1: a number of 5000 digits"),
        ("a: 1e999999999\n", "line 1: a number of more digits"),
        ("[" * 5000, "line 1: nested deeper than 200 levels"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_line(text: str, message: str) -> None:
    with pytest.raises(CatalogError, match=message) as raised:
        parse(text).value()
    assert str(raised.value).isprintable() or "\n  " in str(raised.value)


def test_a_billion_laughs_are_refused_before_they_are_built() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(CatalogError, match="aliases that stand for too much"):
        parse("\n".join(lines)).value()


@pytest.mark.fault("YAML files", "files that are not UTF-8")
@pytest.mark.parametrize(
    ("content", "line"), [(b"a: 1\nb: \xff\n", 2), ("a: 1\n".encode("utf-16"), 1), (b"\xc3", 1)]
)
def test_a_file_that_is_not_utf_8_is_refused(content: bytes, line: int) -> None:
    with pytest.raises(CatalogEditRefused, match=f"line {line}: the byte 0x"):
        decode(content)


def test_a_document_of_comments_takes_large_values_below_them_and_reads_back() -> None:
    value = {"providers": {"x": {"name": "no", "models": {f"m{n}": {"id": n} for n in range(300)}}}}
    text = edit("# Models of x\n#\n# To be edited by hand\n", [Insert((), *pair) for pair in value.items()])
    assert text.startswith('# Models of x\n#\n# To be edited by hand\nproviders:\n  x:\n    name: "no"\n')
    assert parse(text).value() == value == read_1_1(text) == read_1_2(text)


@pytest.mark.fault("YAML files", "text that YAML would read as something else")
@given(st.text(max_size=30))
def test_any_text_reads_back_as_itself_in_both_dialects_or_is_refused(text: str) -> None:
    try:
        changed = edit(
            "a: x\nb: [y]\nc: {d: 1}\n", [Set(("a",), text), Set(("b", 0), text), Insert(("c",), text, 1)]
        )
    except CatalogEditRefused:
        assert text == "d" or any("\ud800" <= character <= "\udfff" for character in text)
        return
    expected = {"a": text, "b": [text], "c": {"d": 1, text: 1}}
    assert parse(changed).value() == expected == read_1_1(changed) == read_1_2(changed)


@pytest.mark.fault("YAML files", "numbers of any size")
@given(st.decimals(allow_nan=False, allow_infinity=False, places=9) | st.integers())
def test_any_number_reads_back_as_itself_in_both_dialects(number: Decimal | int) -> None:
    changed = edit("a: 7.5\n", [Set(("a",), number)])
    assert parse(changed).value() == {"a": number}
    assert float(read_1_1(changed)["a"]) == float(read_1_2(changed)["a"]) == float(number)


@given(
    st.from_regex(
        r"[-+]?(0[xob]?)?[0-9_]{1,3}(\.[0-5_]{0,2}|:[0-5_]{1,2}){0,2}(e[-+]?[0-9]{1,2})?", fullmatch=True
    )
)
@example("0300000")
@example("1e-05")
@example("128_000")
@example("0b_")  # at which PyYAML fails: no number to anybody
def test_a_number_is_named_exactly_where_readers_of_1_1_and_1_2_disagree(text: str) -> None:
    document = parse(f"- {text}\n")
    try:
        read = read_1_1(text)
    except ValueError:
        read = text
    old, new = (
        plain(value) if isinstance(value, int | float | Decimal) else "text"
        for value in (read, document.value((0,)))
    )
    assert bool(document.unlike_numbers()) == (old != new)
    assert parse(f"- '{text}'\n- !!str {text}\n").unlike_numbers() == []


@pytest.mark.parametrize("value", [1.5, [1.5], {"x": 1.5}, {1: "x"}, b"x", object()])
def test_a_value_that_has_no_one_way_to_be_written_is_a_type_error(value: Any) -> None:
    asked = (
        lambda: Set(("a",), value),
        lambda: Insert((), "a", value),
        lambda: Append((), value),
        lambda: Item("a", value),
    )
    for ask in asked:
        with pytest.raises(TypeError):
            ask()


@pytest.mark.parametrize("path", ["models", ["models"], ("models", 1.5), ("models", {"name": "x"}), (True,)])
def test_a_path_that_is_none_is_a_type_error_before_any_edit_is_made(path: Any) -> None:
    for ask in (lambda: Set(path, 1), lambda: Remove(path), lambda: parse("models: 1\n").value(path)):
        with pytest.raises(TypeError, match=r"a path is|a step is"):
            ask()


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (Insert, ((), 1, 1)),
        (Rename, (("a",), None)),
        (Item, (1, 1)),
        (Item, ("a", [1])),
        (Insert, ((), "a", 1, "b", True)),
        (Append, ((), 1, 0, False, 1)),
    ],
)
def test_a_key_that_is_no_text_and_two_places_at_once_are_type_errors(kind: Any, arguments: Any) -> None:
    with pytest.raises(TypeError):
        kind(*arguments)


@pytest.mark.parametrize(
    ("value", "index"),
    [("1", 0), (1, 1), (Decimal("1.0"), 1), (True, 2), (None, 3), (date(2026, 1, 2), 4), ("2026-01-02", 4)],
)
def test_an_item_is_found_by_what_its_value_says(value: Any, index: int) -> None:
    items = [
        "{a: '1'}",
        "{a: 1}",
        "{a: true}",
        "{a: ~}",
        "{a: 2026-01-02}",
        "{b: 1}",
        "[a]",
        "a",
        "{a: !x 1}",
    ]
    document = parse("".join(f"- {item}\n" for item in items))
    assert document.line((Item("a", value),)) == index + 1


@pytest.mark.parametrize(
    "value", [Decimal("NaN"), Decimal("Infinity"), Decimal("1e999999"), 10**200, "\udc00"]
)
def test_a_value_that_yaml_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(CatalogEditRefused, match="cannot hold"):
        edit("a: 1\n", [Set(("a",), value)])
