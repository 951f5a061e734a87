"""The table of models: found, filtered, sorted, paged, and the same as JSON and CSV."""

from __future__ import annotations

import csv
import io

import pytest


def names(answer) -> list[str]:
    return [f"{one['provider']}/{one['key']}" for one in answer.json()["models"]]


def test_the_table_says_what_the_catalog_says_of_a_model(client) -> None:
    (model,) = client.get("/api/models", params={"q": "gpt-4o mini"}).json()["models"]
    assert (model["provider"], model["key"], model["name"]) == ("openai", "gpt-4o-mini", "Mini")
    assert (model["input"], model["output"]) == ("0.15", "0.6")
    page = client.get("/", params={"q": "gpt-4o mini"}).text
    assert 'href="/models/openai/gpt-4o-mini"' in page
    assert "1 model<" in page


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"provider": "anthropic"}, ["anthropic/claude-opus-5"]),
        ({"max_input": "0.15"}, ["openai/gpt-4o-mini"]),
        ({"min_context": "128k"}, ["openai/gpt-4o"]),
        ({"sort": "-input", "limit": "2"}, ["openai/o1", "anthropic/claude-opus-5"]),
        ({"q": "nothing like it"}, []),
    ],
    ids=str,
)
def test_each_filter_is_in_the_address_and_page_and_json_mean_the_same(client, asked, expected) -> None:
    assert names(client.get("/api/models", params=asked)) == expected
    page = client.get("/", params=asked).text
    assert [name for name in expected if f'href="/models/{name}"' not in page] == []
    assert page.count("data-row") == len(expected)


@pytest.mark.parametrize(
    "asked",
    [
        {"sort": "weight"},
        {"max_input": "cheap"},
        {"min_context": "many"},
        {"cursor": "-1"},
        {"availability": "x"},
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_and_named(client, asked) -> None:
    refused = client.get("/api/models", params=asked)
    assert (refused.status_code, next(iter(asked)) in refused.json()["error"]) == (400, True)
    assert client.get("/", params=asked, headers={"Accept": "text/html"}).status_code == 400


def test_the_pages_of_a_list_have_each_model_once(client) -> None:
    every, address = [], "/api/models?limit=2"
    while address:
        answer = client.get(address)
        every += names(answer)
        address = answer.json()["next"]
        assert (address is None) == ("link" not in answer.headers)
    assert every == names(client.get("/api/models"))
    assert len(set(every)) == len(every) == 7


def test_a_list_that_did_not_change_is_not_sent_again(client) -> None:
    first = client.get("/api/models")
    again = client.get("/api/models", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_csv_and_json_have_the_columns_and_the_order_that_are_seen(client) -> None:
    asked = {"column": ["output", "id"], "sort": "-output", "provider": "openai"}
    table = list(csv.reader(io.StringIO(client.get("/models.csv", params=asked).text)))
    assert table[0] == ["provider", "key", "id", "output"]
    assert table[1] == ["openai", "o1", "o1", "60"]
    assert table[-1] == ["openai", "house-style", "house-style:3", ""]
    assert client.get("/api/models", params=asked).json()["models"][0] == dict(
        zip(table[0], table[1], strict=True)
    )
    page = client.get("/", params=asked).text
    assert 'data-label="Output"' in page
    assert 'data-label="Input"' not in page


def test_a_form_that_says_nothing_finds_everything(client) -> None:
    empty = dict.fromkeys(("q", "provider", "max_input", "min_context", "availability", "sort", "cursor"), "")
    assert len(names(client.get("/api/models", params=empty))) == 7
