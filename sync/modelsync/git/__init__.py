"""The repository around the catalog: what it allows, the review branch, the commit. Knows no models."""

from modelsync.git.command import ignores
from modelsync.git.facts import CommitFacts, FileChange, Head, ReviewBranch
from modelsync.git.repository import Repository
