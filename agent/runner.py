"""Running grounded calls: side by side, timed, each failing alone."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from agent.state import ToolCall
from tools.encoder import ModelMissing
from tools.registry import TOOLS
from tools.result import Passage, ToolInputError
from tools.saying import plainly

LOG = logging.getLogger(__name__)


def run_calls(calls: list[tuple[str, dict[str, Any]]], progress: Callable[[str], None], outside: bool = False) -> list[ToolCall]:
    """Run every (name, args) and return them as T1, T2, … in the same order. `outside`: the text of a defect is kept back."""
    numbered = [ToolCall(id=f"T{i}", name=name, args=args) for i, (name, args) in enumerate(calls, start=1)]
    for call in numbered:
        progress(f"running {call.name}")
    if len(numbered) == 1:
        return [_run(numbered[0], outside)]
    with ThreadPoolExecutor(max_workers=max(1, len(numbered))) as pool:
        return list(pool.map(lambda call: _run(call, outside), numbered))


def number_passages(calls: list[ToolCall]) -> list[Passage]:
    """The passages of all searches as K1, K2, …, each document passage once."""
    seen: dict[tuple[str, str], Passage] = {}
    for call in calls:
        if not call.result:
            continue
        for position, passage in enumerate(call.result.passages):
            key = (passage.document, passage.text)
            marked = seen.setdefault(key, passage.model_copy(update={"id": f"K{len(seen) + 1}"}))
            call.result.passages[position] = marked
    return list(seen.values())


def _run(call: ToolCall, outside: bool) -> ToolCall:
    begun = time.perf_counter()
    try:
        call.result = TOOLS[call.name].function(**call.args)
    except (ToolInputError, ModelMissing) as refused:
        call.error, call.bad_input = plainly(str(refused)), isinstance(refused, ToolInputError)
    except Exception as defect:  # a broken model file must not take the other results with it
        LOG.debug("a tool broke", exc_info=True)
        kind = type(defect).__name__
        call.error = f"{call.name} failed ({kind}{'); ask again later.' if outside else f': {str(defect)[:200]}); run `waam doctor`.'}"
    call.ms = round((time.perf_counter() - begun) * 1000, 2)
    return call
