"""Publishing to a database: its rows end as the catalog is, to the digit; what people made stays theirs."""

from __future__ import annotations

import json
import os
import socketserver
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest

import databases
from workplace import Ran, Workplace

GPT = "openai/gpt-4o"
MODELS = {
    GPT, "anthropic/claude-opus-5", "openai/gpt-4o-mini", "openai/o1", "openai/o3", "openai/o4-mini",
    "openai/house-style",
}  # fmt: skip


def publish(workplace: Workplace, *options: str, code: int = 0, **environment: str) -> Ran:
    ran = workplace.run("publish", "sql", *options, **environment)
    assert ran.code == code, ran.err + ran.out
    return ran


def test_each_model_has_a_row_with_exactly_what_the_catalog_has(workplace, database):
    workplace.says(
        "        team: search",
        "        features: [vision, streaming]\n        modalities: {input: [image]}\n        team: search",
    )
    ran = publish(workplace, "--create")
    assert "7 created, 0 unchanged" in ran.out
    rows = database.rows
    assert rows.keys() == MODELS
    row = rows[GPT]
    metadata = row.pop("metadata")
    assert row.pop("created_at")
    assert row.pop("updated_at")
    assert row == {
        "id": GPT,
        "name": "GPT-4o",
        "provider": "openai",
        "description": None,
        "category": "Language Model",
        "context_length": 128000,
        "input_cost_per_token": Decimal("0.0000025"),
        "output_cost_per_token": Decimal("0.00001"),
        "supports_vision": True,
        "supports_function_calling": False,
        "supports_tool_choice": False,
        "supports_parallel_function_calling": False,
        "supports_streaming": True,
        "features": ["vision", "streaming"],
        "availability": "available",
        "version": "1.0",
    }
    assert metadata["upstream"] == {"openrouter": "openai/gpt-4o"}
    assert metadata["own"] == {"team": "search"}
    assert metadata["entry"]["pricing.input"] == Decimal("2.5")
    assert metadata["modelsync"]["commit"] == workplace.team.git("rev-parse", "HEAD")
    assert rows["openai/o3"]["supports_vision"] is None


def test_publishing_again_writes_no_row_and_one_new_price_writes_one(workplace, database):
    publish(workplace, "--create")
    database.count_writes()
    assert "7 unchanged" in publish(workplace, "--create").out
    assert database.written() == set()
    before = database.rows[GPT]["updated_at"]
    workplace.says("input: 2.50 ", "input: 3.50 ")
    assert f"updated: {GPT}" in publish(workplace).out
    assert database.written() == {GPT}
    assert database.rows[GPT]["updated_at"] >= before
    assert len(database.ask("SELECT id FROM audit_logs")) == 2
    publish(workplace, "--force")
    assert database.written() == MODELS


@pytest.mark.parametrize(
    ("one", "other", "value"),
    [("true", "1", 1), ("1", "'1'", "1"), ("{a: null}", "{}", {})],
)
def test_a_key_of_a_person_that_says_something_else_is_written(workplace, database, one, other, value):
    workplace.says("team: search", f"team: {one}")
    publish(workplace, "--create")
    workplace.says(f"team: {one}", f"team: {other}")
    assert f"updated: {GPT}" in publish(workplace).out
    written = database.rows[GPT]["metadata"]["own"]["team"]
    assert (type(written), written) == (type(value), value)


@pytest.mark.parametrize("price", ["0.15", "0.00000001", "999999.99999999", "123.456789"])
def test_a_price_is_kept_to_its_last_digit(workplace, database, price):
    workplace.says("input: 2.50 ", f"input: {price} ")
    publish(workplace, "--create")
    exact = Decimal(price).scaleb(-6)
    assert database.rows[GPT]["input_cost_per_token"] == exact
    database.count_writes()
    publish(workplace)
    assert database.written() == set()


@pytest.mark.fault("targets", "a price that no column holds")
@pytest.mark.parametrize("price", ["0.000000012345", "1234567890123.5"])
def test_a_price_that_would_be_rounded_fails_alone(workplace, database, price):
    workplace.says("input: 2.50 ", f"input: {price} ")
    ran = publish(workplace, "--create", code=7)
    assert f"failed: {GPT}: input_cost_per_token would be rounded: " in ran.out
    assert database.rows.keys() == MODELS - {GPT}


def test_an_unknown_price_is_null_and_named_and_never_zero(workplace, database):
    ran = publish(workplace, "--create")
    assert database.rows["openai/house-style"]["input_cost_per_token"] is None
    assert "not told: an input price, which is not known: openai/house-style" in ran.out


def test_a_dry_run_names_rows_and_writes_none(workplace, database):
    out = publish(workplace, "--create", "-n").out
    assert "CREATE TABLE models" in out
    assert database.ask(TABLES[database.kind]) == []
    publish(workplace, "--create", "--only", "anthropic")
    database.count_writes()
    out = publish(workplace, "-n").out
    assert f"CREATE: {GPT} - GPT-4o" in out
    assert database.written() == set()
    assert len(database.ask("SELECT id FROM audit_logs")) == 1


@pytest.mark.fault("targets", "a person's rows under the ids of ours")
def test_a_row_that_a_person_made_stays_theirs_without_adopt(workplace, database):
    database.execute(*statements(workplace))
    database.execute(
        "INSERT INTO models (id, name, provider, input_cost_per_token, metadata) "
        "VALUES (:id, 'Theirs', 'openai', 1, :notes), ('x/y', 'Other', 'x', NULL, NULL)",
        id=GPT,
        notes='{"note": "ours"}',
    )
    before = database.rows
    assert f"would adopt: {GPT}" in publish(workplace).out
    assert {id_: database.rows[id_] for id_ in before} == before

    publish(workplace, "--adopt")
    row = database.rows[GPT]
    assert (row["name"], row["input_cost_per_token"]) == ("GPT-4o", Decimal("0.0000025"))
    assert row["metadata"]["note"] == "ours"
    assert database.rows["x/y"] == before["x/y"]


@pytest.mark.parametrize(
    ("word", "price", "name"),
    [
        ("catalog_wins", "0.0000025", "GPT-4o"),
        ("litellm_wins", "0.0000025", "GPT-4o"),
        ("database_wins", "9", "Theirs"),
        ("merge", "0.0000025", "Theirs"),
    ],
)
def test_a_row_of_ours_that_somebody_changed_is_settled_as_asked_now_and_later(
    workplace, database, word, price, name
):
    publish(workplace, "--create")
    database.execute("UPDATE models SET input_cost_per_token = 9, name = 'Theirs' WHERE id = :id", id=GPT)
    for _ in range(2):
        publish(workplace, LITELLM_CONFLICT_RESOLUTION=word)
        row = database.rows[GPT]
        assert (row["input_cost_per_token"], row["name"]) == (Decimal(price), name)


def test_an_option_counts_before_the_environment_and_that_before_the_settings(workplace, database):
    workplace.configure("targets: {sql: {conflict: database_wins, mark_unavailable: false}}\n")
    workplace.team.commit_all("Settings")
    publish(workplace, "--create")
    change = "UPDATE models SET input_cost_per_token = 9 WHERE id = :id"
    database.execute(change, id=GPT)
    publish(workplace)
    assert database.rows[GPT]["input_cost_per_token"] == 9
    publish(workplace, "--conflict", "catalog_wins", LITELLM_CONFLICT_RESOLUTION="merge")
    assert database.rows[GPT]["input_cost_per_token"] == Decimal("0.0000025")
    publish(workplace, code=2, LITELLM_CONFLICT_RESOLUTION="mine")


def goes(workplace: Workplace) -> None:
    """The catalog has a model no more."""
    whole = workplace.openai.read_text()
    begin, end = whole.index("      house-style:"), whole.index("# the end of OpenAI")
    workplace.openai.write_text(whole[:begin] + whole[end:])
    workplace.team.commit_all("Gone")


def test_a_model_that_the_catalog_has_no_more_becomes_unavailable_and_comes_back(workplace, database):
    publish(workplace, "--create")
    goes(workplace)
    assert "6 unchanged" in publish(workplace, "--keep-available").out
    assert database.rows["openai/house-style"]["availability"] == "available"
    assert "made unavailable: openai/house-style" in publish(workplace).out
    assert database.rows["openai/house-style"]["availability"] == "unavailable"
    publish(workplace, "--rev", "HEAD~1")
    row = database.rows["openai/house-style"]
    assert row["availability"] == "available"
    assert "unavailable_since" not in row["metadata"]["modelsync"]


def test_a_row_is_removed_when_it_was_unavailable_for_longer_than_it_is_retained(workplace, database):
    workplace.configure("targets: {sql: {retain_unavailable_days: 30}}\n")
    workplace.team.commit_all("Settings")
    publish(workplace, "--create")
    database.execute(
        "INSERT INTO models (id, name, provider, availability) VALUES ('x', 'X', 'x', 'unavailable')"
    )
    goes(workplace)
    publish(workplace)
    for days, is_there in ((30, True), (31, False)):
        later = str(int((datetime.now(UTC) + timedelta(days)).timestamp()))
        ran = publish(workplace, SOURCE_DATE_EPOCH=later)
        assert ("openai/house-style" in database.rows) is is_there
    assert "removed: openai/house-style" in ran.out
    assert "x" in database.rows


def test_a_row_is_retained_from_the_day_on_which_the_catalog_said_that_it_is_unavailable(workplace, database):
    workplace.configure("targets: {sql: {retain_unavailable_days: 30}}\n")
    workplace.says("        priority: 100", "        availability: unavailable\n        priority: 100")
    publish(workplace, "--create")
    since = as_json(database.rows["openai/house-style"]["metadata"])["modelsync"]["unavailable_since"]
    workplace.says("        priority: 100", "        name: House\n        priority: 100")
    goes(workplace)
    later = str(int((datetime.fromisoformat(since) + timedelta(32)).timestamp()))
    assert "removed: openai/house-style" in publish(workplace, SOURCE_DATE_EPOCH=later).out


def test_a_rollback_is_the_publishing_of_another_commit(workplace, database):
    publish(workplace, "--create")
    before = {id_: row["input_cost_per_token"] for id_, row in database.rows.items()}
    workplace.says("input: 2.50 ", "input: 3.50 ")
    publish(workplace)
    publish(workplace, "--rev", "HEAD~1")
    assert {id_: row["input_cost_per_token"] for id_, row in database.rows.items()} == before


def test_the_names_that_applications_call_at_a_litellm_proxy_come_to_the_database(workplace, tmp_path):
    called = {"fast": "openai/gpt-4.1", "smart": "anthropic/claude-sonnet-4-5"}
    deployments = [
        {
            "model_name": name,
            "litellm_params": {"model": model},
            "model_info": {"input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06},
        }
        for name, model in called.items()
    ]
    (tmp_path / "proxy.json").write_text(json.dumps({"data": deployments}))
    for file in (workplace.path / "catalog/providers").iterdir():
        file.unlink()
    workplace.team.write(
        "catalog/sync.yaml",
        b"create_providers: true\ntargets: {sql: {id: alias}}\n"
        b"sources: {litellm: {authoritative: true, endpoints: [{url: 'http://127.0.0.1:9'}]}}\n"
        rb"mapping: [{match: '^([^/]+)/', provider: '\1'}]",
    )
    workplace.team.commit_all("A catalog of what the proxy has")
    ran = workplace.run("sync", "--no-branch", "--from", f"litellm={tmp_path / 'proxy.json'}")
    assert ran.code == 0, ran.err + ran.out
    with databases.sqlite(tmp_path) as database:
        publish(workplace, "--create", "--database-url", database.url)
        rows = database.rows
    assert {name: rows[name]["metadata"]["upstream"]["litellm"] for name in rows} == called
    assert rows["fast"]["input_cost_per_token"] == Decimal("0.000001")


def test_only_models_that_the_filters_take_are_published(workplace, database):
    workplace.configure("targets: {sql: {filters: {exclude: ['anthropic/*', '*-mini']}}}\n")
    workplace.team.commit_all("Settings")
    publish(workplace, "--create")
    assert database.rows.keys() == {GPT, "openai/o1", "openai/o3", "openai/house-style"}
    workplace.configure("targets: {sql: {features: [embeddings]}}\n")
    workplace.team.commit_all("Settings")
    assert "UNAVAILABLE" in publish(workplace, "-n", "--accept").out


@pytest.mark.fault("targets", "quotes, statements, emoji and NUL in ids and names")
def test_quotes_semicolons_and_emoji_are_text_like_any_other(workplace, database):
    name = "a'; DROP TABLE models; --\"🦜 \\"
    workplace.says("      o1:\n", f"      {json.dumps(name, ensure_ascii=False)}:\n")
    publish(workplace, "--create")
    assert f"openai/{name}" in database.rows
    database.count_writes()
    publish(workplace)
    assert database.written() == set()


@pytest.mark.fault("targets", "quotes, statements, emoji and NUL in ids and names")
def test_a_row_that_holds_a_nul_character_fails_alone(workplace, database):
    workplace.says("name: o1\n", 'name: "o\\0one"\n')
    ran = publish(workplace, "--create", code=7)
    assert "failed: openai/o1: it holds a NUL character" in ran.out
    assert database.rows.keys() == MODELS - {"openai/o1"}


# ---------------------------------------------------------------------------- what is noted of a run


def test_a_run_that_changed_something_is_noted_with_who_asked_for_it(workplace, database):
    publish(workplace, "--create", "--actor", "ann")
    (audit,) = database.ask("SELECT * FROM audit_logs")
    assert (audit["user_id"], audit["action"], audit["resource_type"]) == ("ann", "MODELS_SYNC", "MODEL")
    assert audit["success"]
    assert as_json(audit["metadata"])["counts"] == {"create": 7}
    (run,) = database.ask("SELECT * FROM model_sync_history")
    assert run["commit"] == workplace.team.git("rev-parse", "HEAD")
    assert len(as_json(run["changes"])) == 7
    assert run["started_at"] <= run["finished_at"]


@pytest.mark.parametrize(
    ("environment", "actor"),
    [
        ({"MODELSYNC_ACTOR": "ci", "GITHUB_ACTOR": "octocat"}, "ci"),
        ({"MODELSYNC_ACTOR": "", "GITHUB_ACTOR": "octocat"}, "octocat"),
    ],
)
def test_who_publishes_is_the_actor_of_the_environment_else_gits(workplace, database, environment, actor):
    publish(workplace, "--create", **environment)
    assert database.ask("SELECT user_id FROM audit_logs") == [{"user_id": actor}]
    workplace.says("input: 2.50 ", "input: 3.50 ")
    publish(workplace, MODELSYNC_ACTOR="")
    who = workplace.team.git("var", "GIT_AUTHOR_IDENT").rpartition(" <")[0]
    (last,) = database.ask("SELECT user_id FROM audit_logs WHERE user_id <> :actor", actor=actor)
    assert last["user_id"].startswith(who)


# ---------------------------------------------------------------------------- what goes wrong


@pytest.mark.fault("targets", "a row that the database refuses")
def test_bad_rows_fall_out_alone_and_the_next_run_repeats_them_alone(workplace, database):
    database.execute(*statements(workplace))
    database.execute(*REFUSING[database.kind])
    ran = publish(workplace, code=7)
    assert f"failed: {GPT}: " in ran.out
    assert "failed: openai/o3: " in ran.out
    assert ran.out.count("no thanks") == 2
    assert database.rows.keys() == MODELS - {GPT, "openai/o3"}
    (audit,) = database.ask("SELECT success, metadata FROM audit_logs")
    assert not audit["success"]
    assert [one["kind"] for one in as_json(audit["metadata"])["failures"]] == ["data", "data"]
    database.execute(*ACCEPTING[database.kind])
    assert "2 created, 5 unchanged" in publish(workplace).out


@pytest.mark.fault("targets", "a row that somebody makes or changes meanwhile")
def test_a_row_that_appeared_meanwhile_is_not_taken_over(workplace, database):
    database.execute(*statements(workplace))
    database.execute(*OVERTAKING[database.kind])
    ran = publish(workplace, code=7)
    assert f"failed: {GPT}: " in ran.out
    assert database.rows[GPT]["name"] == "Theirs"


@pytest.mark.fault("targets", "a row that somebody makes or changes meanwhile")
def test_a_row_that_somebody_changed_meanwhile_fails_alone(workplace, postgresql):
    publish(workplace, "--create")
    workplace.says("input: 2.50 ", "input: 3.50 ")
    workplace.says("input: 5.00", "input: 6.00", "catalog/providers/anthropic.yaml")
    postgresql.execute(*MEANWHILE)
    ran = publish(workplace, code=7)
    assert f"failed: {GPT}: somebody changed this row meanwhile" in ran.out
    assert "updated: anthropic/claude-opus-5" in ran.out
    assert postgresql.rows[GPT]["name"] == "Theirs"


def test_statements_are_json_where_it_is_asked_for(workplace, database):
    for options in (("--sql",), ("--create", "-n")):
        assert publish(workplace, *options, "--json").json["statements"] == statements(workplace)


def test_json_is_one_object_with_exact_numbers(workplace, database):
    answer = publish(workplace, "--create", "--json").json
    (change,) = [one for one in answer["changes"] if one["id"] == GPT]
    assert (change["action"], change["values"]["input_cost_per_token"]) == ("create", "0.0000025")
    assert {one["result"] for one in answer["deliveries"]} == {"created"}


def test_without_tables_it_is_said_how_they_are_made(workplace, database):
    ran = publish(workplace, code=7)
    assert "--create" in ran.err
    assert "models" in ran.err
    assert database.ask(TABLES[database.kind]) == []


@pytest.mark.fault("targets", "a column that would round a price, or that is missing")
def test_a_table_of_an_older_shape_gets_the_columns_that_it_lacks(workplace, database):
    made = [one for one in statements(workplace) if "idx" not in one and "TRIGGER" not in one]
    database.execute(*(one for one in made if "FUNCTION" not in one))
    database.execute(
        *(f"ALTER TABLE models DROP COLUMN {name}" for name in ("supports_tool_choice", "version"))
    )
    assert "models.supports_tool_choice" in publish(workplace, code=7).err
    out = publish(workplace, "--migrate", "-n").out
    assert 'ALTER TABLE models ADD COLUMN "supports_tool_choice" BOOLEAN' in out
    assert """ADD COLUMN "version" TEXT DEFAULT '1.0'""" in out
    publish(workplace, "--migrate", code=2)
    assert "7 created" in publish(workplace, "--migrate", "--yes").out


def test_the_address_of_a_database_that_is_none_is_refused(workplace):
    publish(workplace, "--database-url", "mysql://u:secretword@h/d", code=2)
    ran = publish(workplace, "--database-url", "nonsense", code=2)
    assert "postgresql://" in ran.err


def test_a_password_in_the_settings_is_refused_and_never_shown(workplace):
    workplace.configure(
        "targets: {sql: {environments: {staging: {url: 'postgresql://me:s3cretword@127.0.0.1:9/d'}}}}\n"
    )
    workplace.team.commit_all("Settings")
    ran = publish(workplace, code=5)
    assert "sync.yaml" in ran.err
    assert "s3cretword" not in ran.err + ran.out


def test_nobody_there_is_said_in_few_lines_without_the_password(workplace):
    url = "postgresql://me:s3cretword@127.0.0.1:9/d"
    ran = publish(workplace, "--database-url", url, code=7)
    assert "127.0.0.1" in ran.err
    assert "s3cretword" not in ran.err + ran.out
    assert len(ran.err.splitlines()) <= 2


@pytest.mark.parametrize("value", ["0", "-1", "ten"])
def test_a_limit_of_connections_that_is_no_number_is_refused(workplace, value):
    assert "DB_MAX_CONNECTIONS" in publish(workplace, code=2, DB_MAX_CONNECTIONS=value).err


def test_without_an_address_the_rows_lie_in_a_file_of_the_environment(workplace):
    publish(workplace, "-n", code=7)
    file = workplace.path / ".modelsync/models.staging.db"
    assert not file.exists()
    publish(workplace, "--create")
    assert file.exists()
    assert "?? " not in workplace.team.git("status", "--porcelain")


def test_the_environments_own_file_counts_before_the_environment(workplace, tmp_path):
    (workplace.path / ".gitignore").write_text(".env*\n.modelsync/\n")
    (workplace.path / ".env.production").write_text(f"DATABASE_URL=sqlite:///{tmp_path}/prod.db\n")
    publish(
        workplace, "--create", "--environment", "production", "--yes", DATABASE_URL="sqlite:////no/where.db"
    )
    assert (tmp_path / "prod.db").exists()


def test_the_definition_is_printed_and_nobody_is_asked(workplace):
    out = publish(workplace, "--sql", "--database-url", "postgresql://nobody@127.0.0.1:9/none").out
    assert "NUMERIC(20, 14)" in out
    assert "JSONB" in out
    assert "models_set_updated_at" in out
    assert "publish llm-proxy" not in out
    assert workplace.run("publish", "llm-proxy", "--sql").code == 2
    assert workplace.run("publish", "llm-proxy", "--database-url", "sqlite://").code == 2


# ---------------------------------------------------------------------------- a server alone


@pytest.mark.fault("targets", "a column that would round a price, or that is missing")
def test_a_column_that_would_round_prices_is_named_and_widened(workplace, postgresql):
    postgresql.execute(*statements(workplace))
    for name in ("input_cost_per_token", "output_cost_per_token"):
        postgresql.execute(f"ALTER TABLE models ALTER COLUMN {name} TYPE DECIMAL(12,10)")
    assert "7 created" in publish(workplace).out  # as long as there is room for each
    workplace.says("input: 2.50 ", "input: 0.00015 ")
    ran = publish(workplace, code=7)
    assert f"{GPT} (0.00000000015)" in ran.err
    assert "--migrate" in ran.err
    assert postgresql.rows[GPT]["input_cost_per_token"] == Decimal("0.0000025")
    assert "TYPE NUMERIC(20,14)" in publish(workplace, "--migrate", "-n").out
    publish(workplace, "--migrate", "--yes")
    assert postgresql.rows[GPT]["input_cost_per_token"] == Decimal("0.00000000015")


@pytest.mark.fault("targets", "a column that would round a price, or that is missing")
@pytest.mark.parametrize(("kind", "named"), [("mood", "mood"), ("xml", "of another kind"), ("UUID", "UUID")])
def test_a_column_of_another_kind_is_named_before_anything_is_written(workplace, postgresql, kind, named):
    postgresql.execute(*statements(workplace), "CREATE TYPE mood AS ENUM ('good')")
    postgresql.execute(f"ALTER TABLE models ALTER COLUMN description TYPE {kind} USING NULL::{kind}")
    ran = publish(workplace, code=7)
    assert f"models.description is {named} and not TEXT" in ran.err
    assert postgresql.rows == {}


def test_columns_of_an_application_may_be_of_any_kind(workplace, postgresql):
    postgresql.execute(*statements(workplace), "ALTER TABLE models ADD COLUMN embedding xml")
    ran = publish(workplace)
    assert "7 created" in ran.out
    assert "embedding" not in ran.err


@pytest.mark.fault("targets", "a server without the TLS that is asked for, or that refuses the password")
@pytest.mark.parametrize(
    ("mode", "answer", "words"),
    [
        ("require", b"N", "SSL"),
        ("disable", b"E\0\0\0\x33SFATAL\0C28P01\0Mpassword authentication failed\0\0", "failed"),
    ],
)
def test_a_server_that_is_not_to_be_trusted_or_trusts_nobody_is_told_no_password(
    workplace, mode, answer, words
):
    with socketserver.TCPServer(("127.0.0.1", 0), answering(answer)) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        port = server.server_address[1]
        url = f"postgresql://me:s3cretword@127.0.0.1:{port}/d?sslmode={mode}"
        ran = publish(workplace, "--database-url", url, code=7)
        server.shutdown()
    assert words in ran.err
    assert ran.err.rstrip().endswith("(authentication)") is (mode == "disable")
    assert "s3cretword" not in ran.err + ran.out
    assert ASKED
    assert b"s3cretword" not in b"".join(ASKED)


ASKED: list[bytes] = []


def answering(answer: bytes) -> type[socketserver.BaseRequestHandler]:
    """What a server says to whoever asks, before it hangs up."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            ASKED.append(self.request.recv(1000))
            self.request.sendall(answer)

    return Handler


@pytest.mark.fault("targets", "another publisher, a SQLite file that is locked")
def test_a_second_publisher_is_told_of_the_first(workplace, postgresql):
    publish(workplace, "--create")
    with postgresql.publishing():
        assert "another run publishes" in publish(workplace, code=5).err
    publish(workplace)


@pytest.mark.fault("targets", "another publisher, a SQLite file that is locked")
def test_a_sqlite_file_that_another_program_writes_to_is_not_waited_for_long(workplace, tmp_path):
    with databases.sqlite(tmp_path) as database:
        workplace.environment["DATABASE_URL"] = database.url
        publish(workplace, "--create", "--only", "anthropic")
        with database.connected() as other:
            other.exec_driver_sql("BEGIN IMMEDIATE")
            ran = publish(workplace, code=5, DB_CONNECTION_TIMEOUT="50")
            assert "another program writes to this database" in ran.err
        assert database.rows.keys() == {"anthropic/claude-opus-5"}


@pytest.mark.fault("targets", "a database that is read-only, or ends the connection")
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER DATABASE {name} SET default_transaction_read_only = on",
        "CREATE TRIGGER ending AFTER INSERT ON models EXECUTE FUNCTION end_session()",
    ],
)
def test_where_the_transaction_fails_nothing_is_written(workplace, postgresql, statement):
    publish(workplace, "--create", "--only", "anthropic")
    postgresql.execute(ENDING, statement.format(name=postgresql.engine.url.database))
    ran = publish(workplace, code=7, DB_MAX_CONNECTIONS="1")
    assert "Traceback" not in ran.err
    assert postgresql.rows.keys() == {"anthropic/claude-opus-5"}
    if "TRIGGER" in statement:
        (audit,) = postgresql.ask("SELECT metadata FROM audit_logs WHERE NOT success")
        assert audit["metadata"]["failures"][0]["kind"] == "connection"


@pytest.mark.fault("targets", "a deadlock, a transaction that cannot be serialized")
def test_a_deadlock_is_tried_again(workplace, postgresql):
    publish(workplace, "--create")
    workplace.says("input: 2.50 ", "input: 3.50 ")
    postgresql.execute(*ONCE)
    assert f"updated: {GPT}" in publish(workplace).out
    postgresql.execute("DROP TRIGGER once ON models", *ALWAYS)
    workplace.says("input: 3.50 ", "input: 4.50 ")
    assert "always" in publish(workplace, code=7).err
    assert postgresql.rows[GPT]["input_cost_per_token"] == Decimal("0.0000035")


def statements(workplace: Workplace) -> list[str]:
    """What `--sql` prints."""
    printed = publish(workplace, "--sql").out
    return [one.strip() for one in printed.split(";\n\n") if one.strip()]


def as_json(value: object) -> Any:
    return json.loads(value) if isinstance(value, str) else value


TABLES = {
    "sqlite": "SELECT name FROM sqlite_master",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}
_WHEN = "WHEN (NEW.id IN ('openai/gpt-4o', 'openai/o3'))"
REFUSING = {
    "sqlite": (
        f"CREATE TRIGGER refuse BEFORE INSERT ON models {_WHEN} BEGIN SELECT RAISE(ABORT, 'no thanks'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no thanks'; END $$",
        f"CREATE TRIGGER refuse BEFORE INSERT ON models FOR EACH ROW {_WHEN} EXECUTE FUNCTION refuse()",
    ),
}
ACCEPTING = {"sqlite": ("DROP TRIGGER refuse",), "postgresql": ("DROP TRIGGER refuse ON models",)}
_THEIRS = f"INSERT INTO models (id, name, provider) VALUES ('{GPT}', 'Theirs', 'x')"
OVERTAKING = {  # somebody's row is there once the first of ours is written
    "sqlite": (
        "CREATE TRIGGER overtake BEFORE INSERT ON models WHEN NEW.id = 'anthropic/claude-opus-5' "
        f"BEGIN {_THEIRS}; END",
    ),
    "postgresql": (
        "CREATE FUNCTION overtake() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {_THEIRS}; RETURN NEW; END $$",
        "CREATE TRIGGER overtake BEFORE INSERT ON models FOR EACH ROW "
        "WHEN (NEW.id = 'anthropic/claude-opus-5') EXECUTE FUNCTION overtake()",
    ),
}
MEANWHILE = (
    "CREATE FUNCTION meanwhile() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN UPDATE models SET name = 'Theirs' WHERE id = '{GPT}'; RETURN NEW; END $$",
    "CREATE TRIGGER meanwhile BEFORE UPDATE ON models FOR EACH ROW "
    "WHEN (NEW.id = 'anthropic/claude-opus-5') EXECUTE FUNCTION meanwhile()",
)
ENDING = (
    "CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
)
ONCE = (
    "CREATE SEQUENCE tries",
    "CREATE FUNCTION once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('tries') = 1 THEN "
    "RAISE EXCEPTION 'a deadlock' USING ERRCODE = '40P01'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER once BEFORE UPDATE ON models FOR EACH ROW EXECUTE FUNCTION once()",
)
ALWAYS = (
    "CREATE FUNCTION always() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'always' USING ERRCODE = '40001'; END $$",
    "CREATE TRIGGER always BEFORE UPDATE ON models FOR EACH ROW EXECUTE FUNCTION always()",
)


@pytest.mark.parametrize(
    ("package", "option"),
    [("sqlalchemy", "--sql"), ("sqlalchemy", "--create"), ("sqlalchemy", "-n"), ("psycopg", "-n")],
)
def test_what_is_not_installed_is_named_with_the_way_to_get_it(workplace, tmp_path, package, option):
    (tmp_path / f"{package}.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    address = "postgresql://127.0.0.1:9/models"
    ran = workplace.command("publish", "sql", option, DATABASE_URL=address, PYTHONPATH=path)
    assert (ran.code, "pip install 'modelsync[sql]'" in ran.err) == (2, True)
