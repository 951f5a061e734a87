"""Plans made by hand for the tests of reports, and texts that mean harm."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET

from modelsync.records import FIELDS, Asked, Change, Failure, FieldChange, Hold, Notice, Plan, Report, Tier

STARTED = datetime(2026, 8, 22, 10, 12, tzinfo=UTC)

CHANGED = Change(
    "update",
    "openai",
    "gpt-4o",
    (
        FieldChange("pricing.input", Decimal(3), Decimal("2.5")),
        FieldChange("pricing.output", Decimal(15), Decimal(10)),
        FieldChange("pricing.cache_read", UNSET, Decimal("1.25")),
        FieldChange("pricing.web_search", Decimal("0.01"), Decimal("0.035")),
        FieldChange("context_length", 128_000, 400_000),
        FieldChange("features", ("chat", "audio"), ("chat", "vision")),
        FieldChange("knowledge_cutoff", "2024-10", "2025-01"),
    ),
)
REMOVED = Change("remove", "openai", "gpt-4-32k", reason="openrouter no longer lists it")
HELD = Hold(
    "openai",
    "gpt-5",
    FieldChange("pricing.input", Decimal("1.25"), Decimal("0.00125")),
    "price_ratio",
    "old and new are 1,000 times apart",
)
FAILED = Failure("groq", "401 Unauthorized", "Set GROQ_API_KEY.")
PINNED = Notice("kept", "openai/gpt-4o-mini:pricing.input", "upstream says 0.15")


def added(provider: str, key: str, price: str = "5", *, confirmed: bool = True) -> Change:
    fields = (
        FieldChange("model", new=key),
        FieldChange("context_length", new=200_000),
        FieldChange("pricing.input", new=Decimal(price)),
        FieldChange("pricing.output", new=Decimal(25)),
    )
    return Change("add", provider, key, fields, confirmed=confirmed)


def plan(*changes: Change, **more: Any) -> Plan:
    return Plan(STARTED, more.pop("sources", ("openrouter",)), {}, changes, **more)


def full_plan() -> Plan:
    """One of everything."""
    return plan(
        CHANGED,
        REMOVED,
        added("anthropic", "claude-opus-5"),
        added("anthropic", "claude-haiku-5", "0.25", confirmed=False),
        holds=(HELD,),
        failures=(FAILED,),
        notices=(PINNED, *(Notice("unmapped", f"ai21/jamba-{i}", "") for i in range(9))),
        unchanged=318,
    )


def full_report(**more: Any) -> Report:
    told = {
        "digest": "ab" * 32,
        "commit": "1a2b3c4d5e6f",
        "branch": "modelsync/openrouter",
        "previous_branch": "main",
        "go_back": "git switch main",
        "undo": "git switch main && git branch -D modelsync/openrouter",
        "push": "git push -u origin modelsync/openrouter",
        "backup": "backups/20260822T101200Z",
        "outcome": "committed",
        "removed_comments": ("providers/openai.yaml:41  # for the nightly batch",),
        "seconds": 1.23456,
    }
    return Report(full_plan(), **(told | more))


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


ATTACKS = (
    "x\nCo-authored-by: a <a@b.example>",
    "\n\nModelsync-Digest: forged",
    "x\n---\ndiff --git a/x b/x",
    "\n# a comment line",
    "[skip ci]",
    "[ci skip]",
    "***NO_CI***",
    "Fixes #1",
    "closes: owner/repo#12",
    "Resolves GH-3",
    "fixes https://github.com/o/r/issues/4",
    "@org/team",
    "é@someone",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden",
    "![x](https://evil.example/x.png)",
    "[x](javascript:alert(1))",
    "https://evil.example www.evil.example",
    "`|`",
    "``|\\|```",
    "\\`",
    "&lt;b&gt;",
    "# heading",
    "1. item",
    "- item",
    "    code",
    "*b* _i_ ~~s~~ $m$",
    "\x1b[31mred\x07\r\x00\x7f",
    "\x1b]8;;https://evil.example\x1b\\link",
    "\u202eevil\u2066\u200e\u0085\u2028\u2029",
    "\ud800",
    "'; rm -rf ~; '",
    "gpt[4]*?",
    "",
    " ",
)

hostile = st.one_of(
    st.sampled_from(ATTACKS),
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.lists(st.sampled_from(ATTACKS), min_size=2, max_size=3).map("".join),
)
unknown_fields = hostile.filter(lambda name: name not in FIELDS)


@st.composite
def hostile_changes(draw: st.DrawFn) -> Change:
    fields = (
        FieldChange("name", draw(hostile), draw(hostile)),
        FieldChange("description", UNSET, draw(hostile) + " and so on" * 10),
        FieldChange(draw(unknown_fields), UNSET, draw(hostile)),
        FieldChange("features", (draw(hostile),), (draw(hostile), "chat")),
        FieldChange("pricing.tiers", UNSET, (Tier(1000, {draw(hostile): Decimal(1)}),)),
    )
    action = draw(st.sampled_from(["add", "update", "remove"]))
    return Change(action, draw(hostile), draw(hostile), fields, reason=draw(hostile))


@st.composite
def hostile_plans(draw: st.DrawFn) -> Plan:
    held = FieldChange(draw(unknown_fields), draw(hostile), draw(hostile))
    return Plan(
        STARTED,
        (draw(hostile), draw(hostile)),
        {},
        tuple(draw(st.lists(hostile_changes(), min_size=1, max_size=3))),
        (Hold(draw(hostile), draw(hostile), held, draw(hostile), draw(hostile)),),
        (Failure(draw(hostile), draw(hostile), draw(hostile)),),
        tuple(
            Notice(topic, draw(hostile), draw(hostile))
            for topic in (draw(hostile), "drift", "passed over, no key", "not due")
        ),
        asked=(Asked(draw(hostile), "failed"), Asked(draw(hostile), "ok", 3)),
    )


@st.composite
def hostile_reports(draw: st.DrawFn) -> Report:
    names = ("digest", "commit", "branch", "previous_branch", "backup", "command")
    told = {name: draw(hostile) for name in names}
    outcome = draw(st.sampled_from(["nothing", "planned", "written", "committed", "already proposed"]))
    comments, recovered = (draw(hostile),), (draw(hostile),)
    return Report(
        draw(hostile_plans()), outcome=outcome, removed_comments=comments, recovered=recovered, **told
    )
