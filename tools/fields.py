"""The canonical quantities: their names, units, allowed ranges and what people call them.

This table is the only place where a quantity is declared; parsing, validation, tool schemas, the
encoders' numeric features and the questions back to the user all follow from it.
"""

from dataclasses import dataclass

from tools.result import ToolInputError


@dataclass(frozen=True)
class Field:
    """One canonical quantity.

    `unit` is a pint expression; `low` and `high` bound what is physically credible (both inclusive);
    `label` matches what people write near the number.
    """

    name: str
    title: str
    unit: str
    display_unit: str
    low: float
    high: float
    label: str
    unit_is_enough: bool = False  # a number in this unit needs no label
    label_is_enough: bool = False  # a labelled number needs no unit: amperes and volts go without saying

    def check(self, value: float) -> float:
        """`value` if it is credible; else ToolInputError that names the field and the allowed range."""
        if not self.low <= value <= self.high:
            raise ToolInputError(
                f"{self.title.capitalize()} ({self.name}) of {self.shown(value)} is outside the allowed range "
                f"{self.low:g} to {self.shown(self.high)}; please check the value and its unit."
            )
        return value

    def shown(self, value: float) -> str:
        """`value` with the display unit, which a ratio does not have."""
        return f"{value:g} {self.display_unit}".rstrip()


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("current_a", "current", "ampere", "A", 1, 1500,
              r"current|amperage|(?<![A-Za-z])I(?=\s*[=:])|전류", unit_is_enough=True, label_is_enough=True),
        Field("voltage_v", "voltage", "volt", "V", 1, 100,
              r"voltage|(?<![A-Za-z])(?:U|(?-i:V))(?=\s*[=:])|전압", unit_is_enough=True, label_is_enough=True),
        Field("travel_speed_mm_s", "travel speed", "millimeter/second", "mm/s", 0.1, 200,
              r"travel(?:l?ing)?(?:\s+speed)?|torch\s+speed|welding\s+speed|(?<![A-Za-z])(?:TS|(?-i:v))(?=\s*[=:])|moving|"
              r"이송\s*속도|용접\s*속도|주행\s*속도", unit_is_enough=True),
        Field("wire_feed_speed_m_min", "wire feed speed", "meter/minute", "m/min", 0.1, 50,
              r"wire[\s-]*feed(?:ing)?(?:[\s-]*(?:speed|rate))?|wire(?:\s+speed)?|feed(?:\s+(?:speed|rate))?|(?<![A-Za-z])WF[SR](?![A-Za-z])|"
              r"와이어\s*(?:송급|공급)(?:\s*속도)?|송급\s*속도"),
        Field("wire_diameter_mm", "wire diameter", "millimeter", "mm", 0.3, 6,
              r"(?:wire\s+)?diam(?:eter)?|(?:(?:mild\s+|stainless\s+)?(?:steel|alumini?um|titanium|nickel|solid|filler|welding)\s+)?wire|ø|⌀|와이어(?:\s*(?:지름|직경))?"),
        Field("ctwd_mm", "contact-tip-to-work distance", "millimeter", "mm", 1, 60,
              r"CTWD|contact[\s-]*tip(?:[\s-]*to[\s-]*work)?(?:[\s-]*distance)?|stand-?\s?off|stick-?\s?out"),
        Field("gas_flow_l_min", "gas flow", "liter/minute", "L/min", 0, 100,
              r"(?:gas\s+)?flow(?:\s+rate)?|가스\s*유량|유량", unit_is_enough=True),
        Field("interpass_temperature_c", "interpass temperature", "degree_Celsius", "°C", -50, 1200,
              r"inter-?\s?(?:pass|layer)(?:\s+temp(?:erature)?)?|층간\s*온도|패스\s*간\s*온도|between\s+(?:layers|passes)"),
        Field("bead_length_mm", "bead length", "millimeter", "mm", 1, 100_000,
              r"(?:bead|weld|track|seam|layer|wall)?\s*length|long|bead|seam|track|비드(?:\s*길이)?|길이"),
    )
}  # fmt: skip
