"""What a question states besides settings: each amount by its unit and the words beside it, with the limit that it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cost import growth
from tools.amounts import Amount, amounts, mentions, without_prices
from tools.quantities import QUANTITIES
from tools.reading import read
from tools.result import ToolInputError


def told(text: str) -> list[tuple[str, float, str | None]]:
    return [(amount.name, pytest.approx(amount.value), amount.bound) for amount in amounts(text)[0]]


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("keep the heat input under 0.6 kJ/mm", "max"), ("heat input below 600 J/mm", "max"), ("at most 0.6 kJ/mm of heat input", "max"),
        ("heat input ≤ 6 kJ/cm", "max"), ("no more than 0.6 kJ/mm heat input", "max"), ("the heat input must not exceed 600 J/mm", "max"),
        ("0.6 kJ/mm or less heat input", "max"), ("max heat input 0.6 kJ/mm", "max"), ("never above a heat input of 0.6 kJ/mm", "max"),
        ("heat input of 0.6 kJ/mm maximum", "max"), ("without exceeding 0.6 kJ/mm heat input", "max"), ("heat input limited to 0.6 kJ/mm", "max"),
        ("입열량을 0.6 kJ/mm 이하로", "max"), ("입열량이 600 J/mm 를 넘지 않게", "max"), ("최대 입열량 0.6 kJ/mm", "max"),
        ("heat input of at least 0.6 kJ/mm", "min"), ("heat input over 0.6 kJ/mm", "min"), ("no less than 0.6 kJ/mm heat input", "min"),
        ("heat input not below 0.6 kJ/mm", "min"), ("heat input > 600 J/mm", "min"), ("0.6 kJ/mm heat input or more", "min"),
        ("입열량 0.6 kJ/mm 이상", "min"), ("heat input of 0.6 kJ/mm", None), ("0.6 kJ/mm heat input", None), ("입열량 0.6 kJ/mm", None),
    ],
)  # fmt: skip
def test_limits(text: str, bound: str | None):
    assert told(text) == [("heat_input_j_mm", 600, bound)]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("at least 3 kg/h", "deposition_rate_kg_h", 3),
        ("용착 속도 3 kg/h", "deposition_rate_kg_h", 3),
        ("deposition rate 500 cm3/h", "deposition_rate_cm3_h", 500),
        ("4 kW", "arc_power_kw", 4),
        ("a cross-section of 18 mm²", "bead_area_mm2", 18),
        ("60 kJ a bead", "bead_energy_kj", 60),
        ("arc energy of 0.7 kJ/mm", "arc_energy_j_mm", 700),
        ("t8/5 of 8 s", "t85_s", 8),
        ("cooling time 8 s", "t85_s", 8),
        ("arc time 12 s", "bead_time_s", 12),
        ("plate thickness 12 mm", "plate_thickness_mm", 12),
        ("12 mm plate", "plate_thickness_mm", 12),
        ("10 mm thick", "plate_thickness_mm", 10),
        ("on a 1 cm substrate", "plate_thickness_mm", 10),
        ("판 두께 20 mm", "plate_thickness_mm", 20),
        ("transition thickness 9 mm", "transition_thickness_mm", 9),
        ("preheated to 150 °C", "preheat_temperature_c", 150),
        ("300 °F preheat", "preheat_temperature_c", 148.889),
        ("예열 150도", "preheat_temperature_c", 150),
        ("k = 0.7", "thermal_efficiency", 0.7),
        ("arc efficiency of 70 %", "thermal_efficiency", 0.7),
        ("a WFS/TS ratio of 15", "wire_to_travel_ratio", 15),
        ("shape factor 0.9", "shape_factor", 0.9),
        ("wire at 12 EUR/kg", "price_wire_per_kg", 12),
        ("$9 per kg of wire", "price_wire_per_kg", 9),
        ("gas 4 €/m³", "price_gas_per_m3", 4),
        ("argon at 0.006 EUR/L", "price_gas_per_m3", 6),
        ("45 EUR per hour", "price_hour", 45),
        ("시간당 50000원", "price_hour", 50000),
        ("와이어 kg당 12000원", "price_wire_per_kg", 12000),
        ("cost below 40 EUR/kg", "cost_per_kg", 40),
        ("density 8.2 g/cm³", "density_kg_m3", 8200),
    ],
)
def test_what_it_is(text: str, name: str, value: float):
    assert [(n, v) for n, v, _ in told(text)] == [(name, value)]


def test_each_number_has_its_own_words():
    assert told("heat input below 0.6 kJ/mm and arc energy over 0.8 kJ/mm") == [("heat_input_j_mm", 600, "max"), ("arc_energy_j_mm", 800, "min")]
    assert told("0.5 kJ/mm heat input and 0.7 kJ/mm arc energy") == [("heat_input_j_mm", 500, None), ("arc_energy_j_mm", 700, None)]
    assert told("t8/5 above 8 s on a 20 mm plate preheated to 150 °C") == [
        ("t85_s", 8, "min"), ("plate_thickness_mm", 20, None), ("preheat_temperature_c", 150, None),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["wait 8 s", "cooling time between 5 and 8 s"])
def test_where_no_word_decides_it_is_left_out_and_reported(text: str):
    found, unread = amounts(text)
    assert found == [] and len(unread) == 1 and unread[0] in text


@pytest.mark.parametrize(
    "text",
    [
        "188 A, 21.4 V at 48 cm/min, wire diameter 1.2 mm, WFS 8 m/min, CTWD 15 mm, gas flow 15 L/min, bead length 120 mm, interpass 150 °C",
        "it costs 12 EUR/kg", "316L with 98Ar/2CO2", "90 % sure", "", "why does humping happen?",
    ],
)  # fmt: skip
def test_settings_and_what_is_none_are_no_amounts(text: str):
    assert amounts(text) == ([], [])


def test_it_knows_where_each_stands():
    text = "Is a heat input of 0.6 kJ/mm too much?"
    (amount,), _ = amounts(text)
    assert amount == Amount("heat_input_j_mm", 600, "0.6 kJ/mm", 19, 28) and text[19:28] == "0.6 kJ/mm"


def test_prices_can_be_blanked_out_for_who_reads_settings():
    text = "316L wire at 12 EUR/kg, 188 A"
    assert without_prices(text) == "316L wire at          , 188 A" and read(text).without_unit and not read(without_prices(text)).without_unit


def test_what_is_not_credible_is_one_sentence():
    with pytest.raises(ToolInputError, match=r"Heat input \(heat_input_j_mm\) of .* is outside the allowed range"):
        amounts("heat input under 5000 kJ/mm")


def test_of_names_that_overlap_the_longest_counts():
    assert [m.name for m in mentions("arc energy, energy per kg and deposition rate", QUANTITIES)] == [
        "arc_energy_j_mm", "energy_per_kg_kwh", "deposition_rate_kg_h",
    ]  # fmt: skip


PIECES = ["0.6 kJ/mm", "under", "heat input", "8 s", "t8/5", "€", "12/kg", "per", "plate", "mm", "-3", "1e9 kW", "k =", "or less", "이하"]


@settings(deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_any_text_gives_amounts_or_one_sentence(text: str):
    try:
        found, _ = amounts(text)
    except ToolInputError as refused:
        assert "\n" not in str(refused)
    else:
        assert all(QUANTITIES[a.name].low <= a.value <= QUANTITIES[a.name].high for a in found)


class TestHeatInputByItsUnitAlone:
    """Energy per length is heat input where nothing says arc energy, and the reader is told that it was taken so."""

    def test_a_bare_limit(self):
        (amount,), unread = amounts("keep it under 0.6 kj/mm at 200 A and 22 V")
        assert (amount.name, amount.value, amount.bound, unread) == ("heat_input_j_mm", 600, "max", [])
        assert amount.note == "0.6 kj/mm is taken as heat input; say arc energy where that is meant."

    @pytest.mark.parametrize("text", ["heat input under 0.6 kJ/mm", "keep the arc energy under 0.6 kJ/mm", "600 J/mm of arc energy"])
    def test_a_named_one_needs_no_note(self, text: str):
        (amount,), _ = amounts(text)
        assert amount.note == "" and amount.name == ("arc_energy_j_mm" if "arc" in text else "heat_input_j_mm")


@pytest.mark.parametrize("run", ["1", "1,", "1.", "1e", "€1", "1 € ", "h당 ", "h당 1", "a"])
def test_prices_are_looked_for_once_at_each_place(run: str):
    assert growth(without_prices, lambda length: (run * length)[:length]) < 40


@pytest.mark.parametrize("price", ["12 EUR/kg", "€12/kg", "€ 12 per kg", "EUR 1,200/h", "0.5€ a bead", ".5 $/kg", "kg당 12원"])
def test_a_price_is_no_setting_and_a_number_without_a_currency_is_no_price(price: str):
    assert without_prices(f"wire at {price}, 188 A") == f"wire at {' ' * len(price)}, 188 A"
    assert without_prices("wire at 12/kg, 188 A") == "wire at 12/kg, 188 A"


def test_a_letter_with_a_number_on_it_is_a_name():
    assert amounts("base plate bend after 40 layers on cell K3")[0] == []
    assert [(each.name, each.value) for each in amounts("heat input with k 0.7 at 200 A")[0]] == [("thermal_efficiency", 0.7)]
