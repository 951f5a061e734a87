"""A reviewer reads upstream text as text: no link, no picture, no HTML, nobody called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from report_samples import ATTACKS, full_report, hostile_plans, plan

from modelsync.records import Change, Failure, FieldChange, Notice, Plan
from modelsync.report import markdown
from modelsync.report.text import brief

if TYPE_CHECKING:
    from markdown_it.token import Token

PAGE = """\
**openrouter: +2 \\~1 -1 !1**

Prices in USD per 1M tokens.

### Changed

| model | field | old | new |  |
| --- | --- | --: | --: | --: |
| `openai/gpt-4o` | `pricing.input` | 3 | 2.5 | −16.7 % |
|  | `pricing.output` | 15 | 10 | −33.3 % |
|  | `pricing.cache_read` | — | 1.25 |  |
|  | `pricing.web_search` | 0.01 | 0.035 | +250.0 % per call |
|  | `context_length` | 128,000 | 400,000 | +212.5 % |
|  | `features` |  | `+vision −audio` |  |
|  | `knowledge_cutoff` | `2024-10` | `2025-01` |  |

### Removed

- `openai/gpt-4-32k` openrouter no longer lists it

And with them the comments:

- `providers/openai.yaml:41  # for the nightly batch`

### Added

| model | context | max output | input | output |
| --- | --: | --: | --: | --: |
| **anthropic (2)** |  |  |  |  |
| `claude-opus-5` | 200,000 |  | 5 | 25 |
| `claude-haiku-5` | 200,000 |  | 0.25 | 25 |

1 with an unconfirmed id: \\`model\\` is the source's name for it

### Held back

| model | field | old | new |  |
| --- | --- | --: | --: | --: |
| `openai/gpt-5` | `pricing.input` | 1.25 | 0.00125 | ÷1,000 |

- price\\_ratio: old and new are 1,000 times apart
- `--accept 'openai/gpt-5:pricing.input'`

### Failed

- `groq`: 401 Unauthorized (data). Set GROQ\\_API\\_KEY.

### Notices

- kept (1)
  - openai/gpt-4o-mini:pricing.input: upstream says 0.15
- 9 unmapped
"""

OURS = {
    *("paragraph", "heading h3", "bullet_list", "list_item", "strong", "inline", "text", "code_inline"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def tokens(page: str) -> list[tuple[str, str]]:
    """What a renderer makes of a page: kinds and texts, flat."""
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(page)
    every = [token for block in parsed for token in (block, *(block.children or []))]
    return [(kind(token), token.content) for token in every]


def kind(token: Token) -> str:
    name = re.sub("_(open|close)$", "", token.type)
    return f"heading {token.tag}" if name == "heading" else name


def seen(page: str) -> str:
    """What a person sees of a page, without its layout."""
    parts = [text for name, text in tokens(page) if name in ("text", "code_inline")]
    return "".join(parts).replace("\u200b", "")


def test_a_page_tells_old_and_new_of_each_model() -> None:
    assert markdown(full_report()) == PAGE


@pytest.mark.fault("hostile text", "Markdown and HTML on a page for review")
@settings(max_examples=100, deadline=None)
@given(hostile_plans())
def test_upstream_text_is_nothing_but_text(of: Plan) -> None:
    page = markdown(of)
    assert {name for name, _ in tokens(page)} <= OURS
    assert not re.search(r"(?:^|[^A-Za-z0-9_])@[A-Za-z0-9]|#\d|\[(?:skip ci|ci skip)\]", page, re.IGNORECASE)


@pytest.mark.fault("hostile text", "Markdown and HTML on a page for review")
@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack.strip()])
def test_a_reviewer_sees_upstream_text_as_it_is(attack: str) -> None:
    change = Change("update", "openai", f"k{attack}k", (FieldChange("name", "old", f"n{attack}n"),))
    notice, failure = Notice("kept", attack, f"t{attack}t"), Failure("groq", attack, "")
    text = seen(markdown(plan(change, notices=(notice,), failures=(failure,))))
    shown = brief(attack).replace("\u200b", "")
    assert f"openai/k{shown}k" in text
    assert f"n{shown}n" in text
    assert f"{shown.lstrip()}: t{shown}t" in text
    assert f"groq: {shown.strip()}" in text


@pytest.mark.fault("hostile text", "Markdown and HTML on a page for review")
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_table_keeps_its_columns(attack: str) -> None:
    change = Change("update", "openai", attack, (FieldChange("name", attack, attack),))
    kinds = [name for name, _ in tokens(markdown(plan(change, change)))]
    assert kinds.count("tr") == 2 * 3
    assert kinds.count("td") == 2 * 2 * 5


def test_an_address_is_no_link() -> None:
    failure = Failure("groq", "https://evil.example and www.evil.example", "")
    assert r"https\://evil.example and www\.evil.example" in markdown(plan(failures=(failure,)))
