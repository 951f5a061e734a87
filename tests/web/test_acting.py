"""What is done from a page or by the API is what a job does, and nobody else has it done."""

from __future__ import annotations

import base64
import html
import re
import threading
import time

import pytest
from web_client import application_of, client_of, signed_in

from fault_server import reply
from modelsync.notify.webhook import signed
from workplace import BRANCH, listing, rows

PERSONS = ("HEAD", "index", "status", "files")
ACTING = (
    "/plan",
    "/plan/apply",
    "/plan/choices",
    "/sync",
    "/api/plan",
    "/api/apply",
    "/api/models/sync",
    "/api/v1/models/sync",
    "/decisions/remove",
    "/decisions/renew",
    "/history/undo",
    "/api/decisions/remove",
    "/api/decisions/renew",
    "/api/history/undo",
)
CRON, HOOK = "/api/models/sync/cron", "/api/hooks/sync"


def ended(client, number: int = 1):
    while (job := client.get(f"/api/jobs/{number}").json())["state"] == "running":
        time.sleep(0.05)
    return job


class Page:
    """What the form of a plan says, and what a person chooses in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)
        chosen = re.findall(r'type="radio" name="([^"]+)" value="(\w+)" checked', text)
        reasons = re.findall(r'<input name="(reason-[^"]+)" value="([^"]*)"', text)
        self.form = {name: html.unescape(value) for name, value in (*hidden, *chosen, *reasons)}

    def id_of(self, name: str) -> str:
        """That of a question."""
        found = re.search(rf'<legend>{name}</legend>.*?name="way-(\w+)"', self.text, re.DOTALL)
        assert found
        return found[1]

    def chooses(self, name: str, way: str, reason: str = "") -> None:
        id_of = self.id_of(name)
        self.form |= {f"way-{id_of}": way, f"reason-{id_of}": reason}


def planned(client) -> str:
    """The digest of a new plan."""
    job = client.post("/api/plan").json()
    return ended(client, job["number"])["end"]["digest"]


def test_apply_commits_what_was_shown_and_leaves_a_persons_tree_alone(workplace, editing):
    workplace.lists(*rows(o3="2.2"))
    digest, before = planned(editing), workplace.state()
    answered = editing.post("/api/apply", json={"digest": digest})
    assert (answered.status_code, answered.json()["end"]["digest"]) == (200, digest)
    assert workplace.team.git("log", "--format=%s", f"main..{BRANCH}") == "openrouter: ~1"
    after = workplace.state()
    assert [after[what] for what in PERSONS] == [before[what] for what in PERSONS]


@pytest.mark.fault("W", "W7")
@pytest.mark.parametrize("path", ["/api/apply", "/api/models/sync"])
def test_another_plan_than_the_one_that_was_shown_is_a_conflict(workplace, editing, path: str):
    workplace.lists(*rows(o3="2.2"))
    digest = planned(editing)
    workplace.lists(*rows(o3="2.3"))
    answered = editing.post(path, json={"digest": digest})
    assert (answered.status_code, answered.json()["job"]["end"]["reason"]) == (409, "conflict")
    assert workplace.team.git("branch", "--list", BRANCH) == ""


def test_each_hold_of_the_page_is_decided_by_itself(workplace, editing):
    workplace.lists(*rows(o3="2000", o1="1500"))
    planned(editing)
    page = Page(editing.get("/plan").text)
    page.chooses("openai/o1", "keep", " our  contract\r\n")
    page.chooses("openai/o3", "accept")
    begun = editing.post("/plan/apply", data=page.form)
    assert (begun.status_code, begun.headers["location"]) == (303, "/jobs/2")
    assert ended(editing, 2)["state"] == "done"
    text = workplace.team.git("show", f"{BRANCH}:catalog/providers/openai.yaml")
    assert "input: 15  # modelsync: keep, our contract" in text
    assert "pricing: {input: 2000" in text
    assert "Committed as" in editing.get("/jobs/2").text


def test_where_the_catalog_states_a_part_of_the_prices_that_are_held_all_prices_are_kept(workplace, editing):
    (o1,) = (one for one in rows(o1="300") if one["id"] == "openai/o1")
    o1["pricing"]["input_cache_read"] = "0.000012"
    workplace.lists(*rows(o1=None), o1)
    planned(editing)
    page = Page(editing.get("/plan").text)
    page.chooses("openai/o1", "keep", "our contract")
    begun = editing.post("/plan/apply", data=page.form)
    job = ended(editing, int(begun.headers["location"].rpartition("/")[2]))
    assert job["order"]["decisions"]["pin"][0]["name"] == "openai/o1:pricing"
    assert workplace.diff("main", BRANCH) == [
        "-        pricing:",
        "+        pricing:  # modelsync: keep, our contract",
    ]
    assert "Decided: 1 value kept." in editing.get(begun.headers["location"]).text


@pytest.fixture
def two(workplace, editing):
    """A client of a server whose plan holds two prices, and changes a third, with its page."""
    workplace.lists(*rows(o3="2000", o1="1500", gpt_4o="2.4"))
    planned(editing)
    return editing


def test_what_is_chosen_is_kept_from_part_to_part_and_counts_wherever_apply_is_pressed(workplace, two):
    page = Page(two.get("/plan?show=held").text)
    page.chooses("openai/o1", "keep", "our contract")
    page.chooses("openai/o3", "accept")
    moved = two.post("/plan/choices", data=page.form | {"to": "show=down&provider=openai"})
    assert (moved.status_code, moved.headers["location"]) == (303, "/plan?show=down&provider=openai")
    other = two.get(moved.headers["location"]).text
    assert "Commits 1 change and 2 decisions (1 accepted, 1 kept)" in other
    assert "Not on this page: 2 decisions." in other
    again = Page(two.get("/plan").text)
    assert again.form[f"way-{again.id_of('openai/o1')}"] == "keep"
    assert again.form[f"reason-{again.id_of('openai/o1')}"] == "our contract"
    begun = two.post("/plan/apply", data=Page(other).form)
    assert ended(two, int(begun.headers["location"].rpartition("/")[2]))["state"] == "done"
    text = workplace.team.git("show", f"{BRANCH}:catalog/providers/openai.yaml")
    assert "input: 15  # modelsync: keep, our contract" in text
    assert "pricing: {input: 2000" in text


def test_all_that_are_shown_are_accepted_at_once_and_held_back_again(two):
    for way, counted in (("accept", "2 decisions (2 accepted)"), ("hold", "Commits 1 change, exactly")):
        form = Page(two.get("/plan").text).form | {"all": way}
        assert two.post("/plan/choices", data=form).headers["location"] == "/plan"
        assert counted in two.get("/plan").text


def test_what_was_chosen_in_another_tab_meanwhile_is_not_applied_unseen(workplace, two):
    elsewhere, page = Page(two.get("/plan?show=down").text), Page(two.get("/plan").text)
    page.chooses("openai/o3", "accept")
    two.post("/plan/choices", data=page.form)
    refused = two.post("/plan/apply", data=elsewhere.form, headers={"accept": "text/html"})
    assert refused.status_code == 409
    assert "in another tab something else was chosen" in refused.text
    assert workplace.team.git("branch", "--list", BRANCH) == ""


@pytest.mark.fault("W", "W6")
def test_apply_is_refused_while_another_job_is_at_work_and_what_was_chosen_is_kept(workplace, two):
    release = threading.Event()

    def when_released(out, over):
        release.wait()
        reply(listing(rows()))(out, over)

    page = Page(two.get("/plan").text)
    page.chooses("openai/o1", "keep", "our contract")
    workplace.answers(when_released)
    try:
        number = two.post("/api/models/sync").json()["number"]
        assert two.post("/plan/apply", data=page.form).status_code == 409
    finally:
        release.set()
    ended(two, number)
    again = Page(two.get("/plan").text)
    assert again.form[f"way-{again.id_of('openai/o1')}"] == "keep"


@pytest.mark.fault("W", "W7")
def test_a_catalog_that_changed_meanwhile_refuses_apply_and_keeps_what_was_chosen(workplace, two):
    page = Page(two.get("/plan").text)
    page.chooses("openai/o1", "keep", "our contract")
    workplace.says("input: 2.50 ", "input: 2.60 ")
    begun = two.post("/plan/apply", data=page.form).headers["location"]
    assert ended(two, int(begun.rpartition("/")[2]))["end"]["reason"] == "conflict"
    assert "the plan changed since it was shown" in two.get(begun).text
    assert workplace.team.git("branch", "--list", BRANCH) == ""
    planned(two)
    again = Page(two.get("/plan").text)
    assert again.form["digest"] != page.form["digest"]
    assert again.form[f"way-{again.id_of('openai/o1')}"] == "keep"


def test_a_value_that_is_another_by_now_is_asked_about_anew(workplace, two):
    page = Page(two.get("/plan").text)
    page.chooses("openai/o1", "accept")
    two.post("/plan/choices", data=page.form)
    workplace.lists(*rows(o3="2000", o1="1600"))
    planned(two)
    again = Page(two.get("/plan").text)
    assert again.form[f"way-{again.id_of('openai/o1')}"] == "hold"


@pytest.mark.parametrize(
    "to", ["//evil.example/", "https://evil.example", "show=%0d%0aSet-Cookie:x", "page=x"]
)
def test_no_form_leads_to_another_address_than_the_plans(two, to: str):
    moved = two.post("/plan/choices", data={"to": to}).headers
    assert moved["location"].startswith("/plan")
    assert "\n" not in moved["location"]


def test_a_part_of_which_there_is_nothing_says_so_and_counts_it(two):
    page = two.get("/plan?show=removed").text
    assert "None of this kind" in page
    assert re.search(r'aria-current="true">removed <span class="soft">0<', page)
    assert "Nothing to do" not in page


def test_a_plan_that_is_not_the_newest_is_not_applied_from_a_page(workplace, editing):
    workplace.lists(*rows(o3="2.2"))
    digest = planned(editing)
    workplace.lists(*rows(o3="2.3"))
    planned(editing)
    assert editing.post("/plan/apply", data={"digest": digest}).status_code == 409
    assert workplace.team.git("branch", "--list", BRANCH) == ""


@pytest.mark.fault("W", "W6")
def test_a_second_sync_is_a_conflict_and_its_page_is_that_of_the_first(workplace, editing):
    release = threading.Event()

    def when_released(out, over):
        release.wait()
        reply(listing(rows()))(out, over)

    workplace.answers(when_released)
    try:
        assert editing.post("/api/models/sync").status_code == 202
        for path in ("/api/models/sync", "/api/v1/models/sync", "/api/plan"):
            assert editing.post(path).status_code == 409
        pin, *_ = editing.get("/api/decisions").json()["decisions"]
        assert editing.post("/api/decisions/remove", json={"id": pin["id"]}).status_code == 409
        assert editing.post("/sync", data={"source": "openrouter"}).headers["location"] == "/jobs/1"
        assert editing.get("/api/models/sync").json()["job"]["number"] == 1
        assert "/jobs/1" in editing.get("/now").text
    finally:
        release.set()
    assert ended(editing)["state"] == "done"


@pytest.mark.fault("W", "W2")
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}]
)
@pytest.mark.parametrize("path", [*ACTING, CRON, HOOK])
def test_no_other_sites_page_acts(client, path: str, headers: dict[str, str]):
    assert client.post(path, headers=headers).status_code == 403


@pytest.mark.fault("W", "W4")
@pytest.mark.parametrize("path", ACTING)
def test_nobody_acts_who_did_not_sign_in(stranger, path: str):
    assert stranger.post(path).status_code == 401


@pytest.mark.fault("W", "W3")
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_json_that_does_not_say_that_it_is_json_is_not_taken(client, kind: str):
    for path in (path for path in ACTING if path.startswith("/api/")):
        headers = {"content-type": kind}
        assert client.post(path, content=b'{"digest": "0"}', headers=headers).status_code == 415


@pytest.mark.fault("W", "W3")
@pytest.mark.parametrize(
    "path", ["/plan/apply", "/sync", "/api/apply", "/decisions/remove", "/api/decisions/renew", HOOK]
)
def test_looking_at_what_acts_does_nothing(client, path: str):
    assert client.get(path).status_code in (404, 405)
    assert client.get("/api/models/sync").json()["job"] is None


def test_who_asks_too_often_is_told_so(editing):
    statuses = [editing.post("/api/apply", json={}).status_code for _ in range(61)]
    assert (set(statuses[:60]), statuses[60]) == ({400}, 429)


@pytest.fixture
def triggers(workplace, monkeypatch):
    """A client that never signs in, of a server with both secrets."""
    monkeypatch.setenv("CRON_SECRET", "c" * 16)
    monkeypatch.setenv("MODELSYNC_HOOK_SECRET", "whsec_" + base64.b64encode(bytes(range(24))).decode())
    with application_of(workplace) as application, signed_in(application), client_of(application) as client:
        yield client


def test_a_schedule_elsewhere_syncs_with_its_secret_alone(workplace, triggers):
    workplace.lists(*rows(o3="2.2"))
    for wrong in ("", "Bearer", "Bearer " + "d" * 16, "Basic " + "c" * 16):
        assert triggers.get(CRON, headers={"authorization": wrong}).status_code == 401
    answered = triggers.get(CRON, headers={"authorization": "Bearer " + "c" * 16})
    assert (answered.status_code, answered.json()["synced"]) == (200, 1)
    assert "cron" in workplace.team.git("log", "-1", "--format=%B", BRANCH)
    workplace.answers(reply(status=404))
    assert triggers.post(CRON, headers={"authorization": "Bearer " + "c" * 16}).json()["synced"] == 0


@pytest.mark.parametrize("secret", ["", "c" * 15])
def test_without_a_long_secret_there_is_no_such_door(workplace, monkeypatch, secret: str):
    monkeypatch.setenv("CRON_SECRET", secret)
    monkeypatch.setenv("MODELSYNC_HOOK_SECRET", secret)
    with application_of(workplace) as application, signed_in(application) as client:
        for path in (CRON, HOOK):
            assert client.post(path, headers={"authorization": f"Bearer {secret}"}).status_code == 404


def test_a_signed_message_begins_a_sync_once(triggers):
    body, now = b'{"type": "models.changed"}', int(time.time())
    key = bytes(range(24))
    good = signed("msg_1", now, body, key) | {"content-type": "application/json"}
    for wrong in (
        {**good, "webhook-id": "msg_2"},
        {**good, "webhook-timestamp": str(now + 1)},
        {**good, "webhook-signature": "v1,AAAA"},
        {name: value for name, value in good.items() if name != "webhook-signature"},
        signed("msg_1", now - 301, body, key) | {"content-type": "application/json"},
        signed("msg_1", now, body, bytes(24)) | {"content-type": "application/json"},
    ):
        assert triggers.post(HOOK, content=body, headers=wrong).status_code == 401
    assert triggers.post(HOOK, content=body + b" ", headers=good).status_code == 401
    assert triggers.post(HOOK, content=body, headers=good).status_code == 202
    assert triggers.post(HOOK, content=body, headers=good).status_code == 401


def test_that_a_sync_is_due_is_known_without_asking_a_source(workplace, editing):
    due = {"lastSync": None, "needsSync": True, "due": ["openrouter"], "job": None}
    assert editing.get("/api/models/sync").json() == due
    assert "Sync recommended" in editing.get("/now").text
    assert not workplace.server.asked
    done = ended(editing, editing.post("/api/models/sync").json()["number"])
    assert done["begun"] <= editing.get("/api/models/sync").json()["lastSync"] <= done["ended"]
    assert "Sync recommended" not in editing.get("/now").text


def test_sync_all_proposes_where_a_plan_that_is_applied_does(workplace, editing):
    workplace.lists(*rows(o3="2.2"))
    editing.post("/api/apply", json={"digest": planned(editing)})
    begun = editing.post("/sync", data={})
    assert (
        ended(editing, int(begun.headers["location"].rpartition("/")[2]))["end"]["outcome"]
        == "already proposed"
    )
    branches = workplace.team.git("for-each-ref", "--format=%(refname:short)", "refs/heads/modelsync/")
    assert branches == BRANCH


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (reply(status=401), "Providers names the variable of the key"),
        (reply(b"<html>"), "Ask again later"),
        (reply(status=503), "Ask again in some minutes"),
    ],
    ids=("key", "no list", "away"),
)
def test_where_a_source_fails_the_page_says_what_to_do_on_it(workplace, editing, answer, remedy) -> None:
    workplace.answers(answer)
    planned(editing)
    editing.post("/sync")
    ended(editing, 2)
    plan, job = (editing.get(path).text for path in ("/plan", "/jobs/2"))
    for page in (plan, job):
        what_to_do = page.partition("openrouter failed")[2].partition("<details>")[0]
        assert remedy in what_to_do
        assert "--" not in what_to_do
        assert "modelsync plan openrouter" in page.partition("For who keeps sync.yaml")[2]
    assert '<button name="source" value="openrouter">Ask openrouter again' in job
    assert "Look again" in plan


def test_a_run_of_the_command_line_is_told_of_as_it_comes_along(workplace, editing):
    released = threading.Event()

    def when_released(out, over):
        released.wait()
        reply(listing(rows()))(out, over)

    slow = workplace.server.at("/slow", when_released)
    workplace.says(
        "sources:\n", f"sources:\n  slow: {{endpoints: [{{url: '{slow}'}}]}}\n", "catalog/sync.yaml"
    )
    run = workplace.start("sync", "--all", "--no-cache")
    try:
        while "openrouter answered, 6 models" not in (now := editing.get("/now").text):
            time.sleep(0.02)
        assert re.search(r"command line, since \d\d:\d\d UTC: openrouter answered", now)
    finally:
        released.set()
        run.communicate()
    assert run.returncode == 0
    assert "command line" not in editing.get("/now").text
