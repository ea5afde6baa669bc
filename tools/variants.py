"""One experiment, changed in one place: a word of its text masked, a setting taken away, a setting a tenth up or down.

Makes what an explanation compares; knows nothing of what a model says to it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tools.conditions import QUESTION, ProcessConditions
from tools.encoder import Encoder
from tools.fields import FIELDS

MASKS = ("[MASK]", "<mask>")  # of BERT's and of RoBERTa's tokenizers
TOKENS = 2000  # of masked texts: what two cores read in about 200 ms; a longer text is masked by values
STEP = 0.1  # share of a setting's value
_EMPTY = frozenset(["the", "in", "this", "is", "of", "with", "used", "and", "material", "experiment", "not", "stated"])  # of the template
_WORD = re.compile(r"\S*[^\s.,?!;:]")  # without the punctuation after it
_VALUE = re.compile(r"(?<= is )[^\s,]+(?: (?!experiment)[^\s,]+)?(?=[.,])|(?<= in the )\S+(?= experiment is )|(?<=experiment is )[^.]+(?=\.)")


@dataclass(frozen=True)
class Masked:
    """A text with one stretch of it masked: `words` are what was there, with the word before where the text has them twice."""

    text: str
    words: str


@dataclass(frozen=True)
class Replaced:
    """An experiment with another value for `setting`; None where it was taken away."""

    conditions: ProcessConditions
    setting: str
    value: float | None


def mask_token(encoder: Encoder) -> str:
    """The token that stands for an unknown word; empty where the tokenizer has none, so that the word is left out."""
    return next((token for token in MASKS if encoder.body and encoder.body.tokenizer.token_to_id(token) is not None), "")


def masked(text: str, mask: str, tokens: int) -> list[Masked]:
    """The text with each whole word masked in turn that says something of this experiment, so not the closing question; where that
    makes more than TOKENS, as the text has `tokens`, with each value (`188 A`) instead."""
    words = [match.span() for match in _WORD.finditer(text.removesuffix(QUESTION)) if match[0].lower() not in _EMPTY]
    spans = words if len(words) * tokens <= TOKENS else [match.span() for match in _VALUE.finditer(text)]
    often = Counter(text[start:end] for start, end in spans)
    found = []
    for start, end in spans:
        before = text[:start].split()[-1:] if often[text[start:end]] > 1 else []
        found.append(Masked(f"{text[:start]}{mask}{text[end:]}", " ".join([*before, text[start:end]])))
    return found


def without(conditions: ProcessConditions, encoder: Encoder) -> Iterator[Replaced]:
    """Each stated setting taken away; one that every training record states is put at the middle of those records instead: their
    median, for a model that does not say it the middle of its training range (geometric, as these quantities act by ratios)."""
    meta = encoder.meta
    medians, ranges = meta.get("training_median", {}), meta["training_range"]
    for name in conditions.given():
        middle = None
        if name in ranges and name not in meta["optional"]:
            low, high = ranges[name]
            middle = float(f"{medians.get(name, (low * high) ** 0.5 if low > 0 else (low + high) / 2):.3g}")
        yield Replaced(conditions.model_copy(update={name: middle}), name, middle)


def nudged(conditions: ProcessConditions) -> Iterator[Replaced]:
    """Each stated quantity a tenth lower and a tenth higher, where that is credible and not the same."""
    for name, value in conditions.given().items():
        if name in FIELDS and isinstance(value, float) and value:
            for factor in (1 - STEP, 1 + STEP):
                changed = float(f"{value * factor:.12g}")
                if FIELDS[name].low <= changed <= FIELDS[name].high:
                    yield Replaced(conditions.model_copy(update={name: changed}), name, changed)
