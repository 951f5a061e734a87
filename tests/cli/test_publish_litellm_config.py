"""`publish litellm --config`: the prices of a proxy's own file, all else of it byte for byte."""

from __future__ import annotations

import pytest

from workplace import Ran, Workplace

CONFIG = """\
# What the proxy serves. Ask the platform team.
model_list:
  - model_name: gpt-4o            # what applications call
    litellm_params:
      model: openai/gpt-4o
      api_key: os.environ/OPENAI_API_KEY
      input_cost_per_token: 0.000002   # a promise of theirs
      output_cost_per_token: 1e-5
  - model_name: gpt-4o   # the second key
    litellm_params: {model: gpt-4o, api_key: os.environ/OPENAI_KEY_2}
    model_info:
        input_cost_per_token: "0.000002"   # quoted, as ours all are

  - model_name: claude-opus-5
    litellm_params:
      model: vertex_ai/claude-opus-5   # another provider's
      input_cost_per_token: 0.1
  - model_name: house-style
    litellm_params: {model: "openai/house-style:3", input_cost_per_token: 0.5, input_cost_per_second: 2}
  - {model_name: "*", litellm_params: {model: "*"}}
general_settings: {master_key: os.environ/LITELLM_MASTER_KEY}   # the end
"""


@pytest.fixture(autouse=True)
def config(workplace: Workplace) -> None:
    (workplace.path / "config.yaml").write_text(CONFIG)


def publish(workplace: Workplace, *options: str, code: int = 0) -> Ran:
    ran = workplace.run("publish", "litellm", "--config", "config.yaml", *options)
    assert ran.code == code, ran.err + ran.out
    return ran


def changed(workplace: Workplace) -> list[tuple[str, str]]:
    """The lines that are other ones now, with what they are, in a file that has no more and no fewer."""
    before, after = CONFIG.splitlines(), (workplace.path / "config.yaml").read_text().splitlines()
    assert len(before) == len(after)
    return [(old, new) for old, new in zip(before, after, strict=True) if old != new]


def test_prices_become_the_catalogs_where_they_stand_and_all_else_stays_byte_for_byte(workplace):
    assert "updated: openai/gpt-4o" in publish(workplace).out
    text = (workplace.path / "config.yaml").read_text()
    expected = (
        CONFIG.replace("0.000002   # a promise", "0.0000025   # a promise")
        .replace('"0.000002"   # quoted', '"0.0000025"   # quoted')
        .replace(
            "quoted, as ours all are\n", "quoted, as ours all are\n        output_cost_per_token: 0.00001\n"
        )
    )
    assert text == expected
    assert "2 unchanged" in publish(workplace).out
    assert (workplace.path / "config.yaml").read_text() == expected


def test_a_dry_run_shows_what_would_be_edited_and_edits_nothing(workplace):
    out = publish(workplace, "-n").out
    assert "UPDATE: openai/gpt-4o - GPT-4o (input_cost_per_token, output_cost_per_token)" in out
    assert "litellm config.yaml" in out
    assert changed(workplace) == []


def test_what_the_catalog_does_not_know_stays_and_only_models_of_the_file_are_named(workplace):
    out = publish(workplace).out
    text = (workplace.path / "config.yaml").read_text()
    assert "input_cost_per_token: 0.5, input_cost_per_second: 2}" in text
    assert "model: vertex_ai/claude-opus-5   # another provider's\n      input_cost_per_token: 0.1\n" in text
    assert "not told: an input price, which is not known: openai/house-style" in out
    assert "claude" not in out


def test_a_rollback_is_the_publishing_of_another_commit(workplace):
    publish(workplace)
    before = (workplace.path / "config.yaml").read_text()
    workplace.says("input: 2.50 ", "input: 3.50 ")
    publish(workplace)
    assert "0.0000035" in (workplace.path / "config.yaml").read_text()
    publish(workplace, "--rev", "HEAD~1")
    assert (workplace.path / "config.yaml").read_text() == before


def test_tiers_are_written_by_their_keys(workplace):
    workplace.says(
        "          output: 10      # the same\n",
        "          output: 10\n          tiers: [{above: 200000, input: 5, output: 20}]\n",
    )
    publish(workplace)
    text = (workplace.path / "config.yaml").read_text()
    assert "      input_cost_per_token_above_200k_tokens: 0.000005\n" in text
    assert "2 unchanged" in publish(workplace).out


def test_a_deployment_that_cannot_be_edited_fails_alone(workplace):
    shared = CONFIG.replace(
        "    litellm_params: {model: gpt-4o, api_key: os.environ/OPENAI_KEY_2}\n",
        "    litellm_params: &shared {model: gpt-4o, input_cost_per_token: 1}\n",
    ).replace(
        '  - {model_name: "*", litellm_params: {model: "*"}}\n',
        "  - {model_name: gpt-4o, litellm_params: {<<: *shared, model: openai/gpt-4o}}\n"
        "  - {model_name: o1, litellm_params: {model: openai/o1}}\n",
    )
    (workplace.path / "config.yaml").write_text(shared)
    ran = publish(workplace, code=7)
    assert "failed: openai/gpt-4o: " in ran.out
    text = (workplace.path / "config.yaml").read_text()
    assert "{model: openai/o1, input_cost_per_token: 0.000015, output_cost_per_token: 0.00006}" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model_list: 5\n", "no list `model_list:`"),
        ("a: [\n", "line"),
        ("\ufeff\x00", "line"),
        ("- 1\n", "no list"),
    ],
)
def test_a_file_that_is_none_is_named(workplace, text, words):
    (workplace.path / "config.yaml").write_text(text)
    err = publish(workplace, code=7).err
    assert "config.yaml" in err
    assert words in err


def test_other_targets_have_no_such_file(workplace):
    ran = workplace.run("publish", "sql", "--config", "config.yaml")
    assert (ran.code, "sql has no configuration file" in ran.err) == (2, True)


def test_each_file_has_a_note_of_its_own_of_what_is_to_be_repeated(workplace):
    publish(workplace)
    (workplace.path / "other.yaml").write_text(CONFIG)
    ran = workplace.run("publish", "litellm", "--config", "other.yaml", "--retry")
    assert (ran.code, "nothing is noted of a publication to litellm other.yaml" in ran.err) == (2, True)
    assert "0 unchanged" in publish(workplace, "--retry").out  # nothing of this one was left
