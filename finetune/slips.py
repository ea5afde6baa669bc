"""Slips of the keyboard: letters swapped, doubled or dropped, small letters, lost punctuation. Numbers and units stay as they are."""

import random
import re

SHARE = 0.16  # of the lessons with mistyped words
_WORD = re.compile(r"(?<![\w/°-])[A-Za-z]{6,}(?![\w/°-])")
_UNIT = re.compile(r"joule|metre|meter|gram|watt|hour|degree|minute|second|volt|ampere|stund", re.IGNORECASE)


def slipped(word: str, chance: random.Random) -> str:
    """The word with one slip, its first letter kept."""
    at = chance.randrange(1, len(word) - 1)
    kind = chance.choice(["swap", "double", "drop"])
    if kind == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at] * (2 if kind == "double" else 0) + word[at + 1 :]


def mistyped(text: str, chance: random.Random, most: int = 2) -> str:
    """Up to `most` words of `text` with a slip each; never one with a digit, or a unit."""
    words = [match for match in _WORD.finditer(text) if not _UNIT.search(match[0])]
    for match in sorted(chance.sample(words, min(len(words), chance.randint(1, most))), key=lambda each: -each.start()):
        text = text[: match.start()] + slipped(match[0], chance) + text[match.end() :]
    return text


def careless(text: str, chance: random.Random) -> str:
    """The end of a question as people leave it."""
    if chance.random() < 0.12:
        return text.rstrip("?.! ")
    return text.replace("?", chance.choice(["??", " ?"])) if chance.random() < 0.05 else text
