"""An edit of `sync.yaml` is taken only where all of the text then says what it should."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from modelsync.config import Place, edit
from modelsync.errors import CatalogEditRefused
from modelsync.yamledit import Insert, Set

TEXT = "aliases:\n  a/b: b  # ours\nsources: {}\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "sync.yaml").write_text(TEXT)
    return Place(tmp_path)


def test_an_edit_that_reads_back_as_wanted_keeps_the_rest_of_the_text(place: Place) -> None:
    file, before = edit.opened(place)
    wanted = msgspec.structs.replace(before, aliases={"a/b": "c"})
    edited = edit.changed(file, [Set(("aliases", "a/b"), "c")], wanted, section="aliases")
    assert edited.text == TEXT.replace(": b ", ": c ")


@pytest.mark.parametrize(
    "edits",
    [
        [],
        [Set(("aliases", "a/b"), "d")],
        [Set(("aliases", "a/b"), "c"), Insert((), "create_providers", True)],
    ],
)
def test_an_edit_that_says_less_more_or_else_is_refused_and_nothing_is_written(place, edits) -> None:
    file, before = edit.opened(place)
    wanted = msgspec.structs.replace(before, aliases={"a/b": "c"})
    with pytest.raises(CatalogEditRefused, match="would not read back") as refused:
        edit.changed(file, edits, wanted, section="aliases")
    assert "under `aliases`" in refused.value.advice
    assert refused.value.where.endswith("sync.yaml")
    assert place.config_file.read_text() == TEXT


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("aliases", "a/b"), TEXT.replace(": b ", ": c ")),
        (("aliases", "b/c"), TEXT.replace("sources", "  b/c: c\nsources")),
        (("create_providers",), TEXT + "create_providers: c\n"),
        (("exclude", "openai", 0), TEXT + "exclude:\n  openai: [c]\n"),
    ],
)
def test_a_setting_is_put_where_it_is_or_below_the_sections_it_needs(place, path, text) -> None:
    file, _ = edit.opened(place)
    assert edit.rewritten(file, [edit.put(file.document, path, "c")]).text == text
