"""The commands that only look: list, show, schema, status."""

from __future__ import annotations

from datetime import timedelta

import click

from modelsync.cli import complete
from modelsync.cli.options import PERIOD, common
from modelsync.cli.output import reading_the_past, remembered, screen, tell, tell_failure
from modelsync.cli.start import run, settled, warn_of_keys
from modelsync.errors import EXIT_SOURCE, UsageError

_NAMES = "`modelsync list --remote` names the providers of all that is listed."


@click.command("list", short_help="What the catalog holds.")
@click.argument("provider", required=False, shell_complete=complete.providers)
@click.option("--remote", is_flag=True, help="What the sources list now, in place of the catalog.")
@click.option("--no-cache", is_flag=True, help="With --remote: ask upstream for the whole list again.")
@common
def list_models(provider: str | None, remote: bool, no_cache: bool) -> int:
    """List the models of the catalog, or of one PROVIDER."""
    from modelsync import report
    from modelsync.jobs import inspect

    if remote:
        return _list_remote(provider, no_cache=no_cache)
    if no_cache:
        raise UsageError("--no-cache goes with --remote")
    asked = settled()
    providers = inspect.providers(asked, provider)
    entries = [entry for one in providers for entry in one.entries.values()]
    known, opinions = inspect.confirmations(asked, entries), inspect.second_opinions(asked, entries)
    if remembered("as_json"):
        click.echo(report.listing_json(providers, confirmed_by=known, opinions=opinions))
    else:
        unit = inspect.unit_of_prices(asked, providers)
        report.listing(providers, screen(), unit=unit, confirmed_by=known, opinions=opinions)
        if not known:
            tell("no models yet: `modelsync sync` brings them in")
    return 0


def _list_remote(provider: str | None, *, no_cache: bool) -> int:
    from modelsync import report
    from modelsync.jobs import remote
    from modelsync.run.request import Request

    asked = run(Request(from_cache=True, no_cache=no_cache))
    listed, failures = remote.offers(asked, provider)
    for failure in failures:
        tell_failure(failure)
    if provider and not failures and not any(offer.providers for offer in listed):
        raise UsageError(f"no list has a model of a provider {provider}", advice=_NAMES)
    if remembered("as_json"):
        click.echo(report.offers_json(listed))
    elif listed:
        report.offers(listed, screen(), whole=bool(provider))
    return EXIT_SOURCE if failures else 0


@click.command(short_help="One model, field by field.")
@click.argument("model", metavar="PROVIDER/MODEL", shell_complete=complete.models)
@common
def show(model: str) -> None:
    """Show one model of the catalog."""
    from msgspec.structs import replace

    from modelsync import report
    from modelsync.jobs import inspect, past

    asked = settled()
    shown = inspect.shown(asked, model)
    with reading_the_past():
        shown = replace(shown, past=past.earlier(asked, shown.entry.name))
    if remembered("as_json"):
        click.echo(report.entry_json(shown))
    else:
        report.shown_entry(shown, screen(), unit=shown.entry.money.unit or asked.config.pricing_unit)


@click.command(short_help="JSON Schema of sync.yaml and of provider files.")
@click.argument("which", type=click.Choice(["sync", "provider"]), default="sync")
def schema(which: str) -> None:
    """Print the JSON Schema of sync.yaml, or with `provider` of the catalog's data files."""
    from modelsync.config import schema as schemas

    click.echo(schemas.text(which))


@click.command(short_help="Sources, keys, and what the catalog holds.")
@click.option(
    "--max-silence", metavar="PERIOD", type=PERIOD, help="Exit 7 where a last success is longer ago: 3d."
)
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", shell_complete=complete.sources)
@common
def status(sources: tuple[str, ...], max_silence: timedelta | None) -> int:
    """Show the sources, which keys are set, when each had its last success, and what the catalog holds.

    The last success is what this machine noted, or what commits tell where that is later. --max-silence
    looks at the sources that are due, of those that are named or that `sync --all` would ask.
    """
    from modelsync import report
    from modelsync.jobs import status as standing
    from modelsync.run.request import Request

    asked = settled(Request(sources=sources, all_sources=not sources))
    warn_of_keys(asked)
    known, notes = standing.status(asked, max_silence)
    if remembered("as_json"):
        click.echo(report.status_json(known, notes=notes))
    else:
        report.status(known, screen(), now=asked.now, notes=notes)
    silent = [source for source in known if source.silent]
    tell(*(report.silence(source, asked.now) for source in silent))
    return EXIT_SOURCE if silent else 0
