"""GitHub's pull requests as documented, played on loopback: it keeps state, and can be told to fail.

https://docs.github.com/en/rest/pulls/pulls. Branches are those of a real bare repository.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_played0123456789abcdef"
REPOSITORY = "acme/prices"


@dataclass
class GitHub:
    """One repository's pull requests. `failures` are taken one for each request: a status, and whether
    what was asked is done all the same."""

    remote: Path
    pulls: list[dict[str, Any]] = field(default_factory=list)
    failures: dict[int, tuple[int, str, bool]] = field(default_factory=dict)  # by the number of the request
    asked: list[tuple[str, str]] = field(default_factory=list)
    statuses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # by commit

    def __enter__(self) -> GitHub:
        github = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, content = github.answer(self.command, self.path, dict(self.headers), body)
                payload = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST = do_PATCH = _answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """What a workflow of GitHub's sets."""
        address = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {"GITHUB_API_URL": address, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": TOKEN}

    @property
    def open(self) -> list[dict[str, Any]]:
        return [pull for pull in self.pulls if pull["state"] == "open"]

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        self.asked.append((method, path))
        assert headers.get("Accept") == "application/vnd.github+json"
        assert headers.get("X-GitHub-Api-Version") == "2022-11-28"
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}
        status, message, done = self.failures.pop(len(self.asked), (0, "", True))
        answer = self._done(method, path, json.loads(body) if body else {}) if done else (0, None)
        return (status, {"message": message}) if status else answer

    def _done(self, method: str, path: str, content: dict[str, Any]) -> tuple[int, Any]:
        asked = urlsplit(path)
        if method == "POST" and (
            status := re.fullmatch(rf"/repos/{REPOSITORY}/statuses/([0-9a-f]{{40}})", asked.path)
        ):
            self.statuses.setdefault(status[1], []).append(content)
            return 201, content
        if not asked.path.startswith(f"/repos/{REPOSITORY}/pulls"):
            return 404, {"message": "Not Found"}
        if method == "GET":
            query = parse_qs(asked.query)
            owner, _, branch = query["head"][0].partition(":")
            assert owner == "acme"
            wanted = (branch, query["base"][0])
            pulls = [one for one in self.pulls if one["state"] == query["state"][0]]
            return 200, [one for one in pulls[::-1] if (one["head"]["ref"], one["base"]["ref"]) == wanted]
        if method == "POST":
            return self._created(content)
        number = re.fullmatch(rf"/repos/{REPOSITORY}/pulls/(\d+)", asked.path)
        pull = self.pulls[int(number[1]) - 1]
        pull.update({key: content[key] for key in ("title", "body", "state") if key in content})
        return 200, pull

    def _created(self, content: dict[str, Any]) -> tuple[int, Any]:
        head, base = content["head"], content["base"]
        if any(pull["head"]["ref"] == head for pull in self.open):
            errors = [{"message": f"A pull request already exists for acme:{head}."}]
            return 422, {"message": "Validation Failed", "errors": errors}
        if not self._has(head) or not self._has(base) or len(content["body"]) > 65_536:
            return 422, {"message": "Validation Failed", "errors": [{"field": "head", "code": "invalid"}]}
        number = len(self.pulls) + 1
        pull = {
            "number": number,
            "html_url": f"https://github.example/{REPOSITORY}/pull/{number}",
            "state": "open",
            "merged_at": None,
            "title": content["title"],
            "body": content["body"],
            "head": {"ref": head},
            "base": {"ref": base},
        }
        self.pulls.append(pull)
        return 201, pull

    def _has(self, branch: str) -> bool:
        command = ["git", "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"]
        return not subprocess.run(command, cwd=self.remote, capture_output=True, check=False).returncode
