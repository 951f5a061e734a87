"""The catalog: its files read into what they mean, and a plan turned into edits of their text."""

from modelsync.catalog.edits import rename, rewrite, rewrites, written
from modelsync.catalog.meaning import Problem, entries_in, meaning, parse
from modelsync.catalog.read import DataFile, NewFiles, Opened, Rewrite, decided, open_catalog
from modelsync.catalog.shape import Shape
