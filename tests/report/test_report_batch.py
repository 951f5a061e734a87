"""How a run of several sources is summed up, for a person, a commit and a program."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import UNSET
from report_samples import CHANGED, added, plan

from modelsync.records import (
    Asked,
    Catalog,
    Change,
    Entry,
    FieldChange,
    Lack,
    Notice,
    Opinion,
    Plan,
    Preflight,
    Provider,
    Report,
)
from modelsync.report import announcement, as_json, commit_message, markdown, unasked, warnings
from modelsync.report.batch import summary
from modelsync.report.terminal import flat

OVERRIDE = Change("add", "groq", "llama", (FieldChange("base", UNSET, "meta-llama/llama"),))
ASKED = (Asked("openrouter", "ok", 400), Asked("groq", "ok", 12), Asked("xai", "failed"))
SENTENCE = (
    "4 sources: 2 ok, 1 failed (xai), 1 passed over; "
    "412 models fetched, 1 new, 1 overrides made, 1 merged, 318 unchanged"
)
CATALOG = Catalog(
    {"groq": Provider("groq", "groq.yaml", entries={"llama": Entry("groq", "llama", {}, base="meta/llama")})},
    {},
)
KEY = Lack("key", ("GEMINI_API_KEY", "GOOGLE_AI_API_KEY"))
HOW = "`export NAME=...`, or that as a line in .env beside the catalog"
PASSED_OVER = f"passed over, no key: gemini ({KEY.names}), xai (XAI_API_KEY); set them with {HOW}"


def several(**more: Any) -> Plan:
    asked = more.pop("asked", (*ASKED, Asked("gemini", "passed over")))
    changes = (CHANGED, OVERRIDE, added("anthropic", "claude-opus-5"))
    return plan(*changes, asked=asked, unchanged=318, **more)


def test_a_summary_counts_sources_models_and_overrides() -> None:
    told = json.loads(as_json(several()))["batch"]
    assert told == {
        "ok": 2,
        "failed": 1,
        "passed_over": 1,
        "fetched": 412,
        "new": 1,
        "overrides": 1,
        "merged": 1,
        "unchanged": 318,
        "not_compared": 0,
        "sources": [
            {"source": "openrouter", "state": "ok", "models": 400},
            {"source": "groq", "state": "ok", "models": 12},
            {"source": "xai", "state": "failed", "models": 0},
            {"source": "gemini", "state": "passed over", "models": 0},
        ],
    }


def test_a_summary_is_in_the_report_the_commit_and_the_page() -> None:
    assert SENTENCE in list(flat(several()))
    message = commit_message(several(), run="r", digest="d")
    assert SENTENCE in " ".join(message.split())
    assert max(map(len, message.splitlines())) <= 76
    assert SENTENCE in markdown(several()).replace("\\", "")


def test_who_failed_is_named_but_not_all_of_many() -> None:
    names = [f"s\x1b{i:02}" for i in range(15)]
    told = summary(several(asked=tuple(Asked(name, "failed") for name in names))).sentence
    assert "15 sources: 0 ok, 15 failed (s\\x1b00, s\\x1b01, " in told
    assert "s\\x1b09 … 5 more), 0 passed over; " in told


def test_before_the_run_all_that_lack_a_key_are_named_and_at_its_end_only_some() -> None:
    lacks = {f"s{i:02}": Lack("key", (f"S{i:02}_KEY",)) for i in range(21)}
    before = Preflight((), passed_over=lacks)
    (told,) = warnings(before)
    assert told.count("_KEY)") == 21
    made = several(notices=tuple(unasked(before)))
    assert "S09_KEY) … 11 more; set them with" in "".join(flat(made))
    assert told in list(flat(made, verbose=True))


def test_who_was_not_asked_is_told_once_and_how_to_set_what_it_lacks() -> None:
    waiting = {"groq": datetime(2026, 11, 22, 12, tzinfo=UTC)}
    before = Preflight((), passed_over={"gemini": KEY, "xai": Lack("key", ("XAI_API_KEY",))}, waiting=waiting)
    made = several(notices=tuple(unasked(before)))
    not_due = "not due: groq (until 2026-11-22 12:00 UTC)"
    assert [line for line in flat(made) if "gemini" in line or "groq (" in line] == [PASSED_OVER, not_due]
    message = commit_message(made, run="r", digest="d")
    for text in (" ".join(message.split()), markdown(made).replace("\\", "")):
        assert text.count("gemini (GEMINI") == text.count(PASSED_OVER) == text.count(not_due) == 1
    assert "Notices" not in message
    told = json.loads(as_json(made))["notices"]
    assert told[1] == {"topic": "passed over, no key", "subject": "xai", "text": "XAI_API_KEY"}


def test_a_run_of_one_source_is_not_summed_up() -> None:
    one = plan(CHANGED, asked=ASKED[:1])
    assert not [line for line in flat(one) if "sources:" in line]
    assert "sources:" not in commit_message(one, run="r", digest="d") + markdown(one)


def test_a_plan_that_is_saved_keeps_how_its_sources_did() -> None:
    assert Plan.from_json(several().to_json()) == several()


@pytest.mark.parametrize(
    ("asked", "topic", "sentence"),
    [
        ((), "not due", "Nothing is due"),
        (
            (Asked("groq", "passed over"),),
            "passed over, no key",
            "Nothing was asked: a key or an address is missing",
        ),
        ((Asked("groq", "ok", 3),), "passed over, no key", "Nothing to do: 0 models are up to date"),
    ],
)
def test_a_run_that_asked_nobody_says_why(asked: tuple[Asked, ...], topic: str, sentence: str) -> None:
    made = Plan(datetime(2026, 1, 1, tzinfo=UTC), (), {}, notices=(Notice(topic, "groq", ""),), asked=asked)
    assert list(flat(Report(made)))[-1] == sentence


def test_before_several_are_asked_it_is_told_what_they_have_and_lack() -> None:
    before = Preflight(
        asked=("openrouter", "groq"),
        opinions=("prices",),
        keys=("GROQ_API_KEY",),
        optional=("OPENROUTER_API_KEY",),
        passed_over={"gemini": KEY, "xai": Lack("key", ("XAI_API_KEY",))},
        skipped=("aihubmix",),
        waiting={"mistral": datetime(2026, 11, 22, 12, tzinfo=UTC), "local": None},
        disabled=("cohere",),
    )
    lines = list(announcement(before, CATALOG, verbose=False))
    assert lines == [
        "loaded 1 providers, 1 models, 1 overrides",
        "asking 2: openrouter, groq",
        "asking for their opinion: prices",
        "keys found: GROQ_API_KEY",
        f"keys missing, and not needed: OPENROUTER_API_KEY; set them with {HOW}",
        "left out by batch.skip: aihubmix",
        PASSED_OVER,
        "not due: mistral (until 2026-11-22 12:00 UTC), local (manual: never by itself)",
    ]
    assert list(warnings(before)) == [PASSED_OVER]
    assert set(announcement(before, CATALOG, verbose=True)) - set(lines) == {"disabled: cohere"}


def test_before_one_is_asked_nothing_is_told_that_it_does_not_lack() -> None:
    assert list(announcement(Preflight(("openrouter",), optional=("A",)), CATALOG, verbose=False)) == []
    assert list(announcement(Preflight((), passed_over={"gemini": KEY}), CATALOG, verbose=False)) == [
        "passed over, no key: gemini (GEMINI_API_KEY or GOOGLE_AI_API_KEY); "
        "set it with `export GEMINI_API_KEY=...`, or that as a line in .env beside the catalog"
    ]


def test_a_report_counts_the_values_that_other_lists_confirm() -> None:
    opinions = (
        Opinion("openai/gpt-4o:pricing.input", ("litellm", "genai")),
        Opinion("openai/gpt-4o:pricing.output", ("litellm",)),
    )
    made = plan(CHANGED, opinions=opinions)
    sentence = "3 prices and limits: 1 confirmed by 2 lists, 1 confirmed by 1 list"
    assert sentence in list(flat(made))
    assert sentence in commit_message(made, run="r", digest="d")
    assert sentence not in list(flat(plan(CHANGED)))
