"""Serving the language model: this project's vLLM against llama.cpp with the same weights at Q4_K_M, on the same cores.

    python -m benchmarks.serving --llama-server PROGRAM --gguf WEIGHTS [--rounds N] [--json FILE]

Both answer the same prompts of this product at temperature 0, one server after the other in one run: the pace of decoding one stream, on answers
made from results and on free text; the time to the first token of a second question; and whole questions a minute with sixteen asked at once,
through the agent. Without --llama-server only vLLM is measured. How to build llama.cpp and the weights: docs/benchmarks.md.
"""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from agent import compose, route
from agent.evaluation.evaluate import load_cases
from agent.graph import build
from agent.learning.lessons import sent
from agent.llm import chat_model
from agent.runner import number_passages, run_calls
from agent.settings import Settings, settings
from agent.turn import run_turn
from benchmarks.engines import STREAMS, Engine, llama, vllm
from benchmarks.machine import machine, table, write
from tools.registry import TOOLS

CASES = Path(__file__).with_name("agent_cases.jsonl")
FREE = (
    "Explain in a few sentences how a welding arc melts wire and what decides the width of the bead that it leaves behind.",
    "Write a short letter in which a welding engineer asks a supplier for the certificate of a spool of wire.",
    "Describe what a wall that is built bead by bead looks like when its layers were too hot.",
)
TOKENS, WARM = 96, 8
OWN, FREE_TEXT, SECOND, AT_ONCE = (
    "own answers, tokens a second", "free text, tokens a second", "second question, seconds to the first token", "16 at once, questions a minute",
)  # fmt: skip
TARGETS = {OWN: 1.25, FREE_TEXT: 1.0, AT_ONCE: 4.0, SECOND: 0.5}  # of llama.cpp's figure
Messages = list[dict[str, Any]]


def own_prompts(count: int) -> list[Messages]:
    """Prompts for an answer, from what the real tools give to cases of the evaluation set."""
    found: list[Messages] = []
    for case in load_cases(CASES):
        args = case["expect"].get("args", {})
        if args and len(found) < count and set(args) == set(case["expect"].get("tools", [])) and not any(TOOLS[name].opens for name in args):
            calls = run_calls(list(args.items()), lambda line: None)
            if all(call.result for call in calls):
                found.append(sent(compose.messages(case["question"], calls, number_passages(calls), trained=True)))
    return found


def decode(engine: Engine, messages: Messages, tokens: int, on: bool = False) -> tuple[float, float]:
    """Seconds to the first token and tokens a second after it, of one streamed reply; `on`: past its natural end, up to `tokens`."""
    body = {"model": engine.model, "messages": messages, "max_tokens": tokens, "temperature": 0, "stream": True, "ignore_eos": on}
    begun, first, count = time.perf_counter(), 0.0, 0
    with httpx.stream("POST", f"{engine.url}/chat/completions", json=body | {"stream_options": {"include_usage": True}}, timeout=600) as reply:
        reply.raise_for_status()
        for line in reply.iter_lines():
            if line.startswith("data: {"):
                part = json.loads(line.removeprefix("data: "))
                if not first and part["choices"] and part["choices"][0]["delta"].get("content"):
                    first = time.perf_counter()
                count = (part.get("usage") or {}).get("completion_tokens", count)
    ended = time.perf_counter()
    return first - begun, (count - 1) / (ended - first) if count > 1 else float("nan")


def first_token(engine: Engine, questions: Sequence[str]) -> list[float]:
    """Seconds until the first token of each routing prompt but the first, which brings the shared beginning into the server's cache."""
    tools = route.offered()
    spent = []
    for question in questions:
        begun = time.perf_counter()
        body = {"model": engine.model, "messages": sent(route.messages(question, [], [])), "tools": tools, "max_tokens": 1, "temperature": 0}
        httpx.post(f"{engine.url}/chat/completions", json=body, timeout=600).raise_for_status()
        spent.append(time.perf_counter() - begun)
    return spent[1:]


def at_once(engine: Engine, home: Settings, questions: Sequence[str]) -> tuple[float, list[str]]:
    """Questions a minute through the agent, sixteen at once, and how each ended."""
    configured = engine.settings(home)
    graph = build(chat_model(configured), configured)
    run_turn(graph, questions[0])
    begun = time.perf_counter()
    with ThreadPoolExecutor(STREAMS) as pool:
        ended = [answer.status for answer in pool.map(lambda question: run_turn(graph, question), questions)]
    return 60 * len(questions) / (time.perf_counter() - begun), ended


def measure(engine: Engine, home: Settings, rounds: int) -> dict[str, Any]:
    """Every figure of one server; medians with their range over the rounds."""
    own, asked = own_prompts(6), [case["question"] for case in load_cases(CASES) if case["expect"].get("args")]
    free = [[{"role": "user", "content": text}] for text in FREE]
    decode(engine, free[0], WARM)
    paces = {
        OWN: [decode(engine, prompt, TOKENS)[1] for _ in range(rounds) for prompt in own],
        FREE_TEXT: [decode(engine, prompt, TOKENS, on=True)[1] for _ in range(rounds) for prompt in free],
        SECOND: first_token(engine, asked[: 4 * rounds + 1]),
    }
    runs = [at_once(engine, home, asked[n * 2 * STREAMS :: 7][: 2 * STREAMS]) for n in range(rounds)]
    paces[AT_ONCE] = [pace for pace, _ in runs]
    ended = [status for _, statuses in runs for status in statuses]
    figures = {name: {"median": statistics.median(values), "range": [min(values), max(values)]} for name, values in paces.items()}
    return {**vars(engine), "figures": figures, "ended": {status: ended.count(status) for status in sorted(set(ended))}}


def compared(ours: dict[str, Any], theirs: dict[str, Any]) -> list[dict[str, str]]:
    """The two side by side, with the ratio and what it is to reach."""
    rows = []
    for name, target in TARGETS.items():
        mine, other = ours["figures"][name]["median"], theirs["figures"][name]["median"]
        less = target < 1
        met = mine / other <= target if less else mine / other >= target
        wanted = f"{'at most' if less else 'at least'} {target:g}{'' if met else ': missed'}"
        rows.append({"what": name, ours["name"]: f"{mine:.2f}", theirs["name"]: f"{other:.2f}", "ratio": f"{mine / other:.2f}", "to reach": wanted})
    return rows


def _row(name: str, figure: dict[str, Any]) -> dict[str, str]:
    return {"what": name, "median": f"{figure['median']:.2f}", "range": " to ".join(f"{each:.2f}" for each in figure["range"])}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llama-server", type=Path, help="llama.cpp's server program")
    parser.add_argument("--gguf", type=Path, help="the served model as Q4_K_M GGUF")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    if bool(given.llama_server) != bool(given.gguf):
        parser.error("give --llama-server together with --gguf, or neither.")
    home = settings()
    with vllm(home) as engine:
        found = [measure(engine, home, given.rounds)]
    if given.gguf:
        with llama(given.llama_server, given.gguf) as engine:
            found.append(measure(engine, home, given.rounds))
    for one in found:
        print(f"{one['name']}: start {one['start_s']:.0f} s, {one['memory_gib']} GiB, " + ", ".join(f"{n} {s}" for s, n in one["ended"].items()))
        print(table([_row(name, figure) for name, figure in one["figures"].items()]))
    if len(found) == 2:
        print(table(compared(*found)))
    write({"machine": machine(), "engines": found}, given.json)


if __name__ == "__main__":
    main()
