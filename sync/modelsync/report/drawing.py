"""Draws prices through time: steps as an SVG picture, and as bars of characters for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape
from itertools import cycle
from math import floor, log10

from msgspec.structs import replace

from modelsync.records import USUAL_UNIT, Kind, PriceInterval, in_unit, kind_of
from modelsync.report.text import CALL_UNIT, UNIT_NAMES, brief, grouped, money

WIDTH, HEIGHT = 900, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 56, 44
_HUES = (212, 18, 150, 275, 45, 185, 330, 95)  # degrees, one for each price
_BARS = "▁▂▃▄▅▆▇█"
_ACROSS = 48  # of them in a line
STYLE = """
svg { color-scheme: light dark; font: 13px system-ui, sans-serif; }
.paper { fill: #ffffff; } .ink { fill: #1f2328; } .quiet { fill: #59636e; } .rule { stroke: #d1d9e0; }
.step { fill: none; stroke-width: 2; stroke: hsl(var(--hue) 75% 38%); }
.name { fill: hsl(var(--hue) 75% 32%); } .bar { fill: hsl(var(--hue) 75% 45%); }
@media (prefers-color-scheme: dark) {
  .paper { fill: #0d1117; } .ink { fill: #f0f6fc; } .quiet { fill: #9198a1; } .rule { stroke: #3d444d; }
  .step { stroke: hsl(var(--hue) 80% 66%); } .bar { fill: hsl(var(--hue) 70% 60%); }
  .name { fill: hsl(var(--hue) 80% 74%); }
}
""" + "".join(f".hue-{hue} {{ --hue: {hue}; }}\n" for hue in _HUES)


def stated_in(intervals: Iterable[PriceInterval], unit: str) -> list[PriceInterval]:
    """The intervals with their prices by tokens in a unit of PRICING_UNITS."""
    return [replace(one, value=in_unit(one.field, one.value, unit)) for one in intervals]


def drawing(
    model: str,
    intervals: Iterable[PriceInterval],
    *,
    until: datetime,
    unit: str = USUAL_UNIT,
    style: str = STYLE,
) -> str:
    """The prices of one model as an SVG picture: a step for each change, a hue for each price.

    Only single prices are drawn; tiers, windows and variants are no lines. Readable in light and dark.
    Without a `style` of its own it is as the page has it that it stands in.
    """
    lines = _lines(stated_in(intervals, unit))
    by_token = any(kind_of(field) is Kind.TOKEN_PRICE for field in lines)
    kind = Kind.TOKEN_PRICE if by_token else Kind.CALL_PRICE
    drawn = {field: steps for field, steps in lines.items() if kind_of(field) is kind}
    every = [one for steps in drawn.values() for one in steps]
    begin = min((one.since for one in every), default=until)
    end = max([until, *(one.since + timedelta(days=1) for one in every)])
    top = _ceiling(max((_amount(one) for one in every), default=Decimal(1)))
    canvas = _Canvas(begin, end, top)
    title = f"{brief(model)}, {UNIT_NAMES[unit] if by_token else CALL_UNIT}"
    body = [
        *canvas.grid(),
        *(
            part
            for hue, (field, steps) in zip(cycle(_HUES), drawn.items(), strict=False)
            for part in canvas.line(field, steps, hue)
        ),
        *([] if drawn else [text("quiet", LEFT, HEIGHT / 2, "no price is known")]),
    ]
    return paper(title, body, width=WIDTH, height=HEIGHT, style=style)


def paper(title: str, body: Sequence[str], *, width: int, height: int, style: str = STYLE) -> str:
    """A picture with its title, on paper that is light or dark as the reader's screen is."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
    ground = f'<rect class="paper" width="{width}" height="{height}"/>'
    heading = text("ink", LEFT, 30, title, 'font-size="17" font-weight="600"')
    return "\n".join(
        [
            f'{head} aria-label="{escape(title)}">',
            *([f"<style>{style}</style>"] if style else []),
            *(ground, heading, *body, "</svg>", ""),
        ]
    )


def text(kind: str, x: float, y: float, words: str, more: str = "") -> str:
    """Words at a point of a picture."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" {more}>{escape(words)}</text>'


def _lines(intervals: Iterable[PriceInterval]) -> dict[str, list[PriceInterval]]:
    """The steps of each single price, those per token before those per call."""
    kinds = (Kind.TOKEN_PRICE, Kind.CALL_PRICE)
    single = [one for one in intervals if kind_of(one.field) in kinds and isinstance(one.value, Decimal)]
    return grouped(sorted(single, key=lambda one: kinds.index(kind_of(one.field))), lambda one: one.field)


def _amount(one: PriceInterval) -> Decimal:
    return one.value if isinstance(one.value, Decimal) else Decimal()


def _ceiling(most: Decimal) -> Decimal:
    """The least of 1, 2, 5 times a power of ten that is not below an amount."""
    if most <= 0:
        return Decimal(1)
    power = Decimal(10) ** floor(log10(most))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= most)


class _Canvas:
    """Where a day and an amount lie on the picture."""

    def __init__(self, begin: datetime, end: datetime, top: Decimal) -> None:
        self._begin, self._end, self._top = begin, end, top
        self._labels: list[float] = []  # heights that are taken

    def x(self, at: datetime) -> float:
        begin, end = self._begin, self._end
        share = (min(at, end) - begin) / (end - begin) if end > begin else 0.0
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, amount: Decimal) -> float:
        return HEIGHT - BOTTOM - float(amount / self._top) * (HEIGHT - TOP - BOTTOM)

    def grid(self) -> Iterator[str]:
        """Five lines with their amounts, and up to five days."""
        for part in range(5):
            amount = self._top * part / 4
            y = self.y(amount)
            yield f'<line class="rule" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield text("quiet", LEFT - 8, y + 4, money(amount), 'text-anchor="end"')
        days = [self._begin + (self._end - self._begin) * part / 4 for part in range(5)]
        for day, at in {f"{at:%Y-%m-%d}": at for at in days}.items():
            yield text("quiet", self.x(at), HEIGHT - 16, day, 'text-anchor="middle"')

    def line(self, field: str, steps: Sequence[PriceInterval], hue: int) -> Iterator[str]:
        """The steps of one price, with its name and last amount at their end."""
        path, here = "", None
        for one in steps:
            y = self.y(_amount(one))
            path += f"{'V' if here == one.since else f'M{self.x(one.since):.1f} '}{y:.1f}"
            here = one.until
            path += f"H{self.x(one.until or self._end):.1f}"
        label = self._free(self.y(_amount(steps[-1])) + 4)
        name = f"{field.removeprefix('pricing.')} {money(_amount(steps[-1]))}"
        yield f'<path class="step hue-{hue}" d="{path}"><title>{escape(field)}</title></path>'
        yield text(f"name hue-{hue}", WIDTH - RIGHT + 10, label, name)

    def _free(self, y: float) -> float:
        while any(abs(y - taken) < 16 for taken in self._labels):
            y -= 16
        self._labels.append(y)
        return y


def bars(intervals: Sequence[PriceInterval], *, until: datetime) -> Iterator[str]:
    """A line of characters for each price that changed: how high it was, from its first day to the last."""
    moved = [(field, steps) for field, steps in _lines(intervals).items() if len(steps) > 1]
    if not moved:
        return
    begin = min(steps[0].since for _, steps in moved)
    size = max(len(field) for field, _ in moved)
    for field, steps in moved:
        most = max(map(_amount, steps))
        days = (begin + (until - begin) * part / (_ACROSS - 1) for part in range(_ACROSS))
        marks = "".join(_bar(steps, day, most) for day in days)
        low, high = (money(edge(map(_amount, steps))) for edge in (min, max))
        yield f"{field.ljust(size)}  {marks}  {low} to {high}"
    yield f"{'':{size}}  {f'{begin:%Y-%m-%d}'.ljust(_ACROSS - 10)}{until:%Y-%m-%d}"


def _bar(steps: Sequence[PriceInterval], at: datetime, most: Decimal) -> str:
    amount = next((_amount(one) for one in steps if one.counts_at(at)), None)
    if amount is None:
        return " "
    return _BARS[int(amount / most * (len(_BARS) - 1))] if most else _BARS[0]
