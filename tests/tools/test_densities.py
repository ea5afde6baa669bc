"""Densities: of materials the vocabulary knows, credible, each with its source."""

from tools.densities import DENSITIES, LOW_ALLOY_STEELS, STEEL
from tools.quantities import QUANTITIES
from tools.vocabulary import MATERIALS


def test_each_is_a_known_material_with_a_credible_density_and_a_source():
    assert set(DENSITIES) <= set(MATERIALS)
    for density in DENSITIES.values():
        QUANTITIES["density_kg_m3"].check(density.value)
        assert density.source


def test_what_has_no_source_is_left_out():
    assert set(MATERIALS) - set(DENSITIES) == {"aluminium bronze"}


def test_families_lie_where_they_must():
    value = {name: density.value for name, density in DENSITIES.items()}
    assert all(2600 <= value[name] <= 2900 for name in ("ER4043", "ER5356", "ER5183", "ER2319", "aluminium"))
    assert value["Ti-6Al-4V"] < value["titanium"] < value["ER70S-6"] < value["316L"] < value["Inconel 718"] < value["Inconel 625"]


def test_low_alloy_steels():
    assert STEEL in LOW_ALLOY_STEELS <= set(DENSITIES)
