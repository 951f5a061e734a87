"""When each source had its last success, on a machine that noted it and on a fresh one; a silence is told."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from fault_server import reply
from repositories import GitRepository
from workplace import BRANCH, Ran, Workplace, listing, rows

RUN, DAY = 1_795_262_400, 86_400  # 2026-11-21 12:00 UTC


@pytest.fixture
def team(workplace: Workplace, tmp_path: Path) -> Workplace:
    """A catalog with a second source, and a remote."""
    url = f"http://127.0.0.1:{workplace.server.server_address[1]}/groq"
    workplace.edit("fields:", f"  groq: {{endpoints: [{{url: '{url}'}}]}}\nfields:", "catalog/sync.yaml")
    workplace.edit("mapping:", "batch: {delay: 0}\nmapping:", "catalog/sync.yaml")
    workplace.server.at("/groq", reply(listing([{"id": "llama-9", "object": "model"}])))
    workplace.team.commit_all("Two sources")
    path = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
    workplace.team.git("remote", "add", "origin", str(path))
    workplace.team.git("push", "-q", "origin", "main")
    return workplace


def run(team: Workplace, *words: str, **prices: str) -> None:
    team.lists(*rows(**prices))
    ran = team.run("sync", "--push", *words, SOURCE_DATE_EPOCH=str(RUN), GROQ_API_KEY="gsk")
    assert ran.code in (0, 7), ran.err


def fresh(team: Workplace) -> Workplace:
    """A clone that knows nothing but the commits."""
    clone = team.path.with_name("clone")
    subprocess.run(["git", "clone", "-q", team.path.with_name("remote.git"), clone], check=True)
    return replace(team, team=GitRepository(clone))


def status(team: Workplace, *words: str, days: float) -> Ran:
    return team.run("status", *words, SOURCE_DATE_EPOCH=str(int(RUN + days * DAY)), GROQ_API_KEY="gsk")


def successes(ran: Ran) -> dict[str, tuple[str | None, bool]]:
    """By source, its last success, and whether only a commit tells of it."""
    return {one["name"]: (one["last_synced"], bool(one["commit"])) for one in ran.json["sources"]}


def test_a_fresh_machine_knows_by_the_commits_of_the_review_branch(team):
    run(team, "--all", o3="2.2")
    sha = team.team.git("rev-parse", "modelsync/all")[:10]
    ran = status(fresh(team), days=9)
    assert "2026-11-21 12:00, 9 days ago" in ran.out
    assert (
        f"as a commit tells: openrouter {sha}, groq {sha}; a later run that changed nothing made none"
        in ran.out
    )
    assert successes(status(team, "--json", days=9)) == dict.fromkeys(
        ("openrouter", "groq"), ("2026-11-21T12:00:00Z", False)
    )


def test_a_fresh_machine_knows_by_what_was_merged(team):
    run(team, o3="2.2")
    team.team.git("switch", "-q", "main")
    team.team.git("merge", "-q", "--no-ff", BRANCH)
    team.team.git("push", "-q", "origin", "main", f":{BRANCH}")
    told = successes(status(fresh(team), "--json", days=9))
    assert told == {"openrouter": ("2026-11-21T12:00:00Z", True), "groq": (None, False)}


def test_what_a_machine_noted_counts_where_it_is_later(team):
    run(team, o3="2.2")
    team.team.git("switch", "-q", "main")
    team.lists(*rows(o3="2.2"))
    assert team.run("sync", SOURCE_DATE_EPOCH=str(RUN + 5 * DAY)).code == 0
    told = successes(status(team, "openrouter", "--json", days=9))
    assert told == {"openrouter": ("2026-11-26T12:00:00Z", False)}
    shutil.rmtree(team.path / ".modelsync")
    told = successes(status(team, "openrouter", "--json", days=9))
    assert told == {"openrouter": ("2026-11-21T12:00:00Z", True)}


def test_what_a_commit_of_another_machine_tells_counts_where_that_is_later(team):
    note = team.path / ".modelsync/last_synced.json"
    run(team, o3="2.2")
    before = note.read_bytes()
    team.team.git("switch", "-q", "main")
    team.lists(*rows(o3="2.1"))
    assert team.run("sync", SOURCE_DATE_EPOCH=str(RUN + 5 * DAY)).code == 0
    note.write_bytes(before)
    told = successes(status(team, "openrouter", "--json", days=9))
    assert told == {"openrouter": ("2026-11-26T12:00:00Z", True)}


def test_a_source_that_failed_beside_others_that_did_not_had_no_success(team):
    team.server.at("/groq", reply(status=404))
    run(team, "--all", o3="2.2")
    assert "Modelsync-Unsynced: groq" in team.team.git("log", "-1", "--format=%B", "modelsync/all")
    told = successes(status(fresh(team), "--json", days=1))
    assert told == {"openrouter": ("2026-11-21T12:00:00Z", True), "groq": (None, False)}


@pytest.mark.parametrize(
    "words", [["sync", "--only", "openai"], ["sync", "--from", "openrouter=list.json"], ["prune"]]
)
def test_a_run_that_is_no_sync_of_its_source_tells_of_no_success(team, words):
    listed = rows(o3=None) if words == ["prune"] else rows(o3="2.2")
    team.lists(*listed)
    (team.path / "list.json").write_bytes(listing(listed))
    assert team.run(*words, SOURCE_DATE_EPOCH=str(RUN)).code == 0
    assert successes(status(team, "openrouter", "--json", days=1)) == {"openrouter": (None, False)}


def test_neither_a_clock_that_went_wrong_nor_another_catalog_makes_a_source_alive(team):
    run(team, o3="2.2")
    message = "a\n\nModelsync-Run: {}\nModelsync-Source: openrouter\nModelsync-Catalog: {}"
    team.team.git("switch", "-q", "main")
    for day, name in (("20990101T000000Z", ""), ("20261125T120000Z", "team-b")):
        team.team.git("commit", "-q", "--allow-empty", "-m", message.format(day, name))
    team.team.git("push", "-q", "origin", "main")
    told = successes(status(fresh(team), "openrouter", "--json", days=9))
    assert told == {"openrouter": ("2026-11-21T12:00:00Z", True)}


# ---------------------------------------------------------------------------- silence


def test_a_silence_that_is_too_long_is_told_and_is_an_exit_code(team):
    run(team, o3="2.2")
    ran = status(team, "openrouter", "--max-silence", "3d", days=9)
    assert ran.code == 7
    assert ran.err == "modelsync: openrouter: last success 9 days ago, 2026-11-21 12:00 UTC\n"
    assert status(team, "openrouter", "--max-silence", "10d", days=9).code == 0
    assert status(team, "openrouter", days=9).code == 0


def test_a_source_that_lost_its_key_is_silent_and_one_that_never_had_one_is_not_in_use(team):
    team.edit("groq: {", "groq: {key: required, ", "catalog/sync.yaml")
    late = str(RUN + 9 * DAY)
    never = team.run("status", "groq", "--max-silence", "3d", SOURCE_DATE_EPOCH=late)
    assert never.code == 0
    unheard = status(team, "groq", "--max-silence", "3d", days=9)
    assert (unheard.code, unheard.err) == (7, "modelsync: groq: no success is known\n")
    team.lists(*rows())
    team.run("sync", "groq", "--no-commit", SOURCE_DATE_EPOCH=str(RUN), GROQ_API_KEY="gsk")
    lost = team.run("status", "groq", "--max-silence", "3d", SOURCE_DATE_EPOCH=late)
    assert lost.code == 7


@pytest.mark.parametrize(
    ("frequency", "days", "code"), [("weekly", 6, 0), ("weekly", 8, 7), ("manual", 99, 0)]
)
def test_what_is_not_due_is_not_silent(team, frequency, days, code):
    run(team, o3="2.2")
    team.edit(
        "authoritative: true", f"authoritative: true\n    update_frequency: {frequency}", "catalog/sync.yaml"
    )
    assert status(team, "openrouter", "--max-silence", "3d", days=days).code == code


def test_without_names_the_sources_count_that_all_means(team):
    run(team, "--all", o3="2.2")
    team.edit("groq: {", "groq: {enabled: false, ", "catalog/sync.yaml")
    ran = status(team, "--max-silence", "3d", "--json", days=9)
    assert {one["name"]: one["silent"] for one in ran.json["sources"]} == {"openrouter": True, "groq": False}
    assert ran.err.count("\n") == 1


def test_an_unknown_source_is_told(team):
    assert status(team, "gorq", days=1).code == 2
