"""The commands that a person edits with or starts with: rename, init, demo."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sync.cli.options import common, remembered, run
from sync.cli.output import print_json


@click.command(short_help="Give an entry another key.")
@click.argument("provider")
@click.argument("old")
@click.argument("new")
@click.option("--model", metavar="ID", help="Also set the id that the provider's own API takes.")
@common
def rename(provider: str, old: str, new: str, model: str | None) -> int:
    """Rename the key OLD of PROVIDER to NEW. Its comments and its place in the file stay."""
    from sync import pipeline
    from sync.report import as_json, plain

    report = pipeline.rename(run(no_commit=True), provider, old, new, model)
    if remembered("as_json"):
        click.echo(as_json(report))
    elif report.outcome == "nothing":
        click.echo("Nothing to do: the entry is called so already")
    else:
        named = f" with the id {plain(model)}" if model is not None else ""
        click.echo(f"Renamed {plain(provider)}/{plain(old)} to {plain(new)}{named}; written, not committed")
        click.echo(f"  look: git diff\n  backup: {plain(report.backup)}")
        click.echo(f"  undo: modelsync backups restore {plain(Path(report.backup).name)}")
    return 0


@click.command(short_help="Adopt the catalog you have, or start one.")
@click.option("--from", "adopted", metavar="FILE", help="A catalog that is there already; it is not changed.")
@click.option(
    "--pricing-unit",
    type=click.Choice(["per_1m_tokens", "per_1k_tokens", "per_token"]),
    help="The unit of the prices in FILE, where the file does not say it.",
)
@common
def init(adopted: str | None, pricing_unit: str | None) -> int:
    """Write catalog/sync.yaml, for the catalog in FILE or for a new one."""
    from sync import adopt
    from sync.report import plain

    folder = Path(remembered("catalog") or "catalog")
    said = list(adopt.init(folder, Path(adopted) if adopted else None, pricing_unit))
    if remembered("as_json"):
        print_json({"catalog": str(folder), "said": said})
    else:
        click.echo("\n".join(map(plain, said)))
    return 0


@click.command(short_help="The whole job on a recorded list, in a throw-away repository.")
@common
def demo() -> int:
    """Run the whole job on a recorded list: a real server on loopback, a real repository, a real commit."""
    from sync import demo as demonstration

    return demonstration.run(sys.stdout, color=remembered("color"))
