"""The table of tools: what each is called, which function it is and which settings it cannot do without.

Everything that offers tools (the agent, LangChain, the command line) reads this table.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tools import anomaly, defects, energy, explanation, grading, heat_input, knowledge, note, physics, recommendation
from tools.result import ToolResult


@dataclass(frozen=True)
class Tool:
    """`required`: canonical settings it needs, none where that depends on the question; None for a tool that takes `texts` instead: those
    it cannot do without, by the names of its arguments. `ignores`: settings that say nothing about its answer and are not passed on."""

    function: Callable[..., ToolResult]
    required: tuple[str, ...] | None
    ignores: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def description(self) -> str:
        return " ".join((self.function.__doc__ or "").split())


TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(anomaly.detect_anomaly, anomaly.REQUIRED, ignores=("bead_length_mm",)),
        Tool(defects.classify_defects, defects.REQUIRED, ignores=("bead_length_mm",)),
        Tool(heat_input.predict_heat_input, heat_input.REQUIRED, ignores=("bead_length_mm",)),
        Tool(energy.predict_energy, energy.REQUIRED),
        Tool(physics.calculate_physics, ()),
        Tool(explanation.explain_prediction, anomaly.REQUIRED),
        Tool(recommendation.recommend_settings, anomaly.REQUIRED, ignores=("bead_length_mm",)),
        Tool(note.analyze_note, None, texts=("note",)),
        Tool(knowledge.search_knowledge, None, texts=("query",)),
        Tool(grading.grade_answer, None, texts=("answer", "reference")),
    )
}
