"""Two texts compared clause by clause: what of the one the other says, says wrongly or leaves out.

Whether two clauses speak of the same matter is for the vectors of a sentence encoder to decide; numbers and units are compared
exactly, and statements turned round by their words (`lexical.contradicted`). Knows nothing of grades.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np

from tools.lexical import contradicted, terms
from tools.units import NUMBER, find_quantities, number, registry
from tools.vocabulary import blank_names

SAME = 0.62  # cosine from which on two clauses speak of the same matter (docs/tools/grade_answer.md says how it was chosen)
LARGEST = 1e30  # a number beyond it is none
NEAR = 0.005  # relative difference of numbers that are equal: 0.5 kJ/mm and 500 J/mm are, 0.50 and 0.51 are not
FEWEST = 4  # words of a clause; a shorter fragment, such as an item of a list, belongs to the one before
SHARES = ("found", "wrong", "likeness", "numbers_found", "numbers_wrong", "extra")
_CUT = re.compile(r"(?<=[.!?])\s+|;\s*|\n+|,\s+(?!\d)|\s+(?=(?:but|while|whereas|whereby|however|so that)\b)|(?<=지만)\s+", re.IGNORECASE)
_JOINT = re.compile(r"\s*(?:to|and|or|,|-|–|~|/)\s*")  # between two numbers that share a unit
_BARE = re.compile(rf"(?<![\w.,/])(?<![A-Za-z]-)(?P<sign>(?<!\d)[-−]?)(?P<number>{NUMBER})(?![\w]|[.,/]\d)")
Embed = Callable[[Sequence[str]], np.ndarray]  # texts → vectors [texts, size]


@dataclass(frozen=True)
class Match:
    """A clause of the reference with the clause of the answer that is most like it, by the cosine of their vectors. `fault` says what is
    wrong there, empty where nothing is."""

    reference: str
    answer: str
    likeness: float
    fault: str = ""


@dataclass(frozen=True)
class Comparison:
    """`right`: clauses of the reference that the answer says; `wrong`: those that it contradicts; `missing`: those that it does not speak
    of, each with what comes nearest; `extra`: clauses of the answer about none of them. `shares` are the same as numbers, by SHARES."""

    right: list[Match]
    wrong: list[Match]
    missing: list[Match]
    extra: list[str]
    shares: dict[str, float]


def clauses(text: str) -> list[str]:
    """The clauses of a text in order; a fragment of fewer than FEWEST words stays with the clause before it."""
    found: list[str] = []
    for part in (piece.strip(" \n,.;:!?") for piece in _CUT.split(text) if piece):
        if not any(c.isalnum() for c in part):
            continue
        if found and min(len(part.split()), len(found[-1].split())) < FEWEST:
            found[-1] = f"{found[-1]}, {part}"
        else:
            found.append(part)
    return found


def compare(reference: str, answer: str, embed: Embed) -> Comparison:
    """What of `reference` is right, wrong and missing in `answer`, and what the answer says beside it."""
    wanted, given = clauses(reference), clauses(answer)
    if not wanted or not given:
        return Comparison([], [], [Match(c, "", 0.0) for c in wanted], given, _shares([], [], wanted, given, given, answer, reference))
    spans = [*given, *(f"{a}, {b}" for a, b in pairwise(given))]  # a clause of the reference may take two of the answer
    vectors = embed([*wanted, *given])
    asked, told = vectors[: len(wanted)], vectors[len(wanted) :]
    size = np.array([[len(clause)] for clause in given])
    told = np.vstack([told, told[:-1] * size[:-1] + told[1:] * size[1:]])  # mean-pooled vectors: that of two is nearly their mean by length
    likeness = np.clip(_unit(asked) @ _unit(told).T, 0, 1)
    best = likeness.argmax(axis=1)
    matches = [
        Match(c, spans[j], round(float(likeness[i, j]), 4), _fault(c, spans[j], reference, answer))
        for i, (c, j) in enumerate(zip(wanted, best, strict=True))
    ]
    near = [m for m in matches if m.likeness >= SAME]
    spoken = likeness[:, : len(given)].max(axis=0) >= SAME
    used = {part for m in near for part in given if part in m.answer}
    extra = [c for c, about in zip(given, spoken, strict=True) if not about and c not in used]
    return Comparison(
        [m for m in near if not m.fault],
        [m for m in near if m.fault],
        [m for m in matches if m.likeness < SAME],
        extra,
        _shares(matches, near, wanted, given, extra, answer, reference),
    )


def numbers_stand(said: str, text: str) -> bool:
    """Whether each quantity and each bare number of `said` stands in `text`, units converted."""
    return all(any(_equal(a, b) for b in _numbers(text)) for a in _numbers(said))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))


def _shares(
    matches: Sequence[Match], near: Sequence[Match], wanted: Sequence[str], given: Sequence[str], extra: Sequence[str], answer: str, reference: str
) -> dict[str, float]:
    weight = {c: float(len(terms(c))) or 1.0 for c in (*wanted, *given)}
    whole, said = sum(weight[c] for c in wanted) or 1.0, sum(weight[c] for c in given) or 1.0
    asked, told = _numbers(reference), _numbers(answer)
    values = (
        sum(weight[m.reference] for m in near if not m.fault) / whole,
        sum(weight[m.reference] for m in near if m.fault) / whole,
        sum(weight[m.reference] * m.likeness for m in matches) / whole,
        sum(any(_equal(a, b) for b in told) for a in asked) / len(asked) if asked else 1.0,
        sum(not any(_equal(a, b) for b in asked) for a in told) / len(told) if told else 0.0,
        sum(weight[c] for c in extra) / said,
    )
    return dict(zip(SHARES, values, strict=True))


def _fault(wanted: str, given: str, reference: str, answer: str) -> str:
    """What is wrong in `given` as a rendering of `wanted`: another number, or the opposite; empty where it is right as far as it goes."""
    asked, told, known = _numbers(wanted), _numbers(given), _numbers(reference)
    absent = [a for a in asked if not any(_equal(a, b) for b in _numbers(answer))]
    foreign = [b for b in told if not any(_equal(a, b) for a in known)]
    for a in absent:
        for b in foreign:
            if a.unit == b.unit:
                return f"says {b.text} where the reference says {a.text}"
    return "says the opposite" if contradicted(wanted.lower(), given.lower()) else ""


@dataclass(frozen=True)
class _Number:
    text: str
    value: float
    unit: str  # empty for a bare number


@lru_cache(maxsize=4096)
def _numbers(text: str) -> tuple[_Number, ...]:
    """The quantities of a text and its bare numbers; in `120, 150 and 180 mm/min` all three are speeds."""
    found, blank = [], blank_names(text)  # ER70S-6 and Ti-6Al-4V are names
    units: dict[int, tuple[str, str]] = {}  # of what begins here: in pint's words and as written
    for quantity in find_quantities(blank):
        found.append(_quantity(quantity.text, quantity.value, quantity.unit))
        units[quantity.start] = quantity.unit, quantity.text.lstrip("0123456789.,+-− ")
        blank = f"{blank[: quantity.start]}{' ' * (quantity.end - quantity.start)}{blank[quantity.end :]}"
    for match in reversed(list(_BARE.finditer(blank))):
        value = -number(match["number"]) if match["sign"] else number(match["number"])
        joint = _JOINT.match(text, match.end())
        unit = units.get(joint.end()) if joint else None
        if unit is not None:
            units[match.start()] = unit
        found.append(_Number(match[0], value, "") if unit is None else _quantity(f"{match[0]} {unit[1]}", value, unit[0]))
    return tuple(each for each in found if abs(each.value) < LARGEST)


def _quantity(text: str, value: float, unit: str) -> _Number:
    """In base units; a temperature in °C, where one half of a percent means what it should."""
    base = registry().Unit(_base(unit))
    converted = float(registry().Quantity(value, unit).to("degree_Celsius" if base == registry().Unit("kelvin") else base).magnitude)
    return _Number(text, converted, str(base))


@cache
def _base(unit: str) -> str:
    return str(registry().Quantity(1.0, unit).to_base_units().units)


def _equal(a: _Number, b: _Number) -> bool:
    return a.unit == b.unit and abs(a.value - b.value) <= NEAR * max(abs(a.value), abs(b.value))
