"""A repository on GitHub, or GitHub Enterprise: https://docs.github.com/en/rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

import msgspec

from modelsync.http import Reply
from modelsync.review.forge.forge import REFUSED_STATE, Forge, Issue, Pull, Status, with_line_feeds

_STRANGERS = ("NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "MANNEQUIN", "CONTRIBUTOR")
_ALLOWED = """
query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) {
  mergeCommitAllowed squashMergeAllowed pullRequest(number: $number) { id } } }"""
_DISABLE = """
mutation($id: ID!) { disablePullRequestAutoMerge(input: {pullRequestId: $id}) { clientMutationId } }"""
_ENABLE = """
mutation($id: ID!, $method: PullRequestMergeMethod!, $commit: GitObjectID!) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: $method, expectedHeadOid: $commit})
  { clientMutationId } }"""


class Label(msgspec.Struct):
    """A label; `id` is Gitea's way to name it."""

    name: str
    id: int = 0


class Side(msgspec.Struct):
    """A branch of a pull request; what is said of it beside the commit is Gitea's."""

    sha: str = ""
    ref: str = ""  # of one that is gone: `refs/pull/12/head`
    label: str = ""  # its name in either case
    repo_id: int = 0


class Answered(msgspec.Struct):
    """A pull request, as GitHub and Gitea state it: https://docs.github.com/en/rest/pulls/pulls."""

    number: int
    html_url: str
    title: str = ""
    body: str | None = None
    state: str = ""
    merged_at: str | None = None
    labels: list[Label] = []
    head: Side = msgspec.field(default_factory=Side)
    base: Side = msgspec.field(default_factory=Side)
    auto_merge: object = None

    @property
    def pull(self) -> Pull:
        body, labels = with_line_feeds(self.body), tuple(label.name for label in self.labels)
        return Pull(self.number, self.html_url, self.title, body, labels, self.auto_merge is not None)


class _User(msgspec.Struct):
    type: str = ""


class AnsweredIssue(msgspec.Struct):
    """An issue: https://docs.github.com/en/rest/issues/issues; GitHub lists pull requests among them."""

    number: int
    html_url: str
    title: str = ""
    body: str | None = None
    state: str = "open"
    pull_request: object = None
    author_association: str = ""
    user: _User | None = None

    @property
    def issue(self) -> Issue:
        body = with_line_feeds(self.body)
        return Issue(self.number, self.html_url, self.title, body, self.state == "open")

    @property
    def is_of_the_team(self) -> bool:
        """Whether who wrote it may write here, as far as that is said: anybody can copy a marker."""
        is_program = self.user is not None and self.user.type == "Bot"
        return is_program or self.author_association not in _STRANGERS


class _Comment(msgspec.Struct):
    body: str | None = None


class _Node(msgspec.Struct):
    id: str


class _Allowed(msgspec.Struct, rename="camel"):
    merge_commit_allowed: bool
    squash_merge_allowed: bool
    pull_request: _Node


class _Repository(msgspec.Struct):
    repository: _Allowed


class _Found(msgspec.Struct):
    data: _Repository


class _Errors(msgspec.Struct):
    errors: list[object] = []


class GitHub(Forge):
    name = "GitHub"
    longest_body = 65_536
    rights = (
        "Give the token the right to write pull requests; where it is that of a workflow, set `permissions: "
        "{contents: write, pull-requests: write, statuses: write}` (for a dashboard `issues: write` too), "
        "and in the repository's settings for Actions `Allow GitHub Actions to create and approve pull "
        "requests`."
    )

    def open(self, branch: str, base: str) -> Pull | None:
        return next((one.pull for one in self._pulls("open", branch, base)), None)

    def closed(self, branch: str, base: str) -> Iterator[Pull]:
        return (one.pull for one in self._pulls("closed", branch, base) if one.merged_at is None)

    def merged(self, branch: str, base: str) -> Iterator[str]:
        return (one.head.sha for one in self._pulls("closed", branch, base) if one.merged_at is not None)

    def _pulls(self, state: str, branch: str, base: str) -> Iterator[Answered]:
        owner = self._repository.path.partition("/")[0]
        head, to = (quote(name, safe="") for name in (f"{owner}:{branch}", base))
        return self._list(f"/pulls?state={state}&head={head}&base={to}&per_page=100", Answered)

    def create(self, branch: str, base: str, title: str, body: str) -> Pull | None:
        content = {"title": title, "head": branch, "base": base, "body": body}
        reply = self._new("/pulls", content, taken=(409, 422), words=b"already exists")
        return None if reply is None else self._read(reply, Answered).pull

    def update(self, number: int, title: str, body: str) -> None:
        self._ask("PATCH", f"/pulls/{number}", {"title": title, "body": body})

    def close(self, number: int, body: str) -> None:
        self._ask("PATCH", f"/pulls/{number}", {"state": "closed", "body": body})

    def reopen(self, number: int) -> bool:
        reply = self._send("PATCH", f"/pulls/{number}", {"state": "open"})
        if reply.status in REFUSED_STATE or reply.status >= 500:
            return False
        return self._read(self._expected(reply), Answered).state == "open"

    def comments(self, number: int) -> Iterator[str]:
        path = f"/issues/{number}/comments?per_page=100"
        return (comment.body or "" for comment in self._list(path, _Comment))

    def comment(self, number: int, text: str) -> None:
        self._ask("POST", f"/issues/{number}/comments", {"body": text})

    def remove_label(self, pull: Pull, label: str) -> None:
        if label in pull.labels:
            self._ask("DELETE", f"/issues/{pull.number}/labels/{quote(label, safe='')}")

    def merge_when_green(self, number: int, commit: str, base: str) -> None:
        # https://docs.github.com/en/graphql/reference/mutations#enablepullrequestautomerge: not in REST.
        # What could be merged at once, as where no check is required, is refused.
        allowed = self._allowed(number)
        method = "SQUASH" if allowed.squash_merge_allowed else "REBASE"
        method = "MERGE" if allowed.merge_commit_allowed else method
        self._graphql(_ENABLE, {"id": allowed.pull_request.id, "method": method, "commit": commit})

    def merge_by_hand(self, number: int) -> None:
        self._graphql(_DISABLE, {"id": self._allowed(number).pull_request.id})

    def _allowed(self, number: int) -> _Allowed:
        owner, _, name = self._repository.path.partition("/")
        reply = self._graphql(_ALLOWED, {"owner": owner, "name": name, "number": number})
        return self._read(reply, _Found).data.repository

    def issues(self) -> Iterator[Issue]:
        path = "/issues?state=all&sort=updated&direction=desc&per_page=100"
        listed = self._list(path, AnsweredIssue)
        return (one.issue for one in listed if one.pull_request is None and one.is_of_the_team)

    def create_issue(self, title: str, body: str) -> Issue:
        reply = self._ask("POST", "/issues", {"title": title, "body": body})
        return self._read(reply, AnsweredIssue).issue

    def update_issue(self, issue: Issue, title: str, body: str, *, is_open: bool = True) -> None:
        state = "open" if is_open else "closed"
        self._ask("PATCH", f"/issues/{issue.number}", {"title": title, "body": body, "state": state})

    def set_status(self, commit: str, status: Status, name: str, description: str, url: str = "") -> None:
        content = {"state": status, "context": name, "description": description[:140]}
        self._ask("POST", f"/statuses/{commit}", content | ({"target_url": url} if url else {}))

    # ------------------------------------------------------------------------ asking

    @property
    def _headers(self) -> Mapping[str, str]:
        return {
            "Authorization": f"Bearer {self._token.secret}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }

    @property
    def _root(self) -> str:
        return f"{self._repository.api}/repos/{quote(self._repository.path)}"

    def _graphql(self, query: str, variables: Mapping[str, object]) -> Reply:
        address = f"{self._repository.api.removesuffix('/v3')}/graphql"
        reply = self._expected(self._exchange("POST", address, {"query": query, "variables": variables}))
        if self._read(reply, _Errors).errors:
            raise self._refused(reply)
        return reply
