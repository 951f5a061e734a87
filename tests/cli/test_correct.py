"""`modelsync correct`: the past of a value stated anew, by a commit of its own."""

from __future__ import annotations

import pytest

from workplace import Workplace, rows

NAME = "openai/gpt-4o:pricing.input"
LINE = "          input: 2.75     # list price"


@pytest.fixture
def priced(workplace: Workplace) -> Workplace:
    """A catalog in which gpt-4o cost 2.50 from the first of March, 2.75 from the fifth."""
    workplace.team.git("commit", "-q", "--amend", "--no-edit", "--date=2026-03-01T12:00:00Z")
    workplace.edit("input: 2.50 ", "input: 2.75 ")
    workplace.team.git("commit", "-q", "-a", "-m", "dearer", "--date=2026-03-05T12:00:00Z")
    return workplace


def on(workplace: Workplace, day: str, model: str = "openai/gpt-4o", kind: str = "input") -> object:
    return workplace.run("price", model, "--on", day, f"--{kind}", "1000000", "--json").json["total"]


def correct(workplace: Workplace, *words: str) -> str:
    ran = workplace.run("correct", *words)
    assert ran.code == 0, ran.err
    return ran.out


def test_a_corrected_price_counts_where_the_wrong_one_did_and_nothing_else_changes(priced):
    others = [on(priced, "2026-03-09", kind="output"), on(priced, "2026-03-09", "openai/o1")]
    correct(priced, NAME, "2.6", "--reason", "the invoice")

    assert [on(priced, day) for day in ("2026-03-04", "2026-03-05", "2026-03-09")] == ["2.5", "2.6", "2.6"]
    assert [on(priced, "2026-03-09", kind="output"), on(priced, "2026-03-09", "openai/o1")] == others
    intervals = priced.run("history", "openai/gpt-4o", "--json").json["intervals"]
    last = [one for one in intervals if one["field"] == "pricing.input"][-1]
    assert (last["kind"], last["source"], last["value"]) == ("correction", "", "2.6")


def test_the_day_from_which_a_price_counted_is_corrected_alone_or_with_it(priced):
    correct(priced, NAME, "--since", "2026-03-03", "--reason", "their own page")
    assert [on(priced, day) for day in ("2026-03-02", "2026-03-03")] == ["2.5", "2.75"]
    assert "# modelsync: since 2026-03-03, their own page" in priced.openai.read_text()

    correct(priced, NAME, "2.7", "--since", "2026-03-02")
    assert [on(priced, day) for day in ("2026-03-01", "2026-03-02")] == ["2.5", "2.7"]
    assert priced.openai.read_text().count("modelsync: since") == 1


def test_a_price_is_given_in_the_unit_of_its_file(priced):
    priced.edit("  openai:\n", "  openai:\n    pricing_unit: per_1k_tokens\n")
    priced.edit("input: 2.75 ", "input: 0.00275 ")
    priced.team.commit_all("per 1k")
    correct(priced, NAME, "0.0026")

    assert on(priced, "2026-03-05") == "2.6"
    assert "input: 0.0026 " in priced.openai.read_text()


def test_a_price_that_ended_is_corrected_with_the_one_after_it(priced):
    correct(priced, NAME, "2.4", "--since", "2026-03-01")
    correct(priced, NAME, "2.75", "--since", "2026-03-05")

    assert [on(priced, day) for day in ("2026-03-01", "2026-03-04", "2026-03-05")] == ["2.4", "2.4", "2.75"]


def test_one_commit_on_the_branch_one_is_on_with_only_that_line_and_a_trailer(priced):
    team = priced.team
    (priced.path / "mine.txt").write_text("half done")
    team.git("add", "mine.txt")
    (priced.path / "other.txt").write_text("not even staged")
    branch, head = team.git("symbolic-ref", "HEAD"), team.git("rev-parse", "HEAD")
    out = correct(priced, NAME, "2.6")

    assert team.git("symbolic-ref", "HEAD") == branch
    assert team.git("rev-list", f"{head}..HEAD").count("\n") == 0
    assert priced.diff("HEAD~1", "HEAD") == [f"-{LINE}", f"+{LINE.replace('2.75', '2.6')}"]
    assert team.git("status", "--short").splitlines() == ["A  mine.txt", "?? other.txt"]
    message = team.git("log", "-1", "--format=%B")
    assert message.startswith("Correct openai/gpt-4o:pricing.input\n")
    assert f"Modelsync-Correction: {NAME}" in message.splitlines()
    assert "Modelsync-Digest" not in message
    undo = out.partition("undo")[2].splitlines()[0].strip(" :")
    assert undo.startswith("git reset --keep ")
    team.git(*undo.split()[1:])
    assert on(priced, "2026-03-09") == "2.75"


def test_a_run_takes_no_correction_for_its_own_and_holds_the_price_that_was_wrong(priced):
    correct(priced, NAME, "2.6")
    priced.lists(*rows(gpt_4o="2.75"))
    ran = priced.run("sync", "--json")

    (hold,) = ran.json["holds"]
    assert hold["name"] == NAME
    assert "a person's" in priced.run("show", "openai/gpt-4o").out


def test_a_pin_and_a_day_stand_on_one_line(priced):
    priced.run("pin", NAME, "--reason", "ours")
    priced.team.commit_all("Pin")
    correct(priced, NAME, "--since", "2026-03-03")
    priced.run("pin", NAME, "--reason", "ours still")

    (line,) = [line for line in priced.openai.read_text().splitlines() if "2.75" in line]
    assert line.endswith("# list price  # modelsync: since 2026-03-03 # modelsync: keep, ours still")
    assert priced.run("check").code == 0


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        ([NAME], 2, "nothing to correct"),
        ([NAME, "cheap"], 2, "is no price"),
        ([NAME, "-1"], 2, ""),
        ([NAME, "NaN"], 2, "is no price"),
        (["openai/gpt-4o:name", "3"], 2, "name is no price"),
        (["openai/gpt-4o", "3"], 2, "is no price"),
        (["openai/gpt-4o", "--since", "2026-03-01"], 2, "states no field"),
        (["openai/nobody:pricing.input", "3"], 2, "nobody"),
        (["openai/gpt-4o:pricing.cache_read", "--since", "2026-03-01"], 2, "states no pricing.cache_read"),
        (["openai/o3:pricing.input", "--since", "2026-03-01"], 5, "the whole line's"),
        ([NAME, "2.6", "--reason", "two\nlines"], 2, "a reason is one line"),
    ],
)
def test_what_cannot_be_corrected_is_refused_and_changes_nothing(priced, words, code, why):
    before = priced.state()
    ran = priced.run("correct", *words)
    assert (ran.code, why in ran.err) == (code, True), ran.err
    assert priced.state() == before


def test_no_correction_is_put_on_a_review_branch(priced):
    priced.lists(*rows(o3="2.1"))
    assert priced.run("sync").code == 0
    before = priced.state()
    ran = priced.run("correct", NAME, "2.6")
    assert (ran.code, "git switch main" in ran.err) == (6, True)
    assert priced.state() == before


def test_a_persons_edit_of_the_file_is_in_the_way_and_stays(priced):
    priced.edit("# who pays", "# who pays for it")
    before = priced.state()
    assert priced.run("correct", NAME, "2.6").code == 6
    assert priced.state() == before


@pytest.mark.parametrize("words", [["2.75"], ["--since", "2026-03-05"]])
def test_what_is_said_so_already_is_nothing_to_do(priced, words):
    correct(priced, NAME, "--since", "2026-03-05", "--reason", "seen")
    before = priced.state()
    assert "Nothing to do" in correct(priced, NAME, *words)
    assert priced.state() == before
