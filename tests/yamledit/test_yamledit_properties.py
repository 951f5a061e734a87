"""The editor's promises over generated documents and edits, read back in both dialects of YAML."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from yaml_documents import KEYS, Path, Rendered, documents, scalars, values
from yaml_edits import at, in_order, is_same, paths, planned

from modelsync.errors import CatalogEditRefused
from modelsync.yamledit import Append, Comment, Edit, Insert, Item, Remove, Rename, Set, edit, parse
from modelsync.yamledit.editing import Edited, apply, with_comment
from thorough import EXAMPLES
from yaml_reading import plain, read_1_1, read_1_2

# `YAMLEDIT_EXAMPLES=20000` is the long run.
many = settings(
    max_examples=int(os.environ.get("YAMLEDIT_EXAMPLES", max(EXAMPLES, 100))),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def ways(steps: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Every way to say where a new entry goes among these."""
    yield from ({}, {"first": True})
    for step in steps:
        yield from ({"after": step}, {"before": step})


def steps_to(items: list[Any], index: int) -> Iterator[int | Item]:
    """Every step to an item: its index, and each of its values that it alone has."""
    yield index
    for key, value in items[index].items() if isinstance(items[index], dict) else ():
        alike = [item for item in items if isinstance(item, dict) and is_same(item.get(key, ...), value)]
        if not isinstance(value, dict | list) and len(alike) == 1:
            yield Item(key, value)


@st.composite
def paths_by_item(draw: Any, value: Any, path: Path) -> tuple[Any, ...]:
    """The path, with its indices as items wherever that is drawn."""
    steps = []
    for step in path:
        steps.append(draw(st.sampled_from(list(steps_to(value, step)))) if isinstance(value, list) else step)
        value = value[step]
    return tuple(steps)


@st.composite
def edits(draw: Any, value: dict[str, Any]) -> Edit:
    """One edit that fits the document."""
    path = draw(st.sampled_from(list(paths(value))))
    node, parent = at(value, path), at(value, path[:-1])
    kinds = ["set", "set scalar", "remove"]
    kinds += ["insert"] if node is None or isinstance(node, dict) else []
    kinds += ["append"] if node is None or isinstance(node, list) else []
    kinds += ["rename"] if isinstance(parent, dict) else []
    match draw(st.sampled_from(kinds)):
        case "set":
            return Set(path, draw(values))
        case "set scalar":
            return Set(path, draw(scalars))
        case "insert":
            key = draw(st.sampled_from([key for key in KEYS if key not in (node or {})]))
            return Insert(path, key, draw(values), **draw(st.sampled_from(list(ways(node or {})))))
        case "append":
            places = [step for index in range(len(node or [])) for step in steps_to(node, index)]
            return Append(path, draw(values), **draw(st.sampled_from(list(ways(places)))))
        case "rename":
            return Rename(path, draw(st.sampled_from([key for key in KEYS if key not in parent])))
        case _:
            return Remove(path)


def made(document: Rendered, changes: list[Edit], refusal: str = "conflict") -> Edited | None:
    """The document after the edits; None where they are rightly refused."""
    try:
        return apply(parse(document.text), changes)
    except CatalogEditRefused as refused:
        conflict = "edit" in refused.what or "there already" in refused.what
        in_flow = document.flow_comments and "comment" in refused.what
        if not ((conflict and len(changes) > 1) or in_flow or refusal in refused.what):
            raise
    event("refused")
    return None


def touches(document: Rendered, changes: list[Edit], owner: Path) -> bool:
    """Whether a line of this owner may change: it is named, holds a flow that is, or loses all it held."""
    return any(_touches(document, change, owner) for change in changes)


def _touches(document: Rendered, change: Edit, owner: Path) -> bool:
    path = change.path
    if isinstance(change, Rename):
        return owner == path or (owner in document.flows and path[: len(owner)] == owner)
    if owner in document.flows and path[: len(owner)] == owner:
        return True
    if isinstance(change, Remove) and owner == path[:-1]:
        return True
    return isinstance(change, Set | Remove) and owner[: len(path)] == path


def is_subsequence(some: list[str], all_: list[str]) -> bool:
    rest = iter(all_)
    return all(line in rest for line in some)


def stripped(lines: list[str]) -> list[str]:
    """Lines without the dash that may move from a first key to the next, and without a BOM."""
    return [line.removeprefix("\ufeff").lstrip(" -").rstrip("\r") for line in lines]


@many
@given(documents)
def test_a_document_reads_as_it_was_written(document: Rendered) -> None:
    assert plain(parse(document.text).value()) == plain(document.value)
    found = [text for _, text in parse(document.text).comments()]
    assert found == [text[1:].strip() for text in document.comments]


@many
@given(documents, st.data())
def test_edits_read_back_as_planned_in_both_dialects(document: Rendered, data: Any) -> None:
    changes = data.draw(st.lists(edits(document.value), min_size=1, max_size=4))
    edited = made(document, changes)
    if edited:
        expected = plain(planned(document.value, changes))
        assert plain(edited.document.value()) == expected
        if not any(isinstance(change, Set) for change in changes):
            assert in_order(edited.document.value()) == in_order(planned(document.value, changes))
        assert plain(read_1_1(edited.text)) == expected
        assert plain(read_1_2(edited.text)) == expected


@pytest.mark.fault("YAML files", "edits in files of every structure")
@many
@given(documents, st.data())
def test_lines_that_no_edit_names_stay_in_their_order(document: Rendered, data: Any) -> None:
    changes = data.draw(st.lists(edits(document.value), min_size=1, max_size=3))
    edited = made(document, changes)
    if edited:
        lines = zip(document.owners, document.text.split("\n"), strict=False)
        kept = [line for owner, line in lines if not touches(document, changes, owner)]
        assert is_subsequence(stripped(kept), stripped(edited.text.split("\n")))


@pytest.mark.fault("YAML files", "comments around an entry that goes")
@many
@given(documents, st.data())
def test_a_comment_goes_only_with_what_it_belongs_to(document: Rendered, data: Any) -> None:
    change = data.draw(edits(document.value))
    edited = made(document, [change])
    if edited:
        after = [f"#{text}" for _, text in edited.document.comments()]
        assert sorted([*after, *edited.removed_comments]) == sorted(document.comments)
        gone = {document.comments[text][: len(change.path)] for text in edited.removed_comments}
        assert gone <= ({change.path} if isinstance(change, Set | Remove) else set())


@many
@given(documents, st.data())
def test_a_removal_takes_all_comments_of_the_entry(document: Rendered, data: Any) -> None:
    path = data.draw(st.sampled_from(list(paths(document.value))))
    edited = made(document, [Remove(path)])
    if edited:
        own = {text for text, owner in document.comments.items() if owner[: len(path)] == path}
        assert own == set(edited.removed_comments)


@pytest.mark.fault("YAML files", "files that nothing is to change in")
@many
@given(documents)
def test_without_edits_every_byte_stays(document: Rendered) -> None:
    assert edit(document.text, []) == apply(parse(document.text), []).text == document.text


@pytest.mark.fault("YAML files", "line endings of Windows, a byte order mark, no last line break")
@many
@given(documents, st.data())
def test_line_breaks_bom_and_a_missing_last_break_stay(document: Rendered, data: Any) -> None:
    changes = data.draw(st.lists(edits(document.value), min_size=1, max_size=3))
    edited = made(document, changes)
    if edited:
        kind = "\r\n" if "\r\n" in document.text else "\n"
        breaks = edited.text.count("\n")
        assert kind == "\n" or edited.text.count("\r\n") == breaks
        assert edited.text.startswith("\ufeff") == document.text.startswith("\ufeff")
        assert document.text.endswith("\n") <= edited.text.endswith("\n")


@many
@given(documents, st.data())
def test_an_equal_value_changes_nothing(document: Rendered, data: Any) -> None:
    path = data.draw(st.sampled_from(list(paths(document.value))))
    assert edit(document.text, [Set(path, at(document.value, path))]) == document.text


@many
@given(documents, st.data())
def test_a_comment_put_on_an_entry_is_found_there_and_changes_no_value(document: Rendered, data: Any) -> None:
    path = data.draw(st.sampled_from(list(paths(document.value))))
    edited = made(document, [Comment(path, "modelsync: keep")], refusal="comment")
    if edited:
        assert edited.document.comment(path).endswith("modelsync: keep")
        assert plain(edited.document.value()) == plain(document.value)
        assert edited.removed_comments == ()
        renewed = apply(edited.document, [Comment(path, "new # 1", "modelsync: keep")]).text
        assert renewed == edited.text.replace("# modelsync: keep", "# new # 1")


@many
@given(documents, st.data())
def test_a_key_put_first_stands_first(document: Rendered, data: Any) -> None:
    mappings = [path for path in [(), *paths(document.value)] if isinstance(at(document.value, path), dict)]
    path = data.draw(st.sampled_from(mappings))
    edited = made(document, [Insert(path, "new", 1, first=True)])
    if edited:
        assert edited.document.keys(path) == ["new", *parse(document.text).keys(path)]
        assert edited.removed_comments == ()


@many
@given(documents, st.data())
def test_a_path_by_items_leads_where_its_indices_do(document: Rendered, data: Any) -> None:
    path = data.draw(st.sampled_from(list(paths(document.value))))
    by_item = data.draw(paths_by_item(document.value, path))
    read = parse(document.text)
    assert read.line(by_item) == read.line(path)
    assert edit(document.text, [Set(by_item, "new")]) == edit(document.text, [Set(path, "new")])


@many
@given(documents, st.data())
def test_an_item_put_at_a_place_stands_there(document: Rendered, data: Any) -> None:
    lists = [path for path in paths(document.value) if isinstance(at(document.value, path), list)]
    assume(lists)
    path = data.draw(st.sampled_from(lists))
    items = at(document.value, path)
    index = data.draw(st.integers(0, len(items)))
    where = {"before": index} if index < len(items) else {"after": index - 1} if items else {"first": True}
    edited = made(document, [Append(path, "new", **where)])
    if edited:
        assert plain(edited.document.value(path)) == plain([*items[:index], "new", *items[index:]])
        assert edited.removed_comments == ()


@many
@given(documents, st.data(), st.sampled_from(["", "other words", "a # b"]))
def test_a_comment_that_is_reworded_or_goes_is_all_that_changes(rendered: Rendered, data: Any, words: str):
    before = parse(rendered.text)
    known = before.comments()
    assume(known)
    line, old = data.draw(st.sampled_from(known))
    after = with_comment(before, line, words)
    assert is_same(after.value(), before.value())
    left = [text for _, text in known]
    at_ = known.index((line, old))
    assert [text for _, text in after.comments()] == left[:at_] + [words] * bool(words) + left[at_ + 1 :]
    gone = len(before.text.splitlines()) - len(after.text.splitlines())
    assert gone == (not words and before.text.splitlines()[line - 1].lstrip("\ufeff ").startswith("#"))
