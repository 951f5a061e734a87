"""What happens in a run while it happens, for who looks on."""

from __future__ import annotations

import msgspec

from modelsync.records.plan import PullRequest


class Fetched(msgspec.Struct, frozen=True, tag="fetched"):
    """A source answered, or failed for this reason."""

    source: str
    models: int = 0
    failure: str = ""


class Planned(msgspec.Struct, frozen=True, tag="planned"):
    """What is to be done is known: so many models change, and so many are equal."""

    changes: int = 0
    unchanged: int = 0


class Held(msgspec.Struct, frozen=True, tag="held"):
    """So many values are held back."""

    holds: int


class Written(msgspec.Struct, frozen=True, tag="written"):
    """The files are as planned; their names under the catalog's folder."""

    files: tuple[str, ...]


class Committed(msgspec.Struct, frozen=True, tag="committed"):
    """The files are committed."""

    commit: str
    branch: str


class Pushed(msgspec.Struct, frozen=True, tag="pushed"):
    """The branch is where the remote has it, and proposed there, where that was asked for."""

    branch: str
    pull_request: PullRequest | None = None


Progress = Fetched | Planned | Held | Written | Committed | Pushed
