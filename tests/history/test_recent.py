"""What the catalog gave up lately, read from real repositories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from modelsync import git
from modelsync.catalog import Shape
from modelsync.history import recent
from modelsync.records import Change, Earlier, FieldChange
from repositories import GitRepository

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
FILE = "openai.yaml"
PRICE = "pricing.input"


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    return GitRepository.create(tmp_path / "repository")


def says(repository: GitRepository, days_ago: int, price: str, message: str = "by hand") -> None:
    """A commit of that day in which the one model costs so much."""
    day = (NOW - timedelta(days=days_ago)).isoformat()
    entry = f"{{model: o9, pricing: {{input: {price}}}}}"
    text = f"# prices\nproviders:\n  openai:\n    models:\n      o9: {entry}\n"
    repository.write(FILE, text.encode())
    repository.git("add", "--all")
    repository.git("commit", "-q", "-m", message, f"--date={day}")


def earlier(
    repository: GitRepository, new: str, unit: str = "per_1m_tokens", branch: str = ""
) -> recent.RecentPast:
    """What is known of the price before it becomes `new` USD per 1M tokens."""
    change = Change("update", "openai", "o9", (FieldChange(PRICE, Decimal(9), Decimal(new)),))
    path = repository.path / FILE
    return recent.recent(
        git.Repository.find(repository.path), {path: [change]}, Shape(unit), now=NOW, days=14, branch=branch
    )


def test_a_number_that_was_given_up_is_known_with_its_day(repository):
    says(repository, 30, "3")
    says(repository, 5, "4")
    assert earlier(repository, "3").numbers == {
        ("openai/o9", PRICE): (Earlier(Decimal(3), (NOW - timedelta(days=5)).date()),)
    }


def test_what_was_given_up_long_ago_is_forgotten(repository):
    says(repository, 30, "3")
    says(repository, 15, "4")
    assert earlier(repository, "3").numbers == {}


def test_a_number_is_known_however_it_was_written_and_in_the_files_unit(repository):
    says(repository, 30, "3.0e-06")
    says(repository, 5, "0.000004")
    (found,) = earlier(repository, "3", "per_token").numbers.values()
    assert [before.value for before in found] == [Decimal(3)]


def test_another_number_than_the_one_that_comes_back_is_of_no_interest(repository):
    says(repository, 30, "3")
    says(repository, 5, "4")
    assert earlier(repository, "5").numbers == {}


def test_a_run_that_was_told_another_day_took_place_on_that_day(repository):
    says(repository, 30, "3")
    says(repository, 30, "4", "openrouter: ~1\n\nModelsync-Run: 20260518T120000Z-2")
    (found,) = earlier(repository, "3").numbers.values()
    assert found[0].until.isoformat() == "2026-05-18"


def test_a_file_that_could_not_be_read_then_says_nothing(repository):
    repository.write(FILE, b"providers: [input: 3\n")
    repository.git("add", "--all")
    repository.git("commit", "-q", "-m", "broken", f"--date={(NOW - timedelta(days=9)).isoformat()}")
    says(repository, 5, "4")
    assert earlier(repository, "3").numbers == {}


def test_a_shallow_clone_is_said_to_be_one(repository, tmp_path):
    says(repository, 9, "3")
    says(repository, 5, "4")
    assert not earlier(repository, "3").missing
    clone = GitRepository(tmp_path / "clone")
    repository.git("clone", "-q", "--depth=1", f"file://{repository.path}", clone.path)
    assert "shallow" in earlier(clone, "3").missing


def test_what_only_the_review_branch_says_was_never_said_by_the_catalog(repository):
    says(repository, 30, "3")
    repository.git("switch", "-q", "-c", "modelsync/openrouter")
    says(repository, 5, "4")
    found = git.Repository.find(repository.path)
    assert found.only_on("modelsync/openrouter") == {repository.git("rev-parse", "HEAD")}
    assert earlier(repository, "3", branch="modelsync/openrouter").numbers == {}
    repository.git("branch", "-f", "main")
    assert earlier(repository, "3", branch="modelsync/openrouter").numbers


def test_what_a_remote_has_merged_was_said_by_the_catalog(repository):
    says(repository, 30, "3")
    repository.git("switch", "-q", "-c", "modelsync/openrouter")
    says(repository, 5, "4")
    repository.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert git.Repository.find(repository.path).only_on("modelsync/openrouter") == frozenset()
    assert earlier(repository, "3", branch="modelsync/openrouter").numbers


def test_a_review_branch_that_was_pushed_is_still_only_a_proposal(repository):
    says(repository, 30, "3")
    repository.git("switch", "-q", "-c", "modelsync/openrouter")
    says(repository, 5, "4")
    repository.git("update-ref", "refs/remotes/origin/modelsync/openrouter", "HEAD")
    found = git.Repository.find(repository.path)
    assert found.only_on("modelsync/openrouter") == {repository.git("rev-parse", "HEAD")}
    assert earlier(repository, "3", branch="modelsync/openrouter").numbers == {}


def test_a_number_is_known_to_be_given_up_though_another_model_still_has_it(repository):
    text = "providers:\n  openai:\n    models:\n{}"
    model = "      {}:\n        model: {}\n        pricing:\n          input: {}\n"
    for days_ago, prices, added in ((30, "33", ""), (5, "43", ""), (2, "43", "      new: {model: new}\n")):
        models = "".join(
            model.format(key, key, price) for key, price in zip(("o9", "p9"), prices, strict=True)
        )
        repository.write(FILE, text.format(added + models).encode())
        repository.git("add", "--all")
        day = (NOW - timedelta(days=days_ago)).isoformat()
        repository.git("commit", "-q", "-m", "by hand", f"--date={day}")
    (found,) = earlier(repository, "3").numbers.values()
    assert [before.value for before in found] == [Decimal(3)]
