"""What every list has in common: rows that become a page, and pages that lead on. Knows no upstream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from modelsync.errors import SourceFailed
from modelsync.records import Model, Skipped
from modelsync.sources import payload
from modelsync.sources.page import Page
from modelsync.sources.payload import BadRow, Rows

Noted = list[tuple[str, str]]  # what nobody here knows yet, and the id of the model that has it
Translate = Callable[[dict[str, Any], Noted], Model | str | None]


def page_of(
    listed: Rows, translate: Translate, *, named: str, envelope: frozenset[str], following: str = ""
) -> Page:
    """Rows as a page. `translate` gives the id alone of a model that is there and not for us, None for a row
    that is no model, and raises `BadRow` for one that cannot be used; `named` is the key of a row's id,
    `envelope` what may stand beside the list."""
    models, skipped, passed, noted = list[Model](), list[Skipped](), list[str](), Noted()
    unnamed = 0
    for number, row in enumerate(listed, 1):
        try:
            model = translate(_object(row), noted)
        except BadRow as fault:
            skipped.append(Skipped(_name_of(row, named, number), str(fault)))
            unnamed += not _has_id(row, named)
        else:
            models += [model] if isinstance(model, Model) else []
            passed += [model] if isinstance(model, str) else []
    note(noted, "beside the list: ", listed.envelope, envelope)
    return Page(
        tuple(models), tuple(skipped), tuple(noted), following, passed_over=tuple(passed), unnamed=unnamed
    )


def follow(endpoint: str, ask: Callable[[str], Page]) -> Iterator[Page]:
    """Each page, as one leads to the next. Raises `SourceFailed` where they go in a circle."""
    seen, following = set[str](), endpoint
    while following:
        seen.add(following)
        page = ask(following)
        yield page
        following = page.following
        if following in seen:
            raise SourceFailed("its pages lead back to one that was read")


def split(url: str) -> SplitResult:
    """The parts of an address. Raises `SourceFailed` where it has none."""
    try:
        return urlsplit(url)
    except ValueError:
        raise SourceFailed("the address cannot be read", advice="correct the url in sync.yaml") from None


def with_query(url: str, name: str, value: str) -> str:
    """The address with this in its query, in place of what it says there of the same name."""
    parts = split(url)
    asked = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return urlunsplit(parts._replace(query=urlencode([*asked, (name, value)])))


def note(noted: Noted, where: str, value: Iterable[str], known: frozenset[str], id_: str = "") -> None:
    """Note what is stated and not known."""
    noted += [(f"unknown {where}{payload.shown(word)}", id_) for word in value if word not in known]


def note_remarks(noted: Noted, row: dict[str, Any], keys: Iterable[str], id_: str) -> None:
    """Note what reading the texts under these keys leaves out of them."""
    noted += [(f"{key} {remark}", id_) for key in keys for remark in payload.remarks(row.get(key))]


def _object(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise BadRow("it is not an object")
    return row


def _has_id(row: Any, named: str) -> bool:
    try:
        return isinstance(row, dict) and bool(payload.identifier(row.get(named)))
    except BadRow:
        return False


def _name_of(row: Any, named: str, number: int) -> str:
    """What to call a row that may have no id."""
    value = row.get(named) if isinstance(row, dict) else None
    return payload.shown(value) if isinstance(value, str) and value else f"row {number}"
