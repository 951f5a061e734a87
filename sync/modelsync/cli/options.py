"""Options that several commands share, and how a command turns them into a run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import click

from modelsync.cli.context import remembered, verbose
from modelsync.cli.output import tell
from modelsync.errors import UsageError

if TYPE_CHECKING:
    from modelsync.run.request import Request, Run

F = TypeVar("F", bound=Callable[..., Any])

WRITTEN = click.Path(dir_okay=False, writable=True, path_type=Path)


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Common options may stand before or after the command's name; the last one counts."""
    remembered = ctx.ensure_object(dict)
    source = ctx.get_parameter_source(param.name or "")
    given = source is not click.core.ParameterSource.DEFAULT
    if given or param.name not in remembered:
        remembered[param.name] = value


def common(function: F) -> F:
    """`--catalog`, `-v`, `--json` and `--color`."""
    for option in (
        click.option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            expose_value=False,
            callback=_remember,
            help="Colour the output: auto is only on a terminal.",
        ),
        click.option(
            "--json",
            "as_json",
            is_flag=True,
            expose_value=False,
            callback=_remember,
            help="Print one JSON object.",
        ),
        click.option(
            "-v", "--verbose", count=True, expose_value=False, callback=_remember, help="Show everything."
        ),
        click.option(
            "--catalog",
            metavar="PATH",
            envvar="MODELSYNC_CATALOG",
            expose_value=False,
            callback=_remember,
            help="The folder that holds sync.yaml (default: catalog/, found upwards).",
        ),
    ):
        function = option(function)
    return function


class Fetching(NamedTuple):
    """Which lists are asked, and for which models."""

    sources: tuple[str, ...]
    all_sources: bool
    only: str
    accept: tuple[str, ...]
    replay: tuple[str, ...]
    no_cache: bool


def fetching(function: F) -> F:
    """Hand the command what decides which lists are asked, as `fetching`."""
    function = _gathered(Fetching, "fetching", function)
    for option in (
        click.option("--no-cache", is_flag=True, help="Ask upstream for the whole list again."),
        click.option(
            "--from",
            "replay",
            multiple=True,
            metavar="SOURCE=FILE",
            help="Read a recorded list in place of asking the source.",
        ),
        click.option(
            "--accept",
            multiple=True,
            metavar="PATTERN",
            help="Let a held change through, by its name or a glob: 'openai/gpt-4o:pricing.input'.",
        ),
        click.option("--only", metavar="PROVIDER[/GLOB]", default="", help="Only these models."),
        click.option("--all", "all_sources", is_flag=True, help="Every enabled source."),
        click.argument("sources", nargs=-1, metavar="[SOURCE]..."),
    ):
        function = option(function)
    return function


def due(function: F) -> F:
    """`--due`."""
    option = click.option(
        "--due", is_flag=True, help="Of these, only the sources whose update_frequency says so."
    )
    return option(function)


class Writing(NamedTuple):
    """What is done with a plan that has changes."""

    dry_run: bool
    no_commit: bool
    no_branch: bool
    fail_on_held: bool
    report_file: Path | None


def writing(function: F) -> F:
    """Hand the command what is done with a plan, as `writing`."""
    function = _gathered(Writing, "writing", function)
    for option in (
        click.option(
            "--report",
            "report_file",
            metavar="FILE",
            type=WRITTEN,
            help="Also write the JSON report to FILE.",
        ),
        click.option("--fail-on-held", is_flag=True, help="Exit 4 when something is held."),
        click.option("--no-branch", is_flag=True, help="Commit on the branch you are on."),
        click.option("--no-commit", is_flag=True, help="Leave the edited files to you; works without git."),
        click.option(
            "-n", "--dry-run", is_flag=True, envvar="DRY_RUN", help="Show what would be done; write nothing."
        ),
    ):
        function = option(function)
    return function


def _gathered(record: type[Fetching | Writing], name: str, function: F) -> F:
    """The command with the options that make up a record as one argument."""

    @wraps(function)
    def command(**given: Any) -> Any:
        fields = {field: given.pop(field) for field in record._fields}
        return function(**given, **{name: record(**fields)})

    return cast("F", command)


def request(fetching: Fetching, *, due: bool = False, prune: bool = False) -> Request:
    """What a run is asked for by the options of fetching."""
    from modelsync.run.request import Request

    return Request(
        sources=fetching.sources,
        all_sources=fetching.all_sources,
        due=due,
        replay=dict(map(_replayed, fetching.replay)),
        no_cache=fetching.no_cache,
        only=fetching.only,
        accept=fetching.accept,
        prune=prune,
    )


def run(request: Request | None = None) -> Run:
    """The run that the command line asks for. Raises UsageError for what does not fit together."""
    from msgspec import structs

    from modelsync import config
    from modelsync.disk import files
    from modelsync.run.request import Request, Run

    place = config.find(remembered("catalog"), Path.cwd())
    _read_environment_file(place.root / ".env")
    asked = structs.asdict(request or Request())
    rules = files.sha256(files.read(place.config_file)) or ""
    return Run(place, config.load(place), config.now(), rules=rules, tell=tell, verbose=verbose(), **asked)


def editing() -> Run:
    """The run of a command that a person edits with: what it writes is left uncommitted."""
    from modelsync.run.request import Request

    return run(Request(no_commit=True))


def _read_environment_file(path: Path) -> None:
    """`.env` beside the catalog, where there is one; what the environment says already wins."""
    if not path.is_file():
        return
    from dotenv import load_dotenv
    from dotenv.parser import parse_stream

    try:
        with path.open(encoding="utf-8") as file:
            wrong = next((binding.original.line for binding in parse_stream(file) if binding.error), 0)
        if wrong:
            advice = "A line is NAME=value, or NAME='a value with spaces'."
            raise UsageError("is no setting", where=f"{path}:{wrong}", advice=advice)
        load_dotenv(path)
    except (OSError, UnicodeDecodeError):
        raise UsageError("cannot be read", where=str(path), advice="Save it as UTF-8.") from None


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
    known = {parameter.name for parameter in target.params} - {"dry_run"}
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
        yield parameter.opts[-1]
    elif value:
        for one in value if parameter.multiple else (value,):
            yield from (parameter.opts[-1], str(one))
