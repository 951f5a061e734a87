"""The run that the command line asks for: catalog, configuration, environment, clock."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from modelsync.cli.output import remembered, tell, verbose

if TYPE_CHECKING:
    from modelsync.config import Place
    from modelsync.run.request import Request, Run


def run(request: Request | None = None, *, reviewed: bool = False) -> Run:
    """The run that the command line asks for, with the keys and addresses of sources in `.env` that are not
    set already; a `reviewed` one takes nothing from an `.env` that git may have from a pull request.

    Raises UsageError for what does not fit together.
    """
    from msgspec.structs import replace

    from modelsync import config
    from modelsync.run import trail
    from modelsync.run.request import Run

    place = config.find(remembered("catalog"), Path.cwd())
    begun = Run.at(place, request)
    if not (reviewed and _exposed(place)):
        known = config.variables(begun.config)
        for name, value in config.file_values(place.root / ".env").items():
            if name in known:  # nothing else in it counts: somebody else may have written it
                os.environ.setdefault(name, value)
    return replace(begun, tell=tell, observe=partial(trail.leave, place), verbose=verbose())


def editing() -> Run:
    """The run of a command that a person edits with: what it writes is left uncommitted."""
    from modelsync.run.request import Request

    return run(Request(no_commit=True))


def settled(request: Request | None = None, *, reviewed: bool = False) -> Run:
    """A run that looks, once what a killed one left half done is undone."""
    from modelsync.jobs import opening

    begun = run(request, reviewed=reviewed)
    tell(*opening.tidy(begun))
    return begun


def warn_of_keys(run: Run) -> None:
    """Warn, on stderr, of keys in a file that git would commit."""
    tell(*_exposed(run.place))


def _exposed(place: Place) -> Sequence[str]:
    from modelsync.jobs import status

    return status.exposed(place)
