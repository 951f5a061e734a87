"""The commands that plan and carry out: sync, plan, apply, prune."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelsync.cli.options import (
    WRITTEN,
    Proposing,
    accepting,
    command_line,
    common,
    due,
    fetching,
    requesting,
    writing,
)
from modelsync.cli.output import show, tell, tell_problem, write_file
from modelsync.cli.start import run, warn_of_keys
from modelsync.errors import EXIT_GIT, EXIT_HELD, EXIT_PENDING, EXIT_SOURCE, UsageError, exit_code

if TYPE_CHECKING:
    from modelsync.records import Plan, Report
    from modelsync.run.request import Request


@click.command(cls=Proposing, short_help="Fetch, plan, write and commit what changed.")
@click.option(
    "--prune", is_flag=True, envvar="PRUNE", help="Also remove the models that upstream no longer lists."
)
@writing
@due
@fetching
@common
@requesting
def sync(request: Request, dry_run: bool, fail_on_held: bool, report_file: Path | None) -> int:
    """Bring the catalog up to date with its sources, in one commit on one review branch.

    Without SOURCE the authoritative sources are asked. What looks wrong is held back and shown;
    nothing of a person's is touched.
    """
    return _sync(request, dry_run, fail_on_held, report_file)


@click.command(cls=Proposing, short_help="Remove the models that upstream no longer lists.")
@click.option("--excluded", is_flag=True, help="Also remove models that an exclusion means.")
@click.option("--unfollowed", is_flag=True, help="Also remove entries that no source follows and none lists.")
@click.option("--immediately", is_flag=True, help="Do not wait for prune.after_days.")
@writing
@fetching
@common
@requesting
def prune(request: Request, dry_run: bool, fail_on_held: bool, report_file: Path | None) -> int:
    """Fetch, and remove followed models that a complete and fresh list no longer has.

    Never removed: a person's entry, a pinned one, one with a feature of prune.keep_features.
    Everything else that upstream says is left for `sync`.
    """
    from msgspec.structs import replace

    removing = replace(request, prune=True, removals_only=True, label="prune")
    return _sync(removing, dry_run, fail_on_held, report_file)


@click.command(short_help="Print what sync would do.")
@click.option("--out", metavar="FILE", type=WRITTEN, help="Write the plan to FILE, for `modelsync apply`.")
@click.option("--check", is_flag=True, help="Exit 3 when there is something to do.")
@click.option("--prune", is_flag=True, envvar="PRUNE", help="With the models that prune would remove.")
@click.option("-n", "--dry-run", is_flag=True, expose_value=False, help="A plan writes nothing anyway.")
@due
@fetching
@common
@requesting
def plan(request: Request, out: Path | None, check: bool) -> int:
    """Print what `sync` would do, and write nothing to the catalog.

    A list that was fetched in the last minutes may serve again, but never to remove a model.
    """
    from msgspec.structs import replace

    from modelsync.jobs import sync as job

    command = f"modelsync apply {shlex.quote(str(out))}" if out else command_line(sync)
    started = replace(run(replace(request, from_cache=not request.prune)), command=command)
    warn_of_keys(started)
    report = job.plan(started)
    if out:
        write_file(out, report.plan.to_json())
    show(report)
    return exit_code([*_codes(report), *([EXIT_PENDING] if check and report.plan.changes else [])])


@click.command(short_help="Carry out a saved plan.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--no-branch", is_flag=True, help="Commit on the branch you are on.")
@click.option("--no-commit", is_flag=True, help="Leave the edited files to you; works without git.")
@accepting
@common
@requesting
def apply(request: Request, file: Path) -> int:
    """Do what `modelsync plan --out FILE` planned, if the catalog is still what it was made for.

    The pins and guards of the catalog are asked again; what the plan was let to do, --accept lets here too.
    """
    from msgspec.structs import replace

    from modelsync.jobs import apply as job

    saved = _read_plan(file)
    report = job.apply(run(replace(request, label=saved.label)), saved)
    show(report)
    return exit_code(_codes(report))


def _sync(request: Request, dry_run: bool, fail_on_held: bool, report_file: Path | None) -> int:
    from msgspec.structs import replace

    from modelsync.jobs import sync as job

    started = replace(run(request), command=command_line(click.get_current_context().command))
    warn_of_keys(started)
    report = job.plan(started) if dry_run else job.sync(started)
    show(report)
    if report.unpublished:
        tell_problem(report.unpublished)
    tell(*(f"not told: {line}; the next run tries again" for line in report.untold))
    if report_file:
        from modelsync.report import as_json

        write_file(report_file, as_json(report).encode())
    return exit_code(_codes(report, fail_on_held=fail_on_held))


def _codes(report: Report, *, fail_on_held: bool = False) -> list[int]:
    failed = [EXIT_SOURCE] if report.plan.failures else []
    held = [EXIT_HELD] if fail_on_held and report.plan.holds else []
    return failed + held + ([EXIT_GIT] if report.unpublished else [])


def _read_plan(file: Path) -> Plan:
    import msgspec

    from modelsync.records import Plan

    try:
        return Plan.from_json(file.read_bytes())
    except (msgspec.DecodeError, ValueError, ArithmeticError, OSError) as error:
        advice = "Make one: modelsync plan --out FILE"
        raise UsageError(f"not a plan: {error}", where=str(file), advice=advice) from None
