"""Sends a message to whatever service an address of apprise's names, and lets nothing of the address out."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

from modelsync.http import redact
from modelsync.notify.message import Message
from modelsync.report.text import brief

_SECONDS = 30  # that one service may take
_PARTS = re.compile(r"[:/?#&=@,;\s]+")
_MISSING = "the package apprise is not installed: pip install 'modelsync[notify]'"


def send(message: Message, address: str) -> str:
    """Send it to each service that the address names. Gives why it was not taken; nothing where it was."""
    try:
        with _silence():
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
        service_timeout=_SECONDS,
        storage_mode="memory",
    )
    services = Apprise(asset=asset)
    if "://" not in address or not services.add(address):
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
    from urllib.parse import unquote

    parts = {part for part in _PARTS.split(address.partition("://")[2]) if part}
    return parts | {unquote(part) for part in parts}


@contextmanager
def _silence() -> Iterator[None]:
    """Let apprise, and what it sends by, print and log nothing: they show addresses."""
    import logging

    loggers: list[Any] = [logging.getLogger(name) for name in ("apprise", "urllib3", "asyncio")]
    before = [(logger.handlers, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = [logging.NullHandler()], False
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, (handlers, propagate) in zip(loggers, before, strict=True):
            logger.handlers, logger.propagate = handlers, propagate
