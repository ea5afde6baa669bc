"""Experiments as records: read from JSON, JSONL or CSV by column name, and the study's own file format.

The study's records are `{"instruction", "input", "output"}`; labels are joined by " or ", heat and
energy outputs read `656.112.`, `Heat input is 656.112.` or `Energy is 61808.5.`
"""

import csv
import json
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from finetune.simulator import Experiment
from tools.conditions import ProcessConditions

QUESTIONS = {
    "p1": "What is the expected result of the bead with these experiment parameters?",
    "p3": "Given these parameters, which result do you expect for the bead?",
    "p5": "Predict the heat input.",
    "p7": "What is the heat input of this bead?",
    "p9": "How much heat input does the bead receive with these experiment parameters?",
    "energy": "Predict the energy.",
}
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


class DataError(ValueError):
    """A data file that cannot be used: one sentence that names the file, the row and the next step."""


@dataclass(frozen=True)
class Record:
    """One training example: text(s), the raw target, and the group that must stay on one side of a split."""

    text: str
    target: str | float
    group: str

    @property
    def conditions(self) -> ProcessConditions:
        """The credible settings that the text states."""
        return _conditions(self.text)


@lru_cache(maxsize=16384)
def _conditions(text: str) -> ProcessConditions:
    return ProcessConditions.from_text(text, strict=False)  # milliseconds, and every task asks for the same texts


def load(path: Path, text: str = "input", target: str = "output", group: str | None = None) -> list[Record]:
    """Read `path` (.json, .jsonl or .csv). Without `group`, records whose numbers are equal form a group,
    so that paraphrases of one experiment stay together. Raises DataError."""
    rows = _rows(path)
    records = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise DataError(f"{path.name}, row {number}: not a record with named columns.")
        missing = [c for c in (text, target, *([group] if group else [])) if c not in row or row[c] in (None, "")]
        if missing:
            raise DataError(f"{path.name}, row {number}: no value in column {missing[0]!r}; its columns are {', '.join(map(str, row))}.")
        words = str(row[text])
        key = str(row[group]) if group else " ".join(_NUMBER.findall(words)) or words
        value = row[target]
        records.append(Record(words, value if isinstance(value, int | float) else _joined(value), key))
    if not records:
        raise DataError(f"{path.name} holds no records; give a file with at least one row.")
    return records


def _joined(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


def _rows(path: Path) -> list[dict[str, object]]:
    if not path.exists():
        raise DataError(f"There is no file {path}; check the path.")
    try:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                return list(csv.DictReader(file))
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        if path.suffix == ".json":
            rows = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
                return rows
            raise DataError(f"{path.name} must hold a list of records.")
    except (json.JSONDecodeError, UnicodeDecodeError) as broken:
        raise DataError(f"{path.name} is not valid {path.suffix[1:].upper()}: {broken}.") from None
    raise DataError(f"{path.name}: give a .json, .jsonl or .csv file.")


def labels(target: str | float) -> tuple[str, ...]:
    """`humping or Bead cut` → ("Bead cut", "Humping"): split, strip, capitalise, sort."""
    return tuple(sorted({part.strip().strip(".").capitalize() for part in str(target).split(" or ") if part.strip()}))


def amount(target: str | float) -> float:
    """The number in `656.112.`, `Heat input is 656.112.` or `Energy is 61808.5.` Raises DataError if there is none."""
    if isinstance(target, int | float):
        if not math.isfinite(target):
            raise DataError(f"The target {target} is not a finite number; remove the row or measure it again.")
        return float(target)
    found = _NUMBER.search(target)
    if not found:
        raise DataError(f"There is no number in the target {target[:60]!r}; a regression needs one per row.")
    return float(found.group(0))


def write_study_files(folder: Path, train: list[Experiment], test: list[Experiment]) -> list[Path]:
    """Write experiments as the study's files: {train,test}_waam_cls_p1/p3 and …_pred_hi_p5/p7/p9, …_pred_energy."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for split, experiments in (("train", train), ("test", test)):
        for name, question in QUESTIONS.items():
            kind = "cls" if name in ("p1", "p3") else "pred_hi" if name != "energy" else "pred"
            path = folder / f"{split}_waam_{kind}_{name}.json"
            rows = [{"instruction": question, "input": e.conditions.to_text(question), "output": _output(name, e)} for e in experiments]
            path.write_text(json.dumps(rows, ensure_ascii=False, indent=1))
            written.append(path)
    return written


def _output(name: str, experiment: Experiment) -> str:
    if name in ("p1", "p3"):
        return " or ".join(experiment.labels)
    if name == "energy":
        return f"Energy is {experiment.energy_kj * 1000:.1f}."
    return f"{experiment.heat_input_j_mm:.3f}." if name == "p5" else f"Heat input is {experiment.heat_input_j_mm:.3f}."
