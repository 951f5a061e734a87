"""That a plan changes what it says in a file, where a person would have written it, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from catalog_files import (
    NOON,
    SAMPLES,
    add,
    changed_lines,
    entry,
    opened,
    remove,
    rewritten,
    update,
    with_model,
)
from hypothesis import given
from hypothesis import strategies as st

from modelsync import catalog
from modelsync.catalog import Shape
from modelsync.errors import CatalogEditRefused, CatalogError
from modelsync.records import Change, FieldChange, Plan, Tier, Variant

RAILS = Shape("per_1k_tokens", {"context_length": "context_window", "max_output_tokens": "max_tokens"})
FLAT = Shape(
    "per_token",
    {
        "model": "id",
        "pricing.input": "input_cost_per_token",
        "pricing.output": "output_cost_per_token",
        "context_length": "max_input_tokens",
    },
)
SHAPES = {
    "llm_models.yml": RAILS,
    "flat_prices.yml": FLAT,
    "flow_entries.yml": Shape(),
    "comments.yml": Shape(),
}
FOLLOWED = {"upstream.openrouter": "openai/gpt-4o:free"}


def text_of(sample: str) -> str:
    return (SAMPLES / sample).read_text()


def edited(folder: Path, sample: str, *changes: Change) -> str:
    return rewritten(opened(folder, SHAPES[sample], models=text_of(sample)), *changes)


def diff(folder: Path, sample: str, *changes: Change) -> tuple[list[str], list[str]]:
    """The lines that go from the sample, and those that come."""
    return changed_lines(text_of(sample), edited(folder, sample, *changes))


def lines_of(folder: Path, fields: str, change: Change) -> list[str]:
    """The lines of the entry `openai/gpt-4o` after a change."""
    lines = rewritten(opened(folder, models=with_model(fields)), change).splitlines()
    return [line[8:] for line in lines[4:]]


def models_of(text: str, provider: str = "openai") -> dict[str, dict[str, object]]:
    """The models of a provider, as PyYAML reads them."""
    models: dict[str, dict[str, object]] = yaml.safe_load(text)["providers"][provider]["models"]
    return models


# ---------------------------------------------------------------------------- new values


@pytest.mark.parametrize(
    ("sample", "change", "gone", "come"),
    [
        (
            "llm_models.yml",
            update("gpt-4o", pricing__input=Decimal("1.25")),
            "        pricing: {input: 0.0025, output: 0.01}   # list price",
            "        pricing: {input: 0.00125, output: 0.01}   # list price",
        ),
        (
            "flat_prices.yml",
            update("gpt-4o-mini", pricing__output=Decimal(1)),
            '                "output_cost_per_token": 6.0e-07',
            '                "output_cost_per_token": 0.000001',
        ),
        (
            "comments.yml",
            update("o3", pricing__input=Decimal(1)),
            "          input: 2     # in",
            "          input: 1     # in",
        ),
        (
            "comments.yml",
            update("o3", model="o3"),
            "        model: 'o3-2025-04-16'",
            "        model: 'o3'",
        ),
    ],
)
def test_a_new_value_changes_its_own_line_in_its_own_style(
    tmp_path: Path, sample: str, change: Change, gone: str, come: str
) -> None:
    assert diff(tmp_path, sample, change) == ([gone], [come])


def test_a_list_that_grows_keeps_the_comments_between_its_items(tmp_path: Path) -> None:
    words = FieldChange("features", ("chat",), ("chat", "tools"))
    change = Change("update", "openai", "gpt-5", (words,))
    assert diff(tmp_path, "comments.yml", change) == ([], ["        - tools"])


def test_what_a_person_added_to_a_tier_stays_when_tiers_come_and_go(tmp_path: Path) -> None:
    tiers = "    - {above: 1, input: 3, note: ours}\n    - {above: 2, input: 4}\n"
    fields = f"pricing:\n  tiers:\n{tiers}model: a"
    old = (Tier(1, {"input": Decimal(3)}), Tier(2, {"input": Decimal(4)}))
    new = (Tier(1, {"input": Decimal(5), "output": Decimal(6)}), Tier(3, {"input": Decimal(7)}))
    change = Change("update", "openai", "gpt-4o", (FieldChange("pricing.tiers", old, new),))
    assert lines_of(tmp_path, fields, change) == [
        "pricing:",
        "  tiers:",
        "    - {above: 1, input: 5, note: ours, output: 6}",
        "    - {above: 3, input: 7}",
        "model: a",
    ]


def test_a_tier_that_stays_keeps_its_comments_whatever_comes_before_it(tmp_path: Path) -> None:
    stays = [
        "    # long prompts",
        "    - above: 5  # checked",
        "      input: 4",
        "      output: 9  # by mail",
    ]
    fields = "\n".join(["pricing:", "  tiers:", "    - above: 1", "      input: 1", *stays, "model: a"])
    nine = {"output": Decimal(9)}
    old = (Tier(1, {"input": Decimal(1)}), Tier(5, {"input": Decimal(4), **nine}))
    others = (Tier(above, {"input": Decimal(above)}) for above in (2, 3, 7))
    two, three, seven = others
    new = (two, three, Tier(5, {"input": Decimal(5), **nine}), seven)
    change = Change("update", "openai", "gpt-4o", (FieldChange("pricing.tiers", old, new),))
    assert lines_of(tmp_path, fields, change) == [
        *("pricing:", "  tiers:", "    - above: 2", "      input: 2", "    - above: 3", "      input: 3"),
        *("    # long prompts", "    - above: 5  # checked", "      input: 5", "      output: 9  # by mail"),
        *("    - above: 7", "      input: 7", "model: a"),
    ]


def test_variants_come_change_and_go_one_by_one(tmp_path: Path) -> None:
    variants = (
        "    - {when: {service_tier: batch}, input: 1, note: ours}\n    - {when: {region: eu}, factor: 1.1}\n"
    )
    fields = f"pricing:\n  variants:\n{variants}model: a"
    batch, flex = {"service_tier": "batch"}, {"service_tier": "flex"}
    old = (Variant(batch, {"input": Decimal(1)}), Variant({"region": "eu"}, {"factor": Decimal("1.1")}))
    new = (Variant(batch, {"input": Decimal(2)}), Variant(flex, {"input": Decimal(3)}))
    change = Change("update", "openai", "gpt-4o", (FieldChange("pricing.variants", old, new),))
    assert lines_of(tmp_path, fields, change) == [
        "pricing:",
        "  variants:",
        "    - {when: {service_tier: batch}, input: 2, note: ours}",
        "    - {when: {service_tier: flex}, input: 3}",
        "model: a",
    ]


def test_a_variant_of_long_prompts_goes_behind_the_others_and_is_read_as_it_is_written(
    tmp_path: Path,
) -> None:
    batch = {"service_tier": "batch"}
    short, long = Variant(batch, {"input": Decimal(1)}), Variant(batch, {"input": Decimal(2)}, above=200_000)
    fields = "pricing:\n  variants:\n    - {when: {service_tier: batch}, input: 1}  # ours\nmodel: a"
    change = Change("update", "openai", "gpt-4o", (FieldChange("pricing.variants", (short,), (short, long)),))
    written = lines_of(tmp_path, fields, change)
    assert written == [
        "pricing:",
        "  variants:",
        "    - {when: {service_tier: batch}, input: 1}  # ours",
        "    - {when: {service_tier: batch, above: 200000}, input: 2}",
        "model: a",
    ]
    assert entry(tmp_path, with_model("\n".join(written[:-1]))).values["pricing.variants"] == (short, long)


def test_tiers_in_another_order_are_written_anew(tmp_path: Path) -> None:
    one, two = Tier(1, {"input": Decimal(3)}), Tier(2, {"input": Decimal(4)})
    fields = "pricing: {tiers: [{above: 2, input: 4}]}"
    change = Change("update", "openai", "gpt-4o", (FieldChange("pricing.tiers", (two,), (one, two)),))
    assert lines_of(tmp_path, fields, change) == [
        "pricing: {tiers: [{above: 1, input: 3}, {above: 2, input: 4}]}"
    ]


def test_a_field_that_is_taken_away_leaves_the_others(tmp_path: Path) -> None:
    change = Change("update", "openai", "gpt-4o", (FieldChange("availability", "unavailable"),))
    fields = "model: a\navailability: unavailable\nname: b"
    assert lines_of(tmp_path, fields, change) == ["model: a", "name: b"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pricing: {input: 1}", []),
        ("pricing:\n  # why\n  input: 1", []),
        ("pricing: {input: 1, note: ours}", ["pricing: {note: ours}"]),
        ("pricing: {input: 1, output: 2}", ["pricing: {output: 2}"]),
    ],
)
def test_a_section_goes_with_the_last_of_its_fields(tmp_path: Path, before: str, after: list[str]) -> None:
    change = Change("update", "openai", "gpt-4o", (FieldChange("pricing.input", Decimal(1)),))
    assert lines_of(tmp_path, f"model: a\nbase: x/y\n{before}", change) == ["model: a", "base: x/y", *after]


def test_a_section_stays_where_one_field_takes_the_place_of_another(tmp_path: Path) -> None:
    fields = (FieldChange("pricing.input", Decimal(1)), FieldChange("pricing.output", new=Decimal(2)))
    change = Change("update", "openai", "gpt-4o", fields)
    assert lines_of(tmp_path, "model: a\npricing: {input: 1}", change) == ["model: a", "pricing: {output: 2}"]


# ---------------------------------------------------------------------------- fields that were not there


def test_new_fields_stand_in_their_natural_order(tmp_path: Path) -> None:
    values = {
        "features": ("chat",),
        "modalities__output": ("text",),
        "modalities__input": ("text", "image"),
        "max_output_tokens": 2,
        "context_length": 1,
        "released": "2025-08-07",
        **FOLLOWED,
    }
    assert lines_of(tmp_path, "model: a\nowner: us", update("gpt-4o", **values)) == [
        "model: a",
        "upstream: {openrouter: 'openai/gpt-4o:free'}".replace("'", '"'),
        "context_length: 1",
        "max_output_tokens: 2",
        "modalities: {input: [text, image], output: [text]}",
        "features: [chat]",
        "released: 2025-08-07",
        "owner: us",
    ]


@pytest.mark.parametrize(
    ("fields", "change", "expected"),
    [
        (
            "model: a\npricing: {input: 1}",
            update("gpt-4o", pricing__output=Decimal(2)),
            "model: a\npricing: {input: 1, output: 2}",
        ),
        (
            "pricing:\n  input: 1\n  tiers: []",
            update("gpt-4o", pricing__cache_read=Decimal(2)),
            "pricing:\n  input: 1\n  cache_read: 2\n  tiers: []",
        ),
        (
            "pricing: {output: 2, input: 1, note: ours}",
            update("gpt-4o", pricing__cache_read=Decimal(2)),
            "pricing: {output: 2, input: 1, cache_read: 2, note: ours}",
        ),
        (
            "model: a\npricing: {}",
            update("gpt-4o", pricing__input=Decimal(2), pricing__output=Decimal(3)),
            "model: a\npricing:\n  input: 2\n  output: 3",
        ),
        (
            "model: a\npricing:\nname: b",
            update("gpt-4o", pricing__input=Decimal(2)),
            "model: a\npricing:\n  input: 2\nname: b",
        ),
        (
            "model: a\nupstream: {other: x}",
            update("gpt-4o", **FOLLOWED),
            'model: a\nupstream: {other: x, openrouter: "openai/gpt-4o:free"}',
        ),
        (
            "modalities: {input: [text]}",
            update("gpt-4o", modalities__output=("text",)),
            "modalities: {input: [text], output: [text]}",
        ),
        (
            "features: [chat]\nname: b\nmodel: a",
            update("gpt-4o", context_length=1),
            "features: [chat]\nname: b\nmodel: a\ncontext_length: 1",
        ),
        (
            "pricing:\n  input: 1\nfeatures: [chat]",
            update("gpt-4o", name="b"),
            "name: b\npricing:\n  input: 1\nfeatures: [chat]",
        ),
    ],
)
def test_a_new_field_goes_into_the_section_that_is_there(
    tmp_path: Path, fields: str, change: Change, expected: str
) -> None:
    assert lines_of(tmp_path, fields, change) == expected.splitlines()


def test_a_new_field_stands_where_the_neighbour_has_it(tmp_path: Path) -> None:
    text = edited(tmp_path, "flat_prices.yml", update("gpt-4o-mini", max_output_tokens=4096))
    assert '                "max_output_tokens": 4096\n                "max_input_tokens": 128000\n' in text


def test_keys_with_dots_and_flat_keys_are_made_as_the_catalog_has_them(tmp_path: Path) -> None:
    shape = Shape(keys={"pricing.input": "cost.in", "pricing.output": "cost.out", "context_length": "a.b"})
    of = opened(tmp_path, shape, models=with_model("model: a\ncost: {out: 4}"))
    after = rewritten(of, update("gpt-4o", pricing__input=Decimal(1), context_length=5))
    assert models_of(after)["gpt-4o"] == {"model": "a", "a": {"b": 5}, "cost": {"out": 4, "in": 1}}


# ---------------------------------------------------------------------------- entries


@pytest.mark.parametrize(
    ("sample", "new", "order"),
    [
        ("llm_models.yml", ["gpt-4o-audio", "gpt-5"], ["gpt-4o", "gpt-4o-audio", "gpt-4o-mini", "gpt-5"]),
        ("flat_prices.yml", ["gpt-4o-nano"], ["gpt-4o", "gpt-4o-mini", "gpt-4o-nano"]),
        ("flow_entries.yml", ["gpt-4o-audio"], ["gpt-4o", "gpt-4o-audio", "gpt-4o-mini"]),
        ("comments.yml", ["gpt-5-mini", "gpt-6"], ["o3", "gpt-6", "gpt-5", "gpt-5-mini", "gpt-4o"]),
    ],
)
def test_new_models_stand_beside_their_siblings(
    tmp_path: Path, sample: str, new: list[str], order: list[str]
) -> None:
    changes = [add(key, context_length=5, pricing__input=Decimal(1)) for key in new]
    after = edited(tmp_path, sample, *changes)
    assert list(models_of(after)) == order
    assert changed_lines(text_of(sample), after)[0] == []


def test_a_new_model_has_its_keys_in_the_order_of_its_sibling(tmp_path: Path) -> None:
    text = with_model("pricing: {output: 2, input: 1}\nmodel: gpt-4o\nteam: search\ncontext_length: 4")
    prices = {f"pricing__{name}": Decimal(1) for name in ("input", "output", "cache_read")}
    new = add("gpt-5", **prices, context_length=5, features=("chat",))
    model = models_of(rewritten(opened(tmp_path, models=text), new))["gpt-5"]
    assert list(model) == ["pricing", "model", "context_length", "features"]
    assert list(model["pricing"]) == ["output", "input", "cache_read"]  # type: ignore[call-overload]


def test_a_new_model_names_its_base_behind_its_model_and_reads_back(tmp_path: Path) -> None:
    of = opened(tmp_path, models=with_model("model: a\nname: b\npricing: {input: 1}\nteam: x"))
    named = add("gpt-5", base="openai/gpt-4o", upstream__groq="gpt-5", pricing__input=Decimal(3))
    after = rewritten(of, named)
    assert list(models_of(after)["gpt-5"]) == ["model", "base", "upstream", "pricing"]
    read = opened(tmp_path, models=after).catalog.providers["openai"].entries
    assert read["gpt-5"].base == "openai/gpt-4o"


@pytest.mark.parametrize("start", ["models: {}", "models:", "name: OpenAI"])
def test_the_first_models_of_a_provider_start_its_list(tmp_path: Path, start: str) -> None:
    text = f"providers:\n  openai:\n    {start}\n"
    after = rewritten(opened(tmp_path, models=text), add("a"), add("b"))
    assert models_of(after) == {"a": {"model": "a"}, "b": {"model": "b"}}


def test_a_removed_model_takes_its_own_comment_and_says_so(tmp_path: Path) -> None:
    of = opened(tmp_path, RAILS, models=text_of("llm_models.yml"))
    (rewrite,) = catalog.rewrites(of, Plan(NOON, (), {}, (remove("gpt-4o-mini"),)))
    assert rewrite.removed_comments == ("# The cheap one: title generation, tagging.",)
    assert "ask in #llm" in rewrite.text


def test_a_new_model_does_not_stand_behind_one_that_goes(tmp_path: Path) -> None:
    """It would get the gap of the one that went beside its own."""
    models = "      a-1:\n        model: a-1\n\n      a-2:\n        model: a-2\n"
    text = f"providers:\n  openai:\n    models:\n{models}"
    after = rewritten(opened(tmp_path, models=text), remove("a-2"), add("a-3"))
    assert after == text.replace("a-2", "a-3")


def test_each_file_is_rewritten_once_and_only_where_it_changes(tmp_path: Path) -> None:
    of = opened(
        tmp_path,
        one=with_model("model: a"),
        two=with_model("model: a").replace("openai", "gemini"),
        three=with_model("model: a").replace("openai", "x-ai"),
    )
    changes = (update("gpt-4o", model="b"), add("gpt-5"), update("gpt-4o", provider="gemini", model="b"))
    made = catalog.rewrites(of, Plan(NOON, (), {}, changes))
    assert [rewrite.file.name for rewrite in made] == ["one.yaml", "two.yaml"]


# ---------------------------------------------------------------------------- new providers


def made_for(of: catalog.Opened, provider: str = "x-ai") -> tuple[str, str]:
    (rewrite,) = catalog.rewrites(of, Plan(NOON, (), {}, (add("grok-4", provider=provider),)))
    return rewrite.file.name, rewrite.text


def test_a_new_provider_gets_a_file_that_the_catalog_reads(tmp_path: Path) -> None:
    (tmp_path / "providers").mkdir()
    of = catalog.open_catalog(tmp_path, ["providers/*.yaml"], Shape())
    name, text = made_for(of)
    assert (name, text) == (
        "providers/x-ai.yaml",
        "providers:\n  x-ai:\n    models:\n      grok-4:\n        model: grok-4\n",
    )


def test_a_new_file_names_its_schema_and_a_server_of_ones_own_is_local(tmp_path: Path) -> None:
    (tmp_path / "catalog/providers").mkdir(parents=True)
    new = catalog.NewFiles(tmp_path / ".modelsync/schema/provider.json", frozenset({"ollama"}))
    of = catalog.open_catalog(tmp_path / "catalog", ["providers/*.yaml"], Shape(), new)
    first = "# yaml-language-server: $schema=../../.modelsync/schema/provider.json\n"
    rest = "    models:\n      grok-4:\n        model: grok-4\n"
    assert made_for(of)[1] == f"{first}providers:\n  x-ai:\n{rest}"
    assert made_for(of, "ollama")[1] == f"{first}providers:\n  ollama:\n    local: true\n{rest}"


def test_a_new_provider_goes_into_the_file_that_holds_several(tmp_path: Path) -> None:
    two = "providers:\n  a: {models: {}}\n  b: {models: {}}\n"
    assert made_for(opened(tmp_path, all=two))[0] == "all.yaml"


def test_a_new_provider_goes_into_the_only_file_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "models.yml").write_text(with_model("model: a"))
    of = catalog.open_catalog(tmp_path, ["config/models.yml"], Shape())
    assert made_for(of)[0] == "config/models.yml"


@pytest.mark.fault("upstream data", "an id that could be a path, an option or two words")
@pytest.mark.parametrize("provider", ["../../etc/x", "-rf", "a/b", ".hidden", "x\n"])
def test_a_providers_name_never_leads_out_of_the_folder(tmp_path: Path, provider: str) -> None:
    of = catalog.open_catalog(tmp_path, ["*.yaml"], Shape())
    with pytest.raises(CatalogEditRefused, match="no file for the new provider"):
        made_for(of, provider)


# ---------------------------------------------------------------------------- what is refused, what always is


@pytest.mark.parametrize(
    "change",
    [
        update("gpt-9", model="x"),
        remove("gpt-9"),
        update("gpt-4o", no__such="x"),
        add("gpt-4o"),
        update("gpt-4o", description="\ud800"),
    ],
)
def test_a_plan_that_does_not_fit_the_file_is_refused(tmp_path: Path, change: Change) -> None:
    of = opened(tmp_path, models=with_model("model: a"))
    with pytest.raises(CatalogError) as refused:
        catalog.rewrites(of, Plan(NOON, (), {}, (change,)))
    assert "models.yaml" in refused.value.where


def test_a_refusal_names_file_and_line(tmp_path: Path) -> None:
    of = opened(tmp_path, models="base: &base {input: 1}\n" + with_model("pricing: *base"))
    change = update("gpt-4o", **{"pricing.input": Decimal(2)})
    with pytest.raises(CatalogEditRefused) as refused:
        catalog.rewrites(of, Plan(NOON, (), {}, (change,)))
    assert "models.yaml:" in refused.value.where


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
values = st.fixed_dictionaries(
    {},
    optional={
        "name": names,
        "upstream.openrouter": names,
        "context_length": st.integers(0, 2**63 - 1),
        "max_output_tokens": st.integers(0, 2**63 - 1),
        "pricing.input": st.decimals(0, 1000, places=9),
        "pricing.output": st.decimals(0, 1000, places=9),
        "pricing.cache_read": st.decimals(0, 1000, places=9),
        "features": st.lists(names, unique=True, max_size=3).map(tuple),
        "modalities.input": st.lists(names, unique=True, max_size=3).map(tuple),
        "released": st.dates().map(str),
    },
)


@pytest.mark.fault("YAML files", "text that YAML would read as something else")
@given(said=values, sample=st.sampled_from(sorted(SHAPES)), key=names)
def test_whatever_upstream_says_reads_back_in_every_style_of_file(
    tmp_path_factory: pytest.TempPathFactory, said: dict[str, object], sample: str, key: str
) -> None:
    of = opened(tmp_path_factory.mktemp("catalog"), SHAPES[sample], models=text_of(sample))
    entries = of.catalog.providers["openai"].entries
    there = next(iter(entries.values()))
    changes = [update(there.key, **said)]
    if key not in entries:
        changes.append(add(key, **said))
    after = rewritten(of, *changes)
    read = opened(tmp_path_factory.mktemp("after"), SHAPES[sample], models=after).catalog.providers["openai"]
    assert entries.keys() <= read.entries.keys()
    for name, value in said.items():
        if name in read.entries[there.key].values:
            assert read.entries[there.key].values[name] == value


def test_an_id_with_a_colon_is_quoted_in_flow(tmp_path: Path) -> None:
    after = rewritten(opened(tmp_path, models=with_model("model: a")), update("gpt-4o", **FOLLOWED))
    assert '{openrouter: "openai/gpt-4o:free"}' in after
    assert entry(tmp_path, after).upstream == {"openrouter": "openai/gpt-4o:free"}


# ---------------------------------------------------------------------------- rename


def test_a_renamed_entry_keeps_its_place_and_comments(tmp_path: Path) -> None:
    text = text_of("comments.yml")
    of = opened(tmp_path, models=text)
    (made,) = catalog.rename(of, of.catalog.providers["openai"].entries["gpt-5"], "gpt-5-main", "gpt-5")
    assert changed_lines(text, made.text) == (
        ["      gpt-5:           # everything new", "        model: 'gpt-5-2025-08-07'"],
        ["      gpt-5-main:           # everything new", "        model: 'gpt-5'"],
    )


def test_a_renamed_entry_gets_the_native_id_that_it_lacked(tmp_path: Path) -> None:
    of = opened(tmp_path, models=with_model("name: a"))
    (made,) = catalog.rename(of, of.catalog.providers["openai"].entries["gpt-4o"], "gpt-5", "gpt-5-2025")
    assert models_of(made.text) == {"gpt-5": {"name": "a", "model": "gpt-5-2025"}}


def test_those_that_name_a_renamed_entry_as_their_base_name_it_by_its_new_key(tmp_path: Path) -> None:
    served = "providers:\n  groq:\n    models:\n      x: {model: x, base: openai/gpt-4o}   # as theirs\n"
    of = opened(tmp_path, one=with_model("model: a"), two=served)
    made = catalog.rename(of, of.catalog.providers["openai"].entries["gpt-4o"], "gpt-4o-old", None)
    assert [item.file.name for item in made] == ["one.yaml", "two.yaml"]
    assert made[1].text == served.replace("openai/gpt-4o", "openai/gpt-4o-old")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('pricing: {input: "5.00"}', 'pricing: {input: "2.5"}'),
        ("pricing: {input: '5'}", "pricing: {input: '2.5'}"),
        ("pricing: {input: 5.00}", "pricing: {input: 2.5}"),
        ("pricing: {unit: per_1k_tokens, input: 0.005}", "pricing: {unit: per_1k_tokens, input: 0.0025}"),
    ],
)
def test_a_price_stays_in_quotes_and_in_the_unit_that_its_entry_names(
    tmp_path: Path, before: str, after: str
) -> None:
    text = with_model(f"model: a\n{before}")
    of = opened(tmp_path, models=text)
    (read,) = of.catalog.entries()
    change = update(read.key, pricing__input=Decimal("2.5"))
    assert rewritten(of, change) == text.replace(before, after)


@pytest.mark.parametrize("quote", ["'", '"'])
@pytest.mark.parametrize("field", ["context_length", "max_output_tokens"])
def test_a_limit_stays_in_quotes_and_a_whole_number(tmp_path: Path, field: str, quote: str) -> None:
    text = with_model(f"model: a\n{field}: {quote}100000{quote}")
    of = opened(tmp_path, models=text)
    (read,) = of.catalog.entries()
    assert rewritten(of, update(read.key, **{field: 128_000})) == text.replace("100000", "128000")


def test_a_number_of_yaml_1_1_keeps_its_form(tmp_path: Path) -> None:
    text = with_model("model: a\ncontext_length: 100_000")
    of = opened(tmp_path, models=text)
    (read,) = of.catalog.entries()
    assert rewritten(of, update(read.key, context_length=128_000)) == text.replace("100_000", "128_000")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{input: "5.00", output: "9"}', '{input: "2.5", output: "9", cache_read: "0.5"}'),
        ("{input: '5.00'}", "{input: '2.5', cache_read: '0.5'}"),
        ("{input: 5.00}", "{input: 2.5, cache_read: 0.5}"),
        ('{input: "5", cache_read: 1}', '{input: "2.5", cache_read: 0.5}'),
    ],
)
def test_a_new_price_is_in_quotes_where_those_of_the_file_are(
    tmp_path: Path, before: str, after: str
) -> None:
    text = with_model(f"model: a\npricing: {before}")
    of = opened(tmp_path, models=text)
    change = update("gpt-4o", pricing__input=Decimal("2.5"), pricing__cache_read=Decimal("0.5"))
    assert rewritten(of, change) == text.replace(before, after)
    new = rewritten(of, add("o9", pricing__input=Decimal(7)))
    quote = before[8] if before[8] in "'\"" else ""
    assert f"input: {quote}7{quote}" in new


def test_the_prices_of_a_tier_and_what_it_is_for_keep_their_form(tmp_path: Path) -> None:
    text = with_model(
        "model: a\npricing:\n  input: \"5\"\n  tiers:\n  - {above: 200_000, input: '7.0', output: 9}"
    )
    old, new = ((Tier(200_000, {"input": Decimal(price), "output": Decimal(9)}),) for price in ("7", "8"))
    change = Change("update", "openai", "gpt-4o", (FieldChange("pricing.tiers", old, new),))
    assert rewritten(opened(tmp_path, models=text), change) == text.replace("'7.0'", "'8'")


@pytest.mark.parametrize("naming", ["id", "model"])
def test_a_new_field_of_an_item_of_a_list_stands_behind_its_name(tmp_path: Path, naming: str) -> None:
    item = f"      - {naming}: a\n        pricing: {{input: 3}}\n"
    of = opened(tmp_path, models=f"providers:\n  openai:\n    models:\n{item}")
    after = rewritten(of, update("a", context_length=8192))
    assert after.splitlines()[3:] == [
        f"      - {naming}: a",
        "        context_length: 8192",
        "        pricing: {input: 3}",
    ]


@pytest.mark.parametrize(("price", "new"), [("2", "0.5"), ('"2"', '"0.5"')])
def test_a_new_price_of_an_entry_is_in_quotes_as_its_others_are(tmp_path: Path, price: str, new: str) -> None:
    other = '"3"' if price == "2" else "3"
    text = with_model(f"model: b\npricing: {{input: {other}}}") + (
        f"      o3:\n        model: o3\n        pricing: {{input: {price}}}\n"
    )
    after = rewritten(opened(tmp_path, models=text), update("o3", pricing__cache_read=Decimal("0.5")))
    assert f"pricing: {{input: {price}, cache_read: {new}}}" in after
