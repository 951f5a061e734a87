"""Writes what a run did to the outputs of its step and to the summary of the job: `outputs.py REPORT`."""

import json
import os
import subprocess
import sys
from pathlib import Path


def main(report: Path) -> None:
    done = json.loads(report.read_text()) if report.exists() else {}
    pull, branch = done.get("pull_request") or {}, done.get("branch", "")
    append(
        "GITHUB_OUTPUT",
        f"pr={line(pull['url']) if pull and pull['state'] != 'closed' else ''}",
        f"changed={str(bool(done.get('changes'))).lower()}",
        f"held={len(done.get('holds', []))}",
        f"head={tip(branch) if pull and branch else ''}",
    )
    if done:
        where = (
            f"[pull request {pull['number']}]({line(pull['url'])}), {pull['state']}"
            if pull
            else "no pull request"
        )
        failures = [f"`{code(one['source'])}` gave nothing: {code(one['kind'])}" for one in done["failures"]]
        append(
            "GITHUB_STEP_SUMMARY", f"`{code(done['subject'])}`: {where}", *(f"- {text}" for text in failures)
        )


def tip(branch: str) -> str:
    """The commit that the remote has the branch at."""
    command = ["git", "ls-remote", "origin", f"refs/heads/{branch}"]
    asked = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return asked.stdout.partition("\t")[0]


def append(variable: str, *lines: str) -> None:
    with open(os.environ[variable], "a", encoding="utf-8") as file:
        file.write("".join(f"{text}\n" for text in lines))


def line(text: str) -> str:
    """The text in one line: what comes below it would be another output."""
    return "".join(text.split())


def code(text: str) -> str:
    """The text as it may stand between backticks."""
    return " ".join(text.replace("`", "'").split())


main(Path(sys.argv[1]))
