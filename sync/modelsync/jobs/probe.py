"""Asks a provider's own API whether it knows a model: one smallest request, only where a person wants it.

The sources know their requests; here is read what comes back. No run of a sync comes here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from modelsync.catalog import lookup
from modelsync.config import addressed, key_names, key_of, missing_address
from modelsync.errors import FailureKind, SourceFailed, UsageError
from modelsync.jobs import decide, opening
from modelsync.plan.bases import resolved
from modelsync.records import Entry, Window, scheduled, words_in
from modelsync.run.request import Run
from modelsync.sources import Call, Question, SourceSettings, call_of
from modelsync.sources.source import INPUT_TOKENS, OUTPUT_TOKENS

if TYPE_CHECKING:
    from modelsync.http import Reply

__all__ = ["INPUT_TOKENS", "OUTPUT_TOKENS", "Found", "Probe", "ask", "prepare"]

# Paths of lists, beside the paths that are asked.
_LISTS = ("/models", "/language-models", "/v1/model/info", "/model/info")
_NO_CHAT = frozenset({"rerank", "moderation", "transcription", "speech", "video_generation"})
_LONGEST = 100  # characters of a name that the API states
_UNIT = Decimal(1_000_000)  # prices are USD per so many tokens
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


class Probe(msgspec.Struct, frozen=True):
    """One request that is ready to be made: for which entry and id, and what it costs at most, in USD."""

    entry: Entry
    model: str
    source: str
    call: Call
    variables: tuple[str, ...]  # that may hold the key
    most: Decimal | None  # None: the catalog does not know


class Found(msgspec.Struct, frozen=True):
    """Whether the id is real: None where that cannot be told, for a `reason` of this `kind`."""

    real: bool | None
    reason: str = ""
    advice: str = ""
    kind: FailureKind | None = None
    answered_as: str = ""


def prepare(run: Run, name: str, model: str | None = None, *, to_record: bool = False) -> Probe:
    """The request for `PROVIDER/MODEL`, or for another id of it. Asks nobody. Raises UsageError."""
    for line in opening.tidy(run):
        run.tell(line)
    catalog = opening.open_catalog(run).catalog
    entry = lookup.entry(resolved(catalog, run.policy.authoritative), name)  # with what its base says
    asked = entry.values.get("model") if model is None else model
    if not isinstance(asked, str) or not asked.strip():
        raise UsageError("there is no id to ask for", where=entry.name, advice="Name one with --model.")
    if to_record:
        decide.expect_aliased(run, entry)
    embeds = _embeds(entry)
    source = _source(run, entry.provider)
    types = ("EMBEDDINGS",) if embeds else ("CHAT_COMPLETIONS", "RESPONSES", None)
    fit = (endpoint for endpoint in source.endpoints if endpoint.endpoint_type in types)
    endpoint = next(fit, source.endpoints[0])
    call, is_usual = call_of(entry.provider, source, endpoint)
    key = _key(source, entry.provider, optional=is_usual)
    question = Question(entry.provider, _base(endpoint.url, entry.provider), asked, key, embeds)
    variables = key_names(source, entry.provider)
    return Probe(entry, asked, entry.provider, call(question), variables, _most(entry, embeds=embeds))


def ask(probe: Probe) -> Found:
    """What the provider says. What fails on the way is an answer too: it cannot be told."""
    from modelsync.http import Client, kind_of_status

    with Client() as client:
        try:
            reply = client.send("POST", probe.call.url, probe.call.content, headers=probe.call.headers)
        except SourceFailed as error:
            return Found(None, f"{error.where}: {error.what}", error.advice, error.kind)
        excerpt = f": {client.excerpt(words)}" if (words := stated(reply)) else ""
        name = client.redact(answered_as(probe.call, reply))[:_LONGEST]
    real = is_real(probe.call, reply)
    if real:
        return Found(real, answered_as=name)
    reason = f"it answered HTTP {reply.status}{excerpt}"
    if real is False:
        return Found(real, f"no such model, or not for this key; {reason}")
    kind = kind_of_status(reply.status)
    return Found(None, reason, _advice(probe, kind), kind)


# ---------------------------------------------------------------------------- whom to ask, and where


def _source(run: Run, name: str) -> SourceSettings:
    """The provider's own source, enabled or not, with the addresses that the environment holds."""
    known = run.config.sources
    if name not in known:
        raise UsageError(
            f"no source {name} in sync.yaml, so that nothing says where {name} is asked",
            advice="Give it one under `sources`, with the address of the provider's own list of models.",
        )
    missing = missing_address(known[name], name, os.environ)
    if missing:
        advice = f"Set {' or '.join(missing)} to its address."
        raise UsageError(f"nothing says where {name} is asked", advice=advice)
    return addressed(known[name], name, os.environ)


def _embeds(entry: Entry) -> bool:
    able = {*words_in(entry.values, "features")}
    if able & _NO_CHAT and "chat" not in able:
        raise UsageError("only models for chat and for embeddings can be probed", where=entry.name)
    return "embeddings" in able and "chat" not in able


def _base(url: str, name: str) -> str:
    """The address that the API's paths are below, of the address of its list. Raises UsageError."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    path = parts.path.rstrip("/")
    ending = next((ending for ending in _LISTS if path.endswith(ending)), "")
    if parts.scheme not in ("http", "https") or not (ending or path in ("", "/v1")):
        raise UsageError(
            f"the address of {name}'s list does not say where its API is",
            advice="It has to end in /models, as https://api.example.com/v1/models does.",
        )
    return urlunsplit((parts.scheme, parts.netloc, path.removesuffix(ending), "", ""))


def _key(source: SourceSettings, name: str, *, optional: bool) -> str:
    """The key; none for a server that one runs oneself. Raises UsageError."""
    key = key_of(source, name, os.environ)
    if key is None and not (optional and source.key == "optional"):
        variables = key_names(source, name)
        raise UsageError(
            f"no key for {name}: {' or '.join(variables)} is not set",
            advice=f"Set it for this command, or write {variables[0]}=... into .env beside the catalog.",
        )
    return key or ""


# ---------------------------------------------------------------------------- what it costs, what to do


def _most(entry: Entry, *, embeds: bool) -> Decimal | None:
    """What the request costs at most, in USD; None where the catalog does not know."""
    tokens = {"input": INPUT_TOKENS} if embeds else {"input": INPUT_TOKENS, "output": OUTPUT_TOKENS}
    prices = {name: _dearest(entry, name) for name in tokens}
    known = {name: price for name, price in prices.items() if price is not None}
    if len(known) < len(tokens):
        return None
    per_call = _dearest(entry, "request") or Decimal(0)
    return sum((tokens[name] * price / _UNIT for name, price in known.items()), per_call)


def _dearest(entry: Entry, name: str) -> Decimal | None:
    """A price at the time of day when it is highest."""
    prices = [window.prices.get(name) for window in scheduled(entry.values, Window)]
    prices.append(price if isinstance(price := entry.values.get(f"pricing.{name}"), Decimal) else None)
    return max((price for price in prices if price is not None), default=None)


def _advice(probe: Probe, kind: FailureKind) -> str:
    match kind:
        case "authentication":
            names = " or ".join(probe.variables)
            return f"check the key in {names}: it is missing, wrong, or not allowed this"
        case "data":
            return f"check the url of the source {probe.source} in sync.yaml, and read what it answered"
        case _:
            return "try again later"


# ---------------------------------------------------------------------------- what an answer says


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
