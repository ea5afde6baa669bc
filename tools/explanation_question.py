"""Which prediction a question wants explained, in its own words, and what that prediction still needs. English or Korean.

Whether a question wants an explanation at all is decided elsewhere; this only reads what it says.
"""

import re
from collections.abc import Mapping
from typing import Any

from tools.amounts import Stated, mentions
from tools.outcome import REQUIRED

DEFECTS = {  # as the process models call them
    "Balling": r"ball(?:s|ed|ing)?(?:\s+up)?|볼링", "Bead cut": r"bead\s+cuts?|비드\s*(?:컷|절단|끊김)",
    "Discontinuity": r"discontinu\w*|불연속", "Humping": r"hump(?:s|ed|ing|y)?|험핑",
    "Lack of fusion": r"lack\s+of\s+fusion|LOF|(?:융합|용융)\s*불량",
}  # fmt: skip
ANY_DEFECT = r"defects?|flaws?|imperfections?|결함"
_SOUND = r"(?:ab)?normal(?:ly)?|sound(?:ness)?|정상|비정상"


def stated(question: str) -> Stated:
    """`target` and `defect`, from the first prediction that the question names; neither where it names none or soundness."""
    amounts = {"heat_input_j_mm": "heat_input", "bead_energy_kj": "energy"}
    named: list[tuple[int, dict[str, str]]] = [(mention.start, {"target": amounts[mention.name]}) for mention in mentions(question, amounts)]
    named += [(place.start(), {"target": "defects", "defect": name}) for name, place in defects_named(question).items()]
    for words, target in ((_SOUND, dict[str, str]()), (ANY_DEFECT, {"target": "defects"})):
        if found := re.search(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])", question, re.IGNORECASE):
            named.append((found.start(), target))
    return Stated(min(named, key=lambda each: each[0])[1] if named else {})


def missing(arguments: Mapping[str, Any]) -> list[str]:
    """The settings that the prediction needs and that are not among `arguments`."""
    return [name for name in REQUIRED.get(str(arguments.get("target", "anomaly")), ()) if name not in arguments]


def defects_named(text: str) -> dict[str, re.Match[str]]:
    """Defect → where `text` first names it."""
    found = {name: re.search(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])", text, re.IGNORECASE) for name, words in DEFECTS.items()}
    return {name: match for name, match in found.items() if match}
