"""The statements that write many rows at once, and what of a row is sent with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Executable,
    Text,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from modelsync.targets.sql.rows import encoded
from modelsync.targets.sql.tables import MODELS

_WRITTEN = tuple(one for one in MODELS.columns if not one.name.endswith("_at"))
_SENT = "_sent"


def version(*, is_sqlite: bool) -> ColumnElement[str]:
    """What of a row is another one as soon as anybody writes it."""
    return cast(literal_column(f"models.{'updated_at' if is_sqlite else 'xmin'}"), Text)


class Statements:
    """How rows are written where they are as they were read."""

    def __init__(self, *, is_sqlite: bool) -> None:
        self._of = _each_its_own() if is_sqlite else _all_in_one()
        self._is_sqlite = is_sqlite

    def execute(self, connection: Connection, action: str, sent: Sequence[Mapping[str, Any]]) -> int:
        """Write the rows, and give how many of them were there as they were known."""
        parameters: Any = [*sent] if self._is_sqlite else {_SENT: encoded(sent).decode()}
        statement = self._of["update" if action == "withdraw" else action]
        return connection.execute(
            statement, parameters, execution_options={"preserve_rowcount": True}
        ).rowcount


def _each_its_own() -> dict[str, Executable]:
    known = (MODELS.c.id == bindparam("_id")) & (version(is_sqlite=True) == bindparam("_version"))
    return {
        "create": insert(MODELS),
        "update": update(MODELS).where(known),
        "remove": delete(MODELS).where(known),
    }


def _all_in_one() -> dict[str, Executable]:
    """Statements that take all rows as one JSON text, which PostgreSQL reads faster than it takes each."""
    columns = [column(one.name, one.type) for one in _WRITTEN]
    known = [column("_id", Text), column("_version", Text)]
    text = cast(bindparam(_SENT, type_=Text), JSON)
    sent = func.json_to_recordset(text).table_valued(*columns, *known).render_derived("sent", with_types=True)
    is_known = (MODELS.c.id == sent.c["_id"]) & (version(is_sqlite=False) == sent.c["_version"])
    values = {one.name: sent.c[one.name] for one in _WRITTEN}
    return {
        "create": insert(MODELS).from_select([*values], select(*values.values())),
        "update": update(MODELS).values(values).where(is_known),
        "remove": delete(MODELS).where(is_known),
    }
