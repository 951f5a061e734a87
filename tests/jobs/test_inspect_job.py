"""What `check` finds, with file and line, and what the other questions answer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from modelsync import config
from modelsync.errors import UsageError
from modelsync.jobs import check, inspect
from modelsync.run.request import Run

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "sync/modelsync/jobs/demo/openrouter.json"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SYNC_YAML = """\
sources:
  openrouter:
    endpoints: [{url: 'https://example.org/models'}]
mapping:
  - {match: '^openai/', provider: openai}
"""
GOOD = """\
providers:
  openai:
    name: OpenAI
    models:
      gpt-4o:
        model: gpt-4o
        upstream: {openrouter: openai/gpt-4o}
        pricing: {input: 2.5, output: 10, cache_read: 1.25}
        context_length: 128000
        max_output_tokens: 16384
        team: search
"""


def run_of(folder: Path, models: str = GOOD, sync_yaml: str = SYNC_YAML) -> Run:
    (folder / "catalog" / "providers").mkdir(parents=True)
    (folder / "catalog" / "sync.yaml").write_text(sync_yaml)
    (folder / "catalog" / "providers" / "openai.yaml").write_text(models)
    return run_at(folder / "catalog")


def run_at(folder: Path) -> Run:
    place = config.find(str(folder), folder)
    return Run(place, config.load(place), NOON, replay={"openrouter": RECORDED})


# ---------------------------------------------------------------------------- check


@pytest.mark.parametrize(
    "folder",
    [ROOT / "catalog", *ROOT.glob("sync/modelsync/jobs/demo/**/catalog")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_the_shipped_catalogs_are_valid(folder: Path) -> None:
    assert check.check(run_at(folder)).problems == ()


def test_a_valid_catalog_has_no_problems(tmp_path: Path) -> None:
    assert check.check(run_of(tmp_path)).problems == ()


def test_a_factor_of_the_provider_beside_numbers_in_quotes_is_no_mistake(tmp_path: Path) -> None:
    text = GOOD.replace("input: 2.5", 'input: "2.5"').replace(
        "    models:", "    pricing_factor: 0.5\n    models:"
    )
    assert check.check(run_of(tmp_path, text)).problems == ()


def test_a_zero_that_a_person_wrote_is_no_mistake(tmp_path: Path) -> None:
    assert check.check(run_of(tmp_path, GOOD.replace("output: 10", "output: 0"))).problems == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("context_length: 128000", "context_length: 128k", 9, "context_length is not a count: 128k"),
        ("input: 2.5", "input: free", 8, "pricing.input is not a token price: free"),
        ("{input: 2.5, output: 10, cache_read: 1.25}", "0.5", 8, "pricing is not a mapping: 0.5"),
        ("{input: 2.5, output: 10, cache_read: 1.25}", "[2.5, 10]", 8, "pricing is not a mapping: a list"),
        ("cache_read: 1.25", "tiers: [{above: 200k, input: 5}]", 8, "each is such as {above: 200000"),
        ("cache_read: 1.25", "tiers: [{above: 9000, input: 5}, {above: 9000, input: 6}]", 8, "there twice"),
        (
            "cache_read: 1.25",
            "variants: [{when: {service_tier: Batch}, input: 1}]",
            8,
            "the service tier Batch, did you mean batch?",
        ),
        ("team: search", "modalities: text", 11, "modalities is not a mapping: text"),
        ("input: 2.5", "input: -1", 8, "never negative"),
        ("cache_read: 1.25", "cache_read: 12.5", 8, "pricing.cache_read"),
        ("max_output_tokens: 16384", "max_output_tokens: 163840", 10, "max_output_tokens"),
        ("        model: gpt-4o\n", "", 5, "`model` is missing"),
        ("model: gpt-4o\n", "model:\n", 6, "`model` is missing"),
        ("model: gpt-4o\n", "model: 4\n", 6, "model is not a text: 4"),
        ("model: gpt-4o\n", "model: ' gpt-4o'\n", 6, "`model` has white space around it"),
        ("{openrouter: openai/gpt-4o}", "{azure: gpt-4o}", 7, "azure, which is no source"),
        ("{openrouter: openai/gpt-4o}", "openai/gpt-4o", 7, "upstream is not a mapping"),
        ("team: search", "priority: high", 5, "priority"),
        ("team: search", "hidden: perhaps", 5, "hidden"),
        ("team: search", "base: openai/gone", 11, "base openai/gone is not in the catalog"),
        ("team: search", "base: openai/gpt-4o", 11, "back to itself: openai/gpt-4o -> openai/gpt-4o"),
        ("team: search", "base: [openai/gpt-4o]", 5, "base is not the name of an entry"),
        ("team: search", "team: search  # modelsync: kepe", 11, "not a pin"),
        ("team: search", "# modelsync: keep", 11, "end of the line"),
        ("        team: search\n", "      gpt-5: soon\n", 11, "not a mapping"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in GOOD
    problems = check.check(run_of(tmp_path, GOOD.replace(old, new, 1))).problems
    assert [problem.line for problem in problems] == [line]
    assert problems[0].file.endswith("catalog/providers/openai.yaml")
    assert said in problems[0].text


def test_two_entries_may_follow_the_same_model(tmp_path: Path) -> None:
    second = "      gpt-4o-eu:\n        model: eu\n        upstream: {openrouter: openai/gpt-4o}\n"
    assert not check.check(run_of(tmp_path, GOOD + second)).problems


SERVED = """\
      gpt-4o-eu:
        model: gpt-4o-eu
        base: openai/gpt-4o
        priority: 100
"""


def test_what_does_not_fit_the_base_is_a_mistake_of_the_entry(tmp_path: Path) -> None:
    assert check.check(run_of(tmp_path / "one", GOOD + SERVED)).problems == ()
    (problem,) = check.check(
        run_of(tmp_path / "two", f"{GOOD}{SERVED}        max_output_tokens: 200000\n")
    ).problems
    assert problem.line == 16
    assert "max_output_tokens would be 200,000, above context_length 128,000" in problem.text


def test_a_persons_entry_without_a_reason_is_valid_and_worth_a_look(tmp_path: Path) -> None:
    (problem,) = check.check(run_of(tmp_path / "one", GOOD + SERVED)).advice
    assert (problem.line, problem.text) == (12, "openai/gpt-4o-eu: priority 100 and no reason")
    assert check.check(run_of(tmp_path / "two", f"{GOOD}{SERVED}        reason: ours\n")).advice == ()


def test_two_entries_with_one_native_id_are_valid_and_worth_a_look_unless_one_is_a_persons(
    tmp_path: Path,
) -> None:
    dear = "      gpt-4o-fast:\n        name: Fast\n        model: gpt-4o\n"
    twice = run_of(tmp_path / "one", GOOD + dear)
    (problem,) = check.check(twice).advice
    assert (problem.line, problem.text) == (
        14,
        "openai/gpt-4o-fast: its model is gpt-4o, as that of gpt-4o is",
    )
    assert check.check(twice).problems == ()
    persons = f"{GOOD}{dear}        priority: 100\n        reason: the fast tier\n"
    assert check.check(run_of(tmp_path / "two", persons)).advice == ()


def test_all_problems_are_named_in_the_order_of_the_file(tmp_path: Path) -> None:
    bad = GOOD.replace("128000", "128k").replace("2.5", "free").replace("team: search", "hidden: perhaps")
    assert [problem.line for problem in check.check(run_of(tmp_path, bad)).problems] == [5, 8, 9]


def test_what_sync_may_not_write_is_a_persons_affair(tmp_path: Path) -> None:
    bad = GOOD.replace("128000", "128k").replace("        model: gpt-4o\n", "")
    only_prices = SYNC_YAML + "fields: [pricing]\n"
    assert check.check(run_of(tmp_path, bad, only_prices)).problems == ()


def test_patterns_that_mean_no_file_are_a_problem_unless_one_would_be_made(tmp_path: Path) -> None:
    nowhere = SYNC_YAML + "files: ['models/*.yaml']\n"
    (problem,) = check.check(run_of(tmp_path / "one", GOOD, nowhere)).problems
    assert problem.file.endswith("catalog/sync.yaml")
    assert check.check(run_of(tmp_path / "two", GOOD, nowhere + "create_providers: true\n")).problems == ()


# ---------------------------------------------------------------------------- list, show, status


def test_a_provider_or_all_of_them_are_listed(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    assert [provider.key for provider in inspect.providers(run, None)] == ["openai"]
    assert list(inspect.providers(run, "openai")[0].entries) == ["gpt-4o"]
    with pytest.raises(UsageError, match="opnai"):
        inspect.providers(run, "opnai")


def test_one_model_is_shown(tmp_path: Path) -> None:
    shown = inspect.shown(run_of(tmp_path), "openai/gpt-4o")
    assert (shown.entry.provider, shown.entry.values["context_length"]) == ("openai", 128000)


def test_a_model_is_shown_with_what_its_base_says_and_where_each_value_is_from(tmp_path: Path) -> None:
    stated = "        pricing: {input: 3}  # modelsync: keep\n"
    run = run_of(tmp_path, GOOD + SERVED + stated)
    entry = inspect.shown(run, "openai/gpt-4o-eu").entry
    assert (entry.values["context_length"], entry.own) == (128000, ("model", "pricing.input"))
    assert inspect.origins(run, entry) == dict.fromkeys(
        ("context_length", "max_output_tokens", "pricing.output", "pricing.cache_read"), "base openai/gpt-4o"
    )
    assert inspect.providers(run, "openai")[0].entries["gpt-4o-eu"] == entry


@pytest.mark.parametrize(
    ("limit", "price", "lines"),
    [
        ("0300000", "2.5", ["0300000 is 300000 to readers of YAML 1.2, and 98304 to those of YAML 1.1"]),
        ("128_000", "2.5", ["128_000 is text to readers of YAML 1.2, and 128000 to those of YAML 1.1"]),
        ("128000", "25e-1", ["25e-1 is 2.5 to readers of YAML 1.2, and text to those of YAML 1.1"]),
        (
            "128000",
            "'2.5'",
            ["numbers in quotes (1): text to a reader that takes them as they stand"],
        ),
        ("128000", "2.50", []),
    ],
)
def test_a_number_that_others_read_otherwise_is_valid_and_named(
    tmp_path: Path, limit: str, price: str, lines: list[str]
) -> None:
    entry = (
        f"      n:\n        model: n\n        context_length: {limit}\n        pricing: {{input: {price}}}\n"
    )
    run = run_of(tmp_path, GOOD + entry)
    assert check.check(run).problems == ()
    assert [problem.text for problem in check.check(run).advice] == lines


@pytest.mark.parametrize("price", ["{currency: CNY, input: 2.4}", "{input: 0.5 EUR}", "{input: '¥2'}"])
def test_a_price_in_another_currency_is_a_persons_affair(tmp_path: Path, price: str) -> None:
    run = run_of(tmp_path, f"{GOOD}      n:\n        model: n\n        pricing: {price}\n")
    assert check.check(run).problems == ()
