"""Run one turn of the graph: what every way in calls. Knows nothing of terminals, files or Slack."""

import logging
from collections.abc import Sequence
from typing import Any

from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Durability

from agent.errors import WaamError
from agent.events import Event, Listener
from agent.state import Answer, Message, noted

LOG = logging.getLogger(__name__)
NAME = "turn"


def run_turn(
    graph: CompiledStateGraph, question: str, history: list[Message] | None = None, thread: str | None = None, on_event: Event | None = None,
    files: Sequence[str] = (), outside: bool = False, name: str | None = None,
) -> Answer:  # fmt: skip
    """Answer `question`. With `thread` the graph's checkpointer keeps the conversation; else `history` is it. `files`: what the
    question is about, as `agent.attached.files.given` returns them; only a graph that is built with `opens_files=True` opens them. `outside`: who
    reads the answer does not sit at this machine, and learns no address and no text of an exception, which may hold paths.
    `name`: what the caller calls the turn, kept in its checkpoint's metadata as NAME.

    A defect inside a turn becomes an answer with status `error`; nothing escapes but what is no Exception, such as KeyboardInterrupt.
    """
    inputs: dict[str, Any] = {"question": question, "messages": list(history or []), "answer": None, "files": list(files), "outside": outside}
    config: Any = {"configurable": {"thread_id": thread}, "metadata": {NAME: name} if name else {}} if thread else {}
    kept: Durability | None = "exit" if graph.checkpointer else None  # a turn that is killed leaves its conversation as it was
    heard = Listener(on_event) if on_event else Listener()
    context: Any = heard
    try:
        answer: Answer | None = graph.invoke(inputs, config, context=context, durability=kept).get("answer")
    except Exception as defect:  # one broken turn must not end a chat, a batch or a server
        LOG.debug("the turn broke", exc_info=True)
        return _unkept(heard.answer, defect) if heard.answer else _broken(defect, outside)
    if answer is None:
        return Answer(status="error", answer="The turn ended without an answer; run `waam doctor`.")
    return answer


def _unkept(answer: Answer, defect: Exception) -> Answer:
    """The answer of a turn that broke after it: what failed is the writing of the conversation."""
    told = f"The conversation could not be kept ({type(defect).__name__}): the next question does not go on from this one."
    return answer.model_copy(update={"answer": answer.said + noted([*answer.notes, told])})


def _broken(defect: Exception, outside: bool) -> Answer:
    if isinstance(defect, WaamError):
        return Answer(status="error", answer=str(defect))
    if outside:
        return Answer(status="error", answer=f"Something broke here ({type(defect).__name__}); ask again, or tell whoever runs this assistant.")
    words = f"Something broke: {type(defect).__name__}: {defect}. Run again with `waam --debug …` to see where."
    return Answer(status="error", answer=words)
