"""What an entry says that states only the differences of another one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from building import catalog, entry
from modelsync.plan.bases import Bases, resolved
from modelsync.records import Catalog, Entry, Money, Unreadable

OSS = entry("openai/gpt-oss", "openai/gpt-oss", context_length=131072, input="0.1", features=("chat",))
AUTHORITY = {"openrouter"}


def bases(*entries: Entry, local: tuple[str, ...] = ()) -> Bases:
    return Bases(catalog(*entries, local=local), AUTHORITY)


def resolve(of: Entry, *others: Entry, local: tuple[str, ...] = ()) -> Entry:
    return bases(of, *others, local=local).resolve(of)


def test_an_entry_that_states_nothing_more_says_what_its_base_says() -> None:
    served = resolve(entry("groq/oss", base="openai/gpt-oss"), OSS)

    assert served.values == OSS.values | {"model": "oss"}
    assert served.own == ("model",)
    assert set(served.inherited.values()) == {"openai/gpt-oss"}


def test_its_own_value_wins_and_not_applicable_is_a_value() -> None:
    served = resolve(entry("groq/oss", base="openai/gpt-oss", input="0.2", context_length=None), OSS)

    assert served.values["pricing.input"] == Decimal("0.2")
    assert served.values["context_length"] is None
    assert served.own == ("model", "context_length", "pricing.input")


def test_state_and_a_date_of_its_own_are_not_inherited() -> None:
    gone = entry("openai/gpt-oss", availability="unavailable", unavailable_since="2026-08-01", expires="2027")

    assert resolve(entry("groq/oss", base="openai/gpt-oss"), gone).values == {"model": "oss"}


def test_ones_own_machine_inherits_what_the_model_is_and_nothing_that_a_host_makes_of_it() -> None:
    hosted = entry("openai/gpt-oss", name="OSS", context_length=131072, input="0.1", features=("chat",))
    served = resolve(entry("ollama/oss", base="openai/gpt-oss"), hosted, local=("ollama",))

    assert served.values == {"model": "oss", "name": "OSS"}


def test_no_price_is_inherited_from_or_by_what_is_not_in_dollars() -> None:
    yuan = replace(OSS, money=Money(foreign="its prices are in CNY"))
    serves = entry("groq/oss", base="openai/gpt-oss")
    assert "pricing.input" not in resolve(serves, yuan).values
    served = replace(serves, money=yuan.money)
    assert "pricing.input" not in resolve(served, OSS).values
    assert resolve(served, OSS).values["context_length"] == 131072
    assert resolve(serves, OSS).values["pricing.input"] == Decimal("0.1")


def test_what_cannot_be_read_is_not_inherited() -> None:
    odd = entry("openai/gpt-oss", context_length=Unreadable("128k"), name="OSS")

    assert resolve(entry("groq/oss", base="openai/gpt-oss"), odd).values == {"model": "oss", "name": "OSS"}


def test_a_base_may_have_a_base_and_each_value_says_whose_it_is() -> None:
    fast = entry("groq/oss", base="openai/gpt-oss", input="0.2")
    served = resolve(entry("proxy/oss", base="groq/oss"), fast, OSS)

    assert served.values["pricing.input"] == Decimal("0.2")
    assert served.inherited["pricing.input"] == "groq/oss"
    assert served.inherited["context_length"] == "openai/gpt-oss"


def test_a_base_may_be_named_by_the_id_that_it_follows() -> None:
    sonnet = entry("anthropic/claude-4-5", "anthropic/claude-4.5", context_length=9)
    follower = entry("vertex/claude", {"vertex": "anthropic/claude-4.5"}, base="anthropic/claude-4.5")

    assert resolve(follower, sonnet).values["context_length"] == 9


def test_an_id_that_several_entries_follow_names_none_of_them() -> None:
    twice = [entry(f"openai/{key}", "openai/x") for key in "ab"]
    odd = entry("groq/x", base="openai/x")

    assert bases(odd, *twice).of(odd) is None
    assert bases(odd, *twice).fault(odd) == "its base openai/x is any of openai/a, openai/b"


@pytest.mark.parametrize(
    ("links", "fault"),
    [
        ({"a": "p/a"}, "its base leads back to itself: p/a -> p/a"),
        ({"a": "p/b", "b": "p/a"}, "its base leads back to itself: p/a -> p/b -> p/a"),
        ({"a": "p/nothing"}, "its base p/nothing is not in the catalog"),
        ({"a": "p/b", "b": "p/c", "c": "p/b"}, ""),
    ],
)
def test_a_base_that_is_not_there_or_leads_back_counts_for_nothing(links: dict[str, str], fault: str) -> None:
    entries = [entry(f"p/{key}", base=base, name=key) for key, base in links.items()]
    first = entries[0]

    assert bases(*entries).fault(first) == fault
    assert resolve(first, *entries[1:]).values["name"] == "a"
    assert (bases(*entries).resolve(first) is first) == bool(fault)


def test_a_catalog_without_bases_is_resolved_as_it_is() -> None:
    of: Catalog = catalog(OSS)

    assert resolved(of, AUTHORITY) is of


def test_a_resolved_catalog_holds_every_entry() -> None:
    of = resolved(catalog(OSS, entry("groq/oss", base="openai/gpt-oss")), AUTHORITY)

    assert [one.values["context_length"] for one in of.entries()] == [131072, 131072]
    assert next(iter(of.entries())) is OSS


def test_a_long_way_of_bases_is_walked_once() -> None:
    count = 3000
    entries = [entry(f"openai/k{n}", base=f"openai/k{n + 1}") for n in range(count)]
    found = bases(*entries, entry(f"openai/k{count}", input="3"))
    assert found.resolve(entries[0]).values["pricing.input"] == Decimal(3)
    assert not any(found.fault(one) for one in entries)


def test_whoever_leads_into_a_circle_without_being_in_it_has_a_base() -> None:
    in_circle = [entry("openai/a", base="openai/b"), entry("openai/b", base="openai/a", input="3")]
    outside = entry("openai/c", base="openai/a")
    found = bases(*in_circle, outside)
    assert [bool(found.fault(one)) for one in (*in_circle, outside)] == [True, True, False]


def test_a_long_circle_is_found_at_once_and_shown_short() -> None:
    count = 5_000
    around = [entry(f"openai/k{number}", base=f"openai/k{(number + 1) % count}") for number in range(count)]
    found = bases(*around)
    faults = {found.fault(one) for one in around}
    assert len(faults) == count
    assert max(map(len, faults)) < 200
