"""A real LiteLLM proxy on loopback, which `make interop` installs."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

KEY = "sk-interop"
PATIENCE = 600  # seconds until the proxy answers, on however busy a machine


@contextmanager
def started(folder: Path, config: str, environment: Mapping[str, str] = {}) -> Iterator[str]:
    """Its address, until the `with` ends."""
    (folder / "config.yaml").write_text(config)
    url = f"http://127.0.0.1:{free_port()}"
    arguments = ["--config", "config.yaml", "--host", "127.0.0.1", "--port", url.rpartition(":")[2]]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [os.environ.get("LITELLM", "litellm"), *arguments],
            cwd=folder,
            env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", **environment},
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(url, process, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{url}/health/liveliness", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the proxy does not answer:\n{log.read_text(errors='replace')[-2000:]}")
