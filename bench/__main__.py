"""`python -m bench`: everything side by side in one run, ratios first. It never fails because of time."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import editor, past, planning, processes, publishing, serving, sources
from bench.measure import machine
from bench.upstream import Upstream, upstream

PAIRS, QUICK_PAIRS = 9, 3
PLANNED, QUICK_PLANNED = 100_000, 20_000
SIZES, QUICK_SIZES = (500, 5_000, 20_000, 100_000), (500, 5_000, 10_000)
COMMITS, QUICK_COMMITS = 126, 30
ROWS, QUICK_ROWS = 20_000_000, 1_000_000
PUBLISHED, QUICK_PUBLISHED = 10_000, 2_000
MEGABYTES, QUICK_MEGABYTES = (1, 5, 20, 50), (1, 2, 4)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs, and without the large sizes")
    quick = parser.parse_args().quick
    print(f"{machine()}; medians of {QUICK_PAIRS if quick else PAIRS} pairs, least to most in brackets")
    with tempfile.TemporaryDirectory(prefix="modelsync-bench-") as work, upstream() as server:
        for line in report(Path(work), server, quick=quick):
            print(line, flush=True)


def report(work: Path, server: Upstream, *, quick: bool) -> Iterator[str]:
    """Each line as soon as it is measured."""
    pairs = QUICK_PAIRS if quick else PAIRS
    yield "\nWhole processes, the recorded list over HTTP on loopback"
    yield from processes.beside_the_obvious(work, server, pairs)
    yield processes.help_beside_click(work, pairs)
    yield "\nThe past of a catalog with a commit every day"
    commits, rows = (QUICK_COMMITS, QUICK_ROWS) if quick else (COMMITS, ROWS)
    yield from past.lines(work, server.url, commits, min(pairs, QUICK_PAIRS), rows)
    yield "\nThe editor alone"
    yield from editor.lines(pairs)
    yield from editor.at_sizes(QUICK_MEGABYTES if quick else MEGABYTES)
    yield "\nFifty sources at once, a loopback port each"
    yield from sources.at_once(work, pairs)
    yield "\nA run without changes by the catalog's size, 200 provider files"
    yield from processes.at_sizes(work, server, QUICK_SIZES if quick else SIZES)
    yield "\nThe index of the page"
    yield from serving.lines(work, server.url, QUICK_PLANNED if quick else PLANNED, pairs)
    # what this process holds at its largest counts as held by each that it starts from then on
    yield "\nPublishing a file of the catalog, whole processes"
    yield from publishing.lines(work, QUICK_PUBLISHED if quick else PUBLISHED, min(pairs, QUICK_PAIRS))
    yield "\nPlanning alone, in memory"
    yield from planning.lines(QUICK_PLANNED if quick else PLANNED)


if __name__ == "__main__":
    main()
