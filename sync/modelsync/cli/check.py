"""`check`: the catalog, what is new in it since a revision, and with --online who answers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelsync.cli.options import ENVIRONMENT, common
from modelsync.cli.output import print_json, remembered, screen, tell
from modelsync.cli.start import run, settled, warn_of_keys
from modelsync.errors import EXIT_CATALOG, EXIT_SOURCE, UsageError, did_you_mean, exit_code

if TYPE_CHECKING:
    from modelsync.against import Fault
    from modelsync.catalog import Problem
    from modelsync.records import Health, TargetHealth
    from modelsync.run.request import Run

# By which a job for a pull request knows what that is to be merged into: of GitHub, GitLab, Bitbucket, Azure
# DevOps, Jenkins, Buildkite and Woodpecker.
_BASES = (
    *("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "BITBUCKET_PR_DESTINATION_BRANCH"),
    *("SYSTEM_PULLREQUEST_TARGETBRANCHNAME", "CHANGE_TARGET", "BUILDKITE_PULL_REQUEST_BASE_BRANCH"),
    "CI_COMMIT_TARGET_BRANCH",
)


@click.command(short_help="Validate the whole catalog.")
@click.argument("names", nargs=-1, metavar="[FILE | TARGET]...", type=click.Path())
@click.option("--against", "base", metavar="REV", default="", help="Name what no run may do, since REV.")
@click.option("--head", metavar="REV", default="HEAD", help="In this revision: HEAD unless it is given.")
@click.option("--worktree", is_flag=True, help="In the working tree, what is new in it included.")
@click.option("--accept", multiple=True, metavar="PATTERN", help="Let this through: 'openai/gpt-4o:removed'.")
@click.option("--status", is_flag=True, help="Also say so on the commit, as a status of the forge.")
@click.option("--online", is_flag=True, help="Also ask whether sources and targets answer, or TARGET alone.")
@click.option("--environment", type=ENVIRONMENT, default="staging", show_default=True, help="Of the targets.")
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
    for the pull requests that sync opens. There, and in a job for a pull request, --online asks only
    the sources that its base has just so, no target, and reads no .env that git does not ignore: no key goes
    to an address that nobody reviewed.

    With --online, a TARGET of `publish` is asked alone, else all sources and the targets that sync.yaml has
    settings of: whether the catalog of HEAD could be published there as it is. Nothing is changed.
    """
    if (head != "HEAD" or worktree or accept) and not base:
        raise UsageError("--head, --worktree and --accept go with --against REV")
    if status and (worktree or not base):
        raise UsageError("--status is of a commit: it goes with --against REV, and not with --worktree")
    targets = _targets(names, online=online)
    if base:
        revision = "" if worktree else head or "HEAD"
        return _second_look(base, revision, accept, targets, status=status, online=online)
    return _whole(targets, environment, online=online)


def _whole(targets: Sequence[str], environment: str, *, online: bool) -> int:
    """Validate the catalog as its files are, and ask who answers."""
    from modelsync.config import schema as schemas
    from modelsync.jobs import check as jobs
    from modelsync.run.request import Request

    into = next((f"origin/{os.environ[name]}" for name in _BASES if os.environ.get(name)), "")
    asked = settled(Request(online=online), reviewed=bool(into))
    if into:
        _expect_reviewed(targets)
    schemas.keep(asked.place, asked.shape)
    warn_of_keys(asked)
    checked = jobs.check(asked)
    tell(*map(str, checked.advice))
    sources = _health(asked, into) if online and not targets else ()
    published_to: Sequence[TargetHealth] = ()
    if online and not into:
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
    """Print what is wrong, each with its place, or that nothing is, and who answers; give the exit code."""
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
