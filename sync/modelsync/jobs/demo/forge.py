"""GitHub's pull requests of one repository, as documented, played for the demo.

https://docs.github.com/en/rest/pulls/pulls, https://docs.github.com/en/rest/issues/comments
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "acme/prices"
TOKEN = "a-token-of-the-demo"
_HIDDEN = re.compile(r"<!--.*?-->", re.DOTALL)
_PAGE = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{0} #{number}</title>
<style>body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid; padding: 1rem }}</style>
<p>A forge that is played for the demo: a real one lays this out, and shows the lines that change.</p>
<h1>{0} #{number}</h1>
<p>{1}: <code>{2}</code> into <code>{3}</code></p>
<pre>{body}</pre>
"""
_PATH = re.compile(rf"/repos/{REPOSITORY}/(pulls|issues)(?:/(\d+))?(/comments)?")


@dataclass
class Pull:
    """A pull request, and what is written below it."""

    number: int
    title: str
    body: str
    head: str
    base: str
    state: str = "open"
    merged_at: str | None = None
    comments: list[str] = field(default_factory=list)

    def shown(self, home: str) -> dict[str, Any]:
        url = f"{home}/{REPOSITORY}/pull/{self.number}"
        known = {name: getattr(self, name) for name in ("number", "title", "body", "state", "merged_at")}
        return known | {"html_url": url, "head": {"ref": self.head}, "base": {"ref": self.base}}


@dataclass
class Forge:
    """What a run finds and leaves there."""

    pulls: list[Pull] = field(default_factory=list)
    home: str = "https://github.example"

    def page(self, address: str) -> str:
        """The page of a pull request, in place of the real forge's; nothing where there is none."""
        number = address.removeprefix(f"/{REPOSITORY}/pull/")
        for pull in self.pulls:
            if number == str(pull.number):
                body = escape(_HIDDEN.sub("", pull.body).strip())
                facts = (escape(one) for one in (pull.title, pull.state, pull.head, pull.base))
                return _PAGE.format(*facts, number=pull.number, body=body)
        return ""

    def answer(self, method: str, address: str, body: bytes) -> tuple[int, Any]:
        asked = urlsplit(address)
        path, content = _PATH.fullmatch(asked.path), json.loads(body or b"{}")
        if path is None or (path[2] and int(path[2]) > len(self.pulls)):
            return 404, {"message": "Not Found"}
        pull = self.pulls[int(path[2]) - 1] if path[2] else None
        match method, path[1], path[3]:
            case "GET", "pulls", None:
                return 200, self._listed(parse_qs(asked.query))
            case "POST", "pulls", None:
                return self._created(content)
            case "PATCH", "pulls", None if pull:
                for name in content.keys() & {"title", "body", "state"}:
                    setattr(pull, name, content[name])
                return 200, pull.shown(self.home)
            case "GET", "issues", "/comments" if pull:
                return 200, [{"body": text} for text in pull.comments]
            case "POST", "issues", "/comments" if pull:
                pull.comments.append(content["body"])
                return 201, content
            case _:
                return 404, {"message": "Not Found"}

    def _listed(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        (state,), (head,), (base,) = (query[name] for name in ("state", "head", "base"))
        wanted = (state, head.partition(":")[2], base)
        return [one.shown(self.home) for one in self.pulls[::-1] if (one.state, one.head, one.base) == wanted]

    def _created(self, content: dict[str, Any]) -> tuple[int, Any]:
        if any((one.state, one.head) == ("open", content["head"]) for one in self.pulls):
            return 422, {"errors": [{"message": "A pull request already exists."}]}
        named = {name: content[name] for name in ("title", "body", "head", "base")}
        self.pulls.append(Pull(len(self.pulls) + 1, **named))
        return 201, self.pulls[-1].shown(self.home)
