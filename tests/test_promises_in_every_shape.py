"""That a catalog keeps its promises whatever shape its files have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from modelsync.yamledit import parse
from workplace import BRANCH, Workplace, row, rows

FILE = "catalog/models.yaml"
FIELDS = {"gpt-4o": "context_length: 128000", "o1": "team: search", "o3": "region: eu", "o4-mini": "note: x"}
PRICES = {"gpt-4o": (2.5, 10), "o1": (15, 60), "o3": (2, 8), "o4-mini": (1.1, 4.4)}
KEYS: dict[str, str] = {
    "nested": "",
    "grouped": "",
    "by id": "keys: {model: id, pricing.input: input_price, pricing.output: output_price}\n",
    "by model": "",
    "by name": "keys: {model: name, name: display_name}\n",
    "both": "keys: {model: model_id, name: display_name}\n",
}


def entry_of(shape: str, model: str) -> list[str]:
    """The lines of one entry, the first with its key."""
    first = {"nested": f"{model}:", "by id": f"id: {model}"}
    first |= dict.fromkeys(("by model", "grouped"), f"model: {model}")
    more = {"nested": [f"model: {model}"], "both": [f"model_id: {model}"]}
    prices = "{}pricing:\n  input: {}  # list price\n  output: {}".format("", *PRICES[model])
    if shape == "by id":
        prices = "input_price: {}  # list price\noutput_price: {}".format(*PRICES[model])
    followed = f"upstream: {{openrouter: openai/{model}}}"
    return [
        first.get(shape, f"name: {model}"),
        *more.get(shape, []),
        followed,
        *prices.splitlines(),
        f"{FIELDS[model]}   # ours",
    ]


def text_of(shape: str) -> str:
    """A file of several entries with comments of every kind."""
    lines = ["# Ours. Ask first.", "providers:"]
    nested = shape == "nested"
    by_key = shape in ("nested", "grouped")
    lines += ["  openai:" if by_key else "  - provider: openai", "    models:"]
    for model in PRICES:
        first, *below = entry_of(shape, model)
        lines += ["", f"      # about {model}", f"      {first}" if nested else f"      - {first}"]
        lines += [f"        {line}" for line in below]
    return "\n".join([*lines, "# the end", ""])


@pytest.fixture(params=KEYS)
def shape(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def at(workplace: Workplace, shape: str) -> Workplace:
    """The workplace with one file of this shape."""
    for file in (workplace.path / "catalog/providers").iterdir():
        file.unlink()
    workplace.configure("files: [models.yaml]\n" + KEYS[shape])
    workplace.edit(", name,", ",", "catalog/sync.yaml")
    workplace.team.write(FILE, text_of(shape).encode())
    workplace.team.commit_all("one file")
    workplace.lists(*listed())
    return workplace


def listed(**changed: str | None) -> list[dict[str, Any]]:
    names = {f"openai/{model}" for model in PRICES}
    return [one for one in rows(**changed) if one["id"] in names]


def models(at: Workplace) -> dict[str, dict[str, Any]]:
    """Each entry of the file by its `openrouter` id."""
    providers = yaml.safe_load((at.path / FILE).read_text())["providers"]
    (provider,) = providers.values() if isinstance(providers, dict) else providers
    entries = provider["models"]
    entries = entries.values() if isinstance(entries, dict) else entries
    return {entry["upstream"]["openrouter"]: entry for entry in entries}


def order(at: Workplace) -> list[str]:
    return [name.removeprefix("openai/") for name in models(at)]


def test_a_catalog_that_says_what_upstream_says_is_left_alone(at: Workplace) -> None:
    before = at.state()
    ran = at.run("sync")
    assert (ran.code, at.state()) == (0, before), ran.err + ran.out


def test_a_new_price_changes_its_own_line_and_the_second_run_nothing(at: Workplace) -> None:
    at.lists(*listed(o3="3"))
    assert at.run("sync").code == 0
    old, new = at.diff("main", BRANCH)
    assert "# list price" in new
    assert old.replace(" 2 ", " 3 ") == "-" + new[1:]
    at.team.git("merge", "-q", BRANCH)
    assert at.run("check", "--against", "HEAD~1").code == 0
    before = at.state()
    assert at.run("sync").code == 0
    assert at.state() == before


def test_a_new_model_stands_beside_its_siblings_in_their_manner(at: Workplace, shape: str) -> None:
    at.lists(*listed(), row("openai/o3-pro", "20", "80"))
    ran = at.run("sync", "--no-commit")
    assert ran.code == 0, ran.err
    assert order(at) == ["gpt-4o", "o1", "o3", "o3-pro", "o4-mini"]
    new, sibling = (list(models(at)[f"openai/{name}"]) for name in ("o3-pro", "o3"))
    assert [key for key in new if key in sibling] == [key for key in sibling if key in new]
    assert all(line.startswith("+") for line in at.diff("HEAD"))
    assert at.run("check").code == 0
    at.team.commit_all("merged")
    assert at.run("check", "--against", "HEAD~1").out == ""
    before = at.state()
    assert at.run("sync").code == 0
    assert at.state() == before


def test_a_new_model_may_come_first_and_its_id_stays_as_it_is(at: Workplace, shape: str) -> None:
    at.lists(*listed(), row("openai/aaa", "20", "80"), row("openai/gpt-5.6", "20", "80"))
    assert at.run("sync", "--no-commit").code == 0
    assert order(at) == ["aaa", "gpt-4o", "gpt-5.6", "o1", "o3", "o4-mini"]
    named_by_model = shape.removeprefix("by ") in ("id", "model", "name", "grouped")
    assert at.run("show", "openai/gpt-5.6" if named_by_model else "openai/gpt-5-6").code == 0
    assert all(line.startswith("+") for line in at.diff("HEAD"))


def test_a_new_provider_stands_behind_the_others_with_its_models(at: Workplace) -> None:
    at.edit("files:", "create_providers: true\nfiles:", "catalog/sync.yaml")
    at.team.commit_all("create_providers")
    at.lists(*listed(), *rows()[-1:])
    assert at.run("sync", "--no-commit").code == 0
    assert all(line.startswith("+") for line in at.diff("HEAD"))
    assert (at.path / FILE).read_text().endswith("# the end\n")
    assert at.run("show", "anthropic/claude-opus-5").code == 0
    at.team.commit_all("merged")
    assert at.run("check", "--against", "HEAD~1").out == ""
    assert "Nothing to do" in at.run("sync").out


def test_a_new_file_has_the_shape_of_the_others(at: Workplace, shape: str) -> None:
    at.edit("files: [models.yaml]", "create_providers: true\nfiles: ['*s.yaml']", "catalog/sync.yaml")
    at.team.git("mv", FILE, "catalog/openais.yaml")
    at.team.commit_all("a file for each")
    at.lists(*listed(), *rows()[-1:])
    assert at.run("sync", "--no-commit").code == 0
    providers = yaml.safe_load((at.path / "catalog/anthropics.yaml").read_text())["providers"]
    assert isinstance(providers, dict) == (shape in ("nested", "grouped"))
    assert at.run("check").code == 0
    at.team.commit_all("merged")
    assert "Nothing to do" in at.run("sync").out


@pytest.mark.parametrize("text", ["providers:\n", "providers: {}\n", "providers: []\n"])
def test_what_holds_nothing_yet_gets_its_first_provider(workplace: Workplace, text: str) -> None:
    for file in (workplace.path / "catalog/providers").iterdir():
        file.unlink()
    workplace.team.write(FILE, text.encode())
    workplace.configure("files: [models.yaml]\ncreate_providers: true\nkeys: {model: id}\n")
    workplace.team.commit_all("nothing yet")
    assert workplace.run("sync", "--no-commit").code == 0
    assert workplace.run("show", "openai/o3").code == 0
    assert ("- provider: openai" in (workplace.path / FILE).read_text()) == ("[]" in text)


@pytest.mark.parametrize("start", ["", " EMPTY"])
def test_the_first_models_of_a_provider_start_its_list(at: Workplace, shape: str, start: str) -> None:
    by_key = shape in ("nested", "grouped")
    head = "providers:\n  openai:\n" if by_key else "providers:\n  - provider: openai\n"
    start = start.replace("EMPTY", "{}" if shape == "nested" else "[]")
    at.team.write(FILE, f"{head}    models:{start}\n".encode())
    at.team.commit_all("no models")
    keys = "keys: {model: id}\n" if shape != "nested" else ""
    at.configure("files: [models.yaml]\n" + keys)
    at.team.commit_all("keys")
    ran = at.run("sync", "--no-commit")
    assert ran.code == 0, ran.err
    assert order(at) == list(PRICES)
    assert at.run("check").code == 0
    at.team.commit_all("merged")
    assert "Nothing to do" in at.run("sync").out


def test_a_model_that_is_gone_goes_with_its_own_lines_only(at: Workplace) -> None:
    at.lists(*listed(o3=None))
    ran = at.run("prune", "--no-commit")
    assert ran.code == 0, ran.err
    assert order(at) == ["gpt-4o", "o1", "o4-mini"]
    text = (at.path / FILE).read_text()
    assert [name for name in PRICES if f"# about {name}" in text] == order(at)
    assert text.endswith("# the end\n")


def test_a_pin_keeps_a_field_and_a_model(at: Workplace) -> None:
    assert at.run("pin", "openai/o3:pricing.input", "--reason", "agreed").code == 0
    ran = at.run("pin", "openai/o1")
    assert ran.code == 0, ran.err
    assert sum("modelsync: keep" in line for line in at.diff("HEAD")) == 2
    at.team.commit_all("pinned")
    at.lists(*listed(o3="3", o1="16", gpt_4o="2.6"))
    before = at.state()
    assert at.run("sync", "--no-commit").code == 0
    assert before != at.state()
    assert len(at.diff("HEAD")) == 2


def test_an_excluded_model_is_left_alone(at: Workplace) -> None:
    assert at.run("exclude", "openai", "o3").code == 0
    at.team.commit_all("excluded")
    at.lists(*listed(o3="3"))
    before = at.state()
    assert at.run("sync").code == 0
    assert at.state() == before


def test_a_renamed_model_keeps_its_place_and_comments(at: Workplace, shape: str) -> None:
    ran = at.run("rename", "openai", "o3", "o3-old")
    assert ran.code == 0, ran.err
    assert len(at.diff("HEAD")) == 2
    assert order(at) == list(PRICES)
    assert at.run("show", "openai/o3-old").code == 0


def test_list_and_show_tell_the_models(at: Workplace) -> None:
    assert all(name in at.run("list", "openai").out for name in PRICES)
    assert "60" in at.run("show", "openai/o1").out


def test_check_names_the_line_of_what_is_wrong(at: Workplace) -> None:
    assert at.run("check").code == 0
    at.edit("context_length: 128000", "context_length: many", FILE)
    text = (at.path / FILE).read_text()
    line = text[: text.index("many")].count("\n") + 1
    assert f"models.yaml:{line}: " in at.run("check").out


def test_check_against_names_a_comment_and_a_key_that_are_lost(at: Workplace) -> None:
    at.edit("team: search   # ours", "squad: search", FILE)
    at.team.commit_all("lost")
    out = at.run("check", "--against", "HEAD~1").out
    assert "openai/o1: team is gone" in out
    assert "the comment is gone" in out


def test_a_catalog_is_adopted_in_its_shape(at: Workplace, shape: str, tmp_path: Path) -> None:
    folder = tmp_path / "adopted"
    ran = at.run("init", "--from", at.path / FILE, "--catalog", folder, "--pricing-unit", "per_1m_tokens")
    assert ran.code == 0, ran.err
    written = parse((folder / "sync.yaml").read_text()).value()
    assert {"model", "pricing.input", "pricing.output"} <= set(written["fields"])
    assert "name" not in written["fields"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("providers: [{provider: a}, {provider: a}]\n", "`provider:` of its own"),
        ("providers: [{provider: a}, b]\n", "`provider:` of its own"),
        ("providers: [{provider: a, models: [{id: x}, {id: x}]}]\n", "`id:` of its own: x is there twice"),
        ("providers: [{provider: a, models: [{id: x}, {model: y}]}]\n", "`id:` of its own"),
        ("providers: [{provider: a, models: [{id: 7}]}]\n", "`id:` of its own: the item 1 has none"),
        ("providers: [{provider: a, models: {x: {}}}]\n", "a list `models:`"),
        ("providers: [{provider: a, models: [{name: x}]}]\n", "cannot be their display name"),
    ],
)
def test_a_list_whose_items_have_no_name_of_their_own_is_refused(
    workplace: Workplace, text: str, why: str
) -> None:
    workplace.team.write("catalog/providers/a.yaml", text.encode())
    ran = workplace.run("check")
    assert ran.code != 0
    assert why in ran.err
    assert "a.yaml:1" in ran.err
