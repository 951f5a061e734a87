"""Three forges as they are documented, played on loopback: they keep state, and fail where they are told to.

https://docs.github.com/en/rest, https://docs.gitlab.com/api/rest/, https://docs.gitea.com/api. Branches are
those of a real bare repository. A request that none of them documents is noted in `wrong`.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from repositories import GitRepository

TOKEN = "tok_played0123456789abcdef"
REPOSITORY = "acme/prices"
LOST = 0  # in place of a status: the connection ends without an answer

Content = dict[str, Any]
Answer = tuple[int, Any]


@dataclass
class Pull:
    """A pull request, by whatever name."""

    number: int
    title: str
    body: str
    head: str
    base: str
    state: str = "open"  # open, closed or merged
    labels: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    left_at: str = ""  # where its branch was when it was closed
    fork: bool = False
    merges_itself: str = ""  # the commit at which it does once its checks pass


@dataclass
class Issue:
    number: int
    title: str
    body: str
    state: str = "open"
    author: str = "MEMBER"


@dataclass
class Failure:
    """How one call goes wrong: with a status, or its answer lost; done all the same, or not."""

    status: int = LOST
    message: str = ""
    done: bool = True
    times: int = 1


@dataclass
class Forge:
    """What all three have: pull requests, issues, statuses, and the calls by the same names."""

    remote: Path
    pulls: list[Pull] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    statuses: dict[str, list[Content]] = field(default_factory=dict)  # by commit
    known_labels: list[str] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)  # by the name of the call
    asked: list[str] = field(default_factory=list)  # the names of the calls
    wrong: list[str] = field(default_factory=list)
    page: int = 100
    requires_checks: bool = True  # before anything is merged into its usual branch
    on_call: Callable[[str, bool], None] = lambda name, done: None  # before a call is done, and after

    name: ClassVar[str]
    kind: ClassVar[str]
    word: ClassVar[str] = "pull request"
    sign: ClassVar[str] = "#"
    right: ClassVar[str]  # words of the advice where a right is missing
    _PATHS: ClassVar[dict[str, str]]

    def __enter__(self) -> Forge:
        forge = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, content, links = forge.answer(self.command, self.path, dict(self.headers), body)
                if status == LOST:
                    self.close_connection = True
                    return
                payload = b"" if content is None else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                if links:
                    self.send_header("Link", links)
                with suppress(ConnectionError):  # who asked may have been killed
                    self.end_headers()
                    self.wfile.write(payload)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    # ------------------------------------------------------------------------ what people do

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """What its CI sets, and the token."""
        raise NotImplementedError

    @property
    def open(self) -> list[Pull]:
        return [pull for pull in self.pulls if pull.state == "open"]

    def url(self, pull: Pull) -> str:
        """Where its page is."""
        path = {"github": "pull", "gitlab": "-/merge_requests", "gitea": "pulls"}[self.kind]
        return f"https://{self.kind}.example/{REPOSITORY}/{path}/{pull.number}"

    def close(self, pull: Pull) -> None:
        """A person closes it unmerged."""
        pull.state, pull.left_at = "closed", self.tip(pull.head)

    def merge(self, pull: Pull) -> None:
        """A person merges it; the forge deletes its branch, as it can be set to."""
        self._git("update-ref", f"refs/heads/{pull.base}", self.tip(pull.head))
        pull.state, pull.left_at = "merged", self.tip(pull.head)
        self._git("update-ref", "-d", f"refs/heads/{pull.head}")

    def squash(self, pull: Pull) -> None:
        """A person merges it as one commit, and its branch stays."""
        message, parent = ("-m", f"{pull.title} (#{pull.number})"), ("-p", self.tip(pull.base))
        identity = ("-c", "user.name=Bo", "-c", "user.email=bo@example.com")
        commit = self._git(*identity, "commit-tree", f"{pull.head}^{{tree}}", *parent, *message)
        self._git("update-ref", f"refs/heads/{pull.base}", commit)
        pull.state, pull.left_at = "merged", self.tip(pull.head)

    def fails(self, call: str, status: int = LOST, message: str = "", **how: Any) -> None:
        self.failures[call] = Failure(status, message, **how)

    def tip(self, branch: str) -> str:
        ref = f"refs/heads/{branch}"
        loose = self.remote / ref
        known = loose.read_text().strip() if loose.is_file() else ""
        return known or self._git("rev-parse", "--verify", "--quiet", ref)

    def _git(self, *words: str) -> str:
        ran = subprocess.run(["git", *words], cwd=self.remote, capture_output=True, text=True, check=False)
        return ran.stdout.strip()

    # ------------------------------------------------------------------------ answering

    def answer(self, method: str, address: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, str]:
        parts = urlsplit(address)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        content = json.loads(body) if body else {}
        if fault := self._fault(headers, body):
            return fault, {"message": f"{fault}"}, ""
        call, groups = self._call(method, parts.path, content, query)
        self.asked.append(call)
        if not call:
            self.wrong.append(f"{method} {address} {sorted(content)}")
            return 404, {"message": "404 Not Found"}, ""
        self.on_call(call, False)
        failure = self.failures.get(call)
        if failure:
            failure.times -= 1
            if not failure.times:
                del self.failures[call]
        status, answer = self._done(call, groups, content | query) if not failure or failure.done else (0, {})
        self.on_call(call, True)
        if failure:
            return failure.status, {"message": failure.message}, ""
        return (status, *self._paged(answer, parts.path, query))

    def _paged(self, answer: Any, path: str, query: dict[str, str]) -> tuple[Any, str]:
        if not isinstance(answer, list):
            return answer, ""
        number = int(query.get("page", 1))
        rest = answer[number * self.page :]
        following = f"{self.address}{path}?{urlencode(query | {'page': str(number + 1)})}"
        links = f'<{following}>; rel="next", <{self.address}{path}>; rel="first"' if rest else ""
        return answer[(number - 1) * self.page : number * self.page], links

    def _fault(self, headers: dict[str, str], body: bytes) -> int:
        """The status of a request that is refused before it is read."""
        if body and headers.get("Content-Type") != "application/json":
            return 415
        return 0 if self._is_let_in(headers) else 401

    def _is_let_in(self, headers: dict[str, str]) -> bool:
        raise NotImplementedError

    def _call(
        self, method: str, path: str, content: Content, query: dict[str, str]
    ) -> tuple[str, tuple[str, ...]]:
        """The name of the call, and what its path names."""
        for name, pattern in self._PATHS.items():
            wanted, _, where = pattern.partition(" ")
            match = re.fullmatch(where, path) if wanted == method else None
            if match and (named := self._named(name, content, query)):
                return named, tuple(unquote(group) for group in match.groups())
        return "", ()

    def _named(self, name: str, content: Content, query: dict[str, str]) -> str:
        """The call of a path that serves several; nothing where a field is missing that it requires."""
        raise NotImplementedError

    def _done(self, call: str, groups: tuple[str, ...], content: Content) -> Answer:
        """What is the same on all of them."""
        match call:
            case "comments":
                return 200, [{"id": 1, "body": text} for text in self._pull(groups[0]).comments]
            case "comment":
                self._pull(groups[0]).comments.append(content["body"])
                return 201, {"id": 1, "body": content["body"]}
            case "issues":
                return 200, [*map(self._shown_issue, self.issues[::-1])]
            case "create issue":
                body = content.get("body") or content["description"]
                self.issues.append(Issue(100 + len(self.issues), content["title"], body))
                return 201, self._shown_issue(self.issues[-1])
        raise AssertionError(call)

    def _shown_issue(self, issue: Issue) -> Content:
        raise NotImplementedError

    # ------------------------------------------------------------------------ the same on all

    def _pull(self, number: str) -> Pull:
        return self.pulls[int(number) - 1]

    def _of(self, state: str, head: str, base: str) -> list[Pull]:
        self._close_what_has_no_branch()
        wanted = [one for one in self.pulls if (one.head, one.base) == (head, base)]
        return [one for one in wanted[::-1] if one.state == state]

    def _close_what_has_no_branch(self) -> None:
        for pull in self.open:
            if not pull.fork and not self.tip(pull.head):
                pull.state = "closed"

    def _created(self, head: str, base: str, title: str, body: str) -> Pull | str:
        """The pull request, or what is wrong."""
        if any((pull.head, pull.base) == (head, base) and not pull.fork for pull in self.open):
            return "exists"
        if not self.tip(head) or not self.tip(base) or self.tip(head) == self.tip(base) or not title:
            return "invalid"
        pull = Pull(len(self.pulls) + 1, title, body, head, base)
        self.pulls.append(pull)
        return pull

    def _reopened(self, pull: Pull) -> bool:
        """Whether it is open again: its branch must be where it was when it was closed."""
        if pull.state != "closed" or not self.tip(pull.head) or pull.left_at != self.tip(pull.head):
            return False
        pull.state = "open"
        return True


def _first(items: Iterable[Any]) -> Any:
    return next(iter(items))


class GitHub(Forge):
    """https://docs.github.com/en/rest/pulls, /issues, /commits/statuses; GraphQL for auto-merge."""

    name, kind = "GitHub", "github"
    right = "Allow GitHub Actions to create and approve pull requests"
    body_field = "body"
    longest = 65_536
    _R = f"/repos/{REPOSITORY}"
    _PATHS: ClassVar[dict[str, str]] = {
        "pulls": rf"GET {_R}/pulls",
        "create": rf"POST {_R}/pulls",
        "change": rf"PATCH {_R}/pulls/(\d+)",
        "comments": rf"GET {_R}/issues/(\d+)/comments",
        "comment": rf"POST {_R}/issues/(\d+)/comments",
        "unlabel": rf"DELETE {_R}/issues/(\d+)/labels/([^/]+)",
        "issues": rf"GET {_R}/issues",
        "create issue": rf"POST {_R}/issues",
        "change issue": rf"PATCH {_R}/issues/(\d+)",
        "status": rf"POST {_R}/statuses/([0-9a-f]{{40}})",
        "graphql": r"POST /graphql",
    }

    @property
    def environment(self) -> dict[str, str]:
        return {"GITHUB_API_URL": self.address, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": TOKEN}

    def _is_let_in(self, headers: dict[str, str]) -> bool:
        if headers.get("Accept") != "application/vnd.github+json" or not headers.get("X-GitHub-Api-Version"):
            self.wrong.append(f"headers {sorted(headers)}")
        return headers.get("Authorization") == f"Bearer {TOKEN}"

    def _named(self, name: str, content: Content, query: dict[str, str]) -> str:
        match name:
            case "pulls":
                return "" if not {"state", "head", "base"} <= query.keys() else _LISTED[query["state"]]
            case "create":
                return name if {"head", "base", "title"} <= content.keys() else ""
            case "change":
                return {"open": "reopen", "closed": "close", None: "update"}[content.get("state")]
            case "comment":
                return name if content.get("body") else ""
            case "create issue":
                return name if content.get("title") else ""
            case "status":
                return name if content.get("state") in ("pending", "success", "failure", "error") else ""
            case "graphql":
                asked = {"enablePullRequestAutoMerge": "merge", "disablePullRequestAutoMerge": "by hand"}
                return next((name for word, name in asked.items() if word in content["query"]), "allowed")
        return name

    def _done(self, call: str, groups: tuple[str, ...], content: Content) -> Answer:
        match call:
            case "open" | "closed":
                return 200, [self._shown(pull) for pull in self._listed(call, content)]
            case "create":
                return self._create(content)
            case "reopen" if not self._reopened(self._pull(groups[0])):
                return 422, {
                    "message": "Validation Failed",
                    "errors": [{"message": "state cannot be changed"}],
                }
            case "update" | "close" | "reopen":
                return self._changed(self._pull(groups[0]), content)
            case "unlabel":
                self._pull(groups[0]).labels.remove(groups[1])
                return 200, []
            case "issues":
                pulls = [self._shown(pull) | {"pull_request": {}} for pull in self.pulls]
                return 200, [*map(self._shown_issue, self.issues[::-1]), *pulls]
            case "change issue":
                issue = _first(one for one in self.issues if one.number == int(groups[0]))
                issue.title, issue.body, issue.state = (content[name] for name in ("title", "body", "state"))
                return 200, self._shown_issue(issue)
            case "status":
                self.statuses.setdefault(groups[0], []).append(content)
                return 201, {"state": content["state"]}
            case "allowed" | "merge" | "by hand":
                return self._merging(call, groups, content)
        return super()._done(call, groups, content)

    def _merging(self, call: str, groups: tuple[str, ...], content: Content) -> Answer:
        match call:
            case "allowed":
                methods = {
                    "mergeCommitAllowed": False,
                    "squashMergeAllowed": True,
                    "rebaseMergeAllowed": True,
                }
                return 200, {"data": {"repository": {**methods, "pullRequest": {"id": "PR_1"}}}}
            case "by hand":
                self.open[0].merges_itself = ""
                return 200, {"data": {"disablePullRequestAutoMerge": {"clientMutationId": None}}}
        if not self.requires_checks:
            return 200, {"data": None, "errors": [{"message": "Pull request is in clean status"}]}
        assert content["variables"]["method"] == "SQUASH"
        self.open[0].merges_itself = content["variables"]["commit"]
        return 200, {"data": {"enablePullRequestAutoMerge": {"clientMutationId": None}}}

    def _listed(self, call: str, content: Content) -> list[Pull]:
        owner, _, branch = content["head"].partition(":")
        assert owner == "acme"
        pulls = [pull for pull in self._of("open", branch, content["base"]) if not pull.fork]
        if call == "open":
            return pulls
        done = [*self._of("closed", branch, content["base"]), *self._of("merged", branch, content["base"])]
        return sorted((one for one in done if not one.fork), key=lambda one: -one.number)

    def _create(self, content: Content) -> Answer:
        pull = self._created(content["head"], content["base"], content["title"], content["body"])
        if pull == "exists":
            errors = [{"message": f"A pull request already exists for acme:{content['head']}."}]
            return 422, {"message": "Validation Failed", "errors": errors}
        if isinstance(pull, str) or len(content["body"]) > self.longest:
            return 422, {"message": "Validation Failed", "errors": [{"field": "head", "code": "invalid"}]}
        return 201, self._shown(pull)

    def _changed(self, pull: Pull, content: Content) -> Answer:
        if len(content.get("body", "")) > self.longest:
            return 422, {"message": "Validation Failed"}
        pull.title, pull.body = content.get("title", pull.title), content.get("body", pull.body)
        if content.get("state") == "closed":
            self.close(pull)
        return 200, self._shown(pull)

    def _shown(self, pull: Pull) -> Content:
        return {
            "number": pull.number,
            "html_url": self.url(pull),
            "state": "open" if pull.state == "open" else "closed",
            "merged_at": "2026-03-01T00:00:00Z" if pull.state == "merged" else None,
            "title": pull.title,
            "body": pull.body.replace("\n", "\r\n") or None,  # as its page sends them
            "head": {"ref": pull.head, "sha": pull.left_at or self.tip(pull.head)},
            "base": {"ref": pull.base},
            "labels": [{"id": 7, "name": name} for name in pull.labels],
            "auto_merge": {"merge_method": "squash"} if pull.merges_itself else None,
        }

    def _shown_issue(self, issue: Issue) -> Content:
        return {
            "number": issue.number,
            "html_url": f"https://github.example/{REPOSITORY}/issues/{issue.number}",
            "title": issue.title,
            "body": issue.body,
            "state": issue.state,
            "author_association": issue.author,
            "user": {"type": "User"},
        }


_LISTED = {"open": "open", "opened": "open", "closed": "closed", "merged": "merged"}


class Gitea(GitHub):
    """https://docs.gitea.com/api: as GitHub, but lists are not by branch, and labels have ids."""

    name, kind = "Gitea", "gitea"
    right = "write:repository"
    longest = 1 << 20
    _PATHS: ClassVar[dict[str, str]] = {
        **{name: path for name, path in GitHub._PATHS.items() if name != "graphql"},
        "labels of it": rf"GET /repos/{REPOSITORY}/issues/(\d+)/labels",
        "unlabel": rf"DELETE /repos/{REPOSITORY}/issues/(\d+)/labels/(\d+)",
        "repository": rf"GET /repos/{REPOSITORY}",
        "branch": rf"GET /repos/{REPOSITORY}/branches/(.+)",
        "merge": rf"POST /repos/{REPOSITORY}/pulls/(\d+)/merge",
        "by hand": rf"DELETE /repos/{REPOSITORY}/pulls/(\d+)/merge",
    }

    @property
    def environment(self) -> dict[str, str]:
        here = {"GITHUB_API_URL": self.address, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": "another"}
        return {**here, "GITEA_ACTIONS": "true", "GITEA_TOKEN": TOKEN}

    def _is_let_in(self, headers: dict[str, str]) -> bool:
        return headers.get("Authorization") == f"token {TOKEN}"

    def _named(self, name: str, content: Content, query: dict[str, str]) -> str:
        if name == "pulls":
            return _LISTED[query["state"]]
        if name == "merge":
            return name if "Do" in content else ""
        return super()._named(name, content, query)

    def _done(self, call: str, groups: tuple[str, ...], content: Content) -> Answer:
        match call:
            case "labels of it":
                return 200, [self._label(name) for name in self._pull(groups[0]).labels]
            case "unlabel":
                self._pull(groups[0]).labels.remove(self.known_labels[int(groups[1]) - 40])
                return 204, None
            case "reopen" if not self._reopened(self._pull(groups[0])):
                return 412, {"message": "cannot change state of this pull request"}
            case "update" | "close" | "reopen":
                return 201, self._changed(self._pull(groups[0]), content)[1]
            case "repository":
                return 200, {"full_name": REPOSITORY, "default_merge_style": "squash"}
            case "branch" | "merge" | "by hand":
                return self._merging(call, groups, content)
            case "issues":
                return Forge._done(self, call, groups, content)
        return super()._done(call, groups, content)

    def _merging(self, call: str, groups: tuple[str, ...], content: Content) -> Answer:
        if call == "branch":
            return 200, {"name": groups[0], "enable_status_check": self.requires_checks}
        pull = self._pull(groups[0])
        was, pull.merges_itself = pull.merges_itself, content.get("head_commit_id", "")
        if call == "by hand":
            return (204, None) if was else (404, {"message": "Not Found"})
        assert (content["Do"], content["merge_when_checks_succeed"]) == ("squash", True)
        if was:
            pull.merges_itself = was
            return 409, {"message": "is already scheduled to auto merge"}
        return 201, None

    def _label(self, name: str) -> Content:
        if name not in self.known_labels:
            self.known_labels.append(name)
        return {"id": 40 + self.known_labels.index(name), "name": name}

    def _listed(self, call: str, content: Content) -> list[Pull]:
        self._close_what_has_no_branch()
        return [pull for pull in self.pulls[::-1] if (pull.state == "open") == (call == "open")]

    def _create(self, content: Content) -> Answer:
        pull = self._created(content["head"], content["base"], content["title"], content["body"])
        if pull == "exists":
            return 409, {"message": "pull request already exists for these targets [id: 7, issue_id: 9]"}
        if isinstance(pull, str):
            return 422, {"message": "invalid branch"}
        return 201, self._shown(pull)

    def _shown(self, pull: Pull) -> Content:
        ref = pull.head if self.tip(pull.head) else f"refs/pull/{pull.number}/head"
        return {
            **{name: value for name, value in super()._shown(pull).items() if name != "auto_merge"},
            "html_url": self.url(pull),
            "body": pull.body,
            "labels": [self._label(name) for name in pull.labels],
            "head": super()._shown(pull)["head"]
            | {"label": pull.head, "ref": ref, "repo_id": 2 if pull.fork else 1},
            "base": {"label": pull.base, "ref": pull.base, "repo_id": 1},
        }


class GitLab(Forge):
    """https://docs.gitlab.com/api/merge_requests/, /notes/, /issues/, /commits/."""

    name, kind = "GitLab", "gitlab"
    word, sign = "merge request", "!"
    right = "the scope `api`"
    longest = 1_048_576
    _P = f"/projects/{REPOSITORY.replace('/', '%2F')}"
    _PATHS: ClassVar[dict[str, str]] = {
        "pulls": rf"GET {_P}/merge_requests",
        "create": rf"POST {_P}/merge_requests",
        "change": rf"PUT {_P}/merge_requests/(\d+)",
        "comments": rf"GET {_P}/merge_requests/(\d+)/notes",
        "comment": rf"POST {_P}/merge_requests/(\d+)/notes",
        "project": rf"GET {_P}",
        "merge": rf"PUT {_P}/merge_requests/(\d+)/merge",
        "by hand": rf"POST {_P}/merge_requests/(\d+)/cancel_merge_when_pipeline_succeeds",
        "issues": rf"GET {_P}/issues",
        "create issue": rf"POST {_P}/issues",
        "change issue": rf"PUT {_P}/issues/(\d+)",
        "status": rf"POST {_P}/statuses/([0-9a-f]{{40}})",
    }

    @property
    def environment(self) -> dict[str, str]:
        here = {"CI_API_V4_URL": self.address, "CI_PROJECT_PATH": REPOSITORY}
        return {**here, "GITLAB_CI": "true", "CI_JOB_TOKEN": "job", "GITLAB_TOKEN": TOKEN}

    def _is_let_in(self, headers: dict[str, str]) -> bool:
        return headers.get("PRIVATE-TOKEN") == TOKEN

    def _named(self, name: str, content: Content, query: dict[str, str]) -> str:
        match name:
            case "pulls":
                return _LISTED[query["state"]]
            case "create":
                return name if {"source_branch", "target_branch", "title"} <= content.keys() else ""
            case "change" if "remove_labels" in content:
                return "unlabel"
            case "change":
                return {"reopen": "reopen", "close": "close", None: "update"}[content.get("state_event")]
            case "status":
                return name if content.get("state") in ("pending", "success", "failed") else ""
        return name

    def _done(self, call: str, groups: tuple[str, ...], content: Content) -> Answer:
        match call:
            case "open" | "closed" | "merged":
                pulls = self._of(call, content["source_branch"], content["target_branch"])
                return 200, [self._shown(pull) for pull in pulls]
            case "create":
                return self._create(content)
            case "reopen" if not self._reopened(self._pull(groups[0])):
                return 200, self._shown(self._pull(groups[0]))
            case "update" | "close" | "reopen":
                return self._changed(self._pull(groups[0]), content)
            case "unlabel":
                self._pull(groups[0]).labels.remove(content["remove_labels"])
                return 200, self._shown(self._pull(groups[0]))
            case "project" | "merge" | "by hand":
                return self._merging(call, groups, content)
            case "change issue":
                issue = _first(one for one in self.issues if one.number == int(groups[0]))
                issue.title, issue.body = content["title"], content["description"]
                issue.state = {"close": "closed", "reopen": "open"}.get(
                    content.get("state_event", ""), issue.state
                )
                return 200, self._shown_issue(issue)
            case "status":
                self.statuses.setdefault(groups[0], []).append(content)
                return 201, {"status": content["state"]}
        return super()._done(call, groups, content)

    def _merging(self, call: str, groups: tuple[str, ...], content: Content) -> Answer:
        if call == "project":
            return 200, {"id": 1, "only_allow_merge_if_pipeline_succeeds": self.requires_checks}
        pull = self._pull(groups[0])
        was, pull.merges_itself = pull.merges_itself, content.get("sha", "")
        if call == "by hand":
            return (201, {}) if was else (406, {"message": "406 Not Acceptable"})
        assert content["merge_when_pipeline_succeeds"] is True
        return 200, self._shown(pull)

    def _create(self, content: Content) -> Answer:
        head, base = content["source_branch"], content["target_branch"]
        pull = self._created(head, base, content["title"], content["description"])
        if pull == "exists":
            return 409, {"message": ["Another open merge request already exists for this source branch: !1"]}
        if isinstance(pull, str) or len(content["description"]) > self.longest:
            return 400, {"message": {"base": ["invalid"]}}
        return 201, self._shown(pull)

    def _changed(self, pull: Pull, content: Content) -> Answer:
        pull.title, pull.body = content.get("title", pull.title), content.get("description", pull.body)
        if content.get("state_event") == "close":
            self.close(pull)
        return 200, self._shown(pull)

    def _shown(self, pull: Pull) -> Content:
        return {
            "id": 900 + pull.number,
            "iid": pull.number,
            "web_url": self.url(pull),
            "state": {"open": "opened"}.get(pull.state, pull.state),
            "title": pull.title,
            "description": pull.body,
            "labels": pull.labels,
            "sha": pull.left_at or self.tip(pull.head),
            "merge_when_pipeline_succeeds": bool(pull.merges_itself),
            "source_branch": pull.head,
            "target_branch": pull.base,
            "source_project_id": 2 if pull.fork else 1,
            "target_project_id": 1,
        }

    def _shown_issue(self, issue: Issue) -> Content:
        return {
            "iid": issue.number,
            "web_url": f"https://gitlab.example/{REPOSITORY}/-/issues/{issue.number}",
            "title": issue.title,
            "description": issue.body,
            "state": {"open": "opened"}.get(issue.state, issue.state),
        }


FORGES: tuple[type[Forge], ...] = (GitHub, GitLab, Gitea)


def played(kind: type[Forge], remote: GitRepository) -> Iterator[Forge]:
    with kind(remote.path) as started:
        yield started
    assert started.wrong == []
