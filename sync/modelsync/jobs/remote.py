"""What the sources list now, as the mapping puts it. It reads no catalog and changes nothing."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from modelsync.config import Config, key_of
from modelsync.errors import UsageError
from modelsync.plan.mapping import LeftOut, Mapping
from modelsync.records import Entry, Failure, Health, Listing, Offer, Provider
from modelsync.report import remedy
from modelsync.run import fetch, preflight
from modelsync.run.request import Run


def offers(run: Run, only: str | None) -> tuple[tuple[Offer, ...], tuple[Failure, ...]]:
    """What each source that can be asked has now, of one provider or of all; it may be minutes old."""
    names = _asked(run, only)
    if not names:
        raise UsageError("no source can be asked", advice="`modelsync status` shows what each of them lacks.")
    answers = fetch.listings(run, names)
    mapping = Mapping(run.policy)
    listed = tuple(_offer(run, answer, mapping, only) for answer in answers if isinstance(answer, Listing))
    return listed, tuple(answer for answer in answers if isinstance(answer, Failure))


def health(run: Run, reviewed: Config | None = None) -> tuple[Health, ...]:
    """Whether each source answers that is enabled or whose key is there, and what the others lack.

    Where there is a `reviewed` configuration, only sources that it has just so are asked: a key goes to no
    address that nobody looked at.
    """
    known = run.config.sources
    names = _asked(run, None)
    unseen = [name for name in names if reviewed and reviewed.sources.get(name) != known[name]]
    names = tuple(name for name in names if name not in unseen)
    oldest = datetime.now(UTC) - timedelta(seconds=run.config.cache.health)
    answers = {answer.source: _health(run, answer, oldest) for answer in fetch.listings(run, names)}
    for name, source in known.items():
        lack = preflight.lack_of(source, name) if source.enabled else None
        if lack:
            answers[name] = Health(name, "not asked", f"no {lack.what}: {lack.names}")
    for name in unseen:
        answers[name] = Health(name, "not asked", "it is another one than in the reviewed sync.yaml")
    return tuple(answers[name] for name in known if name in answers)


def _health(run: Run, answer: Listing | Failure, oldest: datetime) -> Health:
    if isinstance(answer, Failure):
        return Health(answer.source, "fails", f"{answer.reason} ({answer.kind})")
    if answer.note:
        return Health(answer.source, "not asked", answer.note)
    if answer.fetched < oldest:  # the cache stands in, at any age, for who cannot be reached
        age = fetch.age_of(run, answer)
        return Health(answer.source, "fails", f"no answer; the last one is {age} old")
    return Health(answer.source, "answers", f"{len(answer.models):,} models")


def _asked(run: Run, only: str | None) -> tuple[str, ...]:
    """The provider's own source, enabled or not; where there is none, or it lacks its key, those that list
    many vendors; and for all providers every source that is enabled or whose key is there."""
    known = run.config.sources
    lacks = {name: preflight.lack_of(source, name) for name, source in known.items()}
    if only in known:
        lack = lacks[only]
        if not lack:
            return (only,)
        run.tell(f"{only} cannot be asked, its {lack.what} is missing: {remedy(lack)}")
    vendors = run.policy.vendor_sources
    return tuple(
        name
        for name, source in known.items()
        if not lacks[name] and (source.enabled or key_of(source, name, os.environ))
        if not only or name in vendors
    )


def _offer(run: Run, listing: Listing, mapping: Mapping, only: str | None) -> Offer:
    groups: dict[str, dict[str, Entry]] = {}
    left_out, ids = list[str](), {model.id for model in listing.models}
    for model in sorted(listing.models, key=lambda model: model.id):
        if model.repeats != model.id and model.repeats in ids:
            continue
        placement = mapping.place(listing.source, model.id, model.canonical)
        if isinstance(placement, LeftOut):
            left_out.append(model.id)
        elif only in (None, placement.provider):
            values = {"model": placement.model, **model.values}
            entry = Entry(placement.provider, placement.key, values, {listing.source: model.id})
            groups.setdefault(placement.provider, {})[placement.key] = entry
    return Offer(
        source=listing.source,
        providers=tuple(Provider(key, "", key, entries=entries) for key, entries in sorted(groups.items())),
        fetched=listing.fetched,
        age=fetch.age_of(run, listing),
        left_out=tuple(left_out),
        complete=listing.complete,
        note=listing.note,
    )
