"""Asking several sources: their answers in order, and nothing that is raised in a thread is lost."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pytest

from fault_server import FaultServer, Step, reply, silence
from modelsync import config
from modelsync.config import Place
from modelsync.disk import files
from modelsync.records import Failure, Listing
from modelsync.run import due, fetch
from modelsync.run.request import Run
from modelsync.sources import SourceSettings

LIST = reply(b'{"data": [{"id": "m", "object": "model"}]}')
NAMES = ("a", "b", "c", "d")


def run_of(server: FaultServer, folder: Path, parallel: int = 4) -> Run:
    url = f"http://127.0.0.1:{server.server_address[1]}"
    sources = "".join(f"  {name}: {{endpoints: [{{url: '{url}/{name}'}}]}}\n" for name in NAMES)
    text = f"batch: {{delay: 0, parallel: {parallel}}}\nsources:\n{sources}"
    return Run(Place(folder / "catalog"), config.parse(text), datetime.now(UTC))


def after(event: threading.Event, answer: Step) -> Step:
    def step(out: BinaryIO, over: threading.Event) -> None:
        event.wait(60)
        answer(out, over)

    return step


def then(answer: Step, event: threading.Event) -> Step:
    def step(out: BinaryIO, over: threading.Event) -> None:
        answer(out, over)
        event.set()

    return step


@pytest.mark.parametrize("parallel", [1, 2, 9])
def test_answers_come_in_the_order_of_the_question_whoever_is_first(tmp_path: Path, parallel: int) -> None:
    last = threading.Event()
    with FaultServer() as server:
        for name in NAMES:
            server.at(f"/{name}", LIST)
        if parallel > 1:
            server.at("/a", after(last, LIST))
            server.at("/d", then(LIST, last))
        answers = fetch.listings(run_of(server, tmp_path, parallel), NAMES)
    assert [answer.source for answer in answers] == list(NAMES)
    assert all(isinstance(answer, Listing) for answer in answers)


def test_a_source_that_fails_is_one_answer_among_the_others(tmp_path: Path) -> None:
    with FaultServer() as server:
        for name in NAMES:
            server.at(f"/{name}", LIST)
        server.at("/b", reply(status=404))
        answers = fetch.listings(run_of(server, tmp_path), NAMES)
    assert [isinstance(answer, Failure) for answer in answers] == [False, True, False, False]


def test_what_nobody_expected_is_raised_at_once_however_long_another_source_hangs(tmp_path: Path) -> None:
    with FaultServer() as server:
        server.at("/a", silence)
        run = run_of(server, tmp_path, parallel=2)
        impossible = SourceSettings(endpoints=(None,))  # type: ignore[arg-type]
        sources = {**run.config.sources, "b": impossible}
        broken = msgspec.structs.replace(run, config=msgspec.structs.replace(run.config, sources=sources))
        with pytest.raises(AttributeError):
            fetch.listings(broken, NAMES)
        assert [asked.path for asked in server.asked if asked.path != "/a"] == []


def test_a_list_that_was_just_asked_for_has_no_age(tmp_path: Path) -> None:
    with FaultServer() as server:
        server.at("/a", LIST)
        run = run_of(server, tmp_path)
        assert list(fetch.ages(run, fetch.listings(run, ("a",)))) == []
        again = msgspec.structs.replace(run_of(server, tmp_path), from_cache=True)
        (notice,) = fetch.ages(again, fetch.listings(again, ("a",)))
    assert (notice.topic, notice.subject) == ("cache", "a")


@pytest.mark.parametrize(
    "partly", [{"only": "openai/*"}, {"removals_only": True}, {"replay": {"a": Path("a.json")}}]
)
def test_only_a_run_that_takes_all_that_its_source_says_now_counts_as_a_sync_of_it(
    tmp_path: Path, partly: dict[str, Any]
) -> None:
    with FaultServer() as server:
        server.at("/a", LIST)
        run = run_of(server, tmp_path)
        answers = fetch.listings(run, ("a",))
    files.own_folder(run.place.state)
    fetch.remember(msgspec.structs.replace(run, **partly), answers)
    assert due.last_synced(run.place) == {}
    fetch.remember(run, answers)
    assert due.last_synced(run.place) == {"a": run.now}
