"""A team whose catalog has a past."""

from __future__ import annotations

from pathlib import Path

import pytest
from dated_team import Team


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "")
    return Team(tmp_path / "team")
