"""The commands that a person edits with or starts with: rename, pin, correct, exclude, accept, init, demo."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelsync.cli import complete
from modelsync.cli.options import DAY, asking, common, requesting
from modelsync.cli.output import print_json, remembered, show
from modelsync.cli.start import editing, run

if TYPE_CHECKING:
    from modelsync.records import Report
    from modelsync.run.request import Request

_reason = click.option("--reason", metavar="TEXT", default="", help="Why, for who reads it.")
_until = click.option("--until", type=DAY, metavar="DATE", help="The last day, YYYY-MM-DD, UTC.")


@click.command(short_help="Give an entry another key.")
@click.argument("provider", shell_complete=complete.providers)
@click.argument("old", shell_complete=complete.keys)
@click.argument("new")
@click.option("--model", metavar="ID", help="Also set the id that the provider's own API takes.")
@common
def rename(provider: str, old: str, new: str, model: str | None) -> None:
    """Rename the key OLD of PROVIDER to NEW. Its comments and its place in the file stay."""
    from modelsync.jobs import decide

    report = decide.rename(editing(), provider, old, new, model)
    named = f" with the id {model}" if model is not None else ""
    _show(report, f"Renamed {provider}/{old} to {new}{named}", "the entry is called so already")


@click.command(short_help="Keep a model or a field as it is.")
@click.argument("name", metavar="PROVIDER/MODEL[:FIELD]", shell_complete=complete.models)
@_until
@_reason
@common
def pin(name: str, until: date | None, reason: str) -> None:
    """Write the comment `# modelsync: keep` on the line of a model, a section or a field.

    Sync then leaves it alone, and says what upstream says instead. FIELD is such as context_length,
    pricing.input, or pricing for all prices. A pin that is there with other words is renewed.
    """
    from modelsync.jobs import decide

    report = decide.pin(editing(), name, until=until, reason=reason)
    _show(report, f"Pinned {name}", f"{name} is pinned so already")


def _price(ctx: click.Context, param: click.Parameter, given: str | None) -> Decimal | None:
    """US dollars, or a factor."""
    with suppress(InvalidOperation):
        price = Decimal(given) if given is not None else None
        if price is None or (price.is_finite() and price >= 0):
            return price
    raise click.BadParameter(f"{given!r} is no price")


@click.command(short_help="Correct a price of the past.")
@click.argument("name", metavar="PROVIDER/MODEL:FIELD", shell_complete=complete.models)
@click.argument("value", metavar="[PRICE]", callback=_price, required=False)
@click.option("--since", metavar="DATE", type=DAY, help="The day from which it counted, UTC.")
@_reason
@common
def correct(name: str, value: Decimal | None, since: date | None, reason: str) -> None:
    """Commit, on the branch you are on, that a price was wrong: the right one counts in its place.

    PRICE is USD, in the unit of the file. It counts from where the one that it corrects did; with --since,
    from that day, as a comment at its line then says. Without PRICE only the day is corrected. What a log
    cost on other days, and by other prices, stays as it was.
    """
    from modelsync.jobs import decide
    from modelsync.run.request import Request

    report = decide.correct(run(Request(no_branch=True)), name, value, since=since, reason=reason)
    if report.commit or remembered("as_json"):
        show(report)
    else:
        click.echo(f"Nothing to do: {name} says so already")


@click.command(short_help="Never add nor update a model.")
@click.argument("provider", shell_complete=complete.providers)
@click.argument("model", shell_complete=complete.keys)
@_until
@_reason
@common
def exclude(provider: str, model: str, until: date | None, reason: str) -> None:
    """Write a rule to sync.yaml by which MODEL, an id or a glob, of PROVIDER is never added nor updated."""
    from modelsync.jobs import decide

    report = decide.exclude(editing(), provider, model, until=until, reason=reason)
    _show(report, f"Excluded {provider}/{model}", f"{provider}/{model} is excluded already")


@click.command(short_help="Let through what a guard holds.")
@click.argument("name", metavar="NAME")
@asking
@_reason
@common
@requesting
def accept(request: Request, name: str, reason: str) -> None:
    """Write a rule to sync.yaml by which just the value that is held as NAME, or by a glob, is let through.

    NAME is what a run prints behind --accept. Without SOURCE the authoritative sources are asked, unless
    they gave their lists a moment ago. The next run writes the value; a rule that is no longer needed is
    named.
    """
    from msgspec.structs import replace

    from modelsync.jobs import decide

    report = decide.accept(run(replace(request, no_commit=True)), name, reason=reason)
    _show(report, f"Accepted {name}", f"{name} is accepted so already")


@click.group(short_help="Sources whose addresses are known.")
def source() -> None:
    """Add a source to sync.yaml, of those whose addresses are known."""


@source.command("add", short_help="Write a source to sync.yaml.")
@click.argument("name", shell_complete=complete.known_sources)
@common
def source_add(name: str) -> None:
    """Write the source NAME, with its address and the variable of its key, below `sources:` of sync.yaml."""
    from modelsync.jobs import source

    _show(source.add(editing(), name), f"Added {name}", f"{name} is there already")


@source.command("list", short_help="Those that can be added.")
@common
def source_list() -> None:
    """List the sources that can be added, and their addresses."""
    from modelsync.jobs import source

    known = source.known()
    if remembered("as_json"):
        print_json({"sources": known})
    else:
        width = max(map(len, known))
        click.echo(
            "\n".join(f"{name:<{width}}  {one.endpoints[0].url}".rstrip() for name, one in known.items())
        )


def _show(report: Report, done: str, nothing: str) -> None:
    """What an edit did, where, and the way back; or why there was nothing to do."""
    from modelsync.report import as_json, plain

    if remembered("as_json"):
        click.echo(as_json(report))
    else:
        lines = edited(report, f"{done}; written, not committed", nothing, "  look: git diff")
        click.echo("\n".join(map(plain, lines)))


def edited(report: Report, done: str, nothing: str, *advice: str) -> list[str]:
    """What an edit did, in lines: where, how to look at it, the way back."""
    notices = [f"  {notice.subject}: {notice.text}" for notice in report.plan.notices]
    if report.outcome == "nothing":
        return [f"Nothing to do: {nothing}", *notices]
    undo = f"  undo: modelsync backups restore {Path(report.backup).name}"
    return [done, *notices, *advice, f"  backup: {report.backup}", undo]


@click.command(short_help="Adopt the catalog you have, or start one.")
@click.option("--from", "adopted", metavar="FILE", help="A catalog that is there already; it is not changed.")
@click.option(
    "--pricing-unit",
    type=click.Choice(["per_1m_tokens", "per_1k_tokens", "per_token"]),
    help="The unit of the prices in FILE, where the file does not say it.",
)
@common
def init(adopted: str | None, pricing_unit: str | None) -> None:
    """Write catalog/sync.yaml, for the catalog in FILE or for a new one."""
    from modelsync import config
    from modelsync.config import schema
    from modelsync.jobs import init
    from modelsync.report import plain

    folder = Path(remembered("catalog") or "catalog")
    lines = list(init.init(folder, Path(adopted) if adopted else None, pricing_unit))
    folders = config.find(str(folder), Path.cwd())
    schema.keep(folders, config.load(folders).shape)
    if remembered("as_json"):
        print_json({"catalog": str(folder), "said": lines})
    else:
        click.echo("\n".join(map(plain, lines)))


@click.command(short_help="The whole job on a recorded list, in a throw-away repository.")
@click.option("--pull-request", is_flag=True, help="Some days of a pull request, on a forge that is played.")
@click.option("--serve", is_flag=True, help="The same catalog in a browser, to plan and apply there.")
@common
def demo(pull_request: bool, serve: bool) -> int:
    """Run the whole job on a recorded list: a real server on loopback, a real repository, a real commit."""
    if pull_request or serve:
        from modelsync.jobs.demo import days

        return (days.serve if serve else days.run)(sys.stdout, color=remembered("color"))
    from modelsync.jobs import demo as demonstration

    return demonstration.run(sys.stdout, color=remembered("color"))
