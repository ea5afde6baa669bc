"""What is asked: names, constants with their sources, and which formulas apply."""

import pytest

from tools.physics_problem import full_name, known_name, problem_of, read
from tools.result import ToolInputError


def formulas_for(given: dict[str, float], sought: str | None = None, **names: str) -> set[str]:
    return problem_of(given, names, sought).network.derived


def test_input_becomes_canonical():
    assert read({"heat_input_j_mm": "0.6 kJ/mm", "process": "TIG", "material": "aisi 316L", "current_a": None}) == (
        {"heat_input_j_mm": 600.0},
        {"material": "316L", "process": "GTAW"},
    )


def test_names_are_known_or_refused_with_the_nearest():
    assert (full_name("Travel speed"), full_name("bead-area"), full_name("deposition_rate")) == (
        "travel_speed_mm_s",
        "bead_area_mm2",
        "deposition_rate",
    )
    with pytest.raises(ToolInputError, match=r"not 'heat_imput'; did you mean heat_input_j_mm\?"):
        known_name("heat_imput", "A quantity")


def test_constants_are_completed_with_their_source_unless_given_or_sought():
    assert problem_of({}, {}, None).constants == {"thermal_efficiency": 0.8, "density_kg_m3": 7850, "shape_factor": 1.0}
    assert set(problem_of({}, {}, None).assumed) == {"thermal_efficiency", "density_kg_m3", "shape_factor"}
    stated = problem_of({"shape_factor": 0.9}, {"process": "GTAW", "material": "Ti-6Al-4V"}, None)
    assert stated.constants == {"thermal_efficiency": 0.6, "density_kg_m3": 4420} and not stated.assumed
    assert stated.sources == {"thermal_efficiency": "EN 1011-1:2009, GTAW", "density_kg_m3": "data sheet of ASTM grade 5, UNS R56400"}
    assert "thermal_efficiency" not in problem_of({}, {}, "thermal_efficiency").constants


def test_what_is_sought_is_not_taken_as_given():
    problem = problem_of({"current_a": 200.0, "voltage_v": 22.0}, {}, "current_a")
    assert problem.given == {"voltage_v": 22.0} and problem.notes == ["The given current of 200 A is what is solved for and was not used."]


def test_cooling_times_only_for_steels_below_the_limit():
    assert "t85_s" in formulas_for({}) and "t85_s" in formulas_for({}, material="ER70S-6")
    assert "t85_s" not in formulas_for({}, material="ER4043") and "t85_s" not in formulas_for({"interpass_temperature_c": 460.0})


def test_totals_where_more_than_one_thing_has_a_price_or_a_total_is_asked_for():
    assert "cost_per_kg" not in formulas_for({"price_hour": 60.0})
    assert "cost_per_kg" in formulas_for({"price_hour": 60.0, "price_wire_per_kg": 3.0})
    assert "cost_per_kg" in formulas_for({"price_hour": 60.0, "cost_per_kg": 20.0}) and "cost_per_kg" in formulas_for(
        {"cost_per_kg": 9.0}, "price_hour"
    )
