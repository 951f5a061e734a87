"""A file that is as it was need not be parsed again, and what it says is the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalog_files import SAMPLES, opened, with_model
from test_follows import APART, IDS, MODELS

from modelsync import catalog
from modelsync.catalog import Opened, Shape
from modelsync.catalog.codec import Parsed, blob_of, pack, unpack
from modelsync.errors import CatalogError

FAULTY = with_model("model: a\npriority: high\ncontext_length: big  # modelsync: kep\n")


def packed(of: Opened) -> Parsed:
    """What was read of the files, as it comes back from a note."""
    return {name: (key, unpack(pack(contents))) for name, (key, contents) in of.parsed.items()}


def again(of: Opened, known: Parsed | None = None, shape: Shape | None = None) -> Opened:
    known = packed(of) if known is None else known
    return catalog.open_catalog(of.folder, of.patterns, shape or of.shape, known=known)


@pytest.mark.parametrize("file", [None, *sorted(SAMPLES.glob("*.yml"))], ids=str)
def test_a_file_that_is_as_it_was_says_the_same_and_is_not_parsed(tmp_path: Path, file: Path | None) -> None:
    first = opened(tmp_path, models=file.read_bytes() if file else FAULTY)
    second = again(first)
    assert repr(second.catalog) == repr(first.catalog)
    assert (second.problems, bool(second.problems)) == (first.problems, file is None)
    before, now = first.files["models.yaml"], second.files["models.yaml"]
    assert (now.parsed, now.layout, now.document.text) == (None, before.layout, before.document.text)


def test_what_was_read_by_other_rules_is_read_anew(tmp_path: Path) -> None:
    first = opened(tmp_path, models=with_model("model: a\npricing: {input: 0.000001}"))
    by_token = again(first, shape=Shape(pricing_unit="per_token"))
    assert [str(one.values["pricing.input"]) for one in by_token.catalog.entries()] == ["1"]


def test_a_file_that_changed_is_read_anew_and_no_other(tmp_path: Path) -> None:
    first = opened(tmp_path, one=with_model("model: a"), two=with_model("model: b").replace("openai", "groq"))
    (tmp_path / "two.yaml").write_text(with_model("model: c").replace("openai", "groq"))
    second = again(first)
    assert [one.values["model"] for one in second.catalog.entries()] == ["a", "c"]
    assert [file.parsed is None for file in second.files.values()] == [True, False]


def test_entries_follow_what_the_file_of_ids_says_now(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text(MODELS)
    (tmp_path / "upstream.yaml").write_text(IDS)
    first = catalog.open_catalog(tmp_path, ["*.yaml"], APART)
    assert repr(again(first).catalog) == repr(first.catalog)
    (tmp_path / "upstream.yaml").write_text(IDS.replace("v/k", "v/other"))
    entry = again(first).catalog.find("b", "k")
    assert entry is not None
    assert entry.upstream == {"openrouter": "v/other"}


def test_a_provider_that_comes_to_be_in_two_files_is_an_error_all_the_same(tmp_path: Path) -> None:
    known = packed(opened(tmp_path, first=with_model("model: a")))
    (tmp_path / "first.yaml").unlink()
    known = {**known, **packed(opened(tmp_path, second=with_model("model: b")))}
    (tmp_path / "first.yaml").write_text(with_model("model: a"))
    with pytest.raises(CatalogError, match=r"second\.yaml:2: provider openai is in first\.yaml too"):
        catalog.open_catalog(tmp_path, ["*.yaml"], Shape(), known=known)


def test_content_has_the_name_that_git_gives_to_it() -> None:
    assert blob_of(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
