"""A server whose jobs push and propose: a real remote on disk, and a forge that is played."""

from __future__ import annotations

import pytest
from serving import done, failed, proposed, server_of

from modelsync.jobs.decisions import Decisions, Pinning
from modelsync.jobs.serve.events import Event
from modelsync.records.progress import Pushed
from workplace import BRANCH, rows


def test_apply_ends_in_a_pull_request_which_the_next_sync_updates_and_declined_changes_are_held(
    workplace, remote, github, monkeypatch
):
    for name, value in github.environment.items():
        monkeypatch.setenv(name, value)
    workplace.lists(*rows(o3="2.2", o1="1500"))
    before = workplace.state()
    with server_of(workplace, pr=True) as server:
        shown = done(server, "plan")
        keep = Decisions(pin=(Pinning("openai/o1:pricing", "our contract"),))
        end = done(server, "apply", shown.digest, keep)
        assert (end.pushed, end.pull_request.state, end.unpublished) == (f"origin/{BRANCH}", "created", "")
        assert pushed(server.events()).pull_request == end.pull_request
        (pull,) = github.pulls
        assert "our contract" in pull.body
        assert "keep, our contract" in remote.git("show", f"{BRANCH}:catalog/providers/openai.yaml")
        pull.state = "closed"
        remote.git("branch", "-D", BRANCH)
        workplace.team.git("branch", "-D", BRANCH)
        shown = done(server, "plan")
        assert shown.statistics.held == 2
        assert [hold.guard for hold in server.report(server.jobs[0].number).plan.holds].count("declined") == 1
        assert done(server, "apply", shown.digest).outcome == "nothing"
    after = workplace.state()
    assert [after[what] for what in ("HEAD", "index", "status", "files")] == [
        before[what] for what in ("HEAD", "index", "status", "files")
    ]


def pushed(events: tuple[Event, ...]) -> Pushed:
    (found,) = (event.happening for event in events if isinstance(event.happening, Pushed))
    return found


def test_a_commit_of_a_persons_on_the_branch_stays_and_is_said(workplace, remote):
    workplace.lists(*rows(o3="2.2"))
    with server_of(workplace, push=True) as server:
        done(server, "sync")
        workplace.team.git("switch", "-q", BRANCH)
        workplace.says("input: 2.50 ", "input: 2.40 ")
        workplace.team.git("push", "-q", "origin", BRANCH)
        workplace.team.git("switch", "-q", "main")
        end = failed(server, "sync")
    assert end.reason == "git"
    assert "somebody committed" in end.what
    assert "input: 2.40 " in proposed(workplace)


@pytest.mark.fault("git", "a remote that is gone while a server starts, and while its job pushes")
def test_a_remote_that_is_gone_fails_the_job_and_not_the_server(workplace, remote):
    workplace.team.git("fetch", "-q", "origin")
    remote.path.rename(remote.path.with_suffix(".gone"))
    with server_of(workplace, push=True) as server:
        assert server.base.branch == "main"
        assert failed(server, "sync").reason == "git"
        remote.path.with_suffix(".gone").rename(remote.path)
        assert done(server, "sync").outcome == "nothing"
