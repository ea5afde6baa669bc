"""What is pressed below an answer: good, bad (and what would have been right), and what the answer rests on. Feedback is `agent.learning`'s."""

from typing import Any

from langgraph.graph.state import CompiledStateGraph

from agent.errors import BadInput
from agent.learning.feedback import Said, of_turn
from agent.learning.feedback_store import FeedbackStore
from agent.settings import Settings
from agent.slack import reply as replies
from agent.slack.journal import Journal
from agent.state import Answer
from tools.registry import TOOLS

GONE = "That answer is too old to say more about it."
View = dict[str, Any]


class Buttons:
    """By the key of a question, which its buttons carry."""

    def __init__(self, graph: CompiledStateGraph, config: Settings, journal: Journal) -> None:
        self._graph, self._config, self._journal = graph, config, journal

    def keep(self, key: str, said: Said) -> str:
        """Keep a word on the answer; the sentence to that. Raises WaamError."""
        thread, values = self._turn(key)
        kept = FeedbackStore(self._config.state).add(of_turn(values, said, thread, self._config.limits))
        return f"Kept as feedback {kept.id} ({kept.verdict}). Somebody looks at it before the language model learns from it."

    def sources(self, key: str) -> View:
        """The window with what the answer rests on. Raises BadInput."""
        _, values = self._turn(key)
        answer: Answer = values["answer"]
        return _view("sources", "Sources", replies.sources(answer, self._config.home), key)

    def _turn(self, key: str) -> tuple[str, dict[str, Any]]:
        found = self._journal.turn(key)
        if found is None:
            raise BadInput(GONE)
        thread, checkpoint = found
        values = self._graph.get_state({"configurable": {"thread_id": thread, "checkpoint_id": checkpoint}}).values
        if not values.get("answer"):
            raise BadInput(GONE)
        return thread, values


def better(key: str) -> View:
    """The window that asks what would have been right; all of it may be left empty."""
    tools = [{"text": {"type": "plain_text", "text": name}, "value": name} for name in TOOLS]
    blocks = [
        _asked("comment", "What is wrong with it?", {"type": "plain_text_input", "multiline": True, "max_length": 1000}),
        _asked("tools", "Tools that would have been right", {"type": "multi_static_select", "options": tools}),
        _asked("answer", "The answer that would have been right", {"type": "plain_text_input", "multiline": True, "max_length": 3000}),
    ]
    return _view("better", "What would be right?", blocks, key) | {"submit": {"type": "plain_text", "text": "Send"}}


def told(view: View) -> tuple[str, Said]:
    """(key, what was said) of a window that was sent."""
    state = {block: fields["value"] for block, fields in view["state"]["values"].items()}
    chosen = [option["value"] for option in state.get("tools", {}).get("selected_options") or []]
    return view["private_metadata"], Said(
        verdict="bad", comment=state.get("comment", {}).get("value") or "", tools=chosen, answer=state.get("answer", {}).get("value") or "",
    )  # fmt: skip


def _asked(name: str, label: str, element: View) -> View:
    return {
        "type": "input", "block_id": name, "optional": True, "label": {"type": "plain_text", "text": label},
        "element": {"action_id": "value", **element},
    }  # fmt: skip


def _view(name: str, title: str, blocks: list[View], metadata: str) -> View:
    return {
        "type": "modal", "callback_id": name, "private_metadata": metadata, "title": {"type": "plain_text", "text": title},
        "close": {"type": "plain_text", "text": "Close"}, "blocks": blocks,
    }  # fmt: skip
