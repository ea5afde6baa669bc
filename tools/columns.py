"""Column names of data files read as quantities: `travel_speed_mm_min` or `Current (A)` → canonical field and unit.

Units are spelt as in `units`, quantities named as in `fields`; this module only knows how column names join the two.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from tools.fields import FIELDS
from tools.units import compatible, convert, find_quantities, registry

# Which reading of a quantity a column holds does not change what quantity it is; "std" or "range" would.
_QUALIFIERS = frozenset({"arc", "average", "avg", "mean", "measured", "nominal", "actual", "set", "target", "primary", "secondary", "weld"})
_VAGUE = frozenset({"bead", "seam", "track", "long", "wire", "flow", "비드"})  # labels in a sentence; alone in a column name they could be anything
_BRACKETS = re.compile(r"^(?P<name>.*?)\s*(?:\((?P<round>[^()]*)\)|\[(?P<square>[^\[\]]*)\])\s*$", re.DOTALL)
_SPELT = {"foot**3/hour": "cubic feet/h"}  # what pint prints for it, `units` does not read


def words(name: str) -> str:
    """A name's words, lower case and apart: `travelSpeed_mm` and `Travel-speed  mm` are both `travel speed mm`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", name)
    return " ".join(re.split(r"[\s_,;:-]+", apart.strip())).strip().lower()


@lru_cache(maxsize=4096)
def quantity(column: str) -> tuple[str, str] | None:
    """The canonical field (a key of `fields.FIELDS`) and the unit, readable by pint and by `units`, that a column name
    states: `wire_feed_speed_in_min` → (`wire_feed_speed_m_min`, `in/min`). Amperes and volts go without saying.
    None where the name states no process quantity."""
    column = column[:200]
    for name, unit_text in _splits(column):
        unit = unit_spelt(unit_text)
        field = field_named(name, unit) if unit else None
        if unit and field:
            return field, _SPELT.get(unit) or f"{registry().Unit(unit):~C}"
    field = field_named(column)
    return (field, FIELDS[field].display_unit) if field and FIELDS[field].label_is_enough else None


def canonical(column: str, value: float) -> tuple[str, float] | None:
    """The field and `value` in its canonical unit; None as for `quantity`. The credible range is not checked."""
    if (found := quantity(column)) is None:
        return None
    field, unit = found
    return field, convert(float(value), unit, FIELDS[field].unit)


def field_named(name: str, unit: str | None = None) -> str | None:
    """The field that the whole of `name` names, among those that `unit` (a pint unit) can measure."""
    spoken = words(name)
    kept = " ".join(word for word in spoken.split() if word not in _QUALIFIERS)
    for field in FIELDS.values():
        if unit is not None and not compatible(unit, field.unit):
            continue
        for text in (spoken, kept):
            match = re.match(field.label, f"{text} =", re.IGNORECASE)  # some labels are letters that only count before "="
            if text and text not in _VAGUE and (text == field.title or (match and match.end() == len(text))):
                return field.name
    return None


def _splits(column: str) -> Iterator[tuple[str, str]]:
    """(name, unit) pairs to try: what stands in brackets, else the last one to three words, the longest first."""
    if bracketed := _BRACKETS.match(column):
        yield bracketed["name"], bracketed["round"] or bracketed["square"] or ""
        return
    parts = [part for part in re.split(r"[\s_,;:]+", column.strip()) if part]
    for count in (3, 2, 1):
        if len(parts) > count:
            last = parts[-count:]
            yield " ".join(parts[:-count]), " ".join(last) if "per" in last or count == 1 else "/".join(last)


@lru_cache(maxsize=1024)
def unit_spelt(text: str) -> str | None:
    """The pint unit that `text` spells; lower case is tried too, as column names often have no capitals."""
    text = text.strip()
    for spelt in (text, text.upper(), text.lower()):
        for number in ("1 ", "1"):  # lower-case amperes and volts count only where they touch their number
            found = find_quantities(number + spelt)
            if len(found) == 1 and found[0].text == (number + spelt).strip() and spelt:
                return found[0].unit
    return None
