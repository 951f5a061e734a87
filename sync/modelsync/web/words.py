"""Jobs and what happens in them, in sentences."""

from __future__ import annotations

from typing import assert_never

from modelsync.jobs.serve.events import CutOff, Done, Event, Failed, Order, Queued
from modelsync.records.progress import Committed, Fetched, Held, Planned, Pushed, Written
from modelsync.report.text import brief, many, plain


def told(event: Event) -> str:
    """An event in a sentence."""
    match event.happening:
        case Queued(order):
            return f"{name_of(order)} begins{f', asked for by {brief(order.actor)}' if order.actor else ''}"
        case Fetched(source, models, failure):
            answer = f"failed: {brief(failure, 300)}" if failure else f"answered, {many(models, 'model')}"
            return f"{brief(source)} {answer}"
        case Planned(changes, unchanged):
            return f"planned: {many(changes, 'change')}, {many(unchanged, 'model')} as before"
        case Held(holds):
            return f"held back: {many(holds, 'value')}"
        case Written(files):
            return f"written: {', '.join(map(brief, files[:5]))}{' …' if len(files) > 5 else ''}"
        case Committed(commit, branch):
            return f"committed: {commit[:10]} on {brief(branch)}"
        case Pushed(branch, request):
            return f"pushed: {brief(branch)}{f', proposed as #{request.number}' if request else ''}"
        case Done() as done:
            return _outcome(done)
        case Failed(what=what, where=where):
            return f"failed: {brief(where)}: {plain(what)}" if where else f"failed: {plain(what)}"
        case CutOff(what):
            return f"cut off: {plain(what)}"
        case never:
            assert_never(never)


def _outcome(done: Done) -> str:
    match done.outcome:
        case "committed":
            return f"done: committed as {done.commit[:10]}"
        case "already proposed":
            return "done: all of it is proposed already"
        case "planned":
            return "done: planned, and nothing written"
        case "written":
            return "done: written, not committed"
        case _:
            return "done: nothing changed" if done.statistics.failed else "done: nothing to change"


def name_of(order: Order) -> str:
    sources = ", ".join(map(brief, order.sources)) or ("all sources" if order.all_sources else "")
    return f"{order.kind} {sources}".strip()
