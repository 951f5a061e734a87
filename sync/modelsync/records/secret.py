"""Which names of variables, headers and parameters say that their values are secret."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SECRET = re.compile(
    r"key|token|secret|passw|credential|signature|auth(?!or)|authori[sz]|_dsn$|database_url", re.IGNORECASE
)


def is_secret(name: str) -> bool:
    """Whether what has this name must be shown to nobody, hooks and logs included."""
    return bool(_SECRET.search(name))


def secrets_in(environment: Mapping[str, str]) -> set[str]:
    """The secret values of an environment; a short one may be a word like any other."""
    return {value for name, value in environment.items() if is_secret(name) and len(value) > 7}
