"""`modelsync serve` as a person starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from contextlib import closing

import pytest
import requests

from workplace import BRANCH, rows


@pytest.fixture
def serving(workplace):
    """Start a server as the words say; its process, and the address that it printed."""
    started = []

    def start(*words: str):
        process = workplace.start("serve", "--port", "0", *words)
        started.append(process)
        return process, re.search(r"http://\S+", process.stdout.readline())[0]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("package", ["litestar", "jinja2", "uvicorn"])
def test_what_is_not_installed_is_named_with_the_way_to_get_it(workplace, tmp_path, package: str) -> None:
    (tmp_path / f"{package}.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    ran = workplace.command("serve", PYTHONPATH=path)
    assert (ran.code, "pip install 'modelsync[web]'" in ran.err) == (2, True)


@pytest.mark.fault("W", "W9")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_an_address_that_others_reach_needs_a_token(workplace, host: str) -> None:
    ran = workplace.run("serve", "--host", host, "--port", "0")
    assert (ran.code, "--token" in ran.err) == (2, True)


@pytest.mark.fault("W", "W9")
def test_a_port_that_is_taken_is_named(workplace) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        ran = workplace.run("serve", "--port", port)
    assert (ran.code, f"127.0.0.1:{port}" in ran.err, "--port 0" in ran.err) == (2, True, True)


@pytest.mark.fault("W", "W11")
def test_it_prints_the_address_that_signs_in_and_nothing_of_who_came(serving) -> None:
    process, address = serving()
    with requests.Session() as browser:
        assert browser.get(address).status_code == 200
        assert browser.get(address, headers={"X": "\x1b[31m"}).url == address.partition("?")[0]
        assert requests.get(address, timeout=9).status_code == 401
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate()
    assert process.returncode == 143
    assert address.partition("=")[2] not in out + err
    assert "/providers" not in out + err


@pytest.mark.fault("W", "W9")
def test_it_listens_on_ipv6_and_once_for_each_catalog(serving, workplace) -> None:
    _, address = serving("--host", "::1")
    assert requests.get(address, timeout=9).ok
    second = workplace.command("serve", "--port", "0")
    assert (second.code, "another server" in second.err) == (5, True)


@pytest.mark.fault("W", "W9")
def test_it_listens_everywhere_for_who_has_the_token(serving) -> None:
    _, address = serving("--host", "0.0.0.0", "--token", "a-secret-of-somebody")
    assert "secret" not in address
    answer = requests.get(
        f"{address}api/providers", headers={"Authorization": "Bearer a-secret-of-somebody"}, timeout=9
    )
    assert answer.json()["sources"][0]["name"] == "openrouter"


@pytest.mark.fault("W", "W10")
def test_who_says_drop_by_drop_what_it_wants_is_not_waited_for(serving) -> None:
    _, address = serving()
    port = int(re.search(r":(\d+)/", address)[1])
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.settimeout(30)
        slow.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert slow.recv(100) == b""


@pytest.mark.fault("W", "W10")
@pytest.mark.parametrize("proxies", ["", "127.0.0.1"])
def test_a_client_is_who_it_is_unless_a_proxy_speaks_for_it(serving, monkeypatch, proxies: str) -> None:
    if proxies:
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", proxies)
    _, address = serving("--token", "a-secret-of-somebody")
    with requests.Session() as session:
        session.headers["Authorization"] = "Bearer a-secret-of-somebody"
        statuses = [
            session.post(
                f"{address}api/apply", json={}, headers={"X-Forwarded-For": f"192.0.2.{n}"}
            ).status_code
            for n in range(61)
        ]
    assert statuses[60] == (400 if proxies else 429)


def test_it_syncs_by_itself_pushes_and_leaves_the_working_tree_alone(serving, workplace, remote, monkeypatch):
    monkeypatch.setenv("LITELLM_AUTO_SYNC", "true")
    workplace.lists(*rows(o3="2.2"))
    before = workplace.state()
    process, _ = serving("--push")
    while not remote.git("branch", "--list", BRANCH):
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.communicate()[1].endswith("terminated; nothing is left half done\n")
    after = workplace.state()
    assert {name for name in before if before[name] != after[name]} == {"branches"}


def test_a_schedule_that_is_none_is_refused_before_it_listens(workplace) -> None:
    ran = workplace.run("serve", "--port", "0", LITELLM_SYNC_INTERVAL="often")
    assert (ran.code, "LITELLM_SYNC_INTERVAL" in ran.err) == (2, True)
    ran = workplace.run("serve", "--port", "0", "--every", "6h", "--cron", "0 6 * * *")
    assert (ran.code, "--every" in ran.err) == (2, True)
