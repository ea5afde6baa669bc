"""How likely each tool is meant, according to an encoder."""

import math

import numpy as np
import pytest

from agent import shortlist
from tests.tools.fakes import labels, write_model
from tools.conditions import FEATURES
from tools.encoder import Encoder
from tools.features import Features
from tools.fields import FIELDS
from tools.outputs import Calibration


def test_without_the_encoder_nothing_is_known(home):
    assert shortlist.probabilities("Is 188 A normal?") == {}


def test_logits_become_calibrated_probabilities_by_tool_name(monkeypatch, tmp_path):
    reads = np.zeros((FEATURES, 2))
    reads[list(FIELDS).index("current_a")] = [2.0 / math.log(188), 0.0]
    write_model(
        tmp_path / "router", [(1.0, {"features": reads.tolist()})], Features(process=True),
        output=labels("Detect_anomaly", "Small_talk"), calibration=Calibration(temperature=2.0).to_json(),
    )  # fmt: skip
    monkeypatch.setattr(shortlist, "load_encoder", lambda name: Encoder(tmp_path / name))
    found = shortlist.probabilities("Is 188 A, 10 kV normal?")
    assert found == {"detect_anomaly": pytest.approx(0.7311, abs=1e-4), "small_talk": 0.5}, "what is not credible is left out"
