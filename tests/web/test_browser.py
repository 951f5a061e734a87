"""The pages in a real browser: by hand, by keys, by eye, and as WCAG AA has it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from browser import CHROMIUM, SCREENS, barriers, expect_well, opened, root, serving
from playwright.sync_api import Browser, Page, expect

from fault_server import FaultServer
from workplace import Workplace, row, rows

PAGES = (
    *("/", "/?q=nothing+like+it", "/models/openai/o4-mini", "/plan", "/plan?show=held", "/providers"),
    *("/history", "/decisions", "/cost", "/api/docs", "/nowhere", "/models/openai/gpt-9"),
)
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
    """A server of that team."""
    with serving(team) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page that asks nobody but the server, and nothing of which fails."""
    page = opened(browser, address)
    yield page
    expect_well(page, address)
    page.context.close()


@pytest.fixture(scope="module")
def planned(browser: Browser, address: str) -> None:
    """The plan was made, by its button."""
    page = opened(browser, address)
    page.goto(f"{root(address)}/plan")
    page.get_by_role("button", name="Look for changes").click()
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
        faults[path] = barriers(page)
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
