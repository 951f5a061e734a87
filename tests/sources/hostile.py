"""What an upstream might put anywhere in a row: any JSON at all."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hypothesis import strategies as st

from modelsync.sources.page import Page

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def junk_for(keys: frozenset[str], most: int = 6) -> st.SearchStrategy[dict[str, object]]:
    """Anything under some of these keys."""
    return st.dictionaries(st.sampled_from(sorted(keys)), JUNK, max_size=most)


def one_row(row: Mapping[str, object], under: str = "data") -> bytes:
    """A list of this row, in which an infinite number is one that JSON can state."""
    return json.dumps({under: [row]}).replace("Infinity", "1e999").encode()


def assert_harmless(page: Page) -> None:
    """All that a page says about what it could not use prints."""
    said = [skipped.id for skipped in page.skipped] + [skipped.reason for skipped in page.skipped]
    said += [text for noted in page.noted for text in noted]
    said += [unusable.text for model in page.models for unusable in model.unusable]
    assert all(text.isprintable() for text in said)
