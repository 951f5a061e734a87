"""Some days of a pull request: opened, kept up to date, closed by a person and by a run, merged."""

from __future__ import annotations

import json
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TextIO

from modelsync.jobs.demo import HERE, Shell, apart, git, make_repository, serving
from modelsync.jobs.demo.forge import REPOSITORY, TOKEN, Forge

_MODEL, _BRANCH = "deepseek/deepseek-v3.2", "modelsync/openrouter"
_SHOWN = "^openrouter:|pull request:|somebody|Nothing was"
# Another list, as genai-prices has it: it confirms some of what upstream says, and contradicts some.
_OTHER_SOURCE = """\
  other-list:
    enabled: false  # only asked for its opinion
    transformer: genai-prices
    endpoints:
      - url: '{address}/other-list'
"""


@dataclass
class _Days:
    """The team's clone, its remote and its forge, and what the list says of one model's price."""

    clone: Path
    remote: Path
    show: Shell
    forge: Forge
    price: str = ""

    def run(self, price: str, *words: str) -> int:
        """A run of a day on which the model costs so much."""
        self.price = price
        git(self.clone, "switch", "-q", "main")
        return self.show.run("modelsync", "sync", "--pr", *words, only=_SHOWN)

    def review(self) -> str:
        """What a reviewer commits to the branch."""
        git(self.clone, "switch", "-q", "--detach", f"origin/{_BRANCH}")
        (self.clone / "notes.txt").write_text("Looked at it.\n", "utf-8")
        git(self.clone, "add", "notes.txt")
        git(self.clone, "commit", "-q", "-m", "A note")
        git(self.clone, "push", "-q", "origin", f"HEAD:refs/heads/{_BRANCH}")
        return git(self.clone, "rev-parse", "HEAD")

    def merge(self) -> None:
        git(self.clone, "push", "-q", "origin", f"{_BRANCH}:main")
        git(self.clone, "push", "-q", "origin", "--delete", _BRANCH)
        self.forge.pulls[-1].state, self.forge.pulls[-1].merged_at = "closed", "now"

    def listed(self) -> bytes:
        """The recorded list with the price of the day, in USD per 1M tokens of input."""
        document = json.loads((HERE / "openrouter.json").read_bytes())
        for row in document["data"]:
            if row["id"] == _MODEL:
                row["pricing"]["prompt"] = f"{Decimal(self.price).scaleb(-6):f}"
        return json.dumps(document).encode()

    def answer(self, method: str, address: str, body: bytes) -> tuple[int, bytes]:
        if address.startswith("/api/v1/models"):
            return 200, self.listed()
        if address == "/other-list":
            return 200, (HERE / "other-list.json").read_bytes()
        if page := self.forge.page(address):
            return 200, page.encode()
        status, content = self.forge.answer(method, address, body)
        return status, json.dumps(content).encode()


def run(stream: TextIO, *, color: str) -> int:
    """Show it. Repository and remote stay, to look around in; returns the last run's exit code."""
    with _team(stream, color) as days:
        say = days.show.say
        say(f"A catalog, its remote, and a forge that is played on loopback: {days.clone.parent}")
        days.run("0.26")
        say(f"The next day {_MODEL} costs more: the same pull request is brought up to date.")
        days.run("0.27")
        say("A reviewer commits to the branch. That is kept, and said below the pull request, once.")
        commit = days.review()
        days.run("0.27")
        say(days.forge.pulls[0].comments[0].partition("\n")[0])
        say("The reviewer wants it dropped.")
        days.run("0.27", "--replace", commit[:10])
        say("A person closes it unmerged: what it changed is declined, on any machine.")
        days.forge.pulls[0].state = "closed"
        git(days.clone, "push", "-q", "origin", "--delete", _BRANCH)
        days.run("0.27")
        say("Another price is another question: it comes back, alone.")
        days.run("0.28")
        say("The list says again what was declined: nothing is left, and the run closes what it opened.")
        days.run("0.27")
        say("There is news: the same one is opened again.")
        days.run("0.29")
        say("It is merged, and its branch deleted. Nothing is left to do.")
        days.merge()
        git(days.clone, "switch", "-q", "main")
        git(days.clone, "pull", "-q", "--ff-only")
        code = days.run("0.29")
        say(f"Look around in {days.clone.parent}; remove it when you have seen enough.")
        return code


def serve(stream: TextIO, *, color: str) -> int:
    """Show the same catalog in a browser, until a signal ends it; what is applied there is proposed."""
    with _team(stream, color, has_other_list=True) as days:
        days.price = "0.26"
        days.show.say(f"A catalog, its remote, and a forge that is played on loopback: {days.clone.parent}")
        days.show.say("Open the address: look at the plan, decide what is held, apply. Ctrl-C ends it.")
        signal.signal(signal.SIGINT, lambda *_: None)  # what is served ends by it, and then this
        return days.show.run("modelsync", "serve", "--pr", "--port", "0")


@contextmanager
def _team(stream: TextIO, color: str, *, has_other_list: bool = False) -> Iterator[_Days]:
    """A new team: its clone, its remote, the lists that it follows and the forge, these on loopback."""
    folder = Path(tempfile.mkdtemp(prefix="modelsync-demo-"))
    days = _Days(folder / "clone", folder / "remote.git", Shell(folder, stream, color), Forge())
    with apart(), serving(days.answer) as address:
        here = {"GITHUB_API_URL": address, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": TOKEN}
        days.show = Shell(days.clone, stream, color, here)
        days.forge.home = address if has_other_list else days.forge.home
        other = _OTHER_SOURCE.format(address=address) if has_other_list else ""
        make_repository(days.clone, f"{address}/api/v1/models", other)
        git(days.clone, "init", "-q", "--bare", "-b", "main", str(days.remote))
        git(days.clone, "remote", "add", "origin", str(days.remote))
        git(days.clone, "push", "-q", "-u", "origin", "main")
        yield days
