"""What a user asks of a recommendation, read and refused."""

from pathlib import Path
from typing import Any

import pytest

from tests.tools.fakes import REQUIRED
from tests.tools.process_models import RANGES, write_process_models
from tools import wishes
from tools.conditions import ProcessConditions
from tools.goals import DepositionRate, FreeOf, HeatInput
from tools.result import ToolInputError

CONDITIONS = ProcessConditions.of(REQUIRED | {"wire_feed_speed_m_min": 8, "wire_diameter_mm": 1.2, "material": "316L"})  # type: ignore[typeddict-item]


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path)))


@pytest.mark.parametrize(("given", "read"), [(0.8, 0.8), ("0.9", 0.9), ("80%", 0.8), ("80 %", 0.8), (0, 0)])
def test_probabilities(given: float | str, read: float):
    assert wishes.sound(given, CONDITIONS).low == pytest.approx(read)


@pytest.mark.parametrize("given", [1, 1.5, -0.1, "high", "", None, True, float("nan"), float("inf"), "150%"])
def test_what_is_no_probability_is_refused(given: Any):
    with pytest.raises(ToolInputError, match=r"^sound_probability must be a probability from 0 to below 1"):
        wishes.sound(given, CONDITIONS)


@pytest.mark.parametrize(
    ("low", "high", "bounds"),
    [(None, 600, (0, 600)), (None, "0.6 kJ/mm", (0, 600)), ("3 kJ/cm", 600.0, (300, 600)), ("300", None, (300, float("inf")))],
)
def test_heat_input_in_any_unit(low: Any, high: Any, bounds: tuple[float, float]):
    [goal] = wishes.heat_input(low, high, "GMAW")
    assert isinstance(goal, HeatInput) and (goal.low, goal.high) == bounds


@pytest.mark.parametrize(
    ("low", "high"), [(600, 300), (None, -1), (None, "600 V"), ("hot", None), (float("nan"), None), (None, 10**400), (None, True)]
)
def test_heat_input_that_cannot_be_is_refused(low: Any, high: Any):
    with pytest.raises(ToolInputError, match=r"(?i)heat input"):
        wishes.heat_input(low, high, None)


def test_defects_by_name_all_of_them_or_none():
    assert wishes.free_of(None, None) == []
    for asked, titles in (("humping", ["humping"]), (["Balling", "humping"], ["balling", "humping"]), ("any", ["balling", "humping"])):
        [goal] = wishes.free_of(asked, None)
        assert isinstance(goal, FreeOf) and goal.high == 0.2
        assert [each.title for each in goal.defects] == [f"probability of {title}" for title in titles]
    assert len(wishes.free_of(None, 0.1)[0].defects) == 2  # type: ignore[attr-defined]
    for wrong in ("rust", "", [3], 5):
        with pytest.raises(ToolInputError):
            wishes.free_of(wrong, None)  # type: ignore[arg-type]


def test_a_deposition_rate_needs_the_wire_and_its_material():
    [goal] = wishes.deposition("3000 g/h", CONDITIONS)
    assert goal == DepositionRate(3.0, 8000)
    with pytest.raises(ToolInputError, match="state wire_diameter_mm, material too"):
        wishes.deposition(3, CONDITIONS.model_copy(update={"wire_diameter_mm": None, "material": None}))
    with pytest.raises(ToolInputError, match="density of unobtainium is not known"):
        wishes.deposition(3, CONDITIONS.model_copy(update={"material": "unobtainium"}))


def test_the_usual_settings_may_change_where_they_are_stated():
    assert wishes.allowed(None, CONDITIONS, RANGES) == ["voltage_v", "travel_speed_mm_s", "wire_feed_speed_m_min", "current_a"]
    bare = ProcessConditions.of(REQUIRED)  # type: ignore[arg-type]
    assert wishes.allowed(None, bare, RANGES) == ["voltage_v", "travel_speed_mm_s", "current_a"]
    assert wishes.allowed("travel speed, Voltage", bare, RANGES) == ["travel_speed_mm_s", "voltage_v"]


def test_what_is_to_stay_does_not_change():
    assert wishes.allowed(None, CONDITIONS, RANGES, keep="current, wire feed speed") == ["voltage_v", "travel_speed_mm_s"]
    with pytest.raises(ToolInputError, match="No setting is left"):
        wishes.allowed("voltage", CONDITIONS, RANGES, keep="voltage")


@pytest.mark.parametrize(
    ("allow", "words"),
    [
        ("wire_feed_speed_m_min", "is not stated; state its present value"), ("ctwd_mm", "was not trained on it"), ("colour", "allow names 'colour'"),
        ("material", "allow names 'material'"), ("", "No setting is left"), ([7], "must be names"), (7, "must be names"),
    ],
)  # fmt: skip
def test_what_cannot_change_is_refused(allow: Any, words: str):
    with pytest.raises(ToolInputError, match=words):
        wishes.allowed(allow, ProcessConditions.of(REQUIRED), RANGES)  # type: ignore[arg-type]


def test_ranges_are_those_that_all_models_share():
    encoders = wishes.encoders_of([wishes.sound(0.8, CONDITIONS), *wishes.heat_input(None, 600, None)])
    assert set(encoders) == {"anomaly", "heat_input"}
    encoders["heat_input"].meta["training_range"] = {"current_a": [100.0, 400.0], "voltage_v": [40.0, 50.0]}
    assert wishes.trained_ranges(encoders) == {"current_a": (100.0, 320.0)}
