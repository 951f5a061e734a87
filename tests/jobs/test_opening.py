"""The catalog as a run opens it: a large one is parsed once, and read again from what that gave."""

from __future__ import annotations

from pathlib import Path

from test_inspect_job import GOOD, run_of

from modelsync.history import cache
from modelsync.jobs import opening

LARGE = GOOD + "# as long as that of thousands of models\n" * 30_000


def contexts(of: opening.Opened) -> list[object]:
    return [entry.values["context_length"] for entry in of.catalog.entries()]


def test_a_large_catalog_is_parsed_again_only_where_it_changed(tmp_path: Path) -> None:
    run = run_of(tmp_path, LARGE)
    assert contexts(opening.open_catalog(run)) == [128_000]
    known = cache.read_parsed(run.place)
    for _, contents in known.values():
        contents.providers["openai"].entries["gpt-4o"].values["context_length"] = 77
    cache.write_parsed(run.place, known)
    assert contexts(opening.open_catalog(run)) == [77]
    (run.place.catalog / "providers/openai.yaml").write_text(LARGE.replace("128000", "64000"))
    assert contexts(opening.open_catalog(run)) == contexts(opening.open_catalog(run)) == [64_000]


def test_where_nothing_can_be_noted_a_large_catalog_is_read_all_the_same(tmp_path: Path) -> None:
    run = run_of(tmp_path, LARGE)
    run.place.state.write_text("no folder")
    assert contexts(opening.open_catalog(run)) == [128_000]


def test_a_small_catalog_leaves_no_note(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    opening.open_catalog(run)
    assert not run.place.state.exists()
