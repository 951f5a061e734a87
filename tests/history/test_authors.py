"""Who wrote what an entry says, read from real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelsync import catalog, git
from modelsync.catalog import DataFile, Shape
from modelsync.history.authors import Authors
from modelsync.records import Entry
from repositories import GitRepository

FILE = "openai.yaml"
SHAPE = Shape("per_1m_tokens")
FOLLOWS = "upstream: {openrouter: openai/o9}"


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    return GitRepository.create(tmp_path / "repository")


def says(repository: GitRepository, text: str, day: str, source: str = "", name: str = FILE) -> str:
    """A commit of that day in which the file holds these models; a run's where it names a source."""
    repository.write(name, f"providers:\n  openai:\n    models:\n{text}".encode())
    repository.git("add", "--all")
    run = f"Modelsync-Run: {day.replace('-', '')}T100000Z\nModelsync-Source: {source}\n\nx" if source else "x"
    repository.git("commit", "-q", "-m", f"x\n\n{run}", f"--date={day}T10:00:00+00:00")
    return f"{day}, {repository.git('rev-parse', 'HEAD')[:10]}"


def authors(repository: GitRepository) -> Authors:
    return Authors(
        git.Repository.find(repository.path), SHAPE, lambda commit: bool(commit.trailer("Modelsync-Source"))
    )


def now(repository: GitRepository, key: str = "o9", name: str = FILE) -> tuple[DataFile, Entry]:
    path = repository.path / name
    document = catalog.parse(name, path.read_bytes())
    entry = catalog.meaning({name: document}, SHAPE).providers["openai"].entries[key]
    return DataFile(name, path, path.read_bytes(), document), entry


def origins(repository: GitRepository, key: str = "o9", name: str = FILE) -> dict[str, str]:
    written = authors(repository).origins(*now(repository, key, name))
    return {field: str(origin) for field, origin in written.items()}


def test_a_value_is_of_the_commit_that_changed_it_and_not_of_one_that_touched_its_line(repository):
    """Prices of one line; a number written otherwise; a value of several lines."""
    tiers = "          tiers:\n          - {{above: 9, input: {}}}\n"
    entry = "      o9:\n        model: o9\n        pricing:\n          {}\n" + tiers
    line = "{{input: {}, output: {}, cache_read: 9.99}}"
    first = says(
        repository, f"      o9:\n        model: o9\n        pricing: {line.format(2, 8)}\n", "2026-01-02"
    )
    run = says(
        repository,
        f"      o9:\n        model: o9\n        {FOLLOWS}\n        pricing: {line.format(3, '8.0')}\n",
        "2026-02-03",
        "openrouter",
    )
    assert origins(repository) == {
        "model": f"a person's, {first}",
        "pricing.input": f"openrouter, {run}",
        "pricing.output": f"a person's, {first}",
        "pricing.cache_read": f"a person's, {first}",
    }
    tiered = says(repository, entry.format("input: 3", 6), "2026-03-04")
    again = says(repository, entry.format("input: 3", 7), "2026-03-05", "openrouter")
    written = origins(repository)
    assert written["pricing.tiers"] == f"openrouter, {again}"
    assert written["pricing.input"] == f"openrouter, {run}"
    assert tiered not in written.values()


def test_an_entry_is_followed_through_other_keys_places_and_files(repository):
    first = says(repository, f"      o9: {{model: o9, {FOLLOWS}}}\n", "2026-01-02")
    says(repository, f"      o1: {{model: o1}}\n      nine: {{model: o9, {FOLLOWS}}}\n", "2026-01-03")
    repository.git("mv", FILE, "other.yaml")
    repository.commit_all("moved")
    assert origins(repository, "nine", "other.yaml") == {"model": f"a person's, {first}"}


def test_what_no_commit_has_is_not_committed_yet(repository):
    says(repository, "      o9: {model: o9}\n", "2026-01-02")
    text = (repository.path / FILE).read_text().replace("o9}", "o9, context_length: 7}")
    (repository.path / FILE).write_text(f"{text}      new: {{model: new}}\n")
    assert origins(repository)["context_length"] == "not committed yet"
    assert origins(repository, "new") == {"model": "not committed yet"}


def test_a_shallow_clone_says_where_it_begins(repository, tmp_path):
    says(repository, "      o9: {model: o9}\n", "2026-01-02", "openrouter")
    says(repository, "      o9: {model: o9}\n      o1: {model: o1}\n", "2026-01-03")
    repository.git("clone", "-q", "--depth=1", f"file://{repository.path}", tmp_path / "shallow")
    shallow = GitRepository(tmp_path / "shallow")
    assert origins(shallow) == {"model": "before 2026-01-03, where this shallow clone begins"}


@pytest.mark.parametrize(
    ("source", "written", "known"),
    [
        ("openrouter", f"model: o9, {FOLLOWS}, context_length: 7", True),
        ("groq+openrouter", f"model: o9, {FOLLOWS}, context_length: 7", True),
        ("groq", f"model: o9, {FOLLOWS}, context_length: 7", False),
        ("", f"model: o9, {FOLLOWS}, context_length: 7", False),
        ("openrouter", f"model: o9, {FOLLOWS}, availability: unavailable", False),
        ("openrouter", "model: o9, upstream: {openrouter: openai/o8}, context_length: 7", False),
    ],
)
def test_a_run_once_wrote_an_entry_if_it_wrote_more_than_marks_by_the_id_that_it_follows(
    repository, source, written, known
):
    says(repository, f"      o9: {{model: o9, {FOLLOWS}}}\n", "2026-01-02")
    says(repository, f"      o9: {{{written}}}\n", "2026-01-03", source)
    says(repository, f"      o9: {{model: o9, {FOLLOWS}}}\n", "2026-01-04")
    assert authors(repository).once_wrote(*now(repository), "openrouter") is known
