"""What can be read in `sync.yaml` and is hardly meant: `check` names it, and no run is refused for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from modelsync.config.settings import Config
from modelsync.config.validation import Mistake, Path
from modelsync.errors import did_you_mean
from modelsync.records import FIELDS
from modelsync.records.providers import words_of
from modelsync.sources import SOURCES, transformers

_ONE_VENDOR = re.compile(r"\^?([a-z0-9-]+)/")
_LETTERS = 2  # that are wrong, or two that change places
_SCHEMES = ("http", "https", "file")


def warnings(
    config: Config, providers: Collection[str], vendors: Mapping[str, str] = {}
) -> Iterator[Mistake]:
    """Every warning, with its path; `providers` are those of the catalog, `vendors` how the
    ids of known ones begin."""
    yield from _sources(config)
    for path, glob in _globs(config):
        if "[" in glob.replace("[[]", "") and "]" not in glob[glob.rindex("[") :]:
            yield path, f"{'.'.join(map(str, path[:-1]))}: {glob} is no glob: its [ has no ]"
    yield from _providers(config, providers)
    yield from _vendors(config, vendors)


def _sources(config: Config) -> Iterator[Mistake]:
    known = transformers()
    for name, source in config.sources.items():
        at = ("sources", name)
        places: list[tuple[Path, str]] = [((*at, "transformer"), source.transformer)]
        for number, endpoint in enumerate(source.endpoints):
            below = (*at, "endpoints", number)
            places.append(((*below, "transformer"), endpoint.transformer))
            if text := _wrong_address(endpoint.url):
                yield (*below, "url"), f"sources.{name}: {text}"
        for path, transformer in places:
            if transformer and transformer not in known:
                hint = did_you_mean(transformer, known) or f"; there are {', '.join(known)}"
                yield path, f"sources.{name}: no transformer {transformer}{hint}"
        format_ = SOURCES.get(source.transformer)
        if source.unit and format_ and format_.pages and not format_.pages_of:
            what = f"a list of {format_.name} is in a unit of its own: no unit counts"
            yield (*at, "unit"), f"sources.{name}: {what}"


def _wrong_address(url: str) -> str:
    """What is wrong with an endpoint's address; nothing where there is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the url cannot be read"
    if not url or (parts.scheme in _SCHEMES and (parts.netloc or parts.scheme == "file")):
        return ""
    scheme = f"{parts.scheme}: is no address that can be asked" if parts.scheme else "the url has no scheme"
    return f"{scheme}{did_you_mean(parts.scheme, _SCHEMES) or '; it begins with https://'}"


def _globs(config: Config) -> Iterator[tuple[Path, str]]:
    """All globs of models, and where each stands."""
    lists: dict[Path, Collection[str]] = {("files",): config.files}
    for name, source in config.sources.items():
        if source.filters:
            lists["sources", name, "filters", "include"] = source.filters.include
            lists["sources", name, "filters", "exclude"] = source.filters.exclude
    for index, rule in enumerate(config.mapping):
        lists["mapping", index, "add"] = rule.add if isinstance(rule.add, tuple) else ()
    for provider, rules in config.exclusions.items():
        lists["exclude", provider] = [rule.id for rule in rules]
    for path, globs in lists.items():
        yield from (((*path, index), glob) for index, glob in enumerate(globs))


def _providers(config: Config, held: Collection[str]) -> Iterator[Mistake]:
    """Names of providers that nothing has, where something else has nearly the same name."""
    mapped = {rule.provider for rule in config.mapping}
    if any("\\" in provider for provider in mapped):
        return
    reached = mapped | config.sources.keys()
    lonely = [name for name in held if name not in reached]
    for index, rule in enumerate(config.mapping):
        hint = "" if rule.provider in held else did_you_mean(rule.provider, lonely)
        if hint:
            yield ("mapping", index, "provider"), f"mapping: no provider {rule.provider} in the catalog{hint}"
    known = {*held, *reached}
    for path, name in _named(config):
        hint = "" if name in known else did_you_mean(name, known)
        if hint:
            yield path, f"{path[0]}: no provider {name}{hint}"


def _vendors(config: Config, vendors: Mapping[str, str]) -> Iterator[Mistake]:
    """Rules whose ids nearly begin as those of their provider do."""
    for index, rule in enumerate(config.mapping):
        match, vendor = _ONE_VENDOR.match(rule.match), vendors.get(rule.provider, "")
        if not match or not vendor or match[1] in {vendor, *words_of(rule.provider)}:
            continue
        alike = SequenceMatcher(None, match[1], vendor).get_opcodes()
        wrong = sum(max(end - begin, other - at) for kind, begin, end, at, other in alike if kind != "equal")
        if wrong <= _LETTERS:
            text = f"mapping: no id begins like {rule.match}, did you mean ^{vendor}/?"
            yield ("mapping", index, "match"), text


def _named(config: Config) -> Iterator[tuple[Path, str]]:
    """The names of providers in rules that are for one provider."""
    yield from ((("exclude", name), name) for name in config.exclude)
    yield from ((("owners", key), key.partition("/")[0]) for key in config.owners if "/" in key)
    for key in config.guards.only:
        is_field = key in FIELDS or any(field.startswith(f"{key}.") for field in FIELDS)
        yield ("guards", "only", key), "" if is_field else key.partition("/")[0]
    yield from ((("accept", at), rule.model.partition("/")[0]) for at, rule in enumerate(config.accept))
