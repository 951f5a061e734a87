"""What a target is: which row a model has there, and how rows are read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from modelsync.errors import SourceFailed, UsageError
from modelsync.records import ReleasedModel, Row, TargetChange
from modelsync.targets.lacks import Lacks
from modelsync.targets.settings import EnvironmentName, Targets, TargetSettings

S = TypeVar("S", bound=TargetSettings)
S_contra = TypeVar("S_contra", bound=TargetSettings, contravariant=True)


@dataclass(frozen=True)
class Access:
    """Which environment is meant, and what is known of the way there."""

    environment: EnvironmentName
    # by the names of variables: as asked, by the environment's own file, by the environment
    values: Mapping[str, str]
    state: Path  # a folder of ours on this machine
    actor: Callable[[], str]  # who publishes: asked where that is noted alone
    only_looks: bool = False  # nothing is written, and so somebody else may publish meanwhile

    def expect(self, known: Mapping[str, str]) -> None:
        """That each variable has a value. Raises UsageError."""
        lacks = [name for name, value in known.items() if not value]
        if lacks:
            raise UsageError(
                f"not set for {self.environment}: {' and '.join(lacks)}",
                advice=f"Set it in the environment or in .env.{self.environment}.",
            )


class Opened(Protocol):
    """A target that was reached, as long as nobody else publishes there. Its methods raise SourceFailed."""

    def present(self) -> Iterable[Row]:
        """The rows that are there."""

    def check(self, rows: Iterable[Row]) -> None:
        """That rows can be written as they are: before any is."""

    def write(
        self, changes: Sequence[TargetChange], commit: str, say: Callable[[str], None]
    ) -> Mapping[str, SourceFailed]:
        """Write the rows, telling of each; those that could not be, by their ids, and why."""


class Tables(Protocol[S_contra]):
    """What has to be there before rows can be. Its methods raise SourceFailed."""

    def definition(self, settings: S_contra, access: Access) -> list[str]:
        """The statements that make all of it; nobody is asked."""

    def lacking(self, settings: S_contra, access: Access, *, create: bool, migrate: bool) -> list[str]:
        """The statements that make what is not there, and that change what is there of an older shape."""

    def execute(self, settings: S_contra, access: Access, statements: Sequence[str]) -> None:
        """Execute them all, or none."""


@dataclass(frozen=True)
class Target(Generic[S]):
    """One kind of place that the catalog is published to."""

    name: str
    variables: tuple[str, ...]  # what it takes from `Access.values`
    settings: Callable[[Targets], S]
    row: Callable[[ReleasedModel, date, S], Row]  # the row that it is to have of a model on a day (UTC)
    lacks: Lacks  # what it is not told of a model
    open: Callable[[S, Access], AbstractContextManager[Opened]]
    numbers: frozenset[str]  # the fields of prices and limits
    unavailable: Mapping[str, Any]  # what a row says of a model that the catalog has no more
    tables: Tables[S] | None = None
    configuration: Callable[[Path], AbstractContextManager[Opened]] | None = None  # a file of its own

    def file(self, path: Path) -> AbstractContextManager[Opened]:
        """Its own file in place of itself. Raises UsageError where it has none."""
        if self.configuration is None:
            raise UsageError(
                f"{self.name} has no configuration file", advice="Publish to it without --config."
            )
        return self.configuration(path)
