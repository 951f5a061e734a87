"""What sync plans, whatever the catalog, the lists and the policy, the second look lets pass."""

from __future__ import annotations

from hypothesis import given
from test_promises import World, planned, worlds

from building import NATIVE, TODAY, applied, catalog, changed, entry, held, listing, model, plan, policy
from modelsync.against.diff import Diff, Side
from modelsync.against.models import of_models
from modelsync.against.removals import of_removals
from modelsync.catalog import Shape
from modelsync.plan.bases import resolved
from modelsync.records import Catalog

FORCED = ("immediately", "unfollowed")  # by a person, of whom the second look knows nothing


@given(worlds)
def test_what_sync_plans_needs_no_second_look(world: World) -> None:
    of, answers, settings = world
    unforced = {name: value for name, value in settings.items() if name not in FORCED}
    after = applied(of, planned((of, answers, unforced)))
    rules = policy(**unforced)

    def side(stated: Catalog) -> Side:
        return Side({}, stated, resolved(stated, rules.authoritative))

    diff = Diff(side(of), side(after), Shape(), rules, TODAY)
    assert [*of_models(diff), *of_removals(diff)] == []


def test_a_zero_is_not_written_alone_where_the_prices_beside_it_are_held() -> None:
    row = model("a", input="0", cache_read="1", cache_write="0")

    made = plan(catalog(entry("openai/a", {NATIVE: "a"})), listing(row, source=NATIVE))

    assert changed(made) == {}
    assert held(made) == {
        "openai/a:pricing.input": "zero price",
        "openai/a:pricing.cache_read": "zero price",
        "openai/a:pricing.cache_write": "zero price",
    }
