"""The commands for runs that nobody watches: watch runs `sync` on a schedule, notify tries the channels."""

from __future__ import annotations

import os
import shlex
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from modelsync.cli import complete
from modelsync.cli.options import PERIOD, command_line, common, proposing, requesting
from modelsync.cli.output import failed, print_json, remembered, tell
from modelsync.cli.run import sync
from modelsync.cli.start import run
from modelsync.errors import EXIT_FAILURE, ModelsyncError, UsageError

if TYPE_CHECKING:
    from modelsync.run.request import Request


@click.command(short_help="Run `sync --due` on a schedule.")
@click.option("--every", metavar="PERIOD", type=PERIOD, help="Now, and each 30m, 6h, 1d from now.")
@click.option(
    "--cron", metavar="TIMES", default="", help="At the times of a line of cron, in UTC: '0 6 * * *'."
)
@click.option(
    *("--jitter", "jitter"),
    metavar="PERIOD",
    type=PERIOD,
    default="1m",
    show_default=True,
    help="Begin up to so much later, by chance: not all ask at the full hour.",
)
@click.option("--prune", is_flag=True, envvar="PRUNE", help="Also remove what upstream no longer lists.")
@proposing
@click.option("--only", metavar="PROVIDER[/GLOB]", default="", help="Only these models.")
@click.option("--all", "all_sources", is_flag=True, help="Every enabled source.")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", shell_complete=complete.sources)
@common
@requesting
def watch(request: Request, every: timedelta | None, cron: str, jitter: timedelta) -> None:
    """Run `sync --due` again and again: which sources are asked, their update_frequency says.

    A run that fails is told and ends nothing. SIGTERM and Ctrl-C end the run at work, which rolls back, and
    the watch. With --push or --pr each run begins at the newest commit of the remote's base. HEAD is back
    where it was after each run. With --json each run prints its object in one line.
    """
    from modelsync.jobs import watch as job

    if bool(every) == bool(cron):
        advice = "As in: modelsync watch --every 6h"
        raise UsageError("say either --every PERIOD or --cron TIMES", advice=advice)
    schedule = job.every(every, datetime.now(UTC)) if every else job.by_cron(cron)
    environment = dict(os.environ)  # before `.env` is read: each run reads that anew
    command = [sys.executable, "-P", "-m", *shlex.split(command_line(sync)), "--due", *_shown()]
    take = _print_line if remembered("as_json") else None
    run(request).selected  # noqa: B018 - what cannot be meant is told now, not at each run

    def one_run() -> int:
        try:
            return job.one_run(run(request), command, environment, take)
        except BrokenPipeError:  # nobody reads any more what runs print
            raise
        except (ModelsyncError, OSError) as error:
            return failed(error)

    job.watch(schedule, one_run, tell=tell, jitter=jitter)


def _shown() -> list[str]:
    """The common options of this command, for the command that it runs."""
    verbose, as_json, color = (remembered(name) for name in ("verbose", "as_json", "color"))
    return ["--verbose"] * verbose + ["--json"] * as_json + ["--color", color]


def _print_line(printed: bytes) -> None:
    """Print a run's object in one line; a run that has none says why on stderr."""
    import msgspec

    if printed.strip():
        click.echo(msgspec.json.format(printed, indent=-1))


@click.command(short_help="Send a test message by each channel of sync.yaml.")
@common
def notify() -> int:
    """Send a test message by each channel under `notify:` in sync.yaml, to see that it arrives.

    News is told by `sync` and `prune` themselves. Exit code 1 where a channel did not take the message.
    """
    from modelsync.jobs import notify as job
    from modelsync.report import plain

    outcomes = tuple(job.trial(run()))
    if remembered("as_json"):
        print_json({"channels": [{"name": name, "untold": reason} for name, reason in outcomes]})
    else:
        for name, reason in outcomes:
            click.echo(plain(f"{name}: {reason or 'sent'}"))
    return EXIT_FAILURE if any(reason for _, reason in outcomes) else 0
