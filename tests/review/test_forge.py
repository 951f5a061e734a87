"""What each forge can have done to a repository, asked of the same one played three ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from modelsync.errors import GitRefused
from modelsync.records import ReviewPolicy
from modelsync.review.forge.detection import choose
from modelsync.review.forge.forge import Forge
from played_forge import FORGES, REPOSITORY, TOKEN, GitHub, Pull
from played_forge import Forge as Played
from repositories import GitRepository

MARK = "<!-- modelsync:dashboard -->"


@pytest.fixture(params=FORGES, ids=lambda kind: kind.kind)
def played(request: pytest.FixtureRequest, repository: GitRepository) -> Iterator[Played]:
    """A forge with one open pull request."""
    repository.git("branch", "modelsync/all")
    with request.param(repository.path / ".git") as started:
        started.pulls.append(Pull(1, "~1", "old", "modelsync/all", "main"))
        yield started
    assert started.wrong == []


@pytest.fixture
def forge(played: Played) -> Iterator[Forge]:
    with choose(ReviewPolicy(), "", played.environment, str).opened() as opened:
        yield opened


def test_a_pull_request_is_told_in_the_words_of_its_forge(forge, played):
    assert (forge.name, forge.request, forge.sign) == (played.name, played.word, played.sign)
    assert f"{played.sign}1" == f"{forge.sign}{forge.open('modelsync/all', 'main').number}"


def test_it_is_changed_and_closed_and_opened_again(forge, played):
    forge.update(1, "~2", "a\nb")
    assert (forge.open("modelsync/all", "main").title, played.pulls[0].body) == ("~2", "a\nb")
    assert forge.open("modelsync/all", "main").body == "a\nb"
    forge.close(1, "done")
    assert forge.open("modelsync/all", "main") is None
    assert [pull.body for pull in forge.closed("modelsync/all", "main")] == ["done"]
    assert forge.reopen(1)
    assert played.pulls[0].state == "open"
    assert [*forge.closed("modelsync/all", "main")] == []


def test_what_was_merged_was_not_declined(forge, played):
    played.pulls[0].state = "merged"
    assert [*forge.closed("modelsync/all", "main")] == []
    assert not forge.reopen(1)


def test_a_second_one_of_the_same_branch_is_no_error(forge, played):
    assert forge.create("modelsync/all", "main", "~1", "body") is None


def test_comments_are_written_and_read(forge, played):
    forge.comment(1, "kept")
    assert [*forge.comments(1)] == ["kept"]


def test_labels_are_read_and_taken_by_name(forge, played):
    played.pulls[0].labels += ["modelsync:rebuild", "a/b c"]
    pull = forge.open("modelsync/all", "main")
    assert pull.labels == ("modelsync:rebuild", "a/b c")
    for label in (*pull.labels, "no such"):
        forge.remove_label(pull, label)
    assert played.pulls[0].labels == []


def test_one_issue_is_known_by_its_mark_and_kept_up_to_date(forge, played):
    assert forge.issue(MARK) is None
    forge.create_issue("Another", "no mark")
    made = forge.create_issue("Dashboard", f"one\n{MARK}")
    forge.create_issue("A copy", MARK)
    assert forge.issue(MARK) == made
    forge.update_issue(made, "Dashboard", f"two\n{MARK}", is_open=False)
    closed = forge.issue(MARK)
    assert (closed.body, closed.is_open) == (f"two\n{MARK}", False)
    forge.update_issue(closed, "Dashboard", f"three\n{MARK}")
    assert forge.issue(MARK).is_open


def test_a_stranger_who_copies_the_mark_is_not_believed(repository):
    with (
        GitHub(repository.path / ".git") as played,
        choose(ReviewPolicy(), "", played.environment, str).opened() as forge,
    ):
        forge.create_issue("Mine", MARK)
        played.issues[0].author = "NONE"
        assert forge.issue(MARK) is None


def test_it_merges_by_itself_at_the_commit_that_was_looked_at_until_that_is_taken_back(forge, played):
    assert not forge.open("modelsync/all", "main").merges_itself
    forge.merge_when_green(1, "a" * 40, "main")
    assert played.pulls[0].merges_itself == "a" * 40
    assert forge.open("modelsync/all", "main").merges_itself in (True, None)
    for _ in range(2):
        forge.merge_by_hand(1)
        assert played.pulls[0].merges_itself == ""


def test_nothing_merges_by_itself_where_no_check_is_required(forge, played):
    played.requires_checks = False
    with pytest.raises(GitRefused) as refused:
        forge.merge_when_green(1, "a" * 40, "main")
    assert played.pulls[0].merges_itself == ""
    assert refused.value.advice


@pytest.mark.parametrize("status", ["pending", "success", "failure"])
def test_a_check_is_said_on_its_commit(forge, played, status):
    forge.set_status("b" * 40, status, "modelsync", "x" * 1000, "https://ci.example/1")
    ((stated,),) = played.statuses.values()
    assert "modelsync" in (stated.get("context"), stated.get("name"))
    assert (stated["target_url"], len(stated["description"])) == (
        "https://ci.example/1",
        255 if played.kind == "gitlab" else 140,
    )


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429, 500])
def test_a_refusal_names_the_forge_and_shows_no_token(forge, played, status):
    played.fails("comment", status, f"no, {TOKEN}", done=False)
    with pytest.raises(GitRefused) as caught:
        forge.comment(1, "text")
    assert f"{played.name} refuses with HTTP {status}" in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert caught.value.advice


# ---------------------------------------------------------------------------- which forge, and where

GITHUB = {"GITHUB_TOKEN": TOKEN}
GITLAB = {"GITLAB_TOKEN": TOKEN}
GITEA = {"GITEA_TOKEN": TOKEN}
AT_GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_API_URL": "https://ci.example",
    "GITHUB_REPOSITORY": "another/one",
}
AT_GITEA = AT_GITHUB | {"GITEA_ACTIONS": "true"}


@pytest.mark.parametrize(
    ("address", "policy", "environment", "name", "api"),
    [
        ("git@github.com:acme/prices.git", {}, GITHUB, "GitHub", "https://api.github.com"),
        ("https://x:y@github.com/acme/prices", {}, GITHUB, "GitHub", "https://api.github.com"),
        ("ssh://git@ghe.acme.com:22/acme/prices.git", {}, GITHUB, "GitHub", "https://ghe.acme.com/api/v3"),
        ("git@gitlab.com:acme/prices.git", {}, GITLAB, "GitLab", "https://gitlab.com/api/v4"),
        ("https://gitlab.acme.com:8443/acme/prices", {}, GITLAB, "GitLab", "https://gitlab.acme.com:8443/api/v4"),
        ("https://codeberg.org/acme/prices.git", {}, GITEA, "Gitea", "https://codeberg.org/api/v1"),
        ("https://git.acme.com/acme/prices", {"forge": "forgejo"}, GITEA, "Gitea", "https://git.acme.com/api/v1"),
        (
            *("https://git.acme.com/acme/prices", {"api": "https://git.acme.com/git/api/v3/"}, GITHUB),
            *("GitHub", "https://git.acme.com/git/api/v3"),
        ),
        (
            *("/srv/prices.git", {}, GITEA | {"GITEA_ACTIONS": "true", "GITHUB_API_URL": "https://t.acme/api/v1"}),
            *("Gitea", "https://t.acme/api/v1"),
        ),
        (
            *("git@github.com:acme/prices.git", {}, GITLAB | {"CI_API_V4_URL": "https://g.acme/api/v4"}),
            *("GitLab", "https://g.acme/api/v4"),
        ),
        (
            *("https://gitea.acme.com/acme/prices", {"forge": "gitea"}, GITEA | AT_GITHUB),
            *("Gitea", "https://gitea.acme.com/api/v1"),
        ),
        (
            *("git@github.com:acme/prices", {"forge": "github"}, GITHUB | AT_GITEA),
            *("GitHub", "https://api.github.com"),
        ),
        (
            *("git@github.com:acme/prices", {"forge": "github"}, GITHUB | {"CI_API_V4_URL": "https://g.acme"}),
            *("GitHub", "https://api.github.com"),
        ),
    ],
)  # fmt: skip
def test_settings_come_before_the_environment_and_that_before_the_remote(
    address, policy, environment, name, api
):
    repository = {"repository": REPOSITORY} if address.startswith("/") else {}
    chosen = choose(ReviewPolicy(**policy, **repository), address, environment, str)
    assert (chosen.kind.forge.name, chosen.repository.api) == (name, api)
    assert chosen.repository.path == REPOSITORY


def test_a_token_goes_to_no_host_that_only_this_branch_names():
    address = "git@github.com:acme/prices.git"
    policy = ReviewPolicy(api="https://evil.example/api/v3")
    with pytest.raises(GitRefused, match="no token is sent there"):
        choose(policy, address, GITHUB, str)
    with pytest.raises(GitRefused, match="no token is sent there"):
        choose(ReviewPolicy(api="http://api.github.com"), address, GITHUB, str)
    reviewed = choose(policy, address, GITHUB, lambda: "https://evil.example/api/v3/")
    assert reviewed.repository.api == "https://evil.example/api/v3"


@pytest.mark.parametrize(
    ("environment", "forge", "names"),
    [
        (GITLAB | GITEA, "github", "GITHUB_TOKEN or GH_TOKEN"),
        (GITHUB | GITEA, "gitlab", "GITLAB_TOKEN or CI_JOB_TOKEN"),
        (GITHUB | GITLAB, "gitea", "GITEA_TOKEN or FORGEJO_TOKEN"),
    ],
)
def test_the_token_of_one_forge_is_never_sent_to_another(environment, forge, names):
    with pytest.raises(GitRefused, match=names):
        choose(ReviewPolicy(forge=forge), "https://git.acme.com/acme/prices", environment, str)


def test_the_token_of_a_job_is_sent_as_such():
    chosen = choose(
        ReviewPolicy(), "https://gitlab.com/a/b/c", {"CI_JOB_TOKEN": "job", "GITLAB_TOKEN": ""}, str
    )
    with chosen.opened() as forge:
        assert forge._headers == {"JOB-TOKEN": "job"}
    assert chosen.repository.path == "a/b/c"


@pytest.mark.parametrize("address", ["", "/srv/prices.git", "../prices.git", "file:///srv/prices.git"])
def test_a_remote_that_names_no_forge_is_told(address: str, tmp_path: Path) -> None:
    with pytest.raises(GitRefused, match="no repository of GitHub is known"):
        choose(ReviewPolicy(), address, GITHUB, str)
