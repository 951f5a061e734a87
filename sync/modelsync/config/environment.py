"""What the environment says to a run: keys, addresses, the time. It repeats no value of a variable."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.errors import UsageError
from modelsync.records import NotifyPolicy
from modelsync.sources import SourceSettings, source_of

if TYPE_CHECKING:
    from modelsync.config.settings import Config

# What other programs take from the environment, which no file of a repository may set by calling it a key.
_OF_OTHERS = re.compile(
    r"(GIT|SSH|GPG|LD|DYLD|PIP|SSL|CURL|REQUESTS|XDG|LC|CI)_|"
    r"(GITHUB|GITLAB|GITEA|FORGEJO)_(?!TOKEN$)|.*_(PROXY|PATH|BUNDLE)$|"
    r"(PATH|PYTHON\w*|HOME|SHELL|IFS|ENV|LANG|EDITOR|PAGER|TMPDIR|PRUNE|DRY_RUN|SOURCE_DATE_EPOCH|MODELSYNC_\w*)$",
    re.IGNORECASE,
)
_OF_THE_FILE = frozenset({"LOG_LEVEL", "MODELSYNC_ENV", "NO_COLOR"})
_NOT_IN_VARIABLES = re.compile(r"[^A-Z0-9]+")


def now() -> datetime:
    """The time of the run: SOURCE_DATE_EPOCH where it is set, so that a run can be replayed."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            "SOURCE_DATE_EPOCH is not a number of seconds since 1970",
            advice="Unset it, or set it to an integer.",
        ) from None


def is_development() -> bool:
    """Whether recorded lists may stand for what cannot be asked."""
    return os.environ.get("MODELSYNC_ENV") == "development"


def key_of(source: SourceSettings, name: str, environment: Mapping[str, str]) -> str | None:
    """The first API key that is set of those that the source may use."""
    return _first(key_names(source, name), environment)


def key_names(source: SourceSettings, name: str) -> tuple[str, ...]:
    """The environment variables that may hold the source's key: `<NAME>_API_KEY`, and those by which its
    format is known, where none are named."""
    own = _NOT_IN_VARIABLES.sub("_", name.upper()) + "_API_KEY"
    known = source_of(name, source)
    usual = () if known.key == "none" and not source.key else (own, *known.keys)
    return source.api_key_env or tuple(dict.fromkeys(usual))


def needs_key(source: SourceSettings, name: str) -> bool:
    """Tell whether the source is not asked without a key: as `key` says, else as its format does."""
    usual = source_of(name, source).key
    if usual == "where named":
        usual = "required" if source.api_key_env else "optional"
    return (source.key or usual) == "required"


def missing_address(source: SourceSettings, name: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that should hold the address of an endpoint and do not; none where all have one."""
    asked = (address_names(source, name, number) for number in range(len(source.endpoints)))
    return next((names for names in asked if names and not _first(names, environment)), ())


def addressed(source: SourceSettings, name: str, environment: Mapping[str, str]) -> SourceSettings:
    """The source with the addresses that the environment holds."""
    urls = (_first(address_names(source, name, at), environment) for at in range(len(source.endpoints)))
    endpoints = tuple(
        replace(endpoint, url=url) if url else endpoint
        for endpoint, url in zip(source.endpoints, urls, strict=True)
    )
    return replace(source, endpoints=endpoints)


def channel_names(policy: NotifyPolicy) -> tuple[str, ...]:
    """The environment variables that hold an address or a secret of a channel of `notify:`."""
    return (*policy.apprise, *_of_webhook(policy))


def _of_webhook(policy: NotifyPolicy) -> tuple[str, ...]:
    webhook = policy.webhook
    return tuple(filter(None, (webhook.url_env, webhook.secret_env))) if webhook else ()


def variables(config: Config) -> frozenset[str]:
    """The names that `.env` may set: keys and addresses of sources, the webhook's, and none that means more.

    An address of apprise's means more: by it apprise reads files and reaches what is on this machine.
    """
    named = (
        variable
        for name, source in config.sources.items()
        for at in range(len(source.endpoints))
        for variable in (*key_names(source, name), *address_names(source, name, at))
    )
    ours = frozenset((*named, *_of_webhook(config.notify))) - frozenset(config.notify.apprise)
    return frozenset(name for name in ours if not is_of_others(name)) | _OF_THE_FILE


def is_of_others(name: str) -> bool:
    """Whether a variable of this name is a setting of another program, or of ours."""
    return bool(_OF_OTHERS.match(name))


def address_names(source: SourceSettings, name: str, number: int = 0) -> tuple[str, ...]:
    """The environment variables that may hold an endpoint's address; none where `sync.yaml` states it."""
    endpoint = source.endpoints[number]
    return () if endpoint.url else endpoint.url_env or source_of(name, source).addresses


def file_values(path: Path) -> dict[str, str]:
    """What a file of `NAME=value` lines sets; nothing without one. Raises UsageError, with the line."""
    if not path.is_file():
        return {}
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    try:
        with path.open(encoding="utf-8") as file:
            wrong = next((binding.original.line for binding in parse_stream(file) if binding.error), 0)
        if wrong:
            advice = "A line is NAME=value, or NAME='a value with spaces'."
            raise UsageError("is no setting", where=f"{path}:{wrong}", advice=advice)
        values = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError):
        raise UsageError("cannot be read", where=str(path), advice="Save it as UTF-8.") from None
    return {name: value for name, value in values.items() if value is not None}


def _first(variables: tuple[str, ...], environment: Mapping[str, str]) -> str | None:
    values = (environment.get(variable, "").strip() for variable in variables)
    return next((value for value in values if value), None)
