"""ProcessConditions: one experiment's settings in canonical units, checked, and as the text encoders read."""

import math
import re
from typing import Any, Self, TypedDict

from pydantic import BaseModel, ConfigDict, model_validator

from tools import vocabulary
from tools.fields import FIELDS, Field
from tools.reading import read
from tools.result import ToolInputError
from tools.units import find_quantities

QUESTION = "What is the expected result of the bead with these experiment parameters?"

FEATURES = 2 * len(FIELDS) + len(vocabulary.PROCESSES)  # length of ProcessConditions.features()


class Settings(TypedDict, total=False):
    """Keyword arguments of the process tools. Numbers are in the unit of the name; a string may carry
    any unit ("48 cm/min")."""

    current_a: float | str
    voltage_v: float | str
    travel_speed_mm_s: float | str
    wire_feed_speed_m_min: float | str
    wire_diameter_mm: float | str
    ctwd_mm: float | str
    gas_flow_l_min: float | str
    interpass_temperature_c: float | str
    bead_length_mm: float | str
    material: str
    process: str
    shielding_gas: str


class ProcessConditions(BaseModel):
    """Settings of one bead. Absent ones are None; present ones are inside the credible range of `fields`.

    `of` and `from_text` raise ToolInputError (a sentence naming the field and its range) for anything else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    current_a: float | None = None
    voltage_v: float | None = None
    travel_speed_mm_s: float | None = None
    wire_feed_speed_m_min: float | None = None
    wire_diameter_mm: float | None = None
    ctwd_mm: float | None = None
    gas_flow_l_min: float | None = None
    interpass_temperature_c: float | None = None
    bead_length_mm: float | None = None
    material: str | None = None
    process: str | None = None
    shielding_gas: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """From canonical numbers or strings with units. Raises ToolInputError with one sentence."""
        checked: dict[str, Any] = {}
        for name, value in settings.items():
            if value is None:
                continue
            if name in FIELDS:
                checked[name] = canonical(FIELDS[name], value)
            elif name in cls.model_fields:
                checked[name] = _name(name, value)
            else:
                raise ToolInputError(f"There is no setting called {name!r}; the settings are {', '.join(cls.model_fields)}.")
        return cls(**checked)

    @classmethod
    def from_text(cls, text: str, strict: bool = True) -> Self:
        """The settings that `text` states, in any usual unit; what it does not state is None.

        A value that is not credible raises ToolInputError; if not `strict` it is left out.
        """
        values = read(text).values()
        if not strict:
            values = {n: v for n, v in values.items() if isinstance(v, str) or FIELDS[n].low <= v <= FIELDS[n].high}
        return cls.of(Settings(**values))  # type: ignore[typeddict-item]

    def given(self) -> dict[str, float | str]:
        """Only what is stated, in canonical units."""
        return self.model_dump(exclude_none=True)

    def missing(self, required: tuple[str, ...]) -> list[str]:
        return [name for name in required if getattr(self, name) is None]

    def to_text(self, question: str = QUESTION, digits: int = 12) -> str:
        """The instruction text that the encoders are trained on; `from_text` reads it back to `digits` significant digits."""
        start = f"The material used in the {self.process or 'WAAM'} experiment is {self.material or 'not stated'}."
        if self.shielding_gas:
            start += f" The shielding gas is {self.shielding_gas}."
        parts = [
            f"the {field.title} is {value:.{digits}g} {field.display_unit}"
            for field in FIELDS.values()
            if (value := getattr(self, field.name)) is not None
        ]
        settings = f" In this experiment, {', '.join(parts)}." if parts else ""
        return f"{start}{settings} {question}"

    def features(self) -> list[float]:
        """The settings as numbers for a fused encoder, length FEATURES: log of each quantity (0 where absent),
        then 1 where it is present, then the process one-hot."""
        values = [getattr(self, name) for name in FIELDS]
        logs = [
            0.0 if value is None else math.log(max(value, 1.0) if name == "interpass_temperature_c" else max(value, 0.1))
            for name, value in zip(FIELDS, values, strict=True)
        ]
        present = [float(value is not None) for value in values]
        return logs + present + [float(self.process == name) for name in vocabulary.PROCESSES]

    @model_validator(mode="after")
    def _credible(self) -> Self:
        for name, field in FIELDS.items():
            if (value := getattr(self, name)) is not None:
                field.check(value)
        return self


def canonical(field: Field, value: object) -> float:
    """A number, or a text with any unit that fits, in the unit of `field` and inside its range; else ToolInputError."""
    name = field.name
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ToolInputError(f"{field.title.capitalize()} ({name}) must be a number or a text such as '{field.shown(10)}'.")
    try:
        number = value if isinstance(value, int) else float(value)
    except ValueError:
        text = str(value)
        quantities = [q for q in find_quantities(text) if q.measures(field.unit)]
        # another number beside it makes it a range or a fraction: "10-12 mm", "1/2 inch"
        if len(quantities) != 1 or re.search(r"\d", text[: quantities[0].start] + text[quantities[0].end :]):
            raise ToolInputError(
                f"I cannot read {field.title} ({name}) from {text[:40]!r}; write it as a number with a unit, such as '{field.shown(10)}'."
            ) from None
        number = quantities[0].to(field.unit)
    if not -1e300 < number < 1e300:  # nan and infinity too, and integers that no float holds
        raise ToolInputError(f"{field.title.capitalize()} ({name}) must be a finite number between {field.low:g} and {field.shown(field.high)}.")
    return field.check(float(number))


def _name(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 60:
        raise ToolInputError(f"{name.replace('_', ' ').capitalize()} must be a short text, such as '316L', 'GMAW' or '98Ar/2CO2'.")
    known = {"material": vocabulary.material, "process": vocabulary.process, "shielding_gas": vocabulary.shielding_gas}[name](value)
    if name == "process" and known is None:
        raise ToolInputError(f"Process must be one of {', '.join(vocabulary.PROCESSES)}, not {value[:40]!r}.")
    return known[0] if known else value.strip()
