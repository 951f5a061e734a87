"""A LiteLLM proxy, by `/model/info`. What its deployments say is read by `litellm_rows`.

Format: https://docs.litellm.ai/docs/proxy/model_management
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlunsplit

from modelsync.sources import litellm_rows, payload, rows
from modelsync.sources.page import Page

if TYPE_CHECKING:
    from modelsync.sources import Get

LIST = "/model/info"
BASES = ("", "/v1")  # paths of a proxy's address, which others take without the list's own


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The list, which is one page. The address is the list's own, or that of the proxy."""
    yield parse(get(_list_at(endpoint), {"Authorization": f"Bearer {key}"} if key else {}).body)


def parse(body: bytes) -> Page:
    """One answer. Raises `SourceFailed` where it is no list; a row that cannot be used is skipped."""
    return litellm_rows.page_of(payload.read_rows(body))


def _list_at(endpoint: str) -> str:
    parts = rows.split(endpoint)
    if parts.path.rstrip("/") not in BASES:
        return endpoint
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + LIST))
