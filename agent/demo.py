"""`waam demo`: from whatever is here to three real answers, with the time each step took."""

import sys
import time

from agent.build import build
from agent.graph import build as build_graph
from agent.llm import chat_model
from agent.render import plain
from agent.settings import Settings
from agent.turn import run_turn
from agent.vllm_server import VllmServer

QUESTIONS = (
    "Would a bead at 188 A, 21.4 V and 48 cm/min be normal?",
    "What is the heat input at 210 A, 24 V and 10 mm/s, and why does humping happen at high travel speed?",
    "Will my bead be sound at 200 A and 23 V?",
)


def demo(settings: Settings) -> None:
    """Build, start, ask, print. Raises WaamError with the sentence of whichever step failed."""
    begun = time.monotonic()
    seconds = build(settings, _say)
    step = time.monotonic()
    if settings.llm.base_url is None:
        VllmServer(settings).up(_say)
        seconds["server start"] = round(time.monotonic() - step, 1)
    graph = build_graph(chat_model(settings), settings)
    for question in QUESTIONS:
        step = time.monotonic()
        print(f"\n> {question}\n")
        answer = run_turn(graph, question, on_event=lambda kind, text: _say(text) if kind == "progress" else None)
        print(plain(answer))
        print(f"\n  status {answer.status}, written by {answer.checks.composer}, {time.monotonic() - step:.1f} s")
    print("\nThe steps took " + ", ".join(f"{name} {s:g} s" for name, s in seconds.items()) + f"; {time.monotonic() - begun:.0f} s altogether.")
    print("Go on with `waam chat`; stop the server with `waam down`.")


def _say(line: str) -> None:
    print(f"  … {line}", file=sys.stderr, flush=True)
