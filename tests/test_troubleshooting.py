"""What the page of symptoms quotes is what the program prints, and what it tells one to type exists."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from modelsync.cli import modelsync

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/troubleshooting.md").read_text()
QUOTED_BY_GIT = {"detected dubious ownership"}
# what a run prints of an answer, of numbers or of names, beside words of its own
MADE_UP = {"declined in #12", "0 overrides made", "(rate limit)"}


def texts(path: Path) -> Iterator[str]:
    """The texts of a module, with `…` for what is filled in."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def first_cells() -> Iterator[str]:
    """What a reader sees, in the tables that begin with it."""
    tables = re.findall(r"^\| what you see .*\n\|-.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    for row in "".join(tables).splitlines():
        yield row.split(" | ")[0]


SYMPTOMS = sorted({quoted for cell in first_cells() for quoted in re.findall(r"`([^`]+)`", cell)})
COMMANDS = sorted(set(re.findall(r"(?:^|`)(modelsync [^`#\n]+)", PAGE, re.MULTILINE)))


@cache
def printed() -> list[str]:
    return [text for path in (ROOT / "sync/modelsync").rglob("*.py") for text in texts(path)]


def test_the_page_has_what_these_tests_look_for() -> None:
    assert len(SYMPTOMS) > 50
    assert len(COMMANDS) > 20


@pytest.mark.parametrize("symptom", [one for one in SYMPTOMS if one not in QUOTED_BY_GIT | MADE_UP])
def test_each_message_that_is_quoted_is_printed(symptom: str) -> None:
    parts = [re.escape(part) for part in symptom.split("…")]
    pattern = re.compile(".*".join(parts))
    assert any(pattern.search(text) for text in printed())


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_that_is_named_is_there_with_its_options(command: str) -> None:
    words = shlex.split(command)[1:]
    context = click.Context(modelsync)
    command = next(filter(None, (modelsync.get_command(context, word) for word in words)))
    known = {option for one in (modelsync, command) for p in one.params for option in p.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("-")} <= known
