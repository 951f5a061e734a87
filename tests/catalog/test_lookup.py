"""A name that a person typed finds what it names, or what it may have meant."""

from __future__ import annotations

import pytest

from modelsync.catalog import lookup
from modelsync.errors import UsageError
from modelsync.records import Catalog, Entry, Provider


def catalog(*names: str) -> Catalog:
    providers: dict[str, Provider] = {}
    for name in names:
        owner, _, key = name.partition("/")
        provider = providers.setdefault(owner, Provider(owner, "file.yaml", entries={}))
        provider.entries[key] = Entry(owner, key, {})
    return Catalog(providers, {})


HELD = catalog("openai/gpt-4o", "openai/gpt-4o-mini", "azure/gpt-4o", "meta/llama/3")


def hint(find, *arguments) -> str:
    with pytest.raises(UsageError) as error:
        find(*arguments)
    return error.value.advice


@pytest.mark.parametrize("name", ["openai/gpt-4o", "azure/gpt-4o", "meta/llama/3"])
def test_finds_an_entry(name):
    assert lookup.entry(HELD, name).name == name


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("openai/gpt-4o-mimi", "Do you mean gpt-4o-mini or gpt-4o?"),
        ("openai/zzz", "`modelsync list openai` names them all."),
        ("opnai/gpt-4o", "Do you mean openai?"),
        ("zzz/gpt-4o", "There are: openai, azure, meta."),
        ("gpt-4o", "Do you mean openai/gpt-4o or azure/gpt-4o?"),
        ("zzz", "`modelsync list` names them all."),
        ("", "`modelsync list` names them all."),
    ],
)
def test_says_what_may_have_been_meant(name, advice):
    assert hint(lookup.entry, HELD, name) == advice


def test_a_provider_that_a_source_lists_can_be_looked_at_or_brought_in():
    listed = ("groq", "openai")
    said = "`modelsync sync groq` brings it in, `modelsync list groq --remote` shows what it lists now."
    assert hint(lookup.provider, HELD, "groq", listed) == said
    assert hint(lookup.provider, HELD, "opnai", listed) == "Do you mean openai?"


def test_of_many_providers_only_some_are_named():
    many = catalog(*(f"p{number:03}/m" for number in range(200)))
    assert hint(lookup.provider, many, "zzz").endswith("p019 and 180 more.")


def test_an_empty_catalog_has_nothing_to_name():
    assert hint(lookup.provider, catalog(), "openai") == "`modelsync list` names them all."


@pytest.mark.parametrize("only", ["", "openai", "openai/gpt-*", "mapped", "mapped/x"])
def test_only_may_name_what_the_catalog_or_the_mapping_has(only):
    lookup.expect_provider(only, HELD, ["mapped"])


def test_only_may_name_anything_where_the_mapping_makes_names():
    lookup.expect_provider("zzz", HELD, [r"\1"])


@pytest.mark.parametrize(
    ("only", "advice"), [("openia", "Do you mean openai?"), ("maped/x", "Do you mean mapped?")]
)
def test_only_may_name_nothing_else(only, advice):
    assert hint(lookup.expect_provider, only, HELD, ["mapped"]) == advice
