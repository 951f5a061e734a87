"""What a person decides of what a plan holds back: kept from page to page until it is applied."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Literal, get_args

import msgspec
from msgspec import UNSET

from modelsync.config import Place
from modelsync.jobs.decisions import Decisions, Excluding, Pinning
from modelsync.records import ADDED, REMOVED, FieldChange, Guard, Hold, Plan, in_unit
from modelsync.report.rows import Row, rows
from modelsync.report.text import brief, grouped
from modelsync.run.notes import Note
from modelsync.web.phrases import WHY

Way = Literal["", "accept", "keep", "exclude"]
_WAYS: tuple[Way, ...] = get_args(Way)


class Choice(msgspec.Struct, frozen=True):
    """What is to become of what one guard holds back of one model; without a way it stays held."""

    way: Way = ""
    reason: str = ""


Choices = Mapping[str, Choice]  # by the id of what they are about

LONGEST = 200  # characters of a reason
_KEEPING = Lock()
_DRAFT = Note("serve/choices.json", dict[str, Choice])


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What one guard holds back of one model, and what a person may decide of it."""

    id: str
    name: str
    rows: tuple[Row, ...]  # none: the model is held as a whole
    whole: str  # what is held of it then
    why: str
    reasons: tuple[str, ...]
    choice: Choice
    can_accept: bool
    can_keep: bool


IsSection = Callable[[str], bool]  # whether the fields of that name are below one key, where a pin may stand
Held = dict[str, list[Hold]]  # what is decided together, by an id


def held(plan: Plan) -> Held:
    """What one guard holds back of one model, together. The id is of the values too: another one upstream is
    another question."""
    return {_id(holds): holds for holds in grouped(plan.holds, together).values()}


def together(hold: Hold) -> tuple[str, str, Guard]:
    """What those have in common that are decided together."""
    return hold.provider, hold.key, hold.guard


def _id(holds: Iterable[Hold]) -> str:
    known = msgspec.json.encode([(hold.name, hold.guard, hold.change) for hold in holds])
    return hashlib.sha256(known).hexdigest()[:16]


def question(id_of: str, holds: list[Hold], unit: str, is_section: IsSection, choice: Choice) -> Question:
    """What is asked, its prices in a unit of PRICING_UNITS."""
    first = holds[0]
    is_whole = first.change.field in (ADDED, REMOVED)
    return Question(
        id=id_of,
        name=brief(f"{first.provider}/{first.key}"),
        rows=() if is_whole else tuple(row for hold in holds for row in rows(_in_unit(hold, unit))),
        whole={ADDED: "the new model", REMOVED: "its removal"}.get(first.change.field, ""),
        why=WHY[first.guard],
        reasons=tuple(dict.fromkeys(brief(f"{hold.guard}: {hold.reason}", 300) for hold in holds)),
        choice=choice,
        can_accept=can_accept(holds),
        can_keep=not is_whole and bool(kept(holds, is_section)),
    )


def can_accept(holds: list[Hold]) -> bool:
    """Whether what is held could be written at all."""
    return holds[0].guard is not Guard.NOT_WRITABLE


def kept(holds: Sequence[Hold], is_section: IsSection) -> tuple[str, ...]:
    """The names of what is pinned where the catalog's own is kept; none where it says nothing to keep.

    Where it states a part alone, as prices without that of a cache, the section: what is rejected is not to
    come beside what is kept.
    """
    own = _own(holds)
    if len(own) == len(holds):
        return tuple(hold.name for hold in holds)
    sections = {hold.change.field.partition(".")[0] for hold in holds}
    if not own or len(sections) > 1 or not is_section(section := sections.pop()):
        return ()
    return (f"{holds[0].provider}/{holds[0].key}:{section}",)


def _own(holds: Sequence[Hold]) -> list[Hold]:
    """Those of which the catalog says something itself."""
    return [hold for hold in holds if hold.change.old is not UNSET]


def _in_unit(hold: Hold, unit: str) -> FieldChange:
    change = hold.change
    old, new = (in_unit(change.field, value, unit) for value in (change.old, change.new))
    return FieldChange(change.field, old, new)


def known(place: Place, of: Held) -> Choices:
    """What was chosen of what a plan holds back."""
    draft = _DRAFT.read(place) or {}
    return {id_of: draft[id_of] for id_of in of if id_of in draft}


def keep(place: Place, of: Held, form: Mapping[str, str]) -> Choices:
    """Keep what a form says, beside what was chosen on other pages of the same plan."""
    with _KEEPING:
        chosen = {**known(place, of), **dict(_chosen(of, form))}
        choices = {id_of: choice for id_of, choice in chosen.items() if choice != Choice()}
        _DRAFT.write(place, choices)
    return choices


def _chosen(of: Held, form: Mapping[str, str]) -> Iterator[tuple[str, Choice]]:
    for id_of in asked(of, form):
        wanted = form.get("all", form[f"way-{id_of}"])
        way: Way = next((way for way in _WAYS if way == wanted), "")
        if (way == "accept" and not can_accept(of[id_of])) or (way == "keep" and not _own(of[id_of])):
            way = ""
        yield id_of, Choice(way, " ".join(form.get(f"reason-{id_of}", "").split())[:LONGEST])


def asked(of: Held, form: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of what a form asked about."""
    return tuple(id_of for id_of in of if f"way-{id_of}" in form)


def mark(choices: Choices, but: Collection[str]) -> str:
    """What was chosen elsewhere than on one page, as one word: it is another where that changed meanwhile."""
    others = sorted(
        (id_of, choice.way, choice.reason) for id_of, choice in choices.items() if id_of not in but
    )
    return hashlib.sha256(msgspec.json.encode(others)).hexdigest()[:16]


def decisions(of: Held, choices: Choices, is_section: IsSection) -> Decisions:
    accept, pin, exclude = list[str](), list[Pinning](), list[Excluding]()
    for id_of, choice in choices.items():
        holds = of[id_of]
        match choice.way:
            case "accept":
                accept += (glob.escape(hold.name) for hold in holds)
            case "keep":
                pin += (Pinning(name, choice.reason) for name in kept(holds, is_section))
            case "exclude":
                exclude.append(Excluding(holds[0].provider, glob.escape(holds[0].key), choice.reason))
    return Decisions(tuple(accept), tuple(pin), tuple(exclude))
