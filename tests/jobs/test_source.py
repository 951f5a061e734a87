"""`source add`: a source whose address is known is a command away, and stands in `sync.yaml` as any other."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from modelsync.config.reading import parse
from modelsync.jobs import source

KNOWN = source.known()


def test_the_models_of_well_over_a_hundred_providers_are_a_command_away() -> None:
    assert len(KNOWN) > 120


@pytest.mark.parametrize("name", KNOWN)
def test_every_known_address_is_one_that_can_be_asked_and_names_its_key(name: str) -> None:
    settings = KNOWN[name]
    for endpoint in settings.endpoints:
        address = urlsplit(endpoint.url)
        assert endpoint.url_env or address.scheme == ("http" if settings.local else "https")
        assert endpoint.url_env or settings.transformer or address.path.endswith("models")
        assert settings.local == (address.hostname in ("localhost", "127.0.0.1"))
    assert all(re.fullmatch("[A-Z][A-Z0-9_]+", variable) for variable in settings.api_key_env)


@pytest.mark.parametrize("name", ["zenmux", "groq", "ollama", "litellm", "anthropic", "modelsdev"])
def test_an_added_source_is_the_known_one_and_stands_last(workplace, name):
    ran = workplace.run("source", "add", name)
    added = parse((workplace.path / "catalog/sync.yaml").read_text(), where="sync.yaml").sources
    assert (ran.code, list(added), added[name]) == (0, ["openrouter", name], KNOWN[name])
    assert [line for line in workplace.diff("HEAD") if line.startswith("-")] == []


def test_what_an_added_source_needs_is_said(workplace):
    assert "ZENMUX_API_KEY is not set" in workplace.run("source", "add", "zenmux").out
    assert "`modelsync plan groq`" in workplace.run("source", "add", "groq", GROQ_API_KEY="k" * 20).out


def test_a_source_that_is_there_stays_as_it_is(workplace):
    before = (workplace.path / "catalog/sync.yaml").read_text()
    ran = workplace.run("source", "add", "openrouter")
    assert (ran.code, ran.out.startswith("Nothing to do: openrouter is there already")) == (0, True)
    assert (workplace.path / "catalog/sync.yaml").read_text() == before


def test_a_name_that_nobody_knows_is_answered_with_the_one_like_it(workplace):
    ran = workplace.run("source", "add", "zenmox")
    assert (ran.code, "did you mean zenmux?" in ran.err) == (2, True)


def test_all_that_can_be_added_are_listed(workplace):
    lines = workplace.run("source", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == list(KNOWN)
    assert workplace.run("source", "list", "--json").json["sources"].keys() == KNOWN.keys()
