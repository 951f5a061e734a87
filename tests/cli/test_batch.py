"""Several sources in one run: what is asked, what is passed over, what is due, and how it went."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from fault_server import Step, reply
from workplace import OPENAI, Workplace, ended, listing, row, rows

DATA = Path(__file__).parents[1] / "data"
PLAIN = ("groq", "mistral", "perplexity")
RECORDED = {
    **{f"/{name}": DATA / name / "models.json" for name in ("openai", *PLAIN, "aihubmix")},
    "/anthropic": DATA / "anthropic/models.json",
    "/google": DATA / "google/models.json",
    "/model/info": DATA / "litellm/model_info-1.109.1.json",
}
SOURCES = """\
sources:
  openrouter: {{authoritative: true, endpoints: [{{url: '{url}/models'}}]}}
  openai: {{key: required, endpoints: [{{url: '{url}/openai'}}]}}
  groq: {{key: required, update_frequency: daily, endpoints: [{{url: '{url}/groq'}}]}}
  mistral: {{update_frequency: weekly, endpoints: [{{url: '{url}/mistral'}}]}}
  perplexity: {{update_frequency: manual, endpoints: [{{url: '{url}/perplexity'}}]}}
  aihubmix: {{endpoints: [{{url: '{url}/aihubmix'}}]}}
  anthropic: {{transformer: anthropic, endpoints: [{{url: '{url}/anthropic'}}]}}
  gemini: {{transformer: google, endpoints: [{{url: '{url}/google'}}]}}
  litellm: {{endpoints: [{{}}]}}
  off: {{enabled: false, endpoints: [{{url: '{url}/off'}}]}}
batch: {{delay: 0{batch}}}
create_providers: true
mapping:
  - {{match: '^openai/', provider: openai}}
  - {{match: '^anthropic/', provider: anthropic}}
"""
KEYS = {
    "OPENAI_API_KEY": "sk-canary-openai",
    "GROQ_API_KEY": "sk-canary-groq",
    "ANTHROPIC_API_KEY": "sk-canary-anthropic",
    "GOOGLE_AI_API_KEY": "sk-canary-google",
}
EVERY = ["openrouter", "openai", *PLAIN, "aihubmix", "anthropic", "gemini", "litellm"]
NOON = 1_795_262_400  # 2026-11-21 12:00 UTC
HOUR = 3600


@pytest.fixture
def many(workplace: Workplace) -> Workplace:
    """A catalog with the sources above, all of which answer, and the keys of all."""
    for path, file in RECORDED.items():
        workplace.server.at(path, reply(file.read_bytes()))
    _configure(workplace)
    workplace.environment |= {**KEYS, "LITELLM_API_URL": _url(workplace)}
    workplace.team.commit_all("Many sources")
    return workplace


def test_a_plan_of_all_sources_is_applied_on_the_branch_of_all(many):
    assert many.run("plan", "--all", "--out", "plan.json").code == 0
    ran = many.run("apply", "plan.json", "--json")
    assert (ran.code, ran.json["branch"]) == (0, "modelsync/all")


def _url(workplace: Workplace) -> str:
    return f"http://127.0.0.1:{workplace.server.server_address[1]}"


def _configure(workplace: Workplace, batch: str = "", more: str = "") -> None:
    text = SOURCES.format(url=_url(workplace), batch=batch) + more
    workplace.team.write("catalog/sync.yaml", text.encode())


def _asked(workplace: Workplace) -> set[str]:
    return {asked.path.partition("?")[0].split("/")[1] for asked in workplace.server.asked}


def _without(workplace: Workplace, *names: str) -> None:
    for name in names:
        del workplace.environment[name]


# ---------------------------------------------------------------------------- the whole batch


def test_every_enabled_source_fills_the_catalog_and_the_second_run_is_empty(many):
    ran = many.run("sync", "--all", "--json")
    assert ran.code == 0
    assert ran.json["sources"] == EVERY
    assert ran.json["branch"] == "modelsync/all"
    assert (many.path / "catalog/providers/groq.yaml").exists()
    again = many.run("sync", "--all", "--json")
    assert (again.code, again.json["changes"], again.json["commit"]) == (0, [], "")


def test_the_end_sums_up_sources_and_models(many):
    ran = many.run("sync", "--all", "--json")
    told = ran.json["batch"]
    assert [(asked["source"], asked["state"]) for asked in told["sources"]] == [
        (name, "ok") for name in EVERY
    ]
    assert (told["ok"], told["failed"], told["passed_over"]) == (9, 0, 0)
    assert told["fetched"] == sum(asked["models"] for asked in told["sources"]) > 50
    added = sum(change["action"] == "add" for change in ran.json["changes"])
    assert told["new"] + told["overrides"] == added > 20
    again = many.run("sync", "--all")
    assert "9 sources: 9 ok, 0 failed, 0 passed over; " in again.out
    assert "9 sources: 9 ok, 0 failed" in many.team.git("log", "-1", "--format=%b")


def test_a_run_of_one_source_has_no_summary(many):
    ran = many.run("sync", "openrouter")
    assert (ran.code, ran.err) == (0, "")
    assert "passed over" not in ran.out


def test_one_source_that_fails_changes_only_the_summary_and_the_exit_code(many):
    whole = many.run("plan", "--all", "--json")
    many.server.at("/perplexity", reply(status=501))
    ran = many.run("plan", "--all", "--json", "--no-cache")
    assert (whole.code, ran.code) == (0, 7)
    assert [failure["source"] for failure in ran.json["failures"]] == ["perplexity"]
    assert (ran.json["batch"]["ok"], ran.json["batch"]["failed"]) == (8, 1)
    assert _others(ran, "perplexity") == _others(whole, "perplexity")


def test_one_source_without_its_key_changes_only_the_summary(many):
    whole = many.run("plan", "--all", "--json")
    many.server.asked.clear()
    _without(many, "GROQ_API_KEY")
    ran = many.run("plan", "--all", "--json", "--no-cache")
    assert (ran.code, ran.json["failures"]) == (0, [])
    assert "groq" not in _asked(many)
    assert {"source": "groq", "state": "passed over", "models": 0} in ran.json["batch"]["sources"]
    lacking = [notice for notice in ran.json["notices"] if notice["topic"] == "passed over, no key"]
    assert [(notice["subject"], notice["text"]) for notice in lacking] == [("groq", "GROQ_API_KEY")]
    assert _others(ran, "groq") == _others(whole, "groq")


def _others(ran, source: str) -> list[str]:
    return [change["model"] for change in ran.json["changes"] if change["provider"] != source]


def test_all_that_fail_are_summed_up_too(many):
    for path in (*RECORDED, "/models"):
        many.server.at(path, reply(status=404))
    ran = many.run("sync", "--all")
    assert (ran.code, ran.out) == (7, "")
    assert "9 sources: 0 ok, 9 failed (openrouter, openai, groq, " in ran.err


# ---------------------------------------------------------------------------- before it starts


def test_before_it_starts_it_says_what_it_asks_and_what_it_has_for_that(many):
    _without(many, "GROQ_API_KEY", "GOOGLE_AI_API_KEY")
    err = many.run("plan", "--all").err
    assert "loaded 2 providers, 7 models, 0 overrides" in err
    assert "asking 7: openrouter, openai, mistral, " in err
    assert "keys found: OPENAI_API_KEY, ANTHROPIC_API_KEY\n" in err
    assert "keys missing, and not needed: OPENROUTER_API_KEY, MISTRAL_API_KEY" in err
    assert err.count("groq") == err.count("gemini") == 1
    assert (
        "passed over, no key: groq (GROQ_API_KEY), "
        "gemini (GEMINI_API_KEY or GOOGLE_API_KEY or GOOGLE_AI_API_KEY); "
        "set them with `export NAME=...`, or that as a line in .env beside the catalog\n"
    ) in err
    assert "off" not in err
    assert "disabled: off" in many.run("plan", "--all", "-v").err


def test_of_one_source_it_says_only_what_that_lacks(many):
    _without(many, "GROQ_API_KEY")
    ran = many.run("sync", "groq")
    assert ran.code == 0
    assert ran.err.startswith(
        "modelsync: passed over, no key: groq (GROQ_API_KEY); set it with `export GROQ_"
    )
    assert "Nothing was asked: a key or an address is missing" in ran.out
    assert many.openai.read_text() == OPENAI
    assert not many.server.asked
    assert "keys found: OPENAI_API_KEY" in many.run("plan", "openai", "-v").err


def test_a_key_of_the_env_file_is_sent_and_never_shown(many):
    _without(many, "GROQ_API_KEY")
    many.team.write(".env", b"GROQ_API_KEY=sk-canary-of-the-file\n")
    many.server.at("/groq", reply(b'{"error": "sk-canary-of-the-file is no key"}', status=401))
    ran = many.run("plan", "--all", "-v")
    sent = [asked.headers.get("authorization") for asked in many.server.asked if asked.path == "/groq"]
    assert sent == ["Bearer sk-canary-of-the-file"]
    assert "GROQ_API_KEY" in ran.err
    assert "canary" not in ran.out + ran.err


def test_what_batch_skip_names_is_left_out_of_all_and_asked_by_name(many):
    _configure(many, ", skip: [openrouter, openai]")
    ran = many.run("plan", "--all")
    assert "left out by batch.skip: openrouter, openai" in ran.err
    assert _asked(many).isdisjoint({"models", "openai"})
    many.run("plan", "openai")
    assert "openai" in _asked(many)


@pytest.mark.parametrize("words", [["sync"], ["plan"]])
def test_no_source_that_is_meant_is_a_usage_error(many, words):
    _configure(many, ", skip: [openrouter]")
    assert many.run(*words).code == 0
    many.team.write("catalog/sync.yaml", b"sources: {}\n")
    assert (many.run(*words).code, many.run(*words, "--all").code) == (2, 2)


# ---------------------------------------------------------------------------- lists that stand in


def test_without_an_address_a_proxy_is_passed_over(many):
    _without(many, "LITELLM_API_URL")
    ran = many.run("plan", "litellm")
    assert ran.code == 0
    assert "passed over, no address: litellm (LITELLM_API_URL or LITELLM_BASE_URL); set it" in ran.err
    assert "Nothing was asked" in ran.out


def test_in_development_a_known_list_stands_for_the_proxy_and_says_so(many):
    _without(many, "LITELLM_API_URL")
    many.environment["MODELSYNC_ENV"] = "development"
    commands = "plan litellm", "sync litellm --no-commit", "plan litellm --json", "list --remote"
    for words in map(str.split, commands):
        ran = many.run(*words)
        assert ran.code == 0
        assert "because no address is set" in ran.out
    assert "last_synced" not in _state(many)


def test_without_a_key_anthropics_known_list_is_read_and_nothing_is_gone_by_it(many):
    _without(many, "ANTHROPIC_API_KEY")
    ran = many.run("plan", "anthropic", "--json", "--prune")
    assert ran.code == 0
    assert "anthropic" not in _asked(many)
    assert {"recorded", "incomplete"} & {notice["topic"] for notice in ran.json["notices"]}
    assert "remove" not in {change["action"] for change in ran.json["changes"]}


def _state(workplace: Workplace) -> str:
    return " ".join(path.name for path in (workplace.path / ".modelsync").iterdir())


# ---------------------------------------------------------------------------- what is due


def _at(many: Workplace, hours: float, *words: str):
    many.server.asked.clear()
    return many.run(*words, SOURCE_DATE_EPOCH=str(int(NOON + hours * HOUR)))


def test_only_what_is_due_is_asked(many):
    _at(many, 0, "sync", "--all", "--no-commit")
    realtime = {"models", "openai", "aihubmix", "anthropic", "google", "model"}
    for hours, due in ((1, realtime), (24, realtime | {"groq"}), (168, realtime | {"groq", "mistral"})):
        ran = _at(many, hours, "plan", "--all", "--due", "--no-cache")
        assert (ran.code, _asked(many)) == (0, due)
        assert "perplexity (manual: never by itself)" in ran.err


def test_a_run_of_what_is_due_proposes_on_the_same_branch_and_takes_nothing_back(many):
    first = _at(many, 0, "sync", "--all", "--json")
    many.team.git("switch", "-q", "main")
    many.server.at("/groq", reply(b'{"data": [{"id": "new-one", "object": "model"}]}'))
    ran = _at(many, 25, "sync", "--all", "--due", "--json")
    assert "mistral" not in ran.json["sources"]
    assert ran.json["branch"] == first.json["branch"] == "modelsync/all"
    proposed = many.team.git("show", "HEAD:catalog/providers/groq.yaml")
    assert "new-one" in proposed
    assert {change["provider"] for change in ran.json["changes"]} > {"groq", "mistral"}


@pytest.mark.parametrize("words", [["sync"], ["plan"], ["sync", "--dry-run"]])
def test_where_nothing_is_due_it_says_so_and_asks_nobody(many, words):
    _at(many, 0, "sync", "groq", "--no-commit")
    before = many.state()
    ran = _at(many, 23, *words, "groq", "perplexity", "--due")
    assert (ran.code, many.server.asked, many.state()) == (0, [], before)
    assert "Nothing is due" in ran.out
    assert "until 2026-11-22 12:00 UTC" in ran.out
    assert _at(many, 23, *words, "groq", "--due", "--json").json["changes"] == []


def test_a_failure_is_no_success_that_the_next_run_waits_for(many):
    many.server.at("/groq", reply(status=404))
    _at(many, 0, "sync", "groq", "--no-commit")
    _at(many, 1, "sync", "groq", "--no-commit", "--due")
    assert "groq" in _asked(many)


def test_status_shows_what_is_due(many):
    assert "groq        enabled        daily, due" in _at(many, 0, "status").out
    _at(many, 0, "sync", "groq", "--no-commit")
    told = {one["name"]: one for one in _at(many, 1, "status", "--json").json["sources"]}
    assert (told["groq"]["due"], told["openai"]["due"], told["off"]["due"]) == (False, True, False)
    assert told["litellm"]["addresses"] == {"LITELLM_API_URL": True, "LITELLM_BASE_URL": False}
    assert (told["groq"]["optional"], told["openrouter"]["optional"]) == (False, True)


# ---------------------------------------------------------------------------- at once


def test_sources_are_asked_at_the_same_time(many):
    together = threading.Barrier(len(EVERY), timeout=60)
    for path, file in {**RECORDED, "/models": None}.items():
        answer = reply(file.read_bytes() if file else listing(rows()))
        many.server.at(path, _meeting(together, answer))
    _configure(many, f", parallel: {len(EVERY)}")
    assert many.run("plan", "--all", "--json").json["batch"]["ok"] == len(EVERY)


def _meeting(together: threading.Barrier, answer: Step) -> Step:
    """An answer that is given once every source has asked."""

    def step(out: BinaryIO, over: threading.Event) -> None:
        together.wait()
        answer(out, over)

    return step


def test_between_two_requests_to_one_host_lies_the_delay(workplace):
    seen: list[float] = []

    def step(out: BinaryIO, over: threading.Event) -> None:
        seen.append(time.monotonic())
        reply(listing([row("openai/gpt-4o", "2.5", "10")]))(out, over)

    workplace.answers(step)
    url = f"{_url(workplace)}/models"
    two = "\n".join(f"  s{n}: {{transformer: openrouter, endpoints: [{{url: '{url}'}}]}}" for n in (1, 2))
    workplace.team.write("catalog/sync.yaml", f"sources:\n{two}\nbatch: {{delay: 1.5}}\n".encode())
    assert workplace.run("plan", "--all", "--no-cache").code == 0
    assert seen[1] - seen[0] > 1.4, "the configured delay, not the usual one"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_waits_for_no_source(many, number, code):
    asked = threading.Semaphore(0)

    def silence(out: BinaryIO, over: threading.Event) -> None:
        asked.release()
        over.wait()

    for path in (*RECORDED, "/models"):
        many.server.at(path, silence)
    _configure(many, ", parallel: 3")
    process = many.start("sync", "--all")
    assert all(asked.acquire(timeout=60) for _ in range(3))
    process.send_signal(number)
    ran = ended(process)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.endswith("nothing is left half done\n")
    assert len(many.server.asked) == 3, "no further source is asked on the way out"
