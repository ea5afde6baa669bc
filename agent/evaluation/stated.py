"""What a result states before all else, as its summary writes it, and whether a text says that. Knows nothing of marks or scores."""

import re
from dataclasses import dataclass

from agent.check import decimals, numbers, states
from tools.result import Estimate, ToolResult


@dataclass(frozen=True)
class Value:
    """A value that a direct answer gives. `written`: the label, or the number as it stands in the summary; `number`: what it reads as."""

    estimate: Estimate
    written: str
    number: float | None = None

    def stands_in(self, text: str) -> bool:
        """Whether the text says it: the label as a word, the number as the summary rounds it or as it was found."""
        if self.number is None:
            return _names(text, self.written)
        assert not isinstance(self.estimate.value, str)
        return any(states(text, value, self.estimate.unit) for value in (self.number, float(self.estimate.value)))


def main_values(result: ToolResult) -> list[Value]:
    """The labels that the summary states (each verdict, each defect found; where none was found, the likeliest that it names). Of a result in
    numbers alone the one that the summary gives first: a tool says first what was asked for, and qualifies it afterwards."""
    named = [value for estimate in result.estimates if (value := _label(estimate)) and _names(result.summary, value.written)]
    if named:
        return [value for value in named if value.estimate.value] or named
    found = [place for estimate in result.estimates if (place := _written(result.summary, estimate))]
    return [min(found, key=lambda place: place[0])[1]] if found else []


def _label(estimate: Estimate) -> Value | None:
    if isinstance(estimate.value, bool):
        return Value(estimate, estimate.name)
    return Value(estimate, estimate.value) if isinstance(estimate.value, str) else None


def _names(text: str, label: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(label)}(?!\w)", text, re.IGNORECASE))


def _written(summary: str, estimate: Estimate) -> tuple[int, Value] | None:
    """Where the summary writes the number, with most decimals: "at least 0.8 … with probability 0.82" states 0.8247 at its end."""
    number = float(estimate.value)
    places = [
        (-decimals(text), abs(value - number), at, Value(estimate, text, value))
        for text, at, (value, _) in numbers(summary)
        if abs(value - number) <= 0.5 * 10 ** -decimals(text) * (1 + 1e-6)
    ]
    return min(places, key=lambda place: place[:3])[2:] if places else None
