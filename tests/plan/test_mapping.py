from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from building import policy
from modelsync.plan.mapping import UNMAPPED, LeftOut, Mapping, Placement, means, normalise, variants_of
from modelsync.records import MappingRule

ROUTER = frozenset({"openrouter"})
RULES = (
    MappingRule("^openai/", "openai"),
    MappingRule("^google/gemma", "gemma"),
    MappingRule("^google/", "gemini"),
    MappingRule("^(meta-llama|mistralai)/", "ollama", variants=("free",)),
    MappingRule("^x-(?:ai)/", "grok"),
    MappingRule(r"^hub-([a-z]+)/", r"hub_\1"),
)
ids = st.text(st.sampled_from("aB1é./:~-_ "), max_size=12)
globs = st.text(st.sampled_from("aB1é./-_*?[]!"), max_size=8)


def mapping_of(rules: Sequence[MappingRule], aliases: dict[str, str] | None = None) -> Mapping:
    return Mapping(policy(mapping=tuple(rules), vendor_sources=ROUTER, aliases=aliases or {}))


def placed(upstream_id: str, *rules: MappingRule, source: str = "openrouter", **aliases: str) -> Placement:
    found = mapping_of(rules or RULES, aliases).place(source, upstream_id)
    assert isinstance(found, Placement)
    return found


@pytest.mark.parametrize(
    ("upstream_id", "provider", "key"),
    [
        ("openai/gpt-4.1", "openai", "gpt-4-1"),
        ("google/gemma-3", "gemma", "gemma-3"),
        ("google/gemini-3-pro", "gemini", "gemini-3-pro"),
        ("mistralai/Mixtral_8x22b", "ollama", "mixtral-8x22b"),
        ("meta-llama/llama-4:free", "ollama", "llama-4-free"),
        ("x-ai/grok-5", "grok", "grok-5"),
        ("hub-eu/a/b--c.", "hub_eu", "a-b-c"),
    ],
)
def test_the_first_rule_that_matches_decides(upstream_id: str, provider: str, key: str) -> None:
    place = placed(upstream_id)

    assert (place.provider, place.key) == (provider, key)


def test_an_id_that_no_rule_matches_is_unmapped() -> None:
    assert mapping_of(RULES).place("openrouter", "cohere/command-r") is UNMAPPED


@pytest.mark.parametrize(
    "pattern",
    ["openai/", "^open", "^(openai|x)/", "^azure/|^openai/", "(?i)^OPENAI/", "^openai/?", "^openai/{0}"],
)
def test_a_rule_for_one_vendor_is_found_however_it_is_written(pattern: str) -> None:
    assert placed("openai/gpt-5", MappingRule(pattern, "found")).provider == "found"


@given(st.lists(st.sampled_from(["^a/", "^b/b", "^b/", "a", "^(a|b)/", "^a/x|^b/"]), max_size=4), ids)
def test_a_rule_is_never_passed_over(patterns: list[str], name: str) -> None:
    rules = [MappingRule(pattern, f"rule-{rank}") for rank, pattern in enumerate(patterns)]
    mapping = mapping_of(rules)
    for upstream_id in (f"a/{name}", f"b/{name}"):
        wanted = next((rule.provider for rule in rules if re.search(rule.match, upstream_id)), None)
        place = mapping.place("openrouter", upstream_id)
        found = place.placement if isinstance(place, LeftOut) else place
        assert (found.provider if found else None) == wanted


def test_the_models_of_a_source_without_vendors_belong_to_its_own_name() -> None:
    place = placed("ft:gpt-4o:org", source="openai")

    assert (place.provider, place.key, place.model) == ("openai", "ft-gpt-4o-org", "ft:gpt-4o:org")
    assert place.confirmed


def test_an_alias_has_the_last_word_on_the_native_id() -> None:
    rule = MappingRule("^anthropic/", "anthropic")

    alias = {"anthropic/claude-sonnet-4.5": "claude-by-contract"}
    guess, sure = placed("anthropic/claude-4.5", rule), placed("anthropic/claude-sonnet-4.5", rule, **alias)

    assert (guess.model, guess.confirmed) == ("claude-4.5", False)
    assert (sure.model, sure.confirmed_by, sure.key) == ("claude-by-contract", "alias", "claude-sonnet-4-5")


@pytest.mark.parametrize(
    ("upstream_id", "variant"),
    [
        ("openai/gpt-5:free", "free"),
        ("~openai/gpt-latest", "latest"),
        ("meta-llama/llama-4:batch", "batch"),
        ("~meta-llama/llama-latest:free", "latest"),
    ],
)
def test_a_variant_is_left_out_unless_its_rule_lists_it(upstream_id: str, variant: str) -> None:
    found = mapping_of(RULES).place("openrouter", upstream_id)

    assert isinstance(found, LeftOut)
    assert found.reason == variant
    assert found.placement is not None


def test_an_alias_with_a_suffix_is_two_variants() -> None:
    assert variants_of("~openai/gpt-latest:free") == ("latest", "free")


@given(ids)
def test_a_key_is_its_own_normal_form_in_the_alphabet_of_keys(text: str) -> None:
    key = normalise(text)

    assert normalise(key) == key
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not key.startswith("-")
    assert not key.endswith("-")
    assert "--" not in key


def test_composed_and_decomposed_letters_fall_on_one_key() -> None:
    assert normalise("mod\u00e9l-1") == normalise("mode\u0301l-1")


@pytest.mark.parametrize(
    ("glob", "name", "meant"),
    [
        ("gpt-3.5-turbo", "openai/gpt-3.5-turbo", False),
        ("openai/GPT-3.5-turbo", "openai/gpt-3.5-turbo", True),
        ("gpt-3.5*", "gpt-3-5-turbo", True),
        ("gpt-3.5*", "gpt-35", False),
        ("*:free", "meta-llama/llama-4:free", True),
        ("*_preview", "gpt-4-turbo-preview", True),
        ("gpt-[45]o", "gpt-4o", True),
        ("gpt-[45]o", "gpt-6o", False),
        ("gpt-?", "gpt-4o", False),
        ("*", "anything", True),
    ],
)
def test_a_glob_is_normalised_between_its_wildcards(glob: str, name: str, *, meant: bool) -> None:
    assert means(glob, ["", name]) is meant


@pytest.mark.parametrize("glob", ["模型*", "*-", ".*", "é?", "", "--"])
def test_a_text_that_normalises_to_nothing_does_not_come_to_mean_everything(glob: str) -> None:
    assert not means(glob, ["gpt-4o", "a", "openai/gpt-4o"])


@given(ids.filter(normalise))
def test_every_id_means_itself(text: str) -> None:
    assert means(text, [text])


@given(globs, ids)
def test_no_glob_is_an_error(glob: str, name: str) -> None:
    assert means(glob, [name]) in (True, False)


def test_a_glob_of_many_wildcards_is_decided_at_once() -> None:
    assert not means("*a" * 30, ["a" * 29 + "b" * 50])


def test_a_colon_is_part_of_the_name_where_the_source_says_so() -> None:
    """LiteLLM routes to `ollama/qwen3:8b` and `bedrock/…-v1:0`: no variants of another model."""
    rules = (MappingRule("^ollama/", "ollama"),)
    stated = policy(mapping=rules, vendor_sources=frozenset({"litellm"}))
    plain = replace(stated, plain_sources=stated.vendor_sources)

    assert isinstance(Mapping(plain).place("litellm", "ollama/qwen3:8b"), Placement)
    assert isinstance(Mapping(stated).place("litellm", "ollama/qwen3:8b"), LeftOut)
