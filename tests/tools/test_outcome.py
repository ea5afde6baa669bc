"""One number of a model's answer, for a batch: the same that the public tools give one by one."""

from pathlib import Path

import numpy as np
import pytest

from tests.tools.fakes import REQUIRED
from tests.tools.process_models import write_process_models
from tools.anomaly import detect_anomaly
from tools.conditions import ProcessConditions
from tools.energy import predict_energy
from tools.heat_input import predict_heat_input
from tools.outcome import defect_named, outcome_of
from tools.result import ToolInputError

CONDITIONS = ProcessConditions.of(REQUIRED | {"bead_length_mm": 100})  # type: ignore[typeddict-item]


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path)))


def answer(target: str, defect: str | None = None) -> float:
    outcome = outcome_of(target, CONDITIONS, defect)
    both = outcome.read(np.stack([outcome.encoder.logits(CONDITIONS)] * 2))
    assert both.shape == (2,) and both[0] == both[1]
    return float(both[0])


def test_a_sound_bead_is_what_abnormal_is_not():
    [estimate] = detect_anomaly(**REQUIRED | {"travel_speed_mm_s": 9}).estimates  # type: ignore[arg-type]
    assert answer("anomaly") == pytest.approx(0.5), "v = 8, I = 180"
    assert estimate.value == "abnormal"


def test_amounts_are_those_of_the_tools():
    heat, energy = predict_heat_input(**REQUIRED).estimates[0], predict_energy(**REQUIRED, bead_length_mm=100).estimates[0]  # type: ignore[arg-type]
    assert answer("heat_input") == pytest.approx(heat.value, rel=1e-3) == pytest.approx(396, rel=1e-3)
    assert answer("energy") == pytest.approx(energy.value, rel=1e-3) == pytest.approx(49.5, rel=1e-3)


def test_the_likeliest_defect_unless_one_is_named():
    assert outcome_of("defects", CONDITIONS).title == "probability of balling", "(6/8)^4 against (8/12)^4"
    assert answer("defects", "HUMPING") == pytest.approx(1 / (1 + 1.5**4), rel=1e-4)


@pytest.mark.parametrize("target", ["", "soundness", None, 3])
def test_an_unknown_target_is_refused_with_those_there_are(target: str):
    with pytest.raises(ToolInputError, match=r"^Target must be one of anomaly, defects, heat_input, energy, not "):
        outcome_of(target, CONDITIONS)


def test_an_unknown_defect_is_refused_with_those_there_are():
    with pytest.raises(ToolInputError, match=r"no defect called 'porosity'; the model knows Balling, Humping\.$"):
        outcome_of("defects", CONDITIONS, "porosity")
    with pytest.raises(ToolInputError, match="target='defects'"):
        outcome_of("anomaly", CONDITIONS, "humping")
    assert defect_named("lack_of_fusion", ["Lack of fusion"]) == "Lack of fusion"
