"""One run, one branch, one pull request: on a real remote, and on each forge played with its state."""

from __future__ import annotations

from pathlib import Path

import pytest

from fault_server import reply
from played_forge import FORGES, LOST, TOKEN, Forge, GitHub, Pull
from proposing import fresh, propose, run
from repositories import GitRepository
from workplace import BRANCH, Workplace, rows


def reviewed(workplace: Workplace, remote: GitRepository, folder: Path) -> str:
    """A reviewer's commit on the review branch of the remote."""
    reviewer = fresh(workplace, remote, folder).team
    reviewer.git("switch", "-q", BRANCH)
    reviewer.write("notes.txt", f"Looked at it in {folder}.\n".encode())
    commit = reviewer.commit_all("A note")
    reviewer.git("push", "-q", "origin", BRANCH)
    return commit


# ---------------------------------------------------------------------------- one, and the same


def test_a_run_opens_one_pull_request_with_its_branch(workplace, remote, forge):
    ran = propose(workplace, forge, o3="2.2")
    assert ran.code == 0, ran.err
    (pull,) = forge.open
    assert (pull.head, pull.base) == (BRANCH, "main")
    assert pull.title == workplace.team.git("log", "-1", "--format=%s", BRANCH)
    assert "| `pricing.input` | 2 | 2.2 |" in pull.body
    assert remote.git("rev-parse", BRANCH) == workplace.team.git("rev-parse", BRANCH)
    assert f"{forge.word}" in ran.out
    assert "(created)" in ran.out


def test_the_result_says_where_it_is(workplace, github):
    answer = propose(workplace, github, "--json", o3="2.2").json
    assert answer["pushed"] == f"origin/{BRANCH}"
    address = "https://github.example/acme/prices/pull/1"
    assert answer["pull_request"] == {"number": 1, "url": address, "state": "created"}


def test_the_next_days_list_updates_the_same_one_on_any_machine(workplace, remote, forge, tmp_path):
    propose(workplace, forge, o3="2.2")
    elsewhere = fresh(workplace, remote, tmp_path)
    assert propose(elsewhere, forge, o3="2.1").code == 0
    (pull,) = forge.pulls
    assert "| 2 | 2.1 |" in pull.body
    assert remote.git("rev-list", "--count", f"main..{BRANCH}") == "1"
    tip, before = remote.git("rev-parse", BRANCH), repr(forge.pulls)
    for place in (elsewhere, workplace):
        assert propose(place, forge, o3="2.1").code == 0
        assert (remote.git("rev-parse", BRANCH), repr(forge.pulls)) == (tip, before)


@pytest.mark.fault("forges", "a pull request of a fork whose branch has our name")
def test_one_of_a_fork_with_a_branch_of_that_name_is_nobody_of_ours(workplace, forge):
    forge.pulls.append(Pull(1, "A stranger's", "", BRANCH, "main", fork=True))
    assert propose(workplace, forge, o3="2.2").code == 0
    theirs, ours = forge.open
    assert (theirs.title, ours.head) == ("A stranger's", BRANCH)
    forge.close(theirs)
    theirs.body = ours.body  # which would decline what it says
    assert propose(workplace, forge, o3="2.2").code == 0
    assert forge.open == [ours]


@pytest.mark.fault("forges", "a list that is longer than a page")
def test_lists_are_read_page_after_page(workplace, remote, forge):
    forge.page = 1
    old = [Pull(at, "An old one", "", BRANCH, "main", "closed") for at in (1, 2)]
    forge.pulls += old
    propose(workplace, forge, o3="2.2")
    ours = forge.pulls[2]
    forge.pulls += [Pull(at, "Later", "", "another", "main", "closed") for at in (4, 5)]
    forge.close(ours)
    remote.git("update-ref", "-d", f"refs/heads/{BRANCH}")
    assert "declined in" in propose(workplace, forge, o3="2.2").out
    assert forge.asked.count("closed") > 3


def test_a_base_that_moved_on_is_what_the_proposal_begins_on(workplace, remote, github):
    propose(workplace, github, o3="2.2")
    workplace.team.git("switch", "-q", "main")
    workplace.team.write("README.md", b"Prices.\n")
    workplace.team.commit_all("A readme")
    workplace.team.git("push", "-q", "origin", "main")
    assert propose(workplace, github, o3="2.2").code == 0
    assert remote.git("rev-parse", f"{BRANCH}~1") == remote.git("rev-parse", "main")


def test_the_base_may_be_another_branch_than_the_usual_one(workplace, remote, github):
    workplace.configure("review: {base: next}\n")
    workplace.team.git("switch", "-q", "-c", "next")
    workplace.team.commit_all("Another base")
    workplace.team.git("push", "-q", "origin", "next")
    workplace.lists(*rows(o3="2.2"))
    ran = workplace.run("sync", "--pr", **github.environment)
    assert ran.code == 0, ran.err
    assert github.open[0].base == "next"


def test_what_is_not_pushed_goes_into_no_proposal(workplace, github):
    workplace.team.write("secret.txt", b"not yet\n")
    workplace.team.commit_all("Not pushed")
    ran = propose(workplace, github, o3="2.2")
    assert ran.code == 6
    assert "HEAD has commits that origin/main has not" in ran.err
    assert github.asked == []


def test_nor_does_it_from_the_review_branch_itself(workplace, remote, github):
    workplace.team.write("secret.txt", b"not yet\n")
    workplace.team.commit_all("Not pushed")
    workplace.lists(*rows(o3="2.2"))
    assert workplace.run("sync").code == 0
    assert workplace.team.git("symbolic-ref", "--short", "HEAD") == BRANCH
    ran = workplace.run("sync", "--push", **github.environment)
    assert ran.code == 6
    assert "HEAD has commits that origin/main has not" in ran.err
    assert remote.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_what_was_committed_before_is_pushed_from_the_review_branch(workplace, remote, github):
    workplace.lists(*rows(o3="2.2"))
    assert workplace.run("sync").code == 0
    ran = workplace.run("sync", "--push", **github.environment)
    assert ran.code == 0, ran.err
    assert remote.git("rev-parse", BRANCH) == workplace.team.git("rev-parse", BRANCH)


# ---------------------------------------------------------------------------- people


@pytest.mark.fault("forges", "a reviewer's commit on the review branch of the remote")
def test_a_commit_of_a_reviewer_is_kept_and_that_is_said_once(workplace, remote, forge, tmp_path):
    propose(workplace, forge, o3="2.2")
    theirs, body = reviewed(workplace, remote, tmp_path), forge.open[0].body
    for _ in range(2):
        ran = propose(workplace, forge, o3="2.1")
        assert ran.code == 6
        assert f"somebody committed {theirs[:10]} to the review branch" in ran.err
        assert (remote.git("rev-parse", BRANCH), forge.open[0].body) == (theirs, body)
        (comment,) = forge.open[0].comments
        assert f"--replace {theirs[:10]}" in comment


@pytest.mark.fault("forges", "a reviewer's commit on the review branch of the remote")
def test_replace_drops_the_commit_that_it_names_and_no_other(workplace, remote, github, tmp_path):
    propose(workplace, github, o3="2.2")
    first = reviewed(workplace, remote, tmp_path)
    second = reviewed(workplace, remote, tmp_path / "again")
    assert propose(workplace, github, "--replace", second[:10], o3="2.1").code == 6
    assert remote.git("rev-parse", BRANCH) == second
    both = ("--replace", second[:10], "--replace", first)
    assert propose(workplace, github, *both, o3="2.1").code == 0
    assert remote.git("rev-list", "--count", f"main..{BRANCH}") == "1"
    assert "| 2 | 2.1 |" in github.open[0].body


@pytest.mark.parametrize("word", ["", "abc", "HEAD", "--force"])
def test_replace_takes_a_commit_and_nothing_else(workplace, github, word):
    assert propose(workplace, github, f"--replace={word}", o3="2.1").code == 2


@pytest.mark.fault("forges", "a reviewer's commit on the review branch of the remote")
def test_the_label_has_the_branch_built_anew_once(workplace, remote, forge, tmp_path):
    propose(workplace, forge, o3="2.2")
    (pull,) = forge.open
    reviewed(workplace, remote, tmp_path)
    pull.labels.append("modelsync:rebuild")
    assert propose(workplace, forge, o3="2.2").code == 0
    assert remote.git("rev-list", "--count", f"main..{BRANCH}") == "1"
    assert (forge.open, pull.labels, pull.comments) == ([pull], [], [])
    theirs = reviewed(workplace, remote, tmp_path / "again")
    assert propose(workplace, forge, o3="2.2").code == 6
    assert remote.git("rev-parse", BRANCH) == theirs


def test_a_label_that_cannot_be_taken_away_drops_nothing(workplace, remote, github, tmp_path):
    propose(workplace, github, o3="2.2")
    theirs = reviewed(workplace, remote, tmp_path)
    github.open[0].labels.append("modelsync:rebuild")
    github.fails("unlabel", 403, done=False, times=9)
    assert propose(workplace, github, o3="2.2").code == 6
    assert remote.git("rev-parse", BRANCH) == theirs


def test_the_label_counts_once_where_nothing_is_left_to_propose_too(workplace, remote, github, tmp_path):
    propose(workplace, github, o3="2.2")
    (pull,) = github.open
    reviewed(workplace, remote, tmp_path)
    pull.labels.append("modelsync:rebuild")
    assert propose(workplace, github).code == 0
    assert (pull.state, pull.labels) == ("closed", [])


def test_the_label_says_nothing_of_what_is_committed_after_a_run_saw_it(workplace, remote, github, tmp_path):
    propose(workplace, github, o3="2.2")
    github.open[0].labels.append("modelsync:rebuild")
    assert propose(workplace, github, o3="2.2").code == 0
    assert github.open[0].labels == []


@pytest.mark.fault("forges", "a pull request that a person closes")
def test_closing_it_unmerged_declines_its_changes_on_any_machine(workplace, remote, forge, tmp_path):
    propose(workplace, forge, o3="2.2", o1="15.5")
    forge.close(forge.open[0])
    ran = propose(fresh(workplace, remote, tmp_path), forge, o3="2.2", o1="15.5")
    assert (ran.code, forge.open) == (0, [])
    assert f"declined in {forge.sign}1" in ran.out
    again = propose(fresh(workplace, remote, tmp_path / "second"), forge, o3="2.3", o1="15.5")
    assert again.code == 0, again.err
    (pull,) = forge.open
    assert "| 2 | 2.3 |" in pull.body
    assert "15.5" not in pull.body.partition("declined in")[0].partition("Held")[0]


def test_what_was_declined_is_accepted_by_its_name(workplace, remote, github, tmp_path):
    propose(workplace, github, o3="2.2")
    github.close(github.open[0])
    workplace.team.git("push", "-q", "origin", "--delete", BRANCH)
    ran = propose(fresh(workplace, remote, tmp_path), github, "--accept", "openai/o3:pricing.input", o3="2.2")
    assert ran.code == 0, ran.err
    assert "| 2 | 2.2 |" in github.open[0].body
    assert "nothing is held by this name" not in ran.out


def test_a_body_that_somebody_edited_declines_nothing(workplace, remote, github, tmp_path):
    propose(workplace, github, o3="2.2")
    (pull,) = github.pulls
    github.close(pull)
    pull.body = pull.body.replace("modelsync:changes e", "modelsync:changes f")
    assert propose(fresh(workplace, remote, tmp_path), github, o3="2.2").code == 0
    assert len(github.open) == 1


@pytest.mark.fault("forges", "a merge that deletes the branch, or makes one commit of several")
def test_after_a_merge_that_deletes_the_branch_a_new_one_is_opened_and_nothing_declined(
    workplace, remote, forge
):
    propose(workplace, forge, o3="2.2")
    forge.merge(forge.open[0])
    assert propose(workplace, forge, o3="2.2").code == 0
    assert forge.open == []
    ran = propose(workplace, forge, o3="2.3")
    assert ran.code == 0, ran.err
    assert "| 2.2 | 2.3 |" in forge.open[0].body
    assert remote.git("rev-list", "--count", f"main..{BRANCH}") == "1"


@pytest.mark.fault("forges", "a merge that deletes the branch, or makes one commit of several")
def test_a_reviewers_commit_that_is_merged_as_one_with_ours_holds_up_nothing(
    workplace, remote, forge, tmp_path
):
    propose(workplace, forge, o3="2.2")
    reviewed(workplace, remote, tmp_path)
    forge.squash(forge.open[0])
    ran = propose(workplace, forge, o3="2.3")
    assert ran.code == 0, ran.err
    assert "| 2.2 | 2.3 |" in forge.open[0].body
    assert remote.git("rev-list", "--count", f"main..{BRANCH}") == "1"


# ---------------------------------------------------------------------------- nothing left, or not known


@pytest.mark.fault("forges", "a day on which nothing is left to propose")
def test_one_that_nothing_is_left_of_is_closed_and_opened_again_when_there_is_news(
    workplace, remote, forge, tmp_path
):
    propose(workplace, forge, o3="2.2")
    ran = propose(workplace, forge)
    assert ran.code == 0, ran.err
    (pull,) = forge.pulls
    assert pull.state == "closed"
    assert pull.body.splitlines()[1].startswith("**Closed by modelsync on 2")
    assert f"{forge.word}" in ran.out
    assert "(closed)" in ran.out
    tip = remote.git("rev-parse", BRANCH)
    assert propose(fresh(workplace, remote, tmp_path), forge).code == 0
    assert (pull.state, remote.git("rev-parse", BRANCH)) == ("closed", tip)
    ran = propose(fresh(workplace, remote, tmp_path / "second"), forge, o3="2.2", o1="15.5")
    assert ran.code == 0, ran.err
    assert "(reopened)" in ran.out
    assert (forge.pulls, pull.state) == ([pull], "open")
    assert "| 2 | 2.2 |" in pull.body  # which the run that closed it did not decline
    assert "| 15 | 15.5 |" in pull.body
    assert "Closed by modelsync" not in pull.body
    assert remote.git("rev-parse", BRANCH) != tip


@pytest.mark.fault("forges", "a pull request that cannot be opened again")
def test_where_it_cannot_be_opened_again_another_one_is(workplace, remote, forge):
    propose(workplace, forge, o3="2.2")
    propose(workplace, forge)
    forge.pulls[0].left_at = "elsewhere"
    assert propose(workplace, forge, o3="2.3").code == 0
    assert [pull.state for pull in forge.pulls] == ["closed", "open"]


@pytest.mark.fault("forges", "a source that fails while a pull request waits")
def test_a_list_that_fails_closes_nothing_and_says_since_when_it_is_not_confirmed(
    workplace, remote, forge, tmp_path
):
    propose(workplace, forge, "--prune", o3=None)
    (pull,) = forge.open
    tip = remote.git("rev-parse", BRANCH)
    workplace.answers(reply(b"gone", status=404))
    for day in ("1790000000", "1790200000"):
        ran = run(fresh(workplace, remote, tmp_path / day), forge, "--prune", SOURCE_DATE_EPOCH=day)
        assert ran.code == 7
        assert (forge.open, remote.git("rev-parse", BRANCH)) == ([pull], tip)
        assert "Not confirmed since 2026-09-21: no whole answer of `openrouter`." in pull.body
        assert pull.body.count("Not confirmed") == 1
    assert propose(workplace, forge, "--prune", o3=None).code == 0
    assert "Not confirmed" not in pull.body


@pytest.mark.fault("forges", "a source that fails while a pull request waits")
def test_what_stays_proposed_while_a_list_fails_says_so_too(workplace, github):
    propose(workplace, github, o3="2.2")
    workplace.answers(reply(b"gone", status=404))
    for day in ("1790000000", "1790200000"):
        assert run(workplace, github, SOURCE_DATE_EPOCH=day).code == 7
        assert "Not confirmed since 2026-09-21: no whole answer of `openrouter`." in github.open[0].body
    assert propose(workplace, github, o3="2.2").code == 0
    assert "Not confirmed" not in github.open[0].body


def test_a_run_that_asks_for_a_part_closes_nothing(workplace, github):
    propose(workplace, github, "--prune", o3=None)
    assert propose(workplace, github, "--prune", "--only", "anthropic", o3=None).code == 0
    assert len(github.open) == 1


# ---------------------------------------------------------------------------- whatever the forge answers


DONE = {"status": 502}, {"status": LOST}
NOT_DONE = {"status": 502, "done": False}, {"status": LOST, "done": False}, {"status": 429, "done": False}


@pytest.mark.fault("forges", "a request that fails, with or without having been carried out")
@pytest.mark.parametrize(
    ("forge", "call", "how"),
    [
        *((kind, "create", how) for kind in FORGES for how in DONE),
        *((GitHub, "create", how) for how in NOT_DONE),
        (GitHub, "open", {"status": 403, "message": "Resource not accessible"}),
        (GitHub, "closed", {"status": 404}),
    ],
    indirect=["forge"],
)
def test_there_is_exactly_one_pull_request_whatever_the_forge_answers(workplace, forge, call, how):
    forge.fails(call, **how)
    ran = propose(workplace, forge, o3="2.2")
    if how in DONE:
        assert ran.code == 0, ran.err
    else:
        assert (ran.code, forge.name in ran.err, "Traceback" in ran.err) == (6, True, False)
    forge.failures.clear()
    assert propose(workplace, forge, o3="2.2").code == 0
    assert len(forge.pulls) == 1


@pytest.mark.fault("forges", "a run that is killed at a request or after its push")
@pytest.mark.parametrize(
    ("forge", "call", "done"),
    [
        *((kind, "create", True) for kind in FORGES),
        *((GitHub, "closed", False), (GitHub, "open", True), (GitHub, "push", True)),
    ],
    indirect=["forge"],
)
def test_a_run_killed_at_any_call_ends_in_exactly_one_pull_request(workplace, forge, call, done):
    workplace.lists(*rows(o3="2.2"))
    killed_at(workplace, forge, call, done)
    assert propose(workplace, forge, o3="2.2").code == 0
    (pull,) = forge.pulls
    assert pull.state == "open"
    assert "| 2 | 2.2 |" in pull.body


@pytest.mark.fault("forges", "a run that is killed at a request or after its push")
@pytest.mark.parametrize("call", ["reopen", "push", "update"])
def test_nor_does_one_that_is_killed_while_it_opens_one_again(workplace, github, call):
    forge = github
    propose(workplace, forge, o3="2.2")
    propose(workplace, forge)
    workplace.lists(*rows(o3="2.3"))
    workplace.team.git("switch", "-q", "main")
    killed_at(workplace, forge, call, done=True)
    assert propose(workplace, forge, o3="2.3").code == 0
    (pull,) = forge.pulls
    assert pull.state == "open"
    assert "| 2 | 2.3 |" in pull.body
    assert "Closed by modelsync" not in pull.body


@pytest.mark.fault("forges", "a run that is killed at a request or after its push")
@pytest.mark.parametrize(("call", "price"), [("push", "2.3"), ("update", "2.3"), ("close", "2")])
def test_nor_does_one_that_is_killed_while_it_brings_one_up_to_date(workplace, github, call, price):
    propose(workplace, github, o3="2.2")
    workplace.lists(*rows(o3=price))
    workplace.team.git("switch", "-q", "main")
    killed_at(workplace, github, call, done=True)
    assert propose(workplace, github, o3=price).code == 0
    (pull,) = github.pulls
    assert pull.state == ("closed" if call == "close" else "open")
    assert call == "close" or f"| 2 | {price} |" in pull.body


def killed_at(workplace: Workplace, forge: Forge, call: str, done: bool) -> None:
    """A run that is killed before or after a call is done, or as soon as its branch is pushed."""
    tip, started, before = forge.tip(BRANCH), [], forge.on_call

    def on_call(name: str, after: bool) -> None:
        pushed = call == "push" and forge.tip(BRANCH) != tip
        if (name, after) == (call, done) or pushed:
            started[0].kill()
            started[0].wait()

    forge.on_call = on_call
    started.append(workplace.start("sync", "--pr", **forge.environment))
    started[0].communicate(timeout=60)
    assert started[0].returncode == -9
    forge.on_call = before


@pytest.mark.fault("forges", "a right that is missing")
def test_a_missing_right_is_named_with_the_setting_that_grants_it(workplace, forge):
    forge.fails("create", 403, "not permitted to create pull requests.", done=False)
    ran = propose(workplace, forge, o3="2.2")
    assert ran.code == 6
    assert forge.right in ran.err
    assert "Committed" in ran.out
    assert f"pushed: origin/{BRANCH}" in ran.out


def test_a_push_that_is_refused_leaves_the_commit_and_says_why(workplace, remote, github):
    hook = remote.path / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho protected branch >&2\nexit 1\n")
    hook.chmod(0o755)
    ran = propose(workplace, github, o3="2.2")
    assert ran.code == 6
    assert ran.err.splitlines()[:2] == [
        f"modelsync: origin/{BRANCH}: the remote protects the branch",
        "  remote: protected branch",
    ]
    assert workplace.team.git("rev-list", "--count", f"main..{BRANCH}") == "1"
    hook.unlink()
    assert propose(workplace, github, o3="2.2").code == 0
    assert len(github.open) == 1


def test_the_token_is_shown_nowhere(workplace, forge):
    forge.fails("create", 403, f"the token {TOKEN} may not", done=False)
    ran = propose(workplace, forge, "-v", o3="2.2")
    assert TOKEN not in ran.out + ran.err


@pytest.mark.fault("forges", "an answer that cannot be read")
@pytest.mark.parametrize(
    "body",
    [b"{}", b'[{"number": "one"}]', b"\xff", b'[{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}]"],
    ids=["no list", "no number", "no text", "deep"],
)
def test_an_answer_that_cannot_be_read_is_told_in_a_line(workplace, github, body):
    address = workplace.server.at("/api/repos/acme/prices/pulls", reply(body))
    base = address.partition("/repos")[0]
    workplace.lists(*rows(o3="2.2"))
    ran = workplace.run("sync", "--pr", **{**github.environment, "GITHUB_API_URL": base})
    assert ran.code == 6
    assert "Traceback" not in ran.err


# ---------------------------------------------------------------------------- without one


@pytest.mark.parametrize("words", [["--no-commit"], ["--no-branch"]])
def test_a_run_without_a_review_branch_has_nothing_to_propose(workplace, github, words):
    assert propose(workplace, github, *words, o3="2.2").code == 2


def test_without_a_token_or_a_remote_it_is_said_before_anything_is_done(workplace, github):
    workplace.lists(*rows(o3="2.2"))
    before = workplace.team.git("for-each-ref")
    ran = workplace.run("sync", "--pr", **{**github.environment, "GITHUB_TOKEN": ""})
    assert (ran.code, workplace.team.git("for-each-ref")) == (6, before)
    assert workplace.team.git("status", "--porcelain", "catalog") == ""
    assert "GITHUB_TOKEN or GH_TOKEN" in ran.err
    workplace.team.git("remote", "remove", "origin")
    ran = workplace.run("sync", "--push")
    assert ran.code == 6
    assert "there is no remote origin" in ran.err


def test_push_alone_asks_no_forge(workplace, remote, github):
    workplace.lists(*rows(o3="2.2"))
    ran = workplace.run("sync", "--push", **github.environment)
    assert ran.code == 0, ran.err
    assert remote.git("rev-parse", BRANCH) == workplace.team.git("rev-parse", BRANCH)
    assert github.asked == []


def test_printed_it_is_pushed_and_written_to_files_for_another_program(workplace, remote, github):
    workplace.lists(*rows(o3="2.2"))
    ran = workplace.run("sync", "--pr=print", "openrouter")
    assert ran.code == 0, ran.err
    assert remote.git("rev-parse", BRANCH) == workplace.team.git("rev-parse", BRANCH)
    folder = workplace.path / ".modelsync/pull-request"
    assert (folder / "title.txt").read_text() == "openrouter: ~1"
    assert "| 2 | 2.2 |" in (folder / "body.md").read_text()
    assert f"--head {BRANCH} --base main" in ran.out + ran.err


# ---------------------------------------------------------------------------- to whom the token goes


@pytest.mark.fault("secrets", "an unreviewed branch that names another host for a forge's token")
def test_no_token_goes_where_only_an_unreviewed_branch_says(workplace, remote, github):
    stranger = workplace.server.at("/api/repos/acme/prices/pulls", reply(b"[]")).partition("/repos")[0]
    workplace.configure(f"review: {{api: '{stranger}', repository: acme/prices}}\n")
    workplace.lists(*rows(o3="2.2"))
    ran = workplace.run("sync", "--pr", GITHUB_TOKEN=TOKEN)
    assert ran.code == 6
    assert "no token is sent there" in ran.err
    assert all(asked.path == "/models" for asked in workplace.server.asked)
    workplace.team.commit_all("Where the forge is")
    workplace.team.git("push", "-q", "origin", "main")
    assert "no token is sent there" not in workplace.run("sync", "--pr", GITHUB_TOKEN=TOKEN).err
    assert any(asked.path.startswith("/api/repos") for asked in workplace.server.asked)
