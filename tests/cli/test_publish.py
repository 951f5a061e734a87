"""Publishing to an llm-proxy: its rows end as the catalog is, and what people made there stays theirs."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from typing import Any

import pytest

from played_llm_proxy import TOKEN
from workplace import Ran, Workplace

SONNET = "anthropic/claude-opus-5"
GPT = "openai/gpt-4o"
MODELS = {
    GPT, SONNET, "openai/gpt-4o-mini", "openai/o1", "openai/o3", "openai/o4-mini", "openai/house-style",
}  # fmt: skip


def publish(workplace: Workplace, *options: str, code: int = 0, **environment: str) -> Ran:
    ran = workplace.run("publish", "llm-proxy", *options, **environment)
    assert ran.code == code, ran.err + ran.out
    assert TOKEN not in ran.out + ran.err
    return ran


def test_each_model_has_a_row_with_the_prices_per_token_that_the_catalog_has(workplace, proxy):
    workplace.says(
        "        team: search",
        "        knowledge_cutoff: 2023-10\n        responseSpeed: 4\n        team: x",
    )
    ran = publish(workplace)
    assert proxy.rows.keys() == MODELS
    row = proxy.rows[GPT]
    assert (row["cost_input"], row["cost_output"], row["cost_cache_read"]) == (
        Decimal("0.0000025"),
        Decimal("0.00001"),
        None,
    )
    assert "cost_cache_create" not in row
    assert (row["provider_name"], row["model_name"], row["model_type"]) == ("openai", "gpt-4o", "text")
    settings = {key: value for key, value in row["settings"].items() if key != "modelsync"}
    assert settings == {
        "displayName": "GPT-4o",
        "contextWindow": 128000,
        "trainingCutoff": "2023-10",
        "responseSpeed": 4,
    }
    assert row["settings"]["modelsync"]["commit"] == workplace.team.git("rev-parse", "HEAD")
    assert "7 created, 0 unchanged" in ran.out
    assert {line.partition("] ")[2] for line in ran.err.splitlines()} == MODELS


def test_an_unknown_price_is_null_and_named_and_never_zero(workplace, proxy):
    ran = publish(workplace)
    row = proxy.rows["openai/house-style"]
    assert (row["cost_input"], row["cost_output"]) == (None, None)
    assert "not told: an input price, which is not known: openai/house-style" in ran.out


def test_a_price_that_is_left_out_is_taken_away_where_a_row_has_it(workplace, proxy):
    workplace.edit("output: 10      # the same", "output: 10\n          cache_write: 3")
    workplace.team.commit_all("A price")
    publish(workplace)
    assert proxy.rows[GPT]["cost_cache_create"] == Decimal("0.000003")
    workplace.says("          cache_write: 3", "")
    assert f"updated: {GPT}" in publish(workplace).out
    assert proxy.rows[GPT]["cost_cache_create"] is None
    assert "7 unchanged" in publish(workplace).out


@pytest.mark.parametrize(("one", "other", "value"), [("true", "1", 1), ("1", "true", True)])
def test_what_a_person_states_is_written_where_it_is_of_another_kind(workplace, proxy, one, other, value):
    workplace.says("team: search", f"responseSpeed: {one}")
    publish(workplace)
    workplace.says(f"responseSpeed: {one}", f"responseSpeed: {other}")
    publish(workplace)
    assert proxy.settings_of(GPT)["responseSpeed"] is value


def test_publishing_again_writes_nothing_and_one_new_price_writes_one_row(workplace, proxy):
    publish(workplace)
    proxy.writes.clear()
    assert "7 unchanged" in publish(workplace).out
    workplace.says("input: 2.50 ", "input: 3.50 ")
    assert f"updated: {GPT}" in publish(workplace).out
    assert proxy.writes == {GPT: 1}


def test_a_number_that_is_written_otherwise_there_is_equal(workplace, proxy):
    publish(workplace)
    proxy.rows[GPT] |= {"cost_input": "0.00000250", "cost_output": Decimal("1.0E-5")}
    proxy.writes.clear()
    publish(workplace)
    assert not proxy.writes


@pytest.mark.parametrize("number", ["1e99999999", "-1e99999999999", "NaN"])
def test_a_number_that_no_price_is_differs_and_is_put_right(workplace, proxy, number: str):
    publish(workplace)
    right = proxy.rows[GPT]["cost_input"]
    proxy.rows[GPT] |= {"cost_input": number}
    publish(workplace)
    assert proxy.rows[GPT]["cost_input"] == right


def test_a_dry_run_names_rows_and_sends_none(workplace, proxy):
    out = publish(workplace, "--dry-run").out
    assert f"CREATE: {GPT} - GPT-4o" in out
    assert not proxy.rows
    publish(workplace)
    workplace.says("input: 2.50 ", "input: 3.50 ")
    out = publish(workplace, "-n").out
    assert f"UPDATE: {GPT} - GPT-4o (cost_input)" in out
    assert "1 to update, 6 unchanged" in out
    assert proxy.rows[GPT]["cost_input"] == Decimal("0.0000025")


@pytest.mark.fault("targets", "a person's rows under the ids of ours")
def test_a_row_that_a_person_made_stays_theirs_without_adopt(workplace, proxy):
    mine = {"model_id": GPT, "cost_input": Decimal(1), "is_available": True, "settings": {"note": "ours"}}
    other = {"model_id": "x/y", "is_available": True, "settings": {}}
    proxy.rows |= {GPT: dict(mine), "x/y": dict(other)}
    assert f"would adopt: {GPT}" in publish(workplace).out
    assert proxy.rows[GPT] == mine

    publish(workplace, "--adopt")
    assert proxy.rows[GPT]["cost_input"] == Decimal("0.0000025")
    assert proxy.settings_of(GPT)["note"] == "ours"
    assert proxy.rows["x/y"] == other


def test_what_else_stands_in_a_row_of_ours_stays(workplace, proxy):
    publish(workplace)
    proxy.rows[GPT]["rate"] = 5
    proxy.settings_of(GPT)["theme"] = "dark"
    workplace.says("input: 2.50 ", "input: 3.50 ")
    assert "changed there since" not in publish(workplace).out
    assert (proxy.rows[GPT]["rate"], proxy.settings_of(GPT)["theme"]) == (5, "dark")


def test_a_model_that_the_catalog_has_no_more_becomes_unavailable_and_comes_back(workplace, proxy):
    publish(workplace)
    whole = workplace.openai.read_text()
    begin, end = whole.index("      house-style:"), whole.index("# the end of OpenAI")
    workplace.openai.write_text(whole[:begin] + whole[end:])
    workplace.team.commit_all("Gone")
    assert "made unavailable: openai/house-style" in publish(workplace).out
    assert proxy.rows["openai/house-style"]["is_available"] is False
    assert "7 unchanged" not in publish(workplace).out
    publish(workplace, "--rev", "HEAD~1")
    assert proxy.rows["openai/house-style"]["is_available"] is True


def test_a_rollback_is_the_publishing_of_another_commit(workplace, proxy):
    publish(workplace)
    before = {id_: row["cost_input"] for id_, row in proxy.rows.items()}
    workplace.says("input: 2.50 ", "input: 3.50 ")
    publish(workplace)
    publish(workplace, "--rev", "HEAD~1")
    assert {id_: row["cost_input"] for id_, row in proxy.rows.items()} == before


def test_what_was_exported_is_published_as_its_commit_would_be(workplace, proxy):
    assert workplace.run("export", "json", "--out", "release.json").code == 0
    publish(workplace)
    published = json.dumps(proxy.rows, default=str)
    workplace.says("input: 2.50 ", "input: 3.50 ")
    publish(workplace)
    publish(workplace, "--input", "release.json")
    assert {id_: row["cost_input"] for id_, row in proxy.rows.items()} == {
        id_: row["cost_input"] and Decimal(row["cost_input"]) for id_, row in json.loads(published).items()
    }
    exported = json.loads((workplace.path / "release.json").read_text())
    ahead = json.dumps(exported | {"observed": "2099-01-01T00:00:00Z"})  # by the clock of another machine
    (workplace.path / "release.json").write_text(ahead)
    assert "7 unchanged" in publish(workplace, "--input", "release.json").out
    (workplace.path / "release.json").write_text("{}")
    assert "not an exported catalog" in publish(workplace, "--input", "release.json", code=2).err


@pytest.mark.parametrize(
    ("word", "price", "name"),
    [
        ("catalog_wins", "0.0000025", "GPT-4o"),
        ("database_wins", "9", "Theirs"),
        ("merge", "0.0000025", "Theirs"),
    ],
)
def test_a_row_of_ours_that_somebody_changed_is_settled_as_asked_now_and_later(
    workplace, proxy, word, price, name
):
    workplace.configure(f"targets:\n  llm-proxy: {{conflict: {word}}}\n")
    workplace.team.commit_all("Targets")
    publish(workplace)
    proxy.rows[GPT]["cost_input"] = Decimal(9)
    proxy.settings_of(GPT)["displayName"] = "Theirs"
    for _ in range(2):
        publish(workplace)
        assert proxy.rows[GPT]["cost_input"] == Decimal(price)
        assert proxy.settings_of(GPT)["displayName"] == name


def test_local_and_hidden_models_are_left_out(workplace, proxy):
    workplace.says("    name: OpenAI\n", "    name: OpenAI\n    local: true\n")
    workplace.says(
        "                name: 'Claude Opus 5'\n",
        "                name: 'Claude Opus 5'\n                hidden: true\n",
        "catalog/providers/anthropic.yaml",
    )
    publish(workplace)
    assert not proxy.rows


def test_only_means_rows_of_these_models_and_makes_nothing_else_unavailable(workplace, proxy):
    publish(workplace, "--only", "anthropic")
    assert proxy.rows.keys() == {SONNET}
    publish(workplace)
    workplace.says("input: 2.50 ", "input: 3.50 ")
    workplace.says("input: 15\n", "input: 16\n")
    publish(workplace, "--only", "openai/gpt-*")
    assert proxy.rows[GPT]["cost_input"] == Decimal("0.0000035")
    assert proxy.rows["openai/o1"]["cost_input"] == Decimal("0.000015")


# ---------------------------------------------------------------------------- where it fails


@pytest.mark.fault("targets", "a proxy that refuses a row: 404, 409, 413, 422, 429, 500")
@pytest.mark.parametrize("status", [404, 409, 413, 422, 429, 500])
def test_a_row_that_is_refused_stops_no_other_and_the_next_run_repeats_it_alone(workplace, proxy, status):
    proxy.fails[GPT] = status
    ran = publish(workplace, code=7)
    assert proxy.rows.keys() == MODELS - {GPT}
    assert f"failed: {GPT}: " in ran.out
    assert f"HTTP {status}" in ran.out
    proxy.fails.clear()
    proxy.writes.clear()
    publish(workplace)
    assert proxy.writes == {GPT: 1}


@pytest.mark.fault("targets", "an answer that is lost after the row was stored")
@pytest.mark.parametrize("status", [500, 0])
def test_an_answer_that_is_lost_after_the_row_was_stored_is_no_failure(workplace, proxy, status):
    proxy.loses = {GPT: status}
    assert "7 created" in publish(workplace).out
    assert proxy.writes[GPT] == 1


@pytest.mark.fault("targets", "a cache that answers with the old")
def test_a_cache_that_answers_with_the_old_is_looked_past_and_at_last_called_unconfirmed(workplace, proxy):
    proxy.forgets = 1
    assert "7 created" in publish(workplace).out
    workplace.says("input: 2.50 ", "input: 3.50 ")
    proxy._before = None
    proxy.forgets = 10
    assert f"unconfirmed: {GPT}" in publish(workplace).out


@pytest.mark.fault("targets", "a token that is refused")
@pytest.mark.parametrize("function", ["provider-models", "sync-model"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_refused_stops_at_once(workplace, proxy, function, status):
    proxy.fails[function] = status
    ran = publish(workplace, code=7)
    assert not proxy.rows
    assert f"HTTP {status}" in ran.err + ran.out
    assert (ran.err + ran.out).count("[7/7]") == 0 or "not tried" in ran.out


def test_nobody_there_is_said_in_one_line(workplace, proxy):
    ran = publish(workplace, "--supabase-url", "http://127.0.0.1:9/config", code=7)
    assert "127.0.0.1:9" in ran.err
    assert len(ran.err.splitlines()) <= 2


@pytest.mark.fault("targets", "a catalog that would make most rows unavailable")
def test_a_catalog_that_is_much_smaller_is_refused_without_accept(workplace, proxy):
    publish(workplace)
    workplace.openai.write_text("providers: {}\n")
    workplace.team.commit_all("Oops")
    ran = publish(workplace, code=5)
    assert "6 of 7 available rows of ours would become unavailable" in ran.err
    assert all(row["is_available"] for row in proxy.rows.values())
    publish(workplace, "--accept")
    assert sum(row["is_available"] for row in proxy.rows.values()) == 1


@pytest.mark.parametrize("address", ["http://[x", "ftp://127.0.0.1/x", "", "http://"])
def test_a_configuration_that_names_no_address_is_said_in_few_lines(workplace, proxy, address):
    configuration, proxy.url = proxy.configuration, address
    ran = publish(workplace, "--supabase-url", f"{configuration}?key=s3cretword", code=7)
    assert len(ran.err.splitlines()) == 2
    assert "s3cretword" not in ran.err


def test_a_slip_in_only_is_named(workplace, proxy):
    assert (
        "no model of the catalog is meant, did you mean" in publish(workplace, "--only", "openai/gpt4o").err
    )
    assert not proxy.rows


def test_only_a_committed_catalog_is_published(workplace, proxy):
    workplace.edit("input: 2.50 ", "input: 3.50 ")
    assert "not committed" in publish(workplace, code=6).err
    publish(workplace, "--allow-dirty")
    assert proxy.rows[GPT]["cost_input"] == Decimal("0.0000025")


def test_models_that_would_share_a_row_are_refused_before_anything_is_asked(workplace, proxy):
    workplace.configure("targets:\n  llm-proxy: {id: model}\n")
    workplace.edit("model: gpt-4o-mini", "model: gpt-4o")
    workplace.team.commit_all("Two")
    assert "openai/gpt-4o, openai/gpt-4o-mini" in publish(workplace, code=5).err
    assert not proxy.rows


def test_what_failed_is_repeated_alone_and_as_it_was(workplace, proxy):
    assert "nothing is noted" in publish(workplace, "--retry", code=2).err
    proxy.fails[GPT] = 422
    publish(workplace, code=7)
    proxy.fails.clear()
    proxy.writes.clear()
    workplace.says("input: 2.50 ", "input: 3.50 ")
    proxy.rows["openai/o3"]["cost_input"] = Decimal(9)
    assert "1 to create" in publish(workplace, "--retry", "--dry-run").out
    assert f"created: {GPT}" in publish(workplace, "--retry").out
    assert proxy.writes == {GPT: 1}
    assert proxy.rows[GPT]["cost_input"] == Decimal("0.0000025")
    publish(workplace, "--retry")
    assert proxy.writes == {GPT: 1}


def test_a_publication_that_ended_early_is_repeated_whole(workplace, proxy):
    proxy.fails["sync-model"] = 401
    publish(workplace, code=7)
    proxy.fails.clear()
    assert "7 created" in publish(workplace, "--retry").out


def test_an_exported_catalog_is_published_without_git(workplace, proxy):
    workplace.run("export", "json", "--out", "exported.json")
    publish(workplace, "--input", "exported.json", PATH="")
    assert proxy.rows[GPT]["cost_input"] == Decimal("0.0000025")


# ---------------------------------------------------------------------------- who may, and where


def test_production_needs_yes_where_nobody_can_be_asked(workplace, proxy):
    publish(workplace, "--environment", "production", code=2)
    assert not proxy.rows
    publish(workplace, "--environment", "production", "--yes")
    assert proxy.rows


def test_token_and_address_come_from_the_environments_own_file_before_the_environment(workplace, proxy):
    wrong = {"LLM_PROXY_AUTH_TOKEN": "wrong", "SUPABASE_CONFIG_URL": "http://127.0.0.1:9/config"}
    lines = f"LLM_PROXY_AUTH_TOKEN={TOKEN}\nSUPABASE_CONFIG_URL={proxy.configuration}\nPATH=/nowhere\n"
    (workplace.path / ".env.staging").write_text(lines)
    assert ".env.staging holds keys, and git does not ignore it" in publish(workplace, **wrong).err
    publish(workplace, "--environment", "production", "--yes", code=7, **wrong)


def test_the_address_may_stand_in_the_settings(workplace, proxy):
    workplace.configure(
        f"targets:\n  llm-proxy: {{environments: {{staging: {{url: '{proxy.configuration}'}}}}}}\n"
    )
    workplace.team.commit_all("Address")
    publish(workplace, SUPABASE_CONFIG_URL="")
    assert proxy.rows
    ran = workplace.run("publish", "llm-proxy", "--environment", "production", SUPABASE_CONFIG_URL="")
    assert (ran.code, "not set for production: SUPABASE_CONFIG_URL" in ran.err) == (2, True)


def test_ids_providers_and_what_only_people_state_are_as_the_settings_say(workplace, proxy):
    workplace.configure(
        "targets:\n  llm-proxy:\n    id: key\n    providers: {openai: azure}\n"
        "    defaults: {systemPromptBehavior: replace}\n    cache_create: 1.25*cache_read\n"
    )
    workplace.edit("output: 10      # the same", "output: 10\n          cache_read: 1.2")
    workplace.team.commit_all("Settings")
    publish(workplace)
    row = proxy.rows["gpt-4o"]
    assert (row["provider_name"], row["cost_cache_create"]) == ("azure", Decimal("0.0000015"))
    assert row["settings"]["systemPromptBehavior"] == "replace"


def test_json_is_one_object_with_exact_numbers(workplace, proxy):
    answer: Any = json.loads(publish(workplace, "--json").out)
    (change,) = [one for one in answer["changes"] if one["id"] == GPT]
    assert (change["action"], change["values"]["cost_input"]) == ("create", "0.0000025")
    assert {one["result"] for one in answer["deliveries"]} == {"created"}


def test_a_name_with_markup_and_escapes_reaches_the_row_whole_and_the_terminal_safe(workplace, proxy):
    workplace.says("name: GPT-4o\n", 'name: "a\\e[31m`<b>|"\n')
    ran = publish(workplace, "-n")
    assert "\x1b" not in ran.out
    publish(workplace)
    assert proxy.settings_of(GPT)["displayName"] == "a\x1b[31m`<b>|"


def test_publishing_leaves_the_repository_as_it_was(workplace, proxy):
    before = workplace.state()
    publish(workplace)
    shutil.rmtree(workplace.path / ".modelsync", ignore_errors=True)
    assert workplace.state() == before


def test_each_of_two_catalogs_side_by_side_repeats_what_failed_of_its_own(workplace, proxy):
    shutil.copytree(workplace.path / "catalog", workplace.path / "second")
    workplace.team.commit_all("another catalog")
    publish(workplace)
    assert "nothing is noted" in publish(workplace, "--retry", "--catalog", "second", code=2).err
