"""Which forge a remote's pull requests are on, where its API is, and which token it takes.

What `sync.yaml` says under `review` comes first, then what CI's environment says, then the remote's address.
A token goes only to an address that the environment or git's own settings name, or `sync.yaml` as the usual
branch of the remote has it: what a branch says that nobody has reviewed sends no token anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from modelsync.errors import GitRefused
from modelsync.http import Client, shown_url
from modelsync.records import ReviewPolicy
from modelsync.review.forge.forge import Forge, ForgeRepository, Token
from modelsync.review.forge.gitea import Gitea
from modelsync.review.forge.github import GitHub
from modelsync.review.forge.gitlab import GitLab

_ADDRESS = re.compile(
    r"(?:(?P<web>https?)://(?:[^@/]*@)?|ssh://(?:[^@/]*@)?|[\w.-]+@)(?P<host>[^/:]+)(?::(?P<port>\d+)(?=/))?"
    r"[:/]/*(?P<path>.+?)(?:\.git)?/?"
)


class Kind(NamedTuple):
    """What is particular to one kind of forge before anything is asked."""

    forge: type[Forge]
    tokens: tuple[str, ...]  # variables of the environment; the first that is set counts, as below
    apis: tuple[str, ...]
    repositories: tuple[str, ...]
    path: str  # of the API, on a host of its own
    advice: str  # where no token is set


_IN_WORKFLOW = "In a workflow: `env: {%s: ${{ %s }}}`."
_OF_GITEA = Kind(
    Gitea,
    ("GITEA_TOKEN", "FORGEJO_TOKEN"),
    ("GITHUB_API_URL",),
    ("GITHUB_REPOSITORY",),
    "/api/v1",
    _IN_WORKFLOW % ("GITEA_TOKEN", "secrets.MODELSYNC_TOKEN"),
)
KINDS: Mapping[str, Kind] = {
    "github": Kind(
        GitHub,
        ("GITHUB_TOKEN", "GH_TOKEN"),
        ("GITHUB_API_URL",),
        ("GITHUB_REPOSITORY",),
        "/api/v3",
        _IN_WORKFLOW % ("GITHUB_TOKEN", "github.token"),
    ),
    "gitlab": Kind(
        GitLab,
        ("GITLAB_TOKEN", "CI_JOB_TOKEN"),
        ("CI_API_V4_URL",),
        ("CI_PROJECT_ID", "CI_PROJECT_PATH"),
        "/api/v4",
        "Make a token of the project with the scope `api`, and give it to CI as GITLAB_TOKEN.",
    ),
    "gitea": _OF_GITEA,
    "forgejo": _OF_GITEA,
}
_CI = (  # who sets a variable, where it is set; GitHub's are set by Gitea and Forgejo too
    ("FORGEJO_ACTIONS", "forgejo"),
    ("GITEA_ACTIONS", "gitea"),
    ("CI_API_V4_URL", "gitlab"),
    ("GITHUB_API_URL", "github"),
)
_ACTIONS = (("FORGEJO_ACTIONS", "forgejo"), ("GITEA_ACTIONS", "gitea"), ("GITHUB_ACTIONS", "github"))
_PUBLIC = {"github.com": "https://api.github.com"}
_HOSTS = (("gitlab", "gitlab"), ("gitea", "gitea"), ("forgejo", "forgejo"), ("codeberg.org", "forgejo"))


class Chosen(NamedTuple):
    """A forge that can be asked."""

    kind: Kind
    repository: ForgeRepository
    token: Token

    @contextmanager
    def opened(self) -> Iterator[Forge]:
        """The forge, for as long as it is asked."""
        with Client(secrets={self.token.secret}, delay=0) as client:
            yield self.kind.forge(client, self.repository, self.token)


def choose(
    policy: ReviewPolicy, address: str, environment: Mapping[str, str], reviewed: Callable[[], str]
) -> Chosen:
    """The forge of a remote with this address. `reviewed` is the address of the API that the usual branch
    of the remote names. Raises GitRefused where nothing says which it is, or what says it is not reviewed."""
    remote = _ADDRESS.fullmatch(address)
    kind = KINDS[policy.forge or _named_by(environment, remote["host"] if remote else "")]
    ci = environment if _says_of(kind, environment) else {}
    named = _first(kind.apis, ci)[1] or (_api_of(remote, kind) if remote else "")
    api = policy.api.rstrip("/") or named
    repository = policy.repository or _first(kind.repositories, ci)[1]
    repository = repository or (remote["path"] if remote else "")
    if not api or not repository:
        raise GitRefused(
            f"no repository of {kind.forge.name} is known to propose in",
            where=shown_url(address),
            advice=f"Set {kind.apis[0]} and {kind.repositories[0]}, or `api` and `repository` under `review` "
            "in sync.yaml; or push without --pr.",
        )
    if _host(api) != _host(named) and api != reviewed().rstrip("/"):
        raise GitRefused(
            f"{shown_url(api)} is named by sync.yaml here, and not by that of the remote's usual branch: "
            "no token is sent there",
            where="review.api",
            advice=f"Have that line reviewed first, or set {kind.apis[0]} in the environment.",
        )
    token = Token(*_first(kind.tokens, environment))
    if not token.secret:
        what = f"no token to open {kind.forge.request}s with is set: {' or '.join(kind.tokens)}"
        raise GitRefused(what, advice=kind.advice)
    return Chosen(kind, ForgeRepository(api.rstrip("/"), repository.strip("/")), token)


def _named_by(environment: Mapping[str, str], host: str) -> str:
    """The kind of forge whose CI this is, else what the name of a host says, else GitHub."""
    ci = (kind for variable, kind in _CI if environment.get(variable))
    hosts = (kind for part, kind in _HOSTS if part in host.lower())
    return next(ci, next(hosts, "github"))


def _says_of(kind: Kind, environment: Mapping[str, str]) -> bool:
    """Whether the variables named GITHUB_... speak of this kind of forge: three kinds of CI set them."""
    ours = (KINDS[name] for variable, name in _ACTIONS if environment.get(variable))
    return "GITHUB_API_URL" not in kind.apis or next(ours, kind) is kind


def _api_of(remote: re.Match[str], kind: Kind) -> str:
    host = remote["host"].lower()
    port = f":{remote['port']}" if remote["web"] and remote["port"] else ""
    return _PUBLIC.get(host) or f"https://{host}{port}{kind.path}"


def _host(api: str) -> tuple[str, str]:
    parts = urlsplit(api)
    return parts.scheme, parts.netloc.lower()


def _first(names: tuple[str, ...], environment: Mapping[str, str]) -> tuple[str, str]:
    """The first of these variables that is set, and what it holds."""
    return next(((name, environment[name]) for name in names if environment.get(name)), ("", ""))
