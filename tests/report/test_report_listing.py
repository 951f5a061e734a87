"""What the catalog holds, for a person, a pipe and a program."""

from __future__ import annotations

import io
import json
import re
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from report_samples import STARTED, Terminal, hostile

from modelsync.records import (
    SERVICE_TIERS,
    TOKEN_PRICES,
    Entry,
    ModelDetails,
    Money,
    Pin,
    Provider,
    SourceStatus,
    Tier,
    Unreadable,
    Variant,
)
from modelsync.report import (
    Screen,
    entry_json,
    listing,
    listing_json,
    shown_entry,
    status,
    status_json,
)
from modelsync.report.table import width

PINNED = Entry(
    "openai",
    "gpt-4o",
    {
        "model": "gpt-4o-2024-11-20",
        "context_length": 128_000,
        "pricing.input": Decimal("2.5"),
        "pricing.output": Decimal(10),
        "pricing.tiers": (Tier(200_000, {"input": Decimal(5)}),),
        "features": ("chat", "vision"),
    },
    upstream={"openrouter": "openai/gpt-4o"},
    pins=(Pin("pricing.input", date(2027, 1, 1), "negotiated", 41),),
    hidden=True,
)
GUESSED = Entry(
    "openai",
    "o9",
    {"model": "o9", "pricing.input": Decimal("0.15"), "context_length": Unreadable("128k")},
    priority=100,
)
LOCAL = Entry("ollama", "llama", {"model": "llama3", "availability": "unavailable"})
PROVIDERS = (
    Provider("openai", "openai.yaml", entries={"gpt-4o": PINNED, "o9": GUESSED}),
    Provider("ollama", "ollama.yaml", local=True, entries={"llama": LOCAL}),
)
SOURCES = (
    SourceStatus("openrouter", authoritative=True, frequency="realtime", last_synced=STARTED),
    SourceStatus("groq", frequency="daily", keys={"GROQ_API_KEY": False}),
    SourceStatus("openai", enabled=False, keys={"OPENAI_API_KEY": True}),
    SourceStatus("litellm-map", enabled=False, opinion=True),
)

SHOWN = """\
field                              value
openai/gpt-4o:model                gpt-4o-2024-11-20       from aliases
openai/gpt-4o:context_length       128,000 tokens
openai/gpt-4o:pricing.input        2.5 USD per 1M tokens   kept until 2027-01-01, negotiated (line 41)
openai/gpt-4o:pricing.output       10 USD per 1M tokens
openai/gpt-4o:pricing.tiers        above 200,000: input 5
openai/gpt-4o:features             chat, vision
openai/gpt-4o:upstream.openrouter  openai/gpt-4o
openai/gpt-4o:marks                pinned, hidden
"""


def piped(show, *arguments: object, **options: object) -> str:  # type: ignore[no-untyped-def]
    stream = io.StringIO()
    show(*arguments, Screen(stream), **options)
    return stream.getvalue()


def drawn(show, columns: int, *arguments: object, **options: object) -> str:  # type: ignore[no-untyped-def]
    stream = Terminal()
    show(*arguments, Screen(stream, color="never", width=columns), **options)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def narrow(show, *arguments: object, **options: object) -> str:  # type: ignore[no-untyped-def]
    return drawn(show, 60, *arguments, **options)


def test_a_pipe_gets_a_line_for_each_model() -> None:
    lines = piped(listing, PROVIDERS, confirmed_by={"openai/o9": "", "openai/gpt-5": "list"}).splitlines()
    assert re.split("  +", lines[1]) == re.split(
        "  +", "openai/gpt-4o  gpt-4o-2024-11-20  128,000  -  2.5  10  -  -  pinned, hidden  chat, vision"
    )
    assert lines[2].startswith("openai/o9      o9 ?                  128k")
    assert lines[-2:] == [
        "prices in USD per 1M tokens",
        "? the provider's own id is not confirmed: it is the source's name for the model",
    ]


def test_a_model_is_marked_by_what_is_special_about_it() -> None:
    text = piped(listing, PROVIDERS)
    for mark in ("pinned, hidden", "a person's", "unavailable, local"):
        assert mark in text


def test_an_id_that_is_no_text_is_shown_as_it_is_written() -> None:
    entry = Entry("openai", "f", {"model": Unreadable("4.1")})
    text = piped(listing, [Provider("openai", "f.yaml", entries={"f": entry})])
    assert re.search("openai/f +4.1 ", text)


def test_a_terminal_gets_a_table_for_each_provider() -> None:
    text = drawn(listing, 120, PROVIDERS)
    assert "openai (2)\nkey     model              context  input  output  marks           features\n" in text
    assert "gpt-4o  gpt-4o-2024-11-20  128,000  2.5    10      pinned, hidden  chat, vision\n" in text


@pytest.mark.parametrize("columns", [60, 80])
def test_a_narrow_terminal_spares_the_least_needed_columns(columns: int) -> None:
    wide = Entry(
        "openai", "m" * 40, PINNED.values | {"features": ("function_calling",) * 4, "max_output_tokens": 9}
    )
    text = drawn(listing, columns, [Provider("openai", "f", entries={wide.key: wide})])
    assert max(map(width, text.splitlines())) <= columns
    assert "features" not in text
    assert "2.5" in text


def test_one_model_is_shown_with_where_its_values_come_from() -> None:
    assert piped(shown_entry, ModelDetails(PINNED, origins={"model": "from aliases"})) == SHOWN


def test_a_long_value_moves_no_column_of_a_pipe() -> None:
    long = Entry("openai", "gpt-4o", PINNED.values | {"description": "many words " * 12}, PINNED.upstream)
    told = piped(shown_entry, ModelDetails(long, origins=dict.fromkeys(long.values, "groq"))).splitlines()
    assert all(line.startswith("openai/gpt-4o:") for line in told[1:])
    assert {line.index("groq") for line in told if "groq" in line} == {told[2].index("groq")}
    assert max(map(width, told)) < 110
    assert sum(line.count("many") for line in told) == 12


def test_each_of_many_ways_to_ask_is_shown_whole_in_a_row_of_its_own() -> None:
    prices = {name: Decimal("0.000001") for name in TOKEN_PRICES}
    variants = tuple(
        Variant({"service_tier": word}, prices, above=above) for word in SERVICE_TIERS for above in (0, 9)
    )
    many = Entry("openai", "gpt-4o", {"pricing.variants": variants})
    text = piped(shown_entry, ModelDetails(many, origins={"pricing.variants": "groq"}))
    assert text.count(f"{TOKEN_PRICES[-1]} 0.000001") == len(variants)
    assert text.count("groq") == 1
    assert "service_tier flex, above 9:" in text


def test_a_narrow_terminal_breaks_no_name_of_a_variable() -> None:
    asked = SourceStatus(
        "openrouter", authoritative=True, last_synced=STARTED, frequency="realtime", due=True
    )
    keyed = msgspec.structs.replace(asked, keys={"SOME_LONG_NAME_API_KEY": False})
    text = drawn(status, 80, [keyed], now=STARTED)
    assert "SOME_LONG_NAME_API_KEY" in text
    assert "realtime" not in text
    assert "realtime, due" in drawn(status, 120, [keyed], now=STARTED)


def test_a_model_is_shown_with_its_base_and_why_it_is_a_persons() -> None:
    served = Entry("groq", "oss", PINNED.values, base="openai/oss", priority=100, reason="ours")
    text = piped(shown_entry, ModelDetails(served, origins=dict.fromkeys(PINNED.values, "base openai/oss")))
    assert re.search("groq/oss:base +openai/oss\n", text)
    assert re.search("groq/oss:context_length +128,000 tokens +base openai/oss\n", text)
    assert re.search("marks +a person's +ours\n", text)


def test_a_list_marks_what_says_the_rest_of_itself_by_another_entry() -> None:
    served = Entry("groq", "oss", PINNED.values, base="openai/oss")
    assert "as openai/oss" in piped(listing, [Provider("groq", "f", entries={"oss": served})])


def test_a_program_learns_what_an_entry_states_itself() -> None:
    served = Entry(
        "groq", "oss", {"model": "oss", "name": "OSS"}, base="openai/oss", inherited={"name": "openai/oss"}
    )
    told = json.loads(entry_json(ModelDetails(served)))
    assert (told["base"], told["own"], told["values"]) == (
        "openai/oss",
        ["model"],
        {"model": "oss", "name": "OSS"},
    )


def test_a_pin_says_enough_of_where_a_value_is_from() -> None:
    text = piped(
        shown_entry, ModelDetails(PINNED, origins=dict.fromkeys(PINNED.values, "groq"), confirmed_by="")
    )
    assert re.search(r"pricing.input .* negotiated \(line 41\); groq\n", text)
    assert "groq; not confirmed by the provider's own list" in text


def test_a_model_is_shown_with_its_marks() -> None:
    assert re.search("marks +unavailable, local\n", piped(shown_entry, ModelDetails(LOCAL, local=True)))


def test_an_unconfirmed_id_is_said_to_be_one() -> None:
    assert "not confirmed" in piped(shown_entry, ModelDetails(GUESSED, confirmed_by=""))
    assert json.loads(entry_json(ModelDetails(GUESSED, confirmed_by="")))["confirmed"] is False


def test_a_program_gets_every_value_and_its_unit() -> None:
    told = json.loads(listing_json(PROVIDERS, confirmed_by={"openai/o9": "", "openai/gpt-5": "list"}))
    first, second, third = told["models"]
    assert first["values"]["pricing.input"] == "2.5"
    assert first["values"]["pricing.tiers"] == [{"above": 200_000, "prices": {"input": "5"}}]
    assert first["pins"] == [
        {"field": "pricing.input", "until": "2027-01-01", "reason": "negotiated", "line": 41, "shared": False}
    ]
    assert (second["confirmed"], second["values"]["context_length"], third["local"]) == (False, "128k", True)
    assert told["units"]["pricing.input"] == "USD per 1M tokens"
    assert told["units"]["context_length"] == "tokens"


def test_the_sources_are_shown_with_what_they_lack() -> None:
    lines = piped(status, SOURCES, now=STARTED + timedelta(days=9), notes=["2 holds wait"]).splitlines()
    assert [line.split("  ")[0] for line in lines] == [
        "source",
        "openrouter",
        "groq",
        "openai",
        "litellm-map",
        "2 holds wait",
    ]
    assert lines[1].split(maxsplit=3) == [
        "openrouter",
        "authoritative",
        "realtime",
        "2026-08-22 10:12, 9 days ago  none needed",
    ]
    assert lines[2].endswith("none known                    GROQ_API_KEY not set")
    assert lines[3].endswith("OPENAI_API_KEY set")
    assert [line.split()[1] for line in lines[3:5]] == ["disabled", "opinion"]


def test_the_sources_are_one_object() -> None:
    told = json.loads(status_json(SOURCES))["sources"]
    assert told[1]["keys"] == {"GROQ_API_KEY": False}
    assert told[0]["last_synced"] == "2026-08-22T10:12:00Z"


@settings(deadline=None)
@given(hostile, hostile, hostile)
def test_hostile_text_of_a_catalog_is_shown_as_text(key: str, value: str, field: str) -> None:
    entry = Entry(
        key,
        key,
        {"model": value, field: value, "features": (value,)},
        {value: value},
        (Pin("", None, value),),
    )
    provider = Provider(key, value, entries={key: entry})
    source = SourceStatus(value, frequency=value, keys={value: True})
    shown = [show(listing, [provider]) for show in (piped, narrow)]
    shown += [show(shown_entry, ModelDetails(entry, origins={field: value})) for show in (piped, narrow)]
    shown += [show(status, [source], now=STARTED) for show in (piped, narrow)]
    shown += [listing_json([provider]), entry_json(ModelDetails(entry)), status_json([source])]
    assert all(line.isprintable() for text in shown for line in text.split("\n"))


def test_no_price_in_another_currency_is_shown_as_dollars() -> None:
    foreign = Entry(
        "cn",
        "qwen",
        {"model": "qwen", "pricing.input": Decimal("2.4")},
        money=Money(foreign="its prices are in CNY"),
    )
    provider = Provider("cn", "cn.yaml", entries={"qwen": foreign})
    details = ModelDetails(foreign, local=False)

    for unit in ("per_1m_tokens", "per_1k_tokens"):
        assert re.search(r"2\.4 \(its prices are in CNY\)", piped(shown_entry, details, unit=unit))
    assert "USD" not in piped(shown_entry, details)
    assert "its prices are in CNY" in piped(listing, (provider,)).splitlines()[1]
    document = json.loads(entry_json(details))
    assert document["not_in_dollars"] == "its prices are in CNY"
    assert document["units"] == {"context_length": "tokens", "max_output_tokens": "tokens"}
