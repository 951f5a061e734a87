"""That one host is asked at most so often, by however many, and no more when it does not answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fault_server as faults
from fault_server import FaultServer, reply
from modelsync.errors import SourceFailed
from modelsync.http import Asker, Client, Limits
from modelsync.http.hosts import Host

BODY = b"[1]"


class Time:
    """A clock that moves only by hand, or by the pauses where they are made."""

    def __init__(self, *, moves: bool = True) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []
        self.moves = moves

    def clock(self) -> float:
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds if self.moves else 0


def client(time: Time, **options: Any) -> Client:
    return Client(pause=time.pause, clock=time.clock, **options)


@pytest.fixture
def server():
    with FaultServer() as started:
        yield started


@pytest.fixture
def other_server():
    with FaultServer() as started:
        yield started


# ---------------------------------------------------------------------------- one after another


def test_two_requests_to_one_host_are_a_second_apart_and_to_two_hosts_are_not(server, other_server):
    time = Time()
    with client(time) as asking:
        asking.for_source().get(server.at("/a", reply(BODY)))
        asking.for_source().get(other_server.at("/a", reply(BODY)))
        assert time.pauses == []
        asking.for_source().get(server.at("/b", reply(BODY)))
        assert time.pauses == [1]
        time.seconds += 0.75
        asking.for_source().get(server.at("/b", reply(BODY)))
        assert time.pauses == [1, 0.25]
        time.seconds += 60
        asking.for_source().get(server.at("/b", reply(BODY)))
        assert time.pauses == [1, 0.25]


def test_threads_that_ask_one_host_take_turns(server):
    url, time = server.at("/", reply(BODY)), Time(moves=False)
    with client(time, delay=2) as asking, ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: asking.for_source().get(url), range(6)))
    assert {answer.body for answer in answers} == {BODY}
    assert sorted(time.pauses) == [2, 4, 6, 8, 10]


def test_redirects_and_retries_take_their_turn_too(server):
    server.at("/new", reply(status=503, headers={"Retry-After": "1"}), reply(BODY))
    time = Time()
    with client(time, delay=10) as asking:
        asking.for_source().get(server.at("/old", faults.moved("/new")))
    # to the redirect's place, the pause that was asked for, the rest of the ten seconds, the redirect again
    assert time.pauses == [10, 1, 9, 10]


@given(
    st.lists(st.floats(0, 5), min_size=1, max_size=30),
    st.sampled_from([0.0, 0.5, 1.0, 3.0]),
)
def test_no_two_starts_are_closer_than_the_delay_and_none_waits_for_nothing(gaps, delay):
    time, starts = Time(), list[float]()
    host = Host(Limits(), delay, time.clock, time.pause)
    for gap in gaps:
        time.seconds += gap
        earliest = max(time.seconds, starts[-1] + delay) if starts else time.seconds
        host.turn(time)
        starts.append(time.seconds)
        assert starts[-1] == pytest.approx(earliest)


def test_who_waits_for_a_turn_holds_up_nobody_else(server, other_server):
    waiting, go_on = threading.Event(), threading.Event()

    def pause(seconds: float) -> None:
        if not waiting.is_set():
            waiting.set()
            go_on.wait(30)

    url = server.at("/", reply(BODY))
    with Client(pause=pause, clock=lambda: 0.0) as asking, ThreadPoolExecutor(1) as threads:
        asking.for_source().get(url)
        late = threads.submit(asking.for_source().get, url)
        assert waiting.wait(30)
        assert asking.for_source().get(other_server.at("/", reply(BODY))).body == BODY
        assert asking.for_source().get(url).body == BODY
        assert not late.done()
        go_on.set()
        assert late.result().body == BODY


def test_waiting_for_others_takes_nothing_from_the_time_of_a_source(server):
    url, time = server.at("/", reply(BODY)), Time()
    with client(time, delay=50, limits=Limits(total=60)) as asking:
        source = asking.for_source()
        assert source.get(url).body == BODY
        time.moves = False  # while others wait for their turns too
        for _ in range(4):
            assert asking.for_source().get(url).body == BODY
        time.moves = True
        assert source.get(url).body == BODY
        assert time.seconds == 5 * 50
        assert "its 60 s were over" in fails(source, url).what
    assert len(server.asked) == 6


def test_waiting_after_its_own_requests_is_the_time_of_a_source(server):
    url, time = server.at("/", reply(BODY)), Time()
    with client(time, delay=1, limits=Limits(total=90)) as asking:
        source = asking.for_source()
        with pytest.raises(SourceFailed, match="its 90 s were over") as caught:
            list(map(source.get, [url] * 200))
    assert (caught.value.kind, time.seconds, len(server.asked)) == ("timeout", 90, 90)


def test_secrets_of_all_threads_are_redacted(server):
    keys = [f"canary-{number:03}" for number in range(60)]

    def ask(key: str) -> str:
        with pytest.raises(SourceFailed) as caught:
            asking.for_source().get(
                server.at(f"/{key}", reply(key.encode(), status=400)), headers={"X-Api-Key": key}
            )
        return str(caught.value)

    with Client(delay=0) as asking, ThreadPoolExecutor(8) as threads:
        said = list(threads.map(ask, keys))
        assert all(key not in asking.redact(" ".join(keys)) for key in keys)
    assert all("canary" not in line.partition(": ")[2] for line in said)


# ---------------------------------------------------------------------------- a host that does not answer

ONCE = Limits(retries=0, deadline=0.3)


def fails(asking: Asker, url: str) -> SourceFailed:
    with pytest.raises(SourceFailed) as caught:
        asking.get(url)
    return caught.value


@pytest.mark.fault("network", "a host that fails again and again")
@pytest.mark.parametrize("step", [reply(status=500), faults.raw(b""), faults.silence])
def test_after_five_failures_in_a_row_a_host_is_left_alone(server, other_server, step):
    url, time = server.at("/", step), Time()
    with client(time, delay=0, limits=ONCE) as asking:
        for _ in range(5):
            fails(asking.for_source(), url)
        time.seconds += 10
        failure = fails(asking.for_source(), url)
        assert "5 times in a row; it is not asked for another 20 s" in failure.what
        assert failure.kind == "connection"
        assert len(server.asked) == 5
        assert asking.for_source().get(other_server.at("/", reply(BODY))).body == BODY


def test_after_half_a_minute_one_request_tries_and_decides(server):
    down = [reply(status=503)] * 6
    url, time = server.at("/", *down, reply(BODY), reply(status=503), reply(BODY)), Time()
    with client(time, delay=0, limits=ONCE) as asking:
        for _ in range(5):
            fails(asking.for_source(), url)
        time.seconds += 30
        assert "HTTP 503" in fails(asking.for_source(), url).what
        assert "not asked" in fails(asking.for_source(), url).what
        time.seconds += 30
        assert asking.for_source().get(url).body == BODY
        assert "HTTP 503" in fails(asking.for_source(), url).what
        assert asking.for_source().get(url).body == BODY


def test_while_one_request_tries_no_other_does(server):
    asked, go_on = threading.Event(), threading.Event()

    def late(out: Any, over: threading.Event) -> None:
        asked.set()
        go_on.wait(30)
        reply(BODY)(out, over)

    url, time = server.at("/", *[reply(status=500)] * 5, late), Time()
    limits = Limits(retries=0)
    with client(time, delay=0, limits=limits) as asking, ThreadPoolExecutor(1) as threads:
        for _ in range(5):
            fails(asking.for_source(), url)
        time.seconds += 30
        trial = threads.submit(asking.for_source().get, url)
        assert asked.wait(30)
        assert "not asked" in fails(asking.for_source(), url).what
        go_on.set()
        assert trial.result().body == BODY


def test_who_waits_for_a_turn_at_a_host_that_shuts_meanwhile_is_refused(server):
    fine, broken = server.at("/fine", reply(BODY)), server.at("/broken", reply(status=500))
    pauses = list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:  # while this one waits, another one fails
            assert "HTTP 500" in fails(asking.for_source(), broken).what

    with Client(pause=pause, clock=lambda: 0.0, limits=Limits(retries=0, failures=1)) as asking:
        asking.for_source().get(fine)
        assert "not asked" in fails(asking.for_source(), fine).what
    assert [asked.path for asked in server.asked] == ["/fine", "/broken"]


@pytest.mark.parametrize(
    "step", [reply(status=404), reply(status=401), reply(status=429), reply(b"<p>"), faults.short(BODY, 5)]
)
def test_a_host_that_answers_is_never_left_alone_whatever_it_answers(server, step):
    time = Time()
    with client(time, delay=0, limits=ONCE) as asking:
        for number in range(8):
            assert "not asked" not in fails(asking.for_source(), server.at(f"/{number}", step)).what
        for number in range(12):
            fails(asking.for_source(), server.at(f"/{number}", reply(status=500) if number % 4 else step))
    assert len(server.asked) == 20


def test_a_request_that_cannot_be_sent_says_nothing_of_the_host(server):
    url, time = server.at("/", reply(status=500)), Time()
    with client(time, limits=ONCE) as asking:
        for _ in range(4):
            fails(asking.for_source(), url)
        with pytest.raises(SourceFailed, match="cannot be sent"):
            asking.for_source().get(url, headers={"X-Api-Key": "line\nbreak"})
        assert time.pauses == [1, 1, 1]
        fails(asking.for_source(), url)
        assert "5 times in a row" in fails(asking.for_source(), url).what


def test_an_old_answer_serves_while_a_host_is_left_alone(server, tmp_path):
    from datetime import timedelta

    url, time = server.at("/", reply(BODY), reply(status=500)), Time()
    with client(time, delay=0, limits=ONCE, cache=tmp_path) as asking:
        asking.for_source().get(url)
        for _ in range(5):
            fails(asking.for_source(), url)
        answer = asking.for_source().get(url, max_age=timedelta())
    assert (answer.body, answer.kept) == (BODY, True)
