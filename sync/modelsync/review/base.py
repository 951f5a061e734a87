"""The base on the remote: what a pull request is for, and where a run that proposes begins."""

from __future__ import annotations

from modelsync.errors import GitRefused
from modelsync.git import Head, Repository
from modelsync.git.remote import Remote, Tips
from modelsync.records import ReviewPolicy


def base_of(remote: Remote, tips: Tips, name: str) -> str:
    """The name of the base: the one given, or the remote's usual branch. Raises GitRefused."""
    base = name or tips.base
    if base not in tips.commits:
        raise GitRefused(
            f"the remote has no branch {base or 'that is its usual one'}",
            where=f"remote {remote.name}",
            advice="Name it under `review: {base: ...}` in sync.yaml.",
        )
    return base


def go_to_base(repository: Repository, policy: ReviewPolicy) -> None:
    """Put HEAD, on no branch, on the newest commit of the base. Raises GitRefused."""
    remote = repository.remote(policy.remote)
    tips = remote.tips(policy.base)
    base = base_of(remote, tips, policy.base)
    remote.fetch(base)
    repository.switch(Head(tips.commits[base]))
