"""The sources: what one is, which there are, and how any of them becomes a Listing or a Failure.

A source fetches, parses and translates. It never sees the catalog.
"""

from modelsync.records import Filters
from modelsync.sources.listing import listing_of
from modelsync.sources.registry import SOURCES, call_of, source_of, transformers
from modelsync.sources.source import Call, Endpoint, Get, Question, Source, SourceSettings, StandIn, rows_have
