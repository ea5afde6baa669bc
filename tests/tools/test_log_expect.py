"""The comparison with the models: each segment's mean settings are asked about, and a difference is told. No model is needed here."""

from collections.abc import Mapping

import pytest

from tools import log_expect
from tools.encoder import ModelMissing
from tools.log_expect import compare
from tools.result import Estimate, ToolInputError, ToolResult
from tools.signals import Bead, Spread


def bead(number: int = 1, heat: float | None = 400.0, speed: float | None = 8.0) -> Bead:
    return Bead(
        number, None, 0, 10, 10, 10, 100, 0, current_a=Spread(180.04, 2, 0.01), voltage_v=Spread(22.004, 0.2, 0.01),
        travel_speed_mm_s=speed, heat_input_j_mm=heat,
    )  # fmt: skip


class Asked:
    """Answers with an interval of 350 to 450 J/mm and a sound bead; remembers what it was asked."""

    def __init__(self) -> None:
        self.settings: list[Mapping[str, float | str]] = []

    def __call__(self, settings: Mapping[str, float | str]) -> dict[str, ToolResult]:
        self.settings.append(settings)
        heat = Estimate(name="heat_input", value=401.0, unit="J/mm", interval=(350, 450), level=0.9)
        return {
            "predict_heat_input": ToolResult(tool="predict_heat_input", summary="", estimates=[heat], warnings=["demo model"]),
            "detect_anomaly": ToolResult(tool="detect_anomaly", summary="", estimates=[Estimate(name="condition", value="normal", probability=0.9)]),
        }


def test_mean_settings_are_asked_about_once():
    ask = Asked()
    entries, warnings = compare([bead(1), bead(2)], {"process": "GMAW"}, ask)
    assert ask.settings == [{"process": "GMAW", "current_a": 180.0, "voltage_v": 22.0, "travel_speed_mm_s": 8.0}]
    assert entries[1] == {
        "segment": 2, "settings": ask.settings[0], "heat_input_expected_j_mm": 401.0, "interval": (350, 450), "level": 0.9,
        "heat_input_measured_j_mm": 400.0, "inside_interval": True, "condition_expected": "normal", "probability": 0.9,
    }  # fmt: skip
    assert warnings == ["predict_heat_input: demo model"]


def test_a_measurement_outside_the_interval_is_told():
    entries, warnings = compare([bead(1), bead(2, heat=520)], {}, Asked())
    assert [entry["inside_interval"] for entry in entries] == [True, False]
    assert warnings[-1] == "The measured heat input is outside the model's interval in segment 2; the measurement comes first."


def test_nobody_is_asked_where_the_speed_is_not_known():
    ask = Asked()
    assert compare([bead(speed=None)], {}, ask) == ([], []) and ask.settings == []


@pytest.mark.parametrize("error", [ToolInputError("Travel speed is out of range."), ModelMissing("The model heat_input is not built yet.")])
def test_what_cannot_be_asked_is_a_warning(error: Exception):
    def ask(settings: Mapping[str, float | str]) -> dict[str, ToolResult]:
        raise error

    entries, [warning] = compare([bead()], {}, ask)
    assert entries == [] and str(error) in warning


def test_many_segments_are_asked_about_up_to_a_number(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(log_expect, "MOST", 2)
    entries, warnings = compare([bead(n) for n in range(5)], {}, Asked())
    assert len(entries) == 2 and "first 2 of 5" in warnings[0]
