"""Whether a key is a limit of the model, or what an application asks for: its neighbours and values tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from statistics import median
from typing import Any

LIMITS = ("context_length", "max_output_tokens")

_UNCLEAR = ("max tokens", "max completion tokens", "max output")  # may be the context, too
_BUDGETS = (*_UNCLEAR, "max output tokens")  # names of limits, and of parameters
_SECTIONS = {  # words in the names of sections of parameters: `generation_config`, `default_params`
    *("completion", "default", "defaults", "generation", "inference", "options", "parameters", "params"),
    *("request", "sampling", "settings"),
}
_OF_REQUESTS = {
    *("temperature", "top_p", "top_k", "timeout", "stop", "seed", "n", "stream", "presence_penalty"),
    *("frequency_penalty", "retries", "max_retries", "system_prompt", "response_format", "reasoning_effort"),
    *("logit_bias", "logprobs", "min_p", "num_ctx", "num_predict", "repetition_penalty", "verbosity"),
}
_SMALL = 2048  # tokens: no model that is sold answers with fewer at most

Entry = Mapping[str, Any]


def doubts(keys: Mapping[str, str], entries: Iterable[Entry]) -> dict[str, str]:
    """Of the fields at these keys, why sync had better leave a limit alone."""
    entries = list(entries)
    output, context = _doubt_of_output(keys, entries), _doubt_of_context(keys, entries)
    reasons = {"max_output_tokens": output, "context_length": context}
    return {field: why for field, why in reasons.items() if why and field in keys}


def _doubt_of_output(keys: Mapping[str, str], entries: list[Entry]) -> str:
    key = keys.get("max_output_tokens", "")
    if last_words(key) not in _BUDGETS:
        return ""
    if reason := _asked_for(key, entries):
        return reason
    counts = [value for value in values(entries, key) if isinstance(value, int)]
    if counts and median(counts) < _SMALL:
        return "may be what a request asks for: its values are small for a model's limit"
    if last_words(key) not in _UNCLEAR:
        return ""
    pairs = _pairs(entries, key, keys.get("context_length", ""))
    if not pairs and counts:
        return "may be the context or the longest answer: no other key tells"
    if sum(output >= context for output, context in pairs) * 2 > len(pairs):
        return "may be the context: its values are not below it"
    return ""


def _doubt_of_context(keys: Mapping[str, str], entries: list[Entry]) -> str:
    """An input limit is not the context where that is the sum of both limits, if only of one model."""
    key = keys.get("context_length", "")
    if "input" not in words_of(key):
        return ""
    if reason := _asked_for(key, entries):
        return reason
    pairs = _pairs(entries, key, keys.get("max_output_tokens", ""))
    is_part = any(_is_round(one + other) and not _is_round(one) for one, other in pairs)
    return "is the limit of the input, not the context" if is_part else ""


def _asked_for(key: str, entries: Iterable[Entry]) -> str:
    """Why the key may be a parameter of requests: what stands beside it, or above."""
    section, _, _ = key.rpartition(".")
    if _SECTIONS.intersection(words_of(section)):
        return f"may be what a request asks for: it is below {section}"
    beside = next(filter(None, (_parameter_beside(entry, key) for entry in entries)), "")
    return f"may be what a request asks for: {beside} is beside it" if beside else ""


def _is_round(tokens: int) -> bool:
    return tokens > 0 and (
        tokens % 100_000 == 0 or tokens in (32_000, 64_000, 128_000) or tokens & (tokens - 1) == 0
    )


def _parameter_beside(entry: Entry, key: str) -> str:
    """A parameter of requests in the section that the key stands in."""
    section, _, _ = key.rpartition(".")
    beside = (path for path, _ in flat(entry) if path.rpartition(".")[0] == section)
    return next((path for path in beside if last_words(path).replace(" ", "_") in _OF_REQUESTS), "")


def _pairs(entries: Iterable[Entry], key: str, other: str) -> list[tuple[int, int]]:
    """The numbers that entries have at both keys."""
    pairs = ((level.get(key), level.get(other)) for level in map(dict, map(flat, entries)))
    return [(one, two) for one, two in pairs if isinstance(one, int) and isinstance(two, int)]


def last_words(path: str) -> str:
    """The words of a key, without the sections above it."""
    return " ".join(words_of(path.rpartition(".")[2]))


def words_of(path: str) -> list[str]:
    """`input_costPer1k` -> input, cost, per1k."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", path)
    return [word for word in re.split(r"[^a-z0-9]+", apart.lower()) if word]


def flat(entry: Entry, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in entry.items():
        yield prefix + key, value
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")


def values(entries: Iterable[Entry], key: str) -> list[Any]:
    return [value for entry in entries for path, value in flat(entry) if path == key and value is not None]
