"""What a question asks of calculate_physics: only what it says, and what it would still have to say."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.fields import FIELDS
from tools.physics import calculate_physics
from tools.physics_question import RESULTS, SETTINGS, inputs, missing, stated
from tools.quantities import QUANTITIES
from tools.reading import read
from tools.result import ToolInputError


def arguments(question: str) -> dict[str, Any]:
    return dict(stated(question).arguments)


def needs(question: str) -> list[str]:
    return missing({**read(question).values(), **arguments(question)})


class TestStated:
    def test_the_question_of_the_issue(self):
        question = "which travel speed keeps heat input under 0.6 kJ/mm at 200 A and 22 V?"
        assert arguments(question) == {"heat_input_j_mm": 600, "bound": "max", "solve_for": "travel_speed_mm_s"}
        result = calculate_physics(**read(question).values(), **arguments(question))  # type: ignore[arg-type]
        assert result.summary.startswith("Travel speed must be at least 5.867 mm/s for a heat input of at most 600 J/mm")

    def test_what_is_not_said_is_not_passed(self):
        assert arguments("188 A, 21.4 V, 8 mm/s") == {} and arguments("") == {}

    @pytest.mark.parametrize(
        ("question", "sought"),
        [
            ("How fast must I travel to stay below 0.5 kJ/mm heat input at 180 A?", "travel_speed_mm_s"),
            ("at what speed does the cross-section reach 20 mm² with WFS 8 m/min?", "travel_speed_mm_s"),
            ("highest current that stays under 0.6 kJ/mm heat input with 22 V", "current_a"),
            ("I need the voltage for 0.5 kJ/mm heat input at 200 A", "voltage_v"),
            ("What wire feed speed do I need for 3 kg/h with 1.2 mm wire?", "wire_feed_speed_m_min"),
            ("Solve for the travel speed: heat input 400 J/mm, 150 A, 20 V", "travel_speed_mm_s"),
            ("How much preheat for t8/5 of at least 8 s at 0.6 kJ/mm heat input?", "preheat_temperature_c"),
            ("Which wire diameter for 3 kg/h at WFS 8 m/min?", "wire_diameter_mm"),
            ("입열량을 0.6 kJ/mm 이하로 유지하려면 이송 속도는 얼마여야 하나요?", "travel_speed_mm_s"),
            ("입열량 0.6 kJ/mm 이하가 되는 전류는?", "current_a"),
            ("What is the deposition rate of 1.2 mm wire at 8 m/min?", "deposition_rate_kg_h"),
            ("cooling time at 188 A with 150 °C preheat", "t85_s"),
            ("bead cross-section for WFS 6 m/min?", "bead_area_mm2"),
            ("Arc power at 188 A and 21.4 V?", "arc_power_kw"),
            ("How many kW does the arc draw?", "arc_power_kw"),
            ("How many kg per hour do I lay down?", "deposition_rate_kg_h"),
            ("How quickly does it cool between 800 and 500 °C at 188 A?", "t85_s"),
            ("t8/5 on a thick plate, preheat 100 °C", "t85_thick_s"),
            ("How much argon do I use for a bead?", "bead_gas_l"),
            ("WFS/TS ratio at WFS 6 m/min and travel speed 8 mm/s", "wire_to_travel_ratio"),
            ("what does one bead cost?", "cost_per_bead"),
            ("cost per kilogram with wire at 12 EUR/kg", "cost_per_kg"),
            ("용착 속도는 얼마인가요? 와이어 1.2 mm", "deposition_rate_kg_h"),
            ("211A, 27.9V에서 이송 속도는 얼마여야 하나요? 입열량 590 J/mm", "travel_speed_mm_s"),  # a number of another kind is not its number
            ("송급 속도 10.7m/min이면 용착 속도는 얼마?", "deposition_rate_kg_h"),
            ("송급 속도 8 m/min이면 이송 속도는 얼마인가요? 비드 단면적 20 mm²", "travel_speed_mm_s"),  # nor is one of the same kind that words part
            ("deposition rate: 0.9 mm ER70S-6 wire, wire feed speed 300 ipm", "deposition_rate_kg_h"),
            ("What is the arc power at 22 V arc energy 500 J/mm?", "arc_power_kw"),
            ("deposition rate 500 cm3/h with 1.2 mm wire", None),
            ("필요한 이송 속도는 8 mm/s, 전류는 200 A, 22 V", None),
            ("Arc power and bead cross-section at 188 A?", None),  # two: everything is told
            ("Is the heat input under 0.6 kJ/mm at 200 A, 22 V, 5 mm/s?", None),  # stated, not asked for
            ("What follows from 200 A, 22 V and a travel speed of 8 mm/s?", None),
            ("200 A, 22 V, 1.2 mm wire, 8 m/min wire feed", None),
        ],
    )
    def test_what_is_asked_for(self, question: str, sought: str | None):
        assert arguments(question).get("solve_for") == sought

    def test_a_number_that_states_something_else_is_no_setting(self):
        question = "deposition rate of at least 500 cm3/h"  # read alone it could be a gas flow
        assert read(question).settings["gas_flow_l_min"].start in stated(question).places  # type: ignore[union-attr]

    def test_limits_of_both_senses_keep_those_of_what_is_sought(self):
        found = stated("over 3 kg/h without going over 0.5 kJ/mm of heat input, what travel speed at 200 A and 22 V?")
        assert dict(found.arguments) == {"heat_input_j_mm": 500, "bound": "max", "solve_for": "travel_speed_mm_s"} and found.unread == ("3 kg/h",)

    def test_a_value_of_what_is_asked_for_is_not_given(self):
        found = stated("What preheat instead of preheat 100 °C keeps t8/5 above 8 s?")
        assert found.arguments["solve_for"] == "preheat_temperature_c" and "preheat_temperature_c" not in found.arguments


class TestMissing:
    @pytest.mark.parametrize(
        ("question", "names"),
        [
            ("Which travel speed keeps heat input under 0.6 kJ/mm at 200 A and 22 V?", []),
            ("Which travel speed keeps heat input under 0.6 kJ/mm?", ["current_a", "voltage_v"]),
            ("Which travel speed at 200 A and 22 V?", ["heat_input_j_mm"]),
            ("Deposition rate of wire diameter 1.2 mm?", ["wire_feed_speed_m_min"]),
            ("What does one bead cost at 188 A?", ["price_wire_per_kg"]),
            ("Arc power at 188 A?", ["voltage_v"]),
            ("Arc power at 188 A and 21.4 V?", []),
            ("What follows from 200 A and 22 V?", []),
            ("What can be computed?", ["current_a", "voltage_v"]),
            ("heat input below 0.5 kJ/mm?", ["current_a", "voltage_v", "travel_speed_mm_s"]),
            ("Which current gives a deposition rate of 3 kg/h with wire diameter 1.2 mm?", []),  # nothing would help; the tool says so
        ],
    )
    def test_the_fewest_quantities_that_would_do(self, question: str, names: list[str]):
        assert needs(question) == names

    def test_a_target_out_of_reach_is_the_tools_to_refuse(self):
        assert needs("Which travel speed gives a heat input of 1 J/mm at 1000 A and 50 V?") == []

    @settings(deadline=None)
    @given(st.dictionaries(st.sampled_from(sorted(QUANTITIES)), st.floats(0, 1), max_size=6), st.sampled_from([None, *sorted(QUANTITIES)]))
    def test_where_nothing_is_missing_the_tool_answers_or_refuses(self, shares: dict[str, float], sought: str | None):
        given_ = {name: QUANTITIES[name].low + share * (QUANTITIES[name].high - QUANTITIES[name].low) for name, share in shares.items()}
        asked: dict[str, Any] = given_ | ({"solve_for": sought} if sought else {})
        names = missing(asked)
        assert set(names) <= set(QUANTITIES) and not set(names) & (set(given_) - {sought})
        if not names and given_:
            try:
                assert calculate_physics(**asked).estimates
            except ToolInputError as refused:
                assert "\n" not in str(refused)


def test_settings_that_can_be_asked_for_are_quantities_and_results_are_not_among_them():
    assert set(SETTINGS) <= set(QUANTITIES) and not set(SETTINGS) & set(RESULTS) and not set(FIELDS) & set(RESULTS)


def test_what_a_result_is_made_of():
    assert {"heat_input_j_mm", "current_a", "preheat_temperature_c", "interpass_temperature_c"} <= inputs("t85_s")
    assert "current_a" not in inputs("deposition_rate_kg_h") and inputs("current_a") == set()
