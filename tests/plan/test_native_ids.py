"""What `model` becomes, against public lists of what each vendor's own API takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from building import policy
from modelsync.plan.mapping import LeftOut, Mapping, Placement, normalise
from modelsync.plan.mapping.native import OWN_APIS, RULES, native, recorded
from modelsync.records import MappingRule

FACTS = Path(__file__).parents[1] / "data" / "native_ids"
PAGE = Path(__file__).parents[2] / "docs" / "native-ids.md"
VENDORS = tuple(sorted(RULES))
SOURCES = frozenset({"openrouter", "litellm"})
OWN = tuple(MappingRule(f"^{vendor}/", min(OWN_APIS[vendor])) for vendor in VENDORS)
hostile = st.text(max_size=40) | st.from_regex(r"[a-z0-9./:~\x1b\n-]{0,40}", fullmatch=True)


class Fact(NamedTuple):
    """A model of an aggregator's list, and the ids of it that the vendor's API takes; none: not there."""

    vendor: str
    name: str
    slug: str
    natives: tuple[str, ...]

    @property
    def upstream_id(self) -> str:
        return f"{self.vendor}/{self.name}"


def facts(vendor: str) -> list[Fact]:
    return [fact(f"{vendor}/{name}", *rest) for name, *rest in rows(vendor)]


def rows(file: str) -> list[list[str]]:
    return [line.split("\t") for line in (FACTS / f"{file}.tsv").read_text().splitlines()[1:]]


def fact(upstream_id: str, slug: str, ids: str) -> Fact:
    vendor, _, name = upstream_id.partition("/")
    return Fact(vendor, name, name if slug == "=" else slug, () if ids == "-" else tuple(ids.split(" ")))


LATER = [fact(*row) for row in rows("later")]  # listed after the rules of these vendors were written
ALL = [*(fact for vendor in VENDORS for fact in facts(vendor)), *LATER]


def shares(facts: list[Fact]) -> tuple[int, int, int, int]:
    """Right, unknown and wrong of what the vendor's API has, by the rules alone; and what it has not."""
    there = [fact for fact in facts if fact.natives]
    found = [(native(fact.vendor, fact.name, fact.slug), fact) for fact in there]
    right = sum(guess is not None and guess.model in fact.natives for guess, fact in found)
    unknown = sum(guess is None for guess, _ in found)
    return right, unknown, len(there) - right - unknown, len(facts) - len(there)


def mapping_of(rules: Sequence[MappingRule], aliases: dict[str, str] | None = None) -> Mapping:
    return Mapping(policy(mapping=tuple(rules), vendor_sources=SOURCES, aliases=aliases or {}))


def place(upstream_id: str, slug: str = "", *rules: MappingRule, source: str = "openrouter") -> Placement:
    found = mapping_of(rules or OWN).place(source, upstream_id, slug)
    place = found.placement if isinstance(found, LeftOut) else found
    assert place is not None
    return place


def by_hand(model: str, upstream_id: str, source: str = "openrouter", **aliases: str) -> str:
    return mapping_of(OWN, aliases).confirmed_by(source, upstream_id, model)


@pytest.mark.parametrize(
    "vendor", [one for one in VENDORS if one != "nvidia"]
)  # of its ids with dots no rule is known
def test_of_a_vendors_models_the_rules_alone_name_95_of_100_right(vendor: str) -> None:
    right, unknown, wrong, _ = shares(facts(vendor))
    assert right * 100 >= 95 * (right + unknown + wrong)


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_rules_alone_name_no_model_wrong(vendor: str) -> None:
    assert shares(facts(vendor))[2] == 0


def test_the_rules_name_models_that_came_after_them() -> None:
    assert shares(LATER)[:3] == (3, 0, 0)
    assert "3 of 3" in PAGE.read_text()


def test_the_page_states_the_shares_as_they_are() -> None:
    table = re.findall(
        r"^\| `([a-z0-9-]+)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE.read_text(), re.M
    )
    stated = {vendor: tuple(map(int, numbers)) for vendor, *numbers in table}
    computed = {vendor: shares(facts(vendor)) for vendor in VENDORS}
    assert stated == {
        vendor: (right, unknown, wrong, right + unknown + wrong, absent)
        for vendor, (right, unknown, wrong, absent) in computed.items()
    }


@pytest.mark.parametrize("fact", ALL, ids=lambda fact: fact.upstream_id)
def test_no_native_id_is_claimed_confirmed_and_wrong(fact: Fact) -> None:
    for slug in (fact.slug, "", f"{fact.vendor}/{fact.slug}"):
        found = place(fact.upstream_id, slug)
        assert not found.confirmed or found.model in fact.natives
        assert found.key == normalise(fact.name)


@pytest.mark.parametrize("fact", ALL, ids=lambda fact: fact.upstream_id)
def test_what_sync_wrote_is_never_taken_for_a_persons(fact: Fact) -> None:
    """The slug is not at hand when the catalog is read: what needed it is a guess then, no more."""
    found = place(fact.upstream_id, fact.slug)
    assert by_hand(found.model, fact.upstream_id) in {found.confirmed_by, ""}
    assert by_hand(fact.name, fact.upstream_id) != "person"


@pytest.mark.parametrize("suffix", ["free", "thinking", "extended", "exacto", "batch", "beta"])
def test_a_variant_is_never_given_a_rule(suffix: str) -> None:
    for fact in ALL:
        found = place(f"{fact.upstream_id}:{suffix}", fact.slug)
        assert (found.model, found.confirmed) == (f"{fact.name}:{suffix}", False)


def test_an_alias_of_upstreams_own_is_never_given_a_rule() -> None:
    for fact in ALL:
        found = place(f"~{fact.upstream_id}", fact.slug)
        assert (found.model, found.confirmed) == (fact.name, False)


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_id_that_is_recorded_stays_as_it_is(vendor: str) -> None:
    """A LiteLLM proxy lists ids that are native already."""
    for model in recorded()[vendor]:
        found = place(f"{vendor}/{model}", source="litellm")
        assert (found.model, found.confirmed_by) == (model, "recorded list")


def test_a_vendor_named_after_its_api_is_the_same_vendor() -> None:
    rule = MappingRule("^xai/", "xai")
    assert place("xai/grok-4.3", "", rule, source="litellm").confirmed_by == "recorded list"


@pytest.mark.parametrize("provider", ["ollama", "azure-openai", "groq", "openrouter", "bedrock"])
def test_whoever_hosts_a_vendors_models_names_them_anew(provider: str) -> None:
    for fact in (fact for fact in ALL if provider not in OWN_APIS[fact.vendor]):
        found = place(fact.upstream_id, fact.slug, MappingRule("/", provider))
        assert (found.model, found.confirmed) == (fact.name, False)


@pytest.mark.parametrize(
    ("upstream_id", "slug", "model", "confirmed_by"),
    [
        (
            "anthropic/claude-sonnet-4.5",
            "claude-4.5-sonnet-20250929",
            "claude-sonnet-4-5-20250929",
            "recorded list",
        ),
        (
            "anthropic/claude-opus-4.5",
            "claude-4.5-opus-20251124",
            "claude-opus-4-5-20251101",
            "recorded list",
        ),
        ("anthropic/claude-opus-5.5", "claude-5.5-opus-20261001", "claude-opus-5-5", "rule"),
        ("anthropic/claude-haiku-3.9", "claude-3.9-haiku-20250101", "claude-3-9-haiku-20250101", ""),
        ("anthropic/claude-opus-4.6-fast", "claude-4.6-opus-fast-20260407", "claude-opus-4.6-fast", ""),
        ("google/gemini-3.8-flash", "gemini-3.8-flash-20261001", "gemini-3.8-flash", "rule"),
        ("google/gemini-flash-1.5-8b", "", "gemini-1.5-flash-8b", ""),
        ("google/gemini-2.5-pro-preview", "gemini-2.5-pro-preview-06-05", "gemini-2.5-pro-preview-06-05", ""),
        ("mistralai/mistral-large-5", "mistral-large-2701", "mistral-large-2701", ""),
        ("cohere/command-b", "command-b-03-2027", "command-b-03-2027", ""),
        ("cohere/command-b", "command-b-\x1b-03-2027", "command-b", ""),
        ("openai/gpt-5.9-chat", "", "gpt-5.9-chat-latest", ""),
        ("openai/gpt-6-astra-pro", "gpt-6-astra-pro-20261001", "gpt-6-astra-pro", ""),
        ("openai/computer-use-preview", "", "computer-use-preview", "recorded list"),
        ("deepseek/deepseek-chat", "deepseek-chat-v3", "deepseek-chat", ""),
        ("qwen/qwen-2.5-72b-instruct", "", "qwen2-5-72b-instruct", "recorded list"),
        ("qwen/qwen4-max", "qwen4-max-20270101", "qwen4-max", ""),
        ("z-ai/glm-6", "glm-6-20270101", "glm-6", ""),
        ("moonshotai/kimi-k2-0905", "", "kimi-k2-0905-preview", "recorded list"),
        ("minimax/minimax-m3", "minimax-m3-20260531", "MiniMax-M3", "recorded list"),
        ("minimax/minimax-m4.5", "", "MiniMax-M4.5", ""),
        ("nvidia/nemotron-nano-9b-v2", "", "nvidia/nvidia-nemotron-nano-9b-v2", "recorded list"),
        ("nvidia/llama-3.3-nemotron-super-49b-v1.5", "", "llama-3.3-nemotron-super-49b-v1.5", ""),
        ("amazon/nova-3-pro-v1", "", "amazon.nova-3-pro-v1:0", ""),
        ("meta-llama/llama-4-scout", "", "Llama-4-Scout-17B-16E-Instruct-FP8", "recorded list"),
        ("meta-llama/llama-3-8b-instruct", "", "llama-3-8b-instruct", ""),
    ],
)
def test_the_rule_of_each_vendor(upstream_id: str, slug: str, model: str, confirmed_by: str) -> None:
    found = place(upstream_id, slug)
    assert (found.model, found.confirmed_by) == (model, confirmed_by)


def test_what_confirms_an_entry_that_is_there() -> None:
    claude = "anthropic/claude-sonnet-4.5"
    assert by_hand("c-1", claude, **{claude: "c-1"}) == "alias"
    assert by_hand("claude-sonnet-4-5", claude) == "recorded list"
    assert by_hand("claude-opus-5-5", "anthropic/claude-opus-5.5") == "rule"
    assert by_hand("claude-sonnet-4.5", claude) == ""
    assert by_hand("arn:aws:claude", claude) == "person"
    assert by_hand("gpt-4o", "gpt-4o", source="openai") == "list"
    assert by_hand("my-deployment", "gpt-4o", source="openai") == "person"
    assert by_hand("qwen3", "qwen/qwen3") == "", "no rule places it, and yet it is no more than its name"


@given(hostile, hostile, st.sampled_from(["", *(f"{vendor}/" for vendor in VENDORS), "~openai/"]))
@example("~", "", "")
@example("", "", "openai/")
def test_any_id_gets_a_model_and_never_an_error(name: str, slug: str, start: str) -> None:
    upstream_id = start + name or "x"
    found = mapping_of((*OWN, MappingRule("", "other"))).place("openrouter", upstream_id, slug)
    place = found.placement if isinstance(found, LeftOut) else found
    assert place is not None
    assert place.model


@given(st.sampled_from(VENDORS), hostile, hostile, st.sampled_from([fact.name for fact in ALL]))
def test_a_rule_gives_plain_text_whatever_it_is_given(vendor: str, name: str, slug: str, real: str) -> None:
    for given_name, given_slug in ((name, slug), (real, slug), (real, f"{real}-{slug}-2512")):
        guess = native(vendor, given_name, given_slug)
        assert guess is None or re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.:/-]*", guess.model)


def test_every_vendor_with_a_rule_is_held_to_facts() -> None:
    assert set(VENDORS) == set(RULES) == set(recorded()) == set(RULES) & set(OWN_APIS)
