"""The base on the remote: what a pull request is for, and where a run that proposes begins."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from modelsync.errors import GitRefused
from modelsync.git import Head, Repository
from modelsync.git.facts import HEADS
from modelsync.git.remote import Remote, Tips
from modelsync.records import ReviewPolicy


class Base(msgspec.Struct, frozen=True):
    """What reviewers have: its branch, and the commit that this is at."""

    branch: str
    commit: str


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


def newest_base(repository: Repository, policy: ReviewPolicy) -> Base:
    """The base at its newest commit, which is fetched. Raises GitRefused."""
    remote = repository.remote(policy.remote)
    tips = remote.tips(policy.base)
    base = base_of(remote, tips, policy.base)
    remote.fetch(base)
    return Base(base, tips.commits[base])


def known_base(
    repository: Repository, policy: ReviewPolicy, proposals: Callable[[str], bool], *, only_there: bool
) -> Base:
    """The base as far as it is known here; no remote is asked. Raises GitRefused.

    Where nothing tells the usual branch it is the one that HEAD is on, unless that is one of proposals. With
    `only_there` it is what the remote had when it was fetched last.
    """
    here = repository.head.ref.removeprefix(HEADS)
    here = "" if proposals(here) else here
    wanted = [policy.base] if policy.base else [*repository.usual_branches(policy.remote), here]
    for name in wanted:
        commit = repository.newest(name, policy.remote, only_there=only_there) if name else ""
        if commit:
            return Base(name, commit)
    raise GitRefused(
        f"there is no branch {policy.base}" if policy.base else "which branch reviewers have is not known",
        where=str(repository.root),
        advice="Name it under `review: {base: ...}` in sync.yaml.",
    )


def go_to_base(repository: Repository, policy: ReviewPolicy) -> None:
    """Put HEAD, on no branch, on the newest commit of the base. Raises GitRefused."""
    repository.switch(Head(newest_base(repository, policy).commit))
