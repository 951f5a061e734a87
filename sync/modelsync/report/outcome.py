"""Says where a run's result is and what one does next; shows nothing itself."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath

import msgspec

from modelsync.records import Report, Topic
from modelsync.report.text import plain

CARRY_OUT = "leave out --dry-run, or say `sync` for `plan`"


class Outcome(msgspec.Struct, frozen=True):
    """What became of the run in one sentence, and by name where things are and what comes next."""

    sentence: str
    pointers: dict[str, str]


def outcome(report: Report) -> Outcome:
    """Where the result is: commit, branch, backup, the way back."""
    match report.outcome:
        case "committed":
            return Outcome(f"Committed {_commit(report)}{_branch(report)}", _after_commit(report))
        case "already proposed":
            return Outcome(f"Already proposed{_branch(report)}; nothing was written", _look(report))
        case "written":
            return Outcome("Written, not committed", _backup(report) | {"look": "git diff"} | _undo(report))
        case "planned" if report.plan.changes:
            return Outcome("A plan: nothing was written", {"do it": plain(report.command) or CARRY_OUT})
        case _:
            return Outcome(_nothing(report), {})


def _nothing(report: Report) -> str:
    plan = report.plan
    if plan.asked and all(asked.state == "passed over" for asked in plan.asked):
        return "Nothing was asked: a key or an address is missing"
    if not plan.sources and any(notice.topic == Topic.NOT_DUE for notice in plan.notices):
        return "Nothing is due"
    count = plan.unchanged
    if plan.failures or plan.holds:
        return "Nothing was written"
    return f"Nothing to do: {count:,} {'model is' if count == 1 else 'models are'} up to date"


def _commit(report: Report) -> str:
    return plain(report.commit[:10])


def _branch(report: Report) -> str:
    return f" on {plain(report.branch)}" if report.branch else ""


def _after_commit(report: Report) -> dict[str, str]:
    push = {"push": f"git push -u origin {_word(report.branch)}"} if report.branch else {}
    return _backup(report) | _look(report) | push | _back(report) | _undo(report)


def _look(report: Report) -> dict[str, str]:
    return {"look": f"git show {_commit(report) or _word(report.branch)}"}


def _back(report: Report) -> dict[str, str]:
    if report.previous_branch in ("", report.branch):
        return {}
    return {"go back": f"git switch {_word(report.previous_branch)}"}


def _backup(report: Report) -> dict[str, str]:
    return {"backup": plain(report.backup)} if report.backup else {}


def _undo(report: Report) -> dict[str, str]:
    if not report.backup:
        return {}
    return {"undo": f"modelsync backups restore {_word(PurePosixPath(report.backup).name)}"}


def _word(text: str) -> str:
    return shlex.quote(plain(text))
