"""Whether the server can do its work, for what watches over it; anybody may ask."""

from __future__ import annotations

from typing import Literal

import msgspec

from modelsync.jobs import look
from modelsync.web.desk import Served


class Health(msgspec.Struct, frozen=True):
    """What holds of the catalog now."""

    status: Literal["ok", "degraded"]
    models: int
    problems: int


def health(desk: Served) -> Health:
    """Whether the catalog can be read and is valid."""
    run = desk.run()
    problems = look.check(run).problems
    models = sum(len(provider.entries) for provider in look.providers(run, None))
    return Health("degraded" if problems else "ok", models, len(problems))
