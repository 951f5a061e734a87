"""The followed ids in a file of their own: no data file has a key for them, and they count all the same."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from catalog_files import NOON, add, remove, update

from modelsync import catalog
from modelsync.catalog import Opened, Shape
from modelsync.errors import CatalogError
from modelsync.records import Change, Plan

APART = Shape(follows="upstream.yaml")
MODELS = """\
providers:
  b:
    models:
      m: {model: m}
      k: {model: k}
  a:
    models: {x: {model: x}}
"""
IDS = "# ours\n\nb:\n  # the best\n  k: {openrouter: v/k}  # sure\n"


def opened(folder: Path, ids: str | None = IDS, models: str = MODELS) -> Opened:
    (folder / "models.yaml").write_text(models)
    if ids is not None:
        (folder / "upstream.yaml").write_text(ids)
    return catalog.open_catalog(folder, ["*.yaml"], APART)


def rewritten(of: Opened, *changes: Change) -> dict[str, str]:
    plan = Plan(NOON, (), of.catalog.files, changes)
    return {item.file.name: item.text for item in catalog.rewrites(of, plan)}


def follow(key: str, provider: str = "b", **ids: str) -> Change:
    return update(
        key, provider, **{f"upstream__{source}": upstream_id for source, upstream_id in ids.items()}
    )


def test_an_entry_follows_what_the_file_says_and_first_what_it_says_itself(tmp_path: Path) -> None:
    models = MODELS.replace("{model: m}", "{model: m, upstream: {groq: own}}")
    of = opened(
        tmp_path, "b:\n  m: {groq: m1, openrouter: v/m}\n  gone: {groq: g}\nnobody: {x: {groq: x}}\n", models
    )
    entries = of.catalog.providers["b"].entries
    assert entries["m"].upstream == {"groq": "own", "openrouter": "v/m"}
    assert entries["k"].upstream == {}
    assert "upstream.yaml" in of.catalog.files


@pytest.mark.parametrize("ids", [None, "", "# nothing\n", "b:\n", "b:\n  k:\n"])
def test_a_file_that_is_not_there_or_says_nothing_is_no_fault(tmp_path: Path, ids: str | None) -> None:
    of = opened(tmp_path, ids)
    assert [entry.upstream for entry in of.catalog.entries()] == [{}, {}, {}]
    assert "openrouter: v/m" in rewritten(of, follow("m", openrouter="v/m"))["upstream.yaml"]


@pytest.mark.parametrize(
    "ids", ["- b\n", "b: k\n", "b: {k: v/k}\n", "b: {k: [v]}\n", "b: {k: {openrouter: 5}}\n"]
)
def test_a_file_that_says_something_else_is_refused_with_its_line(tmp_path: Path, ids: str) -> None:
    with pytest.raises(CatalogError) as refused:
        opened(tmp_path, ids)
    assert "upstream.yaml" in refused.value.where
    assert "1" in refused.value.where.rpartition(":")[2]


def test_ids_go_into_the_file_in_order_and_into_no_data_file(tmp_path: Path) -> None:
    of = opened(tmp_path)
    texts = rewritten(
        of, follow("m", openrouter="v/m", groq="m"), follow("k", groq="k"), follow("x", "a", groq="x")
    )
    assert texts == {
        "upstream.yaml": "# ours\n\na:\n  x: {groq: x}\nb:\n  # the best\n"
        "  k: {groq: k, openrouter: v/k}  # sure\n  m: {groq: m, openrouter: v/m}\n"
    }


def test_one_change_is_written_to_both_files_and_a_removal_leaves_no_id(tmp_path: Path) -> None:
    of = opened(tmp_path)
    both = Change(
        "update", "b", "m", (*follow("m", openrouter="v/m").fields, *update("m", context_length=7).fields)
    )
    texts = rewritten(
        of, both, remove("k", "b"), add("n", "b", upstream__openrouter="v/n", pricing__input=Decimal(1))
    )
    assert yaml.safe_load(texts["upstream.yaml"]) == {
        "b": {"m": {"openrouter": "v/m"}, "n": {"openrouter": "v/n"}}
    }
    models = yaml.safe_load(texts["models.yaml"])["providers"]["b"]["models"]
    assert models == {"m": {"model": "m", "context_length": 7}, "n": {"model": "n", "pricing": {"input": 1}}}
    assert "openrouter" not in texts["models.yaml"]


def test_the_file_begins_with_what_it_is_for(tmp_path: Path) -> None:
    text = rewritten(opened(tmp_path, None), follow("m", openrouter="v/m"))["upstream.yaml"]
    assert text.startswith("# What each entry is followed by")
    assert text.endswith("\n\nb:\n  m: {openrouter: v/m}\n")


def test_a_renamed_entry_is_followed_as_before(tmp_path: Path) -> None:
    of = opened(tmp_path)
    made = catalog.rename(of, of.catalog.providers["b"].entries["k"], "kk", None)
    texts = {item.file.name: item.text for item in made}
    assert texts["upstream.yaml"] == IDS.replace("k: {", "kk: {")
