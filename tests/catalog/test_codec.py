"""What was read of a file and put away as bytes comes back as it was, to the last digit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from catalog_files import SAMPLES
from hypothesis import given, settings
from hypothesis import strategies as st

from modelsync.catalog import Shape, parse
from modelsync.catalog.codec import pack, unpack
from modelsync.catalog.meaning import Contents, Reader
from modelsync.records import FIELDS, Entry, Kind, Money, Pin, Provider, Tier, Unreadable, Variant, Window
from thorough import EXAMPLES

EVERYTHING = """\
pricing_unit: per_token
providers:
  here:
    name: Ours
    local: true
    pricing_factor: 1.10
    models:
      o9: &o9  # modelsync: keep until 2031-01-01, measured
        model: o9
        upstream: {openrouter: openai/o9, modelsdev: openai/o9}
        context_length: 128_000
        max_output_tokens: 128k
        priority: 100
        reason: a contract
        hidden: true
        pricing:
          input: 0.00000250  # modelsync: since 2026-02-01
          output: "1E-5"
          cache_read: free
          tiers: [{above: 200000, input: 0.000005}]
          windows: [{utc_start: '16:30', utc_end: '00:30', input: 1e-7}]
          variants: [{when: {service_tier: batch, above: 1000}, factor: 0.50, input: 1}]
        features: [chat, vision]
        released: 2025
        team: {who: [search, 18446744073709551616, -1.50, null, true], 1: x}
      copy: {<<: *o9, base: here/o9, name: null}
  there:
    currency: CNY
    models: {a/b: {model: b, pricing: {input: 12}}}
"""

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False)
OWN = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBERS | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=8,
)
PRICES = st.dictionaries(st.sampled_from(("input", "output")), NUMBERS)
WORDS = st.lists(st.text(), max_size=3).map(tuple)
OF_KIND = {
    Kind.TEXT: st.text(),
    Kind.WORDS: WORDS,
    Kind.COUNT: st.integers(0, 2**63 - 1),
    Kind.TOKEN_PRICE: NUMBERS,
    Kind.CALL_PRICE: NUMBERS,
    Kind.DATE: st.text(),
    Kind.TIERS: st.lists(st.builds(Tier, st.integers(0, 2**63 - 1), PRICES), max_size=2).map(tuple),
    Kind.WINDOWS: st.lists(st.builds(Window, st.text(), st.text(), PRICES), max_size=2).map(tuple),
    Kind.VARIANTS: st.lists(
        st.builds(Variant, st.dictionaries(st.text(), st.text(), max_size=2), PRICES), max_size=2
    ).map(tuple),
    Kind.FACTOR: NUMBERS,
}
VALUES = st.fixed_dictionaries(
    {},
    optional={
        name: OF_KIND[of.kind] | st.none() | st.builds(Unreadable, st.text()) for name, of in FIELDS.items()
    },
)
ENTRIES = st.builds(
    Entry,
    provider=st.just("p"),
    key=st.just("k"),
    values=VALUES,
    upstream=st.dictionaries(st.text(), st.text(), max_size=2),
    pins=st.lists(
        st.builds(Pin, st.text(), st.none() | st.dates(), st.text(), st.integers(0, 99)), max_size=2
    ).map(tuple),
    priority=st.integers(-(2**63), 2**63 - 1),
    hidden=st.booleans(),
    base=st.text(),
    reason=st.text(),
    money=st.builds(Money, st.text(), st.text()),
    inherited=st.dictionaries(st.text(), st.text(), max_size=2),
    since=st.dictionaries(st.text(), st.dates(), max_size=2),
    extra=st.dictionaries(st.text(), OWN, max_size=3),
)


@settings(max_examples=EXAMPLES)
@given(ENTRIES, st.booleans(), st.booleans())
def test_any_provider_comes_back_as_it_was(entry: Entry, local: bool, by_model: bool) -> None:
    provider = Provider("p", "f.yaml", "Name", local, Money("per_token"), {"k": entry}, by_model)
    contents = Contents({"p": provider}, ((7, "no price"),))
    back = unpack(pack(contents))
    assert back == contents
    assert repr(back) == repr(contents)  # Decimals that are equal may differ in their digits


@pytest.mark.parametrize("file", [None, *sorted(SAMPLES.glob("*.yml"))], ids=str)
def test_what_a_file_says_comes_back_as_it_was_read(file: Path | None) -> None:
    document = parse("", file.read_bytes() if file else EVERYTHING.encode())
    contents = Reader(Shape()).read("", document, "")
    assert repr(unpack(pack(contents))) == repr(contents)
    if not file:
        entry = contents.providers["here"].entries["o9"]
        assert (entry.since, entry.pins[0].until) == ({"pricing.input": date(2026, 2, 1)}, date(2031, 1, 1))
        assert entry.extra["team"]["who"][1:3] == [1 << 64, Decimal("-1.50")]
