"""A running text cut into sentences, and sentences at the words that set two statements against each other. No model, no meaning."""

import re

from tools.result import ToolInputError

_HANGUL = re.compile("[가-힣]")
LIMIT = 20_000  # characters of a text that are read: some ten pages
WORDS = 30  # of a sentence; a longer one is cut at a comma, or where it must
_ABBREVIATED = "".join(rf"(?<!\b{short})" for short in ("no", "nr", "ca", "approx", "e\\.g", "i\\.e", "min", "max", "temp", "dr", "mr", "fig"))
_END = re.compile(
    rf"(?<=[!?。！？])\s*(?=\S)|{_ABBREVIATED}(?<!\s)\.\s+(?=\S)|[;\n]+|\s[-–•*]\s+(?=[A-Z])"
    r"|,?\s+(?=(?:but|although|though|however|whereas|yet|while)\b)|(?<=지만)\s+|\s+(?=(?:하지만|그러나)(?:\s|$))",
    re.IGNORECASE,
)


def clean(text: object, name: str) -> str:
    """`text` with everything unprintable but ends of lines as a space. Raises ToolInputError, which calls it `name`, for what is no text,
    for one without a letter or digit and for one of more than LIMIT characters."""
    if not isinstance(text, str):
        raise ToolInputError(f"The {name} must be a text, not {type(text).__name__}.")
    if len(text) > LIMIT:
        raise ToolInputError(f"The {name} has {len(text)} characters; give at most {LIMIT}, such as one part at a time.")
    kept = "".join(c if c.isprintable() else "\n" if c in "\n\r\v\f\u2028\u2029\x85" else " " for c in text)
    if not any(c.isalnum() for c in kept):
        raise ToolInputError(f"The {name} is empty; give at least one word.")
    return "\n".join(" ".join(line.split()) for line in kept.split("\n"))


def sentences(text: str) -> list[str]:
    """The sentences of a cleaned text in order, each of at most WORDS words and with something to read in it."""
    found = [part.strip(" \n.,") for part in _END.split(text) if part]
    return [piece for part in found for piece in _short(part.split()) if any(c.isalnum() for c in piece)]


def beginning(text: str) -> str:
    """No more of a text than its beginning, 60 characters, for a message that names it."""
    return text if len(text) <= 60 else f"{text[:59]}…"


def _short(words: list[str]) -> list[str]:
    found = []
    while len(words) > WORDS:
        at = next((i for i in range(WORDS, WORDS // 2, -1) if words[i - 1].endswith(",")), WORDS)
        found.append(" ".join(words[:at]).rstrip(","))
        words = words[at:]
    return [*found, " ".join(words)]


def korean(text: str) -> bool:
    """Whether a text has a letter of Korean in it."""
    return bool(_HANGUL.search(text))


def latin(text: str) -> bool:
    """Whether at least half of a text's letters are Latin, which encoders of English know; so it is where there are none."""
    letters = [c for c in text if c.isalpha()]
    return sum(c < "\u0250" for c in letters) >= 0.5 * len(letters)
