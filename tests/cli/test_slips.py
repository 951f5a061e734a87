"""What a person mistyped, or left half done, is named as what it is; nothing is called well that is not."""

from __future__ import annotations

import pytest

from workplace import rows


@pytest.mark.parametrize(
    ("only", "words"),
    [
        ("openai/gtp-4o", ["openai/gtp-4o", "did you mean openai/gpt-4o?"]),
        ("openai/zzz*", ["openai/zzz*", "no model"]),
        ("anthropic/gpt-4o", ["anthropic/gpt-4o", "no model"]),
    ],
)
@pytest.mark.parametrize("command", ["plan", "sync", "prune"])
def test_only_that_means_no_model_says_so(workplace, command, only, words):
    ran = workplace.run(command, "--only", only)
    assert [word for word in words if word not in ran.out] == []


@pytest.mark.parametrize("only", ["openai", "openai/gpt-4o", "openai/o*", "openai/o9"])
def test_only_that_means_a_model_of_the_catalog_or_the_list_is_no_slip(workplace, only):
    from workplace import row, rows

    workplace.lists(*rows(), row("openai/o9", "1", "2"))
    assert "meant by" not in workplace.run("plan", "--only", only).out


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< HEAD\n{old}=======\n{new}>>>>>>> other\n",
        "<<<<<<< ours\n{old}||||||| merged common ancestors\n=======\n{new}>>>>>>> theirs\n",
        "{new}>>>>>>> other\n",
    ],
    ids=["two sides", "diff3", "half settled"],
)
@pytest.mark.parametrize("name", ["catalog/providers/openai.yaml", "catalog/sync.yaml"])
@pytest.mark.parametrize("words", [["check"], ["sync", "--no-branch"], ["list"], ["pin", "openai/o3"]])
def test_the_markers_of_a_merge_are_named_as_such_with_their_line(workplace, words, name, text):
    old = "    name: OpenAI\n" if "providers" in name else "fields: [model, upstream"
    before = (workplace.team.path / name).read_text()
    line = next(line for line in before.splitlines(keepends=True) if line.startswith(old.rstrip("\n")))
    text = text.format(old=line, new=line.replace("OpenAI", "Open AI").replace("[model", "[name, model"))
    workplace.edit(line, text, name)
    ran = workplace.run(*words)
    lines = (workplace.team.path / name).read_text().splitlines()
    marker = next(number for number, line in enumerate(lines, 1) if line[:3] in ("<<<", ">>>"))
    assert ran.code in (5, 6)
    assert f"{name}:{marker}: holds the markers of a merge conflict" in ran.err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    authoritative: true", "    transformer: openruter\n    authoritative: true", "openrouter?"),
        ("endpoints: [{url: 'http", "endpoints: [{url: 'htp", "htp: is no address"),
        ("fields: [model", "exclude: {openai: ['gpt-[9']}\nfields: [model", "gpt-[9"),
        ("provider: anthropic}", "provider: antropic}", "did you mean anthropic?"),
        ("provider: anthropic}", "provider: Anthropic}", "did you mean anthropic?"),
        ("'^openai/'", "'^opnai/'", "did you mean ^openai/?"),
        (
            "fields: [model",
            "guards: {only: {openia: {price_ratio: 3}}}\nfields: [model",
            "did you mean openai?",
        ),
    ],
)
def test_check_names_a_slip_of_the_settings_and_its_line(workplace, old, new, said):
    workplace.edit(old, new, "catalog/sync.yaml")
    ran = workplace.run("check")
    assert ran.code == 5
    assert "catalog/sync.yaml:" in ran.out
    assert said in ran.out


@pytest.mark.parametrize("name", [".env", "catalog/.env"])
@pytest.mark.parametrize("words", [["status"], ["plan"], ["sync", "-n"], ["check"]])
def test_keys_in_a_file_that_git_would_take_are_warned_of_and_not_shown(workplace, words, name):
    workplace.team.write(name, b"OTHER_API_KEY=sk-very-secret-value\n")
    ran = workplace.run(*words)
    assert ran.code == 0
    assert f"{name} holds keys, and git does not ignore it" in ran.err
    assert "very-secret" not in ran.out + ran.err
    workplace.team.write(".gitignore", b".env\n")
    assert "does not ignore" not in workplace.run(*words).err
    workplace.team.git("add", "-f", name)
    assert "does not ignore" in workplace.run(*words).err


def test_an_unknown_source_is_answered_with_the_one_that_is_like_it(workplace):
    ran = workplace.run("sync", "openroute")
    assert (ran.code, "did you mean openrouter?" in ran.err) == (2, True)


def test_a_plan_that_cannot_be_kept_is_no_plan_to_apply(workplace, tmp_path):
    workplace.lists(*rows(o3="3"))
    ran = workplace.run("plan", "--out", tmp_path / "no/such/folder.json")
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be written" in ran.err


def test_a_catalog_without_models_says_how_they_come(workplace):
    for file in workplace.path.glob("catalog/providers/*.yaml"):
        file.unlink()
    assert "`modelsync sync` brings them in" in workplace.run("list").err
