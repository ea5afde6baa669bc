"""What a question asks of `calculate_physics`, in its own words: given results and their limits, what is to be found, and what is missing.

Whether a question is for `calculate_physics` at all is decided elsewhere; this only reads what it says. English or Korean.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tools import vocabulary
from tools.amounts import Amount, Mention, Stated, amounts, mentions, settings_of
from tools.physics import solved
from tools.physics_problem import PRICES, TOTALS, Problem, problem_of
from tools.quantities import QUANTITIES
from tools.relations import relations
from tools.solve import NoSolution
from tools.units import Quantity, compatible

_RELATIONS = (*relations("interpass_temperature_c", prices=PRICES), *relations("preheat_temperature_c"))
RESULTS = tuple(dict.fromkeys(relation.target for relation in _RELATIONS))
SETTINGS = {  # that can be solved for, as a question asks for them; a bare `wire` or `plate` asks for nothing
    "travel_speed_mm_s": r"(?:travel(?:l?ing)?|torch|welding)\s+speed|(?<!wire\s)(?<!feed\s)speed(?!\s+ratio)|(?:이송|용접|주행)\s*속도",
    "current_a": r"current|amperage|amps|amperes|전류", "voltage_v": r"(?:arc\s+)?voltage|volts|전압",
    "wire_feed_speed_m_min": r"wire[\s-]*feed(?:ing)?(?:[\s-]*(?:speed|rate))?|WFS|feed\s+(?:speed|rate)|(?:와이어\s*)?송급\s*속도",
    "wire_diameter_mm": r"wire\s+(?:diameter|size)|와이어\s*(?:지름|직경)", "bead_length_mm": r"bead\s+length|비드\s*길이",
    "gas_flow_l_min": r"gas\s+flow(?:\s+rate)?|가스\s*유량", "interpass_temperature_c": r"inter-?\s?pass(?:\s+temperature)?|층간\s*온도",
    "preheat_temperature_c": r"pre-?\s?heat(?:ing)?(?:\s+temperature)?|예열(?:\s*온도)?", "plate_thickness_mm": r"plate\s+thickness|판\s*두께",
    "thermal_efficiency": r"(?:thermal|arc)\s+efficiency|열효율",
}  # fmt: skip
_HOW = {
    "travel_speed_mm_s": r"how\s+(?:fast|slow(?:ly)?|quick(?:ly)?)(?![^?.,]{0,12}\bcool)|얼마나\s*(?:빨리|빠르게|천천히)",
    "preheat_temperature_c": r"how\s+(?:much|hot|hard)[^?.,]{0,20}\bpre-?\s?heat",
    "plate_thickness_mm": r"how\s+thick(?![^?.,]{0,20}\b(?:layer|bead|wall)s?\b)",
    "current_a": r"how\s+many\s+amp(?:ere)?s",
    "voltage_v": r"how\s+many\s+volts",
}  # fmt: skip
_ASKING = (
    r"(?<![\w/])(?:which|what(?:'s|\s+is|\s+are|\s+would\s+be|\s+should\s+be)?|find|determine|solve(?:\s+for)?|give\s+me|tell\s+me|compute|calculate|work\s+out|"
    r"need|max(?:imum|\.)?|min(?:imum|\.)?|lowest|highest|slowest|fastest|least|greatest|required|necessary|right|allowed|permitted|어떤|어느|무슨|필요한)"
    r"(?:\s+(?:is|the|my|a|me|to|can|I|set|arc|allowed|permitted|required|necessary|least|minimum|maximum|lowest|highest|slowest|fastest|right|same))*\s+"
)
_ASKED_AFTER = (
    r"\s*(?:do|should|must|can|may|would|will)\s+(?:I|we|you|it)\b|\s+(?:is\s+|are\s+)?(?:needed|required|necessary|allowed)|"
    r"(?:은|는|이|가|을|를|로|으로)?\s*(?:얼마|몇|어느|어떻게)|(?:은|는)\s*\?"
)

_NO_WORD = re.compile(r"(?:은|는|이|가|을|를|의|인)?[^A-Za-z가-힣?.,;]*")  # between a name and its number: "이송 속도는 8 mm/s", "8 mm/s인 이송 속도"


@lru_cache(maxsize=512)
def stated(question: str) -> Stated:
    """Results, plate, preheat and prices that the question states, one bound for all that are limits, and what it asks to find.
    Raises ToolInputError for a stated value that is not credible."""
    found, unread = amounts(question)
    sought = asked(question, found)
    limits = sorted((amount for amount in found if amount.bound), key=lambda amount: sought not in inputs(amount.name))
    bound = limits[0].bound if limits else None
    kept = [amount for amount in found if amount.bound in (None, bound) and amount.name != sought]  # one call takes one sense of limit
    arguments: dict[str, Any] = {amount.name: amount.value for amount in kept}
    arguments |= {"bound": bound} if bound else {}
    arguments |= {"solve_for": sought} if sought else {}
    unread += [amount.text for amount in found if amount not in kept]
    notes = tuple(amount.note for amount in kept if amount.note)
    return Stated(arguments, frozenset(amount.start for amount in kept), tuple(unread), notes=notes)


def asked(question: str, found: list[Amount]) -> str | None:
    """The setting that the question asks for, or else the one result that it names without a number; None where that is not one."""
    plain = vocabulary.blank_names(question)
    reading = settings_of(question)
    numbers = [(q.start, q.end, q.unit) for q in reading.settings.values() if isinstance(q, Quantity)]
    numbers += [(amount.start, amount.end, "") for amount in found]  # which words have named: "deposition rate 500 cm3/h" tells it in any unit
    settings = [(match.start(), name) for name, pattern in _HOW.items() if (match := re.search(pattern, plain, re.IGNORECASE))]
    for name, pattern in SETTINGS.items():
        for match in re.finditer(rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])", plain, re.IGNORECASE):
            wanted = re.search(rf"{_ASKING}\Z", plain[: match.start()], re.I) or re.match(_ASKED_AFTER, plain[match.end() :], re.I)
            if wanted and not _numbered(plain, Mention(name, *match.span()), numbers):
                settings.append((match.start(), name))
    if settings:
        return min(settings)[1]
    numbered = {amount.name for amount in found}
    results = {m.name for m in mentions(question, RESULTS) if m.name not in numbered and not _numbered(plain, m, numbers)}
    if len(results) != 1:
        return None
    (result,) = results
    for words, of_plate in ((r"thick\s+plate", "t85_thick_s"), (r"thin\s+(?:plate|sheet)", "t85_thin_s")):
        if result == "t85_s" and "plate_thickness_mm" not in numbered and re.search(words, question, re.IGNORECASE):
            return of_plate
    return result


def _numbered(text: str, name: Mention, numbers: list[tuple[int, int, str]]) -> bool:
    """Whether the name leads straight to a stated number that can be its own, or follows on one. `numbers`: start, end and unit of each,
    which is left out where any would do."""
    own = [(start, end) for start, end, unit in numbers if not unit or compatible(unit, QUANTITIES[name.name].unit)]
    gaps = [(name.end, start) for start, _ in own] + [(end, name.start) for _, end in own]
    return any(0 <= to - at <= 4 and _NO_WORD.fullmatch(text[at:to]) for at, to in gaps)


def missing(arguments: Mapping[str, Any]) -> list[str]:
    """What `calculate_physics` would still need for these arguments, in canonical units; empty where it can answer or must refuse."""
    given = {name: float(value) for name, value in arguments.items() if name in QUANTITIES}
    names = {name: str(arguments[name]) for name in ("material", "process", "shielding_gas") if name in arguments}
    sought = arguments.get("solve_for")
    if sought in TOTALS and not any(name.startswith("price_") for name in given):
        return ["price_wire_per_kg"]
    problem = problem_of(given, names, sought)
    try:
        outcome = solved(problem, arguments.get("bound"))
    except NoSolution:
        return []
    only_limits = outcome.bound and set(given) <= set(RESULTS) and not outcome.targets
    if sought in outcome.values or (sought is None and outcome.reported and not only_limits):
        return []
    return _ordered(_needed(problem, outcome.values))


def _needed(problem: Problem, values: Mapping[str, float]) -> frozenset[str]:
    """The fewest quantities that let what is sought be found, or anything at all."""
    network, sought = problem.network, problem.sought
    targets = [name for name in problem.given if name in network.derived]
    stated = problem.constants | {name: value for name, value in problem.given.items() if name not in targets}
    if sought is None:
        wanted = targets or [name for name in RESULTS if name in network.derived]
        return min((network.needs(name, stated) for name in wanted), key=len)
    if sought in network.derived:
        return network.needs(sought, values)
    if targets:  # what a target would be made of, were the setting known; nothing where no target has to do with it
        return min((network.needs(name, stated | {sought: 1.0}) for name in targets if sought in inputs(name)), key=len, default=frozenset())
    options = network.missing_for(sought, values)
    usual = [option for option in options if {"heat_input_j_mm", "deposition_rate_kg_h", "t85_s"} & set(option)]  # what settings are chosen for
    return frozenset((usual or options or [()])[0])


def inputs(name: str) -> set[str]:
    """Every quantity that `name` is made of, however many formulas deep."""
    found: set[str] = set()
    wave = {name}
    while wave:
        wave = {source for relation in _RELATIONS if relation.target in wave for source in relation.inputs} - found
        found |= wave
    return found


def _ordered(names: frozenset[str]) -> list[str]:
    return [name for name in QUANTITIES if name in names]
