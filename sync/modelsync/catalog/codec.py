"""What was read of a file as MessagePack and back, exactly: it need not be read again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import astuple

from modelsync.catalog.meaning import Contents
from modelsync.catalog.shape import Shape
from modelsync.records import Entry, Money, Pin, Provider, Unreadable, Value, typed

_BIG, _DECIMAL, _UNREADABLE = 1, 2, 3  # kinds of values that MessagePack does not have


class _Entry(msgspec.Struct, array_like=True):
    """An entry without its provider, its values as MessagePack has them; its fields are in the same order."""

    key: str
    values: dict[str, Any]
    upstream: dict[str, str]
    pins: tuple[Pin, ...]
    priority: int
    hidden: bool
    base: str
    reason: str
    money: Money
    inherited: dict[str, str]
    since: dict[str, date]
    extra: Any


class _Provider(msgspec.Struct, array_like=True):
    key: str
    file: str
    name: str
    local: bool
    money: Money
    entries: list[_Entry]
    by_model: bool


class Key(NamedTuple):
    """What a file was read from: its blob, that of the followed ids, and as which shape."""

    blob: str
    ids: str  # NO_BLOB: none are followed by a file of their own
    shape: Shape


Parsed = Mapping[str, tuple[Key, Contents]]  # by file name
NO_BLOB = "0" * 40

_ENCODER = msgspec.msgpack.Encoder()


def blob_of(content: bytes) -> str:
    """The name that git gives to content, where its names are of SHA-1."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def pack(contents: Contents) -> bytes:
    """What a file says as MessagePack."""
    return _ENCODER.encode(
        ([_packed(provider) for provider in contents.providers.values()], contents.problems)
    )


def unpack(content: bytes | msgspec.Raw) -> Contents:
    """What `pack` made."""
    providers, problems = _DECODER.decode(content)
    return Contents({packed.key: _unpacked(packed) for packed in providers}, problems)


def own(value: Any) -> Any:
    """A person's own value as MessagePack has it; `read_own` reads it."""
    match value:
        case dict():
            return {key: own(one) for key, one in value.items()}
        case list():
            return [own(one) for one in value]
        case Decimal():
            return msgspec.msgpack.Ext(_DECIMAL, str(value).encode())
        case int() if value.bit_length() >= 64:
            return msgspec.msgpack.Ext(_BIG, str(value).encode())
        case _:
            return value


def read_own(kind: int, content: memoryview) -> Decimal | int | Unreadable:
    """What MessagePack does not have of a person's values."""
    text = bytes(content).decode()
    if kind == _UNREADABLE:
        return Unreadable(text)
    return Decimal(text) if kind == _DECIMAL else int(text)


def values_of(packed: Mapping[str, Any]) -> dict[str, Value]:
    """Values by field, as MessagePack had them, as what they are."""
    return {
        field: value if isinstance(value, Unreadable) else typed(field, value)
        for field, value in packed.items()
    }


_DECODER = msgspec.msgpack.Decoder(tuple[list[_Provider], tuple[tuple[int, str], ...]], ext_hook=read_own)


def _packed(of: Provider) -> tuple[Any, ...]:
    """A provider as `_Provider` and `_Entry` read it."""
    entries = [
        (entry.key, _stated(entry.values), *astuple(entry)[3:-1], own(entry.extra))
        for entry in of.entries.values()
    ]
    return of.key, of.file, of.name, of.local, of.money, entries, of.by_model


def _stated(values: Mapping[str, Value]) -> dict[str, Any]:
    return {
        field: msgspec.msgpack.Ext(_UNREADABLE, value.text.encode())
        if isinstance(value, Unreadable)
        else value
        for field, value in values.items()
    }


def _unpacked(packed: _Provider) -> Provider:
    entries = {
        one.key: Entry(packed.key, one.key, values_of(one.values), *astuple(one)[2:])
        for one in packed.entries
    }
    return Provider(
        packed.key, packed.file, packed.name, packed.local, packed.money, entries, packed.by_model
    )
