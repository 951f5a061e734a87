"""Decisions and commits are taken back on their pages, in a real browser, by who means it and nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import CHROMIUM, SCREENS, barriers, expect_well, opened, root, serving, watched
from playwright.sync_api import Browser, Page, expect

from fault_server import reply
from workplace import Workplace

PERSONS = ("HEAD", "index", "status", "files")
PIN = "openai/o4-mini:pricing.input"
MARKUP = "<img src=http://192.0.2.1/x onerror=document.title='probe'>"
RULES = f"""\
exclude:
  openai: [{{id: gpt-3*, reason: "{MARKUP}", until: 2001-01-01}}]
accept:
  - {{model: openai/o1, field: context_length, value: 5, reason: "{MARKUP}"}}
"""
ATTACK = """\
<!doctype html><title>attack</title><iframe name=into></iframe>
<form method=post target=into>
<input name=id value={id}><input name=commit value={commit}><input name=digest value={digest}></form>
<script>
(async () => {{
  for (const path of ["/decisions/remove", "/decisions/renew", "/history/undo"]) {{
    document.forms[0].action = "{target}" + path;
    document.forms[0].submit();
    await new Promise((done) => {{ document.querySelector("[name=into]").onload = done; }});
    for (const mode of ["no-cors", "cors"])
      await fetch("{target}/api" + path, {{method: "POST", mode, credentials: "include",
        body: JSON.stringify({{id: "{id}"}})}}).catch(() => 0);
  }}
  document.title = "done";
}})();
</script>
"""
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs the browser Chromium")


@pytest.fixture
def team(workplace: Workplace) -> Workplace:
    """A team with rules, a commit that says markup, and somebody in the middle of something."""
    workplace.configure(RULES)
    workplace.team.commit_all("rules")
    workplace.edit("input: 15\n", "input: 20\n")
    workplace.edit("negotiated", MARKUP)
    workplace.team.git("commit", "-q", "-a", "-m", f"o1 is dearer {MARKUP}")
    workplace.edit("our own fine-tune", "our own")
    workplace.team.write("draft.txt", b"not yet\n")
    return workplace


@pytest.fixture
def address(team: Workplace) -> Iterator[str]:
    with serving(team, "--actor", f"Ann {MARKUP}") as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page that asks nobody but the server, and nothing of which fails."""
    page = opened(browser, address)
    yield page
    expect_well(page, address)
    page.context.close()


def go(page: Page, address: str, path: str) -> Page:
    page.goto(root(address) + path)
    return page


def persons(workplace: Workplace) -> list[object]:
    """What is a person's own."""
    state = workplace.state()
    return [state[what] for what in PERSONS]


def tab_to(page: Page, name: str) -> None:
    """By the key alone, to the control that is called so."""
    for _ in range(100):
        page.keyboard.press("Tab")
        said = "(document.activeElement.ariaLabel || document.activeElement.innerText || '').trim()"
        label = "(document.activeElement.labels?.[0]?.innerText || '').trim()"
        if name in (page.evaluate(said), page.evaluate(label)):
            return
    raise AssertionError(f"no key reaches {name}")


def committed(page: Page, workplace: Workplace) -> list[str]:
    """What the job that a page shows changed."""
    expect(page.locator("#job [role=status]")).to_have_text("done")
    expect(page.locator("#job")).to_contain_text("Your working tree is as it was.")
    branch = page.locator("#job .note code").nth(1).inner_text()
    assert page.locator("#job .note code").first.inner_text() == workplace.team.git("rev-parse", branch)[:10]
    assert "Modelsync-Actor: Ann" in workplace.team.git("log", "-1", "--format=%B", branch)
    return workplace.diff("main", branch)


def test_a_pin_is_removed_by_keys_alone_and_its_comment_is_gone(team, page, address) -> None:
    before = persons(team)
    go(page, address, "/decisions")
    expect(page.get_by_role("row", name=PIN)).to_contain_text("Ada")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=PIN, exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("pre")).to_contain_text("modelsync: keep until 2099-12-31")
    page.evaluate("document.querySelector('main').focus()")
    tab_to(page, "Remove it")
    page.keyboard.press("Enter")
    removed, added = committed(page, team)
    assert removed.startswith("-          input: 1.1    # modelsync: keep until 2099-12-31")
    assert added == "+          input: 1.1"
    assert persons(team) == before
    go(page, address, "/decisions")
    expect(page.get_by_role("row", name=PIN)).to_contain_text("a change is proposed")


def test_what_is_over_is_renewed_until_a_day_and_for_a_reason(team, page, address) -> None:
    go(page, address, "/decisions").get_by_role("link", name="Renew: openai/gpt-3*").click()
    expect(page.locator("main")).to_contain_text("over since 2001-01-01")
    page.get_by_label("Until").fill("2098-01-31")
    page.get_by_label("Why").fill("nobody asks for it")
    page.get_by_role("button", name="Renew it").click()
    assert committed(page, team)[1] == (
        '+  openai: [{id: gpt-3*, reason: "nobody asks for it", until: 2098-01-31}]'
    )


def test_a_commit_is_undone_as_it_was_shown(team, page, address) -> None:
    before = persons(team)
    go(page, address, "/history").get_by_role("link", name="o1 is dearer").click()
    page.get_by_role("link", name="Undo").click()
    expect(page.locator("main")).to_contain_text("openai/o1")
    expect(page.locator("pre")).to_contain_text("+          input: 15")
    page.evaluate("document.querySelector('main').focus()")
    tab_to(page, "Undo it")
    page.keyboard.press("Enter")
    assert "+          input: 15" in committed(page, team)
    assert persons(team) == before


@pytest.mark.fault("W", "W7")
def test_what_changed_while_it_was_looked_at_is_not_removed(team, page, address) -> None:
    go(page, address, "/decisions").get_by_role("link", name=f"Remove: {PIN}").click()
    expect(page.get_by_role("button", name="Remove it")).to_be_visible()
    team.edit("keep until 2099-12-31", "keep until 2098-12-31")
    team.team.git("commit", "-q", "-m", "A person", "catalog/providers/openai.yaml")
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator("main")).to_contain_text("the decision does not stand there so any more")
    assert barriers(page) == []
    assert team.team.git("branch", "--list", "modelsync/*") == ""
    page.faults.clear()  # the browser calls a refusal one


@pytest.mark.fault("W", "W2")
def test_another_sites_page_removes_and_undoes_nothing(team, page, address) -> None:
    got = page.context.request
    known = got.get(f"{root(address)}/api/decisions").json()["decisions"]
    commit = team.team.git("rev-parse", "HEAD")
    digest = got.get(f"{root(address)}/api/history/undo?commit={commit}").json()["digest"]
    (pin,) = (one for one in known if one["name"] == PIN)
    attack = ATTACK.format(target=root(address), id=pin["id"], commit=commit, digest=digest)
    evil = team.server.at("/attack", reply(attack.encode(), headers={"Content-Type": "text/html"}))
    other = watched(page.context)
    other.goto(evil)
    expect(other).to_have_title("done")
    assert got.get(f"{root(address)}/api/models/sync").json()["job"] is None
    assert got.get(f"{root(address)}/api/jobs/1").status == 404
    assert team.team.git("branch", "--list", "modelsync/*") == ""
    other.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_every_state_is_what_wcag_aa_asks_for_and_shows_markup_as_text(
    team, browser, address, screen: str
) -> None:
    page = opened(browser, address, screen)
    known = page.context.request.get(f"{root(address)}/api/decisions").json()["decisions"]
    commit = team.team.git("rev-parse", "HEAD")
    alone = [f"/decisions?id={one['id']}" for one in known]
    go(page, address, alone[0]).get_by_role("button", name="Remove it").click()
    expect(page.locator("#job [role=status]")).to_have_text("done")
    assert barriers(page) == []
    for path in ("/decisions", *alone, f"/history?commit={commit}", f"/history/undo?commit={commit}"):
        go(page, address, path).wait_for_load_state("networkidle")
        assert barriers(page) == [], path
        assert page.locator("main img").count() == 0
    expect(page.locator("h1")).to_contain_text("<img")
    expect_well(page, address)
    page.context.close()
