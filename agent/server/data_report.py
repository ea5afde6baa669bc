"""POST /page/data-report: the report on an uploaded data file that `waam finetune data` writes, and GET /reports/SECRET: that page.

The files come as bytes and lie in a folder of their own while they are read; no name of the client's is opened. A report is kept in memory for a
while under a path that cannot be guessed, since a frame sends no key, and is shown without scripts.
"""

import secrets
from collections import OrderedDict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from agent.server.bodies import read_form
from agent.server.refusals import Refused
from agent.server.side_work import SideWork

if TYPE_CHECKING:
    from finetune.records import Columns, Record

KEPT = 8  # reports in memory, the latest
SPLITS, KINDS, SUFFIXES = ("train", "test"), ("labels", "classes", "amounts"), (".csv", ".json", ".jsonl")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"


class DataReports:
    """Both endpoints, and the reports that are kept."""

    def __init__(self, side: SideWork) -> None:
        self._side = side
        self._kept: OrderedDict[str, str] = OrderedDict()

    async def make(self, request: Request) -> Response:
        """From the form's files `train` and `test` (optional), `kind`, and the columns `text` and `target` (optional)."""
        form = await read_form(request, files=len(SPLITS), fields=3)
        files: dict[str, tuple[str, bytes]] = {}
        try:
            for split in SPLITS:
                if isinstance(file := form.get(split), UploadFile) and file.filename:
                    suffix = Path(file.filename).suffix.lower()
                    if suffix not in SUFFIXES:
                        raise _bad(f"The {split} file must end in {', '.join(SUFFIXES)}.")
                    files[split] = (suffix, await file.read())
        finally:
            await form.close()
        if "train" not in files:
            raise _bad("Give a data file under the name train.")
        kind, *columns = (str(form.get(name, "")).strip() for name in ("kind", "text", "target"))
        if kind not in KINDS:
            raise _bad(f"kind must be one of {', '.join(KINDS)}.")
        findings, page = await self._side.run(lambda: _report(files, kind, *columns))
        secret = secrets.token_urlsafe(24)
        self._kept[secret] = page
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return JSONResponse({"findings": findings, "url": f"/reports/{secret}"})

    async def show(self, request: Request) -> Response:
        page = self._kept.get(request.path_params["secret"])
        if page is None:
            raise Refused(404, "no_such_report", "This report is not kept any more; make it again.")
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


def _report(files: dict[str, tuple[str, bytes]], kind: str, text: str, target: str) -> tuple[list[str], str]:
    """The findings and the page. Raises Refused, one sentence."""
    try:
        from finetune.data_report import examine, write
        from finetune.records import Columns, DataError
    except ModuleNotFoundError as missing:
        words = f"Reports need the finetune dependencies ({missing.name} is missing); run `make venv` on the server's machine."
        raise Refused(503, "not_installed", words) from None
    named: dict[str, Any] = {name: (column,) for name, column in (("text", text), ("target", target)) if column}
    with TemporaryDirectory(prefix="waam-report-") as made:
        folder = Path(made)
        try:
            for split, (suffix, raw) in files.items():
                (folder / f"{split}{suffix}").write_bytes(raw)
            splits = {split: _records(folder / f"{split}{suffix}", Columns(**named)) for split, (suffix, _) in files.items()}
            report = examine(splits, kind)  # type: ignore[arg-type]
            return report.findings, write(report, splits, folder / "report").read_text(encoding="utf-8")
        except DataError as unusable:
            raise _bad(str(unusable).replace(f"{folder}/", "")) from None


def _records(path: Path, columns: "Columns") -> "list[Record]":
    """The file's records. Raises DataError; what advises an option of the command line is said in the words of the form instead."""
    from finetune.records import DataError, load
    from finetune.tables import read

    try:
        return load(path, columns)
    except DataError as unusable:
        if " --" not in str(unusable):
            raise
        known = ", ".join(dict.fromkeys(str(name) for row in read(path).rows for name in row))
        raise DataError(f"{path.name} needs the text column and the target column named; its columns are {known}.") from None


def _bad(words: str) -> Refused:
    return Refused(400, "invalid_data", words)
