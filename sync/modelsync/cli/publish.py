"""The command that brings the reviewed catalog to where it is used: publish."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from modelsync.cli import complete
from modelsync.cli.options import common
from modelsync.cli.output import remembered, screen, tell
from modelsync.cli.start import run, warn_of_keys
from modelsync.errors import EXIT_SOURCE

_ENVIRONMENTS = click.Choice(["staging", "production"])
_TOKEN, _ADDRESS = "LLM_PROXY_AUTH_TOKEN", "SUPABASE_CONFIG_URL"
_EXPORTED = click.Path(exists=True, dir_okay=False, path_type=Path)
_ONLY = "Only the rows of these models."


@click.command(short_help="The reviewed catalog to an llm-proxy.")
@click.argument("target", type=click.Choice(["llm-proxy"]))
@click.option("-n", "--dry-run", is_flag=True, envvar="DRY_RUN", help="Show what would be done.")
@click.option("--environment", type=_ENVIRONMENTS, default="staging", show_default=True, help="Which one.")
@click.option("--only", metavar="PROVIDER[/GLOB]", default="", shell_complete=complete.models, help=_ONLY)
@click.option("--rev", "revision", metavar="REV", default="HEAD", help="Another commit's: to roll back.")
@click.option("--input", "exported", metavar="FILE", type=_EXPORTED, help="What `export json` wrote.")
@click.option("--adopt", is_flag=True, help="Let the catalog have rows that people made.")
@click.option("--force", is_flag=True, help="Also write the rows that are equal.")
@click.option("--accept", is_flag=True, help="Let many rows become unavailable at once.")
@click.option("--allow-dirty", is_flag=True, help="Publish HEAD though the catalog has changes beside it.")
@click.option("--auth-token", "token", metavar="TOKEN", default="", help=f"In place of {_TOKEN}.")
@click.option("--supabase-url", "url", metavar="URL", default="", help=f"In place of {_ADDRESS}.")
@click.option("--yes", is_flag=True, help="Do not ask before production is changed.")
@common
def publish(*, dry_run: bool, yes: bool, token: str, url: str, **asked: Any) -> int:
    """Bring the rows of TARGET to what the catalog of a commit says, and look whether they are there.

    Rows that people made stay as they are. A model that the catalog has no more becomes unavailable there.
    Exits with 7 where any row failed; running it again repeats only what is not there yet.
    """
    import msgspec

    from modelsync import report
    from modelsync.jobs import publish as job

    values = {name: value for name, value in ((_TOKEN, token), (_ADDRESS, url)) if value}
    order = msgspec.convert(asked | {"values": values}, job.Order)
    started = run()
    warn_of_keys(started)
    with job.planned(started, order) as publishing:
        done = publishing.publication
        if not dry_run:
            _expect_consent(order.environment, len(done.changes), yes=yes)
            done = job.carried_out(publishing, tell)
    if remembered("as_json"):
        click.echo(report.publication_json(done))
    else:
        report.publication(done, screen())
    return EXIT_SOURCE if done.failed else 0


def _expect_consent(environment: str, count: int, *, yes: bool) -> None:
    """Production is changed when a person at a terminal says so, or --yes does."""
    if environment != "production" or yes or not count:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("production is changed with --yes alone where nobody can be asked")
    click.confirm(f"Change {count} rows of production?", abort=True, err=True)
