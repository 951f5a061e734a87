"""Named checks that put a change on hold. Pure: they are told values and decide nothing else.

The incidents behind them are public: a feed that priced every model at zero (charmbracelet/catwalk
#307), unit mistakes of 10, 1,000 and 100,000 times (BerriAI/litellm #8757, #38015, #23503), a
"variable" price of -1 billed as a price (earendil-works/pi #8875), 101 models that became 17
(charmbracelet/catwalk #526), an output limit overwritten with the context window (BerriAI/litellm
#39501), cache read and cache write swapped (charmbracelet/catwalk f1c705b), 1,157
price changes in 54 commits, most of them back and forth (charmbracelet/catwalk).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from modelsync.plan.prices import (
    SCHEDULES,
    Verdict,
    is_price,
    of_first,
    of_price,
    of_schedule,
    ratio,
    scheduled_moves,
    times,
)
from modelsync.plan.rules import is_over
from modelsync.records import Earlier, FieldChange, Guard, GuardPolicy, Kind, is_price_field, kind_of

_PRICES = (Kind.TOKEN_PRICE, Kind.CALL_PRICE)
_NEVER_ABOVE = (
    ("pricing.cache_read", "pricing.input", Guard.CACHE_READ_ABOVE_INPUT),
    ("max_output_tokens", "context_length", Guard.MAX_OUTPUT_ABOVE_CONTEXT),
)
_PAIRS = (  # prices of which one is far below the other, so that each shows where the other belongs
    ("pricing.input", "pricing.output", Guard.PRICE_SWAP),
    ("pricing.cache_read", "pricing.cache_write", Guard.CACHE_SWAP),
)
_MOVED = Decimal("1.25")  # times; within that a price is the same one that has moved
_CACHE_WRITES = ("pricing.cache_write", "pricing.cache_write_1h")
_WRITE_TIMES = 10  # vendors take 1.25 to 2 times the price of the input for writing it to a cache
_FIRST_DAY = "2015"  # no model that is listed is so old
_YEARS = {"expires": 10, "released": 1, "knowledge_cutoff": 1}  # from now on, within which such a day lies
# What a price lies beside, how many times below it none is, and how many above: of 10,000 that lists have
# (reading a cache down to 1/430, writing one to 1/190, reasoning 1/12 to 5, audio and images 0.6 to 68).
_BESIDE = {
    "pricing.cache_read": ("pricing.input", 500, 500),
    "pricing.cache_write": ("pricing.input", 500, 500),
    "pricing.cache_write_1h": ("pricing.input", 500, 500),
    "pricing.reasoning": ("pricing.output", 100, 10),
    "pricing.audio_input": ("pricing.input", 100, 100),
    "pricing.image_input": ("pricing.input", 100, 100),
    "pricing.audio_output": ("pricing.output", 100, 100),
    "pricing.image_output": ("pricing.output", 100, 100),
}
_NO_TEXT_OUT = frozenset(  # what models give out of which text, if any, costs nothing
    {"embeddings", "image_generation", "moderation", "rerank", "speech", "transcription", "video_generation"}
)
_MEDIA, _MAKING_MEDIA = {"audio", "image", "video"}, {"image_generation", "speech", "video_generation"}


Scope = tuple[str, str]  # provider and source; either may be empty, for all of them


# ---------------------------------------------------------------------------- one model


def of_fields(
    changes: Sequence[FieldChange], before: Mapping[str, object] | None, policy: GuardPolicy
) -> dict[str, Verdict]:
    """What looks wrong in one model. `before` is what the catalog says of it, None for a new one."""
    held = of_values(changes, before, policy)
    free = [change for change in changes if change.field not in held]
    return held | of_relations(free, before, policy)


def of_values(
    changes: Sequence[FieldChange], before: Mapping[str, object] | None, policy: GuardPolicy
) -> dict[str, Verdict]:
    """The fields whose new value looks wrong beside the old one."""
    verdicts = (
        (change.field, _of_value(change, changes, before, policy.on(change.field))) for change in changes
    )
    return {field: verdict for field, verdict in verdicts if verdict} | _of_swaps(changes)


def of_relations(
    changes: Sequence[FieldChange], before: Mapping[str, object] | None, policy: GuardPolicy
) -> dict[str, Verdict]:
    """The fields whose new value does not fit another field, if just these changes were made."""
    moving = {change.field: change.new for change in changes}
    after = {**(before or {}), **moving}
    held: dict[str, Verdict] = {}
    for low, high, guard in _NEVER_ABOVE:
        if _above(after.get(low), after.get(high)):
            verdict = Verdict(guard, f"{low} would be {_beside(after[low], high, after[high])}")
            new_limit = before is None and kind_of(low) is Kind.COUNT  # a new model keeps its context
            doubtful = (low,) if new_limit else (low, high)
            held |= {field: verdict for field in doubtful if field in moving}
    read = after.get("pricing.input")
    for field in _CACHE_WRITES:
        write = moving.get(field)
        if is_price(write) and is_price(read) and 0 < _WRITE_TIMES * read < write:
            reason = f"it would be {times(write / read)} times the input, where up to 2 are usual"
            held[field] = Verdict(Guard.CACHE_WRITE_ABOVE_INPUT, reason)
    for field, (base, least, most) in _BESIDE.items():
        price, beside = moving.get(field), after.get(base)
        if is_price(price) and is_price(beside) and price and beside and field not in held:
            far = price / beside
            if not 1 / Decimal(least) < far < most:
                name = base.removeprefix("pricing.")
                what = f"times the {name}" if far > 1 else f"times less than the {name}"
                held[field] = Verdict(Guard.PRICE_RATIO, f"it would be {times(ratio(price, beside))} {what}")
    output, old = "max_output_tokens", (before or {}).get("max_output_tokens")
    new = moving.get(output)
    if isinstance(old, int) and isinstance(new, int) and old < new == after.get("context_length"):
        held[output] = Verdict(
            Guard.MAX_OUTPUT_IS_CONTEXT, f"it would rise from {old:,} to the whole context"
        )
    schedules = (
        (change.field, of_schedule(change, policy.on(change.field), base=after)) for change in changes
    )
    return held | {field: verdict for field, verdict in schedules if verdict}


def _of_value(
    change: FieldChange,
    changes: Sequence[FieldChange],
    before: Mapping[str, object] | None,
    policy: GuardPolicy,
) -> Verdict | None:
    kind = kind_of(change.field)
    if kind is Kind.COUNT:
        return _of_limit(change.old, change.new, policy)
    if kind in _PRICES:
        if change.new == 0 and not is_price(change.old):
            free = would_be_free(changes, before)
            if free and before is not None:
                return Verdict(Guard.ZERO_PRICE, "it would become free, and no price was known")
            if not free and _must_cost(change.field, changes, before):
                return Verdict(Guard.ZERO_PRICE, "a price that was not known would become zero")
        return of_price(change.old, change.new, policy) or of_first(change, policy)
    if kind in SCHEDULES:
        return of_schedule(change, policy)
    return None


def _must_cost(field: str, changes: Sequence[FieldChange], before: Mapping[str, object] | None) -> bool:
    """Whether a model that costs anything costs something for this: text that it gives out, and its input,
    unless it makes images, audio or video alone, which may be all that is billed."""
    after = {**(before or {}), **{change.field: change.new for change in changes}}
    able, gives = (
        set(words) if isinstance(words, tuple) else set[str]()
        for words in (after.get("features"), after.get("modalities.output"))
    )
    writes_text = (not gives or "text" in gives) and not (_NO_TEXT_OUT & able and "chat" not in able)
    if "embed" in f"{after.get('model')}".lower():
        writes_text = False
    makes_media = not writes_text and bool(_MEDIA & gives or _MAKING_MEDIA & able)
    return writes_text if field == "pricing.output" else field == "pricing.input" and not makes_media


def of_returns(
    changes: Iterable[FieldChange], earlier: Mapping[str, Sequence[Earlier]]
) -> dict[str, Verdict]:
    """The fields that would say again what they gave up lately: prices that swing between upstream hosts."""
    held = {}
    for change in changes:
        same = [before for before in earlier.get(change.field, ()) if before.value == change.new]
        if same:
            until = max(before.until for before in same)
            reason = f"it was so until {until}, and would be so again"
            held[change.field] = Verdict(Guard.BACK_AND_FORTH, reason)
    return held


def of_days(
    changes: Iterable[FieldChange], before: Mapping[str, object] | None, today: date
) -> dict[str, Verdict]:
    """The days that no model has, and ends that are over: what is listed has hardly ended. A new model may
    come with such an end."""
    held = {}
    for change in changes:
        if change.field not in _YEARS or not isinstance(change.new, str):
            continue
        last = f"{today.year + _YEARS[change.field]}{today:-%m-%d}"
        if not _FIRST_DAY <= change.new <= last:
            held[change.field] = Verdict(Guard.NOT_A_DAY, f"it lies before {_FIRST_DAY} or after {last}")
        elif change.field == "expires" and before is not None and is_over(change.new, today):
            held[change.field] = Verdict(Guard.ENDED, "it would be past its end, and is listed")
    return held


def counting(
    changes: Sequence[FieldChange], before: Mapping[str, object] | None, *, free_by_name: bool
) -> Iterator[FieldChange]:
    """The prices that move: but for a zero that makes nothing free, or what is free by its name."""
    free = would_be_free(changes, before) and not free_by_name
    for change in changes:
        moves = free or change.new != 0 or isinstance(change.old, Decimal)
        if is_price_field(change.field) and moves:
            yield change


def would_be_free(changes: Sequence[FieldChange], before: Mapping[str, object] | None) -> bool:
    """Whether no price above zero would be known of the model."""
    after = {**(before or {}), **{change.field: change.new for change in changes}}
    return not any(is_price(value) and value > 0 for value in after.values())


def _of_limit(old: object, new: object, policy: GuardPolicy) -> Verdict | None:
    if not isinstance(new, int):
        return None
    if new <= 0:
        return Verdict(Guard.NOT_A_LIMIT, "a limit is above zero")
    if new > policy.limit_most:
        return Verdict(Guard.NOT_A_LIMIT, f"no model takes more than {policy.limit_most:,} tokens")
    if not isinstance(old, int) or old <= 0:
        return None
    if new < old - policy.limit_noise * old:
        return Verdict(Guard.SHRINKING_LIMIT, f"the limit shrinks from {old:,} to {new:,} tokens")
    if new >= policy.limit_ratio * old:
        return Verdict(Guard.GROWING_LIMIT, f"the limit grows from {old:,} to {new:,} tokens")
    return None


def _beside(low: object, high: str, limit: object) -> str:
    """How far above another field a value is: a price by how many times, which is so in any unit."""
    if isinstance(low, Decimal) and isinstance(limit, Decimal) and limit > 0:
        return f"{times(low / limit)} times {high}"
    return f"above {high}" if isinstance(low, Decimal) else f"{low:,}, above {high} {limit:,}"


def _of_swaps(changes: Sequence[FieldChange]) -> dict[str, Verdict]:
    """Whether two prices of one model change places, each perhaps a little moved."""
    moved = {change.field: change for change in changes}
    held: dict[str, Verdict] = {}
    for one, other, guard in _PAIRS:
        if one not in moved or other not in moved:
            continue
        if _is_swap(moved[one], moved[other]):
            names = " and ".join(field.removeprefix("pricing.").replace("_", " ") for field in (one, other))
            held |= dict.fromkeys((one, other), Verdict(guard, f"{names} would change places"))
    return held


def _is_swap(one: FieldChange, other: FieldChange) -> bool:
    """Whether each price becomes what the other was, or nearly so where these are far apart."""
    if (one.new, other.new) == (other.old, one.old):
        return True
    prices = [value for value in (one.old, other.old, one.new, other.new) if is_price(value) and value > 0]
    match prices:
        case (old_one, old_other, new_one, new_other):
            moved = max(ratio(new_one, old_other), ratio(new_other, old_one))
            return ratio(old_one, old_other) > _MOVED >= moved
    return False


def _above(low: object, high: object) -> bool:
    if isinstance(low, int) and isinstance(high, int):
        return low > high
    if isinstance(low, Decimal) and isinstance(high, Decimal):
        return low.is_finite() and high.is_finite() and low > high
    return False


# ---------------------------------------------------------------------------- many models at once


def scopes(provider: str, sources: Iterable[str]) -> Iterator[Scope]:
    """What a model counts for: its provider, its provider by each source, and each source as a whole."""
    yield provider, ""
    for source in sources:
        yield provider, source
        yield "", source


def of_removals(missing: int, followed: int, whose: str, policy: GuardPolicy) -> Verdict | None:
    """Whether so many followed models of one provider, or of one source, can really have gone at once."""
    many = missing >= policy.removed_least and missing > policy.removed_share * followed
    if many or 0 < missing == followed:
        return Verdict(Guard.REMOVED_SHARE, f"{missing} of {followed} models of {whose} are missing at once")
    return None


def of_many(
    moves: Sequence[tuple[str, FieldChange]], models: int, priced: Mapping[str, int], policy: GuardPolicy
) -> dict[tuple[str, str], Verdict]:
    """What one source says of one provider's models and that is held together, by model and field.

    `moves` are of prices, `models` counts the provider's models that the source states, `priced` those with
    each price.
    """
    prices = [(name, change) for name, change in moves if kind_of(change.field) in (*_PRICES, *SCHEDULES)]
    return _of_shifts(prices, priced, policy) | _of_zeros(prices, models, policy)


def _of_zeros(
    prices: Sequence[tuple[str, FieldChange]], models: int, policy: GuardPolicy
) -> dict[tuple[str, str], Verdict]:
    """Whether so many models can really have become free at once."""
    zeros = [(name, change.field) for name, change in prices if change.new == 0]
    free = len({name for name, _ in zeros})
    if free < policy.zero_least or free <= policy.zero_share * models:
        return {}
    return dict.fromkeys(zeros, Verdict(Guard.ZERO_SHARE, f"{free} of {models} models would be free at once"))


def _of_shifts(
    prices: Sequence[tuple[str, FieldChange]], priced: Mapping[str, int], policy: GuardPolicy
) -> dict[tuple[str, str], Verdict]:
    """Whether one price can really have moved so far in so many models, or its unit is in doubt."""
    moved = [
        (name, change.field)
        for name, change in prices
        if _moves_far(change, policy.on(change.field).shift_ratio)
    ]
    counts = Counter(field for _, field in moved)
    return {
        (name, field): Verdict(
            Guard.PRICE_SHIFT, f"it moves so far in {counts[field]} of {priced[field]} models at once"
        )
        for name, field in moved
        if counts[field] >= policy.on(field).shift_least
        and counts[field] > policy.on(field).shift_share * priced[field]
    }


def _moves_far(change: FieldChange, times: Decimal) -> bool:
    scheduled: list[tuple[object, object]] = [(old, new) for _, old, new in scheduled_moves(change)]
    return any(
        is_price(old) and is_price(new) and old and new and ratio(old, new) >= times
        for old, new in scheduled or [(change.old, change.new)]
    )
