"""Says what has no pull request: what a run holds and people declined, and what is to come in the catalog."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from modelsync.records import Dated, Guard, Report, Standing
from modelsync.report.markdown import EVERY, LET_IN, fitted, held_back, section
from modelsync.report.safe_markdown import bullets, code, prose
from modelsync.report.text import brief, first, more
from modelsync.report.view import view

MOST = 30  # items of a list
_TAKE_UP = "Each stays as it is until upstream says another value, or a run lets it in by the command below."
_PIN = "`modelsync pin PROVIDER/MODEL` keeps one."
_RENEW = "The same command with another `--until` renews one."
_ADD = "`add:` in `sync.yaml` says which are added."
_CUT = "Of long tables the end is left out here, to fit; `modelsync plan` shows all that is held."


def dashboard_part(done: Report, *, longest: int) -> str:
    """What a run holds, with the command that lets each in, and what people declined; or nothing."""
    holds = done.plan.holds
    declined = tuple(hold for hold in holds if hold.guard == Guard.DECLINED)
    both = [
        ("Held back", LET_IN, tuple(hold for hold in holds if hold not in declined)),
        ("Declined by closing a pull request", _TAKE_UP, declined),
    ]

    def page(most: int) -> Iterator[str]:
        for title, lead, some in both:
            only = replace(done, plan=replace(done.plan, changes=(), holds=some))
            yield from section(title, held_back(view(only), only, most, lead))

    if not holds:
        return ""
    unit = view(done).unit
    head = [f"## {code(brief(done.command or 'modelsync sync'))}", f"Prices in {unit}."]
    return fitted(lambda most: [*head, *([_CUT] if most < EVERY else []), *page(most)], longest).strip()


def dashboard_rest(standing: Standing, *, longest: int) -> str:
    """What is so whichever run looks: sources that fail, what the catalog has dates for, news."""
    sections = (
        ("Sources that fail", "", "since {}", standing.failing),
        ("Waiting to be removed", _PIN, "prune removes it from {} on", standing.waiting),
        ("Pins and exclusions about to end", _RENEW, "up to {}", standing.pins),
        ("Models about to end", "", "{}", standing.ending),
        ("New upstream, not added", _ADD, "since {}", standing.news),
    )

    def page(most: int) -> Iterator[str]:
        for title, lead, words, every in sections:
            some, left = first(every, min(most, MOST), False)
            items = [*(_item(words, one) for one in some), *filter(None, [more(left)])]
            yield from section(title, [lead, bullets(items)] if items else [])

    return fitted(page, longest).strip()


def _item(words: str, of: Dated) -> str:
    text = f": {prose(brief(of.text))}" if of.text else ""
    return f"{code(brief(of.name))}, {words.format(of.day)}{text}"
