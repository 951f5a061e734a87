"""Upstream id -> (provider, key, native id), and which models a glob means. Pure: no catalog, no source."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import translate
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from modelsync.plan.mapping.native import VENDOR_OF, is_recorded, native
from modelsync.records import MappingRule, PlanPolicy, Topic

_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")
_WILDCARD = re.compile(r"(\*|\?|\[[^\]]*\])")
_ONE_VENDOR = re.compile(r"\^([A-Za-z0-9_-]+)/(?![?*{])[^|]*", re.DOTALL)


class Placement(msgspec.Struct, frozen=True, gc=False):
    """Where an upstream id belongs, and the id that the provider's own API is thought to take."""

    provider: str
    key: str
    model: str
    # `alias`, `list` (the provider's own), `vendor's id` (a list of those), `recorded list`, `rule`; or empty
    confirmed_by: str
    rule: MappingRule
    bare: str = ""  # of a provider's own list: its id without the provider's name before it

    @property
    def confirmed(self) -> bool:
        return bool(self.confirmed_by)


class LeftOut(msgspec.Struct, frozen=True):
    """An upstream id that no rule wants: `reason` is `unmapped`, or the variant of what has a place."""

    reason: str
    placement: Placement | None = None


UNMAPPED = LeftOut(Topic.UNMAPPED)


class Mapping:
    """The mapping rules in their order, and which sources they are for."""

    def __init__(self, policy: PlanPolicy) -> None:
        self._policy = policy
        self._rules = [(re.compile(rule.match), rule, _vendor_of(rule.match)) for rule in policy.mapping]
        self._of_vendor: dict[str, list[tuple[re.Pattern[str], MappingRule]]] = {}
        self._expanded: dict[tuple[str | None, ...], str] = {}

    def place(self, source: str, upstream_id: str, canonical: str = "") -> Placement | LeftOut:
        """The first rule that matches decides; a source without vendors maps to its own name.

        `canonical` is the source's name of the model with its version or date, where it states one.
        """
        policy = self._policy
        if source not in policy.vendor_sources:
            return self._of_own_list(source, upstream_id)
        plain = upstream_id.removeprefix("~")
        vendor, _, name = plain.partition("/")
        for pattern, rule in self._rules_for(vendor):
            match = pattern.search(plain)
            if match:
                provider, name, own = self._provider(match, rule), name or plain, rule
                if source in policy.native_sources:
                    alias = policy.aliases.get(upstream_id)
                    model, known_by = alias or name, "alias" if alias else "vendor's id"
                    # what such a list states is no aggregator's price
                    own = replace(rule, prices=True) if rule.prices == "fill" else rule
                else:
                    model, known_by = self._model(upstream_id, canonical, provider, name)
                placement = Placement(provider, normalise(name), model, known_by, own)
                # to a plain source a colon is a part of the name: `ollama/qwen3:8b`
                variants = () if source in policy.plain_sources else variants_of(upstream_id)
                unwanted = [variant for variant in variants if variant not in rule.variants]
                return LeftOut(unwanted[0], placement) if unwanted else placement
        return UNMAPPED

    def _of_own_list(self, source: str, upstream_id: str) -> Placement:
        """A model of the source's own provider. Perplexity lists its `sonar` as `perplexity/sonar`."""
        alias, bare = self._policy.aliases.get(upstream_id), self._bare(source, upstream_id)
        if bare and not alias and is_recorded(_own_vendor(upstream_id.partition("/")[0], source), bare):
            return Placement(source, normalise(bare), bare, "list", _own_rule(source))
        model, known_by = alias or upstream_id, "alias" if alias else "list"
        return Placement(source, normalise(upstream_id), model, known_by, _own_rule(source), bare)

    def _bare(self, provider: str, upstream_id: str) -> str:
        """An id of a provider's own list without its vendor, where that is the provider; else nothing."""
        vendor, _, name = upstream_id.partition("/")
        is_its_own = normalise(vendor) == normalise(provider) or bool(_own_vendor(vendor, provider))
        return name if name and (is_its_own or self._maps_to(provider, upstream_id, vendor)) else ""

    def _maps_to(self, provider: str, upstream_id: str, vendor: str) -> bool:
        """Whether the rules put ids of this vendor at the provider."""
        matches = ((pattern.search(upstream_id), rule) for pattern, rule in self._rules_for(vendor))
        return next((self._provider(match, rule) == provider for match, rule in matches if match), False)

    def placement(self, source: str, upstream_id: str) -> Placement | None:
        """Where an id belongs, of a variant that nobody wants too; None where no rule wants the id."""
        placed = self.place(source, upstream_id)
        return placed.placement if isinstance(placed, LeftOut) else placed

    def confirmed_by(self, source: str, upstream_id: str, model: str) -> str:
        """What says that an entry's `model` is the provider's own id; empty where it is a guess of ours.

        `person`: no source and no rule would give it. What a rule needed the slug for counts as a guess.
        """
        placement = self.placement(source, upstream_id)
        if placement and placement.model == model:
            return placement.confirmed_by
        if source not in self._policy.vendor_sources:
            return "list" if model == upstream_id else "person"
        prefix, _, name = upstream_id.partition("/")
        vendor = _own_vendor(prefix, placement.provider) if placement else ""
        if is_recorded(vendor, model):
            return "recorded list"
        guess = native(vendor, name, slug=model)
        guesses = (name or upstream_id.removeprefix("~"), guess.model if guess else "")
        return "" if model in guesses else "person"

    def _provider(self, match: re.Match[str], rule: MappingRule) -> str:
        """The provider that the rule names, `\\1` and the like replaced: to expand them takes its time."""
        if "\\" not in rule.provider:
            return rule.provider
        matched = (rule.provider, match[0], *match.groups())
        if matched not in self._expanded:
            self._expanded[matched] = match.expand(rule.provider)
        return self._expanded[matched]

    def _model(self, upstream_id: str, canonical: str, provider: str, name: str) -> tuple[str, str]:
        """The provider's own id as far as it is known, and what confirms it; `name` is upstream's."""
        alias = self._policy.aliases.get(upstream_id)
        if alias:
            return alias, "alias"
        vendor = _own_vendor(upstream_id.partition("/")[0], provider)
        if is_recorded(vendor, name):
            return name, "recorded list"
        guess = native(vendor, name, canonical.rpartition("/")[2])
        if guess is None:
            return name or upstream_id, ""
        if is_recorded(vendor, guess.model):
            return guess.model, "recorded list"
        return guess.model, "rule" if guess.sure else ""

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


@lru_cache(maxsize=1024)
def _own_vendor(prefix: str, provider: str) -> str:
    """The vendor of an id, if the provider is its own API: whoever else hosts its models names them anew."""
    vendor = VENDOR_OF.get(prefix, prefix)
    return vendor if VENDOR_OF.get(normalise(provider)) == vendor else ""


def _vendor_of(pattern: str) -> str | None:
    """The one vendor whose ids the regular expression can match, where that is plain to see."""
    match = _ONE_VENDOR.fullmatch(pattern)
    return match[1] if match else None


@lru_cache(maxsize=64)
def _own_rule(source: str) -> MappingRule:
    return MappingRule("", source)
