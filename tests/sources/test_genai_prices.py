"""What genai-prices' list says, by its own `data.json`: facts of a few models, as it spells them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from asking import client

from modelsync.records import Listing, Tier
from modelsync.sources import Endpoint, SourceSettings, listing_of
from modelsync.sources.genai_prices import recognises

DATA = Path(__file__).parents[1] / "data" / "genai-prices"


def listed() -> Listing:
    settings = SourceSettings(
        endpoints=(Endpoint("http://127.0.0.1:1/data.json"),), transformer="genai-prices"
    )
    with client() as asking:
        answer = listing_of("genai-prices", settings, asking, replay=DATA / "data.json")
    assert isinstance(answer, Listing)
    return answer


MODELS = {model.id: model for model in listed().models}


def test_prices_are_per_million_tokens_and_a_tier_has_those_of_all_kinds() -> None:
    values = MODELS["anthropic/claude-sonnet-4-5"].values
    assert values == {
        "context_length": 1_000_000,
        "pricing.input": Decimal(3),
        "pricing.output": Decimal(15),
        "pricing.cache_read": Decimal("0.3"),
        "pricing.tiers": (Tier(200_000, {"input": Decimal(6), "output": Decimal("22.5")}),),
    }


def test_a_provider_of_which_nothing_is_known_hides_no_other() -> None:
    rows = [{"id": "avian", "models": []}, {"id": "x", "models": [{"id": "m", "prices": {"input_mtok": 1}}]}]
    assert recognises(rows)
    assert not recognises([{"id": "avian", "models": []}])


def test_an_id_that_a_clause_equals_is_another_name_of_the_model() -> None:
    other = MODELS["anthropic/claude-sonnet-4-5-20250929"]
    assert other.repeats == "anthropic/claude-sonnet-4-5"
    assert other.values == MODELS["anthropic/claude-sonnet-4-5"].values


def test_prices_that_depend_on_the_day_are_said_and_none_is_chosen() -> None:
    model = MODELS["anthropic/claude-opus-4-6"]
    assert model.values == {}
    assert [item.field for item in model.unusable] == ["pricing.input"]
