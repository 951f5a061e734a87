"""What a run can have done to one repository of a forge, whichever forge it is. Decides nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import ClassVar, Literal, NamedTuple, TypeVar

import msgspec

from modelsync.errors import GitRefused, SourceFailed
from modelsync.http import Client, Reply

AGAIN = "The branch stays as it is: run the command again."
REFUSED_STATE = (409, 412, 422)  # what is asked does not go with what is there
_PAGES = 10  # of a list, each as large as the forge gives them
_MADE = (200, 201, 202, 204)
_REDIRECTS = (301, 302, 307, 308)

T = TypeVar("T")
Status = Literal["pending", "success", "failure"]


class Pull(msgspec.Struct, frozen=True):
    """A pull request as a forge has it now."""

    number: int
    url: str
    title: str
    body: str = ""
    labels: tuple[str, ...] = ()
    merges_itself: bool | None = False  # once its checks pass; None: the forge does not tell


class Issue(msgspec.Struct, frozen=True):
    """An issue as a forge has it now."""

    number: int
    url: str
    title: str
    body: str = ""
    is_open: bool = True


class ForgeRepository(msgspec.Struct, frozen=True):
    """A repository on a forge: the address of its API without a slash at its end, and its path there."""

    api: str
    path: str


class Token(NamedTuple):
    """What authenticates, and the variable of the environment that holds it. It is shown nowhere."""

    variable: str
    secret: str


def with_line_feeds(text: str | None) -> str:
    """A text as it was sent: a forge may give back other line ends, and nothing for an empty one."""
    return (text or "").replace("\r\n", "\n")


class Forge(ABC):
    """One repository's pull requests, comments, labels, issues and commit statuses. All methods that ask
    raise GitRefused. Bodies and titles are the caller's to bound by `longest_body` characters."""

    name: ClassVar[str]
    request: ClassVar[str] = "pull request"  # what this forge's people call it
    sign: ClassVar[str] = "#"  # before its number
    longest_body: ClassVar[int]
    rights: ClassVar[str]  # what to do where a right is missing

    def __init__(self, client: Client, repository: ForgeRepository, token: Token) -> None:
        self._client, self._repository, self._token = client, repository, token

    # ------------------------------------------------------------------------ pull requests

    @abstractmethod
    def open(self, branch: str, base: str) -> Pull | None:
        """The open pull request of a branch of this repository, not of a fork's."""

    @abstractmethod
    def closed(self, branch: str, base: str) -> Iterator[Pull]:
        """Those of the branch that were closed and not merged, the newest first."""

    @abstractmethod
    def merged(self, branch: str, base: str) -> Iterator[str]:
        """The commits in which those of the branch ended that were merged, in whatever way."""

    @abstractmethod
    def create(self, branch: str, base: str, title: str, body: str) -> Pull | None:
        """A new one; None where there may be one already, or the answer was lost."""

    @abstractmethod
    def update(self, number: int, title: str, body: str) -> None:
        """Give it another title and body."""

    @abstractmethod
    def close(self, number: int, body: str) -> None:
        """Close it unmerged, with a body that says who did and why."""

    @abstractmethod
    def reopen(self, number: int) -> bool:
        """Open it again; False where the forge does not allow it, as where its branch is gone."""

    @abstractmethod
    def comments(self, number: int) -> Iterator[str]:
        """What people and programs wrote below it."""

    @abstractmethod
    def comment(self, number: int, text: str) -> None:
        """Write a comment below a pull request or an issue."""

    @abstractmethod
    def remove_label(self, pull: Pull, label: str) -> None:
        """Take a label from it."""

    @abstractmethod
    def merge_when_green(self, number: int, commit: str, base: str) -> None:
        """Let the forge merge it once its required checks pass, as long as it ends in this commit. Raises
        GitRefused too where none are required, so that it would be merged at once."""

    @abstractmethod
    def merge_by_hand(self, number: int) -> None:
        """Leave merging to people; nothing is done where it is so already."""

    # ------------------------------------------------------------------------ issues and statuses

    @abstractmethod
    def issues(self) -> Iterator[Issue]:
        """Open and closed ones, those that were changed last first."""

    def issue(self, marker: str) -> Issue | None:
        """The oldest of them whose body holds a marker."""
        marked = (issue for issue in self.issues() if marker in issue.body)
        return min(marked, key=lambda issue: issue.number, default=None)

    @abstractmethod
    def create_issue(self, title: str, body: str) -> Issue:
        """A new issue."""

    @abstractmethod
    def update_issue(self, issue: Issue, title: str, body: str, *, is_open: bool = True) -> None:
        """Give an issue another title and body, and have it open or closed."""

    @abstractmethod
    def set_status(self, commit: str, status: Status, name: str, description: str, url: str = "") -> None:
        """Say on a commit how a check by this name went."""

    # ------------------------------------------------------------------------ asking

    @property
    @abstractmethod
    def _headers(self) -> Mapping[str, str]:
        """What authenticates, and which answers are wanted."""

    @property
    @abstractmethod
    def _root(self) -> str:
        """The address of the repository in the API."""

    def _list(self, path: str, kind: type[T]) -> Iterator[T]:
        """The items of a list, page after page."""
        try:
            for reply in islice(self._client.pages(f"{self._root}{path}", headers=self._headers), _PAGES):
                yield from self._read(self._expected(reply), list[kind])  # type: ignore[valid-type]
        except SourceFailed as failed:
            raise self._silent(failed) from None

    def _ask(self, method: str, path: str, content: object = None) -> Reply:
        return self._expected(self._send(method, path, content))

    def _send(self, method: str, path: str, content: object = None) -> Reply:
        return self._exchange(method, f"{self._root}{path}", content)

    def _exchange(self, method: str, address: str, content: object = None) -> Reply:
        try:
            return self._client.send(method, address, content, headers=self._headers)
        except SourceFailed as failed:
            raise self._silent(failed) from None

    def _new(self, path: str, content: object, taken: Iterable[int], words: bytes) -> Reply | None:
        """What is made of the content; None where it may be there already: the forge says so in these
        words, or did it and failed, or its answer was lost."""
        try:
            reply = self._client.send("POST", f"{self._root}{path}", content, headers=self._headers)
        except SourceFailed:
            return None
        if reply.status >= 500 or (reply.status in taken and words in reply.body):
            return None
        return self._expected(reply)

    def _expected(self, reply: Reply) -> Reply:
        if reply.status not in _MADE:
            raise self._refused(reply)
        return reply

    def _refused(self, reply: Reply) -> GitRefused:
        words = self._client.excerpt(reply.body) if reply.body.strip() else ""
        what = f"{self.name} refuses with HTTP {reply.status}{f': {words}' if words else ''}"
        advice = {
            401: "The token is wrong or has expired.",
            403: self.rights,
            404: self.rights,
            **dict.fromkeys(_REDIRECTS, "The repository has moved: name it where it is now."),
        }
        return GitRefused(what, where=self._repository.path, advice=advice.get(reply.status, AGAIN))

    def _unchecked(self, advice: str) -> GitRefused:
        what = f"{self.name} would merge this at once: no check is required"
        return GitRefused(what, where=self._repository.path, advice=advice)

    def _silent(self, failed: SourceFailed) -> GitRefused:
        return GitRefused(f"{self.name} does not answer: {failed.what}", where=failed.where, advice=AGAIN)

    def _read(self, reply: Reply, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(reply.body, type=kind)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise GitRefused(f"{self.name}'s answer cannot be read: {error}", advice=AGAIN) from None
