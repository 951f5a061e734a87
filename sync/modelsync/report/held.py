"""Groups what guards hold back by what releases it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from modelsync.records import ADDED, REMOVED, Guard, Hold
from modelsync.report.rows import Block, rows
from modelsync.report.text import brief, plain


class Held(msgspec.Struct, frozen=True):
    """Holds of one guard on one field of one provider, and the options that release them."""

    provider: str
    field: str
    blocks: tuple[Block, ...]  # one for each model of which a value is held
    keys: tuple[str, ...]  # models that are held as a whole
    reasons: tuple[str, ...]
    accept: tuple[str, ...]

    @property
    def title(self) -> str:
        """Of models that are held as a whole."""
        what = {ADDED: "addition", REMOVED: "removal"}.get(self.field, self.field)
        return f"{self.provider}: {what} of {len(self.keys):,} {'model' if len(self.keys) == 1 else 'models'}"


def held(holds: Sequence[Hold]) -> tuple[Held, ...]:
    """The holds in groups: one pattern for a whole group where it releases nothing else."""
    groups: dict[tuple[str, str, str], list[Hold]] = {}
    for hold in holds:
        groups.setdefault((hold.provider, hold.change.field, hold.guard), []).append(hold)
    patterns = [(provider, field) for provider, field, _ in groups]
    return tuple(
        _group(members, alone=patterns.count((provider, field)) == 1)
        for (provider, field, _), members in groups.items()
    )


def _group(holds: Sequence[Hold], *, alone: bool) -> Held:
    provider, field = holds[0].provider, holds[0].change.field
    # of rows that want one place only one can be let in
    together = alone and len(holds) > 2 and holds[0].guard != Guard.KEY_COLLISION
    whole = field in (ADDED, REMOVED)
    names = [f"{_literal(provider)}/*:{_literal(field)}"] if together else [_literal(h.name) for h in holds]
    return Held(
        brief(provider),
        brief(field),
        blocks=() if whole else tuple(Block(brief(f"{h.provider}/{h.key}"), rows(h.change)) for h in holds),
        keys=tuple(brief(h.key) for h in holds) if whole else (),
        reasons=tuple(dict.fromkeys(brief(f"{h.guard}: {h.reason}", 300) for h in holds)),
        accept=tuple(f"--accept {_quoted(name)}" for name in names),
    )


def _literal(name: str) -> str:
    """The name as a glob that matches nothing else."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _quoted(word: str) -> str:
    inner = plain(word).replace("'", "'\\''")
    return f"'{inner}'"
