"""What the language model learns: this agent's own prompts with the replies that were right for them.

Routing is given with its right calls. An answer is composed here from the results of the real tools, and kept as a lesson only if it passes
the check that answers to users pass.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage, convert_to_openai_messages

from agent import compose, route
from agent.check import check
from agent.errors import BadInput
from agent.ground import ground
from agent.runner import number_passages, run_calls
from agent.state import Message, PlannedCall, ToolCall
from tools.registry import TOOLS
from tools.result import Passage

NEAR = 0.06  # passages whose similarity is within this of the best one's are about the same thing


@dataclass(frozen=True)
class Lesson:
    """A conversation whose last question asks for these calls."""

    question: str
    calls: tuple[tuple[str, str], ...]  # (tool, argument as the model is to write it)
    history: tuple[tuple[str, str], ...] = ()  # (role, text), oldest first
    kind: str = ""


def routing_chat(lesson: Lesson) -> dict[str, Any]:
    """`messages`, `tools` and `kind`: the routing prompt of a trained model, with the lesson's calls as its reply."""
    prompt = route.messages(lesson.question, _history(lesson), [])
    calls = [{"type": "function", "function": {"name": name, "arguments": route.arguments(name, text)}} for name, text in lesson.calls]
    return chat(prompt, {"content": "", "tool_calls": calls}, lesson.kind, route.offered())


def composing_chats(lessons: Sequence[Lesson], count: int) -> Iterator[dict[str, Any]]:
    """Up to `count` prompts for an answer, with the answer to the results that the tools give to these lessons' questions."""
    for lesson in lessons:
        if count and (results := _results(lesson)):
            calls, passages = results
            answer = _answer(calls, passages)
            if check(answer, lesson.question, calls, passages).ok:
                count -= 1
                yield chat(compose.messages(lesson.question, calls, passages, trained=True), {"content": answer}, "compose")


def _results(lesson: Lesson) -> tuple[list[ToolCall], list[Passage]] | None:
    planned = [PlannedCall(name=name, argument=argument) for name, argument in lesson.calls if name in TOOLS and not TOOLS[name].opens]
    try:
        grounded = ground(planned, lesson.question, _history(lesson))
    except BadInput:
        return None
    calls = [call for call in run_calls(grounded.calls, lambda line: None) if call.result and not compose.empty(call.result)]
    return (calls, number_passages(calls)) if calls else None


def _answer(calls: Sequence[ToolCall], passages: Sequence[Passage]) -> str:
    """Every result in the words of its tool, and of the passages those that are about the question as much as the best one."""
    near = [p for p in passages[: compose.SHOWN_PASSAGES] if p.score >= passages[0].score - NEAR]
    return compose.template(list(calls), near)


def _history(lesson: Lesson) -> list[Message]:
    return [{"role": "user" if role == "user" else "assistant", "content": text} for role, text in lesson.history]


def chat(prompt: Sequence[BaseMessage], reply: Mapping[str, Any], kind: str, tools: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """A prompt with the reply to be learnt, as finetune.chats.Chat takes it."""
    return {"messages": [*sent(prompt), {"role": "assistant", **reply}], "tools": list(tools), "kind": kind}


def sent(prompt: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """The messages as they are sent to a server with the OpenAI interface."""
    return [{"role": m["role"], "content": m["content"]} for m in convert_to_openai_messages(list(prompt))]
