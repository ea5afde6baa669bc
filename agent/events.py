"""What a turn tells while it runs: its steps and the words of its answer. Each comes at once, in the thread of the turn.

The listener is the graph's runtime context. LangGraph's own stream modes would hand every node to a thread of its own, so that someone can read
beside it: eight hand-overs and a quarter more processor time a turn, which many conversations at once pay for.
"""

from collections.abc import Callable
from dataclasses import dataclass

from langgraph.runtime import get_runtime

Event = Callable[[str, str], None]  # (kind, text): kind is "progress" or "token"


@dataclass(frozen=True)
class Listener:
    """Who hears of one turn. What `on_event` raises ends the turn."""

    on_event: Event


def tell(kind: str, text: str) -> None:
    """To the listener of the turn that runs here, if it has one. To be called in a node."""
    if listener := get_runtime(Listener).context:
        listener.on_event(kind, text)
