"""Upstream's text all the way from its answer to the commit: it is text everywhere, and nothing else.

`FAULTS=full` takes many more examples.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_samples import ATTACKS, hostile
from test_report_commit import assert_harmless
from test_report_markdown import OURS, tokens

from fault_server import FaultServer
from modelsync.records import Plan
from modelsync.report import markdown
from thorough import FULL
from workplace import BRANCH, Workplace, row, rows
from yaml_reading import plain, read_1_1, read_1_2

EXAMPLES = 400 if FULL else 12
RULES = r"""  - {match: '^([^/]*)/', provider: '\1'}
create_providers: true
"""
YAML = (
    *(
        "no",
        "on",
        "~",
        "null",
        "1e3",
        "0123",
        "0o17",
        "12:30",
        "2024-01-01",
        "0x1F",
        "1_000",
        "=",
        "<<",
        ".inf",
    ),
    *(
        "a: b",
        "a:\n  b: c",
        "- a",
        "# a",
        "a # b",
        "{a: 1}",
        "[a]",
        "&a",
        "*a",
        "!a",
        "!!int 1",
        "? a",
        "| a",
    ),
    *("> a", "'", '"', "%YAML 1.1", "---", "...", "\t", "\\", "@a", "`a", "a\n---\nb: c"),
)
PATHS = (
    *("..", "../../etc/x", "a/../b", "/etc/passwd", "-rf", "--output=x", ".git/hooks/post-commit", "C:\\x"),
    *("..\\x", "CON", "~root", "$(id)", "a\x00b", "sync.yaml", "x" * 300),
)
texts = st.one_of(st.sampled_from((*ATTACKS, *YAML, *PATHS)), hostile)
words = st.one_of(
    st.sampled_from([text for text in (*ATTACKS, *YAML, *PATHS) if text.isprintable() and " " not in text]),
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=30),
)


@st.composite
def hostile_lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Hostile texts in plain models, hostile ids that may pass for one, and an id that cannot."""
    plain_ids = [f"openai/new-{number}" for number in range(3)]
    may_pass = [
        f"openai/{draw(words)}",
        f"openai/{draw(words)}:{draw(words)}",
        f"{draw(words)}/{draw(words)}",
    ]
    ids = [*plain_ids, *may_pass, draw(texts)]
    return [draw(hostile_rows(id_)) for id_ in ids]


@st.composite
def hostile_rows(draw: st.DrawFn, id_: str) -> dict[str, Any]:
    said = {"name": draw(texts), "description": draw(texts), "canonical_slug": draw(texts)}
    return row(id_, "1", "2", **{draw(texts): draw(texts)}, **said)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with FaultServer() as server:
        place = Workplace.make(tmp_path_factory.mktemp("hostile") / "made", server, RULES)
        place.edit(
            "name, context_length", "name, description, knowledge_cutoff, context_length", "catalog/sync.yaml"
        )
        place.team.commit_all("Texts as well")
        yield place


@pytest.mark.fault(
    "hostile text", "names, ids, descriptions and keys that mean harm, from the answer to the commit"
)
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(hostile_lists())
def test_text_of_upstream_is_text_everywhere(made: Workplace, attacks: list[dict[str, Any]]) -> None:
    place = copied(made)
    place.lists(*rows(o3="3"), *attacks)
    saved = place.path.parent / "plan.json"
    planned, done = place.run("plan", "--out", saved), place.run("sync", "--json")
    assert {planned.code, done.code} <= {0, 7}, (planned, done)
    assert {path.name for path in place.path.parent.iterdir()} <= {"made", "team", "plan.json"}
    expect_printable(planned.out, planned.err, done.out, done.err)
    if saved.exists():
        expect_printable(page := markdown(Plan.from_json(saved.read_bytes())))
        assert {name for name, _ in tokens(page)} <= OURS
    if done.json["commit"]:
        expect_one_plain_commit(place)
        expect_what_was_told(place, done.json["changes"])


def copied(made: Workplace) -> Workplace:
    path = made.path.with_name("team")
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(made.path, path)
    return Workplace(type(made.team)(path), made.server)


def expect_printable(*texts: str) -> None:
    for text in texts:
        assert all(line.isprintable() for line in text.replace("\u200b", "").split("\n")), repr(text)


def expect_one_plain_commit(place: Workplace) -> None:
    """One commit that changes one line of what was there, with our trailers and no others."""
    git = place.team.git
    assert git("rev-list", "--count", f"main..{BRANCH}") == "1"
    files = git("diff", "--name-only", "-z", "main", BRANCH).split("\0")[:-1]
    assert all(Path(file).parent == Path("catalog/providers") and file.endswith(".yaml") for file in files)
    assert git("status", "--porcelain") == ""
    assert [line for line in place.diff() if line[0] == "-"] == [
        "-        pricing: {input: 2, output: 8}   # one line is enough"
    ]
    message = git("log", "-1", "--format=%B")
    assert_harmless(message)
    trailers = git("log", "-1", "--format=%(trailers:only,unfold,keyonly)").split()
    assert trailers == ["Modelsync-Run", "Modelsync-Source", "Modelsync-Digest"]


def expect_what_was_told(place: Workplace, changes: list[dict[str, Any]]) -> None:
    """The files hold what was told, letter by letter, whoever reads them."""
    found = {}
    for path in (place.path / "catalog/providers").iterdir():
        text = path.read_bytes().decode()
        assert plain(read_1_1(text)) == plain(read_1_2(text))
        found |= read_1_2(text)["providers"]
    for change in changes:
        entry = found[change["provider"]]["models"][change["key"]]
        told = {field["field"]: field["new"] for field in change["fields"]}
        for field in ("model", "name", "description"):
            assert entry.get(field) == told.get(field, entry.get(field))
