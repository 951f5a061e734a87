"""The tables as SQLAlchemy has them, the statements that make them, and what those of an older shape lack."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Enum,
    Float,
    Index,
    Inspector,
    MetaData,
    Numeric,
    Table,
    Text,
    TypeDecorator,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import NullType

from modelsync.targets.sql.rows import ABILITIES, PRICES

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import ReflectedColumn
    from sqlalchemy.types import TypeEngine

PRECISION, SCALE = 20, 14  # digits of a price, and those of them behind the point

_TABLES = MetaData()


class _Inexact(TypeDecorator[Decimal]):
    """A price where there are no decimal numbers: what 15 digits cannot hold must not be written."""

    impl = Numeric(PRECISION, SCALE, asdecimal=False)
    cache_ok = True
    python_type = Decimal

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return Decimal(repr(value)) if isinstance(value, float | int) else value


def _price() -> TypeEngine[Decimal]:
    return Numeric(PRECISION, SCALE).with_variant(_Inexact(), "sqlite")


def _json() -> TypeEngine[Any]:
    return JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _moment(name: str, **how: Any) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=False, **how)


def _id() -> Column[Any]:
    return Column("id", Uuid(), primary_key=True, server_default=text("gen_random_uuid()"))


MODELS = Table(
    "models",
    _TABLES,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("description", Text),
    Column("category", Text, nullable=False, server_default="Language Model"),
    Column("context_length", BigInteger),
    *(Column(name, _price()) for name in PRICES),
    *(Column(name, Boolean) for name in ABILITIES),
    Column("features", JSON(none_as_null=True).with_variant(ARRAY(Text), "postgresql")),
    Column("availability", Text, nullable=False, server_default="available"),
    Column("version", Text, nullable=False, server_default="1.0"),
    Column("metadata", _json()),
    _moment("created_at", server_default=func.now()),
    _moment("updated_at", server_default=func.now()),
    *(Index(f"idx_models_{name}", name) for name in ("provider", "category", "availability")),
)
AUDIT = Table(
    "audit_logs",
    _TABLES,
    _id(),
    Column("user_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("resource_type", Text, nullable=False),
    Column("metadata", _json()),
    Column("success", Boolean, nullable=False),
    _moment("created_at", server_default=func.now()),
)
HISTORY = Table(
    "model_sync_history",
    _TABLES,
    _id(),
    Column("environment", Text, nullable=False),
    Column("commit", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    _moment("started_at"),
    _moment("finished_at"),
    Column("success", Boolean, nullable=False),
    Column("counts", _json(), nullable=False),
    Column("changes", _json(), nullable=False),
    Column("failures", _json(), nullable=False),
)
_TRIGGERS = {
    "postgresql": (
        "CREATE OR REPLACE FUNCTION models_set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        "BEGIN\n    NEW.updated_at = now();\n    RETURN NEW;\nEND $$",
        "CREATE TRIGGER models_updated_at BEFORE UPDATE ON models\n"
        "FOR EACH ROW EXECUTE FUNCTION models_set_updated_at()",
    ),
    "sqlite": (
        "CREATE TRIGGER models_updated_at AFTER UPDATE ON models\n"
        "FOR EACH ROW WHEN NEW.updated_at = OLD.updated_at BEGIN\n"
        "    UPDATE models SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;\nEND",
    ),
}
NAMES = tuple(table.name for table in _TABLES.sorted_tables)
_RANDOM = {"sqlite": "(lower(hex(randomblob(16))))"}


def definition(dialect: Dialect) -> list[str]:
    """The statements that make all tables."""
    return [statement for table in _TABLES.sorted_tables for statement in _made(table, dialect)]


def creations(inspector: Inspector) -> list[str]:
    """The statements that make the tables which are not there."""
    return [
        statement
        for table in _TABLES.sorted_tables
        if not inspector.has_table(table.name)
        for statement in _made(table, inspector.dialect)
    ]


def migrations(inspector: Inspector) -> list[str]:
    """The statements that give tables of an older shape the columns that they lack, and the others room."""
    additions = [
        f"ALTER TABLE {table.name} ADD COLUMN {_column(column, inspector.dialect)}"
        for table, column in lacking(inspector)
    ]
    wide = dict.fromkeys(narrow(inspector), f"NUMERIC({PRECISION},{SCALE})")
    wide |= dict.fromkeys(short(inspector), "TEXT")
    return additions + [
        f"ALTER TABLE {MODELS.name} ALTER COLUMN {name} TYPE {type_}" for name, type_ in wide.items()
    ]


def lacking(inspector: Inspector) -> list[tuple[Table, Column[Any]]]:
    """The columns that tables which are there do not have."""
    return [
        (table, column)
        for table in _TABLES.sorted_tables
        if inspector.has_table(table.name)
        for names in ({column["name"] for column in inspector.get_columns(table.name)},)
        for column in table.columns
        if column.name not in names
    ]


def narrow(inspector: Inspector) -> dict[str, tuple[int, int] | None]:
    """The columns of prices that hold fewer digits than ours: how many before and behind the point, or None
    for one that rounds to binary fractions. SQLite's all hold the same."""
    known = ((name, type_) for name, type_ in _types(inspector).items() if name in PRICES)
    return {name: digits for name, type_ in known for digits in _digits(type_)}


def short(inspector: Inspector) -> dict[str, int]:
    """The columns of text that hold only so many characters. SQLite's hold all."""
    lengths = {name: getattr(type_, "length", None) for name, type_ in _types(inspector).items()}
    known = {name for name, column in MODELS.columns.items() if isinstance(column.type, Text)}
    return {name: length for name, length in lengths.items() if length and name in known}


def obstacles(inspector: Inspector) -> list[str]:
    """What of tables that are there no row of ours can be written to, and no statement of ours changes."""
    return [
        obstacle
        for table in _TABLES.sorted_tables
        if inspector.has_table(table.name)
        for theirs in inspector.get_columns(table.name)
        for obstacle in _obstacles(table, theirs, inspector.dialect)
    ]


def followers(connection: Connection) -> list[str]:
    """The tables whose rows the database itself would remove or change with a row of the table of models.

    SQLite has them do so only where a connection asks for it, as ours does not:
    https://www.sqlite.org/foreignkeys.html#fk_enable
    """
    if connection.dialect.name == "sqlite":
        return []
    question = (
        "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint "
        "WHERE contype = 'f' AND confrelid = 'models'::regclass AND confdeltype IN ('c', 'n', 'd') ORDER BY 1"
    )
    return [*connection.scalars(text(question))]


def _obstacles(table: Table, theirs: ReflectedColumn, dialect: Dialect) -> Iterator[str]:
    name, ours = f"{table.name}.{theirs['name']}", table.columns.get(theirs["name"])
    if ours is None or (ours.server_default and not isinstance(ours.type, Text)):  # the database fills it
        fills_itself = any(theirs.get(key) for key in ("default", "identity", "computed", "primary_key"))
        if not theirs["nullable"] and not fills_itself:
            yield f"{name} must not be empty and has no default"
    elif dialect.name != "sqlite":  # whose columns take values of every kind
        kind, type_ = ours.type.dialect_impl(dialect).python_type, theirs["type"]
        is_known = not isinstance(type_, NullType)
        is_taken = is_known and type_.python_type in (kind, *_TAKEN_ALSO.get(kind, ()))
        if not is_taken or isinstance(type_, Enum):
            known = type_.compile(dialect=dialect) if is_known else "of another kind"
            yield f"{name} is {known} and not {ours.type.compile(dialect=dialect)}"


_TAKEN_ALSO: dict[type, tuple[type, ...]] = {int: (Decimal,), Decimal: (float,)}


def _types(inspector: Inspector) -> dict[str, TypeEngine[Any]]:
    """The types of the columns of the table of models, where they bound what these hold."""
    if inspector.dialect.name == "sqlite" or not inspector.has_table(MODELS.name):
        return {}
    return {column["name"]: column["type"] for column in inspector.get_columns(MODELS.name)}


def _digits(type_: TypeEngine[Any]) -> Iterator[tuple[int, int] | None]:
    if isinstance(type_, Float):
        yield None
    elif isinstance(type_, Numeric) and type_.precision is not None:
        behind = type_.scale or 0
        before = type_.precision - behind
        if before < PRECISION - SCALE or behind < SCALE:
            yield before, behind


def _made(table: Table, dialect: Dialect) -> Iterator[str]:
    yield _of_dialect(str(CreateTable(table).compile(dialect=dialect)).strip(), dialect)
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        yield str(CreateIndex(index).compile(dialect=dialect))
    if table is MODELS:
        yield from _TRIGGERS[dialect.name]


def _column(column: Column[Any], dialect: Dialect) -> str:
    """A column as it is added to rows that are there: they say nothing in it, or what is usual."""
    compiler = dialect.ddl_compiler(dialect, CreateTable(MODELS))
    default = compiler.get_column_default_string(column)
    # SQLite adds none whose default has to be computed: https://www.sqlite.org/lang_altertable.html
    usual = f" DEFAULT {default}" if default and (dialect.name != "sqlite" or default[0] == "'") else ""
    return f'"{column.name}" {column.type.compile(dialect=dialect)}{usual}'


def _of_dialect(statement: str, dialect: Dialect) -> str:
    return statement.replace("gen_random_uuid()", _RANDOM.get(dialect.name, "gen_random_uuid()"))
