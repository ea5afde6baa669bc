"""Questions by the file (`waam batch`): one line in, one line out, any number of them, and a kill at any moment loses and repeats nothing.

    items ─▶ flow ─▶ an engine (threads here, or Ray) ─▶ lines ─▶ journal, which is the output file itself
               at most 2 × concurrency lines between reading and writing

Nothing here decides about an answer: `endpoints` asks `run_turn`, and what it says goes into the line.
"""

from agent.batch.items import Item, read_items
from agent.batch.run import Stopped
from agent.batch.summary import Summary

__all__ = ["Item", "Stopped", "Summary", "read_items"]
