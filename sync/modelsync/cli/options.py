"""Options that several commands share, and what of them a run is asked for."""

from __future__ import annotations

import mmap
import os
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from functools import partial, reduce, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from modelsync.cli import complete
from modelsync.cli.output import remembered

F = TypeVar("F", bound=Callable[..., Any])


class WrittenFile(click.Path):
    """A file that a command makes: a new one, or one that begins and holds what only such a file does.

    Never one inside `.git`, be it through a link, one that git reads, or one that is no YAML and may be taken
    for a data file.
    """

    def __init__(self, begins: bytes = b"", holds: bytes = b"", endings: tuple[str, ...] = ()) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)
        self._begins, self._holds, self._endings = begins, holds, endings

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if ".git" in (part.lower() for part in Path(os.path.realpath(path)).parts):
            self.fail(f"{path} lies inside .git", param, ctx)
        if path.name.lower().startswith(".git"):
            self.fail(f"{path} is a file that git reads: name another", param, ctx)
        if self._begins and path.suffix.lower() in (".yaml", ".yml") and not path.exists():
            self.fail(f"{path} would be read as YAML: name another", param, ctx)
        if self._endings and path.suffix.lower() not in self._endings:
            self.fail(f"{path} does not end in {' or '.join(self._endings)}", param, ctx)
        if path.is_symlink() and not path.exists():
            self.fail(f"{path} is a link to nothing", param, ctx)
        with suppress(OSError):
            if path.is_file() and path.stat().st_size and not self._made(path):
                self.fail(f"{path} is there and was not made by this command: name another", param, ctx)
        return path

    def _made(self, path: Path) -> bool:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content[: len(self._begins)] == self._begins and content.find(self._holds) >= 0


WRITTEN = WrittenFile(b"{", b'"started"')
PRINTED = "--print-pr"  # how `--pr=print` is understood
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
DRAWN = WrittenFile(b"<svg ", b'role="img"')


class Period(click.ParamType[timedelta]):
    """A length of time: `90s`, `30m`, `6h`, `3d`, or several of them."""

    name = "period"
    _UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        if not re.fullmatch(r"(\d{1,6}[dhms])+", value):
            self.fail(f"{value!r} is no length of time, as 90s, 30m, 6h or 3d are", param, ctx)
        parts = re.findall(r"(\d+)([dhms])", value)
        length = sum((timedelta(**{self._UNITS[unit]: int(count)}) for count, unit in parts), timedelta())
        if length > timedelta(days=3650):
            self.fail(f"{value} is longer than ten years", param, ctx)
        return length


class Day(click.ParamType[date]):
    """A day, YYYY-MM-DD, in UTC."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        return click.DateTime(["%Y-%m-%d"]).convert(value, param, ctx).date()


_THROUGH = "Let a held change through, by its name or a glob: 'openai/gpt-4o:pricing.input'."
_DUE = "Of these, only the sources whose update_frequency says so."
accepting = click.option("--accept", multiple=True, metavar="PATTERN", help=_THROUGH)
due = click.option("--due", is_flag=True, help=_DUE)
PERIOD, DAY = Period(), Day()
ENVIRONMENT = click.Choice(["staging", "production"])  # of targets


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Common options may stand before or after the command's name; the last one counts."""
    remembered = ctx.ensure_object(dict)
    source = ctx.get_parameter_source(param.name or "")
    given = source is not click.core.ParameterSource.DEFAULT
    if given or param.name not in remembered:
        remembered[param.name] = value


def _with(function: F, *options: Callable[[F], F]) -> F:
    """The command with these options, which `--help` shows in the reverse order."""
    return reduce(lambda command, option: option(command), options, function)


def common(function: F) -> F:
    """`--catalog`, `-v`, `--json` and `--color`."""
    option = partial(click.option, expose_value=False, callback=_remember)
    colour, on = "Colour the output: auto is only on a terminal.", click.Choice(["auto", "always", "never"])
    folder = "The folder that holds sync.yaml (default: catalog/, found upwards)."
    return _with(
        function,
        option("--color", type=on, default="auto", help=colour),
        option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        option("-v", "--verbose", count=True, help="Show everything."),
        option("--catalog", metavar="PATH", envvar="MODELSYNC_CATALOG", help=folder),
    )


def fetching(function: F) -> F:
    """What decides which lists are asked, and of which models."""
    meant = "Only these models."
    only = partial(click.option, "--only", metavar="PROVIDER[/GLOB]", shell_complete=complete.models)
    return _with(function, accepting, only(default="", help=meant), asking)


def asking(function: F) -> F:
    """What decides which lists are asked."""
    recorded = "Read a recorded list in place of asking the source."
    return _with(
        function,
        click.option("--no-cache", is_flag=True, help="Ask upstream for the whole list again."),
        click.option("--from", "replay", multiple=True, metavar="SOURCE=FILE", help=recorded),
        click.option("--all", "all_sources", is_flag=True, help="Every enabled source."),
        click.argument("sources", nargs=-1, metavar="[SOURCE]...", shell_complete=complete.sources),
    )


class Proposing(click.Command):
    """A command with `--pr`, which takes a word only behind `=`: what follows it is a source."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [PRINTED if word == "--pr=print" else word for word in args])


def _commits(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    if wrong := [one for one in value if not _COMMIT.fullmatch(one)]:
        raise click.BadParameter(f"{wrong[0]!r} is no commit: 7 to 64 hexadecimal digits", ctx, param)
    return tuple(one.lower() for one in value)


def writing(function: F) -> F:
    """What is done with a plan that has changes."""
    also, dry = "Also write the JSON report to FILE.", "Show what would be done; write nothing."
    drop = "Drop this commit of a person's on the review branch of the remote."
    return _with(
        function,
        click.option("--replace", multiple=True, metavar="SHA", callback=_commits, help=drop),
        click.option(PRINTED, is_flag=True, hidden=True, help="What --pr=print means."),
        partial(proposing, also="; --pr=print: only write its title and body to files"),
        click.option("--report", "report_file", metavar="FILE", type=WRITTEN, help=also),
        click.option("--fail-on-held", is_flag=True, help="Exit 4 when something is held."),
        click.option("--no-branch", is_flag=True, help="Commit on the branch you are on."),
        click.option("--no-commit", is_flag=True, help="Leave the edited files to you; works without git."),
        click.option("-n", "--dry-run", is_flag=True, envvar="DRY_RUN", help=dry),
    )


def proposing(function: F, also: str = "") -> F:
    """Where a commit goes beside the review branch."""
    push = "Push the review branch to the remote."
    return _with(
        function,
        click.option("--pr", is_flag=True, help=f"Push, and have one pull request{also}."),
        click.option("--push", is_flag=True, help=push),
    )


def requesting(function: F) -> F:
    """Hand the command all of its options that say what a run is asked for as one `request`."""

    @wraps(function)
    def command(**given: object) -> object:
        import msgspec

        from modelsync.run.request import Request

        asked = {name: given.pop(name) for name in Request.__struct_fields__ if name in given}
        if isinstance(replay := asked.get("replay"), tuple):
            asked["replay"] = dict(map(_replayed, replay))
        return function(request=msgspec.convert(asked, Request), **given)

    return cast("F", command)


def _replayed(item: str) -> tuple[str, Path]:
    source, separator, file = item.partition("=")
    if not (separator and source and file):
        raise click.BadParameter(f"{item!r} is not SOURCE=FILE", param_hint="--from")
    if not Path(file).is_file():
        raise click.BadParameter(f"no such file: {file}", param_hint="--from")
    return source, Path(file)


def command_line(target: click.Command) -> str:
    """The target with the options that this command was given, as one would type it."""
    context = click.get_current_context()
    known = {parameter.name for parameter in target.params} - {"dry_run", "report_file", "replace"}
    words = ["modelsync"]
    if remembered("catalog"):
        words += ["--catalog", remembered("catalog")]
    words.append(target.name or "")
    for parameter in context.command.params:
        if parameter.name in known and parameter.name in context.params:
            words += _words(parameter, context.params[parameter.name])
    return shlex.join(words)


def _words(parameter: click.Parameter, value: Any) -> Iterator[str]:
    if isinstance(parameter, click.Argument):
        yield from value
    elif value is True:
        yield "--pr=print" if PRINTED in parameter.opts else parameter.opts[-1]
    elif value:
        for one in value if parameter.multiple else (value,):
            yield from (parameter.opts[-1], str(one))
