"""Materials, processes and shielding gases by the names people use. Knows nothing of numbers."""

import re

# A bare 304, 316 or 2209 is a steel only where a word says so or nothing else is said: "304 A" is a current.
_STEEL = r"(?=\s+(?:stainless|duplex|steel|wire|plate|wall|스테인리스))"
MATERIALS = {
    "316L": rf"(?:AISI\s*|SS\s?|ER\s?)316\s?L?(?:Si)?|316\s?L(?:Si)?|316{_STEEL}|^316$", "308L": r"(?:AISI\s*|SS\s?|ER\s?)?308\s?L(?:Si)?",
    "304L": rf"(?:AISI\s*|SS\s?)304\s?L?|304\s?L|304{_STEEL}|^304$", "ER70S-6": r"ER\s?70S-?6|G3Si1|SG2", "ER70S-3": r"ER\s?70S-?3",
    "ER4043": r"(?:ER\s?|AA\s?|AlSi5\s*\()4043\)?", "ER5356": r"(?:ER\s?|AA\s?)5356", "ER2319": r"(?:ER\s?|AA\s?)2319",
    "ER5183": r"(?:ER\s?|AA\s?)5183", "Ti-6Al-4V": r"Ti-?\s?6\s?Al-?\s?4\s?V|Ti64|grade\s?5\s+titanium",
    "Inconel 625": r"(?:Inconel|IN|Alloy)[\s-]?625|ERNiCrMo-3", "Inconel 718": r"(?:Inconel|IN|Alloy)[\s-]?718",
    "superduplex stainless steel": r"super[\s-]?duplex(?:\s+(?:stainless\s+)?steel)?",
    "duplex stainless steel": rf"duplex(?:\s+(?:stainless\s+)?steel)?|ER\s?2209|2209{_STEEL}|^2209$",
    "stainless steel": r"stainless(?:\s+steel)?|스테인리스(?:강)?",
    "low-carbon steel": r"low[\s-]carbon\s+steel|LCS|mild\s+steel|carbon\s+steel|연강|탄소강",
    "aluminium bronze": r"alumini?um\s+bronze|NAB", "aluminium": r"alumini?um|알루미늄", "titanium": r"titanium|티타늄", "Invar": r"Invar(?:\s?36)?",
}  # fmt: skip
PROCESSES = {
    "CMT": r"CMT|cold\s+metal\s+transfer", "GTAW": r"GTAW|TIG", "PAW": r"PAW|plasma(?:\s+arc)?(?:\s+welding)?",
    "GMAW": r"GMAW|MIG(?:/MAG)?|MAG",
}  # fmt: skip
# A name ends where a Korean particle or noun begins ("TIG로", "mild steel입니다", "TIG용접"), but not within a longer Latin word or number.
_END = r"(?![^\W가-힣]|-)"
_PART = r"(?:\d{1,3}(?:\.\d+)?\s?%?\s?)?(?:Ar|CO2|O2|He|N2|H2)(?:\s?\d{1,3}(?:\.\d+)?\s?%)?"
GAS = rf"(?:\d{{1,3}}(?:\s?/\s?\d{{1,3}})\s+)?{_PART}(?:\s?[/+-]\s?{_PART})*|(?:pure\s+)?argon(?:\s*/\s*helium)?|helium|아르곤"
_GAS = re.compile(
    rf"(?<![\w-])(?!He\s+(?:used|uses|set|sets|welded|welds|ran|runs|had|has|is|was|said|says|wants|got)\b)(?:{GAS}){_END}"
)  # "He used 180 A" is no helium

_NO_GAS = re.compile(r"\b(?:without|no)\s+(?:any\s+)?(?:shielding\s+)?gas\b(?!\s+flow)|\bshielding gas is none\b", re.IGNORECASE)


def _search(names: dict[str, str], text: str) -> dict[str, re.Match[str]]:
    found: dict[str, re.Match[str]] = {}
    for name, pattern in names.items():
        match = re.search(rf"(?<![\w-])(?:{pattern}){_END}", text, re.IGNORECASE)
        if match and not any(m.start() <= match.start() < m.end() for m in found.values()):
            found[name] = match
    return found


def material(text: str) -> tuple[str, str] | None:
    """The first material named in `text`: its canonical name and the words used; None if there is none."""
    return _first(MATERIALS, text)


def process(text: str) -> tuple[str, str] | None:
    """The first welding process named in `text` as GMAW, CMT, GTAW or PAW, and the words used."""
    return _first(PROCESSES, text)


def _first(names: dict[str, str], text: str) -> tuple[str, str] | None:
    found = _search(names, text)
    if not found:
        return None
    name = min(found, key=lambda n: found[n].start())
    return name, found[name].group(0)


def shielding_gas(text: str) -> tuple[str, str] | None:
    """The first shielding gas named in `text`, as written; "none" where it says that there is none."""
    if absent := _NO_GAS.search(text):
        return "none", absent.group(0)
    match = _GAS.search(text)
    return (match.group(0).strip(), match.group(0)) if match else None


def blank_names(text: str) -> str:
    """`text` with alloy and gas names blanked out, same length, so that 316L is not read as 316 litres."""
    names = "|".join(MATERIALS.values())
    for found in (*re.finditer(rf"(?<![\w-])(?:{names}){_END}", text, re.IGNORECASE), *_GAS.finditer(text)):
        start, end = found.span()
        text = text[:start] + " " * (end - start) + text[end:]
    return text
