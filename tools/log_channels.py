"""The signals of a monitoring log: their units, what their columns are called, and between which values they usually lie."""

from dataclasses import dataclass

import numpy as np

_AXIS = r"(?:robot |tcp |torch |pos(?:ition)? |act )*{}(?: pos(?:ition)?| coord(?:inate)?| axis)?"


@dataclass(frozen=True)
class Channel:
    """One signal. `usual`: between these, in `unit`, lies the middle of its values while the arc burns; `units`: in which it is logged;
    `name`: what its column is called where `tools.fields` has no label for it; `assumed`: its unit where none is stated."""

    unit: str
    units: tuple[str, ...] = ()
    usual: tuple[float, float] = (-np.inf, np.inf)
    name: str = r"(?!)"
    assumed: str | None = None


CHANNELS: dict[str, Channel] = {
    "current_a": Channel(
        "ampere", ("A", "kA", "mA"), (5, 1000),
        r"amps?|amperage|curr|i|i (?:arc|weld)|iarc|iweld|iw|strom(?:stärke)?|schwei(?:ß|ss)strom|courant|corriente|전류", "A"),
    "voltage_v": Channel(
        "volt", ("V", "mV"), (5, 60),
        r"volts?|u|v|u (?:arc|weld)|uarc|uweld|uw|varc|(?:schwei(?:ß|ss))?spannung|tension|전압", "V"),
    "wire_feed_speed_m_min": Channel(
        "meter/minute", ("m/min", "mm/s", "in/min", "cm/min", "mm/min"), (0.5, 25), r"wfs|wire speed|drahtvorschub|vd"),
    "travel_speed_mm_s": Channel(
        "millimeter/second", ("mm/s", "mm/min", "cm/min", "m/min", "in/min"), (1, 50),
        r"(?:robot |tcp |torch |travel |weld(?:ing)? |linear )?(?:speed|velocity)|schwei(?:ß|ss)geschwindigkeit|vs|ts|v"),
    "gas_flow_l_min": Channel(
        "liter/minute", ("L/min", "cubic feet/h"), (3, 60),
        r"(?:shielding |co2 |argon |weld )*(?:gas )?(?:flow|flow rate|gas)|gasfluss|gasmenge"),
    "x_mm": Channel("millimeter", ("mm", "m"), name=_AXIS.format("x"), assumed="mm"),
    "y_mm": Channel("millimeter", ("mm", "m"), name=_AXIS.format("y"), assumed="mm"),
    "z_mm": Channel("millimeter", ("mm", "m"), name=_AXIS.format("z"), assumed="mm"),
    "wire_consumed_m": Channel("meter", ("m", "mm", "in"), name=r"(?:wire |draht)(?:consumed|used|consumption|length|verbrauch)"),
    "arc_on": Channel(
        "", name=r"arc(?: is)?(?: on| active| state| status| established| detected| flag)?|weld on|welding(?: on| active)?|lichtbogen|current flow"),
    "layer": Channel("", name=r"layer(?: (?:no|nr|number|index|id))?|lage"),
    "time_s": Channel(
        "second", ("s", "ms", "us", "min"),
        name=r"(?:elapsed |rel(?:ative)? |abs(?:olute)? |log |unix |epoch )?(?:time(?:stamp)?|zeit)(?: elapsed| stamp)?|"
             r"t|datetime|date time|seconds|epoch|zeitstempel|시간"),
    "date": Channel("", name=r"date|datum|day"),
    "sample": Channel("", name=r"(?:sample|row|index|record|scan|no|nr|n|#|id)(?: (?:no|nr|number|index|id))?\.?"),
}  # fmt: skip
NEEDED = ("current_a", "voltage_v")
NO_UNIT = ("arc_on", "layer", "date", "sample", "time_s")  # time has one, which the reader of times finds out
