"""A webhook is signed as Standard Webhooks has it, sent once, and only to where it is meant to go."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from building import STARTED
from fault_server import Asked, FaultServer, raw, reply
from modelsync.notify.message import news
from modelsync.notify.webhook import is_address, send, signed
from modelsync.records import Event, EventKind, Plan, Report

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # that of the specification's own examples
PAGE = Path(__file__).parents[2] / "docs/notify.md"
MESSAGE = news(
    [Event(EventKind.PRICE_UP, "openai/o3:pricing.input", "2 → 3", "3")],
    "team",
    Report(Plan(STARTED, (), {}), commit="c0ffee", branch="modelsync/openrouter"),
)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def verified() -> Callable[..., bool]:
    """The lines by which the page says that a receiver verifies a message."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return names["verified"]


def sent(
    server: FaultServer, *, to: str = "/hook", secret: str = SECRET, **answer: Any
) -> tuple[str, list[Asked]]:
    """Why it was not taken, and what the server was asked."""
    reason = send(MESSAGE, STARTED, server.at(to, reply(**answer)), secret)
    return reason, server.asked


def test_a_receiver_verifies_it_by_the_lines_of_the_page(server, verified):
    reason, (asked,) = sent(server)
    assert reason == ""
    assert verified(asked.headers, asked.body, SECRET)
    assert not verified(asked.headers, asked.body + b" ", SECRET)
    assert not verified(asked.headers, asked.body, "whsec_" + base64.b64encode(b"another" * 5).decode())
    assert not verified({**asked.headers, "webhook-id": "msg_1"}, asked.body, SECRET)
    assert not verified({**asked.headers, "webhook-timestamp": "1674087231"}, asked.body, SECRET)
    two = {**asked.headers, "webhook-signature": f"v1,b2xk {asked.headers['webhook-signature']}"}
    assert verified(two, asked.body, SECRET)


def test_the_signature_is_that_of_the_specification():
    """The example of https://docs.svix.com/receiving/verifying-payloads/how-manual."""
    body, key = b'{"test": 2432232314}', base64.b64decode(SECRET.removeprefix("whsec_"))
    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, key)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_body_says_what_happened_and_when(server):
    _, (asked,) = sent(server)
    assert (asked.method, asked.headers["content-type"]) == ("POST", "application/json")
    body = json.loads(asked.body)
    assert (body["type"], body["timestamp"]) == ("modelsync.news", "2026-08-22T10:12:00Z")
    (event,) = body["data"]["events"]
    assert event["id"] == MESSAGE.events[0].id
    assert (event["event"], event["subject"], event["value"]) == ("price_up", "openai/o3:pricing.input", "3")
    assert body["data"]["commit"] == "c0ffee"


def test_the_same_message_is_sent_again_by_the_same_id(server):
    sent(server, status=500)
    _, asked = sent(server)
    assert len({one.headers["webhook-id"] for one in asked}) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(server, status):
    elsewhere = server.at("/elsewhere", reply())
    reason, asked = sent(server, status=status, headers={"Location": elsewhere})
    assert (reason, [one.path for one in asked]) == (f"it answered HTTP {status}", ["/hook"])


@pytest.mark.parametrize("status", [400, 401, 410, 500, 503])
def test_what_is_not_taken_is_not_sent_twice_by_one_run(server, status):
    reason, asked = sent(server, status=status, headers={"Retry-After": "1"})
    assert (reason, len(asked)) == (f"it answered HTTP {status}", 1)


def test_a_server_that_hangs_up_is_a_reason(server):
    assert send(MESSAGE, STARTED, server.at("/hook", raw(b"")), SECRET) == "the connection broke off"


@pytest.mark.fault("secrets", "an address and a secret of a webhook, while it fails")
@pytest.mark.parametrize("status", [302, 401, 500])
def test_neither_the_address_nor_the_secret_is_in_a_reason(server, status):
    reason, (asked,) = sent(server, to="/hooks/s3cr3t?token=t0k3n", status=status, body=SECRET.encode())
    assert not any(part in reason for part in ("s3cr3t", "t0k3n", SECRET, "127.0.0.1"))
    head = json.dumps(asked.headers)
    assert not any(part in head + asked.body.decode() for part in (SECRET, SECRET.removeprefix("whsec_")))


@pytest.mark.parametrize(
    "secret",
    ["", "ghp_0123456789abcdef0123456789abcdef0123", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!!", "whsec_é"],
)
def test_a_key_of_something_else_signs_nothing(server, secret):
    """Who sees a signature made with a password can try passwords at home."""
    reason, asked = sent(server, secret=secret)
    assert "is not whsec_" in reason
    assert asked == []


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://ops.example.com/hooks?x=1", True),
        ("http://127.0.0.1:8080", True),
        ("ghp_0123456789abcdef.example.com", False),
        ("https://user:password@ops.example.com/", False),
        ("https://", False),
        ("https:///path", False),
        ("https://ops.example.com/a b", False),
        ("https://ops.example.com/\n", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_a_whole_address_is_one(url, is_one):
    assert is_address(url) is is_one
    assert is_one or "does not begin with https://" in send(MESSAGE, STARTED, url, SECRET)
