"""Documents for the editor's properties: any structure in any style, and what each line belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]
WORDS = [
    "a",
    "gpt-4o",
    "claude-3.5",
    "x y",
    "é",
    "模型",
    "😀 b",
    "no",
    "1e3",
    "12:30",
    "",
    "a: b",
    "a #b",
    "- x",
    "it's",
]
WORDS += [
    "{x}",
    "[x",
    "null",
    "2024-01-01",
    "0123",
    "=",
    "<<",
    'say "x"',
    "*a",
    "openai/gpt-4:free",
    "a, b",
    "%x",
    "x" * 90,
]
NUMBERS = [0, 3, -1, 128000, Decimal("2.5"), Decimal("0.000003"), Decimal("0.3")]
KEYS = ["model", "name", "pricing", "input", "no", "1.5", "features", "a b", "é", "upstream", "tiers", "x"]

texts = st.sampled_from(WORDS)
scalars = texts | st.sampled_from([*NUMBERS, True, False, None])
multiline = st.sampled_from(["one\ntwo\n", "one\n\ntwo", "end\n", "  lead\n", "tail \nx"])
values = st.recursive(
    scalars | multiline,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=14,
)
mappings = st.dictionaries(st.sampled_from(KEYS), values, min_size=1, max_size=5)


@dataclass
class Rendered:
    """A document as text, and for each line and each comment the path that it belongs to."""

    value: Any
    text: str
    owners: list[Path]
    comments: dict[str, Path]
    flow_comments: bool
    flows: set[Path]


@dataclass
class Renderer:
    """Writes a value in a style that changes from node to node, by its own rules and not the editor's."""

    random: Random
    lines: list[str] = field(default_factory=list)
    owners: list[Path] = field(default_factory=list)
    comments: dict[str, Path] = field(default_factory=dict)
    flow_comments: bool = False
    flows: set[Path] = field(default_factory=set)
    ends_in_literal: bool = False  # a last line break is then part of a value

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def line(self, text: str, owner: Path) -> None:
        self.lines.append(text)
        self.ends_in_literal = False
        self.owners.append(owner)

    def comment(self, owner: Path) -> str:
        text = f"#c{len(self.comments)}" + self.random.choice(["", " note", ": x", " 'q"])
        self.comments[text] = owner
        return text

    def before_entry(self, column: int, container: Path, entry: Path) -> None:
        """A section's comment, blank lines, the entry's own comments."""
        if self.chance(0.1):
            self.line("", container)
            self.line(" " * column + self.comment(container), container)
            self.line("", container)
        elif self.chance(0.15):
            self.line("" if self.ends_in_literal else self.random.choice(["", " "]), container)
        while self.chance(0.15):
            self.line(" " * column + self.comment(entry), entry)

    def behind(self, owner: Path) -> str:
        text = "  " + self.comment(owner) if self.chance(0.2) else ""
        return text or self.random.choice(["", "", "", " "])

    def mapping(self, value: dict[str, Any], column: int, path: Path, lead: str = "") -> None:
        """A block mapping; `lead` is what already stands on its first line."""
        for key, item in value.items():
            own = (*path, key)
            if not lead:
                self.before_entry(column, path, own)
            start = lead or " " * column
            lead = ""
            if self.chance(0.05):
                self.line(start + "? " + self.key(key) + self.behind(own), own)
                self.entry(" " * len(start) + ":", item, column, own, least=1)
            elif not isinstance(item, dict | list | None) and self.chance(0.05):
                self.line(start + self.key(key) + ":" + self.behind(own), own)
                self.line(" " * (column + 3) + self.flow(item) + self.behind(own), own)
            else:
                self.entry(start + self.key(key) + ":", item, column, own)

    def sequence(self, value: list[Any], column: int, path: Path, lead: str = "") -> None:
        for index, item in enumerate(value):
            own = (*path, index)
            if not lead:
                self.before_entry(column, path, own)
            start = (lead or " " * column) + "-"
            lead = ""
            self.item(start, item, column, own)

    def item(self, start: str, value: Any, column: int, path: Path) -> None:
        if isinstance(value, dict | list) and value and self.chance(0.7):
            gap = self.random.choice([1, 1, 1, 3])
            lead = start + " " * gap
            write = self.mapping if isinstance(value, dict) else self.sequence
            write(value, len(lead), path, lead)  # type: ignore[arg-type]
            return
        self.entry(start, value, column, path, least=1)

    def entry(self, start: str, value: Any, column: int, path: Path, least: int | None = None) -> None:
        if isinstance(value, dict | list) and value and self.chance(0.6):
            self.block(start, value, column, path, least)
        elif (
            isinstance(value, str)
            and "\n" in value
            and value[0] != " "
            and " \n" not in value
            and self.chance(0.7)
        ):
            self.literal(start, value, column, path)
        elif isinstance(value, list) and value and self.chance(0.3):
            self.long_flow(start, value, column, path)
        else:
            text = self.flow(value, top=True)
            self.flows.add(path)
            spaces = [" ", " ", "  "] if least else [" ", " ", "  ", "\t"]
            space = self.random.choice(spaces) if text else ""
            self.line(start + space + text + self.behind(path), path)
            if self.chance(0.05):
                self.line(" " * (column + 1) + self.comment(path), path)

    def block(self, start: str, value: Any, column: int, path: Path, least: int | None) -> None:
        self.line(start + self.behind(path), path)
        if isinstance(value, dict):
            self.mapping(value, column + self.random.choice([1, 2, 2, 2, 4]), path)
        else:
            self.sequence(value, column + max(self.random.choice([0, 0, 2, 2, 4]), least or 0), path)

    def literal(self, start: str, value: str, column: int, path: Path) -> None:
        chomp = "-" if not value.endswith("\n") else ""
        self.line(f"{start} |{chomp}" + self.behind(path), path)
        step = self.random.choice([1, 2, 2, 4])
        for text in value.removesuffix("\n").split("\n"):
            self.line(" " * (column + step) + text if text else "", path)
        self.ends_in_literal = True

    def long_flow(self, start: str, value: list[Any], column: int, path: Path) -> None:
        """A flow list over several lines, an item on each."""
        self.line(start + " [", path)
        self.flows.add(path)
        for index, item in enumerate(value):
            if self.chance(0.1):
                self.line(" " * (column + 3) + self.comment((*path, index)), path)
                self.flow_comments = True
            behind = self.behind((*path, index))
            self.flow_comments |= "#" in behind
            self.line(" " * (column + 3) + self.flow(item) + "," + behind, path)
        self.line(" " * (column + 1) + "]", path)

    def flow(self, value: Any, *, top: bool = False) -> str:
        if isinstance(value, dict):
            pad = self.random.choice(["", " "])
            return (
                "{" + pad + ", ".join(f"{self.key(k)}: {self.flow(v)}" for k, v in value.items()) + pad + "}"
            )
        if isinstance(value, list):
            comma = self.random.choice([", ", ",", " , "])
            return (
                "["
                + comma.join(map(self.flow, value))
                + self.random.choice(["", "", ", "] if value else [""])
                + "]"
            )
        if value is None:
            return self.random.choice(["null", "~", "" if top else "null"])
        if isinstance(value, bool):
            return "true" if value else "false"
        return (
            self.text(value)
            if isinstance(value, str)
            else str(format(value, "f") if isinstance(value, Decimal) else value)
        )

    def text(self, value: str) -> str:
        if value.replace("-", "").replace("/", "").isalpha() and value not in ("no", "null"):
            return self.random.choice([value, f'"{value}"', f"'{value}'"])
        if "\n" in value or "'" in value or self.chance(0.5):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        return f"'{value}'"

    def key(self, value: str) -> str:
        return self.text(value) if value in ("no", "1.5", "a b") or self.chance(0.1) else value


def render(value: dict[str, Any], seed: int) -> Rendered:
    """The mapping as a text in styles, comments, line breaks and markers that the seed chooses."""
    writer = Renderer(Random(seed))
    if writer.chance(0.2):
        writer.line("%YAML 1.2", ()) if writer.chance(0.3) else None
        writer.line("---" + writer.behind(()), ())
    writer.mapping(value, writer.random.choice([0, 0, 0, 2]), ())
    if writer.chance(0.3):
        writer.line(writer.comment(()) if writer.chance(0.5) else "", ())
    newline = writer.random.choice(["\n", "\n", "\r\n"])
    text = newline.join(writer.lines) + (newline if writer.ends_in_literal or writer.chance(0.8) else "")
    text = ("\ufeff" if writer.chance(0.1) else "") + text
    return Rendered(value, text, writer.owners, writer.comments, writer.flow_comments, writer.flows)


documents = st.builds(render, mappings, st.integers(0, 2**32))
