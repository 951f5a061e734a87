"""What a source is: one value that says how a list is asked for and read, and what its ids are.

Beside it what `sync.yaml` may say of one, and what counts where it says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import msgspec

from modelsync.http import Answer
from modelsync.records import Filters, Policy, Wanted
from modelsync.sources.page import Page


class Get(Protocol):
    """How a source asks: `Client.get`, or the same of a recorded list."""

    def __call__(self, url: str, headers: Mapping[str, str] = ...) -> Answer: ...


class Pages(Protocol):
    """Gives the pages of one endpoint, each asked for when it is wanted. Raises `SourceFailed`."""

    def __call__(self, endpoint: str, key: str, get: Get) -> Iterator[Page]: ...


class StandIn(msgspec.Struct, frozen=True):
    """A recorded list that answers where the source cannot be asked, and what its readers must know of it.

    It stands in where a `key` is missing, or an `address` in development.
    """

    path: Path
    missing: Literal["key", "address"]
    note: str


INPUT_TOKENS = 32  # of a question: the prompt, and what a provider may put around it
OUTPUT_TOKENS = 1
PROMPT = {"role": "user", "content": "Hi"}


class Question(msgspec.Struct, frozen=True):
    """Which model a provider's own API is asked for: `base` is the address that the API's paths are below."""

    source: str
    base: str
    model: str
    key: str
    embeds: bool


class Call(msgspec.Struct, frozen=True):
    """One smallest request for a model.

    A reply that has one of the keys `answered` comes from the model; it may name it under `names`.
    """

    model: str
    url: str
    headers: dict[str, str]
    content: dict[str, Any]
    answered: frozenset[str]
    names: str = "model"


class Source(msgspec.Struct, frozen=True):
    """One format of upstream lists. Nothing outside the module that holds this value knows it by name."""

    name: str  # what `transformer:` in sync.yaml calls it
    pages: Pages | None  # None: those of whichever source recognises the answer
    vendor_ids: bool = False  # ids carry a vendor, and `mapping:` places them; else they are the source's own
    pages_of: Callable[[str, str | None], Pages] | None = None  # those by a source's name and its `unit`
    native_ids: bool = False  # what follows the vendor is the id that the vendor's own API takes
    clock_dates: bool = False  # many who answer in this format state the time of the answer as a model's date
    variants: bool = False  # what follows a colon in an id is a variant of the model (`:free`)
    keys: tuple[str, ...] = ()  # variables that may hold a key, beside NAME_API_KEY
    key: Literal["required", "optional", "where named", "none"] = "where named"  # in `api_key_env`
    addresses: tuple[str, ...] = ()  # variables that may hold the address
    filters: Mapping[str, Filters] = {}  # those that count where none are set, by source's name; `*`: any
    chat_only: frozenset[str] = frozenset()  # sources whose lists, so filtered, hold nothing else; `*`: all
    endpoint_format: str = ""  # the `format:` of an endpoint that means this source
    recognises: Callable[[Any], bool] | None = None  # whether a decoded answer is in this format
    stand_in: StandIn | None = None
    call: Callable[[Question], Call] | None = None  # the smallest request to its API; None: OpenAI's

    def usual_filters(self, name: str) -> Filters:
        """Give the filters that count for a source of this name where none are set."""
        return self.filters.get(name) or self.filters.get("*") or Filters()

    def is_for_chat(self, name: str) -> bool:
        """Whether all that a source of this name lists is for chat, where no other filters are set."""
        return not self.chat_only.isdisjoint((name, "*"))


class Endpoint(Policy, frozen=True):
    """One address of a source, what its models are for, and the format that it answers in."""

    url: str = ""
    endpoint_type: (
        Literal["CHAT_COMPLETIONS", "RESPONSES", "EMBEDDINGS", "RERANK"]
        | Literal["IMAGES", "AUDIO", "VIDEO", "MODERATIONS"]
        | None
    ) = None  # None: each row says it
    format: Literal["OPENAI", "ANTHROPIC", "GEMINI"] = "OPENAI"
    transformer: str = ""  # where it differs from that of the source's other endpoints
    url_env: tuple[str, ...] = ()  # variables that may hold the address, where `url` is empty


class SourceSettings(Policy, frozen=True):
    """One source of `sync.yaml`."""

    endpoints: Annotated[tuple[Endpoint, ...], msgspec.Meta(min_length=1)]
    transformer: str = ""  # of a source or plug-in; empty: by the format, else the name
    authoritative: bool = False
    enabled: bool = True
    local: bool = False  # a server of one's own: its provider, where it is new, is `local` and bills nothing
    update_frequency: Literal["realtime", "daily", "weekly", "manual"] = "realtime"
    api_key_env: tuple[str, ...] = ()  # the first that is set
    key: Literal["required", "optional"] | None = None  # required: not asked without one; None: as usual
    add: Wanted | None = None  # which of its new models are added; None: what stands at the top
    unit: Literal["per_token", "per_1k_tokens", "per_1m_tokens"] | None = None  # of prices in USD without one
    filters: Filters | None = None  # None: the format's own


def rows_have(*keys: str, under: str = "data") -> Callable[[Any], bool]:
    """Recognise an answer by keys that only the rows of one source have all of."""

    def recognises(answer: Any) -> bool:
        rows = answer.get(under) if isinstance(answer, dict) else answer
        first = next((row for row in rows if isinstance(row, dict)), {}) if isinstance(rows, list) else {}
        return all(key in first for key in keys)

    return recognises
