"""The prices in a LiteLLM proxy's `config.yaml`, edited where they stand: all else stays byte for byte.

No deployment is added, none is touched that serves no model of the catalog, and a price that the catalog does
not know stays. https://docs.litellm.ai/docs/proxy/configs
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from modelsync import yamledit
from modelsync.disk import files
from modelsync.errors import CatalogError, SourceFailed
from modelsync.records import Row, TargetChange, text_of
from modelsync.targets.changes import digest
from modelsync.targets.litellm_deployments import (
    PRICES,
    SPECIAL,
    Deployment,
    WantedRows,
    folded,
    is_special,
    number,
)

_TOP, _PARAMETERS, _INFO = "model_list", "litellm_params", "model_info"


class File:
    """One configuration. Its methods raise SourceFailed."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text
        self._wanted = WantedRows()
        self._places: dict[str, dict[int, Deployment]] = {}  # where the deployments of a row are in the list

    def check(self, rows: Iterable[Row]) -> None:
        """Remember the rows, by which deployments are known."""
        self._wanted = WantedRows(rows)

    def present(self) -> list[Row]:
        """The rows of which there are deployments, as a run would have written them."""
        self._places = {}
        for index, deployment in self._deployments():
            known = self._wanted.row_of(deployment)
            if known:
                self._places.setdefault(known.id, {})[index] = deployment
        return [self._row(known) for known in self._wanted if known.id in self._places]

    def _deployments(self) -> Iterator[tuple[int, Deployment]]:
        try:
            root = yamledit.parse(self._text).value()
        except CatalogError as error:
            raise SourceFailed(error.what, where=f"{self._path}, {error.where}") from None
        listed = root.get(_TOP) if isinstance(root, dict) else None
        if not isinstance(listed, list):
            raise SourceFailed(f"it has no list `{_TOP}:`", where=str(self._path))
        for index, item in enumerate(listed):
            try:
                yield index, msgspec.convert(item, Deployment)
            except msgspec.ValidationError:
                continue  # LiteLLM takes it no more than we do

    def _row(self, known: Row) -> Row:
        deployments = self._places[known.id].values()
        values = known.values | folded([_stated(one, known) for one in deployments])
        return msgspec.structs.replace(known, values=values, mark=digest(values))

    def write(
        self, changes: Sequence[TargetChange], commit: str, say: Callable[[str], None]
    ) -> dict[str, SourceFailed]:
        """Edit all prices at once. A deployment that cannot be edited fails alone."""
        for change in changes:
            say(change.id)
        faults: dict[str, SourceFailed] = {}
        text = self._edited(self._text, [change.row for change in changes], faults)
        if text != self._text:
            if _read(self._path) != self._text:
                raise SourceFailed("it was changed meanwhile", where=str(self._path), advice="Try again.")
            files.replace(files.locate(self._path, self._path.parent), text.encode())
            self._text = text
        return faults

    def _edited(self, text: str, rows: Sequence[Row], faults: dict[str, SourceFailed]) -> str:
        """The text with the prices of the rows, which are halved until what is refused stands alone."""
        try:
            return yamledit.edit(text, [edit for row in rows for edit in self._edits(row)])
        except CatalogError as error:
            if len(rows) == 1:
                faults[rows[0].id] = SourceFailed(f"{error.what} ({error.where})", where=str(self._path))
                return text
            half = len(rows) // 2
            return self._edited(self._edited(text, rows[:half], faults), rows[half:], faults)

    def _edits(self, row: Row) -> Iterator[yamledit.Edit]:
        known = {key: row.values[key] for key in PRICES} | row.values[SPECIAL]
        for index, deployment in self._places[row.id].items():
            sections = {_PARAMETERS: deployment.parameters, _INFO: deployment.info}
            has_prices = any(key in PRICES or is_special(key) for key in deployment.info)
            for key, price in known.items():
                names = [name for name, section in sections.items() if section.get(key) is not None]
                if price is not None and not names:
                    yield _new((_TOP, index, _INFO if has_prices else _PARAMETERS), key, price, sections)
                for name in names if price is not None else ():
                    old = sections[name][key]
                    if number(old) != price:
                        is_quoted = isinstance(old, str) and isinstance(price, Decimal)
                        yield yamledit.Set((_TOP, index, name, key), text_of(price) if is_quoted else price)


def _new(path: yamledit.Path, key: str, price: Any, sections: dict[str, dict[str, Any]]) -> yamledit.Edit:
    if key in sections[str(path[-1])]:  # with nothing behind it
        return yamledit.Set((*path, key), price)
    return yamledit.Insert(path, key, price)


def _stated(deployment: Deployment, row: Row) -> dict[str, Any]:
    """What a deployment says of the prices that the catalog knows; LiteLLM takes `litellm_params` first."""

    def price(key: str) -> Any:
        own = deployment.parameters.get(key)
        return number(deployment.info.get(key) if own is None else own)

    known = {key: price(key) for key in row.values[SPECIAL]}
    return {key: price(key) if row.values[key] is not None else None for key in PRICES} | {
        SPECIAL: {key: value for key, value in known.items() if value is not None}
    }


def _read(path: Path) -> str:
    content = files.read(path)
    if content is None:
        raise SourceFailed("there is no such file", where=str(path))
    return yamledit.decode(content)


@contextmanager
def opened(path: Path) -> Iterator[File]:
    """Raises SourceFailed."""
    try:
        yield File(path, _read(path))
    except CatalogError as error:
        raise SourceFailed(error.what, where=str(path), advice=error.advice) from None
