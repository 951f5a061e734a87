"""Which files a log is in, and what each of them is."""

from __future__ import annotations

import csv
import glob
import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import msgspec

from modelsync.errors import UsageError
from modelsync.jobs.cost.formats import escaped

_KINDS: dict[str, FileKind] = {
    **dict.fromkeys((".csv", ".tsv"), "csv"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "json"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
}
_HEAD = 1 << 18  # bytes that are looked at to tell what a file is
_ROWS = 200  # of these, at most
_WRAPPERS = ("data", "results", "resourceSpans", "scopeSpans", "spans", "observations")
FileKind = Literal["csv", "json", "parquet"]


class LogFile(msgspec.Struct, frozen=True):
    """What a file is: rows of a table, or JSON of some layout."""

    path: str
    kind: FileKind
    places: tuple[str, ...] = ()  # of its first rows, as JSON pointers; the engine tells those of Parquet
    delimiter: str = ""  # of a CSV
    columns: tuple[str, ...] = ()  # of a CSV
    wrappers: tuple[str, ...] = ()  # of JSON: lists in lists that its rows lie in
    is_lines: bool = False  # JSON: one value a line


def log_files(names: Sequence[str]) -> list[LogFile]:
    """Each file of these names, which may be folders or patterns too. Raises UsageError."""
    return [_looked_at(path) for name in names for path in _paths(name)]


def _paths(name: str) -> Iterator[Path]:
    path = Path(name)
    if path.is_dir():
        paths = sorted(one for one in path.rglob("*") if _kind(one) and one.is_file())
    elif path.exists():
        paths = [path]
    else:
        paths = sorted(Path(one) for one in glob.glob(name, recursive=True) if Path(one).is_file())
    if not paths:
        raise UsageError(
            "no log is there", where=name, advice="Name a file, a folder, or a pattern in quotes."
        )
    yield from paths


def _kind(path: Path) -> FileKind | None:
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return _KINDS.get(suffixes[-1]) if suffixes else None


def _looked_at(path: Path) -> LogFile:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            head = file.read(_HEAD)
    except (OSError, EOFError) as error:
        raise UsageError(f"cannot be read: {error}", where=str(path)) from None
    plain: FileKind = "json" if head.lstrip()[:1] in (b"{", b"[") else "csv"
    kind = _kind(path) or ("parquet" if head.startswith(b"PAR1") else plain)
    if kind == "parquet":
        return LogFile(str(path), kind)
    if b"\0" in head:
        raise UsageError("is no text in UTF-8", where=str(path), advice="Save it as UTF-8.")
    text = head.decode("utf-8-sig", "replace")
    return _csv(str(path), text) if kind == "csv" else _json(str(path), text)


def _csv(path: str, text: str) -> LogFile:
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    rows = [
        row for row, _ in zip(csv.reader(text.splitlines(), delimiter=delimiter), range(_ROWS), strict=False)
    ]
    if not rows or not any(rows[0]):
        raise UsageError("is empty, or its first line names no columns", where=path)
    columns = tuple(_unique(rows[0]))
    places = {place for name in columns for place in _flat(name)}
    for row in rows[1:-1]:
        for name, value in zip(columns, row, strict=False):
            places |= {f"/{escaped(name)}{place}" for place in _places(_parsed(value))}
    return LogFile(path, "csv", tuple(places), delimiter, columns)


def _flat(name: str) -> Iterator[str]:
    """The places of a column: `usage.input` is what others write as the key `input` in `usage`."""
    yield f"/{escaped(name)}"
    head, dot, rest = name.partition(".")
    if dot:
        yield f"/{escaped(head)}/{escaped(rest)}"
        yield f"/{escaped(name).replace('.', '/')}"


def _unique(names: Sequence[str]) -> Iterator[str]:
    """Names of columns, of which each may be there once whatever its case."""
    seen: set[str] = set()
    for number, name in enumerate(names):
        bare = name.strip() or f"column {number + 1}"
        while bare.lower() in seen:
            bare += "_"
        seen.add(bare.lower())
        yield bare


def _json(path: str, text: str) -> LogFile:
    values, is_lines = _values(text)
    wrappers: list[str] = []
    while values and (inner := next((key for key in _WRAPPERS if _holds_rows(values[0], key)), None)):
        wrappers.append(inner)
        values = [
            {key: one for key, one in value.items() if key != inner} | row
            for value in values
            if isinstance(value, dict)
            for row in value.get(inner) or ()
            if isinstance(row, dict)
        ]
    places = {place for value in values[:_ROWS] for place in _places(value)}
    return LogFile(path, "json", tuple(places), wrappers=tuple(wrappers), is_lines=is_lines)


def _values(text: str) -> tuple[list[Any], bool]:
    """The first values of JSON, and whether there is one a line; else it is a list, or one document."""
    lines = [line for line in text.splitlines()[:_ROWS] if line.strip()]
    values = [value for line in lines if isinstance(value := _parsed(line), dict)]
    if _parsed(text) is None and 2 * len(values) >= len(lines):
        return values, True
    decoder, values = json.JSONDecoder(), []
    rest = text.lstrip().removeprefix("[").lstrip()
    with suppress(ValueError, RecursionError):
        while rest and len(values) < _ROWS:
            value, end = decoder.raw_decode(rest)
            values.append(value)
            rest = rest[end:].lstrip().removeprefix(",").lstrip()
    return values, len(lines) == 1 and text.lstrip().startswith("{")


def _parsed(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return None


def _holds_rows(value: Any, key: str) -> bool:
    inner = value.get(key) if isinstance(value, dict) else None
    return isinstance(inner, list) and (not inner or isinstance(inner[0], dict))


def places_of(row: str) -> Iterator[str]:
    """The JSON pointers of all that a row has that is written as JSON."""
    return _places(_parsed(row))


def _places(value: Any, depth: int = 0) -> Iterator[str]:
    """The JSON pointers of all that a value holds, a few steps deep."""
    if isinstance(value, list) and all(isinstance(one, dict) and "key" in one for one in value):
        yield from (f"/{escaped(str(one['key']))}" for one in value)  # attributes of OTLP
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"/{escaped(str(key))}"
            yield here
            if depth < 5:
                parsed = _parsed(inner) if isinstance(inner, str) else inner
                yield from (f"{here}{place}" for place in _places(parsed, depth + 1))
