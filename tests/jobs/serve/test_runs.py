"""What the index tells of the past is what git does, of any model and by any of its names."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelsync import config
from modelsync.config import Place
from modelsync.errors import UsageError
from modelsync.jobs import past
from modelsync.jobs.serve import index, indexing
from modelsync.jobs.serve.runs import Runs
from modelsync.run.request import Run
from repositories import GitRepository

FILE = "catalog/providers/all.yaml"
PAST = (  # what the catalog said after each commit
    {"a": {"x": "model: x, pricing: {input: 3}", "b/y": "model: y, features: [chat]"}},
    {"a": {"x": "model: x, pricing: {input: 4}", "b/y": "model: y, features: [chat]"}},
    {"a": {"z": "model: x, pricing: {input: 4}"}, "a/b": {"y": "model: y"}},
    {"a": {"z": "model: x, pricing: {input: 0.50, tiers: [{above: 9, input: 1}]}"}},
    {"a": {"z": "model: x, pricing: {input: 5}"}, "c": {"x": "model: x2, context_length: 9"}},
)
NAMES = ("a/x", "a/z", "x", "z", "a/b/y", "b/y", "y", "c/x")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    team = GitRepository.create(tmp_path / "team")
    team.write("catalog/sync.yaml", b"sources: {}\n")
    for number, providers in enumerate(PAST):
        lines = ["providers:"]
        for provider, models in providers.items():
            lines += [f"  {provider}:", "    models:"]
            lines += [f"      {key}: {{{entry}}}" for key, entry in models.items()]
        team.write(FILE, "\n".join([*lines, ""]).encode())
        monkeypatch.setenv("GIT_AUTHOR_DATE", f"2026-03-0{number + 1}T12:00:00Z")
        team.commit_all(f"commit {number}")
    place = Place(team.path / "catalog")
    made = Run(place=place, config=config.load(place), now=config.now())
    indexing.write(made, team.git("rev-parse", "HEAD"))
    return made


def runs_of(run: Run) -> Runs:
    opened = index.opened(run.place)
    assert opened
    return Runs(opened)


@pytest.mark.parametrize("name", NAMES)
def test_the_past_of_a_model_is_that_of_git_by_each_of_its_names(run: Run, name: str) -> None:
    ours, gits = runs_of(run).past(name), past.read(run, of=name)
    assert ours.history.intervals == gits.history.intervals
    assert ours.history.names == gits.history.names
    assert ours.history.intervals
    assert ours.history.notices == gits.history.notices


def test_a_model_that_never_was_has_no_past(run: Run) -> None:
    with pytest.raises(UsageError, match="never had a model a/q"):
        runs_of(run).past("a/q").model("a/q")


def test_the_commits_are_those_of_git_the_newest_first_with_what_each_did(run: Run) -> None:
    runs, steps = runs_of(run), past.read(run).steps
    assert runs.total == len(steps) == len(PAST)
    assert [one.step.commit for one in runs.some(1, 2)] == [steps[-2].commit, steps[-3].commit]
    newest = runs.some(0, 1)[0]
    assert (newest.added, newest.changed, newest.removed) == (1, 1, 0)
    assert [[one.name for one in step.changes] for step in runs.named(0, 9)] == [
        [one.name for one in step.changes] for step in steps
    ]
    for number, step in enumerate(steps):
        assert runs.one(step.commit[:12], 99) == (step, len(step.changes), number == 0)
    (cut, total, _) = runs.one(steps[0].commit, 1) or pytest.fail("it is not there")
    assert (cut.changes, total) == (steps[0].changes[:1], 2)
    assert runs.one("0" * 40, 9) is None
