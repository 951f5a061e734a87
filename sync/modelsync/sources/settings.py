"""What `sync.yaml` may say of a source, and what counts where it says nothing. It asks nobody."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from modelsync.records import Filters, Policy, Wanted


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
