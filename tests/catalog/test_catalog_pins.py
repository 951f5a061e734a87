"""What `# modelsync: keep` keeps, and that a misspelt one keeps it all the same."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from catalog_files import entry, opened, with_model

from modelsync.catalog import Shape

DAY = date(2026, 11, 21)
PRICES = {"pricing.input", "pricing.output", "pricing.cache_read"}
FIELDS = ("model", "upstream.openrouter", "context_length", *PRICES, "features", "description")
ALL = set(FIELDS)


def kept(folder: Path, text: str, shape: Shape | None = None) -> set[str]:
    """The fields that the pins of the only entry keep."""
    read = entry(folder, text, shape)
    return {field for field in FIELDS if read.pin_of(field, DAY)}


@pytest.mark.parametrize(
    ("fields", "held"),
    [
        ("context_length: 8192  # a note  # modelsync: keep", {"context_length"}),
        ("context_length: 8192  # modelsync: keep", {"context_length"}),
        ("model: a\ncontext_length: 8192  # modelsync: keep", {"context_length"}),  # the entry's last line
        ("pricing:  # modelsync: keep\n  input: 3\n  output: 15", PRICES),
        ("pricing:\n  input: 3  # modelsync: keep\n  output: 15", {"pricing.input"}),
        ("pricing:\n  input: 3\n  output: 15  # modelsync: keep", {"pricing.output"}),  # the section's last
        ("pricing: {input: 3, output: 15}  # modelsync: keep", PRICES),
        ("pricing: {input: 3,\n  output: 15}  # modelsync: keep", PRICES),
        ("pricing: {\n  input: 3,  # modelsync: keep\n  output: 15\n}", {"pricing.input"}),
        ("pricing: {\n  input: 3,\n  output: 15\n}  # modelsync: keep", PRICES),
        (
            "pricing:\n  tiers:\n    - {above: 1, input: 3}  # modelsync: keep\n    - {above: 2, input: 4}",
            set(),
        ),
        ("features: [chat]  # modelsync: keep", {"features"}),
        ("features:\n  - chat  # modelsync: keep\n  - vision\nmodel: a", {"features"}),
        ("features:\n  - chat\n  - vision  # modelsync: keep\nmodel: a", {"features"}),
        ("features: [\n  chat\n]  # modelsync: keep\nmodel: a", {"features"}),
        ("description: >\n  two\n  lines\nmodel: a  # modelsync: keep", {"model"}),
        ("description: 'two\n  lines'  # modelsync: keep\nmodel: a", {"description"}),
        ("description: |  # modelsync: keep\n  two\n  lines\nmodel: a", {"description"}),
        ("upstream: {openrouter: x/y}  # modelsync: keep", {"upstream.openrouter"}),
        ("upstream:\n  openrouter: x/y  # modelsync: keep\n  other: z", {"upstream.openrouter"}),
        ("owner: us  # modelsync: keep\nmodel: a", set()),
        ("model: a  # a comment like any other", set()),
        ("description: 'modelsync: keep'\nmodel: a", set()),
        ("description: |\n  text  # modelsync: keep\n  more\nmodel: a", set()),
    ],
)
def test_a_pin_keeps_what_its_line_says(tmp_path: Path, fields: str, held: set[str]) -> None:
    assert kept(tmp_path, with_model(fields)) == held


@pytest.mark.parametrize(
    "text",
    [
        "providers:\n  openai:\n    models:\n      gpt-4o:  # modelsync: keep\n        model: a\n",
        "providers:\n  openai:\n    models:\n      gpt-4o: {model: a}  # modelsync: keep\n",
        "providers:\n  openai:\n    models:\n      gpt-4o: {model: a,\n        name: b}  # modelsync: keep\n",
        "providers:\n  openai:\n    models: {gpt-4o: {model: a,\n        name: b}}  # modelsync: keep\n",
        "providers: {openai: {models: {\n  gpt-4o: {model: a}  # modelsync: keep\n}}}\n",
    ],
)
def test_a_pin_on_the_entrys_key_keeps_all_of_it(tmp_path: Path, text: str) -> None:
    assert kept(tmp_path, text) == ALL


@pytest.mark.parametrize(
    ("fields", "held"),
    [
        ("# modelsync: keep, why\npricing: {input: 3, output: 15}\nmodel: a", PRICES),
        ("pricing:\n  # modelsync: keep until 2099-01-01\n  input: 3\n  output: 15", {"pricing.input"}),
        ("# modelsync: keep\n# agreed in May\ncontext_length: 1\nmodel: a", {"context_length"}),
        ("# agreed in May\n# modelsync: keep\nmodel: a\nname: b", {"model"}),
        ("pricing:\n# modelsync: keep\n  input: 3\n  output: 15", {"pricing.input"}),
    ],
)
def test_a_pin_on_a_line_of_its_own_keeps_what_begins_below(
    tmp_path: Path, fields: str, held: set[str]
) -> None:
    assert kept(tmp_path, with_model(fields)) == held
    assert not opened(tmp_path, models=with_model(fields)).problems


@pytest.mark.parametrize(
    ("fields", "held"),
    [
        ("# modelsync: keep\n\ncontext_length: 1\nmodel: a", {"context_length"}),
        ("pricing:\n  # modelsync: keep\n\n  # agreed\n  input: 3\n  output: 15", {"pricing.input"}),
        ("pricing:\n  input: 3\n  # modelsync: keep\n\n  output: 15", {"pricing.input", "pricing.output"}),
    ],
)
def test_a_pin_set_apart_keeps_what_it_stands_at_or_above_and_is_a_mistake(
    tmp_path: Path, fields: str, held: set[str]
) -> None:
    assert held <= kept(tmp_path, with_model(fields))
    (problem,) = opened(tmp_path, models=with_model(fields)).problems
    assert "right above it" in problem.text


TWO = """\
providers:
  a:
    models:
      b: {model: b}
      c: {model: c}
"""


@pytest.mark.parametrize(
    ("old", "new", "pinned"),
    [
        ("  a:\n", "  a:  # modelsync: keep\n", "bc"),
        ("  a:\n", "  # modelsync: keep until 2099-01-01, ours\n  a:\n", "bc"),
        ("  a:\n    models:\n", "  a:\n    models:  # modelsync keep\n", "bc"),
        ("providers:\n", "# modelsync: keep\nproviders:\n", "bc"),
        ("providers:\n", "# by modelsync; keep it sorted\nproviders:\n", ""),
        ("providers:\n", "# modelsync: keep\n\nproviders:\n", ""),
        ("  a:\n    models:\n", "  a:\n    name: A  # modelsync: keep\n    models:\n", ""),
    ],
)
def test_a_pin_at_a_provider_or_the_file_keeps_all_its_entries_and_is_a_mistake(
    tmp_path: Path, old: str, new: str, pinned: str
) -> None:
    read = opened(tmp_path, models=TWO.replace(old, new))
    assert "".join(one.key for one in read.catalog.entries() if one.pin_of("name", DAY)) == pinned
    assert read.problems


LISTS = """\
providers:
  a:
    models:
    - id: b
      name: B
    - {pin}
      id: c
      name: C
"""


def test_a_pin_behind_a_dash_alone_keeps_the_entry_that_it_begins(tmp_path: Path) -> None:
    read = opened(tmp_path, models=LISTS.format(pin="# modelsync: keep"))
    assert [one.key for one in read.catalog.entries() if one.pins] == ["c"]
    assert not read.problems


@pytest.mark.parametrize(
    "words",
    [
        *("do not touch - modelsync keep", "keep this, modelsync", "Keep. modelsync: no", "modelsync_keep"),
        *("modelsync-ignore", "hands off, modelsync", "pinned (modelsync must leave it)", "[modelsync] pin"),
        *("modelsync must not touch it", "never by modelsync", "locked for modelsync"),
    ],
)
def test_what_says_keep_and_names_modelsync_in_any_order_keeps_and_is_a_mistake(
    tmp_path: Path, words: str
) -> None:
    text = with_model(f"model: a  # {words}\nname: b")
    assert kept(tmp_path, text) == {"model"}
    assert len(opened(tmp_path, models=text).problems) == 1


def test_a_pin_above_the_entrys_key_keeps_all_of_it_and_no_other(tmp_path: Path) -> None:
    text = (
        "providers:\n  openai:\n    models:\n      one: {model: a}\n      # modelsync: keep, agreed\n"
        "      two:\n        model: b\n"
    )
    found = opened(tmp_path, models=text)
    assert [
        (read.name, [pin.field for pin in read.pins]) for read in found.catalog.entries() if read.pins
    ] == [("openai/two", [""])]
    assert not found.problems


@pytest.mark.parametrize("comment", ["modelsync keep", "modelsync keep until 2099-12-31", "model-sync: keep"])
def test_a_pin_nearly_right_keeps_what_it_stands_at_or_above(tmp_path: Path, comment: str) -> None:
    beside = with_model(f"model: a\ncontext_length: 1  # {comment}")
    above = with_model(f"model: a\n# {comment}\ncontext_length: 1")
    assert kept(tmp_path, beside) == kept(tmp_path, above) == {"context_length"}


@pytest.mark.parametrize(
    "comment",
    ["$schema=../../.modelsync/schema/provider.json", "see docs/modelsync.md", "keep this list sorted"],
)
def test_a_comment_that_only_names_a_file_of_ours_is_no_pin(tmp_path: Path, comment: str) -> None:
    found = opened(tmp_path, models=f"# {comment}\n" + with_model(f"model: a  # {comment}"))
    assert not found.problems
    assert not any(read.pins for read in found.catalog.entries())


def test_a_day_from_which_a_price_counts_keeps_nothing(tmp_path: Path) -> None:
    read = entry(
        tmp_path,
        with_model(
            "pricing:\n  input: 3  # modelsync: since 2026-07-30, their page\n"
            "  # modelsync: since 2026-08-01\n  output: 4  # modelsync: keep\n"
        ),
    )
    assert read.since == {"pricing.input": date(2026, 7, 30), "pricing.output": date(2026, 8, 1)}
    assert [pin.field for pin in read.pins] == ["pricing.output"]


def test_a_day_that_is_none_keeps_and_is_named(tmp_path: Path) -> None:
    read = opened(tmp_path, models=with_model("pricing:\n  input: 3  # modelsync: since 2026-02-30"))
    assert "not a pin that can be understood" in read.problems[0].text


@pytest.mark.parametrize("price", ["input", "output", "cache_read"])
def test_a_price_that_is_kept_is_kept_in_tiers_windows_and_variants(tmp_path: Path, price: str) -> None:
    read = entry(tmp_path, with_model(f"pricing:\n  {price}: 3  # modelsync: keep\n  reasoning: 4"))
    assert read.pin_of("pricing.tiers", DAY)
    assert read.pin_of("pricing.windows", DAY)
    assert read.pin_of("pricing.variants", DAY)
    other = entry(tmp_path, with_model("pricing:\n  input: 3\n  reasoning: 4  # modelsync: keep"))
    assert not other.pin_of("pricing.tiers", DAY)


def test_a_pin_belongs_to_its_own_entry_of_its_own_provider(tmp_path: Path) -> None:
    text = (
        "providers:\n  b:\n    models:\n      one: {model: a}\n      two:\n"
        "        model: a  # modelsync: keep\n"
        "  a:\n    models:\n      one:  # modelsync: keep\n        model: a\n      two: {model: b}\n"
    )
    found = opened(tmp_path, models=text).catalog
    assert [read.name for read in found.entries() if read.pins] == ["b/two", "a/one"]


def test_two_pins_alike_keep_each_its_own(tmp_path: Path) -> None:
    text = with_model("model: a  # modelsync: keep\nname: b\ncontext_length: 1  # modelsync: keep")
    assert [(pin.field, pin.line) for pin in entry(tmp_path, text).pins] == [
        ("model", 5),
        ("context_length", 7),
    ]


def test_a_pin_in_a_section_with_another_name_keeps_its_fields(tmp_path: Path) -> None:
    shape = Shape(keys={"pricing.input": "cost.in", "pricing.output": "cost.out"})
    assert kept(tmp_path, with_model("cost: {in: 3}  # modelsync: keep"), shape) == PRICES
    assert kept(tmp_path, with_model("cost:\n  in: 3  # modelsync: keep\n  out: 4"), shape) == {
        "pricing.input"
    }


def test_a_pin_holds_up_to_and_with_its_day_and_says_why(tmp_path: Path) -> None:
    text = with_model("model: a\ncontext_length: 1  # modelsync: keep until 2026-11-21, agreed with them")
    (pin,) = entry(tmp_path, text).pins
    assert (pin.until, pin.reason, pin.line) == (DAY, "agreed with them", 6)
    assert (pin.holds_on(DAY), pin.holds_on(date(2026, 11, 22))) == (True, False)


@pytest.mark.parametrize(
    "comment",
    [
        "modelsync: kepe",
        "modelsync: keep until tomorrow",
        "modelsync: keep until 2027-02-30",
        "modelsync: keep until 2027-01-01 negotiated",
        "modelsync: keep, until 2027-01-01",
        "modelsync:",
        "ModelSync : keep",
        "negotiated; modelsync: keep",
    ],
)
def test_a_misspelt_pin_keeps_its_field_all_the_same(tmp_path: Path, comment: str) -> None:
    assert kept(tmp_path, with_model(f"model: a\ncontext_length: 1  # {comment}")) == {"context_length"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (with_model("model: a  # modelsync: kepe"), 5),
        (with_model("model: a  # modelsync: keep until 2027-02-30"), 5),
        (with_model("model: a  # negotiated; modelsync: keep"), 5),
        (with_model("model: a  # modelsync: keep, until 2027-01-01"), 5),
        (with_model("# modelsync: keep\n\nmodel: a"), 5),
        (with_model("model: a\n# modelsync: keep"), 6),
        ("# modelsync: keep\n" + with_model("model: a"), 1),
        (with_model("model: a  # modelsync keep, ours"), 5),
        (with_model("model: a  # ModelSync keep"), 5),
        (with_model("model: a  # model-sync: keep"), 5),
        (with_model("model: a  # keep, modelsync"), 5),
        ("providers:\n  a:\n    models: {x: {model: a}}\n  b:  # modelsync: keep\n    models: {}\n", 4),
        ("providers:\n  a:\n    models:  # modelsync: keep\n      x: {model: a}\n", 3),
        ("providers:\n  a:\n    models:\n      x: {model: a}\n    name: b  # modelsync: keep\n", 5),
        ("providers:\n  a: {models: {x: {model: a}}}\nother: 1  # modelsync: keep\n", 3),
    ],
)
def test_a_pin_that_is_none_is_named_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    problems = opened(tmp_path, models=text).problems
    assert [problem.line for problem in problems] == [line]
    assert "pin" in problems[0].text


@pytest.mark.parametrize(
    "comment",
    ["modelsync: keep", "modelsync:keep", "modelsync: keep, why", "modelsync: keep until 2027-01-31"],
)
def test_a_pin_that_is_right_is_no_problem(tmp_path: Path, comment: str) -> None:
    assert not opened(tmp_path, models=with_model(f"model: a  # {comment}")).problems


def test_a_pin_is_found_behind_a_byte_order_mark_and_windows_line_endings(tmp_path: Path) -> None:
    text = "\ufeff" + with_model("model: a\ncontext_length: 1  # modelsync: keep").replace("\n", "\r\n")
    assert kept(tmp_path, text) == {"context_length"}


def test_pins_are_found_where_entries_are_shared_through_an_anchor(tmp_path: Path) -> None:
    text = (
        "base: &base\n  model: a\n  context_length: 1\nproviders:\n  openai:\n    models:\n"
        "      gpt-4o:\n        <<: *base\n        name: b  # modelsync: keep\n"
    )
    assert [pin.field for pin in entry(tmp_path, text).pins] == ["name"]


SHARED = """\
x-shared: &shared
  pricing:
    input: 5  # modelsync: keep, agreed
    output: 15
x-list:
  # modelsync: keep
  prices: &list {input: 10, output: 40}
x-other: &other
  pricing: *list
x-input: &in 7  # modelsync: keep
providers:
  openai:
    models:
      a:
        <<: *shared
        name: A
      b: {<<: *shared, pricing: {input: 6, output: 7}}
      c:
        pricing:
          <<: *list
          output: 3
      d: {name: D, pricing: *list}
      e: {<<: *other, name: E}
      f:
        name: F
        pricing:
          input: *in
          output: 9
      g: {name: G, pricing: {input: 10, output: 40}}
"""


def test_a_pin_in_a_block_that_entries_share_keeps_what_they_take_from_it(tmp_path: Path) -> None:
    read = opened(tmp_path, models=SHARED)
    assert not read.problems
    of = {
        one.key: {field for field in (*PRICES, "name") if one.pin_of(field, DAY)}
        for one in read.catalog.entries()
    }
    both = {"pricing.input", "pricing.output"}
    assert of == {
        "a": {"pricing.input"},
        "b": set(),
        "c": {"pricing.input"},
        "d": both,
        "e": both,
        "f": {"pricing.input"},
        "g": set(),
    }


@pytest.mark.fault("bombs", "a catalog of hostile shape: comments, pins, tags, keys, faults without end")
@pytest.mark.parametrize(
    "text",
    [
        "model: a\n" + "".join(f"own{number}: 1  # modelsync: keep\n" for number in range(10_000)),
        "# modelsync: keep\n" * 20_000 + "model: a\n",
        "model: a  # " + "keep " * 200_000 + "\nown: 1  # modelsync: keep\n",
        "model: a\n? own\n" + "# " * 50 + "\nb: 1  # modelsync: keep\n",
        "model: a\nown: &a" + " " * 100_000 + "!!str b  # modelsync: keep\n",
    ],
)
def test_comments_and_pins_take_no_more_than_their_share_of_time(tmp_path: Path, text: str) -> None:
    started = time.process_time()
    assert "model" in kept(tmp_path, with_model(text)) or "own" in text
    assert time.process_time() - started < 10
