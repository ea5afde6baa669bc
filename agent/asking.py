"""Asking for a text that a tool needs, and knowing later that it was asked for. Every such question is one of a few sentences."""

from collections.abc import Sequence
from itertools import combinations

from agent.state import Message

TEXTS = {"note": "note", "answer": "answer to be graded", "reference": "reference that it is graded against"}  # argument → how it is asked for


def texts(names: Sequence[str]) -> str:
    """One sentence that asks for these texts and says how to hand them over."""
    marked = " and ".join(f"`{name}:`" for name in names)
    titles = " and the ".join(TEXTS[name] for name in names)
    return f"What {'is' if len(names) == 1 else 'are'} the {titles}, {'each ' if len(names) > 1 else ''}in quotation marks or after {marked}?"


_ASKED = {texts(names): names for count in range(1, len(TEXTS) + 1) for names in combinations(TEXTS, count)}


def asked_for(history: Sequence[Message]) -> tuple[str, ...]:
    """The texts that the last answer of the conversation asked for, alone or after settings or results."""
    said = history[-1]["content"].rstrip() if history and history[-1]["role"] == "assistant" else ""
    return next((names for sentence, names in _ASKED.items() if said.endswith(sentence)), ())


def alone(history: Sequence[Message]) -> bool:
    """Whether the last answer asked for texts and nothing else."""
    return bool(history) and history[-1]["content"].strip() in _ASKED
