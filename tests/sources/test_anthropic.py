"""What the source says of Anthropic's list, how it follows its pages, and how little it trusts them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from asking import client
from hostile import assert_harmless, junk_for, one_row
from hypothesis import given

from fault_server import FaultServer, reply
from modelsync.records import Failure, Listing, Model
from modelsync.sources import Endpoint, SourceSettings, anthropic, listing_of

DATA = Path(__file__).parents[1] / "data" / "anthropic"
PLAIN = {
    "type": "model",
    "id": "claude-x",
    "display_name": "Claude X",
    "created_at": "2026-02-17T00:00:00Z",
    "max_input_tokens": 1000000,
    "max_tokens": 128000,
    "capabilities": {},
}


def body(*rows: object, **around) -> bytes:
    return json.dumps({"data": rows, "has_more": False, **around}).encode()


def read(**changes) -> Model:
    """One row, read."""
    (model,) = anthropic.parse(body({**PLAIN, **changes})).models
    return model


def noted(**changes) -> list[str]:
    return [what for what, _ in anthropic.parse(body({**PLAIN, **changes})).noted]


def listing_from(url: str, key: str = "a-key", **options) -> Listing | Failure:
    return listing_of("anthropic", SourceSettings((Endpoint(url),)), client(), key=key, **options)


# ---------------------------------------------------------------------------- a whole row


def test_says_all_that_a_row_says():
    page = anthropic.parse((DATA / "models.json").read_bytes())
    models = {model.id: model for model in page.models}
    assert models["claude-sonnet-4-5-20250929"].unusable == ()
    assert models["claude-sonnet-4-5-20250929"].values == {
        "name": "Claude Sonnet 4.5",
        "context_length": 1000000,
        "max_output_tokens": 64000,
        "released": "2025-09-29",
        "modalities.input": ("text", "image", "file"),
        "features": ("chat", "vision", "multimodal", "structured_outputs", "reasoning"),
    }
    assert models["claude-opus-4-1-20250805"].values["max_output_tokens"] == 32000


def test_max_tokens_is_the_output_and_never_the_context():
    values = read(max_input_tokens=None, max_tokens=8192).values
    assert (values.get("context_length"), values["max_output_tokens"]) == (None, 8192)


def test_a_list_of_old_without_limits_says_only_names_and_days_and_that_all_are_for_chat():
    values = read(max_input_tokens=None, max_tokens=None, capabilities=None).values
    assert values.keys() == {"name", "released", "features"}
    assert values["features"] == ("chat",)


def test_only_what_is_supported_is_a_feature():
    able = {"thinking": {"supported": False}, "image_input": {"supported": True}, "pdf_input": None}
    values = read(capabilities=able).values
    assert values["features"] == ("chat", "vision", "multimodal")
    assert values["modalities.input"] == ("text", "image")
    assert read(capabilities={"thinking": {"supported": False}}).values["features"] == ("chat",)


@pytest.mark.parametrize(
    ("stated", "day"),
    [
        ("2026-02-17T00:00:00Z", "2026-02-17"),
        ("2026-02-17T23:30:00-02:00", "2026-02-18"),
        ("2026-02-17T00:00:00.123Z", "2026-02-17"),
        ("1970-01-01T00:00:00Z", None),
        (None, None),
        ("", None),
    ],
)
def test_the_day_of_a_release_is_in_utc_and_none_where_it_is_not_known(stated, day):
    model = read(created_at=stated)
    assert model.values.get("released") == day
    assert model.unusable == ()


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ("2026-02-17", "a time without its zone"),
        ("soon", "not a time"),
        ("0001-01-01T00:00:00+14:00", "out of range"),
        ("9999-12-31T23:59:59-14:00", "out of range"),
        (1771286400, "a number, not a time"),
    ],
)
def test_what_is_no_time_is_reported(stated, reason):
    (unusable,) = read(created_at=stated).unusable
    assert (unusable.field, unusable.reason) == ("released", reason)


@pytest.mark.parametrize("stated", [-1, 2**63, 0.5, "128k", True, []])
def test_what_is_no_limit_is_reported_and_not_stated(stated):
    model = read(max_tokens=stated)
    assert "max_output_tokens" not in model.values
    assert [unusable.field for unusable in model.unusable] == ["max_output_tokens"]


# ---------------------------------------------------------------------------- pages


@pytest.fixture
def server():
    with FaultServer() as started:
        yield started


def test_pages_are_followed_from_the_last_id_with_the_key_and_the_version(server):
    url = server.at("/v1/models?limit=1", reply(body({**PLAIN, "id": "a"}, has_more=True, last_id="a")))
    following = server.at(
        "/v1/models?limit=1&after_id=a", reply(body({**PLAIN, "id": "b"}, has_more=True, last_id="b"))
    )
    server.at("/v1/models?limit=1&after_id=b", reply(body({**PLAIN, "id": "c"})))
    listing = listing_from(url)
    assert isinstance(listing, Listing)
    assert [model.id for model in listing.models] == ["a", "b", "c"]
    assert listing.complete
    assert following.startswith("http://127.0.0.1")
    for asked in server.asked:
        assert asked.headers["x-api-key"] == "a-key"
        assert asked.headers["anthropic-version"] == "2023-06-01"
        assert "a-key" not in asked.path


def test_another_that_answers_in_this_format_is_asked_without_a_key_where_there_is_none(server):
    url = server.at("/v1/models", reply(body(PLAIN)))
    listing = listing_of("gateway", SourceSettings((Endpoint(url, format="ANTHROPIC"),)), client())
    assert [model.id for model in listing.models] == ["claude-x"]
    assert listing.complete
    assert "x-api-key" not in server.asked[0].headers


def test_an_id_that_means_something_in_an_address_leads_nowhere_else(server):
    last = "a&limit=9#/../x"
    url = server.at("/v1/models", reply(body(PLAIN, has_more=True, last_id=last)))
    listing_from(url)
    assert server.asked[1].path == "/v1/models?after_id=a%26limit%3D9%23%2F..%2Fx"


@pytest.mark.parametrize("last", [None, "", 5, ["a"]])
def test_more_pages_that_start_nowhere_are_a_failure(server, last):
    failure = listing_from(server.at("/v1/models", reply(body(PLAIN, has_more=True, last_id=last))))
    assert isinstance(failure, Failure)
    assert "where the next one starts" in failure.reason


def test_pages_in_a_circle_are_a_failure(server):
    answer = reply(body(PLAIN, has_more=True, last_id="a"))
    url = server.at("/v1/models", answer)
    server.at("/v1/models?after_id=a", answer)
    failure = listing_from(url)
    assert isinstance(failure, Failure)
    assert "lead back" in failure.reason


def test_a_page_that_fails_fails_the_list(server):
    url = server.at("/v1/models", reply(body(PLAIN, has_more=True, last_id="a")))
    assert isinstance(listing_from(url), Failure)


def test_a_recorded_page_of_several_is_not_complete(tmp_path):
    path = tmp_path / "page.json"
    path.write_bytes(body(PLAIN, has_more=True, last_id="a"))
    listing = listing_from("http://127.0.0.1:1/", replay=path)
    assert isinstance(listing, Listing)
    assert not listing.complete


def test_an_address_that_is_none_leads_nowhere(tmp_path):
    path = tmp_path / "page.json"
    path.write_bytes(body(PLAIN, has_more=True, last_id="a"))
    assert isinstance(listing_from("http://[::1/", replay=path), Failure)


# ---------------------------------------------------------------------------- what is new, what is hostile


def test_what_nobody_knows_yet_is_told():
    able = {"telepathy": {"supported": True}, "thinking": True, "batch": {"supported": "yes"}}
    assert noted(weights="open", capabilities=able) == [
        "unknown weights",
        "unknown capability telepathy",
        "unknown support of thinking",
        "unknown support of batch",
    ]
    assert [what for what, _ in anthropic.parse(body(PLAIN, total=1)).noted] == [
        "unknown beside the list: total"
    ]
    assert noted(display_name="Cla\x1bude") == [
        "display_name has characters that do not print, which were left out"
    ]


@pytest.mark.parametrize("stated", [["thinking"], "thinking", 5])
def test_a_row_whose_capabilities_changed_shape_is_skipped(stated):
    (skipped,) = anthropic.parse(body({**PLAIN, "capabilities": stated})).skipped
    assert skipped.id == "claude-x"
    assert skipped.reason.startswith("capabilities is ")


@given(junk_for(anthropic.ROW), junk_for(anthropic.CAPABILITIES))
def test_no_row_can_break_the_list(changes, able):
    page = anthropic.parse(one_row({**PLAIN, "capabilities": able, **changes}))
    assert page.rows == 1
    assert_harmless(page)
