"""One request within its deadline, and its whole answer or a reason. Follows nothing and repeats nothing.

`requests` alone passes a body that was cut as whole, unpacks a bomb, has no deadline, and lets `.netrc`
replace the key that was given: all of that is dealt with here.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Mapping
from io import BytesIO
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import msgspec

from modelsync.errors import FailureKind, SourceFailed

if TYPE_CHECKING:
    import requests

_CHUNK = 1 << 16
_ERROR_PAGE = 1 << 20
_GZIP = 31  # the window bits with which zlib reads gzip and nothing else


class Limits(msgspec.Struct, frozen=True):
    """How long, in seconds, and how much, in bytes as they arrive and again once unpacked."""

    connect: float = 10
    read: float = 20  # between two bytes
    deadline: float = 30  # one request, whole
    total: float = 90  # one source, with all its pages, retries and pauses, but for waiting for other sources
    size: int = 256 << 20  # a list of 100,000 models is about 100 MB
    retries: int = 3
    backoff: float = 1  # doubled with each retry
    retry_after: float = 60  # the longest pause that a server may ask for
    redirects: int = 5
    failures: int = 5  # in a row, after which a host is not asked any more
    rest: float = 30  # until it is tried again


class Question(msgspec.Struct, frozen=True):
    """One request as it is to be sent."""

    url: str
    headers: Mapping[str, str]
    content: bytes | None = None
    method: str = "GET"


class Reply(msgspec.Struct, frozen=True):
    """What came back, unpacked. The body of an error may be missing."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Unanswered(SourceFailed):
    """No usable answer came.

    `passing`: the next one may be; `after` is how many seconds the server asks to wait for it. Not
    `arrived`: nobody took the connection, so that nothing of the question can have been acted on.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        advice: str = "",
        kind: FailureKind = "connection",
        passing: bool = False,
        after: float | None = None,
        arrived: bool = True,
    ) -> None:
        super().__init__(what, where=where, advice=advice, kind=kind)
        self.passing, self.after, self.arrived = passing, after, arrived


def open_session() -> requests.Session:
    """A session that takes proxies and CA bundles from the environment, and nothing from `.netrc`."""
    import requests

    session = requests.Session()
    session.auth = lambda request: request  # without one, `requests` looks into `.netrc`
    session.headers.update(
        {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "modelsync"}
    )
    return session


def exchange(session: requests.Session, question: Question, limits: Limits, seconds: float) -> Reply:
    """Ask once. It runs in a thread of its own, so that neither a name server nor headers that drip can
    outlast its seconds. Raises `SourceFailed`."""
    until = time.monotonic() + seconds
    outcome = SimpleQueue[Reply | Exception]()

    def run() -> None:
        try:
            outcome.put(_ask(session, question, limits, until))
        except Exception as error:
            outcome.put(error)

    threading.Thread(target=run, daemon=True, name="modelsync-http").start()
    try:
        result = outcome.get(timeout=seconds)
    except Empty:
        raise Unanswered(f"no whole answer within {seconds:.3g} s", kind="timeout") from None
    if isinstance(result, Exception):
        raise _in_words(result, limits) from None
    return result


def _ask(session: requests.Session, question: Question, limits: Limits, until: float) -> Reply:
    with _send(session, question, limits) as response:
        if 200 <= response.status_code < 300:
            return Reply(response.status_code, response.headers, _read(response, limits.size, until))
        try:
            body = _read(response, min(_ERROR_PAGE, limits.size), until)
        except Exception:
            body = b""  # the status says enough
        return Reply(response.status_code, response.headers, body)


def _send(session: requests.Session, question: Question, limits: Limits) -> requests.Response:
    """Past the session's own `send`, which reads the whole body of a redirect however large it is."""
    import requests

    asked = session.prepare_request(
        requests.Request(question.method, question.url, headers=question.headers, data=question.content)
    )
    address = asked.url or question.url
    settings = session.merge_environment_settings(address, {}, True, None, None)
    return session.get_adapter(address).send(
        asked,
        stream=True,
        timeout=(limits.connect, limits.read),
        verify=settings["verify"] or True,
        proxies=settings["proxies"],
    )


def _read(response: requests.Response, size: int, until: float) -> bytes:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise SourceFailed(f"it answered in the encoding {ascii(encoding)[:60]}, which was not asked for")
    unpack = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    received, body = 0, BytesIO()
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        received += len(chunk)
        body.write(unpack.decompress(chunk, size + 1 - body.tell()) if unpack else chunk)
        if max(received, body.tell()) > size:
            raise SourceFailed(f"the answer is larger than {size:,} bytes")
        if time.monotonic() > until:
            raise TimeoutError
    if (unpack and (not unpack.eof or unpack.unused_data)) or _lost_its_end(response, body):
        raise Unanswered("the answer broke off", kind="data", passing=True)
    return body.getvalue()


def _lost_its_end(response: requests.Response, body: BytesIO) -> bool:
    """Whether a body whose length nothing states ends as no JSON does."""
    if "Content-Length" in response.headers or "Transfer-Encoding" in response.headers:
        return False
    return bytes(body.getbuffer()[-64:]).rstrip()[-1:] not in (b"", b"}", b"]")


def _in_words(error: Exception, limits: Limits) -> Exception:
    """An exception of the libraries below as one of ours."""
    import requests
    import urllib3

    match error:
        case SourceFailed():
            return error
        case requests.exceptions.SSLError() if hasattr(_root(error), "verify_message"):
            return Unanswered(f"its certificate was not accepted: {_cause(error)}")
        case requests.exceptions.SSLError():
            return Unanswered(f"it makes no secure connection: {_cause(error)}")
        case requests.exceptions.ProxyError() | requests.exceptions.InvalidProxyURL():
            return Unanswered(f"the proxy of the environment does not lead there: {_cause(error)}")
        case requests.exceptions.ConnectTimeout():
            return Unanswered(f"no connection within {limits.connect:g} s", kind="timeout")
        case requests.exceptions.Timeout() | urllib3.exceptions.ReadTimeoutError() | TimeoutError():
            return Unanswered(f"no answer within {limits.read:g} s", kind="timeout")
        case urllib3.exceptions.HTTPError() | zlib.error():
            return Unanswered("the answer broke off", kind="data", passing=True)
        case requests.exceptions.ConnectionError() if isinstance(_root(error), ConnectionResetError):
            return Unanswered("the connection broke off", passing=True)
        case requests.exceptions.ConnectionError() if isinstance(_root(error), ConnectionRefusedError):
            return Unanswered(f"it could not be reached: {_cause(error)}", arrived=False)
        case requests.exceptions.ConnectionError():
            return Unanswered(f"it could not be reached: {_cause(error)}")
        case requests.exceptions.RequestException() | OSError() | ValueError():
            return SourceFailed(
                "it cannot be asked",
                advice="check the url in sync.yaml, and the proxy of the environment",
                kind="connection",
            )
    return error


def _root(error: BaseException) -> BaseException:
    inner = (getattr(error, "reason", None), error.__cause__, *error.args, error.__context__)
    return next((_root(cause) for cause in inner if isinstance(cause, BaseException)), error)


def _cause(error: Exception) -> str:
    root: Any = _root(error)
    message = getattr(root, "verify_message", "") or getattr(root, "strerror", "") or type(root).__name__
    return ascii(str(message))[1:-1][:200]
