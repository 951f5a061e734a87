"""A team's repository with a catalog, its upstream on loopback, and the command as a person types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from fault_server import FaultServer, Step, reply
from modelsync.cli import main
from repositories import GitRepository

BRANCH = "modelsync/openrouter"
OPENAI = """\
# OpenAI. Owned by the platform team; ask before you add a model.
providers:
  openai:
    name: OpenAI
    models:

      # ---- general purpose ----

      gpt-4o:
        model: gpt-4o
        upstream: {openrouter: openai/gpt-4o}
        name: GPT-4o
        context_length: 128000
        pricing:
          input: 2.50     # list price
          output: 10      # the same
        team: search      # who pays

      gpt-4o-mini: {model: gpt-4o-mini, upstream: {openrouter: openai/gpt-4o-mini}, name: Mini, pricing: {
        input: 0.15, output: 0.6}}

      # Only the night jobs use it (ticket 812).
      o1:
        model: o1
        upstream: {openrouter: openai/o1}
        name: o1
        pricing:
          input: 15
          output: 60

      o3:
        model: o3
        upstream: {openrouter: openai/o3}
        name: o3
        pricing: {input: 2, output: 8}   # one line is enough
      o4-mini:
        model: o4-mini
        upstream: {openrouter: openai/o4-mini}
        name: o4-mini
        pricing:
          input: 1.1    # modelsync: keep until 2099-12-31, negotiated
          output: 4.4
      house-style:
        model: house-style:3
        priority: 100
        reason: our own fine-tune
# the end of OpenAI
"""
ANTHROPIC = """\
providers:
    anthropic:
        models:
            # dear, and worth it
            claude-opus-5:
                model: 'claude-opus-5'
                upstream:
                    openrouter: 'anthropic/claude-opus-5'
                name: 'Claude Opus 5'
                pricing:
                    input: 5.00
                    output: 25.00
"""
PRICES = {
    "openai/gpt-4o": ("2.5", "10"),
    "openai/gpt-4o-mini": ("0.15", "0.6"),
    "openai/o1": ("15", "60"),
    "openai/o3": ("2", "8"),
    "openai/o4-mini": ("1.1", "4.4"),
    "anthropic/claude-opus-5": ("5", "25"),
}
CONFIG = """\
# How this catalog is kept.
sources:
  openrouter:
    authoritative: true
    endpoints: [{url: 'URL'}]
fields: [model, upstream, name, context_length, pricing, availability, unavailable_since]
mapping:
  - {match: '^openai/', provider: openai}
  - {match: '^anthropic/', provider: anthropic}
MORE"""


def row(model: str, prompt: str, completion: str, **more: Any) -> dict[str, Any]:
    """A row of OpenRouter's list, its prices given in USD per 1M tokens."""
    return {
        "id": model,
        "name": f"Vendor: {model}",
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        "pricing": {"prompt": _per_token(prompt), "completion": _per_token(completion)},
        "supported_parameters": [],
        **more,
    }


def _per_token(price: str) -> str:
    return f"{Decimal(price).scaleb(-6):f}"


def rows(**changed: str | None) -> list[dict[str, Any]]:
    """What the catalog says already; `o3="3"` is another input price, `o3=None` a model that is gone."""
    made = []
    for model, (prompt, completion) in PRICES.items():
        new = changed.get(model.partition("/")[2].replace("-", "_"), prompt)
        if new is not None:
            made.append(row(model, new, completion))
    return made


def listing(listed: list[Any]) -> bytes:
    return json.dumps({"data": listed}).encode()


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Workplace:
    """Everything that a run needs; `path` is where commands are typed."""

    team: GitRepository
    server: FaultServer
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.team.path

    @property
    def openai(self) -> Path:
        return self.path / "catalog/providers/openai.yaml"

    @classmethod
    def make(cls, path: Path, server: FaultServer, more: str = "") -> Workplace:
        team = GitRepository.create(path)
        made = cls(team, server)
        made.configure(more)
        team.write("catalog/providers/openai.yaml", OPENAI.encode())
        team.write("catalog/providers/anthropic.yaml", ANTHROPIC.encode())
        team.write("README.md", b"ours\n")
        team.commit_all("The catalog as people wrote it")
        made.lists(*rows())
        return made

    def copied(self, path: Path, server: FaultServer) -> Workplace:
        """The same in another place, with a server of its own at the same address."""
        made = Workplace(self.team.copied(path), server, dict(self.environment))
        made.lists(*rows())
        return made

    def configure(self, more: str = "") -> None:
        """`sync.yaml`, with more of it at its end."""
        url = f"http://127.0.0.1:{self.server.server_address[1]}/models"
        text = CONFIG.replace("URL", url).replace("MORE", more)
        self.team.write("catalog/sync.yaml", text.encode())

    def lists(self, *listed: Any) -> None:
        """What upstream says from now on."""
        self.answers(reply(listing(list(listed))))

    def answers(self, *steps: Step) -> None:
        self.server.at("/models", *steps)

    def run(self, *arguments: str | Path, **environment: str) -> Ran:
        """The command in this process: what it prints, and its exit code."""
        out, err = (TextIOWrapper(BytesIO(), encoding="utf-8") for _ in range(2))
        with _as_it_was(), chdir(self.path), redirect_stdout(out), redirect_stderr(err):
            os.environ.update(self.environment | environment)
            try:
                main([str(argument) for argument in arguments])
            except SystemExit as ended:
                code = ended.code
        assert isinstance(code, int)
        return Ran(code, *(_text(stream) for stream in (out, err)))

    def start(
        self, *arguments: str | Path, into: int | TextIO = subprocess.PIPE, **environment: str
    ) -> subprocess.Popen[str]:
        """The command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "modelsync", *arguments],
            cwd=self.path,
            env={**os.environ, **self.environment, **environment},
            stdout=into,
            stderr=subprocess.PIPE,
            text=True,
        )

    def command(self, *arguments: str | Path, **environment: str) -> Ran:
        """The command in a process of its own, to its end."""
        return ended(self.start(*arguments, **environment))

    def state(self) -> dict[str, object]:
        """All that a run that writes nothing must leave as it was: git's state, and the catalog's files."""
        state = self.team.state()
        files: Any = state["files"]
        ours = {name: facts for name, facts in files.items() if not name.startswith(".modelsync/")}
        return {**state, "files": ours}

    def backups(self) -> list[str]:
        folder = self.path / "backups"
        return sorted(found.name for found in folder.iterdir() if found.is_dir()) if folder.exists() else []

    def edit(self, old: str, new: str, name: str = "catalog/providers/openai.yaml") -> None:
        """What a person does with an editor."""
        path = self.path / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def says(self, old: str, new: str, name: str = "catalog/providers/openai.yaml") -> None:
        """What a person does with an editor and commits."""
        self.edit(old, new, name)
        self.team.commit_all("A person")

    def diff(self, *revisions: str) -> list[str]:
        """The changed lines between two revisions, the last commit's if none are named."""
        lines = self.team.git("diff", "-U0", *(revisions or ("HEAD~1", "HEAD"))).splitlines()
        return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def ended(process: subprocess.Popen[str]) -> Ran:
    out, err = process.communicate(timeout=60)
    return Ran(process.returncode, out, err)


def _text(stream: TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode()  # type: ignore[attr-defined]


@contextmanager
def _as_it_was() -> Iterator[None]:
    """The process afterwards as before: its environment, and what it does on a signal."""
    environment, handlers = (
        dict(os.environ),
        {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)},
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(environment)
        for number, handler in handlers.items():
            signal.signal(number, handler)
