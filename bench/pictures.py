"""Draws each page of `modelsync serve` on the recorded list, to be read by eye: `make pictures`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from modelsync.jobs import demo

INTO = Path("build/pictures")
PAGES = {
    "models": "/",
    "search": "/?q=gpt&sort=-input",
    "nothing": "/?q=nothing+like+it",
    "model": "/models/openai/gpt-5",
    "plan": "/plan",
    "held": "/plan?show=held",
    "providers": "/providers",
    "history": "/history",
    "undo": "/history",
    "decisions": "/decisions",
    "decision": "/decisions",
    "cost": "/cost",
    "fault": "/models/openai/gpt-9",
}
OF_DOCS = {
    "held": "light",
    "model": "dark",
    "models": "light",
}  # what stands in README and docs/, with its scheme
SCREENS = {"desktop": (1280, 860), "phone": (390, 844)}
TOKEN = "a-secret-of-somebody"
LOG = "timestamp,model,input_tokens,output_tokens\n" + "".join(
    f"{{now}},{model},{tokens},{tokens // 9}\n"
    for model, tokens in (("gpt-5", 9_000_000), ("claude-sonnet-4-5", 2_000_000), ("nobody-knows", 7))
)


def main() -> None:
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser_path is None:
        sys.exit("needs the browser Chromium: apt-get install chromium")
    INTO.mkdir(parents=True, exist_ok=True)
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            for screen, (width, height) in SCREENS.items():
                size = {"width": width, "height": height}
                page = browser.new_context(viewport=size, color_scheme=scheme).new_page()
                page.goto(f"{address}?token={TOKEN}")
                page.locator("[data-row]").first.wait_for()
                for name, path in PAGES.items():
                    show(page, address.rstrip("/") + path, name)
                    if screen == "desktop" and OF_DOCS.get(name) == scheme:
                        page.screenshot(path=f"docs/pictures/{name}.png")
                    page.screenshot(path=INTO / f"{name}-{scheme}-{screen}.png", full_page=name != "models")
    print(f"{len(list(INTO.glob('*.png')))} pictures in {INTO}")


def show(page: Page, url: str, name: str) -> None:
    """Have the page as a person would see it, once all of it is there."""
    page.goto(url)
    if name == "plan" and (button := page.get_by_role("button", name="Look for changes")).count():
        button.click()
        page.get_by_role("heading", name="Held back").wait_for()
    if name in ("undo", "decision"):
        page.locator("[data-row]").first.click()
        page.get_by_role("link", name="Undo").click() if name == "undo" else None
        page.locator("pre").wait_for()
    if name == "cost":
        log = LOG.replace("{now}", subprocess.check_output(["date", "-u", "+%FT%TZ"], text=True).strip())
        file = {"name": "usage.csv", "mimeType": "text/csv", "buffer": log.encode()}
        page.locator("input[type=file]").set_input_files(file)
        page.locator(".total").wait_for()
    page.wait_for_load_state("networkidle")


@contextmanager
def serving() -> Iterator[str]:
    """A server of a catalog with some past, whose upstream has news; its address."""
    listed = (demo.HERE / "openrouter.json").read_bytes()
    with (
        tempfile.TemporaryDirectory(prefix="modelsync-pictures-") as folder,
        demo.apart(),
        demo.serving(lambda *_: (200, listed)) as upstream,
    ):
        place = Path(folder)
        demo.make_repository(place, f"{upstream}/api/v1/models")
        move(place, "input: 1.1", "input: 1.25", "2026-03-02")
        move(place, "input: 1.25", "input: 1.1", "2026-08-11")
        command = [sys.executable, "-m", "modelsync", "serve", "--port", "0", "--token", TOKEN]
        process = subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, text=True, env=os.environ)
        assert process.stdout
        printed = re.search(r"http://\S+", process.stdout.readline())
        assert printed
        try:
            yield printed[0]
        finally:
            process.terminate()
            process.communicate()


def move(folder: Path, old: str, new: str, day: str) -> None:
    """A commit of a person's on a day."""
    for file in (folder / "catalog/providers").glob("*.yaml"):
        file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    demo.git(
        folder, "commit", "-q", "-a", "--allow-empty", f"--date={day}T10:00:00Z", "-m", f"{new} from {day} on"
    )


if __name__ == "__main__":
    main()
