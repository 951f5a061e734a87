"""The second look at a commit: two revisions of the catalog -> what no run of sync may have done.

It reads no plan, and judges by the rules of the older revision and by those of the base as it is now, so
that no commit can loosen the rules by which it is judged, nor choose older ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import chain, islice, pairwise

from msgspec.structs import replace

from modelsync.against.diff import Diff, Fault, compared, fault_at
from modelsync.against.models import of_models
from modelsync.against.removals import of_removals
from modelsync.against.revisions import REGULAR, Revisions, Touched, read, reviewed
from modelsync.against.writing import differs_in_layout_alone, of_writing
from modelsync.config import CONFIG_FILE, Config, Place
from modelsync.errors import CatalogError
from modelsync.git.facts import CORRECTION, CommitFacts
from modelsync.git.tree import NO_FILE
from modelsync.plan.accept import meant_by

MOST = 1000  # faults that are named: nobody reads more, and to look for more takes time
_SKEW = timedelta(days=1)  # between two clocks, or around midnight


def against(
    place: Place, base: str, head: str = "", *, today: date, accept: Sequence[str] = ()
) -> tuple[Fault, ...]:
    """What `head` (none: the working tree) changed since it left `base` and no run of sync may change.

    What the rules, pins and priorities of either revision of the base forbid is forbidden.
    Raises UsageError for an unknown revision, GitRefused, CatalogError where the older `sync.yaml` is wrong.
    """
    both = read(place, base, head)
    judge = partial(faults, both.before, both.after, today=today, since=both.since, accept=accept)
    try:
        of_data = judge(both.config, between=both.between)
        of_data += judge(both.now.config, kept=both.now.files) if both.now else ()
    except CatalogError as error:
        of_data = (fault_at(error.where, error.what),)
    shown = (
        replace(fault, file=os.path.relpath(place.catalog / fault.file))
        for fault in dict.fromkeys((*_of_files(both), *of_data))
    )
    of_past = _of_commits(both.commits, both.committed, today)
    untold = (fault for fault in of_past if not (fault.name and meant_by(accept, fault.name)))
    ordered = sorted((*shown, *untold), key=lambda fault: (fault.file, fault.line, fault.text))
    rest = [Fault(os.path.relpath(place.catalog), 0, "has more faults than are named here")]
    return (*ordered[:MOST], *rest) if len(ordered) >= MOST else tuple(ordered)


def faults(
    before: Mapping[str, bytes],
    after: Mapping[str, bytes],
    config: Config,
    *,
    today: date,
    since: date,
    between: Sequence[Mapping[str, bytes]] = (),
    kept: Mapping[str, bytes] | None = None,
    accept: Sequence[str] = (),
) -> tuple[Fault, ...]:
    """What no run under this configuration may have done to these files, by their paths.

    `since` is the day on which the older ones were committed, `between` are the files as commits between had
    them. What people keep in the files `kept` is kept.
    `accept` lets through what concerns one model, by patterns: `openai/gpt-4o:pricing.input`.
    Raises CatalogError, with file and line, where one of them cannot be read.
    """
    seen = partial(compared, shape=config.shape, policy=config.plan_policy(today), since=since)
    both = seen(before, after, base_now=kept)

    def first(of_them: Iterable[Fault]) -> Iterator[Fault]:
        counting = (fault for fault in of_them if not (fault.name and meant_by(accept, fault.name)))
        return islice(counting, MOST)

    def is_a_runs(step: tuple[Mapping[str, bytes], Mapping[str, bytes]]) -> bool:
        try:
            diff = seen(*step)
        except CatalogError:
            return False
        return not any(first(chain(of_removals(diff), of_models(diff), of_writing(diff, config.files))))

    judged = dict.fromkeys(first(chain(of_removals(both), of_models(both))))
    if kept is None and len(judged) < MOST:
        names = {fault.name for fault in judged if fault.name}
        written = list(first(fault for fault in of_writing(both, config.files) if fault.name not in names))
        steps = pairwise((before, *between, after))
        is_of_runs = between and differs_in_layout_alone(both, config.files)
        if written and not (is_of_runs and all(map(is_a_runs, steps))):
            judged |= dict.fromkeys(written)
    return tuple(judged)


def _of_files(both: Revisions) -> Iterator[Fault]:
    """What was done to files as such: a commit may touch the data files only, in the mode that they had."""
    for item in both.touched:
        what = _what(both, item)
        if what:
            yield Fault(item.path, 0, what)
    for path in both.helpers:
        yield Fault(path, 0, "is kept in git, and is a file that modelsync keeps for itself, or keys")


def _what(both: Revisions, item: Touched) -> str:
    if item.path in both.helpers:
        return ""
    if item.path == CONFIG_FILE:
        return "was changed, and decides what a change may do"
    if not {item.before, item.after} <= {NO_FILE, *REGULAR}:
        return f"is no ordinary file: its mode was {item.before} and is {item.after}"
    if item.path not in both.before and item.path not in both.after:
        return "was changed, and is no data file of the catalog"
    if item.before == NO_FILE:
        return "" if item.after == REGULAR[0] else f"is new, and can be executed: its mode is {item.after}"
    if item.after not in (item.before, NO_FILE):
        return f"its mode was {item.before} and is {item.after}"
    return ""


def _of_commits(
    commits: Sequence[CommitFacts], committed: Mapping[str, date], today: date
) -> Iterator[Fault]:
    """What of a proposal would change the cost of past usage: the day from which prices count, and what its
    commits correct. `committed` are the days of all their parents too."""
    for commit in commits:
        where = f"commit {commit.sha[:10]}"
        for what in commit.trailers(CORRECTION):
            yield Fault(
                where, 0, f"states the past of {what} anew, and no run does", f"{what.partition(':')[0]}:past"
            )
        parents = [committed[sha] for sha in commit.parents if sha in committed]
        day = commit.observed.date()
        if not parents and min(day, committed[commit.sha]) < today - _SKEW:
            yield Fault(
                where, 0, f"is of {day}, and what it stands on is not known here: get the whole history"
            )
            continue
        first, last = min([*parents[:1], today]) - _SKEW, max([*parents[:1], today]) + _SKEW
        if committed[commit.sha] < first:
            yield Fault(where, 0, f"is dated {committed[commit.sha]}, before what it stands on")
        if not first <= day <= last:
            yield Fault(where, 0, f"says that it is of {day}, and its prices would count from then")
