"""What a person typed -> what it names in the catalog, or an error that says what there is."""

from __future__ import annotations

from collections.abc import Collection

from modelsync.errors import UsageError
from modelsync.records import Catalog, Entry, Provider

_NAMED = 20
_LISTED = "`modelsync sync {name}` brings it in, `modelsync list {name} --remote` shows what it lists now."


def provider(of: Catalog, name: str, listed: Collection[str] = ()) -> Provider:
    """The provider of that name; those that are `listed` have a source that lists them. Raises UsageError."""
    if name in of.providers:
        return of.providers[name]
    advice = _LISTED.format(name=name) if name in listed else _hint(name, of.providers)
    raise UsageError(f"no provider {name} in the catalog", advice=advice)


def entry(of: Catalog, name: str) -> Entry:
    """The entry `PROVIDER/MODEL`. Raises UsageError."""
    owner, separator, key = name.partition("/")
    if not separator:
        namesakes = [namesake.name for namesake in of.entries() if namesake.key == name]
        raise UsageError(f"{name} is not PROVIDER/MODEL", advice=_hint(name, namesakes, all_alike=True))
    entries = provider(of, owner).entries
    if key in entries:
        return entries[key]
    alike = _alike(key, entries)
    advice = f"Do you mean {alike}?" if alike else f"`modelsync list {owner}` names them all."
    raise UsageError(f"no model {key} at {owner}", advice=advice)


def expect_provider(only: str, of: Catalog, mapped: Collection[str]) -> None:
    """Expect that `--only PROVIDER[/GLOB]` names a provider of the catalog or one that models are mapped to.

    Any name may be meant where one of these is made by the mapping (`\\1`). Raises UsageError.
    """
    name, known = only.partition("/")[0], {*of.providers, *mapped}
    if only and name not in known and not any("\\" in provider for provider in mapped):
        raise UsageError(f"--only: no provider {name}", advice=_hint(name, sorted(known)))


def _hint(name: str, known: Collection[str], *, all_alike: bool = False) -> str:
    alike = " or ".join(known) if all_alike else _alike(name, known)
    if alike:
        return f"Do you mean {alike}?"
    named = list(known)[:_NAMED]
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return f"There are: {', '.join(named)}{more}." if named else "`modelsync list` names them all."


def _alike(name: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    return " or ".join(get_close_matches(name, known, n=3))
