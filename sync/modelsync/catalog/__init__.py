"""The catalog: its files read into what they mean, and a plan turned into edits of their text."""

from modelsync.catalog.edits import rename, rewrite, rewrites, written
from modelsync.catalog.read import (
    DataFile,
    NewFiles,
    Opened,
    Problem,
    Rewrite,
    decided,
    entries_in,
    meaning,
    open_catalog,
    parse,
)
from modelsync.catalog.shape import Shape
