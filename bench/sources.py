"""Fifty sources at once: how long all their lists take through the real client, and how much memory."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bench import catalogs
from bench.measure import Aim, aim_line, whole_process
from bench.upstream import Upstream

SOURCES = 50
ROWS = 200  # of each list but the first, which is the recorded one
LATENCY = 0.2
SECONDS = Aim(at_most=3)
MEMORY = Aim(at_most=200)


def at_once(work: Path, runs: int) -> Iterator[str]:
    """Seconds and memory of a process that asks all of them, 8 and 16 at a time."""
    body = work / "models.json"
    body.write_text(json.dumps({"data": [_row(number) for number in range(ROWS)]}))
    with _upstreams([catalogs.RECORDED, *[body] * (SOURCES - 1)]) as addresses:
        for workers in (8, 16):
            command = [sys.executable, "-m", "bench.sources", str(workers), *addresses]
            samples = [whole_process(command, Path(__file__).parent.parent) for _ in range(runs)]
            said = f"{SOURCES} sources, {workers} at a time, {LATENCY:g} s an answer"
            yield aim_line(f"seconds: {said}", median(sample.seconds for sample in samples), SECONDS)
            yield aim_line(f"MB: {said}", max(sample.peak for sample in samples) / (1 << 20), MEMORY)


def _row(number: int) -> dict[str, object]:
    return {
        "id": f"vendor/model-{number}",
        "object": "model",
        "created": 1_750_000_000 + number,
        "owned_by": "vendor",
        "context_window": 131072,
        "max_completion_tokens": 16384,
    }


class _Late(Upstream):
    """Lets everybody wait before it answers."""

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        time.sleep(LATENCY)
        super().process_request_thread(request, client_address)


@contextmanager
def _upstreams(lists: list[Path]) -> Iterator[list[str]]:
    servers = [_Late() for _ in lists]
    for server, listed in zip(servers, lists, strict=True):
        server.listed = listed
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield [server.url for server in servers]
    for server in servers:
        server.shutdown()
        server.server_close()


def ask(workers: int, addresses: list[str]) -> None:
    """What the measured process does: the first address is OpenRouter's, the others answer as OpenAI does."""
    from modelsync.http import Client
    from modelsync.records import Failure
    from modelsync.sources import Endpoint, SourceSettings, listing_of

    def listing(number: int, client: Client) -> int:
        name = f"source-{number}" if number else "openrouter"
        answer = listing_of(name, SourceSettings(endpoints=(Endpoint(addresses[number]),)), client)
        if isinstance(answer, Failure):
            raise RuntimeError(answer.reason)
        return len(answer.models)

    started = time.perf_counter()
    with Client() as client, ThreadPoolExecutor(workers) as threads:
        models = sum(threads.map(lambda number: listing(number, client), range(len(addresses))))
    print(f"{models:,} models in {time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    if sys.argv[1:]:
        ask(int(sys.argv[1]), sys.argv[2:])
    else:
        with TemporaryDirectory(prefix="modelsync-bench-") as folder:
            for line in at_once(Path(folder), 3):
                print(line, flush=True)
