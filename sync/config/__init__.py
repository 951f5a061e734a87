"""What a run is told: `sync.yaml` and the environment, read into types. It plans and writes nothing."""

from sync.config.place import CATALOG_FOLDER, CONFIG_FILE, Place, find
from sync.config.reading import load, parse
from sync.config.settings import Config, key_names, key_of, now

__all__ = [
    "CATALOG_FOLDER",
    "CONFIG_FILE",
    "Config",
    "Place",
    "find",
    "key_names",
    "key_of",
    "load",
    "now",
    "parse",
]
