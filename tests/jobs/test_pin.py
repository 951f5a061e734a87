"""`pin`: the comment goes to the right line, loses nothing that is there, and reads back as this pin."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from modelsync import config
from modelsync.errors import CatalogEditRefused, Locked, UsageError
from modelsync.jobs import decide
from modelsync.records import Pin
from modelsync.run.request import Run
from workplace import OPENAI, Workplace

FILE = "catalog/providers/openai.yaml"
FLOW = """\
providers:
  openai:
    models:
      one:
        model: one
        cost: {in: 1, out: 2}
        pricing: {
          input: 1,
          output: 2, cache_read: 0.1}
        description: |
          two
          lines
        features:
          - chat
          - vision
      two: {model: two, name: 2}
      llama3:8b:
        model: x   # modelsync: kepe, why
        context_length: 1    # modelsync: keep, for us
        max_output_tokens: 1    # agreed; modelsync: keep
        name: 'a  # modelsync: keep'
"""


def pin(workplace: Workplace, name: str, until: date | None = None, reason: str = "") -> list[str]:
    """Pin it, and give the lines that changed."""
    decide.pin(asked(workplace), name, until=until, reason=reason)
    return [line for line in workplace.diff("HEAD") if line.startswith("+")]


def asked(workplace: Workplace) -> Run:
    place = config.find(str(workplace.path / "catalog"), workplace.path)
    return Run(place=place, config=config.load(place), now=config.now(), no_commit=True)


def pins(workplace: Workplace, name: str) -> list[Pin]:
    from modelsync.jobs import opening

    entries = {entry.name: entry for entry in opening.open_catalog(asked(workplace)).catalog.entries()}
    return list(entries[name].pins)


@pytest.fixture
def flow(workplace: Workplace) -> Workplace:
    workplace.openai.write_text(FLOW)
    workplace.team.commit_all("more")
    return workplace


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("openai/o1", "      o1:  # modelsync: keep"),
        ("openai/o1:pricing", "        pricing:  # modelsync: keep"),
        ("openai/o1:pricing.output", "          output: 60  # modelsync: keep"),
        ("openai/o1:upstream", "        upstream: {openrouter: openai/o1}  # modelsync: keep"),
        ("openai/o1:model", "        model: o1  # modelsync: keep"),
        ("openai/gpt-4o-mini", "        input: 0.15, output: 0.6}}  # modelsync: keep"),
        ("openai/gpt-4o:context_length", "        context_length: 128000  # modelsync: keep"),
    ],
)
def test_a_pin_goes_to_the_end_of_its_line(workplace, name, line):
    assert pin(workplace, name) == ["+" + line]
    assert [found.field for found in pins(workplace, name.partition(":")[0])] == [name.partition(":")[2]]
    assert pin(workplace, name) == ["+" + line]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("openai/one:pricing", "          output: 2, cache_read: 0.1}  # modelsync: keep"),
        ("openai/one:pricing.input", "          input: 1,  # modelsync: keep"),
        ("openai/one:description", "        description: |  # modelsync: keep"),
        ("openai/one:features", "        features:  # modelsync: keep"),
        ("openai/two", "      two: {model: two, name: 2}  # modelsync: keep"),
        ("openai/llama3:8b", "      llama3:8b:  # modelsync: keep"),
        ("openai/llama3:8b:name", "        name: 'a  # modelsync: keep'  # modelsync: keep"),
    ],
)
def test_a_pin_finds_its_line_in_every_style(flow, name, line):
    assert pin(flow, name) == ["+" + line]


def test_a_pin_says_until_when_and_why(workplace):
    until = date(2099, 1, 31)
    (line,) = pin(workplace, "openai/o1:pricing.input", until, "ticket #5: theirs, not ours")
    assert line.endswith("input: 15  # modelsync: keep until 2099-01-31, ticket #5: theirs, not ours")
    (found,) = pins(workplace, "openai/o1")
    assert (found.field, found.until, found.reason) == ("pricing.input", until, "ticket #5: theirs, not ours")


def test_a_pin_stands_behind_the_comment_that_is_there(workplace):
    (line,) = pin(workplace, "openai/gpt-4o:pricing.input", reason="negotiated")
    assert line == "+          input: 2.50     # list price  # modelsync: keep, negotiated"
    (renewed,) = pin(workplace, "openai/gpt-4o:pricing.input", date(2099, 1, 31))
    assert (
        renewed == "+          input: 2.50     # list price  # modelsync: keep until 2099-01-31, negotiated"
    )


@pytest.mark.parametrize(
    ("until", "reason", "line"),
    [
        (None, "", "1.1    # modelsync: keep, negotiated"),
        (date(2099, 12, 31), "", None),
        (date(2098, 1, 1), "new terms", "1.1    # modelsync: keep until 2098-01-01, new terms"),
    ],
)
def test_a_pin_with_other_words_is_renewed_in_its_place(workplace, until, reason, line):
    changed = pin(workplace, "openai/o4-mini:pricing.input", until, reason)
    assert changed == ([f"+          input: {line}"] if line else [])


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("model", "model: x   # modelsync: keep"),
        ("max_output_tokens", "max_output_tokens: 1    # agreed; modelsync: keep  # modelsync: keep"),
    ],
)
def test_a_misspelt_pin_is_set_right(flow, field, line):
    assert pin(flow, f"openai/llama3:8b:{field}") == [f"+        {line}"]
    found = next(pin for pin in pins(flow, "openai/llama3:8b") if pin.field == field)
    assert (found.until, found.reason) == (None, "")


def test_one_of_several_that_their_provider_keeps_gets_a_pin_of_its_own(flow):
    at_provider = "  openai:  # modelsync: keep until 2020-01-01\n"
    flow.openai.write_text(FLOW.replace("  openai:\n", at_provider))
    pin(flow, "openai/two", reason="ours")
    assert "two: {model: two, name: 2}  # modelsync: keep, ours\n" in flow.openai.read_text()
    assert at_provider in flow.openai.read_text()


def test_the_model_beside_it_gets_no_pin(flow):
    with pytest.raises(CatalogEditRefused) as refused:
        pin(flow, "openai/one:pricing.output")
    assert refused.value.where.endswith(f"{FILE}:9")
    assert "line of its own" in refused.value.advice


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("openai/o3:pricing.input", "the whole line's"),
        ("openai/two:name", "the whole line's"),
    ],
)
def test_a_line_that_is_not_the_fields_own_is_refused(workplace, name, what):
    workplace.edit("house-style:\n        model: house-style:3\n", "two: {model: 2, name: x}\n      house:\n")
    before = workplace.openai.read_text()
    with pytest.raises(CatalogEditRefused, match=what):
        pin(workplace, name)
    assert workplace.openai.read_text() == before


def test_what_would_not_read_as_this_pin_is_not_written(flow):
    with pytest.raises(CatalogEditRefused, match="would not read as this") as refused:
        pin(flow, "openai/one:features", reason="until tomorrow")
    assert "by hand" in refused.value.advice
    assert flow.openai.read_text() == FLOW


@pytest.mark.parametrize(
    ("name", "until", "reason", "what"),
    [
        ("openai/o9", None, "", "no model o9"),
        ("openai/o1:", None, "", "no field after the colon"),
        ("openai/o1:prices", None, "", "prices is not a field"),
        ("openai/o1:team", None, "", "team is not a field"),
        ("openai/o1:features", None, "", "states no features"),
        ("openai/o1", date(2020, 1, 1), "", "is over already"),
        ("openai/o1", None, "two\nlines", "one line of printable text"),
        ("openai/o1", None, "\x1b[31m", "one line of printable text"),
        ("openai/o1", None, "\u202ex", "one line of printable text"),
    ],
)
def test_what_cannot_be_pinned_is_a_matter_of_usage(workplace, name, until, reason, what):
    with pytest.raises(UsageError, match=what):
        pin(workplace, name, until, reason)
    assert workplace.openai.read_text() == OPENAI


def test_the_key_names_of_the_team_lead_to_the_line(workplace):
    workplace.configure("keys: {pricing.input: cost.in, pricing.output: out}\n")
    workplace.openai.write_text(
        FLOW.replace("cost: {in: 1, out: 2}", "cost:\n          in: 1\n        out: 2")
    )
    workplace.team.commit_all("more")
    assert pin(workplace, "openai/one:pricing.input") == ["+          in: 1  # modelsync: keep"]
    with pytest.raises(UsageError, match="pricing has no key of its own"):
        pin(workplace, "openai/one:pricing")


def test_a_pin_waits_for_no_other_run_and_leaves_a_backup(workplace):
    from modelsync.disk import transaction

    run = asked(workplace)
    with transaction.lock(run.place.state, run.place.locked), pytest.raises(Locked):
        pin(workplace, "openai/o1")
    assert (workplace.openai.read_text(), workplace.backups()) == (OPENAI, [])
    done = decide.pin(run, "openai/o1", until=None, reason="")
    stored = workplace.path / "backups" / Path(done.backup).name / "files" / FILE
    assert stored.read_text() == OPENAI
