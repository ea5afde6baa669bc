"""Numbers with units, as people write them, found in a text and converted by `pint`.

The tables below only say how units are spelt; `pint` knows what they mean. Knows nothing of welding.
"""

import re
from dataclasses import dataclass
from functools import cache

import pint

LENGTH = {
    r"mm|millimet(?:er|re)s?|밀리미터": "millimeter", r"cm|centimet(?:er|re)s?|센티미터": "centimeter",
    r"µm|μm|um|microns?": "micrometer", r"m|met(?:er|re)s?|미터": "meter", r"f(?:ee|oo)?t": "foot",
    r"in\.?(?!\s+(?:the|an?|my|our|this|that|argon|air|pure|GMAW|CMT|GTAW|PAW)\b)|inch(?:es)?|\"|″|인치": "inch",
}  # fmt: skip
TIME = {r"min(?:ute)?s?|분": "minute", r"s(?:ec(?:ond)?s?)?|초": "second", r"h(?:(?:ou)?rs?)?|시간": "hour"}
OTHER = {
    r"kA": "kiloampere", r"mA": "milliampere", r"A|[Aa]mp(?:ere|s|eres)?|AMPS?|암페어": "ampere",
    r"kV": "kilovolt", r"mV": "millivolt", r"V|[Vv]olts?|VOLTS?|볼트": "volt",
    r"MJ": "megajoule", r"kJ|킬로줄": "kilojoule", r"J|[Jj]oules?|줄": "joule",
    r"kWh": "kilowatt_hour", r"kW": "kilowatt", r"W|watts?": "watt",
    r"kg": "kilogram", r"g": "gram", r"lbs?": "pound", r"[lL]|lit(?:er|re)s?|리터": "liter", r"ft3|cubic\s+feet": "foot**3",
    r"°\s?C|℃|deg(?:rees?)?\.?\s*[cC](?:elsius)?|C|[cC]elsius|도": "degree_Celsius",
    r"°\s?F|℉|deg(?:rees?)?\.?\s*[fF](?:ahrenheit)?|F|[fF]ahrenheit": "degree_Fahrenheit", r"K|[kK]elvin": "kelvin",
    r"%|percent": "percent",
}  # fmt: skip
SHORTHAND = {
    r"[iI][pP][mM]": "inch/minute", r"ips": "inch/second", r"fpm": "foot/minute", r"cpm": "centimeter/minute",
    r"mpm": "meter/minute", r"lpm|LPM|slm": "liter/minute", r"[cC][fF][hH]": "foot**3/hour",
    r"mm\s?[·*]?\s?s(?:\^?[-−]1|⁻¹)": "millimeter/second", r"kJ\s?[·*]?\s?mm(?:\^?[-−]1|⁻¹)": "kilojoule/millimeter",
    r"mm(?:\^?2|²)": "millimeter**2", r"cm(?:\^?3|³)": "centimeter**3", r"m(?:\^?3|³)": "meter**3",
    r"m\s?[·*]?\s?min(?:\^?[-−]1|⁻¹)": "meter/minute", r"[lL]\s?[·*]?\s?min(?:\^?[-−]1|⁻¹)": "liter/minute",
}  # fmt: skip
ATOMS = SHORTHAND | LENGTH | TIME | OTHER
GLUED = {"a": "ampere", "v": "volt"}  # lower case counts only where it touches its number: "188a"
BEFORE = {"초당": "second", "분당": "minute"}  # Korean names the time first: "분당 48 cm"

NUMBER = r"(?:[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|(?<![\w.)])\.\d+)(?:[eE][-+]?\d+)?"
_ATOM = "|".join(ATOMS)
# "2 V-grooves": a letter that tells the shape of a joint is no unit, though "180 A-pulsed" is.
_SHAPED = r"-(?:grooves?|notch(?:es)?|bevels?|butts?|preps?|joints?|seams?|frames?|shaped?|types?)\b"
_COUNTED = r"(?<=(?<![\d.,])\d\s[VJK])\s(?:grooves?|notch(?:es)?|bevels?)\b"  # "2 V grooves", and not "22 V groove weld"
_LABELLED = r"[a-z]{4,}\s*[=:]?\s*\d"  # "117 A/voltage 30 V": the word labels the next number
_QUANTITY = re.compile(
    rf"(?:(?P<before>{'|'.join(BEFORE)})\s*)?(?<![A-Za-z_\d.])(?<!\d,)(?P<number>{NUMBER})"
    rf"(?:[\s-]?\s?(?P<top>{_ATOM})(?:\s?(?:/|\bper\b|\ban?\b|\beach\b|\bevery\b)\s?(?P<bottom>{_ATOM}))?"
    # A slash that goes on into a word may be a unit not known here; after A, V or a quotient a capital begins the next item.
    rf"(?![A-Za-z0-9]|-1(?!\d))(?!(?<=[\s\d-][AVJKWCF]){_SHAPED})(?!{_COUNTED})"
    rf"(?(bottom)(?!/[^\dA-Z])|(?:(?<=[AV])(?!/(?!{_LABELLED})[^\dA-Z])|(?<![AV])(?!/(?!\d))))|(?P<glued>[av])(?![^\W가-힣])(?!{_SHAPED}))"
)
# In any case where the exact spelling is not known ("0.6 KJ/MM"): only what no other case means, so neither mA (MA) nor MJ (mJ); a letter
# alone only in a quotient, but for "188 a" and "21 v" where no article can stand.
_ANY_TOP = r"kwh|kj|j|mm|cm|m|in(?:ch(?:es)?)?|ft3?|kg|g|lbs?|l"
_ANY_BOTTOM = r"mm|cm|m|in(?:ch)?|min(?:ute)?|s(?:ec(?:ond)?)?|h(?:(?:ou)?r)?|kg|lb"
_NO_NOUN = r"(?=\s*(?:[,;:?!)\d]|/\s*\d|\.(?:\s|\Z)|\Z|(?:and|or|to|at|with|is|are|in|on|when|if|from|for|gives?)\b))"
_LISTED = ("figure", "fig.", "table", "step", "layer", "weld", "sample", "specimen", "bead", "version", "no.")
_COUNTED = "".join(rf"(?<!\b{word} )" for word in _LISTED)  # "figure 3 a" is no current
_ANY_CASE = re.compile(
    rf"{_COUNTED}(?<![A-Za-z_\d.])(?<!\d,)(?P<number>{NUMBER})(?:[\s-]?\s?(?:(?P<top>{_ANY_TOP})(?:\s?/\s?|\s+per\s+)(?P<bottom>{_ANY_BOTTOM})|"
    rf"(?P<alone>mm|cm|kwh|kj|kw|kv|kg|amps?|volts?|°\s?[cf]))(?![A-Za-z\d/]|-1(?!\d))|\s(?P<glued>(?-i:[av])){_NO_NOUN})", re.IGNORECASE
)  # fmt: skip


@dataclass(frozen=True)
class Quantity:
    """A number with a unit: `text` as written, `value` in pint `unit`, and where it stands (`start`, `end`)."""

    text: str
    value: float
    unit: str
    start: int
    end: int

    def to(self, unit: str) -> float:
        """The value in `unit`, rounded to 12 significant digits so that 48 cm/min is exactly 8 mm/s."""
        return convert(self.value, self.unit, unit)

    def measures(self, unit: str) -> bool:
        """Whether this quantity can be expressed in `unit`."""
        return compatible(self.unit, unit)


@cache
def registry() -> pint.UnitRegistry:
    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


def convert(value: float, unit: str, target: str) -> float:
    """`value` from one pint unit to another, rounded to 12 significant digits."""
    return float(f"{registry().Quantity(value, unit).to(target).magnitude:.12g}")


@cache
def compatible(unit: str, other: str) -> bool:
    return registry().Unit(unit).is_compatible_with(registry().Unit(other))


def number(text: str) -> float:
    """`1,200` is twelve hundred; `21,4` is twenty-one point four, and `0,125` an eighth."""
    if re.match(r"[1-9]\d{0,2}(,\d{3})+(?!\d)", text):
        return float(text.replace(",", ""))
    return float(text.replace(",", "."))


def find_quantities(text: str) -> list[Quantity]:
    """Every number with a known unit in `text`, in order. A minus that touches the number belongs to it unless it
    joins two numbers (`180-220 A`, `180 A -220 A`); one apart from it is a dash (`- 180 A` in a list)."""
    exact = [(match, _unit(match)) for match in _QUANTITY.finditer(text)]
    taken = [match.span() for match, _ in exact]
    loose = [(match, _unit_in_any_case(match)) for match in _ANY_CASE.finditer(text)]
    loose = [each for each in loose if not any(start < each[0].end() and each[0].start() < end for start, end in taken)]
    found: list[Quantity] = []
    for match, unit in sorted(exact + loose, key=lambda each: each[0].start()):
        value, start = number(match["number"]), match.start("number")
        if _negative(text, start, found[-1].end if found else 0):
            value, start = -value, start - 1
        found.append(Quantity(text[start : match.end()].strip(), value, unit, start, match.end()))
    return found


def _negative(text: str, start: int, previous: int) -> bool:
    """Whether a minus sign touches the number at `start`; the quantity before it ends at `previous`."""
    if not re.search(r"(?:^|[\s(=:,])[-−]\Z", text[max(0, start - 2) : start]):
        return False
    between = text[previous : start - 1]
    return not re.search(r"\d\s*\Z", between) and bool(between.strip() or not previous)


def _unit(match: re.Match[str]) -> str:
    if match["glued"]:
        return GLUED[match["glued"]]
    bottom = _atom(match["bottom"]) if match["bottom"] else BEFORE.get(match["before"] or "")
    top = _atom(match["top"])
    return f"{top}/{bottom}" if bottom and "/" not in top else top


def _unit_in_any_case(match: re.Match[str]) -> str:
    if match["glued"]:
        return GLUED[match["glued"].lower()]
    return _atom(match["alone"], True) if match["alone"] else f"{_atom(match['top'], True)}/{_atom(match['bottom'], True)}"


@cache
def _atom(text: str, any_case: bool = False) -> str:
    return next(unit for pattern, unit in ATOMS.items() if re.fullmatch(pattern, text, re.IGNORECASE if any_case else 0))
