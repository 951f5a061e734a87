"""A key, a token, a password: in no output, no commit and no file, whatever goes well or wrong."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

import pytest

from fault_server import reply
from workplace import CONFIG, Workplace, listing, row, rows

KEY = "sk-canary/1+2=3&4 é"
FROM_FILE = "canary-from-the-env-file"
PASSWORD = "canary-in-the-remote"
IN_URL = "canary-in-the-url"


def _forms(secret: str) -> set[str]:
    coded = secret.encode()
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        base64.b64encode(coded).decode().rstrip("="),
        base64.urlsafe_b64encode(coded).decode().rstrip("="),
    }


CANARIES = [form for secret in (KEY, FROM_FILE, PASSWORD, IN_URL, "sk-canary") for form in _forms(secret)]


@pytest.fixture
def secretive(workplace: Workplace) -> Workplace:
    """A repository whose environment, `.env`, remote and source address hold secrets."""
    url = f"http://127.0.0.1:{workplace.server.server_address[1]}/models?key={IN_URL}"
    workplace.team.write("catalog/sync.yaml", CONFIG.replace("URL", url).replace("MORE", "").encode())
    workplace.team.write(".env", f"GROQ_API_KEY={FROM_FILE}\nOTHER_TOKEN={FROM_FILE}\n".encode())
    workplace.team.write(".gitignore", b".env\n")
    workplace.team.commit_all("Secrets")
    workplace.team.git("remote", "add", "origin", f"https://bot:{PASSWORD}@git.example.com/team.git")
    workplace.environment |= {"SOME_SECRET": KEY, "LOG_LEVEL": "debug", "OPENROUTER_API_KEY": "sk-canary"}
    workplace.server.at(f"/models?key={IN_URL}", reply(b'{"data": []}'))
    return workplace


def _answer(secretive: Workplace, *steps) -> None:
    secretive.server.at(f"/models?key={IN_URL}", *steps)


def _expect_no_canary(secretive: Workplace, *texts: str) -> None:
    found = [*texts, secretive.team.git("log", "--all", "--format=%B", "-p", "--", ":!catalog/sync.yaml")]
    for folder in (".modelsync", "backups"):
        root = secretive.path / folder
        found += [str(path) for path in root.rglob("*")]
        found += [_text(path) for path in root.rglob("*") if path.is_file() and "http" not in path.parts]
    for canary in CANARIES:
        assert not any(canary in text for text in found), canary


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


ANSWERS = {
    "nothing": reply(b""),
    "an echo": reply(f"<html>sk-canary {IN_URL}</html>".encode()),
    "a refusal": reply(b"the key sk-canary is wrong", status=401),
    "a leap elsewhere": reply(status=302, headers={"Location": f"http://127.0.0.1:1/{IN_URL}?key={IN_URL}"}),
    "no list": reply(b'{"data": "sk-canary"}'),
}


@pytest.mark.fault("secrets", "keys, while upstream fails")
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("words", [["sync"], ["plan"], ["prune", "--json"], ["list", "--remote"]])
def test_when_upstream_fails(secretive, answer, words):
    _answer(secretive, answer)
    ran = secretive.run(*words)
    assert ran.code == 7
    _expect_no_canary(secretive, ran.out, ran.err)


@pytest.mark.fault("secrets", "keys, while all goes well")
@pytest.mark.parametrize(
    "words",
    [
        ["sync"],
        ["sync", "--json", "-v"],
        ["sync", "-n"],
        ["plan", "--out", "backups/plan.json"],
        ["status"],
        ["status", "--json"],
        ["list", "--remote"],
        ["check"],
        ["show", "openai/o3"],
        ["backups", "list"],
    ],
)
def test_when_all_goes_well(secretive, words):
    (secretive.path / "backups").mkdir()
    _answer(secretive, reply(listing([*rows(o3="3"), row("openai/o5", "1", "2")])))
    ran = secretive.run(*words)
    assert ran.code == 0
    _expect_no_canary(secretive, ran.out, ran.err)


@pytest.mark.fault("secrets", "a hook that tells all that it knows")
@pytest.mark.parametrize(
    "hook", ["env; exit 1", f"echo 'pushed to https://bot:{PASSWORD}@git.example.com'; exit 1", "env"]
)
def test_when_a_hook_tells_all_that_it_knows(secretive, hook):
    secretive.team.hook("pre-commit", f"{hook} >&2")
    _answer(secretive, reply(listing(rows(o3="3"))))
    ran = secretive.run("sync")
    _expect_no_canary(secretive, ran.out, ran.err)


@pytest.mark.fault("secrets", "keys in files that cannot be read")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("catalog/sync.yaml", "sources: [\n"),
        ("catalog/providers/openai.yaml", "{{ x }}\n"),
        (".env", "\x00=\n"),
    ],
)
def test_when_a_file_cannot_be_read(secretive, name, text):
    secretive.team.write(name, text.encode())
    ran = secretive.run("sync")
    _expect_no_canary(secretive, ran.out, ran.err)


@pytest.mark.fault("secrets", "a hook that tells all that it knows")
def test_a_hook_sees_no_key_whose_name_says_nothing(workplace):
    workplace.edit("    endpoints:", "    api_key_env: [MY_PAT]\n    endpoints:", "catalog/sync.yaml")
    workplace.team.hook("pre-commit", 'echo "pat=$MY_PAT." >&2; exit 1')
    workplace.lists(*rows(o3="3"))
    ran = workplace.run("sync", MY_PAT="sk-canary-of-no-name")
    assert ran.code == 6
    assert "pat=." in ran.err
