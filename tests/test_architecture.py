"""That each module imports only what its place in the design lets it import, and only when it is used."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SYNC = Path(__file__).parent.parent / "sync"
MODULES = sorted(SYNC.rglob("*.py"))
EVERYBODY = {"records", "errors"}

# What a module may import of ours beside records and errors; what is not here may import anything but cli.
MAY_IMPORT: dict[str, set[str]] = {
    "records": set(),
    "errors": set(),
    "guards": set(),
    "mapping": set(),
    "bases": set(),
    "plan": {"bases", "guards", "mapping"},
    "yamledit": set(),
    "http": set(),
    "sources": {"http", "yamledit"},
    "catalog": {"yamledit"},
    "config": {"yamledit", "catalog", "sources"},
    "schema": {"config", "catalog", "files"},
    "files": set(),
    "git": {"files"},
    "apply": {"files"},
    "backups": {"files", "apply"},
}
ONLY_IN = {
    "click": {"cli"},
    "rich": {"report", "cli"},
    "ruamel": {"yamledit"},
    "_ruamel_yaml": {"yamledit"},
    "yaml": set(),
    "git": {"git"},
    "requests": {"http"},
    "urllib3": {"http"},
}
SLOW = ("requests", "git", "ruamel.yaml", "_ruamel_yaml", "rich", "deepdiff", "msgspec")


def part_of(module: Path) -> str:
    """The first name below `sync` that a module belongs to."""
    return module.relative_to(SYNC).parts[0].removesuffix(".py")


def imports() -> Iterator[tuple[str, str, str]]:
    """Each import of each module, wherever it stands: the place, the part that imports, the dotted name."""
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text())):
            for name in _names(node):
                yield f"{module.relative_to(SYNC.parent)}:{node.lineno}", part_of(module), name


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names):
            return [alias.name for alias in names]
        case ast.ImportFrom("sync", names):
            return [f"sync.{alias.name}" for alias in names]
        case ast.ImportFrom(str(module)):
            return [module]
        case ast.ImportFrom():
            return ["a relative import"]
        case _:
            return []


def test_each_part_imports_only_what_its_place_allows() -> None:
    wrong = []
    for place, mine, name in imports():
        other = name.removeprefix("sync.").partition(".")[0]
        allowed = MAY_IMPORT.get(mine, {"anything"})
        if name.startswith("sync.") and other not in {mine, *EVERYBODY}:
            from_cli = other == "cli" and mine != "__main__"
            if from_cli or (allowed != {"anything"} and other not in allowed):
                wrong.append(f"{place} imports {name}")
    assert wrong == []


def test_one_source_never_imports_another() -> None:
    from sync.sources import SOURCES

    modules = {f"sync.sources.{name}" for name in SOURCES}
    assert [
        f"{place} imports {name}"
        for place, mine, name in imports()
        if mine == "sources" and name in modules and "__init__" not in place
    ] == []


def test_each_library_is_used_in_one_place() -> None:
    assert [
        f"{place} imports {name}"
        for place, mine, name in imports()
        if mine not in ONLY_IN.get(name.partition(".")[0], {mine})
    ] == []


def test_nothing_is_imported_by_a_relative_name() -> None:
    assert [place for place, _, name in imports() if name == "a relative import"] == []


def test_each_module_says_first_what_it_is() -> None:
    said = {module: ast.get_docstring(ast.parse(module.read_text())) or "" for module in MODULES}
    assert [module.name for module, text in said.items() if not text.partition("\n")[0].endswith(".")] == []


def test_help_loads_nothing_that_is_slow() -> None:
    script = (
        "import json, sys\nfrom sync.cli import main\nsys.argv = ['modelsync', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(json.loads(answer.stdout.splitlines()[-1]))
    assert "Usage: modelsync" in answer.stdout
    assert "click" in loaded
    assert not loaded & set(SLOW)
