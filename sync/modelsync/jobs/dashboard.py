"""The dashboard: one issue on the forge with what has no pull request, brought up to date by every run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from modelsync import report
from modelsync.config import CONFIG_FILE
from modelsync.jobs import evidence, notify
from modelsync.plan.expiry import models_ending, pins_ending
from modelsync.plan.removals import days_to_wait, is_marked
from modelsync.records import OTHER_LABELS, Catalog, Dated, PlanPolicy, Report, Standing
from modelsync.review import dashboard
from modelsync.review.dashboard import Dashboard
from modelsync.review.forge.forge import Forge
from modelsync.run.request import Run

_SOON = timedelta(days=30)  # before an end, and after a beginning


def update(run: Run, done: Report, before: Catalog, forge: Forge) -> str:
    """Have the dashboard say what this run did not propose, and give its address. Raises GitRefused.

    What a kind of run holds stays as it was told last where this one did not hear all of its lists.
    """
    board, label, plan = Dashboard(forge, run.place.name), run.branch_label, done.plan
    last = evidence.last_successes(run) if plan.failures else {}
    state = dashboard.remembered(board.state, plan, before, last, run.now.date())
    board.state = dict(notify.in_state(run.place, state))
    if label not in board.parts or not (plan.failures or run.only):
        board.parts[label] = report.dashboard_part(done, longest=board.room(label))
    known = run.config.sources.keys()  # a part of a kind of run that there is no more goes
    board.parts = {
        name: text
        for name, text in board.parts.items()
        if text and (name in OTHER_LABELS or known >= set(name.split("+")))
    }
    standing = _standing(board, before, run.policy)
    return board.update(report.dashboard_rest(standing, longest=dashboard.REST))


def _standing(board: Dashboard, catalog: Catalog, policy: PlanPolicy) -> Standing:
    models = models_ending(catalog, (), policy.today, _SOON.days)
    return Standing(
        failing=dashboard.failing(board.state),
        waiting=_sorted(_waiting(catalog, policy)),
        pins=_sorted(_kept(catalog, policy)),
        ending=_sorted(Dated(name, day) for name, day in models),
        news=tuple(one for one in dashboard.news(board.state) if policy.today - one.day <= _SOON),
    )


def _sorted(dated: Iterable[Dated]) -> tuple[Dated, ...]:
    return tuple(sorted(dated, key=lambda one: (one.day, one.name)))


def _waiting(catalog: Catalog, policy: PlanPolicy) -> Iterator[Dated]:
    for entry in catalog.entries():
        days = days_to_wait(entry, policy)
        if is_marked(entry) and days is not None:
            yield Dated(entry.name, policy.today + timedelta(days=days))


def _kept(catalog: Catalog, policy: PlanPolicy) -> Iterator[Dated]:
    for entry, pin, day in pins_ending(catalog, policy.today, _SOON.days):
        place = f"{catalog.providers[entry.provider].file}:{pin.line}"
        yield Dated(f"{entry.name}:{pin.field}" if pin.field else entry.name, day, place)
    for provider, rules in policy.exclude.items():
        for rule in rules:
            if rule.until and policy.today <= rule.until <= policy.today + _SOON:
                yield Dated(f"{provider}/{rule.id}", rule.until, f"an exclusion in {CONFIG_FILE}")
