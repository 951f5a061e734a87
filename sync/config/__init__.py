"""What a run is told: `sync.yaml` and the environment, read into types. It plans and writes nothing."""

from sync.config.environment import (
    address_names,
    addressed,
    format_of,
    is_development,
    key_names,
    key_of,
    missing_address,
    needs_key,
    now,
)
from sync.config.place import CATALOG_FOLDER, CONFIG_FILE, Place, find
from sync.config.reading import load, parse
from sync.config.settings import Config

__all__ = [
    "CATALOG_FOLDER",
    "CONFIG_FILE",
    "Config",
    "Place",
    "address_names",
    "addressed",
    "find",
    "format_of",
    "is_development",
    "key_names",
    "key_of",
    "load",
    "missing_address",
    "needs_key",
    "now",
    "parse",
]
