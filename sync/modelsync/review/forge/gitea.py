"""A repository on Gitea or Forgejo, whose API is GitHub's but for what is here.

https://docs.gitea.com/api, https://forgejo.org/docs/latest/user/api-usage/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

import msgspec

from modelsync.review.forge.forge import Issue, Pull
from modelsync.review.forge.github import Answered, AnsweredIssue, GitHub, Label


class _Branch(msgspec.Struct):
    enable_status_check: bool = False


class _Style(msgspec.Struct):
    default_merge_style: str = "merge"


class Gitea(GitHub):
    name = "Gitea"
    longest_body = 65_535  # none is documented; it is what MySQL's TEXT holds
    rights = (
        "Give the token the scopes `write:repository` and `write:issue`, and its user the right to write."
    )

    def open(self, branch: str, base: str) -> Pull | None:
        pull = super().open(branch, base)  # that it merges by itself is not told
        return msgspec.structs.replace(pull, merges_itself=None) if pull else None

    def _pulls(self, state: str, branch: str, base: str) -> Iterator[Answered]:
        for one in self._list(f"/pulls?state={state}&limit=50", Answered):
            own = one.head.repo_id == one.base.repo_id  # a fork's branch may have the same name
            if own and branch in (one.head.label, one.head.ref) and one.base.ref == base:
                yield one

    def remove_label(self, pull: Pull, label: str) -> None:
        for one in self._list(f"/issues/{pull.number}/labels", Label):
            if one.name == label:
                self._ask("DELETE", f"/issues/{pull.number}/labels/{one.id}")

    def merge_when_green(self, number: int, commit: str, base: str) -> None:
        branch = self._read(self._ask("GET", f"/branches/{quote(base)}"), _Branch)
        if not branch.enable_status_check:
            raise self._unchecked(f"Protect the branch {base} with `Enable Status Check`.")
        style = self._read(self._ask("GET", ""), _Style).default_merge_style
        content = {"Do": style, "merge_when_checks_succeed": True, "head_commit_id": commit}
        reply = self._send("POST", f"/pulls/{number}/merge", content)
        if reply.status != 409:  # it is so already
            self._expected(reply)

    def merge_by_hand(self, number: int) -> None:
        reply = self._send("DELETE", f"/pulls/{number}/merge")
        if reply.status != 404:  # it is so already
            self._expected(reply)

    def issues(self) -> Iterator[Issue]:
        return (one.issue for one in self._list("/issues?state=all&type=issues&limit=50", AnsweredIssue))

    @property
    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"token {self._token.secret}"}
