"""Second opinion: what other lists of this run say of a price or limit that would be written. Pure.

An aggregator's price is not the vendor's, and lists copy each other's mistakes: who copied whom has one
vote (a lineage). The value that the catalog has now is a vote, too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from modelsync.plan.mapping import Mapping as Placements
from modelsync.plan.mapping import Placement
from modelsync.records import (
    Catalog,
    Entry,
    Failure,
    Heard,
    Kind,
    Listing,
    Notice,
    Numbers,
    OpinionPolicy,
    PlanPolicy,
    SecondOpinion,
    Statements,
    Topic,
    Value,
    in_unit,
    kind_of,
    text_in,
    text_of,
)

PRICES = ("pricing.input", "pricing.output")
DECISIONS = (PRICES, ("context_length",), ("max_output_tokens",))
_LIMIT_SHARE = Decimal("0.03")  # a list that rounds a limit means the same one
_PRICE_SHARE = Decimal("0.005")
_CUT = Decimal("0.2")  # the share of its models by which a list that is whole does not shrink at once
_LONG = timedelta(days=60)
_FEWEST_OFF = 4  # rows of a provider that are off by one factor before its list is not heard

Values = Mapping[str, Value]


class Voice(msgspec.Struct, frozen=True, gc=False):
    """What one list states of one model, and which list it is or was copied from."""

    source: str
    lineage: str
    values: Values
    own: bool = False  # it is the provider's own list, whose word outweighs all others
    rests: bool = False  # it has stated the same of the provider for so long that it only confirms

    def states(self, decision: Iterable[str]) -> dict[str, Value]:
        """Give what it states of a decision; zero is how lists write a price that they do not know."""
        return {field: self.values[field] for field in decision if _is_known(self.values.get(field))}

    def says_the_same(self, values: Values) -> bool:
        """Whether it states these values, and of each the same."""
        own = self.states(values)
        return own.keys() == values.keys() and all(is_same(field, own[field], values[field]) for field in own)

    def wording(self, decision: Iterable[str], unit: str) -> str:
        """Give what it states of a decision in words for a person, prices in a unit of PRICING_UNITS."""
        values = self.states(decision).items()
        facts = (f"{_short(field)} {text_in(field, value, unit)}" for field, value in values)
        return f"{self.source} says {', '.join(facts)}"


class Poll(msgspec.Struct, frozen=True):
    """Who confirms what would be written, and who contradicts it, one of each lineage."""

    decision: tuple[str, ...]
    confirming: tuple[Voice, ...]
    contradicting: tuple[Voice, ...]
    replaces: bool  # the catalog states something else now
    resting: tuple[Voice, ...] = ()  # who would contradict it, were it not unchanged for long

    @property
    def holds(self) -> bool:
        """Whether more speaks against it than for it; a provider's own list decides alone.

        A limit where none was known has the word of who states it: lists round limits, and few agree.
        """
        own = [voice for voice in (*self.confirming, *self.contradicting) if voice.own]
        if own:
            return own[0] in self.contradicting
        first_limit = self.decision != PRICES and not self.replaces
        against, confirming = len(self.contradicting), len(self.confirming) + first_limit
        return against > 0 and against + self.replaces > confirming

    def reason(self, unit: str) -> str:
        """Name all values that speak against it, prices in a unit of PRICING_UNITS."""
        return "; ".join(voice.wording(self.decision, unit) for voice in self.contradicting)

    def pin(self, unit: str) -> str:
        """The lines that keep what two lists say alike against it, which are no copies; empty: none do."""
        for voice in self.contradicting:
            values = voice.states(self.decision)
            alike = [one.source for one in self.contradicting if one.says_the_same(values)]
            if len(alike) > 1:
                who = " and ".join(alike)
                lines = (
                    f"{_short(field)}: {text_of(in_unit(field, value, unit))}  # modelsync: keep, {who}"
                    for field, value in values.items()
                )
                return f"{who} say the same; what keeps it: {'; '.join(lines)}"
        return ""

    def dissent(self, unit: str) -> str:
        """Name all who state otherwise, heard or not; empty where nobody does."""
        since = f"(unchanged for {_LONG.days} days)"
        resting = (f"{voice.wording(self.decision, unit)} {since}" for voice in self.resting)
        return "; ".join(filter(None, (self.reason(unit), *resting)))

    @property
    def confirmed_by(self) -> str:
        return " and ".join(voice.source for voice in self.confirming)

    def releases(self, policy: OpinionPolicy) -> bool:
        """Whether it outweighs the doubt of another guard."""
        return 0 < policy.release <= len(self.confirming) and not self.contradicting


def ask(decision: tuple[str, ...], after: Values, before: Values, voices: Sequence[Voice]) -> Poll | None:
    """Ask the voices of what one decision leaves the model with; None where nobody knows it."""
    confirming, contradicting, resting = dict[str, Voice](), dict[str, Voice](), list[Voice]()
    for voice in voices:
        values = voice.states(field for field in decision if _is_known(after.get(field)))
        if not values or voice.lineage in confirming | contradicting:
            continue
        agrees = all(is_same(field, after[field], value) for field, value in values.items())
        if voice.rests and not agrees:
            resting.append(voice)
            continue
        (confirming if agrees else contradicting)[voice.lineage] = voice
    if not (confirming or contradicting or resting):
        return None
    replaces = any(
        _is_known(before.get(field)) and not is_same(field, before[field], after.get(field))
        for field in decision
    )
    sides = tuple(confirming.values()), tuple(contradicting.values())
    return Poll(decision, *sides, replaces, tuple(resting))


def is_same(field: str, one: Value, other: Value) -> bool:
    """Whether two lists mean the same number: a price within half a percent, a limit within three."""
    if not isinstance(one, int | Decimal) or not isinstance(other, int | Decimal):
        return one == other
    share = _PRICE_SHARE if field in PRICES else _LIMIT_SHARE
    return abs(Decimal(one) - other) <= share * max(abs(Decimal(one)), abs(Decimal(other)))


def _is_known(value: Value) -> bool:
    """Whether it is a number that says something; zero and what is no number do not."""
    return isinstance(value, int | Decimal) and Decimal(value).is_finite() and value != 0


def disagreement(decision: tuple[str, ...], voices: Sequence[Voice], unit: str) -> str:
    """Name what lists state otherwise than the first of them, prices in a unit; empty where they agree."""
    speaking = [voice for voice in voices if voice.states(decision)]
    first = speaking[0].states(decision) if speaking else {}
    others = [
        voice
        for voice in speaking[1:]
        if any(not is_same(field, value, first[field]) for field, value in voice.states(first).items())
    ]
    return "; ".join(voice.wording(decision, unit) for voice in (speaking[0], *others)) if others else ""


class Opinions:
    """What the lists that are only asked for their opinion know of each model, by provider and native id."""

    def __init__(
        self,
        answers: Sequence[Listing | Failure],
        catalog: Catalog,
        policy: PlanPolicy,
        earlier: Mapping[str, Heard] = {},
    ) -> None:
        """Hear the lists, of which one may have failed; `earlier` is what they stated before, by source."""
        self.notices: list[Notice] = []
        self._voices: dict[tuple[str, str], list[Voice]] = defaultdict(list)
        placements = Placements(policy)
        for listing in answers:
            if isinstance(listing, Failure):
                self.notices.append(Notice(Topic.NOT_HEARD, listing.source, listing.reason))
                continue
            placed = list(_placed(listing, placements))
            now, before = _heard(placed, policy.today), earlier.get(listing.source)
            if before and _is_cut(now, before):
                text = f"it lists {_size(now):,} models, and lately {_size(before):,}"
                self.notices.append(Notice(Topic.NOT_HEARD, listing.source, text))
                continue
            off = _off_by_one_factor(placed, catalog)
            since = _since(now, before).providers if before else {}
            rests = {name for name, of in since.items() if now.day - of.since >= _LONG}
            for provider, native_id, values in placed:
                if provider not in off:
                    own = listing.source == provider
                    lineage = policy.lineage_of(listing.source)
                    voice = Voice(listing.source, lineage, values, own, rests=provider in rests and not own)
                    self._voices[provider, native_id].append(voice)

    def of(self, provider: str, native_id: object) -> Sequence[Voice]:
        """Give what they know of a model, in the order in which the lists were named."""
        return self._voices.get((provider, native_id), ()) if isinstance(native_id, str) else ()


def heard(
    listings: Iterable[Listing], policy: PlanPolicy, earlier: Mapping[str, Heard]
) -> Mapping[str, Heard]:
    """What is to be remembered of the lists by source, beside what they stated earlier."""
    placements, after = Placements(policy), dict(earlier)
    for listing in listings:
        now, before = _heard(_placed(listing, placements), policy.today), earlier.get(listing.source)
        if not (before and _is_cut(now, before)):
            after[listing.source] = _since(now, before) if before else now
    return after


def _heard(placed: Iterable[tuple[str, str, Values]], today: date) -> Heard:
    """The numbers of a list that are compared."""
    models: dict[str, dict[str, Numbers]] = defaultdict(dict)
    for provider, native_id, values in placed:
        numbers = ((field, values.get(field)) for decision in DECISIONS for field in decision)
        models[provider][native_id] = {
            field: Decimal(value)
            for field, value in numbers
            if isinstance(value, int | Decimal) and _is_known(value)
        }
    return Heard(today, {provider: Statements(today, of) for provider, of in models.items()})


def _since(now: Heard, before: Heard) -> Heard:
    """What a list states now, and since when: what it stated before, it states since then."""
    same = {key for key, of in now.providers.items() if _states(before, key) == of.models}
    return Heard(now.day, now.providers | {key: before.providers[key] for key in same})


def _states(of: Heard, provider: str) -> Mapping[str, Numbers] | None:
    return of.providers[provider].models if provider in of.providers else None


def _is_cut(now: Heard, before: Heard) -> bool:
    """Whether a list has so many models fewer than lately that it may not be whole."""
    return timedelta(0) <= now.day - before.day < _LONG and _size(now) < (1 - _CUT) * _size(before)


def _size(of: Heard) -> int:
    return sum(len(one.models) for one in of.providers.values())


def second_opinions(entry: Entry, memory: Mapping[str, Heard]) -> Iterator[SecondOpinion]:
    """What the lists that were heard say of the values that an entry has, by the model's native id."""
    model = entry.values.get("model")
    if entry.money.foreign or not isinstance(model, str) or not gives_text_alone(entry.values):
        return
    for source, heard_of in memory.items():
        models = _states(heard_of, entry.provider) or {}
        for field, number in models.get(model, {}).items():
            if _is_known(value := entry.values.get(field)):
                shown = int(number) if kind_of(field) is Kind.COUNT else number
                agrees = is_same(field, value, shown)
                yield SecondOpinion(source, field, shown, agrees, heard_of.day)


def gives_text_alone(values: Values) -> bool:
    """Whether prices of lists mean the same: for images and sound each has a unit of its own."""
    gives = values.get("modalities.output")
    return not isinstance(gives, tuple) or set(gives) <= {"text"}


def _placed(listing: Listing, placements: Placements) -> Iterator[tuple[str, str, Values]]:
    """Provider, native id and values of each row that the mapping knows for sure."""
    for model in listing.models:
        placement = placements.place(listing.source, model.id, model.canonical)
        if isinstance(placement, Placement) and placement.confirmed:
            yield placement.provider, placement.model, model.values


def _off_by_one_factor(placed: Iterable[tuple[str, str, Values]], catalog: Catalog) -> set[str]:
    """The providers of which most prices of a list are off by one factor: a unit that was mistaken."""
    now = {
        (entry.provider, str(entry.values.get("model"))): entry.values.get("pricing.input")
        for entry in catalog.entries()
    }
    factors: dict[str, Counter[Decimal]] = defaultdict(Counter)
    for provider, native_id, values in placed:
        old, new = now.get((provider, native_id)), values.get("pricing.input")
        if isinstance(old, Decimal) and isinstance(new, Decimal) and old > 0 and new > 0:
            factors[provider][round(new / old, 3)] += 1
    return {
        provider
        for provider, counts in factors.items()
        for factor, count in counts.most_common(1)
        if factor != 1 and count >= _FEWEST_OFF and count * 2 > counts.total()
    }


def _short(field: str) -> str:
    return field.removeprefix("pricing.")
