"""What can be read in `sync.yaml` and is hardly meant is named with its place, and nothing else is."""

from __future__ import annotations

import pytest

from modelsync import config
from modelsync.config.lint import warnings

RULE = "mapping: [{match: '^openai/', provider: openai}]\n"


def source(more: str = "", endpoint: str = "url: 'https://a.example/v1/models'") -> str:
    return f"sources: {{a: {{endpoints: [{{{endpoint}}}]{more}}}}}\n"


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        (source(", transformer: openruter"), ("sources", "a", "transformer"), "did you mean openrouter?"),
        (source(", transformer: xyz"), ("sources", "a", "transformer"), "there are openrouter, openai"),
        (
            source(endpoint="url: 'https://a.example', transformer: gooogle"),
            ("sources", "a", "endpoints", 0, "transformer"),
            "no transformer gooogle",
        ),
        (source(endpoint="url: 'htp://a.example/v1'"), ("sources", "a", "endpoints", 0, "url"), "htp: "),
        (source(endpoint="url: 'https//a.example/v1'"), ("sources", "a", "endpoints", 0, "url"), "no scheme"),
        (source(endpoint="url: 'https:/a.example/v1'"), ("sources", "a", "endpoints", 0, "url"), "https"),
        (source(endpoint="url: api.example.com/v1"), ("sources", "a", "endpoints", 0, "url"), "no scheme"),
        (source(", filters: {include: ['gpt-[45']}"), ("sources", "a", "filters", "include", 0), "gpt-[45"),
        (source(", filters: {exclude: [a, '*[x']}"), ("sources", "a", "filters", "exclude", 1), "*[x"),
        (source(", transformer: openrouter, unit: per_token"), ("sources", "a", "unit"), "a unit of its own"),
        (RULE.replace("}]", ", add: ['gpt-[9']}]"), ("mapping", 0, "add", 0), "gpt-[9"),
        ("exclude: {openai: [{id: 'o[1'}]}\n", ("exclude", "openai", 0), "o[1"),
        ("files: ['providers/[a*.yaml']\n", ("files", 0), "[a*"),
        (RULE.replace("provider: openai", "provider: openia"), ("mapping", 0, "provider"), "mean openai?"),
        (RULE + "exclude: {opnai: [x]}\n", ("exclude", "opnai"), "did you mean openai?"),
        (RULE + "owners: {openia/pricing: human}\n", ("owners", "openia/pricing"), "did you mean openai?"),
        (RULE + "guards: {only: {opena/name: {}}}\n", ("guards", "only", "opena/name"), "mean openai?"),
        (RULE + "accept: [{model: opneai/x, field: removed}]\n", ("accept", 0), "did you mean openai?"),
    ],
)  # fmt: skip
def test_a_slip_is_named_where_it_stands(text: str, path: tuple[str | int, ...], words: str) -> None:
    ((where, what),) = warnings(config.parse(text), ["openai"])
    assert where == path
    assert words in what


@pytest.mark.parametrize(
    "text",
    [
        source(", transformer: openrouter"),
        source(endpoint="url_env: [A_URL]"),
        source(endpoint="url: 'file:lists/api.json'"),
        source(endpoint="url: 'http://127.0.0.1:8000/v1/models'"),
        source(", filters: {include: ['gpt-[45]*', 'a?', '[[]x]']}"),
        RULE + "exclude: {openai: ['o[13]*']}\nowners: {openai/pricing: human, '*': fill}\n",
        "mapping: [{match: '^([a-z]+)/', provider: '\\1'}]\nexclude: {opena: [x]}\n",
        RULE + "guards: {only: {pricing: {price_ratio: 3}}}\n",
        RULE.replace("provider: openai", "provider: mistral"),
    ],
)
def test_what_may_be_meant_is_no_slip(text: str) -> None:
    assert list(warnings(config.parse(text), ["openai", "ours"])) == []
