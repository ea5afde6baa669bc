"""How likely each tool is meant: a fine-tuned encoder that reads the question and the quantities in it.

It narrows what the language model may choose from, and it routes alone when no language model answers.
Why a small trained encoder stands beside a language model: docs/decisions/0003-shortlist.md.
"""

from tools.encoder import ModelMissing, load_encoder

SURE, UNLIKELY = 0.6, 0.15  # from these probabilities on, a tool is meant, or is not offered


def probabilities(question: str) -> dict[str, float]:
    """Tool (or `small_talk`, `off_topic`) → probability that the question asks for it; {} if the encoder is not built."""
    try:
        encoder = load_encoder("router")
    except ModelMissing:
        return {}
    # training records keep labels as the study writes them, capitalised
    return {label.lower(): p for label, p in encoder.probabilities(encoder.read([question])[0]).items()}
