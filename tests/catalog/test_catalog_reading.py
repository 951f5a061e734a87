"""What the catalog's files mean, and what is said of files that mean nothing."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from catalog_files import SAMPLES, entry, opened, with_model

from modelsync import catalog
from modelsync.catalog import Shape
from modelsync.errors import CatalogError
from modelsync.records import Unreadable

FULL = """\
model: gpt-4o-2024-08-06
upstream: {openrouter: openai/gpt-4o, openai: gpt-4o}
name: GPT-4o
context_length: 128000
pricing:
  input: 2.50
  output: 10
  request: 0
  tiers:
    - {above: 100000, input: 5, note: ours}
modalities: {input: [text, image], output: [text]}
features: [vision, our-word]
knowledge_cutoff: 2023-10
released: 2024-05-13
hidden: true
priority: 5
owner: platform team
"""


def test_every_field_is_read_as_its_kind(tmp_path: Path) -> None:
    read = entry(tmp_path, with_model(FULL))
    assert read.values["model"] == "gpt-4o-2024-08-06"
    assert read.values["context_length"] == 128000
    assert read.values["pricing.input"] == Decimal("2.5")
    assert read.values["modalities.input"] == ("text", "image")
    assert read.values["knowledge_cutoff"] == "2023-10"
    assert read.upstream == {"openrouter": "openai/gpt-4o", "openai": "gpt-4o"}
    assert (read.hidden, read.priority) == (True, 5)
    assert "owner" not in read.values


def test_a_base_is_a_name_and_a_persons_entry_has_its_reason(tmp_path: Path) -> None:
    read = entry(tmp_path, with_model("model: a\nbase: openai/gpt-4o\npriority: 100\nreason: ours"))
    assert (read.base, read.reason, read.inherited) == ("openai/gpt-4o", "ours", {})
    assert list(read.values) == ["model"]


def test_a_base_that_is_no_name_is_none_and_is_named(tmp_path: Path) -> None:
    of = opened(tmp_path, models=with_model("model: a\nbase: [openai/gpt-4o]"))
    assert [one.base for one in of.catalog.entries()] == [""]
    assert [problem.text for problem in of.problems] == ["openai/gpt-4o: base is not the name of an entry"]


@pytest.mark.parametrize("written", ["false", "[openai/gpt-4o]", "{id: openai/gpt-4o}", "4.1"])
def test_an_id_that_is_no_text_is_named_and_no_other_takes_its_place(tmp_path: Path, written: str) -> None:
    of = opened(tmp_path, models=with_model(f"model: a\nupstream: {{openrouter: {written}, openai: null}}"))
    assert [list(one.upstream) for one in of.catalog.entries()] == [["openrouter"]]
    assert ["is not the id of a model" in problem.text for problem in of.problems] == [True]


@pytest.mark.parametrize(
    ("written", "is_set", "is_named"),
    [
        *(("true", True, False), ("yes", True, True), ("on", True, True), ("'true'", True, True)),
        *(("false", False, False), ("no", False, True), ("null", False, False), ("1", False, True)),
    ],
)
def test_a_flag_is_set_as_readers_of_yaml_1_1_have_it_and_named(
    tmp_path: Path, written: str, is_set: bool, is_named: bool
) -> None:
    text = with_model(f"model: a\nhidden: {written}").replace("models:", f"local: {written}\n    models:")
    of = opened(tmp_path, models=text)
    assert [one.hidden for one in of.catalog.entries()] == [is_set]
    assert of.catalog.providers["openai"].local is is_set
    assert [problem.text.partition(" is neither")[0].split()[-1] for problem in of.problems] == (
        ["local", "hidden"] * is_named
    )


def test_absent_is_unknown_null_is_not_applicable_and_zero_is_a_price(tmp_path: Path) -> None:
    values = entry(tmp_path, with_model("model: a\npricing: {input: 0, output: null}")).values
    assert values["pricing.input"] == 0
    assert values["pricing.output"] is None
    assert "pricing.cache_read" not in values


@pytest.mark.fault("YAML files", "a value that cannot be read")
@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("context_length: 128k", "context_length"),
        ("context_length: -1", "context_length"),
        ("context_length: 9223372036854775808", "context_length"),
        ("context_length: 128000.5", "context_length"),
        ("context_length: true", "context_length"),
        ("pricing: {input: free}", "pricing.input"),
        ("pricing: {input: .nan}", "pricing.input"),
        ("pricing: {input: .inf}", "pricing.input"),
        ("pricing: free", "pricing.output"),
        ("pricing: {tiers: [{input: 3}]}", "pricing.tiers"),
        ("pricing: {tiers: 3}", "pricing.tiers"),
        ("features: vision", "features"),
        ("features: [vision, null]", "features"),
        ("features: {vision: true}", "features"),
        ("released: last May", "released"),
        ("released: 2025-02-30", "released"),
        ("name: 4", "name"),
        ("name: true", "name"),
        ("upstream: openai/gpt-4o", "upstream"),
    ],
)
def test_what_is_no_value_of_its_field_is_unreadable_and_never_guessed(
    tmp_path: Path, line: str, field: str
) -> None:
    assert isinstance(entry(tmp_path, with_model(f"model: a\n{line}")).values[field], Unreadable)


@pytest.mark.parametrize("written", ["128000", "128000.0", "0x1F400", "1.28e5"])
def test_a_whole_number_is_a_count_however_it_is_written(tmp_path: Path, written: str) -> None:
    values = entry(tmp_path, with_model(f"model: a\ncontext_length: {written}")).values
    assert values["context_length"] == 128000


@pytest.mark.parametrize("date", ["2025", "2025-07", "2025-07-31", "'2025-07-31'"])
def test_a_date_is_a_year_a_month_or_a_day(tmp_path: Path, date: str) -> None:
    assert entry(tmp_path, with_model(f"model: a\nreleased: {date}")).values["released"] == date.strip("'")


@pytest.mark.parametrize("key", ["1e3", "0123", "12:30", "no", "2024-01-01", "~x", "null", "on"])
def test_a_key_that_looks_like_something_else_is_text(tmp_path: Path, key: str) -> None:
    text = f"providers:\n  openai:\n    models:\n      {key}:\n        model: a\n"
    assert entry(tmp_path, text).key == key


@pytest.mark.parametrize("written", ["high", "'100'", "1.5", "true"])
def test_an_entry_of_doubtful_priority_is_a_persons_and_named(tmp_path: Path, written: str) -> None:
    found = opened(tmp_path, models=with_model(f"model: a\npriority: {written}"))
    assert [only.is_a_persons for only in found.catalog.entries()] == [True]
    assert "priority" in found.problems[0].text


def test_an_entry_that_is_no_mapping_is_left_out_and_named(tmp_path: Path) -> None:
    text = "providers:\n  openai:\n    models:\n      gpt-4o: soon\n      gpt-5:\n        model: gpt-5\n"
    found = opened(tmp_path, models=text)
    assert [read.key for read in found.catalog.entries()] == ["gpt-5"]
    assert [(problem.line, problem.text) for problem in found.problems] == [
        (4, "openai/gpt-4o: the entry is not a mapping")
    ]


@pytest.mark.parametrize("text", ["providers:\n", "providers: {}\n", "providers:\n  a:\n  b: {models: }\n"])
def test_what_holds_nothing_yet_is_a_catalog(tmp_path: Path, text: str) -> None:
    assert list(opened(tmp_path, models=text).catalog.entries()) == []


def test_what_git_lfs_keeps_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="git lfs pull"):
        opened(tmp_path, models="version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")


def test_several_providers_in_a_file_and_several_files_are_one_catalog(tmp_path: Path) -> None:
    two = "providers:\n  a: {models: {x: {model: x}}}\n  b: {models: {y: {model: y}}}\n"
    found = opened(tmp_path, first=two, second=with_model("model: z")).catalog
    assert {name: provider.file for name, provider in found.providers.items()} == {
        "a": "first.yaml",
        "b": "first.yaml",
        "openai": "second.yaml",
    }


def test_custom_keys_are_read_as_the_fields_that_they_are(tmp_path: Path) -> None:
    shape = Shape("per_1k_tokens", {"pricing.input": "cost.in", "pricing.output": "output_price"})
    values = entry(tmp_path, with_model("cost: {in: 0.003}\noutput_price: 0.015"), shape).values
    assert values == {"pricing.input": Decimal(3), "pricing.output": Decimal(15)}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_line_endings_and_a_byte_order_mark_change_no_meaning(tmp_path: Path, ending: str, bom: str) -> None:
    text = bom + with_model(FULL).replace("\n", ending)
    assert entry(tmp_path, text).values["pricing.output"] == 10


# ---------------------------------------------------------------------------- what cannot be read


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        (b"", ":1", "providers"),
        (b"# only a comment\n", ":1", "providers"),
        (b"- a\n- b\n", ":1", "providers"),
        (b"just words\n", ":1", "providers"),
        (b"providers: [a]\n", ":1", "providers"),
        (b"models: {}\n", ":1", "providers"),
        (b"providers:\n  a: {}\n---\nproviders: {}\n", ":3", "document"),
        (b"providers:\n  a: {}\n  b: {}\n  a: {}\n", ":4", "twice"),
        (b"providers:\n  a:\n    models: [x]\n", ":2", "models"),
        (b"providers:\n  a: words\n", ":2", "models"),
        (b"providers:\n  a:\n    models:\n      x: {model: \xff}\n", ":4", "UTF-8"),
        ("providers: {}\n".encode("utf-16"), ":1", "UTF-8"),
        (b"providers:\n\ta: {}\n", ":2", ""),
        (b"providers:\n  a: {{ name }}\n", ":2", ""),
        (b"providers: {a: {models: {x: {model: y}}}\n", ":", ""),
    ],
)
def test_a_file_that_is_no_catalog_is_an_error_with_file_and_line(
    tmp_path: Path, content: bytes, where: str, what: str
) -> None:
    with pytest.raises(CatalogError) as error:
        opened(tmp_path, models=content)
    assert f"models.yaml{where}" in error.value.where
    assert what in error.value.what


def test_a_provider_in_two_files_is_an_error_that_names_both(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"second\.yaml:2: provider openai is in first\.yaml too"):
        opened(tmp_path, first=with_model("model: a"), second=with_model("model: b"))


def test_a_named_file_that_is_missing_is_an_error_with_advice(tmp_path: Path) -> None:
    with pytest.raises(CatalogError) as error:
        catalog.open_catalog(tmp_path, ["gone.yaml"], Shape())
    assert "gone.yaml" in error.value.where
    assert "sync.yaml" in error.value.advice


def test_a_folder_in_place_of_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").mkdir()
    with pytest.raises(CatalogError, match="cannot be read"):
        catalog.open_catalog(tmp_path, ["models.yaml"], Shape())


@pytest.mark.fault("file system", "a symlink that leads out, to nothing or to itself; a hard link; a pipe")
def test_a_file_without_an_end_is_refused_and_never_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "device.yaml").symlink_to("/dev/zero")
    for name in ("pipe.yaml", "device.yaml"):
        with pytest.raises(CatalogError, match="is no regular file"):
            catalog.open_catalog(tmp_path, [name], Shape())
    assert not catalog.open_catalog(tmp_path, ["*.yaml"], Shape()).files


@pytest.mark.parametrize("pattern", ["../config/llm_models.yml", "../config/*.yml"])
def test_files_may_lie_in_a_folder_beside_the_catalogs(tmp_path: Path, pattern: str) -> None:
    for folder in ("catalog", "config"):
        (tmp_path / folder).mkdir()
    (tmp_path / "config" / "llm_models.yml").write_bytes((SAMPLES / "llm_models.yml").read_bytes())
    found = catalog.open_catalog(tmp_path / "catalog", [pattern], Shape("per_1k_tokens"))
    assert list(found.catalog.files) == ["../config/llm_models.yml"]
    assert "anthropic" in found.catalog.providers


def test_a_file_that_two_patterns_mean_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(with_model("model: a"))
    found = catalog.open_catalog(tmp_path, ["a.yaml", "*.yaml"], Shape())
    assert list(found.files) == ["a.yaml"]


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ('pricing: {input: "5.00"}', "pricing.input", Decimal(5)),
        ("pricing: {input: '2'}", "pricing.input", Decimal(2)),
        ("pricing: {input: '1e-05'}", "pricing.input", Decimal("0.00001")),
        ("context_length: 128_000", "context_length", 128_000),
        ("context_length: '128000'", "context_length", 128_000),
    ],
)
def test_a_number_in_quotes_or_of_yaml_1_1_is_the_number_that_is_meant(
    tmp_path: Path, line: str, field: str, value: object
) -> None:
    assert entry(tmp_path, with_model(f"model: a\n{line}")).values[field] == value


@pytest.mark.parametrize("text", ["12__8", "_128", "1,000", "0x10", "5 USD", "1:30", "٣"])
def test_text_that_only_looks_like_a_number_is_none(tmp_path: Path, text: str) -> None:
    read = entry(tmp_path, with_model(f"model: a\npricing: {{input: '{text}'}}"))
    assert isinstance(read.values["pricing.input"], Unreadable)


def test_the_factor_of_a_provider_is_that_of_its_models_that_state_none(tmp_path: Path) -> None:
    text = (
        "providers:\n  openai:\n    pricing_factor: 0.9\n    models:\n"
        "      a: {model: a, pricing: {input: 3}}\n"
        "      b: {model: b, pricing: {input: 3, factor: 0.5}}\n"
    )
    read = catalog.meaning({"a": catalog.parse("a", text.encode())}, Shape()).providers["openai"].entries
    assert {key: entry.values["pricing.factor"] for key, entry in read.items()} == {
        "a": Decimal("0.9"),
        "b": Decimal("0.5"),
    }
    assert "pricing.factor" not in read["a"].own
    assert "pricing.factor" in read["b"].own


def test_a_factor_of_a_provider_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("providers:\n  openai:\n    models: {}\n    pricing_factor: cheap\n")
    (problem,) = catalog.open_catalog(tmp_path, ["one.yaml"], Shape()).problems
    assert (problem.line, "pricing_factor" in problem.text) == (4, True)


def test_a_file_that_is_not_held_on_to_is_parsed_once_more_and_no_oftener(tmp_path: Path) -> None:
    """As one of a catalog of over 32 MB: `check` asks for the text of each thing that it names."""
    file = catalog.DataFile("a.yaml", tmp_path / "a.yaml", b"providers: {}\n")
    assert file.document is file.document
