"""Each part imports only from lower floors, each library has one home, and `--help` stays quick."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "sync/modelsync"
MODULES = sorted(PROGRAM.rglob("*.py"))

# The import law: what each part may import beside itself, `records` and `errors`. Lower parts stand lower.
MAY_IMPORT: dict[str, set[str]] = {
    "__main__": {"cli"},
    "__init__": {"jobs", "config", "run"},
    "cli": {"web", "jobs", "against", "config", "run", "report", "http", "disk", "catalog"},
    "web": {"jobs", "config", "run", "notify", "report"},
    "jobs": {
        *("run", "review", "against", "history", "config"),
        *("catalog", "sources", "notify", "targets", "plan", "report", "http", "yamledit", "disk"),
    },
    "run": {"config", "sources", "report", "http", "disk", "catalog"},
    "review": {"config", "catalog", "git", "yamledit", "http", "disk"},
    "against": {"config", "catalog", "sources", "git", "plan", "yamledit", "disk"},
    "history": {"config", "catalog", "git", "plan", "disk"},
    "config": {"catalog", "sources", "notify", "targets", "yamledit", "disk"},
    "catalog": {"yamledit"},
    "sources": {"http"},
    "notify": {"plan", "report", "http"},
    "targets": {"yamledit", "http", "disk"},
    "git": {"disk"},
    "plan": set(),
    "report": set(),
    "http": set(),
    "yamledit": set(),
    "disk": set(),
    "records": {"errors"},
    "errors": set(),
}
FLOORS = (
    {"__main__"},
    {"cli", "__init__"},
    {"web"},
    {"jobs"},
    {"run", "review", "against", "history"},
    {"config"},
    {"catalog", "sources", "notify", "targets", "git"},
    {"plan", "report", "http", "yamledit", "disk"},
    {"records"},
    {"errors"},
)
HOME_OF = {
    "click": {"cli"},
    "rich": {"report", "cli"},
    "ruamel": {"yamledit"},
    "_ruamel_yaml": {"yamledit"},
    "yaml": set(),
    "git": {"jobs"},
    "duckdb": {"jobs"},
    "cronsim": {"jobs"},
    "apprise": {"notify"},
    "litestar": {"web"},
    "jinja2": {"web"},
    "markupsafe": {"web"},
    "uvicorn": {"web"},
    "sqlalchemy": {"targets"},
    "psycopg": {"targets"},
    "requests": {"http"},
    "urllib3": {"http"},
}
SLOW = (
    *("requests", "git", "ruamel.yaml", "_ruamel_yaml", "rich", "deepdiff", "msgspec"),
    *("duckdb", "cronsim", "apprise", "sqlalchemy", "litestar", "jinja2", "uvicorn"),
)


def part_of(module: Path) -> str:
    """The first name below the program's folder that a module belongs to."""
    return module.relative_to(PROGRAM).parts[0].removesuffix(".py")


@cache
def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text())


@cache
def nodes(module: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parsed(module)))


def imports() -> Iterator[tuple[str, str, str]]:
    """Each import of each module, wherever it stands: the line, the part that imports, the dotted name."""
    for module in MODULES:
        for node in nodes(module):
            for name in _names(node):
                yield f"{module.relative_to(PROGRAM)}:{node.lineno}", part_of(module), name


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names):
            return [alias.name for alias in names]
        case ast.ImportFrom("modelsync", names):
            return [f"modelsync.{alias.name}" for alias in names]
        case ast.ImportFrom(str(module)):
            return [module]
        case ast.ImportFrom():
            return ["a relative import"]
        case _:
            return []


def test_the_table_names_every_part_and_nothing_else() -> None:
    assert set(MAY_IMPORT) == {part_of(module) for module in MODULES}
    assert sum(map(len, FLOORS)) == len(MAY_IMPORT)


def test_a_part_may_import_only_from_lower_floors() -> None:
    floor = {part: number for number, parts in enumerate(FLOORS) for part in parts}
    assert [
        (part, other)
        for part, others in MAY_IMPORT.items()
        for other in others
        if floor[other] <= floor[part]
    ] == []


def test_each_part_imports_only_what_the_table_allows() -> None:
    assert [
        f"{line} imports {name}"
        for line, part, name in imports()
        if name.startswith("modelsync.")
        and name.split(".")[1] not in {part, "records", "errors", *MAY_IMPORT.get(part, ())}
    ] == []


def test_records_import_nothing_of_ours_but_errors_and_those_nothing() -> None:
    allowed = {"records": {"records", "errors"}, "errors": {"errors"}}
    assert [
        f"{line} imports {name}"
        for line, part, name in imports()
        if name.startswith("modelsync.") and name.split(".")[1] not in allowed.get(part, {name.split(".")[1]})
    ] == []


def test_what_the_table_allows_is_used() -> None:
    used = {(part, name.split(".")[1]) for _, part, name in imports() if name.startswith("modelsync.")}
    assert {(part, other) for part, others in MAY_IMPORT.items() for other in others} - used == set()


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {_dotted(module): set(_ours(module)) for module in MODULES}
    while leaves := [name for name, others in graph.items() if not others & graph.keys()]:
        for name in leaves:
            del graph[name]
    assert graph == {}


def _dotted(module: Path) -> str:
    return ".".join(("modelsync", *module.relative_to(PROGRAM).with_suffix("").parts)).removesuffix(
        ".__init__"
    )


@cache
def _dotted_names() -> frozenset[str]:
    return frozenset(_dotted(module) for module in MODULES)


def _ours(module: Path) -> Iterator[str]:
    """The modules of ours that a module imports when it is run: not for its types alone."""
    names = _dotted_names()
    for_types = {
        inner
        for node in nodes(module)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in nodes(module):
        if isinstance(node, ast.ImportFrom) and node.module and node not in for_types:
            below = {f"{node.module}.{alias.name}" for alias in node.names} & names
            yield from (below or {node.module} & names) - {_dotted(module)}


def test_one_source_never_imports_another() -> None:
    from modelsync.sources import registry

    modules = {module.__name__ for module in registry.MODULES}
    assert [
        f"{line} imports {name}"
        for line, part, name in imports()
        if part == "sources" and name in modules and "registry" not in line
    ] == []


def test_only_its_own_module_knows_a_source_by_name() -> None:
    from modelsync.sources import registry

    homes = {module.SOURCE.name: Path(module.__file__).name for module in registry.MODULES}
    names = homes.keys() - {"file"}  # a word of its own
    first_config, vendors = (
        "jobs/init/__init__.py",
        {
            *("plan/mapping/native.py", "sources/aihubmix.py", "records/providers.py"),
            "targets/litellm_names.py",
        },
    )
    assert [
        f"{module.relative_to(PROGRAM)}:{node.lineno} {node.value}"
        for module in MODULES
        for node in nodes(module)
        if isinstance(node, ast.Constant) and node.value in names and module.name != homes[node.value]
        if str(module.relative_to(PROGRAM)) not in {first_config, *vendors}
    ] == []


def test_no_job_knows_a_target_by_name() -> None:
    from modelsync.targets.registry import TARGETS

    assert [
        f"{module.relative_to(PROGRAM)}:{node.lineno} {node.value}"
        for module in MODULES
        if part_of(module) == "jobs" and module.parent.name != "export"  # whose formats have names too
        for node in nodes(module)
        if isinstance(node, ast.Constant) and node.value in TARGETS
    ] == []


def test_only_a_shape_knows_where_the_entries_of_a_file_lie() -> None:
    others = {"sources", "report"}  # what APIs send and what `--json` prints has keys of these names too
    assert [
        f"{module.relative_to(PROGRAM)}:{node.lineno}"
        for module in MODULES
        if part_of(module) not in others and module.parent.name not in ("shapes", "export", "sql")
        for node in nodes(module)
        if isinstance(node, ast.Constant) and node.value in ("providers", "models")
    ] == []


def test_each_library_is_used_in_one_place() -> None:
    assert [
        f"{line} imports {name}"
        for line, part, name in imports()
        if part not in HOME_OF.get(name.partition(".")[0], {part})
    ] == []


def test_of_the_targets_only_databases_use_sqlalchemy() -> None:
    assert [
        line
        for line, _, name in imports()
        if name.partition(".")[0] == "sqlalchemy" and not line.startswith("targets/sql/")
    ] == []


def test_nothing_is_imported_by_a_relative_name() -> None:
    assert [line for line, _, name in imports() if name == "a relative import"] == []


def test_each_module_says_first_what_it_is() -> None:
    docstrings = {module: ast.get_docstring(parsed(module)) or "" for module in MODULES}
    assert [
        module.name for module, text in docstrings.items() if not text.partition("\n")[0].endswith(".")
    ] == []


def test_no_variable_is_called_by_a_word_that_hides_what_it_holds() -> None:
    hiding = {"said", "found", "stated", "told", "made"}
    assert [
        f"{module.relative_to(PROGRAM)}:{node.lineno}"
        for module in MODULES
        for node in nodes(module)
        if (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in hiding)
        or (isinstance(node, ast.arg) and node.arg in hiding)
    ] == []


def test_help_loads_nothing_that_is_slow() -> None:
    script = (
        "import json, sys\nfrom modelsync.cli import main\nsys.argv = ['modelsync', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(json.loads(answer.stdout.splitlines()[-1]))
    assert "Usage: modelsync" in answer.stdout
    assert "click" in loaded
    assert not loaded & set(SLOW)
