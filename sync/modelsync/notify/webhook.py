"""Messages to one's own address, signed as https://www.standardwebhooks.com has it, and those that come."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from datetime import datetime

import msgspec

from modelsync.errors import SourceFailed
from modelsync.notify.message import Message

_ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#@]*)?(\?[^\s#]*)?")
_SECRET = "whsec_"
_SHORTEST, _LONGEST = 24, 64  # bytes of a secret
FORM = f"{_SECRET} and {_SHORTEST} to {_LONGEST} random bytes in base64"  # of a secret
FRESH = 300.0  # seconds by which the clocks of both sides may differ


def is_address(url: str) -> bool:
    """Whether a message can be sent there: nothing that is no whole address is ever looked up as a name."""
    return bool(_ADDRESS.fullmatch(url))


def send(message: Message, happened: datetime, url: str, secret: str) -> str:
    """Send it once. Gives why it was not taken, without a part of the address or the secret; else nothing."""
    from modelsync.http import Client

    if not is_address(url):
        return "the address does not begin with https://, or names a user"
    key = _key(secret)
    if key is None:
        return f"the secret is not {FORM}"
    body = _body(message, happened)
    headers = signed(message.id, int(time.time()), body, key)
    try:
        with Client(secrets={url, secret}, delay=0) as client:
            reply = client.send("POST", url, msgspec.Raw(body), headers=headers)
    except SourceFailed as failed:
        return failed.what
    return "" if 200 <= reply.status < 300 else f"it answered HTTP {reply.status}"


def signed(message_id: str, timestamp: int, body: bytes, key: bytes) -> dict[str, str]:
    """The headers that go with a body; `timestamp` in seconds since 1970, of the attempt."""
    content = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def is_signed(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> bool:
    """Whether a body came with these headers from who has the secret, at `now`, in seconds since 1970."""
    message, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    key = _key(secret)
    if not (key and message and re.fullmatch(r"[0-9]{1,12}", timestamp, re.ASCII)):
        return False
    expected = signed(message, int(timestamp), body, key)["webhook-signature"].encode()
    given = headers.get("webhook-signature", "").split(" ")  # one for each secret, while they are changed
    is_right = any(hmac.compare_digest(one.encode(), expected) for one in given)
    return is_right and abs(now - int(timestamp)) <= FRESH


def is_secret(secret: str) -> bool:
    """Whether messages can be signed with it."""
    return _key(secret) is not None


def _key(secret: str) -> bytes | None:
    """The bytes of a secret. Nothing else is taken for one: no other key ever signs what others see."""
    if not secret.startswith(_SECRET):
        return None
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET), validate=True)
    except ValueError:
        return None
    return key if _SHORTEST <= len(key) <= _LONGEST else None


def _body(message: Message, happened: datetime) -> bytes:
    events = [
        {"id": event.id, "event": event.kind}
        | {name: getattr(event, name) for name in ("subject", "value", "text")}
        for event in message.events
    ]
    names = ("title", "catalog", "commit", "branch", "pull_request")
    data = {name: getattr(message, name) for name in names} | {"events": events}
    return msgspec.json.encode({"type": message.type, "timestamp": happened, "data": data})
