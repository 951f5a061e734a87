"""What people decided is taken back or renewed, and a commit undone, by jobs of a server: real git, no source
asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from serving import done, run_of, server_of

from modelsync.errors import ModelsyncError, PlanStale
from modelsync.jobs import undo
from modelsync.jobs.decisions import standing
from modelsync.jobs.decisions.standing import Decision, Renewal
from modelsync.jobs.serve.events import Done, Failed, Order
from modelsync.jobs.serve.server import Server
from workplace import Workplace, rows

PERSONS = ("HEAD", "index", "status", "files")
RULES = """\
exclude:
  # too old for us
  openai: [{id: gpt-3*, reason: old, until: 2001-01-01}]
  anthropic:
    - claude-1  # nobody asks for it
    - {id: claude-2, reason: dear}
accept:
  - {model: openai/o1, field: context_length, value: 5, reason: so it is}
"""
DAY = date(2098, 1, 31)


@pytest.fixture
def server(workplace) -> Iterator[Server]:
    workplace.configure(RULES)
    workplace.team.commit_all("rules")
    with server_of(workplace) as server:
        yield server


def standing_now(workplace: Workplace, name: str) -> Decision:
    """The decision of that name, with who brought it."""
    run = run_of(workplace)
    (one,) = (one for one in standing.authored(run, standing.decisions(run)) if one.name == name)
    return one


def ended(server: Server, order: Order) -> Done | Failed:
    end = server.wait(server.start(order).number).end
    assert isinstance(end, Done | Failed), end
    return end


def amended(server: Server, one: Decision, renewal: Renewal | None = None) -> Done | Failed:
    kind = "renew" if renewal else "remove"
    return ended(server, Order(kind, "ada", of=one.id, name=one.name, renewal=renewal))


def undone(server: Server, commit: str, digest: str) -> Done | Failed:
    return ended(server, Order("undo", "ada", of=commit, digest=digest))


def branches(workplace: Workplace) -> list[str]:
    return workplace.team.git("for-each-ref", "--format=%(refname:short)", "refs/heads/modelsync").split()


PIN = "openai/o4-mini:pricing.input"
REMOVED = {
    PIN: (
        "-          input: 1.1    # modelsync: keep until 2099-12-31, negotiated",
        "+          input: 1.1",
    ),
    "openai/house-style": ("-        priority: 100", "-        reason: our own fine-tune"),
    "anthropic/claude-1": ("-    - claude-1  # nobody asks for it",),
    "openai/gpt-3*": (
        "-  # too old for us",
        "-  openai: [{id: gpt-3*, reason: old, until: 2001-01-01}]",
    ),
    "openai/o1:context_length": (
        "-accept:",
        "-  - {model: openai/o1, field: context_length, value: 5, reason: so it is}",
        "+accept: []",
    ),
}


@pytest.mark.parametrize("name", REMOVED)
def test_a_decision_that_is_removed_takes_only_its_own_lines_with_it(workplace, server, name: str):
    before, one = workplace.state(), standing_now(workplace, name)
    end = amended(server, one)
    assert end.outcome == "committed", end
    assert branches(workplace) == [end.branch]
    assert workplace.diff("main", end.branch) == list(REMOVED[name])
    message = workplace.team.git("log", "-1", "--format=%B", end.branch)
    assert message.startswith("Remove the ")
    assert name in message.splitlines()[0]
    assert "Modelsync-Actor: ada" in message
    assert "Modelsync-Source" not in message
    after = workplace.state()
    assert [after[what] for what in PERSONS] == [before[what] for what in PERSONS]
    assert not workplace.server.asked
    assert standing_now(workplace, name).proposed_on == end.branch


RENEWED = {
    PIN: (
        "-          input: 1.1    # modelsync: keep until 2099-12-31, negotiated",
        "+          input: 1.1    # modelsync: keep until 2098-01-31, asked again",
    ),
    "anthropic/claude-1": (
        "-    - claude-1  # nobody asks for it",
        "+    - {id: claude-1, reason: asked again, until: 2098-01-31}  # nobody asks for it",
    ),
    "openai/gpt-3*": (
        "-  openai: [{id: gpt-3*, reason: old, until: 2001-01-01}]",
        "+  openai: [{id: gpt-3*, reason: asked again, until: 2098-01-31}]",
    ),
}


@pytest.mark.parametrize("name", RENEWED)
def test_a_decision_that_is_renewed_has_another_end_and_another_reason(workplace, server, name: str):
    end = amended(server, standing_now(workplace, name), Renewal(DAY, "asked again"))
    assert end.outcome == "committed", end
    assert workplace.diff("main", end.branch) == list(RENEWED[name])
    subject = workplace.team.git("log", "-1", "--format=%s", end.branch)
    assert (subject.startswith("Renew the "), subject.endswith("until 2098-01-31")) == (True, True)


def test_a_renewal_without_a_day_has_no_end_and_one_that_says_nothing_new_is_refused(workplace, server):
    one = standing_now(workplace, PIN)
    end = amended(server, one, Renewal(None, "ours"))
    assert workplace.diff("main", end.branch)[1].endswith("input: 1.1    # modelsync: keep, ours")
    assert amended(server, one, Renewal(one.until, one.reason)).what == "it says so already"
    assert amended(server, one, Renewal(date(2001, 1, 1), "late")).reason == "usage"
    assert amended(server, standing_now(workplace, "openai/house-style"), Renewal(DAY)).reason == "usage"


def test_the_newest_wish_takes_the_place_of_the_one_before_and_is_proposed_once(workplace, server):
    one = standing_now(workplace, PIN)
    first = amended(server, one, Renewal(DAY, "asked again"))
    second = amended(server, one)
    assert (second.outcome, second.branch) == ("committed", first.branch)
    assert workplace.diff("main", first.branch) == list(REMOVED[PIN])
    assert amended(server, one).outcome == "already proposed"
    other = amended(server, standing_now(workplace, "openai/house-style"))
    assert branches(workplace) == sorted((first.branch, other.branch))


@pytest.mark.parametrize(
    "then", ["input: 1.1    # modelsync: keep until 2099-12-31, signed", "input: 1.2", "input: 1.1"]
)
def test_what_was_changed_since_it_was_shown_is_a_conflict_and_stays(workplace, server, then: str):
    one = standing_now(workplace, PIN)
    workplace.says(one.text, then)
    end = amended(server, one)
    assert (end.reason, branches(workplace)) == ("conflict", [])


def test_what_was_changed_around_it_matters_not(workplace, server):
    one = standing_now(workplace, PIN)
    workplace.says("      gpt-4o:\n", "      # one line more\n      gpt-4o:\n")
    end = amended(server, one)
    assert workplace.diff("main", end.branch) == list(REMOVED[PIN])


COMMENTS = {
    "input: 1.1 # list price  # modelsync: keep, ours": ("input: 1.1 # list price", "ours"),
    "input: 1.1 # modelsync: keep, ours # modelsync: since 2026-03-01": (
        "input: 1.1 # modelsync: since 2026-03-01",
        "ours",
    ),
    "input: 1.1 # modelsync: since 2026-03-01 # modelsync: keep": (
        "input: 1.1 # modelsync: since 2026-03-01",
        "",
    ),
    "# modelsync: keep, ours\n          input: 1.1": ("input: 1.1", "ours"),
    "input: 1.1 # modelsync: keeep it": ("input: 1.1", "modelsync: keeep it"),
}


@pytest.mark.parametrize("comment", COMMENTS)
def test_of_a_comment_only_the_pin_goes(workplace, comment: str):
    after, reason = COMMENTS[comment]
    workplace.says("input: 1.1    # modelsync: keep until 2099-12-31, negotiated", comment)
    with server_of(workplace) as server:
        one = standing_now(workplace, PIN)
        assert one.reason == reason
        end = amended(server, one)
        assert end.outcome == "committed", end
        text = workplace.team.git("show", f"{end.branch}:catalog/providers/openai.yaml")
        assert f"        pricing:\n          {after}\n          output: 4.4\n" in text
        renewed = amended(server, one, Renewal(DAY, "again"))
        assert renewed.outcome == "committed", renewed
        lines = workplace.diff("main", renewed.branch)
        assert [line for line in lines if "modelsync: keep until 2098-01-31, again" in line] == lines[1:]


def test_one_comment_that_keeps_several_fields_is_one_decision(workplace):
    workplace.says(
        "        name: o3\n",
        "        name: o3\n        modalities:  # modelsync: keep, ours\n          input: [text]\n",
    )
    with server_of(workplace) as server:
        known = [one for one in standing.decisions(run_of(workplace)) if one.reason == "ours"]
        assert len(known) == 1, known
        end = amended(server, known[0])
        assert workplace.diff("main", end.branch)[1] == "+        modalities:"


WHOLE = {
    "  openai:  # modelsync: keep until 2099-12-31, audit\n": "  openai:",
    "  # modelsync: keep until 2099-12-31, audit\n  openai:\n": "  #",
}


@pytest.mark.parametrize("written", WHOLE)
def test_a_pin_of_a_whole_provider_is_one_decision_which_is_renewed_and_removed(workplace, written: str):
    workplace.says("  openai:\n", written)
    with server_of(workplace) as server:
        one = standing_now(workplace, "openai/*")
        assert (one.reason, one.models, one.author.name) == ("audit", 6, "Ada")
        every = [of.name for of in standing.decisions(run_of(workplace))]
        assert every == [one.name, PIN, "openai/house-style"]
        renewed = amended(server, one, Renewal(DAY, "asked again"))
        removed, added = workplace.diff("main", renewed.branch)
        assert removed.endswith("# modelsync: keep until 2099-12-31, audit")
        assert added[1:] == removed[1:].replace("2099-12-31, audit", "2098-01-31, asked again")
        gone = workplace.diff("main", amended(server, one).branch)
    assert gone == [removed, *(["+  openai:"] if written.startswith("  openai") else [])]


def test_a_pin_above_all_providers_names_each_and_is_renewed_for_all(workplace):
    more = "providers:\n  azure: {models: {gpt-4o: {model: gpt-4o}}}\n"
    workplace.says("providers:\n", f"# modelsync: keep, audit\n{more}")
    with server_of(workplace) as server:
        one = standing_now(workplace, "azure/*, openai/*")
        assert one.models == 7
        end = amended(server, one, Renewal(DAY, "audit"))
    assert workplace.diff("main", end.branch)[1] == "+# modelsync: keep until 2098-01-31, audit"


def test_entries_that_are_peoples_by_their_provider_are_one_decision_and_not_given_back_here(workplace):
    workplace.says("    name: OpenAI\n", "    name: OpenAI\n    update: [gpt-*]\n")
    with server_of(workplace) as server:
        one = standing_now(workplace, "openai/*")
        assert (one.models, one.text, one.can_be_removed) == (3, "update: [gpt-*]", False)
        assert amended(server, one).reason == "usage"
        assert amended(server, standing_now(workplace, "openai/house-style")).reason == "catalog"
        assert branches(workplace) == []


def test_a_decision_names_who_brought_its_line_and_who_asked_for_that(workplace, server):
    one = standing_now(workplace, PIN)
    assert (one.author.name, one.author.actor) == ("Ada", "")
    end = amended(server, one, Renewal(DAY, "asked again"))
    workplace.team.git("merge", "-q", "--no-ff", "-m", "merged by Bob", end.branch)
    workplace.team.git("-c", "user.name=Eve", "commit", "-q", "--allow-empty", "-m", "nothing")
    workplace.edit("input: 1.1    # modelsync", "input: 1.3 # modelsync")
    workplace.edit("      o4-mini:\n", "\n\n      o4-mini:\n")
    workplace.team.git("-c", "user.name=Eve", "commit", "-q", "-a", "-m", "moved")
    now = standing_now(workplace, PIN)
    assert (now.author.actor, now.author.commit, now.reason) == ("ada", end.commit, "asked again")
    workplace.edit("asked again", "asked by me")
    assert standing_now(workplace, PIN).author is None


def test_what_is_older_than_a_shallow_clone_is_nobodys(workplace, tmp_path):
    workplace.says("input: 15\n", "input: 16\n")
    workplace.team.git("clone", "-q", "--depth=1", f"file://{workplace.path}", str(tmp_path / "shallow"))
    shallow = Workplace(type(workplace.team)(tmp_path / "shallow"), workplace.server)
    assert standing_now(shallow, PIN).author is None


# ---------------------------------------------------------------------------- undo


def dearer(workplace: Workplace) -> str:
    """A commit of a person's that moves a price and writes beside the catalog."""
    workplace.team.write("README.md", b"ours, and more\n")
    workplace.says("input: 15\n", "input: 20\n")
    return workplace.team.git("rev-parse", "HEAD")


def test_a_commit_is_undone_as_it_was_shown_and_what_came_later_stays(workplace, server):
    commit = dearer(workplace)
    workplace.says("input: 2.50 ", "input: 2.40 ")
    shown, before = undo.undoing(run_of(workplace), commit), workplace.state()
    (change,) = shown.plan.changes
    assert (change.name, shown.left) == ("openai/o1", ("README.md",))
    assert [line for line in shown.lines if line[:1] in "+-"][2:] == [
        "-          input: 20",
        "+          input: 15",
    ]
    end = undone(server, commit, shown.digest)
    assert (end.outcome, end.digest) == ("committed", shown.digest)
    assert workplace.diff("main", end.branch) == ["-          input: 20", "+          input: 15"]
    message = workplace.team.git("log", "-1", "--format=%B", end.branch)
    assert message.startswith(f"Undo {commit[:10]}: A person")
    assert "Modelsync-Actor: ada" in message
    after = workplace.state()
    assert [after[what] for what in PERSONS] == [before[what] for what in PERSONS]
    assert undone(server, commit, shown.digest).outcome == "already proposed"


def test_what_upstream_still_says_after_an_undo_is_held_and_not_just_written_again(workplace, server):
    workplace.lists(*rows(o3="2.2"))
    end = done(server, "sync")
    workplace.team.git("merge", "-q", "--no-ff", "-m", "merged", end.branch)
    commit = workplace.team.git("rev-parse", "HEAD")
    back = undone(server, commit, undo.undoing(run_of(workplace), commit).digest)
    workplace.team.git("merge", "-q", "--no-ff", "-m", "merged too", back.branch)
    assert "pricing: {input: 2, output: 8}" in workplace.openai.read_text()
    again = done(server, "sync")
    assert (again.outcome, again.statistics.held) == ("nothing", 1)


def test_an_undo_that_would_be_another_one_now_is_a_conflict(workplace, server):
    workplace.edit("input: 15\n", "input: 20\n")
    workplace.says("input: 2.50 ", "input: 2.40 ")
    commit = workplace.team.git("rev-parse", "HEAD")
    shown = undo.undoing(run_of(workplace), commit)
    workplace.says("input: 2.40 ", "input: 2.50 ")
    assert len(undo.undoing(run_of(workplace), commit).plan.changes) == 1
    end = undone(server, commit, shown.digest)
    assert (end.reason, branches(workplace)) == ("conflict", [])


def test_what_others_changed_since_is_left_to_a_person(workplace, server):
    commit = dearer(workplace)
    shown = undo.undoing(run_of(workplace), commit)
    workplace.says("input: 20\n", "input: 21\n")
    with pytest.raises(PlanStale, match="were changed since"):
        undo.undoing(run_of(workplace), commit)
    assert undone(server, commit, shown.digest).reason == "conflict"
    assert branches(workplace) == []


def test_the_rules_of_a_commit_are_undone_with_its_values(workplace, server):
    workplace.edit("input: 15\n", "input: 20\n")
    workplace.configure(RULES.replace("dear", "too dear"))
    workplace.team.commit_all("both")
    commit = workplace.team.git("rev-parse", "HEAD")
    end = undone(server, commit, undo.undoing(run_of(workplace), commit).digest)
    assert workplace.team.git("diff", f"{commit}~1", end.branch) == ""


def started_a_file(workplace: Workplace) -> None:
    workplace.team.write("catalog/providers/new.yaml", b"providers: {new: {models: {}}}\n")
    workplace.team.commit_all("new")


def corrected(workplace: Workplace) -> None:
    assert workplace.run("correct", "openai/o1:pricing.input", "16", "--reason", "bill").code == 0


def beside_it(workplace: Workplace) -> None:
    workplace.team.write("README.md", b"ours, and more\n")
    workplace.team.commit_all("beside")


REFUSED = {
    "which no run does": started_a_file,
    "is a correction": corrected,
    "nothing of the catalog": beside_it,
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_not_undone_so_says_why(workplace, why: str):
    REFUSED[why](workplace)
    with pytest.raises(ModelsyncError, match=why):
        undo.undoing(run_of(workplace), "HEAD")


def test_only_what_reviewers_have_is_undone(workplace, server):
    workplace.lists(*rows(o3="2.2"))
    end = done(server, "sync")
    first = workplace.team.git("rev-list", "--max-parents=0", "HEAD")
    for revision in (end.commit, first, "nothing", "--all"):
        with pytest.raises(ModelsyncError):
            undo.undoing(run_of(workplace), revision)


# ---------------------------------------------------------------------------- published


def test_what_a_person_asks_for_is_proposed_by_itself_and_merged_by_a_person(
    workplace, remote, github, monkeypatch
):
    for name, value in github.environment.items():
        monkeypatch.setenv(name, value)
    workplace.configure("review: {automerge: {price_change: 90%, kinds: [price]}}\n")
    workplace.team.commit_all("rules")
    commit = dearer(workplace)
    workplace.team.git("push", "-q", "origin", "main")
    with server_of(workplace, pr=True) as server:
        first = amended(server, standing_now(workplace, PIN))
        second = undone(server, commit, undo.undoing(run_of(workplace), commit).digest)
    assert [end.pull_request.state for end in (first, second)] == ["created", "created"]
    one, other = sorted(github.pulls, key=lambda pull: pull.number)
    assert (one.title, other.title) == (f"Remove the pin of {PIN}", f"Undo {commit[:10]}: A person")
    for pull in (one, other):
        assert "From a person, ada." in pull.body
        assert "may be merged once its checks pass" not in pull.body
