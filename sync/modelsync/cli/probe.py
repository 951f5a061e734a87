"""The command that asks a provider's own API for one model: probe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelsync.cli import complete
from modelsync.cli.edit import edited
from modelsync.cli.options import common
from modelsync.cli.output import print_json, remembered, tell
from modelsync.cli.start import editing
from modelsync.errors import EXIT_FAILURE, EXIT_SOURCE

if TYPE_CHECKING:
    from modelsync.jobs.probe import Found, Probe
    from modelsync.records import Report

_CODES = {True: 0, False: EXIT_FAILURE, None: EXIT_SOURCE}


@click.command(short_help="Ask a provider's API whether it knows a model.")
@click.argument("name", metavar="PROVIDER/MODEL", shell_complete=complete.models)
@click.option("--model", metavar="ID", help="Probe this id in place of the catalog's.")
@click.option("--write", is_flag=True, help="Record a real id under `aliases` of sync.yaml.")
@common
def probe(name: str, model: str | None, write: bool) -> int:
    """Make one smallest request to the provider's own API, with your key, to see whether it takes the id.

    It is the only command that may cost money: what it costs at most is said before. Exits 0 where the id is
    real, 1 where it is not, 7 where that cannot be told.
    """
    from modelsync.jobs import decide
    from modelsync.jobs import probe as probing

    asked = editing()
    ready = probing.prepare(asked, name, model, to_record=write)
    tell(_announced(ready))
    answer = probing.ask(ready)
    report = decide.alias(asked, ready.entry, ready.model) if answer.real and write else None
    if remembered("as_json"):
        print_json(_as_object(ready, answer, report))
    else:
        _show(ready, answer, report)
    return _CODES[answer.real]


def _announced(ready: Probe) -> str:
    from modelsync.http import shown_url
    from modelsync.jobs.probe import INPUT_TOKENS, OUTPUT_TOKENS
    from modelsync.records import text_of

    price = "unknown, for want of prices in the catalog"
    if ready.most is not None:
        price = f"{text_of(ready.most)} USD"
    tokens = f"{INPUT_TOKENS} tokens in, {OUTPUT_TOKENS} out"
    return f"asking {shown_url(ready.call.url)} for {ready.model}; cost at most ({tokens}): {price}"


def _show(ready: Probe, answer: Found, report: Report | None) -> None:
    from modelsync.report import plain

    who = f"{ready.entry.name}: {ready.model}"
    answered = f", answered as {answer.answered_as}" if answer.answered_as not in ("", ready.model) else ""
    lines = {
        True: [f"{who} is real{answered}"],
        False: [f"{who} is not real: {answer.reason}"],
        None: [f"{who}: it cannot be told whether it is real: {answer.reason}", f"  {answer.advice}"],
    }[answer.real]
    if report:
        recorded = "Recorded; written, not committed; the next sync goes by it"
        lines += edited(report, recorded, "the alias is there already")
    click.echo("\n".join(plain(line) for line in lines if line.strip()))


def _as_object(ready: Probe, answer: Found, report: Report | None) -> dict[str, object]:
    from msgspec.structs import asdict

    from modelsync.http import shown_url
    from modelsync.records import text_of

    return {
        "name": ready.entry.name,
        "model": ready.model,
        "source": ready.source,
        "url": shown_url(ready.call.url),
        "most_usd": None if ready.most is None else text_of(ready.most),
        **asdict(answer),
        "aliases": [notice.text for notice in report.plan.notices] if report else [],
        "backup": report.backup if report else "",
    }
