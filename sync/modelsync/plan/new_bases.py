"""Which entry is the base of a model that is new, by its id or not at all; and which ones are needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from modelsync.plan.bases import Bases
from modelsync.plan.mapping import normalise, variants_of
from modelsync.plan.rows import Row
from modelsync.plan.rules import is_ours
from modelsync.records import BASE, Entry, Notice, PlanPolicy, Topic

Name = tuple[str, str]  # provider and key
Names = dict[str, list[str]]  # by what an entry is called, the entries that are


def bases_of_new(
    known: Bases, new: Mapping[Name, Sequence[Row]], policy: PlanPolicy, notices: list[Notice]
) -> dict[Name, str]:
    """The base of each new model that no authoritative source lists, where just one entry can be it."""
    if not is_ours(policy, BASE):
        return {}
    others = {
        model: rows
        for model, rows in new.items()
        if not any(row.source in policy.authoritative for row in rows)
    }
    if not others:
        return {}
    candidates = _Candidates(known, new, policy)
    bases: dict[Name, str] = {}
    for model, rows in others.items():
        names = sorted({name for row in rows for name in candidates.of(row)})
        if len(names) == 1:
            bases[model] = names[0]
        elif names:
            text = f"it could be any of {', '.join(names)}, so that the entry states everything itself"
            notices.append(Notice(Topic.AMBIGUOUS_BASE, "/".join(model), text))
    return bases


class Needed:
    """The entries that others name as their base, as long as these stay."""

    def __init__(self, bases: Bases, new: Mapping[Name, str]) -> None:
        self._bases = bases
        self._named_by: dict[str, set[str]] = {}
        for entry in bases.catalog.entries():
            base = self._bases.named(entry.base) if entry.base else None
            if base and base.name != entry.name:
                self._named_by.setdefault(base.name, set()).add(entry.name)
        for model, name in new.items():
            self._named_by.setdefault(name, set()).add("/".join(model))

    def keeper(self, entry: Entry) -> str:
        """Why the entry may not be removed, or nothing."""
        others = self._named_by.get(entry.name)
        return f"the base of {min(others)}" if others else ""

    def remove(self, entry: Entry) -> None:
        """Note that the entry goes: it needs its base no more."""
        for others in self._named_by.values():
            others.discard(entry.name)

    def before_their_bases(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries in an order in which each comes before the one that it needs."""
        if not self._named_by:
            return entries
        return sorted(entries, key=lambda entry: -len(self._bases.chain(entry)))


class _Candidates:
    """The entries that an authoritative source is followed by, those that this run adds included."""

    def __init__(self, known: Bases, new: Mapping[Name, Sequence[Row]], policy: PlanPolicy) -> None:
        self.policy = policy
        self.by_id: Names = {}
        self.by_name: Names = {}
        self.by_model: Names = {}
        self.same: Names = {}  # what else a model is called by the aliases, either way round
        for one, other in policy.aliases.items():
            self.same.setdefault(one, []).append(other)
            self.same.setdefault(other, []).append(one)
        for entry in known.catalog.entries():
            ids = [(source, id_) for source, id_ in entry.upstream.items() if source in policy.authoritative]
            if ids and not known.chain(entry)[-1].base:
                self._add(entry.name, entry.key, str(entry.values.get("model", "")), ids)
        for (provider, key), rows in new.items():
            ids = [(row.source, row.model.id) for row in rows if row.source in policy.authoritative]
            if ids:
                self._add(f"{provider}/{key}", key, rows[0].placement.model, ids)

    def of(self, row: Row) -> Sequence[str]:
        """The entries that can be the base, by the first way that finds any: one, or it is ambiguous.

        A variant is another model than the one that its name begins with.
        """
        id_ = row.model.id
        called = dict.fromkeys((id_, id_.rpartition("/")[2]))
        plain = {} if self._is_variant(row.source, id_) else called
        ways = (
            self.by_id.get(id_, ()),
            *(_by(self.by_name, text) for text in plain),
            [name for text in called for other in self.same.get(text, ()) for name in self._meant_by(other)],
            *(_by(self.by_model, text) for text in plain),
        )
        return next((tuple(dict.fromkeys(way)) for way in ways if way), ())

    def _add(self, name: str, key: str, model: str, ids: Iterable[tuple[str, str]]) -> None:
        plain = []
        for source, id_ in ids:
            self.by_id.setdefault(id_, []).append(name)
            plain += [] if self._is_variant(source, id_) else [id_]
        if plain:
            _note(self.by_name, (key, *plain, *(id_.partition("/")[2] for id_ in plain)), name)
            _note(self.by_model, (model,), name)

    def _meant_by(self, text: str) -> Sequence[str]:
        return self.by_id.get(text) or _by(self.by_name, text) or _by(self.by_model, text)

    def _is_variant(self, source: str, id_: str) -> bool:
        return source not in self.policy.plain_sources and bool(variants_of(id_))


def _note(names: Names, texts: Iterable[str], name: str) -> None:
    for text in dict.fromkeys(filter(None, map(_normalised, texts))):
        names.setdefault(text, []).append(name)


def _by(names: Names, text: str) -> Sequence[str]:
    return names.get(_normalised(text), ())


def _normalised(text: str) -> str:
    """As keys are; nothing of a text with letters that a key has not: it would say too little."""
    return normalise(text) if text.isascii() else ""
