"""A LiteLLM proxy, by `/model/info`. What its deployments say is read by `litellm_rows`.

Format: https://docs.litellm.ai/docs/proxy/model_management
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlunsplit

from modelsync.sources import litellm_rows, rows
from modelsync.sources.page import Page
from modelsync.sources.source import Get, Source, StandIn, rows_have

LIST = "/model/info"
BASES = ("", "/v1")  # paths of a proxy's address, which others take without the list's own


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The list, which is one page. The address is the list's own, or that of the proxy."""
    parts = rows.split(endpoint)
    if (path := parts.path.rstrip("/")) in BASES:
        endpoint = urlunsplit(parts._replace(path=path + LIST))
    yield parse(get(endpoint, rows.bearer(key)).body)


def parse(body: bytes) -> Page:
    """One answer. Raises `SourceFailed` where it is no list; a row that cannot be used is skipped."""
    return litellm_rows.page_of(rows.read(body))


SOURCE = Source(
    "litellm",
    pages,
    vendor_ids=True,
    keys=("LITELLM_API_KEY", "LITELLM_MASTER_KEY"),
    key="optional",
    addresses=("LITELLM_API_URL", "LITELLM_BASE_URL"),
    recognises=rows_have("model_info", "litellm_params"),
    stand_in=StandIn(
        Path(__file__).parent / "known/litellm.json",
        missing="address",
        note="a small known list of LiteLLM 1.109.1, because no address is set",
    ),
)
