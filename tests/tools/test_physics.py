"""calculate_physics: what follows from the values given, or the one setting that reaches a given result."""

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools import formulas
from tools.physics import calculate_physics
from tools.quantities import QUANTITIES
from tools.result import ToolInputError, ToolResult

ARC = {"current_a": 200, "voltage_v": 22}
BEAD = {**ARC, "travel_speed_mm_s": 8}
WIRE = {"wire_diameter_mm": 1.2, "wire_feed_speed_m_min": 8}
STEEL = {"material": "ER70S-6", "process": "GMAW"}


def values(result: ToolResult) -> dict[str, Any]:
    return {estimate.name: estimate.value for estimate in result.estimates}


def exact(result: ToolResult, name: str) -> float:
    return float(result.details["quantities"][name]["value"])


def test_everything_that_follows():
    """By hand: 200 A · 22 V = 4.4 kW; / 8 mm/s = 550 J/mm; · 0.8 = 440 J/mm; 150 mm / 8 mm/s = 18.75 s; 4.4 kW · 18.75 s = 82.5 kJ;
    1.1310 mm² · 8 m/min · 60 = 542.9 cm³/h; · 7.85 g/cm³ = 4.262 kg/h; 1.1310 · 133.3 / 8 = 18.85 mm²; 4.4 kW / 4.262 kg/h = 1.032 kWh/kg;
    15 L/min · 18.75 s = 4.688 L; 22.20 g of wire at 3 a kg; 60 an hour · 18.75 s = 0.3125."""
    prices = {"price_wire_per_kg": 3, "price_gas_per_m3": 8, "price_hour": 60}
    got = values(calculate_physics(**BEAD, **WIRE, **STEEL, bead_length_mm=150, gas_flow_l_min=15, **prices))  # type: ignore[arg-type]
    assert got == {
        "arc_power_kw": 4.4, "arc_energy_j_mm": 550, "heat_input_j_mm": 440, "bead_time_s": 18.75, "bead_energy_kj": 82.5,
        "wire_to_travel_ratio": 16.67, "bead_area_mm2": 18.85, "deposition_rate_cm3_h": 542.9, "deposition_rate_kg_h": 4.262,
        "bead_mass_g": 22.2, "energy_per_kg_kwh": 1.032, "bead_gas_l": 4.688, "wire_cost_per_bead": 0.06659, "gas_cost_per_bead": 0.0375,
        "time_cost_per_bead": 0.3125, "gas_cost_per_kg": 1.69, "time_cost_per_kg": 14.08, "cost_per_bead": 0.4166, "cost_per_kg": 18.77,
    }  # fmt: skip


def test_which_travel_speed_keeps_heat_input_under_a_limit():
    result = calculate_physics(**ARC, heat_input_j_mm="0.6 kJ/mm", bound="max", process="GMAW", solve_for="travel_speed_mm_s")
    assert result.estimates[0].name == "travel_speed_mm_s" and result.estimates[0].value == 5.867  # 0.8 · 4400 W / 600 J/mm = 5.8667, up
    assert result.summary.startswith("Travel speed must be at least 5.867 mm/s for a heat input of at most 600 J/mm (from heat input = k·U·I/v")
    assert "EN 1011-1" in result.summary and result.warnings == []
    assert result.inputs == {
        "current_a": 200,
        "voltage_v": 22,
        "heat_input_j_mm": 600,
        "process": "GMAW",
        "solve_for": "travel_speed_mm_s",
        "bound": "max",
    }


@pytest.mark.parametrize("solve_for", [None, "travel_speed_mm_s", "travel speed", "travel-speed"])
def test_the_missing_setting_need_not_be_named(solve_for: str | None):
    result = calculate_physics(**ARC, heat_input_j_mm=600, solve_for=solve_for)
    assert exact(result, "travel_speed_mm_s") == pytest.approx(0.8 * 4400 / 600, rel=1e-12)
    assert "a higher travel speed lowers the heat input" in result.summary


@pytest.mark.parametrize(
    ("given_", "bound", "name", "words"),
    [
        ({"voltage_v": 22, "travel_speed_mm_s": 8, "heat_input_j_mm": 600}, "max", "current_a", "Current must be at most 272.7 A"),
        ({"voltage_v": 22, "travel_speed_mm_s": 8, "heat_input_j_mm": 600}, "min", "current_a", "Current must be at least 272.8 A"),
        ({"wire_diameter_mm": 1.2, "deposition_rate_kg_h": 4}, "min", "wire_feed_speed_m_min", "Wire feed speed must be at least 7.51 m/min"),
        ({**WIRE, "bead_area_mm2": 20}, "max", "travel_speed_mm_s", "Travel speed must be at least 7.54 mm/s"),
        ({**ARC, "t85_s": 8, "plate_thickness_mm": 10, "preheat_temperature_c": 100}, "min", "travel_speed_mm_s", "must be at most 5.022 mm/s"),
        ({"t85_s": 8, "heat_input_j_mm": 600, "plate_thickness_mm": 20}, "min", "preheat_temperature_c", "temperature must be at least 272.4 °C"),
        ({**BEAD, "bead_energy_kj": 50}, "max", "bead_length_mm", "Bead length must be at most 90.9 mm"),
        ({"wire_diameter_mm": 1.2, "price_hour": 60, "price_wire_per_kg": 3, "cost_per_kg": 20}, "max", "wire_feed_speed_m_min", "at least 6.626"),
    ],
)  # fmt: skip
def test_the_direction_of_a_limit_and_its_safe_side(given_: dict[str, Any], bound: Any, name: str, words: str):
    result = calculate_physics(**given_, **STEEL, solve_for=name, bound=bound)
    assert words in result.summary
    told, true = values(result)[name], exact(result, name)
    assert told == pytest.approx(true, rel=1e-3) and (told >= true * (1 - 1e-12) if "at least" in words else told <= true * (1 + 1e-12))


@pytest.mark.parametrize(
    ("limit", "bound", "verdict"), [(500, "max", "keeps"), (400, "max", "breaks"), (400, "min", "keeps"), (500, "min", "breaks")]
)
def test_a_limit_on_what_the_settings_determine_is_judged(limit: float, bound: Any, verdict: str):
    result = calculate_physics(**BEAD, process="GMAW", heat_input_j_mm=limit, bound=bound)
    assert values(result)["heat_input_j_mm"] == 440
    assert f"which {verdict} the limit of {'at most' if bound == 'max' else 'at least'} {limit} J/mm" in result.summary


def test_values_that_contradict_each_other_are_told():
    [warning] = [w for w in calculate_physics(**BEAD, heat_input_j_mm=600).warnings if "agree" in w]
    assert warning == "The heat input of 440 J/mm that follows from the other values does not agree with the given 600 J/mm."
    assert not any("agree" in w for w in calculate_physics(**BEAD, heat_input_j_mm=441).warnings)
    crossed = calculate_physics(**ARC, **WIRE, heat_input_j_mm=600, bead_area_mm2=20, bound="max")
    assert any("bead cross-section of 25.7 mm² at these values breaks the limit" in w for w in crossed.warnings)


def test_nothing_is_assumed_silently():
    told = calculate_physics(**BEAD, **WIRE, heat_input_j_mm=440, plate_thickness_mm=10, interpass_temperature_c=100).warnings
    for words in (
        "k = 0.8 of GMAW is assumed (EN 1011-1:2009)",
        "7850 kg/m³, is assumed (Ebika",
        "shape factor F = 1, EN 1011-2",
        "check that the material",
    ):
        assert any(words in line for line in told), words
    plate = {"plate_thickness_mm": 10, "interpass_temperature_c": 100, "shape_factor": 0.9}
    stated = calculate_physics(**BEAD, **WIRE, **STEEL, **plate, bead_length_mm=150, gas_flow_l_min=15)
    assert stated.warnings == []
    assert stated.details["constants"]["density_kg_m3"] == {"value": 7850, "source": "Ebika et al. 2026, bead geometry in WAAM"}


def test_an_assumption_nothing_rests_on_is_not_told():
    assert not any("assumed" in line for line in calculate_physics(**ARC).warnings)


@pytest.mark.parametrize(("process", "heat"), [("GMAW", 440), ("CMT", 440), ("TIG", 330), ("PAW", 330)])
def test_k_is_that_of_the_process(process: str, heat: float):
    result = calculate_physics(**BEAD, process=process)
    assert values(result)["heat_input_j_mm"] == heat
    assert any("waveform" in line for line in result.warnings) == (process == "CMT")


def test_k_density_and_prices_can_be_solved_for():
    assert exact(calculate_physics(**BEAD, heat_input_j_mm=385, solve_for="thermal_efficiency"), "thermal_efficiency") == pytest.approx(0.7)
    assert exact(calculate_physics(**WIRE, deposition_rate_kg_h=4, solve_for="density_kg_m3"), "density_kg_m3") == pytest.approx(
        4 / 5.42867e-4, rel=1e-5
    )
    assert exact(calculate_physics(**WIRE, cost_per_kg=10, solve_for="price_hour"), "price_hour") == pytest.approx(42.62, rel=1e-3)


COLD = {"heat_input_j_mm": 1000, "interpass_temperature_c": 20, "material": "low-carbon steel"}


class TestCoolingTime:
    def test_thick_and_thin_plate(self):
        thin, thick = (calculate_physics(**COLD, plate_thickness_mm=d) for d in (10, 20))  # type: ignore[arg-type]
        assert exact(thin, "t85_s") == formulas.t85_thin_s(1000, 20, 10) and exact(thick, "t85_s") == formulas.t85_thick_s(1000, 20)
        assert values(thin)["transition_thickness_mm"] == 14.66

    def test_preheat_counts_where_no_interpass_temperature_is_given(self):
        warm = calculate_physics(heat_input_j_mm=1000, preheat_temperature_c=150, plate_thickness_mm=40)
        assert values(warm)["t85_s"] == 7.846 and "T0 = 150 °C" in warm.summary
        both = calculate_physics(heat_input_j_mm=1000, preheat_temperature_c=150, interpass_temperature_c=20, plate_thickness_mm=40)
        assert values(both)["t85_s"] == 5.288 and any("from the interpass temperature" in line for line in both.warnings)

    @pytest.mark.parametrize("material", ["316L", "ER5356", "aluminium bronze", "Inconel 718"])
    def test_only_steels_it_is_meant_for(self, material: str):
        result = calculate_physics(**BEAD, material=material, interpass_temperature_c=20, plate_thickness_mm=10)
        assert not any(name.startswith("t85") for name in values(result)) and any(f"No t8/5 for {material}" in line for line in result.warnings)

    def test_a_steel_unknown_here_is_computed_with_a_word_of_caution(self):
        result = calculate_physics(**BEAD, material="S690QL", interpass_temperature_c=20)
        assert "t85_thick_s" in values(result) and any("check that S690QL is one" in line for line in result.warnings)

    def test_not_from_near_the_pole_of_the_formula(self):
        result = calculate_physics(heat_input_j_mm=1000, interpass_temperature_c=499.9)
        assert not any(name.startswith("t85") for name in values(result)) and any("No t8/5 from 499.9 °C" in line for line in result.warnings)


def test_what_is_missing_is_one_short_list():
    result = calculate_physics(**BEAD, process="GMAW", material="316L")
    assert result.warnings == [] and result.hints == [
        "Not computed: arc time of the bead, arc energy of the bead (needs bead length); ratio of wire feed to travel speed (needs wire feed "
        "speed); bead cross-section, deposition rate by volume, deposition rate (needs wire diameter and wire feed speed)."
    ]
    assert result.details["missing"]["bead_mass_g"] == ["bead_length_mm", "wire_diameter_mm", "wire_feed_speed_m_min"]


def test_what_is_asked_for_is_told_alone_and_the_rest_is_in_the_details():
    steel = {**BEAD, **STEEL, "preheat_temperature_c": 150, "plate_thickness_mm": 20}
    result = calculate_physics(**steel, solve_for="t85_s")  # type: ignore[arg-type]
    assert [sentence.split(" is ")[0] for sentence in result.summary.split(". ")] == ["Cooling time t8/5", "Heat input"]
    assert result.hints == [] and list(values(result)) == ["t85_s", "heat_input_j_mm"]
    assert {"arc_power_kw", "t85_thick_s"} <= set(result.details["quantities"])
    broken = calculate_physics(**BEAD, **STEEL, heat_input_j_mm=400, bound="max", solve_for="arc_power_kw")  # type: ignore[arg-type]
    assert "breaks the limit" in broken.summary and "Arc energy" not in broken.summary


def test_a_material_of_unknown_density_leaves_the_mass_open():
    result = calculate_physics(**BEAD, **WIRE, material="Hastelloy X")
    assert "deposition_rate_cm3_h" in values(result) and result.details["missing"]["deposition_rate_kg_h"] == ["density_kg_m3"]
    assert values(calculate_physics(**WIRE, material="Hastelloy X", density_kg_m3=8220))["deposition_rate_kg_h"] == 4.462


def test_what_nothing_follows_from_is_told():
    assert "Not used, because nothing follows from it here: contact-tip-to-work distance." in calculate_physics(**ARC, ctwd_mm=15).warnings


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({}, "Give at least two quantities"),
        ({"material": "316L"}, "Give at least two quantities"),
        ({"current_a": 200}, r"Nothing follows from current alone; also give voltage \(voltage_v\)\."),
        ({**ARC, "solve_for": "travel_speed_mm_s"}, r"To solve for the travel speed I also need arc energy \(arc_energy_j_mm\) or heat input"),
        ({**ARC, "solve_for": "bead_energy_kj"}, r"To compute the arc energy of the bead I also need bead length .* and travel speed"),
        ({**ARC, "solve_for": "ctwd_mm"}, "No formula that can be used here contains the contact-tip-to-work distance"),
        ({**ARC, "solve_for": "heat_imput_j_mm"}, "solve_for must be one .* did you mean heat_input_j_mm?"),
        ({**ARC, "solve_for": "deposition_rate"}, "solve_for must be one"),
        ({**ARC, "speed": 3}, "A quantity must be one of those calculate_physics knows, not 'speed'"),
        ({**ARC, "bound": "under"}, "The bound must be 'max'"),
        ({**ARC, "heat_input_j_mm": 1}, "Travel speed would have to be 3520 mm/s for the heat input of 1 J/mm, outside the allowed range"),
        ({**ARC, "heat_input_j_mm": 0}, "Heat input .* outside the allowed range"),
        ({**ARC, "process": "glue"}, "Process must be one of"),
        ({"t85_s": 1, "heat_input_j_mm": 1000, "interpass_temperature_c": 20, "solve_for": "plate_thickness_mm"},
         "No plate thickness in the allowed range 0.3 to 1000 mm gives the cooling time t8/5 of 1 s; it stays between 5.288"),
        ({**WIRE, "gas_flow_l_min": 0, "gas_cost_per_kg": 1}, "Price of the gas cannot be found from the gas cost per kilogram of 1 .* is zero"),
    ],
)  # fmt: skip
def test_refusals_are_one_sentence(settings_: dict[str, Any], message: str):
    with pytest.raises(ToolInputError, match=message):
        calculate_physics(**settings_)


def test_a_given_result_is_turned_round_before_one_that_only_follows():
    """The volume rate and the cross-section that follows from it both contain the wire feed speed."""
    result = calculate_physics(travel_speed_mm_s=8, wire_diameter_mm=1.2, deposition_rate_cm3_h=542.867, bound="min")
    assert "Wire feed speed must be at least 8 m/min for a deposition rate by volume of at least 542.9 cm³/h" in result.summary


def test_another_result_out_of_reach_does_not_hide_what_is_asked_for():
    assert values(calculate_physics(**BEAD, bead_area_mm2=1e5, wire_diameter_mm=1, solve_for="heat_input_j_mm"))["heat_input_j_mm"] == 440


def test_a_value_given_for_what_is_solved_for_is_set_aside():
    result = calculate_physics(**BEAD, heat_input_j_mm=600, solve_for="travel_speed_mm_s")
    assert values(result)["travel_speed_mm_s"] == 5.867
    assert "The given travel speed of 8 mm/s is what is solved for and was not used." in result.warnings


def test_the_page_shows_real_answers():
    page = " ".join((Path(__file__).parents[2] / "docs" / "tools" / "calculate_physics.md").read_text(encoding="utf-8").split())
    speed = calculate_physics(current_a="200A", voltage_v="22V", heat_input_j_mm="0.6 kJ/mm", bound="max")
    assert all(text in page for text in (*speed.summary.split(". "), *speed.warnings))
    plate: dict[str, Any] = {"t85_s": "8 s", "heat_input_j_mm": "0.6 kJ/mm", "plate_thickness_mm": "20 mm", **STEEL}
    preheat = calculate_physics(**plate, bound="min", solve_for="preheat temperature")
    assert preheat.summary.partition("). ")[0] in page and preheat.warnings[0] in page
    assert all(f"`{name}`" in page for name in QUANTITIES if name in preheat.details["quantities"] and name.startswith("t85"))


NUMBERS = st.one_of(st.floats(), st.integers(-10, 10**6), st.sampled_from([0, 1e-320, 1e308, "0.6 kJ/mm", "nan", "8 m/min", True, None, [1]]))
NAMES = st.fixed_dictionaries(
    {}, optional={"material": st.sampled_from(["316L", "ER70S-6", "X"]), "process": st.sampled_from(["CMT", "TIG", "glue"])}
)
HOW = st.fixed_dictionaries({}, optional={"solve_for": st.sampled_from([*QUANTITIES, "x"]), "bound": st.sampled_from(["max", "min", "no"])})


@st.composite
def credible(draw: st.DrawFn) -> dict[str, float]:
    """Any few quantities anywhere inside their ranges."""
    chosen = draw(st.lists(st.sampled_from(list(QUANTITIES)), unique=True, min_size=1, max_size=8))
    return {name: draw(st.floats(QUANTITIES[name].low, QUANTITIES[name].high)) for name in chosen}


@settings(deadline=None, max_examples=150)
@given(st.one_of(credible(), st.dictionaries(st.sampled_from(list(QUANTITIES)), NUMBERS, max_size=8)), NAMES, HOW)
def test_any_subset_of_quantities_gives_numbers_or_a_sentence(given_: dict[str, Any], names: dict[str, str], how: dict[str, Any]):
    try:
        result = calculate_physics(**given_, **names, **how)
    except ToolInputError as refused:
        assert str(refused).endswith((".", "?")) and "\n" not in str(refused)
    else:
        assert result.estimates and all(math.isfinite(float(e.value)) for e in result.estimates)
        assert "nan" not in result.summary and "inf" not in result.summary.replace("information", "")
        assert ToolResult.model_validate_json(result.model_dump_json()) == result
        for estimate in result.estimates:
            assert QUANTITIES[estimate.name].shown(float(estimate.value)) in result.summary, "the summary states every estimate"


SETTINGS = ("current_a", "voltage_v", "travel_speed_mm_s", "wire_diameter_mm", "wire_feed_speed_m_min", "bead_length_mm", "thermal_efficiency",
            "gas_flow_l_min", "price_gas_per_m3", "price_hour", "price_wire_per_kg", "interpass_temperature_c", "plate_thickness_mm")  # fmt: skip
TURNS = [(target, unknown) for target, unknowns in {
    "heat_input_j_mm": SETTINGS[:3], "arc_energy_j_mm": SETTINGS[:3], "bead_energy_kj": (*SETTINGS[:3], "bead_length_mm"),
    "bead_area_mm2": SETTINGS[2:5], "deposition_rate_kg_h": SETTINGS[3:5], "energy_per_kg_kwh": (*SETTINGS[:2], *SETTINGS[3:5]),
    "bead_mass_g": SETTINGS[2:6], "t85_s": (*SETTINGS[:3], "thermal_efficiency", "interpass_temperature_c"),
    "cost_per_kg": ("wire_feed_speed_m_min", "price_hour"), "cost_per_bead": ("travel_speed_mm_s", "price_gas_per_m3"),
}.items() for unknown in unknowns]  # fmt: skip
USUAL = {"current_a": (50, 400), "voltage_v": (10, 40), "travel_speed_mm_s": (1, 40), "wire_diameter_mm": (0.6, 3), "wire_feed_speed_m_min": (1, 25),
         "bead_length_mm": (10, 1000), "thermal_efficiency": (0.3, 1), "gas_flow_l_min": (5, 40), "price_gas_per_m3": (1, 50), "price_hour": (5, 500),
         "price_wire_per_kg": (1, 500), "interpass_temperature_c": (-20, 400), "plate_thickness_mm": (2, 100)}  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(TURNS), st.fixed_dictionaries({name: st.floats(*USUAL[name]) for name in SETTINGS}))
def test_forward_and_inverse_agree(turn: tuple[str, str], full: dict[str, float]):
    """Leave one setting out, give the result instead, and find the setting: the result comes out again to 1e-9."""
    target, unknown = turn
    reached = exact(calculate_physics(**full), target)  # type: ignore[arg-type]
    rest = {name: value for name, value in full.items() if name != unknown}
    found = exact(calculate_physics(**rest, **{target: reached}, solve_for=unknown), unknown)  # type: ignore[arg-type]
    assert exact(calculate_physics(**rest, **{unknown: found}), target) == pytest.approx(reached, rel=1e-9)  # type: ignore[arg-type]
    assert found == pytest.approx(full[unknown], rel=1e-6, abs=1e-6)


class TestWhatDoesNotFollow:
    """What can be found towards the target is told, and in one sentence why what was asked for is not among it."""

    def test_a_current_from_a_deposition_rate(self):
        result = calculate_physics(solve_for="current_a", deposition_rate_kg_h=3, wire_diameter_mm=1.2, material="ER70S-6")
        assert [(e.name, e.value) for e in result.estimates] == [("wire_feed_speed_m_min", 5.632)]
        assert "Current does not follow from the deposition rate by these formulas: it takes the melting-rate relation" in result.summary

    def test_a_travel_speed_from_a_deposition_rate_says_what_it_also_takes(self):
        result = calculate_physics(solve_for="travel_speed_mm_s", deposition_rate_kg_h=3, wire_diameter_mm=1.2, material="ER70S-6")
        assert result.estimates[0].name == "wire_feed_speed_m_min" and "I also need bead cross-section" in result.summary

    def test_where_nothing_can_be_found_it_is_refused(self):
        with pytest.raises(ToolInputError, match="To solve for the current I also need"):
            calculate_physics(solve_for="current_a", voltage_v=22)
