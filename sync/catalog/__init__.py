"""The catalog: its files read into what they mean, and a plan turned into edits of their text."""

from sync.catalog.digest import digest
from sync.catalog.edits import Rewrite, rename, rewrites
from sync.catalog.read import DataFile, NewFiles, Opened, Problem, meaning, open_catalog, parse
from sync.catalog.shape import Shape

__all__ = [
    "DataFile",
    "NewFiles",
    "Opened",
    "Problem",
    "Rewrite",
    "Shape",
    "digest",
    "meaning",
    "open_catalog",
    "parse",
    "rename",
    "rewrites",
]
