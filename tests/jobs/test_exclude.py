"""`exclude`: the rule is put where a person would put it, once, and the rest of `sync.yaml` stays."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from modelsync import config
from modelsync.errors import CatalogEditRefused, UsageError
from modelsync.jobs import decide
from modelsync.records import Exclusion
from modelsync.run.request import Run

if TYPE_CHECKING:
    from workplace import Workplace

DAY = date(2099, 1, 31)


def asked(workplace: Workplace) -> Run:
    place = config.find(str(workplace.path / "catalog"), workplace.path)
    return Run(place=place, config=config.load(place), now=config.now(), no_commit=True)


def exclude(
    workplace: Workplace, model: str, until: date | None = None, reason: str = "", *, provider: str = "openai"
) -> str:
    """Exclude it, and give what `sync.yaml` has more, or otherwise."""
    decide.exclude(asked(workplace), provider, model, until=until, reason=reason)
    return "\n".join(workplace.diff("HEAD"))


def rules(workplace: Workplace) -> dict[str, tuple[Exclusion, ...]]:
    return asked(workplace).config.plan_policy(date(2026, 1, 1)).exclude


def says(workplace: Workplace, more: str) -> None:
    workplace.configure(more)
    if more:
        workplace.team.commit_all("more")


@pytest.mark.parametrize(
    ("more", "added"),
    [
        ("", "+exclude:\n+  openai: [gpt-5]"),
        ("exclude: {}\n", "-exclude: {}\n+exclude:\n+  openai: [gpt-5]"),
        ("exclude:\n", "+  openai: [gpt-5]"),
        ("exclude:\n  gemini:   # theirs\n    - g\n", "+  openai:\n+    - gpt-5"),
        ("exclude: {gemini: [g]}  # all\n", "-exclude: {gemini: [g]}  # all\n"
         "+exclude: {gemini: [g], openai: [gpt-5]}  # all"),
        ("exclude:\n  openai:\n    # old\n    - 'gpt-3'\n    # end\n", "+    - 'gpt-5'"),
        ("exclude:\n  openai: [b]  # old\n", "-  openai: [b]  # old\n+  openai: [b, gpt-5]  # old"),
        ("exclude:\n  openai: []\n", "-  openai: []\n+  openai: [gpt-5]"),
    ],
)  # fmt: skip
def test_a_rule_is_put_where_a_person_would_put_it(workplace, more, added):
    says(workplace, more)
    before = rules(workplace)
    assert exclude(workplace, "gpt-5") == added
    assert rules(workplace) == {**before, "openai": (*before.get("openai", ()), Exclusion("gpt-5"))}
    assert exclude(workplace, "gpt-5") == added


@pytest.mark.parametrize("model", ["gpt-4*", "yes", "1e3", "openai/gpt-4:free", "a: b # c", "{x}", "it's"])
def test_a_rule_reads_back_as_it_was_given(workplace, model):
    exclude(workplace, model, DAY, "why: 'because' # 5")
    assert rules(workplace) == {"openai": (Exclusion(model, "why: 'because' # 5", DAY),)}


@pytest.mark.parametrize(
    ("there", "model", "until", "reason"),
    [
        ("gpt-5", "gpt-5", None, ""),
        ("gpt-5", "gpt-5", DAY, ""),
        ("'gpt-*'", "gpt-5", None, ""),
        ("'gpt-*'", "openai/GPT_5", None, ""),
        ("{id: gpt-5, until: 2099-02-01}", "gpt-5", DAY, ""),
        ("{id: gpt-5, reason: x}", "gpt-5", None, "x"),
    ],
)
def test_what_is_excluded_already_is_left_as_it_is(workplace, there, model, until, reason):
    says(workplace, f"exclude: {{openai: [{there}, 'openai-gpt*']}}\n")
    assert exclude(workplace, model, until, reason) == ""
    assert workplace.backups() == []


@pytest.mark.parametrize(
    ("there", "until", "reason", "now"),
    [
        ("{id: gpt-5, until: 2020-01-01}", None, "", "gpt-5"),
        ("{id: gpt-5, until: 2020-01-01, reason: x}", None, "", "{id: gpt-5, reason: x}"),
        ("{id: gpt-5, until: 2020-01-01, reason: x}", DAY, "z", "{id: gpt-5, until: 2099-01-31, reason: z}"),
        ("gpt-5", None, "why", "{id: gpt-5, reason: why}"),
    ],
)
def test_a_rule_with_other_words_is_renewed_in_its_place(workplace, there, until, reason, now):
    says(workplace, f"exclude:\n  openai: [a, {there}, b]\n")
    assert exclude(workplace, "gpt-5", until, reason).endswith(f"+  openai: [a, {now}, b]")


def test_a_glob_is_not_excluded_by_a_model_that_it_means(workplace):
    says(workplace, "exclude: {openai: [gpt-5]}\n")
    assert exclude(workplace, "gpt-5*").endswith("+exclude: {openai: [gpt-5, gpt-5*]}")


@pytest.mark.parametrize(
    ("model", "more", "what"),
    [
        ("gpt-5", {"provider": "opanai"}, "no provider opanai"),
        ("", {}, "is no id of a model"),
        ("--", {}, "is no id of a model"),
        ("gpt-5", {"until": date(2020, 1, 1)}, "is over already"),
        ("gpt-5", {"reason": "a\nb"}, "one line of printable text"),
    ],
)
def test_what_cannot_be_excluded_is_a_matter_of_usage(workplace, model, more, what):
    with pytest.raises(UsageError, match=what):
        exclude(workplace, model, **more)


def test_a_provider_of_the_mapping_may_have_rules_before_it_has_models(workplace):
    workplace.edit("'^anthropic/', provider: anthropic", "'^x/', provider: x", "catalog/sync.yaml")
    exclude(workplace, "m", provider="x")
    assert rules(workplace) == {"x": (Exclusion("m"),)}


def test_what_the_editor_cannot_do_is_refused_with_the_line(workplace):
    says(workplace, "exclude:\n  anthropic: &same [x]\n  openai: *same\n")
    with pytest.raises(CatalogEditRefused) as refused:
        exclude(workplace, "gpt-5")
    assert refused.value.where.endswith("catalog/sync.yaml:12")


def test_an_excluded_model_that_is_there_is_told(workplace):
    done = decide.exclude(asked(workplace), "openai", "o[0-9]*", until=None, reason="")
    told = [(notice.subject, notice.text.partition(":")[0]) for notice in done.plan.notices[1:]]
    assert told == [(f"openai/{key}", "still in the catalog") for key in ("o1", "o3", "o4-mini")]
