"""What the agent itself costs in a turn, and how much of a second question's prompt the server has read already.

    python -m benchmarks.turn [--turns N] [--json FILE]
    python -m benchmarks.turn --server          # also starts vLLM, for the second figure

The agent's own time is that of a whole turn less that of its tools, with a model that answers at once: it asks for the tools that the case expects
and writes what the tools say. The server's counters say how many tokens of a second question's prompts came out of its cache.
"""

import argparse
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from langgraph.checkpoint.memory import InMemorySaver
from prometheus_client.parser import text_string_to_metric_families

from agent import compose, route
from agent.conversations import serializer
from agent.evaluation.evaluate import load_cases
from agent.graph import build
from agent.llm import ScriptedModel, chat_model, tool_call_message
from agent.runner import number_passages, run_calls
from agent.settings import settings
from agent.turn import run_turn
from benchmarks.engines import Engine, vllm
from benchmarks.machine import machine, table, write
from benchmarks.serving import CASES
from tools.registry import TOOLS

TARGET_MS, TARGET_CACHED = 15.0, 0.9
TALKS = (
    ("Would a bead at 188 A, 21.4 V and 8 mm/s be normal?", "same at 240 A"),
    ("Why does humping happen?", "and what is the heat input at 200 A, 22 V, 9 mm/s?"),
)


def own_times(count: int) -> list[float]:
    """Milliseconds of `count` turns that are neither the model's nor the tools'."""
    cases = [case for case in load_cases(CASES) if case["expect"].get("args") and not any(TOOLS[name].opens for name in case["expect"]["tools"])]
    spent: list[float] = []
    for case in cases[:: max(1, len(cases) // (count + 5))]:
        args = case["expect"]["args"]
        calls = run_calls(list(args.items()), lambda line: None)
        if len(spent) == count or set(args) != set(case["expect"]["tools"]) or not all(call.result for call in calls):
            continue
        asked = tool_call_message(*((name, route.arguments(name, case["question"])) for name in args))
        model = ScriptedModel(replies=[asked, compose.template(calls, number_passages(calls)), compose.template(calls, number_passages(calls))])
        answer = run_turn(build(model, settings()), case["question"], case.get("history"))
        if answer.status == "answered":
            spent.append(answer.timings_ms["total"] - answer.timings_ms["tools"])
    return spent[1:]  # the first one loads what is loaded late


def cached_shares(engine: Engine) -> list[float]:
    """For each of two talks the share of prompt tokens of its second question that the server had read already."""
    configured = engine.settings(settings())
    graph, shares = build(chat_model(configured), configured, InMemorySaver(serde=serializer())), []
    for number, (first, second) in enumerate(TALKS):
        run_turn(graph, first, thread=str(number))
        queries, hits = counters(engine)
        run_turn(graph, second, thread=str(number))
        asked, found = counters(engine)
        shares.append((found - hits) / (asked - queries))
    return shares


def counters(engine: Engine) -> tuple[float, float]:
    """Prompt tokens so far, and those of them that came out of the prefix cache."""
    text = httpx.get(engine.url.removesuffix("/v1") + "/metrics", timeout=10).text
    found = {sample.name: sample.value for family in text_string_to_metric_families(text) for sample in family.samples}
    return found["vllm:prefix_cache_queries_total"], found["vllm:prefix_cache_hits_total"]


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--server", action="store_true", help="start vLLM too")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    spent = own_times(given.turns)
    result: dict[str, Any] = {"machine": machine(), "own_ms": spent}
    middle, late = statistics.median(spent), statistics.quantiles(spent, n=20)[-1]
    rows = [
        {"what": f"the agent's own time, {len(spent)} turns", "median": f"{middle:.1f} ms (95 % under {late:.1f})", "to reach": f"{TARGET_MS:g} ms"}
    ]
    if given.server:
        with vllm(settings()) as engine:
            result["cached"] = cached_shares(engine)
        share = statistics.median(result["cached"])
        rows.append({"what": "a second question's prompt out of the cache", "median": f"{share:.0%}", "to reach": f"{TARGET_CACHED:.0%}"})
    print(table(rows))
    write(result, given.json)
    return result


if __name__ == "__main__":
    main()
