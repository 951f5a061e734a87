"""`check --online` tells before anything is changed whether the catalog could be published."""

from __future__ import annotations

from typing import Any

import pytest

from databases import Database
from played_llm_proxy import TOKEN
from workplace import Ran, Workplace

GPT = "openai/gpt-4o"
UNSAID = "not told: an input price, which is not known: openai/house-style"


def check(workplace: Workplace, *words: str, code: int = 0, **environment: str) -> Ran:
    ran = workplace.run("check", "--online", *words, **environment)
    assert ran.code == code, ran.err + ran.out
    assert TOKEN not in ran.out + ran.err
    return ran


def asked(workplace: Workplace, *words: str, code: int = 0, **environment: str) -> Any:
    (one,) = check(workplace, "--json", *words, code=code, **environment).json["targets"]
    return one


def test_a_proxy_that_could_be_published_to_answers_and_is_sent_no_row(workplace, proxy):
    assert check(workplace, "llm-proxy").out.splitlines()[:2] == [
        "llm-proxy staging: answers: 0 rows, 0 of ours",
        UNSAID,
    ]
    assert not proxy.writes
    workplace.run("publish", "llm-proxy")
    assert "7 rows, 7 of ours" in check(workplace, "llm-proxy").out


@pytest.mark.parametrize(
    ("wrong", "kind", "words"),
    [
        ({"LLM_PROXY_AUTH_TOKEN": "another-token"}, "authentication", "the token is wrong or has expired"),
        ({"SUPABASE_CONFIG_URL": "http://127.0.0.1:9/config"}, "connection", "127.0.0.1:9"),
        ({"LLM_PROXY_AUTH_TOKEN": ""}, None, "not set for staging: LLM_PROXY_AUTH_TOKEN"),
    ],
)
def test_a_token_or_an_address_that_is_wrong_is_named_with_its_kind(workplace, proxy, wrong, kind, words):
    one = asked(workplace, "llm-proxy", code=7, **wrong)
    assert (one["state"], one["kind"], words in one["said"]) == ("fails", kind, True)
    assert words in check(workplace, "llm-proxy", code=7, **wrong).out


def test_an_address_that_is_no_configuration_is_named(workplace, proxy):
    one = asked(workplace, "llm-proxy", code=7, SUPABASE_CONFIG_URL=f"{proxy.url}/elsewhere")
    assert "its configuration answers HTTP" in one["said"]
    assert "SUPABASE_CONFIG_URL" in one["advice"]


def test_without_a_name_the_targets_are_asked_that_have_settings_and_whose_way_is_known(workplace, proxy):
    assert "targets" not in check(workplace, "--json").json
    workplace.configure("targets: {llm-proxy: {id: key}}\n")
    assert [one["source"] for one in check(workplace, "--json").json["sources"]] == ["openrouter"]
    assert asked(workplace)["state"] == "answers"
    assert asked(workplace, LLM_PROXY_AUTH_TOKEN="")["state"] == "not asked"
    assert "sources" not in check(workplace, "llm-proxy", "--json").json


def test_a_job_for_a_pull_request_asks_no_target(workplace, proxy):
    workplace.team.git("update-ref", "refs/remotes/origin/main", "HEAD")
    workplace.configure("targets: {llm-proxy: {id: key}}\n")
    assert "llm-proxy" not in check(workplace, GITHUB_BASE_REF="main").out
    assert "no target" in check(workplace, "llm-proxy", code=2, GITHUB_BASE_REF="main").err
    assert "no target" in check(workplace, "llm-proxy", "--against", "HEAD", code=2).err


def test_a_name_that_is_neither_a_file_nor_a_target_is_refused(workplace):
    assert "did you mean llm-proxy?" in check(workplace, "llmproxy", code=2).err
    assert workplace.run("check", "sql").code == 2
    assert workplace.run("check", "catalog/sync.yaml").code == 0


def test_a_database_that_could_be_published_to_answers_and_is_written_nothing(workplace, database):
    one = asked(workplace, "sql", code=7)
    assert (one["kind"], "no table" in one["said"] or "no such database" in one["said"]) == ("database", True)
    assert "--create" in one["advice"]
    workplace.run("publish", "sql", "--create")
    database.execute("DELETE FROM audit_logs")
    assert "sql staging: answers: 7 rows, 7 of ours" in check(workplace, "sql").out
    assert database.ask("SELECT * FROM audit_logs") == []


def test_who_publishes_meanwhile_is_not_in_the_way_of_a_look_nor_it_in_theirs(workplace, postgresql):
    workplace.run("publish", "sql", "--create")
    with postgresql.publishing():
        assert asked(workplace, "sql")["state"] == "answers"


@pytest.mark.fault("targets", "a column that is too short, of another kind, or must be filled")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("ALTER COLUMN output_cost_per_token TYPE DECIMAL(12,10)", f"would round {GPT} (0.00000000051)"),
        ("ALTER COLUMN name TYPE VARCHAR(5)", "name holds 5 characters, too few for anthropic/claude-opus-5"),
        ("ALTER COLUMN id TYPE VARCHAR(15)", "id holds 15 characters, too few for anthropic/claude-opus-5"),
        ("DROP COLUMN supports_vision", "it has no column models.supports_vision"),
        ("ADD COLUMN owner TEXT NOT NULL", "models.owner must not be empty and has no default"),
        ("ALTER COLUMN features TYPE JSONB USING NULL", "models.features is JSONB and not TEXT[]"),
    ],
)
def test_a_table_whose_rows_could_not_be_as_they_are_to_be_is_named_before_any_is_written(
    workplace: Workplace, postgresql: Database, change: str, words: str
) -> None:
    workplace.run("publish", "sql", "--create", "--only", "none")
    workplace.says("output: 10      # the same", "output: 0.00051")
    postgresql.execute(f"ALTER TABLE models {change}")
    one = asked(workplace, "sql", code=7)
    assert (one["kind"], words in one["said"]) == ("database", True), one
    ran = workplace.run("publish", "sql")
    assert (ran.code, words in ran.err) == (7, True)
    assert postgresql.rows == {}
    if "owner" not in change and "JSONB" not in change:
        assert workplace.run("publish", "sql", "--migrate", "--yes").code == 0
        assert postgresql.rows[GPT]["output_cost_per_token"] > 0
