"""The whole job on a recorded list: a throw-away repository, a real server on loopback, a real run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple, TextIO

from modelsync.errors import GitRefused

HERE = Path(__file__).parent
_PLACEHOLDER = "http://127.0.0.1:1/api/v1/models"
_OF_OTHERS = ("GIT_", "MODELSYNC_", "GITHUB_", "GH_", "GITLAB_", "CI_", "GITEA_", "FORGEJO_")
_SWITCHES = ("DRY_RUN", "PRUNE", "SOURCE_DATE_EPOCH")
_OWN = {
    "GIT_AUTHOR_NAME": "modelsync demo",
    "GIT_AUTHOR_EMAIL": "demo@localhost",
    "GIT_COMMITTER_NAME": "modelsync demo",
    "GIT_COMMITTER_EMAIL": "demo@localhost",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_PYTHON_REFRESH": "quiet",  # that git is missing is said when it is used
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}
_ADVICE = "The demo needs git 2.28 or newer."


def run(stream: TextIO, *, color: str) -> int:
    """Run it and say what it does. The repository stays, to look around in; returns the run's exit code."""
    folder = Path(tempfile.mkdtemp(prefix="modelsync-demo-"))
    listed = (HERE / "openrouter.json").read_bytes()
    show = Shell(folder, stream, color)
    with apart(), serving(lambda *_: (200, listed)) as address:
        url = f"{address}/api/v1/models"
        show.say(f"A catalog that people keep, full of comments, in a new repository: {folder}")
        make_repository(folder, url)
        show.say(f"A recorded list of {len(json.loads(listed)['data'])} models is served at {url}")
        code = show.run("modelsync", "sync", "--prune")
        show.say("The commit holds the catalog's files only, and only the lines that had to change.")
        show.run("git", "show", "--stat", "--format=%h %s")
        show.run("git", "diff", "main")
        show.say("The files as they were are in a backup, too.")
        show.run("modelsync", "backups", "list")
        show.say("The same list again: nothing is left to do, but what is held back waits for a person.")
        show.run("modelsync", "sync", "--prune", last=True)
    show.say(f"Look around in {folder}; remove it when you have seen enough.")
    return code


class Shell(NamedTuple):
    """Runs commands in a folder as a person would, their output where ours is."""

    folder: Path
    stream: TextIO
    color: str
    environment: Mapping[str, str] = {}  # of the commands, beside what is ours

    def say(self, text: str) -> None:
        self.stream.write(f"\n# {text}\n")
        self.stream.flush()

    def run(self, *command: str, last: bool = False, only: str = "") -> int:
        """Run it, say it, show its output, of that the last line, or of all that it says the lines with a
        word of a pattern; return its exit code."""
        shown = f" 2>&1 | grep -E '{only}'" if only else " | tail -n 1" if last else ""
        self.stream.write(f"\n$ {shlex.join(command)}{shown}\n")
        self.stream.flush()
        done = subprocess.run(  # noqa: S603
            self._really(command),
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE if shown else self.stream,
            stderr=subprocess.STDOUT if only else None,
            check=False,
        )
        if shown:
            lines = [line for line in done.stdout.decode().splitlines() if re.search(only, line)]
            self.stream.write("\n".join(lines[-1:] if last else lines) + "\n")
        return done.returncode

    def _really(self, command: Sequence[str]) -> list[str]:
        """The same command, of this very program and in these colours."""
        name, *rest = command
        if name == "modelsync":
            return [sys.executable, "-m", "modelsync", "--color", self.color, *rest]
        when = {"auto": "always" if self.stream.isatty() else "never"}.get(self.color, self.color)
        return [name, "--no-pager", "-c", f"color.ui={when}", *rest]


def make_repository(folder: Path, url: str, other: str = "") -> None:
    """Make the team's repository; `other` is a source, as `sync.yaml` has it, asked for its opinion."""
    shutil.copytree(HERE / "catalog", folder / "catalog")
    config = folder / "catalog" / "sync.yaml"
    text = config.read_text("utf-8").replace(_PLACEHOLDER, url)
    if other:
        sources, fields = text.split("\n\n", 1)
        name = other.strip().partition(":")[0]
        text = f"{sources}\n{other}\nopinions: [{name}]\n\n{fields}"
    config.write_text(text, "utf-8")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "The catalog as people wrote it")


def git(folder: Path, *command: str) -> str:
    """What a command of git's prints. Raises GitRefused."""
    from git import Git, GitCommandError, GitCommandNotFound

    try:
        return str(Git(folder).execute(["git", *command]))
    except GitCommandNotFound:
        raise GitRefused("git is not installed", advice=_ADVICE) from None
    except GitCommandError as error:
        raise GitRefused(str(error.stderr).strip(), where=f"git {command[0]}", advice=_ADVICE) from None


@contextmanager
def apart() -> Iterator[None]:
    """The environment without what points elsewhere: the demo touches nothing outside its own folder."""
    before = os.environ.copy()
    for name in before:
        if name.startswith(_OF_OTHERS) or name in _SWITCHES:
            del os.environ[name]
    os.environ.update(_OWN)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def serving(answer: Callable[[str, str, bytes], tuple[int, bytes]]) -> Iterator[str]:
    """A server on loopback that answers by method, path and body; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = answer(self.command, self.path, asked)
            self.send_response(status)
            is_page = body.startswith(b"<!doctype html>")
            self.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
