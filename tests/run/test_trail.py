"""What a run did last is told while it has the lock, and no longer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from modelsync.config import Place
from modelsync.disk import transaction
from modelsync.records.progress import Held, Planned
from modelsync.run import trail

RUN = """
import sys
from contextlib import nullcontext
from pathlib import Path
from modelsync.config import Place
from modelsync.disk import transaction
from modelsync.records.progress import Planned
from modelsync.run import trail
place = Place(Path(sys.argv[1]))
with transaction.lock(place.state, place.locked) if sys.argv[2:] else nullcontext():
    trail.leave(place, Planned(3, 4))
"""


def another_run(place: Path, *words: str) -> None:
    subprocess.run([sys.executable, "-c", RUN, str(place), *words], check=True)


def test_the_last_step_is_that_of_the_run_that_has_the_lock(tmp_path: Path) -> None:
    place = Place(tmp_path)
    trail.leave(place, Planned(1, 2))
    assert trail.at_work(place) is None
    another_run(tmp_path, "alone")
    assert trail.at_work(place) is None
    with transaction.lock(place.state, place.locked):
        begun = trail.at_work(place)
        assert begun
        assert begun.last is None, "a former run left it"
        for what in (Planned(3, 4), Held(5)):
            trail.leave(place, what)
            another_run(tmp_path)  # which only looks
            now = trail.at_work(place)
            assert now
            assert now.last
            assert now.last.what == what
    assert trail.at_work(place) is None


def test_a_step_that_cannot_be_read_or_written_is_none(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with transaction.lock(place.state, place.locked):
        (place.locked / "step").write_bytes(b"{")
        now = trail.at_work(place)
        assert now
        assert now.last is None
        (place.locked / "step").unlink()
        (place.locked / "step").mkdir()
        trail.leave(place, Held(1))
        assert trail.at_work(place)
