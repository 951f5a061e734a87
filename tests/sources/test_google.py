"""What the source says of Google's list, what it leaves out of it, and where it puts the key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from asking import client
from hostile import assert_harmless, junk_for, one_row
from hypothesis import given

from fault_server import FaultServer, reply
from modelsync.records import Failure, Listing, Model
from modelsync.sources import Endpoint, Filters, SourceSettings, google, listing_of

RECORDED = Path(__file__).parents[1] / "data" / "google" / "models.json"
PLAIN = {
    "name": "models/gemini-x",
    "displayName": "Gemini X",
    "inputTokenLimit": 1048576,
    "outputTokenLimit": 65536,
    "supportedGenerationMethods": ["generateContent", "countTokens"],
}


def body(*rows: object, **around) -> bytes:
    return json.dumps({"models": rows, **around}).encode()


def read(**changes) -> Model:
    """One row, read."""
    (model,) = google.parse(body({**PLAIN, **changes})).models
    return model


def listing_from(url: str, filters: Filters | None = None, **options) -> Listing | Failure:
    return listing_of("google", SourceSettings((Endpoint(url),), filters=filters), client(), **options)


def ids(listing: Listing | Failure) -> list[str]:
    assert isinstance(listing, Listing)
    return [model.id for model in listing.models]


# ---------------------------------------------------------------------------- a whole row


def test_says_all_that_a_row_says():
    models = {model.id: model for model in google.parse(RECORDED.read_bytes()).models}
    assert models["gemini-2.5-flash"].values == {
        "name": "Gemini 2.5 Flash",
        "context_length": 1048576,
        "max_output_tokens": 65536,
        "features": ("chat", "reasoning"),
    }
    assert models["gemini-2.0-flash-001"].values["features"] == ("chat",)
    assert read(description="One.\r\nTwo.").values["description"] == "One.\nTwo."


@pytest.mark.parametrize(
    ("taken", "given", "context"),
    [(8192, 16384, None), (65536, 65536, 65536), (8192, None, 8192), (8192, -1, 8192)],
)
def test_what_goes_in_is_no_context_where_more_comes_out(taken, given, context):
    """Of models that speak: a context below the output limit would be held in every run."""
    values = read(inputTokenLimit=taken, outputTokenLimit=given).values
    assert values.get("context_length") == context
    assert values.get("max_output_tokens") == (given if given and given > 0 else None)


def test_thinking_is_reasoning_only_where_it_is_true():
    assert read(thinking=True).values["features"] == ("chat", "reasoning")
    for stated in (False, None):
        assert read(thinking=stated).values["features"] == ("chat",)
    for stated in ("false", 1, {"levels": []}):
        (unusable,) = read(thinking=stated).unusable
        assert (unusable.field, unusable.reason) == ("features", "neither true nor false")


@pytest.mark.parametrize(
    ("stated", "id_"),
    [
        ("models/gemini-x", "gemini-x"),
        ("gemini-x", "gemini-x"),
        ("tunedModels/gemini-x", "tunedModels/gemini-x"),
    ],
)
def test_an_id_is_what_a_request_names(stated, id_):
    assert read(name=stated).id == id_


@pytest.mark.parametrize("stated", ["models/", "models/../x", "models/a b", "-x", "", None, 5, ["models/x"]])
def test_an_id_that_could_be_something_else_is_skipped(stated):
    page = google.parse(body({**PLAIN, "name": stated}))
    assert (len(page.models), len(page.skipped)) == (0, 1)


# ---------------------------------------------------------------------------- what is listed


def test_lists_the_gemini_models_that_generate_content():
    assert ids(listing_from("http://127.0.0.1:1/", replay=RECORDED)) == [
        "gemini-2.0-flash-001",
        "gemini-2.5-flash",
        "gemini-2.5-flash-preview-tts",
        "gemini-2.5-pro",
        "gemini-3-pro-image",
        "gemini-3.6-flash",
    ]


def test_other_families_are_a_matter_of_settings():
    chosen = Filters(include=("gem*",), exclude=("*-tts", "*-image"))
    assert ids(listing_from("http://127.0.0.1:1/", chosen, replay=RECORDED)) == [
        "gemini-2.0-flash-001",
        "gemini-2.5-flash",
        "gemini-2.5-pro",
        "gemini-3.6-flash",
        "gemma-4-31b-it",
    ]
    assert "lyria-3-pro-preview" in ids(listing_from("http://127.0.0.1:1/", Filters(), replay=RECORDED))


def test_what_generates_no_content_is_neither_listed_nor_a_fault():
    others = [
        {**PLAIN, "name": f"models/gemini-{n}", "supportedGenerationMethods": ["predict"]} for n in "abc"
    ]
    page = google.parse(body(PLAIN, *others, {**PLAIN, "supportedGenerationMethods": None}))
    assert ([model.id for model in page.models], page.skipped) == (["gemini-x"], ())


def test_a_list_that_generates_no_content_at_all_is_a_failure(tmp_path):
    path = tmp_path / "models.json"
    path.write_bytes(body({**PLAIN, "supportedGenerationMethods": ["predict"]}))
    failure = listing_from("http://127.0.0.1:1/", replay=path)
    assert isinstance(failure, Failure)
    assert "empty" in failure.reason


# ---------------------------------------------------------------------------- pages


@pytest.fixture
def server():
    with FaultServer() as started:
        yield started


def test_pages_are_followed_by_their_token_and_the_key_is_in_no_address(server):
    url = server.at(
        "/v1beta/models?pageSize=2", reply(body({**PLAIN, "name": "models/gemini-a"}, nextPageToken="T=1&"))
    )
    server.at(
        "/v1beta/models?pageSize=2&pageToken=T%3D1%26",
        reply(body({**PLAIN, "name": "models/gemini-b"}, nextPageToken="2")),
    )
    server.at("/v1beta/models?pageSize=2&pageToken=2", reply(body({**PLAIN, "name": "models/gemini-c"})))
    listing = listing_from(url, key="a-key")
    assert ids(listing) == ["gemini-a", "gemini-b", "gemini-c"]
    assert listing.complete
    for asked in server.asked:
        assert asked.headers["x-goog-api-key"] == "a-key"
        assert "a-key" not in asked.path


def test_without_a_key_none_is_sent(server):
    listing_from(server.at("/models", reply(body(PLAIN))))
    assert "x-goog-api-key" not in server.asked[0].headers


def test_a_page_of_which_nothing_is_listed_is_passed(server):
    url = server.at("/m", reply(body({**PLAIN, "supportedGenerationMethods": []}, nextPageToken="2")))
    server.at("/m?pageToken=2", reply(body(PLAIN)))
    assert ids(listing_from(url)) == ["gemini-x"]


def test_pages_in_a_circle_are_a_failure(server):
    url = server.at("/m", reply(body(PLAIN, nextPageToken="2")))
    server.at("/m?pageToken=2", reply(body(PLAIN, nextPageToken="2")))
    failure = listing_from(url)
    assert isinstance(failure, Failure)
    assert "lead back" in failure.reason


@pytest.mark.parametrize("token", [5, ["a"], {"a": 1}, True])
def test_a_token_that_is_none_is_a_failure(server, token):
    assert isinstance(listing_from(server.at("/m", reply(body(PLAIN, nextPageToken=token)))), Failure)


def test_a_first_page_alone_is_not_complete(tmp_path):
    path = tmp_path / "page.json"
    path.write_bytes(body(PLAIN, nextPageToken="2"))
    listing = listing_from("http://127.0.0.1:1/", replay=path)
    assert isinstance(listing, Listing)
    assert not listing.complete


def test_an_address_that_is_none_leads_nowhere(tmp_path):
    path = tmp_path / "page.json"
    path.write_bytes(body(PLAIN, nextPageToken="2"))
    assert isinstance(listing_from("http://[::1/", replay=path), Failure)


# ---------------------------------------------------------------------------- what is new, what is hostile


def test_what_nobody_knows_yet_is_told():
    page = google.parse(body({**PLAIN, "weights": "open", "displayName": "Ge\x07m"}, kind="list"))
    assert [what for what, _ in page.noted] == [
        "unknown weights",
        "displayName has characters that do not print, which were left out",
        "unknown beside the list: kind",
    ]


@pytest.mark.parametrize("stated", ["generateContent", {"generateContent": True}, ["generate content"], [5]])
def test_a_row_whose_methods_changed_shape_is_skipped(stated):
    assert len(google.parse(body({**PLAIN, "supportedGenerationMethods": stated})).skipped) == 1


@given(junk_for(google.ROW))
def test_no_row_can_break_the_list(changes):
    page = google.parse(one_row({**PLAIN, **changes}, under="models"))
    assert page.rows <= 1
    assert_harmless(page)


def test_a_model_that_is_listed_and_cannot_generate_is_passed_over_and_not_lost():
    """It must not look as if upstream had dropped it: prune would believe that."""
    embeds = {**PLAIN, "name": "models/gemini-embedding", "supportedGenerationMethods": ["embedContent"]}
    page = google.parse(body(PLAIN, embeds))
    assert [model.id for model in page.models] == ["gemini-x"]
    assert page.passed_over == ("gemini-embedding",)
