"""Decisions are removed and renewed, and commits undone, by the API and by forms: each as it was shown."""

from __future__ import annotations

import threading
import time

import pytest
from web_client import application_of, signed_in

from fault_server import reply
from workplace import Workplace, listing, rows

PIN = "openai/o4-mini:pricing.input"
LINE = "input: 1.1    # modelsync: keep until 2099-12-31, negotiated"
PROBE = "</pre><probe onclick=probe()>"


def decision(client, name: str = PIN):
    (one,) = (one for one in client.get("/api/decisions").json()["decisions"] if one["name"] == name)
    return one


def committed(workplace: Workplace, answer) -> list[str]:
    """The lines that a job changed which is at its end."""
    assert answer.status_code == 200, answer.text
    end = answer.json()["end"]
    assert end["outcome"] == "committed"
    return workplace.diff("main", end["branch"])


def followed(client, answer) -> str:
    """The page of the job that a form began, at its end."""
    assert answer.status_code == 303, answer.text
    while client.get(f"/api{answer.headers['location']}").json()["state"] == "running":
        time.sleep(0.05)
    return client.get(answer.headers["location"]).text


def test_a_decision_is_removed_and_renewed_by_its_id(workplace, editing):
    one = decision(editing)
    assert (one["author"]["name"], one["text"], one["proposed_on"]) == ("Ada", LINE, "")
    renewed = editing.post("/api/decisions/renew", json={"id": one["id"], "until": "2098-01-31"})
    assert committed(workplace, renewed)[1].endswith("# modelsync: keep until 2098-01-31")
    removed = editing.post("/api/decisions/remove", json={"id": one["id"]})
    assert committed(workplace, removed)[1].endswith("input: 1.1")
    assert decision(editing)["proposed_on"] == removed.json()["end"]["branch"]
    assert removed.json()["order"]["name"] == f"pin {PIN}"
    assert workplace.openai.read_text().count(LINE) == 1


def test_a_decision_is_removed_and_renewed_by_forms(workplace, editing):
    one = decision(editing)
    renewal = {"id": one["id"], "until": "", "reason": " our  contract\r\n"}
    page = followed(editing, editing.post("/decisions/renew", data=renewal))
    assert "Committed as" in page
    branch = decision(editing)["proposed_on"]
    assert workplace.diff("main", branch)[1].endswith("# modelsync: keep, our contract")
    assert "a change is proposed" in editing.get("/decisions").text
    followed(editing, editing.post("/decisions/remove", data={"id": one["id"]}))
    assert workplace.diff("main", branch)[1].endswith("input: 1.1")


@pytest.mark.fault("W", "W7")
def test_what_was_let_through_is_removed_and_says_why_it_is_not_renewed(workplace):
    workplace.configure("accept:\n  - {model: openai/o1, field: pricing.input, value: 30, reason: theirs}\n")
    workplace.team.commit_all("Accepted")
    with application_of(workplace) as application, signed_in(application) as editing:
        accepted = decision(editing, "openai/o1:pricing.input")
        page = editing.get("/decisions", params={"id": accepted["id"]}).text
        assert "there is nothing to renew. It lets this one value through" in page
        assert 'action="/decisions/renew"' not in page
        own = decision(editing, "openai/house-style")
        assert "No run edits the entry" in editing.get("/decisions", params={"id": own["id"]}).text
        renewed = editing.post("/decisions/renew", data={"id": accepted["id"], "reason": "ours"})
        assert "this cannot be renewed" in followed(editing, renewed)
        followed(editing, editing.post("/decisions/remove", data={"id": accepted["id"]}))
        branch = decision(editing, accepted["name"])["proposed_on"]
    assert any(line.startswith("-") and "theirs" in line for line in workplace.diff("main", branch))


def test_what_stands_no_more_as_it_was_shown_stays(workplace, editing):
    one = decision(editing)
    workplace.says("negotiated", "signed")
    for path in ("/api/decisions/remove", "/api/decisions/renew"):
        answered = editing.post(path, json={"id": one["id"]})
        assert answered.status_code == 409, answered.text
    while (begun := editing.post("/decisions/remove", data={"id": one["id"]})).status_code == 303:
        assert "does not stand there so any more" in followed(editing, begun)
    assert begun.status_code == 409
    assert editing.get(f"/decisions?id={one['id']}").status_code == 409
    assert workplace.team.git("branch", "--list", "modelsync/*") == ""


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/decisions/renew", {"id": "0", "until": "tomorrow"}),
        ("/api/decisions/remove", {"id": 7}),
        ("/api/decisions/remove", {"id": "0", "until": "2099-01-01"}),
        ("/api/history/undo", {"commit": "HEAD", "digest": "0"}),
        ("/api/history/undo", {"commit": "0" * 40, "digest": ""}),
        ("/api/history/undo", {"commit": "0" * 39 + "/", "digest": "0"}),
    ],
)
def test_what_is_no_request_begins_nothing(client, path: str, body):
    assert client.post(path, json=body).status_code == 400
    assert client.get("/api/models/sync").json()["job"] is None


def test_a_commit_is_undone_once_it_was_shown(workplace, editing):
    workplace.says("input: 15\n", "input: 20\n")
    while "input: 20" not in editing.get("/origins/models/openai/o1").text:
        time.sleep(0.05)  # a server looks every other second whether the base moved on
    commit = workplace.team.git("rev-parse", "HEAD")
    assert f'href="/history/undo?commit={commit}"' in editing.get(f"/history?commit={commit}").text
    shown = editing.get("/api/history/undo", params={"commit": commit}).json()
    page = editing.get("/history/undo", params={"commit": commit}).text
    assert all(text in page for text in (commit, shown["digest"], "openai/o1", "-          input: 20"))
    other = editing.post("/api/history/undo", json={"commit": commit, "digest": "0" * 64})
    assert (other.status_code, other.json()["job"]["end"]["reason"]) == (409, "conflict")
    undone = editing.post("/api/history/undo", json={"commit": commit, "digest": shown["digest"]})
    assert committed(workplace, undone) == ["-          input: 20", "+          input: 15"]
    form = {"commit": commit, "digest": shown["digest"]}
    assert "All of it is proposed already." in followed(editing, editing.post("/history/undo", data=form))


def test_a_commit_that_cannot_be_undone_says_why(workplace, client):
    first = workplace.team.git("rev-list", "--max-parents=0", "HEAD")
    assert "/history/undo" not in client.get(f"/history?commit={first}").text
    for commit in ("", first, "nothing", "../x", PROBE):
        answer = client.get("/history/undo", params={"commit": commit}, headers={"Accept": "text/html"})
        assert answer.status_code in (400, 404), commit
        assert "<probe" not in answer.text


def test_what_a_line_and_a_commit_say_is_text(workplace, editing):
    workplace.says(LINE, f"{LINE}{PROBE}")
    workplace.edit("input: 15\n", "input: 20\n")
    workplace.team.git(
        "commit", "-q", "-a", "-m", PROBE, "--author", f"{PROBE.replace('<', '').replace('>', '')} <a@b>"
    )
    while "probe" not in (one := decision(editing))["text"]:
        time.sleep(0.05)
    commit = workplace.team.git("rev-parse", "HEAD")
    for path in ("/decisions?authors=true", f"/decisions?id={one['id']}", f"/history/undo?commit={commit}"):
        page = editing.get(path)
        assert (page.status_code, "<probe" in page.text) == (200, False)
        assert "probe onclick=probe()" in page.text


def test_nothing_is_changed_from_a_page_while_another_job_is_at_work(workplace, editing):
    one, release = decision(editing), threading.Event()

    def when_released(out, over):
        release.wait()
        reply(listing(rows()))(out, over)

    workplace.answers(when_released)
    try:
        assert editing.post("/api/models/sync").status_code == 202
        answers = (
            editing.post("/decisions/remove", data={"id": one["id"]}),
            editing.post("/api/decisions/remove", json={"id": one["id"]}),
        )
        for answer in answers:
            assert (answer.status_code, "job 1 is at work" in answer.json()["error"]) == (409, True)
    finally:
        release.set()
