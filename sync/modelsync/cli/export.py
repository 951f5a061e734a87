"""The command that gives the reviewed catalog to other programs: export."""

from __future__ import annotations

from pathlib import Path

import click

from modelsync.cli.options import WrittenFile, common
from modelsync.cli.output import tell, write_file
from modelsync.cli.start import run

_FILE = click.Path(dir_okay=False, path_type=Path)


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
def export(format_: str, *, rev: str, out: Path | None, force: bool, into: Path | None) -> int:
    """Print the catalog of a commit in another FORMAT.

    json, csv; price-days: what each model cost on each day (.parquet too); litellm: a price map;
    genai-prices; langfuse: model definitions; openai: the list of /v1/models.

    What a format cannot say is named on stderr; a price that is not known is never given as zero.
    """
    from modelsync.jobs import export as job

    if out and out.exists() and not force:
        raise click.UsageError(f"{out} is there: name another file, or --force")
    exported = job.export(run(), format_, rev, into)
    if out:
        write_file(out, job.parquet(exported) if out.suffix == ".parquet" else exported.text.encode())
    else:
        click.echo(exported.text, nl=False)
    for notice in exported.notices:
        tell(notice)
    return 0
