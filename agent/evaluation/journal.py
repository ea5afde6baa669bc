"""An evaluation's results as they come, so that a killed run goes on where it was."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from agent.errors import BadInput
from agent.evaluation.evaluate import CaseResult

_ROW = TypeAdapter(CaseResult)


class Journal:
    """The file beside a report: a line that says what is evaluated, then one for each case. `of`: what the results depend on."""

    def __init__(self, report: Path, of: Mapping[str, Any]) -> None:
        self.file = report.with_name(report.name + ".partial")
        self._of = dict(of)

    def read(self) -> dict[int, CaseResult]:
        """By the case's number, what an earlier run left; a torn last line is left out. Raises BadInput if that run was of something else, or
        if it cannot be read."""
        if not self.file.exists():
            self._write([json.dumps(self._of).encode()])
            return {}
        *whole, torn = self.file.read_bytes().split(b"\n")  # bytes, as it may be torn within a letter
        try:
            of = json.loads(whole[0])
            results = [_ROW.validate_python(json.loads(line)) for line in whole[1:]] if of == self._of else []
        except (ValueError, IndexError):  # pydantic's and json's errors are ValueErrors
            raise BadInput(f"{self.file} is damaged or was left by another version; remove it, and every case is asked again.") from None
        if of != self._of:
            raise BadInput(f"{self.file} is of another evaluation; give another --out, or remove it.")
        if torn:
            self._write(whole)
        return {result.number: result for result in results}

    def add(self, result: CaseResult) -> None:
        """One more result, on the disk when this returns."""
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")

    def done(self) -> None:
        """The report is written; the journal is not needed any more."""
        self.file.unlink()

    def _write(self, lines: Sequence[bytes]) -> None:
        """All or nothing, whenever the run is killed."""
        fresh = self.file.with_name(self.file.name + ".new")
        fresh.write_bytes(b"".join(line + b"\n" for line in lines))
        fresh.replace(self.file)
