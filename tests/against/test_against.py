"""That each kind of harm which a commit can do to a catalog is found, and that what sync does is none."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from modelsync import config
from modelsync.against import Fault, against, faults
from modelsync.against.diff import compared
from modelsync.against.writing import of_writing
from modelsync.catalog import Shape
from modelsync.errors import GitRefused, UsageError
from repositories import GitRepository
from workplace import OPENAI, Workplace, row, rows

TODAY = date(2026, 11, 21)
FILE = "catalog/providers/openai.yaml"
SETTINGS = """\
sources: {openrouter: {authoritative: true, endpoints: [{url: 'https://openrouter.example'}]}}
mapping: [{match: '^openai/', provider: openai}, {match: '^other/', provider: other}]
"""
SEARCH = "        team: search\n"
SINCE = "        unavailable_since: "
GRACE = "prune: {after_days: 7}"
MODELS = """\
# of the team
owner: us
providers:
  openai:
    name: OpenAI
    models:
      a:
        model: a
        upstream: {openrouter: openai/a}
        name: A
        context_length: 128000
        max_output_tokens: 8000
        pricing:
          input: 3
          output: 15
          cache_read: 0.3
          tiers:
            - {above: 200000, input: 6, note: ours}
        features: [chat, vision]
        team: search
      gone:
        model: gone
        upstream: {openrouter: openai/gone}
        features: [chat]
        unavailable_since: 2026-11-10
      mine:  # modelsync: keep until 2026-11-21
        model: mine
        upstream: {openrouter: openai/mine}
      house: {model: house, upstream: {openrouter: openai/house}, priority: 100}
      alone: {model: alone}
      vectors: {model: v, upstream: {openrouter: openai/v}, features: [embeddings]}
"""


def found(
    before: str, after: str, settings: str = "", today: date = TODAY, since: date | None = None
) -> list[str]:
    """The faults of one file, as `line: text`; it was committed on the same day unless `since` says more."""
    parsed = config.parse(SETTINGS + settings)
    texts = ({FILE: text.encode()} for text in (before, after))
    return [
        f"{fault.line}: {fault.text}" for fault in faults(*texts, parsed, today=today, since=since or today)
    ]


def edited(*edits: tuple[str, str], of: str = MODELS) -> str:
    for old, new in edits:
        assert old in of
        of = of.replace(old, new, 1)
    return of


def without(key: str, of: str = MODELS) -> str:
    """The text without one entry."""
    less, count = re.subn(rf"^      {key}:.*\n(?:        .*\n)*", "", of, flags=re.MULTILINE)
    assert count == 1
    return less


def entry(key: str, prices: str, more: str = "") -> str:
    return f"      {key}: {{model: {key}, upstream: {{openrouter: openai/{key}}}, pricing: {prices}{more}}}\n"


def catalog_of(*entries: str) -> str:
    return "providers:\n  openai:\n    models:\n" + "".join(entries)


# ---------------------------------------------------------------------------- one model


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("input: 3\n", "input: 30\n", "14: openai/a: pricing.input 3 -> 30: price ratio: 10 times more"),
        ("output: 15", "output: 0", "15: openai/a: pricing.output 15 -> 0: zero crossing: it would"),
        ("output: 15", "output: -1", "pricing.output 15 -> -1: not a price"),
        ("cache_read: 0.3", "cache_read: 3.5", "pricing.cache_read 0.3 -> 3.5: price ratio"),
        ("input: 3\n", "input: 0.31\n", ""),
        ("cache_read: 0.3", "cache_read: 2.9", ""),
        ("input: 3\n          output: 15\n          cache_read: 0.3", "input: 3\n          output: 15\n"
         "          cache_read: 0.3\n          cache_write: 4", ""),
        ("input: 6,", "input: 60,", "17: openai/a: pricing.tiers"),
        ("context_length: 128000", "context_length: 64000", "11: openai/a: context_length 128000 -> 64000"),
        ("max_output_tokens: 8000", "max_output_tokens: 128000", "growing limit"),
        ("        context_length: 128000\n", "", "7: openai/a: context_length is gone: it was 128000"),
        ("context_length: 128000", "context_length: 128k", "context_length was changed where it is no count"),
        ("input: 3\n", "input: free\n", "pricing.input was changed where it is no token price: 3 -> free"),
        ("name: A\n", "name: B\n", "10: openai/a: name was changed, and only fills what is empty: A -> B"),
        ("[chat, vision]", "[vision, audio]", "19: openai/a: features has lost chat"),
        ("[chat, vision]", "[chat, vision, audio]", ""),
        ("[chat, vision]", "[chat, vision, ours]", "features has words, or an order, that no source gives"),
        ("[chat, vision]", "[chat, vision, reasoning, streaming]", "or an order, that no source gives"),
        ("[chat, vision]", "[]", "19: openai/a: features is gone: it was"),
        ("[chat, vision]", "!!python/object/apply:os.system [chat, vision]",
         "19: openai/a: is written otherwise than sync writes it: '        features: [chat, vision]' -> "),
        ("[chat, vision]", "&all [chat, vision]", "19: openai/a: is written otherwise"),
        ("            - {above: 200000, input: 6, note: ours}\n", "            []\n",
         "openai/a: pricing.tiers is gone"),
        ("input: 3\n", "input: 4  # modelsync: keep, ours\n",
         "7: openai/a: a comment came, and sync writes none: # modelsync: keep, ours"),
        ("      a:\n", "      a:  # modelsync: keep\n",
         "7: openai/a: a comment came, and sync writes none: # modelsync: keep"),
        ("team: search", "team: find", "20: openai/a: team was changed, and is no source's"),
        ("        team: search\n", "", "7: openai/a: team is gone, and no source's"),
        ("team: search", "team: search\n        tags: x", "21: openai/a: tags was added"),
        (", note: ours", "", "18: openai/a: pricing.tiers.0.note is gone, and no source's"),
        ("model: mine", "model: m", "27: openai/mine: model was changed, and is pinned: mine -> m"),
        ("priority: 100", "priority: 100, name: H", "name was changed, in a person's entry: nothing -> H"),
        ("priority: 100", "priority: 1", "29: openai/house: priority was changed, and is no source's"),
        ("unavailable_since: 2026-11-10", "released: 2025-01-01", ""),
        ("{openrouter: openai/a}", "{}", "9: openai/a: upstream.openrouter is gone"),
        ("name: OpenAI", "name: Open", "5: providers.openai.name was changed, and is no source's"),
        ("owner: us", "owner: them", "2: owner was changed, and is no source's"),
        ("alone: {model: alone}", "alone: x", "30: openai/alone: was removed: no source ever followed it"),
        ("        name: A\n        context_length: 128000\n",
         "        context_length: 128000\n        name: A\n",
          "10: openai/a: is written otherwise than sync writes it: '        name: A' -> '        context"),
    ],
)  # fmt: skip
def test_what_happens_to_a_field(old: str, new: str, fault: str) -> None:
    said = found(MODELS, edited((old, new)))
    assert (fault in said[0]) if fault else (said == [])


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("input: 3\n", "input: 3.0\n", "is written otherwise than sync writes it: '          input: 3' -> "),
        ("name: A\n", "name: 'A'\n", "is written otherwise"),
        ("\n", "\r\n", "2: is written otherwise"),
        ("[chat, vision]", "[vision, chat]", "features was written anew, and says the same"),
        ("[chat, vision]", "[chat,  vision]", "is written otherwise"),
        ("upstream: {openrouter: openai/mine}", "upstream:\n          openrouter: openai/mine", "otherwise"),
        ("models:\n", "models:\n\n", "7: is written otherwise than sync writes it: no line -> ''"),
        ("priority: 100}", "priority: 100} ", "openai/house: is written otherwise"),
        ("alone}", "alone}  # a person's", "openai/alone: a comment came, and sync writes none"),
        ("# of the team", "\ufeff# of the team", "1: is written otherwise"),
        ("# of the team", "---\n# of the team", "1: is written otherwise"),
        ("# of the team", "%YAML 1.2\n---\n# of the team", "1: is written otherwise"),
    ],
)  # fmt: skip
def test_what_is_written_anew_and_says_the_same(old: str, new: str, fault: str) -> None:
    said = " ".join(found(MODELS, MODELS.replace(old, new)))
    assert fault in said
    assert bool(said) == bool(fault)


@pytest.mark.parametrize("flow", [False, True, None])
def test_a_file_that_was_dumped_anew_is_found_beside_what_changed(flow: bool | None) -> None:
    plain = re.sub(" *#.*", "", edited((", note: ours", "")))
    changed = yaml.safe_load(plain.replace("input: 3\n", "input: 4\n"))
    dumped = yaml.safe_dump(changed, sort_keys=False, default_flow_style=flow, width=100_000)
    said = found(plain, dumped)
    assert said
    assert all("is written" in text for text in said)


@pytest.mark.parametrize(
    ("settings", "old", "new", "fault"),
    [
        (
            "fields: [model, pricing]",
            "128000",
            "200000",
            "context_length was changed, and `fields:` leaves it",
        ),
        ("owners: {context_length: human}", "128000", "200000", "is owned by people: 128000 -> 200000"),
        ("owners: {name: upstream}", "name: A\n", "name: B\n", ""),
        ("exclude: {openai: [A]}", "128000", "200000", "context_length was changed, and A is excluded"),
        ("guards: {price_ratio: 2}", "input: 3\n", "input: 6\n", "price ratio: 2 times more"),
        ("guards: {only: {openai: {price_ratio: 2}}}", "input: 3\n", "input: 6\n", "price ratio"),
        ("accept: [{model: openai/a, field: pricing.input, value: 30}]", "input: 3\n", "input: 30\n", ""),
        (
            "accept: [{model: openai/a, field: pricing.input, value: 31}]",
            "input: 3\n",
            "input: 30\n",
            "ratio",
        ),
        ("pricing_unit: per_1k_tokens", "input: 3\n", "input: 2\n", ""),
    ],
)
def test_the_configuration_of_the_older_revision_decides(
    settings: str, old: str, new: str, fault: str
) -> None:
    said = found(MODELS, edited((old, new)), settings)
    assert (fault in said[0]) if fault else (said == [])


@pytest.mark.parametrize(
    ("day", "fault"),
    [
        ("expires: 2026-11-20", "past its end"),
        ("expires: 2026-11-21", ""),
        ("expires: 9999-12-31", "not a day"),
        ("released: 9999-12-31", "not a day"),
    ],
)
def test_the_end_of_one_model_that_is_over_or_no_day_is_found(day: str, fault: str) -> None:
    said = found(MODELS, edited(("        team: search\n", f"        {day}\n        team: search\n")))
    assert bool(said) == bool(fault)
    assert fault in " ".join(said)


def test_an_alias_may_come_to_be_followed_by_its_name_in_its_providers_own_list() -> None:
    text = "providers:\n  xai:\n    models:\n      g: {model: g-latest, upstream: {xai: %s}}\n"
    assert found(text % "g-4", text % "g-latest") == []
    assert "follows another model now" in found(text % "g-4", text % "g-5")[0]


OWN = edited(("name: OpenAI\n", "name: OpenAI\n    local: true\n"))
RULE, MINE, NONE = (f"provider: openai{more}}}" for more in ("", ", prices: true", ", prices: false"))
LAST, NEW = "features: [embeddings]}\n", "      new: {model: new, upstream: {openrouter: openai/new}, "


@pytest.mark.parametrize(
    ("old", "new", "rule", "fault"),
    [
        ("input: 3\n", "input: 4\n", RULE, "pricing.input was changed, and is a host's"),
        ("input: 3\n", "input: 4\n", MINE, ""),
        ("128000", "200000", RULE, "context_length was changed, and is a host's"),
        ("vision]", "vision, audio]", RULE, "features was changed, and is a host's"),
        (SEARCH, f"        released: 2025-01-01\n{SEARCH}", RULE, ""),
        (LAST, f"{LAST}{NEW}name: New}}\n", RULE, ""),
        (LAST, f"{LAST}{NEW}pricing: {{input: 1, output: 2}}}}\n", RULE, "pricing.input was changed, and"),
    ],
)  # fmt: skip
def test_what_a_host_says_of_its_own_reaches_no_machine_of_ones_own(
    old: str, new: str, rule: str, fault: str
) -> None:
    parsed = config.parse(SETTINGS.replace(RULE, rule))
    texts = ({FILE: text.encode()} for text in (OWN, edited((old, new), of=OWN)))
    said = " ".join(fault.text for fault in faults(*texts, parsed, today=TODAY, since=TODAY))
    assert fault in said
    assert bool(said) == bool(fault)


def test_where_the_mapping_takes_no_price_none_changes() -> None:
    parsed = config.parse(SETTINGS.replace(RULE, NONE))
    for old, new, fault in (
        ("input: 3\n", "input: 4\n", "`mapping:` takes no price"),
        ("128000", "200000", ""),
    ):
        texts = ({FILE: text.encode()} for text in (MODELS, edited((old, new))))
        said = [fault.text for fault in faults(*texts, parsed, today=TODAY, since=TODAY)]
        assert [fault in one for one in said] == [True] * bool(fault)


def test_a_pin_of_yesterday_keeps_nothing() -> None:
    text = edited(("openai/mine}", "openai/mine}\n        name: M"))
    assert found(MODELS, text, today=date(2026, 11, 22)) == []


@pytest.mark.parametrize(
    ("old", "new", "settings", "fault"),
    [
        ("openai/a}", "openai/b}", "", "upstream.openrouter follows another model now: openai/a -> openai/b"),
        ("openai/a}", "openai/b}", "accept: [{model: openai/openai/b, field: added}]", ""),
        ("openai/a}", "openai/b}", "accept: [{model: openai/openai/c, field: added}]", "another model"),
        ("openai/a}", "openai/b}", "owners: {upstream: update-dynamic}", "follows another model now"),
        ("openai/a}", "openai/a, else: x}", "", "follows else, which is no source in sync.yaml"),
        ("openai/v}", "openai/a}", "", "follows another model now"),
        ("alone: {model: alone}", "alone: {model: alone, upstream: {openrouter: openai/alone}}", "", ""),
        ("alone: {model: alone}", "alone: {model: alone, upstream: {openrouter: openai/b}}", "",
         "upstream.openrouter follows openai/b, which would meet another entry"),
        ("alone: {model: alone}", "alone: {model: alone, upstream: {openrouter: other/alone}}", "",
         "upstream.openrouter follows other/alone, which would meet another entry"),
        ("alone: {model: alone}", "alone: {model: alone, upstream: {openrouter: openai/a}}", "",
         "upstream.openrouter follows openai/a, as openai/a does"),
        ("model: a\n", "model: b\n", "", "model was changed, and nothing that it follows confirms it"),
        ("model: a\n", "model: b\n", "aliases: {openai/a: b}", ""),
        ("model: a\n", "model: b\n", "aliases: {openai/b: b}", "nothing that it follows confirms it"),
        ("model: a\n", "model: gpt-4o\n", "", "nothing that it follows confirms it"),
        ("-11-10", "-11-09", "", "unavailable_since was changed, and prune counts from it"),
        ("-11-10", "-11-21", "", "unavailable_since was changed, and prune counts from it"),
        (SEARCH, f"{SINCE}2026-11-21\n{SEARCH}", GRACE, ""),
        (SEARCH, f"{SINCE}2026-11-21\n{SEARCH}", "", "prune waits for no model"),
        (SEARCH, f"{SINCE}9999-12-31\n{SEARCH}", GRACE, "a day after 2026-11-21"),
        (SEARCH, f"        availability: unavailable\n{SEARCH}", GRACE, "is no mark of a model"),
        (SEARCH, f"{SINCE}2026-11-20\n{SEARCH}", GRACE, "before 2026-11-21"),
        ("features: [embeddings]}\n", "features: [embeddings]}\n      new: {model: n, "
         "upstream: {openrouter: n}, unavailable_since: 2020-01-01}\n", GRACE,
         "openai/new: unavailable_since was set to a day before 2026-11-21"),
    ],
)  # fmt: skip
def test_who_a_model_is_and_since_when_it_is_gone(old: str, new: str, settings: str, fault: str) -> None:
    said = " ".join(found(MODELS, edited((old, new)), settings))
    assert fault in said
    assert bool(said) == bool(fault)


@pytest.mark.parametrize(
    ("since", "today", "day", "fault"),
    [
        ("11-18", "11-21", "11-18", ""),
        ("11-18", "11-21", "11-17", "before 2026-11-18"),
        ("11-23", "11-21", "11-21", ""),
        ("11-23", "11-21", "11-20", "before 2026-11-21"),
    ],
)
def test_a_mark_is_as_old_as_the_older_revision_at_most_or_as_a_clock_behind_it(
    since: str, today: str, day: str, fault: str
) -> None:
    text = edited((SEARCH, f"{SINCE}2026-{day}\n{SEARCH}"))
    days = (date.fromisoformat(f"2026-{each}") for each in (today, since))
    said = found(MODELS, text, GRACE, *days)
    assert (fault in said[0]) if fault else (said == [])


def test_a_recorded_list_confirms_the_model_of_what_follows_it_only() -> None:
    text = catalog_of("      s: {model: s, upstream: {openrouter: openai/gpt-4o}}\n")
    assert found(text, text.replace("model: s", "model: gpt-4o")) == []
    assert "nothing that it follows" in found(text, text.replace("model: s", "model: gpt-4o-mini"))[0]
    unseen = found(text, text.replace("model: s", "model: gpt-4"), "fields: [model]")
    assert unseen == []  # what it is met by is written nowhere


@pytest.mark.parametrize(
    ("new", "settings", "fault"),
    [
        ("{model: n9, name: Nine, pricing: {input: 1, output: 2}}", "", ""),
        ("{model: n9, pricing: {input: 2, cache_read: 3}}", "", "cache read above input"),
        ("{model: n9, pricing: {input: 1000000}}", "", "absurd price"),
        ("{model: n9, priority: 100}", "", "was added as a person's entry"),
        ('{model: n9, name: "N\\u202e"}', "", "name has characters that no source's text keeps"),
        ("{model: n9, features: [chat, ours]}", "", "features has words, or an order, that no source gives"),
        ('{model: n9, name: "N  9"}', "", "name has a length, or white space, that no source's text keeps"),
        (f"{{model: n9, description: {'d' * 4001}}}", "", "description has a length, or white space"),
        (f"{{model: n9, description: {'d' * 3999}…}}", "", ""),
        ("{model: n9, aliases: [' n']}", "", "aliases has characters, or a length, that no source's words"),
        ("{model: n9, modalities: {input: [image, text]}}", "", "modalities.input has words, or an order"),
        ("{model: n9, tags: x}", "", "openai/new: tags was added, and is nothing that sync writes"),
        ("{model: n9, context_length: 8k}", "", "context_length is no count: 8k"),
        ("{model: n9, name: N}", "fields: [model]", "name was added, and `fields:` leaves it to people"),
        (
            "{model: n9, context_length: 0300000}",
            "",
            "openai/new: is written otherwise than sync writes it: ",
        ),
        (
            "{model: n9, pricing: {output: 1e1}}",
            "",
            "openai/new: is written otherwise than sync writes it: ",
        ),
        ("{model: n9, features: !!python/none []}", "", "features: !!python/none []"),
        ("{model: n9, pricing: {tiers: []}}", "", "pricing.tiers was added, and says nothing"),
        ("{model: n9, availability: unavailable}", "", "availability was set, and is no mark of a model"),
        ("{model: other}", "", "was added, and follows nothing"),
        (f"{{model: m, upstream: {{openrouter: openai/{'m' * 200}}}}}", "", "which no list may call a model"),
        ("{model: m, upstream: {openrouter: openai/m}}", "", "the mapping puts what it follows elsewhere"),
        ("{model: new, upstream: {openrouter: other/new}}", "", "puts what it follows elsewhere"),
        ("{model: new, upstream: {openrouter: 'openai/new:free'}}", "", "puts what it follows elsewhere"),
        ("{model: m, upstream: {openrouter: openai/new}}", "", "its model is not what it follows"),
        ("{model: n9}", "add: none", "was added, and `add:` does not want it"),
        ("{model: other, upstream: {openrouter: openai/v}}", "", "follows openai/v, as openai/vectors does"),
        ("{model: other, upstream: {else: openai/v}}", "", "follows else, which is no source in sync.yaml"),
        ("{model: n9}  # modelsync: keep", "", "a comment came, and sync writes none"),
        ("{model: n9}", "exclude: {openai: ['ne*']}", "was added, and ne* is excluded"),
    ],
)
def test_what_a_new_model_may_say(new: str, settings: str, fault: str) -> None:
    followed = new.replace("model: n9", "model: new, upstream: {openrouter: openai/new}")
    said = " ".join(found(MODELS, MODELS + f"      new: {followed}\n", settings))
    assert fault in said
    assert bool(said) == bool(fault)


def test_what_differs_from_a_base_has_the_words_of_the_base_first() -> None:
    new = "{model: b, base: openai/a, upstream: {openrouter: openai/b}, features: [vision, chat, reasoning]}"
    text = edited(("[chat, vision]", "[vision, chat]"))
    assert found(text, f"{text}      b: {new}\n") == []
    for other, what in (
        ("[vision, reasoning, chat]", "features has words between those that were there"),
        ("[vision, chat]", "features says what its base says"),
        ("[vision, chat, reasoning], name: B", "name was changed, and only fills what is empty: A -> B"),
    ):
        seen = found(text, f"{text}      b: {new.replace('[vision, chat, reasoning]', other)}\n")
        assert any(what in fault for fault in seen)


def test_a_new_provider_needs_the_permission_to_be_made() -> None:
    text = (
        MODELS
        + "  other:\n    models:\n      x:\n        model: x\n        upstream: {openrouter: other/x}\n"
    )
    assert found(MODELS, text, f"files: [{FILE}]") == [
        "32: providers.other is a new provider, and `create_providers` is off"
    ]
    allowed = f"create_providers: true\nfiles: [{FILE}]"
    assert found(MODELS, text, allowed) == []
    named = text.replace("  other:\n", "  other:\n    name: Other\n")
    assert "providers.other.name was added" in found(MODELS, named, allowed)[0]


def test_a_new_provider_says_that_it_is_local_only_where_it_is() -> None:
    policy = config.parse(SETTINGS + "create_providers: true\n").plan_policy(TODAY)
    for said, own, text in (
        ("true", {"other"}, []),
        ("true", {"another"}, ["providers.other.local was added, and is nothing that sync writes"]),
        ("1", {"other"}, ["is written otherwise than sync writes it: '    local: true' -> '    local: 1'"]),
    ):
        texts = (MODELS, f"{MODELS}  other:\n    local: {said}\n    models:\n      x:\n        model: x\n")
        rules = msgspec.structs.replace(policy, local_sources=frozenset(own))
        both = compared(*({FILE: content.encode()} for content in texts), Shape(), rules, since=TODAY)
        assert [fault.text for fault in of_writing(both, [FILE])] == text


def test_a_base_may_not_go_from_under_those_that_need_it() -> None:
    below = "      based: {model: b, base: openai/a, upstream: {openrouter: openai/b}, pricing: {input: 4}}\n"
    assert found(MODELS + below, MODELS + below.replace("openai/a", "openai/mine"))[0].startswith(
        "32: openai/based: base was changed: openai/a -> openai/mine"
    )
    assert "its base says no more of name" in " ".join(found(MODELS + below, without("a", MODELS + below)))
    unbased = below.replace(" base: openai/a,", "")
    said = found(MODELS + unbased, MODELS + below)
    assert "base was changed: nothing -> openai/a" in said[0]
    assert "openai/based: pricing.cache_read" not in " ".join(said)
    same = below.replace(", pricing: {input: 4}", "")
    assert found(MODELS + below, MODELS + same) == []


def test_a_base_that_is_another_entry_now_is_judged_as_readers_see_it() -> None:
    text = catalog_of(entry("k", "{input: 3}").replace("/k", "/x"), "      b: {model: b, base: openai/x}\n")
    cheap, dear = (
        text
        + entry("x", f"{{input: {price}}}").replace(
            "x, upstream: {openrouter: openai/x", "X, upstream: {openrouter: openai/X"
        )
        for price in (4, 300)
    )
    assert found(text, cheap) == []
    assert found(text, dear) == ["5: openai/b: pricing.input 3 -> 300: price ratio: 100 times more"]


@pytest.mark.parametrize(
    ("of_base", "own", "fault"),
    [
        ("{input: 3}", "{input: 4}", ""),
        ("{input: 3}", "{input: 300}", "pricing.input 3 -> 300: price ratio: 100 times more"),
        ("{tiers: [{above: 1, input: 2}]}", "{tiers: [{above: 1, input: 3}]}", ""),
    ],
)
def test_a_new_entrys_price_is_judged_beside_that_of_its_base(of_base: str, own: str, fault: str) -> None:
    text = catalog_of(entry("k", of_base))
    added = f"      b: {{model: b, base: openai/k, upstream: {{openrouter: openai/b}}, pricing: {own}}}\n"
    said = [one.partition("openai/b: ")[2] for one in found(text, text + added)]
    assert [one for one in said if one.startswith("pricing")] == [fault] * bool(fault)


# ---------------------------------------------------------------------------- removals


@pytest.mark.parametrize(
    ("key", "settings", "fault"),
    [
        ("a", "", ""),
        ("a", GRACE, "it was not marked unavailable, and prune waits 7 days"),
        ("gone", "prune: {after_days: 11}", ""),
        ("gone", "prune: {after_days: 12}", "unavailable since 2026-11-10, prune waits 1 more days"),
        ("gone", "prune: {keep_features: [chat]}", "keep_features has chat"),
        ("mine", "", "pinned"),
        ("house", "", "a person's entry"),
        ("alone", "", "no source ever followed it"),
        ("alone", "exclude: {openai: ['al*']}", ""),
        ("house", "exclude: {openai: [house]}", "a person's entry"),
        ("vectors", "", "keep_features has embeddings"),
        ("vectors", "prune: {keep_features: []}", ""),
    ],
)
def test_what_prune_may_remove(key: str, settings: str, fault: str) -> None:
    said = found(MODELS, without(key), settings)
    assert said == ([f"6: openai/{key}: was removed: {fault}"] if fault else [])


def test_too_many_models_gone_at_once_are_found_marked_or_removed() -> None:
    entries = [entry(f"m{index}", "{input: 1}") for index in range(10)]
    marked = [entry(f"m{index}", "{input: 1}", ", unavailable_since: 2026-11-21") for index in range(3)]
    assert found(catalog_of(*entries), catalog_of(*entries[2:])) == []
    gone = found(catalog_of(*entries), catalog_of(*entries[3:]))
    assert [text.partition(": removed share")[0] for text in gone] == [
        f"3: openai/m{index}: is gone or marked" for index in range(3)
    ]
    grace = "prune: {after_days: 7}"
    assert len(found(catalog_of(*entries), catalog_of(*marked, *entries[3:]), grace)) == 3
    assert found(catalog_of(*marked, *entries[3:]), catalog_of(*entries[3:])) == []
    accepted = "accept: [{model: openai/m0, field: removed}]"
    assert len(found(catalog_of(*entries), catalog_of(*entries[3:]), accepted)) == 2


def test_a_few_models_of_each_of_many_providers_gone_at_once_are_found() -> None:
    def of(first: int) -> str:
        keys = [[f"m{index}" for index in range(first, 10)] for _ in range(6)]
        texts = ["".join(entry(key, "{input: 1}") for key in of_provider) for of_provider in keys]
        return "providers:\n" + "".join(f"  p{n}:\n    models:\n{text}" for n, text in enumerate(texts))

    assert found(of(0), of(1)) == []
    gone = found(of(0), of(2), "guards: {removed_share: 0.15}")
    assert len(gone) == 12
    assert all("12 of 60 models of openrouter are missing at once" in text for text in gone)


def test_a_tier_that_is_accepted_passes_however_its_number_is_written() -> None:
    accepted = "accept: [{model: openai/a, field: pricing.tiers, value: [{above: 200000, input: 60.0}]}]"
    assert found(MODELS, edited(("input: 6,", "input: 60,")), accepted) == []
    assert found(MODELS, edited(("input: 6,", "input: 61,")), accepted) != []


def test_prices_that_move_together_are_found() -> None:
    def at(price: str, count: int) -> str:
        return catalog_of(*(entry(f"m{i}", f"{{input: {price if i < count else 2}}}") for i in range(8)))

    assert found(at("2", 8), at("6", 4)) == []
    shifted = found(at("2", 8), at("6", 5))
    assert [re.sub(r".*: (price shift): .*", r"\1", text) for text in shifted] == ["price shift"] * 5
    free = catalog_of(*(entry(f"n{i}", "{input: 0, output: 0}") for i in range(3)))
    assert "models would be free at once" in found("providers: {openai: {models: {}}}\n", free)[0]


# ---------------------------------------------------------------------------- comments


def test_each_comment_that_is_lost_is_found() -> None:
    comments = re.findall(r"#.*", OPENAI)
    assert len(comments) > 8
    for comment in comments:
        said = found(OPENAI, OPENAI.replace(comment, "", 1))
        assert any(f"the comment is gone: {comment}" in text for text in said), comment


def test_a_comment_goes_with_its_entry_and_with_no_other() -> None:
    start, end = OPENAI.index("      # Only the night"), OPENAI.index("      o3:")
    assert found(OPENAI, OPENAI[:start] + OPENAI[end:]) == []
    kept = OPENAI[:start] + OPENAI[OPENAI.index("      o1:") :]
    (said,) = found(OPENAI, kept)
    assert said.endswith("the comment is gone: # Only the night jobs use it (ticket 812).")


def test_a_comment_that_moves_to_another_line_is_lost_on_its_own() -> None:
    text = OPENAI.replace("     # list price", "").replace("team: search ", "team: search  # list price ")
    assert any("openai/gpt-4o: the comment is gone: # list price" in said for said in found(OPENAI, text))


def test_a_comment_on_a_line_of_its_own_stays_with_its_model() -> None:
    note = "      # Only the night jobs use it (ticket 812).\n"
    for place in ("      o3:", "      house-style:", "        name: o1\n", "# the end"):
        text = OPENAI.replace(note, "").replace(place, note + place, 1)
        gone, came = found(OPENAI, text)
        assert gone.endswith("the comment is gone: # Only the night jobs use it (ticket 812).")
        assert "a comment came" in came
    assert "is written otherwise" in found(OPENAI, OPENAI.replace(note, note[2:]))[0]


# ---------------------------------------------------------------------------- files and revisions


def look(workplace: Workplace, base: str, head: str = "", **options: Any) -> tuple[Fault, ...]:
    place = config.find(str(workplace.path / "catalog"), workplace.path)
    return against(place, base, head, **{"today": config.now().date(), **options})


def of(workplace: Workplace, base: str = "main", head: str = "", accept: Sequence[str] = ()) -> list[str]:
    """The faults, with the files' names from the repository's root."""
    listed = look(workplace, base, head, accept=accept)
    return [str(fault).replace(str(Path(fault.file)), _name(fault, workplace)) for fault in listed]


def _name(fault: Fault, workplace: Workplace) -> str:
    return os.path.relpath(fault.file, os.path.realpath(workplace.path))


@pytest.mark.parametrize("words", [["--prune"], ["--no-commit"], ["--no-branch", "--prune"]])
def test_what_a_real_run_does_passes(workplace, words):
    workplace.lists(*rows(o3="3", o1=None), row("openai/gpt-9", "1", "2"))
    start = workplace.team.git("rev-parse", "HEAD")
    assert workplace.run("sync", *words).code == 0
    assert of(workplace, start) == []


def test_runs_on_top_of_each_other_pass_though_one_run_would_not_write_it_so(workplace):
    start = workplace.team.git("rev-parse", "HEAD")
    for price in ("6", "5"):
        workplace.lists(*rows(claude_opus_5=price))
        assert workplace.run("sync", "--no-branch", "--accept", "*").code == 0
    assert "input: 5\n" in (workplace.path / "catalog/providers/anthropic.yaml").read_text()
    assert of(workplace, start) == []
    workplace.team.git("reset", "-q", "--soft", start)
    workplace.team.commit_all("as one")
    assert len(of(workplace, start)) == 1


@pytest.mark.fault("git", "a commit of the bot's that somebody changed a little before the merge")
@pytest.mark.parametrize(
    ("persons", "fault"),
    [
        ("", ""),
        ("  # list price", "the comment is gone: # list price"),
        ("  # modelsync: keep", "the comment is gone: # modelsync: keep"),
        ("\n        team: search", "openai/b: team is gone"),
    ],
)
def test_nothing_of_a_persons_is_lost_by_a_commit_that_removes_and_one_that_adds(persons, fault) -> None:
    """Each alone may be a run's: prune removes the model, and the next run finds it listed again."""
    a, b = (
        f"      {key}:\n        model: {key}\n        upstream: {{openrouter: openai/{key}}}\n"
        f"        pricing:\n          input: 3\n"
        for key in "ab"
    )
    before, between, after = map(catalog_of, (f"{a}{b[:-1]}{persons}\n", a, f"{a}{b}"))
    assert found(between, after) == []
    first, middle, last = ({FILE: text.encode()} for text in (before, between, after))
    seen = faults(first, last, config.parse(SETTINGS), today=TODAY, since=TODAY, between=[middle])
    assert any(fault in one.text for one in seen) if fault else seen == ()


def test_steps_that_no_run_makes_excuse_no_layout() -> None:
    """A price that leaps and comes back, and is written as no single run writes it."""
    texts = [catalog_of(entry("a", f"{{input: {price}}}")) for price in ("3.0", "300", "3")]
    first, middle, last = ({FILE: text.encode()} for text in texts)
    (fault,) = faults(first, last, config.parse(SETTINGS), today=TODAY, since=TODAY, between=[middle])
    assert "is written otherwise than sync writes it" in fault.text
    slowly = {FILE: texts[0].replace("3.0", "4").encode()}
    assert faults(first, last, config.parse(SETTINGS), today=TODAY, since=TODAY, between=[slowly]) == ()


def test_a_run_with_a_grace_period_passes_in_all_its_steps(workplace):
    workplace.configure("prune: {after_days: 7}\n")
    workplace.team.commit_all("grace")
    prices = {date(2026, 1, 1): None, date(2026, 1, 3): "15", date(2026, 1, 5): None, date(2026, 1, 12): None}
    for day, price in prices.items():
        workplace.lists(*rows(o1=price))
        now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        start = workplace.team.git("rev-parse", "HEAD")
        words = ("sync", "--prune", "--no-branch")
        assert workplace.run(*words, SOURCE_DATE_EPOCH=f"{now.timestamp():.0f}").code == 0
        assert workplace.team.git("rev-parse", "HEAD") != start
        assert look(workplace, start, today=now.date()) == ()
    assert "o1:" not in workplace.openai.read_text()


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("README.md", "ours", "theirs", "README.md: was changed, and is no data file of the catalog"),
        ("catalog/sync.yaml", "# How", "# Why", "sync.yaml: was changed, and decides what a change may do"),
    ],
)  # fmt: skip
def test_a_file_that_no_run_writes_is_named(workplace, name, old, new, fault):
    workplace.edit(old, new, name)
    assert [line.endswith(fault) for line in of(workplace)] == [True]
    workplace.team.commit_all("more")
    assert [line.endswith(fault) for line in of(workplace, "HEAD~1", "HEAD")] == [True]
    assert of(workplace, "HEAD") == []


def test_a_branch_that_began_before_the_rules_is_judged_by_those_of_now_too(workplace):
    workplace.configure("guards: {price_ratio: 1000}\n")
    workplace.team.commit_all("loose")
    workplace.team.git("branch", "bot")
    workplace.edit("guards: {price_ratio: 1000}", "exclude: {anthropic: ['claude*']}", "catalog/sync.yaml")
    workplace.edit("        model: gpt-4o\n", "        model: gpt-4o  # modelsync: keep\n")
    workplace.edit("      gpt-4o:", "      gpt-4o:  # modelsync: keep, contract")
    workplace.team.commit_all("tighter rules, a pin, an exclusion")
    workplace.team.git("switch", "-q", "bot")
    workplace.edit("input: 15", "input: 150")
    workplace.edit("        name: GPT-4o", "        released: 2025-01-01\n        name: GPT-4o")
    workplace.edit("input: 5", "input: 6", "catalog/providers/anthropic.yaml")
    workplace.team.commit_all("bot")
    said = "\n".join(of(workplace, "main", "bot"))
    assert "openai/o1: pricing.input 15 -> 150: price ratio" in said
    assert "openai/gpt-4o: released was changed, and is pinned (contract)" in said
    assert "claude* is excluded" in said
    assert "pinned now" not in said


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("      o1:\n", "      o1:\n        currency: EUR\n", "is pinned (its prices are in EUR)"),
        ("    name: OpenAI\n", "    name: OpenAI\n    local: true\n", "is a host's"),
    ],
)
def test_what_people_say_of_prices_since_a_branch_began_counts_for_it(workplace, old, new, fault):
    workplace.team.git("branch", "bot")
    workplace.edit(old, new)
    workplace.team.commit_all("a person")
    workplace.team.git("switch", "-q", "bot")
    workplace.edit("input: 15", "input: 16")
    workplace.team.commit_all("bot")
    (said,) = of(workplace, "main", "bot")
    assert fault in said


@pytest.mark.parametrize(
    "name",
    [
        *(".env", ".env.staging", ".env.production", ".modelsync/apply.json"),
        *("catalog/providers/.modelsync-x.tmp/a", "backups/20260101T000000Z/x"),
    ],
)
def test_what_runs_keep_for_themselves_is_never_kept_in_git(workplace, name):
    workplace.team.write(name, b"{}")
    workplace.team.git("add", "-f", name)
    workplace.team.git("commit", "-q", "-m", "more")
    assert [line.partition(": ")[2][:14] for line in of(workplace, "HEAD", "HEAD")] == ["is kept in git"]
    assert [line.partition(": ")[0] for line in of(workplace, "HEAD~1", "HEAD")] == [name]


def test_the_files_that_explain_the_backups_may_be_kept_in_git(workplace):
    workplace.team.write("backups/README.md", b"a folder for each run")
    workplace.team.write("elsewhere/backups/x", b"somebody else's")
    workplace.team.git("add", "-f", "backups/README.md", "elsewhere")
    workplace.team.git("commit", "-q", "-m", "more")
    assert of(workplace, "HEAD", "HEAD") == []


def test_rules_that_are_loosened_with_the_change_do_not_count(workplace):
    workplace.edit("input: 15", "input: 150")
    workplace.configure("guards: {price_ratio: 100}\n")
    assert [line.partition(": ")[2][:32] for line in of(workplace)] == [
        "openai/o1: pricing.input 15 -> 1",
        "was changed, and decides what a ",
    ]


def test_a_mark_is_no_older_than_the_commit_that_lacks_it(workplace):
    workplace.configure("prune: {after_days: 7}\n")
    workplace.team.commit_all("grace")
    workplace.edit("output: 60\n", "output: 60\n        unavailable_since: 2020-01-01\n")
    seconds = int(workplace.team.git("show", "--no-patch", "--format=%ct", "HEAD"))
    day = datetime.fromtimestamp(seconds, UTC).date()
    (said,) = of(workplace, "HEAD")
    assert f"unavailable_since was set to a day before {day}, and prune counts from it" in said


def test_what_is_accepted_by_name_passes(workplace):
    workplace.edit("input: 15", "input: 150")
    workplace.edit("# who pays", "")
    assert len(of(workplace)) == 2
    assert of(workplace, accept=["openai/o1:pricing.*", "openai/gpt-4o:comment"]) == []
    assert len(of(workplace, accept=["openai/o3:*"])) == 2
    workplace.edit("ours", "theirs", "README.md")
    assert [line.partition(":")[0] for line in of(workplace, accept=["*"])] == ["README.md"]


def test_a_file_stays_the_file_that_it_is(workplace):
    workplace.openai.chmod(0o755)
    assert of(workplace) == [f"{FILE}: its mode was 100644 and is 100755"]
    workplace.openai.unlink()
    workplace.openai.symlink_to("anthropic.yaml")
    said = of(workplace)
    assert f"{FILE}: is no ordinary file: its mode was 100644 and is 120000" in said


def test_another_repository_in_the_place_of_a_data_file_is_named(workplace):
    commit = f"160000,{'1' * 40},catalog/providers/other.yaml"
    workplace.team.git("update-index", "--add", "--cacheinfo", commit)
    workplace.team.git("commit", "-q", "-m", "more")
    (fault,) = of(workplace, "HEAD~1", "HEAD")
    assert fault.endswith("is no ordinary file: its mode was 000000 and is 160000")


def test_a_file_may_go_if_all_its_models_may(workplace):
    (workplace.path / "catalog/providers/anthropic.yaml").unlink()
    name = "catalog/providers/anthropic.yaml"
    assert of(workplace) == [f"{name}: anthropic/claude-opus-5: is gone or marked: removed share: "
                             "1 of 1 models of anthropic are missing at once"]  # fmt: skip
    assert of(workplace, accept=["anthropic/*:removed"]) == []
    workplace.openai.unlink()
    assert f"{FILE}: was removed, with 2 models that may not go" in of(workplace)


@pytest.mark.parametrize("commits", [False, True])
def test_a_new_file_is_read_whether_git_knows_it_or_not(workplace, commits):
    workplace.configure("  - {match: '^other/', provider: other}\ncreate_providers: true\n")
    workplace.team.commit_all("more")
    lines = ("model: x", "upstream: {openrouter: other/x}", "pricing:", "  input: -1")
    entry_text = "".join(f"        {line}\n" for line in lines)
    schema = "# yaml-language-server: $schema=../../.modelsync/schema/provider.json\n"
    text = f"{schema}providers:\n  other:\n    models:\n      x:\n{entry_text}"
    workplace.team.write("catalog/providers/other.yaml", text.encode())
    workplace.team.write("notes.txt", b"a person's, and nobody's affair")
    if commits:
        workplace.team.git("add", "catalog")
        workplace.team.git("commit", "-q", "-m", "other")
    (said,) = of(workplace, "HEAD~1" if commits else "HEAD")
    assert said.startswith(
        "catalog/providers/other.yaml:9: other/x: pricing.input nothing -> -1: not a price"
    )


def test_what_happened_at_the_base_meanwhile_is_not_the_changes_fault(workplace):
    workplace.team.git("switch", "-q", "-c", "bot")
    workplace.edit("input: 15", "input: 16")
    workplace.team.commit_all("bot")
    workplace.team.git("switch", "-q", "main")
    workplace.edit("# who pays", "# who pays for it")
    workplace.team.write("README.md", b"more\n")
    workplace.team.commit_all("a person")
    assert of(workplace, "main", "bot") == []


def test_a_shallow_clone_is_enough(workplace, tmp_path):
    workplace.edit("input: 15", "input: 150")
    workplace.team.commit_all("bot")
    clone = GitRepository.create(tmp_path / "clone")
    for branch in ("HEAD~1:refs/heads/base", "HEAD:refs/heads/bot"):
        workplace.team.git("push", "-q", clone.path, branch)
    tips = {name: clone.git("rev-parse", name) for name in ("base", "bot")}
    (clone.path / ".git/shallow").write_text("".join(f"{sha}\n" for sha in tips.values()))
    clone.git("switch", "-q", "bot")
    assert clone.git("rev-list", "--count", "--all") == "2"
    there = Workplace(clone, workplace.server)
    assert [line.partition(": ")[2][:22] for line in of(there, "base")] == ["openai/o1: pricing.inp"]


@pytest.mark.parametrize(("today", "fault"), [("2026-03-02", ""), ("2026-03-09", "get the whole history")])
def test_of_a_shallow_clone_no_more_is_said_than_it_knows(workplace, tmp_path, monkeypatch, today, fault):
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-03-01T12:00:00Z")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-03-01T12:00:00Z")
    workplace.team.git("switch", "-q", "-c", "bot")
    workplace.edit("input: 15", "input: 16")
    workplace.team.commit_all("openrouter: ~1")
    address = f"file://{workplace.path}"
    workplace.team.git("clone", "-q", "--depth=1", "--no-single-branch", address, tmp_path / "clone")
    there = Workplace(GitRepository(tmp_path / "clone"), workplace.server)
    said = [str(one) for one in look(there, "origin/main", today=date.fromisoformat(today))]
    assert [fault in one and "before what it stands on" not in one for one in said] == [True] * bool(fault)


@pytest.mark.parametrize("revision", ["nope", "--output=x", "HEAD:README.md", ""])
def test_an_unknown_revision_is_told_with_advice(workplace, revision):
    with pytest.raises(UsageError, match=r"no revision .* in this repository") as told:
        look(workplace, revision)
    assert "git fetch" in told.value.advice
    with pytest.raises(UsageError):
        look(workplace, "HEAD", revision or "nope")


def test_a_revision_without_the_catalog_is_told(workplace):
    workplace.team.git("rm", "-q", "--cached", "catalog/sync.yaml")
    workplace.team.git("commit", "-q", "-m", "without")
    with pytest.raises(UsageError, match=r"HEAD has no catalog/sync.yaml"):
        look(workplace, "HEAD")


def test_outside_of_git_there_is_nothing_to_compare(workplace):
    shutil.rmtree(workplace.path / ".git")
    with pytest.raises(GitRefused):
        look(workplace, "HEAD")


def test_a_file_that_cannot_be_read_is_told_with_its_line(workplace):
    workplace.edit("name: o1", "name: [o1")
    (said,) = of(workplace, "HEAD")
    assert said.startswith(f"{FILE}:")
    assert "in the newer revision: not readable as YAML" in said


def test_of_what_cannot_be_read_the_revision_is_told(workplace):
    good = workplace.team.git("rev-parse", "HEAD")
    workplace.edit("name: o1", "name: [o1")
    workplace.team.commit_all("a slip")
    workplace.edit("name: [o1", "name: o1")
    workplace.team.commit_all("mended")
    (said,) = of(workplace, "HEAD~1", "HEAD")
    assert "in the older revision: not readable as YAML" in said
    workplace.team.git("switch", "-q", "-c", "bot", good)
    workplace.edit("input: 15", "input: 16")
    workplace.team.commit_all("bot")
    (said,) = of(workplace, "main~1", "bot")
    assert "in the base as it is now: not readable as YAML" in said


def test_a_commit_between_that_cannot_be_read_excuses_no_layout(workplace):
    base = workplace.team.git("rev-parse", "HEAD")
    workplace.edit("name: o1", "name: [o1")
    workplace.team.commit_all("a slip")
    workplace.edit("name: [o1", "name:  o1")
    workplace.team.commit_all("laid out")
    (said,) = of(workplace, base, "HEAD")
    assert "is written otherwise" in said


LINKED = "providers:\n  linked:\n    models:\n      x: {model: x, upstream: {openrouter: linked/x}}\n"


def test_data_files_beside_the_catalog_and_behind_a_link_are_the_catalogs(workplace):
    workplace.team.write("config/models.yml", OPENAI.replace("openai:", "elsewhere:", 1).encode())
    workplace.team.write("data/linked.yaml", LINKED.encode())
    (workplace.path / "catalog/providers/linked.yaml").symlink_to("../../data/linked.yaml")
    workplace.configure("files: ['**/*.yaml', ../config/models.yml]\n")
    workplace.edit("files: ['**/*.yaml'", "files: ['prov*/**/*.yaml'", "catalog/sync.yaml")
    workplace.team.commit_all("more")
    workplace.edit("input: 15", "input: 16", "config/models.yml")
    workplace.edit("linked/x}}", "linked/x}, context_length: 8000}", "data/linked.yaml")
    assert of(workplace, "HEAD") == []
    workplace.edit("input: 16", "input: 1600", "config/models.yml")
    assert of(workplace, "HEAD")[0].startswith("config/models.yml:28: elsewhere/o1: pricing.input 15 -> 1600")


def test_entries_of_which_several_are_on_one_line_are_found():
    one_line = "providers:\n" + "".join(f"  p{n}: {{models: {{a: {{model: a}}}}}}\n" for n in range(3))
    assert any("is a new provider" in fault for fault in found(MODELS, one_line))


@pytest.mark.fault("bombs", "a catalog of hostile shape: comments, pins, tags, keys, faults without end")
def test_of_very_many_faults_the_first_are_named_and_that_there_are_more(workplace):
    new = "".join(f"      m{number}: {{model: m}}\n" for number in range(3000))
    workplace.edit("# the end of OpenAI\n", new)
    named = of(workplace, "HEAD")
    assert len(named) == 1001
    assert named[-1] == "catalog: has more faults than are named here"


@pytest.mark.parametrize(
    "tail", ["[" + "0,1," * 4000 + "0]", "{" + "".join(f"a{n}: 1, " for n in range(5000)) + "}"]
)
def test_a_value_that_nobody_reads_whole_is_named_by_its_first_line(tail):
    (fault,) = found(edited((SEARCH, "        own: [1]\n")), edited((SEARCH, f"        own: {tail}\n")))
    assert "openai/a: is written otherwise than sync writes it: '        own: [1]' -> " in fault


SCHEDULED = """\
providers:
  openai:
    models:
      a:
        model: a
        upstream: {openrouter: openai/a}
        pricing:
          input: 3
          output: 15
          tiers:
            - {above: 200000, input: 6, output: 22.5}
          windows:
            - {utc_start: "16:30", utc_end: "00:30", input: 1.5, output: 7.5}
          variants:
            - {when: {service_tier: batch}, input: 1.5, output: 7.5}
            - {when: {service_tier: priority}, input: 6, output: 30}
            - {when: {region: eu}, factor: 1.1}
"""
TIER = "            - {above: 200000, input: 6, output: 22.5}\n"
WINDOW = '            - {utc_start: "16:30", utc_end: "00:30", input: 1.5, output: 7.5}\n'
BATCH = "            - {when: {service_tier: batch}, input: 1.5, output: 7.5}\n"
PRIORITY = "            - {when: {service_tier: priority}, input: 6, output: 30}\n"
REGION = "            - {when: {region: eu}, factor: 1.1}\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TIER, TIER.replace("6,", "6.5,")),
        (TIER, TIER + TIER.replace("200000", "300000").replace("6,", "7,")),
        (WINDOW, WINDOW.replace("1.5,", "1.6,")),
        (WINDOW, '            - {utc_start: "01:00", utc_end: "16:30", input: 2, output: 8}\n' + WINDOW),
        (BATCH, BATCH.replace("1.5,", "1.6,")),
        (REGION, REGION + "            - {when: {service_tier: flex}, input: 1.5, output: 7.5}\n"),
    ],
)
def test_prices_of_other_ways_to_ask_may_move_as_sources_state_them(old, new):
    assert found(SCHEDULED, edited((old, new), of=SCHEDULED)) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (TIER, TIER + TIER, "two prices for one condition"),
        (TIER, TIER + TIER.replace("200000", "150000"), "an order that no source gives"),
        (TIER, "            - {above: 200000}\n", "a condition without a price"),
        (TIER, TIER.replace("200000", "2000000000"), "beyond any number of tokens that a source states"),
        (
            TIER,
            "".join(TIER.replace("200000", str(tokens)) for tokens in range(200000, 200102)),
            "no source states more than 100",
        ),
        (TIER, TIER.replace("6,", "60,"), "price ratio"),
        (f"          tiers:\n{TIER}", "          tiers: []\n", "is gone"),
        (WINDOW, WINDOW.replace("16:30", "26:30"), "is no list of windows"),
        (WINDOW, WINDOW + WINDOW.replace("16:30", "17:30"), "times of day that overlap"),
        (WINDOW, WINDOW.replace("1.5,", "0,"), "zero crossing"),
        (BATCH, "", "has lost a variant"),
        (BATCH, BATCH.replace("batch", "flex"), "has lost a variant"),
        (BATCH, BATCH + BATCH.replace("1.5,", "1.4,"), "two prices for one condition"),
        (REGION, f"{REGION}{BATCH.replace('batch', 'default')}", "a service tier that no source has"),
        (
            REGION,
            f"{REGION}{BATCH.replace('service_tier: batch', 'region: us')[:-2]}, factor: 0.5}}\n",
            "another factor",
        ),
        (REGION, REGION.replace("1.1", "0.9"), "another factor"),
        (
            REGION,
            REGION + REGION.replace("eu", '"e\\u202eu"').replace("factor: 1.1", "input: 3"),
            "characters",
        ),
        (PRIORITY, PRIORITY.replace("6,", "600,"), "price ratio"),
        (
            "          output: 15\n",
            "          output: 15\n          factor: 0.5\n",
            "a person's, and no source",
        ),
        ("  openai:\n", "  openai:\n    pricing_factor: 0.5\n", "a person's, and no source"),
    ],
)
def test_a_schedule_that_no_source_states_is_found(old, new, fault):
    (said, *_) = found(SCHEDULED, edited((old, new), of=SCHEDULED))
    assert fault in said


def test_a_new_entry_has_no_factor():
    new = (
        SCHEDULED.replace("      a:", "      b:")
        .replace("openai/a", "openai/b")
        .replace("model: a", "model: b")
    )
    new = new.partition("    models:\n")[2].partition("          tiers:")[0]
    assert found(SCHEDULED, SCHEDULED + new) == []
    said = found(SCHEDULED, f"{SCHEDULED}{new}          factor: 0.5\n")
    assert any("is a person's, and no source states it" in fault for fault in said)


@pytest.mark.fault("git", "a commit of a proposal that states the past anew, or claims another day")
@pytest.mark.parametrize(
    ("trailer", "author", "fault"),
    [
        (
            "Modelsync-Correction: openai/o1:pricing.input",
            "",
            "states the past of openai/o1:pricing.input anew",
        ),
        ("modelsync-correction:openai/o1:pricing", "", "states the past of openai/o1:pricing anew"),
        ("Modelsync-Run: 20200101T000000Z-1", "", "says that it is of 2020-01-01"),
        ("Modelsync-Run: 20990101T000000Z-1", "", "says that it is of 2099-01-01"),
        ("", "2020-01-01T00:00:00Z", "says that it is of 2020-01-01"),
    ],
)
def test_a_commit_that_changes_the_cost_of_the_past_is_found(workplace, trailer, author, fault):
    base = workplace.team.git("rev-parse", "HEAD")
    workplace.edit("input: 15", "input: 16")
    dated = ["--date", author] if author else []
    workplace.team.git("commit", "-q", "-a", "-m", f"openrouter: ~1\n\n{trailer}", *dated)
    (said,) = map(str, look(workplace, base, "HEAD"))
    assert said.startswith(f"commit {workplace.team.git('rev-parse', 'HEAD')[:10]}: {fault}")


def test_a_commit_on_top_of_one_that_claims_another_day_is_found(workplace, monkeypatch):
    base = workplace.team.git("rev-parse", "HEAD")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2020-01-01T00:00:00Z")
    workplace.team.git("commit", "-q", "--allow-empty", "-m", "old")
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    workplace.edit("input: 15", "input: 16")
    workplace.team.git("commit", "-q", "-a", "-m", "openrouter: ~1\n\nModelsync-Run: 20200101T000000Z-1")
    said = workplace.run("check", "--against", base)
    assert "is dated 2020-01-01, before what it stands on" in said.out


@pytest.mark.parametrize("time", ["253402300800 +0000", "1764288000 +9999", "-1 +0000", "none"])
def test_a_commit_whose_time_is_none_is_found(workplace, time):
    team, base = workplace.team, workplace.team.git("rev-parse", "HEAD")
    tree = team.git("rev-parse", "HEAD^{tree}")
    who = f"a <a@example.com> {time}"
    lines = f"tree {tree}\nparent {base}\nauthor {who}\ncommitter {who}\n\nopenrouter: ~1\n"
    made = team.write(".git/made", lines.encode())
    team.git("update-ref", "HEAD", team.git("hash-object", "-t", "commit", "-w", "--literally", made))
    said = workplace.run("check", "--against", base)
    assert said.code == 5
    assert ", before what it stands on" in said.out


def test_a_correction_passes_by_its_name_alone(workplace):
    base = workplace.team.git("rev-parse", "HEAD")
    assert workplace.run("correct", "openai/o1:pricing.input", "16").code == 0
    assert workplace.run("check", "--against", base).out.count("\n") == 1
    assert workplace.run("check", "--against", base, "--accept", "openai/o1:past").code == 0


@pytest.mark.fault("bombs", "a catalog of hostile shape: comments, pins, tags, keys, faults without end")
def test_many_variants_take_no_more_than_their_share_of_time():
    more = "".join(f"            - {{when: {{region: r{n}}}, input: 2}}\n" for n in range(10_000))
    started = time.process_time()
    found(SCHEDULED, edited((REGION, REGION + more), of=SCHEDULED))
    assert time.process_time() - started < 10
