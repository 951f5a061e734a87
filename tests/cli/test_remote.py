"""What the sources list now: who is asked for it, how many models of whom, and how old that is."""

from __future__ import annotations

import re

import pytest

from fault_server import reply
from workplace import Workplace, listing, row, rows

GROQ = b'{"data": [{"id": "llama-9-8b", "object": "model"}, {"id": "qwen/qwen9", "object": "model"}]}'
SOURCES = """\
sources:
  openrouter: {{authoritative: true, endpoints: [{{url: '{url}/models'}}]}}
  groq: {{enabled: false, key: required, endpoints: [{{url: '{url}/groq'}}]}}
  local: {{enabled: false, endpoints: [{{url: '{url}/local'}}]}}
batch: {{delay: 0}}
mapping:
  - {{match: '^openai/', provider: openai}}
  - {{match: '^groq/', provider: groq}}
"""


@pytest.fixture
def remote(workplace: Workplace) -> Workplace:
    """A source of many vendors, one that is off and needs a key, and one that is off and needs none."""
    url = f"http://127.0.0.1:{workplace.server.server_address[1]}"
    workplace.team.write("catalog/sync.yaml", SOURCES.format(url=url).encode())
    workplace.lists(*rows(), row("groq/compound", "1", "2"))
    workplace.server.at("/groq", reply(GROQ))
    workplace.server.at("/local", reply(b'{"data": [{"id": "own-8b", "object": "model"}]}'))
    return workplace


def _asked(workplace: Workplace) -> list[str]:
    return [asked.path for asked in workplace.server.asked]


def test_a_providers_own_list_is_asked_and_no_other(remote):
    ran = remote.run("list", "groq", "--remote", GROQ_API_KEY="canary")
    assert (ran.code, _asked(remote)) == (0, ["/groq"])
    assert "groq/llama-9-8b" in ran.out
    assert "groq: 2 models, asked just now" in ran.out
    assert "canary" not in ran.out + ran.err


def test_a_source_that_is_off_and_needs_no_key_is_asked_by_name(remote):
    ran = remote.run("list", "local", "--remote")
    assert (ran.code, _asked(remote)) == (0, ["/local"])
    assert "local/own-8b" in ran.out


def test_without_the_key_of_its_own_list_the_others_are_asked_and_that_is_said(remote):
    ran = remote.run("list", "groq", "--remote")
    assert (ran.code, _asked(remote)) == (0, ["/models"])
    assert "groq cannot be asked, its key is missing: GROQ_API_KEY is not set" in ran.err
    assert "groq/compound" in ran.out


def test_a_provider_without_a_list_of_its_own_is_looked_for_in_those_of_many_vendors(remote):
    ran = remote.run("list", "openai", "--remote", GROQ_API_KEY="canary")
    assert _asked(remote) == ["/models"]
    assert "openai/gpt-4o" in ran.out


def test_each_provider_is_counted_and_its_models_are_named(remote):
    out = remote.run("list", "--remote", GROQ_API_KEY="canary").out
    assert sorted(_asked(remote)) == ["/groq", "/models"]
    lines = [line.split(maxsplit=3) for line in out.splitlines()[:5]]
    assert lines == [
        ["source", "provider", "models", "age"],
        ["openrouter", "groq", "1", "just now"],
        ["openrouter", "openai", "5", "just now"],
        ["openrouter", "(left", "out)", "1  just now"],
        ["groq", "groq", "2", "just now"],
    ]
    assert "openrouter openai: gpt-4o, gpt-4o-mini, o1, o3, o4-mini\n" in out
    assert "\ngroq: llama-9-8b, qwen/qwen9\n" in out
    assert "openrouter (left out): anthropic/claude-opus-5\n" in out
    assert "local" not in out


def test_a_list_from_the_cache_says_how_old_it_is(remote):
    remote.run("list", "--remote")
    out = remote.run("list", "--remote").out
    assert _asked(remote) == ["/models"]
    assert "openrouter  groq             1  less than a minute\n" in out


def test_without_the_cache_it_is_asked_again(remote):
    remote.run("list", "--remote")
    assert "--no-cache asks again" in remote.run("list", "openai", "--remote").out
    assert "just now" in remote.run("list", "--remote", "--no-cache").out
    assert _asked(remote) == ["/models", "/models"]
    assert (remote.run("list", "--no-cache").code, len(_asked(remote))) == (2, 2)


def test_a_list_that_is_only_known_is_not_said_to_have_been_asked(remote):
    source = "sources: {anthropic: {transformer: anthropic, endpoints: [{url: 'http://127.0.0.1:1/'}]}}\n"
    remote.team.write("catalog/sync.yaml", source.encode())
    for words, said in (
        (["list", "--remote"], r"anthropic +anthropic +\d+  not asked\n"),
        (["list", "anthropic", "--remote"], r"anthropic: \d+ models, not asked\n"),
    ):
        out = remote.run(*words).out
        assert re.search(said, out)
        assert "a known list of 20" in out


def test_the_age_that_a_list_may_have_is_configured(remote):
    text = (remote.path / "catalog/sync.yaml").read_text()
    remote.team.write("catalog/sync.yaml", (text + "cache: {listing: 0}\n").encode())
    for _ in range(2):
        remote.run("list", "--remote")
    assert _asked(remote) == ["/models", "/models"]


def test_a_program_gets_sources_counts_and_models(remote):
    told = remote.run("list", "--remote", "--json", GROQ_API_KEY="canary").json
    assert [(one["source"], one["providers"], one["left_out"]) for one in told["sources"]] == [
        ("openrouter", {"groq": 1, "openai": 5}, 1),
        ("groq", {"groq": 2}, 0),
    ]
    assert [one["left_out_ids"] for one in told["sources"]] == [["anthropic/claude-opus-5"], []]
    assert {"openrouter", "groq"} == {model["source"] for model in told["models"]}
    assert told["units"]["pricing.input"] == "USD per 1M tokens"


def test_one_source_that_fails_leaves_the_other_listed(remote):
    remote.server.at("/groq", reply(status=401))
    ran = remote.run("list", "--remote", GROQ_API_KEY="canary")
    assert (ran.code, "groq: " in ran.err, "openrouter openai: " in ran.out) == (7, True, True)


def test_where_no_source_can_be_asked_it_says_what_to_look_at(remote):
    remote.team.write("catalog/sync.yaml", b"sources: {groq: {key: required, endpoints: [{url: x}]}}\n")
    ran = remote.run("list", "--remote")
    assert (ran.code, "`modelsync status`" in ran.err) == (2, True)


def test_text_of_a_list_is_shown_as_text(remote):
    remote.lists(row("openai/\x1b[31mred", "1", "2"))
    assert "\x1b" not in remote.run("list", "--remote").out


def test_an_empty_answer_is_a_failure(remote):
    remote.answers(reply(listing([])))
    assert remote.run("list", "--remote").code == 7


def test_a_provider_that_was_never_synced_can_be_looked_at_or_brought_in(remote):
    ran = remote.run("list", "groq")
    assert (ran.code, "`modelsync sync groq` brings it in" in ran.err) == (2, True)
    assert "`modelsync list groq --remote`" in ran.err
    assert "There are: " in remote.run("list", "openrouter").err


def test_only_may_name_the_provider_of_a_source_that_was_never_synced(remote):
    assert remote.run("plan", "groq", "--only", "groq/llama*", GROQ_API_KEY="canary").code == 0


def test_check_asks_who_answers_where_it_is_told_to(remote):
    told = remote.run("check", "--online", GROQ_API_KEY="canary")
    assert (told.code, told.out) == (0, "openrouter: answers: 7 models\ngroq: answers: 2 models\n")
    remote.server.at("/groq", reply(b'{"error": "no"}', status=401))
    assert remote.run("check", "--online", GROQ_API_KEY="canary").code == 0  # a moment ago it did
    ran = remote.run("check", "--online", "--json", GROQ_API_KEY="another")
    assert (ran.code, [one["state"] for one in ran.json["sources"]]) == (7, ["answers", "fails"])
    assert "authentication" in ran.json["sources"][1]["said"]


def test_who_does_not_answer_any_more_fails_however_old_the_last_answer_is(remote):
    text = (remote.path / "catalog/sync.yaml").read_text()
    remote.team.write("catalog/sync.yaml", (text + "cache: {health: 0}\n").encode())
    assert remote.run("check", "--online").out == "openrouter: answers: 7 models\n"
    remote.server.shutdown()
    remote.server.server_close()
    ran = remote.run("check", "--online")
    assert ran.code == 7
    assert ran.out == "openrouter: fails: no answer; the last one is less than a minute old\n"


def test_check_without_online_asks_nobody(remote):
    assert (remote.run("check").code, _asked(remote)) == (0, [])
