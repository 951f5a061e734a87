"""A team that commits its catalog on days of its choice, and what history says of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from modelsync.config import Place
from modelsync.git import Repository
from modelsync.history.intervals import history_of
from modelsync.history.steps import steps
from modelsync.records import History, PriceInterval
from repositories import GitRepository

FILE = "catalog/providers/openai.yaml"
SETTINGS = "sources:\n  openrouter: {transformer: openrouter, authoritative: true, endpoints: [{url: 'https://x'}]}\n"
INPUT = "pricing.input"


class Team:
    """A team that commits its catalog on days of its choice."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.repository = GitRepository.create(folder, *options)
        self.place = Place(self.repository.path / "catalog")
        self.write("catalog/sync.yaml", SETTINGS)

    def write(self, name: str, text: str | None) -> None:
        if text is None:
            self.repository.git("rm", "-q", "-f", name)
        else:
            self.repository.write(name, text.encode())

    def commit(self, day: str, message: str = "by hand", *, merged: str = "") -> str:
        self.repository.git("add", "--all", ":!.modelsync")
        os.environ["GIT_COMMITTER_DATE"] = f"{merged or day}T09:00:00+00:00"
        self.repository.git("commit", "-q", "--allow-empty", "-m", message, f"--date={day}T08:00:00+00:00")
        return self.repository.git("rev-parse", "HEAD")

    def says(self, day: str, text: str, message: str = "by hand", file: str = FILE) -> str:
        self.write(file, text)
        return self.commit(day, message)

    def merge(self, day: str, *branches: str) -> str:
        os.environ["GIT_COMMITTER_DATE"] = os.environ["GIT_AUTHOR_DATE"] = f"{day}T09:00:00+00:00"
        self.repository.git("merge", "-q", "--no-ff", "-m", "Merge", *branches)
        del os.environ["GIT_AUTHOR_DATE"]
        return self.repository.git("rev-parse", "HEAD")

    def history(self, tip: str = "HEAD") -> History:
        """What is known, of which what is known of each model alone is a part."""
        repository = Repository.find(self.repository.path)
        every, _ = steps(repository, self.place, repository.commit_of(tip))
        history = history_of(every, tip)
        for name, intervals in history.intervals.items():
            assert history_of(every, tip, of=name).intervals[name] == intervals
        for former, name in history.names.items():
            alone = history_of(every, tip, of=former)
            assert (alone.names[former], alone.intervals[name]) == (name, history.intervals[name])
        return history

    def of(self, model: str = "openai/o9", field: str = INPUT) -> list[tuple[object, str, str]]:
        """Each value of a field with the days from and to which it counted."""
        return [
            (one.value, day_of(one.since), day_of(one.until))
            for one in self.intervals(model)
            if one.field == field
        ]

    def intervals(self, model: str = "openai/o9") -> tuple[PriceInterval, ...]:
        return self.history().intervals.get(model, ())


def day_of(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""


def models(entries: Mapping[str, str], provider: str = "openai") -> str:
    lines = "".join(f"      {key}: {entry}\n" for key, entry in entries.items())
    return f"providers:\n  {provider}:\n    models:\n{lines}"


def o9(price: str, key: str = "o9", comment: str = "", upstream: str = "{openrouter: openai/o9}") -> str:
    return (
        f"providers:\n  openai:\n    models:\n      {key}:\n        model: o9\n        upstream: {upstream}\n"
        f"        pricing:\n          input: {price}{comment}\n"
    )
