"""What is done on pages, in a real browser: seen by every tab, and done to nothing that is a person's own."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import BinaryIO, Self

import pytest
from browser import CHROMIUM, SCREENS, barriers, expect_well, opened, root, serving, started, watched
from playwright.sync_api import Browser, Page, expect

from fault_server import FaultServer, reply
from workplace import BRANCH, Workplace, listing, row, rows

PERSONS = ("HEAD", "index", "status", "files")
MARKUP = "<img src=http://192.0.2.1/x onerror=document.title='probe'>"
MARKED = f"""\
      "{MARKUP}": {{model: "{MARKUP}", name: "{MARKUP}", upstream: {{openrouter: openai/marked}}, pricing: {{
        input: 1, output: 2}}}}
      house-style:
"""
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs the browser Chromium")


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A team of which one is in the middle of something."""
    with pytest.MonkeyPatch.context() as patch, FaultServer() as server:
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        made = Workplace.make(tmp_path_factory.mktemp("acting") / "team", server)
        made.says("      house-style:\n", MARKED)
        made.edit("our own fine-tune", "our own", "catalog/providers/openai.yaml")
        made.team.write("draft.txt", b"not yet\n")
        yield made


@pytest.fixture(scope="module")
def address(team: Workplace) -> Iterator[str]:
    """A server of that team."""
    with serving(team, "--actor", f"Ann {MARKUP}") as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page that asks nobody but the server, and nothing of which fails."""
    page = opened(browser, address)
    yield page
    expect_well(page, address)
    page.context.close()


class Stalled:
    """Use as a context manager: an upstream that answers once it is released, at the latest by the end."""

    def __init__(self, workplace: Workplace, *listed: object) -> None:
        self._asked, self._released = threading.Semaphore(0), threading.Event()
        self._answer = reply(listing(list(listed)))
        workplace.answers(self._when_released)

    def _when_released(self, out: BinaryIO, over: threading.Event) -> None:
        self._asked.release()
        self._released.wait()
        self._answer(out, over)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def wait_until_asked(self) -> None:
        """Once for each time that it is asked."""
        self._asked.acquire()

    def release(self) -> None:
        self._released.set()


def offers(marked: str = "1", **changed: str) -> list[object]:
    """What the catalog of the team says already, but for changed prices."""
    return [*rows(**changed), row("openai/marked", marked, "2")]


def persons(workplace: Workplace) -> list[object]:
    """What is a person's own."""
    state = workplace.state()
    return [state[what] for what in PERSONS]


def proposed(workplace: Workplace) -> str:
    """A file as the review branch has it."""
    return workplace.team.git("show", f"{BRANCH}:catalog/providers/openai.yaml")


def go(page: Page, address: str, path: str) -> Page:
    page.goto(root(address) + path)
    return page


def test_a_sync_is_seen_to_its_end_in_every_tab_and_leaves_a_persons_tree_alone(team, page, address) -> None:
    before = persons(team)
    other = go(watched(page.context), address, "/providers")
    go(page, address, "/providers")
    with Stalled(team, *offers(o3="2.2")) as upstream:
        page.get_by_role("button", name="Sync openrouter").click()
        expect(page.locator("#job [role=status]")).to_have_text("at work")
        assert barriers(page) == []
        expect(other.locator("#told")).to_contain_text("sync openrouter begins, asked for by Ann")
        expect(other.locator(".now a")).to_contain_text("sync openrouter begins")
        other.get_by_role("button", name="Sync all").click()
        expect(other).to_have_url(page.url)
        for tab in (page, other):
            tab.evaluate("window.wasNotLoadedAgain = true")
        upstream.release()
        for tab in (page, other):
            expect(tab.locator("#job [role=status]")).to_have_text("done")
            expect(tab.locator("#job")).to_contain_text("Your working tree is as it was.")
            assert tab.evaluate("window.wasNotLoadedAgain")
    expect_well(other, address)
    assert team.team.git("log", "--format=%s", f"main..{BRANCH}") == "openrouter: ~1"
    commit = team.team.git("rev-parse", BRANCH)
    expect(page.locator("#job")).to_contain_text(f"Committed as {commit[:10]} on {BRANCH}")
    assert persons(team) == before


def test_a_run_of_the_command_line_is_told_of_and_no_sync_begins_beside_it(team, page, address) -> None:
    go(page, address, "/providers")
    with Stalled(team, *offers()) as upstream:
        run = team.start("sync")
        try:
            upstream.wait_until_asked()
            expect(page.locator(".now")).to_contain_text("command line, since")
            page.get_by_role("button", name="Sync all").click()
            expect(page.locator("main")).to_contain_text(f"another run is at work here: process {run.pid}")
            expect(page.locator("main")).to_contain_text("Wait until it has ended.")
            assert barriers(page) == []
        finally:
            run.send_signal(signal.SIGINT)
            run.communicate()
    page.faults.clear()  # the browser calls a refusal one
    go(page, address, "/providers")
    expect(page.locator(".now")).not_to_contain_text("command line")


def tab_to(page: Page, selector: str) -> None:
    """By the key alone, as far as there is something to reach."""
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no key reaches {selector}")


def test_holds_are_decided_and_applied_by_keys_alone(team, page, address) -> None:
    before = persons(team)
    team.lists(*offers(o3="2000", o1="1500"))
    go(page, address, "/plan")
    tab_to(page, "main button")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Held back").wait_for()
    page.evaluate("document.querySelector('main').focus()")
    for legend in page.locator("fieldset.hold legend").all_text_contents():
        tab_to(page, "[type=radio]")
        page.keyboard.press("ArrowDown")
        if legend == "openai/o1":
            page.keyboard.press("ArrowDown")
            tab_to(page, "[name^=reason]")
            page.keyboard.type("our contract, see #7")
    tab_to(page, ".apply button")
    page.keyboard.press("Enter")
    expect(page.locator("#job [role=status]")).to_have_text("done")
    text = proposed(team)
    assert "input: 15  # modelsync: keep, our contract, see #7" in text
    assert "pricing: {input: 2000, output: 8}   # one line is enough" in text
    assert persons(team) == before


@pytest.fixture(scope="module")
def hostile(team: Workplace, address: str, browser: Browser) -> tuple[str, ...]:
    """The pages of a plan and of jobs whose upstream means harm."""
    page = opened(browser, address)
    team.answers(reply(MARKUP.encode(), status=404, headers={"Content-Type": "text/html", "X-Why": MARKUP}))
    go(page, address, "/providers").get_by_role("button", name="Sync openrouter").click()
    expect(page.locator("#job [role=status]")).to_have_text("done")
    expect(page.locator("#job .note.bad")).to_contain_text("openrouter failed")
    expect(page.locator("#job")).not_to_contain_text("Nothing to change")
    failed = page.url
    team.lists(*offers("500", o1="1500", o3="2.2"))
    go(page, address, "/plan").locator("main button").first.click()
    page.get_by_role("heading", name="Held back").wait_for()
    expect(page.locator("legend", has_text=MARKUP)).to_be_visible()
    page.context.close()
    return (failed, f"{root(address)}/plan")


@pytest.mark.parametrize("screen", SCREENS)
def test_what_acts_is_what_wcag_aa_asks_for_and_shows_markup_as_text(
    browser, address, hostile, screen
) -> None:
    page = opened(browser, address, screen)
    for path in hostile:
        page.goto(path)
        page.get_by_text("<img").first.wait_for(state="attached")
        assert barriers(page) == [], path
        assert page.locator("img").count() == 0
    expect_well(page, address)
    page.context.close()


def test_a_job_outlives_a_server_that_is_killed_and_is_cut_off_by_one_that_ends(workplace, browser) -> None:
    with Stalled(workplace, *rows(o3="2.2")) as upstream:
        with serving(workplace) as address:
            begun(browser, address)
            upstream.wait_until_asked()
        with serving(workplace) as address:
            page = go(opened(browser, address), address, "/jobs/1")
            expect(page.locator("#job [role=status]")).to_have_text("cut off")
            expect(page.locator("#job .note")).to_contain_text("nothing is left half done")
            assert barriers(page) == []
            page.context.close()
        process, address = started(workplace)
        begun(browser, address)
        upstream.wait_until_asked()
        process.kill()
        process.wait()  # its output is open for as long as its job is at work
        with serving(workplace) as address:
            page = go(opened(browser, address), address, "/jobs/2")
            expect(page.locator("#job [role=status]")).to_have_text("at work")
            upstream.release()
            expect(page.locator("#job [role=status]")).to_have_text("done")
            expect(page.locator("#job")).to_contain_text("Committed as")
            expect_well(page, address)
            page.context.close()
        process.communicate()
    assert workplace.team.git("log", "--format=%s", f"main..{BRANCH}") == "openrouter: ~1"


def begun(browser: Browser, address: str) -> None:
    """A sync was begun on a page and is at work."""
    page = opened(browser, address)
    go(page, address, "/providers").get_by_role("button", name="Sync all").click()
    expect(page.locator("#job [role=status]")).to_have_text("at work")
    page.context.close()
