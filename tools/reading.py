"""What a text states about welding settings: canonical fields, with the words that state them.

Units say most of it; where a unit fits several quantities (a speed, a length) the words next to the
number decide, and where they do not, nothing is assumed. Knows nothing of conversations or models.
"""

import re
from dataclasses import dataclass, field

from tools import vocabulary
from tools.fields import FIELDS, Field
from tools.units import NUMBER, Quantity, find_quantities, number

SAME = 0.01  # "8 mm/s (48 cm/min)" and "0.315 in/s" say one thing
REACH = 40  # characters next to a number in which its label may stand
_CONNECTOR = r"[\s:=~≈(]*(?:(?:is|was|of|at|to|set|being|about|around|approx\.?|ca\.?|은|는|이|가|을|를)[\s:=~≈(]+)*"
_TO = r"\s?(?:-|–|to|~)\s?"
_ITS_WIRE = re.compile(r"^\s*(?:\w+\s+)?wire(?!\s*(?:feed|speed))", re.IGNORECASE)  # "1.2 mm steel wire at 8 mm/s" says nothing of a wire feed
_SYMBOL = r"(?:I|U|V|v|TS)"
_ITEM = (
    rf"(?:I[ \t]+{NUMBER}(?:[ \t]?(?:A|a|[Aa]mps?)(?![A-Za-z]))?|[UV][ \t]+{NUMBER}(?:[ \t]?(?:V|v|[Vv]olts?)(?![A-Za-z]))?|"
    rf"(?:v|TS)[ \t]+{NUMBER}(?:[ \t]?(?:[A-Za-z]+\s?/\s?[a-z]+|[a-z]pm|ips))?)(?![A-Za-z\d]|\.\d)"
)
_ITEMS = re.compile(
    rf"(?<![\w/-])(?<!\d[ \t])(?:{_ITEM})(?P<more>(?:\s{{0,9}}(?:[,;|*•-]|and\b)?\s{{0,9}}{_ITEM})+)?(?P<ends>[ \t]{{0,9}}(?:[,;|.?!)\n]|and\b|\Z))?"
)
_OPENS = re.compile(r"(?:\A|[\n,;:|(•]|(?:\A|\n)[ \t]*[*-])[ \t]*\Z")  # a line or an item of a list
_LOW_END = re.compile(rf"(?:between\s+{NUMBER}\s+and\s+|{NUMBER}{_TO})$")


@dataclass(frozen=True)
class Reading:
    """What a text states.

    `settings`: field → the quantity (or, for material, process and gas, the canonical name).
    `ranges`: fields for which the text gives a range instead of one value, with the words.
    `several`: fields that are given more than one value, with the words of each.
    `without_unit`: fields that are named with a number but no unit we know, with the words.
    `loose`: quantities that no word ties to a field, with the fields they could be.
    `others`: quantities of other kinds, such as a heat input.
    """

    settings: dict[str, Quantity | str] = field(default_factory=dict)
    ranges: dict[str, str] = field(default_factory=dict)
    several: dict[str, list[str]] = field(default_factory=dict)
    without_unit: dict[str, str] = field(default_factory=dict)
    loose: list[tuple[Quantity, tuple[str, ...]]] = field(default_factory=list)
    others: list[Quantity] = field(default_factory=list)

    def values(self) -> dict[str, float | str]:
        """The settings in canonical units."""
        return {n: q.to(FIELDS[n].unit) if isinstance(q, Quantity) else q for n, q in self.settings.items()}


def read(text: str) -> Reading:
    """Read the settings stated in `text`. Values are not checked for credibility here."""
    reading = Reading()
    for name, find in (("material", vocabulary.material), ("process", vocabulary.process), ("shielding_gas", vocabulary.shielding_gas)):
        if found := find(text):
            reading.settings[name] = found[0]
    plain = _with_signs(vocabulary.blank_names(text))
    quantities = find_quantities(plain)
    unlabelled: list[tuple[Quantity, list[Field]]] = []
    for index, quantity in enumerate(quantities):
        candidates = [f for f in FIELDS.values() if quantity.measures(f.unit)]
        before = plain[max(quantities[index - 1].end if index else 0, quantity.start - REACH) : quantity.start]
        if index and quantities[index - 1].measures(FIELDS["wire_diameter_mm"].unit):
            before = _ITS_WIRE.sub("", before)
        after = plain[quantity.end : (quantities[index + 1].start if index + 1 < len(quantities) else len(plain))][:REACH]
        words = _range_words(plain, quantity, quantities[index - 1] if index else None)
        label_before = _LOW_END.sub("", before)  # "wire feed 6-8 m/min": the label stands before the low end
        named = next((f for f in candidates if _labels(f, label_before, after, last=index + 1 == len(quantities))), None)
        if not candidates:
            reading.others.append(quantity)
        elif words:
            low_end = next((n for n, q in reading.settings.items() if q is quantities[index - 1]), None)  # a label stood before it
            name = named.name if named else low_end or candidates[0].name
            reading.ranges[name] = words
            reading.settings.pop(name, None)
            unlabelled = [(q, fields) for q, fields in unlabelled if q is not quantities[index - 1] or q.text not in words]
        elif named:
            _state(reading, named, quantity)
        else:
            unlabelled.append((quantity, candidates))
    for quantity, candidates in unlabelled:
        free = [f for f in candidates if f.name not in reading.settings and f.name not in reading.several]
        if known := next((f for f in candidates if _again(f, len(candidates) == 1, quantity, reading)), None):
            _state(reading, known, quantity)
            continue
        chosen = next((f for f in free if f.unit_is_enough and (len(candidates) == 1 or quantity.to(f.unit) <= _usual_top(f))), None)
        if chosen:
            reading.settings[chosen.name] = quantity
        else:
            reading.loose.append((quantity, tuple(f.name for f in free or candidates)))
    _read_bare_numbers(plain, quantities, reading)
    return reading


def _with_signs(text: str) -> str:
    """`text` with `I 176` as `I=176`, same length, where it is a line or an item of a list, or another such follows ("I 200 U 24")."""

    def signed(match: re.Match[str]) -> str:
        listed = match["more"] or (match["ends"] is not None and _OPENS.search(text[: match.start()]))
        return re.sub(rf"(?<![\w/])({_SYMBOL})[ \t](?=[ \t]*[\d.])", r"\1=", match[0]) if listed else match[0]

    return _ITEMS.sub(signed, text)


def _again(field: Field, only: bool, quantity: Quantity, reading: Reading) -> bool:
    """Whether an unlabelled quantity speaks of a field that has a value already: nothing else is possible ("180 A or 220 A"),
    it is the same value ("8 mm/s (48 cm/min)"), or it is in the same unit ("8 mm/s or 12 mm/s")."""
    if not only and quantity.to(field.unit) > _usual_top(field):
        return False
    if field.name in reading.several:
        return only
    first = reading.settings.get(field.name)
    return field.unit_is_enough and isinstance(first, Quantity) and (only or first.unit == quantity.unit or _close(field, first, quantity))


def _close(field: Field, one: Quantity, other: Quantity) -> bool:
    return abs(one.to(field.unit) - other.to(field.unit)) <= SAME * abs(one.to(field.unit))


def _state(reading: Reading, field: Field, quantity: Quantity) -> None:
    """Take `quantity` for `field`. The same value said again is one value; another one leaves the field open, with both kept."""
    first = reading.settings.get(field.name)
    if field.name in reading.several:
        if quantity.text not in reading.several[field.name]:
            reading.several[field.name].append(quantity.text)
    elif isinstance(first, Quantity) and not _close(field, first, quantity):
        reading.several[field.name] = [first.text, quantity.text]
        del reading.settings[field.name]
    else:
        reading.settings[field.name] = quantity


def _usual_top(field: Field) -> float:
    """Above this an unlabelled value is not taken for `field`: 9 m/min is a wire feed, not a travel speed."""
    return 60.0 if field.name == "travel_speed_mm_s" else field.high


def _labels(field: Field, before: str, after: str, last: bool) -> bool:
    """Whether the words right before or right after a number name `field`."""
    if re.search(rf"(?:{field.label}){_CONNECTOR}$", before, re.IGNORECASE):
        return True
    found = re.match(rf"\s*(?:of\s+)?(?:{field.label})(?![A-Za-z])", after, re.IGNORECASE)
    # "7 mm/s wire feed 6 m/min": a label that leads straight to the next number belongs to that one.
    whole = last or field.name == "wire_diameter_mm"  # after millimetres no wire feed is meant
    return found is not None and (whole or not re.fullmatch(_CONNECTOR, after[found.end() :]) or len(after) == REACH)


def _range_words(text: str, quantity: Quantity, previous: Quantity | None) -> str:
    """The words of a range that ends at `quantity` ("180-220 A", "180 A to 220 A"), else an empty string."""
    if low := _LOW_END.search(text[: quantity.start]):
        return low.group(0) + quantity.text
    if previous and previous.measures(quantity.unit) and re.fullmatch(_TO, text[previous.end : quantity.start]):
        return text[previous.start : quantity.end]
    return ""


def _read_bare_numbers(text: str, quantities: list[Quantity], reading: Reading) -> None:
    """Labelled numbers without a known unit: amperes and volts go without saying, others do not."""
    taken = [(q.start, q.end) for q in quantities]
    for field_ in FIELDS.values():
        if field_.name in reading.settings or field_.name in reading.ranges or field_.name in reading.several:
            continue
        pattern = rf"(?:{field_.label}){_CONNECTOR}(?P<number>[-−]?{NUMBER})(?P<unit>[ \t]?[A-Za-z°/%]*)"
        for match in re.finditer(pattern, text, re.IGNORECASE):
            start = match.start("number")
            if any(a <= start < b or a <= match.end("number") <= b for a, b in taken) or re.search(r"[\w.]$", text[:start][-1:]):
                continue
            unit = match["unit"].strip()
            glued = bool(unit) and not match["unit"].startswith(" ")
            if field_.label_is_enough and not glued and "/" not in unit:
                if upper := re.match(rf"{_TO}{NUMBER}(?![\w/])", text[match.end("number") :]):
                    reading.ranges[field_.name] = match["number"] + upper.group(0)
                    break
                value = number(match["number"].lstrip("-−")) * (-1 if match["number"][0] in "-−" else 1)
                _state(reading, field_, Quantity(match["number"], value, field_.unit, start, match.end("number")))
                continue
            elif field_.name not in ("wire_diameter_mm", "bead_length_mm"):
                reading.without_unit[field_.name] = text[start : match.end()].strip()
            break
