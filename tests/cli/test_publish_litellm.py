"""Publishing to a LiteLLM proxy: its deployments end as the catalog is, under the names that are called."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from urllib.parse import quote

import pytest

from played_litellm import KEY, LiteLLM, played
from workplace import Ran, Workplace

GPT, OPUS, HOUSE = "openai/gpt-4o", "anthropic/claude-opus-5", "openai/house-style"
MODELS = {GPT, OPUS, HOUSE, "openai/gpt-4o-mini", "openai/o1", "openai/o3", "openai/o4-mini"}
LISTED, NEW = Decimal("0.0000025"), Decimal("0.0000035")


def wire(id_: str) -> str:
    """The id of the deployment that a row has."""
    return quote(id_, safe="=")


@pytest.fixture
def litellm(workplace: Workplace) -> Iterator[LiteLLM]:
    with played() as proxy:
        workplace.environment |= {"LITELLM_API_KEY": KEY, "LITELLM_BASE_URL": proxy.url}
        yield proxy
        assert proxy.bad == []


def publish(workplace: Workplace, *options: str, code: int = 0, **environment: str) -> Ran:
    ran = workplace.run("publish", "litellm", *options, **environment)
    assert ran.code == code, ran.err + ran.out
    assert KEY not in ran.out + ran.err
    return ran


def dearer(workplace: Workplace) -> None:
    workplace.says("input: 2.50 ", "input: 3.50 ")


def test_each_model_is_one_deployment_with_the_prices_and_limits_of_the_catalog(workplace, litellm):
    ran = publish(workplace)
    assert litellm.deployments.keys() == {wire(model) for model in MODELS}
    deployment = litellm.deployments[wire(GPT)]
    assert deployment["model_name"] == "gpt-4o"
    assert deployment["litellm_params"] == {
        "model": "openai/gpt-4o",
        "input_cost_per_token": LISTED,
        "output_cost_per_token": Decimal("0.00001"),
    }
    assert deployment["model_info"]["max_input_tokens"] == 128000
    assert deployment["model_info"]["modelsync"]["commit"] == workplace.team.git("rev-parse", "HEAD")
    assert "7 created, 0 unchanged" in ran.out


def test_an_unknown_price_is_left_out_and_named_and_never_zero(workplace, litellm):
    ran = publish(workplace)
    assert litellm.price(wire(HOUSE)) is None
    assert f"not told: an input price, which is not known: {HOUSE}" in ran.out


def test_publishing_again_writes_nothing_and_one_new_price_writes_one_deployment(workplace, litellm):
    publish(workplace)
    litellm.writes.clear()
    assert "7 unchanged" in publish(workplace).out
    dearer(workplace)
    assert f"updated: {GPT}" in publish(workplace).out
    assert litellm.writes == {wire(GPT): 1}
    assert litellm.price(wire(GPT)) == NEW


def test_a_dry_run_names_deployments_and_sends_none(workplace, litellm):
    assert f"CREATE: {GPT} - GPT-4o" in publish(workplace, "--dry-run").out
    assert not litellm.deployments
    publish(workplace)
    dearer(workplace)
    assert f"UPDATE: {GPT} - GPT-4o (input_cost_per_token)" in publish(workplace, "-n").out
    assert litellm.price(wire(GPT)) == LISTED


def test_staging_then_production_then_back_ends_each_time_with_the_prices_of_that_commit(workplace, litellm):
    with played() as production:
        lines = f"LITELLM_MASTER_KEY={KEY}\nLITELLM_BASE_URL={production.url}\n"
        (workplace.path / ".env.production").write_text(lines)
        (workplace.path / ".gitignore").write_text(".env.*\n")
        workplace.team.commit_all("Environments")
        publish(workplace)
        publish(workplace, "--environment", "production", code=2)
        publish(workplace, "--environment", "production", "--yes")
        dearer(workplace)
        publish(workplace)
        assert (litellm.price(wire(GPT)), production.price(wire(GPT))) == (NEW, LISTED)
        publish(workplace, "--environment", "production", "--yes")
        assert production.price(wire(GPT)) == NEW
        publish(workplace, "--environment", "production", "--yes", "--rev", "HEAD~1")
        assert production.price(wire(GPT)) == LISTED
        assert production.bad == []


# ---------------------------------------------------------------------------- the names that are called


def test_a_model_is_offered_by_each_of_its_aliases_and_a_new_one_adds_a_deployment(workplace, litellm):
    workplace.says("        name: GPT-4o\n", "        name: GPT-4o\n        aliases: [fast, chat]\n")
    publish(workplace)
    ids = {wire(f"{GPT}=fast"), wire(f"{GPT}=chat")}
    assert {id_ for id_ in litellm.deployments if id_.startswith(wire(GPT))} == ids | {wire(f"{GPT}-mini")}
    assert litellm.deployments[wire(f"{GPT}=fast")]["model_name"] == "fast"
    workplace.says("aliases: [fast, chat]", "aliases: [fast, chat, smart]")
    assert f"updated: {GPT}" in publish(workplace).out
    assert litellm.deployments[wire(f"{GPT}=smart")]["litellm_params"]["model"] == "openai/gpt-4o"
    assert "7 unchanged" in publish(workplace).out


def test_an_alias_that_the_catalog_has_no_more_becomes_unavailable_and_is_not_deleted(workplace, litellm):
    workplace.says("        name: GPT-4o\n", "        name: GPT-4o\n        aliases: [fast, chat]\n")
    publish(workplace)
    workplace.says("aliases: [fast, chat]", "aliases: [fast]")
    assert "made unavailable: " in publish(workplace).out
    assert litellm.info(wire(f"{GPT}=chat"))["availability"] == "unavailable"
    assert litellm.info(wire(f"{GPT}=fast"))["availability"] == "available"
    assert "7 unchanged" in publish(workplace).out


def test_two_deployments_of_one_name_stay_two_and_both_have_the_price(workplace, litellm):
    litellm.add("gpt-4o", "openai/gpt-4o", "one", api_base="http://east")
    litellm.add("gpt-4o", "openai/gpt-4o", "two", api_base="http://west")
    litellm.add("gpt-4o", "azure/gpt-4o", "other")
    publish(workplace, "--adopt")
    assert [litellm.price(id_) for id_ in ("one", "two", "other")] == [LISTED, LISTED, None]
    assert [litellm.deployments[id_]["litellm_params"]["api_base"] for id_ in ("one", "two")] == [
        "http://east",
        "http://west",
    ]
    assert wire(GPT) not in litellm.deployments
    dearer(workplace)
    publish(workplace)
    assert [litellm.price(id_) for id_ in ("one", "two", "other")] == [NEW, NEW, None]
    assert "7 unchanged" in publish(workplace).out


def test_a_deployment_that_the_router_lists_under_an_alias_too_is_one(workplace, litellm):
    litellm.add("gpt-4o", "openai/gpt-4o", "theirs")
    litellm.aliases = {"gpt-4": "theirs"}
    workplace.says("        name: GPT-4o\n", "        name: GPT-4o\n        aliases: [gpt-4, gpt-4o]\n")
    publish(workplace, "--adopt")
    assert (litellm.price("theirs"), litellm.writes["theirs"]) == (LISTED, 1)
    assert not [id_ for id_ in litellm.deployments if id_.startswith(wire(f"{GPT}="))]
    litellm.aliases["best"] = "theirs"
    assert "7 unchanged" in publish(workplace).out


# ---------------------------------------------------------------------------- what people made


@pytest.mark.fault("targets", "a person's rows under the ids of ours")
@pytest.mark.parametrize("model", ["openai/gpt-4o", "azure/gpt-4o"])
def test_a_deployment_that_a_person_made_is_untouched_and_none_is_put_beside_it_without_adopt(
    workplace, litellm, model
):
    litellm.add("gpt-4o", model, "theirs", api_key="none", input_cost_per_token=1)
    before = dict(litellm.deployments["theirs"])
    assert f"would adopt: {GPT}" in publish(workplace).out
    assert litellm.deployments["theirs"] == before
    assert wire(GPT) not in litellm.deployments

    publish(workplace, "--adopt")
    is_same = model == "openai/gpt-4o"
    assert litellm.price("theirs") == (LISTED if is_same else 1)
    assert litellm.deployments["theirs"]["litellm_params"]["api_key"] == "none"
    assert (wire(GPT) in litellm.deployments) is not is_same


def test_an_alias_that_a_person_has_for_another_model_is_not_shared(workplace, litellm):
    publish(workplace)
    litellm.add("fast", "azure/gpt-4o", "theirs")
    workplace.says("        name: GPT-4o\n", "        name: GPT-4o\n        aliases: [fast, gpt-4o]\n")
    ran = publish(workplace, code=7)
    assert f"failed: {GPT}: a person's deployment of another model has the name fast" in ran.out
    assert [one["model_name"] for one in litellm.deployments.values()].count("fast") == 1


def test_each_deployment_keeps_its_own_where_the_catalogs_word_does_not_count(workplace, litellm):
    litellm.add("gpt-4o", "openai/gpt-4o", "one")
    litellm.add("gpt-4o", "openai/gpt-4o", "two")
    publish(workplace, "--adopt")
    litellm.deployments["one"]["litellm_params"] |= {
        "input_cost_per_token": 7,
        "input_cost_per_token_flex": 8,
    }
    publish(workplace, "--conflict", "database_wins", "--force")
    assert [litellm.price(id_) for id_ in ("one", "two")] == [7, LISTED]


def test_what_else_stands_in_a_deployment_of_ours_stays(workplace, litellm):
    publish(workplace)
    litellm.deployments[wire(GPT)]["litellm_params"] |= {"rpm": 5}
    litellm.info(wire(GPT))["team"] = "search"
    dearer(workplace)
    assert "changed there since" not in publish(workplace).out
    assert litellm.deployments[wire(GPT)]["litellm_params"]["rpm"] == 5
    assert litellm.info(wire(GPT))["team"] == "search"


@pytest.mark.parametrize(
    ("word", "price"), [("catalog_wins", LISTED), ("database_wins", 9), ("merge", LISTED)]
)
def test_a_deployment_of_ours_that_somebody_changed_is_settled_as_asked(workplace, litellm, word, price):
    publish(workplace)
    litellm.deployments[wire(GPT)]["litellm_params"]["input_cost_per_token"] = 9
    assert f"changed there since it was published: {GPT}" in publish(workplace, "--conflict", word).out
    assert litellm.price(wire(GPT)) == price


def test_a_model_that_the_catalog_has_no_more_becomes_unavailable_and_comes_back(workplace, litellm):
    publish(workplace)
    whole = workplace.openai.read_text()
    begin, end = whole.index("      house-style:"), whole.index("# the end of OpenAI")
    workplace.openai.write_text(whole[:begin] + whole[end:])
    workplace.team.commit_all("Gone")
    assert "1 made unavailable" in publish(workplace).out
    assert litellm.info(wire(HOUSE))["availability"] == "unavailable"
    publish(workplace, "--rev", "HEAD~1")
    assert litellm.info(wire(HOUSE))["availability"] == "available"


@pytest.mark.fault("targets", "a catalog that would make most rows unavailable")
def test_a_catalog_that_is_much_smaller_is_refused_without_accept(workplace, litellm):
    publish(workplace)
    workplace.openai.write_text("providers: {}\n")
    workplace.team.commit_all("Oops")
    assert "6 of 7 available rows of ours" in publish(workplace, code=5).err


# ---------------------------------------------------------------------------- prices


def test_tiers_and_service_tiers_are_told_and_end_as_the_usual_price_where_they_end(workplace, litellm):
    more = (
        "          tiers: [{above: 200000, input: 5, output: 20}]\n"
        "          variants: [{when: {service_tier: batch}, factor: 0.5}]\n"
    )
    workplace.says("          output: 10      # the same\n", f"          output: 10\n{more}")
    publish(workplace)
    id_ = wire(GPT)
    keys = ("input_cost_per_token_above_200k_tokens", "output_cost_per_token_batches")
    assert [litellm.price(id_, key) for key in keys] == [Decimal("0.000005"), Decimal("0.000005")]
    workplace.says(more, "")
    publish(workplace)
    assert [litellm.price(id_, key) for key in keys] == [LISTED, Decimal("0.00001")]
    assert "7 unchanged" in publish(workplace).out


def test_a_price_that_ends_and_that_the_proxy_cannot_take_away_is_a_failure_that_says_so(workplace, litellm):
    workplace.says("          output: 10 ", "          web_search: 10\n          output: 10 ")
    publish(workplace)
    workplace.says("          web_search: 10\n", "")
    ran = publish(workplace, code=7)
    assert f"failed: {GPT}: its API cannot take away search_context_cost_per_query" in ran.out


def test_a_price_that_is_not_known_any_more_is_taken_away(workplace, litellm):
    publish(workplace)
    workplace.says("          input: 2.50     # list price\n", "")
    publish(workplace)
    assert litellm.price(wire(GPT)) is None


def test_an_ability_that_the_catalog_says_no_more_is_denied(workplace, litellm):
    workplace.says("        team: search", "        features: [chat, web_search]\n        team: search")
    publish(workplace)
    assert litellm.info(wire(GPT))["supports_web_search"] is True
    workplace.says("[chat, web_search]", "[chat]")
    publish(workplace)
    assert litellm.info(wire(GPT))["supports_web_search"] is False
    assert "supports_reasoning" not in litellm.info(wire(GPT))
    assert "7 unchanged" in publish(workplace).out


def test_a_model_that_takes_images_sees(workplace, litellm):
    workplace.says("        team: search", "        modalities: {input: [text, image]}\n        team: search")
    publish(workplace)
    assert litellm.info(wire(GPT))["supports_vision"] is True


@pytest.mark.fault("targets", "a price that no column holds")
def test_a_price_with_more_digits_than_the_proxy_keeps_fails_alone_and_is_not_rounded(workplace, litellm):
    workplace.says("input: 2.50 ", "input: 2.5000000000000000001 ")
    assert f"failed: {GPT}: input_cost_per_token has more digits" in publish(workplace, code=7).out
    assert litellm.deployments.keys() == {wire(model) for model in MODELS - {GPT}}


# ---------------------------------------------------------------------------- where it fails


@pytest.mark.fault("targets", "a proxy that refuses a row: 404, 409, 413, 422, 429, 500")
@pytest.mark.parametrize("status", [400, 404, 409, 413, 422, 429, 500])
def test_a_deployment_that_is_refused_stops_no_other_and_the_next_run_repeats_it_alone(
    workplace, litellm, status
):
    litellm.fails[wire(GPT)] = status
    ran = publish(workplace, code=7)
    assert litellm.deployments.keys() == {wire(model) for model in MODELS - {GPT}}
    assert f"failed: {GPT}: " in ran.out
    assert f"HTTP {status}" in ran.out
    litellm.fails.clear()
    litellm.writes.clear()
    publish(workplace)
    assert litellm.writes == {wire(GPT): 1}


def test_a_proxy_that_takes_no_more_now_says_so(workplace, litellm):
    litellm.fails[wire(GPT)] = 429
    assert "it takes no more requests now (HTTP 429" in publish(workplace, code=7).out


@pytest.mark.fault("targets", "an answer that is lost after the row was stored")
def test_an_error_after_the_deployment_was_stored_is_no_failure_and_makes_no_second_one(workplace, litellm):
    litellm.loses = {wire(GPT)}
    assert "7 created" in publish(workplace).out
    assert litellm.writes[wire(GPT)] == 1
    assert "7 unchanged" in publish(workplace).out


@pytest.mark.fault("targets", "a success that stored nothing, or only until the proxy ends")
def test_an_answer_of_success_that_stored_nothing_is_not_called_one(workplace, litellm):
    litellm.ignores = {wire(GPT)}
    ran = publish(workplace)
    assert f"unconfirmed: {GPT}" in ran.out
    assert "6 created" in ran.out


@pytest.mark.fault("targets", "a success that stored nothing, or only until the proxy ends")
def test_a_proxy_that_keeps_a_deployment_in_its_memory_alone_did_not_store_it(workplace, litellm):
    litellm.stores = False
    ran = publish(workplace, code=7)
    assert f"failed: {GPT}: the proxy did not store it" in ran.out


def test_a_deployment_of_the_proxys_own_file_is_a_persons_and_is_not_changed_there(workplace, litellm):
    litellm.add("gpt-4o", "openai/gpt-4o", "of-the-file", stored=False)
    assert f"would adopt: {GPT}" in publish(workplace).out
    ran = publish(workplace, "--adopt", code=7)
    assert f"failed: {GPT}: it stands in the proxy's own file, which `--config FILE` edits" in ran.out


@pytest.mark.fault("targets", "a cache that answers with the old")
def test_a_cache_that_answers_with_the_old_is_looked_past_and_at_last_called_unconfirmed(workplace, litellm):
    publish(workplace)
    dearer(workplace)
    litellm._before = None
    litellm.forgets = 2
    assert f"updated: {GPT}" in publish(workplace).out
    workplace.says("input: 3.50 ", "input: 4.50 ")
    litellm._before = None
    litellm.forgets = 20
    assert f"unconfirmed: {GPT}" in publish(workplace).out


@pytest.mark.fault("targets", "a token that is refused")
@pytest.mark.parametrize("path", ["/model/info", "/model/new"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_stops_at_once(workplace, litellm, path, status):
    litellm.fails[path] = status
    ran = publish(workplace, code=7)
    assert not litellm.deployments
    assert f"HTTP {status}" in ran.err + ran.out


def test_nobody_there_and_nothing_set_are_said_in_a_line_or_two(workplace, litellm):
    ran = publish(workplace, code=7, LITELLM_BASE_URL="http://127.0.0.1:9/v1/")
    assert "127.0.0.1:9" in ran.err
    assert len(ran.err.splitlines()) <= 2
    assert "LITELLM_API_KEY" in publish(workplace, code=2, LITELLM_API_KEY="").err


def test_an_answer_that_is_no_list_of_models_is_named(workplace, litellm):
    with played() as other:
        other._shown = lambda ids: (200, {"data": 5})
        ran = publish(workplace, code=7, LITELLM_BASE_URL=other.url)
    assert "its list of models cannot be read" in ran.err


@pytest.mark.parametrize("value", ["sNaN", [{"a": 5}]])
def test_no_value_that_a_proxy_answers_with_ends_the_run(workplace, litellm, value):
    publish(workplace)
    for key in ("input_cost_per_token", "search_context_cost_per_query", "output_cost_per_token_batches"):
        litellm.deployments[wire(GPT)]["litellm_params"][key] = value
    litellm.info(wire(OPUS))["modelsync"]["fields"] = value
    out = publish(workplace, "-n").out
    assert f"UPDATE: {GPT}" in out
    assert f"would adopt: {OPUS}" in out  # for whose mark is that


def test_names_with_quotes_slashes_and_escapes_are_text(workplace, litellm):
    name = "a/b\\\"'; DROP--\\u001b[31m\\U0001F600"
    workplace.says("        name: GPT-4o\n", f'        name: GPT-4o\n        aliases: ["{name}"]\n')
    ran = publish(workplace)
    assert "\x1b" not in ran.out
    assert "a/b\"'; DROP--\x1b[31m\U0001f600" in {one["model_name"] for one in litellm.deployments.values()}
    assert "7 unchanged" in publish(workplace).out


def test_only_means_deployments_of_these_models(workplace, litellm):
    publish(workplace, "--only", "anthropic")
    assert litellm.deployments.keys() == {wire(OPUS)}


def test_a_new_deployment_begins_with_what_the_settings_and_the_entry_say(workplace, litellm):
    workplace.configure(
        "targets:\n  litellm:\n    litellm_params: {openai: {litellm_credential_name: openai-prod}}\n"
        "    providers: {anthropic: vertex_ai}\n"
    )
    workplace.says("        team: search", "        litellm_params: {rpm: 5}\n        team: search")
    publish(workplace)
    parameters = litellm.deployments[wire(GPT)]["litellm_params"]
    assert (parameters["litellm_credential_name"], parameters["rpm"]) == ("openai-prod", 5)
    assert litellm.deployments[wire(GPT)]["litellm_params"]["model"] == "openai/gpt-4o"
    assert litellm.deployments[wire("vertex_ai/claude-opus-5")]["litellm_params"]["model"] == (
        "vertex_ai/claude-opus-5"
    )
    litellm.bad = [one for one in litellm.bad if not one.endswith("rpm")]


# ---------------------------------------------------------------------------- from a proxy to a database


CALLED = {"gpt-4o": GPT, "gpt-4": GPT, "smart": "anthropic/claude-sonnet-4-5", "whisper": "openai/whisper-1"}
KEPT = """
sources:
  litellm: {endpoints: [{}]}
fields: [model, upstream, aliases, name, context_length, pricing]
create_providers: true
mapping: [{match: '^openai/', provider: openai}, {match: '^anthropic/', provider: anthropic}]
targets: {sql: {id: alias}}
"""


def test_the_names_that_applications_call_go_from_a_proxy_through_the_catalog_to_a_database_and_a_proxy(
    workplace, litellm, tmp_path
):
    for name, model in CALLED.items():
        litellm.add(name, model, f"{name} by {model}", input_cost_per_token=3e-6, output_cost_per_token=6e-6)
    workplace.openai.write_text("providers: {}\n")
    (workplace.path / "catalog/providers/anthropic.yaml").unlink()
    (workplace.path / "catalog/sync.yaml").write_text(KEPT)
    workplace.team.commit_all("The proxy's models")
    assert workplace.run("sync", "litellm", "--no-branch").code == 0

    database = tmp_path / "models.db"
    options = ("--create", "--database-url", f"sqlite:///{database}")
    ran = workplace.run("publish", "sql", *options)
    assert ran.code == 0, ran.err
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT id, metadata FROM models").fetchall()
    names = {name for id_, notes in rows for name in (id_, *json.loads(notes)["entry"].get("aliases", ()))}
    assert {id_ for id_, _ in rows} <= CALLED.keys()
    assert names == CALLED.keys()

    with played() as other:
        publish(workplace, LITELLM_BASE_URL=other.url)
        called = {one["model_name"]: one["litellm_params"]["model"] for one in other.deployments.values()}
    assert called == CALLED


def test_check_online_asks_it_and_changes_nothing(workplace, litellm):
    ran = workplace.run("check", "--online", "litellm")
    assert "litellm staging: answers" in ran.out + ran.err
    assert not litellm.deployments
