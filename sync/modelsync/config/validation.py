"""What has the right type in `sync.yaml` and still cannot be right. It reads no text and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from modelsync.config.environment import address_names, is_of_others, key_names
from modelsync.errors import did_you_mean
from modelsync.notify.webhook import is_address
from modelsync.records import (
    ADDED,
    BASE,
    FIELDS,
    OTHER_LABELS,
    REMOVED,
    UPSTREAM_PREFIX,
    GuardPolicy,
    ReviewPolicy,
    Unreadable,
    WebhookPolicy,
)
from modelsync.records.secret import is_secret

if TYPE_CHECKING:
    from modelsync.config.settings import Config

Path = tuple[str | int, ...]
Mistake = tuple[Path, str]  # where it is, and what it is

_SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]*")  # it becomes part of a branch's name
_NAME = re.compile(r"\w[\w./-]*")  # no option of git's, and no address
_API = re.compile(r"(https://[\w.-]+|http://(127\.0\.0\.1|localhost|\[::1\]))(:\d+)?(/[\w-][\w.-]*)*/?")
_REPOSITORY = re.compile(r"\d+|[\w-][\w.-]*(/(?!\.{1,2}(/|$))[\w.-]+)+")
_NOT_A_REF = re.compile(
    r"[\x00-\x20\x7f~^:?*\[\]\\{}]|\.\.|//|@\{|/\.|\.lock(/|$)|^[-./]|[./]$"
)  # git-check-ref-format
_PERCENT = re.compile(r"\d+(\.\d+)?%")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECTIONS = {name.partition(".")[0] for name in FIELDS} | {"upstream"}
_OF_THE_ENTRY = ("upstream", "priority", "hidden", "base", "reason")


def mistakes(config: Config) -> Iterator[Mistake]:
    """Every mistake, in the order of the file's sections as docs/configuration.md has them."""
    for index, pattern in enumerate(config.files):
        if not pattern or pattern.startswith("/") or "\0" in pattern:
            yield ("files", index), f"files: {pattern!r} is no path relative to the folder of sync.yaml"
    yield from _names(config)
    yield from _keys(config.keys)
    yield from _sources(config)
    for index, name in enumerate(config.opinions):
        if name not in config.sources:
            hint = did_you_mean(name, config.sources)
            yield ("opinions", index), f"opinions: there is no source {name} in this file{hint}"
    for index, rule in enumerate(config.mapping):
        try:
            re.compile(rule.match).sub(rule.provider, "")
        except (re.error, IndexError, OverflowError, RecursionError) as error:
            yield ("mapping", index), f"mapping: {rule.match} -> {rule.provider}: {error}"
    for index, name in enumerate(config.batch.skip):
        if name not in config.sources:
            hint = did_you_mean(name, config.sources)
            yield ("batch", "skip", index), f"batch.skip: {name} is no source{hint}"
    if not (config.batch.delay.is_finite() and config.batch.delay >= 0):
        yield ("batch", "delay"), "batch.delay cannot be below 0"
    yield from _guards(config.guards)
    yield from _review(config.review)
    yield from _accepted(config)
    yield from _notify(config)


def _names(config: Config) -> Iterator[Mistake]:
    known = _SECTIONS | FIELDS.keys()
    for index, name in enumerate(config.fields or ()):
        if name not in {*known, BASE}:
            yield ("fields", index), f"fields: {name} is not a field{did_you_mean(name, {*known, BASE})}"
    for name in config.owners:
        field = name.rpartition("/")[2]
        if field not in {*known, "*"}:
            yield ("owners", name), f"owners: {field} is not a field{did_you_mean(field, known)}"


def _keys(keys: dict[str, str]) -> Iterator[Mistake]:
    """Each key must lead to one field, and none through the value of another."""
    paths = {field: tuple(keys.get(field, field).split(".")) for field in FIELDS}
    for field, key in keys.items():
        at = ("keys", field)
        if field not in FIELDS:
            yield at, f"keys: {field} is not a field{did_you_mean(field, FIELDS)}"
            continue
        path = paths[field]
        if not all(path):
            yield at, f"keys: {key!r} is no key of an entry"
        if path[0] in _OF_THE_ENTRY:
            yield at, f"keys: {path[0]} has a meaning of its own in an entry"
        for other, way in paths.items():
            if other != field and (way[: len(path)] == path or path[: len(way)] == way):
                yield at, f"keys: {field} is at {key}, where {other} is too"


def _sources(config: Config) -> Iterator[Mistake]:
    for name, source in config.sources.items():
        if not _SOURCE.fullmatch(name) or _NOT_A_REF.search(name) or name in OTHER_LABELS:
            yield ("sources", name), f"sources: {name} cannot be part of a branch's name; use a-z 0-9 - _"
        yield from _variables(("sources", name, "api_key_env"), source.api_key_env, "the key")
        for number, endpoint in enumerate(source.endpoints):
            at = ("sources", name, "endpoints", number)
            if not endpoint.url and not address_names(source, name, number):
                yield at, f"sources.{name}: an endpoint needs a url, or url_env"
            yield from _variables((*at, "url_env"), endpoint.url_env, "the address")


def _variables(at: Path, variables: Iterable[str], what: str) -> Iterator[Mistake]:
    for index, variable in enumerate(variables):
        if not _VARIABLE.fullmatch(variable):  # it may be the key itself: it is not repeated
            yield (*at, index), f"{at[-1]} takes the names of environment variables, never {what}"


def _guards(guards: GuardPolicy) -> Iterator[Mistake]:
    thresholds = msgspec.structs.asdict(guards)
    narrower = thresholds.pop("only")
    yield from _thresholds(("guards",), thresholds)
    for name, others in narrower.items():
        at = ("guards", "only", name)
        for other in (other for other in others if other not in thresholds):
            yield (*at, other), f"{'.'.join(at)}: {other} is no threshold{did_you_mean(other, thresholds)}"
        yield from _thresholds(at, others)


def _thresholds(at: Path, thresholds: dict[str, Decimal | int]) -> Iterator[Mistake]:
    for name, value in thresholds.items():
        name_in_full, finite = f"{'.'.join(map(str, at))}.{name}", Decimal(value).is_finite()
        if name.endswith(("_share", "_noise")) and not (finite and 0 <= value <= 1):
            yield (*at, name), f"{name_in_full} is a share: 0.2 is a fifth"
        elif name.endswith("_ratio") and not (finite and value > 1):
            yield (*at, name), f"{name_in_full} says how many times: above 1"
        elif name.endswith(("_least", "_days")) and value < 0:
            yield (*at, name), f"{name_in_full} cannot be below 0"


def _review(review: ReviewPolicy) -> Iterator[Mistake]:
    branch = review.branch
    for name, value in (("remote", review.remote), ("base", review.base or "main")):
        if not _NAME.fullmatch(value) or _NOT_A_REF.search(value):
            yield ("review", name), f"review.{name}: git takes no {name} named {value!r}"
    if _NOT_A_REF.search(branch.replace("{source}", "source")) or not branch:
        yield ("review", "branch"), f"review.branch: git takes no branch named {branch!r}"
    elif not branch.startswith("modelsync/") and "{source}" not in branch.partition("/")[2]:
        ours = "it is 'modelsync/...' or 'NAME/{source}'"
        yield ("review", "branch"), f"review.branch: people may work on a branch named {branch}; {ours}"

    if review.api and not _API.fullmatch(review.api):
        yield ("review", "api"), f"review.api: {review.api!r} is no address as https://HOST/api/v4"
    if review.repository and not _REPOSITORY.fullmatch(review.repository):
        yield ("review", "repository"), f"review.repository: {review.repository!r} is not as owner/name"
    rule = review.automerge
    if rule and not _PERCENT.fullmatch(rule.price_change):
        at = ("review", "automerge", "price_change")
        yield at, "review.automerge.price_change is no percentage, such as 5%"
    elif rule and "price" in rule.kinds and not rule.most:
        yield ("review", "automerge"), "review.automerge: price_change says by how much a price may move"


def _accepted(config: Config) -> Iterator[Mistake]:
    for index, rule in enumerate(config.accept):
        if not all(rule.model.partition("/")):
            yield ("accept", index, "model"), f"accept: {rule.model} is not PROVIDER/MODEL"
        if rule.field not in {*FIELDS, ADDED, REMOVED} and not rule.field.startswith(UPSTREAM_PREFIX):
            hint = did_you_mean(rule.field, FIELDS)
            yield ("accept", index, "field"), f"accept: {rule.field} is not a field{hint}"
        if isinstance(config.shape.decode(rule.field, rule.value), Unreadable):
            yield ("accept", index, "value"), f"accept: {rule.value} is no value of {rule.field}"


def _notify(config: Config) -> Iterator[Mistake]:
    notify, keys = config.notify, {key for name, of in config.sources.items() for key in key_names(of, name)}
    yield from _addresses(("notify", "apprise"), notify.apprise, keys)
    if notify.webhook:
        yield from _webhook(notify.webhook, keys)
    if not _PERCENT.fullmatch(notify.price_up):
        yield ("notify", "price_up"), "notify.price_up is no percentage, such as 10%"


def _webhook(webhook: WebhookPolicy, keys: Collection[str]) -> Iterator[Mistake]:
    at = ("notify", "webhook")
    yield from _variables((*at, "secret_env"), [webhook.secret_env], "the secret")
    if bool(webhook.url) == bool(webhook.url_env):
        yield at, "notify.webhook needs a url, or url_env, and not both"
    elif webhook.url and not is_address(webhook.url):
        yield (*at, "url"), "notify.webhook.url is no address that begins with https:// and names no user"
    yield from _addresses((*at, "url_env"), filter(None, [webhook.url_env]), keys)


def _addresses(at: Path, variables: Iterable[str], keys: Collection[str]) -> Iterator[Mistake]:
    """A variable that is said to hold a key or a setting of another program is never taken for an address."""
    names = tuple(variables)
    yield from _variables(at, names, "the address")
    for index, name in enumerate(names):
        if is_secret(name) or is_of_others(name) or name in keys:
            what = f"{name} is the name of a key or of a setting of others, and is sent nowhere"
            yield (*at, index), f"{'.'.join(map(str, at))}: {what}; call the address NOTIFY_URL, or the like"
