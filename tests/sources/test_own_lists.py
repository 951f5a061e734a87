"""That lists of a vendor's or server's own say what they say, and no more: Ollama's, Azure's and others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asking import client
from hypothesis import given
from hypothesis import strategies as st

from fault_server import FaultServer, reply
from modelsync.http import Answer
from modelsync.records import Failure, Listing, Model
from modelsync.sources import SOURCES, Endpoint, Question, SourceSettings, listing_of

DATA = Path(__file__).parents[1] / "data"
UNDER = {
    "ollama": "models",
    "cohere": "models",
    "bedrock": "modelSummaries",
    "vertex": "publisherModels",
    "azure": "value",
    "gpustack": "items",
}
NAMED = {
    "ollama": "model",
    "cohere": "name",
    "bedrock": "modelId",
    "vertex": "name",
    "azure": "name",
    "gpustack": "name",
}


def read(name: str, url: str, **settings) -> Listing | Failure:
    return listing_of(name, SourceSettings((Endpoint(url),), **settings), client(), key="s3cret-key")


def recorded(path: str) -> dict[str, Model]:
    listing = read(path.partition("/")[0], f"file:{DATA / path}")
    assert isinstance(listing, Listing)
    return {model.id: model for model in listing.models}


@pytest.fixture
def server():
    with FaultServer() as started:
        yield started


@pytest.mark.parametrize(
    ("path", "id_", "values"),
    [
        ("ollama/tags.json", "qwen3:8b", {"features": ("chat", "function_calling", "reasoning")}),
        ("ollama/tags.json", "nomic-embed-text:latest", {"features": ("embeddings",)}),
        ("ollama/tags.json", "llava:7b", {}),
        (
            "cohere/models.json",
            "command-a-vision-07-2025",
            {"context_length": 128000, "features": ("chat", "vision", "multimodal", "structured_outputs")},
        ),
        ("cohere/models.json", "rerank-v3.5", {"context_length": 4096, "features": ("rerank",)}),
        (
            "bedrock/foundation-models.json",
            "amazon.titan-embed-text-v2:0",
            {
                "name": "Titan Text Embeddings V2",
                "modalities.input": ("text",),
                "modalities.output": ("embeddings",),
                "features": ("embeddings",),
            },
        ),
        ("vertex/publishers.json", "gemini-2.5-pro", {}),
        (
            "azure/manager-models.json",
            "gpt-4o-2024-11-20",
            {
                "context_length": 128000,
                "max_output_tokens": 16384,
                "expires": "2026-10-01",
                "features": ("chat", "structured_outputs"),
            },
        ),
        (
            "azure/deployments.json",
            "vectors",
            {"name": "text-embedding-3-small-1", "features": ("embeddings",)},
        ),
        ("gpustack/models.json", "qwen3-32b", {"context_length": 40960, "features": ("chat",)}),
        ("gpustack/models.json", "bge-reranker-v2-m3", {"features": ("rerank",)}),
        ("gpustack/models.json", "qwen3-tts", {"features": ("speech",)}),
        ("gpustack/v1-openai.json", "qwen3-32b", {"context_length": 40960, "released": "2026-03-02"}),
        ("azure/models.json", "gpt-4.1-2025-04-14", {"expires": "2026-10-14", "features": ("chat",)}),
    ],
)
def test_says_what_a_row_says(path, id_, values):
    assert recorded(path)[id_].values == values


def test_what_a_list_says_is_about_to_end_is_deprecated():
    for path, ending in (
        ("cohere/models.json", {"command-r-03-2024"}),
        ("bedrock/foundation-models.json", {"anthropic.claude-3-5-sonnet-20240620-v1:0"}),
        ("azure/manager-models.json", {"gpt-35-turbo-0125"}),
        ("azure/models.json", {"text-davinci-003"}),
    ):
        assert {id_ for id_, model in recorded(path).items() if model.deprecated} == ending


def test_what_bedrock_serves_on_rented_machines_alone_is_left_out_and_not_gone():
    listing = read("bedrock", f"file:{DATA / 'bedrock/foundation-models.json'}")
    assert isinstance(listing, Listing)
    assert listing.passed_over == ("amazon.nova-pro-v1:0:300k",)


def test_what_gpustack_has_no_replica_of_is_left_out_and_not_gone():
    listing = read("gpustack", f"file:{DATA / 'gpustack/models.json'}")
    assert isinstance(listing, Listing)
    assert listing.passed_over == ("gpt-oss-120b",)
    assert listing.complete


@pytest.mark.parametrize("name", UNDER)
def test_the_list_that_the_vendor_serves_as_openai_does_is_read_as_well(name, server):
    url = server.at("/v1/models", reply(b'{"data": [{"id": "a", "context_window": 8192}], "object": "list"}'))
    listing = read(name, url)
    assert isinstance(listing, Listing)
    assert [(model.id, model.values["context_length"]) for model in listing.models] == [("a", 8192)]
    assert listing.complete


@pytest.mark.parametrize("path", [path for name in UNDER for path in sorted((DATA / name).glob("*.json"))])
def test_a_file_of_it_is_known_for_what_it_is(path):
    direct, by_file = (read(name, f"file:{path}", transformer=name) for name in (path.parent.name, "file"))
    assert isinstance(by_file, Listing)
    assert by_file.models == direct.models


@pytest.mark.parametrize(
    ("name", "leading", "query"),
    [
        ("cohere", {"next_page_token": "t1"}, "page_token=t1"),
        ("vertex", {"nextPageToken": "t1"}, "pageToken=t1"),
        ("azure", {"nextLink": "/list?skip=1"}, "skip=1"),
        ("gpustack", {"pagination": {"page": 1, "perPage": 1, "total": 2, "totalPage": 2}}, "page=2"),
    ],
)
def test_each_page_is_read_as_one_leads_to_the_next(name, leading, query, server):
    first, second = ({NAMED[name]: id_, "version": "1"} for id_ in ("a", "b"))
    body = {UNDER[name]: [first | ({"versionId": "1"} if name == "vertex" else {})], **leading}
    url = server.at("/list", reply(json.dumps(body).encode()))
    server.at(f"/list?{query}", reply(json.dumps({UNDER[name]: [second]}).encode()))
    listing = read(name, url)
    assert isinstance(listing, Listing)
    assert [model.id[0] for model in listing.models] == ["a", "b"]


def test_a_page_at_another_place_is_not_asked_for(server):
    body = {"value": [{"name": "a", "version": "1"}], "nextLink": "https://elsewhere.example/list"}
    failure = read("azure", server.at("/list", reply(json.dumps(body).encode())))
    assert isinstance(failure, Failure)
    assert "another place" in failure.reason


@pytest.mark.parametrize("name", UNDER)
def test_a_key_is_in_the_header_that_the_vendor_takes(name, server):
    read(name, server.at("/list", reply(b'{"data": [{"id": "a"}]}')))
    header, value = ("api-key", "s3cret-key") if name == "azure" else ("authorization", "Bearer s3cret-key")
    assert server.asked[0].headers[header] == value


@pytest.mark.parametrize(
    ("name", "base", "url"),
    [
        ("cohere", "https://api.cohere.com/v1", "https://api.cohere.com/compatibility/v1/chat/completions"),
        (
            "cohere",
            "https://api.cohere.ai/compatibility/v1",
            "https://api.cohere.ai/compatibility/v1/chat/completions",
        ),
        (
            "vertex",
            "https://aiplatform.googleapis.com/v1/publishers/google",
            "https://aiplatform.googleapis.com/v1/publishers/google/models/m:generateContent",
        ),
        (
            "azure",
            "https://a.openai.azure.com/openai/v1",
            "https://a.openai.azure.com/openai/v1/chat/completions",
        ),
    ],
)
def test_a_model_is_asked_where_its_api_is_and_not_where_its_list_is(name, base, url):
    call = SOURCES[name].call
    assert call
    asked = call(Question(name, base, "m", "s3cret-key", embeds=False))
    assert asked.url == url
    assert "s3cret-key" in " ".join(asked.headers.values())


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("capabilities", "deprecation", "endpoints", "features", "inputModalities", "launchStage", "model")
KEYS += ("modelLifecycle", "properties")


@pytest.mark.parametrize("name", UNDER)
@given(st.dictionaries(st.sampled_from(KEYS), JUNK, max_size=6))
def test_no_row_can_break_the_list(name, changes):
    good = {NAMED[name]: "good", "version": "1"}
    body = json.dumps({UNDER[name]: [{**changes, NAMED[name]: "odd"}, good]}).encode()
    answer = Answer(body, "https://a.example/list", datetime(2026, 8, 22, tzinfo=UTC))
    (page,) = SOURCES[name].pages("https://a.example/list", "", lambda url, headers={}: answer)
    assert [model.id for model in page.models][-1].startswith("good")
