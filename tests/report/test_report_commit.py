"""The message of a commit reads well in `git log`, and only we say something in it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from report_samples import ATTACKS, FAILED, added, full_report, hostile_plans, plan

from modelsync.records import Change, FieldChange, Notice, Plan, Report
from modelsync.report import commit_message

RUN, DIGEST = "20260822T101200Z", "ab" * 32

MESSAGE = """\
openrouter: +2 ~1 -1 !1

Prices in USD per 1M tokens.

Changed
  openai/gpt-4o
    pricing.input          3    →  2.5      −16.7 %
    pricing.output        15    → 10        −33.3 %
    pricing.cache_read     —    →  1.25
    pricing.web_search     0.01 →  0.035   +250.0 %  per call
    context_length      128,000 → 400,000  +212.5 %
    features            +vision −audio
    knowledge_cutoff    2024-10 → 2025-01

Removed
  openai/gpt-4-32k  openrouter no longer lists it
  and with them the comments
    providers/openai.yaml:41  # for the nightly batch

Added
                    context  max output  input  output
  anthropic (2)
    claude-opus-5   200,000               5         25
    claude-haiku-5  200,000               0.25      25
  1 with an unconfirmed id: `model` is the source's name for it

Held back
  openai/gpt-5
    pricing.input  1.25 → 0.00125  ÷1,000
    price_ratio: old and new are 1,000 times apart
    --accept 'openai/gpt-5:pricing.input'

Failed
  groq: 401 Unauthorized (data)
    Set GROQ_API_KEY.

Notices
  kept (1)
    openai/gpt-4o-mini:pricing.input: upstream says 0.15
  9 unmapped

Modelsync-Run: 20260822T101200Z
Modelsync-Source: openrouter
Modelsync-Digest: abababababababababababababababababababababababababababababababab
"""


def message(of: Plan | Report) -> str:
    return commit_message(of, run=RUN, digest=DIGEST)


def git(*arguments: str, text: str = "", at: Path | None = None) -> str:
    done = subprocess.run(["git", *arguments], input=text.encode(), capture_output=True, check=True, cwd=at)
    return done.stdout.decode()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git("init", "--quiet", at=tmp_path)
    for name, value in {"user.name": "T", "user.email": "t@t.example", "commit.cleanup": "strip"}.items():
        git("config", name, value, at=tmp_path)
    return tmp_path


def test_a_message_tells_old_and_new_of_each_model() -> None:
    assert message(full_report()) == MESSAGE


def test_a_message_fits_a_page_of_git_log() -> None:
    long = Notice("kept", "openai/gpt-4o", "many words " * 30)
    *body, _ = message(plan(*full_report().plan.changes, notices=(long,))).splitlines()
    assert max(map(len, body)) <= 76


def test_a_message_of_hundreds_of_changes_stays_short() -> None:
    updates = [
        Change("update", "openai", f"m-{i}", (FieldChange("context_length", 1, 2),)) for i in range(300)
    ]
    news = [added("openai", f"n-{i}") for i in range(421)]
    text = message(plan(*updates, *news))
    assert "  … 260 more" in text
    assert "    … 381 more" in text
    assert len(text.splitlines()) < 150


def test_a_plan_that_only_failed_has_no_word_on_prices() -> None:
    assert message(plan(failures=(FAILED,))).startswith("openrouter: no changes\n\nFailed\n  groq: 401")


def assert_harmless(text: str) -> None:
    closing = r"(?i)\b(?:clos(?:e[sd]?)|fix(?:e[sd])?|resolve[sd]?)\b:?\s+\S*(?:#|GH-|/issues/)\d"
    skipping = r"(?i)\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|\*NO_CI"
    mention = r"(?:^|[^A-Za-z0-9_])@[A-Za-z0-9]"
    for pattern in (closing, skipping, mention, r"#\d", r"(?m)^#", r"(?m)^---", r"(?m)^diff "):
        assert not re.search(pattern, text)
    assert all(line.isprintable() for line in text.replace("\u200b", "").split("\n"))


def trailers() -> list[str]:
    return [f"Modelsync-Run: {RUN}", f"Modelsync-Digest: {DIGEST}"]


@pytest.mark.fault("hostile text", "trailers, closing words, mentions and `[skip ci]` in a commit")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hostile_plans())
def test_upstream_text_adds_nothing_to_a_commit(of: Plan) -> None:
    text = message(of)
    assert_harmless(text)
    run, source, digest = git("interpret-trailers", "--parse", text=text).splitlines()
    assert [run, digest] == trailers()
    assert source.startswith("Modelsync-Source: ")


@pytest.mark.fault("hostile text", "trailers, closing words, mentions and `[skip ci]` in a commit")
@pytest.mark.parametrize("attack", ATTACKS)
def test_git_keeps_every_line_of_the_message(attack: str, repository: Path) -> None:
    change = Change("update", "openai", attack, (FieldChange("name", "old", attack),), reason=attack)
    text = message(plan(change, notices=(Notice("kept", attack, attack),)))
    git("commit", "--quiet", "--allow-empty", "--file", "-", text=text, at=repository)
    assert git("log", "-1", "--format=%B", at=repository).strip() == text.strip()
    parsed = git("log", "-1", "--format=%(trailers:only,unfold)", at=repository).split("\n")
    assert [line for line in parsed if line] == [trailers()[0], "Modelsync-Source: openrouter", trailers()[1]]
