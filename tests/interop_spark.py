"""A real Spark says what DuckDB says, to the last digit: `make spark` (installs it: 500 MB).

Two executors in processes of their own, each with a core and a gigabyte.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from jobs.cost.test_logs import BEGIN, LOGS, TODAY, history
from modelsync.errors import UsageError
from modelsync.jobs.cost import cost, write_job
from modelsync.jobs.cost.question import CostRequest

SUBMIT = os.environ["SPARK_SUBMIT"]
MASTER = "local-cluster[2,1,1024]"


@pytest.fixture(autouse=True)
def cluster(monkeypatch):
    monkeypatch.setenv("PATH", f"{Path(SUBMIT).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("SPARK_MASTER", MASTER)


def random_rows(number: int) -> list[dict[str, object]]:
    """Rows of all kinds: tiers, hours, service tiers, names, days before the history, and what is no row."""
    choice = random.Random(number)
    names = [
        "gpt-4o",
        "openai/gpt-4o-2024-11-20",
        "sonnet",
        "claude-sonnet-4-5",
        "deepseek-chat",
        "gpt-9",
        "",
    ]
    return [
        {
            "timestamp": f"{BEGIN + timedelta(minutes=choice.randrange(-3000, 60_000)):%Y-%m-%dT%H:%M:%SZ}",
            "model": choice.choice(names),
            "input_tokens": choice.choice([*(choice.randrange(500_000) for _ in range(18)), -1, 1.5]),
            "cached_tokens": choice.randrange(90_000),
            "output_tokens": choice.randrange(9000),
            "reasoning_tokens": choice.randrange(1000),
            "service_tier": choice.choice(["", "default", "batch", "priority"]),
            "team": choice.choice(["red", "blue", "it's `green`"]),
        }
        for _ in range(2000)
    ]


@pytest.fixture(params=["csv", "jsonl", "parquet"])
def log(request, tmp_path):
    """The same rows in each kind of file that Spark reads."""
    source = tmp_path / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in random_rows(7)))
    if request.param == "jsonl":
        return source
    path = tmp_path / f"log.{request.param}"
    duckdb.sql(f"COPY (SELECT * FROM read_json('{source}')) TO '{path}' (FORMAT {request.param})")
    return path


def test_spark_gives_the_same_answer_as_duckdb(log):
    request = CostRequest((str(log),), TODAY, by=("model", "day", "team"))
    expected = cost(history(), request)
    assert expected.total
    assert expected.unpriced
    assert cost(history(), request, on_spark=True) == expected


def test_the_written_job_prints_the_same_total_and_needs_nothing_of_ours(log, tmp_path):
    request, job = CostRequest((str(log),), TODAY), tmp_path / "job"
    write_job(history(), request, job)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    ran = subprocess.run(
        [SUBMIT, "--master", MASTER, "--conf", "spark.sql.shuffle.partitions=8", job / "job.py", log],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    printed, expected = json.loads(ran.stdout.splitlines()[-1]), cost(history(), request)
    assert printed == {
        "total": f"{expected.total.normalize():f}",
        "rows": expected.rows,
        "unpriced": expected.unpriced,
    }


def test_logs_of_usage_as_programs_write_them():
    request = CostRequest(
        tuple(str(LOGS / name) for name in ("litellm.jsonl", "answers.jsonl", "plain.csv")), TODAY
    )
    assert cost(history(), request, on_spark=True) == cost(history(), request)


def test_json_in_one_document_is_refused_in_one_line():
    with pytest.raises(UsageError, match="one value a line"):
        cost(history(), CostRequest((str(LOGS / "openai.json"),), TODAY), on_spark=True)
