"""Which forge a remote's pull requests are on, where its API is, and which token it takes.

What `sync.yaml` says under `review` comes first, then what CI's environment says, then the remote's address.
A token goes only to an address that the environment or git's own settings name, or `sync.yaml` as the usual
branch of the remote has it: what a branch says that nobody has reviewed sends no token anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from modelsync.errors import GitRefused
from modelsync.http import Client
from modelsync.records import ReviewPolicy
from modelsync.review.forge.forge import Forge, Place
from modelsync.review.forge.github import GitHub

_ADDRESS = re.compile(
    r"(?:(?P<web>https?)://(?:[^@/]*@)?|ssh://(?:[^@/]*@)?|[\w.-]+@)(?P<host>[^/:]+)(?::(?P<port>\d+)(?=/))?"
    r"[:/]/*(?P<path>.+?)(?:\.git)?/?"
)


class Kind(NamedTuple):
    """What is particular to one kind of forge before anything is asked."""

    forge: type[Forge]
    tokens: tuple[str, ...]  # variables of the environment, the first that is set counts
    apis: tuple[str, ...]
    repositories: tuple[str, ...]
    where: str  # of the API, on a host of its own


KINDS: Mapping[str, Kind] = {
    "github": Kind(
        GitHub, ("GITHUB_TOKEN", "GH_TOKEN"), ("GITHUB_API_URL",), ("GITHUB_REPOSITORY",), "/api/v3"
    ),
}
_OF_CI = {"GITHUB_API_URL": "github"}  # variables that the CI of a forge sets
_PUBLIC = {"github.com": "https://api.github.com"}


class Chosen(NamedTuple):
    """A forge that can be asked; `token` is shown nowhere."""

    kind: Kind
    place: Place
    token: str

    def opened(self, client: Client) -> Forge:
        return self.kind.forge(client, self.place, self.token)


def choose(
    policy: ReviewPolicy, address: str, environment: Mapping[str, str], reviewed: Callable[[], str]
) -> Chosen:
    """The forge of a remote with this address. `reviewed` is the address of the API that the usual branch
    names, asked for only where it decides. Raises GitRefused where nothing says which it is."""
    kind = KINDS["github"]
    parts = _ADDRESS.fullmatch(address)
    api = _first(kind.apis, environment) or (_api_of(parts, kind) if parts else "")
    repository = _first(kind.repositories, environment) or (parts["path"] if parts else "")
    if not api or "/" not in repository.strip("/"):
        raise GitRefused(
            f"no repository of {kind.forge.name} is known to propose in",
            where=address,
            advice=f"Set {kind.apis[0]} and {kind.repositories[0]} (owner/name), or push without --pr.",
        )
    token = _first(kind.tokens, environment)
    if not token:
        raise GitRefused(
            f"no token to open {kind.forge.request}s with is set: {' or '.join(kind.tokens)}",
            advice="In a workflow: `env: {GITHUB_TOKEN: ${{ github.token }}}`.",
        )
    return Chosen(kind, Place(api.rstrip("/"), repository.strip("/")), token)


def _api_of(parts: re.Match[str], kind: Kind) -> str:
    host = parts["host"].lower()
    port = f":{parts['port']}" if parts["web"] and parts["port"] else ""
    return _PUBLIC.get(host) or f"https://{host}{port}{kind.where}"


def _first(names: tuple[str, ...], environment: Mapping[str, str]) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")
