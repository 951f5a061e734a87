"""That a catalog is adopted as it stands: read rightly or asked about, and never given a key it has not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelsync import config
from modelsync.errors import CatalogError, UsageError
from modelsync.jobs import check, init, inspect, sync
from modelsync.records import Report
from modelsync.run.request import Run

SAMPLES = Path(__file__).parents[1] / "data" / "catalogs"
RECORDED = Path(__file__).parents[2] / "sync/modelsync/jobs/demo/openrouter.json"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PRICES = ("pricing.input", "pricing.output", "pricing.cache_read")
FIELDS = ("model", "context_length", "max_output_tokens", *PRICES)
FILES = ["llm_models.yml", "flat_prices.yml", "flow_entries.yml", "comments.yml"]


def adopted(root: Path, text: str | bytes, unit: str | None = None) -> config.Config:
    """What `init --from config/models.yml` writes for a file with this text."""
    raw = text.encode() if isinstance(text, str) else text
    (root / "config").mkdir()
    (root / "config" / "models.yml").write_bytes(raw)
    list(init.init(root / "catalog", root / "config" / "models.yml", unit))
    assert (root / "config" / "models.yml").read_bytes() == raw
    return config.load(config.find(None, root))


def run_in(root: Path) -> Run:
    place = config.find(None, root)
    return Run(place, config.load(place), NOON, replay={"openrouter": RECORDED}, no_commit=True)


def synced(root: Path) -> Report:
    return sync.sync(run_in(root))


def with_models(*entries: str, comment: str = "") -> str:
    lines = "".join(f"      m{number}: {entry}\n" for number, entry in enumerate(entries))
    return f"{comment}providers:\n  openai:\n    models:\n{lines}"


def key_names(text: str) -> set[str]:
    """What a reader of the entries has to know: the paths of keys in any entry."""
    providers = yaml.safe_load(text)["providers"].values()
    return {path for provider in providers for entry in provider["models"].values() for path in _paths(entry)}


def _paths(value: Any, path: str = "") -> Iterator[str]:
    for key, below in value.items() if isinstance(value, dict) else ():
        yield f"{path}/{key}"
        yield from _paths(below, f"{path}/{key}")


# ---------------------------------------------------------------------------- the whole way


@pytest.mark.parametrize("name", FILES)
def test_the_first_sync_adds_no_key_that_its_readers_do_not_know(tmp_path: Path, name: str) -> None:
    text = (SAMPLES / name).read_text()
    adopted(tmp_path, text)
    done = synced(tmp_path)
    after = (tmp_path / "config" / "models.yml").read_text()
    assert done.plan.failures == ()
    assert key_names(after) == key_names(text)


def test_the_first_sync_changes_the_lines_whose_values_changed(tmp_path: Path) -> None:
    text = (SAMPLES / "llm_models.yml").read_text()
    adopted(tmp_path, text)
    done = synced(tmp_path)
    after = (tmp_path / "config" / "models.yml").read_text()
    fields = sum(len(change.fields) for change in done.plan.changes)
    differing = [
        pair for pair in zip(text.splitlines(), after.splitlines(), strict=True) if len(set(pair)) > 1
    ]
    assert 0 < len(differing) <= fields
    assert synced(tmp_path).outcome == "nothing"


def test_a_model_that_one_runs_oneself_keeps_its_price_and_its_limits(tmp_path: Path) -> None:
    text = (SAMPLES / "llm_models.yml").read_text()
    adopted(tmp_path, text)
    synced(tmp_path)
    after = (tmp_path / "config" / "models.yml").read_text()
    assert after != text
    assert after.partition("  ollama:")[2] == text.partition("  ollama:")[2]


@pytest.mark.parametrize("name", FILES)
def test_what_is_written_reads_the_same_in_yaml_1_1(tmp_path: Path, name: str) -> None:
    written = adopted(tmp_path, (SAMPLES / name).read_text())
    loaded = yaml.safe_load((tmp_path / "catalog" / "sync.yaml").read_text())
    assert [rule["match"] for rule in loaded["mapping"]] == [rule.match for rule in written.mapping]
    assert (loaded["files"], loaded["keys"]) == (list(written.files), written.keys)


@pytest.mark.parametrize("name", FILES)
def test_what_was_adopted_is_valid_as_it_stands(tmp_path: Path, name: str) -> None:
    adopted(tmp_path, (SAMPLES / name).read_text())
    assert check.check(run_in(tmp_path)).problems == ()


def test_a_new_catalog_is_started_and_synced(tmp_path: Path) -> None:
    said = list(init.init(tmp_path / "catalog", None, None))
    assert said[-1] == "next: commit catalog/, then modelsync plan"
    assert check.check(run_in(tmp_path)).problems == ()
    done = synced(tmp_path)
    assert done.plan.count("add") > 50
    assert sorted(path.name for path in (tmp_path / "catalog" / "providers").iterdir()) == [
        "anthropic.yaml",
        "gemini.yaml",
        "openai.yaml",
    ]
    assert synced(tmp_path).outcome == "nothing"


# ---------------------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("entry", "keys"),
    [
        ("{id: a, context_window: 128000, max_tokens: 16384}", "id context_window max_tokens"),
        ("{id: a, limits: {context: 128000, max_output: 16384}}", "id limits.context limits.max_output"),
        (
            "{id: a, max_input_tokens: 128000, max_output_tokens: 16384}",
            "id max_input_tokens",
        ),
        ("{model: a, maxInputTokens: 8, max_output_tokens: 4, max_tokens: 4}", "- maxInputTokens"),
        ("{model: a, pricing: {prompt: 3, completion: 15}}", "- - - pricing.prompt pricing.completion"),
        ("{model: a, cost: {input: 3, output: 4, cached: 1}}", "- - - cost.input cost.output cost.cached"),
        ("{model: a, input_price_per_million: 3}", "- - - input_price_per_million"),
        ("{model: a, cost_per_1m_in: 3, cost_per_1m_out: 15}", "- - - cost_per_1m_in cost_per_1m_out"),
        ("{model: a, inputPrice: 3, outputPrice: 15}", "- - - inputPrice outputPrice"),
        ("{model: a, input_cost_per_mtok: 3}", "- - - input_cost_per_mtok"),
        ("{model: a, input_usd: 3, cache_read_usd: 1}", "- - - input_usd - cache_read_usd"),
    ],
)
def test_keys_of_many_kinds_are_understood(tmp_path: Path, entry: str, keys: str) -> None:
    fields = [
        "model",
        "context_length",
        "max_output_tokens",
        "pricing.input",
        "pricing.output",
        "pricing.cache_read",
    ]
    expected = {field: key for field, key in zip(fields, keys.split(), strict=False) if key != "-"}
    assert adopted(tmp_path, with_models(entry)).keys == expected


@pytest.mark.parametrize(
    "entry",
    [
        "{model: a, rate_limit: {input: 3}}",
        "{model: a, tokens_per_request: 3}",
        "{model: a, max_cost: 3}",
        "{model: a, input: 3}",
        "{model: a, input_cost_per_token_batches: 3}",
        "{model: a, capabilities: {vision: true}}",
        "{model: a, capabilities: [tools, json_mode]}",
        "{model: a, released: last May}",
        "{model: a, availability: general}",
        "{model: a, context_window: 128k}",
        "{model: a, upstream: azure}",
        "{model: a, name: null}",
        "{model: a, max_tokens: 4096}",
        "{model: a, max_tokens: 128000}",
        "{model: a, max_tokens: 1000, temperature: 0.2}",
        "{model: a, params: {max_tokens: 16384, top_p: 1}}",
    ],
)
def test_a_key_that_may_mean_something_else_is_left_alone(tmp_path: Path, entry: str) -> None:
    assert adopted(tmp_path, with_models(entry)).fields == ("model",)


def test_what_is_left_alone_is_said(tmp_path: Path) -> None:
    (tmp_path / "models.yml").write_text(with_models("{model: a, capabilities: [tools, json_mode]}"))
    said = list(init.init(tmp_path / "catalog", tmp_path / "models.yml", None))
    assert "left as it is: capabilities: has words of your own (json_mode, tools)" in said


@pytest.mark.parametrize(
    ("entry", "left", "why"),
    [
        ("max_tokens: 16384, temperature: 0.2", "max_tokens", "temperature is beside it"),
        ("max_tokens: 16384, topP: 1", "max_tokens", "topP is beside it"),
        ("max_output_tokens: 4000, temperature: 0.2", "max_output_tokens", "temperature is beside it"),
        ("max_completion_tokens: 4000, verbosity: low", "max_completion_tokens", "verbosity is beside it"),
        ("max_output_tokens: 1000", "max_output_tokens", "small"),
        ("max_input_tokens: 32000, temperature: 0", "max_input_tokens", "temperature is beside it"),
        (
            "generation_config: {max_output_tokens: 2500}",
            "generation_config.max_output_tokens",
            "below generation_config",
        ),
        ("default_params: {maxTokens: 4000}", "default_params.maxTokens", "below default_params"),
        ("max_tokens: 1000", "max_tokens", "small"),
        ("max_completion_tokens: 500", "max_completion_tokens", "small"),
        ("max_tokens: 128000", "max_tokens", "may be the context"),
        ("max_input_tokens: 272000, max_output_tokens: 128000", "max_input_tokens", "the limit of the input"),
    ],
)
def test_a_limit_that_its_values_or_neighbours_deny_is_left_alone_and_said(
    tmp_path, entry, left, why
) -> None:
    context = "" if "input" in left else "context_window: 128000, "
    (tmp_path / "models.yml").write_text(with_models(f"{{model: a, {context}{entry}}}"))
    lines = list(init.init(tmp_path / "catalog", tmp_path / "models.yml", None))
    assert [why in line for line in lines if line.startswith(f"left as it is: {left}: ")] == [True]
    assert left not in config.load(config.find(None, tmp_path)).keys.values()


@pytest.mark.parametrize(
    "text",
    [
        with_models("{model: a, context: 8192, currency: CNY, cost: {input: 3}}"),
        with_models("{model: a, context: 8192, cost: {currency: EUR, input: 3}}"),
        with_models("{model: a, context: 8192, cost: {input: 0.25}}", comment="# US cents per 1K tokens\n"),
        with_models("{model: a, context: 8192, cost: {input: 3}}", comment="# yuan per million tokens\n"),
        with_models("{model: a, context: 8192, cost: {input: 3}}", comment="# Preise in €, je 1M\n"),
        with_models("{model: a, context: 8192, input_price_rmb: 3}"),
        with_models("{model: a, context: 8192, unit: CNY/1K, cost: {input: 0.003}}"),
        "currency: JPY\n" + with_models("{model: a, context: 8192, cost: {input: 3}}"),
        with_models("{context: 8192, cost: {input: 3}}").replace(
            "    models", "    currency: inr\n    models"
        ),
    ],
)
def test_prices_in_another_currency_are_left_alone_and_said(tmp_path, text) -> None:
    (tmp_path / "models.yml").write_text(text)
    lines = list(init.init(tmp_path / "catalog", tmp_path / "models.yml", None))
    assert any("sync knows USD only" in line for line in lines) or "input_price_rmb" in text
    assert "prices that are not all in USD" in " ".join(lines)
    fields = config.load(config.find(None, tmp_path)).fields or ()
    assert [field for field in fields if field.startswith("pricing")] == []
    assert "context_length" in fields


@pytest.mark.parametrize("key", ["api_model", "apiModel", "api_name", "api-id"])
def test_the_id_that_the_api_takes_is_the_model_beside_the_id_that_applications_ask_for(
    tmp_path, key: str
) -> None:
    entry = f"      - {{id: gpt-4o, {key}: gpt-4o-2024-05-13, cost: {{input: 5}}}}\n"
    settings = adopted(tmp_path, f"# USD per 1M tokens\nproviders:\n  openai:\n    models:\n{entry}")
    assert settings.keys["model"] == key


@pytest.mark.parametrize("comment", ["# USD per 1M tokens, EU region\n", "# neuron, $ per million\n"])
def test_prices_in_dollars_are_no_other_currency(tmp_path, comment) -> None:
    settings = adopted(tmp_path, with_models("{cost: {input: 3}}", comment=comment))
    assert "pricing.input" in (settings.fields or ())


def test_models_as_a_list_below_their_provider_are_adopted_and_synced(tmp_path) -> None:
    text = (
        "# USD per 1M tokens\nproviders:\n  openai:\n    models:\n"
        "      - {model: gpt-4o, context_window: 128000, pricing: {input: 5, output: 15}}  # ours\n"
        "      - {model: o3, pricing: {input: 10, output: 40}}\n"
    )
    adopted(tmp_path, text)
    assert check.check(run_in(tmp_path)).problems == ()
    synced(tmp_path)
    after = (tmp_path / "config" / "models.yml").read_text()
    models = yaml.safe_load(after)["providers"]["openai"]["models"]
    assert "  # ours\n" in after
    assert [entry["model"] for entry in models] == ["gpt-4o", "o3"]
    assert after != text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("providers: {openai: {models: [gpt-4o, o3]}}\n", "provider openai"),
        ("providers: {openai: {models: {}}}\n", "holds no model"),
        ("providers: {openai: {models: {a: 3}}}\n", "provider openai"),
        ("providers: {openai: {models: [{x: 1}, {x: 2}]}}\n", "provider openai"),
        ("- {provider: openai, models: [{name: a}]}\n", "there is a list"),
        ("development:\n  providers: {openai: {models: {a: {model: a}}}}\n", "below `development:`"),
        ("models: [{id: a, provider: openai}]\n", "there is models, a list"),
        ("model_list: [{model_name: a}]\nrouter: {}\n", "there is model_list, a list; router"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_was_seen(tmp_path, text, words) -> None:
    with pytest.raises(CatalogError) as refused:
        adopted(tmp_path, text)
    assert words in refused.value.what
    assert not (tmp_path / "catalog").exists()


def test_ids_that_entries_follow_are_kept_up(tmp_path: Path) -> None:
    fields = adopted(tmp_path, with_models("{model: a, upstream: {openrouter: openai/a}}")).fields
    assert fields == ("model", "upstream")


def test_each_known_provider_gets_its_rule_and_what_is_ones_own_comes_last(tmp_path: Path) -> None:
    names = ("ollama", "Mistral", "acme", "openai")
    text = "providers:\n" + "".join(f"  {name}: {{models: {{m: {{model: m}}}}}}\n" for name in names)
    settings = adopted(tmp_path, text)
    assert settings.add == "none"
    assert [(rule.provider, rule.add, rule.prices) for rule in settings.mapping] == [
        ("Mistral", None, None),
        ("openai", None, None),
        ("ollama", None, False),
    ]


# ---------------------------------------------------------------------------- unit


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        (with_models("{model: a, cost: {in: 0.003}}", comment="# USD per 1K tokens\n"), "per_1k_tokens"),
        (with_models("{model: a, pricing: {input: 0.03}}", comment="# $/1,000 tokens\n"), "per_1k_tokens"),
        (with_models("{model: a, pricing: {input: 0.03}}", comment="# per 1,000,000\n"), "per_1m_tokens"),
        (with_models("{model: a, pricing: {input: 0.1}}", comment="# USD per million\n"), "per_1m_tokens"),
        (with_models("{model: a, input_price_per_1k: 0.03}"), "per_1k_tokens"),
        (with_models("{model: a, input_cost_per_token: 0.000003}"), "per_token"),
        (with_models("{model: a, cost: {input_per_1m: 0.03}}"), "per_1m_tokens"),
        (with_models("{cost: {input: 3}}", "{cost: {input: 0.1}}"), "per_1m_tokens"),
        (with_models("{cost: {input: 0.003}}", "{cost: {input: 0.03}}"), "per_1k_tokens"),
        (with_models("{model: a, pricing: {input: 0.000003}}"), "per_token"),
        (with_models("{model: a}"), "per_1m_tokens"),
        (with_models("{model: a, pricing: {input: 0}}"), "per_1m_tokens"),
    ],
)
def test_the_unit_is_the_one_that_is_stated_or_that_alone_fits(tmp_path: Path, text: str, unit: str) -> None:
    assert adopted(tmp_path, text).pricing_unit == unit


@pytest.mark.parametrize(
    "text",
    [
        with_models("{model: a, pricing: {input: 0.1}}"),
        with_models("{model: a, pricing: {input: 3}}", "{model: b, pricing: {input: 0.000003}}"),
        with_models("{model: a, pricing: {input: 100000}}"),
        with_models("{model: a, pricing: {input: 3}}", comment="# at most 10 requests per 1K users\n"),
        with_models("{model: a, input_price_per_1k: 0.03}", comment="# USD per 1M tokens\n"),
        with_models("{model: a, input_price_per_1k: 0.003}", comment="# USD per 1M tokens\n"),
    ],
)
def test_a_unit_in_doubt_is_asked_for_and_nothing_is_written(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as error:
        adopted(tmp_path, text)
    assert "--pricing-unit" in error.value.advice
    assert not (tmp_path / "catalog").exists()


def test_the_unit_that_is_given_settles_it(tmp_path: Path) -> None:
    text = with_models("{model: a, pricing: {input: 0.1}}")
    assert adopted(tmp_path, text, "per_1k_tokens").pricing_unit == "per_1k_tokens"


# ---------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"- a\n",
        b"models: {}\n",
        b"providers: [a]\n",
        b"providers:\n",
        b"a: \xff\n",
        b"a: [\n",
        b"a:\na:\n",
    ],
)
def test_a_file_of_another_shape_is_refused_by_name(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(CatalogError, match=r"models\.yml"):
        adopted(tmp_path, text)
    assert not (tmp_path / "catalog").exists()


@pytest.mark.parametrize("name", ["missing.yml", "."])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        list(init.init(tmp_path / "catalog", tmp_path / name, None))


def test_a_catalog_that_is_there_is_never_started_again(tmp_path: Path) -> None:
    adopted(tmp_path, with_models("{model: a}"))
    before = (tmp_path / "catalog" / "sync.yaml").read_bytes()
    with pytest.raises(UsageError, match="there already"):
        list(init.init(tmp_path / "catalog", tmp_path / "config" / "models.yml", None))
    assert (tmp_path / "catalog" / "sync.yaml").read_bytes() == before


def test_a_file_whose_name_looks_like_a_pattern_is_found(tmp_path: Path) -> None:
    (tmp_path / "models[1].yml").write_text(with_models("{model: a}"))
    list(init.init(tmp_path / "catalog", tmp_path / "models[1].yml", None))
    assert [provider.key for provider in inspect.providers(run_in(tmp_path), None)] == ["openai"]


def test_one_model_whose_input_limit_is_part_of_its_context_tells_what_the_key_means(tmp_path: Path) -> None:
    limits = {"a": (200_000, 64_000), "b": (128_000, 16_384), "c": (272_000, 128_000)}
    models = "".join(
        f"      {key}: {{max_input_tokens: {taken}, max_output_tokens: {given}}}\n"
        for key, (taken, given) in limits.items()
    )
    settings = adopted(tmp_path, f"providers:\n  openai:\n    models:\n{models}")
    assert "context_length" not in (settings.fields or ())
    assert "max_output_tokens" in (settings.fields or ())
