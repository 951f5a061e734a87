"""What a row in OpenAI's format says that a model can do, in words, in flags or by what goes in and out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from modelsync.sources import abilities, payload
from modelsync.sources.facts import Facts
from modelsync.sources.page import CHAT

FLAGS = "supports_"  # `supports_tools: true` says the same as a feature `tools`
KEYS = ("capabilities", "features", "supported_features", "supported_parameters")
SAYING = payload.keys("input_modalities output_modalities type") | {*KEYS}
NO_FEATURE = payload.keys(
    "classification completion completion_fim e2ee fine_tune fine_tuning inference json_mode log_probs"
    " multiple_images ocr optimized_for_code tee_attestation video_input xsearch"
)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def read(row: dict[str, Any], facts: Facts) -> None:
    """Features from words, flags and modalities alike, and the modalities themselves."""
    flags = [key for key in row if key.startswith(FLAGS)]
    if not flags and row.keys().isdisjoint(SAYING):
        return
    inputs, outputs = (
        payload.words(payload.part(row, f"{side}_modalities", list)) for side in ("input", "output")
    )
    words = {key: _words(row, key, facts) for key in KEYS}
    able = [key.removeprefix(FLAGS) for key in flags if row[key] is True]
    meant = abilities.meant([word for key in words for word in words[key]], abilities.WORDS)
    meant |= abilities.meant([*able, f"{row.get('type')}"], abilities.WORDS)
    abilities.state(facts, meant, inputs, outputs)
    if any(CHAT in abilities.WORDS.get(word, ()) for word in _denied(row)):
        facts.values.setdefault("features", ())  # it says of them that chat is none
    for key in KEYS[:-1]:  # parameters are many, and most say nothing of a model
        facts.note(f"{key}: ", words[key], abilities.WORDS, NO_FEATURE)
    facts.note("modality ", inputs | outputs, abilities.MODALITIES)


def _words(row: dict[str, Any], key: str, facts: Facts) -> tuple[str, ...]:
    """The words of a list, or of an object of booleans those that are true, in one spelling."""
    match row.get(key):
        case None:
            return ()
        case dict() as flags:
            return tuple(_word(word) for word, yes in flags.items() if yes is True)
        case list() as words:
            return tuple(_word(word) for word in words if isinstance(word, str))
        case other:
            facts.refuse("features", other, f"{key} that are not a list")
            return ()


def _denied(row: dict[str, Any]) -> Iterator[str]:
    """The words that a row says do not hold."""
    for key, value in row.items():
        if key in KEYS and isinstance(value, dict):
            yield from (_word(word) for word, holds in value.items() if holds is False)
        elif key.startswith(FLAGS) and value is False:
            yield key.removeprefix(FLAGS)


@lru_cache(maxsize=4096)
def _word(value: str) -> str:
    """A word in one spelling: `function-calling` and `supportsFunctionCalling` say the same."""
    return _HUMP.sub("_", value).lower().replace("-", "_").removeprefix(FLAGS)
