"""A list that comes as a file: an answer of any other source, told by what is in it."""

from __future__ import annotations

from modelsync.sources.source import Source

SOURCE = Source("file", pages=None, vendor_ids=True, key="optional")
