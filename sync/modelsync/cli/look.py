"""The commands that only look: list, show, check, schema, status; and backups."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelsync.cli import complete
from modelsync.cli.options import ENVIRONMENT, PERIOD, common
from modelsync.cli.output import print_json, reading_the_past, remembered, screen, tell, tell_failure
from modelsync.cli.start import editing, run, warn_of_keys
from modelsync.errors import EXIT_CATALOG, EXIT_SOURCE, UsageError, did_you_mean, exit_code

if TYPE_CHECKING:
    from modelsync.against import Fault
    from modelsync.catalog import Problem
    from modelsync.disk.backups import Backup
    from modelsync.records import Health, TargetHealth
    from modelsync.run.request import Request, Run


# By which a job for a pull request knows what that is to be merged into: of GitHub, GitLab, Bitbucket, Azure
# DevOps, Jenkins, Buildkite and Woodpecker.
_BASES = (
    *("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "BITBUCKET_PR_DESTINATION_BRANCH"),
    *("SYSTEM_PULLREQUEST_TARGETBRANCHNAME", "CHANGE_TARGET", "BUILDKITE_PULL_REQUEST_BASE_BRANCH"),
    "CI_COMMIT_TARGET_BRANCH",
)
_NAMES = "`modelsync list --remote` names the providers of all that is listed."


def _settled(request: Request | None = None, *, reviewed: bool = False) -> Run:
    """A run that looks, once what a killed one left half done is undone."""
    from modelsync.jobs import sync

    asked = run(request, reviewed=reviewed)
    tell(*sync.tidy(asked))
    return asked


@click.command("list", short_help="What the catalog holds.")
@click.argument("provider", required=False, shell_complete=complete.providers)
@click.option("--remote", is_flag=True, help="What the sources list now, in place of the catalog.")
@click.option("--no-cache", is_flag=True, help="With --remote: ask upstream for the whole list again.")
@common
def list_models(provider: str | None, remote: bool, no_cache: bool) -> int:
    """List the models of the catalog, or of one PROVIDER."""
    from modelsync import report
    from modelsync.jobs import look

    if remote:
        return _list_remote(provider, no_cache=no_cache)
    if no_cache:
        raise UsageError("--no-cache goes with --remote")
    asked = _settled()
    providers = look.providers(asked, provider)
    entries = [entry for one in providers for entry in one.entries.values()]
    known, opinions = look.confirmations(asked, entries), look.second_opinions(asked, entries)
    if remembered("as_json"):
        click.echo(report.listing_json(providers, confirmed_by=known, opinions=opinions))
    else:
        unit = look.unit_of_prices(asked, providers)
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
def show(model: str) -> int:
    """Show one model of the catalog."""
    from msgspec.structs import replace

    from modelsync import report
    from modelsync.jobs import look, past

    asked = _settled()
    shown = look.shown(asked, model)
    with reading_the_past():
        shown = replace(shown, past=past.earlier(asked, shown.entry.name))
    if remembered("as_json"):
        click.echo(report.entry_json(shown))
    else:
        report.shown_entry(shown, screen(), unit=shown.entry.money.unit or asked.config.pricing_unit)
    return 0


@click.command(short_help="Validate the whole catalog.")
@click.argument("names", nargs=-1, metavar="[FILE | TARGET]...", type=click.Path())
@click.option("--against", "base", metavar="REV", default="", help="Name what no run may do, since REV.")
@click.option("--head", metavar="REV", default="HEAD", help="In this revision: HEAD unless it is given.")
@click.option("--worktree", is_flag=True, help="In the working tree, what is new in it included.")
@click.option("--accept", multiple=True, metavar="PATTERN", help="Let this through: 'openai/gpt-4o:removed'.")
@click.option("--status", is_flag=True, help="Also say so on the commit, as a status of the forge.")
@click.option("--online", is_flag=True, help="Also ask whether sources and targets answer, or TARGET alone.")
@click.option("--environment", type=ENVIRONMENT, default="staging", help="Of the targets: staging at first.")
@common
def check(
    *,
    names: tuple[str, ...],
    base: str,
    head: str,
    worktree: bool,
    accept: tuple[str, ...],
    status: bool,
    online: bool,
    environment: str,
) -> int:
    """Validate sync.yaml and every file of the catalog; fit for a pre-commit hook.

    A hook names the FILEs that changed: the whole catalog is validated all the same, since entries name
    each other across files. With --against, compare two revisions and name what needs a second look; fit
    for the pull requests that sync opens. There, and in a job for a pull request, --online asks no source
    that its base has otherwise, no target, and reads no .env that git does not ignore: no key goes to an
    address that nobody reviewed.

    With --online, a TARGET of `publish` is asked alone, else all sources and the targets that sync.yaml has
    settings of: whether the catalog of HEAD could be published there as it is. Nothing is changed.
    """
    from modelsync.config import schema as schemas
    from modelsync.jobs import look
    from modelsync.run.request import Request

    if (head != "HEAD" or worktree or accept) and not base:
        raise UsageError("--head, --worktree and --accept go with --against REV")
    if status and (worktree or not base):
        raise UsageError("--status is of a commit: it goes with --against REV, and not with --worktree")
    targets = _targets(names, online=online)
    if base:
        revision = "" if worktree else head or "HEAD"
        return _second_look(base, revision, accept, targets, status=status, online=online)
    base = next((f"origin/{os.environ[name]}" for name in _BASES if os.environ.get(name)), "")
    asked = _settled(Request(online=online), reviewed=bool(base))
    if base:
        _expect_reviewed(targets)
    schemas.keep(asked.place, asked.shape)
    warn_of_keys(asked)
    checked = look.check(asked)
    tell(*map(str, checked.advice))
    sources = _health(asked, base) if online and not targets else ()
    published_to: Sequence[TargetHealth] = ()
    if online and not base:
        from modelsync.jobs import publish

        published_to = publish.health(asked, targets, environment)
    return _told(checked.problems, "the catalog is valid", sources, published_to)


def _second_look(
    base: str, revision: str, accept: Sequence[str], targets: Sequence[str], *, status: bool, online: bool
) -> int:
    """Name what no run may do, from `base` to a revision, the working tree where none is given."""
    from modelsync import config
    from modelsync.against import against
    from modelsync.run.request import Request

    place, today = config.find(remembered("catalog"), Path.cwd()), config.now().date()
    faults = against(place, base, revision, today=today, accept=accept)
    _expect_reviewed(targets)
    sources = _health(run(Request(online=True), reviewed=True), base) if online else ()
    code = _told(faults, "nothing that needs a second look", sources)
    if status:
        from modelsync.jobs import propose

        propose.set_status(run(reviewed=True), revision, len(faults))
    return code


def _targets(names: Sequence[str], *, online: bool) -> tuple[str, ...]:
    """Those of the names that are targets; each of the others must be a file."""
    known: Sequence[str] = ()
    if names and online:
        from modelsync.jobs import publish

        known = publish.NAMES
    missing = [name for name in names if name not in known and not Path(name).exists()]
    if missing:
        what = "file or target" if online else "file"
        raise UsageError(f"there is no {what} {missing[0]}{did_you_mean(missing[0], known)}")
    return tuple(name for name in names if name in known)


def _expect_reviewed(targets: Sequence[str]) -> None:
    if targets:
        advice = "Ask it from a branch that people reviewed."
        raise UsageError("a job for a pull request asks no target", advice=advice)


def _health(asked: Run, base: str) -> Sequence[Health]:
    """Whether the sources answer; where there is a base, those alone that it has just so."""
    from modelsync.against import reviewed
    from modelsync.jobs import remote

    return remote.health(asked, reviewed(asked.place, base) if base else None)


def _told(
    problems: Sequence[Problem | Fault],
    nothing: str,
    sources: Sequence[Health] = (),
    targets: Sequence[TargetHealth] = (),
) -> int:
    """Print what is wrong, each with its place, or that nothing is, and who answers; the exit code."""
    from msgspec import to_builtins

    from modelsync import report

    if remembered("as_json"):
        asked = {"sources": to_builtins(sources), "targets": to_builtins(targets)}
        print_json({"problems": to_builtins(problems), **{key: of for key, of in asked.items() if of}})
    else:
        screen().write(report.plain(str(problem)) for problem in problems)
        screen().write(report.plain(f"{one.source}: {one.state}: {one.answer}") for one in sources)
        report.target_health(targets, screen())
    if not problems:
        tell(nothing)
    fails = "fails" in {*(one.state for one in sources), *(one.state for one in targets)}
    return exit_code([EXIT_CATALOG] * bool(problems) + [EXIT_SOURCE] * fails)


@click.command(short_help="JSON Schema of sync.yaml and of provider files.")
@click.argument("which", type=click.Choice(["sync", "provider"]), default="sync")
def schema(which: str) -> int:
    """Print the JSON Schema of sync.yaml, or with `provider` of the catalog's data files."""
    from modelsync.config import schema as schemas

    click.echo(schemas.text(which))
    return 0


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
    from modelsync.jobs import look
    from modelsync.run.request import Request

    asked = _settled(Request(sources=sources, all_sources=not sources))
    warn_of_keys(asked)
    known, notes = look.status(asked, max_silence)
    if remembered("as_json"):
        click.echo(report.status_json(known, notes=notes))
    else:
        report.status(known, screen(), now=asked.now, notes=notes)
    silent = [source for source in known if source.silent]
    tell(*(report.silence(source, asked.now) for source in silent))
    return EXIT_SOURCE if silent else 0


@click.group(short_help="List and restore backups.")
def backups() -> None:
    """Every run that writes keeps the files as they were before."""


@backups.command("list", short_help="All backups, the newest first.")
@common
def backups_list() -> int:
    """List the backups, the newest first."""
    from modelsync.disk import backups as stored
    from modelsync.report import plain

    backups = [
        (backup.name, _state(backup), [file.path for file in backup.files])
        for backup in stored.listed(run().place.backups)
    ]
    if remembered("as_json"):
        print_json({"backups": [{"run": name, "state": state, "files": of} for name, state, of in backups]})
        return 0
    for name, state, paths in backups:
        click.echo(f"{name}  {state:<11}  {', '.join(map(plain, paths))}".rstrip())
    if not backups:
        tell("no backups yet: the first run that writes makes one")
    return 0


def _state(backup: Backup) -> str:
    return "damaged" if backup.damaged else "complete" if backup.finished else "interrupted"


@backups.command("restore", short_help="Put files back as a run found them.")
@click.argument("name", metavar="RUN", shell_complete=complete.runs)
@click.option("--force", is_flag=True, help="Also where a file was changed after that run.")
@common
def backups_restore(name: str, force: bool) -> int:
    """Write the files of a backup to the working tree. Nothing is committed; a backup is made first."""
    from modelsync.jobs import sync
    from modelsync.report import plain

    before, names = sync.restore(editing(), name, force=force)
    if remembered("as_json"):
        print_json({"restored": list(names), "backup": before.name if before else ""})
        return 0
    for restored in names:
        click.echo(f"restored {plain(restored)}")
    if before:
        click.echo(f"undo it with: modelsync backups restore {before.name}")
    else:
        click.echo("Nothing to do: the files are as that run found them")
    return 0
