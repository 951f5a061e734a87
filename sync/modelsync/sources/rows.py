"""What every list has in common: strict JSON, rows that become a page, and pages that lead on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from msgspec import UNSET, UnsetType

from modelsync.errors import SourceFailed
from modelsync.http import excerpt, leads_to
from modelsync.records import Model, Skipped
from modelsync.sources import payload
from modelsync.sources.facts import Facts
from modelsync.sources.page import Page
from modelsync.sources.payload import BadRow

# A list of 100,000 models, ten times what the whole world lists, holds a third to a half of each.
MOST_ROWS = 150_000
MOST_OBJECTS = 2_000_000
MOST_VALUES = 6_000_000
MOST_TEXT = 1 << 26  # characters of all names and descriptions
LARGEST_ROW = 1 << 20  # bytes; those of all lists are below a hundredth of it
LARGEST_WHOLE = 1 << 24  # bytes of what is decoded at once, ten times the largest list that has no rows
MOST_NOTED = 10_000  # in all, of a page
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
Translate = Callable[[dict[str, Any], Facts], Model | str | None]


class Rows(msgspec.Struct, frozen=True):
    """A list as sent: what surrounds it, and its rows, each still to be decoded by iterating."""

    envelope: dict[str, Any]
    rows: list[Any]

    def __iter__(self) -> Iterator[Any]:
        if len(self.rows) > MOST_ROWS:
            raise SourceFailed(f"the list has more than {MOST_ROWS:,} rows")
        return (_strict(row, LARGEST_ROW) if isinstance(row, msgspec.Raw) else row for row in self.rows)


def decoded(body: bytes) -> Any:
    """Decode an answer of any shape. Raises `SourceFailed` for what is not strict JSON."""
    return _strict(_text_of(body))


def recognised(body: bytes, recognises: Callable[[Any], bool]) -> Any:
    """Decode an answer of a shape of its own. Raises `SourceFailed` where its format is not recognised."""
    answer = decoded(body)
    if not recognises(answer):
        raise SourceFailed(f"the answer is not a list of models: {excerpt(body)}")
    return answer


def outline(sent: Any) -> str:
    """What an answer of any shape looks like, in a few words."""
    match sent:
        case list():
            return f"a list of {len(sent)}{f', the first {outline(sent[0])}' if sent else ''}"
        case dict() if isinstance(sent.get("data"), list):
            return f"an object whose data is {outline(sent['data'])}"
        case dict():
            keys = [payload.shown(key) for key in islice(sent, 8)]
            return f"an object with {', '.join(keys) or 'nothing in it'}{', ...' if len(sent) > 8 else ''}"
    return f"{payload.shown(sent)}, which is no list"


def read(body: bytes, *keys: str) -> Rows:
    """The rows under the first of `keys` that is there (`data`), or of a bare list. Rows are decoded one at a
    time, so that a large list takes little more memory than its text. Raises `SourceFailed` for what is not
    strict JSON, here or with a row.
    """
    text, keys = _text_of(body), keys or ("data",)
    try:
        return _split(text, keys)
    except (ValueError, StopIteration, RecursionError):
        return _all_at_once(_strict(text), keys, body)  # says where the fault is; and bears a lone surrogate


def _split(text: bytes, keys: tuple[str, ...]) -> Rows:
    """The list cut into rows without decoding them, and the rest decoded."""
    if text.lstrip()[:1] == b"[":
        return Rows({}, msgspec.json.decode(text, type=list[msgspec.Raw]))
    sent = msgspec.json.decode(text, type=_with(keys))
    listed = next(value for value in msgspec.structs.astuple(sent) if value is not UNSET)
    rows = msgspec.json.decode(listed, type=list[msgspec.Raw])
    start, length = text.find(listed), memoryview(listed).nbytes
    return Rows(_strict(text[:start] + b"[]" + text[start + length :]), rows)


@cache
def _with(keys: tuple[str, ...]) -> type[msgspec.Struct]:
    """What takes the values of these keys as they are sent, and passes over all others."""
    fields: list[Any] = [(key, msgspec.Raw | UnsetType, UNSET) for key in keys]
    return msgspec.defstruct("Sent", fields)


def _all_at_once(sent: Any, keys: tuple[str, ...], body: bytes) -> Rows:
    for key in keys:
        if isinstance(sent, dict) and isinstance(sent.get(key), list):
            return Rows(sent, sent[key])
    if isinstance(sent, list):
        return Rows({}, sent)
    raise SourceFailed(f"the answer is not a list of models: {excerpt(body)}")


def _text_of(body: bytes) -> bytes:
    """The text as UTF-8 without its mark; a recorded list may have been saved as UTF-16."""
    try:
        text = body.decode("utf-16").encode() if body.startswith(_UTF16) else body
    except UnicodeError as error:
        raise SourceFailed("the answer is not text: it starts as UTF-16 and is not") from error
    for what, mark, most in (("objects", b"{", MOST_OBJECTS), ("values", b",", MOST_VALUES)):
        if text.count(mark) > most:
            raise SourceFailed(f"the answer holds more than {most:,} {what}")
    return text.removeprefix(b"\xef\xbb\xbf")


def _strict(text: bytes | msgspec.Raw, largest: int = LARGEST_WHOLE) -> Any:
    if (size := memoryview(text).nbytes) > largest:
        raise SourceFailed(f"the answer holds {size:,} bytes in one piece, and {largest:,} is the most")
    try:
        return _DECODER.decode(str(text, "utf-8"))
    except RecursionError:
        raise SourceFailed("the answer is not JSON that can be read: it is nested too deeply") from None
    except UnicodeDecodeError:
        raise SourceFailed("the answer is not text in UTF-8") from None
    except (ValueError, ArithmeticError) as error:
        raise SourceFailed(
            f"the answer is not JSON that can be read: {ascii(str(error))[1:-1][:120]}"
        ) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise ValueError(f"the key {twice[:40]!r} is there twice")
    return read


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=Decimal, parse_constant=_no_constant)


def page_of(
    listed: Rows, translate: Translate, *, named: str, envelope: frozenset[str], following: str = ""
) -> Page:
    """Rows as a page. `translate` gives the id alone of a model that is there and not for us, None for a row
    that is no model, and raises `BadRow` for one that cannot be used; `named` is the key of a row's id,
    `envelope` what may stand beside the list."""
    models, skipped, passed, noted = list[Model](), list[Skipped](), list[str](), list[tuple[str, str]]()
    unnamed = characters = 0
    for number, row in enumerate(listed, 1):
        facts = Facts()
        try:
            if not isinstance(row, dict):
                raise BadRow("it is not an object")
            model = translate(row, facts)
        except BadRow as fault:
            name = row.get(named) if isinstance(row, dict) else None
            shown = payload.shown(name) if isinstance(name, str) and name else f"row {number}"
            skipped.append(Skipped(shown, str(fault)))
            unnamed += not payload.is_identifier(name)
        else:
            models += [model] if isinstance(model, Model) else []
            characters += sum(len(text) for text in facts.values.values() if isinstance(text, str))
            if characters > MOST_TEXT:
                raise SourceFailed(f"its rows hold more than {MOST_TEXT:,} characters of text")
            passed += [model] if isinstance(model, str) else []
            id_ = model.id if isinstance(model, Model) else ""
            noted += [(line, id_) for line in facts.unknown[: MOST_NOTED - len(noted)]]
    surroundings = Facts()
    surroundings.note("beside the list: ", listed.envelope, envelope)
    noted += [(line, "") for line in surroundings.unknown]
    return Page(
        tuple(models), tuple(skipped), tuple(noted), following, passed_over=tuple(passed), unnamed=unnamed
    )


def follow(endpoint: str, ask: Callable[[str], Page]) -> Iterator[Page]:
    """Each page, as one leads to the next. Raises `SourceFailed` where they go in a circle."""
    seen, url = set[str](), endpoint
    while url:
        seen.add(url)
        page = ask(url)
        yield page
        url = page.following
        if url in seen:
            raise SourceFailed("its pages lead back to one that was read")


def following(envelope: dict[str, Any], url: str, key: str, parameter: str) -> str:
    """The address of the next page, whose token stands under `key` and is asked for with this parameter."""
    token = envelope.get(key) or ""
    if not isinstance(token, str):
        raise SourceFailed("what leads to its next page is not text")
    return with_query(url, parameter, token) if token else ""


def linked(url: str, link: Any) -> str:
    """The address of the next page, to which an answer from `url` links. Raises `SourceFailed` for another
    host's."""
    address = leads_to(url, f"{link}") if link else ""
    if link and not address:
        raise SourceFailed("its next page is at another place, which is not followed")
    return address


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


def bearer(key: str) -> dict[str, str]:
    """The header that carries a key, if there is one."""
    return {"Authorization": f"Bearer {key}"} if key else {}
