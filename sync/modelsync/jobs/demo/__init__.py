"""The whole job on a recorded list: a throw-away repository, a real server on loopback, a real run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple, TextIO

from modelsync.errors import GitRefused

_HERE = Path(__file__).parent
_PLACEHOLDER = "http://127.0.0.1:1/api/v1/models"
_IDENTITY = {
    "GIT_AUTHOR_NAME": "modelsync demo",
    "GIT_AUTHOR_EMAIL": "demo@localhost",
    "GIT_COMMITTER_NAME": "modelsync demo",
    "GIT_COMMITTER_EMAIL": "demo@localhost",
}


def run(stream: TextIO, *, color: str) -> int:
    """Run it and say what it does. The repository stays, to look around in; returns the run's exit code."""
    folder = Path(tempfile.mkdtemp(prefix="modelsync-demo-"))
    listed = (_HERE / "openrouter.json").read_bytes()
    show = _Shell(folder, stream, color)
    with _serving(listed) as url:
        show.say(f"A catalog that people keep, full of comments, in a new repository: {folder}")
        _make_repository(folder, url)
        show.say(f"A recorded list of {len(json.loads(listed)['data'])} models is served at {url}")
        code = show.run("modelsync", "sync", "--prune")
        show.say("The commit holds the catalog's files only, and only the lines that had to change.")
        show.run("git", "show", "--stat", "--format=%h %s%n")
        show.run("git", "diff", "HEAD~1")
        show.say("The files as they were are in a backup, too.")
        show.run("modelsync", "backups", "list")
        show.say("The same list again: nothing is left to do, but what is held back waits for a person.")
        show.run("modelsync", "sync", "--prune", last=True)
    show.say(f"Look around in {folder}; remove it when you have seen enough.")
    return code


class _Shell(NamedTuple):
    """Runs commands in a folder as a person would, their output where ours is."""

    folder: Path
    stream: TextIO
    color: str

    def say(self, text: str) -> None:
        self.stream.write(f"\n# {text}\n")
        self.stream.flush()

    def run(self, *command: str, last: bool = False) -> int:
        """Run it, say it, show its output or the last line of that, and return its exit code."""
        self.stream.write(f"\n$ {' '.join(command)}{' | tail -n 1' if last else ''}\n")
        self.stream.flush()
        done = subprocess.run(  # noqa: S603
            self._really(command),
            cwd=self.folder,
            env=_environment(),
            stdout=subprocess.PIPE if last else self.stream,
            check=False,
        )
        if last:
            self.stream.write(done.stdout.decode().rstrip("\n").rpartition("\n")[2] + "\n")
        return done.returncode

    def _really(self, command: Sequence[str]) -> list[str]:
        """The same command, of this very program and in these colours."""
        name, *rest = command
        if name == "modelsync":
            return [sys.executable, "-m", "modelsync", "--color", self.color, *rest]
        when = {"auto": "always" if self.stream.isatty() else "never"}.get(self.color, self.color)
        return [name, "--no-pager", "-c", f"color.ui={when}", *rest]


def _make_repository(folder: Path, url: str) -> None:
    shutil.copytree(_HERE / "catalog", folder / "catalog")
    config = folder / "catalog" / "sync.yaml"
    config.write_text(config.read_text("utf-8").replace(_PLACEHOLDER, url), "utf-8")
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", "The catalog as people wrote it")


def _git(folder: Path, *command: str) -> None:
    advice = "The demo needs git 2.28 or newer."
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *command],  # noqa: S607
            cwd=folder,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise GitRefused("git is not installed", advice=advice) from None
    if done.returncode:
        raise GitRefused(done.stderr.strip(), where=f"git {command[0]}", advice=advice)


def _environment() -> Mapping[str, str]:
    """Ours without what points elsewhere: the demo touches nothing outside its own folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "MODELSYNC_"))}
    for name in ("DRY_RUN", "PRUNE", "SOURCE_DATE_EPOCH"):
        kept.pop(name, None)
    loopback = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    return kept | _IDENTITY | loopback | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


@contextmanager
def _serving(body: bytes) -> Iterator[str]:
    """A server on loopback that answers every request with the list; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/v1/models"
    finally:
        server.shutdown()
        server.server_close()
