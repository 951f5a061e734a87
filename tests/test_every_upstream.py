"""The whole job with every provider that the shipped `sync.yaml` names: real git and real servers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from fault_server import Step, reply
from repositories import GitRepository
from upstreams import CANARY, Upstream, Upstreams
from workplace import Ran, Workplace

LEFT_OUT = {  # what a provider lists and no catalog for language models wants, or has under another id
    "openai": {
        *("gpt-4o-mini-tts", "gpt-4o-transcribe", "gpt-image-1", "chatgpt-image-latest", "gpt-realtime"),
        *("gpt-3.5-turbo", "gpt-3.5-turbo-instruct", "babbage-002", "computer-use-preview", "dall-e-3"),
        *("omni-moderation-latest", "sora-2", "text-embedding-3-small", "tts-1", "whisper-1"),
    },
    "cohere": {"command-r-03-2024"},
    "groq": {"meta-llama/llama-prompt-guard-2-86m", "whisper-large-v3"},
    "mistral": {"mistral-medium-latest", "mistral-medium", "devstral-latest"},
    "gemini": {
        *("gemini-embedding-001", "gemini-3.1-flash-live-preview", "gemma-4-31b-it", "aqa"),
        *("imagen-4.0-generate-001", "lyria-3-pro-preview"),
    },
}
OF_MANY_VENDORS = {"openrouter", "aihubmix", "litellm"}
REALTIME = {"openrouter", "litellm", "ollama", "lmstudio"}
NOON = 1_795_262_400  # 2026-11-21 12:00 UTC
HOUR = 3600


class Team(Workplace):
    """A repository with the shipped `sync.yaml`, and no model yet."""

    def sync(self, *words: str, **environment: str) -> Ran:
        return self.run("sync", "--all", "--json", *words, **environment)

    def merge(self) -> None:
        """What a person does with the proposal."""
        self.team.git("switch", "-q", "main")
        self.team.git("merge", "-q", "--ff-only", "modelsync/all")

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.path / "catalog/providers").iterdir()}

    def followed(self) -> dict[str, dict[str, Any]]:
        """By source and its ids the entries that follow it."""
        found: dict[str, dict[str, Any]] = {}
        for entry in self.run("list", "--json").json["models"]:
            for source, id_ in entry["upstream"].items():
                found.setdefault(source, {})[id_] = entry
        return found


@pytest.fixture
def upstreams() -> Iterator[Upstreams]:
    with Upstreams() as started:
        yield started


def made(folder: Path, upstreams: Upstreams, parallel: int = 8) -> Team:
    team = Team(GitRepository.create(folder), upstreams["openrouter"], upstreams.environment)
    text = upstreams.configuration().replace("create_providers: false", "create_providers: true")
    team.team.write("catalog/sync.yaml", text.replace("parallel: 8", f"parallel: {parallel}").encode())
    team.team.commit_all("Who is followed")
    return team


@pytest.fixture
def team(tmp_path: Path, upstreams: Upstreams) -> Team:
    return made(tmp_path / "team", upstreams)


@pytest.fixture
def synced(team: Team) -> Team:
    """One run later, its branch merged."""
    assert team.sync().code == 0
    team.merge()
    return team


def asked(upstreams: Upstreams) -> set[str]:
    """Who was asked since the last time."""
    names = {upstream.name for upstream in upstreams if upstream.asked}
    for upstream in upstreams:
        upstream.asked.clear()
    return names


def ids_of(upstream: Upstream) -> set[str]:
    """What of its list belongs into a catalog."""
    listed = {row.get("id") or row["name"].removeprefix("models/") for row in upstream.rows}
    return listed - LEFT_OUT.get(upstream.name, set())


# ---------------------------------------------------------------------------- the first run


def test_every_provider_fills_the_catalog_in_one_commit_on_one_branch(team, upstreams):
    ran = team.sync()
    assert (ran.code, ran.json["failures"], ran.json["branch"]) == (0, [], "modelsync/all")
    assert team.team.git("rev-list", "--count", "main..modelsync/all") == "1"
    assert team.team.git("status", "--porcelain") == ""
    assert asked(upstreams) == set(upstreams.names)
    followed = team.followed()
    for upstream in upstreams:
        if upstream.name not in OF_MANY_VENDORS:
            assert followed[upstream.name].keys() == ids_of(upstream), upstream.name
    assert followed["openrouter"].keys() == ids_of(upstreams["openrouter"])
    assert "openai/gpt-5-mini" in followed["aihubmix"]
    assert "openai/my-private-finetune" in followed["litellm"]
    assert team.run("check").code == 0


def test_a_model_that_another_sells_too_states_only_what_differs(synced):
    assert """
      openai-gpt-oss-120b:
        model: openai/gpt-oss-120b
        base: openai/gpt-oss-120b
        upstream: {groq: openai/gpt-oss-120b}
        max_output_tokens: 65536
""" in synced.files()["groq.yaml"].decode()
    sellers = (
        "cerebras",
        "deepinfra",
        "fireworks",
        "huggingface",
        "hyperbolic",
        "nvidia",
        "novita",
        "together",
    )
    followed = synced.followed()
    for name in (*sellers, "sambanova"):
        bases = [entry["base"] for id_, entry in followed[name].items() if "gpt-oss-120b" in id_]
        assert bases == ["openai/gpt-oss-120b"], name
    shown = synced.run("show", "cerebras/gpt-oss-120b", "--json").json
    assert (shown["own"], shown["values"]["context_length"]) == (["model"], 131072)


def test_the_summary_adds_up(team, upstreams):
    told = team.sync().json
    batch, actions = told["batch"], [change["action"] for change in told["changes"]]
    assert [(one["source"], one["state"]) for one in batch["sources"]] == [
        (name, "ok") for name in upstreams.names
    ]
    assert (batch["ok"], batch["failed"], batch["passed_over"]) == (len(upstreams.names), 0, 0)
    assert batch["fetched"] == sum(one["models"] for one in batch["sources"])
    based = sum(any(field["field"] == "base" for field in change["fields"]) for change in told["changes"])
    assert (batch["overrides"], batch["new"] + batch["overrides"]) == (based, actions.count("add"))
    assert (batch["merged"], batch["unchanged"]) == (actions.count("update"), 0) == (0, 0)
    team.merge()
    assert team.sync().json["batch"]["unchanged"] == len(actions)


def test_the_order_and_the_speed_of_answers_change_no_byte(team, tmp_path, upstreams):
    team.sync()
    other = made(tmp_path / "other", upstreams, parallel=len(upstreams.names))
    for upstream in upstreams:
        upstream.rows.reverse()
    answered = _the_last_one_first(upstreams)
    other.sync()
    assert list(dict.fromkeys(answered)) == upstreams.names[::-1]
    assert other.files() == team.files()


def _the_last_one_first(upstreams: Upstreams) -> list[str]:
    """From now on each waits for the next one's first answer; the names of all, as they answer."""
    answered, before = list[str](), threading.Event()
    before.set()
    for upstream in reversed(list(upstreams)):
        done = threading.Event()
        upstream.around = partial(_after, before, done, partial(answered.append, upstream.name))
        before = done
    return answered


def _after(before: threading.Event, done: threading.Event, note: Callable[[], None], answer: Step) -> Step:
    def step(out: BinaryIO, over: threading.Event) -> None:
        before.wait(60)
        note()
        answer(out, over)
        done.set()

    return step


# ---------------------------------------------------------------------------- the second run


def test_the_second_run_writes_nothing_merged_or_not(team, upstreams):
    team.sync()
    for merge in (lambda: team.team.git("switch", "-q", "main"), team.merge):
        merge()
        before = team.state()
        asked(upstreams)
        ran = team.sync()
        assert (ran.code, ran.json["commit"], ran.json["backup"]) == (0, "", "")
        assert (team.state(), asked(upstreams)) == (before, set(upstreams.names))
    assert ran.json["changes"] == []


def test_only_what_is_due_is_asked(team, upstreams):
    team.sync(SOURCE_DATE_EPOCH=f"{NOON}")
    asked(upstreams)
    for hours, due in ((23, REALTIME), (24, set(upstreams.names))):
        assert team.sync("--due", "--dry-run", SOURCE_DATE_EPOCH=f"{NOON + hours * HOUR}").code == 0
        assert asked(upstreams) == due


# ---------------------------------------------------------------------------- when one is not as the others


BROKEN = {
    "groq": reply(
        b'{"error": {"code": "internal_server_error"}}', status=500, headers={"Retry-After": "9999"}
    ),
    "cerebras": reply(b"<html><body>502</body></html>"),
    "xai": reply(b'{"error": "forbidden"}', status=403),
    "novita": reply(b'{"object": "list", "data": [{"id": "cut'),
    "moonshot": reply(b"", headers={"Location": "https://elsewhere.example/"}, status=302),
    "zhipu": reply(b'{"data": []}'),
}


def test_those_that_fail_keep_no_other_from_the_first_run(team, tmp_path, upstreams):
    whole = made(tmp_path / "whole", upstreams)
    whole.sync()
    for name, answer in BROKEN.items():
        upstreams[name].fault = answer
    ran = team.sync()
    assert (ran.code, {failure["source"] for failure in ran.json["failures"]}) == (7, BROKEN.keys())
    others, left = (
        {name: text for name, text in one.files().items() if name.removesuffix(".yaml") not in BROKEN}
        for one in (team, whole)
    )
    assert others == left
    assert (ran.json["batch"]["ok"], ran.json["batch"]["failed"]) == (len(upstreams.names) - 6, 6)


def test_one_that_answers_500_changes_only_the_summary_and_the_exit_code(synced, upstreams):
    before = synced.state()
    for name in ("groq", "openrouter", "gemini"):
        upstreams[name].fault = BROKEN["groq"]
        ran = synced.sync()
        assert (ran.code, ran.json["changes"], synced.state()) == (7, [], before)
        assert [failure["source"] for failure in ran.json["failures"]] == [name]
        (state,) = (one for one in ran.json["batch"]["sources"] if one["source"] == name)
        assert state == {"source": name, "state": "failed", "models": 0}
        upstreams[name].fault = None


def test_one_without_its_key_changes_only_the_summary(synced, upstreams):
    before = synced.state()
    asked(upstreams)
    del synced.environment["GROQ_API_KEY"]
    ran = synced.sync()
    assert (ran.code, ran.json["failures"], ran.json["changes"], synced.state()) == (0, [], [], before)
    assert asked(upstreams) == set(upstreams.names) - {"groq"}
    assert {"source": "groq", "state": "passed over", "models": 0} in ran.json["batch"]["sources"]
    assert "passed over, no key: groq (GROQ_API_KEY); set it with `export GROQ_API_KEY=...`" in ran.err


# ---------------------------------------------------------------------------- what they list now


def test_a_providers_own_list_is_shown(team, upstreams):
    ran = team.command("list", "groq", "--remote")
    assert (ran.code, asked(upstreams)) == (0, {"groq"})
    assert all(id_ in ran.out for id_ in ids_of(upstreams["groq"]))
    assert "groq: 4 models, asked just now" in ran.out


def test_each_provider_that_can_be_asked_is_counted_and_its_models_are_named(team, upstreams):
    del team.environment["XAI_API_KEY"]
    out = team.command("list", "--remote").out.splitlines()
    assert asked(upstreams) == set(upstreams.names) - {"xai"}
    for upstream in upstreams:
        if upstream.name not in OF_MANY_VENDORS | {"xai", "mistral", "openai", "cohere"}:
            ids = sorted(id_ if id_ != "perplexity/sonar" else "sonar" for id_ in ids_of(upstream))
            (row,) = (line.split() for line in out if line.split()[:2] == [upstream.name, upstream.name])
            assert row[2:] == [f"{len(ids)}", "just", "now"]
            assert f"{upstream.name}: {', '.join(ids)}" in out
    assert not any(line.startswith(("xai ", "xai:")) for line in out)


# ---------------------------------------------------------------------------- keys


def test_no_key_is_shown_committed_or_kept(team, upstreams):
    team.environment |= {"XAI_API_KEY": f"sk-{CANARY}-wrong", "ANTHROPIC_API_KEY": f"sk-{CANARY}-wrong"}
    runs = [
        team.command("sync", "--all", "-v", LOG_LEVEL="debug"),
        team.sync(),
        team.command("list", "--remote"),
    ]
    runs.append(team.run("status"))
    assert [ran.code for ran in runs] == [7, 7, 7, 0]
    assert upstreams["xai"].asked[0].headers["authorization"] == f"Bearer sk-{CANARY}-wrong"
    assert not any(CANARY in ran.out + ran.err for ran in runs)
    assert not any(CANARY in question.path for upstream in upstreams for question in upstream.asked)
    assert CANARY.encode() not in team.team.raw("cat-file", "--batch-all-objects", "--batch")
    files = [path for path in team.path.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert {"backups", ".modelsync"} <= {path.relative_to(team.path).parts[0] for path in files}
    assert not [path for path in files if CANARY.encode() in path.read_bytes()]


def test_who_is_asked_without_a_key_is_asked_with_none(team, upstreams):
    for upstream in upstreams:
        team.environment.pop(upstream.variable, None)
    ran = team.sync()
    assert (ran.code, ran.json["failures"]) == (0, [])
    optional = {"openrouter", "aihubmix", "litellm", "nvidia", "novita", "huggingface", "ollama", "lmstudio"}
    assert asked(upstreams) == optional
    assert "anthropic" in team.followed(), "a list that is known stands in"


@pytest.mark.parametrize("is_asked", [True, False])
def test_who_cannot_be_read_now_keeps_what_was_proposed(team, upstreams, is_asked):
    team.sync()
    team.team.git("switch", "-q", "main")
    upstreams["groq"].fault = BROKEN["groq"]
    if not is_asked:
        del team.environment["GROQ_API_KEY"]
    before = team.state()
    assert team.sync().code == (7 if is_asked else 0)
    assert team.state() == before


def test_a_list_that_repeats_the_key_is_no_list(team, upstreams):
    upstreams["zhipu"].rows[1]["name"] = upstreams["zhipu"].key
    ran = team.sync()
    assert (ran.code, [failure["source"] for failure in ran.json["failures"]]) == (7, ["zhipu"])
    assert CANARY.encode() not in team.team.raw("cat-file", "--batch-all-objects", "--batch")
    cached = (team.path / ".modelsync/http").iterdir()
    assert not [path for path in cached if CANARY.encode() in path.read_bytes()]


def test_a_model_that_two_sources_list_is_one_entry(synced):
    entries = [entry for found in synced.followed().values() for entry in found.values()]
    names = {(entry["provider"], entry["values"]["model"]): set() for entry in entries}
    for entry in entries:
        names[entry["provider"], entry["values"]["model"]].add(entry["key"])
    assert [keys for keys in names.values() if len(keys) > 1] == []
