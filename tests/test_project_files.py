"""What other people's repositories and this one's forge read is well formed and true."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from modelsync.records import Guard, Topic

BY_COMMANDS = {  # that a person gives, each of which says what it did
    *(Topic.ALIAS, Topic.CORRECTED, Topic.FILE, Topic.PINNED, Topic.RENAMED, Topic.SOURCE),
}
TOLD_BY_RUNS = [topic.value for topic in Topic if topic not in BY_COMMANDS]
ROOT = Path(__file__).parents[1]
FORGE = [
    ROOT / "action.yml",
    *sorted(path for path in (ROOT / ".github").rglob("*") if path.suffix in {".yml", ".yaml"}),
]


@pytest.mark.parametrize("path", [*FORGE, *ROOT.glob(".pre-commit-*.yaml")], ids=lambda path: path.name)
def test_each_file_of_settings_is_yaml(path: Path) -> None:
    assert yaml.safe_load(path.read_text())


def test_every_action_is_pinned_by_its_commit() -> None:
    used = [action for path in FORGE for action in re.findall(r"\buses: (\S+)", path.read_text())]
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)] == []


def test_the_offered_hook_takes_the_names_of_changed_files(workplace) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    changed = "catalog/providers/openai.yaml"
    assert re.search(hook["files"], changed)
    command = [sys.executable, "-m", *hook["entry"].split(), changed]
    assert subprocess.run(command, cwd=workplace.path, check=False).returncode == 0
    workplace.edit("context_length:", "context_length: many #")
    assert subprocess.run(command, cwd=workplace.path, check=False).returncode == 5


def test_the_tested_pythons_are_those_that_are_claimed() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    claimed = [
        name.rpartition(" :: ")[2] for name in project["classifiers"] if re.search(r":: 3\.\d+$", name)
    ]
    assert workflow["jobs"]["check"]["strategy"]["matrix"]["python"] == claimed


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    for folder in (ROOT / "docs", ROOT / "docs/decisions"):
        index = (folder / "index.md").read_text()
        pages = {page.name for page in folder.glob("*.md")} - {"index.md"}
        assert {page for page in pages if f"({page})" not in index} == set()


def _anchor(heading: str) -> str:
    """What GitHub and the site call it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_link_of_a_page_leads_to_what_is_there() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "bench/README.md"]
    broken = []
    for page in pages:
        text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
        for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
            name, _, anchor = link.partition("#")
            target = page.parent / name if name else page
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.M) if anchor else []
            if not target.exists() or (anchor and anchor not in map(_anchor, headings)):
                broken.append(f"{page.name}: {link}")
    assert broken == []


def test_every_command_of_make_is_explained_by_make() -> None:
    rules = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    printed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    inner = {"format", "lint", "types"}  # parts of check
    assert {rule for rule in rules if f"make {rule} " not in printed} == inner


def test_every_word_of_a_report_is_explained() -> None:
    explained = (ROOT / "docs/report.md").read_text()
    assert [word for word in TOLD_BY_RUNS if word not in explained] == []


def test_every_guard_is_explained() -> None:
    page = (ROOT / "docs/review.md").read_text()
    assert [guard for guard in Guard if guard not in page] == []
