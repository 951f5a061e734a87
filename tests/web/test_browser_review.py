"""A person who never saw a terminal reviews a day's changes; another site's page does nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from browser import CHROMIUM, SCREENS, barriers, expect_well, opened, root, serving, watched
from playwright.sync_api import Browser, Page, expect

from fault_server import FaultServer, reply
from workplace import BRANCH, Workplace, rows

PERSONS = ("HEAD", "index", "status", "files")
SOURCE = "  prices: {{enabled: false, transformer: genai-prices, endpoints: [{{url: '{address}'}}]}}\n"
CONFIRMED = re.compile(r"pricing\.input 2\.5 (→ )?2\.4 USD per 1M tokens −4\.0 % .*prices 2\.4")
PRICES = {"gpt-4o": (2.4, 10), "o1": (15, 60)}  # what another list says
ATTACK = """\
<!doctype html><title>attack</title>
<iframe name=into></iframe><iframe src="{target}/plan"></iframe><img src="{target}/api/models/sync/cron">
<form method=post target=into><input name=digest value=0><input name=mark value=0></form>
<script>
(async () => {{
  for (const path of ["/plan", "/plan/choices", "/plan/apply", "/sync"]) {{
    const form = document.forms[0];
    form.action = "{target}" + path;
    form.submit();
    await new Promise((done) => {{ document.querySelector("[name=into]").onload = done; }});
  }}
  for (const path of ["/api/models/sync", "/api/plan", "/api/apply", "/sync"])
    for (const mode of ["no-cors", "cors"])
      await fetch("{target}" + path, {{method: "POST", mode, credentials: "include"}}).catch(() => 0);
  document.title = "done";
}})();
</script>
"""
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs the browser Chromium")


@pytest.fixture
def team(workplace: Workplace, remote, github) -> Workplace:
    """A team whose remote is on a forge, whose catalog is held against a second list, and a day's changes."""
    workplace.environment.update(github.environment)
    workplace.configure("opinions: [prices]\n")
    models = [
        {"id": key, "prices": {"input_mtok": asked, "output_mtok": given}}
        for key, (asked, given) in PRICES.items()
    ]
    listed = reply(json.dumps([{"id": "openai", "models": models}]).encode())
    source = SOURCE.format(address=workplace.server.at("/prices", listed))
    workplace.edit("fields:", f"{source}fields:", "catalog/sync.yaml")
    workplace.team.commit_all("A second list is asked")
    workplace.team.git("push", "-q", "origin", "main")
    workplace.lists(*rows(gpt_4o="2.4", o1="1500", o3="2000"))
    return workplace


@pytest.fixture
def address(team: Workplace) -> Iterator[str]:
    with serving(team, "--pr") as address:
        yield address


def planned(page: Page, address: str) -> Page:
    """The page with a new plan."""
    page.goto(f"{root(address)}/plan")
    page.get_by_role("button", name="Look for changes").click()
    page.get_by_role("heading", name="Held back").wait_for()
    return page


def question(page: Page, name: str):
    return page.get_by_role("group", name=name)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_days_changes_are_reviewed_and_end_in_the_link_of_a_pull_request(
    team, github, browser, address, screen
) -> None:
    before = team.state()
    page = planned(opened(browser, address, screen), address)
    expect(page.locator("#plan")).to_contain_text("Nothing of this is proposed yet.")
    expect(page.get_by_role("row", name=CONFIRMED)).to_be_visible()
    expect(question(page, "openai/o1")).to_contain_text("prices 15")
    expect(question(page, "openai/o3")).to_contain_text("a unit or a decimal point may be wrong")
    question(page, "openai/o3").get_by_label("Accept 2000").check()
    question(page, "openai/o1").get_by_label("Keep mine, 15").check()
    reason = question(page, "openai/o1").get_by_label("Why, for who reads it later")
    reason.fill("our contract")
    reason.press("Enter")
    expect(page.locator("#intent")).to_contain_text("Commits 1 change and 2 decisions (1 accepted, 1 kept)")
    assert barriers(page) == []
    page.get_by_role("button", name="price down 1").click()
    expect(page.locator("#intent")).to_contain_text("Not on this page: 2 decisions.")
    page.reload()
    page.get_by_role("button", name="held 2").click()
    expect(page.locator("#plan")).to_contain_text("1 price or limit: 1 confirmed by 1 list")
    expect(question(page, "openai/o1").get_by_label("Keep mine, 15")).to_be_checked()
    expect(question(page, "openai/o1").get_by_label("Why")).to_have_value("our contract")
    assert (github.pulls, team.team.git("branch", "--list", BRANCH)) == ([], "")
    page.get_by_role("button", name="Apply").click()
    link = page.locator(".note").get_by_role("link")
    link.wait_for()
    expect(link).to_have_text(github.url(github.pulls[0]))
    expect(link).to_have_attribute("href", github.url(github.pulls[0]))
    assert barriers(page) == []
    text = team.team.git("show", f"{BRANCH}:catalog/providers/openai.yaml")
    assert "input: 15  # modelsync: keep, our contract" in text
    assert "pricing: {input: 2000, output: 8}   # one line is enough" in text
    assert [team.state()[what] for what in PERSONS] == [before[what] for what in PERSONS]
    page.goto(f"{root(address)}/plan")
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("#plan")).to_contain_text("All of this is proposed already, as pull request 1")
    expect(page.locator("#intent")).to_contain_text("Nothing is to be committed")
    expect_well(page, address)
    page.context.close()


def test_without_a_script_a_choice_outlives_filter_and_reload_and_enter_commits_nothing(
    team, browser, address
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = watched(context)
    page.goto(address)
    page.goto(f"{root(address)}/plan")
    page.get_by_role("button", name="Look for changes").click()
    while not page.get_by_role("heading", name="Held back").is_visible():
        page.goto(f"{root(address)}/plan?show=held")
    question(page, "openai/o1").get_by_label("Keep mine, 15").check()
    reason = question(page, "openai/o1").get_by_label("Why")
    reason.fill("our contract")
    reason.press("Enter")
    expect(page.locator("#intent")).to_contain_text("1 decision (1 kept)")
    expect(page).to_have_url(f"{root(address)}/plan?show=held")
    question(page, "openai/o3").get_by_label("Accept 2000").check()
    page.get_by_role("button", name="price down 1").click()
    expect(page).to_have_url(f"{root(address)}/plan?show=down")
    page.reload()
    expect(page.locator("#intent")).to_contain_text("Not on this page: 2 decisions.")
    assert team.team.git("branch", "--list", BRANCH) == ""
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("/jobs/"))
    while not page.get_by_role("link", name="/pull/1").is_visible():
        page.reload()
    assert "keep, our contract" in team.team.git("show", f"{BRANCH}:catalog/providers/openai.yaml")
    context.close()


@pytest.mark.fault("W", "W2")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])  # of the same site, and of another
def test_a_page_of_another_origin_in_the_next_tab_does_nothing(team, browser: Browser, address, host) -> None:
    page = planned(opened(browser, address), address)
    before = team.state()
    with FaultServer() as other:
        attack = ATTACK.format(target=root(address)).encode()
        evil = other.at("/", reply(attack, headers={"Content-Type": "text/html"})).replace("127.0.0.1", host)
        tab = watched(page.context)
        tab.goto(evil)
        expect(tab).to_have_title("done")
    page.reload()
    expect(page.locator("#intent")).to_contain_text("Commits 1 change, exactly as shown")
    page.goto(f"{root(address)}/providers")
    expect(page.locator(".happened li")).to_have_count(1)  # the job that a person asked for
    assert team.state() == before
    expect_well(page, address)
    page.context.close()
