"""What a plan of a server says beside its changes: what is proposed already, and what other lists say."""

from __future__ import annotations

from serving import done, server_of

from modelsync.jobs.serve.server import Server
from modelsync.records import Report
from workplace import BRANCH, rows


def planned(server: Server) -> Report:
    """The report of a new plan."""
    done(server, "plan")
    report = server.report(server.jobs[0].number)
    assert report
    return report


def test_a_plan_says_whether_it_is_proposed_already_and_where(workplace, remote, github, monkeypatch):
    for name, value in github.environment.items():
        monkeypatch.setenv(name, value)
    workplace.lists(*rows(o3="2.2"))
    with server_of(workplace, pr=True) as server:
        before = planned(server)
        assert (before.outcome, before.branch, before.pull_request) == ("planned", "", None)
        done(server, "apply", before.digest)
        same = planned(server)
        assert (same.outcome, same.branch) == ("already proposed", BRANCH)
        assert same.pull_request
        assert same.pull_request.number == github.pulls[0].number
        workplace.lists(*rows(o3="2.3"))
        other = planned(server)
        assert (other.outcome, other.branch, other.pull_request) == ("planned", BRANCH, same.pull_request)
