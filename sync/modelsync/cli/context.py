"""What the common options of the command that runs say, wherever on the line they stood."""

from __future__ import annotations

import os
from typing import Any

import click

_VERBOSE_LEVELS = ("debug", "info")


def remembered(name: str) -> Any:
    """What a common option says; nothing where no command runs."""
    context = click.get_current_context(silent=True)
    return context.ensure_object(dict).get(name) if context else None


def verbose() -> bool:
    level = os.environ.get("LOG_LEVEL", "").lower()
    return bool(remembered("verbose")) or level in _VERBOSE_LEVELS
