"""A server's jobs: real git, a real upstream on loopback, processes of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from serving import done, failed, proposed, server_of

from modelsync.jobs.decisions import Decisions, Excluding, Pinning
from modelsync.jobs.serve.events import Order
from modelsync.jobs.serve.server import Server
from workplace import BRANCH, row, rows

PERSONS = ("HEAD", "index", "status", "files")


@pytest.fixture
def server(workplace) -> Iterator[Server]:
    with server_of(workplace) as server:
        yield server


def test_sync_commits_on_the_review_branch_and_touches_nothing_of_a_persons(workplace, server):
    workplace.lists(*rows(o3="2.2"))
    before = workplace.state()
    end = done(server, "sync")
    assert (end.outcome, end.statistics.updated, end.statistics.fetched) == ("committed", 1, 6)
    after = workplace.state()
    assert [after[what] for what in PERSONS] == [before[what] for what in PERSONS]
    assert workplace.team.git("log", "--format=%s", f"main..{BRANCH}") == "openrouter: ~1"


def test_what_happens_is_told_in_the_order_in_which_it_happens(workplace, server):
    workplace.lists(*rows(o3="2.2", o1="1500"))
    done(server, "sync")
    names = [type(event.happening).__name__ for event in server.events()]
    assert names == ["Queued", "Fetched", "Planned", "Held", "Written", "Committed", "Done"]
    first, second, *_ = server.events()
    assert server.events(after=second.id) == server.events()[2:]
    assert [event.number for event in server.events(after=first.id)] == [2, 3, 4, 5, 6, 7]


def test_apply_commits_exactly_what_was_shown(workplace, server):
    workplace.lists(*rows(o3="2.2"))
    shown = done(server, "plan")
    assert shown.outcome == "planned"
    assert shown.digest == workplace.run("plan", "--json").json["digest"]
    assert workplace.team.git("branch", "--list", BRANCH) == ""
    end = done(server, "apply", shown.digest)
    assert (end.outcome, end.digest) == ("committed", shown.digest)
    assert f"Modelsync-Digest: {shown.digest}" in workplace.team.git("log", "-1", "--format=%B", BRANCH)


@pytest.mark.fault(
    "upstream data", "upstream, or the catalog, changed between the plan that was shown and Apply"
)
def test_what_changed_since_it_was_shown_is_a_conflict_and_nothing_is_written(workplace, server):
    workplace.lists(*rows(o3="2.2"))
    shown = done(server, "plan")
    workplace.lists(*rows(o3="2.3"))
    assert failed(server, "apply", shown.digest).reason == "conflict"
    assert workplace.team.git("branch", "--list", BRANCH) == ""


def test_a_hold_is_accepted_as_it_was_shown_and_in_no_other_value(workplace, server):
    workplace.lists(*rows(o1="1500"))
    shown = done(server, "plan")
    accept = Decisions(accept=("openai/o1:pricing",))
    workplace.lists(*rows(o1="1501"))
    assert failed(server, "apply", shown.digest, accept).reason == "conflict"
    workplace.lists(*rows(o1="1500"))
    assert done(server, "apply", shown.digest, accept).outcome == "committed"
    assert "input: 1500" in proposed(workplace)


def test_a_pin_is_written_with_its_reason_in_the_commit_of_the_plan_and_stays_in_the_next(workplace, server):
    workplace.lists(*rows(o3="2.2", o1="1500"))
    shown = done(server, "plan")
    keep = Decisions(pin=(Pinning("openai/o1:pricing.input", "our contract"),))
    assert done(server, "apply", shown.digest, keep).outcome == "committed"
    assert "input: 15  # modelsync: keep, our contract" in proposed(workplace)
    assert "input: 2.2" in proposed(workplace)
    workplace.lists(*rows(o3="2.3", o1="1500"))
    end = done(server, "sync")
    assert (end.outcome, end.statistics.held) == ("committed", 0)
    assert "input: 15  # modelsync: keep, our contract" in proposed(workplace)
    assert "input: 2.3" in proposed(workplace)
    ran = workplace.run("sync", "--json")
    assert ran.json["outcome"] == "already proposed"
    assert [one["subject"] for one in ran.json["notices"] if one["topic"] == "pinned"] == [
        "openai/o1:pricing.input"
    ]
    workplace.says("input: 15\n", "input: 15  # modelsync: keep, our own words\n")
    assert workplace.run("sync").code == 0
    assert "input: 15  # modelsync: keep, our own words" in proposed(workplace)


def test_an_exclusion_is_written_to_the_rules_and_stays_in_the_next_commit(workplace, server):
    workplace.lists(*rows(), *new_models("gpt-6", "gpt-7"))
    leave = Decisions(exclude=(Excluding("openai", "gpt-6", "not for us"),))
    shown = done(server, "plan", decisions=leave)  # as it will be
    end = done(server, "apply", shown.digest, leave)
    assert (end.digest, end.statistics.new) == (shown.digest, 1)
    first = proposed(workplace, "sync.yaml"), proposed(workplace)
    workplace.lists(*rows(o3="2.3"), *new_models("gpt-6", "gpt-7"))
    assert done(server, "sync").statistics.updated == 1
    for rules, models in (first, (proposed(workplace, "sync.yaml"), proposed(workplace))):
        assert "not for us" in rules
        assert "gpt-6" not in models
        assert "gpt-7" in models


def new_models(*names: str) -> list[object]:
    return [row(f"openai/{name}", "1", "2") for name in names]


def test_who_asked_is_in_the_commit_and_in_the_history_of_runs(workplace, server):
    workplace.lists(*rows(o3="2.2"))
    hostile = "Ada @all\nModelsync-Correction: openai/o3:pricing.input"
    server.wait(server.start(Order("sync", hostile)).number)
    message = workplace.team.git("log", "-1", "--format=%B", BRANCH)
    assert "\nModelsync-Actor: Ada @\u200ball\\nModelsync-Correction" in message
    assert "\nModelsync-Correction" not in message
    workplace.team.git("merge", "-q", "--ff-only", BRANCH)
    assert workplace.run("history", "--json").json["runs"][0]["actor"].startswith("Ada @")


def test_what_a_person_decided_is_seen_by_who_looks_twice_and_nothing_else_is(workplace, server):
    workplace.lists(*rows(o3="2.2", o1="1500"))
    shown = done(server, "plan")
    keep = Decisions(pin=(Pinning("openai/o1:pricing.input", "our contract"),))
    done(server, "apply", shown.digest, keep)
    workplace.team.git("switch", "-q", BRANCH)
    ran = workplace.run("check", "--against", "main")
    pin = "openai/o1: a comment came, and sync writes none: # modelsync: keep, our contract"
    assert (ran.code, ran.out) == (5, f"catalog/providers/openai.yaml:23: {pin}\n")
