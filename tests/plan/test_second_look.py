"""What sync plans, whatever the catalog, the lists and the policy, the second look lets pass."""

from __future__ import annotations

from hypothesis import given
from test_promises import World, planned, worlds

from building import (
    NATIVE,
    ROUTER,
    TODAY,
    applied,
    catalog,
    changed,
    entry,
    held,
    listing,
    model,
    plan,
    policy,
)
from modelsync.against.diff import Diff, Side
from modelsync.against.models import of_models
from modelsync.against.removals import of_removals
from modelsync.catalog import Shape
from modelsync.plan.bases import resolved
from modelsync.records import Catalog, PlanPolicy
from modelsync.yamledit import parse

FORCED = ("immediately", "unfollowed")  # by a person, of whom the second look knows nothing


def of_both(before: Catalog, after: Catalog, rules: PlanPolicy) -> Diff:
    """Two revisions of a catalog, by what they state."""

    def side(stated: Catalog) -> Side:
        documents = {provider.file: parse("providers: {}") for provider in stated.providers.values()}
        return Side(documents, stated, resolved(stated, rules.authoritative))

    return Diff(side(before), side(after), Shape(), rules, TODAY)


@given(worlds)
def test_what_sync_plans_needs_no_second_look(world: World) -> None:
    of, answers, settings = world
    unforced = {name: value for name, value in settings.items() if name not in FORCED}
    after = applied(of, planned((of, answers, unforced)))
    diff = of_both(of, after, policy(**unforced))
    assert [*of_models(diff), *of_removals(diff)] == []


def test_an_id_is_met_by_what_the_providers_own_list_calls_the_entry_in_the_second_look_too() -> None:
    """A `model` may be a dated name or an alias, while the entry follows another id of that list."""
    of = catalog(entry("openai/b", {NATIVE: "b"}, model="a"))

    after = applied(of, plan(of, listing("openai/b"), listing("a", "b", source=NATIVE)))

    assert after.providers["openai"].entries["b"].upstream == {NATIVE: "b", ROUTER: "openai/b"}
    assert [*of_models(of_both(of, after, policy()))] == []


def test_a_zero_is_not_written_alone_where_the_prices_beside_it_are_held() -> None:
    row = model("a", input="0", cache_read="1", cache_write="0")

    made = plan(catalog(entry("openai/a", {NATIVE: "a"})), listing(row, source=NATIVE))

    assert changed(made) == {}
    assert held(made) == {
        "openai/a:pricing.input": "zero price",
        "openai/a:pricing.cache_read": "zero price",
        "openai/a:pricing.cache_write": "zero price",
    }
