"""`waam demo`: from whatever is here to three real answers, with the time each step took."""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from agent.graph import build as build_graph
from agent.llm import chat_model
from agent.model.vllm_server import VllmServer
from agent.settings import Settings
from agent.setup.build import Steps, alone, build_encoders, build_later, build_served
from agent.shown.render import plain
from agent.turn import run_turn

QUESTIONS = (
    "Would a bead at 188 A, 21.4 V and 48 cm/min be normal?",
    "What is the heat input at 210 A, 24 V and 10 mm/s, and why does humping happen at high travel speed?",
    "Will my bead be sound at 200 A and 23 V?",
)


def demo(settings: Settings) -> None:
    """Build what the answers need, start, ask, print, build the rest. Raises WaamError with the sentence of whichever step failed."""
    with alone(settings):
        _demo(settings)


def _demo(settings: Settings) -> None:
    begun = time.monotonic()
    steps = Steps()
    build_served(settings, steps, _say)
    if settings.llm.base_url is None:
        _start_beside(VllmServer(settings), lambda: build_encoders(settings, steps, _say), steps)
    else:
        build_encoders(settings, steps, _say)
    graph = build_graph(chat_model(settings), settings)
    for question in QUESTIONS:
        step = time.monotonic()
        print(f"\n> {question}\n")
        answer = run_turn(graph, question, on_event=lambda kind, text: _say(text) if kind == "progress" else None)
        print(plain(answer))
        print(f"\n  status {answer.status}, written by {answer.checks.composer}, {time.monotonic() - step:.1f} s")
    print(f"\nAnswered after {time.monotonic() - begun:.0f} s. Ask on in another terminal (`.venv/bin/waam chat`) while the rest is made.")
    build_later(settings, steps, _say)
    print("The steps took " + ", ".join(f"{name} {s:g} s" for name, s in steps.items()) + f"; {time.monotonic() - begun:.0f} s altogether.")
    print("All is made. Go on with `make chat`; stop the server with `.venv/bin/waam down`.")


def _start_beside(server: VllmServer, work: Callable[[], None], steps: Steps) -> None:
    """Start the server while `work` is done: starting is mostly waiting for one core. If `work` fails, a start under way is given up."""
    cancel = Event()
    with ThreadPoolExecutor(max_workers=1) as pool:
        starting = pool.submit(steps.run, "server start (meanwhile)", lambda: server.up(_say, cancel))
        starting.add_done_callback(lambda done: _say(str(done.exception())) if done.exception() else None)  # at once, not after the work
        try:
            work()
            starting.result()
        except BaseException:
            cancel.set()
            raise


def _say(line: str) -> None:
    print(f"  … {line}", file=sys.stderr, flush=True)
