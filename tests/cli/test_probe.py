"""What `modelsync probe` says before and after it asks, what it writes, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fault_server import reply

if TYPE_CHECKING:
    from workplace import Workplace


CANARY = "canary-5ecret-value"
REAL = reply(b'{"choices": [{"index": 0}], "model": "gpt-4o-2024-11-20"}')
GONE = reply(b'{"error": {"message": "The model does not exist", "code": "model_not_found"}}', status=404)
SOURCE = "  openai: {endpoints: [{url: 'URL/v1/models'}]}   # our contract's\n"
ALIASES = """\
aliases:
  # asked their support
  openai/o1: o1-2024-12-17   # until they rename it
"""


@pytest.fixture
def team(workplace: Workplace, monkeypatch) -> Workplace:
    """A team with a key for a provider whose API is on loopback."""
    configure(workplace)
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    return workplace


def configure(workplace: Workplace, more: str = "") -> None:
    workplace.configure(more)
    url = f"http://127.0.0.1:{workplace.server.server_address[1]}"
    workplace.edit("fields:", SOURCE.replace("URL", url) + "fields:", "catalog/sync.yaml")
    workplace.team.commit_all("A source of OpenAI's own")


def answers(team: Workplace, *steps) -> None:
    team.server.at("/v1/chat/completions", *steps)


def aliases(team: Workplace) -> str:
    return team.team.git("diff", "-U0", "--", "catalog/sync.yaml")


def test_what_it_costs_at_most_and_whom_it_asks_is_said_before(team):
    answers(team, REAL)
    ran = team.run("probe", "openai/gpt-4o")
    (line,) = ran.err.splitlines()
    assert "/v1/chat/completions for gpt-4o; cost at most (32 tokens in, 1 out): 0.00009 USD" in line
    team.edit("input: 2.50     # list price", "input: unknown")
    assert (
        team.run("probe", "openai/gpt-4o").err.rstrip().endswith("unknown, for want of prices in the catalog")
    )
    assert "asking" not in team.run("probe", "openai/nothing").err


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        (REAL, 0, "openai/gpt-4o: gpt-4o is real, answered as gpt-4o-2024-11-20\n"),
        (GONE, 1, "gpt-4o is not real: no such model, or not for this key; it answered HTTP 404: 'The model"),
        (reply(status=401), 7, "it cannot be told whether it is real: it answered HTTP 401\n  check the key"),
        (reply(status=429), 7, "it answered HTTP 429\n  try again later"),
        (reply(b"<html>", status=404), 7, "it answered HTTP 404: '<html>'"),
    ],
)
def test_the_exit_code_says_what_was_found(team, step, code, said):
    before = team.state()
    answers(team, step)
    ran = team.run("probe", "openai/gpt-4o")
    assert ran.code == code
    assert said in ran.out
    assert team.state() == before


def test_usage_errors_ask_nobody(team):
    for words, said in (
        (["openai/gpt-4p"], "gpt-4o"),
        (["anthropic/claude-opus-5"], "no source anthropic"),
        (["openai/house-style", "--write"], "nothing to record"),
        (["openai/gpt-4o", "--model", " "], "no id"),
    ):
        ran = team.run("probe", *words)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
    ran = team.run("probe", "openai/gpt-4o", OPENAI_API_KEY="")
    assert (ran.code, "OPENAI_API_KEY" in ran.err, ".env" in ran.err) == (2, True, True)
    assert team.server.asked == []


def test_no_sync_ever_probes(team):
    team.run("sync", "openrouter")
    team.run("plan", "--all")
    assert {asked.method for asked in team.server.asked} == {"GET"}


# ---------------------------------------------------------------------------- --write


def test_a_real_id_is_recorded_as_an_alias_and_left_uncommitted(team):
    answers(team, REAL)
    ran = team.run("probe", "openai/gpt-4o", "--model", "gpt-4o-2024-11-20", "--write")
    assert ran.code == 0
    assert "catalog/sync.yaml:" in ran.out
    assert "openai/gpt-4o: gpt-4o-2024-11-20" in ran.out
    changed = [line for line in aliases(team).splitlines() if line[:1] in "+-"][2:]
    assert changed == ["+aliases:", "+  openai/gpt-4o: gpt-4o-2024-11-20"]
    assert len(team.backups()) == 1
    team.run("sync")
    assert "model: gpt-4o-2024-11-20" in team.openai.read_text()


def test_what_people_wrote_beside_the_aliases_stays(team):
    configure(team, ALIASES)
    answers(team, REAL)
    assert team.run("probe", "openai/o1", "--write").code == 0
    assert [line for line in aliases(team).splitlines() if line[:1] in "+-"][2:] == [
        "-  openai/o1: o1-2024-12-17   # until they rename it",
        "+  openai/o1: o1   # until they rename it",
    ]
    assert team.run("probe", "openai/o3", "--write").code == 0
    assert "+  openai/o3: o3" in aliases(team).splitlines()
    again = team.run("probe", "openai/o3", "--write")
    assert "Nothing to do" in again.out
    assert len(team.backups()) == 2


def test_an_id_that_is_not_known_to_be_real_is_not_recorded(team):
    before = team.state()
    for step in (GONE, reply(status=429)):
        answers(team, step)
        assert team.run("probe", "openai/gpt-4o", "--write").code in (1, 7)
    assert team.state() == before
    assert team.backups() == []


def test_what_is_recorded_can_be_undone(team):
    before = (team.path / "catalog/sync.yaml").read_bytes()
    answers(team, REAL)
    team.run("probe", "openai/gpt-4o", "--write")
    assert team.run("backups", "restore", team.backups()[0]).code == 0
    assert (team.path / "catalog/sync.yaml").read_bytes() == before


# ---------------------------------------------------------------------------- --json, and what is hostile


def test_json_says_all_of_it_in_one_object(team):
    answers(team, REAL)
    found = team.run("probe", "openai/gpt-4o", "--write", "--json").json
    assert found.pop("url").endswith("/v1/chat/completions")
    assert found.pop("backup").startswith("backups")
    assert found == {
        "name": "openai/gpt-4o",
        "model": "gpt-4o",
        "source": "openai",
        "most_usd": "0.00009",
        "real": True,
        "reason": "",
        "advice": "",
        "kind": None,
        "answered_as": "gpt-4o-2024-11-20",
        "aliases": ["openai/gpt-4o: gpt-4o"],
    }
    answers(team, reply(status=429))
    found = team.run("probe", "openai/gpt-4o", "--json").json
    assert (found["real"], found["kind"]) == (None, "rate limit")


@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
@pytest.mark.parametrize("words", [[], ["--json"], ["-v"]])
def test_neither_the_key_nor_what_a_terminal_obeys_is_shown(team, status, words):
    hostile = f"model not found \x1b]0;owned\x07\u202e\r\n {CANARY}"
    body = {"error": {"message": hostile}, "choices": [], "model": hostile}
    answers(team, reply(json.dumps(body).encode(), status=status))
    ran = team.run("probe", "openai/gpt-4o", "--model", "x\x1b[2J", *words)
    for text in (ran.out, ran.err):
        assert CANARY not in text
        assert all(character.isprintable() or character == "\n" for character in text)
    recorded = b"".join(path.read_bytes() for path in (team.path / ".modelsync").rglob("*") if path.is_file())
    assert CANARY.encode() not in recorded
