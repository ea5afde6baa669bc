"""What a turn tells while it runs: its steps and the words of its answer. Each comes at once, in the thread of the turn.

The listener is the graph's runtime context. LangGraph's own stream modes would hand every node to a thread of its own, so that someone can read
beside it: eight hand-overs and a quarter more processor time a turn, which many conversations at once pay for.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from langgraph.runtime import get_runtime

from agent.errors import WaamError
from agent.state import Answer

Event = Callable[[str, str], None]  # (kind, text): kind is "progress" or "token"


@dataclass
class Listener:
    """Who hears of one turn; `answer` is there once the turn has one, whatever becomes of the turn after that. What `on_event` raises ends the
    turn, as WaamError: nothing on the way may take it for a fault of the language model."""

    on_event: Event = lambda kind, text: None
    answer: Answer | None = None


def tell(kind: str, text: str) -> None:
    """To the listener of the turn that runs here, if it has one. To be called in a node."""
    if listener := _listener():
        try:
            listener.on_event(kind, text)
        except WaamError:
            raise
        except Exception as broke:
            raise WaamError(f"Whoever hears of this turn broke ({type(broke).__name__}); ask again.") from broke


def answered(answer: Answer) -> None:
    """The answer is made. To be called in a node."""
    if listener := _listener():
        listener.answer = answer


def _listener() -> Listener | None:
    """Of the turn that runs here; a node that is called by itself has none, and LangGraph's own tooling may send another context."""
    with suppress(RuntimeError):
        context: Any = get_runtime().context
        return context if isinstance(context, Listener) else None
    return None
