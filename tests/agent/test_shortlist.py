"""How likely each tool is meant, according to an encoder."""

from types import SimpleNamespace

import numpy as np
import pytest

from agent import shortlist
from tools.conditions import FEATURES


def test_without_the_encoder_nothing_is_known(home):
    assert shortlist.probabilities("Is 188 A normal?") == {}


def test_logits_become_calibrated_probabilities_by_tool_name(monkeypatch):
    fed = []

    def run(texts, features):
        fed.append((texts, features))
        return np.array([[2.0, 0.0]])

    encoder = SimpleNamespace(run=run, meta={"labels": ["Detect_anomaly", "Small_talk"], "temperature": 2.0})
    monkeypatch.setattr(shortlist, "load_encoder", lambda name: encoder)
    found = shortlist.probabilities("Is 188 A, 10 kV normal?")
    assert found == {"detect_anomaly": pytest.approx(0.7311, abs=1e-4), "small_talk": 0.5}
    assert fed[0][0] == ["Is 188 A, 10 kV normal?"] and len(fed[0][1][0]) == FEATURES
