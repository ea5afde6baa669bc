"""An evaluation's results as they come, so that a killed run goes on where it was."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agent.errors import BadInput
from agent.evaluation import CaseResult


class Journal:
    """The file beside a report: a line that says what is evaluated, then one for each case. `of`: what the results depend on."""

    def __init__(self, report: Path, of: Mapping[str, Any]) -> None:
        self.file = report.with_name(report.name + ".partial")
        self._of = dict(of)

    def read(self) -> dict[int, CaseResult]:
        """By the case's number, what an earlier run left; a torn last line is left out. Raises BadInput if that run was of something else."""
        if not self.file.exists():
            self.file.write_text(json.dumps(self._of) + "\n", encoding="utf-8")
            return {}
        lines = self.file.read_text(encoding="utf-8").split("\n")
        whole = lines[:-1]  # what follows the last line break is torn, or nothing
        if not whole or json.loads(whole[0]) != self._of:
            raise BadInput(f"{self.file} is of another evaluation; give another --out, or remove it.")
        if lines[-1]:
            self.file.write_text("\n".join(whole) + "\n", encoding="utf-8")
        return {result.number: result for result in (CaseResult(**json.loads(line)) for line in whole[1:])}

    def add(self, result: CaseResult) -> None:
        """One more result, on the disk when this returns."""
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")

    def done(self) -> None:
        """The report is written; the journal is not needed any more."""
        self.file.unlink()
