"""Which note a message hands over, in its own words: quoted, after a colon, or what is left without the request. English or Korean."""

import re
from collections.abc import Mapping
from typing import Any

from tools.amounts import Stated
from tools.handed_over import Names, parts, remainder

_NOUN = (
    r"(?<![A-Za-z])(?:(?:shift|operator'?s?|inspection|handover|weld(?:ing)?|production)[\s-]+)?"
    r"(?:notes?|remarks?|reports?|log\s*(?:book|entry|entries)?|comments?|observations?|handovers?|protocol|memo|message)(?![A-Za-z])"
    r"|(?:교대|작업|현장|검사|용접)?\s*(?:일지|메모|노트|보고서?|기록|비고|소견|인수인계|코멘트)"
)
_OTHERS = (  # what is handed over for grading beside a note
    r"(?P<reference>(?<![A-Za-z])(?:(?:model|reference|correct)\s+answer|reference)(?![A-Za-z])|모범\s*답안|정답)"
    r"|(?P<answer>(?<![A-Za-z])answers?(?![A-Za-z])|답변|답안)|(?P<question>(?<![A-Za-z])question(?![A-Za-z])|질문)"
)
_NAMES = Names(
    re.compile(rf"(?P<note>{_NOUN})|(?P<this>(?<![A-Za-z])(?:this|following|below)(?![A-Za-z])|다음)|{_OTHERS}", re.IGNORECASE),
    far=60,
)
_OF_A_REQUEST = re.compile(_NOUN, re.IGNORECASE)


def stated(message: str) -> Stated:
    """`note`: of what is quoted or stands after a colon, those that are called a note, or else all; or the message without its request.
    Only a quotation and what stands after a name of a note and a colon is surely somebody's note rather than the user's own words."""
    found = parts(message, _NAMES)
    found = [part for part in found if part.name in ("note", "this")] or [part for part in found if not part.name] or found
    if any(part.name == "reference" for part in found):  # all is for grading
        return Stated()
    guessed = frozenset() if any(part.name == "note" for part in found) else frozenset({"note"})
    if not found and (rest := remainder(message, _OF_A_REQUEST)):
        found = [rest]
    if not found:
        return Stated()
    spans = tuple((part.start, part.end) for part in found if part.quoted or part.name == "note")
    return Stated({"note": "\n".join(part.text for part in found)}, spans=spans, guessed=guessed)


def missing(arguments: Mapping[str, Any]) -> list[str]:
    """The note, if it is not among `arguments`."""
    return [] if arguments.get("note") else ["note"]
