"""A project on GitLab, gitlab.com or one's own: https://docs.gitlab.com/api/rest/."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

import msgspec

from modelsync.review.forge.forge import REFUSED_STATE, Forge, Issue, Pull, Status, with_line_feeds

_STATES: Mapping[Status, str] = {"pending": "pending", "success": "success", "failure": "failed"}


class _MergeRequest(msgspec.Struct):
    """https://docs.gitlab.com/api/merge_requests/"""

    iid: int
    web_url: str
    title: str = ""
    description: str | None = None
    state: str = ""
    sha: str | None = None
    labels: list[str] = []
    merge_when_pipeline_succeeds: bool = False
    source_project_id: int | None = None
    target_project_id: int | None = None

    @property
    def pull(self) -> Pull:
        body = with_line_feeds(self.description)
        merges = self.merge_when_pipeline_succeeds
        return Pull(self.iid, self.web_url, self.title, body, tuple(self.labels), merges)


class _Issue(msgspec.Struct):
    """https://docs.gitlab.com/api/issues/"""

    iid: int
    web_url: str
    title: str = ""
    description: str | None = None
    state: str = ""

    @property
    def issue(self) -> Issue:
        body = with_line_feeds(self.description)
        return Issue(self.iid, self.web_url, self.title, body, self.state == "opened")


class _Project(msgspec.Struct):
    only_allow_merge_if_pipeline_succeeds: bool = False


class _Note(msgspec.Struct):
    body: str | None = None


class GitLab(Forge):
    name = "GitLab"
    request = "merge request"
    sign = "!"
    longest_body = 1_048_576  # https://docs.gitlab.com/administration/instance_limits/
    rights = (
        "Set GITLAB_TOKEN to a token of the project with the role Developer and the scope `api`: "
        "the token of a job, CI_JOB_TOKEN, opens no merge request."
    )

    def open(self, branch: str, base: str) -> Pull | None:
        return next((one.pull for one in self._merge_requests("opened", branch, base)), None)

    def closed(self, branch: str, base: str) -> Iterator[Pull]:
        return (one.pull for one in self._merge_requests("closed", branch, base))

    def merged(self, branch: str, base: str) -> Iterator[str]:
        return (one.sha or "" for one in self._merge_requests("merged", branch, base))

    def _merge_requests(self, state: str, branch: str, base: str) -> Iterator[_MergeRequest]:
        source, target = (quote(name, safe="") for name in (branch, base))
        order = "order_by=created_at&sort=desc&per_page=100"
        path = f"/merge_requests?state={state}&source_branch={source}&target_branch={target}&{order}"
        for one in self._list(path, _MergeRequest):
            if one.source_project_id == one.target_project_id:  # a fork's branch may have the same name
                yield one

    def create(self, branch: str, base: str, title: str, body: str) -> Pull | None:
        content = {"source_branch": branch, "target_branch": base, "title": title, "description": body}
        reply = self._new("/merge_requests", content, taken=(409,), words=b"already exists")
        return None if reply is None else self._read(reply, _MergeRequest).pull

    def update(self, number: int, title: str, body: str) -> None:
        self._ask("PUT", f"/merge_requests/{number}", {"title": title, "description": body})

    def close(self, number: int, body: str) -> None:
        self._ask("PUT", f"/merge_requests/{number}", {"state_event": "close", "description": body})

    def reopen(self, number: int) -> bool:
        reply = self._send("PUT", f"/merge_requests/{number}", {"state_event": "reopen"})
        if reply.status in REFUSED_STATE or reply.status >= 500:
            return False
        return self._read(self._expected(reply), _MergeRequest).state == "opened"

    def comments(self, number: int) -> Iterator[str]:
        path = f"/merge_requests/{number}/notes?sort=desc&per_page=100"
        return (note.body or "" for note in self._list(path, _Note))

    def comment(self, number: int, text: str) -> None:
        self._ask("POST", f"/merge_requests/{number}/notes", {"body": text})

    def remove_label(self, pull: Pull, label: str) -> None:
        if label in pull.labels:
            self._ask("PUT", f"/merge_requests/{pull.number}", {"remove_labels": label})

    def merge_when_green(self, number: int, commit: str, base: str) -> None:
        if not self._read(self._ask("GET", ""), _Project).only_allow_merge_if_pipeline_succeeds:
            advice = "In the project's settings for merge requests, tick `Pipelines must succeed`."
            raise self._unchecked(advice)
        # `auto_merge` is the name of the other since GitLab 17.11
        content = {"auto_merge": True, "merge_when_pipeline_succeeds": True, "sha": commit}
        self._ask("PUT", f"/merge_requests/{number}/merge", content)

    def merge_by_hand(self, number: int) -> None:
        # https://docs.gitlab.com/api/merge_requests/#cancel-merge-when-pipeline-succeeds
        reply = self._send("POST", f"/merge_requests/{number}/cancel_merge_when_pipeline_succeeds")
        if reply.status != 406:  # it is so already
            self._expected(reply)

    def issues(self) -> Iterator[Issue]:
        path = "/issues?state=all&order_by=updated_at&sort=desc&per_page=100"
        return (one.issue for one in self._list(path, _Issue))

    def create_issue(self, title: str, body: str) -> Issue:
        reply = self._ask("POST", "/issues", {"title": title, "description": body})
        return self._read(reply, _Issue).issue

    def update_issue(self, issue: Issue, title: str, body: str, *, is_open: bool = True) -> None:
        event = {"state_event": "reopen" if is_open else "close"} if is_open != issue.is_open else {}
        self._ask("PUT", f"/issues/{issue.number}", {"title": title, "description": body, **event})

    def set_status(self, commit: str, status: Status, name: str, description: str, url: str = "") -> None:
        # https://docs.gitlab.com/api/commits/#set-commit-pipeline-status
        content = {"state": _STATES[status], "name": name, "description": description[:255]}
        self._ask("POST", f"/statuses/{commit}", content | ({"target_url": url} if url else {}))

    @property
    def _headers(self) -> Mapping[str, str]:
        # https://docs.gitlab.com/api/rest/authentication/
        name = "JOB-TOKEN" if self._token.variable == "CI_JOB_TOKEN" else "PRIVATE-TOKEN"
        return {name: self._token.secret}

    @property
    def _root(self) -> str:
        return f"{self._repository.api}/projects/{quote(self._repository.path, safe='')}"
