"""The table of tools: what each is called, which function it is and which settings it cannot do without.

Everything that offers tools (the agent, LangChain, the command line) reads this table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tools import (
    anomaly,
    defects,
    energy,
    explanation,
    explanation_question,
    grading,
    grading_question,
    heat_input,
    knowledge,
    log,
    note,
    note_question,
    physics,
    physics_question,
    recommendation,
    recommendation_question,
)
from tools.amounts import Stated
from tools.result import ToolResult


@dataclass(frozen=True)
class Tool:
    """`required`: canonical settings it always needs; None for a tool that takes `texts` instead, by the names of its arguments: search words
    under `query`, all others as the user wrote them.
    `ignores`: settings that say nothing about its answer and are not passed on. `reads`: what a question states for it beyond the
    settings. `lacks`: all that it still needs, where that depends on the other arguments. `opens`: whether it reads a file of the
    user's, its argument `file`."""

    function: Callable[..., ToolResult]
    required: tuple[str, ...] | None
    ignores: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    reads: Callable[[str], Stated] = lambda question: Stated()
    lacks: Callable[[Mapping[str, Any]], list[str]] | None = None
    opens: bool = False

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def description(self) -> str:
        return " ".join((self.function.__doc__ or "").split())

    @property
    def hands_over(self) -> bool:
        """Whether it takes texts of the user's as they are."""
        return bool(self.texts) and "query" not in self.texts

    def missing(self, arguments: Mapping[str, Any]) -> list[str]:
        """The canonical names of what must still be said."""
        if self.opens and "file" not in arguments:
            return ["file"]
        return self.lacks(arguments) if self.lacks else [name for name in self.required or () if name not in arguments]


TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(anomaly.detect_anomaly, anomaly.REQUIRED, ignores=("bead_length_mm",)),
        Tool(defects.classify_defects, defects.REQUIRED, ignores=("bead_length_mm",)),
        Tool(heat_input.predict_heat_input, heat_input.REQUIRED, ignores=("bead_length_mm",)),
        Tool(energy.predict_energy, energy.REQUIRED),
        Tool(physics.calculate_physics, (), reads=physics_question.stated, lacks=physics_question.missing),
        Tool(explanation.explain_prediction, anomaly.REQUIRED, reads=explanation_question.stated, lacks=explanation_question.missing),
        Tool(
            recommendation.recommend_settings,
            anomaly.REQUIRED,
            ignores=("bead_length_mm",),
            reads=recommendation_question.stated,
            lacks=recommendation_question.missing,
        ),
        Tool(log.analyze_log, (), ignores=("current_a", "voltage_v", "bead_length_mm"), opens=True),
        Tool(note.analyze_note, None, texts=("note",), reads=note_question.stated, lacks=note_question.missing),
        Tool(knowledge.search_knowledge, None, texts=("query",)),
        Tool(grading.grade_answer, None, texts=("answer", "reference"), reads=grading_question.stated, lacks=grading_question.missing),
    )
}
