"""Runs processes and functions in turn, and says how they compare; it knows nothing of what it measures."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

# Nobody's git configuration, proxy or settings may change what is measured.
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.environ.get("HOME", "/"),
    "LANG": "C.UTF-8",
    "NO_PROXY": "127.0.0.1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "bench",
    "GIT_AUTHOR_EMAIL": "bench@example.com",
    "GIT_COMMITTER_NAME": "bench",
    "GIT_COMMITTER_EMAIL": "bench@example.com",
}
_UNIT_OF_PEAK = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Sample:
    """One run: seconds by the clock, seconds of the processor, and peak resident memory in bytes."""

    seconds: float
    processor: float
    peak: int


@dataclass(frozen=True)
class Aim:
    """What a figure is wanted to be. Missing it is said, and fails nothing."""

    at_least: float = 0
    at_most: float = float("inf")

    def __str__(self) -> str:
        return f"aim at least {self.at_least:g}" if self.at_least else f"aim at most {self.at_most:g}"

    def is_met(self, figure: float) -> bool:
        return self.at_least <= figure <= self.at_most

    def verdict(self, figure: float) -> str:
        return "PASS" if self.is_met(figure) else "short of aim"


def whole_process(command: Sequence[str], folder: Path) -> Sample:
    """Run a command to its end. Raises RuntimeError, with its output, where it fails."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise RuntimeError(f"{command} in {folder}: {output.read().decode(errors='replace')}")
    return Sample(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _UNIT_OF_PEAK)


def in_turn(
    one: Callable[[], float], other: Callable[[], float], pairs: int
) -> tuple[list[float], list[float]]:
    """The seconds of both, run A B A B after one pair that warms the caches and does not count."""
    measured = [(one(), other()) for _ in range(pairs + 1)][1:]
    return [seconds for seconds, _ in measured], [seconds for _, seconds in measured]


def ratio_line(name: str, above: Sequence[float], below: Sequence[float], aim: Aim, said: str) -> str:
    """The median of the pairs' ratios, the least and the most of them, and what it is made of."""
    ratios = sorted(one / other for one, other in zip(above, below, strict=True))
    figure = median(ratios)
    spread = f"({ratios[0]:.1f} to {ratios[-1]:.1f})"
    made_of = said.format(shown(median(above)), shown(median(below)))
    return f"{figure:8.1f} x {spread:<14} {name}: {made_of}; {aim}: {aim.verdict(figure)}"


def aim_line(name: str, figure: float, aim: Aim) -> str:
    return f"{figure:8.1f} {name}; {aim}: {aim.verdict(figure)}"


def shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def machine() -> str:
    """The kind of machine, and how busy it is: above one per core, the clock's figures are too high."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    load = os.getloadavg()[0]
    return f"{cores} cores (load {load:.1f}), {platform.system()} {platform.machine()}, {python}"
