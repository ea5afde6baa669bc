"""`/why`: how the last answer came about, from the choice of tools to the check."""

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from agent.chat.show import said_of
from agent.chat.units import Units
from agent.shown.render import harmless
from agent.state import Answer, Checks

Row = tuple[str, str, str]


def trace(answer: Answer, values: Mapping[str, Any], units: Units) -> RenderableType:
    """A line for each step with its time. `values`: the graph's state after the turn."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for step, time, words in steps(answer, values, units):
        table.add_row(Text(step, "bold"), Text(time, "dim"), Text(harmless(words)))
    return table


def steps(answer: Answer, values: Mapping[str, Any], units: Units) -> list[Row]:
    """(step, time, what happened)."""
    took = answer.timings_ms
    rows: list[Row] = []
    if values.get("planned"):
        by = f"without a language model ({values['degraded']})" if values.get("degraded") else "by the language model"
        rows.append(("route", _time(took.get("route")), f"{', '.join(call.name for call in values['planned'])}, chosen {by}"))
    for call in answer.tool_calls:
        rows.append((call.id, _time(call.ms), f"{call.name}: {call.error or said_of(call, units) or 'no arguments'}"))
    if answer.tool_calls and "compose" in took:
        again = ", repaired once" if values.get("repairs") else ""
        by = {"llm": "by the language model", "template": "from the results' own sentences"}[answer.checks.composer]
        rows.append(("compose", _time(took["compose"]), f"written {by}{again}"))
    if answer.checks.supported_sentences[1]:
        rows.append(("check", "", checked(answer.checks)))
        verdict = values.get("verdict")
        rows += [("", "", fault) for fault in (verdict.faults if verdict else [])]
    tokens = " and ".join(f"{count} {name.replace('_', ' ')}" for name, count in answer.usage.items() if count)
    adapter = f" with the adapter {answer.model['adapter']}" if answer.model.get("adapter") else ""
    model = f"; model {answer.model['llm']}{adapter}" if answer.model.get("llm") else ""
    rows.append(("answer", _time(took.get("total")), f"{answer.status}{model}{f'; {tokens}' if tokens else ''}"))
    return rows


def checked(checks: Checks) -> str:
    """What was verified, in words."""
    good, sentences = checks.supported_sentences
    numbers = "every number is in a result, a cited passage or the question" if checks.numbers_supported else "a number could not be traced"
    marks = "every mark has its source" if checks.citations_valid else "a mark has no source"
    return f"{numbers}; {marks}; {good} of {sentences} {'sentence' if sentences == 1 else 'sentences'} borne out"


def _time(ms: float | None) -> str:
    if ms is None:
        return ""
    return f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms" if ms >= 1 else "<1 ms"
