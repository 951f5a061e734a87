"""The options that every command has, the help, and what goes to which stream."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import click
import pytest

from modelsync.cli import modelsync
from repositories import GitRepository
from workplace import Workplace, ended, row, rows

COMMANDS = Path(__file__).parents[2] / "docs/commands.md"
REPORT = {"changes", "holds", "failures", "notices", "unchanged", "commit", "backup", "digest"} | {
    "started",
    "seconds",
}


def every(group: click.Group = modelsync, before: str = "") -> list[tuple[str, click.Command]]:
    """All commands by the words that call them."""
    found = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((f"{before}{name}", command))
        if isinstance(command, click.Group):
            found += every(command, f"{before}{name} ")
    return found


# ---------------------------------------------------------------------------- help


@pytest.mark.parametrize("words", [words for words, _ in every()])
def test_every_command_has_help(workplace, words):
    ran = workplace.run(*words.split(), "--help")
    assert (ran.code, ran.err) == (0, "")
    assert f"Usage: modelsync {words} " in ran.out


@pytest.mark.parametrize(("words", "command"), every())
def test_every_command_and_option_says_what_it_does(words, command):
    assert command.help
    assert command.short_help
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_the_page_of_commands_knows_every_command():
    text = COMMANDS.read_text("utf-8")
    assert [
        words
        for words, _ in every()
        if f"| `modelsync {words}" not in text and f", `modelsync {words}" not in text
    ] == []


def test_the_help_is_the_one_place_where_all_commands_are(workplace):
    out = workplace.run("--help").out
    assert [
        name for name in modelsync.list_commands(click.Context(modelsync)) if f"\n  {name} " not in out
    ] == []
    assert "7 a source or target failed" in out


def test_the_version_can_be_asked_for(workplace):
    assert workplace.run("--version").out.startswith("modelsync ")


@pytest.mark.parametrize("words", [["sync"], ["backups", "restore"], []])
def test_help_and_version_are_commands_as_well(workplace, words):
    assert workplace.run("help", *words).out == workplace.run(*words, "--help").out
    assert workplace.run("version").out == workplace.run("--version").out
    assert (workplace.run("help", "snyc").code, workplace.run("help", "snyc").out) == (2, "")


def offered(workplace: Workplace, *words: str) -> list[str]:
    """What a shell offers for the last of these words."""
    typed = {"COMP_WORDS": " ".join(("modelsync", *words)), "COMP_CWORD": str(len(words))}
    ran = workplace.command(**typed, _MODELSYNC_COMPLETE="bash_complete")
    assert ran.err == ""
    return [line.removeprefix("plain,") for line in ran.out.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["show", "anthropic/"], ["anthropic/claude-opus-5"]),
        (["pin", "openai/o"], ["openai/o1", "openai/o3", "openai/o4-mini"]),
        (["list", "a"], ["anthropic"]),
        (["rename", "openai", "h"], ["house-style"]),
        (["rename", "nobody", ""], []),
        (["sync", "o"], ["openrouter"]),
        (["plan", "--only", "openai/gpt-4o-"], ["openai/gpt-4o-mini"]),
        (["backups", "restore", ""], []),
    ],
)
def test_a_shell_is_offered_the_names_of_the_catalog(workplace, words, names):
    assert offered(workplace, *words) == names


def test_a_shell_is_offered_nothing_where_the_catalog_cannot_be_read(workplace):
    workplace.openai.write_text("providers: [\n")
    assert offered(workplace, "show", "openai/") == []


def test_no_command_is_asking_for_help(workplace):
    ran = workplace.run()
    assert (ran.code, "Commands:" in ran.out + ran.err) == (2, True)


# ---------------------------------------------------------------------------- --json


@pytest.mark.parametrize(
    "words", [["--json", "sync"], ["sync", "--json"], ["prune", "--json"], ["--json", "plan"]]
)
@pytest.mark.parametrize("changed", [{}, {"o3": "3"}, {"o3": "3000"}])
def test_json_is_one_object_and_nothing_else(workplace, words, changed):
    workplace.lists(*rows(**changed))
    ran = workplace.run(*words)
    assert (ran.code, ran.err) == (0, "")
    assert ran.json.keys() >= REPORT
    assert isinstance(ran.json["seconds"], float)
    assert ran.json["seconds"] > 0
    assert datetime.fromisoformat(ran.json["started"]).utcoffset() is not None


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["list", "--remote"],
        ["show", "openai/o3"],
        ["status"],
        ["check"],
        ["export", "json"],
        ["backups", "list"],
        ["rename", "openai", "o3", "o3-old"],
        ["apply", "plan.json"],
        ["backups", "restore", "RUN"],
    ],
)
def test_every_command_has_json(workplace, words):
    workplace.lists(*rows(o3="3"))
    workplace.run("sync", "--no-commit")
    (run,) = workplace.backups()
    workplace.lists(*rows(o3="4"))
    workplace.run("plan", "--no-cache", "--out", "plan.json")
    workplace.team.commit_all("Edited")
    words = [run if word == "RUN" else word for word in words]
    for typed in ([*words, "--json"], ["--json", *words]):
        ran = workplace.run(*typed)
        assert isinstance(ran.json, dict)
        workplace.team.git("reset", "-q", "--hard", "main")
        if words[0] == "apply":
            break


def test_json_has_exact_values_with_their_units(workplace):
    workplace.lists(*rows(o3="3.000000000001"))
    (change,) = workplace.run("sync", "--json").json["changes"]
    (field,) = change["fields"]
    assert field == {
        "field": "pricing.input",
        "old": "2",
        "new": "3.000000000001",
        "unit": "USD per 1M tokens",
        "percent": "50.0",
    }


def test_the_report_is_written_to_a_file_as_well(workplace, tmp_path):
    workplace.lists(*rows(o3="3"))
    ran = workplace.run("sync", "--report", tmp_path / "report.json")
    assert "~ openai/o3" in ran.out
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["commit"] == workplace.team.git("rev-parse", "HEAD")


def test_a_report_that_cannot_be_written_hides_nothing_of_what_was_done(workplace, tmp_path):
    workplace.lists(*rows(o3="3"))
    ran = workplace.run("sync", "--report", tmp_path / "none" / "report.json")
    assert ran.code == 2
    assert "Committed" in ran.out
    assert "report.json: cannot be written" in ran.err


# ---------------------------------------------------------------------------- where the catalog is


def test_the_catalog_is_found_from_any_folder_below(workplace):
    workplace.lists(*rows(o3="3"))
    below = workplace.path / "src" / "deep"
    below.mkdir(parents=True)
    process = subprocess.run(
        [sys.executable, "-m", "modelsync", "list", "openai"],
        cwd=below,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "openai/o3" in process.stdout


@pytest.mark.parametrize("how", ["before", "after", "environment"])
def test_the_catalog_can_be_named(workplace, tmp_path, how):
    elsewhere = Workplace(GitRepository.create(tmp_path / "elsewhere"), workplace.server)
    named = str(workplace.path / "catalog")
    if how == "environment":
        ran = elsewhere.run("list", "openai", MODELSYNC_CATALOG=named)
    else:
        option = ["--catalog", named]
        ran = elsewhere.run(
            *(option if how == "before" else []), "list", "openai", *(option if how == "after" else [])
        )
    assert (ran.code, "openai/o3" in ran.out) == (0, True)


def test_the_env_file_beside_the_catalog_is_read_and_the_environment_is_stronger(workplace):
    workplace.team.write(".env", b"OPENROUTER_API_KEY=from-the-file\n")
    workplace.run("sync")
    workplace.run("sync", OPENROUTER_API_KEY="from-the-shell")
    sent = [asked.headers["authorization"] for asked in workplace.server.asked]
    assert sent == ["Bearer from-the-file", "Bearer from-the-shell"]


def test_an_env_file_that_cannot_be_read_is_named(workplace):
    workplace.team.write(".env", b"KEY=\xff\xfe\n")
    ran = workplace.run("sync")
    assert (ran.code, ".env: cannot be read" in ran.err) == (2, True)


# ---------------------------------------------------------------------------- colour and streams


def test_color_only_where_it_is_asked_for_or_seen(workplace):
    workplace.lists(*rows(o3="3"))
    assert "\x1b" not in workplace.run("plan").out
    assert "\x1b[" in workplace.run("--color", "always", "plan").out
    assert "\x1b[" in workplace.run("plan", "--color", "always", NO_COLOR="1").out
    assert "\x1b" not in workplace.run("plan", "--color", "never").out


@pytest.mark.parametrize(("environment", "colored"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colour_unless_told_otherwise(workplace, environment, colored):
    workplace.lists(*rows(o3="3"))
    shown = _on_a_terminal(workplace, "plan", TERM="xterm-256color", **environment)
    assert "openai/o3" in shown
    assert ("\x1b[1" in shown) is colored


def _on_a_terminal(workplace: Workplace, *words: str, **environment: str) -> str:
    ours, theirs = pty.openpty()
    process = workplace.start(*words, into=theirs, **environment)
    os.close(theirs)
    shown = b""
    try:
        while block := os.read(ours, 65536):
            shown += block
    except OSError:  # how Linux says that nobody writes any more
        pass
    os.close(ours)
    process.communicate(timeout=60)
    return shown.decode()


@pytest.mark.fault("file system", "a full disk or a reader that goes away where the output goes")
@pytest.mark.parametrize("words", [["sync"], ["sync", "-v"], ["list"], ["plan", "--json"]])
def test_a_reader_that_goes_away_changes_nothing(workplace, words):
    workplace.lists(*rows(), *(row(f"openai/new-{number}", "1", "2") for number in range(300)))
    if words == ["list"]:
        workplace.run("sync")
    process = workplace.start(*words)
    assert process.stdout
    process.stdout.close()
    process.stdout = None
    ran = ended(process)
    told = [line for line in ran.err.splitlines() if "-v" not in words or "bug" in line]
    assert (ran.code, told) == (0, [])
    if words[0] == "sync":
        assert workplace.team.git("log", "-1", "--format=%s") == "openrouter: +300"


def test_a_reader_that_goes_away_hides_no_exit_code(workplace):
    workplace.lists(*rows(), *(row(f"openai/new-{number}", "1", "2") for number in range(300)))
    process = workplace.start("plan", "--check", "-v")
    assert process.stdout
    process.stdout.close()
    process.stdout = None
    assert ended(process).code == 3


@pytest.mark.parametrize("value", ["0", "false", ""])
def test_a_switch_that_is_off_is_off(workplace, value):
    workplace.lists(*rows(o3="3", o1=None))
    ran = workplace.run("sync", DRY_RUN=value, PRUNE=value)
    assert "Committed" in ran.out
    assert "- openai/o1" not in ran.out


def test_a_line_of_the_environment_file_that_is_no_setting_is_named(workplace):
    (workplace.path / ".env").write_text('# keys\nGROQ_API_KEY="canary b\n')
    ran = workplace.run("status")
    assert (ran.code, ".env:2: is no setting" in ran.err, "canary" in ran.err) == (2, True, False)


@pytest.mark.parametrize(
    "name", ["HTTP_PROXY", "https_proxy", "GIT_CONFIG_COUNT", "PATH", "SOURCE_DATE_EPOCH"]
)
def test_nothing_of_another_programs_is_taken_from_the_environment_file(workplace, name):
    workplace.team.write(".env", f"{name}=1\nOPENROUTER_API_KEY=from-the-file\n".encode())
    assert workplace.run("plan").code == 0
    assert workplace.server.asked[-1].headers["authorization"] == "Bearer from-the-file"


@pytest.mark.parametrize(
    "name", ["catalog/providers/new.yaml", "report.YML", ".gitignore", "catalog/.gitattributes"]
)
@pytest.mark.parametrize("option", ["--report", "--out"])
def test_no_new_file_is_made_that_the_catalog_or_git_would_read(workplace, option, name):
    ran = workplace.run(*(["sync", "-n"] if option == "--report" else ["plan"]), option, name)
    assert ran.code == 2
    assert not (workplace.team.path / name).exists()


def test_an_export_may_be_called_what_its_reader_wants(workplace):
    assert workplace.run("export", "json", "--out", "models.yaml").code == 0


@pytest.mark.parametrize("option", ["--report", "--out"])
@pytest.mark.parametrize("file", ["catalog/providers/openai.yaml", "catalog/sync.yaml", ".git/config"])
def test_no_report_or_plan_is_written_over_what_is_none(workplace, option, file):
    before = (workplace.path / file).read_bytes()
    ran = workplace.run(*(["sync", "-n"] if option == "--report" else ["plan"]), option, file)
    assert (ran.code, (workplace.path / file).read_bytes()) == (2, before)


@pytest.mark.parametrize("option", ["--report", "--out"])
def test_a_report_or_plan_of_an_earlier_run_is_written_anew(workplace, option):
    words = ["sync", "-n"] if option == "--report" else ["plan"]
    for _ in range(2):
        assert workplace.run(*words, option, "made.json").code == 0


WRITES = {
    "history": ("history", "openai/o1", "--svg", "{}.svg"),
    "cost": ("cost", "log.csv", "--out", "{}.csv"),
    "cost's drawing": ("cost", "log.csv", "--svg", "{}.svg"),
    "export": ("export", "json", "--out", "{}.json"),
    "plan": ("plan", "--out", "{}.json"),
    "sync": ("sync", "--dry-run", "--report", "{}.json"),
}


@pytest.mark.fault("file system", "a file to be written that no such command made, or that leads into `.git`")
@pytest.mark.parametrize("words", WRITES.values(), ids=WRITES)
def test_a_file_that_a_command_makes_is_new_or_its_own_and_never_in_git(workplace, words):
    *command, file = words
    workplace.team.write(
        "log.csv", b"model,created_at,prompt_tokens,completion_tokens\nopenai/o1,2026-11-27,1,1\n"
    )
    (workplace.path / "linked").symlink_to(".git")
    (workplace.path / file.format("nowhere")).symlink_to("none")
    workplace.team.write(file.format("mine"), b"mine\n")
    for name in (".git/new", "linked/new", "nowhere", "mine"):
        assert workplace.run(*command, file.format(name)).code == 2, name
    assert not [*(workplace.path / ".git").glob("new.*")]
    assert (workplace.path / file.format("mine")).read_bytes() == b"mine\n"
    again = ["--force"] if command[0] == "export" else []
    assert workplace.run(*command, file.format("new")).code in (0, 7)
    assert workplace.run(*command, file.format("new"), *again).code in (0, 7)
