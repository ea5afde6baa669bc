"""A turn that can be stopped while a tool runs or the model is slow, and that leaves no trace in its conversation then.

A thread cannot be ended from outside. So the turn runs in one of its own, and stopping it means: nobody waits for it any more, it ends itself
at its next step or token, and until then nothing that it writes is kept. The next question need not wait for it.
"""

import threading
from collections.abc import Iterator, Sequence
from queue import SimpleQueue
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph.state import CompiledStateGraph

from agent.conversations import forget
from agent.state import Answer
from agent.turn import run_turn


class Stopped(BaseException):
    """The user stopped the turn. Like KeyboardInterrupt it is no Exception: nothing on the way may take it for a fault and go on."""


class Stoppable:
    """One turn, which begins at once. `answer` is there when `events` have ended."""

    def __init__(self, graph: CompiledStateGraph, saver: SqliteSaver, question: str, thread: str, files: Sequence[str] = ()) -> None:
        self.answer: Answer | None = None
        self._saver, self._thread = saver, thread
        self._events: SimpleQueue[tuple[str, str] | None] = SimpleQueue()
        self._kept = _Kept(saver)
        own = graph.copy({"checkpointer": self._kept}).with_config({"callbacks": [_Ends(self._kept)]})

        def run() -> None:
            try:
                self.answer = run_turn(own, question, thread=thread, files=files, on_event=lambda kind, words: self._events.put((kind, words)))
            except Stopped:
                pass
            finally:
                self._events.put(None)

        self._worker = threading.Thread(target=run, name="turn", daemon=True)
        self._worker.start()

    def events(self) -> Iterator[tuple[str, str]]:
        """What `run_turn` tells, until it is done."""
        while (event := self._events.get()) is not None:
            yield event

    def stop(self) -> None:
        """From here on the conversation is as it was before the question."""
        forget(self._saver, self._thread, self._kept.close())

    @property
    def running(self) -> bool:
        """Whether it still runs, stopped or not."""
        return self._worker.is_alive()


class _Kept(SqliteSaver):
    """The checkpointer of one turn: it knows what it wrote, and writes nothing more once it is closed."""

    def __init__(self, saver: SqliteSaver) -> None:
        super().__init__(saver.conn, serde=saver.serde)
        self.lock = saver.lock  # one connection
        self.closed = False
        self._written: list[str] = []
        self._gate = threading.Lock()

    def close(self) -> list[str]:
        """Close it; the checkpoints that it has written."""
        with self._gate:
            self.closed = True
            return list(self._written)

    def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        with self._gate:
            if self.closed:
                raise Stopped
            self._written.append(checkpoint["id"])
            return super().put(config, checkpoint, metadata, new_versions)

    def put_writes(self, config: Any, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = "") -> None:
        with self._gate:
            if self.closed:
                raise Stopped
            super().put_writes(config, writes, task_id, task_path)


class _Ends(BaseCallbackHandler):
    """Ends a stopped turn at its next step or token, which also closes the connection to the language model and so frees it."""

    raise_error = True

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept

    def _look(self) -> None:
        if self._kept.closed:
            raise Stopped

    def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        self._look()

    def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        self._look()

    def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
        self._look()
