"""`check --against` as continuous integration runs it on a pull request."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from modelsync.disk.files import sha256
from workplace import rows


def test_a_runs_own_commit_needs_no_second_look(workplace):
    workplace.lists(*rows(o3="3", o1=None))
    assert workplace.run("sync", "--prune").code == 0
    ran = workplace.run("check", "--against", "main")
    assert (ran.code, ran.out, ran.err) == (0, "", "modelsync: nothing that needs a second look\n")


def test_each_fault_is_a_line_with_its_place(workplace):
    workplace.edit("input: 15", "input: 150")
    workplace.edit("# who pays", "")
    workplace.team.write("README.md", b"theirs\n")
    workplace.team.commit_all("bot")
    ran = workplace.run("check", "--against", "HEAD~1", "--head", "HEAD")
    assert ran.code == 5
    assert ran.out.splitlines() == [
        "README.md: was changed, and is no data file of the catalog",
        "catalog/providers/openai.yaml:9: openai/gpt-4o: the comment is gone: # who pays",
        "catalog/providers/openai.yaml:28: openai/o1: pricing.input 15 -> 150: price ratio: 10 times more",
    ]
    known = workplace.run("check", "--against", "HEAD~1", "--json").json["problems"]
    assert [fault["name"] for fault in known] == ["", "openai/gpt-4o:comment", "openai/o1:pricing.input"]
    assert len(workplace.run("check", "--against", "HEAD~1", "--accept", "openai/*").out.splitlines()) == 1


def test_hostile_text_reaches_no_terminal(workplace):
    workplace.edit("# who pays", "# who \u202epays")
    workplace.team.commit_all("hostile")
    workplace.edit("# who \u202epays", "")
    ran = workplace.run("check", "--against", "HEAD", "--worktree")
    assert ran.code == 5
    assert "# who \\u202epays" in ran.out
    workplace.team.write(os.fsdecode(b"bad\xff\n\x1b[31m"), b"")
    workplace.team.commit_all("a name")
    ran = workplace.run("check", "--against", "HEAD~1")
    assert ran.out.splitlines()[0] == r"bad\udcff\n\x1b[31m: was changed, and is no data file of the catalog"
    assert len(workplace.run("check", "--against", "HEAD~1", "--json").json["problems"]) == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--against", "nope"), 2, "no revision nope in this repository"),
        (("--head", "HEAD~1"), 2, "go with --against"),
        (("--worktree",), 2, "go with --against"),
        (("--accept", "x"), 2, "go with --against"),
    ],
)
def test_what_cannot_be_compared_is_told(workplace, words, code, said):
    ran = workplace.run("check", *words)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


def test_it_looks_at_commits_and_changes_nothing(workplace):
    workplace.edit("input: 15", "input: 150")
    ran = workplace.run("check", "--against", "HEAD")
    assert (ran.code, ran.err) == (0, "modelsync: nothing that needs a second look\n")
    assert workplace.run("check", "--against", "HEAD", "--worktree").code == 5
    assert workplace.team.git("status", "--porcelain") == " M catalog/providers/openai.yaml"


@pytest.mark.parametrize("setting", ["attribute", "core.autocrlf"])
def test_the_working_tree_may_have_line_ends_of_another_system(workplace, setting):
    if setting == "attribute":
        workplace.team.write(".gitattributes", b"*.yaml text eol=crlf\n")
        workplace.team.commit_all("Windows")
    else:
        workplace.team.git("config", setting, "true")
    shutil.rmtree(workplace.path / "catalog")
    workplace.team.git("checkout", "-q", ".")
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync", "--no-commit").code == 0
    assert b"\r\n" in workplace.openai.read_bytes()
    ran = workplace.run("check", "--against", "HEAD", "--worktree")
    assert (ran.code, ran.out) == (0, "")
    workplace.openai.write_bytes(workplace.openai.read_bytes().replace(b"input: 3,", b"input: 300,"))
    (fault,) = workplace.run("check", "--against", "HEAD", "--worktree").out.splitlines()
    assert "openai/o3: pricing.input 2 -> 300" in fault


def test_what_a_branch_keeps_in_the_state_folder_is_obeyed_by_nobody(workplace):
    path, before = "catalog/providers/openai.yaml", workplace.openai.read_bytes()
    workplace.team.write(f"backup/files/{path}", before)
    workplace.edit("input: 15", "input: 150")
    now = workplace.openai.read_bytes()
    entries = [
        {"path": path, "before": sha256(before), "after": sha256(now), "modified": None},
        {"path": "none.yaml", "before": None, "after": "00", "modified": None},
    ]
    journal = json.dumps({"backup": "../backup", "files": entries})
    workplace.team.write(".modelsync/apply.json", journal.encode())
    workplace.team.git("add", "-f", "-A")
    workplace.team.git("commit", "-q", "-m", "bot")
    ran = workplace.run("check", "--against", "HEAD~1")
    assert ran.code == 5
    assert ".modelsync/apply.json: is kept in git" in ran.out
    assert "price ratio" in ran.out
    listed = workplace.run("list")
    assert listed.code == 0
    assert "git rm -r --cached .modelsync" in listed.err
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 6
    assert workplace.openai.read_bytes() == now
    assert workplace.team.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system", "!!javax.script.Engine", "!ruby/object:A", "!php/object"]
)
def test_a_tag_by_which_a_reader_runs_a_program_is_no_valid_catalog(workplace, tag):
    workplace.edit("team: search", f"team: {tag} [x]")
    ran = workplace.run("check")
    assert ran.code == 5
    assert tag.lstrip("!") in ran.out
    workplace.edit(f"team: {tag} [x]", "team: !!str search")
    assert workplace.run("check").code == 0


@pytest.mark.fault("git", "a pull request that brings programs, settings, hooks, keys and a package")
@pytest.mark.parametrize("known", ["--against", "GITHUB_BASE_REF"])
def test_no_key_goes_to_an_address_that_only_the_env_of_a_pull_request_has(workplace, known):
    workplace.team.git("update-ref", "refs/remotes/origin/main", "main")
    port = workplace.server.server_address[1]
    address = f"http://127.0.0.1:{port}"
    workplace.edit(f"{{url: '{address}/models'}}", "{url_env: [LISTS_URL]}", "catalog/sync.yaml")
    workplace.team.commit_all("an address of the environment")
    workplace.team.git("update-ref", "refs/remotes/origin/main", "main")
    workplace.team.git("switch", "-q", "-c", "theirs")
    workplace.team.write(".env", f"LISTS_URL={address}/models\n".encode())
    words, more = (["--against", "main"], {}) if known == "--against" else ([], {known: "main"})
    more["OPENROUTER_API_KEY"] = "canary-key"
    workplace.team.write(".gitignore", b".env\n")
    assert "openrouter: answers" in workplace.run("check", "--online", *words, **more).out

    workplace.team.git("add", "--force", ".env")
    assert "no address: LISTS_URL" in workplace.run("check", "--online", *words, **more).out
    more["LISTS_URL"] = f"{address}/models"
    assert "openrouter: answers" in workplace.run("check", "--online", *words, **more).out


@pytest.mark.parametrize(
    "known", ["--against", "GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CHANGE_TARGET"]
)
def test_no_key_goes_to_an_address_that_the_base_has_not(workplace, known):
    workplace.team.git("update-ref", "refs/remotes/origin/main", "main")
    workplace.team.git("switch", "-q", "-c", "theirs")
    text = (workplace.path / "catalog/sync.yaml").read_text()
    theirs = text.replace("/models'", "/elsewhere'")
    assert theirs != text
    (workplace.path / "catalog/sync.yaml").write_text(theirs)
    workplace.team.commit_all("another address")
    words, more = (["--against", "main"], {}) if known == "--against" else ([], {known: "main"})

    ran = workplace.run("check", "--online", *words, OPENROUTER_API_KEY="canary-key", **more)

    assert "openrouter: not asked: it is another one than in the reviewed sync.yaml" in ran.out
    assert workplace.server.asked == []
    workplace.team.git("switch", "-q", "main")
    assert "openrouter: answers" in workplace.run("check", "--online", *words, **more).out
