"""A reviewer reads upstream text as text: no link, no picture, no HTML, nobody called."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from msgspec import UNSET
from report_samples import ATTACKS, CHANGED, PINNED, REMOVED, full_report, hostile_plans, plan

from modelsync.records import (
    Change,
    Failure,
    FieldChange,
    Guard,
    Hold,
    Notice,
    Opinion,
    Plan,
    Report,
    Topic,
)
from modelsync.report import markdown
from modelsync.report.text import brief

if TYPE_CHECKING:
    from markdown_it.token import Token

PAGE = """\
**openrouter: 2 added, 1 changed, 1 removed, 1 held, 1 failed**

Prices in USD per 1M tokens.

### Failed

- `groq`: 401 Unauthorized (data). Set GROQ\\_API\\_KEY.

### Changed

| model | field | old | new | difference |
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
| `anthropic/claude-opus-5` | 200,000 |  | 5 | 25 |
| `anthropic/claude-haiku-5` | 200,000 |  | 0.25 | 25 |

1 with an unconfirmed id: \\`model\\` is the source's name for it

### Held back

Each stays as it is until upstream says something else, \
or a person lets it in: once by the command below, \
or for good, with a reason that others can read, by `modelsync accept NAME --reason '...'`.

| model | held | why |
| --- | --- | --- |
| `openai/gpt-5` | `pricing.input` 1.25 → 0.00125 ÷1,000 | price\\_ratio: old and new are 1,000 times apart |

```sh
modelsync sync --accept 'openai/gpt-5:pricing.input'
```

### Notices

- kept (1)
  - openai/gpt-4o-mini:pricing.input: upstream says 0.15
- 9 unmapped

### To decide otherwise

- To keep a model out: `modelsync exclude anthropic claude-opus-5 --reason '...'`.
- To keep a value as it is: `modelsync pin openai/gpt-4o:pricing.input --reason '...'`.
- To decline all of this until upstream says something else: close the pull request unmerged.

From openrouter. Digest of the change: abababababababababababababababababababababababababababababababab.
"""

OURS = {
    *(
        "paragraph",
        "heading h3",
        "fence",
        "html_block",
        "html_inline",
        "bullet_list",
        "list_item",
        "strong",
        "inline",
        "text",
        "code_inline",
    ),
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


def is_ours(html: str) -> bool:
    """Whether it is a fold, in whose line all that is upstream's is text, or a line's end in a cell."""
    summary = r"(?:<code>[^<>\n]*</code> ?)?[^<>\n]*"
    return bool(re.fullmatch(rf"<details><summary>{summary}</summary>|</details>|<br>", html.strip()))


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
    assert all(is_ours(text) for name, text in tokens(page) if name.startswith("html"))
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
    assert kinds.count("td") == 2 * 2 * 4


def moved(provider: str, key: str, times: int) -> Change:
    prices = {"pricing.input": Decimal(times), "pricing.output": Decimal("1.5")}
    return Change(
        "update", provider, key, tuple(FieldChange(name, Decimal(1), new) for name, new in prices.items())
    )


def many(providers: int = 20, models: int = 15) -> Plan:
    """Prices that move the more, the later a model comes, and as many that are held."""
    places = [(f"p{i}", f"m{j}", i * models + j + 2) for i in range(providers) for j in range(models)]
    holds = (
        Hold(
            provider, f"h{key}", FieldChange("context_length", 9, 1), Guard.SHRINKING_LIMIT, f"it is {times}"
        )
        for provider, key, times in places
    )
    return plan(*(moved(*place) for place in places), holds=tuple(holds))


def visible(page: str) -> str:
    """What a reader has before anything is opened."""
    return re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL)


def test_of_hundreds_of_changes_those_that_move_the_most_are_read_first() -> None:
    page = markdown(many())
    first_page = visible(page)
    moves = re.findall(r"^\| `(p\d+/m\d+)` .* \| 1 \| (\d+) \|", first_page, flags=re.MULTILINE)
    assert [int(price) for _, price in moves] == [*range(301, 289, -1)]
    assert len(first_page.split("\n\n")) < 60
    assert all(f"`p{i}/m{j}`" in page and f"`p{i}/hm{j}`" in page for i in range(20) for j in range(15))


@pytest.mark.fault("hostile text", "Markdown and HTML on a page for review")
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_name_of_a_fold_is_text(attack: str) -> None:
    provider = f"p{attack}"
    holds = tuple(
        Hold(provider, f"h{i}", FieldChange("context_length", 9, 1), attack, attack) for i in range(40)
    )
    page = markdown(plan(*(moved(provider, f"m{i}", 2) for i in range(40)), holds=holds))
    html = [text for name, text in tokens(page) if name.startswith("html")]
    assert all(map(is_ours, html))
    assert len(html) == 4


def test_what_is_folded_says_how_much_it_is_and_is_in_order_of_size() -> None:
    folds = re.findall(r"<summary>(.*?)</summary>", markdown(many()))
    assert folds[0] == "<code>p19</code> 15 models, prices by up to ×301"
    assert folds[20] == "<code>p0</code> 15 by shrinking limit"


def test_a_page_has_at_most_what_a_forge_takes_and_keeps_the_largest_changes() -> None:
    for longest in (65_536, 30_000, 12_000, 1_000, 100):
        page = markdown(many(40, 25), longest=longest)
        assert len(page) < longest
        assert "left out here, to fit" in page
        assert page.count("<details>") == page.count("</details>")
        assert page.count("```") % 2 == 0
        assert longest < 12_000 or "| `p39/m24` | `pricing.input` | 1 | 1001 |" in page
    assert "left out here" not in markdown(many(), longest=65_536)


def test_each_hold_is_shown_with_its_reason_and_the_command_that_lets_it_in() -> None:
    page = markdown(full_report(command="modelsync sync --all --pr"))
    assert "```sh\nmodelsync sync --all --pr --accept 'openai/gpt-5:pricing.input'\n```" in page


def test_prices_that_are_held_come_before_limits_and_whole_models() -> None:
    holds = (
        Hold("a", "whole", FieldChange("added", new="a/whole"), Guard.ZERO_SHARE, "why"),
        Hold("a", "limit", FieldChange("context_length", 9, 1), Guard.SHRINKING_LIMIT, "why"),
        Hold("b", "price", FieldChange("pricing.input", Decimal(1), Decimal(20)), Guard.PRICE_RATIO, "why"),
    )
    page = markdown(plan(holds=holds))
    assert page.index("b/price") < page.index("a/limit") < page.index("`whole`")


def test_lists_that_confirm_a_value_are_named_beside_it() -> None:
    confirmed = Opinion("openai/gpt-4o:pricing.input", ("litellm-map", "genai-prices"))
    page = markdown(plan(CHANGED, opinions=(confirmed,)))
    assert "| `openai/gpt-4o` | `pricing.input` | 3 | 2.5 | −16.7 % | `litellm-map`, `genai-prices` |" in page


def test_a_model_that_is_marked_stands_with_those_that_are_removed() -> None:
    fields = (FieldChange("availability", UNSET, "unavailable"), FieldChange("unavailable_since", UNSET, "d"))
    page = markdown(plan(Change("update", "openai", "old", fields), REMOVED))
    assert "### Removed and marked" in page
    assert "Marked as unavailable: `openai/old`" in page
    assert "### Changed" not in page


def test_a_provider_whose_models_have_only_another_name_has_its_fold() -> None:
    renamed = Change("update", "other", "new-name", reason="was other/old-name")
    page = markdown(plan(*many().changes, renamed))
    assert "<details><summary><code>other</code> 1 model</summary>" in page
    assert "was other/old-name" in page


def test_what_a_person_let_through_is_a_section_of_its_own() -> None:
    notice = Notice(Topic.OVERRIDDEN, "openai/gpt-4o:pricing.input", "price ratio")
    page = markdown(plan(CHANGED, notices=(notice, PINNED)))
    assert page.index("### Let through") < page.index("openai/gpt-4o:pricing.input: price ratio")
    assert page.index("price ratio") < page.index("### Notices") < page.index("upstream says 0.15")


def test_a_comparison_asks_nothing_of_its_reader() -> None:
    page = markdown(Report(plan(CHANGED), outcome="compared"))
    assert "### To decide otherwise" not in page
    assert "pull request" not in page


def test_an_address_is_no_link() -> None:
    failure = Failure("groq", "https://evil.example and www.evil.example", "")
    assert r"https\://evil.example and www\.evil.example" in markdown(plan(failures=(failure,)))
