"""The data files of two revisions -> all faults of the change between them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from modelsync.against.fault import Fault
from modelsync.against.layout import of_layout
from modelsync.against.models import of_models
from modelsync.against.removals import of_removals
from modelsync.against.sides import sides
from modelsync.against.texts import of_texts
from modelsync.config import Config


def faults(
    before: Mapping[str, bytes], after: Mapping[str, bytes], config: Config, *, today: date, since: date
) -> tuple[Fault, ...]:
    """What no run under this configuration may have done to these files, by their paths.

    `since` is the day on which the older ones were committed.
    Raises CatalogError, with file and line, where one of them cannot be read.
    """
    both = sides(before, after, config.shape, config.plan_policy(today), since=since)
    found = (*of_removals(both), *of_models(both), *of_texts(both), *of_layout(both))
    return tuple(dict.fromkeys(found))
