"""Runs git: asks nothing, waits for nothing for ever.

Hooks, signing, filters and dates are those of the person's own git, so git itself does all the work. Where it
only looks, nothing that the repository names is run.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from modelsync.errors import GitRefused
from modelsync.records.secret import is_secret

SECONDS = 60.0
GRACE_SECONDS = 5.0
_LINES_SHOWN = 20
_WIDTH_SHOWN = 300

_IN_ENGLISH = {"LC_ALL": "C", "LANGUAGE": "C"}
_QUIET = {
    **_IN_ENGLISH,
    "GIT_TERMINAL_PROMPT": "0",
    "SSH_ASKPASS": "",  # git, too, would open its window
    "SSH_ASKPASS_REQUIRE": "never",  # https://man.openbsd.org/ssh#SSH_ASKPASS_REQUIRE
    "GCM_INTERACTIVE": "never",  # Git Credential Manager
    "GIT_EDITOR": ":",
    "GIT_SEQUENCE_EDITOR": ":",
    "GIT_OPTIONAL_LOCKS": "0",
    **dict.fromkeys((f"GIT_{how}_PATHSPECS" for how in ("LITERAL", "GLOB", "NOGLOB", "ICASE")), "0"),
}
_ACTING = ("commit", "add", "reset", "update-ref", "symbolic-ref", "push")
_AS_EVERYWHERE = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "i18n.logOutputEncoding=UTF-8",
    "log.follow=false",
    "log.showRoot=true",
    "log.showSignature=false",
)
_LOOKING = ("--no-pager", *(word for setting in _AS_EVERYWHERE for word in ("-c", setting)))
_NEEDED = ("GIT_", "SSH_", "GPG_", "GNOME_KEYRING_")
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")


class Answer(NamedTuple):
    """How a git command ended; `words` is what it and its hooks said, fit to be shown."""

    status: int
    output: bytes
    words: str


class Command:
    """The git command, in one folder."""

    def __init__(self, folder: Path, hidden: Collection[str] = ()) -> None:
        self._folder = folder
        self._hidden = hidden  # environment variables that hooks do not see, beside those named like secrets

    def must(self, *arguments: str, given: bytes = b"") -> bytes:
        """The output of a command. Raises GitRefused, with git's own words, if it fails."""
        return self._output(arguments, self.run(*arguments, given=given))

    def must_together(self, *commands: Sequence[str]) -> list[bytes]:
        """The outputs of commands that only look, run at the same time. Raises GitRefused if one fails."""
        return list(map(self._output, commands, self.together(*commands)))

    def _output(self, command: Sequence[str], answer: Answer) -> bytes:
        if answer.status:
            raise GitRefused(f"git {command[0]} failed", where=str(self._folder), advice=answer.words)
        return answer.output

    def run(
        self,
        *arguments: str,
        given: bytes = b"",
        timeout: float = SECONDS,
        environment: Mapping[str, str] | None = None,
    ) -> Answer:
        """Run a command to its end, with `given` as its input and never a terminal."""
        with SignalsHeld() as signals, self._running(arguments, environment or {}) as process:
            signals.release()
            return self._answer(process, arguments, given, timeout)

    def together(self, *commands: Sequence[str]) -> list[Answer]:
        """How commands ended that only look, run at the same time."""
        with SignalsHeld() as signals, ExitStack() as running:
            processes = [running.enter_context(self._running(command, {})) for command in commands]
            signals.release()
            pairs = zip(processes, commands, strict=True)
            return [self._answer(process, command, b"", SECONDS) for process, command in pairs]

    @contextmanager
    def _running(
        self, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> Iterator[subprocess.Popen[bytes]]:
        if not self._folder.is_dir():
            raise GitRefused("no such folder", where=str(self._folder))
        looking = () if arguments[0] in _ACTING else _LOOKING
        try:
            process = subprocess.Popen(  # noqa: S603
                ["git", *looking, *arguments],  # noqa: S607
                cwd=self._folder,
                env={**_without_secrets(self._hidden), **_QUIET, **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # so that its hooks can be stopped with it
            )
        except FileNotFoundError as error:
            raise GitRefused("git is not installed", advice="Install it, or say --no-commit.") from error
        try:
            yield process
        except BaseException:
            if process.returncode is None:
                _stop(process)
            raise

    def _answer(
        self, process: subprocess.Popen[bytes], arguments: Sequence[str], given: bytes, timeout: float
    ) -> Answer:
        try:
            output, errors = process.communicate(given, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            raise GitRefused(
                f"git {arguments[0]} did not end within {timeout:g} seconds and was stopped",
                where=str(self._folder),
                advice="A hook, a signature or a network may be waiting: try the same with git itself.",
            ) from error
        words = shown(errors + (output if process.returncode else b""))
        return Answer(process.returncode, output, words)


def ignores(path: Path) -> bool:
    """Whether git leaves a file out: it ignores it, and does not track it. Raises GitRefused."""
    return Command(path.parent).run("check-ignore", "--quiet", "--", path.name).status != 1


class SignalsHeld:
    """Keeps Ctrl-C and SIGTERM until they are released: git cannot be stopped while it is being started, and
    is not to be in what would stay half done."""

    def __init__(self) -> None:
        self._handlers: dict[signal.Signals, Any] = {}
        self._came: list[int] = []

    def __enter__(self) -> SignalsHeld:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(number) is not None:
                    self._handlers[number] = signal.signal(number, lambda came, _: self._came.append(came))
        return self

    def release(self) -> None:
        while self._handlers:
            signal.signal(*self._handlers.popitem())
        while self._came:
            signal.raise_signal(self._came.pop())

    def __exit__(self, *_: object) -> None:
        self.release()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End git and its hooks: politely first, because git then removes its locks."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
            break
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with suppress(OSError):
                stream.close()


def _without_secrets(hidden: Collection[str]) -> dict[str, str]:
    """The environment without what no hook needs to know."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and (name.startswith(_NEEDED) or not is_secret(name))
    }


def persons_locale() -> dict[str, str]:
    """The locale that hooks expect: by C, in which git is otherwise run, some tools read files as ASCII."""
    return {name: os.environ.get(name, "") for name in _IN_ENGLISH}


def literal(paths: Iterable[str]) -> list[str]:
    """Pathspecs that mean these files only, whatever characters their names have."""
    return [f":(top,literal){path}" for path in paths]


def entries(output: bytes) -> list[str]:
    """The parts of a NUL-separated output; names that are not UTF-8 survive."""
    return [entry for entry in os.fsdecode(output).split("\0") if entry]


def shown(output: bytes) -> str:
    """What git or a hook said: no escape sequences, no credentials in URLs, its last lines."""
    text = _ESCAPE_SEQUENCE.sub("", output.decode("utf-8", "replace").replace("\t", " "))
    lines = (line.rstrip() for line in without_credentials(text).splitlines())
    spoken = [line for line in lines if line not in ("", "remote:")]  # git pads what a remote says
    plain = ("".join(c if c.isprintable() else "�" for c in line) for line in spoken[-_LINES_SHOWN:])
    return "\n".join(line[:_WIDTH_SHOWN] for line in plain)


def without_credentials(text: str) -> str:
    """Text in whose addresses stands no name and no password."""
    return _CREDENTIALS.sub("***@", text)


def some(paths: Iterable[str]) -> str:
    """A few names for an error message, and how many more there are."""
    named = sorted(paths)
    more = f" and {len(named) - 5} more" if len(named) > 5 else ""
    return ", ".join(named[:5]) + more
