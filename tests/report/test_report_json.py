"""Programs get exact values and one shape."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from msgspec import UNSET
from report_samples import FAILED, HELD, full_report, hostile_reports, plan

from modelsync.records import Change, FieldChange, Report, Tier
from modelsync.report import as_json


def fields_of(*changes: FieldChange) -> list[dict[str, Any]]:
    return json.loads(as_json(plan(Change("update", "openai", "gpt-4o", changes))))["changes"][0]["fields"]


def test_a_report_is_one_object_with_these_keys() -> None:
    told = json.loads(as_json(full_report()))
    promised = "changes holds failures notices unchanged commit backup digest started seconds"
    useful = "subject outcome sources batch branch previous_branch removed_comments recovered command"
    proposed = "pushed pull_request dashboard unpublished untold"
    assert set(told) == {*promised.split(), *useful.split(), *proposed.split(), "opinions", "not_compared"}
    assert (told["started"], told["seconds"]) == ("2026-08-22T10:12:00Z", 1.235)
    assert (told["subject"], told["unchanged"]) == ("openrouter: +2 ~1 -1 !1", 318)
    failure = {"source": "groq", "reason": FAILED.reason, "advice": FAILED.advice, "kind": "data"}
    assert told["failures"] == [failure]


def test_a_price_is_decimal_text_with_its_unit() -> None:
    price = FieldChange("pricing.input", Decimal("3.0"), Decimal("0.00000008333333333333334"))
    call = FieldChange("pricing.request", UNSET, Decimal("0.01"))
    assert fields_of(price, call) == [
        {
            "field": "pricing.input",
            "old": "3",
            "new": "0.00000008333333333333334",
            "unit": "USD per 1M tokens",
            "percent": "-100.0",
        },
        {"field": "pricing.request", "new": "0.01", "unit": "USD per call"},
    ]


def test_unknown_and_not_applicable_are_not_the_same() -> None:
    assert fields_of(FieldChange("context_length", None, 5), FieldChange("expires", "2026-12-31", UNSET)) == [
        {"field": "context_length", "old": None, "new": 5, "unit": "tokens"},
        {"field": "expires", "old": "2026-12-31"},
    ]


def test_tiers_are_told_whole() -> None:
    tiers = (Tier(200_000, {"input": Decimal(6)}),)
    assert fields_of(FieldChange("pricing.tiers", UNSET, tiers)) == [
        {
            "field": "pricing.tiers",
            "new": [{"above": 200_000, "prices": {"input": "6"}}],
            "unit": "USD per 1M tokens",
        }
    ]


def test_a_hold_names_what_releases_it() -> None:
    hold = json.loads(as_json(plan(holds=(HELD,))))["holds"][0]
    assert hold["name"] == "openai/gpt-5:pricing.input"
    assert (hold["old"], hold["new"], hold["guard"]) == ("1.25", "0.00125", "price_ratio")


@settings(deadline=None)
@given(hostile_reports())
def test_hostile_text_is_exact_and_cannot_be_obeyed(report: Report) -> None:
    text = as_json(report)
    assert text.isascii()
    assert all(line.isprintable() for line in text.split("\n"))
    told = json.loads(text)
    assert [change["key"] for change in told["changes"]] == [change.key for change in report.plan.changes]
    assert told["notices"][0]["text"] == report.plan.notices[0].text
