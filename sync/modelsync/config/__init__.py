"""What a run is told: `sync.yaml` and the environment, read into types. It plans and writes nothing."""

from modelsync.config.environment import (
    address_names,
    addressed,
    channel_names,
    file_values,
    is_development,
    key_names,
    key_of,
    missing_address,
    needs_key,
    now,
    variables,
)
from modelsync.config.place import CONFIG_FILE, ENVIRONMENT_FILES, Place, find
from modelsync.config.reading import load, parse
from modelsync.config.settings import Config
