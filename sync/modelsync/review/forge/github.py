"""Has one pull request on GitHub, or GitHub Enterprise: finds, creates or updates it.

https://docs.github.com/en/rest/pulls/pulls
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from modelsync.errors import GitRefused, SourceFailed
from modelsync.http import Client, Reply
from modelsync.records import PullRequest

TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")
LONGEST_BODY = 65_536  # characters
_LOOKED_AT = 10  # pull requests of one branch, the newest first
_ADDRESS = re.compile(
    r"(?:https?://(?:[^@/]*@)?|ssh://(?:[^@/]*@)?|[\w.-]+@)(?P<host>[^/:]+)(?::\d+)?[:/](?P<path>.+?)(?:\.git)?/?"
)
_PERMISSION = (
    "Give the token the right to write pull requests; where it is that of a workflow, set `permissions: "
    "{contents: write, pull-requests: write}`, and in the repository's settings for Actions `Allow GitHub "
    "Actions to create and approve pull requests`."
)


class _Pull(msgspec.Struct):
    number: int
    html_url: str
    title: str = ""
    body: str | None = None
    merged_at: str | None = None


class Place(msgspec.Struct, frozen=True):
    """A repository on a forge: the address of its API, and `owner/name`."""

    api: str
    repository: str


def place_of(address: str) -> Place:
    """Where the pull requests of a remote are: as CI's environment says, else by the remote's address.

    Raises GitRefused where neither says it.
    """
    api, repository = os.environ.get("GITHUB_API_URL", ""), os.environ.get("GITHUB_REPOSITORY", "")
    parts = _ADDRESS.fullmatch(address)
    if parts:
        host = parts["host"].lower()
        api = api or ("https://api.github.com" if host == "github.com" else f"https://{host}/api/v3")
        repository = repository or parts["path"]
    if not api or repository.count("/") != 1:
        raise GitRefused(
            "no repository of GitHub is known to propose in",
            where=address,
            advice="Set GITHUB_API_URL and GITHUB_REPOSITORY (owner/name), or push without --pr.",
        )
    return Place(api.rstrip("/"), repository)


class GitHub:
    """One repository's pull requests. Its methods raise GitRefused."""

    def __init__(self, client: Client, place: Place, token: str) -> None:
        self._client, self._place = client, place
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }

    def propose(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Have exactly one open pull request of the branch, with this title and body."""
        existing = self._open(branch, base)
        if existing is None:
            created = self._create(branch, base, title, body)
            # without one, somebody was quicker, or the answer to our own request was lost
            pull = created or self._open(branch, base)
            if pull is None:
                raise GitRefused("GitHub makes no pull request, and does not say why", advice=_AGAIN)
            return PullRequest(pull.number, pull.html_url, "created")
        if (existing.title, (existing.body or "").replace("\r\n", "\n")) == (title, body):
            return PullRequest(existing.number, existing.html_url, "unchanged")
        self._ask("PATCH", f"/pulls/{existing.number}", {"title": title, "body": body})
        return PullRequest(existing.number, existing.html_url, "updated")

    def closed(self, branch: str, base: str) -> Iterator[tuple[int, str]]:
        """The pull requests of the branch that were closed and not merged, the newest first, with bodies."""
        for pull in self._pulls("closed", branch, base):
            if pull.merged_at is None:
                yield pull.number, pull.body or ""

    def _open(self, branch: str, base: str) -> _Pull | None:
        pulls = self._pulls("open", branch, base)
        return pulls[0] if pulls else None

    def _pulls(self, state: str, branch: str, base: str) -> list[_Pull]:
        owner = self._place.repository.partition("/")[0]
        head, to = (quote(name, safe="") for name in (f"{owner}:{branch}", base))
        reply = self._ask("GET", f"/pulls?state={state}&head={head}&base={to}&per_page={_LOOKED_AT}")
        pulls: list[_Pull] = _decoded(reply, list[_Pull])
        return pulls

    def _create(self, branch: str, base: str, title: str, body: str) -> _Pull | None:
        """The pull request; None where there may be one already."""
        content = {"title": title, "head": branch, "base": base, "body": body, "maintainer_can_modify": True}
        reply = self._send("POST", "/pulls", content)
        if reply.status == 201:
            pull: _Pull = _decoded(reply, _Pull)
            return pull
        if reply.status >= 500 or (reply.status == 422 and b"already exists" in reply.body):
            return None
        raise self._refused(reply)

    def _ask(self, method: str, path: str, content: object = None) -> Reply:
        reply = self._send(method, path, content)
        if reply.status != 200:
            raise self._refused(reply)
        return reply

    def _send(self, method: str, path: str, content: object = None) -> Reply:
        address = f"{self._place.api}/repos/{quote(self._place.repository)}{path}"
        try:
            return self._client.send(method, address, content, headers=self._headers)
        except SourceFailed as failed:
            raise GitRefused(
                f"GitHub does not answer: {failed.what}", where=failed.where, advice=_AGAIN
            ) from None

    def _refused(self, reply: Reply) -> GitRefused:
        words = self._client.excerpt(reply.body) if reply.body.strip() else ""
        what = f"GitHub refuses with HTTP {reply.status}{f': {words}' if words else ''}"
        advice = {401: "The token is wrong or has expired.", 403: _PERMISSION, 404: _PERMISSION}
        return GitRefused(what, where=self._place.repository, advice=advice.get(reply.status, _AGAIN))


_AGAIN = "The branch is pushed: run the command again."


def _decoded(reply: Reply, type_: Any) -> Any:
    try:
        return msgspec.json.decode(reply.body, type=type_)
    except msgspec.MsgspecError as error:
        raise GitRefused(f"GitHub's answer cannot be read: {error}", advice=_AGAIN) from None
