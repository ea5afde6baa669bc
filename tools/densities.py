"""Density of a wire by its material, at room temperature, each with the source it was read in. Knows nothing of welding."""

from typing import NamedTuple

_EBIKA = "Ebika et al. 2026, bead geometry in WAAM"
_EN_10088 = "EN 10088-1, recalled"
_AA = "table of aluminium welding alloys by brazing.com, {} lb/in³"
STEEL = "ER70S-6"  # what is assumed where no material is stated


class Density(NamedTuple):
    """`value` in kg/m³ and where it stands."""

    value: float
    source: str


# Materials as `vocabulary` names them. Not here: aluminium bronze, for which no source was read; its density must be stated.
DENSITIES: dict[str, Density] = {
    "ER70S-6": Density(7850, _EBIKA),
    "ER70S-3": Density(7850, f"{_EBIKA}, for ER70S-6"),
    "low-carbon steel": Density(7850, f"{_EBIKA}, for ER70S-6"),
    "316L": Density(8000, _EBIKA),
    "308L": Density(7900, _EN_10088),
    "304L": Density(7900, _EN_10088),
    "stainless steel": Density(7900, f"{_EN_10088}, for 304L"),
    "duplex stainless steel": Density(7800, _EN_10088),
    "superduplex stainless steel": Density(7800, _EN_10088),
    "ER4043": Density(2685, _AA.format(0.097)),
    "ER5356": Density(2657, _AA.format(0.096)),
    "ER5183": Density(2657, _AA.format(0.096)),
    "ER2319": Density(2840, "Aluminum Association, Teal Sheets 2009"),
    "aluminium": Density(2700, "pure aluminium, recalled"),
    "Ti-6Al-4V": Density(4420, "data sheet of ASTM grade 5, UNS R56400"),
    "titanium": Density(4510, "commercially pure titanium"),
    "Inconel 625": Density(8440, "data sheet of UNS N06625"),
    "Inconel 718": Density(8190, "data sheet of UNS N07718"),
    "Invar": Density(8110, "data sheet of NILO alloy 36"),
}

LOW_ALLOY_STEELS = frozenset({"ER70S-6", "ER70S-3", "low-carbon steel"})  # those of `vocabulary` for which EN 1011-2 is meant
