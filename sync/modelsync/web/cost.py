"""What a log of usage cost, which somebody drops on the page or sends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import msgspec
from litestar import Response
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException
from litestar.params import Body
from markupsafe import Markup

from modelsync import report
from modelsync.errors import ModelsyncError
from modelsync.jobs import cost, past
from modelsync.jobs.cost.question import CostRequest
from modelsync.records import Bill
from modelsync.web.query import parameter
from modelsync.web.rendering import document, page
from modelsync.web.service import Reading, Served, Service

Groups = Annotated[list[str] | None, parameter("model, day, or a column of the log, as often as one likes")]
LARGEST = 64 << 20  # bytes of a log
_ENDINGS = (".csv", ".json", ".jsonl", ".ndjson", ".parquet")
_BY = ("model", "day")


class Log(msgspec.Struct, frozen=True):
    """What the page shows: nothing before a log was dropped."""

    name: str = ""
    bills: tuple[Bill, ...] = ()
    charts: tuple[Markup, ...] = ()
    fault: str = ""

    @property
    def bill(self) -> Bill:
        return self.bills[0]


Uploaded = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]


def empty() -> Response[str]:
    """The page on which a log is dropped."""
    return page("cost.html", log=Log())


def shown(service: Served, data: Uploaded) -> Response[str]:
    """The page with what the log cost."""
    return page("cost.html", log=_log(service, *_read(data)))


def document_of(service: Served, data: Uploaded, by: Groups = None) -> Response[str]:
    """What `modelsync cost --json` prints of a log, sent as a form with one file of any name.

    `by` groups it as the command's option does: by model unless it is given.
    """
    (bill,) = service.apart(_bills, *_read(data), [tuple(filter(None, by or ())) or ("model",)])
    return document(report.cost_json(bill))


def _read(data: dict[str, Any]) -> tuple[str, bytes]:
    files = [one for one in data.values() if isinstance(one, UploadFile) and one.filename]
    if len(files) != 1:
        raise ClientException("a log is expected: a form with one file")
    return files[0].filename, files[0].file.read()


def _log(service: Service, name: str, content: bytes) -> Log:
    try:
        bills = service.apart(_bills, name, content, [(by,) for by in _BY])
    except ModelsyncError as error:
        return Log(name, fault=report.problem(error))
    charts = tuple(Markup(report.cost_drawing(bill, style="")) for bill in bills)  # noqa: S704 - it escapes
    return Log(name, bills, charts)


def _bills(of: Reading, name: str, content: bytes, groups: list[tuple[str, ...]]) -> tuple[Bill, ...]:
    run = of.run()
    history = past.read(run, of.commit).history
    with _file(name, content) as log:
        try:
            return tuple(
                cost.cost(history, CostRequest((str(log),), run.now.date(), by, (), ())) for by in groups
            )
        except ModelsyncError as error:  # it names the file by the name that its owner knows
            where = error.where.replace(str(log), name)
            raise type(error)(error.what.replace(str(log), name), where=where, advice=error.advice) from None


@contextmanager
def _file(name: str, content: bytes) -> Iterator[Path]:
    """The log as a file for as long as it is read, of whose name only the ending is believed."""
    ending = next((one for one in _ENDINGS if name.lower().endswith(one)), ".csv")
    with TemporaryDirectory(prefix="modelsync-log-") as folder:
        path = Path(folder, f"log{ending}")
        path.write_bytes(content)
        yield path
