"""Settings as many people write them, in named parts, so that it is known which words of a question state which quantity.

finetune/routing.py has its own, plainer writer for the shortlist encoder, whose recipe must not change with this one.
"""

import random
from collections.abc import Collection, Sequence

Part = tuple[str, str]  # what it states ("current", "material" ...) and the words that state it

PROCESS_SETTINGS = ("current", "voltage", "speed")
_FORMS: dict[str, list[str]] = {
    "current": ["{} A", "{}A", "{} A", "{}A", "{} amps", "I = {} A", "current {} A", "{} amperes", "I={}A", "I: {} A", "current of {} A"],
    "voltage": ["{} V", "{}V", "{} V", "{}V", "{} volts", "U = {} V", "voltage {} V", "{} volt", "U={}V", "U: {} V", "voltage of {} V"],
    "wire_feed": ["WFS {} m/min", "{} m/min wire feed", "wire feed {} m/min", "wire feed speed {} m/min", "WFS={} m/min"],
    "gas_flow": ["{} L/min gas", "gas flow {} L/min", "{} l/min argon"],
    "interpass": ["interpass {} °C", "interpass temperature {} °C", "{} °C interpass"],
    "distance": ["CTWD {} mm", "stick-out {} mm"],
}
_LOCAL: dict[str, dict[str, list[str]]] = {
    "ko": {"current": ["전류 {} A", "{} 암페어", "{}A"], "voltage": ["전압 {} V", "{} 볼트", "{}V"], "wire_feed": ["송급 속도 {} m/min"]},
    "de": {"current": ["Strom {} A", "{} Ampere", "{} A"], "voltage": ["Spannung {} V", "{} Volt", "{} V"], "wire_feed": ["Drahtvorschub {} m/min"]},
}  # fmt: skip
_SPEEDS: list[tuple[str, float, int]] = [  # form, from mm/s, decimals
    ("{} mm/s", 1, 0), ("{}mm/s", 1, 0), ("{} mm/s", 1, 1), ("{} cm/min", 6, 0), ("{} cm/min", 6, 0), ("{} mm/min", 60, 0), ("{} in/min", 2.3622, 0),
    ("{} ipm", 2.3622, 0), ("travel speed {} mm/s", 1, 1), ("v = {} mm/s", 1, 0), ("v={} mm/s", 1, 1), ("{} m/min travel", 0.06, 2),
    ("{} mm per second", 1, 0), ("travel {} cm/min", 6, 0), ("v: {} mm/s", 1, 0), ("TS {} mm/s", 1, 0),
]  # fmt: skip
_LOCAL_SPEEDS: dict[str, list[tuple[str, float, int]]] = {
    "ko": [("이송 속도 {} mm/s", 1, 0), ("{}mm/s", 1, 0), ("{} cm/min", 6, 0), ("속도 {} mm/s", 1, 1)],
    "de": [("Schweißgeschwindigkeit {} mm/s", 1, 0), ("{} cm/min", 6, 0), ("{} mm/s", 1, 1)],
}
_NAMES = {
    "material": ["316L", "308L", "ER70S-6", "mild steel", "Inconel 625", "ER4043", "Ti-6Al-4V", "stainless steel", "aluminium", "304L", "ER5356",
                 "Inconel 718", "duplex", "titanium", "ER2319", "carbon steel"],
    "process": ["GMAW", "CMT", "TIG", "MIG", "GTAW", "plasma", "MAG", "cold metal transfer"],
}  # fmt: skip
_RANGES = {"wire_feed": (2.0, 14.0, 1), "gas_flow": (8, 25, 0), "interpass": (50, 350, 0), "distance": (8, 22, 0)}


def part(name: str, chance: random.Random, language: str = "en", plain: bool = False) -> Part:
    """One quantity in words; `plain` without a label of its own where it can go without."""
    if name in _NAMES:
        return name, chance.choice(_NAMES[name])
    if name == "speed":
        speeds = _SPEEDS + 4 * _LOCAL_SPEEDS.get(language, [])
        form, factor, decimals = chance.choice([each for each in speeds if each[0][0] == "{"] if plain else speeds)
        return name, form.format(f"{max(chance.uniform(2, 25) * factor, 0.1):.{decimals}f}")
    forms = _FORMS[name] + 3 * _LOCAL.get(language, {}).get(name, [])
    if plain:
        forms = [form for form in forms if form.startswith("{")] or forms
    if name == "current":
        value = str(chance.randint(70, 320))
    elif name == "voltage":
        value = f"{round(chance.uniform(12, 32), chance.choice([0, 1])):g}"
    else:
        low, high, decimals = _RANGES[name]
        value = f"{chance.uniform(low, high):.{decimals}f}"
    if language == "de" and chance.random() < 0.4:
        value = value.replace(".", ",")
    return name, chance.choice(forms).format(value)


def settings(chance: random.Random, language: str = "en", without: Collection[str] = (), more: bool = True) -> list[Part]:
    """Current, voltage and travel speed but for those in `without`, in any order; with `more`, other settings and names beside them."""
    if language == "en" and chance.random() < 0.04:  # by their symbols alone, as on a machine's display
        bare = {"current": f"I={chance.randint(70, 320)}", "voltage": f"U={chance.randint(12, 32)}", "speed": f"v={chance.randint(2, 25)}"}
        return [(name, text) for name, text in bare.items() if name not in without] or [part("material", chance)]
    plain = chance.random() < 0.55
    found = [part(name, chance, language, plain) for name in PROCESS_SETTINGS if name not in without]
    if chance.random() < 0.3:
        chance.shuffle(found)
    for name in ("wire_feed", "gas_flow", "interpass", "distance"):
        if more and chance.random() < (0.25 if name == "wire_feed" else 0.04):
            found.append(part(name, chance, language))
    for name in ("material", "process"):
        if not found or chance.random() < 0.25:
            found.insert(chance.choice([0, len(found)]), part(name, chance))
    return found


def joined(parts: Sequence[Part], chance: random.Random, language: str = "en") -> str:
    """The parts as one run of words."""
    texts = [text for _, text in parts]
    if len(texts) > 1 and chance.random() < 0.25:
        word = {"de": "und", "ko": "및"}.get(language, "and")
        return f"{', '.join(texts[:-1])} {word} {texts[-1]}"
    return chance.choice([", ", ", ", ", ", ", ", " ", " ", " / ", "/", "; ", "\n", " + "]).join(texts)


def length(chance: random.Random) -> str:
    """The length of a bead."""
    return chance.choice(["{} mm", "{}mm", "{} mm", "{} cm", "{}cm", "{} millimetres"]).format(
        chance.randint(5, 40) if chance.random() < 0.2 else chance.randint(50, 400)
    )
