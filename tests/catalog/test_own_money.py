"""What an entry says of its own prices counts: their currency, and their unit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from catalog_files import add, entry, opened, rewritten, with_model

from modelsync.catalog import Shape

DAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    "fields",
    [
        "pricing: {currency: CNY, input: 2.4}",
        "currency: RMB\npricing: {input: 2}",
        "currency: EUR\npricing: {input: 2}",
        'pricing: {input: "¥2", output: "¥8"}',
        "pricing: {unit: '0.000001', currency: RMB, input: '0.8'}",
        "pricing: {currency_code: EUR, input: 2}",
        "pricing: {input_currency: EUR, input: 2}",
        "billing: {currency: EUR}\npricing: {input: 2}",
        "cost: {unit: per image}\npricing: {input: 2}",
        "pricing: {unit: per_character, input: 2}",
        "price_unit: fortnight\npricing: {input: 2}",
        "unit: CNY per 1M tokens\npricing: {input: 2}",
        "pricing: {unit: 元 / million tokens, input: 2}",
        "currency: {code: CNY, symbol: ¥}\npricing: {input: 2}",
        "currency: [EUR]\npricing: {input: 2}",
        "priced_in: CNY\npricing: {input: 2}",
        "symbol: ₺\npricing: {input: 2}",
        "pricing: {ccy: EUR, input: 2}",
        "pricing: {note: in RMB, input: 2}",
        "price_list: CNY 2026-01\npricing: {input: 2}",
        "metadata: {currency: CNY}\npricing: {input: 2}",
        "pricing: {input: 2, tiers: [{above: 128000, input: 4, currency: CNY}]}",
    ],
)
def test_prices_in_another_currency_or_an_unknown_unit_are_a_persons(tmp_path: Path, fields: str) -> None:
    pin = entry(tmp_path, with_model(fields)).pin_of("pricing.output", DAY)
    assert pin is not None
    assert "its prices are" in pin.reason


@pytest.mark.parametrize(
    ("fields", "unit"),
    [
        ("pricing: {unit: per_1k_tokens, input: 0.003}", "per_1k_tokens"),
        ("unit: per 1,000 tokens\npricing: {input: 0.003}", "per_1k_tokens"),
        ("pricing_unit: per_token\npricing: {input: 0.000003}", "per_token"),
        ("pricing: {currency: USD, per: million tokens, input: 3}", "per_1m_tokens"),
        ("currency: usd\npricing: {input: 3}", ""),
        ("pricing: {input: 3}\nowner: the euro team", ""),
        ("pricing: {input: 3}\nbudget: {currency: EUR, month: 500}", ""),
        ("pricing: {input: 3}\nlimits: {unit: minute, requests: 60}", ""),
        ("pricing: {input: 3, currency: null}", ""),
        ("pricing: {input: 3}\nunit: minute", ""),
        ("currency: {code: USD, symbol: $, digits: 2}\npricing: {input: 3}", ""),
        ("pricing: {unit: '0.001', currency: USD, input: '0.003'}", "per_1k_tokens"),
        ("pricing: {unit: 0.000001, input: 3}", "per_1m_tokens"),
        ("pricing: {input: 3}\nprice_note: about $3 (€2.6)", ""),
        ("pricing: {input: 3}\npricing_page: https://example.com/eur/prices", ""),
        ("pricing: {input: 3}\nmetadata: {unit: minute, plan: yen}", ""),
    ],
)
def test_dollars_in_a_known_unit_are_read_in_it(tmp_path: Path, fields: str, unit: str) -> None:
    read = entry(tmp_path, with_model(fields))
    assert (read.values["pricing.input"], read.money.unit, read.pins) == (Decimal(3), unit, ())


@pytest.mark.parametrize(
    "of_provider",
    ["currency: CNY", "pricing: {currency: CNY}", "unit: CNY per 1M tokens", "pricing_unit: yuan per 1k"],
)
def test_what_a_provider_says_of_its_currency_counts_for_its_entries(
    tmp_path: Path, of_provider: str
) -> None:
    text = (
        f"providers:\n  cn:\n    {of_provider}\n    models:\n      a: {{model: a, pricing: {{input: 2}}}}\n"
    )
    of = opened(tmp_path, models=text)
    (read,) = of.catalog.entries()
    assert read.pin_of("pricing.input", DAY)
    assert of.catalog.providers["cn"].money.foreign


def test_what_a_file_says_of_its_currency_counts_unless_an_entry_says_otherwise(tmp_path: Path) -> None:
    text = (
        "currency: CNY\nproviders:\n  cn:\n    models:\n      a: {model: a, pricing: {input: 2}}\n"
        "      b: {model: b, pricing: {currency: USD, input: 2}}\n"
    )
    read = {one.key: one.money.foreign for one in opened(tmp_path, models=text).catalog.entries()}
    assert read == {"a": "its prices are in CNY", "b": ""}


@pytest.mark.parametrize("of_provider", ["pricing_unit: per_1k_tokens", "unit: per_1k_tokens"])
def test_a_price_is_read_and_added_in_the_unit_that_its_provider_names(
    tmp_path: Path, of_provider: str
) -> None:
    beginning = f"providers:\n  a:\n    {of_provider}\n    models:\n"
    text = f"{beginning}      b:\n        model: b\n        pricing: {{input: 2}}\n"
    of = opened(tmp_path, models=text)
    assert [one.values["pricing.input"] for one in of.catalog.entries()] == [Decimal(2000)]
    after = rewritten(of, add("c", "a", pricing__input=Decimal(3000)))
    assert after.endswith("      c:\n        model: c\n        pricing: {input: 3}\n")


@pytest.mark.parametrize("key", ["price.input_cny", "price_eur.input", "inputEur"])
def test_prices_below_a_key_that_names_another_currency_are_a_persons(tmp_path: Path, key: str) -> None:
    shape = Shape(keys={"pricing.input": key})
    *above, last = key.split(".")
    price = f"{last}: 2" if not above else f"{above[0]}: {{{last}: 2}}"
    assert entry(tmp_path, with_model(price), shape).pin_of("pricing.input", DAY)


LISTS = """\
providers:
  cn:
    models:
      - id: a
        pricing: {input: 2}  # ¥
      - {id: b, pricing: {input: 3}}
"""
GROUPS = """\
providers:
  eu:
    models:
      a: {model: a, pricing: {input: 2}}

      # --- billed in EUR ---

      b: {model: b, pricing: {input: 2}}
      c: {model: c, pricing: {input: 2}}

      # --- billed in USD ---

      d: {model: d, pricing: {input: 2}}
"""


@pytest.mark.parametrize(
    "fields",
    [
        "pricing:\n  input: 2.4  # CNY",
        "pricing:\n  # EUR, about 2.6 USD\n  input: 2.4\n  output: 3",
        "pricing:  # in yuan\n  input: 2.4",
        "pricing: {input: 2.4, output: 3}  # €",
        "# billed in euros\n\npricing: {input: 2.4}",
        "pricing:\n  input: 2.4\n  tiers:\n    - {above: 200000, input: 3}  # GBP",
        "pricing:\n  input: 2.4\n  tiers:\n    - above: 200000\n      input: 3  # GBP",
        "pricing: {currency: USD, input: 2.4}  # CNY",
        "pricing: {input: 250}  # US cents",
        "pricing: {input: 25}  # SEK",
        "pricing: {input: 4}  # A$, net",
        "pricing: {input: 4}  # 4 R$ = 0.7 $",
        "pricing: {input: 250, output: 800}  # ¢",
        "pricing:\r\n  input: 2.4  # CNY\r",
        "currency: USD\npricing: {input: 2.4}  # EUR",
        "pricing: {input: 24}  # in Turkish lira",
        "pricing: {input: 240}  # ₽",
        "pricing: {input: 2}  # pounds sterling",
    ],
)
def test_a_comment_at_a_price_that_names_another_currency_makes_the_prices_a_persons(
    tmp_path: Path, fields: str
) -> None:
    read = entry(tmp_path, with_model(fields))
    pin = read.pin_of("pricing.input", DAY)
    assert pin is not None
    assert "as a comment says" in pin.reason
    assert "pricing.input" not in read.known


@pytest.mark.parametrize(
    "fields",
    [
        "pricing:\n  input: 2.4  # USD, converted from EUR",
        "pricing:\n  input: 2.4  # $2.40 / €2.10",
        "context_length: 4096  # a yuan is one token\npricing: {input: 2.4}",
        "pricing: {input: 2.4}\nbudget: 500  # EUR a month",
        'pricing: {input: 2.4}\nname: "Number # EUR"',
        "pricing: {input: 2.4}  # for europe",
        "pricing: {input: 2.4}  # US$ 2.40, R$ 13",
    ],
)
def test_a_comment_that_names_dollars_first_or_stands_elsewhere_says_nothing_of_prices(
    tmp_path: Path, fields: str
) -> None:
    assert entry(tmp_path, with_model(fields)).money.foreign == ""


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        (with_model("pricing: {input: 2}").replace("gpt-4o:", "gpt-4o:  # EUR"), {"gpt-4o"}),
        (
            with_model("pricing: {input: 2}").replace("      gpt-4o:", "      # EUR\n      gpt-4o:"),
            {"gpt-4o"},
        ),
        (with_model("pricing: {input: 2}").replace("openai:", "openai:  # EUR"), {"gpt-4o"}),
        (with_model("pricing: {input: 2}").replace("models:", "models:  # EUR"), {"gpt-4o"}),
        ("# Prices: yuan per million tokens\n" + with_model("pricing: {input: 2}"), {"gpt-4o"}),
        ("# in yuan\n\n" + with_model("pricing: {input: 2, currency: USD}"), set()),
        (
            with_model("currency: USD\npricing: {input: 2}").replace(
                "      gpt-4o:", "      # EUR\n      gpt-4o:"
            ),
            set(),
        ),
        ("# CNY until May\n\n" + with_model("pricing: {input: 2}") + "currency: USD\n", set()),
        (LISTS, {"a"}),
        (GROUPS, {"b", "c"}),
        (GROUPS.replace("model: b,", "model: b, currency: USD,"), {"c"}),
    ],
)
def test_a_comment_at_what_holds_prices_speaks_for_all_below_that_say_no_other(
    tmp_path: Path, text: str, foreign: set[str]
) -> None:
    entries = opened(tmp_path, models=text).catalog.entries()
    assert {one.key for one in entries if one.money.foreign} == foreign


SHARED = """\
eu: &eu {input: 2, output: 3}  # EUR
providers:
  cn:
    models:
      a: {model: a, pricing: *eu}
      b:
        model: b
        pricing:
          <<: *eu
          output: 4
      c: {model: c, pricing: {input: 2}}
"""


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        (SHARED, {"a", "b"}),
        (SHARED.replace("  # EUR", "").replace("eu: &eu", "# EUR\neu: &eu"), {"a", "b"}),
        (SHARED.replace("  # EUR", "").replace("eu: &eu", "# EUR\n\neu: &eu"), {"a", "b", "c"}),
        (SHARED.replace("  # EUR", "").replace("eu: &eu", "# EUR\nversion: 1\neu: &eu"), {"a", "b", "c"}),
    ],
)
def test_a_comment_at_a_shared_block_speaks_for_the_entries_that_use_it(
    tmp_path: Path, text: str, foreign: set[str]
) -> None:
    entries = opened(tmp_path, models=text).catalog.entries()
    assert {one.key for one in entries if one.money.foreign} == foreign
