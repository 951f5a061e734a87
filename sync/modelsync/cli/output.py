"""What the commands print and write beside the catalog, as the options that all of them share say it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelsync.errors import DiskFault, ModelsyncError, UsageError

if TYPE_CHECKING:
    from modelsync.records import Failure, Report
    from modelsync.report import Screen


def remembered(name: str) -> Any:
    """What a common option says; nothing where no command runs."""
    context = click.get_current_context(silent=True)
    return context.ensure_object(dict).get(name) if context else None


def verbose() -> bool:
    level = os.environ.get("LOG_LEVEL", "").lower()
    return bool(remembered("verbose")) or level in ("debug", "info")


def screen() -> Screen:
    """Where results go, and how they are to be shown."""
    from modelsync.report import Screen

    return Screen(sys.stdout, remembered("color"), verbose())


def show(report: Report) -> None:
    """Print what a run did. A run that got no list at all has nothing to show but why."""
    from modelsync.report import as_json, terminal
    from modelsync.report.batch import summary

    failures = report.plan.failures
    nothing = bool(failures) and len(failures) == len(report.plan.sources)
    with unbroken():
        if remembered("as_json"):
            click.echo(as_json(report))
        elif not nothing:
            terminal(report, screen())
    if nothing:
        tell(*report.recovered)
        for failure in failures:
            tell_failure(failure, "nothing was changed")
        if len(report.plan.asked) > 1:
            tell(summary(report.plan).sentence)


def tell_failure(failure: Failure, outcome: str = "") -> None:
    """A source that gave nothing: why, what came of it, and what to do."""
    words = (f"{failure.source}: {failure.reason} ({failure.kind})", outcome, failure.advice)
    tell("; ".join(filter(None, words)))


def tell(*lines: str) -> None:
    """Lines to stderr, safe for a terminal, without what the environment keeps secret."""
    from modelsync.http.redaction import redact
    from modelsync.records.secret import secrets_in
    from modelsync.report import folded, plain

    secrets = secrets_in(os.environ)
    with suppress(OSError):  # where nobody can be told, the exit code still says it
        for line in lines:
            click.echo(folded(f"modelsync: {plain(redact(line, secrets))}", sys.stderr), err=True)


def tell_problem(text: str) -> None:
    """What happened and where in one line, and what to do below it, as a report has it."""
    from modelsync.http.redaction import redact
    from modelsync.records.secret import secrets_in

    with suppress(OSError):
        click.echo(redact(f"modelsync: {text}", secrets_in(os.environ)), err=True)


def failed(error: ModelsyncError | OSError) -> int:
    """Tell of what a command failed for; its exit code."""
    from modelsync.report import problem

    error = DiskFault.of(error) if isinstance(error, OSError) else error
    tell_problem(problem(error))
    return error.exit_code


def print_json(value: object) -> None:
    """One object on stdout, without a character that a terminal could obey."""
    from modelsync.report import dumped

    click.echo(dumped(value))


def write_file(path: Path, content: bytes) -> None:
    """A file that was asked for by name."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(path)) from None


@contextmanager
def reading_the_past() -> Iterator[None]:
    """Around what reads all commits of the catalog, which takes long the first time."""
    from modelsync.report import progress

    with progress() as say:
        say("reading the past of the catalog")
        yield


@contextmanager
def unbroken() -> Iterator[None]:
    """A reader that goes away, as `head` does, ends the output and changes nothing else."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()


def discard_output() -> None:
    """What is not printed yet is not printed any more, at the exit of the interpreter neither."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
