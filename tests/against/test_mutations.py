"""That `check --against` passes what a run would have made, and nothing else that chance makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from random import Random
from typing import Any

import pytest
import yaml

from thorough import FULL
from workplace import BRANCH, Workplace, row

EACH = 40 if FULL else 3  # of a kind, and as many with another
NAMES = ("catalog/providers/openai.yaml", "catalog/providers/anthropic.yaml")
MORE = """\
prune: {after_days: 7}
guards: {limit_ratio: 20}
"""
OFFERED = """\
          output: 10      # the same
          tiers:
            - {above: 100000, input: 7.5, output: 30}
          variants:
            - {when: {service_tier: batch}, input: 1.25, output: 5}
            - {when: {service_tier: priority}, input: 4.25, output: 17}
            - {when: {region: eu}, factor: 1.1}
"""
BY_TIME = """\
          output: 60
          windows:
            - {utc_start: "00:30", utc_end: "08:30", input: 7.5, output: 30}
            - {utc_start: "12:00", utc_end: "16:30", input: 10, output: 40}
        modalities: {input: [text, image], output: [text]}
        features: [chat, vision, function_calling]
"""
KEYS = {"input": "prompt", "output": "completion", "cache_read": "input_cache_read"}
PARAMETERS = {
    "function_calling": "tools",
    "reasoning": "reasoning",
    "structured_outputs": "structured_outputs",
}
WORDS = (
    *("1", "2", "5.0", "0", "-1", "7.25", "400000", "~", "'3'", "batch", "flex", "default", "eu", "standard"),
    *('"16:30"', '"25:00"', '"12:00"', "0x10", "1e3", "64000"),
)
PAIRS = ("cache_read: 0.5", "factor: 0.5", "note: x", "above: 70000", "input: 3")
_SCALAR = re.compile(
    r"^(?P<key> *(?:- )?[\w-]+: +)(?P<value>[^\s#{\[][^#{}\[\]]*?)(?P<end> *(?:#.*)?)$", re.MULTILINE
)

Mutation = Callable[[Random, Workplace], None]


def _in_a_file(change: Callable[[Random, str], str]) -> Mutation:
    def mutate(random: Random, workplace: Workplace) -> None:
        path = workplace.path / random.choice(NAMES)
        text = path.read_bytes().decode("utf-8", "surrogateescape") if path.is_file() else ""
        path.unlink(missing_ok=True)
        path.write_bytes(change(random, text).encode("utf-8", "surrogateescape"))

    return mutate


def _at_a_scalar(random: Random, text: str, new: Callable[[str], str]) -> str:
    """The text with something else in the place of one value."""
    places = list(_SCALAR.finditer(text))
    if not places:
        return text
    place = random.choice(places)
    return text[: place.start("value")] + new(place["value"]) + text[place.end("value") :]


def _at_a_line(random: Random, text: str, new: Callable[[str], str]) -> str:
    lines = text.split("\n")
    number = random.randrange(len(lines))
    return "\n".join([*lines[:number], new(lines[number]), *lines[number + 1 :]])


def _value(random: Random, text: str) -> str:
    def other(value: str) -> str:
        number = value if re.fullmatch(r"[\d.]+", value) else "7"
        near = f"{float(number) * random.choice([0.5, 1.1, 2, 9, 11]):g}"
        forms = (f"0{number}", f"{number}0", f"'{number}'", f"-{number}", f"{number}e0", f"{number}_0")
        return random.choice([near, near, near, *forms, "0", "~", "", "[]", "{}", "yes", value + "x"])

    return _at_a_scalar(random, text, other)


def _comment(random: Random, text: str) -> str:
    words = random.choice(["# a note", "# modelsync: keep", "# modelsync: keep until 2099-01-01, ours", "#"])
    return _at_a_line(
        random,
        text,
        random.choice(
            [
                lambda line: f"{line}  {words}",
                lambda line: f"{' ' * random.randrange(9)}{words}\n{line}",
                lambda line: line.partition("#")[0],
                lambda line: line.replace("#", "# "),
            ]
        ),
    )


def _key(random: Random, text: str) -> str:
    added = (
        "tags: x",
        "hidden: true",
        "priority: 100",
        "base: openai/o1",
        "availability: unavailable",
        "<<: {}",
    )
    more = random.choice(
        [*added, "released: 2025-01-01", "unavailable_since: 2020-01-01", "max_output_tokens: 9"]
    )
    return _at_a_line(
        random,
        text,
        random.choice(
            [
                lambda line: "",
                lambda line: f"{line}\n{line}",
                lambda line: line.replace(":", "s:", 1),
                lambda line: f"{line}\n{' ' * (len(line) - len(line.lstrip()))}{more}",
            ]
        ),
    )


def _schedule(random: Random, text: str) -> str:
    """Another line of tiers, windows or variants, or one of its words."""
    lines = text.split("\n")
    places = [number for number, line in enumerate(lines) if re.search(r"- \{", line)]
    if not places:
        return text
    number = random.choice(places)
    line, following = lines[number : number + 2]
    word = random.choice(list(re.finditer(r'"?[\w.:]+"?(?=[\]},])', line)))
    other, pair = random.choice([*WORDS, f"{word[0]}, {word[0]}"]), random.choice(PAIRS)
    new = random.choice(
        [
            [following],
            [line, line, following],
            [following, line],
            *[[line[: word.start()] + other + line[word.end() :], following]] * 3,
            [line, line[: word.start()] + other + line[word.end() :], following],
            [re.sub(r"\}$", f", {pair}}}", line), following],
            [re.sub(r", \w+: [\d.]+(?=\})", "", line), following],
            [line.replace("batch", "batch, above: 70000"), following],
        ]
    )
    return "\n".join([*lines[:number], *new, *lines[number + 2 :]])


def _tag(random: Random, text: str) -> str:
    tag = random.choice(["!!str", "!!float", "!!int", "!own", "!!python/object/apply:os.system", "!!binary"])
    return _at_a_scalar(random, text, lambda value: f"{tag} {value}")


def _anchor(random: Random, text: str) -> str:
    anchored = _at_a_scalar(random, text, lambda value: f"&a {value}")
    return _at_a_scalar(random, anchored, lambda value: "*a") if random.random() < 0.5 else anchored


def _order(random: Random, text: str) -> str:
    parts = re.split(random.choice([r"\n(?= {6}\w)", r"\n(?= {8}\w)", r"\n"]), text)
    number = random.randrange(len(parts))
    moved = parts.pop(number)
    parts.insert(random.randrange(len(parts) + 1), moved)
    return "\n".join(parts)


def _marker(random: Random, text: str) -> str:
    return random.choice(
        [
            f"---\n{text}",
            f"%YAML 1.2\n---\n{text}",
            f"{text}...\n",
            f"{text}---\nx: 1\n",
            f"%TAG ! a:b\n---\n{text}",
        ]
    )


def _encoding(random: Random, text: str) -> str:
    return random.choice(
        [
            lambda: f"\ufeff{text}",
            lambda: text.replace("\n", "\r\n"),
            lambda: text.replace("\n", "\r\n", 1),
            lambda: text.rstrip("\n"),
            lambda: f"{text}\n",
            lambda: text.encode("utf-16").decode("utf-8", "surrogateescape"),
            lambda: _at_a_line(random, text, lambda line: line + random.choice([" ", "\t", "\x85", "\xa0"])),
            lambda: text.replace(" ", random.choice(["\t", "\xa0", "  "]), 1),
            lambda: _at_a_scalar(random, text, lambda value: value + random.choice("\u200b\u202eа\udcff")),
        ]
    )()


def _mode(random: Random, workplace: Workplace) -> None:
    path = workplace.path / random.choice(NAMES)
    if random.random() < 0.5 and path.is_file():
        path.chmod(0o755)
    else:
        path.unlink(missing_ok=True)
        path.symlink_to(random.choice(["../sync.yaml", "anthropic.yaml", "none"]))


def _file(random: Random, workplace: Workplace) -> None:
    new = "providers:\n  other:\n    models:\n      x:\n        model: x\n        upstream: {openrouter: x}\n"
    files = ("README.md", ".env", ".modelsync/apply.json", "backups/x/y", "catalog/KEEP", "catalog/sync.yaml")
    name = random.choice([*files, "catalog/providers/other.yaml", "catalog/providers/.x.yaml", *NAMES])
    if name in NAMES:
        path = workplace.path / name
        path.rename(path.with_name("moved.yaml")) if random.random() < 0.5 else path.unlink()
    else:
        workplace.team.write(name, random.choice([b"", b"# more\n", new.encode()]))


KINDS: dict[str, Mutation] = {
    "value": _in_a_file(_value),
    "comment": _in_a_file(_comment),
    "key": _in_a_file(_key),
    "mode": _mode,
    "file": _file,
    "tag": _in_a_file(_tag),
    "order": _in_a_file(_order),
    "anchor": _in_a_file(_anchor),
    "marker": _in_a_file(_marker),
    "encoding": _in_a_file(_encoding),
    "schedule": _in_a_file(_schedule),
}


@pytest.fixture
def proposal(workplace: Workplace) -> Workplace:
    """A repository with a good commit of the bot's: models added, prices of all kinds moved, one marked."""
    workplace.configure(MORE)
    workplace.edit("pricing, avail", "pricing, modalities, features, avail", "catalog/sync.yaml")
    workplace.edit(
        "provider: openai}", "provider: openai, service_tiers: [batch, priority]}", "catalog/sync.yaml"
    )
    workplace.edit("          output: 10      # the same\n", OFFERED)
    workplace.edit("          output: 60\n", BY_TIME)
    workplace.edit("output: 25.00\n", "output: 25.00\n                    factor: 0.9\n", NAMES[1])
    workplace.team.commit_all("Rules, and prices for other ways to ask")
    workplace.edit("input: 7.5, output: 30", "input: 8, output: 32")
    workplace.edit("input: 1.25,", "input: 1.3,")
    workplace.edit("vision, function_calling]", "vision, function_calling, reasoning]")
    listed = [*_listed(workplace)]
    workplace.team.git("checkout", "-q", ".")
    workplace.lists(
        *(one for one in listed if one["id"] != "openai/o3"),
        row("openai/gpt-9", "1", "4", context_length=400000, top_provider={"max_completion_tokens": 9000}),
        row("anthropic/claude-opus-9", "4", "20"),
    )
    assert workplace.run("sync").code == 0
    return workplace


def _listed(workplace: Workplace) -> Iterator[dict[str, Any]]:
    """The rows of a list that says what the catalog says."""
    for name in NAMES:
        provided = yaml.safe_load((workplace.path / name).read_text())["providers"]
        for entry in (entry for provider in provided.values() for entry in provider["models"].values()):
            if entry.get("upstream") and "unavailable_since" not in entry:
                yield from _rows_of(entry["upstream"]["openrouter"], entry)


def _rows_of(id_: str, entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    prices, modalities = entry["pricing"], entry.get("modalities", {})
    tiers = [{"min_prompt_tokens": tier["above"], **_per_token(tier)} for tier in prices.get("tiers", ())]
    windows = [
        {edge: int(window[edge].replace(":", "")) for edge in ("utc_start", "utc_end")} | _per_token(window)
        for window in prices.get("windows", ())
    ]
    yield row(
        id_,
        "0",
        "0",
        name=entry.get("name"),
        pricing={**_per_token(prices), "overrides": [*tiers, *windows]},
        context_length=entry.get("context_length"),
        top_provider={"max_completion_tokens": entry.get("max_output_tokens")},
        architecture={f"{side}_modalities": modalities.get(side, []) for side in ("input", "output")},
        supported_parameters=[PARAMETERS[word] for word in entry.get("features", ()) if word in PARAMETERS],
    )
    offers: dict[str, Any] = {}
    for variant in prices.get("variants", ()):
        if "service_tier" in variant["when"]:
            of_tier = offers.setdefault(variant["when"]["service_tier"], {"overrides": []})
            above = variant["when"].get("above")
            part = {"min_prompt_tokens": above, **_per_token(variant)} if above else {}
            of_tier.update({} if above else _per_token(variant))
            of_tier["overrides"] += [part] if part else []
    yield from (row(f"{id_}:{tier}", "0", "0", pricing=pricing) for tier, pricing in offers.items())


def _per_token(prices: dict[str, Any]) -> dict[str, str]:
    return {key: f"{Decimal(str(prices[name])).scaleb(-6):f}" for name, key in KEYS.items() if name in prices}


def _would_be_made(workplace: Workplace) -> bool:
    """Whether a run makes exactly the commit at HEAD, from a list that says what the catalog says there."""
    listed = [*_listed(workplace)]
    wanted = workplace.team.git("rev-parse", "HEAD^{tree}")
    workplace.team.git("switch", "-q", "--detach", "main")
    workplace.team.git("branch", "-q", "-D", BRANCH)
    workplace.lists(*listed)
    workplace.run("sync")
    return workplace.team.git("rev-parse", "HEAD^{tree}") == wanted


@pytest.mark.fault("git", "a commit of the bot's that somebody changed a little before the merge")
@pytest.mark.parametrize("kind", KINDS)
def test_what_passes_a_run_would_have_made(
    proposal: Workplace, kind: str, record_property: Callable[[str, object], None]
) -> None:
    """Allowed is a commit whose tree, byte for byte and mode for mode, is the one that a run makes of the
    base from a list which states the values of the commit: upstream may state another price or limit as well.
    All else has to be named, whether one thing was changed or two.
    """
    good, team = proposal.team.git("rev-parse", "HEAD"), proposal.team
    assert proposal.run("check", "--against", "main").code == 0
    assert _would_be_made(proposal)
    tree = team.git("rev-parse", "HEAD^{tree}")
    for number in range(2 * EACH):
        random = Random(f"{kind} {number}")
        team.git("checkout", "-q", "--force", "-B", BRANCH, good)
        team.git("clean", "-ffdxq")
        for mutation in [KINDS[kind]] + ([KINDS[random.choice(list(KINDS))]] if number % 2 else []):
            mutation(random, proposal)
        team.git("add", "--all", "--force")
        team.git("commit", "-q", "--amend", "--no-edit", "--allow-empty")
        if team.git("rev-parse", "HEAD^{tree}") == tree:
            continue
        ran = proposal.run("check", "--against", "main")
        assert ran.code in (0, 5), ran.err
        if ran.code == 0:
            difference = team.git("diff", good, "HEAD")
            assert _would_be_made(proposal), difference
    record_property("faults", 2 * EACH)
