"""What the answer to a question for one model says of it. It asks nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from modelsync.http import Reply
from modelsync.sources import Call

_NO_MODEL = "model_not_found"  # the code of those who answer as OpenAI does
# Of those who do not repeat the id: it has to be all that they say.
_NO_MODEL_IN_WORDS = re.compile(r"(the )?model (does )?not exist\.?|模型不存在。?", re.IGNORECASE)
_NOT_THERE = re.compile(
    r"not[ _]found|not exist|invalid[ _]model\b|not a valid model|unknown model|no such model|不存在",
    re.IGNORECASE,
)
_OF_A_MODEL = re.compile(r"model|模型", re.IGNORECASE)
_PERHAPS_ONLY_HIDDEN = re.compile(r"access|permission", re.IGNORECASE)
_SAYING = ("message", "type", "code", "status", "detail")


def is_real(call: Call, reply: Reply) -> bool | None:
    """Whether the reply says that the model is there; None where it says neither."""
    answer = _object(reply)
    if reply.status == 200 and answer.keys() & call.answered:
        return True
    if reply.status in (400, 404, 422) and _denies(call.model, list(_words(answer))):
        return False
    return None


def _denies(model: str, words: list[str]) -> bool:
    """Whether an error says that this very model is not there: other things may be missing, and some say
    of a model that it is missing or that the key has no access, whichever it is."""
    if _NO_MODEL in words or any(map(_NO_MODEL_IN_WORDS.fullmatch, words)):
        return True
    text = " ".join(words)
    named = re.search(rf"(?<!\w){re.escape(model)}(?!\w)", text, re.IGNORECASE)
    missing = _NOT_THERE.search(text) and _OF_A_MODEL.search(text)
    return bool(named and missing and not _PERHAPS_ONLY_HIDDEN.search(text))


def answered_as(call: Call, reply: Reply) -> str:
    """The model that says to have answered; nothing where the reply does not name it."""
    name = _object(reply).get(call.names)
    return name if isinstance(name, str) else ""


def stated(reply: Reply) -> bytes:
    """What an error says for people; where it says nothing in words, all of it."""
    return " ".join(_words(_object(reply))).encode("utf-8", "backslashreplace") or reply.body.strip()


def _object(reply: Reply) -> dict[str, Any]:
    """The reply as the object that it should be; an empty one where it is none."""
    try:
        answer = msgspec.json.decode(reply.body)
    except (ValueError, RecursionError):
        return {}
    answer = answer[0] if isinstance(answer, list) and answer else answer
    return answer if isinstance(answer, dict) else {}


def _words(answer: dict[str, Any]) -> Iterator[str]:
    """What an error says in words, wherever the API puts it; not the path that some repeat."""
    error = answer.get("error")
    for part in (answer, error if isinstance(error, dict) else {"message": error}):
        yield from (word for key in _SAYING if isinstance(word := part.get(key), str))
