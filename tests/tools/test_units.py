"""Numbers with units as people write them: what is read, in which unit, and what is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.units import Quantity, compatible, convert, find_quantities

SPELLINGS = [
    ("188 A", 188, "ampere"), ("188A", 188, "ampere"), ("188a", 188, "ampere"), ("188 amps", 188, "ampere"), ("200 Amps", 200, "ampere"),
    ("188 amperes", 188, "ampere"), ("0.2 kA", 0.2, "kiloampere"), ("500 mA", 500, "milliampere"), ("188 암페어", 188, "ampere"),
    ("21 V", 21, "volt"), ("21v", 21, "volt"), ("21 volts", 21, "volt"), ("10 kV", 10, "kilovolt"), ("21 볼트", 21, "volt"),
    ("8 mm/s", 8, "millimeter/second"), ("8mm/sec", 8, "millimeter/second"), ("8 mm / s", 8, "millimeter/second"),
    ("8 mm per second", 8, "millimeter/second"), ("8 mm s-1", 8, "millimeter/second"), ("8 mm·s⁻¹", 8, "millimeter/second"),
    ("8 mm s^-1", 8, "millimeter/second"), ("초당 8 mm", 8, "millimeter/second"), ("8 mm/초", 8, "millimeter/second"),
    ("48 cm/min", 48, "centimeter/minute"), ("48cm per minute", 48, "centimeter/minute"), 
    ("48 centimetres a minute", 48, "centimeter/minute"),
    ("분당 48 cm", 48, "centimeter/minute"), ("분당48cm", 48, "centimeter/minute"), ("48 cm/분", 48, "centimeter/minute"),
    ("50 cpm", 50, "centimeter/minute"),
    ("20 in/min", 20, "inch/minute"), ("20 in. per minute", 20, "inch/minute"), ("20 inches a minute", 20, "inch/minute"),
    ("20 ipm", 20, "inch/minute"), ("20 IPM", 20, "inch/minute"), ("2 ips", 2, "inch/second"), ("2 fpm", 2, "foot/minute"),
    ("8 m/min", 8, "meter/minute"), ("8 m min-1", 8, "meter/minute"), ("8 m min⁻¹", 8, "meter/minute"), ("8 mpm", 8, "meter/minute"),
    ("15 L/min", 15, "liter/minute"), ("15 l/min", 15, "liter/minute"), ("15 lpm", 15, "liter/minute"), ("12 slm", 12, "liter/minute"),
    ("15 L min-1", 15, "liter/minute"), ("30 cfh", 30, "foot**3/hour"), ("30 CFH", 30, "foot**3/hour"), ("30 ft3/h", 30, "foot**3/hour"),
    ("1.2 mm", 1.2, "millimeter"), ("1.2mm", 1.2, "millimeter"), ("1.2-mm", 1.2, "millimeter"), ("12 cm", 12, "centimeter"), ("3 ft", 3, "foot"),
    ("5 inches", 5, "inch"), ('5"', 5, "inch"), ("100 µm", 100, "micrometer"), ("8 밀리미터", 8, "millimeter"),
    ("150 °C", 150, "degree_Celsius"), ("150℃", 150, "degree_Celsius"), ("150 C", 150, "degree_Celsius"), ("150 deg C", 150, "degree_Celsius"),
    ("150 degrees Celsius", 150, "degree_Celsius"), ("150도", 150, "degree_Celsius"), ("300 °F", 300, "degree_Fahrenheit"),
    ("300F", 300, "degree_Fahrenheit"), ("373 K", 373, "kelvin"), ("0.5 kJ/mm", 0.5, "kilojoule/millimeter"), ("500 J/mm", 500, "joule/millimeter"),
    ("0.5 kJ·mm⁻¹", 0.5, "kilojoule/millimeter"), ("61.8 kJ", 61.8, "kilojoule"), ("3 kW", 3, "kilowatt"),
    ("50 mm²", 50, "millimeter**2"), ("50 mm2", 50, "millimeter**2"), ("500 cm³/h", 500, "centimeter**3/hour"), ("4 kg/h", 4, "kilogram/hour"),
    ("9 lb/h", 9, "pound/hour"), ("90 %", 90, "percent"), ("12 s", 12, "second"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value", "unit"), SPELLINGS)
def test_a_spelling_is_read_whole(text: str, value: float, unit: str):
    [found] = find_quantities(text)
    assert (found.value, found.unit) == (value, unit)
    [within] = find_quantities(f"We ran it at {text}, as before.")
    assert (within.value, within.unit) == (value, unit)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("0.6 kj/mm", 0.6, "kilojoule/millimeter"), ("0.6 KJ/MM", 0.6, "kilojoule/millimeter"), ("600 j / mm", 600, "joule/millimeter"),
        ("8 MM/S", 8, "millimeter/second"), ("48 CM/MIN", 48, "centimeter/minute"), ("3 M/Min", 3, "meter/minute"), ("20 IN/MIN", 20, "inch/minute"),
        ("3 KG/H", 3, "kilogram/hour"), ("15 L/MIN", 15, "liter/minute"), ("1.2 MM", 1.2, "millimeter"), ("15 Kw", 15, "kilowatt"),
        ("10 KV", 10, "kilovolt"), ("188 a", 188, "ampere"), ("21.4 v", 21.4, "volt"), ("150 ° c", 150, "degree_Celsius"),
    ],
)  # fmt: skip
def test_any_case_is_read_where_no_other_case_means_something_else(text: str, value: float, unit: str):
    [found] = find_quantities(f"We ran it at {text}, as before.")
    assert (found.text, found.value, found.unit) == (text, value, unit)


@pytest.mark.parametrize("text", ["5 MA", "5 ma", "5 mj/mm", "5 Mv", "20 G", "3 S", "use 3 a little", "weld 5 a time", "188 a bead", "8 MM/furlong"])
def test_a_case_that_could_mean_another_unit_or_an_article_is_left_alone(text: str):
    assert find_quantities(text) == []


@pytest.mark.parametrize(
    "text",
    ["2 V-grooves", "2 V grooves", "2V-groove", "two plates with 1 V-butt", "2 J-grooves", "3 A-frames", "3 v-grooves", "2v-notches", "1 K-bevel"],
)
def test_a_letter_that_tells_the_shape_of_a_joint_is_no_unit(text: str):
    assert find_quantities(text) == []
    assert [(q.value, q.unit) for q in find_quantities(f"weld {text} at 180 A")] == [(180, "ampere")]


@pytest.mark.parametrize(
    "text",
    [
        "180 A-22 V",
        "a 20 mm-thick plate",
        "180 A, 22 V weld",
        "22 V - fine",
        "180 A-pulsed GMAW",
        "180 A weld",
        "22 V/8 mm/s",
        "22 V butt joint",
        "180 A groove weld",
        "22 V groove",
    ],
)
def test_a_hyphen_after_a_quantity_does_not_hide_it(text: str):
    assert len(find_quantities(text)) == text.count(" A") + text.count("V") + text.count("mm")


def test_the_exact_spelling_comes_first():
    assert [(q.value, q.unit) for q in find_quantities("5 mA, 5 MJ and 188 a, 22 v")] == [
        (5, "milliampere"), (5, "megajoule"), (188, "ampere"), (22, "volt"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("21,4 V", 21.4), ("1,200 V", 1200), ("1,200.5 V", 1200.5), ("0,125 V", 0.125), ("1.200 V", 1.2), ("5e3 V", 5000), ("1.5e-1 V", 0.15),
        ("1,200.5e3 V", 1_200_500), ("1,234,567 V", 1_234_567), ("0021 V", 21),
        (".5 V", 0.5), ("(.045 in)", 0.045), ("U=.9 V", 0.9), ("-.5 V", -0.5), ("It was hot. 8 V", 8), ("8.5 V", 8.5), ("1,200.5 V", 1200.5),
    ],
)  # fmt: skip
def test_decimal_commas_thousands_and_exponents(text: str, value: float):
    assert [q.value for q in find_quantities(text)] == [value]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("-20 °C", [-20]), ("−20 °C", [-20]), ("(-20 °C)", [-20]), ("it is -20 °C", [-20]), ("T = -20 °C", [-20]), ("T=-20 °C", [-20]),
        ("180 A, -20 °C", [180, -20]),
        # A dash that joins two numbers, or stands apart from its number, is no sign.
        ("180-220 A", [220]), ("180 - 220 A", [220]), ("180 A -220 A", [180, 220]), ("180 A–220 A", [180, 220]), ("- 180 A\n- 22 V", [180, 22]),
        ("pre-20 °C", [20]),
    ],
)  # fmt: skip
def test_minus_signs_ranges_and_dashes(text: str, values: list[float]):
    assert [q.value for q in find_quantities(text)] == values


@pytest.mark.parametrize(
    "text", ["188A/21V/8mm/s", "188A,21V,8mm/s", "188 A 21 V 8 mm/s", "188A, 21V and 8mm/s.", "188a 21v 8mm/s", "전류188A 전압21V 8mm/s"]
)
def test_run_together_settings(text: str):
    assert [(q.value, q.unit) for q in find_quantities(text)] == [(188, "ampere"), (21, "volt"), (8, "millimeter/second")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "humping",
        "188",
        "188 a bead",
        "A 180",
        "x8 mm",
        "10.5.2 mm",
        "No.5 A",
        "the end.5 A",
        "...5 A",
        "10..5 mm",
        "layer 3).5 A",
        "1,200,5 A",
        "8 mm/s-1",
        "8 mm/furlong",
        "8 mm/Furlong",
        "8 V/furlong",
        "5 in argon",
        "5 Almonds",
        "8 mmx",
        "316Lx",
    ],
)
def test_what_is_not_a_quantity_is_left_alone(text: str):
    assert find_quantities(text) == []


def test_a_quantity_knows_where_it_stands():
    text = "at 188 A and -5 °C"
    for quantity in find_quantities(text):
        assert text[quantity.start : quantity.end] == quantity.text


@pytest.mark.parametrize(
    ("value", "unit", "target", "expected"),
    [
        (48, "centimeter/minute", "millimeter/second", 8), (20, "inch/minute", "millimeter/second", 25.4 * 20 / 60),
        (212, "degree_Fahrenheit", "degree_Celsius", 100), (373.15, "kelvin", "degree_Celsius", 100),
        (0.5, "kilojoule/millimeter", "joule/millimeter", 500),
        (30, "foot**3/hour", "liter/minute", 30 * 28.316846592 / 60), (10, "kilovolt", "volt", 10_000),
    ],
)  # fmt: skip
def test_conversion(value: float, unit: str, target: str, expected: float):
    assert convert(value, unit, target) == pytest.approx(expected, rel=1e-11)


def test_conversion_leaves_no_binary_dust():
    assert Quantity("48 cm/min", 48, "centimeter/minute", 0, 9).to("millimeter/second") == 8.0


def test_only_like_dimensions_are_compatible():
    assert compatible("inch/minute", "millimeter/second") and compatible("degree_Fahrenheit", "degree_Celsius")
    assert not compatible("ampere", "volt") and not compatible("millimeter", "millimeter/second")


@given(st.floats(0.01, 99_999).map(lambda v: float(f"{v:.6g}")))
def test_any_plain_number_is_read_as_it_is_written(value: float):
    assert [q.value for q in find_quantities(f"{value!r} mm")] == [value]


@given(
    st.floats(0.01, 1e6),
    st.sampled_from([("inch/minute", "millimeter/second"), ("degree_Fahrenheit", "degree_Celsius"), ("foot**3/hour", "liter/minute")]),
)
def test_conversion_there_and_back(value: float, units: tuple[str, str]):
    assert convert(convert(value, *units), *units[::-1]) == pytest.approx(value, rel=1e-8, abs=1e-8)


@given(st.text(alphabet='0123456789.,eE-−+ /()AVmscinf°C%분당\n"', max_size=60))
def test_no_text_is_too_strange(text: str):
    for quantity in find_quantities(text):
        assert 0 <= quantity.start < quantity.end <= len(text)


@pytest.mark.parametrize("text", ["Figure 3 a, right", "specimen 3 a, welded", "Table 2 a and b"])
def test_the_letter_of_a_figure_is_no_unit(text: str):
    assert find_quantities(text) == []
