"""What the HTTP client promises, held against a real server that misbehaves."""

from __future__ import annotations

import email.utils
import gzip
import json
import os
import socket
import ssl
import time
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fault_server as faults
from fault_server import FaultServer, reply
from modelsync.errors import EXIT_SOURCE, SourceFailed
from modelsync.http import Client, Limits, leads_to, redact, shown_url
from modelsync.http.transport import Unanswered

BODY = b'{"data": [1, 2, 3]}'
CANARY = "canary/5ecret+value"
KEYED = {"Authorization": f"Bearer {CANARY}", "X-Api-Key": CANARY}
DEFAULT = Limits()
CERTIFICATES = Path(__file__).parents[1] / "data" / "tls"


@pytest.fixture
def server():
    with FaultServer() as started:
        yield started


class Pauses(list):
    """Remembers pauses instead of making them."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def ask(url: str, *, limits: Limits = DEFAULT, pauses: Pauses | None = None, headers=KEYED, **options):
    with Client(limits=limits, pause=Pauses() if pauses is None else pauses, delay=0, **options) as client:
        return client.for_source().get(url, headers=headers)


def refusal(url: str, **options) -> SourceFailed:
    """The failure of a question: one line, with an exit code, and no secret in it."""
    with pytest.raises(SourceFailed) as caught:
        ask(url, **options)
    said = str(caught.value) + repr(caught.value.__cause__)
    assert CANARY not in said
    assert "\n" not in caught.value.what
    assert caught.value.what.isprintable()
    assert caught.value.exit_code == EXIT_SOURCE
    assert caught.value.where.startswith("http")
    return caught.value


# ---------------------------------------------------------------------------- whole answers


@pytest.mark.parametrize(
    "step",
    [
        reply(BODY),
        faults.zipped(BODY),
        faults.until_closed(BODY),
        faults.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n13\r\n" + BODY + b"\r\n0\r\n\r\n"),
        reply(b"\xef\xbb\xbf" + BODY),
    ],
    ids=["length", "gzip", "until-closed", "chunked", "byte-order-mark"],
)
def test_takes_a_whole_answer_however_it_is_sent(server, step):
    answer = ask(server.at("/models", step))
    assert answer.body.removeprefix(b"\xef\xbb\xbf") == BODY
    assert not answer.kept


@pytest.mark.fault("network", "an answer that breaks off")
@pytest.mark.parametrize(
    "step",
    [
        faults.short(BODY, missing=5),
        faults.cut_chunk(BODY),
        faults.zipped(BODY, cut=4),
        faults.zipped(BODY * 1000, cut=20),
        faults.until_closed(BODY[:-3]),
        faults.raw(b""),
        reply(b"not gzip", headers={"Content-Encoding": "gzip"}),
        reply(gzip.compress(BODY) + BODY, headers={"Content-Encoding": "gzip"}),
    ],
    ids=[
        "short",
        "cut-chunk",
        "gzip-without-its-sum",
        "cut-gzip",
        "cut-close-delimited",
        "hung-up",
        "no-gzip",
        "more-than-gzip",
    ],
)
def test_an_answer_that_broke_off_is_asked_for_again_and_never_used_in_part(server, step):
    assert ask(server.at("/twice", step, step, reply(BODY))).body == BODY
    assert "broke off, 4 times" in refusal(server.at("/never", step)).what


@pytest.mark.fault("network", "errors that may pass, and errors that will not")
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_an_error_that_may_pass_is_retried_with_growing_pauses(server, status):
    pauses = Pauses()
    failing = reply(status=status)
    assert ask(server.at("/", failing, failing, failing, reply(BODY)), pauses=pauses).body == BODY
    assert [int(pause) for pause in pauses] == [1, 2, 4] or [round(pause / 1.13) for pause in pauses] == [
        1,
        2,
        4,
    ]
    assert "HTTP" in refusal(server.at("/", failing)).what


@pytest.mark.fault("network", "errors that may pass, and errors that will not")
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451])
def test_an_error_that_will_not_pass_is_not_retried(server, status):
    failure = refusal(server.at("/", reply(b'{"error": "\x1b[31mno"}', status=status)))
    assert f"HTTP {status}" in failure.what
    assert "\\x1b" in failure.what
    assert len(server.asked) == 1
    assert ("key" in failure.advice) == (status in (401, 403))


@pytest.mark.fault("network", "an answer that is no list: HTML, nothing, an error with status 200")
@pytest.mark.parametrize(
    "body", [b"", b"  \n", b"<html>Are you a robot?</html>", b"Service moved", b"\x00\x01", b'"text"']
)
def test_an_answer_that_cannot_be_json_is_refused_and_shown_escaped(server, body):
    failure = refusal(server.at("/", reply(body)))
    assert "nothing" in failure.what if not body.strip() else "instead of JSON" in failure.what


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (reply(status=401), "authentication"),
        (reply(status=403), "authentication"),
        (reply(status=404), "data"),
        (reply(status=407), "connection"),
        (reply(status=408), "timeout"),
        (reply(status=429), "rate limit"),
        (reply(status=429, headers={"Retry-After": "86400"}), "rate limit"),
        (reply(status=500), "connection"),
        (reply(status=501), "connection"),
        (reply(b"<html>"), "data"),
        (reply(b""), "data"),
        (reply(b"[]", headers={"Content-Encoding": "br"}), "data"),
        (faults.short(BODY, missing=5), "data"),
        (faults.zipped(BODY, cut=4), "data"),
        (faults.moved("https://other.example/"), "data"),
        (faults.raw(b""), "connection"),
        (faults.silence, "timeout"),
        (faults.dripping_body(), "timeout"),
    ],
)
def test_a_failure_says_of_what_kind_it_is(server, step, kind):
    assert refusal(server.at("/", step), limits=Limits(read=0.2, deadline=0.4)).kind == kind


# ---------------------------------------------------------------------------- pauses that a server asks for


@pytest.mark.fault("network", "a pause that the server asks for: 1 second, a day, nonsense")
def test_a_pause_that_the_server_asks_for_is_made(server):
    for stated in ("7", email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=7), usegmt=True)):
        pauses = Pauses()
        ask(server.at("/", reply(status=429, headers={"Retry-After": stated}), reply(BODY)), pauses=pauses)
        assert len(pauses) == 1
        assert 5 <= pauses[0] <= 7


@pytest.mark.fault("network", "a pause that the server asks for: 1 second, a day, nonsense")
@pytest.mark.parametrize("stated", ["soon", "-5", "0", "1.5.2", "Fri, 01 Jan 2016 00:00:00 GMT"])
def test_a_pause_that_makes_no_sense_is_replaced_by_the_usual_one(server, stated):
    pauses = Pauses()
    ask(server.at("/", reply(status=503, headers={"Retry-After": stated}), reply(BODY)), pauses=pauses)
    assert len(pauses) == 1
    assert 1 <= pauses[0] <= 1.25


@pytest.mark.fault("network", "a pause that the server asks for: 1 second, a day, nonsense")
@pytest.mark.parametrize("stated", ["61", "86400", "9" * 400, "Fri, 01 Jan 2126 00:00:00 GMT"])
def test_a_pause_longer_than_the_cap_ends_the_question(server, stated):
    pauses = Pauses()
    failure = refusal(server.at("/", reply(status=429, headers={"Retry-After": stated})), pauses=pauses)
    assert "longer than 60 s" in failure.what
    assert pauses == []


class Time(Pauses):
    """A clock that stands still but for the pauses."""

    def clock(self) -> float:
        return sum(self)


@pytest.mark.fault("network", "a server that hangs, drips, or never accepts")
def test_all_pages_of_a_source_share_its_time(server):
    time_ = Time()
    with Client(limits=Limits(total=5), delay=0, pause=time_, clock=time_.clock) as client:
        source = client.for_source()
        assert source.get(server.at("/1", reply(status=503), reply(status=503), reply(BODY))).body == BODY
        with pytest.raises(SourceFailed, match="HTTP 429 until its 5 s were over") as caught:
            source.get(server.at("/2", reply(status=429)))
        assert caught.value.kind == "rate limit"
        time_.append(5)
        with pytest.raises(SourceFailed, match="its 5 s were over") as caught:
            source.get(server.at("/3", reply(BODY)))
        assert caught.value.kind == "timeout"
        assert [asked.path for asked in server.asked].count("/3") == 0
        assert client.for_source().get(server.at("/3", reply(BODY))).body == BODY


# ---------------------------------------------------------------------------- time and size


@pytest.mark.fault("network", "a server that hangs, drips, or never accepts")
@pytest.mark.parametrize(
    "step",
    [faults.silence, faults.dripping_headers(), faults.dripping_body()],
    ids=["silence", "headers", "body"],
)
def test_nothing_outlasts_the_deadline(server, step):
    started = time.monotonic()
    refusal(server.at("/", step), limits=Limits(deadline=0.4))
    assert time.monotonic() - started < 1.4


@pytest.mark.fault("network", "a server that hangs, drips, or never accepts")
def test_a_server_that_says_nothing_is_given_up_before_the_deadline(server):
    assert "no answer within 0.2 s" in refusal(server.at("/", faults.silence), limits=Limits(read=0.2)).what


@pytest.mark.fault("network", "a server that hangs, drips, or never accepts")
def test_a_connection_that_is_never_accepted_is_given_up():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for queued in waiting:
            queued.setblocking(False)
            queued.connect_ex(full.getsockname())
        failure = refusal(f"http://127.0.0.1:{full.getsockname()[1]}/", limits=Limits(connect=0.3))
        for queued in waiting:
            queued.close()
    assert "no connection within 0.3 s" in failure.what
    assert failure.kind == "timeout"


SMALL = Limits(size=4 << 20)


def bomb(megabytes: int = 200) -> bytes:
    """A small body in gzip that unpacks to a large one."""
    pack = zlib.compressobj(wbits=31)
    start = pack.compress(b"[") + pack.flush(zlib.Z_FULL_FLUSH)
    return start + (pack.compress(b"[" * (1 << 20)) + pack.flush(zlib.Z_FULL_FLUSH)) * megabytes


@pytest.fixture
def step(request):
    """What a server does, made when it is needed."""
    return request.param()


@pytest.fixture
def memory():
    """The most memory taken so far, in bytes."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


@pytest.mark.fault("network", "an answer that is too large, as sent or unpacked")
@pytest.mark.parametrize(
    "step",
    [
        lambda: reply(bomb(), headers={"Content-Encoding": "gzip"}),
        faults.endless_body,
        lambda: reply(b"[" + b" " * (5 << 20) + b"]"),
        lambda: faults.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n[" + b" " * (5 << 20)),
    ],
    ids=["bomb", "endless", "large", "announced"],
    indirect=True,
)
def test_an_answer_that_is_too_large_is_stopped_at_the_cap(server, step, memory):
    assert "larger than 4,194,304 bytes" in refusal(server.at("/", step), limits=SMALL).what
    assert memory() < 20 << 20
    assert len(server.asked) == 1


@pytest.mark.fault("network", "an answer that is too large, as sent or unpacked")
@pytest.mark.parametrize(
    "encoding", ["br", "zstd", "gzip, gzip, gzip, gzip, gzip, gzip", "deflate", "\x1b[31m"]
)
def test_an_encoding_that_was_not_asked_for_is_not_unpacked(server, encoding):
    failure = refusal(server.at("/", reply(gzip.compress(BODY), headers={"Content-Encoding": encoding})))
    assert "encoding" in failure.what


# ---------------------------------------------------------------------------- where it goes


def test_a_redirect_within_the_same_place_is_followed(server):
    server.at("/new", reply(BODY))
    assert ask(server.at("/old", faults.moved("/new"))).body == BODY


@pytest.mark.fault("network", "a redirect elsewhere, in a circle, or without end")
@pytest.mark.parametrize(
    "location",
    [
        "http://localhost:{port}/x",
        "http://127.0.0.1:1/x",
        "http://169.254.169.254/latest/meta-data",
        "http://user@127.0.0.1:{port}/x",
        "https://other.example/x?token=abc",
        "file:///etc/passwd",
        "//other.example/x",
        "http://[::1/",
        "",
    ],
)
def test_a_redirect_elsewhere_is_refused_and_nothing_is_sent_there(server, location):
    url = server.at("/", faults.moved(location.format(port=server.server_address[1])))
    failure = refusal(url)
    assert "redirects" in failure.what
    assert "abc" not in str(failure)
    assert {asked.path for asked in server.asked} == {"/"}


@pytest.mark.fault("network", "a redirect elsewhere, in a circle, or without end")
def test_a_redirect_with_an_endless_body_is_not_read_to_its_end(server, memory):
    start = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"
    assert "redirects" in refusal(server.at("/", faults.endless(start))).what
    assert memory() < 20 << 20


@pytest.mark.fault("network", "a redirect elsewhere, in a circle, or without end")
def test_redirects_in_a_circle_end(server):
    server.at("/b", faults.moved("/a"))
    assert "more than 5 times" in refusal(server.at("/a", faults.moved("/b"))).what
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    ("url", "following", "followed"),
    [
        ("https://a.example/x", "https://a.example/y", True),
        ("https://a.example/x", "https://a.example:443/y", True),
        ("https://a.example:8443/x", "https://a.example:8443/y", True),
        ("http://a.example/x", "https://a.example/y", True),
        ("http://127.0.0.1:80/x", "/y", True),
        ("http://a.example/x", "http://a.example/y", False),
        ("https://a.example/x", "http://a.example/y", False),
        ("https://a.example/x", "https://a.example:8443/y", False),
        ("https://a.example/x", "https://b.a.example/y", False),
        ("https://a.example/x", "https://a.example.evil/y", False),
        ("https://a.example/x", "https://a.example@evil/y", False),
        ("https://a.example/x", "https://a.example:port/y", False),
    ],
)
def test_only_the_same_host_is_followed_and_never_from_https_to_http(url, following, followed):
    assert bool(leads_to(url, following)) == followed


@pytest.mark.fault("network", "a `.netrc` with another key")
def test_netrc_is_ignored(server, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    ask(server.at("/", reply(BODY)))
    ask(server.at("/", reply(BODY)), headers={})
    assert [asked.headers.get("authorization") for asked in server.asked] == [f"Bearer {CANARY}", None]


def test_a_proxy_of_the_environment_is_used(server, monkeypatch):
    server.at("http://models.example/list", reply(BODY))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_address[1]}")
    assert ask("http://models.example/list").body == BODY
    for broken in ("http://127.0.0.1:1", "http://user:{}@127.0.0.1:1", "http://{}:none"):
        monkeypatch.setenv("http_proxy", broken.format(CANARY))
        failure = refusal("http://models.example/list")
        assert "proxy" in str(failure)
        assert failure.kind == "connection"


# ---------------------------------------------------------------------------- certificates


def serving(certificate: str) -> FaultServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / certificate)
    return FaultServer(context)


def test_a_ca_bundle_of_the_environment_is_used(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / "authority.pem"))
    with serving("good.pem") as server:
        assert ask(server.at("/", reply(BODY))).body == BODY


@pytest.mark.fault("network", "a certificate that is not right")
@pytest.mark.parametrize(
    ("certificate", "trusted"), [("good.pem", False), ("other.pem", True), ("expired.pem", True)]
)
def test_a_certificate_that_is_not_right_is_never_accepted(certificate, trusted, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / "authority.pem"))
    with serving(certificate) as server:
        failure = refusal(server.at("/", reply(BODY)))
        assert "certificate was not accepted" in failure.what
        assert failure.kind == "connection"
        assert server.asked == []


def test_a_server_without_tls_is_never_asked_in_the_clear_instead(server):
    """Whether it waits for the end of a line, or takes one for a request, is up to the handshake's bytes."""
    url = server.at("/", reply(BODY)).replace("http://", "https://")
    failure = refusal(url, limits=Limits(connect=0.5, read=0.5))
    assert "no secure connection" in failure.what or failure.kind == "timeout"
    assert "GET" not in {asked.method for asked in server.asked}


# ---------------------------------------------------------------------------- what cannot be reached


@pytest.mark.fault("network", "no name, no connection, a refusal")
def test_what_cannot_be_reached_is_said_at_once_in_one_line(monkeypatch):
    pauses = Pauses()
    refused = refusal("http://127.0.0.1:1/", pauses=pauses)
    assert "Connection refused" in refused.what
    monkeypatch.setenv("NO_PROXY", "*")
    unknown = refusal("http://no-such-host.invalid/", pauses=pauses, limits=Limits(deadline=2))
    assert (refused.kind, unknown.kind) == ("connection", "connection")
    assert pauses == []


@pytest.mark.parametrize(
    "url", ["http://", "http://[::1", "ftp://127.0.0.1/", "http://a b/", "http://\u2028.example/"]
)
def test_an_address_that_cannot_be_asked_is_refused(url):
    with pytest.raises(SourceFailed):
        ask(url)


# ---------------------------------------------------------------------------- secrets


@pytest.mark.fault("secrets", "keys, while upstream fails")
def test_no_secret_is_shown_whatever_fails(server):
    echo = f'{{"error": "wrong key {CANARY}"}}'.encode()
    for step in (reply(echo, status=401), reply(b"<p>" + echo), faults.moved(f"https://x.example/{CANARY}")):
        refusal(server.at(f"/?api_key={CANARY}", step))
    refusal(f"http://user:{CANARY}@127.0.0.1:1/")


@pytest.mark.fault("secrets", "a key that cannot be sent")
@pytest.mark.parametrize("key", [f"{CANARY}\n", f"“{CANARY}”", f"{CANARY} ", "\x00"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(server, key):
    failure = refusal(server.at("/", reply(BODY)), headers={"Authorization": f"Bearer {key}"})
    assert "Authorization" in failure.what
    assert failure.kind == "authentication"
    assert server.asked == []


@given(st.text(min_size=4, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_redacted_in_every_form(secret, before, after):
    import base64

    coded = secret.encode("utf-8", "surrogatepass")
    for form in (secret, quote(coded, safe=""), base64.b64encode(coded).decode().rstrip("=")):
        for way in (form, form.replace("/", r"\/"), form.replace("+", r"\u002B")):
            assert way not in redact(f"\x00{way}\x00", [secret])


ECHOES = [
    CANARY,
    quote(CANARY, safe=""),
    CANARY.replace("/", r"\/"),
    CANARY.replace("/", r"\u002f"),
    CANARY.replace("/", r"\u002F"),
    CANARY.replace("+", r"\u002b"),
]


@pytest.mark.parametrize("form", ECHOES)
def test_a_list_that_repeats_the_key_is_neither_taken_nor_kept(server, tmp_path, form):
    url = server.at("/", reply(b'{"data": [{"id": "x", "name": "%s"}]}' % form.encode()))
    failure = refusal(url, cache=tmp_path / "cache")
    assert (failure.kind, "repeats a key" in failure.what) == ("data", True)
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


@pytest.mark.parametrize("form", ECHOES)
def test_an_error_that_repeats_the_key_is_shown_without_it(server, form):
    failure = refusal(server.at("/", reply(b'{"error": "no %s"}' % form.encode(), status=401)))
    assert failure.what == """it answered HTTP 401: '{"error": "no ***"}'"""


@pytest.mark.parametrize("key", ["sk-not0a0real0key", "0123456789abcdef0123", "AKIA0IOSFODNN7EXAMPLE"])
def test_a_page_that_repeats_a_key_in_the_path_is_shown_without_it(server, key):
    path = f"/k/{key}/models"
    failure = refusal(server.at(path, reply(f"Cannot GET {path}".encode(), status=404)))
    assert failure.what == "it answered HTTP 404: 'Cannot GET /k/***/models'"
    assert key not in str(failure)


def test_what_may_be_a_key_of_the_path_is_no_reason_to_refuse_a_list(server):
    path = "/accounts/0123456789abcdef0123/models"
    body = b'{"data": [], "self": "%s"}' % path.encode()
    assert ask(server.at(path, reply(body))).body == body


def test_a_short_key_may_be_a_word_like_any_other(server):
    with Client(secrets=["test"]) as client:
        assert client.for_source().get(server.at("/", reply(b'{"data": "test"}'))).body == b'{"data": "test"}'


def test_an_address_is_shown_without_credentials():
    shown = shown_url(f"https://user:{CANARY}@a.example:8443/v1?output_modalities=all&key={CANARY}#{CANARY}")
    assert shown == "https://a.example:8443/v1?output_modalities=all&key=***"


# ---------------------------------------------------------------------------- what is sent


def send(url: str, **options):
    with Client(delay=0, pause=options.pop("pauses", Pauses()), **options) as client:
        return client.send("POST", url, {"model": "gpt-4o", "max_tokens": 1}, headers=KEYED)


@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500, 503])
def test_what_is_sent_is_sent_once_and_answered_whatever_the_status(server, tmp_path, status):
    url = server.at("/", reply(b'{"error": {}}', status=status, headers={"ETag": '"v1"'}))
    answer = send(url, cache=tmp_path / "cache")
    assert (answer.status, answer.body) == (status, b'{"error": {}}')
    (asked,) = server.asked
    assert (asked.method, json.loads(asked.body)) == ("POST", {"model": "gpt-4o", "max_tokens": 1})
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["authorization"] == f"Bearer {CANARY}"
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (faults.short(BODY, missing=5), "data"),
        (faults.raw(b""), "connection"),
        (faults.silence, "timeout"),
        (reply(b" " * (17 << 20)), "data"),
    ],
)
def test_what_may_have_arrived_is_never_sent_again(server, step, kind):
    with pytest.raises(SourceFailed) as caught:
        send(server.at(f"/?key={CANARY}", step), limits=Limits(read=0.3))
    assert caught.value.kind == kind
    assert CANARY not in str(caught.value)
    assert len(server.asked) == 1


def test_what_nobody_took_is_sent_again():
    pauses = Pauses()
    with pytest.raises(Unanswered, match="Connection refused, 4 times") as caught:
        send("http://127.0.0.1:1/", pauses=pauses)
    assert len(pauses) == 3
    assert not caught.value.arrived


def test_what_is_sent_follows_no_redirect(server):
    assert send(server.at("/", faults.moved("/elsewhere", 307))).status == 307
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (429, {"Retry-After": "2"}),
        (403, {"Retry-After": "2"}),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}),
        (429, {"RateLimit-Remaining": "0", "RateLimit-Reset": "1"}),
    ],
)
def test_what_was_refused_for_too_many_requests_is_sent_again_once_the_server_takes_it(
    server, status, headers
):
    pauses = Pauses()
    url = server.at("/", reply(b"{}", status=status, headers=headers), reply(b"{}", status=201))
    assert send(url, pauses=pauses).status == 201
    assert pauses in ([2.0], [1.0])


def test_a_limit_that_lasts_longer_than_a_run_waits_is_the_answer(server):
    pauses = Pauses()
    later = str(int(time.time()) + 3000)
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": later}
    assert send(server.at("/", reply(b"{}", status=403, headers=spent)), pauses=pauses).status == 403
    assert (len(server.asked), pauses) == (1, [])


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_is_sent_by_its_method_and_follows_no_redirect(server, method):
    with Client(delay=0) as client:
        assert client.send(method, server.at("/", faults.moved("/elsewhere", 307))).status == 307
        assert client.send(method, server.at("/", reply(status=204))).status == 204
    assert [asked.method for asked in server.asked] == [method, method]


def test_all_pages_are_asked_for_as_their_links_lead_on_the_same_host(server):
    second, third = (server.at(path, reply(path.encode())) for path in ("/2", "/3"))
    first = server.at("/1", reply(b"1", headers={"Link": f'<{second}>; rel="next", <{third}>; rel="last"'}))
    server.at("/2", reply(b"2", headers={"Link": '<https://elsewhere.example/3>; rel="next"'}))
    with Client(delay=0) as client:
        assert [answer.body for answer in client.pages(first, headers=KEYED)] == [b"1", b"2"]
    assert len(server.asked) == 2


# ---------------------------------------------------------------------------- the cache

NOON = datetime(2026, 8, 22, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(tmp_path, clock):
    with Client(cache=tmp_path / "cache", now=clock, pause=Pauses()) as opened:
        yield opened


def tagged(body: bytes, etag: str) -> faults.Step:
    return reply(body, headers={"ETag": etag})


NOT_CHANGED = reply(status=304, headers={"Content-Length": "0"})


def test_what_has_not_changed_is_not_sent_again(server, client, clock):
    url = server.at("/", tagged(BODY, '"v1"'), NOT_CHANGED)
    client.for_source().get(url)
    clock.time += timedelta(hours=1)
    answer = client.for_source().get(url)
    assert (answer.body, answer.fetched, answer.kept) == (BODY, clock.time, False)
    assert [asked.headers.get("if-none-match") for asked in server.asked] == [None, '"v1"']


@pytest.mark.fault("network", "a cache that is damaged, stale, or wrong")
def test_what_upstream_sends_counts_though_its_tag_is_the_same(server, client):
    url = server.at("/", tagged(BODY, '"v1"'), tagged(b"[4]", '"v1"'))
    assert [client.for_source().get(url).body, client.for_source().get(url).body] == [BODY, b"[4]"]


@pytest.mark.fault("network", "a cache that is damaged, stale, or wrong")
@pytest.mark.parametrize("etag", ['W/"v1"', "v1", '"\x7f"', ""])
def test_a_tag_that_does_not_promise_the_same_bytes_is_not_asked_with(server, client, etag):
    url = server.at("/", tagged(BODY, etag))
    client.for_source().get(url)
    client.for_source().get(url)
    assert "if-none-match" not in server.asked[1].headers


@pytest.mark.fault("network", "a cache that is damaged, stale, or wrong")
@pytest.mark.parametrize("damage", ["lost", "cut", "changed", "empty", "folder"])
def test_a_damaged_cache_is_asked_for_anew(server, client, tmp_path, damage):
    url = server.at("/", tagged(BODY, '"v1"'), tagged(b"[4]", '"v2"'))
    client.for_source().get(url)
    (kept,) = (tmp_path / "cache").iterdir()
    whole = kept.read_bytes()
    kept.unlink()
    match damage:
        case "cut":
            kept.write_bytes(whole[:-2])
        case "changed":
            kept.write_bytes(whole.replace(b"3", b"4"))
        case "empty":
            kept.write_bytes(b"")
        case "folder":
            kept.mkdir()
    assert client.for_source().get(url, max_age=timedelta(days=1)).body == b"[4]"
    assert "if-none-match" not in server.asked[1].headers


@pytest.mark.fault("network", "a cache that is damaged, stale, or wrong")
def test_a_confirmation_that_was_not_asked_for_is_asked_again(server, client):
    assert client.for_source().get(server.at("/", NOT_CHANGED, reply(BODY))).body == BODY
    assert server.asked[1].headers["cache-control"] == "no-cache"
    with pytest.raises(SourceFailed, match="nothing"):
        client.for_source().get(server.at("/always", NOT_CHANGED))


def test_a_young_answer_serves_without_a_question_where_that_is_allowed(server, client, clock):
    url = server.at("/", reply(BODY))
    client.for_source().get(url)
    clock.time += timedelta(minutes=4)
    answer = client.for_source().get(url, max_age=timedelta(minutes=5))
    assert (answer.body, answer.kept, answer.age, answer.fetched) == (BODY, True, timedelta(minutes=4), NOON)
    assert len(server.asked) == 1
    clock.time += timedelta(minutes=4)
    assert not client.for_source().get(url, max_age=timedelta(minutes=5)).kept
    assert not client.for_source().get(url).kept


@pytest.mark.fault("network", "offline with an older answer")
def test_an_old_answer_serves_where_nothing_can_be_reached_and_says_how_old_it_is(client, clock):
    with FaultServer() as server:
        url = server.at("/", reply(BODY))
        client.for_source().get(url)
    clock.time += timedelta(days=3)
    answer = client.for_source().get(url, max_age=timedelta(minutes=5))
    assert (answer.body, answer.kept, answer.age) == (BODY, True, timedelta(days=3))
    with pytest.raises(SourceFailed):
        client.for_source().get(url)


def test_an_old_answer_does_not_hide_that_upstream_refuses(server, client, clock):
    url = server.at("/", reply(BODY), reply(status=403))
    client.for_source().get(url)
    clock.time += timedelta(days=3)
    with pytest.raises(SourceFailed, match="403"):
        client.for_source().get(url, max_age=timedelta(minutes=5))


def test_an_answer_is_kept_for_the_key_that_got_it(server, client, tmp_path):
    url = server.at("/", reply(BODY), reply(b"[4]"))
    client.for_source().get(url, headers=KEYED)
    assert client.for_source().get(url, headers={}, max_age=timedelta(days=1)).body == b"[4]"
    kept = b"".join(path.name.encode() + path.read_bytes() for path in (tmp_path / "cache").iterdir())
    assert CANARY.encode() not in kept


@pytest.mark.fault("network", "a cache that is damaged, stale, or wrong")
def test_a_cache_that_cannot_be_written_fails_nothing(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with Client(cache=tmp_path / "file") as client:
        assert client.for_source().get(server.at("/", reply(BODY))).body == BODY


def test_the_cache_holds_nothing_that_could_not_be_json(server, client, tmp_path):
    with pytest.raises(SourceFailed):
        client.for_source().get(server.at("/", tagged(b"<html>", '"v1"')))
    assert not (tmp_path / "cache").exists()


def test_asking_imports_requests_and_nothing_before_does(server):
    import subprocess
    import sys

    code = "import sys, modelsync.sources; print('requests' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert ran.stdout.strip() == "False"
    assert json.loads(ask(server.at("/", reply(BODY))).body)


@pytest.mark.parametrize(
    "key",
    [
        *("sk-not0a0real0key", "pk-12", "0123456789abcdef0123456789abcdef", "team_a_5f3c9e77d1b24"),
        *("bot123456:AAHnot0a0real0key", "a3f9c2d17b5e4f60", "eyJhbGciOiJub25lIn0.e30.x"),
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    ],
)
def test_what_may_be_a_key_in_the_path_of_an_address_is_not_shown(key):
    assert shown_url(f"http://a.example/k/{key}/v1/models") == "http://a.example/k/***/v1/models"


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/models", "/compatible-mode/v1/models", "/BerriAI/litellm/main/model_prices.json"),
        *("/2026-11-27/decade/models", "/v1beta1:publishers/models"),
    ],
)
def test_a_path_that_people_write_is_shown(path):
    assert shown_url(f"https://a.example{path}") == f"https://a.example{path}"
