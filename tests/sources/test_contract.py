"""What every source promises: a Listing of whole, clean facts, or a Failure in one line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from asking import client

import fault_server as faults
from fault_server import FaultServer, reply
from modelsync import config
from modelsync.errors import SourceFailed
from modelsync.records import FEATURES, FIELDS, UPSTREAM_PREFIX, Failure, Listing
from modelsync.sources import SOURCES, Endpoint, Filters, SourceSettings, listing_of, rows, source_of

DATA = Path(__file__).parents[1] / "data"
NOON = datetime(2026, 8, 22, 12, tzinfo=UTC)
CANARY = "canary5ecret"
AS_OPENAI = ("deepseek", "groq", "mistral", "perplexity")
SHIPPED = config.load(config.Place(DATA.parents[1] / "catalog")).sources
RECORDED = [(name, path) for name in (*SOURCES, *AS_OPENAI) for path in sorted((DATA / name).glob("*.json"))]
BROKEN = {
    "empty list": reply(b"[]"),
    "empty object": reply(b"{}"),
    "no models": reply(b'{"data": []}'),
    "another shape": reply(b'{"data": {"a": 1}}'),
    "rows of another shape": reply(b'{"data": [1, "two", null, []]}'),
    "an error": reply(b'{"error": {"message": "\\u001b[31mno"}}'),
    "an echo of the key": reply(f'{{"error": "no such key: {CANARY}"}}'.encode()),
    "a number": reply(b"[1"),
    "a web page": reply(b"<html>"),
    "nothing": reply(b""),
    "401": reply(b"{}", status=401),
    "429": reply(b"{}", status=429, headers={"Retry-After": "86400"}),
    "500": reply(b"{}", status=500),
    "cut": faults.short(b'{"data": [', missing=10),
    "twice the same key": reply(b'{"data": [{"id": "a"}], "data": [{"id": "b"}]}'),
    "twice the same key in a row": reply(b'{"data": [{"id": "a", "id": "b"}]}'),
    "trailing garbage": reply(b'{"data": [{"id": "a"}]} x'),
    "depth": reply(b'{"data": ' + b"[" * 5000 + b"]" * 5000 + b"}"),
    "depth in a row": reply(b'{"data": [{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}"),
    "a long number": reply(b'{"data": [{"id": ' + b"9" * 5000 + b"}]}"),
    "a large exponent": reply(b'{"data": [{"id": 1e99999999999999999999}]}'),
    "no number": reply(b'{"data": [{"id": NaN}]}'),
    "another encoding": reply('{"data": [{"id": "é"}]}'.encode("latin-1")),
    "half a text in UTF-16": reply('{"data": []}'.encode("utf-16")[:-1]),
    "UTF-16 that does not say so": reply('{"data": [{"id": "a"}]}'.encode("utf-16-le")),
}
KINDS = {"401": "authentication", "429": "rate limit", "500": "connection"}


def settings(url: str = "http://127.0.0.1:1/models", **others) -> SourceSettings:
    return SourceSettings(endpoints=(Endpoint(url),), **others)


@pytest.fixture
def server():
    with FaultServer() as started:
        yield started


@pytest.mark.parametrize(("name", "path"), RECORDED, ids=lambda value: getattr(value, "stem", value))
class TestRecorded:
    def listing(self, name: str, path: Path) -> Listing:
        listing = listing_of(name, settings(), client(), replay=path, fetched=NOON)
        assert isinstance(listing, Listing)
        return listing

    def test_is_read_whole(self, name, path):
        listing = self.listing(name, path)
        assert listing.models
        assert listing.complete
        assert not listing.skipped
        assert not listing.drift
        assert (listing.source, listing.fetched, listing.origin) == (name, NOON, str(path))

    def test_has_each_id_once_in_order(self, name, path):
        ids = [model.id for model in self.listing(name, path).models]
        assert ids == sorted(set(ids))

    def test_states_only_what_a_catalog_knows(self, name, path):
        for model in self.listing(name, path).models:
            fields = {*model.values, *(unusable.field for unusable in model.unusable)}
            assert fields <= FIELDS.keys()
            assert not {field for field in fields if field.startswith(UPSTREAM_PREFIX)}
            assert not fields & {"model", "availability", "unavailable_since"}
            assert set(model.values.get("features", ())) <= set(FEATURES)

    def test_has_money_in_plain_exact_decimals(self, name, path):
        for model in self.listing(name, path).models:
            priced = [value for field, value in model.values.items() if field.startswith("pricing.")]
            schedules = [one for value in priced if isinstance(value, tuple) for one in value]
            prices = [value for value in priced if not isinstance(value, tuple)]
            for price in (*prices, *(price for one in schedules for price in one.prices.values())):
                assert isinstance(price, Decimal)
                assert price >= 0
                assert f"{price:f}".rstrip("0") == f"{price:f}" or price == price.to_integral()
                assert price.as_tuple().exponent <= 0

    def test_says_the_same_in_utf16_as_an_editor_saves_it(self, name, path, tmp_path):
        copy = tmp_path / path.name
        copy.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
        assert self.listing(name, copy).models == self.listing(name, path).models

    def test_says_the_same_from_a_server(self, name, path, server):
        asked = settings(server.at("/models", faults.zipped(path.read_bytes())))
        found = listing_of(name, asked, client(), key=CANARY)
        assert isinstance(found, Listing)
        assert found.models == self.listing(name, path).models
        assert found.complete
        assert found.origin.startswith("http://127.0.0.1")


@pytest.mark.fault("upstream data", "an empty list, or an answer that is none")
@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("broken", BROKEN)
def test_what_cannot_be_trusted_is_a_failure_in_one_line(name, broken, server):
    url = server.at(f"/models?key={CANARY}", BROKEN[broken])
    failure = listing_of(name, settings(url), client(), key=CANARY)
    assert isinstance(failure, Failure)
    assert failure.source == name
    assert failure.reason.startswith("http://127.0.0.1")
    assert failure.reason.isprintable()
    assert len(failure.reason) < 400
    assert failure.advice
    assert failure.kind == KINDS.get(broken, "data")
    assert CANARY not in f"{failure}"


@pytest.mark.parametrize("name", SHIPPED)
class TestShipped:
    def at(self, name: str, url: str) -> SourceSettings:
        endpoints = (msgspec.structs.replace(endpoint, url=url) for endpoint in SHIPPED[name].endpoints)
        return msgspec.structs.replace(SHIPPED[name], endpoints=tuple(endpoints))

    def test_reads_a_list_of_its_format(self, name, server):
        format_ = source_of(name, SHIPPED[name]).name
        folder = next(path for path in (DATA / name, DATA / format_, DATA / "openai") if path.is_dir())
        body = min(folder.glob("*.json")).read_bytes()
        listing = listing_of(name, self.at(name, server.at("/models", reply(body))), client(), key=CANARY)
        assert isinstance(listing, Listing)
        assert listing.models
        assert len({model.id for model in listing.models}) == len(listing.models)

    def test_turns_what_cannot_be_trusted_into_a_failure(self, name, server):
        for number, (broken, answer) in enumerate(BROKEN.items()):
            asked = self.at(name, server.at(f"/{number}", answer))
            failure = listing_of(name, asked, client(), key=CANARY)
            assert isinstance(failure, Failure), broken
            assert (failure.source, failure.kind) == (name, KINDS.get(broken, "data"))


@pytest.mark.parametrize("name", SOURCES)
def test_offline_it_says_how_to_replay(name):
    failure = listing_of(name, settings(), client(), key=CANARY)
    assert isinstance(failure, Failure)
    assert "Connection refused" in failure.reason
    assert f"--from {name}=FILE" in failure.advice


@pytest.mark.parametrize("name", SOURCES)
def test_a_recorded_list_that_is_not_there_is_a_failure(name, tmp_path):
    for path in (tmp_path / "absent.json", tmp_path):
        failure = listing_of(name, settings(), client(), replay=path)
        assert isinstance(failure, Failure)
        assert str(path) in failure.reason


@pytest.mark.parametrize(("name", "path"), RECORDED, ids=lambda value: getattr(value, "stem", value))
def test_what_comes_from_the_cache_is_never_complete(name, path, tmp_path, server):
    url = server.at("/models", reply(path.read_bytes()))
    with client(cache=tmp_path) as asked:
        hour = timedelta(hours=1)
        assert listing_of(name, settings(url), asked, key=CANARY, max_age=hour).complete
        kept = listing_of(name, settings(url), asked, key=CANARY, max_age=hour)
        assert isinstance(kept, Listing)
        assert not kept.complete
        assert listing_of(name, settings(url), asked, key=CANARY).complete


@pytest.mark.parametrize("order", [1, -1])
def test_a_list_of_several_endpoints_is_as_old_as_its_oldest_answer(order, tmp_path, server):
    urls = [server.at(f"/{name}", reply(b'{"data": [{"id": "%s"}]}' % name.encode())) for name in "ab"]
    with client(cache=tmp_path) as asked:
        hour = timedelta(hours=1)
        first = listing_of("groq", settings(urls[0]), asked, key=CANARY, max_age=hour)
        both = SourceSettings(endpoints=tuple(map(Endpoint, urls[::order])))
        listing = listing_of("groq", both, asked, key=CANARY, max_age=hour)
    assert isinstance(first, Listing)
    assert isinstance(listing, Listing)
    assert [model.id for model in listing.models] == ["a", "b"]
    assert listing.fetched == first.fetched


def test_a_key_goes_to_the_source_and_into_no_listing(server):
    url = server.at("/models", reply((DATA / "openrouter" / "text.json").read_bytes()))
    listing = listing_of("openrouter", settings(url), client(), key=CANARY)
    assert server.asked[0].headers["authorization"] == f"Bearer {CANARY}"
    assert CANARY not in f"{listing}"


def test_filters_choose_among_the_ids():
    chosen = settings(filters=Filters(include=("openai/*", "z-ai/*"), exclude=("*:free", "*-mini")))
    listing = listing_of("openrouter", chosen, client(), replay=DATA / "openrouter" / "text.json")
    assert isinstance(listing, Listing)
    assert [model.id for model in listing.models] == [
        "openai/gpt-4o",
        "openai/gpt-5.4",
        "openai/gpt-audio",
        "z-ai/glm-4.5",
    ]


def test_several_endpoints_are_one_list(server):
    one = server.at("/one", reply(json.dumps({"data": [row("a/b")]}).encode()))
    two = server.at("/two", reply(json.dumps({"data": [row("a/c"), row("a/b")]}).encode()))
    both = SourceSettings(endpoints=(Endpoint(one), Endpoint(two, "EMBEDDINGS")))
    assert [model.id for model in listing_of("openrouter", both, client()).models] == ["a/b", "a/c"]
    server.at("/two", reply(b"{}"))
    failure = listing_of("openrouter", both, client())
    assert isinstance(failure, Failure)
    assert "/two: " in failure.reason


def test_a_source_may_have_another_name_than_its_format():
    path = DATA / "openrouter" / "text.json"
    listing = listing_of("mirror", settings(transformer="openrouter"), client(), replay=path)
    assert isinstance(listing, Listing)
    assert listing.source == "mirror"
    failure = listing_of("mirror", settings(transformer="openruter"), client(), replay=path)
    assert isinstance(failure, Failure)
    assert "openrouter" in failure.advice


def row(id_: str) -> dict[str, object]:
    return {"id": id_, "pricing": {"prompt": "0.000001", "completion": "0.000002"}}


def test_an_answer_of_millions_of_objects_is_refused_before_any_is_made():
    with pytest.raises(SourceFailed, match="more than 2,000,000 objects"):
        rows.read(b"[" + b",".join([b"{}"] * (rows.MOST_OBJECTS + 1)) + b"]")
