"""How likely each tool is meant: a fine-tuned encoder that reads the question and the quantities in it.

It narrows what the language model may choose from, and it routes alone when no language model answers.
Why a small trained encoder stands beside a language model: docs/decisions/0003-shortlist.md.
"""

import math

from tools.conditions import ProcessConditions
from tools.encoder import ModelMissing, load_encoder

SURE, UNLIKELY = 0.6, 0.15  # from these probabilities on, a tool is meant, or is not offered


def probabilities(question: str) -> dict[str, float]:
    """Tool (or `small_talk`, `off_topic`) → probability that the question asks for it; {} if the encoder is not built."""
    try:
        encoder = load_encoder("router")
    except ModelMissing:
        return {}
    logits = encoder.run([question], [ProcessConditions.from_text(question, strict=False).features()])[0]
    # training records keep labels as the study writes them, capitalised
    return {label.lower(): _sigmoid(float(x) / encoder.meta["temperature"]) for label, x in zip(encoder.meta["labels"], logits, strict=True)}


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))
