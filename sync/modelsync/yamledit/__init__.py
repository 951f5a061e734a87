"""Text + edits -> text: changes YAML without touching a byte that need not change; knows nothing of models.

    edit(text, [Set(("models", "gpt-4o", "pricing", "input"), Decimal("2.5")), Remove(("models", "gpt-3"))])

A path is a tuple of keys and indices from the root of the original text; an item as a step,
`("models", Item("name", "x"))`, finds the item of a list by the value of a key.

How: the C parser's events (`events`) as nodes (`tree`) are found by path (`read`); edits are asked of
containers (`changes`), the least to do for that (`refine`) becomes splices (`block`, `flow`, with new text
from `emit`), made all at once (`editing`); the result is parsed and compared with the changes (`verify`).

It refuses, with the line, rather than guess: a path that leads nowhere, or only through an alias or
merge key; a value that its tag cannot stay with; an anchor that others use; duplicate keys; edits
that conflict; a comment that would be lost between entries of a flow list or mapping, or alone;
tabs as indentation, several documents, `%YAML 1.1`, line breaks on which YAML 1.1 and 1.2 disagree,
nesting deeper than 200, aliases that stand for millions of nodes; and any result that does not read
back as planned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from modelsync.errors import CatalogEditRefused, CatalogError
from modelsync.yamledit.document import Document
from modelsync.yamledit.edits import (
    Append,
    Comment,
    Edit,
    Flow,
    Insert,
    Item,
    Path,
    Remove,
    Rename,
    Set,
    Value,
    bare,
)

_MARKER = re.compile(r"^(<{7}|[|]{7}|>{7})(?= )|^={7}$", re.MULTILINE)  # that git leaves


def parse(text: str) -> Document:
    """Read a YAML text. Raises CatalogError, with line and column, where it is not readable."""
    try:
        return Document(text)
    except CatalogError:
        marker = _MARKER.search(text)
        if not marker:
            raise
        raise CatalogEditRefused(
            "holds the markers of a merge conflict",
            where=f"line {text.count(chr(10), 0, marker.start()) + 1}",
            advice="Settle it: keep one side or both, and take the markers out.",
        ) from None


def edit(text: str, edits: Sequence[Edit]) -> str:
    """The text with all edits made; without edits the text itself, unread."""
    if not edits:
        return text
    from modelsync.yamledit.editing import apply  # what only reads does without it

    return apply(parse(text), edits).text


def decode(content: bytes) -> str:
    """A file's bytes as text. Raises CatalogEditRefused where they are not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CatalogEditRefused(
            f"the byte 0x{content[error.start]:02x} is not UTF-8",
            where=f"line {line}",
            advice="save it as UTF-8",
        ) from None
