"""Jobs and what happens in them, and what guards are for, in sentences."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import assert_never

import msgspec

from modelsync.errors import FailureKind
from modelsync.jobs.decisions import Decisions
from modelsync.jobs.serve.events import CutOff, Done, Event, Failed, Happening, Order, Queued
from modelsync.records import Failure, Guard
from modelsync.records.progress import Committed, Fetched, Held, Planned, Pushed, Written
from modelsync.report.text import brief, many, plain


def told(event: Event) -> str:
    """An event in a sentence."""
    return happened(event.happening)


def happened(what: Happening) -> str:
    """What happened in a run, in a sentence."""
    match what:
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
        case Failed(what=why, where=where):
            return f"failed: {brief(where)}: {plain(why)}" if where else f"failed: {plain(why)}"
        case CutOff(why):
            return f"cut off: {plain(why)}"
        case never:
            assert_never(never)


def _outcome(done: Done) -> str:
    numbers = done.statistics
    match done.outcome:
        case "committed":
            what = f"committed as {done.commit[:10]}"
        case "already proposed":
            what = "all of it is proposed already"
        case "planned":
            what = "planned, and nothing written"
        case "written":
            what = "written, not committed"
        case _:
            what = "nothing changed" if numbers.failed else "nothing to change"
    counts = {
        f"{numbers.new:,} new": numbers.new,
        f"{numbers.updated:,} updated": numbers.updated,
        f"{many(numbers.overrides, 'override')} made": numbers.overrides,
        f"{numbers.removed:,} removed": numbers.removed,
        f"{many(numbers.held, 'value')} held back": numbers.held,
        f"{numbers.unchanged:,} as before": numbers.unchanged,
        f"{many(numbers.failed, 'source')} failed": numbers.failed,
    }
    some = ", ".join(words for words, count in counts.items() if count)
    return f"done: {what}{f'; {some}' if some else ''}"


def name_of(order: Order) -> str:
    if order.name:
        return f"{order.kind} {brief(order.name)}"
    sources = ", ".join(map(brief, order.sources)) or ("all sources" if order.all_sources else "")
    return f"{order.kind} {sources}".strip()


def decided(of: Decisions) -> str:
    """What a person decided of a plan, in numbers; nothing where that is nothing."""
    parts = (
        (of.accept, "value", "accepted"),
        (of.pin, "value", "kept"),
        (of.exclude, "model", "excluded"),
    )
    return ", ".join(f"{many(len(some), what)} {how}" for some, what, how in parts if some)


class Silence(msgspec.Struct, frozen=True):
    """A source that gave nothing: what can be done here, and for who has a terminal why it was."""

    source: str
    remedy: str
    reason: str
    advice: str
    command: str


def silences(failures: Iterable[Failure]) -> tuple[Silence, ...]:
    """What is to be said of sources that gave nothing."""
    return tuple(
        Silence(
            brief(one.source),
            REMEDIES[one.kind],
            brief(f"{one.reason} ({one.kind})", 400),
            brief(one.advice, 400),
            f"modelsync plan {shlex.quote(brief(one.source))}",
        )
        for one in failures
    )


# What helps where a source gives nothing, for who has no terminal.
REMEDIES: Mapping[FailureKind, str] = {
    "authentication": "It did not take the key. Providers names the variable of the key: who started this "
    "server sets that right, and starts it again.",
    "connection": "It could not be reached. Ask again in some minutes.",
    "data": "What it answered is no list that can be read. Ask again later: its address may be wrong, or "
    "the list has another form now.",
    "database": "Its database does not answer. Ask again in some minutes.",
    "rate limit": "It takes no more requests for now. Ask again later.",
    "timeout": "It was too slow. Ask again in some minutes.",
}

# Why each guard holds something back, for who knows neither the guard nor a terminal.
WHY: Mapping[Guard, str] = {
    Guard.ABSURD_PRICE: "No model costs that: the list may count in another unit.",
    Guard.BACK_AND_FORTH: "The catalog said this some days ago: a list that goes to and fro may be wrong.",
    Guard.CACHE_READ_ABOVE_INPUT: "What is read from a cache would cost more than without a cache.",
    Guard.CACHE_SWAP: "The prices of reading and writing a cache look as if they had changed places.",
    Guard.CACHE_WRITE_ABOVE_INPUT: "What is written to a cache would cost many times as much as without one.",
    Guard.CHEAPER_TIER: "Long requests would cost less than short ones, and nobody sells them so.",
    Guard.EARLY_TIER: "A price for long requests would begin so early that nearly every request pays it.",
    Guard.DECLINED: "Somebody declined this by closing its pull request.",
    Guard.ENDED: "The list still has the model, and programs that read the day would turn it off.",
    Guard.GROWING_LIMIT: "A limit rarely grows that much at once: there may be a digit too many.",
    Guard.KEY_COLLISION: "Two models would get the same name in the catalog.",
    Guard.MAX_OUTPUT_ABOVE_CONTEXT: "A model cannot give out more than fits into its context.",
    Guard.MAX_OUTPUT_IS_CONTEXT: "Lists write the whole context where they do not know the longest answer.",
    Guard.MOVED_TIER: "The prices of long requests would begin elsewhere: a digit may be wrong.",
    Guard.NOT_A_DAY: "No model has a day like this.",
    Guard.NOT_A_LIMIT: "No model has a limit like this.",
    Guard.NOT_WRITABLE: "The file says this in a way that only a person can change.",
    Guard.NOT_A_PRICE: "Nobody can pay this.",
    Guard.PRICE_RATIO: "A price rarely moves that far at once: a unit or a decimal point may be wrong.",
    Guard.PRICE_SHIFT: "Many prices of a provider would move as one: the list may count in another unit.",
    Guard.PRICE_SWAP: "Input and output look as if they had changed places.",
    Guard.REMOVED_SHARE: "So many models of one provider rarely vanish at once: the list may be cut short.",
    Guard.SECOND_OPINION: "Other lists say something else.",
    Guard.SHRINKING_LIMIT: "Limits rarely shrink, and what fits into the model today would not any more.",
    Guard.ZERO_CROSSING: "It is free now or would be: lists write zero where they know no price.",
    Guard.ZERO_PRICE: "The model would be free: lists write zero where they know no price.",
    Guard.ZERO_SHARE: "So many models of one provider rarely become free at once.",
}
