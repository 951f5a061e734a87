"""A pytest plugin that prints which faults were made for real, how often, and whether each was survived.

`PYTHONPATH=tests python -m pytest -p faults` runs the tests that make a fault, which are those with
`@pytest.mark.fault(AREA, NAME)`. A test is one fault; one that makes several says how many with
`record_property("faults", n)`, and of Hypothesis' examples each counts. The table that is printed
and the one in `docs/faults.md` must name the same faults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

AREAS = (
    *("upstream data", "YAML files", "git", "forges", "file system", "network", "interruption"),
    *("secrets", "hostile text", "bombs", "targets"),
)
PAGE = Path(__file__).parent.parent / "docs/faults.md"
_ROW = re.compile(r"\| (?P<name>.+?) \|")


@dataclass
class Count:
    """What became of one fault."""

    survived: int = 0
    lost: int = 0
    skipped: int = 0

    def row(self, name: str) -> str:
        note = f"  ({self.skipped} could not be made here)" if self.skipped else ""
        return f"{name}{self.survived + self.lost:>8,}{self.survived:>10,}{self.lost:>14,}{note}"


class Faults:
    """The faults of one session, by area and name."""

    def __init__(self, whole: bool) -> None:
        self.whole = whole  # every test is asked for, so that the page can be compared
        self.counts: dict[tuple[str, str], Count] = {}
        self.examples: dict[Any, list[None]] = {}

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Only the tests that make a fault."""
        kept = [item for item in items if item.get_closest_marker("fault")]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
        for item in items:
            item.user_properties.extend(("fault", mark.args) for mark in item.iter_markers("fault"))
            test = getattr(item, "function", None)
            if hasattr(test, "hypothesis") and test not in self.examples:
                self.examples[test] = _counted(test)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        made = self.examples.get(getattr(item, "function", None))
        if made and call.when == "call":
            item.user_properties.append(("faults", len(made)))
            made.clear()
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        many = int(dict(report.user_properties).get("faults", 1))
        for area, name in (value for key, value in report.user_properties if key == "fault"):
            count = self.counts.setdefault((area, name), Count())
            if report.failed:
                count.lost += 1
            elif report.skipped:
                count.skipped += 1
            elif report.when == "call":
                count.survived += many

    # ------------------------------------------------------------------------ what is printed

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("faults")
        for line in (*self.table(), *self.differences()):
            terminalreporter.write_line(line)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not hasattr(session.config, "workerinput") and any(self.differences()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def table(self) -> Iterator[str]:
        width = 2 + max((len(name) for _, name in self.counts), default=0)
        yield f"{'':{width}}{'made':>8}{'survived':>10}{'not survived':>14}"
        for area in AREAS:
            rows = sorted((name, count) for (of, name), count in self.counts.items() if of == area)
            yield from ("", area) if rows else ()
            yield from (count.row(f"  {name:{width - 2}}") for name, count in rows)
        yield ""
        sums = (sum(getattr(count, of) for count in self.counts.values()) for of in vars(Count()))
        yield Count(*sums).row(f"{f'{len(self.counts)} faults':{width}}")

    def differences(self) -> Iterator[str]:
        """Where the page names other faults than the ones that were made."""
        if not self.whole:
            return
        page = set(documented())
        for area, name in sorted(self.counts.keys() - page):
            yield f"{PAGE.name} lacks, under {area}: {name}"
        for area, name in sorted(page - self.counts.keys()):
            yield f"{PAGE.name} names what no test made, under {area}: {name}"


def documented() -> Iterator[tuple[str, str]]:
    """The faults of the page: its headings are the areas, and the first cell of a row is a name."""
    areas, area = {area.casefold(): area for area in AREAS}, ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("#"):
            area = areas.get(line.lstrip("# ").casefold(), "")
        elif area and (row := _ROW.match(line)) and row["name"] != "what happens":
            yield area, row["name"]


def _counted(test: Any) -> list[None]:
    """A list that grows with each example that Hypothesis makes of a test."""
    made: list[None] = []
    one: Callable[..., Any] = test.hypothesis.inner_test

    def counted(*arguments: Any, **named: Any) -> Any:
        made.append(None)
        return one(*arguments, **named)

    test.hypothesis.inner_test = counted
    return made


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(area, name): a fault that the test makes for real")
    whole = config.args_source is config.ArgsSource.TESTPATHS and not config.option.keyword
    config.pluginmanager.register(Faults(whole), "fault-table")
