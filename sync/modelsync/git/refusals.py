"""What a refusal means, by the words of git, ssh and the forges: a sentence for each, and what to do.

Pure: it reads what was said, and asks nobody. git's words are those of its English locale.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_RULES = "Leave the review branches (`modelsync/*`) out of the rule, or let the bot's account pass it by."


class Refusal(NamedTuple):
    """One kind of refusal: the words by which it is known, what it means, and what to do."""

    words: str  # a regular expression, in either case
    what: str
    advice: str


# The first whose words are there counts: what names a reason comes before what only says where it failed.
_REFUSALS = (
    # ---- who asks
    Refusal(
        r"could not read (?:Username|Password)|unable to read askpass response",
        "the remote wants a name and a password, and a run asks nobody for them",
        "Let git know them: `gh auth setup-git`, another `credential.helper`, or an SSH address.",
    ),
    Refusal(
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        "the remote's SSH host key is another than the known one",
        "Compare it with the one that the host publishes, before `ssh-keygen -R HOST` forgets the old one.",
    ),
    Refusal(
        r"Host key verification failed",
        "ssh does not know the remote's host, and a run asks nobody whether to trust it",
        "Connect once by hand and compare the fingerprint with the one that the host publishes; in CI, put "
        "its key into `~/.ssh/known_hosts`.",
    ),
    Refusal(
        r"Permission denied \([a-z,-]+\)",
        "the remote accepts none of the SSH keys that ssh has",
        "The remote has to know the key; one with a passphrase has to be in the agent: `ssh-add -l`.",
    ),
    Refusal(
        r"archived so it is read-only|marked as read.only|Read-only file system|repository is read-only",
        "the remote is read-only",
        "Take it out of the archive, or give the key the right to write.",
    ),
    Refusal(
        r"without `?workflows?`? (?:scope|permission)",
        "the remote lets this token push nothing that changes a workflow, as the base does",
        "Give the token the right to write workflows, or bring the branch that the run begins on up to date.",
    ),
    Refusal(
        r"not allowed to push code to this project|Write access to repository not granted"
        r"|Permission to \S+ denied|permission denied for writing|(?:error:|HTTP) 403",
        "the remote knows whom git signs in as, and does not let them do this (403)",
        "Give the token the right to write contents; in a workflow: `permissions: {contents: write}`.",
    ),
    Refusal(
        r"Authentication failed|Invalid username or|HTTP Basic: Access denied|(?:error:|HTTP) 401",
        "the remote does not accept the password or token that git has (401)",
        "It is wrong, or has expired: give git a new one.",
    ),
    # ---- where it is
    Refusal(
        r"dubious ownership",
        "git does not trust the remote's folder, which belongs to somebody else",
        "If you do, say so as git does above, with the whole path of the folder.",
    ),
    Refusal(
        r"repository .*not found|does not appear to be a git repository|could not be found"
        r"|repository does not exist|(?:error:|HTTP) 404",
        "there is no repository at the remote's address, or it is hidden from whom git signs in as",
        "`git remote -v` shows the address; a token has to be allowed to see this repository.",
    ),
    Refusal(
        r"SSL certificate|certificate verification",
        "the remote's certificate is not trusted",
        "If it is the right one, name its authority: `git config http.sslCAInfo FILE`.",
    ),
    Refusal(
        r"Could not resolve|Failed to connect|Could(?: not|n't) connect|Network is unreachable"
        r"|No route to host|Connection (?:refused|timed out|reset|closed)",
        "the remote cannot be reached",
        "Is its address right (`git remote -v`), and the network there?",
    ),
    # ---- what is pushed
    Refusal(
        r"push protection|cannot contain secrets|GH009",
        "the remote found in the commit what looks like a secret",
        "Look at the commit: if it is none, allow it on the page that is named above.",
    ),
    Refusal(
        r"verified signature|must be signed|unsigned",
        "the remote takes signed commits only",
        "Let git sign them: `git config commit.gpgSign true`, and `user.signingKey`.",
    ),
    Refusal(
        r"GH007|email privacy",
        "the remote publishes no commit with this private address",
        "Commit with its no-reply address: `git config user.email ID+NAME@users.noreply.github.com`.",
    ),
    Refusal(
        r"exceeded its size limit|quota|No space left on device",
        "the remote has no room left",
        "Make room there, or have its limit raised.",
    ),
    Refusal(
        r"GH001|file size limit|exceeds maximum allowed size|(?:error:|HTTP) 413",
        "the remote takes no file or push as large as this",
        "Have its limit raised, or split the catalog's files.",
    ),
    Refusal(
        r"shallow update not allowed",
        "the remote takes nothing from a shallow clone",
        "Get the whole history first: `git fetch --unshallow`; in a workflow: `fetch-depth: 0`.",
    ),
    # ---- which branch
    Refusal(
        r"GH003|force.push|denying non-fast-forward|\(non-fast-forward\)",
        "the remote does not let this branch be made anew, which is how a proposal is kept up to date",
        "Allow force pushes to the review branches (`modelsync/*`); or merge the proposal, or delete its "
        "branch there.",
    ),
    Refusal(r"GH013|repository rule violations", "a ruleset of the remote does not allow the push", _RULES),
    Refusal(r"GH006|protected branch", "the remote protects the branch", _RULES),
    Refusal(
        r"stale info|fetch first|is at \S+ but expected",
        "somebody moved the branch while the run was at work",
        "It is as they left it: the next run looks at it anew.",
    ),
    Refusal(
        r"exists; cannot create|refname conflict|directory.file conflict",
        "another branch is in the way: its name is the beginning of this one, or goes on from it",
        "Rename or delete that one, or name another under `review: {branch: ...}` in sync.yaml.",
    ),
    Refusal(
        r"cannot lock ref|\.lock': File exists",
        "the branch is locked: another git is at work on it, or one was broken off",
        "Wait for it. If none is at work, the file that it names has to be removed.",
    ),
    Refusal(
        r"branch is currently checked out",
        "the remote is a working tree that has this branch checked out",
        "Switch it to another branch there, or push to a bare repository.",
    ),
    # ---- the rest
    Refusal(
        r"unpack failed|unpacker error|insufficient permission for adding an object",
        "the remote cannot store what is pushed",
        "Who keeps the remote has to look at its disk and its permissions.",
    ),
    Refusal(
        r"hook declined|push declined",
        "a hook of the remote refused the push",
        "Do what it says, or ask who keeps the remote.",
    ),
    Refusal(
        r"error: (?:429|5\d\d)\b|HTTP (?:429|5\d\d)\b|hung up unexpectedly|early EOF|Internal Server Error",
        "the remote is busy or fails",
        "Wait a little.",
    ),
)
_REMOTE_SPEAKS = re.compile(r"^\s*(?:remote:|fatal:|!)", re.MULTILINE)
_OWN_HOOK = Refusal(
    r"failed to push some refs", "the hook pre-push of this repository refused the push", "Do what it says."
)

_SIGNATURE = Refusal(
    r"failed to sign|passphrase|load public key|no private key found|user\.signingkey"
    r"|cannot run \S*(?:gpg|ssh-keygen)",
    "git could not sign the commit, so nothing was changed",
    "`git commit -S --allow-empty -m test` has to work, and ask nothing: a key with a passphrase has to be "
    "in its agent. Without signatures: `git config commit.gpgSign false`.",
)
_NO_COMMIT = Refusal("", "git did not commit, so nothing was changed; a hook or git itself said:", "")


def no_commit(words: str) -> Refusal:
    """What stopped a commit: its signature, or what only git's words can tell."""
    return _SIGNATURE if re.search(_SIGNATURE.words, words, re.IGNORECASE) else _NO_COMMIT


def refusal(words: str, otherwise: str) -> Refusal:
    """Which refusal git's words tell of; for one that is not known, what it is called otherwise."""
    known = next((one for one in _REFUSALS if re.search(one.words, words, re.IGNORECASE)), None)
    if known is None and re.search(_OWN_HOOK.words, words) and not _REMOTE_SPEAKS.search(words):
        return _OWN_HOOK
    return known or Refusal("", otherwise, "")
