"""Every quantity of `calculate_physics`: the settings of `fields` and what follows from them, with units and allowed ranges.

Prices have no currency: a cost comes out in the currency of the prices it is made of.
"""

import re

from tools.conditions import canonical
from tools.fields import FIELDS, Field
from tools.result import ToolInputError
from tools.units import NUMBER, convert, number

MONEY = "currency units"
# What may follow the stroke of a price ("12 EUR/kg"), as pint knows it.
_PER = {"g": "gram", "kg": "kilogram", "t": "tonne", "lb": "pound", "l": "liter", "m3": "meter**3", "m³": "meter**3", "h": "hour", "min": "minute"}
_PRICE = re.compile(rf"\s*[€$£¥₩]?\s*(?P<number>{NUMBER})\s*(?:[A-Za-z]{{3}}|[€$£¥₩])?\s*(?:(?:/|per\b)\s*(?P<per>\w+))?\s*")

QUANTITIES: dict[str, Field] = FIELDS | {
    field.name: field
    for field in (
        # settings beyond those of a bead
        Field("thermal_efficiency", "thermal efficiency k", "dimensionless", "", 0.1, 1,
              r"(?:thermal|arc|process)\s+efficiency(?:\s+k)?|(?<![A-Za-z])k(?![A-Za-z])(?:[\s-]*(?:value|factor))?|열효율(?:\s*계수)?"),
        Field("density_kg_m3", "density", "kilogram/meter**3", "kg/m³", 500, 25_000, r"density|밀도"),
        Field("plate_thickness_mm", "plate thickness", "millimeter", "mm", 0.3, 1000,
              r"(?:base\s*)?plate(?:\s+thickness)?|substrate(?:\s+thickness)?|(?<!wire\s)(?<!wall\s)(?<!layer\s)(?<!bead\s)thick(?:ness)?|"
              r"(?:모재|판|기판)\s*두께|모재|기판|두께"),
        Field("preheat_temperature_c", "preheat temperature", "degree_Celsius", "°C", -50, 1200,
              r"pre-?\s?heat(?:ed|ing)?(?:\s+temp(?:erature)?)?|예열(?:\s*온도)?"),
        Field("shape_factor", "shape factor F", "dimensionless", "", 0.3, 1, r"shape\s+factor(?:\s+F)?"),
        Field("price_wire_per_kg", "price of the wire", "1/kilogram", "per kg", 1e-3, 1e7,
              r"wire(?:\s+(?:price|costs?))?|price\s+of\s+the\s+wire|filler|와이어"),
        Field("price_gas_per_m3", "price of the gas", "1/meter**3", "per m³", 1e-3, 1e7, r"gas(?:\s+(?:price|costs?))?|price\s+of\s+the\s+gas|가스"),
        Field("price_hour", "price of an hour", "1/hour", "per h", 1e-3, 1e7, r"hourly\s+rate|price\s+of\s+an\s+hour|machine|labou?r|operator"),
        # heat
        Field("arc_power_kw", "arc power", "kilowatt", "kW", 1e-3, 150, r"(?:arc\s+)?power|kW|(?:아크\s*)?(?:전력|출력|파워)", unit_is_enough=True),
        Field("arc_energy_j_mm", "arc energy", "joule/millimeter", "J/mm", 0.1, 1e6, r"arc\s+energy|아크\s*에너지"),
        Field("heat_input_j_mm", "heat input", "joule/millimeter", "J/mm", 0.1, 1e6,
              r"heat[\s-]*input|(?<![A-Za-z])HI(?![A-Za-z])|입열량?|열\s*입력", unit_is_enough=True),
        Field("bead_time_s", "arc time of the bead", "second", "s", 1e-3, 1e7,
              r"(?:arc|arc-on|welding)\s+time(?:\s+(?:of|for|per)\s+(?:the|a|one|each)\s+bead)?|how\s+long\s+(?:does|will)\s+(?:the\s+arc|it)\s+\w+|(?:아크|용접)\s*시간"),
        Field("bead_energy_kj", "arc energy of the bead", "kilojoule", "kJ", 1e-4, 1e8,
              r"(?:(?:arc|total|bead)\s+)?energy(?:\s+(?:of|for|per)\s+(?:the|a|one|each)\s+bead)?|에너지", unit_is_enough=True),
        # cooling
        Field("t85_s", "cooling time t8/5", "second", "s", 1e-3, 1e6,
              r"cooling\s+time(?:\s*\(?(?:Δ|delta\s*)?t\s?8/5\)?)?|t\s?8/5|t85|cools?\s+(?:down\s+)?(?:from|between)\s+800|냉각\s*시간"),
        Field("t85_thick_s", "cooling time t8/5 of a thick plate", "second", "s", 1e-3, 1e6, r"t\s?8/5\s+of\s+a\s+thick\s+plate"),
        Field("t85_thin_s", "cooling time t8/5 of a thin plate", "second", "s", 1e-6, 1e9, r"t\s?8/5\s+of\s+a\s+thin\s+plate"),
        Field("transition_thickness_mm", "transition thickness", "millimeter", "mm", 0.01, 1e4, r"transition\s+thickness|천이\s*두께"),
        # metal
        Field("wire_to_travel_ratio", "ratio of wire feed to travel speed", "dimensionless", "", 1e-3, 1e5,
              r"(?:WFS|wire(?:[\s-]*feed)?(?:\s+speed)?)\s*(?:/|[\s-]*to[\s-]*)\s*(?:TS|travel(?:\s+speed)?)(?:\s+ratio)?|"
              r"(?:speed\s+)?ratio(?:\s+of\s+wire\s+feed(?:\s+speed)?\s+to\s+travel(?:\s+speed)?)?|속도\s*비|비율"),
        Field("bead_area_mm2", "bead cross-section", "millimeter**2", "mm²", 1e-3, 1e6,
              r"(?:bead\s+)?(?:cross[\s-]*section(?:al\s+area)?|area)|단면적?", unit_is_enough=True),
        Field("deposition_rate_cm3_h", "deposition rate by volume", "centimeter**3/hour", "cm³/h", 0.1, 1e6,
              r"(?:volume(?:tric)?\s+)?deposition\s+rate(?:\s+by\s+volume)?|volume\s+rate|build\s+rate|체적\s*용착\s*속도"),
        Field("deposition_rate_kg_h", "deposition rate", "kilogram/hour", "kg/h", 1e-3, 5000,
              r"deposition\s+rate|(?:kg|kilos|kilograms?)(?:/|\s+per\s+|\s+an\s+)(?:h|hour)|용착\s*(?:속도|률|량)|시간당\s*몇\s*kg",
              unit_is_enough=True),
        Field("bead_mass_g", "mass of the bead", "gram", "g", 1e-4, 1e9,
              r"(?:bead\s+)?(?:mass|weight)(?:\s+(?:of|per)\s+(?:the|a|one|each)\s+bead)?|질량|무게"),
        Field("energy_per_kg_kwh", "electrical energy per kilogram", "kilowatt_hour/kilogram", "kWh/kg", 1e-4, 1e6,
              r"(?:(?:electrical|specific|arc)\s+)?energy\s+per\s+(?:kilogram|kilo|kg)|specific\s+energy|kWh\s*(?:/|per)\s*(?:kilogram|kilo|kg)",
              unit_is_enough=True),
        # consumption and cost
        Field("bead_gas_l", "gas for the bead", "liter", "L", 1e-6, 1e9,
              r"(?:shielding\s+)?gas\s+(?:for\s+(?:the|a|one|each)\s+bead|consumption|use)|how\s+much\s+(?:shielding\s+)?(?:gas|argon)|가스\s*(?:소모량|사용량)"),
        Field("wire_cost_per_bead", "wire cost of the bead", "dimensionless", MONEY, 1e-9, 1e12,
              r"wire\s+cost\s+(?:of|for|per)\s+(?:the|a|one|each)?\s*bead|how\s+expensive\s+is\s+the\s+wire"),
        Field("gas_cost_per_bead", "gas cost of the bead", "dimensionless", MONEY, 1e-9, 1e12,
              r"gas\s+cost\s+(?:of|for|per)\s+(?:the|a|one|each)?\s*bead"),
        Field("time_cost_per_bead", "arc time cost of the bead", "dimensionless", MONEY, 1e-9, 1e12, r"arc\s+time\s+cost\s+of\s+the\s+bead"),
        Field("cost_per_bead", "cost of the bead", "dimensionless", MONEY, 1e-9, 1e12,
              r"costs?\s+(?:of|for|per)\s+(?:(?:the|a|one|each|this)\s+)?bead|bead\s+costs?|does\s+(?:the|a|one|each|this)\s+bead\s+cost|비드\s*(?:당\s*|하나의\s*|한\s*개의\s*)?비용"),
        Field("gas_cost_per_kg", "gas cost per kilogram", "1/kilogram", f"{MONEY}/kg", 1e-9, 1e12, r"gas\s+costs?\s+per\s+(?:kilogram|kilo|kg)"),
        Field("time_cost_per_kg", "arc time cost per kilogram", "1/kilogram", f"{MONEY}/kg", 1e-9, 1e12,
              r"arc\s+time\s+costs?\s+per\s+(?:kilogram|kilo|kg)"),
        Field("cost_per_kg", "cost per kilogram", "1/kilogram", f"{MONEY}/kg", 1e-9, 1e12,
              r"(?:costs?|price)\s+(?:per|of\s+a|of\s+one|for\s+a)\s+(?:deposited\s+)?(?:kilogram|kilo|kg)|"
              r"(?:kilogram|kilo|kg)\s+(?:of\s+deposit\s+)?costs?|kg\s*당\s*비용"),
    )
}  # fmt: skip


def read_quantity(name: str, value: object) -> float:
    """`value` of the quantity `name` in its canonical unit: a number, or a text with a unit ("0.6 kJ/mm", "12 EUR/kg").

    Raises ToolInputError for anything that cannot be read or is outside the allowed range.
    """
    field = QUANTITIES[name]
    if name.startswith("price_") and isinstance(value, str) and (price := _PRICE.fullmatch(value)):
        per = _PER.get((price["per"] or "").lower()) if price["per"] else field.unit.removeprefix("1/")
        try:
            return field.check(convert(number(price["number"]), f"1/{per}", field.unit))
        except (ArithmeticError, AttributeError, TypeError):  # pint's: no such unit, or one of another kind
            raise ToolInputError(f"I cannot read {field.title} ({name}) from {value[:40]!r}; write it as '{field.shown(10)}'.") from None
    return canonical(field, value)
