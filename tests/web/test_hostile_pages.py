"""Whatever text stands in a catalog, a list, a commit or a log, a page shows it as text."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from report_samples import ATTACKS
from web_client import application_of, signed_in

from workplace import row

PROBES = (
    "<probe>",
    "\"><probe onclick='probe()'>",
    "'><probe onload=probe()>",
    "</title></style></script><probe>",
    "<!--<probe>",
    "javascript:probe()",
    "{{ 7 * 191 }}{% include 'probe' %}",
    "&lt;probe&gt;",
    "a\u202eb\u0000c\x1b[31m",
    "`-->]]><probe/>",
    "data:text/html,<probe>",
)
PAGES = ("/", "/providers", "/history", "/decisions", "/plan", "/cost")


class Tags(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.handlers: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.handlers |= {name for name, _ in attrs if name.startswith("on") or name == "style"}
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action", "hx-get")]


def written(text: str) -> str:
    return json.dumps(text.replace("\x00", "").replace("\x1b", ""))


def catalog() -> str:
    """A provider of which every text is a probe, each once."""
    models = []
    for number, probe in enumerate(PROBES):
        text = written(probe)
        models.append(
            f"      {written(f'm{number} {probe}')}: {{model: {text}, name: {text}, description: {text}, "
            f"aliases: [{text}], features: [{text}], modalities: {{input: [{text}], output: [{text}]}}, "
            f"upstream: {{openrouter: {text}}}, pricing: {{input: {number}}}, knowledge_cutoff: {text}, "
            f"expires: {text}, mine: {text}, priority: 100, reason: {text}}}  # modelsync: keep, <probe>\n"
        )
    return f"providers:\n  hostile:\n    name: '<probe>'\n    models:\n{''.join(models)}"


@pytest.fixture
def hostile(workplace) -> Iterator[object]:
    """A client of a server whose catalog and upstream mean harm."""
    workplace.team.write("catalog/providers/hostile.yaml", catalog().encode())
    workplace.team.commit_all('<probe onclick=probe()> "><probe>')
    workplace.lists(*(row(f"openai/{probe}", "1", "2", name=probe) for probe in (*PROBES, *ATTACKS)))
    with application_of(workplace) as application, signed_in(application) as client:
        yield client


def expect_inert(answer, *, of: str) -> Tags:
    """Nothing of a page is another's but its text."""
    page = Tags(answer.text)
    assert "probe" not in page.tags, of
    assert page.handlers == set(), of
    assert {link for link in page.links if not link.startswith(("/", "#"))} == set(), of
    assert "1337" not in answer.text, of
    assert not {"\u202e", "\x1b", "\x00"} & set(answer.text), of
    return page


@pytest.mark.fault("W", "W5")
@pytest.mark.fault("W", "W12")
def test_no_text_of_a_catalog_or_a_list_is_more_than_text(hostile) -> None:
    hostile.post("/api/plan")
    while hostile.get("/api/plan").status_code == 404:
        time.sleep(0.05)
    seen = 0
    columns = [
        ("column", name) for name in ("id", "features", "takes", "gives", "expires", "knowledge_cutoff")
    ]
    for path in PAGES:
        page = expect_inert(hostile.get(path, params=columns if path == "/" else None), of=path)
        for link in dict.fromkeys(page.links):
            if link.startswith(("/models/hostile/", "/history?", "/decisions?")):
                shown = hostile.get(link)
                assert shown.status_code == 200, link
                expect_inert(shown, of=link)
                if link.startswith("/models"):
                    expect_inert(hostile.get(f"/origins{link}"), of=link)
                    seen += 1
    assert seen == len(PROBES)


@pytest.mark.fault("W", "W12")
@pytest.mark.parametrize("probe", PROBES)
def test_what_is_typed_comes_back_as_text(client, probe: str) -> None:
    asked = {
        "/": (
            "q",
            "provider",
            "feature",
            "max_input",
            "min_context",
            "sort",
            "column",
            "cursor",
            "availability",
        ),
        "/history": ("commit", "cursor"),
        "/plan": ("show", "provider"),
        "/models/openai/gpt-4o": ("input", "output"),
        f"/models/openai/{quote(probe)}": ("input",),
    }
    for path, words in asked.items():
        for word in words:
            answer = client.get(path, params={word: probe}, headers={"Accept": "text/html"})
            assert answer.status_code in (200, 400, 404), (path, word)
            expect_inert(answer, of=f"{path} {word}")


@pytest.mark.fault("W", "W12")
@pytest.mark.parametrize("probe", [probe for probe in PROBES if "\x00" not in probe])
def test_a_log_is_text(client, probe: str) -> None:
    log = f"timestamp,model,input_tokens,output_tokens\n2001-01-01T00:00:00Z,{json.dumps(probe)},1,1\n"
    expect_inert(client.post("/cost", files={"log": (f"{probe}.csv", log.encode(), "text/csv")}), of=probe)
