"""A database that fails while it is published to: each fault is a real one, and ends as is written down."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import databases
from databases import Database
from repositories import GitRepository
from workplace import Ran, Workplace, ended

FIRST, LAST = "anthropic/claude-opus-5", "openai/gpt-4o"  # in the order in which they are written
OLD, NEW = (Decimal("0.000005"), Decimal("0.0000025")), (Decimal("0.000006"), Decimal("0.0000035"))


def publish(workplace: Workplace, *options: str, code: int = 0, **environment: str) -> Ran:
    ran = workplace.run("publish", "sql", *options, **environment)
    assert ran.code == code, ran.err + ran.out
    assert "Traceback" not in ran.err
    return ran


def prices(database: Database) -> tuple[Any, Any]:
    rows = database.rows
    return rows[FIRST]["input_cost_per_token"], rows[LAST]["input_cost_per_token"]


def kinds_of_failures(database: Database) -> list[str]:
    """Of the last run that failed, as it is noted."""
    (audit,) = database.ask("SELECT metadata FROM audit_logs WHERE NOT success")
    return [one["kind"] for one in audit["metadata"]["failures"]]


@pytest.fixture
def published(workplace: Workplace, postgresql: Database) -> Database:
    """A database with the rows of a catalog, of which two prices changed since."""
    publish(workplace, "--create")
    changes(workplace)
    return postgresql


def changes(workplace: Workplace) -> None:
    workplace.edit("input: 2.50 ", "input: 3.50 ")
    workplace.says("input: 5.00", "input: 6.00", "catalog/providers/anthropic.yaml")


@contextmanager
def meanwhile(*others: Callable[[], object]) -> Iterator[None]:
    """Others who act while the `with` lasts, each at the same time."""
    with ThreadPoolExecutor(len(others)) as pool:
        acting = [pool.submit(other) for other in others]
        yield
        for other in acting:
            other.result()


@pytest.mark.fault("targets", "a deadlock, a transaction that cannot be serialized")
def test_who_is_chosen_to_end_a_deadlock_begins_again(workplace, published):
    with published.gate(FIRST) as opened, published.connected() as other:
        other.execute(text("SET deadlock_timeout = '1min'"))
        other.execute(text("SELECT * FROM models WHERE id = :id FOR UPDATE"), {"id": LAST})

        def wants_the_first() -> None:
            published.until_waiting(1)
            other.execute(text("SELECT * FROM models WHERE id = :id FOR UPDATE"), {"id": FIRST})
            other.rollback()

        def opens() -> None:
            published.until_waiting(2)
            opened()

        published.execute(f"ALTER DATABASE {published.engine.url.database} SET deadlock_timeout = '50ms'")
        with meanwhile(wants_the_first, opens):
            publish(workplace)
    assert prices(published) == NEW
    assert published.passes() == 2


@pytest.mark.fault("targets", "a deadlock, a transaction that cannot be serialized")
def test_what_cannot_be_serialized_begins_again_and_leaves_what_somebody_changed_meanwhile(
    workplace, published
):
    published.execute(
        f"ALTER DATABASE {published.engine.url.database} SET default_transaction_isolation = 'serializable'"
    )
    with published.gate(FIRST) as opened:

        def changes_the_last() -> None:
            published.until_waiting(1)
            published.execute("UPDATE models SET description = 'Theirs' WHERE id = :id", id=LAST)
            opened()

        with meanwhile(changes_the_last):
            ran = publish(workplace, code=7)
    assert published.passes() == 3  # in the first transaction, in the second one, and in halves of its batch
    assert f"failed: {LAST}: somebody changed this row meanwhile" in ran.out
    assert prices(published) == (NEW[0], OLD[1])
    publish(workplace)
    assert prices(published) == NEW


@pytest.mark.fault("targets", "a database that is read-only, or ends the connection")
def test_a_connection_that_is_lost_halfway_writes_nothing_but_that_it_failed(workplace, published):
    with published.gate(FIRST) as opened:

        def ends_the_session() -> None:
            published.until_waiting(1)
            published.ask(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            opened()

        with meanwhile(ends_the_session):
            ran = publish(workplace, "--json", code=7)
    assert ran.json["failure"]["kind"] == "connection"
    assert prices(published) == OLD
    assert kinds_of_failures(published) == ["connection"]
    publish(workplace)
    assert prices(published) == NEW


@pytest.mark.fault("targets", "a server that breaks down halfway")
def test_a_server_that_breaks_down_halfway_has_nothing_of_it_when_it_is_back(workplace):
    with databases.breaking_server() as (address, break_down), databases.postgresql(address) as database:
        workplace.environment["DATABASE_URL"] = database.url
        publish(workplace, "--create")
        changes(workplace)
        with database.gate(FIRST):

            def breaks_down() -> None:
                database.until_waiting(1)
                break_down()

            with meanwhile(breaks_down):
                ran = publish(workplace, code=7)
            assert "(connection)" in ran.err
            database.engine.dispose()
        assert prices(database) == OLD
        publish(workplace)
        assert prices(database) == NEW


@pytest.mark.fault("targets", "a publisher that is killed halfway")
def test_a_publisher_that_is_killed_halfway_leaves_nothing_of_it(workplace, published):
    with published.gate(FIRST) as opened:
        process = workplace.start("publish", "sql")
        published.until_waiting(1)
        process.send_signal(signal.SIGKILL)
        ended(process)
        opened()
        published.until_alone(2)
    assert prices(published) == OLD
    publish(workplace)
    assert prices(published) == NEW


@pytest.mark.fault("targets", "another publisher, a SQLite file that is locked")
def test_of_two_publishers_at_once_the_second_one_is_told_so(workplace, published, tmp_path):
    workplace.team.git("clone", "-q", ".", str(tmp_path / "second"))
    second = Workplace(GitRepository(tmp_path / "second"), workplace.server, workplace.environment)
    with published.gate(FIRST) as opened:
        first = workplace.start("publish", "sql")
        published.until_waiting(1)
        assert "another run publishes to this database" in publish(second, code=5).err
        opened()
        assert ended(first).code == 0
    assert prices(published) == NEW
    assert "7 unchanged" in publish(second).out


@pytest.mark.fault("targets", "a table that somebody keeps locked")
def test_a_lock_that_is_not_given_up_is_a_failure_by_time(workplace, published):
    url = f"{published.url}&options=-clock_timeout%3D100"
    with published.connected() as other:
        other.execute(text("LOCK TABLE models IN SHARE MODE"))
        ran = publish(workplace, "--json", "--database-url", url, code=7)
    assert ran.json["failure"]["kind"] == "timeout"
    assert prices(published) == OLD
    assert kinds_of_failures(published) == ["timeout"]


@pytest.mark.fault("targets", "a database that is read-only, or ends the connection")
def test_a_role_that_may_only_read_writes_nothing(workplace, published):
    name = published.engine.url.database
    published.execute(f"CREATE ROLE {name} LOGIN", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
    url = published.url.replace("postgres:@", f"{name}@")
    ran = publish(workplace, "--json", "--database-url", url, code=7)
    published.execute(f"DROP OWNED BY {name}", f"DROP ROLE {name}")
    assert ran.json["failure"]["kind"] == "authentication"
    assert "permission denied for table models" in ran.json["failure"]["reason"]
    assert prices(published) == OLD


@pytest.mark.fault("targets", "a database that is read-only, or ends the connection")
def test_a_file_that_may_only_be_read_is_written_nothing(workplace: Workplace, tmp_path: Path) -> None:
    with databases.sqlite(tmp_path) as database:
        publish(workplace, "--create", "--database-url", database.url)
        changes(workplace)
        url = f"sqlite:///file:{tmp_path}/models.db?mode=ro&uri=true"
        ran = publish(workplace, "--json", "--database-url", url, code=7)
        assert (ran.json["failure"]["kind"], "readonly" in ran.err) == ("database", True)
        assert prices(database) == OLD


@pytest.mark.fault("targets", "a row that the database refuses")
def test_a_row_that_breaks_a_constraint_falls_out_alone(workplace, database):
    publish(workplace, "--create", "--only", "anthropic")
    database.execute("CREATE UNIQUE INDEX names ON models (name)")
    workplace.says("name: o1\n", "name: 'o3'\n")
    ran = publish(workplace, code=7)
    assert "failed: openai/o3: " in ran.out
    assert "(data)" in ran.out
    assert database.rows.keys() >= {"openai/o1", "openai/gpt-4o", "openai/house-style"}
    workplace.says("name: 'o3'\n", "name: o1\n")
    assert "1 created" in publish(workplace).out


@pytest.mark.fault("targets", "rows of other tables that would go with one of ours")
def test_a_row_that_rows_of_other_tables_would_go_with_is_not_removed(workplace, postgresql):
    workplace.configure("targets: {sql: {retain_unavailable_days: 0}}\n")
    workplace.team.commit_all("Settings")
    publish(workplace, "--create")
    postgresql.execute(
        "CREATE TABLE chats (model TEXT REFERENCES models ON DELETE CASCADE)",
        "INSERT INTO chats VALUES ('openai/o3')",
    )
    workplace.says("      o3:\n        model: o3\n", "      o4:\n        model: o3\n")
    publish(workplace)
    ran = publish(workplace, code=7, SOURCE_DATE_EPOCH="4000000000")
    assert "failed: openai/o3: rows of chats would go or change with it (data)" in ran.out
    assert postgresql.ask("SELECT * FROM chats") == [{"model": "openai/o3"}]
    postgresql.execute("DROP TABLE chats")
    assert "removed: openai/o3" in publish(workplace, SOURCE_DATE_EPOCH="4000000000").out
