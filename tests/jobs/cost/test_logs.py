"""What a log of usage cost, whoever wrote it: each token counted once, each row at the prices of its day."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from modelsync.errors import UsageError
from modelsync.jobs.cost import cost
from modelsync.jobs.cost.question import CostRequest
from modelsync.records import Bill, History, PriceInterval, Tier, Variant, Window

LOGS = Path(__file__).parents[2] / "data/usage"
TODAY = date(2026, 3, 20)
BEGIN = datetime(2026, 2, 1, tzinfo=UTC)
BATCH = Variant({"service_tier": "batch"}, {"factor": Decimal("0.5")})
GPT: dict[str, Any] = {
    "model": "gpt-4o",
    "upstream.openrouter": "openai/gpt-4o",
    "pricing.input": Decimal("2.5"),
    "pricing.output": Decimal(10),
    "pricing.cache_read": Decimal("1.25"),
    "pricing.variants": (BATCH,),
}
SONNET: dict[str, Any] = {
    "model": "claude-sonnet-4-5-20250929",
    "aliases": ("sonnet",),
    "pricing.input": Decimal(3),
    "pricing.output": Decimal(15),
    "pricing.cache_read": Decimal("0.3"),
    "pricing.cache_write": Decimal("3.75"),
    "pricing.cache_write_1h": Decimal(6),
    "pricing.web_search": Decimal("0.01"),
    "pricing.tiers": (Tier(200_000, {"input": Decimal(6), "output": Decimal("22.5")}),),
    "pricing.variants": (BATCH,),
}
DEEPSEEK: dict[str, Any] = {
    "model": "deepseek-chat",
    "pricing.input": Decimal("0.4"),
    "pricing.output": Decimal("0.8"),
    "pricing.windows": (Window("16:30", "00:30", {"input": Decimal("0.1")}),),
}
MODELS = {"openai/gpt-4o": GPT, "anthropic/claude-sonnet-4-5": SONNET, "deepseek/deepseek-chat": DEEPSEEK}
# What 1000 tokens of which 400 were cached, and 500 that came out, cost at gpt-4o.
ONE_GPT = (600 * Decimal("2.5") + 400 * Decimal("1.25") + 500 * 10) / 10**6


def history(models: dict[str, dict[str, Any]] = MODELS, *more: PriceInterval) -> History:
    intervals = {name: tuple(interval(name, *value) for value in of.items()) for name, of in models.items()}
    for one in more:
        intervals[one.model] = (*intervals.get(one.model, ()), one)
    return History("c" * 40, intervals, begins=BEGIN)


def interval(name: str, field: str, value: Any, *days: datetime | None, commit: str = "c0") -> PriceInterval:
    since, until = (*days, None, None)[:2]
    begin = since or BEGIN
    return PriceInterval(name, field, value, begin, until, begin, begin, commit, "openrouter")


def priced(*logs: Path | str, of: History | None = None, out: Path | None = None, **options: Any) -> Bill:
    lists = {name: tuple(values) for name, values in options.items()}
    return cost(of or history(), CostRequest(tuple(map(str, logs)), TODAY, **lists), out=out)


@pytest.mark.parametrize(
    ("log", "rows", "total"),
    [
        (
            "litellm.jsonl",
            3,
            ONE_GPT + (500 * 3 + 10_000 * Decimal("0.3") + 1500 * Decimal("3.75") + 100 * 15) / 10**6,
        ),
        (
            "langfuse.json",
            2,
            ONE_GPT + (500 * 3 + 10_000 * Decimal("0.3") + 1500 * Decimal("3.75") + 100 * 15) / 10**6,
        ),
        ("opentelemetry.jsonl", 1, ONE_GPT),
        ("opentelemetry-columns.csv", 1, ONE_GPT),
        ("openai.json", 2, ONE_GPT + (2000 * Decimal("2.5") + 100 * 10) / 10**6 / 2),
        (
            "anthropic.json",
            2,
            (500 * 3 + 1000 * 6 + 500 * Decimal("3.75") + 10_000 * Decimal("0.3") + 100 * 15) / 10**6
            + 2 * Decimal("0.01")
            + (300_000 * 6 + 100 * Decimal("22.5")) / Decimal(10**6) / 2,
        ),
        (
            "answers.jsonl",
            3,
            ONE_GPT
            + (2000 * Decimal("2.5") + 100 * 10) / 10**6 / 2
            + (500 * 3 + 1000 * 6 + 500 * Decimal("3.75") + 10_000 * Decimal("0.3") + 100 * 15) / 10**6,
        ),
        ("plain.csv", 3, ONE_GPT + (1000 * 3 + 100 * 15) / Decimal(10**6)),
    ],
)
def test_each_usual_log_is_read_by_its_own_columns_and_each_token_counts_once(log, rows, total):
    bill = priced(LOGS / log)
    assert (bill.rows, bill.total) == (rows, total)
    assert bill.unpriced == (1 if log == "plain.csv" else 0)


@pytest.mark.parametrize(
    ("header", "line", "total"),
    [
        (
            "usage_date_utc,model_version,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
            "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count",
            "2026-03-01,claude-sonnet-4-5-20250929,0-200k,500,500,1000,10000,100,2",
            (500 * 3 + 1000 * 6 + 500 * Decimal("3.75") + 10_000 * Decimal("0.3") + 100 * 15) / 10**6
            + 2 * Decimal("0.01"),
        ),
        (
            "id,trace_id,start_time,provided_model_name,usage_details",
            '1,2,2026-03-01T10:00:00Z,gpt-4o,"{""input"":600, ""output"": 500, ""input_cached_tokens"":400}"',
            ONE_GPT,
        ),
        (
            "start_time_iso,end_time_iso,model,input_tokens,output_tokens,input_cached_tokens,num_model_requests",
            "2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,gpt-4o,1000,500,400,5",
            ONE_GPT,
        ),
    ],
)
@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz"])
def test_exports_of_pages_are_read_as_those_of_interfaces_are(tmp_path, header, line, total, name):
    path, content = tmp_path / name, f"{header}\n{line}\n".encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    assert priced(path).total == total


def test_a_column_may_lie_deep(tmp_path):
    log = write(tmp_path, "log.jsonl", {"at": {"day": "2026-03-01"}, "who": "gpt-4o", "used": {"in": 1000}})
    assert priced(log, columns=["time=/at/day,model=who,input=/used/in"]).total == Decimal("0.0025")


def test_logs_of_several_kinds_add_up():
    logs = [LOGS / name for name in ("opentelemetry.jsonl", "opentelemetry-columns.csv", "openai.json")]
    assert priced(*logs).total == 3 * ONE_GPT + (2000 * Decimal("2.5") + 100 * 10) / 10**6 / 2


def write(tmp_path: Path, name: str, *rows: dict[str, Any]) -> Path:
    """The same rows as a CSV, JSON Lines, JSON or Parquet."""
    path = tmp_path / name
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    if path.suffix in (".jsonl", ".gz"):
        content = lines.encode()
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    elif path.suffix == ".json":
        path.write_text(json.dumps(list(rows)))
    else:
        source = tmp_path / "rows.jsonl"
        source.write_text(lines)
        kind = path.suffix[1:]
        duckdb.sql(f"COPY (SELECT * FROM read_json('{source}')) TO '{path}' (FORMAT {kind})")
        source.unlink()
    return path


def row(**more: Any) -> dict[str, Any]:
    return {
        "timestamp": "2026-03-01T10:00:00Z",
        "provider": "openai",
        "model": "gpt-4o",
        "input_tokens": 1_000_000,
        "output_tokens": 0,
    } | more


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl", "log.json", "log.parquet", "log.jsonl.gz"])
def test_the_same_rows_cost_the_same_in_every_kind_of_file(tmp_path, name):
    rows = [row(user="ann"), row(user="bob", input_tokens=200_000), row(user="ann", model="nope")]
    bill = priced(write(tmp_path, name, *rows), by=["user"])
    assert {line.by: (line.rows, line.unpriced, line.amount) for line in bill.lines} == {
        ("ann",): (2, 1, Decimal("2.5")),
        ("bob",): (1, 0, Decimal("0.5")),
    }


def test_a_folder_and_a_pattern_are_all_their_logs(tmp_path):
    for name in ("a.jsonl", "b.jsonl"):
        write(tmp_path, name, row())
    (tmp_path / "notes.txt").write_text("not a log")
    assert priced(tmp_path).total == priced(f"{tmp_path}/*.jsonl").total == 5


# ---------------------------------------------------------------------------- the day


@pytest.mark.parametrize(
    ("moment", "total"),
    [
        ("2026-03-04T23:59:59Z", "2.5"),
        ("2026-03-05T00:00:00Z", "3"),
        ("2026-03-05T01:00:00+02:00", "2.5"),
        ("2026-03-04T23:00:00-02:00", "3"),
        ("2026-03-05 12:00:00", "3"),
        ("2026-03-05", "3"),
        ("1772668799", "2.5"),
        ("1772668800", "3"),
        ("1772668800000", "3"),
        ("1772668800000000", "3"),
        ("1772668800000000000", "3"),
        ("1772668799.75", "2.5"),
    ],
)
@pytest.mark.parametrize("name", ["log.csv", "log.jsonl"])
def test_a_row_has_the_price_of_its_day_in_utc(tmp_path, moment, total, name):
    change = datetime(2026, 3, 5, tzinfo=UTC)
    prices = GPT | {"pricing.input": None}
    del prices["pricing.input"]
    moved = history(
        {"openai/gpt-4o": prices},
        interval("openai/gpt-4o", "pricing.input", Decimal("2.5"), BEGIN, change),
        interval("openai/gpt-4o", "pricing.input", Decimal(3), change),
    )
    assert priced(write(tmp_path, name, row(timestamp=moment)), of=moved).total == Decimal(total)


def reasons(bill: Bill) -> list[str]:
    return [one.reason for one in bill.reasons]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"timestamp": "2026-01-01"}, "not known before 2026-02-01"),
        ({"timestamp": ""}, "no date"),
        ({"timestamp": "soon"}, "no date"),
        ({"timestamp": None}, "no date"),
        ({"timestamp": "2026-04-01"}, "a date that is still to come"),
        ({"model": ""}, "no model"),
        ({"model": None}, "no model"),
        ({"model": "gpt-9"}, "the catalog never had a model of that name"),
        ({"model": "'; DROP TABLE names; --"}, "the catalog never had a model of that name"),
        ({"provider": "azure"}, "the catalog never had a provider azure"),
        ({"input_tokens": -1}, "a count of tokens that is no whole number from 0 to 1,000,000,000,000"),
        ({"input_tokens": 1.5}, "a count of tokens that is no whole number from 0 to 1,000,000,000,000"),
        ({"input_tokens": 1e15}, "a count of tokens that is no whole number from 0 to 1,000,000,000,000"),
        ({"input_tokens": "many"}, "a count of tokens that is no whole number from 0 to 1,000,000,000,000"),
        ({"input_tokens": 5, "cached_tokens": 6}, "more tokens of one kind than there are in all"),
        ({"reasoning_tokens": 6}, "more tokens of one kind than there are in all"),
        ({"input_tokens": None, "output_tokens": None}, "no count of tokens"),
        ({"cache_write_tokens": 1}, "openai/gpt-4o had no pricing.cache_write in USD"),
        ({"service_tier": "priority"}, "openai/gpt-4o had no price of service_tier priority in USD"),
    ],
)
@pytest.mark.parametrize("name", ["log.csv", "log.jsonl", "log.parquet"])
def test_a_row_without_a_price_is_counted_and_says_why(tmp_path, more, reason, name):
    bill = priced(write(tmp_path, name, row(), row(**more)))
    assert (bill.rows, bill.unpriced, reasons(bill)) == (2, 1, [reason])
    assert bill.total == Decimal("2.5")


def test_a_log_of_which_nothing_has_a_price_has_no_total(tmp_path):
    bill = priced(write(tmp_path, "log.jsonl", row(model="gpt-9")))
    assert bill.total is None
    assert [line.amount for line in bill.lines] == [None]


def test_a_price_that_is_not_needed_may_be_missing(tmp_path):
    assert priced(write(tmp_path, "log.jsonl", row(cache_write_tokens=0))).total == Decimal("2.5")


@pytest.mark.parametrize("value", ["", "null", "NaN", "1000.0"])
def test_counts_as_spreadsheets_and_data_frames_write_them(tmp_path, value):
    path = tmp_path / "log.csv"
    path.write_text(f"date;model;input_tokens;output_tokens\n2026-03-01;gpt-4o;{value};1000000\n")
    assert priced(path).total == 10 + (Decimal("0.0025") if value == "1000.0" else 0)


def test_a_log_that_is_still_written_counts_its_unfinished_line(tmp_path):
    path = write(tmp_path, "log.jsonl", row(), row())
    path.write_text(path.read_text() + '{"timestamp": "2026-03-01T10:')
    bill = priced(path)
    assert (bill.rows, bill.total, reasons(bill)) == (3, 5, ["cannot be read"])


def test_a_line_of_a_table_that_cannot_be_read_is_counted(tmp_path):
    path = tmp_path / "log.csv"
    whole, broken = b"2026-03-01,gpt-4o,1000000\n", b"2026-03-01,gpt\xff-4o,1000000\n"
    path.write_bytes(b"date,model,input_tokens\n" + whole + broken + whole + broken)
    for by in (["model"], ["day", "model"]):
        bill = priced(path, path, by=by)
        assert (bill.rows, bill.unpriced, bill.total, reasons(bill)) == (8, 4, 10, ["cannot be read"])


def test_a_log_of_lines_may_begin_and_end_within_one(tmp_path):
    path = write(tmp_path, "log.jsonl", row(), row())
    path.write_text('tokens": 5}\n' + path.read_text() + '{"timestamp": "2026-03-01T10:')
    bill = priced(path)
    assert (bill.rows, bill.total, bill.unpriced) == (4, 5, 2)


def test_a_file_that_is_not_what_its_name_says_is_refused_in_one_line(tmp_path):
    path = tmp_path / "log.parquet"
    path.write_bytes(b"not a table at all")
    with pytest.raises(UsageError, match="DuckDB cannot read the log"):
        priced(path)


@pytest.mark.parametrize("name", ["log.csv", "log", "log.jsonl"])
@pytest.mark.parametrize("packed", [gzip.compress, lambda text: text.decode().encode("utf-16")])
def test_what_is_no_text_is_refused_and_no_log_without_a_price(tmp_path, name, packed):
    content = write(tmp_path, "plain.csv", row()).read_bytes()
    (tmp_path / name).write_bytes(packed(content))
    with pytest.raises(UsageError, match="is no text in UTF-8"):
        priced(tmp_path / name)


@pytest.mark.parametrize("name", ["missing.csv", "*.csv"])
def test_a_log_that_is_not_there_is_named(tmp_path, name):
    with pytest.raises(UsageError, match="no log is there"):
        priced(tmp_path / name)


# ---------------------------------------------------------------------------- tiers, hours, ways to ask


def test_the_whole_prompt_decides_the_tier_cached_or_not(tmp_path):
    log = write(
        tmp_path,
        "log.jsonl",
        row(provider="anthropic", model="sonnet", input_tokens=150_000, cache_read_tokens=50_000),
        row(provider="anthropic", model="sonnet", input_tokens=150_000, cache_read_tokens=50_001),
    )
    expected = 150_000 * (3 + 6) + 100_001 * Decimal("0.3")
    assert priced(log).total == expected / 10**6


def test_a_variant_of_long_prompts_counts_above_its_length(tmp_path):
    batch = {"service_tier": "batch"}
    variants = (Variant(batch, {"input": Decimal(1)}), Variant(batch, {"input": Decimal(2)}, above=200_000))
    models = {"openai/gpt-4o": GPT | {"pricing.variants": variants}}
    asked = row(service_tier="batch", output_tokens=0)
    each = [asked | {"input_tokens": tokens} for tokens in (200_000, 200_001)]
    assert priced(write(tmp_path, "log.jsonl", *each), of=history(models)).total == Decimal("0.600002")
    summed = [one | {"requests": 5} for one in each]
    bill = priced(write(tmp_path, "log.jsonl", *summed), of=history(models))
    assert bill.total == Decimal("0.2")
    assert "long enough for the next tier" in reasons(bill)[0]


def test_the_time_of_day_decides_where_prices_have_hours(tmp_path):
    times = {"16:29:59": "0.4", "16:30:00": "0.1", "23:59:59": "0.1", "00:29:59": "0.1", "00:30:00": "0.4"}
    for time, total in times.items():
        log = write(
            tmp_path,
            "log.jsonl",
            row(provider="deepseek", model="deepseek-chat", timestamp=f"2026-03-01T{time}Z"),
        )
        assert priced(log).total == Decimal(total), time


def test_a_day_without_an_hour_has_no_price_where_prices_have_hours(tmp_path):
    log = write(tmp_path, "log.csv", row(provider="deepseek", model="deepseek-chat", timestamp="2026-03-01"))
    assert reasons(priced(log)) == ["its price depends on the hour, which is not known"]


def test_a_sum_of_requests_has_no_price_where_one_of_them_may_be_in_a_tier(tmp_path):
    several = row(provider="anthropic", model="sonnet", requests=5)
    bill = priced(
        write(tmp_path, "log.jsonl", several | {"input_tokens": 200_000}, several | {"input_tokens": 200_001})
    )
    assert bill.total == Decimal("0.6")
    assert reasons(bill) == [
        "it adds up requests, and which of them were long enough for the next tier is not known"
    ]


@pytest.mark.parametrize(("window", "total"), [("0-200k", "0.9"), ("200k-1M", "1.8"), (None, None)])
def test_a_report_says_by_its_context_window_which_tier_its_sums_are_of(tmp_path, window, total):
    sums = {
        "starting_at": "2026-03-01T00:00:00Z",
        "ending_at": "2026-03-02T00:00:00Z",
        "model": "claude-sonnet-4-5-20250929",
        "uncached_input_tokens": 300_000,
        "output_tokens": 0,
        "context_window": window,
    }
    bill = priced(write(tmp_path, "log.jsonl", sums))
    assert bill.total == (Decimal(total) if total else None)
    assert len(reasons(bill)) == (0 if total else 1)


@pytest.mark.parametrize(
    ("begin", "end", "is_known"),
    [
        ("15:00", "16:00", True),
        ("16:00", "17:00", False),
        ("17:00", "18:00", True),
        ("10:00", "22:00", False),
    ],
)
def test_a_sum_over_hours_has_a_price_where_all_of_them_have_the_same(tmp_path, begin, end, is_known):
    sums = {
        "start_time": f"2026-03-01T{begin}:00Z",
        "end_time": f"2026-03-01T{end}:00Z",
        "model": "deepseek-chat",
        "input_tokens": 1_000_000,
        "output_tokens": 0,
        "num_model_requests": 7,
    }
    bill = priced(write(tmp_path, "log.jsonl", sums))
    assert (bill.total is not None) == is_known


# ---------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("provider", "name", "by"),
    [
        ("openai", "gpt-4o", "key"),
        ("OpenAI", "GPT-4o", "key"),
        ("", "gpt-4o", "key"),
        ("", "openai/gpt-4o", "name"),
        ("openai", "openai/gpt-4o", "key"),
        ("", "gpt-4o-2024-11-20", "dated snapshot"),
        ("anthropic", "claude-sonnet-4-5-20250929", "model"),
        ("", "anthropic/sonnet", "alias"),
        ("", "anthropic/claude-sonnet-4-5@20250929", "dated snapshot"),
    ],
)
def test_a_model_is_found_by_its_names_and_the_answer_says_by_which(tmp_path, provider, name, by):
    bill = priced(write(tmp_path, "log.jsonl", row(provider=provider, model=name)))
    assert [met.by for met in bill.names] == [by]
    assert bill.unpriced == 0


def test_a_dated_name_never_means_another_date(tmp_path):
    models = {"openai/gpt-4o-2024-05-13": {"model": "gpt-4o-2024-05-13", "pricing.input": Decimal(5)}}
    log = write(tmp_path, "log.jsonl", row(model="gpt-4o-2024-11-20"))
    assert priced(log, of=history(models)).total is None


def test_a_name_that_two_providers_have_is_not_decided_without_the_provider(tmp_path):
    both = history(MODELS | {"azure/gpt-4o": GPT})
    assert priced(write(tmp_path, "log.jsonl", row()), of=both).total == Decimal("2.5")
    bill = priced(write(tmp_path, "log.jsonl", row(provider="")), of=both)
    assert reasons(bill) == ["it may be azure/gpt-4o or openai/gpt-4o"]


def test_a_model_that_comes_later_changes_nothing_of_what_was(tmp_path):
    log = write(tmp_path, "log.jsonl", row(provider=""))
    later = datetime(2026, 3, 10, tzinfo=UTC)
    more = [interval("azure/gpt-4o", field, value, later) for field, value in GPT.items()]
    assert priced(log, of=history(MODELS, *more)).total == priced(log).total == Decimal("2.5")


def test_an_alias_that_is_written_later_prices_what_had_no_price(tmp_path):
    log = write(tmp_path, "log.jsonl", row(model="our-gpt"))
    assert priced(log).total is None
    alias = interval("openai/gpt-4o", "aliases", ("our-gpt",), datetime(2026, 3, 19, tzinfo=UTC))
    assert priced(log, of=history(MODELS, alias)).total == Decimal("2.5")


@pytest.mark.parametrize("word", ["google", "gemini", "gcp.gemini"])
def test_providers_go_by_the_words_of_other_programs(tmp_path, word):
    models = {"google/gemini-2.5-pro": {"model": "gemini-2.5-pro", "pricing.input": Decimal("1.25")}}
    for name in ("gemini-2.5-pro", f"{word}/gemini-2.5-pro"):
        log = write(tmp_path, "log.jsonl", row(provider=word, model=name))
        assert priced(log, of=history(models)).total == Decimal("1.25")


# ---------------------------------------------------------------------------- groups, bills, rows


def test_rows_are_grouped_by_what_is_asked_for(tmp_path):
    log = write(
        tmp_path, "log.jsonl", row(team="a"), row(team="b", timestamp="2026-03-02T00:00:00Z"), row(team="a")
    )
    bill = priced(log, by=["day", "provider", "team"])
    assert {line.by: line.amount for line in bill.lines} == {
        ("2026-03-01", "openai", "a"): 5,
        ("2026-03-02", "openai", "b"): Decimal("2.5"),
    }
    assert [line.by for line in priced(log, by=["month"]).lines] == [("2026-03",)]


def test_a_column_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="no column team"):
        priced(write(tmp_path, "log.csv", row()), by=["team"])


def test_columns_may_be_named(tmp_path):
    log = write(
        tmp_path, "log.csv", {"when": "2026-03-01", "llm": "gpt-4o", "in": 1_000_000, "hits": 1_000_000}
    )
    columns = ["time=when,model=llm", "input=in,cache_read=+hits"]
    assert priced(log, columns=columns).total == Decimal("3.75")
    assert priced(log, columns=[columns[0], "input=in,cache_read=hits"]).total == Decimal("1.25")
    with pytest.raises(UsageError, match="did you mean input"):
        priced(log, columns=["inputs=in"])


def test_a_bill_stands_beside_what_was_reckoned(tmp_path):
    log = write(tmp_path, "log.jsonl", row(), row(provider="anthropic", model="sonnet"))
    bill = tmp_path / "bill.csv"
    bill.write_text(
        "date,model,amount,currency\n2026-03-01,gpt-4o,2.50,USD\n2026-03-02,gpt-4o,0.25,USD\n"
        '2026-03-01,claude-sonnet-4-5,1,EUR\n2026-03-01,whisper-1,0.5,usd\n2026-03-01,whisper-1,"1,234.50",usd\n'
    )
    answer = priced(log, bills=[str(bill)])
    assert {line.by: (line.amount, line.billed) for line in answer.lines} == {
        ("openai/gpt-4o",): (Decimal("2.5"), Decimal("2.75")),
        ("anthropic/claude-sonnet-4-5",): (6, None),
        ("whisper-1",): (None, Decimal("0.5")),
    }
    assert answer.notices == (
        "rows of the bill in another currency than USD, left out: 1",
        "rows of the bill whose amount is no number, left out: 1",
    )


def test_what_a_log_says_itself_stands_beside_what_was_reckoned():
    lines = {line.by: line.billed for line in priced(LOGS / "litellm.jsonl").lines}
    assert lines == {("openai/gpt-4o",): 0, ("anthropic/claude-sonnet-4-5",): Decimal("0.02")}


@pytest.mark.parametrize("source", ["log.csv", "log.jsonl", "log.parquet"])
@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_each_row_is_written_with_its_exact_cost_commit_and_reason(tmp_path, source, name):
    rows = [
        row(user="ann", input_tokens=1, cached_tokens=1),
        row(user="bob", model="gpt-9", cached_tokens=None),
    ]
    out = tmp_path / name
    bill = priced(write(tmp_path, source, *rows), out=out)
    columns = "cost_model, CAST(cost AS VARCHAR), cost_commit, cost_reason"
    written = duckdb.sql(f"SELECT {columns} FROM '{out}' ORDER BY cost_reason NULLS FIRST").fetchall()
    (model, amount, commit, _), (other, nothing, _, reason) = written
    assert (model, Decimal(amount), commit) == ("openai/gpt-4o", Decimal("0.00000125"), "c0")
    assert (other or "", nothing, reason) == ("", None, "the catalog never had a model of that name")
    assert bill.total == Decimal("0.00000125")
    if name == "out.parquet":
        kind = duckdb.sql(f"DESCRIBE SELECT cost FROM '{out}'").fetchall()[0][1]
        assert kind.startswith("DECIMAL")
    if source != "log.jsonl":
        assert duckdb.sql(f"SELECT count(*) FROM '{out}' WHERE \"user\" IN ('ann', 'bob')").fetchall() == [
            (2,)
        ]


def test_a_column_of_the_log_is_never_written_over(tmp_path):
    out = tmp_path / "out.csv"
    priced(write(tmp_path, "log.csv", row(cost=7)), out=out)
    assert duckdb.sql(f"SELECT cost, modelsync_cost FROM '{out}'").fetchall() == [(7, 2.5)]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (
            "created,model,usage.prompt_tokens,usage.completion_tokens,usage.prompt_tokens_details.cached_tokens",
            "1772359200,gpt-4o,1000,500,400",
        ),
        (
            "timestamp,attributes.gen_ai.request.model,attributes.gen_ai.usage.input_tokens,"
            "attributes.gen_ai.usage.output_tokens,attributes.gen_ai.usage.cache_read.input_tokens",
            "2026-03-01T10:00:00Z,gpt-4o,1000,500,400",
        ),
        (
            "timestamp,gen_ai.request.model,gen_ai.usage.input_tokens,"
            "gen_ai.usage.output_tokens,gen_ai.usage.cache_read.input_tokens",
            "2026-03-01T10:00:00Z,gpt-4o,1000,500,400",
        ),
    ],
)
def test_columns_may_be_flattened_with_dots(tmp_path, header, row):
    path = tmp_path / "log.csv"
    path.write_text(f"{header}\n{row}\n")
    assert priced(path).total == ONE_GPT


@pytest.mark.parametrize(
    "moment",
    [
        "TIMESTAMP '2026-03-01 10:00:00'",
        "TIMESTAMPTZ '2026-03-01 12:00:00+02'",
        "TIMESTAMP_NS '2026-03-01 10:00:00.123456789'",
        "DATE '2026-03-01'",
        "1772359200::BIGINT",
        "1772359200.5::DOUBLE",
        "'2026-03-01T10:00:00Z'",
    ],
)
@pytest.mark.parametrize("kind", ["BIGINT", "UINTEGER", "HUGEINT", "DOUBLE", "DECIMAL(20, 2)", "VARCHAR"])
def test_a_parquet_may_have_any_types(tmp_path, moment, kind):
    path = tmp_path / "log.parquet"
    columns = f"{moment} AS created, 'gpt-4o' AS model, CAST(1000 AS {kind}) AS input_tokens"
    duckdb.sql(f"COPY (SELECT {columns}, CAST(NULL AS {kind}) AS output_tokens) TO '{path}' (FORMAT parquet)")
    assert priced(path).total == Decimal("0.0025")


def test_a_parquet_may_be_nested(tmp_path):
    path = tmp_path / "log.parquet"
    usage = (
        "{'prompt_tokens': 1000, 'completion_tokens': 500, 'prompt_tokens_details': {'cached_tokens': 400}}"
    )
    row = f"1772359200 AS created, 'gpt-4o' AS model, {usage} AS usage"
    attributes = (
        "MAP {'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': '1000', "
        "'gen_ai.usage.output_tokens': '500', 'gen_ai.usage.cache_read.input_tokens': '400'}"
    )
    span = f"TIMESTAMP '2026-03-01 10:00:00' AS Timestamp, {attributes} AS SpanAttributes"
    for columns in (row, span):
        duckdb.sql(f"COPY (SELECT {columns}) TO '{path}' (FORMAT parquet)")
        assert priced(path).total == ONE_GPT
