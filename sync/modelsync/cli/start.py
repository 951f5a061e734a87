"""The run that the command line asks for: catalog, configuration, environment, clock."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from modelsync.cli.output import remembered, tell, verbose

if TYPE_CHECKING:
    from modelsync.config import Place
    from modelsync.run.request import Request, Run


def run(request: Request | None = None, *, reviewed: bool = False) -> Run:
    """The run that the command line asks for; a `reviewed` one takes nothing from an `.env` that git may have
    from a pull request. Raises UsageError for what does not fit together.
    """
    from msgspec import structs

    from modelsync import config
    from modelsync.disk import files
    from modelsync.run.request import Request, Run

    place = config.find(remembered("catalog"), Path.cwd())
    asked = structs.asdict(request or Request())
    rules = files.sha256(files.read(place.config_file)) or ""
    settings = config.load(place)
    if not (reviewed and _exposed(place)):
        _read_environment_file(place.root / ".env", config.variables(settings))
    return Run(place, settings, config.now(), rules=rules, tell=tell, verbose=verbose(), **asked)


def warn_of_keys(run: Run) -> None:
    """Warn, on stderr, of keys in a file that git would commit."""
    for line in _exposed(run.place):
        tell(line)


def _exposed(place: Place) -> Sequence[str]:
    from modelsync.jobs import look

    return look.exposed(place)


def editing() -> Run:
    """The run of a command that a person edits with: what it writes is left uncommitted."""
    from modelsync.run.request import Request

    return run(Request(no_commit=True))


def _read_environment_file(path: Path, known: Collection[str]) -> None:
    """The keys and addresses of sources in `.env` beside the catalog; what the environment says already wins.

    Nothing else in it counts: it may be part of a repository that somebody else wrote.
    """
    from modelsync import config

    for name, value in config.file_values(path).items():
        if name in known:
            os.environ.setdefault(name, value)
