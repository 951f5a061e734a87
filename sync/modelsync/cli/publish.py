"""The commands that give the reviewed catalog to other programs: publish, export."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from modelsync.cli import complete
from modelsync.cli.options import ENVIRONMENT, F, WrittenFile, common
from modelsync.cli.output import print_json, remembered, screen, tell, write_file
from modelsync.cli.start import run, warn_of_keys
from modelsync.errors import EXIT_SOURCE, SourceFailed

_CONFLICTS = click.Choice(["catalog_wins", "database_wins", "merge", "litellm_wins"])
_FILE = click.Path(dir_okay=False, path_type=Path)
_EXPORTED = click.Path(exists=True, dir_okay=False, path_type=Path)
_ONLY = "Only the rows of these models."
_CONFLICT = "Whose word counts where somebody changed a row of ours."
_UNAVAILABLE = "Whether rows whose model is gone become unavailable."
_CONFIG = "litellm: edit the prices in its config.yaml instead."
_IN_PLACE_OF = {
    "token": "LLM_PROXY_AUTH_TOKEN",
    "url": "SUPABASE_CONFIG_URL",
    "database": "DATABASE_URL",
    "actor": "MODELSYNC_ACTOR",
}


def _given(option: str, name: str, metavar: str, of: str) -> Callable[[F], F]:
    """An option that stands for a variable of the environment."""
    words = f"{of}: in place of {_IN_PLACE_OF[name]}."
    return click.option(option, name, metavar=metavar, default="", help=words)


def _targets(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    from modelsync.jobs.publish import NAMES

    return [name for name in NAMES if name.startswith(typed)]


@click.command(short_help="The reviewed catalog to a proxy or a database.")
@click.argument("target", shell_complete=_targets)
@click.option("-n", "--dry-run", is_flag=True, envvar="DRY_RUN", help="Show what would be done.")
@click.option("--environment", type=ENVIRONMENT, default="staging", show_default=True, help="Which one.")
@click.option("--only", metavar="PROVIDER[/GLOB]", default="", shell_complete=complete.models, help=_ONLY)
@click.option("--rev", "revision", metavar="REV", default="HEAD", help="Another commit's: to roll back.")
@click.option("--input", "exported", metavar="FILE", type=_EXPORTED, help="What `export json` wrote.")
@click.option("--adopt", is_flag=True, help="Let the catalog have rows that people made.")
@click.option("--conflict", type=_CONFLICTS, default=None, help=_CONFLICT)
@click.option("--mark-unavailable/--keep-available", default=None, help=_UNAVAILABLE)
@click.option("--force", is_flag=True, help="Also write the rows that are equal.")
@click.option("--accept", is_flag=True, help="Let many rows become unavailable at once.")
@click.option("--allow-dirty", is_flag=True, help="Publish HEAD though the catalog has changes beside it.")
@_given("--auth-token", "token", "TOKEN", "llm-proxy")
@_given("--supabase-url", "url", "URL", "llm-proxy")
@_given("--database-url", "database", "URL", "sql")
@_given("--actor", "actor", "NAME", "sql, who publishes")
@click.option("--create", is_flag=True, help="sql: make the tables that are not there.")
@click.option("--migrate", is_flag=True, help="sql: give tables of an older shape what they lack.")
@click.option("--config", metavar="FILE", type=_EXPORTED, help=_CONFIG)
@click.option("--sql", "definition", is_flag=True, help="sql: only print how the tables are made.")
@click.option("--retry", is_flag=True, help="Only what failed the last time, from the same commit.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
def publish(*, dry_run: bool, yes: bool, create: bool, migrate: bool, definition: bool, **asked: Any) -> int:
    """Bring the rows of TARGET (llm-proxy, sql, litellm) to what the catalog of a commit says, and look.

    Rows that people made stay as they are. A model that the catalog has no more becomes unavailable there.
    Exits with 7 where any row failed; --retry repeats those alone, as running it again does where nothing
    is new.
    """
    import msgspec

    from modelsync import report
    from modelsync.jobs import publish as job

    given = {option: asked.pop(option) for option in _IN_PLACE_OF}
    values = {_IN_PLACE_OF[option]: value for option, value in given.items() if value}
    request = msgspec.convert(asked | {"values": values}, job.PublishRequest)
    started = run()
    warn_of_keys(started)
    if definition:
        _print_statements(job.definition(started, request))
        return 0
    with _failure_shown(request.target, request.environment):
        if create or migrate:
            with job.lacking(started, request, create=create, migrate=migrate) as lacking:
                if lacking.statements and dry_run:
                    _print_statements(lacking.statements)
                    return 0
                if lacking.statements:
                    _expect_consent(request.environment, "the tables", yes=yes, always=migrate)
                    lacking.execute()
        with job.planned(started, request) as publishing:
            done = publishing.publication
            if not dry_run:
                _expect_consent(request.environment, f"{len(done.changes)} rows", yes=yes or not done.changes)
                done = job.carried_out(publishing, tell)
    if remembered("as_json"):
        click.echo(report.publication_json(done))
    else:
        report.publication(done, screen())
    return EXIT_SOURCE if done.failed else 0


@contextmanager
def _failure_shown(target: str, environment: str) -> Iterator[None]:
    """Whatever ends the whole publication is named with its kind."""
    try:
        yield
    except SourceFailed as failed:
        what, where, advice = failed.what, failed.where, failed.advice
        if remembered("as_json"):
            failure = {"kind": failed.kind, "reason": what, "where": where, "advice": advice}
            print_json({"target": target, "environment": environment, "failure": failure})
        raise SourceFailed(f"{what} ({failed.kind})", where=where, advice=advice) from None


def _print_statements(statements: Sequence[str]) -> None:
    if remembered("as_json"):
        print_json({"statements": statements})
        return
    for statement in statements:
        click.echo(f"{statement};\n")


def _expect_consent(environment: str, what: str, *, yes: bool, always: bool = False) -> None:
    """Production is changed when a person at a terminal says so, or --yes does."""
    if yes or (environment != "production" and not always):
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{environment} is changed with --yes alone where nobody can be asked")
    click.confirm(f"Change {what} of {environment}?", abort=True, err=True)


def _formats(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    from modelsync.jobs.export import FORMATS

    return [name for name in FORMATS if name.startswith(typed)]


@click.command(short_help="The reviewed catalog in another format.")
@click.argument("format_", metavar="FORMAT", shell_complete=_formats)
@click.option("--rev", metavar="REV", default="HEAD", help="The catalog of this revision: HEAD by default.")
@click.option("--out", metavar="FILE", type=WrittenFile(), help="Write it to a new file.")
@click.option("--force", is_flag=True, help="Write over the file.")
@click.option("--merge-into", "into", metavar="MAP", type=_FILE, help="Keep all else of this map (litellm).")
@common
def export(format_: str, *, rev: str, out: Path | None, force: bool, into: Path | None) -> None:
    """Print the catalog of a commit in another FORMAT.

    json, csv; price-days: what each model cost on each day (.parquet too); litellm: a price map;
    genai-prices; langfuse: model definitions; openai: the list of /v1/models.

    What a format cannot say is named on stderr; a price that is not known is never given as zero.
    """
    from modelsync.jobs import export as job
    from modelsync.jobs.export import price_days

    if out and out.exists() and not force:
        raise click.UsageError(f"{out} is there: name another file, or --force")
    exported = job.export(run(), format_, rev, into)
    if out:
        write_file(out, price_days.parquet(exported) if out.suffix == ".parquet" else exported.text.encode())
    else:
        click.echo(exported.text, nl=False)
    for notice in exported.notices:
        tell(notice)
