"""What a question asks of `recommend_settings`, in its own words: bounds, defects to avoid, a probability, what may change and what must stay.

Whether a question asks for a recommendation at all is decided elsewhere; this only reads what it says. English or Korean.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tools import anomaly, vocabulary
from tools.amounts import Amount, Stated, amounts
from tools.explanation_question import ANY_DEFECT, defects_named
from tools.fields import FIELDS
from tools.limits import bound_of
from tools.physics_question import SETTINGS, asked
from tools.units import NUMBER
from tools.wishes import NEEDED_FOR_RATE

_BOUNDS = {  # quantity and sense of its limit → argument; a rate that is named without one is a wish for at least that
    ("heat_input_j_mm", "max"): "heat_input_max_j_mm", ("heat_input_j_mm", "min"): "heat_input_min_j_mm",
    ("deposition_rate_kg_h", "min"): "deposition_rate_min_kg_h", ("deposition_rate_kg_h", None): "deposition_rate_min_kg_h",
}  # fmt: skip
_SURE = r"probab\w*|chance|likel\w*|sure|certain\w*|confiden\w*|확률"
_SHARE = re.compile(r"(?<![\d.,])(?P<number>\d+(?:[.,]\d+)?)\s?(?P<percent>%|percent|퍼센트)|"
                    rf"(?<![\d.,\w])(?P<share>0?[.,]\d+)(?=\s*(?:{_SURE}|[.,;?)]|\Z))", re.IGNORECASE)  # fmt: skip
_CHANGE = (
    r"(?:only|just|solely)(?:\s+\w+){0,2}|chang(?:e|ing)|adjust(?:ing)?|tun(?:e|ing)|vary(?:ing)?|alter(?:ing)?|play(?:ing)?\s+with|turn(?:ing)?|"
    r"(?:lower|rais|increas|decreas|reduc)(?:e|ing)?|touch(?:ing)?|modify(?:ing)?|move|moving"
)
_KEEP = r"keep(?:ing)?|hold(?:ing)?|fix(?:ed|ing)?|leav(?:e|ing)|(?:without|not|n't|cannot|never|don't)\s+(?:\w+\s+){0,2}(?:" + _CHANGE + r")"
_LIST = r"(?:\s*(?:,|/|&|\band\b|\bor\b|와|과|및)\s*(?:the\s+|my\s+)?)"
_STAYS = (
    r"\s*(?:as\s+(?:it|they)\s+(?:is|are)|fixed|constant|unchanged|untouched)|\s+(?:must|should|has\s+to|have\s+to|needs\s+to)\s+(?:stay|remain)|"
    r"\s+(?:stays?|remains?|is\s+(?:fixed|given|set))\b|\s+(?:cannot|can't|may\s+not|must\s+not)\b|"
    r"(?:은|는|을|를)?\s*(?:그대로|유지|고정|바꾸지|변경하지|바꿀\s*수\s*없)"
)
_MAY = r"\s+(?:may|can)\s+(?:change|vary|move|be\s+\w+)|(?:와|과|을|를|만|은|는)*\s*(?:바꿔|바꾸면|바꿀|조정|조절|변경)"


@lru_cache(maxsize=512)
def stated(question: str) -> Stated:
    """Arguments of `recommend_settings` that the question states. Raises ToolInputError for a stated value that is not credible."""
    found, unread = amounts(question)
    arguments: dict[str, Any] = {}
    places, notes = set(), list[str]()
    for amount in found:
        if name := _BOUNDS.get((amount.name, amount.bound)):
            arguments[name] = amount.value
            places.add(amount.start)
            notes += [amount.note] if amount.note else []
        else:
            unread.append(amount.text)
    arguments |= _defects(question) | _probabilities(question) | _changes(question, found)
    return Stated(arguments, frozenset(places), tuple(unread), notes=tuple(notes))


def missing(arguments: Mapping[str, Any]) -> list[str]:
    """What the models need, and the wire where a deposition rate is asked for."""
    needed = anomaly.REQUIRED + (NEEDED_FOR_RATE if "deposition_rate_min_kg_h" in arguments else ())
    return [name for name in needed if name not in arguments]


def _defects(question: str) -> dict[str, str]:
    """The defects that the question names: who asks what to change does not want them."""
    if named := defects_named(question):
        return {"avoid_defects": ", ".join(named)}
    unwanted = rf"\b(?:no|any|all|without|avoid|free\s+of)\s+(?:\w+\s+)?(?:{ANY_DEFECT})|\b(?:defect|flaw)[\s-]*free\b|결함\s*없"
    wide = re.search(unwanted, question, re.IGNORECASE)
    return {"avoid_defects": "any"} if wide else {}


def _probabilities(question: str) -> dict[str, float]:
    """Shares and percentages that a word ties to a probability: of defects where one is named before it, else of a sound bead."""
    found: dict[str, float] = {}
    for match in _SHARE.finditer(question):
        before, after = question[max(0, match.start() - 45) : match.start()], question[match.end() :][:25]
        if not re.search(rf"(?:{_SURE})", f"{before} {after}", re.IGNORECASE):
            continue
        number = float((match["number"] or match["share"]).replace(",", ".")) / (100 if match["percent"] else 1)
        of_defects = defects_named(f"{before} {after}") or re.search(rf"(?:{ANY_DEFECT})", f"{before} {after}", re.IGNORECASE)
        bound = bound_of(before, after)
        if of_defects and bound == "max":
            found["defect_probability"] = number
        elif bound != "max" and not (of_defects and bound is None):
            found["sound_probability"] = number
    return found


def _changes(question: str, found: list[Amount]) -> dict[str, str]:
    """Which settings may change and which must stay, as far as the question says."""
    allow, keep = list[str](), list[str]()
    for names, start, end in _groups(vocabulary.blank_names(question)):
        before, after = question[:start], re.sub(rf"^\s*(?:of|at)?\s*{NUMBER}\s?[^\s,;.]+", "", question[end:])
        if re.search(rf"(?:{_KEEP})\s+(?:(?:the|my|our|its)\s+)?\Z", before, re.IGNORECASE) or re.match(_STAYS, after, re.IGNORECASE):
            keep += names
        elif re.match(_MAY, after, re.IGNORECASE):
            allow += names
        elif re.search(rf"(?<![A-Za-z])(?:{_CHANGE})\s+(?:(?:the|my|our|its)\s+)?\Z", before, re.IGNORECASE) and after == question[end:]:
            allow += names  # "modify current 200 A, 22 V" lists what there is
    if not allow and (sought := asked(question, found)) in FIELDS:
        allow = [str(sought)]
    lists = {"allow": [name for name in allow if name not in keep], "keep": keep}
    return {argument: ", ".join(dict.fromkeys(names)) for argument, names in lists.items() if names}


def _groups(text: str) -> list[tuple[list[str], int, int]]:
    """Settings that the text names, with those listed together in one group, and where each group stands."""
    spots = sorted(
        (match.start(), match.end(), name)
        for name, words in SETTINGS.items()
        if name in FIELDS
        for match in re.finditer(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])", text, re.IGNORECASE)
    )
    groups: list[tuple[list[str], int, int]] = []
    for start, end, name in spots:
        if groups and re.fullmatch(_LIST, text[groups[-1][2] : start]):
            groups[-1] = ([*groups[-1][0], name], groups[-1][1], end)
        elif not groups or start >= groups[-1][2]:
            groups.append(([name], start, end))
    return groups
