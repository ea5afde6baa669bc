"""How a line is asked: one turn of the graph at a language model's server, of which there can be several, and again where a fault may pass.

What a worker needs to make its own `Ask` is an `Asking`, which can be sent to another machine.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenacity import Retrying, retry_if_result, stop_after_attempt, stop_before_delay, wait_exponential_jitter

from agent.batch.lines import without_model
from agent.errors import WaamError
from agent.settings import Settings, settings
from agent.state import Answer, Message

if TYPE_CHECKING:
    from agent.events import Event

Ask = Callable[[str, list[Message]], Answer]
Try = Callable[[str, list[Message], float], Answer]  # one try, which ends at that time of the monotonic clock
AWAY_S = 30.0


class Endpoints:
    """Servers of the language model, taken in turns; one that failed is left out for a while. For any number of threads."""

    def __init__(self, urls: Sequence[str], away_s: float = AWAY_S, first: int = 0) -> None:
        self._urls = list(urls[first % len(urls) :]) + list(urls[: first % len(urls)])
        self._back = dict.fromkeys(self._urls, 0.0)
        self._away_s = away_s
        self._lock = threading.Lock()

    def take(self) -> str:
        """The next one that is not left out; if all are, the one that has been so for longest."""
        with self._lock:
            now = time.monotonic()
            chosen = next((url for url in self._urls if self._back[url] <= now), None) or min(self._urls, key=self._back.__getitem__)
            self._urls.remove(chosen)
            self._urls.append(chosen)
            return chosen

    def failed(self, url: str) -> bool:
        """Leave it out for a while; whether another one is left."""
        with self._lock:
            now = time.monotonic()
            self._back[url] = now + self._away_s
            return any(back <= now for back in self._back.values())

    def well(self, url: str) -> None:
        with self._lock:
            self._back[url] = 0.0


class Patient:
    """Asks again, after a wait that doubles, where the language model was not reached or the turn broke, up to `retries` times; `timeout_s`
    bounds all tries together. Where that was no use, further lines are not waited for until one is answered: a server that is down costs one
    wait, not one for each line."""

    def __init__(self, once: Try, retries: int, timeout_s: float | None = None, first_wait_s: float = 1.0) -> None:
        self._once = once
        self._timeout_s = timeout_s or float("inf")
        self._wait = wait_exponential_jitter(initial=first_wait_s, max=60, jitter=first_wait_s)
        self._stop = stop_after_attempt(retries + 1) | stop_before_delay(self._timeout_s)
        self._no_use = False

    def __call__(self, question: str, history: list[Message]) -> Answer:
        tries = Retrying(
            stop=stop_after_attempt(1) if self._no_use else self._stop,
            wait=self._wait,
            retry=retry_if_result(may_pass),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        answer = tries(self._safely, question, history, time.monotonic() + self._timeout_s)
        self._no_use = may_pass(answer)
        return answer

    def _safely(self, question: str, history: list[Message], until: float) -> Answer:
        try:
            return self._once(question, history, until)
        except Exception as defect:
            return failed(defect)


def failed(defect: BaseException) -> Answer:
    """What stands in the line of a question that could not be asked."""
    return Answer(status="error", answer=f"This line failed: {type(defect).__name__}: {defect}")


def may_pass(answer: Answer) -> bool:
    """Whether the same question may be answered better in a moment. What a tool said is not such a fault: it would say it again."""
    broke = answer.status == "error" and not answer.tool_calls
    return broke or answer.status == "degraded" or (without_model(answer.model) and answer.status != "refused")


@dataclass(frozen=True)
class Asking:
    """How lines are asked. Without `endpoints` it is the server of the settings; each of them stands for WAAM_LLM__BASE_URL."""

    endpoints: tuple[str, ...] = ()
    retries: int = 3
    timeout_s: float | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def make(self, first: int = 0) -> Ask:
        """An `Ask` with graphs of its own; `first` says with which of the endpoints it begins."""
        from agent.graph import build
        from agent.llm import chat_model
        from agent.many.turns import side_by_side
        from agent.turn import run_turn

        side_by_side()
        config = settings()
        configs = {url: _at(config, url) for url in self.endpoints} or {config.llm_url: config}
        graphs = {url: build(chat_model(each), each) for url, each in configs.items()}
        endpoints = Endpoints(list(graphs), first=first)

        def once(question: str, history: list[Message], until: float) -> Answer:
            for _ in graphs:
                url = endpoints.take()
                answer = run_turn(graphs[url], question, history, on_event=_ending(until))
                if not may_pass(answer):
                    endpoints.well(url)
                    break
                if time.monotonic() > until or not endpoints.failed(url):  # a line whose time is up says nothing about the server
                    break
            return answer

        return Patient(once, self.retries, self.timeout_s)


def _at(config: Settings, url: str) -> Settings:
    return config.model_copy(update={"llm": config.llm.model_copy(update={"base_url": url})})


def _ending(until: float) -> "Event":
    """Ends the turn at the first step, or word of the answer, behind its time: nobody waits for it any more."""

    def event(kind: str, text: str) -> None:
        if time.monotonic() > until:
            raise WaamError("The turn was ended because its time was up (--timeout).")

    return event
