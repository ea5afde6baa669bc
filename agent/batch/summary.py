"""What a run did, counted line by line in memory that does not grow with them."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from agent.batch.lines import FAILED, Line


@dataclass
class Summary:
    """All counts are of lines. `done`: asked and written in this run, each with one of the `statuses`; of these `failed` are error or refused, and
    `without_model` were made without the language model. `skipped` were in the output already, `refused_before` of them as refused. `total`:
    how many the run has to do, where that is known."""

    done: int = 0
    failed: int = 0
    without_model: int = 0
    skipped: int = 0
    refused_before: int = 0
    total: int | None = None
    stopped: bool = False
    statuses: Counter[str] = field(default_factory=Counter)
    tools: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    _begun: float = field(default_factory=time.monotonic, repr=False)

    def add(self, line: Line) -> None:
        self.done += 1
        self.failed += line.status in FAILED
        self.without_model += line.without_model
        self.statuses[line.status] += 1
        self.tools.update(call["name"] for call in line.answer["tool_calls"])
        usage = line.answer.get("usage", {})
        self.prompt_tokens += usage.get("prompt_tokens", 0)
        self.completion_tokens += usage.get("completion_tokens", 0)
        self.seconds = time.monotonic() - self._begun

    def begin(self, total: int | None) -> None:
        """The clock runs from here, and `total` lines are to be answered."""
        self.total, self._begun = total, time.monotonic()

    @property
    def a_minute(self) -> float:
        return 60 * self.done / self.seconds if self.seconds else 0.0

    @property
    def good(self) -> bool:
        """Whether no line failed, in this run or, as far as it was not asked again, before."""
        return not self.failed and not self.refused_before

    def as_json(self) -> dict[str, Any]:
        return {
            "done": self.done, "statuses": dict(self.statuses.most_common()), "failed": self.failed, "without_model": self.without_model,
            "there_already": self.skipped, "refused_before": self.refused_before, "stopped": self.stopped,
            "tools": dict(self.tools.most_common()), "prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens,
            "seconds": round(self.seconds, 3), "lines_a_minute": round(self.a_minute, 2),
        }  # fmt: skip

    def text(self) -> str:
        """A few lines for a person."""
        statuses = ", ".join(f"{count:,} {name}" for name, count in self.statuses.most_common())
        lines = [f"{self.done:,} line{'' if self.done == 1 else 's'} done{': ' if statuses else ''}{statuses}"]
        if self.failed:
            lines.append(f"{self.failed:,} of them failed (error or refused)")
        if self.without_model:
            lines.append(f"{self.without_model:,} of them were made without the language model; run this again when it is up")
        if self.skipped:
            before = f" ({self.refused_before:,} of them refused)" if self.refused_before else ""
            lines.append(f"{self.skipped:,} more were there already{before}")
        if self.done:
            tools = ", ".join(f"{name} {count:,}" for name, count in self.tools.most_common())
            lines += [f"tools     {tools}"] if tools else []
            lines.append(f"tokens    {self.prompt_tokens:,} read, {self.completion_tokens:,} written")
            lines.append(f"time      {self.seconds:,.1f} s, {self.a_minute:,.1f} lines a minute")
        return "\n".join(lines)
