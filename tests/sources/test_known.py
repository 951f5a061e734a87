"""That a known list stands in only where nobody can be asked, and never passes for what upstream says."""

from __future__ import annotations

from pathlib import Path

import pytest
from asking import client

from fault_server import FaultServer, reply
from modelsync.plan.answers import Answers
from modelsync.records import Failure, Listing
from modelsync.sources import SOURCES, Endpoint, SourceSettings, listing_of

CLAUDE = SourceSettings((Endpoint("https://api.anthropic.com/v1/models"),))
PROXY = SourceSettings((Endpoint(),), transformer="litellm")
DATA = Path(__file__).parents[1] / "data"


def test_without_a_key_anthropic_is_known_and_says_so():
    listing = listing_of("anthropic", CLAUDE, client())
    assert isinstance(listing, Listing)
    assert listing.note == "a known list of 2026-08-02, because no key is set"
    found = {model.id: model.values for model in listing.models}["claude-sonnet-4-5-20250929"]
    assert (found["context_length"], found["max_output_tokens"]) == (1000000, 64000)
    assert (found["name"], found["released"]) == ("Claude Sonnet 4.5", "2025-09-29")
    assert "reasoning" in found["features"]
    assert len(listing.models) == 11
    assert all(model.weak == model.values.keys() for model in listing.models)  # newer facts outweigh it


def test_in_development_a_proxy_without_an_address_is_known_and_says_so():
    listing = listing_of("proxy", PROXY, client(), development=True)
    assert isinstance(listing, Listing)
    assert listing.note == "a small known list of LiteLLM 1.109.1, because no address is set"
    assert {"openai/gpt-4o", "azure/gpt-4o", "ollama/qwen3:8b"} < {model.id for model in listing.models}


@pytest.mark.parametrize(("name", "settings"), [("anthropic", CLAUDE), ("litellm", PROXY)])
def test_a_known_list_is_clean_and_drops_no_model(name, settings):
    listing = listing_of(name, settings, client(), development=True)
    assert isinstance(listing, Listing)
    assert (listing.skipped, listing.drift) == ((), ())
    assert not listing.complete
    assert not Answers([listing], (name,)).has_dropped(name, "gone")


@pytest.mark.parametrize(
    ("settings", "variables"),
    [
        (PROXY, "LITELLM_API_URL or LITELLM_BASE_URL"),
        (SourceSettings((Endpoint(url_env=("OUR_PROXY",)),), transformer="litellm"), "OUR_PROXY"),
        (SourceSettings((Endpoint(url_env=("OUR_PROXY",)),)), "OUR_PROXY"),
    ],
)
def test_without_an_address_a_source_fails_and_names_the_variables(settings, variables):
    failure = listing_of("proxy", settings, client())
    assert isinstance(failure, Failure)
    assert failure.reason == "proxy: no address is set"
    assert failure.advice == f"set {variables}, or url: in sync.yaml"
    assert failure.kind == "connection"


def test_who_can_be_asked_is_asked():
    recorded = (DATA / "anthropic" / "models.json").read_bytes()
    with FaultServer() as server:
        asked = SourceSettings((Endpoint(server.at("/models", reply(recorded))),))
        assert listing_of("anthropic", asked, client(), key="a-key").note == ""
        proxy = SourceSettings((Endpoint(server.at("/model/info", reply(status=500))),))
        assert isinstance(listing_of("litellm", proxy, client(), development=True), Failure)
    replayed = listing_of("anthropic", CLAUDE, client(), replay=DATA / "anthropic" / "models.json")
    file = SourceSettings((Endpoint("file:models.json"),), transformer="anthropic")
    assert (replayed.note, listing_of("own", file, client(), folder=DATA / "anthropic").note) == ("", "")


def test_a_known_list_is_part_of_the_package():
    known = [source.stand_in.path for source in SOURCES.values() if source.stand_in]
    assert known
    assert all(path.is_file() for path in known)
