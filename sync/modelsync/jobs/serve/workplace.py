"""Where the jobs of a server run: beside the catalog, in a folder of the server's own."""

from __future__ import annotations

from pathlib import Path

import msgspec

from modelsync.config import Place
from modelsync.jobs import sync
from modelsync.review.worktree import Base, Worktree
from modelsync.run.request import Run


def folder_of(place: Place) -> Path:
    """The folder in which a server of a catalog keeps its own."""
    return place.note("serve")


def worktree_of(run: Run) -> Worktree:
    """The working tree of its jobs; the `run` is of a person's own."""
    folder, policy = folder_of(run.place) / "tree", run.config.review
    asks, hidden = run.publishes, run.key_names
    return Worktree(run.place, folder, policy, run.proposes_on, asks=asks, hidden=hidden)


def brought(run: Run) -> Base:
    """The base, at which the working tree is now, all that a killed job left in it undone."""
    tree = worktree_of(run)
    if tree.place.root.is_dir():
        sync.tidy(msgspec.structs.replace(run, place=tree.place))
    return tree.bring()
