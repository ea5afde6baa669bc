"""Goals: reached or by how much missed, and in words."""

import math
from pathlib import Path

import numpy as np
import pytest

from tests.tools.fakes import REQUIRED
from tests.tools.process_models import write_process_models
from tools.conditions import ProcessConditions
from tools.encoder import load_encoder
from tools.goals import BORDER, DepositionRate, FreeOf, HeatInput, Sound
from tools.outcome import Outcome, outcome_of

CONDITIONS = ProcessConditions.of(REQUIRED)  # type: ignore[arg-type]
COLUMNS = {name: np.array([value, value]) for name, value in CONDITIONS.given().items()}


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path)))


def test_a_sound_bead_is_missed_by_the_probability_that_is_lacking():
    goal = Sound(outcome_of("anomaly", CONDITIONS), 0.8)
    assert goal.shortfall({}, {"anomaly": np.array([[0.0], [-math.log(4)], [-9.0]])}) == pytest.approx([0.3, 0, 0], abs=1e-9)
    assert goal.wanted == "a probability of a sound bead of at least 0.8"
    assert Sound(goal.of, 0).wanted == ""


@pytest.mark.parametrize(("logit", "close"), [(-math.log(4), True), (-1.6, True), (-3.0, False)])
def test_a_probability_near_its_bound_is_said_to_be(logit: float, close: bool):
    estimate, words, doubt = Sound(outcome_of("anomaly", CONDITIONS), 0.8).outcome({}, {"anomaly": np.array([[logit]])})
    assert bool(doubt) == close and words.startswith("a sound bead with probability 0.")
    assert estimate.value == pytest.approx(1 / (1 + math.exp(logit)), abs=1e-4)
    assert f"calibration error, {BORDER:.2f}" in doubt or not close


def test_every_defect_counts_and_the_likeliest_is_told():
    encoder = load_encoder("defects")
    goal = FreeOf((Outcome(encoder, "probability of balling", label=0), Outcome(encoder, "probability of humping", label=1)), 0.2)
    outputs = {"defects": np.array([[0.0, -9.0, 0.0], [-9.0, -9.0, 0.0], [0.0, 0.0, 0.0]])}
    assert goal.shortfall({}, outputs) == pytest.approx([0.3, 0, 0.6], abs=1e-3)
    assert goal.outcome({}, outputs)[1] == "balling with probability 0.50 as the likeliest of these defects"
    assert goal.wanted == "a probability of balling or humping of at most 0.2"


def heat(low: float, high: float) -> HeatInput:
    return HeatInput(load_encoder("heat_input"), None, low, high)


def raw(value: float) -> dict[str, np.ndarray]:
    return {"heat_input": np.array([[math.log(value)]] * 2)}


@pytest.mark.parametrize(("low", "high", "short"), [(0, 400, 0), (390, 400, 0), (0, 360, 0.1), (440, math.inf, 0.1), (0, 198, 1.0 + 0.81)])
def test_the_formula_must_lie_within_the_bounds(low: float, high: float, short: float):
    assert heat(low, high).shortfall(COLUMNS, raw(396)) == pytest.approx([short] * 2, abs=0.02)  # 0.8 · 180 A · 22 V / 8 mm/s = 396 J/mm


def test_a_model_whose_whole_interval_contradicts_the_formula_is_a_miss():
    assert heat(0, 400).shortfall(COLUMNS, raw(430))[0] == 0, "430 less a tenth is inside"
    assert heat(0, 400).shortfall(COLUMNS, raw(600))[0] > 0.3
    assert "reaches beyond the bound" in heat(0, 400).outcome(COLUMNS, raw(396))[2]
    assert heat(0, 500).outcome(COLUMNS, raw(396))[2] == ""


def test_bounds_in_words():
    assert [heat(*b).wanted for b in ((0, 400), (300, 400), (300, math.inf))] == [
        "a heat input of at most 400 J/mm", "a heat input of 300 to 400 J/mm", "a heat input of at least 300 J/mm",
    ]  # fmt: skip


def test_the_deposition_rate_is_the_mass_of_wire_fed():
    # 1.2 mm of 8000 kg/m³ at 8 m/min: 1.131 mm² · 8 m/min · 60 min/h = 543 cm³/h
    columns = {"wire_diameter_mm": np.array([1.2]), "wire_feed_speed_m_min": np.array([8.0])}
    assert DepositionRate(4, 8000).shortfall(columns, {})[0] == 0
    assert DepositionRate(8.686, 8000).shortfall(columns, {})[0] == pytest.approx(0.5, rel=1e-3)
    assert DepositionRate(4, 8000).outcome(columns, {})[0].model_dump(exclude_none=True) == {
        "name": "deposition rate",
        "value": 4.343,
        "unit": "kg/h",
    }


class TestMissed:
    """By how much a goal is missed, for the nearest miss; nothing is said of one that is reached."""

    def test_a_probability(self):
        goal = Sound(outcome_of("anomaly", CONDITIONS), 0.8)
        assert goal.missed({}, {"anomaly": np.array([[0.0]])}) == "the probability of a sound bead is 0.3 below 0.8"
        assert goal.missed({}, {"anomaly": np.array([[-9.0]])}) == ""

    def test_each_defect(self):
        encoder = load_encoder("defects")
        goal = FreeOf(tuple(Outcome(encoder, f"probability of {n.lower()}", label=i) for i, n in enumerate(encoder.names) if n != "Normal"), 0.2)
        logits = np.full((1, len(encoder.names)), -9.0)
        assert goal.missed({}, {"defects": logits}) == ""
        logits[0, encoder.names.index("Humping")] = 0.0
        assert goal.missed({}, {"defects": logits}) == "the probability of humping is 0.3 above 0.2"

    @pytest.mark.parametrize(
        ("low", "high", "said"),
        [
            (0, 300, "the heat input by the formula is 96 J/mm above 300 J/mm"),
            (500, math.inf, "the heat input by the formula is 104 J/mm below 500 J/mm"),
        ],
    )
    def test_a_heat_input(self, low: float, high: float, said: str):
        columns = {name: np.array([value]) for name, value in CONDITIONS.given().items()}
        goal = HeatInput(load_encoder("heat_input"), "GMAW", low, high)
        assert goal.missed(columns, {"heat_input": np.array([[math.log(400)]])}) == said

    def test_a_deposition_rate(self):
        columns = {"wire_diameter_mm": np.array([1.2]), "wire_feed_speed_m_min": np.array([5.0])}
        assert DepositionRate(3.0, 7850).missed(columns, {}) == "the deposition rate is 0.337 kg/h below 3 kg/h"
        assert DepositionRate(2.0, 7850).missed(columns, {}) == ""
