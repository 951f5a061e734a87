"""Upstream id -> (provider, key), and which models a glob means. Pure: knows no catalog and no source."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from fnmatch import translate
from functools import lru_cache

import msgspec

from sync.records import MappingRule, PlanPolicy

_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")
_WILDCARD = re.compile(r"(\*|\?|\[[^\]]*\])")
_ONE_VENDOR = re.compile(r"\^([A-Za-z0-9_-]+)/(?![?*{])[^|]*", re.DOTALL)


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where an upstream id belongs, and the id that the provider's own API is thought to take."""

    provider: str
    key: str
    model: str
    confirmed_by: str  # `alias`, `rule`, or `list` for the provider's own; empty: it is the upstream name
    rule: MappingRule

    @property
    def confirmed(self) -> bool:
        return bool(self.confirmed_by)


class LeftOut(msgspec.Struct, frozen=True):
    """An upstream id that no rule wants: `reason` is `unmapped`, or the variant of what has a place."""

    reason: str
    place: Place | None = None


UNMAPPED = LeftOut("unmapped")


class Mapping:
    """The mapping rules in their order, and which sources they are for."""

    def __init__(
        self,
        rules: Sequence[MappingRule],
        vendor_sources: frozenset[str],
        aliases: dict[str, str],
        plain_sources: frozenset[str] = frozenset(),
    ) -> None:
        self._plain_sources = plain_sources  # to whom a colon is a part of the name: `ollama/qwen3:8b`
        self._rules = [(re.compile(rule.match), rule, _vendor_of(rule.match)) for rule in rules]
        self._vendor_sources = vendor_sources
        self._aliases = aliases
        self._of_vendor: dict[str, list[tuple[re.Pattern[str], MappingRule]]] = {}

    @classmethod
    def of(cls, policy: PlanPolicy) -> Mapping:
        return cls(policy.mapping, policy.vendor_sources, policy.aliases, policy.plain_sources)

    def place(self, source: str, upstream_id: str) -> Place | LeftOut:
        """The first rule that matches decides; a source without vendors maps to its own name."""
        if source not in self._vendor_sources:
            return self._placed(_own_rule(source), source, upstream_id, upstream_id, native=True)
        plain = upstream_id.removeprefix("~")
        vendor, _, name = plain.partition("/")
        for pattern, rule in self._rules_for(vendor):
            found = pattern.search(plain)
            if found:
                provider = found.expand(rule.provider) if "\\" in rule.provider else rule.provider
                place = self._placed(rule, provider, upstream_id, name or plain)
                variants = () if source in self._plain_sources else variants_of(upstream_id)
                unwanted = [variant for variant in variants if variant not in rule.variants]
                return LeftOut(unwanted[0], place) if unwanted else place
        return UNMAPPED

    def _placed(
        self, rule: MappingRule, provider: str, upstream_id: str, name: str, *, native: bool = False
    ) -> Place:
        alias = self._aliases.get(upstream_id)
        known_by = "alias" if alias else "list" if native else ""
        return Place(provider, normalise(name), alias or name, known_by, rule)

    def _rules_for(self, vendor: str) -> list[tuple[re.Pattern[str], MappingRule]]:
        """The rules that can match an id of this vendor: a team may have hundreds, one for each."""
        if vendor not in self._of_vendor:
            self._of_vendor[vendor] = [
                (pattern, rule) for pattern, rule, only in self._rules if only in (None, vendor)
            ]
        return self._of_vendor[vendor]


def normalise(text: str) -> str:
    """A key: lower case, anything else than `a-z 0-9` is one `-`, none at the ends."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return _NOT_IN_KEYS.sub("-", composed.lower()).strip("-")


def variants_of(upstream_id: str) -> tuple[str, ...]:
    """`free` for `vendor/model:free`, `latest` for `~vendor/model-latest`, nothing for a plain id."""
    alias = ("latest",) if upstream_id.startswith("~") else ()
    _, _, suffix = upstream_id.partition(":")
    return (*alias, suffix) if suffix else alias


def means(glob: str, names: Iterable[str]) -> bool:
    """Whether an id or glob means a model by one of its names: key, upstream id, native id."""
    pattern = _normalised(glob)
    return pattern is not None and any(pattern.match(normalise(name)) for name in names if name)


@lru_cache(maxsize=4096)
def _normalised(glob: str) -> re.Pattern[str] | None:
    """The glob with the text between its wildcards normalised as keys are.

    None where nothing is left of a text: what remained would mean more than was written.
    """
    parts = _WILDCARD.split(glob if glob.isascii() else unicodedata.normalize("NFC", glob))
    texts = [_NOT_IN_KEYS.sub("-", text.lower()) for text in parts[::2]]
    texts[0] = texts[0].lstrip("-")
    texts[-1] = texts[-1].rstrip("-")
    if any(before and not after for before, after in zip(parts[::2], texts, strict=True)):
        return None
    parts[::2] = texts
    return re.compile(translate("".join(parts).lower()))


def _vendor_of(pattern: str) -> str | None:
    """The one vendor whose ids the regular expression can match, where that is plain to see."""
    found = _ONE_VENDOR.fullmatch(pattern)
    return found[1] if found else None


@lru_cache(maxsize=64)
def _own_rule(source: str) -> MappingRule:
    return MappingRule("", source)
