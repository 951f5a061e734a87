"""The command that tries the channels of `notify:`."""

from __future__ import annotations

import click

from modelsync.cli.options import common
from modelsync.cli.output import print_json, remembered
from modelsync.cli.start import run
from modelsync.errors import EXIT_FAILURE


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
