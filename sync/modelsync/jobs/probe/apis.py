"""The smallest request to each kind of API, and what its answer says of the model. It asks nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from modelsync.http import Reply
from modelsync.sources.anthropic import VERSION

INPUT_TOKENS = 32  # the prompt, and what a provider may put around it
OUTPUT_TOKENS = 1
_PROMPT = "Hi"

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


class Call(msgspec.Struct, frozen=True):
    """One request for a model. The reply to it has one of the keys `answered`, and may name under `names`
    the model that answered."""

    model: str
    url: str
    headers: dict[str, str]
    content: dict[str, Any]
    answered: frozenset[str]
    names: str = "model"


class Wanted(msgspec.Struct, frozen=True):
    """Which model is asked for, and where: `base` is the address that the API's own paths are below."""

    source: str
    base: str
    model: str
    key: str
    embeds: bool


def openai(wanted: Wanted) -> Call:
    """https://platform.openai.com/docs/api-reference/chat, and those who answer as it does."""
    headers = {"Authorization": f"Bearer {wanted.key}"} if wanted.key else {}
    content: dict[str, Any] = {"model": wanted.model, "input": _PROMPT}
    if wanted.embeds:
        return Call(wanted.model, f"{wanted.base}/embeddings", headers, content, frozenset({"data"}))
    # OpenAI's own reasoning models refuse the old name of the limit, other providers the new one.
    limit = "max_completion_tokens" if wanted.source == "openai" else "max_tokens"
    content = {"model": wanted.model, limit: OUTPUT_TOKENS, "messages": [_message()]}
    return Call(wanted.model, f"{wanted.base}/chat/completions", headers, content, frozenset({"choices"}))


def anthropic(wanted: Wanted) -> Call:
    """https://platform.claude.com/docs/en/api/messages"""
    headers = {"anthropic-version": VERSION, "x-api-key": wanted.key}
    content = {"model": wanted.model, "max_tokens": OUTPUT_TOKENS, "messages": [_message()]}
    return Call(wanted.model, f"{wanted.base}/messages", headers, content, frozenset({"content"}))


def google(wanted: Wanted) -> Call:
    """https://ai.google.dev/api/generate-content and https://ai.google.dev/api/embeddings"""
    said = {"parts": [{"text": _PROMPT}]}
    model = wanted.model.removeprefix("models/")
    content: dict[str, Any] = {"content": said}
    verb, answered = "embedContent", {"embedding"}
    if not wanted.embeds:
        content = {"contents": [said], "generationConfig": {"maxOutputTokens": OUTPUT_TOKENS}}
        verb, answered = "generateContent", {"candidates", "usageMetadata"}
    url = f"{wanted.base}/models/{quote(model, safe='')}:{verb}"
    return Call(model, url, {"x-goog-api-key": wanted.key}, content, frozenset(answered), "modelVersion")


CALLS: Mapping[str, Callable[[Wanted], Call]] = {
    "OPENAI": openai,
    "ANTHROPIC": anthropic,
    "GEMINI": google,
}


def is_real(call: Call, reply: Reply) -> bool | None:
    """Whether the reply says that the model is there; None where it says neither."""
    said = _object(reply)
    if reply.status == 200 and said.keys() & call.answered:
        return True
    if reply.status in (400, 404, 422) and _denies(call.model, list(_words(said))):
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


def _message() -> dict[str, str]:
    return {"role": "user", "content": _PROMPT}


def _object(reply: Reply) -> dict[str, Any]:
    """The reply as the object that it should be; an empty one where it is none."""
    try:
        said = msgspec.json.decode(reply.body)
    except (ValueError, RecursionError):
        return {}
    said = said[0] if isinstance(said, list) and said else said
    return said if isinstance(said, dict) else {}


def _words(said: dict[str, Any]) -> Iterator[str]:
    """What an error says in words, wherever the API puts it; not the path that some repeat."""
    error = said.get("error")
    for part in (said, error if isinstance(error, dict) else {"message": error}):
        yield from (word for key in _SAYING if isinstance(word := part.get(key), str))
