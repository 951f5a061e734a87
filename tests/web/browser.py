"""A server in a process of its own, and a browser that looks at its pages."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from workplace import Workplace

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCREENS = {"light": (1280, 800), "dark": (360, 740)}  # the dark one is a phone
_AXE = Path(__file__).parents[1] / "data/axe/axe.min.js"  # axe-core 4.14.1, of npm; MPL-2.0
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_TOKEN = "a-secret-of-somebody"
_PATIENCE = 120_000  # milliseconds: a busy machine makes no promise false
expect.set_options(timeout=_PATIENCE)


def started(workplace: Workplace, *options: str) -> tuple[subprocess.Popen[str], str]:
    """A server of a catalog, and an address that signs a browser in as often as it is opened."""
    process = workplace.start("serve", "--port", "0", "--token", _TOKEN, *options)
    assert process.stdout
    printed = re.search(r"http://\S+", process.stdout.readline())
    assert printed
    return process, f"{printed[0]}?token={_TOKEN}"


@contextmanager
def serving(workplace: Workplace, *options: str) -> Iterator[str]:
    """The address of a server, which is told to end."""
    process, address = started(workplace, *options)
    try:
        yield address
    finally:
        process.terminate()
        process.communicate()


def root(address: str) -> str:
    return address.partition("/?")[0]


def opened(browser: Browser, address: str, screen: str = "light", **more: Any) -> Page:
    """A page of a browser that signed in; `faults` are what fails on it, `asked` the addresses it asks."""
    width, height = SCREENS[screen]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=screen, **more)
    page = watched(context)
    page.goto(address)
    page.get_by_role("heading", name="Models").wait_for()
    page.locator("[data-row]").first.wait_for()
    return page


def watched(context: BrowserContext) -> Page:
    """One more tab."""
    page = context.new_page()
    page.set_default_timeout(_PATIENCE)
    page.faults = []
    page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    return page


def expect_well(page: Page, address: str) -> None:
    """It asked nobody but the server, and nothing of it failed."""
    assert page.faults == []
    assert {url for url in page.asked if not url.startswith(root(address))} == set()


def barriers(page: Page) -> list[Any]:
    """What WCAG AA finds wrong with the page that is open, and whether it is wider than its screen."""
    screen = page.viewport_size
    assert screen
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({**screen, "height": height})  # what a bar covers is one scroll away
    page.evaluate(_AXE.read_text())
    found = page.evaluate("rules => axe.run(document, rules)", _RULES)["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    page.set_viewport_size(screen)
    faults: list[Any] = [(one["id"], one["nodes"][0]["html"][:200]) for one in found]
    return [*faults, *(["it is wider than the screen"] if wide else [])]
