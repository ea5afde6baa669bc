"""An answer taken apart for scoring: what was written, sentence by sentence, beside the results that it explains. Knows nothing of scores."""

import re
from dataclasses import dataclass
from functools import cached_property

from agent import compose, prompts
from agent.check import MARK, marked_sentences
from agent.state import Answer, ToolCall
from tools.result import Passage, ToolResult

_DEGRADED = re.compile(
    r"\n\n" + r"(?:(?!\n\n).)*".join(map(re.escape, prompts.DEGRADED.format(reason="\0", where="\0").split("\0"))) + r"\s*\Z", re.DOTALL
)


@dataclass(frozen=True)
class Explanation:
    """An answer and the question it answers."""

    question: str
    answer: Answer

    @property
    def explains(self) -> bool:
        """Whether it explains results at all."""
        return self.answer.status in ("answered", "degraded") and bool(self.results)

    @cached_property
    def body(self) -> str:
        """What was written of the results: the answer without its notes and without the line that says why no model wrote it."""
        return _DEGRADED.sub("", self.answer.said) if self.answer.status == "degraded" else self.answer.said

    @cached_property
    def results(self) -> list[tuple[ToolCall, ToolResult]]:
        """The calls that found something, with what they found."""
        return [(call, call.result) for call in self.answer.tool_calls if call.result and not call.error and not compose.empty(call.result)]

    @cached_property
    def passages(self) -> dict[str, Passage]:
        return {passage.id: passage for _, result in self.results for passage in result.passages}

    @cached_property
    def sources(self) -> dict[str, ToolCall | Passage]:
        """What a mark may stand for."""
        return {call.id: call for call, _ in self.results} | self.passages

    @cached_property
    def sentences(self) -> list[tuple[str, list[str]]]:
        """Each sentence with the marks that vouch for it."""
        return marked_sentences(self.body)

    @cached_property
    def marks(self) -> set[str]:
        return set(MARK.findall(self.body))

    @cached_property
    def used(self) -> list[tuple[ToolCall, ToolResult]]:
        """The results that are marked, or all where none is."""
        marked = [(call, result) for call, result in self.results if self.marks & marks_of(call, result)]
        return marked or self.results

    def said_of(self, call: ToolCall) -> str:
        """What is said of the result of a call: the sentences with its mark and those without any."""
        if call.id not in self.marks:
            return MARK.sub("", self.body)
        return MARK.sub("", " ".join(sentence for sentence, marks in self.sentences if call.id in marks or not marks))


def marks_of(call: ToolCall, result: ToolResult) -> set[str]:
    """The marks under which a result may be cited: those of its passages, or else its own."""
    return {passage.id for passage in result.passages} or {call.id}
