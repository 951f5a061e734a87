"""Recorded lists that stand in for a source that cannot be asked. They say so, and drop no model."""

from __future__ import annotations

from pathlib import Path

import msgspec

from modelsync.errors import SourceFailed
from modelsync.sources.settings import Endpoint, SourceSettings

ADDRESS_ENV = {"litellm": ("LITELLM_API_URL", "LITELLM_BASE_URL")}  # where an endpoint names none
IS_FILE = "file:"


class Known(msgspec.Struct, frozen=True):
    """A list that comes with the program, and what its readers must know of it."""

    path: Path
    note: str


ANTHROPIC = Known(
    Path(__file__).with_name("anthropic.json"), "a known list of 2026-08-02, because no key is set"
)
LITELLM = Known(
    Path(__file__).with_name("litellm.json"),
    "a small known list of LiteLLM 1.109.1, because no address is set",
)


def instead_of(name: str, settings: SourceSettings, *, key: str, development: bool) -> Known | None:
    """What answers for the source: for Anthropic where it has no key, for a proxy that is being developed
    with where it has no address. None where the source itself can be asked, or nothing is known of it."""
    transformer = settings.transformer or name
    addresses = [endpoint.url for endpoint in settings.endpoints]
    if transformer == "anthropic" and not key and not any(url.startswith(IS_FILE) for url in addresses):
        return ANTHROPIC
    if transformer == "litellm" and development and not any(addresses):
        return LITELLM
    return None


def no_address(transformer: str, endpoint: Endpoint) -> SourceFailed:
    """Why an endpoint without an address cannot be asked, and how to give it one."""
    variables = " or ".join(endpoint.url_env or ADDRESS_ENV.get(transformer, ()))
    advice = f"set {variables}, or url: in sync.yaml" if variables else "set its url: in sync.yaml"
    return SourceFailed("no address is set", advice=advice, kind="connection")
