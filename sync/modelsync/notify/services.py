"""Sends a message to whatever service an address of apprise's names, and lets nothing of the address out."""

from __future__ import annotations

import io
import os
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from queue import Empty, SimpleQueue
from urllib.parse import unquote

from modelsync.http import redact
from modelsync.notify.message import Message
from modelsync.report.text import brief

SECONDS = 60.0  # that all services of one address may take
_PARTS = re.compile(r"[:/?#&=@,;\s]+")
_MISSING = "the package apprise is not installed: pip install 'modelsync[notify]'"


def send(message: Message, address: str, seconds: float = SECONDS) -> str:
    """Send it to each service that the address names. Gives why it was not taken; nothing where it was.

    It runs in a thread that nobody waits for at the exit, as apprise would for one that never answers.
    """
    outcome = SimpleQueue[str]()
    thread = threading.Thread(target=lambda: outcome.put(_reason(message, address)), daemon=True)
    with _silence():
        thread.start()
        try:
            return outcome.get(timeout=seconds)
        except Empty:
            return f"no answer within {seconds:g} s"


def _reason(message: Message, address: str) -> str:
    try:
        return _sent(message, address)
    except ModuleNotFoundError as missing:
        return _MISSING if missing.name == "apprise" else f"the package {missing.name} is not installed"
    except Exception as error:  # of any of a hundred services
        return f"apprise failed: {type(error).__name__}"


def _sent(message: Message, address: str) -> str:
    from apprise import Apprise, AppriseAsset, NotifyFormat

    asset = AppriseAsset(
        app_id="modelsync",
        app_desc="modelsync",
        app_url="",
        async_mode=False,
        http_redirects=False,
        service_timeout=0,
        storage_mode="memory",
    )
    services = Apprise(asset=asset)
    if not services.add(address):
        return "apprise knows no service by this address"
    reasons: list[str] = []
    for service in services:
        reads_text = service.resolve_format(NotifyFormat.MARKDOWN) is NotifyFormat.TEXT
        body, written = (message.text, "text") if reads_text else (message.markdown, "markdown")
        result = Apprise(service, asset=asset).notify(body, message.title, body_format=written)
        if not result:
            reasons += [entry.message for entry in result.logs()] or ["it was not taken"]
    return brief(redact("; ".join(dict.fromkeys(reasons)), _secrets(address)))


def _secrets(address: str) -> set[str]:
    """Every part of an address: in one service the token is the host, in another it is the path."""
    parts = {part for part in _PARTS.split(address.partition("://")[2]) if part}
    return parts | {unquote(part) for part in parts}


@contextmanager
def _silence() -> Iterator[None]:
    """Let apprise, and what it sends by, print nothing, log nothing, later neither, and read no `.netrc`."""
    import logging

    for name in ("apprise", "urllib3", "asyncio"):
        logging.getLogger(name).handlers = [logging.NullHandler()]
        logging.getLogger(name).propagate = False
    netrc = os.environ.get("NETRC")
    os.environ["NETRC"] = os.devnull  # `requests` would send what it has for the host
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        del os.environ["NETRC"]
        os.environ.update({"NETRC": netrc} if netrc is not None else {})
