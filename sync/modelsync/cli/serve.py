"""The command that shows the catalog in a browser: serve."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from modelsync.cli.options import PERIOD, common, proposing, requesting
from modelsync.cli.output import print_json, remembered, tell
from modelsync.cli.start import run
from modelsync.errors import UsageError

if TYPE_CHECKING:
    from modelsync.run.request import Request

_TOKEN = (
    "What clients show, as `Authorization: Bearer` or once as /?token=: in place of MODELSYNC_SERVE_TOKEN."
)

_EVERY = "And sync what is due each 30m, 6h, 1d; also by LITELLM_SYNC_INTERVAL, in seconds."


@click.command(short_help="The catalog in a browser, and as a JSON API.")
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: one that is free."
)
@click.option("--token", metavar="SECRET", default="", envvar="MODELSYNC_SERVE_TOKEN", help=_TOKEN)
@click.option(
    "--actor", metavar="NAME", default="", help="Who asks for what is done on pages, for the commit."
)
@click.option(
    "--sync-on-start", is_flag=True, help="Sync what is due at once; also by LITELLM_AUTO_SYNC=true."
)
@click.option("--every", metavar="PERIOD", type=PERIOD, help=_EVERY)
@click.option("--cron", metavar="TIMES", default="", help="At the times of a line of cron, in UTC.")
@proposing
@common
@requesting
def serve(
    request: Request,
    *,
    host: str,
    port: int,
    token: str,
    actor: str,
    sync_on_start: bool,
    every: timedelta | None,
    cron: str,
) -> None:
    """Show the reviewed catalog in a browser: its models and history, what a sync would do; and do it.

    It prints an address that signs a browser in, once. Only this machine is listened to, unless there is a
    token. Nothing that it shows or does is written to your working tree. With --push or --pr what its jobs
    commit is put on the remote.
    """
    from modelsync.jobs.serve.schedule import Scheduled, timetable
    from modelsync.jobs.serve.server import Server

    try:
        from modelsync.web import application, server
    except ImportError:
        raise UsageError(
            "serve needs Litestar, Jinja2 and uvicorn, which are not installed",
            advice="Install them: `pip install 'modelsync[web]'`.",
        ) from None
    table = timetable(os.environ, at_start=sync_on_start, period=every, cron=cron)
    with (
        server.listening(host, port, token) as listener,
        Server(run(request)) as jobs,
        Scheduled(jobs, table, tell),
    ):
        server.serve(application.of(jobs, actor), listener, host, token, _say)


def _say(address: str) -> None:
    if remembered("as_json"):
        print_json({"url": address})
    else:
        click.echo(f"The catalog is at {address}")
    sys.stdout.flush()
