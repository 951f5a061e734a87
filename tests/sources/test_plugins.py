"""A new source is asked as ours are, in the tree or installed beside it, and harms nobody where it breaks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

import modelsync
from fault_server import FaultServer, reply
from modelsync.sources import SOURCES

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
MODULE = """
    from decimal import Decimal
    from modelsync.records import Model
    from modelsync.sources import Source
    from modelsync.sources.page import Page

    def pages(endpoint, key, get):
        body = get(endpoint, {"X-Key": key}).body.decode()
        yield Page(tuple(Model(id_, {"pricing.input": Decimal(2)}) for id_ in body.split()))
        yield Page((Model("last", {"context_length": 8, "features": ("chat",)}),))

    def says(*models):
        return Source("x", lambda endpoint, key, get: [*map(Page, [models])])

    def raising(endpoint, key, get):
        yield Page((Model("a", {}),))
        raise ValueError("\\x1b[31mno")

    def leaving(endpoint, key, get):
        yield Page((Model("a", {}),))
        raise SystemExit(3)

    ours, breaks, leaves = Source("x", pages), Source("x", raising), Source("x", leaving)
    function = pages
    static = says(Model("a", {}))
    none = Source("x", lambda endpoint, key, get: iter(["a"]))
    path = says(Model("../x", {}))
    floats = says(Model("a", {"pricing.input": 0.1}))
    field = says(Model("a", {"colour": "red"}))
"""
ASK = """
    import json, sys
    from pathlib import Path
    from modelsync.http import Client
    from modelsync.records import Failure
    from modelsync.sources import Endpoint, SourceSettings, listing_of

    name = sys.argv[1]
    address = "file:list.json" if name == "documented" else "file:list.txt"
    asked = SourceSettings((Endpoint(address),), transformer=name)
    answer = listing_of("theirs", asked, Client(), key="a-key", folder=Path(sys.argv[2]))
    failed = isinstance(answer, Failure)
    said = [answer.reason, answer.advice] if failed else [model.id for model in answer.models]
    print(json.dumps([failed, said, "importlib.metadata" in sys.modules]))
"""


@pytest.fixture
def ask(tmp_path: Path):
    """What a source says in a Python that has the plugins installed, and whether they were looked up."""
    (tmp_path / "documented.py").write_text(PAGE.read_text().split("```python")[1].split("```")[0])
    entries = [
        "ours = theirs:ours",
        "documented = documented:SOURCE",
        "missing = theirs:absent",
        "gone = nowhere:SOURCE",
        "ends = ends:SOURCE",
    ]
    names = ("static", "breaks", "leaves", "none", "function", "path", "floats", "field")
    entries += [f"{name} = theirs:{name}" for name in names]
    (tmp_path / "theirs.py").write_text(dedent(MODULE))
    (tmp_path / "ends.py").write_text("import sys\nsys.exit()")
    (tmp_path / "list.txt").write_text("b a")
    (tmp_path / "list.json").write_text(
        '{"data": [{"id": "c", "context": 8, "usd_per_million": 1.5}, {"id": "/"}]}'
    )
    installed = tmp_path / "theirs-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("\n".join(["[modelsync.sources]", *entries]))
    path = os.pathsep.join([str(tmp_path), *sys.path])

    def ask(name: str) -> tuple[bool, list[str], bool]:
        command = [sys.executable, "-c", dedent(ASK), name, str(tmp_path)]
        found = subprocess.run(command, env={"PYTHONPATH": path}, capture_output=True, text=True, check=True)
        assert found.stderr == ""
        return tuple(json.loads(found.stdout))

    return ask


def test_a_plugin_is_found_by_its_name_and_asked_as_ours_are(ask):
    assert ask("ours") == (False, ["a", "b", "last"], True)


def test_a_plugin_need_not_ask_anybody(ask):
    assert ask("static") == (False, ["a"], True)


def test_the_example_of_the_documentation_works(ask):
    assert ask("documented") == (False, ["c"], True)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gone", "ModuleNotFoundError"),
        ("missing", "AttributeError"),
        ("breaks", "ValueError: \\x1b[31mno"),
        ("leaves", "SystemExit: 3"),
        ("ends", "SystemExit"),
        ("none", "str is no Page"),
        ("function", "function is no Source"),
        ("path", "its id is not one that can be used"),
        ("floats", "pricing.input is float where Decimal is needed"),
        ("field", "colour is no field of a model"),
    ],
)
def test_a_broken_plugin_is_a_failure_that_names_it(ask, name, reason):
    failed, (said, advice), _ = ask(name)
    assert failed
    assert f"the plugin {name} failed: " in said
    assert reason in said
    assert "modelsync.sources" in advice


def test_a_name_that_nobody_has_is_a_failure_that_names_all_there_are(ask):
    failed, (said, advice), _ = ask("openruter")
    assert failed
    assert "no transformer of that name" in said
    assert {*SOURCES, "ours"} <= set(advice.removeprefix("set transformer: to one of ").split(", "))


def test_ours_are_never_looked_up(ask):
    failed, _, looked_up = ask("openai")
    assert failed
    assert not looked_up


AGGREGATOR = """
    from modelsync.sources import Filters, Source, payload, rows, rows_have

    def pages(endpoint, key, get):
        answer = get(endpoint, {"X-Key": key})
        yield rows.page_of(rows.read(answer.body), model, named="id", envelope=frozenset({"data"}))

    FIELDS = {"ctx": ("context_length", payload.count)}

    def model(row, facts):
        facts.take_fields(row, FIELDS)
        facts.take_prices(row, {"usd": "input"}, payload.per_million)
        facts.note("", row, FIELDS, {"id", "usd"})
        return facts.model(payload.identifier(row.get("id")))

    SOURCE = Source(
        "toyhub",
        pages,
        vendor_ids=True,
        variants=True,
        keys=("TOY_TOKEN",),
        key="required",
        addresses=("TOYHUB_URL",),
        filters={"*": Filters(exclude=("*/secret-*",))},
        recognises=rows_have("ctx"),
    )
"""
FROM_WITHIN = (
    "from modelsync.sources import Filters, Source, payload, rows, rows_have",
    "from modelsync.records import Filters\n"
    "from modelsync.sources import payload, rows\n"
    "from modelsync.sources.source import Source, rows_have",
)
ROWS = ("acme/m-1", "acme/m-1:free", "acme/secret-2", "other/x")
CONFIG = """
sources:
  hub: {transformer: TRANSFORMER, authoritative: true, endpoints: [ENDPOINT]}
create_providers: true
mapping: [{match: '^acme/', provider: acme-cloud}]
"""


def install(folder: Path) -> None:
    """The source as a package of somebody else's."""
    (folder / "toyhub.py").write_text(dedent(AGGREGATOR))
    installed = folder / "toyhub-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: toyhub\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[modelsync.sources]\ntoyhub = toyhub:SOURCE\n")


def add(folder: Path) -> None:
    """The source as CONTRIBUTING's steps add it to ours: a module, and its name in the tuple of modules."""
    package = folder / "modelsync"
    shutil.copytree(Path(modelsync.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "sources/toyhub.py").write_text(dedent(AGGREGATOR).replace(*FROM_WITHIN))
    registry = package / "sources/registry.py"
    text = registry.read_text()
    for last in ("    vertex,\n)", "    file,\n)"):
        assert text.count(last) == 1
        text = text.replace(last, last.replace(")", "    toyhub,\n)"))
    registry.write_text(text)


@pytest.fixture(params=[install, add])
def toyhub(request: pytest.FixtureRequest, tmp_path: Path):
    """Runs modelsync on a new catalog where there is an aggregator's source more."""
    request.param(tmp_path)
    listed = {"data": [{"id": id_, "ctx": 1000, "usd": "2.5"} for id_ in ROWS]}
    with FaultServer() as server:
        url = server.at("/models", reply(json.dumps(listed).encode()))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}

        def run(
            transformer: str, endpoint: str, *words: str, **more: str
        ) -> subprocess.CompletedProcess[str]:
            catalog = tmp_path / "catalog"
            catalog.mkdir(exist_ok=True)
            text = CONFIG.replace("TRANSFORMER", transformer).replace(
                "ENDPOINT", endpoint.replace("URL", url)
            )
            (catalog / "sync.yaml").write_text(text)
            command = [sys.executable, "-m", "modelsync", *words]
            more = {name: value.replace("URL", url) for name, value in more.items()}
            return subprocess.run(
                command, cwd=tmp_path, env=environment | more, capture_output=True, text=True, check=False
            )

        yield run


def test_the_models_of_a_new_aggregator_are_placed_by_the_mapping(toyhub, tmp_path):
    words = ("sync", "--no-commit")
    ran = toyhub("toyhub", "{url: URL}", *words, TOY_TOKEN="a-key")
    assert ran.returncode == 0, ran.stderr
    written = yaml.safe_load((tmp_path / "catalog/providers/acme-cloud.yaml").read_text())
    entries = written["providers"]["acme-cloud"]["models"]
    assert list(entries) == ["m-1"]
    assert entries["m-1"]["upstream"] == {"hub": "acme/m-1"}
    assert entries["m-1"]["pricing"] == {"input": 2.5}
    assert "1 unmapped, 1 variants" in ran.stdout
    again = toyhub("toyhub", "{url: URL}", *words, TOY_TOKEN="a-key")
    assert "Nothing to do" in again.stdout


def test_a_new_source_says_which_key_and_address_it_needs(toyhub):
    ran = toyhub("toyhub", "{url: URL}", "plan")
    assert "passed over, no key: hub (HUB_API_KEY or TOY_TOKEN)" in ran.stderr
    ran = toyhub("toyhub", "{}", "plan", TOY_TOKEN="a-key")
    assert "passed over, no address: hub (TOYHUB_URL)" in ran.stderr
    assert "acme-cloud" in toyhub("toyhub", "{}", "plan", TOY_TOKEN="a-key", TOYHUB_URL="URL").stdout


def test_a_file_in_the_format_of_a_new_source_is_recognised(toyhub):
    ran = toyhub("file", "{url: URL}", "plan")
    assert "m-1" in ran.stdout
    assert "2.5" in ran.stdout
