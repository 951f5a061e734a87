"""The index that the page reads: what writing it takes, and what it answers beside a scan of the release."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import median

from litestar.testing import TestClient

from bench import catalogs
from bench.measure import Aim, Sample, aim_line, in_turn, ratio_line, whole_process
from modelsync import config
from modelsync.config import Place
from modelsync.jobs.export import release
from modelsync.jobs.serve import index
from modelsync.jobs.serve.server import Server
from modelsync.jobs.serve.table import Page, Query, Row, row_of
from modelsync.run.request import Run
from modelsync.web import application

QUESTIONS = {
    "search": Query(text="model 9"),
    "search that finds all": Query(text="mod vend"),
    "a letter that all have, by name": Query(text="m", sort="name"),
    "three words that all have, far in": Query(text="model inst vend", sort="input", offset=10_000),
    "filter and sort": Query(sort="output", most_input=Decimal("12.5"), features=("vision", "chat")),
    "a page far in": Query(sort="name", descending=True, offset=10_000),
}
WRITING, MEMORY, RATIO, MILLISECONDS = Aim(at_most=20), Aim(at_most=150), Aim(at_least=5), Aim(at_most=100)
PAGES = (
    "/",
    "/?q=model",
    "/models/vendor-7/model-7-instruct",
    "/providers",
    "/history",
    "/api/history?model=vendor-7/model-7-instruct",
)
_SERVED = """
import sys
import time
from pathlib import Path
from modelsync.config import Place
from modelsync.jobs.serve import index
from modelsync.jobs.serve.table import Query
opened = index.opened(Place(Path(sys.argv[1])))
for text in ("m", "model 9", "vend"):
    for sort in ("", "input", "name"):
        opened.page(Query(text=text, sort=sort))
"""


def lines(work: Path, url: str, size: int, pairs: int) -> Iterator[str]:
    """Writing in a process of its own, then each question; both ways have to give the same page."""
    folder = catalogs.synthetic(work / "served", url, size)
    sample = _written(folder)
    name = f"seconds of the processor to write the index of {size:,} models, with nothing noted before"
    yield aim_line(name, sample.processor, WRITING)
    clock = f"{sample.seconds:.1f} by the clock, behind all other work"
    yield f"         {clock}; {sample.peak / 1e6:,.0f} MB until it ends"
    file = folder / "catalog" / "providers" / "vendor-7.yaml"
    file.write_text(file.read_text().replace("1048576", "1048577"))
    catalogs.commit(folder)
    yield aim_line("seconds of the processor to write the next one", _written(folder).processor, WRITING)
    served = whole_process([sys.executable, "-c", _SERVED, "catalog"], folder)
    yield aim_line(f"MB of a process that answers from it for {size:,} models", served.peak / 1e6, MEMORY)

    place = Place(folder / "catalog")
    run = Run(place=place, config=config.load(place), now=config.now())
    rows = [row_of(model, run.now.date()) for model in release(run, "HEAD").models]
    opened = index.opened(place)
    if opened is None:
        raise RuntimeError("there is no index")
    for name, query in QUESTIONS.items():
        if (ours := opened.page(query)) != (obvious := scanned(rows, query)):
            raise RuntimeError(f"{name}: {ours.total} models, and {obvious.total} by the scan")
        ways = partial(scanned, rows, query), partial(opened.page, query)
        above, below = in_turn(*(partial(_seconds, way) for way in ways), pairs)
        yield ratio_line(name, above, below, RATIO, "the scan {}, the index {}")
        yield aim_line(f"milliseconds, {name}", 1000 * median(below), MILLISECONDS)
    yield from _pages(run, pairs)


def _written(folder: Path) -> Sample:
    """What it takes to write the index of the newest commit."""
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True
    )
    command = [sys.executable, "-m", "modelsync.jobs.serve.indexing", "catalog", head.stdout.strip()]
    return whole_process(command, folder)


def _pages(run: Run, times: int) -> Iterator[str]:
    """What whole pages take of the server's processor, git's not counted."""
    with Server(run) as server, TestClient(application.of(server)) as client:
        for path in PAGES:
            client.get(path).raise_for_status()
            seconds = [_seconds(partial(client.get, path)) for _ in range(times)]
            yield aim_line(f"milliseconds, {path}", 1000 * median(seconds), MILLISECONDS)


def _seconds(way: Callable[[], object]) -> float:
    begun = time.process_time()
    way()
    return time.process_time() - begun


def scanned(rows: list[Row], query: Query) -> Page:
    """The obvious way: a look at every row, then a sort."""
    sought = re.findall(r"\w+", query.text.lower())
    meant = [row for row in rows if _meets(row, query, sought)]
    if query.sort:
        meant.sort(key=lambda row: getattr(row, query.sort), reverse=query.descending)
    elif sought:
        meant.sort(key=lambda row: len(row.key))
    return Page(len(meant), tuple(meant[query.offset : query.offset + query.limit]))


def _meets(row: Row, query: Query, sought: list[str]) -> bool:
    if query.most_input is not None and (row.input is None or row.input > query.most_input):
        return False
    if not set(query.features) <= set(row.features):
        return False
    words = re.findall(r"\w+", f"{row.provider} {row.key} {row.id} {row.name}".lower().replace("_", " "))
    return all(any(word.startswith(one) for word in words) for one in sought)
