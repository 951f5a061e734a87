"""Reads YAML with the two readers the editor has to suit, so that what they read compares."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError


def plain(value: Any) -> Any:
    """Numbers by amount, dates and keys by text: readers have other types for them."""
    if isinstance(value, dict):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return ("number", float(value))
    return value.isoformat() if isinstance(value, date) else value


def _key(key: Any) -> str:
    return key.isoformat() if isinstance(key, date) else str(key)


def read_1_1(text: str) -> Any:
    """By PyYAML, which follows YAML 1.1."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


def read_1_2(text: str) -> Any:
    """By ruamel.yaml, which follows YAML 1.2; its C parser refuses a colon in plain text in flow."""
    try:
        return YAML(typ="safe").load(text)
    except YAMLError:
        return YAML(typ="safe", pure=True).load(text)
