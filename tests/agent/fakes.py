"""Tools, answers and results that need no model: what the tests of the conversation are built from."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from agent.learning.feedback import Feedback
from agent.state import Answer, Citation, PlannedCall, ToolCall
from tools.registry import TOOLS, Tool
from tools.result import Estimate, ModelInfo, Passage, ToolResult

QUESTION = "Would a bead at 188 A, 21.4 V and 48 cm/min be normal?"
SETTINGS = {"current_a": 188.0, "voltage_v": 21.4, "travel_speed_mm_s": 8.0}
REQUIRED = ("current_a", "voltage_v", "travel_speed_mm_s")
DEMO = ModelInfo(name="fake", version="1", data_label="demo (synthetic)")
CAUSE = "Humping appears above a critical travel speed."


def verdict(value: str = "normal", probability: float = 0.93, **inputs: Any) -> ToolResult:
    return ToolResult(
        tool="detect_anomaly",
        summary=f"The bead is predicted to be {value} with probability {probability:.2f}.",
        estimates=[Estimate(name="condition", value=value, probability=probability)],
        warnings=["A demo model answered."],
        model=DEMO,
        inputs=inputs or SETTINGS,
    )


def heat(**inputs: Any) -> ToolResult:
    return ToolResult(
        tool="predict_heat_input",
        summary="The predicted heat input is 402.3 J/mm (90% interval 380.1 to 430.0 J/mm).",
        estimates=[Estimate(name="heat_input", value=402.3, unit="J/mm", interval=(380.1, 430.0), level=0.9)],
        warnings=["A demo model answered."],
        model=DEMO,
        inputs=inputs or SETTINGS,
    )


def defects(**inputs: Any) -> ToolResult:
    return ToolResult(
        tool="classify_defects",
        summary="Predicted defects: humping (probability 0.91).",
        estimates=[Estimate(name="Humping", value=True, probability=0.91), Estimate(name="Balling", value=False, probability=0.12)],
        inputs=inputs or SETTINGS,
    )


def logged(file: str, plots_folder: str = "", **settings: Any) -> ToolResult:
    return ToolResult(
        tool="analyze_log",
        summary="run.csv: 2 arc-on segments, 20 s of arc. Out of the ordinary for this run: 1 spike.",
        estimates=[Estimate(name="segments", value=2.0), Estimate(name="events", value=1.0)],
        warnings=["Column 'Feed' is read as wire feed speed in m/min, but no unit is stated; correct it with a mapping such as {}."],
        inputs={"file": "run.csv", **settings},
        plots=[f"{plots_folder}/run_signals.png", f"{plots_folder}/run_signals.svg"],
    )


def passage(text: str = CAUSE, **changes: Any) -> Passage:
    return Passage(**{"id": "d1", "document": "facts", "title": "Humping", "source": "A book", "ref": "page 1", "text": text, "score": 0.8} | changes)


def found(*passages: Passage) -> ToolResult:
    return ToolResult(tool="search_knowledge", summary=f"{len(passages)} passages found.", passages=list(passages))


def call(result: ToolResult, name: str = "T1") -> ToolCall:
    return ToolCall(id=name, name=result.tool, args=dict(result.inputs), result=result, ms=1.5)


def answered(text: str = "It is normal [T1].", *calls: ToolCall, **changes: Any) -> Answer:
    return Answer(**{"status": "answered", "answer": text, "tool_calls": list(calls)} | changes)


def citation(**changes: Any) -> Citation:
    return Citation(**{"id": "K1", "document": "facts", "title": "Humping", "source": "A book", "ref": "page 1", "quote": CAUSE} | changes)


def feedback(**changes: Any) -> Feedback:
    """A word, good unless said otherwise, on an answer that the language model wrote from one result."""
    about = {
        "thread": "monday", "verdict": "good", "question": QUESTION, "composer": "llm", "draft": verdict().summary.rstrip(".") + " [T1].",
        "planned": [PlannedCall(name="detect_anomaly", argument="188 A, 21.4 V, 48 cm/min")], "calls": [call(verdict())],
    }  # fmt: skip
    return Feedback(**about | changes)


class Bench:
    """The fake tools, and what each was called with. Replace a function to make its tool answer otherwise."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {
            "detect_anomaly": lambda **args: verdict(**args),
            "classify_defects": lambda **args: defects(**args),
            "predict_heat_input": lambda **args: heat(**args),
            "analyze_log": lambda **args: logged(**args),
            "search_knowledge": lambda query: found(passage()),
        }

    patch: Callable[[], None]

    def tools(self) -> dict[str, Tool]:
        return {name: self._tool(name) for name in self.answers}

    def _tool(self, name: str) -> Tool:
        def function(**args: Any) -> ToolResult:
            """What the fake tool does."""
            self.asked.append((name, args))
            return self.answers[name](**args)

        function.__name__ = name
        if name in TOOLS and (TOOLS[name].texts or name == "calculate_physics"):
            return replace(TOOLS[name], function=function)
        if name == "analyze_log":
            return Tool(function, (), ignores=("current_a", "voltage_v"), opens=True)
        return Tool(function, REQUIRED, ignores=("bead_length_mm",))
