"""The pages in a real browser: by hand, by keys, by eye, and as WCAG AA has it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from fault_server import FaultServer
from workplace import Workplace, row, rows

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(__file__).parents[1] / "data/axe/axe.min.js"  # axe-core 4.14.1, of npm; MPL-2.0
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PAGES = (
    *("/", "/?q=nothing+like+it", "/models/openai/o4-mini", "/plan", "/plan?show=held", "/providers"),
    *("/history", "/decisions", "/cost", "/api/docs", "/nowhere", "/models/openai/gpt-9"),
)
SCREENS = {"light": (1280, 800), "dark": (360, 740)}  # the dark one is a phone
SHIFTS = """
window.shifts = 0;
const add = list => list.getEntries().forEach(one => { window.shifts += one.value; });
new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true});
"""
HEAVY = 150_000  # bytes of a first page, all that it needs with it
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs the browser Chromium")


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A team with some days of work behind it, whose upstream has news."""
    with pytest.MonkeyPatch.context() as patch, FaultServer() as server:
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        made = Workplace.make(tmp_path_factory.mktemp("browser") / "team", server)
        made.edit("input: 15", "input: 20")
        made.team.commit_all("o1 is dearer")
        made.lists(*rows(o3="3", o1="900", gpt_4o="1"), row("openai/gpt-9", "1", "2"))
        yield made


@pytest.fixture(scope="module")
def address(team: Workplace) -> Iterator[str]:
    """A server of that team; the address that signs a browser in as often as it is opened."""
    token = "a-secret-of-somebody"
    process = team.start("serve", "--port", "0", "--token", token)
    assert process.stdout
    printed = re.search(r"http://\S+", process.stdout.readline())
    assert printed
    yield f"{printed[0]}?token={token}"
    process.terminate()
    process.communicate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def opened(browser: Browser, address: str, screen: str = "light", **more: Any) -> Page:
    """A page of a browser that signed in, for which every fault is one."""
    width, height = SCREENS[screen]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=screen, **more)
    page = context.new_page()
    page.faults = []
    page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(address)
    page.get_by_role("heading", name="Models").wait_for()
    page.locator("[data-row]").first.wait_for()
    return page


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page that asks nobody but the server, and nothing of which fails."""
    page = opened(browser, address)
    yield page
    assert page.faults == []
    assert {url for url in page.asked if not url.startswith(root(address))} == set()
    page.context.close()


def root(address: str) -> str:
    return address.partition("/?")[0]


@pytest.fixture(scope="module")
def planned(browser: Browser, address: str) -> None:
    """The plan was made, by its button."""
    page = opened(browser, address)
    page.goto(f"{root(address)}/plan")
    page.get_by_role("button", name="Look what is new").click()
    page.get_by_role("heading", name="Held back").wait_for()
    page.context.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_is_what_wcag_aa_asks_for(browser, address, planned, screen: str) -> None:
    page = opened(browser, address, screen)
    faults = {}
    for path in PAGES:
        page.goto(root(address) + path)
        if path.startswith("/models/openai/o4"):
            page.get_by_text("negotiated").first.wait_for()
        page.evaluate(AXE.read_text())
        found = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
        faults[path] = [(one["id"], one["nodes"][0]["html"][:200]) for one in found]
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        faults[path] += ["it is wider than the screen"] if wide else []
    page.context.close()
    assert {path: found for path, found in faults.items() if found} == {}


def test_a_search_finds_as_one_types_and_its_address_finds_the_same_again(page, address) -> None:
    page.get_by_role("searchbox").press_sequentially("mini")
    expect(page.locator("[data-row]")).to_have_count(2)
    assert sorted(page.locator("[data-row]").all_inner_texts()) == ["gpt-4o-mini", "o4-mini"]
    expect(page).to_have_url(f"{root(address)}/?q=mini")
    page.get_by_label("Provider").select_option("anthropic")
    expect(page.get_by_role("heading", name="No model is like that")).to_be_visible()
    page.get_by_label("Provider").select_option("")
    expect(page.locator("[data-row]")).to_have_count(2)
    page.reload()
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.get_by_role("searchbox")).to_have_value("mini")


def test_columns_are_chosen_and_stay_in_the_address(page, address) -> None:
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Id", exact=True).check()
    expect(page.get_by_role("columnheader", name="Id")).to_be_visible()
    assert "column=id" in page.url
    page.get_by_label("Id", exact=True).uncheck()
    expect(page).to_have_url(f"{root(address)}/")


def test_everything_goes_by_keys(page, address) -> None:
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("claude")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="claude-opus-5", exact=True)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("4")
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="o1 is dearer")).to_be_focused()


def test_the_page_of_a_model_shows_its_past_and_moves_nothing_while_it_loads(page, address) -> None:
    page.add_init_script(SHIFTS)
    page.goto(f"{root(address)}/models/openai/o1")
    expect(page.get_by_text("# Only the night jobs use it (ticket 812).")).to_be_visible()
    expect(page.locator(".chart path")).to_have_count(2)
    assert page.evaluate("window.shifts") < 0.1
    page.get_by_label("Tokens in").fill("2m")
    expect(page.locator("#offers strong")).to_have_text("46")


def test_a_log_is_dropped_and_priced(page, address, tmp_path) -> None:
    (tmp_path / "usage.csv").write_text(
        "timestamp,model,input_tokens,output_tokens\n2001-01-01T00:00:00Z,o1,5,5\n"
    )
    page.goto(f"{root(address)}/cost")
    page.locator("input[type=file]").set_input_files(tmp_path / "usage.csv")
    expect(page.get_by_text("1 row, 1 of them without a price")).to_be_visible()


def test_a_first_page_is_light(browser, address) -> None:
    page = opened(browser, address)
    page.goto(root(address))
    sizes = "performance.getEntries().reduce((sum, one) => sum + (one.decodedBodySize || 0), 0)"
    assert 0 < page.evaluate(sizes) < HEAVY
    page.context.close()


def test_without_scripts_forms_and_links_do_the_same(browser, address) -> None:
    page = opened(browser, address, java_script_enabled=False)
    page.get_by_role("searchbox").fill("mini")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("[data-row]")).to_have_count(2)
    page.context.close()
