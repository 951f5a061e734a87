"""The same change has the same digest in every run, and no other change has it."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import pairwise

import msgspec
import pytest
from catalog_files import with_model
from hypothesis import given
from hypothesis import strategies as st

from modelsync import yamledit
from modelsync.review.digest import digest

BEFORE = with_model("model: a\nname: b  # ours\npricing:\n  input: 3\n  output: 15\n")
AFTER = BEFORE.replace("input: 3", "input: 4")


def of(*texts: tuple[str, str], names: tuple[str, ...] = ("one.yaml", "two.yaml")) -> str:
    files = {
        name: (yamledit.parse(before) if before else None, yamledit.parse(after) if after else None)
        for name, (before, after) in zip(names, texts, strict=False)
    }
    return digest(files)


def test_the_same_change_has_the_same_digest() -> None:
    assert of((BEFORE, AFTER)) == of((BEFORE, AFTER))
    assert len(of((BEFORE, AFTER))) == 64


def test_the_order_of_the_files_does_not_matter() -> None:
    other = AFTER.replace("name: b", "name: c")
    swapped = of((BEFORE, other), (BEFORE, AFTER), names=("two.yaml", "one.yaml"))
    assert of((BEFORE, AFTER), (BEFORE, other)) == swapped


def test_what_others_changed_elsewhere_in_the_file_does_not_matter() -> None:
    more = "  gemini:\n    models:\n      pro: {model: pro}\n"
    assert of((BEFORE, AFTER)) == of((BEFORE + more, AFTER + more))


@pytest.mark.parametrize(
    "other",
    [
        BEFORE.replace("input: 3", "input: 5"),
        BEFORE.replace("output: 15", "output: 4"),
        AFTER.replace("# ours", "# theirs"),
        AFTER.replace("  # ours", ""),
        AFTER.replace("name: b  # ours", "name: b").replace("model: a", "model: a  # ours"),
        AFTER.replace("name: b", "name: 'b'"),
        AFTER.replace("name: b", "name:  b"),
        AFTER.replace("input: 4", "input: 4.0"),
        AFTER.replace("input: 4", "input: '4'"),
        AFTER.replace(
            "          input: 4\n          output: 15\n", "          output: 15\n          input: 4\n"
        ),
        AFTER.replace("model: a", "model: a\n"),
        AFTER.replace("\n", "\r\n"),
        AFTER.replace("gpt-4o", "gpt-4"),
        AFTER + "# the end\n",
        "",
    ],
)
def test_any_other_change_has_another_digest(other: str) -> None:
    assert of((BEFORE, other)) != of((BEFORE, AFTER))


def test_the_same_lines_under_another_entry_are_another_change() -> None:
    two = "providers:\n  a:\n    models:\n      x:\n        p:\n          input: 3\n          o: 1\n"
    two += two.replace("providers:\n  a:\n    models:\n      x:", "      y:")
    first = two.replace("input: 3", "input: 4", 1)
    second = "input: 4".join(two.rsplit("input: 3", 1))
    assert of((two, first)) != of((two, second))


def test_a_change_in_another_file_is_another_change() -> None:
    assert of((BEFORE, AFTER)) != of((BEFORE, AFTER), names=("two.yaml",))


def test_a_file_that_is_made_differs_from_one_that_is_emptied() -> None:
    assert len({of((BEFORE, "")), of(("", BEFORE)), of((BEFORE, BEFORE))}) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [("a/b: {c: 1}\n", "a: {b/c: 1}\n"), ("'#': x\n", "a: 1  # x\n"), ("a: 1\n", "a: true\n")],
)
def test_keys_and_kinds_cannot_be_mistaken_for_each_other(one: str, other: str) -> None:
    assert of(("{}\n", one)) != of(("{}\n", other))


TEXTS = st.lists(st.sampled_from(["# a\n", "# b\n", "# c\n", "\n", "# d"]), max_size=8).map("".join)


@given(TEXTS, TEXTS)
def test_the_ends_of_lines_do_not_matter_where_both_texts_have_the_same(before: str, after: str) -> None:
    as_git, as_windows = ([text.replace("\n", end) for text in (before, after)] for end in ("\n", "\r\n"))
    assert len({of(tuple(texts)) for texts in (as_git, as_windows)}) == 1  # type: ignore[arg-type]


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_cutting_what_two_texts_share_changes_no_digest(start: str, old: str, new: str, end: str) -> None:
    before, after = start + old + end, start + new + end
    pairs = [Counter(pairwise(["", *text.splitlines(keepends=True), ""])) for text in (before, after)]
    rows = [("one.yaml", "-", *pair) for pair in (pairs[0] - pairs[1]).elements()]
    rows += [("one.yaml", "+", *pair) for pair in (pairs[1] - pairs[0]).elements()]
    plain = hashlib.sha256(msgspec.json.encode(sorted(rows))).hexdigest()
    assert digest({"one.yaml": (yamledit.parse(before), yamledit.parse(after))}) == plain
