"""Whole processes: modelsync beside the obvious implementation, and modelsync alone at any size."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import yaml

from bench import catalogs
from bench.measure import Aim, Sample, aim_line, in_turn, ratio_line, shown, whole_process
from bench.upstream import Upstream

MODELSYNC = str(Path(sys.executable).with_name("modelsync"))
OBVIOUS = str(Path(__file__).with_name("obvious.py"))
LARGEST = 100_000

WITH_CHANGES = Aim(at_least=3)
WITH_MANY_CHANGES = Aim(at_least=4)
WITHOUT_CHANGES = Aim(at_least=4)
HELP = Aim(at_most=2.5)
LARGEST_SECONDS = Aim(at_most=15)
LARGEST_MEMORY = Aim(at_most=1024)
LINEAR = Aim(at_most=1.25)  # what a further model costs at the end, beside what it cost before


def beside_the_obvious(work: Path, server: Upstream, pairs: int) -> Iterator[str]:
    """Ratios of the obvious implementation's seconds to modelsync's, every run in a fresh clone."""
    catalog = catalogs.recorded(work / "recorded", server.url, MODELSYNC)
    commands = ([sys.executable, OBVIOUS, server.url], [MODELSYNC, "sync"])
    obvious, ours = [_seconds_of(catalog, command) for command in commands]
    for name, listed, aim in (
        ("a run with changes", catalogs.moved(work / "moved.json"), WITH_CHANGES),
        ("120 changes in 24 files", catalogs.moved_widely(work / "widely.json"), WITH_MANY_CHANGES),
        ("a run without changes", catalogs.RECORDED, WITHOUT_CHANGES),
    ):
        server.listed = listed
        _expect_same(*(_in_a_clone(catalog, command)[0] for command in commands))
        above, below = in_turn(obvious, ours, pairs)
        yield ratio_line(name, above, below, aim, "the obvious one {}, modelsync {}")


def _in_a_clone(catalog: Path, command: Sequence[str]) -> tuple[Path, float]:
    clone = Path(tempfile.mkdtemp(dir=catalog.parent))
    catalogs.git(clone, "clone", "-q", catalog, clone)
    return clone, whole_process(command, clone).seconds


def _seconds_of(catalog: Path, command: Sequence[str]) -> Callable[[], float]:
    return lambda: _in_a_clone(catalog, command)[1]


def _expect_same(one: Path, other: Path) -> None:
    """Both implementations came to the same catalog, or the comparison would mean nothing."""
    for file in sorted(one.glob("catalog/providers/*.yaml")):
        beside = other / file.relative_to(one)
        if yaml.safe_load(file.read_bytes()) != yaml.safe_load(beside.read_bytes()):
            raise RuntimeError(f"the two implementations disagree: {file}, {beside}")


def help_beside_click(work: Path, pairs: int) -> str:
    """What the command line's own start costs."""

    def timed(*command: str) -> Callable[[], float]:
        return lambda: whole_process(command, work).seconds

    ours, click = in_turn(timed(MODELSYNC, "--help"), timed(sys.executable, "-c", "import click"), pairs)
    return ratio_line("modelsync --help", ours, click, HELP, "modelsync {}, import click {}")


def at_sizes(work: Path, server: Upstream, sizes: Sequence[int]) -> Iterator[str]:
    """A run without changes at each size: seconds, memory, and whether both are linear."""
    samples = {}
    for size in sizes:
        folder = catalogs.synthetic(work / str(size), server.url, size)
        server.listed = catalogs.synthetic_list(work / f"{size}.json", size)
        whole_process([MODELSYNC, "sync"], folder)
        samples[size] = whole_process([MODELSYNC, "sync"], folder)
        yield _size_line(size, samples[size])
    if LARGEST in samples:
        yield aim_line(f"seconds at {LARGEST:,} models", samples[LARGEST].seconds, LARGEST_SECONDS)
        yield aim_line(f"MB at {LARGEST:,} models", samples[LARGEST].peak / 2**20, LARGEST_MEMORY)
    yield aim_line("growth of the time per further model", _growth(samples, lambda s: s.processor), LINEAR)
    yield aim_line("growth of the memory per further model", _growth(samples, lambda s: s.peak), LINEAR)


def _size_line(size: int, sample: Sample) -> str:
    processor = f"({shown(sample.processor)} of the processor)"
    return f"{size:>8,} models {shown(sample.seconds):>8} {processor:<28} {sample.peak / 2**20:>6,.0f} MB"


def _growth(samples: dict[int, Sample], figure: Callable[[Sample], float]) -> float:
    """The cost of one more model between the last two sizes, beside that between the two before."""
    *_, before, last = (
        (figure(samples[more]) - figure(samples[less])) / (more - less) for less, more in pairwise(samples)
    )
    return last / before
