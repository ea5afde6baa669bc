"""The first look at a question: size, characters, language, credible values. What fails here starts nothing else."""

import unicodedata

from agent.attached.files import bare, names
from agent.errors import BadInput
from agent.ground import check_stated
from tools.changes import blanked
from tools.handed_over import without
from tools.pasted_table import spelt_out
from tools.reading import read
from tools.registry import TOOLS
from tools.units import find_quantities

VOWELS = set("aeiouyàáâäãåæèéêëìíîïòóôöõøœùúûüýÿ")


def guard(question: str, limit: int = 4000) -> str:
    """The question, cleaned of surrounding space. Raises BadInput with one sentence."""
    text = question.strip()
    if not text:
        raise BadInput('The question is empty; ask something such as "Is 188 A, 21.4 V and 8 mm/s a sound bead?"')
    if len(text) > limit:
        raise BadInput(f"The question has {len(text):,} characters and the limit is {limit:,}; shorten it.")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") and c not in "\n\t\r" for c in text):
        raise BadInput("The question contains control characters; paste it again as plain text.")
    if not (readable(text) or names(text)):  # a long path is no word of any language, but says what is meant
        raise BadInput("I cannot read this as a question in any language; write it as a sentence, in English or Korean.")
    check_stated(read(blanked(spelt_out(bare(without(text, handed_over(text)))))))  # what is only added may be any amount
    return text


def handed_over(text: str) -> list[tuple[int, int]]:
    """Where quotations stand, and texts after the name of one: what they say is not the user's own settings."""
    return [span for tool in TOOLS.values() if tool.hands_over for span in tool.reads(text).spans]


def readable(text: str) -> bool:
    """Whether `text` could be language: it has quantities, or letters that mostly form pronounceable words.

    Only Latin words can be judged by their vowels; text in other scripts passes if it is mostly letters.
    """
    if find_quantities(spelt_out(text)):
        return True
    letters = [c for c in text if c.isalpha()]
    visible = [c for c in text if not c.isspace()]
    if len(letters) < 2 or len(letters) / len(visible) < 0.4:
        return False
    words = ["".join(c for c in word if c.isalpha()).lower() for word in text.split()]
    judged = [word for word in words if word and word.isascii()]
    odd = sum(len(word) for word in judged if not _pronounceable(word))
    return odd <= 0.5 * len(letters)


def _pronounceable(word: str) -> bool:
    """Short words (and abbreviations such as WFS) pass; long ones need vowels and no run of five consonants."""
    if len(word) <= 4:
        return True
    run = longest = 0
    for letter in word:
        run = 0 if letter in VOWELS else run + 1
        longest = max(longest, run)
    return longest < 5
