"""A batch as one page: counts of all lines, how long they took, and some of them, the failures first. One file, nothing loaded from elsewhere.

A million lines make a page of the same size: everything is counted, and of each status at most so many lines are shown.
"""

import base64
import hashlib
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from agent.batch.lines import Line
from agent.batch.summary import Summary
from agent.errors import BadInput

SHOWN = 300  # lines of each status
ORDER = ("error", "refused", "degraded", "abstained", "clarify", "answered")
_QUESTION, _ANSWER = 400, 3000  # characters
_A_DECADE = 3  # bins: 1 to 2, 2 to 5, 5 to 10
_STEPS = (1, 2, 5)
_SHORTEST_MS, _BINS = 1, 19  # 1 ms to 1,000 s and what is above


@dataclass(frozen=True)
class Row:
    """A line as the page shows it."""

    id: str
    status: str
    question: str
    answer: str
    tools: list[str]
    seconds: float | None


class Report:
    """Takes lines one by one; `write` makes the page."""

    def __init__(self) -> None:
        self.counts = Summary()
        self.broken_tools: Counter[str] = Counter()
        self.bins = [0] * _BINS
        self.timed = 0
        self._rows: dict[str, list[Row]] = {}

    def add(self, line: Line) -> None:
        answer = line.answer
        self.counts.add(line)
        self.broken_tools.update(call["name"] for call in answer["tool_calls"] if call["error"])
        ms = answer.get("timings_ms", {}).get("total")
        if ms is not None:
            self.bins[_bin(ms)] += 1
            self.timed += 1
        rows = self._rows.setdefault(line.status, [])
        if len(rows) < SHOWN:
            tools = list(dict.fromkeys(call["name"] for call in answer["tool_calls"]))
            seconds = None if ms is None else ms / 1000
            rows.append(Row(line.id, line.status, _cut(line.question, _QUESTION), _cut(answer["answer"], _ANSWER), tools, seconds))

    def write(self, file: Path, name: str, run: Summary | None = None) -> None:
        """The page about the output called `name`; `run` is what was just done. Raises BadInput where it cannot be written."""
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        script = (Path(__file__).parent / "report.js").read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        found = self.counts.statuses
        statuses = [status for status in (*ORDER, *sorted(set(found) - set(ORDER))) if found[status]]
        page = environment.get_template("report.html.j2").render(
            name=name, report=self, counts=self.counts, statuses=statuses, rows=[row for status in statuses for row in self._rows[status]],
            bars=self._bars(), run=run, script=script, digest=digest, median=self._median(),
        )  # fmt: skip
        try:
            file.write_text(page, encoding="utf-8", errors="replace")
        except OSError as wrong:
            raise BadInput(f"{file} cannot be written ({wrong.strerror}); give another --report.") from None

    def _bars(self) -> list[dict[str, Any]]:
        """The filled part of the histogram: a label and a share of the highest bin for each."""
        filled = [place for place, count in enumerate(self.bins) if count]
        if not filled:
            return []
        highest = max(self.bins)
        low, high = max(filled[0] - 1, 0), min(filled[-1] + 2, _BINS)
        return [{"from": _edge(place), "count": self.bins[place], "height": self.bins[place] / highest} for place in range(low, high)]

    def _median(self) -> str:
        """Between which edges the middle line lies."""
        passed = 0
        for place, count in enumerate(self.bins):
            passed += count
            if passed >= self.timed / 2 and self.timed:
                return f"{_edge(place)} to {_edge(place + 1)}"
        return ""


def _bin(ms: float) -> int:
    if ms < _SHORTEST_MS:
        return 0
    decade = math.floor(math.log10(ms / _SHORTEST_MS))
    step = max(place for place, edge in enumerate(_STEPS) if edge * 10**decade * _SHORTEST_MS <= ms)
    return min(decade * _A_DECADE + step, _BINS - 1)


def _edge(place: int) -> str:
    ms = _SHORTEST_MS * 10 ** (place // _A_DECADE) * _STEPS[place % _A_DECADE]
    return f"{ms} ms" if ms < 100 else f"{ms / 1000:,g} s"  # short, so that ten of them stand side by side


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + " …"
