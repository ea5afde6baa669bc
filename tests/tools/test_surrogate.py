"""The surrogate: exact in the numbers, near in the text, and right where the models were asked."""

from pathlib import Path

import numpy as np
import pytest

from tests.tools.fakes import REQUIRED
from tests.tools.process_models import NAMES, write_process_models
from tools.conditions import FEATURES, ProcessConditions
from tools.encoder import load_encoder
from tools.ladders import Ladder, Space
from tools.outputs import Novelty
from tools.surrogate import Surrogate

BASE = ProcessConditions.of(REQUIRED | {"material": "316L"})  # type: ignore[typeddict-item]
SPACE = Space(BASE, (Ladder.of("voltage_v", 22.0, 12.0, 36.0), Ladder.of("travel_speed_mm_s", 8.0, 2.5, 30.0)))


def surrogate(home: Path, monkeypatch: pytest.MonkeyPatch, **how: object) -> Surrogate:
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(home, **how)))  # type: ignore[arg-type]
    return Surrogate({name: load_encoder(name) for name in ("anomaly", "heat_input")}, SPACE)


@pytest.mark.parametrize("body", [False, True])
def test_numbers_are_exact(body: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made = surrogate(tmp_path, monkeypatch, body=body)
    points = SPACE.points()[::97]
    found = made.outputs(points)
    for point, guess in zip(points, found["heat_input"], strict=True):
        assert made.ask(point)["heat_input"][0] == pytest.approx(guess, abs=1e-4)
    off = [abs(float(made.ask(point)["anomaly"][0, 0] - guess[0])) for point, guess in zip(points, found["anomaly"], strict=True)]
    assert max(off) < (0.41 if body else 1e-4), "21.4 and 7.9 have two tokens each more than 22 and 8"


def test_where_the_models_were_asked_their_answer_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made = surrogate(tmp_path, monkeypatch, body=True)
    points = SPACE.points()[::97]
    plain = made.outputs(points)
    assert made.corrected(points, plain) is plain, "nothing was asked"
    told = made.ask(points[3])["anomaly"][0]
    assert made.corrected(points, plain)["anomaly"][3] == pytest.approx(told, abs=1e-4)


def test_the_models_are_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made = surrogate(tmp_path, monkeypatch)
    first = made.ask(SPACE.start()[0])
    monkeypatch.setattr(made.encoders["anomaly"], "logits", lambda conditions: pytest.fail("asked again"))
    assert made.ask(SPACE.start()[0]) is first


def test_novelty_is_that_of_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whiten = np.zeros((FEATURES, 1))
    whiten[NAMES.index("voltage_v")] = 1.0
    mean = np.zeros(FEATURES)
    mean[NAMES.index("voltage_v")] = np.log(22.0)
    made = surrogate(tmp_path, monkeypatch, novelty=Novelty(mean, whiten, np.linspace(0, 0.3, 101)))
    ends = np.array([SPACE.start()[0], [0, SPACE.ladders[1].start]])
    assert made.novelty(ends).tolist() == [pytest.approx(0, abs=0.02), 1.0]
