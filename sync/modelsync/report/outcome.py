"""Says where a run's result is and what one does next; shows nothing itself."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath

import msgspec

from modelsync.records import Plan, Report, Topic
from modelsync.report.text import plain

CARRY_OUT = "leave out --dry-run, or say `sync` for `plan`"


class Outcome(msgspec.Struct, frozen=True):
    """What became of the run in one sentence, and by name where things are and what comes next."""

    sentence: str
    pointers: dict[str, str]


def outcome(report: Report) -> Outcome:
    """Where the result is: commit, branch, backup, the way back."""
    commit, branch, backup = plain(report.commit[:10]), _word(report.branch), report.backup
    on_branch = f" on {plain(report.branch)}" if report.branch else ""
    look = f"git show {commit or branch}"
    there = f"cd {_word(report.folder)}" if report.folder else ""
    restore = f"modelsync backups restore {_word(PurePosixPath(backup).name)}" if backup else ""
    match report.outcome:
        case "committed":
            sentence = f"Committed {commit}{on_branch}"
            pointers = {
                "backup": plain(backup),
                "go there": there,
                "look": look,
                "push": plain(report.push),
                "go back": plain(report.go_back),
                "undo": plain(report.undo),
            }
        case "already proposed":
            sentence = f"Already proposed{on_branch}; nothing was written"
            pointers = {"go there": there, "look": look}
        case "written":
            sentence = "Written, not committed"
            pointers = {"backup": plain(backup), "go there": there, "look": "git diff", "undo": restore}
        case "compared":
            count = len(report.plan.changes)
            differing = f"{count:,} {'model differs' if count == 1 else 'models differ'}"
            sentence, pointers = f"Compared: {differing}" if count else "No difference", {}
        case "planned" if report.plan.changes:
            sentence, pointers = "A plan: nothing was written", {"do it": plain(report.command) or CARRY_OUT}
        case _:
            sentence, pointers = _nothing(report.plan), {}
    pull = report.pull_request
    pointers = {
        **({pull.kind: f"{plain(pull.url)} ({pull.state})"} if pull else {}),
        **({"pushed": plain(report.pushed)} if report.pushed else {}),
        **({"dashboard": plain(report.dashboard)} if report.dashboard else {}),
        **pointers,
    }
    return Outcome(sentence, {name: pointer for name, pointer in pointers.items() if pointer})


def _nothing(plan: Plan) -> str:
    if plan.asked and all(asked.state == "passed over" for asked in plan.asked):
        return "Nothing was asked: a key or an address is missing"
    if not plan.sources and any(notice.topic == Topic.NOT_DUE for notice in plan.notices):
        return "Nothing is due"
    if plan.failures or plan.holds or any(notice.topic == Topic.MISSING for notice in plan.notices):
        return "Nothing was written"
    count, unknown = plan.unchanged, len(plan.not_compared)
    rest = f", not compared: {unknown:,}" if unknown else ""
    return f"Nothing to do: {count:,} {'model is' if count == 1 else 'models are'} up to date{rest}"


def _word(text: str) -> str:
    return shlex.quote(plain(text))
