"""The editor's promises, one section each, on a document that a person might have written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from modelsync.errors import EXIT_CATALOG, CatalogEditRefused
from modelsync.yamledit import (
    Append,
    Comment,
    Edit,
    Flow,
    Insert,
    Item,
    Path,
    Remove,
    Rename,
    Set,
    edit,
    parse,
)
from modelsync.yamledit.changes import Collector
from modelsync.yamledit.container import Splices
from modelsync.yamledit.editing import apply
from modelsync.yamledit.tree import Tree
from modelsync.yamledit.verify import verify, verify_comments
from yaml_reading import read_1_1, read_1_2

CATALOG = """\
# The catalog of the platform team.

providers:
  openai:
    name: "OpenAI"
    models:
      # the workhorse
      gpt-4:   # key
        model: gpt-4
        pricing:
          input: 2.5   # negotiated
          output: 10
        features: [chat, vision]  # list

      # a section

      'gpt-5':
        model: 'gpt-5'
        description: >-
          Folded by
          a person.
        tiers:
        - {above: 200000, input: 6}
        # in the list of gpt-5
      gpt-6: {model: gpt-6, features: [chat]}
# footer
"""
MODELS = ("providers", "openai", "models")
GPT_4 = (*MODELS, "gpt-4")
GPT_5 = (*MODELS, "gpt-5")


def changed_lines(edits: list[Edit]) -> tuple[list[str], list[str]]:
    """The lines that go and those that come."""
    before, after = CATALOG.splitlines(), edit(CATALOG, edits).splitlines()
    return [line for line in before if line not in after], [line for line in after if line not in before]


# ---------------------------------------------------------------------------- 1: no other byte


def test_no_edits_give_the_same_text_unread() -> None:
    broken = "a: [\n"
    assert edit(broken, []) is broken


def test_a_new_value_changes_its_bytes_and_no_other() -> None:
    assert edit(CATALOG, [Set((*GPT_4, "pricing", "input"), Decimal("3.00"))]) == CATALOG.replace("2.5", "3")


def test_a_removal_takes_its_lines_and_no_other() -> None:
    gone, come = changed_lines([Remove((*GPT_4, "pricing"))])
    assert [line.strip() for line in gone] == ["pricing:", "input: 2.5   # negotiated", "output: 10"]
    assert come == []


def test_an_insert_adds_its_lines_and_no_other() -> None:
    gone, come = changed_lines([Insert(GPT_4, "context_length", 8192, after="model")])
    assert (gone, come) == ([], ["        context_length: 8192"])


def test_fifty_edits_change_no_more_than_their_lines() -> None:
    models = "".join(f"  m{n}:\n    input: {n}   # {n}\n\n" for n in range(200))
    text = "models:\n" + models
    changed = edit(text, [Set(("models", f"m{n}", "input"), 1000 + n) for n in range(0, 200, 4)])
    pairs = list(zip(text.splitlines(), changed.splitlines(), strict=True))
    assert sum(one != other for one, other in pairs) == 50


# ---------------------------------------------------------------------------- 2: as planned


def test_the_result_is_what_was_planned_and_need_not_be_parsed_again() -> None:
    edits = [
        Set((*GPT_4, "features"), ["chat", "tools"]),
        Insert(MODELS, "gpt-7", {"model": "gpt-7", "released": date(2026, 1, 1)}),
        Rename((*GPT_5, "model"), "id"),
        Append((*GPT_5, "tiers"), {"above": 400000, "input": Decimal("12.5")}),
        Remove((*MODELS, "gpt-6")),
    ]
    edited = apply(parse(CATALOG), edits)
    models = edited.document.value(MODELS)
    assert list(models) == ["gpt-4", "gpt-5", "gpt-7"]
    assert models["gpt-4"]["features"] == ["chat", "tools"]
    assert list(models["gpt-5"]) == ["id", "description", "tiers"]
    assert models["gpt-5"]["tiers"][1] == {"above": 400000, "input": Decimal("12.5")}
    assert models["gpt-7"]["released"] == "2026-01-01"
    assert edited.document.text == edited.text


SETS: list[Edit] = [Set(("a", "x"), 2)]


@pytest.mark.fault("YAML files", "an edit that does not read back as planned")
@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        ("a: {x: 1}\nb: c\n", SETS, "a: {x: 3}\nb: c\n"),
        ("a: {x: 1}\nb: c\n", SETS, "a: {x: '2'}\nb: c\n"),
        ("a: {x: 1}\nb: c\n", SETS, "a: {x: 2}\nb: d\n"),
        ("a: {x: 1}\nb: c\n", SETS, "a: {x: 2}\nb: 'c'\n"),
        ("a: {x: 1}\nb: c\n", SETS, "a: {x: 2}\nb: &b c\n"),
        ("a: {x: 1}\nb: c\n", SETS, "a: {x: 2}\nb: !!str c\n"),
        ("a: {x: 1}\nb: c\n", SETS, "a: {x: 2}\n"),
        ("a: {x: 1}\nb: c\n", SETS, "a: {x: 2}\nb: c\nd: 1\n"),
        ("a: {x: 1}\nb: c\n", SETS, "b: c\na: {x: 2}\n"),
        ("a: {x: 1}\nb: c\n", SETS, "a: [x, 2]\nb: c\n"),
        ("a: {x: 1}\nb: c\n", [Remove(("b",))], "a: {x: 1}\nb: c\n"),
        ("a: {x: 1}\nb: c\n", [Remove(("a", "x"))], "a:\nb: c\n"),
        ("a: [1]\n", [Append(("a",), "no")], "a: [1]\n"),
        ("a: [1]\n", [Append(("a",), "no")], "a: ['no', 1]\n"),
        ("a: [1]\n", [Append(("a",), {"x": 1})], "a: [1, {x: 2}]\n"),
        ("a: 1\n", [Rename(("a",), "b")], "a: 1\n"),
        ("", [Insert((), "a", 1)], "b: 1\n"),
        ("a:\n", [Insert(("a",), "b", 1)], "a: [b, 1]\n"),
        ("a: &x 1\n", [Set(("a",), 2)], "a: 2\n"),
        ("a: !x b\n", [Set(("a",), "c")], "a: c\n"),
    ],
)
def test_a_result_that_is_not_as_planned_is_refused(before: str, edits: list[Edit], after: str) -> None:
    asked = Collector(tree := Tree(before)).collect(edits)
    with pytest.raises(CatalogEditRefused, match="would not read back as planned"):
        verify(tree, Tree(after), asked)


class Careless(Splices):
    """Makes another text than it was told to: the first of its words by the second."""

    instead = ("", "")

    def apply(self) -> str:
        old, new = self.instead
        assert old in self.text
        return super().apply().replace(old, new)


class OtherValue(Careless):
    instead = ("b: 2", "b: 3")


class LostComment(Careless):
    instead = ("  # why", "")


class DoubledComment(Careless):
    instead = ("# why", "# why # why")


class CutTooFar(Splices):
    """Cuts a comment away that no edit names, as any other of its cuts."""

    def apply(self) -> str:
        start = self.text.index("  # why")
        self.replace(start, start + len("  # why"), "", 0)
        return super().apply()


@pytest.mark.fault("YAML files", "an edit that does not read back as planned")
@pytest.mark.parametrize(
    "edits", [[Set(("a",), 3)], [Remove(("a",))], [Set(("c",), {"x": 2}), Comment(("a",), "new")]]
)
@pytest.mark.parametrize(
    ("splicer", "refusal"),
    [
        (OtherValue, "would not read back as planned"),
        (LostComment, "would lose or gain a comment"),
        (DoubledComment, "would lose or gain a comment"),
        (CutTooFar, "would lose or gain a comment"),
    ],
)
def test_no_text_is_given_that_is_not_the_planned_one_whatever_the_splices_did(
    edits: list[Edit], splicer: type[Splices], refusal: str
) -> None:
    text = "a: 1  # first\nb: 2  # why\nc: {x: 1}\n"
    assert edit(text, edits) != text
    with pytest.raises(CatalogEditRefused, match=refusal):
        apply(parse(text), edits, splicer)


# ---------------------------------------------------------------------------- 3: in the manner of its place


def test_a_replaced_scalar_keeps_its_quotes() -> None:
    changed = edit(CATALOG, [Set(("providers", "openai", "name"), "Open AI"), Set((*GPT_5, "model"), "x")])
    assert '    name: "Open AI"\n' in changed
    assert "        model: 'x'\n" in changed


def test_a_new_entry_looks_like_its_siblings() -> None:
    entry = {"model": "x", "pricing": {"input": 1}, "features": ["chat"], "tiers": [{"above": 1, "input": 2}]}
    come = edit(CATALOG, [Insert(MODELS, "x", entry)])
    assert come.endswith("""\
      x:
        model: x
        pricing:
          input: 1
        features: [chat]
        tiers:
        - {above: 1, input: 2}
# footer
""")


def test_a_list_keeps_its_style() -> None:
    gone, come = changed_lines(
        [Append((*GPT_4, "features"), "tools"), Append((*GPT_5, "tiers"), {"above": 1})]
    )
    assert gone == ["        features: [chat, vision]  # list"]
    assert come == ["        features: [chat, vision, tools]  # list", "        - {above: 1}"]


def test_where_as_many_siblings_are_in_flow_as_in_block_style_the_nearest_decides() -> None:
    flow, block = "a: {x: 1}\n", "b:\n  x: 2\n"
    new = [Insert((), "c", {"x": 3})]
    assert edit(block + flow, new).endswith("c: {x: 3}\n")
    assert edit(flow + block, new).endswith("c:\n  x: 3\n")


def test_without_siblings_mappings_are_blocks_and_lists_of_scalars_are_flow() -> None:
    value = {
        "pricing": {"input": 1},
        "features": ["a", "b"],
        "tiers": [{"above": 1}],
        "upstream": Flow({"x": "y/z"}),
    }
    assert (
        edit("a:\n", [Insert(("a",), "b", value)])
        == """\
a:
  b:
    pricing:
      input: 1
    features: [a, b]
    tiers:
      - above: 1
    upstream: {x: y/z}
"""
    )


# ---------------------------------------------------------------------------- 4: comments


def test_a_comment_at_the_end_of_the_line_stays_with_the_new_value() -> None:
    gone, come = changed_lines([Set((*GPT_4, "pricing", "input"), {"a": 1})])
    assert gone == ["          input: 2.5   # negotiated"]
    assert come == ["          input:   # negotiated", "            a: 1"]


def test_a_removal_reports_the_comments_that_went_and_leaves_a_sections() -> None:
    edited = apply(parse(CATALOG), [Remove(GPT_4), Remove(GPT_5)])
    assert edited.removed_comments == (
        "# the workhorse",
        "# key",
        "# negotiated",
        "# list",
        "# in the list of gpt-5",
    )
    assert "# a section" in edited.text


def test_a_comment_is_put_behind_what_is_there_or_replaces_what_it_names() -> None:
    price = (*GPT_4, "pricing", "input")
    gone, come = changed_lines([Comment(price, "new"), Comment((*GPT_4, "model"), "old")])
    assert come == ["        model: gpt-4  # old", "          input: 2.5   # negotiated  # new"]
    assert len(gone) == 2
    assert changed_lines([Comment(price, "new", "negotiated")])[1] == ["          input: 2.5   # new"]


@pytest.mark.parametrize("text", ["two\nlines", "bell\x07", "\u202eabc", "", " spaced", "a\ttab", "\x1b[31m"])
def test_a_comment_that_is_no_line_of_printable_text_is_refused(text: str) -> None:
    with pytest.raises(CatalogEditRefused, match="one line of printable text"):
        edit(CATALOG, [Comment(GPT_4, text)])


@pytest.mark.fault("YAML files", "an edit that does not read back as planned")
@pytest.mark.parametrize(
    ("after", "removed", "added"),
    [
        (["# a"], [], []),
        (["# a", "# b", "# c"], [], []),
        (["# a", "# b"], ["# b"], []),
        (["# a"], [], ["# b"]),
    ],
)
def test_comments_that_are_not_as_planned_are_refused(
    after: list[str], removed: list[str], added: list[str]
) -> None:
    with pytest.raises(CatalogEditRefused, match="lose or gain a comment"):
        verify_comments(["# a", "# b"], after, removed, added)


# ---------------------------------------------------------------------------- 5: both dialects

AMBIGUOUS = """
    no No NO yes on off y n true null ~ 1 0 -1 +1 1e3 1.5 .5 5. 0123 0o17 0x1F 0b1 1_000 1,000 12:30 1:2:3
    2024-01-01 2024-1-1 .inf -.INF .nan = << - ? : -- --- ... 1.2.3 v1 4o o1 1e 0x - -a ?b :c a: a#b #c !d &e
    *f %g @h `i |j >k 'l "m {n [o ]p }q ,r a,b a{b a[b a]b a}b a:b http://x {{y}}
""".split()  # noqa: SIM905


@pytest.mark.fault("YAML files", "text that YAML would read as something else")
@pytest.mark.parametrize("text", ["", " ", " a", "a ", "a: b", "a #b", "- a", "? a", "a\tb", *AMBIGUOUS])
@pytest.mark.parametrize(
    "document", ["a: x\n", "a: 'x'\n", 'a: "x"\n', "{a: x}\n", "a: |\n  x\n", "a: >\n  x\n"]
)
def test_a_string_reads_back_as_itself_as_key_and_value(text: str, document: str) -> None:
    changed = edit(document, [Set(("a",), text), *([Insert((), text, text)] if text != "a" else [])])
    assert read_1_1(changed) == read_1_2(changed) == {"a": text, text: text}


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (Decimal("3e-06"), "0.000003"),
        (Decimal("0.1") + Decimal("0.2"), "0.3"),
        (Decimal("3.0"), "3"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0"), "0"),
        (Decimal("0.00"), "0"),
        (Decimal("-1.50"), "-1.5"),
        (10**18, "1000000000000000000"),
    ],
)
def test_a_number_is_written_in_plain_decimal_and_its_shortest_form(number: Decimal, written: str) -> None:
    assert edit("a: x\n", [Set(("a",), number)]) == f"a: {written}\n"


def test_words_are_those_that_both_dialects_read() -> None:
    assert edit("a: [x]\n", [Set(("a",), [True, False, None])]) == "a: [true, false, null]\n"


# ---------------------------------------------------------------------------- 6: refusals


@pytest.mark.fault(
    "YAML files",
    "files that cannot be edited safely: aliases, duplicate keys, tabs, templates, several documents",
)
@pytest.mark.parametrize(
    ("path", "make"),
    [
        ((*MODELS, "gpt-9"), lambda path: Set(path, 1)),
        ((*MODELS, "gpt-9"), Remove),
        ((*GPT_4, "features", 7), lambda path: Set(path, "x")),
        ((*GPT_4, "model", "x"), lambda path: Set(path, 1)),
        ((*GPT_4, "features", Item("name", "x")), Remove),
        ((*GPT_4, "features"), lambda path: Insert(path, "x", 1)),
        ((*GPT_4, "pricing"), lambda path: Append(path, 1)),
        ((*GPT_4, "features", 0), lambda path: Rename(path, "x")),
        (MODELS, lambda path: Insert(path, "gpt-4", 1)),
        (MODELS, lambda path: Insert(path, "x", 1, after="gpt-9")),
        ((), lambda path: Set(path, {})),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_line(path: Path, make: Callable[[Path], Edit]) -> None:
    with pytest.raises(CatalogEditRefused) as refused:
        edit(CATALOG, [make(path)])
    assert refused.value.exit_code == EXIT_CATALOG
    assert refused.value.where.startswith("line ")


@pytest.mark.parametrize(
    "edits",
    [
        [Set(GPT_4, 1), Set(GPT_4, 2)],
        [Set(GPT_4, 1), Remove(GPT_4)],
        [Rename(GPT_4, "x"), Remove(GPT_4)],
        [Remove(GPT_4), Set((*GPT_4, "model"), "x")],
        [Set(MODELS, {"x": 1}), Insert(MODELS, "y", 1)],
        [Remove(MODELS), Insert(GPT_4, "y", 1)],
        [Insert(MODELS, "y", 1), Insert(MODELS, "y", 2)],
        [Insert(MODELS, "y", 1), Rename(GPT_4, "y")],
    ],
)
def test_edits_that_conflict_are_refused_in_either_order(edits: list[Edit]) -> None:
    for order in (edits, edits[::-1]):
        with pytest.raises(CatalogEditRefused):
            edit(CATALOG, order)


def test_the_order_of_edits_does_not_matter() -> None:
    edits: list[Edit] = [
        Remove(GPT_4),
        Set((*GPT_5, "model"), "y"),
        Insert(MODELS, "x", 1, after="gpt-4"),
        Rename((*MODELS, "gpt-6"), "z"),
        Append((*MODELS, "gpt-6", "features"), "w"),
        Comment(GPT_5, "note"),
    ]
    results = {edit(CATALOG, order) for order in (edits, edits[::-1], edits[2:] + edits[:2])}
    assert len(results) == 1
