"""Whatever a remote refuses, and however it says so: a sentence of its own, git's words, what to do."""

from __future__ import annotations

import os
import pty
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fault_server import FaultServer, reply
from modelsync.errors import GitRefused
from modelsync.git import Repository
from repositories import GitRepository

BRANCH = "modelsync/openrouter"
TEXT = {"Content-Type": "text/plain"}
BASIC = {"WWW-Authenticate": 'Basic realm="git"'}


@pytest.fixture
def remote(repository: GitRepository, tmp_path: Path) -> GitRepository:
    """The remote of the repository, which has its main branch."""
    path = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
    repository.git("remote", "add", "origin", str(path))
    repository.git("push", "-q", "origin", "main")
    return GitRepository(path)


def refused(ask: Callable[[], object]) -> GitRefused:
    with pytest.raises(GitRefused) as error:
        ask()
    return error.value


def push(repository: GitRepository, expected: str = "") -> None:
    """Push a commit beside what the remote has."""
    repository.git("commit", "-q", "--allow-empty", "-m", "a proposal")
    commit = repository.git("rev-parse", "HEAD")
    Repository.find(repository.path).remote("origin").push(commit, BRANCH, expected)


def look(repository: GitRepository) -> None:
    Repository.find(repository.path).remote("origin").tips(BRANCH)


def declined(remote: GitRepository, words: str) -> None:
    """Let a hook of the remote say this, and refuse."""
    lines = "\n".join(f"echo {shlex.quote(line)} >&2" for line in words.splitlines())
    hook = remote.write("hooks/pre-receive", f"#!/bin/sh\n{lines}\nexit 1\n".encode())
    hook.chmod(0o755)


# what the forges print, as people reported it, and what is made of it
FORGES = {
    "GitHub, protected": (
        "error: GH006: Protected branch update failed for refs/heads/modelsync/openrouter.\n"
        "error: Changes must be made through a pull request.",
        "the remote protects the branch",
    ),
    "GitHub, no force push": (
        "error: GH006: Protected branch update failed for refs/heads/modelsync/openrouter.\n"
        "error: Cannot force-push to this branch",
        "the remote does not let this branch be made anew",
    ),
    "GitHub, ruleset": (
        "error: GH013: Repository rule violations found for refs/heads/modelsync/openrouter.\n"
        "Review all repository rules at https://github.com/acme/prices/rules?ref=refs%2Fheads%2Fx\n\n"
        "- Cannot create ref due to creations being restricted.",
        "a ruleset of the remote does not allow the push",
    ),
    "GitHub, ruleset for signatures": (
        "error: GH013: Repository rule violations found for refs/heads/modelsync/openrouter.\n"
        "- Commits must have verified signatures.",
        "the remote takes signed commits only",
    ),
    "GitHub, secret": (
        "error: GH013: Repository rule violations found for refs/heads/modelsync/openrouter.\n"
        "- GITHUB PUSH PROTECTION\n  - Push cannot contain secrets",
        "looks like a secret",
    ),
    "GitHub, size": (
        "error: GH001: Large files detected.\n"
        "error: File catalog/a.yaml is 123.45 MB; this exceeds GitHub's file size limit of 100.00 MB",
        "takes no file or push as large as this",
    ),
    "GitHub, address": (
        "error: GH007: Your push would publish a private email address.",
        "publishes no commit with this private address",
    ),
    "GitLab, protected": (
        "GitLab: You are not allowed to push code to protected branches on this project.",
        "the remote protects the branch",
    ),
    "GitLab, no force push": (
        "GitLab: You are not allowed to force push code to a protected branch on this project.",
        "the remote does not let this branch be made anew",
    ),
    "GitLab, no right": (
        "GitLab: You are not allowed to push code to this project.",
        "does not let them do this (403)",
    ),
    "GitLab, room": (
        "Your push has been rejected, because this repository has exceeded its size limit of 10 Bytes.",
        "the remote has no room left",
    ),
    "Gitea, protected": (
        "Gitea: Not allowed to push to protected branch modelsync/openrouter",
        "the remote protects the branch",
    ),
    "Forgejo, no right": ("Forgejo: User permission denied for writing.", "does not let them do this (403)"),
    "archived": ("ERROR: This repository was archived so it is read-only.", "the remote is read-only"),
    "a hook of its own": ("no pushes on Fridays", "a hook of the remote refused the push"),
}


@pytest.mark.fault("git", "a push that the remote refuses, for each of its reasons")
@pytest.mark.parametrize("forge", FORGES)
def test_each_refusal_of_a_forge_has_its_own_sentence(
    repository: GitRepository, remote: GitRepository, forge: str
) -> None:
    words, what = FORGES[forge]
    declined(remote, words)
    error = refused(lambda: push(repository))
    assert what in error.what
    assert error.where == f"origin/{BRANCH}"
    for line in filter(None, words.splitlines()):
        assert line.strip() in error.advice
    assert error.advice.endswith(
        "The commit is kept here, on modelsync/openrouter: mend that, and run the command again."
    )
    assert error.exit_code == 6


def _no_force(repository: GitRepository, remote: GitRepository) -> str:
    push(repository)
    repository.git("reset", "-q", "--hard", "HEAD~1")
    repository.git("commit", "-q", "--allow-empty", "-m", "another one")
    remote.git("config", "receive.denyNonFastForwards", "true")
    return remote.git("rev-parse", BRANCH)


def _moved(repository: GitRepository, remote: GitRepository) -> str:
    push(repository)
    return repository.git("rev-parse", "HEAD~1")


def _name_taken(repository: GitRepository, remote: GitRepository) -> str:
    remote.git("branch", "modelsync", "main")
    return ""


def _locked(repository: GitRepository, remote: GitRepository) -> str:
    remote.write(f"refs/heads/{BRANCH}.lock", b"")
    return ""


def _too_large(repository: GitRepository, remote: GitRepository) -> str:
    remote.git("config", "receive.maxInputSize", "10")
    return ""


def _checked_out(repository: GitRepository, remote: GitRepository) -> str:
    tree = remote.path.parent / "tree"
    remote.git("worktree", "add", "-q", "-b", BRANCH, str(tree), "main")
    return remote.git("rev-parse", "main")


def _own_hook(repository: GitRepository, remote: GitRepository) -> str:
    repository.hook("pre-push", "echo 'tests failed' >&2; exit 1")
    return ""


@pytest.mark.fault("git", "a push that the remote refuses, for each of its reasons")
@pytest.mark.parametrize(
    ("make", "what"),
    [
        (_no_force, "the remote does not let this branch be made anew"),
        (_moved, "somebody moved the branch"),
        (_name_taken, "another branch is in the way"),
        (_locked, "the branch is locked"),
        (_too_large, "takes no file or push as large as this"),
        (_checked_out, "has this branch checked out"),
        (_own_hook, "the hook pre-push of this repository refused the push"),
    ],
)
def test_each_refusal_of_git_has_its_own_sentence(
    repository: GitRepository, remote: GitRepository, make: Callable[..., str], what: str
) -> None:
    expected = make(repository, remote)
    before = remote.git("for-each-ref")
    assert what in refused(lambda: push(repository, expected)).what
    assert remote.git("for-each-ref") == before


def test_git_may_refuse_a_push_from_a_shallow_clone(
    repository: GitRepository, remote: GitRepository, tmp_path: Path
) -> None:
    repository.git("commit", "-q", "--allow-empty", "-m", "not pushed")
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", repository.path.as_uri(), tmp_path / "cut"], check=True
    )
    cut = GitRepository(tmp_path / "cut")
    cut.git("remote", "set-url", "origin", str(remote.path))
    commit = cut.git("rev-parse", "HEAD")
    error = refused(lambda: Repository.find(cut.path).remote("origin").push(commit, BRANCH, ""))
    assert "the remote takes nothing from a shallow clone" in error.what
    assert "git fetch --unshallow" in error.advice


@pytest.mark.fault("git", "a remote that is not there, or does not let one in")
@pytest.mark.parametrize(
    ("status", "what"),
    [
        (401, "the remote wants a name and a password, and a run asks nobody for them"),
        (403, "the remote knows whom git signs in as, and does not let them do this (403)"),
        (404, "there is no repository at the remote's address, or it is hidden"),
        (429, "the remote is busy or fails"),
        (503, "the remote is busy or fails"),
    ],
)
def test_each_answer_over_http_has_its_own_sentence(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, status: int, what: str
) -> None:
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "http")
    with FaultServer() as server:
        path = "/acme.git/info/refs?service=git-upload-pack"
        server.at(path, reply(status=status, headers=BASIC if status == 401 else {}))
        repository.git("remote", "add", "origin", f"http://127.0.0.1:{server.server_address[1]}/acme.git")
        assert what in refused(lambda: look(repository)).what


@pytest.mark.fault("git", "a push that the remote refuses, for each of its reasons")
def test_a_token_that_may_only_read_is_said_over_http(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "http")
    with FaultServer() as server:
        words = reply(b"Permission to acme/prices.git denied to bot.", status=403, headers=TEXT)
        server.at("/acme.git/info/refs?service=git-receive-pack", words)
        repository.git("remote", "add", "origin", f"http://127.0.0.1:{server.server_address[1]}/acme.git")
        error = refused(lambda: push(repository))
    assert "does not let them do this (403)" in error.what
    assert "remote: Permission to acme/prices.git denied to bot." in error.advice


@pytest.mark.fault("git", "a remote that is not there, or does not let one in")
def test_a_token_that_is_wrong_is_said_and_not_shown(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "http")
    with FaultServer() as server:
        server.at("/acme.git/info/refs?service=git-upload-pack", reply(status=401, headers=BASIC))
        address = f"http://bot:canary@127.0.0.1:{server.server_address[1]}/acme.git"
        repository.git("remote", "add", "origin", address)
        error = refused(lambda: look(repository))
    assert "does not accept the password or token that git has (401)" in error.what
    assert "canary" not in str(error)


@pytest.mark.fault("secrets", "a password in a remote's address")
def test_the_address_of_a_remote_is_told_without_what_opens_it(repository: GitRepository) -> None:
    repository.git("remote", "add", "origin", "https://bot:canary@example.com/acme/prices.git")
    address = Repository.find(repository.path).remote("origin").address
    assert address == "https://***@example.com/acme/prices.git"


@pytest.mark.fault("git", "a remote that is not there, or does not let one in")
@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("/nowhere/at/all.git", "there is no repository at the remote's address"),
        ("http://127.0.0.1:9/acme.git", "the remote cannot be reached"),
    ],
)
def test_a_remote_that_is_not_there_is_said(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, address: str, what: str
) -> None:
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file:http")
    repository.git("remote", "add", "origin", address)
    assert what in refused(lambda: look(repository)).what


SSH = {
    "Host key verification failed.": "ssh does not know the remote's host",
    "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.": (
        "the remote's SSH host key is another than the known one"
    ),
    "git@example.com: Permission denied (publickey).": "the remote accepts none of the SSH keys",
    "ssh: Could not resolve hostname example.com: Name or service not known": "the remote cannot be reached",
    "fatal: detected dubious ownership in repository at 'x'": "git does not trust the remote's folder",
    "ERROR: Repository not found.": "there is no repository at the remote's address",
}


@pytest.mark.fault("git", "a remote that is not there, or does not let one in")
@pytest.mark.parametrize("words", SSH)
def test_each_refusal_of_ssh_has_its_own_sentence(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: str
) -> None:
    _played_ssh(monkeypatch, tmp_path, f"echo {shlex.quote(words)} >&2; exit 255")
    repository.git("remote", "add", "origin", "git@example.com:acme/prices.git")
    assert SSH[words] in refused(lambda: look(repository)).what


def _played_ssh(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    ssh = folder / "ssh"
    ssh.write_text(f"#!/bin/sh\n{script}\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(ssh))
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "ssh")


LOOK = """
import sys
from pathlib import Path
from modelsync.errors import GitRefused
from modelsync.git import Repository
try:
    Repository.find(Path(sys.argv[1])).remote("origin").tips("x")
except GitRefused as refused:
    print(refused)
"""


@pytest.mark.fault("git", "a remote that is not there, or does not let one in")
@pytest.mark.parametrize("asked", ["password", "host key"])
@pytest.mark.parametrize("terminal", [True, False])
def test_nobody_is_asked_for_anything_on_a_terminal_neither(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: str, terminal: bool
) -> None:
    window = tmp_path / "window"
    window.write_text(f"#!/bin/sh\ntouch '{window}.opened'\n")
    window.chmod(0o755)
    monkeypatch.setenv("SSH_ASKPASS", str(window))
    with FaultServer() as server:
        if asked == "password":
            server.at("/acme.git/info/refs?service=git-upload-pack", reply(status=401, headers=BASIC))
            monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "http")
            address = f"http://127.0.0.1:{server.server_address[1]}/acme.git"
        else:
            ask = 'read answer </dev/tty || "$SSH_ASKPASS"'
            _played_ssh(monkeypatch, tmp_path, f"{ask}; echo Host key verification failed. >&2; exit 255")
            address = "git@example.com:acme/prices.git"
        repository.git("remote", "add", "origin", address)
        command = [sys.executable, "-c", LOOK, str(repository.path)]
        text = _on_a_terminal(command) if terminal else _without_one(command)
    assert "a run asks nobody" in text
    assert not Path(f"{window}.opened").exists()


def _without_one(command: list[str]) -> str:
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    ).stdout


def _on_a_terminal(command: list[str]) -> str:
    """What a command prints that has a terminal of its own, at which nobody types."""
    process, terminal = pty.fork()
    if not process:
        os.execve(command[0], command, {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    text = bytearray()
    while True:
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:  # Linux says so that the other end is closed
            break
        if not part:
            break
        text += part
    os.waitpid(process, 0)
    os.close(terminal)
    return text.decode()
