"""The command line: parse, call, print, exit code. The only package that imports click."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import Any, NoReturn

import click

from modelsync.cli.options import common
from modelsync.cli.output import discard_output, failed, tell, unbroken, verbose
from modelsync.errors import EXIT_BUG, EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_TERMINATED, ModelsyncError

_EPILOG = """
Exit codes: 0 done or nothing to do; 1 failure; 2 usage; 3 changes pending (plan --check);
4 held (--fail-on-held); 5 catalog unreadable, edit refused, locked or disk; 6 git or a forge refuses;
7 a source or target failed, the rest was done; 70 bug; 130 or 143 interrupted.
"""
_SIGNALS = {signal.SIGINT: ("interrupted", EXIT_INTERRUPTED), signal.SIGTERM: ("terminated", EXIT_TERMINATED)}


_MODULES = {
    "backups": ("backups",),
    "check": ("check",),
    "edit": ("accept", "correct", "demo", "exclude", "init", "pin", "rename", "source"),
    "inspect": ("list", "schema", "show", "status"),
    "past": ("cost", "diff", "history", "price"),
    "probe": ("probe",),
    "publish": ("export", "publish"),
    "run": ("apply", "plan", "prune", "sync"),
    "serve": ("serve",),
    "watch": ("notify", "watch"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


class _Commands(click.Group):
    """All commands. The module of one is imported when that is called, and of all for the help."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*self.commands, *_MODULE_OF})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.commands and name in _MODULE_OF:
            for one in vars(import_module(f"modelsync.cli.{_MODULE_OF[name]}")).values():
                if isinstance(one, click.Command) and one.name in _MODULES[_MODULE_OF[name]]:
                    self.add_command(one)
        return super().get_command(context, name)

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except BrokenPipeError:
            discard_output()
            return 0


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(package_name="modelsync", message="%(prog)s %(version)s")
@common
def modelsync() -> None:
    """Keep a YAML catalog of LLM models true to its upstream lists, one reviewable commit at a time."""


@modelsync.command("help", short_help="How a command is used.")
@click.argument("names", nargs=-1, metavar="[COMMAND]...")
def show_help(names: tuple[str, ...]) -> object:
    """Show how COMMAND is used, as `modelsync COMMAND --help` does."""
    return modelsync.main([*names, "--help"], prog_name="modelsync", standalone_mode=False)


@modelsync.command("version", short_help="Which version this is.")
def show_version() -> object:
    """Print the version, as `modelsync --version` does."""
    return modelsync.main(["--version"], prog_name="modelsync", standalone_mode=False)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command; one handler turns every failure into a line on stderr and an exit code."""
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    gc.set_threshold(100_000, 20, 100)  # what a run builds lives to its end: few cycles to look for
    atexit.register(gc.freeze)  # nor any then, when all of it goes at once
    sys.exit(_run(arguments))


class _Stopped(BaseException):
    """A signal arrived: what was begun is rolled back on the way out."""


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    for each in _SIGNALS:  # the way back is not interrupted
        signal.signal(each, signal.SIG_IGN)
    raise _Stopped(*_SIGNALS[signal.Signals(number)])


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = modelsync.main(arguments, prog_name="modelsync", standalone_mode=False)
        with unbroken():
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except _Stopped as stopped:
        how, code = stopped.args
        tell(f"{how}; nothing is left half done")
    except (ModelsyncError, OSError) as error:
        code = failed(error)
        if isinstance(error, OSError):
            discard_output()
        return code
    except Exception as error:
        if lack := _lack(error):
            tell(f"{lack}; nothing is left half done")
            return EXIT_FAILURE
        return _bug(error)
    return code if isinstance(code, int) else 0


def _lack(error: Exception) -> str:
    """What the machine has too little of for this, if that is why it failed."""
    if isinstance(error, MemoryError):
        return "there is not enough memory for this"
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return "the system starts no more threads: its limit of memory or processes is reached"
    return ""


def _bug(error: Exception) -> int:
    what = f"{type(error).__name__}: {error}"
    tell(f"a bug in modelsync: {what}; please report it (LOG_LEVEL=debug shows where)")
    if verbose():
        import traceback

        for part in traceback.format_exception(error):
            for line in part.rstrip().split("\n"):
                tell(line)
    return EXIT_BUG
