"""Every address of the API keeps what its OpenAPI document says, whatever it is asked."""

from __future__ import annotations

import base64
import itertools
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from browser import root, serving
from hypothesis import HealthCheck, given, settings

from fault_server import FaultServer
from modelsync.notify.webhook import signed
from modelsync.web.api import ROUTES
from workplace import Workplace, rows

HOOK = "POST /api/hooks/sync"
CRON, TOKEN, KEY = "a-secret-of-a-schedule", "a-secret-of-somebody", b"k" * 24
OPERATIONS = {
    f"{method} {re.sub(r':[a-z]+}', '}', path)}"
    for one in ROUTES
    for path in one.paths
    for method in one.http_methods - {"OPTIONS"}
}
# What there is: of what is drawn next to nothing is.
KNOWN: dict[str, dict[str, dict[str, Any]]] = {
    "GET /api/models/{provider}/{key}": {"path_parameters": {"provider": "openai", "key": "gpt-4o"}},
    "GET /api/jobs/{number}": {"path_parameters": {"number": 1}},
    "GET /api/price": {"query": {"model": "openai/gpt-4o"}},
    "GET /api/history": {"query": {"model": "openai/gpt-4o"}},
    "GET /api/history/undo": {"query": {"commit": "main"}},
}
SETTINGS = settings(derandomize=True, deadline=None, database=None, suppress_health_check=HealthCheck)
CLIENTS = (f"10.0.{number >> 8}.{number & 255}" for number in itertools.count())


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of a team's catalog, in which a plan was made: one price changes, another is held."""
    with FaultServer() as upstream:
        workplace = Workplace.make(tmp_path_factory.mktemp("openapi") / "team", upstream)
        workplace.lists(*rows(o3="2.2", o1="1500"))
        workplace.environment |= {
            "CRON_SECRET": CRON,
            "MODELSYNC_HOOK_SECRET": f"whsec_{base64.b64encode(KEY).decode()}",
            "FORWARDED_ALLOW_IPS": "127.0.0.1",  # each request is of a client of its own
        }
        with serving(workplace) as printed:
            at = root(printed)
            requests.post(f"{at}/api/plan", headers=identity("POST /api/plan")).raise_for_status()
            while not is_ready(at):
                time.sleep(0.02)
            yield at


def is_ready(at: str) -> bool:
    """Whether there is an index, and nothing is at work."""
    paths = ("/health", "/health?ready", "/api/plan")
    return all(requests.get(at + path, headers=identity("")).ok for path in paths)


def identity(label: str) -> dict[str, str]:
    """The headers of one client, who has the secret that an operation asks for."""
    return {"Authorization": f"Bearer {CRON if label.endswith('/cron') else TOKEN}", **client()}


def client() -> dict[str, str]:
    """The header of another client, who acts as often as one may for the first time."""
    return {"X-Forwarded-For": next(CLIENTS)}


def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """As who may use the hook does."""
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    request.headers.update(signed(next(CLIENTS), int(time.time()), body, KEY))
    return request


@pytest.fixture(scope="module")
def document(address: str) -> dict[str, Any]:
    answer: dict[str, Any] = requests.get(f"{address}/api/docs/openapi.json", headers=identity("")).json()
    return answer


def test_the_document_has_every_operation(document) -> None:
    known = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert known == OPERATIONS


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_an_operation_answers_as_the_document_says(address, document, label: str) -> None:
    """What fits is taken, what does not is refused, nothing fails, and each status, header and body is one
    that the document has."""
    method, path = label.split()
    takes = document["paths"][path][method.lower()].keys() & {"parameters", "requestBody"}
    conforms(address, document, label)
    if label in KNOWN:
        conforms(address, document, label, **KNOWN[label])
    if takes and label != HOOK:  # whose body is signed, and not read
        conforms(address, document, label, fits=False)


def conforms(
    address: str,
    document: dict[str, Any],
    label: str,
    *,
    fits: bool = True,
    **known: dict[str, Any],
) -> None:
    """Ask what fits the document, or what does not, and compare each answer with it."""
    import schemathesis  # half a second, for whoever runs these tests
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    config = schemathesis.Config.from_dict({"max-stream-events": 1})  # the stream never ends
    operation = schemathesis.openapi.from_dict(document, config=config).find_operation_by_label(label)
    mode = schemathesis.GenerationMode.POSITIVE if fits else schemathesis.GenerationMode.NEGATIVE
    acts, headers = label.startswith("POST"), identity(label)
    # What a body speaks of may not be there, or not go together with the rest of it.
    excluded = [positive_data_acceptance] if acts else []

    @settings(SETTINGS, max_examples=3 if acts else 6)
    @given(case=operation.as_strategy(mode, headers=headers, **known))
    def ask(case: schemathesis.Case) -> None:
        auth = sign if label == HOOK else None
        answer = case.call(address, headers=client(), auth=auth, timeout=600)  # it waits for 10 s by itself
        while requests.get(f"{address}/api/models/sync", headers=headers).json().get("job"):
            time.sleep(0.02)  # what is asked next is no conflict with it
        case.validate_response(answer, headers=headers, excluded_checks=excluded)

    ask()
