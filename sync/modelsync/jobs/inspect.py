"""Questions about models and providers of the catalog, answered without changing anything."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import dedent

from modelsync.catalog import lookup
from modelsync.jobs import evidence, opening
from modelsync.plan import opinion
from modelsync.plan.bases import resolved
from modelsync.plan.mapping import Mapping
from modelsync.records import Catalog, Entry, ModelDetails, Provider, SecondOpinion
from modelsync.run.notes import HEARD
from modelsync.run.request import Run


def providers(run: Run, only: str | None) -> tuple[Provider, ...]:
    """The providers of the catalog, or the one that is named, their entries with what their bases say.

    Raises UsageError where there is none.
    """
    catalog, policy = as_read(run), run.policy
    if only:
        return (lookup.provider(catalog, only, set(policy.sources) - policy.vendor_sources),)
    return tuple(catalog.providers.values())


def shown(run: Run, name: str) -> ModelDetails:
    """One model of the catalog, `PROVIDER/MODEL`, with what its base says; nothing of its past."""
    catalog = as_read(run)
    entry = lookup.entry(catalog, name)
    return ModelDetails(
        entry,
        catalog.providers[entry.provider].local,
        confirmations(run, [entry])[entry.name],
        origins(run, entry),
        opinions=second_opinions(run, [entry]).get(entry.name, ()),
    )


def unit_of_prices(run: Run, shown: Iterable[Provider]) -> str:
    """The unit (PRICING_UNITS) that the prices of these providers are in, or else of the catalog."""
    return Catalog({one.key: one for one in shown}, {}).unit_of_prices(run.config.pricing_unit)


def as_read(run: Run) -> Catalog:
    """The catalog as its files are now, every entry with what its base says."""
    return resolved(opening.open_catalog(run).catalog, run.policy.authoritative)


def second_opinions(run: Run, entries: Iterable[Entry]) -> dict[str, tuple[SecondOpinion, ...]]:
    """By name, what other lists stated of the values that an entry has, when a run last heard them; nothing
    where none was heard."""
    memory = HEARD.read(run.place)
    return {entry.name: tuple(opinion.second_opinions(entry, memory)) for entry in entries if memory}


def origins(run: Run, entry: Entry) -> dict[str, str]:
    """By field, where its value is from: a base, or who wrote it as git tells; else nothing is said."""
    bases = {field: f"base {base}" for field, base in entry.inherited.items()}
    written = evidence.origins(run, evidence.review_of(run), opening.open_catalog(run), entry)
    return bases | {field: str(origin) for field, origin in written.items()}


def source(run: Run, entry: Entry) -> tuple[str, ...]:
    """The lines of its file that state an entry, with the comments directly above it."""
    opened = opening.open_catalog(run)
    file = opened.file_of(entry)
    first, last = file.document.lines(file.path_of(entry))
    lines = file.document.text.splitlines()
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return tuple(dedent("\n".join(lines[first - 1 : last])).splitlines())


def confirmations(run: Run, entries: Iterable[Entry]) -> dict[str, str]:
    """By name, what says that an entry's `model` is the provider's own id; empty where nothing does."""
    policy = run.policy
    mapping = Mapping(policy)
    return {entry.name: _confirmed_by(entry, mapping) for entry in entries}


def _confirmed_by(entry: Entry, mapping: Mapping) -> str:
    """What is sure by any source that it follows; else a guess; else a person wrote what no source would."""
    model = str(entry.values.get("model", ""))
    confirmations = [mapping.confirmed_by(*followed, model) for followed in entry.upstream.items()]
    sure = next((by for by in confirmations if by not in ("", "person")), None)
    return sure or ("" if "" in confirmations else "person")
