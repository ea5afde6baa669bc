"""The chat in the terminal. It reads, calls `run_turn` and shows; nothing here decides about answers.

loop         read until it is left
entry        the line that is typed: keys, history, completion        screen       what is printed, harmless to a terminal
session      one entry, and what is remembered until the next one     show         an answer: text, results, notes, footnotes
commands     what begins with a stroke                                progress     what is seen while a turn runs
stoppable    a turn that Ctrl-C can end                               trace        /why: how the last answer came about
drops        files that a terminal pastes by their path               units        /unit: the units of the tables
saving       /save: a conversation as a file                          pictures     plots where the terminal can show them
"""

from agent.chat.loop import chat, opened

__all__ = ["chat", "opened"]
