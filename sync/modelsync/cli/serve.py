"""The command that shows the catalog in a browser: serve."""

from __future__ import annotations

import sys

import click

from modelsync.cli.options import common
from modelsync.cli.output import print_json, remembered
from modelsync.cli.start import run
from modelsync.errors import UsageError

_TOKEN = (
    "What clients show, as `Authorization: Bearer` or once as /?token=: in place of MODELSYNC_SERVE_TOKEN."
)


@click.command(short_help="The catalog in a browser, and as a JSON API.")
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: one that is free."
)
@click.option("--token", metavar="SECRET", default="", envvar="MODELSYNC_SERVE_TOKEN", help=_TOKEN)
@common
def serve(host: str, port: int, token: str) -> None:
    """Show the reviewed catalog in a browser: its models, providers, history, and what a sync would do.

    It prints an address that signs a browser in, once. Only this machine is listened to, unless there is a
    token. Nothing that it shows is written to your working tree.
    """
    from modelsync.jobs.serve.server import Server

    try:
        from modelsync.web import application, server
    except ImportError:
        raise UsageError(
            "serve needs Litestar, Jinja2 and uvicorn, which are not installed",
            advice="Install them: `pip install 'modelsync[web]'`.",
        ) from None
    with server.listening(host, port, token) as listener, Server(run()) as jobs:
        server.serve(application.of(jobs), listener, host, token, _say)


def _say(address: str) -> None:
    if remembered("as_json"):
        print_json({"url": address})
    else:
        click.echo(f"The catalog is at {address}")
    sys.stdout.flush()
