"""What `status` knows of the sources and of the catalog."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from modelsync import config
from modelsync.jobs import status
from modelsync.run.request import Run

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SYNC_YAML = """\
sources:
  openrouter: {endpoints: [{url: 'https://example.org/models'}]}
  google: {update_frequency: manual, endpoints: [{url: 'https://example.org/models'}]}
  litellm: {enabled: false, endpoints: [{}]}
"""
MODELS = "providers: {openai: {models: {gpt-4o: {model: gpt-4o, upstream: {openrouter: openai/gpt-4o}}}}}\n"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "catalog/providers").mkdir(parents=True)
    (tmp_path / "catalog/sync.yaml").write_text(SYNC_YAML)
    (tmp_path / "catalog/providers/openai.yaml").write_text(MODELS)
    place = config.find(str(tmp_path / "catalog"), tmp_path)
    return Run(place, config.load(place), NOON)


def test_says_which_variables_are_set_and_never_what_they_are(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-canary")
    monkeypatch.setenv("LITELLM_BASE_URL", "http://canary")
    (openrouter, google, litellm), notes = status.status(run)
    assert (openrouter.keys, openrouter.optional) == ({"OPENROUTER_API_KEY": True}, True)
    assert (set(google.keys), google.optional) == (
        {"GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_AI_API_KEY"},
        False,
    )
    assert litellm.addresses == {"LITELLM_API_URL": False, "LITELLM_BASE_URL": True}
    assert "canary" not in repr((openrouter, google, litellm, notes))


def test_says_what_is_due(run: Run) -> None:
    (openrouter, google, litellm), _ = status.status(run)
    assert (openrouter.due, google.due, litellm.due) == (True, False, False)


def test_says_that_a_source_which_is_off_is_asked_for_its_opinion(run: Run) -> None:
    asked = replace(run, config=replace(run.config, opinions=("litellm",)))
    (*others, litellm), _ = status.status(asked)
    assert ([one.opinion for one in others], litellm.opinion) == ([False, False], True)


def test_says_what_the_catalog_holds(run: Run) -> None:
    _, notes = status.status(run)
    assert notes[0] == "1 model of 1 provider in 1 file"
    assert notes[1].startswith("1 followed, 0 with a base, 0 with a pin, ")
