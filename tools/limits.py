"""Whether the words beside a number make it an upper or a lower limit, in English or Korean."""

import re
from typing import Literal

Bound = Literal["max", "min"]
UPPER = (
    r"under|below|less\s+than|lower\s+than|at\s+(?:the\s+)?most|up\s+to|within|max(?:imum|\.)?|limit(?:ed)?(?:\s+(?:to|of|is))?|cap(?:ped)?(?:\s+(?:at|of))?|"
    r"ceiling(?:\s+of)?|<=?|≤|or\s+(?:less|lower|below)|이하|미만|이내|최대|넘지\s*않"
)
LOWER = (
    r"over|above|more\s+than|higher\s+than|greater\s+than|at\s+least|exceed(?:s|ing)?|beyond|min(?:imum|\.)?|>=?|≥|or\s+(?:more|higher|above|better)|"
    r"이상|초과|최소|넘는|넘게"
)
_BOUND = re.compile(
    rf"(?P<no>(?:\bno|\bnot|n't|\bnever|\bwithout)\s+(?:\w+\s+){{0,2}}?)?(?<![A-Za-z])(?:(?P<max>{UPPER})|(?P<min>{LOWER}))(?![A-Za-z])",
    re.IGNORECASE,
)


def bound_of(before: str, after: str) -> Bound | None:
    """The last word of a limit before the number, or else the first right after it; a denial turns it round."""
    match = next(iter([*_BOUND.finditer(before)][-1:]), None) or _BOUND.search(re.split(r"[,;?]|\band\b", after)[0])
    if match is None:
        return None
    return "max" if bool(match["max"]) != bool(match["no"]) else "min"
