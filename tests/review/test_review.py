"""Which commits on the review branch are ours, and what they propose, whatever git keeps its names in."""

from __future__ import annotations

import os
import re
import shutil

import pytest

from modelsync.review.digest import digest
from workplace import BRANCH, OPENAI, Workplace, rows


@pytest.fixture
def waiting(workplace: Workplace) -> Workplace:
    """A repository, back on its first branch, with a proposal that waits."""
    workplace.team.write("catalog/empty", b"")
    workplace.team.git("add", "catalog/empty")
    workplace.team.git("commit", "-q", "--amend", "--no-edit")
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 0
    workplace.team.git("switch", "-q", "main")
    return workplace


# ---------------------------------------------------------------------------- when it is built anew


def test_the_review_branch_is_built_anew_when_upstream_moved_on(workplace):
    workplace.lists(*rows(o3="3"))
    workplace.run("sync")
    workplace.team.git("switch", "-q", "main")
    workplace.lists(*rows(o3="3.5"))
    assert workplace.run("sync").code == 0
    assert workplace.team.git("log", "--format=%s", "main..") == "openrouter: ~1"
    assert workplace.diff() == [
        "-        pricing: {input: 2, output: 8}   # one line is enough",
        "+        pricing: {input: 3.5, output: 8}   # one line is enough",
    ]


def test_on_the_review_branch_the_commit_goes_on_top(workplace):
    workplace.lists(*rows(o3="3"))
    workplace.run("sync")
    workplace.lists(*rows(o3="3.5"))
    assert workplace.run("sync").code == 0
    assert workplace.team.git("log", "--format=%s", "main..").splitlines() == ["openrouter: ~1"] * 2


@pytest.mark.fault("git", "a person's commit on the review branch")
def test_a_persons_commit_on_the_review_branch_is_not_lost(workplace):
    workplace.lists(*rows(o3="3"))
    workplace.run("sync")
    workplace.edit("# the same", "# exactly the same")
    workplace.team.commit_all("A person's")
    workplace.team.git("switch", "-q", "main")
    workplace.lists(*rows(o3="3.5"))
    before = workplace.state()
    ran = workplace.run("sync")
    assert ran.code == 6
    assert BRANCH in ran.err
    assert f"git branch -D {BRANCH}" in ran.err
    assert workplace.state() == before


def test_what_was_accepted_and_waits_is_not_held_again(workplace):
    workplace.lists(*rows(o3="20", gpt_4o="3"))
    workplace.run("sync", "--accept", "openai/o3:pricing.input")
    workplace.team.git("switch", "-q", "main")
    workplace.lists(*rows(o3="20", gpt_4o="3.1"))
    ran = workplace.run("sync", "--json")
    assert [change["model"] for change in ran.json["changes"]] == ["openai/gpt-4o", "openai/o3"]
    assert ran.json["holds"] == []
    assert "input: 20" in workplace.openai.read_text()


def test_another_value_than_the_accepted_one_is_held(workplace):
    workplace.lists(*rows(o3="20"))
    workplace.run("sync", "--accept", "openai/o3:*")
    workplace.team.git("switch", "-q", "main")
    workplace.lists(*rows(o3="200", gpt_4o="3"))
    held = workplace.run("sync", "--json").json["holds"]
    assert [hold["name"] for hold in held] == ["openai/o3:pricing.input"]


def test_the_branch_of_a_symlinked_file_is_still_known_as_ours(workplace):
    real = workplace.team.write("data/openai.yaml", OPENAI.encode())
    workplace.openai.unlink()
    workplace.openai.symlink_to(os.path.relpath(real, workplace.openai.parent))
    workplace.team.commit_all("Elsewhere")
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 0
    workplace.team.git("switch", "-q", "main")
    assert "Already proposed" in workplace.run("sync").out
    workplace.lists(*rows(o3="3.5"))
    assert workplace.run("sync").code == 0
    assert workplace.openai.is_symlink()


def test_no_branch_commits_where_one_is(workplace):
    workplace.lists(*rows(o3="3"))
    ran = workplace.run("sync", "--no-branch")
    assert ran.code == 0
    assert "git switch" not in ran.out
    assert workplace.team.git("symbolic-ref", "--short", "HEAD") == "main"
    assert workplace.team.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_a_detached_head_works_and_can_be_returned_to(workplace):
    workplace.team.git("switch", "-q", "--detach")
    sha = workplace.team.git("rev-parse", "HEAD")
    workplace.lists(*rows(o3="3"))
    ran = workplace.run("sync")
    assert ran.code == 0
    assert workplace.team.git("symbolic-ref", "--short", "HEAD") == BRANCH
    assert sha[:12] in ran.out


# ---------------------------------------------------------------------------- what waits, and whose it is


def test_is_found_among_packed_refs(waiting):
    waiting.team.git("pack-refs", "--all")
    assert "Already proposed" in waiting.run("sync").out


def test_is_found_in_a_worktree(waiting, tmp_path):
    waiting.team.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    side = Workplace(type(waiting.team)(tmp_path / "side"), waiting.server)
    assert "Already proposed" in side.run("sync").out


@pytest.mark.parametrize(
    "change",
    [
        lambda team: team.git("commit", "-q", "--amend", "--no-edit", "--trailer", "Reviewed-by: Ada"),
        lambda team: team.git("commit", "-q", "--amend", "-m", "Only the subject\n\n" + _trailers(team)),
        lambda team: team.git("commit", "-q", "--amend", "--no-edit", "--reset-author"),
    ],
)
def test_a_commit_is_ours_by_what_it_changes(waiting, change):
    waiting.team.git("switch", "-q", BRANCH)
    change(waiting.team)
    waiting.team.git("switch", "-q", "main")
    waiting.lists(*rows(o3="4"))
    assert waiting.run("sync").code == 0


def _trailers(team) -> str:
    return team.git("log", "-1", "--format=%(trailers)")


def _edit_and_amend(waiting: Workplace) -> None:
    waiting.edit("input: 3", "input: 3.3")
    waiting.team.git("commit", "-q", "-a", "--amend", "--no-edit")


def _comment_and_amend(waiting: Workplace) -> None:
    waiting.edit("# one line is enough", "# one line is too much")
    waiting.team.git("commit", "-q", "-a", "--amend", "--no-edit")


def _add_another_file(waiting: Workplace) -> None:
    waiting.team.write("notes.txt", b"mine\n")
    waiting.team.git("add", "notes.txt")
    waiting.team.git("commit", "-q", "--amend", "--no-edit")


def _add_an_empty_file(waiting: Workplace) -> None:
    waiting.team.write("catalog/KEEP", b"")
    waiting.team.git("add", "catalog/KEEP")
    waiting.team.git("commit", "-q", "--amend", "--no-edit")


def _change_a_mode(waiting: Workplace) -> None:
    waiting.openai.chmod(0o755)
    waiting.team.git("commit", "-q", "-a", "--amend", "--no-edit")


def _remove_an_empty_file(waiting: Workplace) -> None:
    waiting.team.git("rm", "-q", "catalog/empty")
    waiting.team.git("commit", "-q", "--amend", "--no-edit")


def _borrow_the_trailers(waiting: Workplace) -> None:
    message = waiting.team.git("log", "-1", "--format=%B")
    waiting.edit("# who pays", "# who pays, for now")
    waiting.team.git("commit", "-q", "-a", "-m", message)


def _end_lines_otherwise(waiting: Workplace) -> None:
    waiting.openai.write_bytes(waiting.openai.read_bytes().replace(b"\n", b"\r\n"))
    waiting.team.git("commit", "-q", "-a", "--amend", "--no-edit")


def _merge_main(waiting: Workplace) -> None:
    waiting.team.git("switch", "-q", "main")
    waiting.team.write("README.md", b"ours, again\n")
    waiting.team.commit_all("Elsewhere")
    waiting.team.git("switch", "-q", BRANCH)
    of_nothing = f"Merge\n\nModelsync-Digest: {digest({})}"  # which is what git says that a merge changes
    waiting.team.git("merge", "-q", "--no-ff", "-m", of_nothing, "main")


def _break_a_file(waiting: Workplace) -> None:
    message = waiting.team.git("log", "-1", "--format=%B")
    waiting.openai.write_text("{{ not YAML\n")
    waiting.team.git("commit", "-q", "-a", "-m", message)


@pytest.mark.fault("git", "a person's commit on the review branch")
@pytest.mark.parametrize(
    "change",
    [
        _edit_and_amend,
        _comment_and_amend,
        _add_another_file,
        _add_an_empty_file,
        _change_a_mode,
        _remove_an_empty_file,
        _borrow_the_trailers,
        _end_lines_otherwise,
        _merge_main,
        _break_a_file,
    ],
)
def test_what_a_person_did_there_is_not_lost(waiting, change):
    waiting.team.git("switch", "-q", BRANCH)
    change(waiting)
    waiting.team.git("branch", "a-copy")
    waiting.team.git("switch", "-q", "main")
    waiting.lists(*rows(o3="4"))
    before = waiting.state()
    ran = waiting.run("sync")
    assert (ran.code, BRANCH in ran.err) == (6, True)
    assert waiting.state() == before


def test_what_was_proposed_and_taken_back_there_is_no_proposal(workplace):
    workplace.edit("input: 5.00", "input: 5", "catalog/providers/anthropic.yaml")
    workplace.team.commit_all("As sync would write it")
    for price in ("6", "5"):
        workplace.lists(*rows(o3="3", claude_opus_5=price))
        workplace.run("sync")
    assert workplace.team.git("log", "--format=%s", "main..").splitlines() == [
        "openrouter: ~1",
        "openrouter: ~2",
    ]
    workplace.team.git("switch", "-q", "main")
    assert "Already proposed" in workplace.run("sync").out


def test_another_branch_of_ours_is_no_proposal(waiting):
    waiting.lists(*rows(o3="3", o1=None))
    assert waiting.run("prune").code == 0
    waiting.team.git("switch", "-q", "main")
    waiting.lists(*rows(o3="3"))
    assert "Already proposed" in waiting.run("sync").out
    assert "Nothing to do" in waiting.run("prune").out


def test_without_a_branch_of_its_own_a_run_looks_at_none(waiting):
    ran = waiting.run("sync", "--no-branch")
    assert "Committed" in ran.out
    assert waiting.team.git("log", "-1", "--format=%s", "main") == "openrouter: ~1"


def test_a_proposal_that_was_taken_back_upstream_stays_for_the_person(waiting):
    waiting.lists(*rows())
    before = waiting.state()
    assert "Nothing to do" in waiting.run("sync").out
    assert waiting.state() == before


# ---------------------------------------------------------------------------- several catalogs


def second(workplace: Workplace, folder: str) -> list[str]:
    """Another catalog of the same repository, and how a command names it."""
    shutil.copytree(workplace.path / "catalog", workplace.path / folder)
    workplace.team.commit_all("A second one")
    return ["--catalog", folder]


@pytest.mark.parametrize(
    ("folder", "branch"),
    [
        ("team-b", "modelsync/team-b/openrouter"),
        ("teams/b/catalog", "modelsync/teams/b/openrouter"),
        (".our models~/v1.2", "modelsync/%2Eour%20models%7E/v1%2E2/openrouter"),
    ],
)
def test_each_catalog_of_a_repository_proposes_on_a_branch_of_its_own(workplace, folder, branch):
    other = second(workplace, folder)
    for price in ("3", "4"):
        workplace.lists(*rows(o3=price))
        for catalog in ([], other):
            assert workplace.run(*catalog, "sync").code == 0
            workplace.team.git("switch", "-q", "main")
    for name, changed in ((BRANCH, "catalog"), (branch, folder)):
        only = workplace.team.git("-c", "core.quotePath=false", "diff", "--name-only", "main", name)
        assert only == f"{changed}/providers/openai.yaml"
    assert "Already proposed" in workplace.run(*other, "sync").out


def test_a_proposal_on_top_of_another_catalogs_is_built_anew_without_that(workplace):
    other = second(workplace, "team-b")
    for price in ("3", "4"):
        workplace.team.git("switch", "-q", "main")
        workplace.lists(*rows(o3=price))
        assert (workplace.run("sync").code, workplace.run(*other, "sync").code) == (0, 0)
    assert len(workplace.team.git("log", "--format=%h", "main..").splitlines()) == 2
    workplace.team.git("switch", "-q", BRANCH)
    assert "Already proposed" in workplace.run(*other, "sync").out


def test_catalogs_that_name_one_branch_do_not_drop_each_others_proposals(workplace):
    workplace.configure("review: {branch: 'bots/{source}'}\n")
    other = second(workplace, "team-b")
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 0
    workplace.team.git("switch", "-q", "main")
    before = workplace.state()
    ran = workplace.run(*other, "sync")
    assert (ran.code, "another catalog" in ran.err) == (6, True)
    assert workplace.state() == before


# ---------------------------------------------------------------------------- settings of git


@pytest.mark.fault("git", "settings of git, line ends and hooks that change how a proposal looks")
@pytest.mark.parametrize(
    "setting",
    [
        "core.commentChar M",
        "core.commentChar auto",
        "trailer.separators =",
        "log.follow true",
        "log.showRoot false",
        "log.showSignature true",
        "diff.orderFile README.md",
        "diff.renames copies",
        "diff.external false",
        "color.ui always",
        "core.quotePath false",
        "core.abbrev 4",
        "core.pager false",
        "core.fsmonitor false-program",
        "i18n.commitEncoding ISO-8859-1",
        "i18n.logOutputEncoding UTF-16",
        "status.branch true",
        "status.short true",
        "core.autocrlf true",
        "core.autocrlf input",
    ],
)
def test_no_setting_of_git_makes_a_proposal_a_persons(workplace, setting):
    workplace.team.git("config", *setting.split(" "))
    _proposed_twice(workplace)


@pytest.mark.fault("git", "settings of git, line ends and hooks that change how a proposal looks")
@pytest.mark.parametrize(
    "attributes", ["eol=crlf", "text eol=crlf", "text=auto eol=crlf", "text eol=lf", "-text"]
)
def test_no_attribute_of_line_ends_makes_a_proposal_a_persons(workplace, attributes):
    workplace.team.write(".gitattributes", f"*.yaml {attributes}\n".encode())
    workplace.team.commit_all("Line ends")
    _proposed_twice(workplace)


@pytest.mark.fault("git", "settings of git, line ends and hooks that change how a proposal looks")
@pytest.mark.parametrize(
    "change",
    [
        "printf '\\n[skip ci]\\n' >> $1",
        "printf '\\nChange-Id: I0a9bb9b43d\\n' >> $1",
        "sed -i 's/^openrouter/TICKET-7 openrouter/' $1",
        "sed -i '/^ /d' $1",
    ],
)
def test_no_hook_that_changes_the_message_makes_a_proposal_a_persons(workplace, change):
    workplace.team.hook("commit-msg", change)
    _proposed_twice(workplace)


def _proposed_twice(workplace: Workplace) -> None:
    for name in workplace.team.git("ls-files", "catalog/*").splitlines():
        (workplace.path / name).unlink()  # so that it is written as the settings say
    workplace.team.git("checkout", "-q", "--", ".")
    for price, outcome in (("3", "Committed"), ("3", "Already proposed"), ("4", "Committed")):
        workplace.lists(*rows(o3=price))
        ran = workplace.run("sync")
        assert (ran.code, outcome in ran.out) == (0, True), ran.err
        workplace.team.git("switch", "-q", "main")
    assert len(workplace.team.git("log", "--format=%h", f"main..{BRANCH}").splitlines()) == 1
    proposal = workplace.team.git("show", f"{BRANCH}:catalog/providers/openai.yaml")
    assert re.search("input: +4, output: 8}", proposal)


FORMATTERS = {
    "adds what it wrote": "sed -i 's/{input: /{ input:  /' $f && git add $f",
    "fails where it wrote": "sed -i '/{input: /{s//{ input:  /;w wrote\n}' $f; [ ! -s wrote ]",
    "ends lines otherwise": "sed -i 's/$/ /;s/ *$//' $f; sed -i -e '$a\\' $f; git add $f",
}


@pytest.mark.fault("git", "a hook that fails, hangs, or changes the commit")
@pytest.mark.parametrize("hook", FORMATTERS)
def test_what_a_formatter_makes_of_a_proposal_is_taken_and_known_as_ours(workplace, hook):
    workplace.team.git("config", "core.excludesFile", ".git/info/exclude")
    workplace.team.write(".git/info/exclude", b"wrote\n")
    workplace.team.hook("pre-commit", f"f=catalog/providers/openai.yaml\n{FORMATTERS[hook]}")
    _proposed_twice(workplace)


@pytest.mark.fault("git", "a hook that fails, hangs, or changes the commit")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("s/input: 3,/input: 33,/", "other bytes"),
        ("s/# who pays//", "other bytes"),
        ("/o4-mini/d", "other bytes"),
        ("s/{input/{{input/", "other bytes"),
        ("s/{input: /{input:  /;s/:    /: /", "each time"),
    ],
)
def test_what_a_hook_makes_of_a_proposal_is_refused_where_it_says_something_else(workplace, change, words):
    workplace.team.hook("pre-commit", f"sed -i '{change}' catalog/providers/openai.yaml; git add -u")
    workplace.lists(*rows(o3="3"))
    before = workplace.team.state() | {"files": workplace.openai.read_text()}
    ran = workplace.run("sync")
    assert (ran.code, words in ran.err) == (6, True), ran.err
    assert workplace.team.state() | {"files": workplace.openai.read_text()} == before
