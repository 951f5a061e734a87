"""What people decided, in one list, each with its reason and where it stands."""

from __future__ import annotations

from datetime import date

import msgspec
from litestar import Response

from modelsync.jobs.serve import decisions
from modelsync.jobs.serve.decisions import Decision
from modelsync.web.apart import Reading
from modelsync.web.desk import Served
from modelsync.web.rendering import page


class Decisions(msgspec.Struct, frozen=True):
    """All of them."""

    decisions: tuple[Decision, ...]
    today: date


def shown(desk: Served) -> Response[str]:
    """The page."""
    return page("decisions.html", desk.apart(_decisions))


def listed(desk: Served) -> Decisions:
    """Pins, exclusions, accepted values and entries of people's own, those that end first at the top."""
    return desk.apart(_decisions)


def _decisions(of: Reading) -> Decisions:
    run = of.reviewed()
    return Decisions(decisions.decisions(run), run.now.date())
