"""What a run came upon that a person may want to be told at once."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec


class EventKind(StrEnum):
    """What kinds of news there are; `sync.yaml` and a webhook spell them so."""

    NEW_MODEL = "new_model"
    UNPRICED_MODEL = "unpriced_model"
    PRICE_UP = "price_up"
    HELD = "held"
    DECLINED = "declined"
    SOURCE_FAILING = "source_failing"
    MODEL_ENDS = "model_ends"
    PIN_ENDS = "pin_ends"


class Event(msgspec.Struct, frozen=True):
    """One piece of news. It is the same on the next day where its kind, subject and value are."""

    kind: EventKind
    subject: str  # PROVIDER/KEY, PROVIDER/KEY:FIELD, or a source
    text: str = ""
    value: str = ""  # what it is about now: another value is other news

    @property
    def about(self) -> str:
        """What the event is an event of, whatever its value."""
        return f"{self.kind}:{self.subject}"

    @property
    def id(self) -> str:
        """16 hexadecimal digits that are the same wherever and whenever the same is told."""
        return digest(self.about, self.value)


def digest(*parts: str) -> str:
    """16 hexadecimal digits that stand for these texts in this order."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
