"""This agent against a plain prebuilt ReAct agent with the same model and tools: tokens and seconds for each question that is answered.

    python -m benchmarks.react [--questions N] [--json FILE]

The ReAct agent is LangGraph's own, with the ten tools as LangChain tools. It gets the same questions at the same server, alternating with this
agent; a question counts as answered if its turn ended with words after a tool that ran without an error. Of both, the evaluation's expectation
says how many ran the right tools.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, ToolMessage

from agent.evaluation.evaluate import load_cases
from agent.graph import build
from agent.llm import chat_model
from agent.prompts import ROUTE
from agent.settings import settings
from agent.turn import run_turn
from benchmarks.engines import Engine, vllm
from benchmarks.machine import machine, table, write
from benchmarks.serving import CASES
from tools.langchain_tools import langchain_tools

GAVE_UP = "need more steps"  # the prebuilt agent's last words when its steps are used up
STEPS = 12  # of the ReAct agent's graph: six calls of the model


@dataclass(frozen=True)
class Outcome:
    answered: bool
    right: bool
    tokens: int
    seconds: float


def react_agent(model: Any) -> Any:
    """LangGraph's prebuilt agent around the ten tools."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has moved to another package, which wants the same arguments
        from langgraph.prebuilt import create_react_agent

        return create_react_agent(model, langchain_tools(), prompt=ROUTE)


def ask_react(agent: Any, question: str, expected: set[str]) -> Outcome:
    """One question; an agent that goes round in circles or breaks has not answered it."""
    begun, messages = time.perf_counter(), list[Any]()
    try:
        for state in agent.stream({"messages": [("user", question)]}, {"recursion_limit": STEPS}, stream_mode="values"):
            messages = state["messages"]
    except Exception as error:  # a model's call that cannot be read, or no end: what it cost counts all the same
        print(f"  ReAct: {type(error).__name__}: {str(error)[:80]}")
    tokens = sum(m.usage_metadata["total_tokens"] for m in messages if isinstance(m, AIMessage) and m.usage_metadata)
    ran = {str(m.name) for m in messages if isinstance(m, ToolMessage) and m.status != "error"}
    last = messages[-1] if messages else None
    ended = isinstance(last, AIMessage) and bool(last.content) and not last.tool_calls and GAVE_UP not in str(last.content)
    return Outcome(ended and bool(ran), ran == expected, tokens, time.perf_counter() - begun)


def ask_ours(graph: Any, question: str, expected: set[str]) -> Outcome:
    begun = time.perf_counter()
    answer = run_turn(graph, question)
    ran = {call.name for call in answer.tool_calls if call.error is None}
    return Outcome(answer.status == "answered" and bool(ran), ran == expected, sum(answer.usage.values()), time.perf_counter() - begun)


def measure(engine: Engine, count: int) -> list[dict[str, Any]]:
    """Both agents on every n-th case that expects tools, in turns."""
    configured = engine.settings(settings())
    model = chat_model(configured)
    asking: dict[str, Callable[[str, set[str]], Outcome]] = {
        "this agent": partial(ask_ours, build(model, configured)),
        "ReAct": partial(ask_react, react_agent(model)),
    }
    cases = [case for case in load_cases(CASES) if case["expect"].get("tools") and not case.get("history")]
    found: dict[str, list[Outcome]] = {name: [] for name in asking}
    for case in cases[:: max(1, len(cases) // count)][:count]:
        for name, ask in asking.items():
            found[name].append(ask(case["question"], set(case["expect"]["tools"])))
    return [summary(name, outcomes) for name, outcomes in found.items()]


def summary(name: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What was spent on all questions for each one that was answered."""
    answered = sum(each.answered for each in outcomes)
    spent = {"tokens": sum(each.tokens for each in outcomes), "seconds": sum(each.seconds for each in outcomes)}
    for_each = {what: value / answered if answered else None for what, value in spent.items()}
    return {"agent": name, "questions": len(outcomes), "answered": answered, "right_tools": sum(each.right for each in outcomes), **for_each}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=24)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    with vllm(settings()) as engine:
        rows = measure(engine, given.questions)
    print(table([{key: f"{value:.1f}" if isinstance(value, float) else str(value) for key, value in row.items()} for row in rows]))
    write({"machine": machine(), "rows": rows}, given.json)


if __name__ == "__main__":
    main()
