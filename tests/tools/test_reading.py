"""What a text states: a table of sentences with the settings, ranges, unitless and loose quantities in each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.fields import FIELDS
from tools.reading import read

SETTINGS = [
    ("180 A, 22 V, 8 mm/s", {"current_a": 180, "voltage_v": 22, "travel_speed_mm_s": 8}),
    ("I=180 U=22 v=8mm/s", {"current_a": 180, "voltage_v": 22, "travel_speed_mm_s": 8}),
    ("current 180, voltage of 22 and travel speed 48 cm/min", {"current_a": 180, "voltage_v": 22, "travel_speed_mm_s": 8}),
    ("8 mm/s, 180 A current, 22 V voltage", {"travel_speed_mm_s": 8, "current_a": 180, "voltage_v": 22}),
    ("- 180 A\n- 22 V\n- 8 mm/s", {"current_a": 180, "voltage_v": 22, "travel_speed_mm_s": 8}),
    ("전류 180A, 전압 22V, 이송 속도 분당 48 cm", {"current_a": 180, "voltage_v": 22, "travel_speed_mm_s": 8}),
    ("전류는 180, 전압은 22", {"current_a": 180, "voltage_v": 22}),
    ("TIG로 150A 18V 10mm/s", {"process": "GTAW", "current_a": 150, "voltage_v": 18, "travel_speed_mm_s": 10}),
    ("188a에서 21v로", {"current_a": 188, "voltage_v": 21}),
    # Symbols in a list need no sign.
    ("bead ok?\nI 180\nU 22\nv 8 mm/s", {"current_a": 180, "voltage_v": 22, "travel_speed_mm_s": 8}),
    ("- I 180\n- U 22\n- v 8 mm/s", {"current_a": 180, "voltage_v": 22, "travel_speed_mm_s": 8}),
    ("is I 180 U 22 v 8 mm/s sound?", {"current_a": 180, "voltage_v": 22, "travel_speed_mm_s": 8}),
    ("I 180 A, V 22 and TS 48 cm/min", {"current_a": 180, "voltage_v": 22, "travel_speed_mm_s": 8}),
    ("I=180\nU=22\nv=8 mm/s", {"current_a": 180, "voltage_v": 22, "travel_speed_mm_s": 8}),
    ("I 8 of 10 times see humping", {}),
    ("phase I 30 beads, grade V 4 times", {}),
    ("v 2 is out", {}),
    ("180 A 22 V 8 mm/s", {"current_a": 180, "voltage_v": 22, "travel_speed_mm_s": 8}),
    # Two speeds: the label decides, before or after the number.
    ("wire feed 8 m/min, travel 8 mm/s", {"wire_feed_speed_m_min": 8, "travel_speed_mm_s": 8}),
    ("8 m/min wire feed and 48 cm/min travel", {"wire_feed_speed_m_min": 8, "travel_speed_mm_s": 8}),
    ("7 mm/s wire feed 6 m/min", {"travel_speed_mm_s": 7, "wire_feed_speed_m_min": 6}),
    ("WFS 8 m min-1", {"wire_feed_speed_m_min": 8}),
    ("와이어 송급 속도 8 m/min", {"wire_feed_speed_m_min": 8}),
    # Three lengths.
    ("1.2 mm wire", {"wire_diameter_mm": 1.2}),
    (".9 mm wire", {"wire_diameter_mm": 0.9}),
    (".045 in ER70S-6 wire", {"wire_diameter_mm": 1.143, "material": "ER70S-6"}),
    ("ø1.2 mm wire", {"wire_diameter_mm": 1.2}),
    ("a 1.2-mm wire and a bead 100 mm long", {"wire_diameter_mm": 1.2, "bead_length_mm": 100}),
    ("bead length 12 cm", {"bead_length_mm": 120}),
    ("100 mm bead", {"bead_length_mm": 100}),
    ("CTWD 15 mm", {"ctwd_mm": 15}),
    ("15 mm stick-out", {"ctwd_mm": 15}),
    # Others.
    ("interpass temperature is 302 °F", {"interpass_temperature_c": 150}),
    ("interpass temperature is -20 °C", {"interpass_temperature_c": -20}),
    ("15 L/min", {"gas_flow_l_min": 15}),
    ("current -180", {"current_a": -180}),  # not credible, but that is for ProcessConditions to say
    ("current 1,200", {"current_a": 1200}),
    ("117 A/voltage 30 V", {"current_a": 117, "voltage_v": 30}),
    ("He used 180 A", {"current_a": 180}),
    ("8 mm/s (48 cm/min)", {"travel_speed_mm_s": 8}),
    # Names are no quantities.
    ("316L at 180 A", {"material": "316L", "current_a": 180}),
    ("316L wire on a 316L plate", {"material": "316L"}),
    ("CMT, ER70S-6, 82Ar/18CO2", {"process": "CMT", "material": "ER70S-6", "shielding_gas": "82Ar/18CO2"}),
    ("What causes humping?", {}),
    ("", {}),
]


@pytest.mark.parametrize(("text", "settings"), SETTINGS)
def test_settings(text: str, settings: dict[str, float | str]):
    reading = read(text)
    assert reading.values() == settings
    assert not reading.ranges and not reading.without_unit and not reading.loose and not reading.others


@pytest.mark.parametrize(
    ("text", "ranges", "settings"),
    [
        ("180-220 A, 22 V", {"current_a": "180-220 A"}, {"voltage_v": 22}),
        ("180 A to 220 A", {"current_a": "180 A to 220 A"}, {}),
        ("between 180 and 220 A", {"current_a": "between 180 and 220 A"}, {}),
        ("current 180-220", {"current_a": "180-220"}, {}),
        ("current 180 to 220, voltage 22", {"current_a": "180 to 220"}, {"voltage_v": 22}),
        ("wire feed 6-8 m/min", {"wire_feed_speed_m_min": "6-8 m/min"}, {}),
        ("wire feed 6 m/min to 8 m/min, travel 8 mm/s", {"wire_feed_speed_m_min": "6 m/min to 8 m/min"}, {"travel_speed_mm_s": 8}),
        ("6 to 8 mm/s travel speed", {"travel_speed_mm_s": "6 to 8 mm/s"}, {}),
    ],
)
def test_a_range_is_not_a_setting(text: str, ranges: dict[str, str], settings: dict[str, float]):
    reading = read(text)
    assert (reading.ranges, reading.values(), reading.loose) == (ranges, settings, [])


@pytest.mark.parametrize(
    ("text", "without_unit"),
    [
        ("travel speed 8", {"travel_speed_mm_s": "8"}),
        ("travel speed of 8 furlongs", {"travel_speed_mm_s": "8 furlongs"}),
        ("wire feed speed 8", {"wire_feed_speed_m_min": "8"}),
        ("Speed:\nv 8", {"travel_speed_mm_s": "8"}),
        ("gas flow 15", {"gas_flow_l_min": "15"}),
        ("interpass 150", {"interpass_temperature_c": "150"}),
    ],
)
def test_a_speed_without_a_unit_is_not_guessed(text: str, without_unit: dict[str, str]):
    reading = read(text)
    assert (reading.without_unit, reading.settings) == (without_unit, {})


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("100 mm", ("wire_diameter_mm", "ctwd_mm", "bead_length_mm")),
        ("150 °C", ("interpass_temperature_c",)),
        ("9 m/min", ("travel_speed_mm_s", "wire_feed_speed_m_min")),  # 150 mm/s is no travel speed to assume
    ],
)
def test_a_quantity_that_no_word_ties_to_a_field_stays_loose(text: str, fields: tuple[str, ...]):
    reading = read(text)
    assert reading.settings == {} and [(q.text, names) for q, names in reading.loose] == [(text, fields)]


def test_a_heat_input_is_of_another_kind():
    assert [q.text for q in read("the heat input is 0.5 kJ/mm").others] == ["0.5 kJ/mm"]


WORDS = st.sampled_from(
    ["current", "voltage", "travel speed", "wire feed", "bead", "gas flow", "180", "1,200", "1,200,5", "0.5e3", "A", "V", "mm/s", "m/min", "mm", "°C",
     "to", "-", "between", "and", "=", ":", "316L", "Ar", "CO2", "TIG", "I", "U", "v", "전류", "분당", "(", ")", "/", ",", "\n", " "]
)  # fmt: skip


@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=25).map("".join), st.lists(WORDS, max_size=25).map(" ".join)))
def test_reading_never_raises(text: str):
    reading = read(text)
    for name, value in reading.values().items():
        assert isinstance(value, str) or name in FIELDS
    assert set(reading.ranges) | set(reading.without_unit) <= set(FIELDS)


@pytest.mark.parametrize(
    ("text", "several"),
    [
        ("180 A or 220 A at 22 V", {"current_a": ["180 A", "220 A"]}),
        ("compare 8 mm/s and 12 mm/s", {"travel_speed_mm_s": ["8 mm/s", "12 mm/s"]}),
        ("travel speed 10 mm/s, later travel speed 12 mm/s", {"travel_speed_mm_s": ["10 mm/s", "12 mm/s"]}),
        ("current 180 A, and again current 180 A", {}),
        ("180 A or 220 A or 180 A", {"current_a": ["180 A", "220 A"]}),
        ("current 180 or current 220", {"current_a": ["180", "220"]}),
        ("180 A, 22 V, 0.5 m/min, 9 m/min", {}),
        ("8 mm/s (48 cm/min)", {}),
    ],
)
def test_two_values_of_one_setting_leave_it_open(text: str, several: dict[str, list[str]]):
    reading = read(text)
    assert reading.several == several and not set(several) & set(reading.settings)


@pytest.mark.parametrize(
    "text", ["1.2 mm wire at 8 mm/s", "8 mm/s with 1.2 mm steel wire", "1.2 MM solid wire, 8 mm/s", "1.2 mm 316L wire at 8 mm/s"]
)
def test_a_wire_named_after_its_size_is_no_wire_feed(text: str):
    values = read(text).values()
    assert (values["wire_diameter_mm"], values["travel_speed_mm_s"]) == (1.2, 8.0) and "wire_feed_speed_m_min" not in values
