"""Where the jobs of a server run: beside the catalog, in a folder of the server's own."""

from __future__ import annotations

from pathlib import Path

import msgspec

from modelsync import config
from modelsync.config import Config, Place
from modelsync.jobs import opening
from modelsync.records import ReviewPolicy
from modelsync.review.base import Base
from modelsync.review.branch import is_half_done
from modelsync.review.worktree import Worktree
from modelsync.run.request import Request, Run


class Served(msgspec.Struct, frozen=True):
    """What each process of a server is told: the catalog that it is for, and whether jobs push."""

    catalog: str
    review: ReviewPolicy
    push: bool = False
    pr: bool = False


def served(run: Run) -> Served:
    """What is told of a run in a person's own working tree."""
    return Served(str(run.place.catalog), run.config.review, run.push, run.pr)


def folder_of(place: Place) -> Path:
    """The folder in which a server of a catalog keeps its own."""
    return place.note("serve")


def worktree_of(run: Run) -> Worktree:
    """The working tree of its jobs; the `run` is of a person's own."""
    folder, policy = folder_of(run.place) / "tree", run.config.review
    asks, hidden = run.publishes, run.key_names
    return Worktree(run.place, folder, policy, run.proposes_on, asks=asks, hidden=hidden)


def brought(run: Run, base: Base | None = None) -> Base:
    """The base, at which the working tree is now. No job may be at work in it. Raises GitRefused, and Locked
    where another run is at work while what a killed job left is to be undone."""
    tree = worktree_of(run)
    if tree.unlock() and is_half_done(tree.place):
        with opening.alone(msgspec.structs.replace(run, place=tree.place)):
            pass
    return tree.bring(base)


def outside(of: Served) -> Run:
    """A run in a person's own working tree, of whose files it knows nothing: what is in there may be half
    written, and is not what reviewers have."""
    place, rules = Place(Path(of.catalog)), Config(review=of.review)
    return Run(place, rules, config.now(), push=of.push, pr=of.pr)


def run_of(of: Served, request: Request | None = None) -> Run:
    """A run in the working tree of the server, by the rules that lie there."""
    return Run.at(worktree_of(outside(of)).place, request)
