"""What programs send is taken to the letter, and what is refused says why, always in one shape."""

from __future__ import annotations

import pytest

FAULT = {"error", "where", "advice", "status"}
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("modle=openai", "modle"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=1001", "limit"),
        ("limit=1e400", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("q=a&q=b", "q"),
        ("max_input=1e400", "max_input"),
        ("max_input=nan", "max_input"),
        ("max_input=-1", "max_input"),
        ("min_context=%D9%A3", "min_context"),
        ("column=weight", "column"),
        ("cursor=%00", "cursor"),
    ],
)
def test_what_a_query_cannot_mean_is_refused_by_its_name(client, query: str, named: str) -> None:
    answer = client.get(f"/api/models?{query}")
    assert (answer.status_code, answer.json().keys()) == (400, FAULT)
    assert answer.json()["error"].startswith(f"{named}:")


@pytest.mark.parametrize(
    "path",
    [
        "/api/price?model=openai/gpt-4o&input=-1",
        "/api/price?model=openai/gpt-4o&input=1e400",
        "/api/price?model=openai/gpt-4o&at=24:00",
        "/api/price?model=openai/gpt-4o&on=2026-02-30",
        "/api/price",
        "/api/history?limit=0",
        "/api/plan?show=everything",
        "/api/models/openai/gpt-4o?on=soon",
        "/api/models/sync/events?since=then",
        "/health?raedy",
    ],
)
def test_every_address_refuses_what_it_does_not_understand(client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code in (400, 404), answer.json().keys()) == (True, FAULT)


@pytest.mark.parametrize("name", ["%00", "%ED%A0%80", "%FF", "..%2f..%2fetc", "a" * 8000, "%E2%80%AE"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/models/{}/{}",
        "/api/price?model={}/{}",
        "/api/history?model={}/{}",
        "/api/history/undo?commit={}{}",
    ],
)
def test_no_name_makes_the_server_fail(client, path: str, name: str) -> None:
    answer = client.get(path.format(name, name))
    assert (answer.status_code, answer.json().keys()) == (404, FAULT)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "there is none"),
        (b"{", "no JSON"),
        (b"[]", "object"),
        (b"\xff", "no JSON"),
        (b'{"digest": "\\ud800"}', "no JSON"),
        (b'{"digest": 1}', "digest"),
        (b'{"digest": ""}', "digest"),
        (b"[" * 500_000, "object"),
        (b'{"digest": "a", "accept": 0}', "accept"),
        (b'{"digest": "a", "digset": "b"}', "digset"),
        (b'{"digest": "a", "digest": "b"}', "digest"),
        (b'{"digest": "a", "pin": [{"name": "a", "until": "soon"}]}', "until"),
    ],
    ids=lambda of: of[:30] if isinstance(of, bytes) else "",
)
def test_a_body_is_taken_to_the_letter_or_not_at_all(editing, body: bytes, why: str) -> None:
    answer = editing.post("/api/apply", content=body, headers=JSON)
    assert (answer.status_code, answer.json().keys()) == (400, FAULT)
    assert answer.json()["error"].startswith("the body")
    assert why in answer.json()["error"]


@pytest.mark.parametrize(
    "body", [{"all_sources": 0}, {"prune": "yes"}, {"prune": 1}, {"sources": "openrouter"}]
)
def test_no_number_is_taken_for_yes_or_no(editing, body) -> None:
    assert editing.post("/api/models/sync", json=body).status_code == 400
    assert editing.get("/api/models/sync").json()["job"] is None


def test_what_is_refused_has_one_shape_and_says_what_to_do(client, stranger) -> None:
    refused = {
        401: stranger.get("/api/models"),
        403: client.post("/api/apply", headers={"Origin": "https://evil.example"}),
        404: client.get("/api/nowhere"),
        405: client.delete("/api/models/sync"),
        413: client.post("/api/apply", json={"digest": "x" * (2 << 20)}),
        415: client.post("/api/apply", content=b"{}", headers={"Content-Type": "text/plain"}),
    }
    for status, answer in refused.items():
        assert (answer.status_code, answer.json().keys()) == (status, FAULT)
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["status"] == status
        assert status == 403 or answer.json()["advice"]
    assert refused[401].headers["www-authenticate"] == "Bearer"


def test_each_address_names_all_of_its_methods(client) -> None:
    for answer in (client.options("/api/models/sync"), client.delete("/api/models/sync")):
        assert set(answer.headers["allow"].split(", ")) == {"GET", "POST", "OPTIONS"}


@pytest.mark.parametrize("tags", ['"other", {}', "W/{}", "*"])
def test_one_of_several_tags_is_enough(client, tags: str) -> None:
    tag = client.get("/api/models").headers["etag"]
    assert client.get("/api/models", headers={"If-None-Match": tags.format(tag)}).status_code == 304
    assert client.get("/api/models", headers={"If-None-Match": '"other"'}).status_code == 200


def test_every_answer_body_and_parameter_is_described(client) -> None:
    document = client.get("/api/docs/openapi.json").json()
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    for one in operations:
        assert one["description"]
        assert all(of["in"] == "path" or of["description"] for of in one.get("parameters", ()))
        assert all(answer["description"] for answer in one["responses"].values())
        assert one.get("requestBody", {"content": True})["content"]
    schemas = document["components"]["schemas"]
    assert {"Fault", "Job", "ModelDocument", "ReportDocument", "Applying", "Told"} <= schemas.keys()
    assert all(schema["description"] for name, schema in schemas.items())
    assert schemas["Part"]["properties"]["price"]["description"]


def test_every_amount_and_time_of_the_document_has_its_unit(client) -> None:
    schemas = client.get("/api/docs/openapi.json").json()["components"]["schemas"]
    properties = {
        (name, field): one
        for name, schema in schemas.items()
        for field, one in schema.get("properties", {}).items()
    }
    for known, one in properties.items():
        kinds = [one, *one.get("anyOf", ())]
        text = " ".join(kind.get("description", "") for kind in kinds)
        if any(kind.get("format") == "decimal" for kind in kinds):
            assert "USD" in text or "price" in text, known
        if any(kind.get("type") == "number" for kind in kinds):
            assert "seconds" in text, known
