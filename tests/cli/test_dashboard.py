"""One issue says what has no pull request: on each forge, on any machine, and never a second one."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from fault_server import reply
from played_forge import Issue
from proposing import fresh, propose, ruled, run
from workplace import Workplace

HELD = "modelsync sync --pr --accept 'openai/o1:pricing.input'"
NOTHING = "Nothing waits for a decision."


@pytest.fixture(autouse=True)
def wanted(workplace: Workplace, remote) -> None:
    ruled(workplace, "review: {dashboard: true}\n")


def at(day: str) -> str:
    return str(int(datetime.fromisoformat(f"{day}T06:00+00:00").timestamp()))


def test_a_run_makes_one_issue_with_what_it_holds_and_the_next_ones_keep_it(
    workplace, remote, forge, tmp_path
):
    ran = propose(workplace, forge, o3="2.2", o1="200")
    assert ran.code == 0, ran.err
    (issue,) = forge.issues
    assert HELD in issue.body
    assert "2.2" not in issue.body  # that has a pull request
    assert "dashboard: http" in " ".join(ran.out.split())
    before = repr(forge.issues)
    calls = forge.asked.count("change issue")
    assert propose(fresh(workplace, remote, tmp_path), forge, o3="2.2", o1="200").code == 0
    assert (repr(forge.issues), forge.asked.count("change issue")) == (before, calls)


def test_what_is_over_goes_and_that_nothing_is_left_is_said(workplace, forge):
    propose(workplace, forge, o1="200")
    assert propose(workplace, forge).code == 0
    (issue,) = forge.issues
    assert NOTHING in issue.body
    assert HELD not in issue.body


def test_a_quiet_day_has_its_issue_too_since_it_remembers(workplace, forge):
    assert propose(workplace, forge).code == 0
    (issue,) = forge.issues
    assert NOTHING in issue.body


def test_no_second_issue_is_made_where_the_answer_was_lost_or_a_person_closed_it(workplace, forge):
    forge.fails("create issue")
    ran = propose(workplace, forge, o1="200")
    assert ran.code == 6
    (issue,) = forge.issues
    assert propose(workplace, forge, o1="200").code == 0
    issue.state = "closed"
    assert propose(workplace, forge, o1="200").code == 0
    assert (len(forge.issues), issue.state) == (1, "closed")
    propose(workplace, forge, o1="300")
    assert (len(forge.issues), issue.state) == (1, "open")  # there is something new to decide


def test_of_two_runs_that_make_it_at_once_one_gives_way(workplace, forge):
    def quicker(name: str, done: bool) -> None:
        if name == "create issue" and not done and not forge.issues:
            forge.issues.append(Issue(7, "modelsync", "<!-- modelsync:dashboard . -->"))

    forge.on_call = quicker
    assert propose(workplace, forge, o1="200").code == 0
    assert [(issue.number, issue.state) for issue in forge.issues] == [(7, "open"), (101, "closed")]
    assert propose(workplace, forge, o1="200").code == 0
    assert HELD in forge.issues[0].body
    assert len(forge.issues) == 2


def test_what_a_person_wrote_into_it_gives_way_and_what_it_remembers_is_not_believed(workplace, forge):
    propose(workplace, forge, o1="200")
    (issue,) = forge.issues
    before = issue.body
    issue.body = before.replace("o1", "o7").replace("modelsync:state e", "modelsync:state f")
    propose(workplace, forge, o1="200")
    assert issue.body == before


def test_what_was_declined_is_said(workplace, remote, forge):
    propose(workplace, forge, o3="2.2")
    forge.close(forge.pulls[0])
    remote.git("update-ref", "-d", f"refs/heads/{forge.pulls[0].head}")
    propose(workplace, forge, o3="2.2")
    (issue,) = forge.issues
    assert "### Declined" in issue.body
    assert f"declined in {forge.sign}1" in issue.body.replace("\u200b", "").replace("\\", "")


def test_a_source_fails_since_its_first_day_and_what_was_held_stays_said(workplace, forge):
    propose(workplace, forge, o1="200")
    for day in ("2026-03-05", "2026-03-06"):
        workplace.answers(reply(b"{}", status=401))
        assert run(workplace, forge, SOURCE_DATE_EPOCH=at(day)).code == 7
    (issue,) = forge.issues
    assert "`openrouter`, since 2026-03-05" in issue.body
    assert HELD in issue.body
    propose(workplace, forge, o1="200")
    assert "Sources that fail" not in issue.body


SECRET = "whsec_" + "c2VjcmV0" * 5


def test_news_is_told_once_on_machines_that_start_fresh(workplace, remote, forge, tmp_path):
    """What a channel did not take is told by the next one, wherever it runs."""
    hook = workplace.server.at("/hook", reply(status=500), reply())
    channel = f"notify: {{webhook: {{url: '{hook}', secret_env: HOOK_SECRET}}}}\n"
    ruled(workplace, f"review: {{dashboard: true}}\n{channel}")
    workplace.environment["HOOK_SECRET"] = SECRET
    issues = []
    for number in range(4):
        (folder := tmp_path / str(number)).mkdir()
        ran = propose(fresh(workplace, remote, folder), forge, o3="2.8", o1="200")
        assert ran.code == 0, ran.err
        assert ("not told" in ran.err) is (number == 0)
        issues += [issue.body for issue in forge.issues]
    bodies = [asked.body for asked in workplace.server.asked if asked.path == "/hook"]
    assert len(bodies) == 2
    assert json.loads(bodies[0])["data"]["events"] == json.loads(bodies[1])["data"]["events"]
    assert issues[0] != issues[1] == issues[2] == issues[3]
