"""Which number a command ends with, what one line says why, and that nothing was touched."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from fault_server import reply
from modelsync.errors import exit_code
from workplace import CONFIG, OPENAI, Workplace, listing, rows

NOT_NOW = {"Retry-After": "86400"}

# ---------------------------------------------------------------------------- 7: a source failed


@pytest.mark.fault("upstream data", "an empty list, or an answer that is none")
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply(listing([])), "the list is empty"),
        (reply(b'{"data": 1}'), ""),
        (reply(b'{"data": [{}]}'), ""),
        (reply(b"<html>Please log in</html>"), "a web page"),
        (reply(b""), "with nothing"),
        (reply(b'{"error": "no"}'), ""),
        (reply(b"[" * 5000), ""),
        (reply(listing(rows()) + b"trailing"), ""),
        (reply(status=500, headers=NOT_NOW), "HTTP 500"),
        (reply(status=404), "HTTP 404"),
    ],
)
@pytest.mark.parametrize("words", [["sync", "--prune"], ["prune"], ["plan", "--check"]])
def test_a_list_that_cannot_be_trusted_touches_nothing(workplace, answer, reason, words):
    workplace.answers(answer)
    before = workplace.state()
    ran = workplace.run(*words)
    (line,) = ran.err.splitlines()
    assert (ran.code, ran.out) == (7, "")
    assert line.startswith("modelsync: openrouter: http://127.0.0.1:")
    assert reason in line
    assert "nothing was changed" in line
    assert workplace.state() == before


@pytest.mark.fault("network", "no name, no connection, a refusal")
@pytest.mark.parametrize("words", [["sync"], ["prune"], ["plan"], ["sync", "-n"], ["list", "--remote"]])
def test_offline_one_line_says_what_could_not_be_reached_and_how_to_replay_a_list(workplace, words):
    _point_to_nothing(workplace)
    before = workplace.state()
    ran = workplace.run(*words)
    (line,) = ran.err.splitlines()
    assert (ran.code, ran.out) == (7, "")
    assert line.startswith("modelsync: openrouter: http://127.0.0.1:")
    assert "could not be reached" in line
    assert "--from openrouter=FILE" in line
    assert workplace.state() == before


def _point_to_nothing(workplace: Workplace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/models"
    text = CONFIG.replace("URL", url).replace("MORE", "")
    workplace.team.write("catalog/sync.yaml", text.encode())


def test_a_failure_is_in_the_json_too(workplace):
    workplace.answers(reply(status=404))
    ran = workplace.run("sync", "--json")
    assert ran.code == 7
    assert [failure["source"] for failure in ran.json["failures"]] == ["openrouter"]
    assert ran.json["changes"] == []


TWO = """
batch: {delay: 0}
sources:
  openrouter: {authoritative: true, endpoints: [{url: 'URL'}]}
  mirror: {transformer: openrouter, authoritative: true, endpoints: [{url: 'URL/2'}]}
"""


@pytest.fixture
def two(workplace: Workplace) -> Workplace:
    """A catalog with two sources, of which the second gives nothing."""
    url = f"http://127.0.0.1:{workplace.server.server_address[1]}/models"
    rest = CONFIG[CONFIG.index("fields:") :].replace("MORE", "")
    workplace.team.write("catalog/sync.yaml", (TWO.replace("URL", url) + rest).encode())
    workplace.team.commit_all("Two sources")
    return workplace


@pytest.mark.fault("upstream data", "one of several sources fails")
def test_one_source_that_fails_does_not_stop_the_other(two):
    two.lists(*rows(o3="3"))
    ran = two.run("sync")
    assert ran.code == 7
    assert "failed: mirror: " in ran.out
    assert "~ openai/o3:pricing.input  2 → 3" in ran.out
    assert two.team.git("symbolic-ref", "--short", "HEAD") == "modelsync/openrouter+mirror"
    assert two.team.git("log", "-1", "--format=%s").endswith(": ~1")


def test_one_source_that_fails_is_not_done_in_silence(two):
    ran = two.run("sync")
    assert ran.code == 7
    assert "failed: mirror: " in ran.out
    assert "Nothing was written" in ran.out


# ---------------------------------------------------------------------------- the other numbers


def test_held_changes_fail_only_who_asks_for_it(workplace):
    workplace.lists(*rows(o3="3000"))
    assert workplace.run("sync").code == 0
    assert workplace.run("sync", "--fail-on-held").code == 4
    assert workplace.run("prune", "--fail-on-held").code == 0


def test_of_several_numbers_the_most_serious_counts(two):
    two.lists(*rows(o3="3000", gpt_4o="3"))
    assert two.run("plan", "--check").code == 7
    assert two.run("sync", "--fail-on-held").code == 7
    assert exit_code([1, 3, 4, 7, 6, 5, 2, 70, 143, 130]) == 130


@pytest.mark.parametrize(
    "words",
    [
        ["sync", "openruoter"],
        ["sync", "--from", "openruoter=x.json"],
        ["sync", "--from", "openrouter"],
        ["sync", "--from", "openrouter=no-such-file.json"],
        ["sync", "--only", "openia"],
        ["sync", "--no-such-option"],
        ["list", "openia"],
        ["list", "openia", "--remote"],
        ["show", "openai/gpt-4"],
        ["show", "gpt-4o"],
        ["apply", "no-such-plan.json"],
        ["rename", "openai", "o1", "o3"],
        ["rename", "openai", "o2", "o5"],
        ["init"],
        ["--catalog", "elsewhere", "sync"],
        ["no-such-command"],
    ],
)
def test_what_does_not_exist_is_a_usage_error(workplace, words):
    before = workplace.state()
    ran = workplace.run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err
    assert workplace.state() == before
    assert not workplace.server.asked or "--remote" in words


@pytest.mark.parametrize("value", ["yesterday", "1e99", "-99999999999999"])
def test_a_time_that_is_none_is_a_usage_error(workplace, value):
    ran = workplace.run("sync", SOURCE_DATE_EPOCH=value)
    assert (ran.code, "SOURCE_DATE_EPOCH" in ran.err) == (2, True)


@pytest.mark.fault(
    "YAML files",
    "files that cannot be edited safely: aliases, duplicate keys, tabs, templates, several documents",
)
@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("catalog/sync.yaml", "sorces: {}\n", "sync.yaml:1"),
        ("catalog/sync.yaml", "sources: [\n", "sync.yaml:"),
        (
            "catalog/providers/openai.yaml",
            OPENAI.replace("name: OpenAI", "name: OpenAI\n\tx: 1"),
            "openai.yaml:5",
        ),
        ("catalog/providers/openai.yaml", "providers: {{ all }}\n", "openai.yaml:1"),
        ("catalog/providers/openai.yaml", "", "openai.yaml"),
        ("catalog/providers/openai.yaml", "- 1\n", "openai.yaml"),
        ("catalog/providers/openai.yaml", OPENAI + OPENAI, "openai.yaml:"),
    ],
)
def test_a_catalog_that_cannot_be_read_is_named_with_its_line(workplace, name, text, where):
    workplace.team.write(name, text.encode())
    before = workplace.state()
    ran = workplace.run("sync")
    assert ran.code == 5
    assert where in ran.err
    assert workplace.state() == before
    assert not workplace.server.asked


@pytest.mark.fault("YAML files", "files that are not UTF-8")
def test_a_catalog_that_is_not_utf8_is_named(workplace):
    workplace.team.write("catalog/providers/openai.yaml", OPENAI.encode("utf-16"))
    ran = workplace.run("sync")
    assert (ran.code, "openai.yaml" in ran.err) == (5, True)


def test_a_catalog_that_cannot_be_opened_is_named(workplace):
    workplace.openai.unlink()
    workplace.team.git("rm", "-q", "--cached", "catalog/providers/openai.yaml")
    workplace.configure("files: [providers/openai.yaml]\n")
    ran = workplace.run("check")
    assert (ran.code, "providers/openai.yaml" in ran.err) == (5, True)


@pytest.mark.fault("file system", "a backup that cannot be made")
def test_a_backup_that_cannot_be_made_stops_the_run(workplace):
    (workplace.path / "backups").write_text("not a folder\n")
    workplace.lists(*rows(o3="3"))
    before = workplace.state()
    ran = workplace.run("sync")
    assert (ran.code, "backups" in ran.err) == (5, True)
    assert workplace.state() == before


@pytest.mark.fault(
    "YAML files",
    "files that cannot be edited safely: aliases, duplicate keys, tabs, templates, several documents",
)
def test_a_value_that_cannot_be_written_is_held_with_its_line_and_stops_no_other(workplace):
    workplace.edit("pricing: {input: 2, output: 8}", "pricing: &shared {input: 2, output: 8}")
    workplace.edit("pricing:\n          input: 1.1", "pricing: *shared\n        was:\n          input: 1.1")
    workplace.team.commit_all("Shared")
    workplace.lists(*rows(o4_mini="7", o1="16"))
    ran = workplace.run("sync", "--accept", "openai/o4-mini:pricing", "--fail-on-held")
    assert (ran.code, "held: cannot be written: catalog/providers/openai.yaml:" in ran.out) == (4, True)
    assert "~ openai/o1:pricing.input  15 → 16" in ran.out
    assert "pricing: *shared" in workplace.openai.read_text()


@pytest.mark.fault("file system", "a full disk or a reader that goes away where the output goes")
def test_a_full_disk_for_the_output_is_no_bug(workplace):
    with open("/dev/full", "w") as full:
        process = workplace.start("list", into=full)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (5, "modelsync: No space left on device\n")


@pytest.mark.fault("file system", "a full disk or a reader that goes away where the output goes")
def test_a_closed_output_is_no_bug(workplace):
    workplace.lists(*rows(o3="3"))
    code = os.system(f"cd {workplace.path} && {sys.executable} -m modelsync sync >&- 2>&-")
    assert code == 0
    assert workplace.team.git("log", "-1", "--format=%s") == "openrouter: ~1"


def test_what_nobody_expected_is_one_line(workplace, tmp_path):
    broken = tmp_path / "broken" / "dotenv"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise KeyError('boom \\x1b[31m\\nof sk-0123456789')\n")
    (workplace.path / ".env").write_text("")
    where = {"PYTHONPATH": str(broken.parent), "SOME_API_KEY": "sk-0123456789"}
    ran = workplace.command("sync", **where)
    assert (ran.code, ran.out) == (70, "")
    (line,) = ran.err.splitlines()
    assert line.startswith("modelsync: a bug in modelsync: KeyError: ")
    assert line.isprintable()
    assert "0123456789" not in workplace.command("sync", LOG_LEVEL="debug", **where).err
