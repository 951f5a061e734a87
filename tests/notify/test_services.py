"""Messages by apprise, real, to real servers: what arrives, and that nothing of an address gets out."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from building import STARTED
from fault_server import FaultServer, drip, reply
from mail_server import MailServer
from modelsync.notify.message import news
from modelsync.notify.services import send
from modelsync.records import Event, EventKind, Plan, Report

REPORT = Report(Plan(STARTED, (), {}), branch="modelsync/openrouter")
MESSAGE = news([Event(EventKind.NEW_MODEL, "openai/o9_mini", "pricing.input 2")], "team", REPORT)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def as_json(address: str) -> str:
    return address.replace("http://", "json://")


def test_a_mail_arrives_in_both_forms(mail):
    assert send(MESSAGE, mail.address) == ""
    (message,) = mail.messages
    assert message["Subject"] == "modelsync, team: 1 new"
    assert (message["From"], message["To"]) == ("bot@example.com", "team@example.com")
    bodies = {form: message.get_body((form,)).get_content() for form in ("plain", "html")}
    assert "openai/o9_mini: pricing.input 2" in bodies["plain"]
    assert "<li>openai/o9_mini: pricing.input 2</li>" in bodies["html"]


def test_a_mail_that_is_to_be_text_is_text(mail):
    assert send(MESSAGE, f"{mail.address}&format=text") == ""
    (message,) = mail.messages
    assert message.get_content().replace("\r", "").rstrip() == MESSAGE.text.rstrip()


def test_a_service_that_takes_markdown_gets_it(server):
    assert send(MESSAGE, as_json(server.at("/in", reply()))) == ""
    (asked,) = server.asked
    assert json.loads(asked.body)["message"].rstrip() == MESSAGE.markdown.rstrip()


HOSTILE = (
    "openai/x\r\nBcc: everyone@example.com\r\n\r\n<script>alert(1)</script> [a](https://evil.example) @all"
)


@pytest.mark.fault("hostile text", "mail headers, HTML and links in the names of models")
def test_hostile_text_adds_no_header_no_recipient_and_no_markup(mail):
    hostile = news([Event(EventKind.HELD, HOSTILE, HOSTILE, HOSTILE)], HOSTILE, REPORT)
    assert send(hostile, mail.address) == ""
    (message,) = mail.messages
    assert message["Bcc"] is None
    assert message["To"] == "team@example.com"
    html = message.get_body(("html",)).get_content()
    assert not any(markup in html for markup in ("<script", "<a ", "href", "https://evil"))


@pytest.mark.parametrize("status", [302, 401, 500])
@pytest.mark.fault("secrets", "an address of apprise's, while its service fails")
def test_a_failing_service_is_a_reason_without_a_part_of_its_address(server, caplog, capfd, status):
    caplog.set_level(logging.DEBUG)
    address = as_json(server.at("/s3cr3t-p4th", reply(b"s3cr3t-p4th", status=status)))
    reason = send(MESSAGE, address.replace("//", "//us3r:p4ssword@"))
    assert f"error={status}" in reason
    output = reason + caplog.text + "".join(capfd.readouterr())
    assert not any(part in output for part in ("s3cr3t", "p4th", "us3r", "p4ssword", "127.0.0.1"))


def test_a_redirect_is_not_followed(server):
    elsewhere = server.at("/elsewhere", reply())
    address = server.at("/in", reply(status=302, headers={"Location": elsewhere}))
    assert "error=302" in send(MESSAGE, as_json(address))
    assert [asked.path for asked in server.asked] == ["/in"]


@pytest.mark.fault("network", "a mail server that drips one byte at a time, for ever")
def test_a_service_that_never_ends_is_not_waited_for(server):
    """Not at the exit of the interpreter either."""
    address = server.at("/in", drip(b"HTTP/1.1 200 OK\r\nX-Slow: "))
    script = (
        "from modelsync.notify import message, services\n"
        f"print(services.send(message.trial('team', ''), {as_json(address)!r}, seconds=1))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "no answer within 1 s\n", "")


def test_no_netrc_is_read(server, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login us3r password p4ssword\n")
    assert send(MESSAGE, as_json(server.at("/in", reply()))) == ""
    assert "authorization" not in server.asked[0].headers
    assert "NETRC" not in os.environ


def test_a_mail_that_is_refused_is_a_reason(mail):
    mail.answer = "550 no such list"
    assert send(MESSAGE, mail.address) != ""


def test_a_server_that_is_not_there_is_a_reason():
    assert "error occurred sending JSON notification to ***" in send(MESSAGE, "json://127.0.0.1:9/s3cr3t")


@pytest.mark.parametrize(
    "address",
    [
        "ghp_0123456789abcdef",
        "ghp_0123.example.com",
        "nosuch://s3cr3t",
        "slack://s3cr3t",
        "https://s3cr3t.example",
    ],
)
def test_what_is_no_address_of_a_service_is_sent_nowhere(address, capfd, caplog):
    assert send(MESSAGE, address) == "apprise knows no service by this address"
    assert capfd.readouterr() == ("", "")
    assert address not in caplog.text


def test_one_of_two_services_that_fails_is_named(server, mail):
    failing = as_json(server.at("/in", reply(status=500)))
    assert "error=500" in send(MESSAGE, f"{mail.address}, {failing}")
    assert len(mail.raw) == 1


def test_where_apprise_is_missing_the_reason_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert send(MESSAGE, "json://127.0.0.1") == (
        "the package apprise is not installed: pip install 'modelsync[notify]'"
    )
