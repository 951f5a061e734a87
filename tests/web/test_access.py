"""Only who was given a token is answered, and no other site's page can act."""

from __future__ import annotations

import pytest
from web_client import AT, client_of

from modelsync.web.access import Access, Address
from modelsync.web.rendering import PAGES

SECRET = "a-secret-of-somebody"
POST = "/api/cost"  # whatever acts: the gate stands before it
HOSTS = ("evil.example", "127.0.0.1.evil.example", "127.0.0.1.evil.example:8765", "127.0.0.1:1", "127.0.0.1")
HOSTS_OF_OTHERS = ("evil.example:8765", "10.0.0.9:1", "[::1", "")


@pytest.fixture(scope="module")
def bearing(served):
    """A client of a server with a secret that stays."""
    with client_of(served, Access(Address("127.0.0.1", 8765), SECRET)) as bearer:
        bearer.headers["Authorization"] = f"Bearer {SECRET}"
        yield bearer


@pytest.mark.fault("W", "W1")
@pytest.mark.parametrize("host", [*HOSTS, *HOSTS_OF_OTHERS])
def test_a_server_that_is_called_otherwise_answers_nothing(client, host: str) -> None:
    assert client.get("/providers", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "[::1]:8765", "127.0.0.2:8765"])
def test_loopback_has_several_names(client, host: str) -> None:
    assert client.get("/providers", headers={"Host": host}).status_code == 200


def test_an_address_that_others_reach_is_called_by_its_name_or_a_number() -> None:
    address = Address("0.0.0.0", 80, frozenset({"box.example"}))
    meant = {
        host: address.is_meant(host) for host in ("box.example", "10.0.0.9", "10.0.0.9:80", "[fe80::1]:80")
    }
    assert all(meant.values())
    assert not any(map(address.is_meant, ("evil.example", "box.example:81", "")))


@pytest.mark.fault("W", "W2")
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": AT, "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_the_page_of_another_site_acts_neither_by_cookie_nor_by_bearer(client, bearing, headers) -> None:
    assert client.post(POST, headers=headers).status_code == 403
    assert bearing.post(POST, headers=headers).status_code == 403


def test_our_own_page_passes(client) -> None:
    own = {"Origin": AT, "Sec-Fetch-Site": "same-origin"}
    assert client.post(POST, headers=own).status_code not in (401, 403)


@pytest.mark.fault("W", "W4")
@pytest.mark.parametrize(
    "path", ["/", "/providers", "/api/providers", "/static/style.css", "/nowhere", "/api/docs/openapi.json"]
)
def test_nothing_is_told_to_who_did_not_sign_in(stranger, path: str) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer "},
        {"Cookie": "modelsync_8765=no"},
        {"Cookie": "a=b; =;;"},
    ):
        assert stranger.get(path, headers=headers).status_code == 401
    assert "Not signed in" in stranger.get(path, headers={"Accept": "text/html"}).text


@pytest.mark.fault("W", "W4")
def test_a_token_that_was_made_works_once_and_leaves_the_address(served) -> None:
    access = Access(Address("127.0.0.1", 8765))
    printed = access.path
    with client_of(served, access) as client:
        assert client.get("/?token=wrong").status_code == 401
        signed_in = client.get(printed.replace("/?", "/providers?b=%2F&"))
        cookie = signed_in.headers["set-cookie"]
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/providers?b=%2F")
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        assert printed.partition("=")[2] not in cookie
        assert client.get("/providers").status_code == 200
        assert client.get(printed).headers["location"] == "/"
        client.cookies.clear()
        assert client.get(printed).status_code == 401


def test_a_redirect_after_signing_in_stays_here(served) -> None:
    access = Access(Address("127.0.0.1", 8765), SECRET)
    with client_of(served, access) as client:
        for path in ("//evil.example/", "/\\evil.example/", "/%0d%0aX-Evil:1"):
            location = client.get(f"{AT}{path}?token={SECRET}").headers["location"]
            assert location.startswith("/")
            assert not location.startswith(("//", "/\\"))
            assert location.isprintable()


def test_a_secret_that_stays_signs_in_as_often_as_it_is_shown(bearing) -> None:
    assert bearing.get("/api/providers").status_code == 200
    assert bearing.get("/api/providers", headers={"Authorization": "Bearer other"}).status_code == 401
    assert bearing.get("/api/providers", headers={"Authorization": f"Basic {SECRET}"}).status_code == 401
    del bearing.headers["Authorization"]
    for _ in range(2):
        assert bearing.get(f"/?token={SECRET}").status_code == 303
        bearing.cookies.clear()


def test_anybody_may_ask_for_the_health(stranger) -> None:
    while (answer := stranger.get("/health")).json()["status"] == "starting":
        pass  # it waits by itself
    assert (answer.status_code, answer.json()["models"]) == (200, 7)
    assert stranger.get("/health?ready").json() == {"ready": True}
    assert stranger.post("/health").status_code == 401


@pytest.mark.fault("W", "W5")
def test_every_answer_keeps_the_page_to_itself(client, stranger) -> None:
    answers = [
        client.get("/providers"),
        client.get("/nowhere"),
        stranger.get("/"),
        client.get("/static/page.js"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.fault("W", "W10")
@pytest.mark.parametrize(
    "path",
    [
        "/static/../application.py",
        "/static/..%2fapplication.py",
        "/static/%2e%2e/access.py",
        "/static//etc/passwd",
    ],
)
def test_no_path_leads_to_another_file(client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.fault("W", "W10")
def test_what_is_not_there_is_said_once_in_a_page_and_in_json(client) -> None:
    page = client.get("/nowhere", headers={"Accept": "text/html"})
    assert (page.status_code, page.text.partition("<main")[2].count("Not Found")) == (404, 1)
    assert client.get("/api/nowhere").json()["error"] == "Not Found"


@pytest.mark.fault("W", "W10")
def test_a_fault_leads_to_every_page_and_to_the_one_that_it_is_of(editing, workplace) -> None:
    html = {"Accept": "text/html"}
    answers = [
        (editing.get("/nowhere", headers=html), 404, "/"),
        (editing.put("/decisions", headers=html), 405, "/decisions"),
        (editing.post("/plan/apply", data={"digest": "x"}, headers=html), 409, "/plan"),
        (editing.post("/decisions/remove", data={"id": "x"}, headers=html), 409, "/decisions"),
    ]
    (workplace.path / "catalog/sync.yaml").write_text("sources: [\n")
    answers.append((editing.get("/providers", headers=html), 503, "/providers"))
    many = [editing.post("/history/undo", headers=html) for _ in range(61)]
    answers.append((many[-1], 429, "/history"))
    for answer, status, address in answers:
        assert answer.status_code == status
        assert [other for _, other in PAGES if f'<a href="{other}"' not in answer.text] == []
        assert f'class="button" href="{address}"' in answer.text


@pytest.mark.fault("W", "W10")
def test_a_broken_catalog_is_a_page_with_what_to_do_and_no_traceback(editing, workplace) -> None:
    (workplace.path / "catalog/sync.yaml").write_text("sources: [\n")
    page = editing.get("/providers", headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert "sync.yaml" in page.text
    assert "Traceback" not in page.text
    assert editing.get("/api/providers").json()["where"].count("sync.yaml:2") == 1
