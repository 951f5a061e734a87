"""What a plan notices and changes nothing by: of lists, of rules that ended, of what a person may look at."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set

from modelsync.errors import did_you_mean
from modelsync.plan import polls, variants
from modelsync.plan.answers import Answers
from modelsync.plan.bases import Bases
from modelsync.plan.merge import keeper_of, prices_count, speaker
from modelsync.plan.rows import Matches, Met, grouped, is_own
from modelsync.plan.rules import excluded_by, is_asked_for, is_ours, is_over, owner_of
from modelsync.plan.variants import VARIANTS
from modelsync.records import (
    FIELDS,
    MARKS,
    OF_THE_MODEL,
    Catalog,
    Change,
    Entry,
    Listing,
    NotCompared,
    Notice,
    Owner,
    PlanPolicy,
    Topic,
    Unreadable,
    Value,
    is_price_field,
    text_in,
)

_BESIDE = "nothing follows it: its model is that of {}, whose `upstream` it may have as well, or a pin"


def meant_by_only(catalog: Catalog, policy: PlanPolicy, others: Iterable[str]) -> Iterator[Notice]:
    """That `--only` means no model, neither of the catalog nor of `others` that a list has."""
    known = [*(entry.name for entry in catalog.entries()), *others]
    pairs = (name.partition("/") for name in known)
    if policy.only and not any(is_asked_for(policy, provider, key) for provider, _, key in pairs):
        hint = did_you_mean(policy.only, known)
        yield Notice(Topic.ONLY, policy.only, f"no model of the catalog or of a list is meant by this{hint}")


def of_models(
    matches: Matches, changes: Iterable[Change], catalog: Catalog, policy: PlanPolicy
) -> Iterator[Notice]:
    """What is to be known of models that lists speak of, whatever becomes of them in this run."""
    moved = {change.name for change in changes for field in change.fields if field.field == "expires"}
    for name, one in matches.met.items():
        entry, rows = one.entry, one.rows
        for row in rows:
            if row.model.deprecated:
                yield Notice(Topic.DEPRECATED, name, f"{row.source} says that it is deprecated")
        if entry.money.foreign:  # no run compares or writes its prices
            yield Notice(Topic.NOT_IN_DOLLARS, name, entry.money.foreign)
        end = entry.values.get("expires")
        if is_over(end, policy.today) and name not in moved:
            sources = ", ".join(row.source for row in rows)
            yield Notice(Topic.ENDED, name, f"expires {end} is over, and it is still listed by {sources}")
    yield from _withdrawn(matches.met, catalog, policy)
    yield from _beside_another(matches.met, catalog, policy)
    yield from polls.disagreements(matches, policy)


def of_bases(before: Catalog, after: Bases) -> Iterator[Notice]:
    """The bases that do not count, so that their entries are planned as if they named none."""
    for entry in before.entries():
        if entry.base and (fault := after.fault(entry)):
            yield Notice(Topic.BASE, entry.name, f"{fault}; it counts for nothing")


def of_listings(listings: Iterable[Listing]) -> Iterator[Notice]:
    """What a source itself has to say: rows that it could not use, keys that we do not know."""
    for listing in listings:
        yield from (Notice(Topic.SKIPPED, row.id, row.reason) for row in listing.skipped)
        yield from (Notice(Topic.DRIFT, listing.source, line) for line in listing.drift)
        if listing.note:
            yield Notice(Topic.RECORDED, listing.source, listing.note)
        elif not listing.complete:
            yield Notice(
                Topic.INCOMPLETE,
                listing.source,
                "the list is from the cache, or not all there is: no model is gone by it",
            )


def _withdrawn(met: Mapping[str, Met], catalog: Catalog, policy: PlanPolicy) -> Iterator[Notice]:
    """What upstream may have withdrawn: values of its own that no list states which the entry follows."""
    for name, one in met.items():
        entry = one.entry
        if not entry.upstream or not entry.upstream.keys() <= {row.source for row in one.rows}:
            continue
        priced = any(prices_count(row) for row in one.rows)
        local = catalog.providers[entry.provider].local
        hosted = local and not any(is_own(row, entry.provider, policy) for row in one.rows)
        listed = {field for row in one.rows for field, value in row.model.values.items() if value is not None}
        said_of = OF_THE_MODEL if hosted else FIELDS.keys()
        for field in (entry.values.keys() - listed) & said_of:  # which leaves few
            is_upstreams = _is_upstreams(entry, field, policy) and (priced or not is_price_field(field))
            if is_upstreams and speaker(field, one.rows) is None:
                yield _no_longer_stated(name, field, entry.values[field], policy)
        if (
            priced
            and VARIANTS in listed
            and VARIANTS in entry.values
            and _is_upstreams(entry, VARIANTS, policy)
        ):
            listed_ways = [row.model.values.get(VARIANTS) for row in one.rows]
            if withdrawn := variants.withdrawn(entry.values[VARIANTS], listed_ways):
                yield _no_longer_stated(name, VARIANTS, withdrawn, policy)


def _no_longer_stated(name: str, field: str, value: Value | Unreadable, policy: PlanPolicy) -> Notice:
    text = text_in(field, value, policy.pricing_unit)
    return Notice(Topic.WITHDRAWN, name, f"{field} stays {text}: no list that it follows states it now")


def _is_upstreams(entry: Entry, field: str, policy: PlanPolicy) -> bool:
    """Whether the entry has a value that upstream has the say of."""
    value = entry.values[field]
    if field in MARKS or value is None or isinstance(value, Unreadable):
        return False
    owner = owner_of(policy, entry.provider, field)
    return owner is Owner.UPSTREAM and is_ours(policy, field) and not keeper_of(entry, field, policy)


def expired(catalog: Catalog, policy: PlanPolicy) -> Iterator[Notice]:
    """Pins and exclusions whose last day is over."""
    for entry in catalog.entries():
        for pin in entry.pins:
            if not pin.holds_on(policy.today):
                what = f"the pin on {pin.field or 'the entry'}"
                yield Notice(Topic.EXPIRED, entry.name, f"{what} ended on {pin.until} (line {pin.line})")
    for provider, rules in policy.exclude.items():
        for rule in rules:
            if not rule.holds_on(policy.today):
                yield Notice(Topic.EXPIRED, f"{provider}/{rule.id}", f"the exclusion ended on {rule.until}")


# ---------------------------------------------------------------------------- what no list was held against


def not_compared(
    catalog: Catalog, compared: Set[str], answers: Answers, policy: PlanPolicy
) -> Iterator[NotCompared]:
    """The entries that the run means and that are not `compared`, or are a person's whatever a list says."""
    asked = [entry for entry in catalog.entries() if is_asked_for(policy, entry.provider, entry.key)]
    unheard = {entry.name for entry in asked} - compared
    by_name = sorted(catalog.entries(), key=lambda entry: entry.name) if unheard else []
    called = grouped(by_name, _id_of)
    for entry in asked:
        reason = _of_a_person(entry, policy)
        if not reason and entry.name in unheard:
            others = [one for one in called[_id_of(entry)] if entry.native_id and one is not entry]
            reason = _unheard(entry, others, compared, answers)
        reason = reason or _unread(entry, policy)
        if reason:
            yield NotCompared(entry.name, reason)


def _id_of(entry: Entry) -> tuple[str, str] | None:
    """The native id, whatever its case: what differs by that alone is one model to whoever looks."""
    return entry.native_id and (entry.provider, entry.native_id[1].casefold())


def _beside_another(met: Mapping[str, Met], catalog: Catalog, policy: PlanPolicy) -> Iterator[Notice]:
    """The entries that stay as they are while another one with their `model` is kept up to date."""
    left = [entry for entry in catalog.entries() if not entry.upstream and entry.name not in met]
    heard = {_id_of(one.entry): name for name, one in sorted(met.items(), reverse=True)} if left else {}
    heard.pop(None, "")
    for entry in left:
        is_asked = is_asked_for(policy, entry.provider, entry.key) and not _of_a_person(entry, policy)
        if is_asked and _id_of(entry) in heard:
            yield Notice(Topic.SAME_MODEL, entry.name, _BESIDE.format(heard[_id_of(entry)]))


def _of_a_person(entry: Entry, policy: PlanPolicy) -> str:
    """Why a person alone changes the entry, or nothing."""
    if entry.is_a_persons:
        return "a person's entry"
    excluded = excluded_by(policy, entry)
    if excluded:
        return f"excluded by {excluded.id}"
    return "pinned as a whole" if any(not p.field and p.holds_on(policy.today) for p in entry.pins) else ""


def _unread(entry: Entry, policy: PlanPolicy) -> str:
    """Why what lists say was not held against all that sync may write of the entry, or nothing."""
    wrong = (
        f"its {field} cannot be read: {text}"
        for field, (text, _) in entry.unreadable.items()
        if any(is_ours(policy, one) for one in FIELDS if one == field or one.startswith(f"{field}."))
    )
    return entry.money.foreign or "; ".join(wrong)


def _unheard(entry: Entry, others: Sequence[Entry], compared: Container[str], answers: Answers) -> str:
    """Why no row speaks of the entry; of `others` that have its `model` one may be kept up to date."""
    reasons = [_unlisted(*followed, answers) for followed in entry.upstream.items()]
    if reasons or not others:
        return "; ".join(reasons) or "nothing follows it, and no list has a model of its name"
    followed = next((one.name for one in others if one.upstream or one.name in compared), "")
    if followed:
        return _BESIDE.format(followed)
    return f"nothing follows it: {others[0].name} has its model too; say by `upstream` what each follows"


def _unlisted(source: str, upstream_id: str, answers: Answers) -> str:
    """What became of one id that an entry follows."""
    if answers.has_dropped(source, upstream_id):
        return f"{source} does not list {upstream_id}{did_you_mean(upstream_id, answers.ids_of(source))}"
    if source not in (answer.source for answer in answers.all):
        return f"{source} was not asked"
    if spelled := answers.spelling_of(source, upstream_id):
        return f"{source} does not list {upstream_id}, but {spelled}"
    return f"{source} gave no usable answer on {upstream_id}"
