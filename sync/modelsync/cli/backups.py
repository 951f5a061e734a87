"""`backups list` and `backups restore`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelsync.cli import complete
from modelsync.cli.options import common
from modelsync.cli.output import print_json, remembered, tell
from modelsync.cli.start import editing, run

if TYPE_CHECKING:
    from modelsync.disk.backups import Backup


@click.group(short_help="List and restore backups.")
def backups() -> None:
    """Every run that writes keeps the files as they were before."""


@backups.command("list", short_help="All backups, the newest first.")
@common
def backups_list() -> None:
    """List the backups, the newest first."""
    from modelsync.disk import backups as stored
    from modelsync.report import plain

    backups = [
        (backup.name, _state(backup), [file.path for file in backup.files])
        for backup in stored.listed(run().place.backups)
    ]
    if remembered("as_json"):
        print_json({"backups": [{"run": name, "state": state, "files": of} for name, state, of in backups]})
        return
    for name, state, paths in backups:
        click.echo(f"{name}  {state:<11}  {', '.join(map(plain, paths))}".rstrip())
    if not backups:
        tell("no backups yet: the first run that writes makes one")


def _state(backup: Backup) -> str:
    return "damaged" if backup.damaged else "complete" if backup.finished else "interrupted"


@backups.command("restore", short_help="Put files back as a run found them.")
@click.argument("name", metavar="RUN", shell_complete=complete.runs)
@click.option("--force", is_flag=True, help="Also where a file was changed after that run.")
@common
def backups_restore(name: str, force: bool) -> None:
    """Write the files of a backup to the working tree. Nothing is committed; a backup is made first."""
    from modelsync.jobs import writing
    from modelsync.report import plain

    before, names = writing.restore(editing(), name, force=force)
    if remembered("as_json"):
        print_json({"restored": list(names), "backup": before.name if before else ""})
        return
    for restored in names:
        click.echo(f"restored {plain(restored)}")
    if before:
        click.echo(f"undo it with: modelsync backups restore {before.name}")
    else:
        click.echo("Nothing to do: the files are as that run found them")
