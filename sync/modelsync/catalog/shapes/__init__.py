"""The shapes that a data file may have: each is a module of its own, and one line here."""

from __future__ import annotations

from modelsync import yamledit
from modelsync.catalog.shapes.grouped import Grouped
from modelsync.catalog.shapes.layout import NO_ENTRY, Layout, Name
from modelsync.catalog.shapes.listed import Listed
from modelsync.catalog.shapes.nested import Nested

USUAL = Nested()
SHAPES: tuple[Layout, ...] = (Grouped(), USUAL, Listed())


def recognise(document: yamledit.Document) -> Layout | None:
    """The shape that a document has, if it is one of these."""
    return next(filter(None, (shape.recognise(document) for shape in SHAPES)), None)


def layout_of(document: yamledit.Document) -> Layout:
    """The shape that a document has; the usual one, which says what is wrong, where it has none."""
    return recognise(document) or USUAL
