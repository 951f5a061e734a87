"""What people are told of a run: by real services on loopback, each piece of news once, and no secret."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO

import pytest

from fault_server import reply
from mail_server import MailServer
from workplace import Ran, Workplace, ended, row, rows

SECRET = "whsec_" + "c2VjcmV0" * 5
CHANNELS = """\
notify:
  apprise: [MAIL_URL]
  webhook: {url_env: HOOK_URL, secret_env: HOOK_SECRET}
"""
NOTE = ".modelsync/outbox.json"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def team(workplace: Workplace, mail: MailServer) -> Workplace:
    """A repository whose news goes to a mailing list and to a webhook."""
    workplace.configure(CHANNELS)
    workplace.team.commit_all("Tell us")
    hook = workplace.server.at("/hook", reply())
    workplace.environment |= {"MAIL_URL": mail.address, "HOOK_URL": hook, "HOOK_SECRET": SECRET}
    return workplace


def day(team: Workplace, *words: str, more: Any = (), **prices: str | None) -> Ran:
    """A run of a day, on a fresh main."""
    team.lists(*rows(**prices), *more)
    team.team.git("switch", "-q", "main")
    return team.run(*(words or ("sync",)))


def hooked(team: Workplace) -> list[list[str]]:
    """What each message to the webhook was about."""
    bodies = [json.loads(asked.body) for asked in team.server.asked if asked.path == "/hook"]
    return [[f"{event['event']} {event['subject']}" for event in body["data"]["events"]] for body in bodies]


UP = "price_up openai/o3:pricing.input"
HELD = "held openai/o1:pricing.input"


def test_news_is_told_once_however_often_it_is_met(team, mail):
    new = [row("openai/o9", "1", "2")]
    ran = day(team, o3="3", o1="900", more=new)
    assert (ran.code, ran.err) == (0, "")
    assert hooked(team) == [["new_model openai/o9", UP, HELD]]
    assert mail.messages[0]["Subject"] == "modelsync, team: 1 new, 1 price up, 1 held"
    for _ in range(2):
        assert day(team, o3="3", o1="900", more=new).code == 0
    assert (len(hooked(team)), len(mail.raw)) == (1, 1)


def test_one_value_that_changes_again_is_told_alone(team):
    day(team, o3="3", o1="900")
    day(team, o3="4", o1="900")
    assert hooked(team) == [[UP, HELD], [UP]]


def test_where_there_is_nothing_to_say_nothing_is_sent(team, mail):
    assert day(team).code == 0
    assert day(team, o3="1.5").code == 0
    assert (hooked(team), mail.raw) == ([], [])


@pytest.mark.parametrize("words", [("sync", "--dry-run"), ("plan",), ("status",), ("check",)])
def test_what_only_looks_tells_nothing(team, mail, words):
    day(team, *words, o3="3")
    assert (hooked(team), mail.raw, (team.path / NOTE).exists()) == ([], [], False)


def test_prune_tells_what_it_meets(team):
    team.team.git("switch", "-q", "main")
    team.answers(reply(status=404))
    assert team.run("prune").code == 7
    assert hooked(team) == [["source_failing openrouter"]]


def test_a_source_that_fails_is_told_once_until_it_answers(team):
    for _ in range(2):
        team.answers(reply(status=404))
        assert team.run("sync").code == 7
    day(team)
    team.answers(reply(status=404))
    team.run("sync")
    assert hooked(team) == [["source_failing openrouter"]] * 2


def test_what_a_list_had_all_along_is_no_news_once_it_answers_again(team):
    team.configure(CHANNELS + "add: none\n")
    team.team.commit_all("Add nothing")
    there = [row("openai/o9", "1", "2")]
    team.answers(reply(status=404))
    assert team.run("sync").code == 7
    day(team, more=there)
    day(team, more=[*there, row("openai/o10", "1", "2")])
    assert hooked(team) == [["source_failing openrouter"], ["new_model openai/o10"]]


def test_a_channel_that_fails_is_told_again_and_the_others_are_not(team, mail):
    team.server.at("/hook", reply(status=500))
    ran = day(team, o3="3")
    assert ran.code == 0
    assert ran.err == "modelsync: not told: webhook: it answered HTTP 500; the next run tries again\n"
    team.server.at("/hook", reply())
    day(team)  # what it was about is no more
    assert hooked(team) == [[UP], [UP]]
    assert len(mail.raw) == 1
    ids = {asked.headers["webhook-id"] for asked in team.server.asked if asked.path == "/hook"}
    assert len(ids) == 1


def test_what_was_not_told_is_said_in_the_json_and_changes_no_exit_code(team, mail):
    mail.answer = "550 nobody"
    ran = day(team, "sync", "--json", o3="3")
    (line,) = ran.json["untold"]
    assert (ran.code, line.startswith("MAIL_URL: ")) == (0, True)
    assert day(team, "sync", "--json").json["untold"] != []


def test_a_variable_that_is_not_set_is_named(team):
    team.environment |= {"MAIL_URL": "", "HOOK_SECRET": ""}
    err = day(team, o3="3").err
    assert "not told: MAIL_URL: it is not set, and of .env it is not taken" in err
    assert "not told: webhook: HOOK_SECRET is not set" in err


@pytest.mark.fault("interruption", "killed between the message and the note that it was sent")
def test_a_run_that_is_killed_while_it_tells_tells_again(team):
    """At least once: the same message comes again by the same id, and none is lost."""
    killed = threading.Event()

    def kill(out: BinaryIO, over: threading.Event) -> None:
        os.kill(running.pid, signal.SIGKILL)
        killed.set()

    team.server.at("/hook", kill, reply())
    team.lists(*rows(o3="3"))
    running = team.start("sync", "--no-branch")
    assert ended(running).code == -signal.SIGKILL
    assert killed.is_set()
    assert team.run("sync").code == 0
    asked = [one for one in team.server.asked if one.path == "/hook"]
    assert [one.headers["webhook-id"] for one in asked] == [asked[0].headers["webhook-id"]] * 2
    assert hooked(team) == [[UP], [UP]]
    team.run("sync")
    assert len(hooked(team)) == 2


def test_a_note_that_is_damaged_is_as_none(team):
    day(team, o3="3")
    (team.path / NOTE).write_text("{")
    assert day(team, o3="3").code == 0
    assert hooked(team) == [[UP], [UP]]


@pytest.mark.fault("secrets", "addresses and secrets of channels, while they fail")
@pytest.mark.parametrize("words", [("-v", "sync"), ("sync", "--json"), ("notify",)])
def test_no_address_and_no_secret_gets_out(team, words):
    echo = team.server.at("/h00k-path", reply(f"h00k-path {SECRET}".encode(), status=500))
    failing = team.server.at("/t0k3n", reply(b"us3r p4ssword", status=500))
    address = failing.replace("http://", "json://us3r:p4ssword@")
    team.environment |= {"MAIL_URL": address, "HOOK_URL": echo, "LOG_LEVEL": "debug"}
    team.team.hook("pre-commit", "env > environment")
    ran = day(team, *words, o3="3")
    texts = [ran.out, ran.err, *(path.read_text() for path in team.path.glob("environment"))]
    for root in (".modelsync", "backups"):
        texts += [path.read_text("latin-1") for path in (team.path / root).rglob("*") if path.is_file()]
    texts.append(team.team.git("log", "--all", "--format=%B"))
    for canary in ("us3r", "p4ssword", "t0k3n", "h00k-path", SECRET, SECRET.removeprefix("whsec_")):
        assert not any(canary in text for text in texts), canary


@pytest.mark.fault("hostile text", "mentions and links in what is told of an upstream's models")
def test_what_upstream_calls_a_model_mentions_nobody(team, mail):
    day(team, more=[row("openai/<!channel>@everyone-www.evil.example", "1", "2")])
    body = mail.messages[0].get_body(("plain",)).get_content()
    assert "channel" in body
    assert not any(alive in body for alive in ("<!", "@e", "www.e"))


def test_of_env_the_webhook_is_known_and_no_address_of_apprises(team, mail):
    hook = team.environment.pop("HOOK_URL")
    secret, address = team.environment.pop("HOOK_SECRET"), team.environment.pop("MAIL_URL")
    team.team.write(".env", f"HOOK_URL={hook}\nHOOK_SECRET={secret}\nMAIL_URL={address}\n".encode())
    ran = day(team, o3="3")
    assert "MAIL_URL: it is not set, and of .env it is not taken" in ran.err
    assert (hooked(team), mail.raw) == ([[UP]], [])


def test_a_person_can_try_the_channels(team, mail):
    ran = team.run("notify")
    assert (ran.code, ran.out) == (0, "webhook: sent\nMAIL_URL: sent\n")
    assert mail.messages[0]["Subject"] == "modelsync, team: a test"
    (asked,) = team.server.asked
    assert json.loads(asked.body)["type"] == "modelsync.test"
    assert not (team.path / NOTE).exists()


def test_a_channel_that_does_not_work_is_named_with_its_reason(team):
    team.server.at("/hook", reply(status=401))
    ran = team.run("notify", "--json")
    assert ran.code == 1
    assert ran.json["channels"][0] == {"name": "webhook", "untold": "it answered HTTP 401"}
    assert team.run("notify").out.startswith("webhook: it answered HTTP 401\n")


def test_where_no_channel_is_named_that_is_said(workplace):
    ran = workplace.run("notify")
    assert (ran.code, "names no channel" in ran.err) == (2, True)
