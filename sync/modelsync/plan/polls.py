"""What other lists say of drafts: they raise doubts, outweigh those of guards, and may leave out a price."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence, Set

from msgspec import UnsetType

from modelsync.plan.draft import Draft
from modelsync.plan.merge import counts_as_own, speaker
from modelsync.plan.opinion import (
    DECISIONS,
    PRICES,
    Opinions,
    Poll,
    Voice,
    ask,
    disagreement,
    gives_text_alone,
    is_same,
)
from modelsync.plan.prices import Verdict
from modelsync.plan.rows import Matches, Row
from modelsync.records import Guard, Notice, Opinion, PlanPolicy, Topic, Value, is_price_field

NOBODY_KNOWS = "its price is left out: it is that of some host, and no other list knows the model"
# The doubts that other lists can outweigh: of a move's size, never of a sign, a zero, or an id in dispute.
_OUTWEIGHED = frozenset(
    {Guard.ABSURD_PRICE, Guard.BACK_AND_FORTH, Guard.PRICE_RATIO, Guard.PRICE_SHIFT, Guard.SHRINKING_LIMIT}
)


def weighed(
    verdicts: Mapping[str, Verdict], polls: Mapping[str, Poll], policy: PlanPolicy
) -> dict[str, Verdict]:
    """The doubts of the guards that other lists leave, and those that they raise."""
    doubted = {
        field: Verdict(Guard.SECOND_OPINION, poll.reason(policy.pricing_unit))
        for field, poll in polls.items()
        if poll.holds
    }
    left = {
        field: verdict
        for field, verdict in verdicts.items()
        if not _is_outweighed(field, verdict, polls, policy)
    }
    return doubted | left


def _is_outweighed(field: str, verdict: Verdict, polls: Mapping[str, Poll], policy: PlanPolicy) -> bool:
    return verdict.guard in _OUTWEIGHED and field in polls and polls[field].releases(policy.opinion)


def notices(
    name: str,
    polls: Mapping[str, Poll],
    verdicts: Mapping[str, Verdict],
    stopped: Container[str],
    policy: PlanPolicy,
) -> Iterator[Notice]:
    """The doubts that other lists outweigh, and who says otherwise than what is written all the same."""
    for field, verdict in verdicts.items():
        if _is_outweighed(field, verdict, polls, policy):
            text = f"{field}: {verdict.reason}; {polls[field].confirmed_by} say the same"
            yield Notice(Topic.RELEASED, name, text)
    for field, poll in polls.items():
        dissent = poll.dissent(policy.pricing_unit)
        if field not in stopped and dissent:
            yield Notice(Topic.DISAGREE, name, dissent)
    for poll in {poll.decision: poll for poll in polls.values() if poll.holds}.values():
        if pin := poll.pin(policy.pricing_unit):
            yield Notice(Topic.SECOND_OPINION, name, pin)


def confirmed(name: str, polls: Mapping[str, Poll], stopped: Container[str]) -> Iterator[Opinion]:
    """Who confirms what is written."""
    for field, poll in polls.items():
        if field not in stopped and poll.confirming:
            yield Opinion(f"{name}:{field}", tuple(voice.source for voice in poll.confirming))


def of(draft: Draft, opinions: Opinions, policy: PlanPolicy) -> dict[str, Poll]:
    """By field, what other lists say of a price or limit that the draft would write."""
    before: Mapping[str, Value] = (None if draft.is_new else draft.before) or {}
    moves = {field.field: field.new for field in draft.moves if not isinstance(field.new, UnsetType)}
    after = {**before, **moves}
    if draft.local or not gives_text_alone(after):
        return {}
    voices = _voices(draft, opinions, policy)
    polls: dict[str, Poll] = {}
    for decision in DECISIONS:
        moved = [field for field in decision if field in moves]
        proposers = {draft.source_of(field) for field in moved}
        if not moved or (draft.change.provider in proposers - policy.vendor_sources):
            continue  # nobody outvotes the provider's own list
        lineages = set(map(policy.lineage_of, proposers)) - _torn(decision, voices, after, proposers)
        heard = [voice for voice in voices if voice.lineage not in lineages]
        poll = ask(decision, after, before, heard)
        polls |= dict.fromkeys(moved, poll) if poll else {}
    return polls


def _torn(
    decision: Sequence[str], voices: Sequence[Voice], after: Mapping[str, Value], proposers: Set[str]
) -> set[str]:
    """The lists that propose one price of a pair, and state another one than is taken from elsewhere: what
    would be written is what nobody charges."""
    if len(proposers) < 2:
        return set()
    proposals = (
        (voice.lineage, field, value) for voice in voices for field, value in voice.states(decision).items()
    )
    return {lineage for lineage, field, value in proposals if not is_same(field, after.get(field), value)}


def _voices(draft: Draft, opinions: Opinions, policy: PlanPolicy) -> list[Voice]:
    """The lists that know the model: those that the run follows, unless they are gateways, and the others."""
    model = next((field.new for field in draft.change.fields if field.field == "model"), None)
    native_id = model or (draft.before or {}).get("model")
    own = [row for row in draft.rows if counts_as_own(row)]
    return [*(_voice(row, policy) for row in own), *opinions.of(draft.change.provider, native_id)]


def _voice(row: Row, policy: PlanPolicy) -> Voice:
    """What a row says in a poll; a provider's own list is called as the provider is."""
    own = row.source == row.placement.provider and row.source not in policy.vendor_sources
    return Voice(row.source, policy.lineage_of(row.source), row.model.values, own)


def unconfirmed(draft: Draft, opinions: Opinions, policy: PlanPolicy) -> set[str]:
    """The prices of an aggregator that are some host's, where no list that could confirm them knows any."""
    fields = [field.field for field in draft.change.fields if is_price_field(field.field)]
    if not policy.opinions or not fields:
        return set()
    if any(voice.states(PRICES) for voice in _voices(draft, opinions, policy)):
        return set()
    speakers = {field: speaker(field, draft.rows) for field in fields}
    return {field for field, row in speakers.items() if row and row.placement.rule.prices == "fill"}


def of_some_host(draft: Draft, asked: Mapping[str, Poll], stopped: Container[str]) -> Iterator[Notice]:
    """That the price which is written is that of some host, and nobody confirms it."""
    moved = (field.field for field in draft.moves if field.field in PRICES and field.field not in stopped)
    rows = (speaker(field, draft.rows) for field in moved if field not in asked)
    for source in dict.fromkeys(row.source for row in rows if row and row.placement.rule.prices == "fill"):
        text = f"its price is that of some host that {source} knows, and no other list says the same"
        yield Notice(Topic.UNCONFIRMED, draft.change.name, text)


def disagreements(matches: Matches, policy: PlanPolicy) -> Iterator[Notice]:
    """The prices of which two sources that are followed say different things, whichever wins by order."""
    spoken_of = [(name, met.entry.values, met.rows) for name, met in matches.met.items()]
    spoken_of += [("/".join(spot), rows[0].model.values, rows) for spot, rows in matches.new.items()]
    for name, values, rows in spoken_of:
        if len(rows) < 2 or not gives_text_alone(values):
            continue
        voices = [_voice(row, policy) for row in rows if counts_as_own(row)]
        text = disagreement(PRICES, voices, policy.pricing_unit)
        if text:
            yield Notice(Topic.DISAGREE, name, text)
