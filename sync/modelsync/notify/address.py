"""What is the address of a webhook, and what only looks like one. It asks nobody."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#@]*)?(\?[^\s#]*)?")


def is_address(url: str) -> bool:
    """Whether a message can be sent there: nothing that is no whole address is ever looked up as a name."""
    return bool(_ADDRESS.fullmatch(url))
