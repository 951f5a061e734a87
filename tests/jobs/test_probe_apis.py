"""What is asked of a provider's API, what its answers mean, and what a probe costs at most."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fault_server import FaultServer, Step, raw, reply
from modelsync import config
from modelsync.errors import UsageError
from modelsync.http import Reply
from modelsync.jobs import probe
from modelsync.jobs.probe import is_real
from modelsync.run.request import Run
from modelsync.sources import SOURCES as ALL
from modelsync.sources import Question
from workplace import Workplace

CANARY = "canary-5ecret-value"
SOURCES = """\
sources:
  openrouter: {authoritative: true, endpoints: [{url: 'URL/models'}]}
  groq:
    endpoints:
      - {url: 'URL/openai/v1/models?limit=5'}
      - {url: 'URL/vectors/v1/models/', endpoint_type: EMBEDDINGS}
  openai: {enabled: false, endpoints: [{url: 'URL/v1/models'}]}
  anthropic: {key: optional, endpoints: [{url: 'URL/v1/models?limit=1000'}]}
  gemini: {api_key_env: [GEMINI_API_KEY], endpoints: [{url: 'URL/v1beta/models', format: GEMINI}]}
  ollama: {key: optional, endpoints: [{url: 'URL/v1/models'}]}
  proxy: {transformer: litellm, endpoints: [{url: 'URL/model/info'}]}
  bare: {transformer: litellm, endpoints: [{url: 'URL'}]}
  odd: {endpoints: [{url: 'URL/v1/catalog.json'}]}
  nowhere: {endpoints: [{url_env: [NOWHERE_ADDRESS]}]}
mapping:
  - {match: '^meta/', provider: groq}
"""
ENTRIES = """\
providers:
  groq:
    models:
      llama: {model: llama-3, upstream: {openrouter: meta/llama-3}, pricing: {input: 0.5, output: 0.8}}
      based: {model: llama-4, base: groq/llama, pricing: {output: 2}}
      dear: {model: dear, upstream: {groq: dear}, pricing: {input: 1, output: 2, request: 0.005, windows: [
        {utc_start: '16:30', utc_end: '00:30', input: 3, output: 1}]}}
      free: {model: free, pricing: {input: 0, output: 0}}
      half: {model: half, pricing: {input: 1}}
      vectors: {model: vectors-1, features: [embeddings], pricing: {input: 0.02}}
      voices: {model: voices-1, features: [speech]}
      nameless: {name: None}
  openai: {models: {gpt-5: {model: gpt-5}}}
  anthropic: {models: {claude: {model: claude-9}}}
  gemini: {models: {flash: {model: gemini-9/../flash}, vectors: {model: models/vec, features: [embeddings]}}}
  ollama: {models: {qwen: {model: 'qwen3:8b'}}}
  proxy: {models: {gpt: {model: gpt}}}
  bare: {models: {gpt: {model: gpt}}}
  odd: {models: {gpt: {model: gpt}}}
  nowhere: {models: {gpt: {model: gpt}}}
  unlisted: {models: {gpt: {model: gpt}}}
"""


@pytest.fixture
def server():
    with FaultServer() as started:
        yield started


@pytest.fixture
def run(server: FaultServer, tmp_path, monkeypatch) -> Run:
    made = Workplace.make(tmp_path / "team", server)
    text = SOURCES.replace("URL", server.at("/", reply(status=404)).removesuffix("/"))
    made.team.write("catalog/sync.yaml", text.encode())
    made.team.write("catalog/providers/openai.yaml", ENTRIES.encode())
    (made.path / "catalog/providers/anthropic.yaml").unlink()
    for name in ("GROQ", "OPENAI", "ANTHROPIC", "GEMINI", "PROXY", "BARE", "ODD", "NOWHERE", "LITELLM"):
        monkeypatch.setenv(f"{name}_API_KEY", CANARY)
    monkeypatch.chdir(made.path)
    place = config.find(None, made.path)
    return Run(place=place, config=config.load(place), now=config.now())


def answer(content: Any, status: int = 200) -> Step:
    return reply(json.dumps(content).encode(), status=status)


# ---------------------------------------------------------------------------- what is asked

CHAT = {"choices": [{"message": {"role": "assistant", "content": "H"}}], "model": "llama-3-0405"}


HI = [{"role": "user", "content": "Hi"}]
BEARER = ("authorization", f"Bearer {CANARY}")
GEMINI = {"contents": [{"parts": [{"text": "Hi"}]}], "generationConfig": {"maxOutputTokens": 1}}
EXPECTED = {
    "groq/llama": (
        "/openai/v1/chat/completions",
        {"model": "llama-3", "max_tokens": 1, "messages": HI},
        *BEARER,
    ),
    "groq/vectors": ("/vectors/v1/embeddings", {"model": "vectors-1", "input": "Hi"}, *BEARER),
    "openai/gpt-5": (
        "/v1/chat/completions",
        {"model": "gpt-5", "max_completion_tokens": 1, "messages": HI},
        *BEARER,
    ),
    "anthropic/claude": (
        "/v1/messages",
        {"model": "claude-9", "max_tokens": 1, "messages": HI},
        "x-api-key",
        CANARY,
    ),
    "gemini/flash": (
        "/v1beta/models/gemini-9%2F..%2Fflash:generateContent",
        GEMINI,
        "x-goog-api-key",
        CANARY,
    ),
    "gemini/vectors": (
        "/v1beta/models/vec:embedContent",
        {"content": {"parts": [{"text": "Hi"}]}},
        "x-goog-api-key",
        CANARY,
    ),
}


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items(), ids=EXPECTED)
def test_one_smallest_request_goes_to_the_providers_own_api(run, server, name, expected):
    ready = probe.prepare(run, name)
    assert server.asked == []
    probe.ask(ready)
    (asked,) = server.asked
    path, content, header, value = expected
    assert (asked.method, asked.path, json.loads(asked.body)) == ("POST", path, content)
    assert asked.headers[header] == value


@pytest.mark.parametrize("name", ["proxy/gpt", "bare/gpt"])
def test_the_path_of_a_proxys_list_is_no_part_of_its_api(run, name):
    assert probe.prepare(run, name).call.url.endswith(
        f"{run.config.sources['bare'].endpoints[0].url}/chat/completions"
    )


def test_a_server_of_ones_own_is_asked_without_a_key(run, server):
    probe.ask(probe.prepare(run, "ollama/qwen"))
    assert "authorization" not in server.asked[0].headers


def test_another_id_may_be_asked_for(run):
    ready = probe.prepare(run, "groq/llama", "llama-3.1")
    assert (ready.model, ready.call.content["model"]) == ("llama-3.1", "llama-3.1")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unlisted/gpt", "no source unlisted"),
        ("nowhere/gpt", "NOWHERE_ADDRESS"),
        ("odd/gpt", "end in /models"),
        ("groq/voices", "only models for chat"),
        ("groq/nameless", "--model"),
        ("groq/lama", "llama"),
    ],
)
def test_what_cannot_be_asked_says_what_is_missing(run, server, name, said):
    with pytest.raises(UsageError) as caught:
        probe.prepare(run, name)
    assert said in str(caught.value)
    assert server.asked == []


@pytest.mark.parametrize(
    ("name", "variable"),
    [("groq/llama", "GROQ"), ("anthropic/claude", "ANTHROPIC"), ("gemini/flash", "GEMINI")],
)
def test_a_key_that_is_missing_is_named_with_how_to_set_it(run, monkeypatch, name, variable):
    monkeypatch.delenv(f"{variable}_API_KEY")
    with pytest.raises(UsageError) as caught:
        probe.prepare(run, name)
    assert f"{variable}_API_KEY is not set" in caught.value.what
    assert f"{variable}_API_KEY=... into .env" in caught.value.advice


def test_what_nothing_could_be_recorded_for_is_not_asked(run):
    assert probe.prepare(run, "groq/llama", to_record=True)
    with pytest.raises(UsageError, match="nothing to record"):
        probe.prepare(run, "groq/dear", to_record=True)


# ---------------------------------------------------------------------------- what it costs


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("groq/llama", "0.0000168"),  # 32 x 0.5 + 1 x 0.8, per 1M
        ("groq/based", "0.000018"),  # the input price is its base's
        ("groq/dear", "0.005098"),  # at the dearest time of the day, and the call's own price
        ("groq/free", "0"),
        ("groq/half", None),
        ("groq/vectors", "0.00000064"),
        ("openai/gpt-5", None),
    ],
)
def test_the_cost_is_at_most_what_the_catalog_says(run, name, most):
    assert probe.prepare(run, name).most == (None if most is None else Decimal(most))


# ---------------------------------------------------------------------------- what an answer means

MODEL = "some-model"
CALLS = {name: source.call for name, source in ALL.items() if source.call}
WANTED = Question(source="groq", base="https://api.example/v1", model=MODEL, key=CANARY, embeds=False)


def openai_error(message: str, code: str | int | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


def google_error(code: int, status: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "status": status}}


OF_OPENAI = [
    (200, CHAT, True),
    (
        404,
        openai_error(f"The model `{MODEL}` does not exist or you have no access", "model_not_found"),
        False,
    ),
    (400, {"object": "error", "message": f"Invalid model: {MODEL}", "type": "invalid_model"}, False),
    (400, openai_error("Model Not Exist"), False),
    (400, openai_error(f"{MODEL} is not a valid model ID", 400), False),
    (400, openai_error(f"Invalid model name passed in model={MODEL}", "400"), False),
    (404, {"error": {"message": f'model "{MODEL}" not found, try pulling it first'}}, False),
    (404, {"code": "not there", "error": f"The model {MODEL} does not exist"}, False),
    (400, {"code": 20012, "message": "Model does not exist."}, False),
    (400, {"error": {"code": "1211", "message": "模型不存在"}}, False),
    (404, openai_error("No.", "model_not_found"), False),
    (404, openai_error(f"The model `{MODEL}` does not exist or you do not have access to it."), None),
    (404, openai_error("Project not found: the model router knows no project of this name"), None),
    (404, openai_error("Endpoint eu-1 not found for model serving"), None),
    (404, openai_error(f"The model {MODEL}2 does not exist"), None),
    (404, openai_error("Model not found"), None),
    (404, {"detail": "Not Found"}, None),
    (404, {"status": 404, "error": "Not Found", "path": f"/models/{MODEL}/chat/completions"}, None),
    (404, openai_error("Invalid URL (POST /v1/v1/chat/completions)"), None),
    (404, openai_error("This is not a chat model"), None),
    (400, openai_error("max_tokens is not supported with this model", "unsupported_parameter"), None),
    (401, openai_error("Incorrect API key provided", "invalid_api_key"), None),
    (402, openai_error("Insufficient Balance"), None),
    (403, openai_error("model not found in this region"), None),
    (429, openai_error("Rate limit reached for the model", "rate_limit_exceeded"), None),
    (500, openai_error("The model was not found on the node"), None),
    (200, openai_error("Model not found"), None),
    (307, {}, None),
]
OF_ANTHROPIC = [
    (200, {"type": "message", "content": [], "model": MODEL, "stop_reason": "max_tokens"}, True),
    (404, {"type": "error", "error": {"type": "not_found_error", "message": f"model: {MODEL}"}}, False),
    (404, {"type": "error", "error": {"type": "not_found_error", "message": "Not Found"}}, None),
    (401, {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}, None),
    (400, {"type": "error", "error": {"type": "invalid_request_error", "message": "credit is low"}}, None),
    (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, None),
]
OF_GOOGLE = [
    (200, {"candidates": [{"finishReason": "MAX_TOKENS"}], "modelVersion": MODEL}, True),
    (200, {"usageMetadata": {"promptTokenCount": 2}}, True),
    (404, google_error(404, "NOT_FOUND", f"models/{MODEL} is not found for API version v1beta"), False),
    (404, [google_error(404, "NOT_FOUND", f"models/{MODEL} is not found")], False),
    (400, google_error(400, "INVALID_ARGUMENT", "API key not valid"), None),
    (400, google_error(400, "FAILED_PRECONDITION", "User location is not supported"), None),
    (403, google_error(403, "PERMISSION_DENIED", "no such model for you"), None),
]
ANSWERS = [
    *(("openai", *row) for row in OF_OPENAI),
    *(("anthropic", *row) for row in OF_ANTHROPIC),
    *(("google", *row) for row in OF_GOOGLE),
]


@pytest.mark.parametrize(("api", "status", "content", "real"), ANSWERS)
def test_an_id_is_real_not_real_or_it_cannot_be_told(api, status, content, real):
    body = json.dumps(content).encode()
    assert is_real(CALLS[api](WANTED), Reply(status, {}, body)) is real


@given(
    st.sampled_from(sorted(CALLS)),
    st.integers(100, 599),
    st.one_of(
        st.binary(),
        st.recursive(
            st.none() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(st.sampled_from(["error", "message", "choices", "content", "code"]), inner)
            ),
        ).map(lambda value: json.dumps(value).encode()),
    ),
)
def test_only_a_whole_answer_says_yes_and_only_a_refusal_says_no(api, status, body):
    real = is_real(CALLS[api](WANTED), Reply(status, {}, body))
    assert real is not True or status == 200
    assert real is not False or status in (400, 404, 422)


@pytest.mark.parametrize(
    ("step", "kind", "advice"),
    [
        (answer(openai_error("no"), 401), "authentication", "GROQ_API_KEY"),
        (answer(openai_error("slow"), 429), "rate limit", "later"),
        (answer(openai_error("down"), 503), "connection", "later"),
        (reply(b"<html>Not found: model</html>", status=404), "data", "source groq"),
        (reply(b"[" * 100_000), "data", "source groq"),
        (raw(b""), "connection", ""),
    ],
)
def test_what_cannot_be_told_says_why_and_what_to_do(run, server, step, kind, advice):
    server.at("/openai/v1/chat/completions", step)
    found = probe.ask(probe.prepare(run, "groq/llama"))
    assert (found.real, found.kind) == (None, kind)
    assert advice in found.advice
    assert found.reason
    assert len(server.asked) == 1


def test_what_answers_is_told_and_no_secret_with_it(run, server):
    server.at("/openai/v1/chat/completions", answer(CHAT), answer({**CHAT, "model": f"x {CANARY}"}))
    ready = probe.prepare(run, "groq/llama")
    assert probe.ask(ready).answered_as == "llama-3-0405"
    assert probe.ask(ready).answered_as == "x ***"
