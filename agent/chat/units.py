"""In which units the tables of the chat show quantities. Everywhere else (the answer, `--json`, what tools receive) they stay canonical."""

import json
from pathlib import Path

from agent.errors import BadInput
from tools.columns import unit_spelt
from tools.fields import FIELDS, Field
from tools.quantities import QUANTITIES
from tools.result import Estimate
from tools.saying import said
from tools.units import compatible, convert

LISTED = (*FIELDS, "heat_input_j_mm", "bead_energy_kj", "deposition_rate_kg_h")
_SPELLINGS = (
    "A", "kA", "V", "mm/s", "cm/min", "mm/min", "m/min", "in/min", "mm", "cm", "in", "L/min", "cfh", "°C", "°F", "K", "J/mm", "kJ/mm", "kJ/cm",
    "kJ/in", "J", "kJ", "kWh", "kg/h", "g/min", "lb/h",
)  # fmt: skip


class Units:
    """What the user prefers, kept in a file from one session to the next."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
            self._preferred = {name: unit for name, unit in kept.items() if name in QUANTITIES and measures(QUANTITIES[name], str(unit))}
        except (OSError, ValueError, AttributeError):  # none kept yet, or no longer readable: the canonical ones
            self._preferred = {}

    def prefer(self, text: str) -> str:
        """`travel_speed cm/min`, or `travel_speed` alone for its own unit again; what is said to that. Raises BadInput."""
        words = text.split()
        for end in range(len(words), 0, -1):
            if field := named(" ".join(words[:end])):
                unit = " ".join(words[end:])
                break
        else:
            raise BadInput(f"There is no quantity {text[:40]!r}; /unit alone lists them.")
        if unit and not measures(field, unit):
            raise BadInput(f"{unit[:20]!r} does not measure {field.title}; it is understood in {', '.join(spellings(field))}.")
        self._preferred = {name: kept for name, kept in self._preferred.items() if name != field.name} | ({field.name: unit} if unit else {})
        self._file.write_text(json.dumps(self._preferred, ensure_ascii=False), encoding="utf-8")
        return f"Tables show {field.title} in {unit or field.display_unit}; the answer and what is saved keep {field.display_unit}."

    def of(self, field: Field) -> str:
        """The unit that the tables show it in."""
        return self._preferred.get(field.name, field.display_unit)

    def amount(self, name: str, value: object) -> str:
        """An argument of a tool as people read it: its title, its value and its unit."""
        field = QUANTITIES.get(name)
        if field is None or isinstance(value, bool) or not isinstance(value, int | float) or field.name not in self._preferred:
            return said(name, value)
        return f"{field.title} {convert(value, field.unit, _pint(self.of(field))):.4g} {self.of(field)}"

    def estimate(self, estimate: Estimate) -> Estimate:
        """The same estimate in the unit that is preferred for it."""
        field = named(estimate.name)
        number = isinstance(estimate.value, int | float) and not isinstance(estimate.value, bool)
        if field is None or field.name not in self._preferred or not number or not estimate.unit or not measures(field, estimate.unit):
            return estimate
        here, there = _pint(estimate.unit), _pint(self.of(field))
        value, *ends = (float(f"{convert(float(each), here, there):.4g}") for each in (estimate.value, *(estimate.interval or ())))
        return estimate.model_copy(update={"value": value, "unit": self.of(field), "interval": (ends[0], ends[1]) if ends else None})


def named(words: str) -> Field | None:
    """The quantity that somebody calls so: `travel_speed_mm_s`, `travel_speed`, `travel speed`."""
    name = "_".join(words.lower().split())
    if name in QUANTITIES:
        return QUANTITIES[name]
    return next((field for field in QUANTITIES.values() if field.title.lower().replace(" ", "_") == name), None)


def measures(field: Field, unit: str) -> bool:
    """Whether `unit`, as people spell it, is one of this quantity."""
    spelt = unit_spelt(unit)
    return spelt is not None and compatible(spelt, field.unit)


def spellings(field: Field) -> list[str]:
    """Usual units in which this quantity is understood."""
    return [unit for unit in _SPELLINGS if measures(field, unit)]


def _pint(unit: str) -> str:
    spelt = unit_spelt(unit)
    assert spelt is not None, unit
    return spelt
