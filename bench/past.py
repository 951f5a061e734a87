"""The past of a catalog with a commit every day: read first and again, and one price, beside the obvious."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import median

from bench import catalogs
from bench.measure import ENVIRONMENT, Aim, aim_line, in_turn, ratio_line, whole_process
from bench.processes import MODELSYNC

OBVIOUS = str(Path(__file__).with_name("obvious_price.py"))
MODEL = "openai/gpt-4o"
FIRST = date(2026, 1, 1)
MOVED_EACH = 40  # one price in so many has news each day

COLD, WARM, PRICE, COST = Aim(at_least=1), Aim(at_least=5), Aim(at_least=0.4), Aim(at_least=5)
COST_SECONDS, LOG_SECONDS, LOG_MEMORY = Aim(at_most=2), Aim(at_most=10), Aim(at_most=2048)
COLD_SECONDS, WARM_SECONDS, PRICE_SECONDS = Aim(at_most=10), Aim(at_most=0.5), Aim(at_most=0.3)
_PRICE = re.compile(r"(?<=input: )[\d.]+")


def lines(work: Path, url: str, commits: int, pairs: int, rows: int) -> Iterator[str]:
    """Ratios of the obvious way's seconds to modelsync's; both have to give the same price."""
    catalog = catalogs.recorded(work / "past", url, MODELSYNC)
    shutil.rmtree(catalog / ".git")  # it begins today, and all that follows is to be of days before
    catalogs.git(catalog, "init", "-q", "-b", "main")
    days = [str(FIRST + timedelta(day)) for day in range(commits)]
    for number, day in enumerate(days):
        _move(catalog, number)
        _commit(catalog, day)
    asked = days[commits // 2]
    _expect_same(catalog, asked)
    seconds = partial(_seconds, catalog)
    every, one = ([sys.executable, OBVIOUS, MODEL, *some] for some in (days, [asked]))
    ours = [MODELSYNC, "history", MODEL]
    price = [MODELSYNC, "price", MODEL, "--on", asked, "--input", "1000000"]
    cost = [MODELSYNC, "cost", str(_log(work / "log.csv", days))]
    for name, obvious, command, note, aim, limit in (
        ("history, first time", every, ours, False, COLD, COLD_SECONDS),
        ("history, from then on", every, ours, True, WARM, WARM_SECONDS),
        ("price of one day", one, price, True, PRICE, PRICE_SECONDS),
        (f"cost of a log of {len(days)} rows", every, cost, True, COST, COST_SECONDS),
    ):
        above, below = in_turn(partial(seconds, obvious), partial(seconds, command, keeps_note=note), pairs)
        yield ratio_line(name, above, below, aim, "the obvious one {}, modelsync {}")
        yield aim_line(f"seconds, {name}", median(below), limit)

    sample = whole_process([MODELSYNC, "cost", str(_large_log(work / "log.parquet", days, rows))], catalog)
    yield aim_line(f"seconds, cost of a log of {rows:,} rows", sample.seconds, LOG_SECONDS)
    yield aim_line(f"MB, cost of a log of {rows:,} rows", sample.peak / 2**20, LOG_MEMORY)


def _log(path: Path, days: list[str]) -> Path:
    """A request each day."""
    lines = "".join(f"{day},{MODEL},1000000,0\n" for day in days)
    path.write_text(f"date,model,input_tokens,output_tokens\n{lines}")
    return path


def _large_log(path: Path, days: list[str], rows: int) -> Path:
    """Requests of all days, evenly."""
    moment = f"TIMESTAMP '{days[0]}' + to_seconds(n * {len(days)} * 86400 // {rows})"
    columns = f"{moment} AS time, '{MODEL}' AS model, n % 20000 AS input_tokens, n % 3000 AS output_tokens"
    query = f"SELECT {columns}, n % 300 AS customer FROM range({rows}) AS numbers(n)"
    copy = f"COPY ({query}) TO '{path}' (FORMAT parquet)"
    # elsewhere: what this process once held would count as held by each that it starts
    subprocess.run([sys.executable, "-c", "import duckdb, sys; duckdb.sql(sys.argv[1])", copy], check=True)
    return path


def _seconds(catalog: Path, command: list[str], *, keeps_note: bool = True) -> float:
    if not keeps_note:
        (catalog / ".modelsync/history.msgpack").unlink()
    return whole_process(command, catalog).seconds


def _move(catalog: Path, number: int) -> None:
    """Let one price in so many be another one."""
    counted = 0

    def moved(price: re.Match[str]) -> str:
        nonlocal counted
        counted += 1
        is_due = counted % MOVED_EACH == number % MOVED_EACH
        return f"{Decimal(price[0]) + Decimal('0.01'):f}" if is_due else price[0]

    for file in sorted((catalog / "catalog/providers").glob("*.yaml")):
        text = file.read_text()
        if (new := _PRICE.sub(moved, text)) != text:
            file.write_text(new)


def _commit(catalog: Path, day: str) -> None:
    at = f"{day}T12:00:00Z"
    dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
    for command in (["add", "--all"], ["commit", "-q", "-m", day]):
        subprocess.run(["git", *command], cwd=catalog, env=ENVIRONMENT | dates, check=True)


def _expect_same(catalog: Path, day: str) -> None:
    def said(*command: str) -> str:
        return subprocess.run(
            command, cwd=catalog, env=ENVIRONMENT, check=True, capture_output=True, text=True
        ).stdout

    obvious = said(sys.executable, OBVIOUS, MODEL, day).split()[1]
    ours = json.loads(said(MODELSYNC, "price", MODEL, "--on", day, "--input", "1000000", "--json"))["total"]
    if Decimal(obvious) != Decimal(ours):
        raise RuntimeError(f"the two implementations disagree: {obvious}, {ours}")
