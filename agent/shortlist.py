"""How likely each tool is meant: a fine-tuned encoder that reads the question and the quantities in it.

It narrows what the language model may choose from, and it routes alone when no language model answers.
Why a small trained encoder stands beside a language model: docs/decisions/0003-shortlist.md.
"""

from tools.conditions import ProcessConditions
from tools.encoder import ModelMissing, load_encoder
from tools.reading import read
from tools.result import ToolInputError

SURE, UNLIKELY = 0.75, 0.15  # from these probabilities on, a tool is meant, or is not offered


def probabilities(question: str) -> dict[str, float]:
    """Tool (or `small_talk`, `off_topic`) → probability that the question asks for it; {} if the encoder is not built."""
    try:
        encoder = load_encoder("router")
    except ModelMissing:
        return {}
    logits = encoder.run([question], [question_features(question)])[0]
    return {label: _sigmoid(float(x) / encoder.meta["temperature"]) for label, x in zip(encoder.meta["labels"], logits, strict=True)}


def question_features(question: str) -> list[float]:
    """The features of what the question states; a value that is not credible counts as stated."""
    stated = {}
    for name, value in read(question).values().items():
        try:
            stated[name] = getattr(ProcessConditions.of({name: value}), name)  # type: ignore[misc]
        except ToolInputError:
            continue
    return ProcessConditions(**stated).features()


def _sigmoid(x: float) -> float:
    from math import exp

    return 1 / (1 + exp(-x))
