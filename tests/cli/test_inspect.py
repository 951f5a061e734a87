"""The commands that only look, and the small ones that edit: what they print, and that they do no harm."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from fault_server import reply
from repositories import GitRepository
from workplace import OPENAI, Workplace, listing, row, rows

HOSTILE = "x\\e]0;owned\\a\\e[2J\\u202e\\r\\0 @org/team"  # as YAML writes it between double quotes
LLM_MODELS = Path(__file__).parents[1] / "data/catalogs/llm_models.yml"

# ---------------------------------------------------------------------------- list and show


def test_list_shows_what_the_catalog_holds(workplace):
    before = workplace.state()
    ran = workplace.run("list")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[:2] for line in ran.out.splitlines() if "claude" in line or "o1" in line] == [
        ["anthropic/claude-opus-5", "claude-opus-5"],
        ["openai/o1", "o1"],
    ]
    assert workplace.state() == before
    assert not workplace.server.asked


def test_list_shows_one_provider(workplace):
    out = workplace.run("list", "anthropic").out
    assert "claude-opus-5" in out
    assert "openai" not in out


def test_list_remote_shows_what_upstream_has(workplace):
    workplace.lists(*rows(o1=None), row("openai/o5", "1", "2"))
    out = workplace.run("list", "openai", "--remote").out
    assert "openai/o5" in out
    assert "openai/o1" not in out
    assert "claude" not in out


def test_show_tells_one_model_with_its_pins(workplace):
    out = workplace.run("show", "openai/o4-mini").out
    assert "1.1 USD per 1M tokens" in out
    assert "kept until 2099-12-31, negotiated" in out
    assert "openai/o4-mini" in out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["list", "openia"], "Do you mean openai?"),
        (["list", "zzz"], "There are: anthropic, openai."),
        (["show", "openia/o3"], "Do you mean openai?"),
        (["show", "openai/gpt-4o-mni"], "gpt-4o-mini"),
        (["show", "openai/zzz"], "`modelsync list openai` names them all."),
        (["show", "o3"], "Do you mean openai/o3?"),
        (["sync", "--only", "openia/o*"], "Do you mean openai?"),
        (["sync", "openruoter"], "There are: openrouter."),
        (["rename", "openai", "o33", "o5"], "o3"),
        (["list", "zzz", "--remote"], "`modelsync list --remote` names"),
    ],
)
def test_a_name_that_is_not_there_brings_a_hint(workplace, words, hint):
    ran = workplace.run(*words)
    assert ran.code == 2
    assert hint in ran.err


@pytest.mark.fault("hostile text", "terminal escapes and bidirectional marks")
@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["show", "openai/o3"],
        ["check"],
        ["plan"],
        ["sync"],
        ["status"],
        ["export", "json"],
        ["list", "--json"],
    ],
)
def test_text_of_the_catalog_cannot_steer_a_terminal(workplace, words):
    workplace.edit("name: o3", f'name: "{HOSTILE}"')
    workplace.team.commit_all("Hostile")
    workplace.lists(*rows(o3="3"))
    ran = workplace.run(*words)
    assert ran.code in (0, 5)
    assert all(line.isprintable() for line in (ran.out + ran.err).splitlines())


@pytest.mark.fault("hostile text", "terminal escapes and bidirectional marks")
@pytest.mark.parametrize(
    "words", [["plan"], ["plan", "-v"], ["plan", "--json"], ["list", "--remote"], ["sync"]]
)
@pytest.mark.parametrize("color", ["never", "always"])
def test_text_of_upstream_cannot_steer_a_terminal(workplace, words, color):
    hostile = yaml.safe_load(f'"{HOSTILE}"')
    workplace.lists(*rows(), row("openai/o5", "1", "2", name=hostile), row(f"evil/{hostile}", "1", "2"))
    ran = workplace.run(*words, "--color", color, NO_COLOR="1")
    shown = ran.out + ran.err
    assert ran.code == 0
    assert all(not unsafe.search(shown) for unsafe in _UNSAFE)


_UNSAFE = [re.compile(text) for text in (r"\x1b(?!\[[0-9;]*m)", r"[\x00-\x09\x0b-\x1a\x7f-\x9f]", "\u202e")]


# ---------------------------------------------------------------------------- check, schema, export, status


def test_check_passes_a_valid_catalog(workplace):
    ran = workplace.run("check")
    assert (ran.code, ran.out, ran.err) == (0, "", "modelsync: the catalog is valid\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("        model: o1\n", "", "`model` is missing"),
        ("input: 15", "input: free", "pricing.input is no"),
        ("input: 15", "input: -1", "pricing.input"),
        ("{openrouter: openai/o1}", "{openruoter: openai/o1}", "openruoter"),
        ("# modelsync: keep until", "# modelsync: kep until", "not a pin"),
    ],
)
def test_check_names_file_and_line_of_what_is_wrong(workplace, old, new, said):
    workplace.edit(old, new)
    ran = workplace.run("check")
    assert ran.code == 5
    (line,) = ran.out.splitlines()
    assert line.startswith("catalog/providers/openai.yaml:")
    assert said in line


@pytest.mark.parametrize("which", ["sync", "provider"])
def test_schema_is_a_json_schema(workplace, which):
    schema = json.loads(workplace.run("schema", which).out)
    assert schema["$schema"].startswith("https://json-schema.org/")


def test_export_is_the_catalog_as_json(workplace):
    models = {model["model"]: model for model in workplace.run("export", "json").json["models"]}
    assert len(models) == 7
    assert models["openai/gpt-4o"]["values"]["pricing.input"] == "2.5"


def test_status_tells_sources_keys_and_counts(workplace):
    out = workplace.run("status").out
    assert "OPENROUTER_API_KEY not set" in out
    assert "7 models of 2 providers in 2 files" in out
    assert "OPENROUTER_API_KEY set" in workplace.run("status", OPENROUTER_API_KEY="canary").out


def test_status_tells_when_a_source_was_last_synced(workplace):
    assert "none known" in workplace.run("status").out
    workplace.run("plan", "--no-cache")
    workplace.run("prune")
    assert "none known" in workplace.run("status").out, "neither brings upstream's values into the catalog"
    workplace.run("sync", SOURCE_DATE_EPOCH="1787392800")
    assert "2026-08-22 10:00, 9 days ago" in workplace.run("status", SOURCE_DATE_EPOCH="1788224400").out


def test_a_native_id_that_is_only_the_sources_name_for_it_is_shown_as_unconfirmed(workplace):
    workplace.configure("aliases: {openai/gpt-4o: gpt-4o}\n")
    workplace.lists(*rows(), row("openai/gpt-oss-999b", "1", "2"))
    workplace.run("sync", "--no-commit")
    listed = {model["model"]: model for model in workplace.run("list", "--json").json["models"]}
    guessed = "openai/gpt-oss-999b"
    assert (listed["openai/gpt-4o"]["confirmed"], listed[guessed]["confirmed"]) == (True, False)
    assert "not confirmed" in workplace.run("show", guessed).out
    assert not workplace.run("show", guessed, "--json").json["confirmed"]


# ---------------------------------------------------------------------------- backups


def test_backups_are_listed_the_newest_first(workplace):
    assert workplace.run("backups", "list").out == ""
    for price in ("3", "4"):
        workplace.lists(*rows(o3=price))
        workplace.run("sync")
    shown = [line.split()[:2] for line in workplace.run("backups", "list").out.splitlines()]
    assert shown == [[name, "complete"] for name in reversed(workplace.backups())]


def test_restore_puts_files_back_commits_nothing_and_can_be_undone(workplace):
    workplace.lists(*rows(o3="3"))
    workplace.run("sync")
    head = workplace.team.git("rev-parse", "HEAD")
    after = workplace.openai.read_text()
    ran = workplace.run("backups", "restore", workplace.backups()[0])
    assert ran.code == 0
    assert "restored catalog/providers/openai.yaml" in ran.out
    assert workplace.openai.read_text() == OPENAI
    assert workplace.team.git("rev-parse", "HEAD") == head
    undo = ran.out.splitlines()[-1].rpartition("modelsync ")[2].split()
    assert workplace.run(*undo).code == 0
    assert workplace.openai.read_text() == after


def test_restore_loses_no_edit_that_came_after(workplace):
    workplace.lists(*rows(o3="3"))
    workplace.run("sync")
    workplace.edit("# who pays", "# who pays, for now")
    before = workplace.state()
    ran = workplace.run("backups", "restore", workplace.backups()[0])
    assert (ran.code, "--force" in ran.err) == (6, True)
    assert workplace.state() == before
    assert workplace.run("backups", "restore", workplace.backups()[0], "--force").code == 0
    assert workplace.openai.read_text() == OPENAI


def test_restoring_what_is_so_already_does_nothing(workplace):
    workplace.lists(*rows(o3="3"))
    workplace.run("sync", "--no-commit")
    (run,) = workplace.backups()
    workplace.run("backups", "restore", run)
    before = workplace.backups()
    ran = workplace.run("backups", "restore", run)
    assert (ran.code, "Nothing to do" in ran.out) == (0, True)
    assert workplace.backups() == before


@pytest.mark.parametrize("name", ["20990101T000000Z", "../../etc", "-rf", "x"])
def test_a_backup_that_is_not_there_is_refused(workplace, name):
    ran = workplace.run("backups", "restore", "--", name)
    assert (ran.code, "no such backup" in ran.err) == (5, True)


# ---------------------------------------------------------------------------- rename


def test_rename_keeps_comments_and_place(workplace):
    ran = workplace.run("rename", "openai", "o1", "o1-night", "--model", "o1-2024-12-17")
    assert ran.code == 0
    assert workplace.openai.read_text() == OPENAI.replace("      o1:\n", "      o1-night:\n").replace(
        "model: o1\n", "model: o1-2024-12-17\n"
    )
    assert "Renamed openai/o1 to o1-night" in ran.out
    assert workplace.backups()[0] in ran.out
    assert "git diff" in ran.out
    assert workplace.team.git("status", "--porcelain") == " M catalog/providers/openai.yaml"


@pytest.mark.parametrize("words", [["o3", ""], ["o3", " "], ["o3", "o5", "--model", ""]])
def test_rename_to_nothing_is_refused(workplace, words):
    before = workplace.state()
    assert workplace.run("rename", "openai", *words).code == 2
    assert workplace.state() == before


def test_a_renamed_model_is_still_followed(workplace):
    workplace.run("rename", "openai", "o1", "night")
    workplace.team.commit_all("Renamed")
    workplace.lists(*rows(o1="16"))
    ran = workplace.run("sync", "--json")
    assert [change["model"] for change in ran.json["changes"]] == ["openai/night"]


def test_rename_takes_no_key_that_is_there(workplace):
    before = workplace.state()
    ran = workplace.run("rename", "openai", "o1", "o3")
    assert (ran.code, "openai/o3: is there already" in ran.err) == (2, True)
    assert workplace.state() == before


def test_rename_to_the_same_does_nothing(workplace):
    before = workplace.state()
    ran = workplace.run("rename", "openai", "o1", "o1", "--model", "o1")
    assert (ran.code, "Nothing to do" in ran.out) == (0, True)
    assert workplace.state() == before


@pytest.mark.parametrize("key", ["no", "1e3", "null", "a: b", "#x", "2024-01-01"])
def test_a_new_key_reads_back_as_it_was_typed(workplace, key):
    assert workplace.run("rename", "openai", "o1", key).code == 0
    assert key in yaml.safe_load(workplace.openai.read_text())["providers"]["openai"]["models"]


# ---------------------------------------------------------------------------- init


@pytest.fixture
def newcomer(tmp_path: Path, workplace: Workplace) -> Workplace:
    """A team that has a catalog of its own and never heard of this program."""
    team = GitRepository.create(tmp_path / "newcomer")
    team.write("config/llm_models.yml", LLM_MODELS.read_bytes())
    team.commit_all("first")
    return Workplace(team, workplace.server)


def test_init_adopts_a_file_and_leaves_it_as_it_is(newcomer):
    ran = newcomer.run("init", "--from", "config/llm_models.yml")
    assert (ran.code, ran.err) == (0, "")
    assert "wrote catalog/sync.yaml" in ran.out
    assert "then modelsync plan" in ran.out
    assert (newcomer.path / "config/llm_models.yml").read_bytes() == LLM_MODELS.read_bytes()
    assert newcomer.team.git("status", "--porcelain") == "?? catalog/"
    assert newcomer.run("check").code == 0


def test_a_first_sync_adds_no_key_that_the_readers_of_the_file_do_not_know(newcomer):
    newcomer.run("init", "--from", "config/llm_models.yml")
    newcomer.team.commit_all("Adopted")
    config = newcomer.path / "catalog/sync.yaml"
    url = f"http://127.0.0.1:{newcomer.server.server_address[1]}/models"
    config.write_text(config.read_text().replace("https://openrouter.ai/api/v1/models", url))
    before = _keys(LLM_MODELS.read_text())
    listed = [row(f"{vendor}/{model}", "3.3", "7.7") for vendor, model in _followed()]
    newcomer.lists(*listed)
    assert newcomer.run("sync").code == 0
    assert newcomer.diff()
    assert _keys((newcomer.path / "config/llm_models.yml").read_text()) <= before


def _followed() -> list[tuple[str, str]]:
    vendors = {"openai": "openai", "anthropic": "anthropic", "gemini": "google", "google": "google"}
    providers = yaml.safe_load(LLM_MODELS.read_text())["providers"]
    return [(vendors[name], key) for name in vendors.keys() & providers for key in providers[name]["models"]]


def _keys(text: str) -> set[str]:
    found: set[str] = set()

    def collect(value: object) -> None:
        for key, below in value.items() if isinstance(value, dict) else ():
            found.add(key)
            collect(below)

    collect(yaml.safe_load(text))
    return found


def test_init_starts_a_new_catalog(tmp_path, workplace):
    new = Workplace(GitRepository.create(tmp_path / "new"), workplace.server)
    assert new.run("init").code == 0
    assert new.run("check").code == 0
    assert new.run("init").code == 2


def test_failures_of_upstream_are_told_when_looking(workplace):
    workplace.answers(reply(status=404))
    ran = workplace.run("list", "--remote")
    assert (ran.code, "HTTP 404" in ran.err) == (7, True)
    assert "is `url` in sync.yaml that of the list?" in ran.err


def test_a_section_that_is_none_is_one_notice_and_stays(workplace):
    workplace.edit("pricing: {input: 2, output: 8}", "pricing: 8")
    told = workplace.run("plan").out
    assert [line for line in told.splitlines() if "unreadable" in line] == [
        "unreadable: openai/o3: pricing stays 8: not a mapping"
    ]


def test_a_catalog_without_models_is_told_of_no_unit(tmp_path, workplace):
    new = Workplace(GitRepository.create(tmp_path / "new"), workplace.server)
    new.run("init")
    assert new.run("list").out == ""


LISTED = """\
providers:
  - provider: openai
    models:
      - {id: gpt-4o, input_price: 2.5, output_price: 10}
      - {id: o3, input_price: 2, output_price: 8}
"""


@pytest.mark.parametrize("kept_in", ["file", "entries"])
def test_a_new_model_of_a_list_is_called_by_its_own_id(tmp_path, workplace, kept_in):
    new = Workplace(GitRepository.create(tmp_path / "new"), workplace.server)
    new.team.write("models.yml", LISTED.encode())
    assert new.run("init", "--from", "models.yml").code == 0
    config = new.path / "catalog/sync.yaml"
    config.write_text(
        config.read_text()
        .replace("\nadd: none", "\nadd: all")
        .replace("upstream: file", f"upstream: {kept_in}")
    )
    new.team.commit_all("Adopted")
    listed = tmp_path / "list.json"
    listed.write_bytes(
        listing([*rows(), row("openai/gpt-4.1", "2", "8"), row("openai/gpt-3.5-turbo", "1", "2")])
    )
    ran = new.run("sync", "--from", f"openrouter={listed}", "--json").json
    assert ran["holds"] == []
    assert {"openai/gpt-4.1", "openai/gpt-3.5-turbo"} <= {change["model"] for change in ran["changes"]}
    assert "- {id: gpt-4.1, " in (new.path / "models.yml").read_text()
    assert new.run("sync", "--from", f"openrouter={listed}", "--json").json["changes"] == []
    assert new.run("check", "--against", "main").code == 0
