"""The simulator: repeatable, valid, in the study's shape, and near the physics it claims."""

import math
from collections import Counter

import numpy as np
import pytest

from finetune.simulator import DATA_LABEL, LABELS, STUDY_TEST_COUNTS, Experiment, simulate, simulate_study
from tools.conditions import ProcessConditions
from tools.formulas import bead_energy_kj, heat_input_j_mm


@pytest.fixture(scope="module")
def experiments() -> list[Experiment]:
    return simulate(600, seed=3)


def test_equal_seeds_give_equal_experiments():
    assert simulate(20, seed=5) == simulate(20, seed=5)
    assert [e.conditions for e in simulate(20, seed=5)] != [e.conditions for e in simulate(20, seed=6)]


def test_the_study_has_its_label_combinations():
    train, test = simulate_study()
    assert (len(train), len(test)) == (112, 28)
    assert Counter(e.labels for e in test) == STUDY_TEST_COUNTS
    assert Counter(e.labels for e in train) == {labels: 4 * n for labels, n in STUDY_TEST_COUNTS.items()}
    assert not {e.id for e in train} & {e.id for e in test}


def test_every_experiment_is_valid_and_readable(experiments: list[Experiment]):
    assert len({e.id for e in experiments}) == len(experiments)
    for e in experiments:
        assert ProcessConditions.from_text(e.conditions.to_text()) == e.conditions
        assert not e.conditions.missing(tuple(ProcessConditions.model_fields))
        assert math.isfinite(e.heat_input_j_mm) and math.isfinite(e.energy_kj) and e.heat_input_j_mm > 0 < e.energy_kj


def test_labels_are_known_and_normal_stands_alone(experiments: list[Experiment]):
    for e in experiments:
        assert e.labels and set(e.labels) <= set(LABELS) and list(e.labels) == sorted(e.labels)
        assert "Normal" not in e.labels or e.labels == ("Normal",)
    assert {label for e in experiments for label in e.labels} == set(LABELS)


def test_measured_heat_scatters_around_the_formula(experiments: list[Experiment]):
    heat, energy = [], []
    for e in experiments:
        c = e.conditions
        assert c.current_a and c.voltage_v and c.travel_speed_mm_s and c.bead_length_mm
        heat.append(e.heat_input_j_mm / heat_input_j_mm(c.current_a, c.voltage_v, c.travel_speed_mm_s, c.process))
        energy.append(e.energy_kj / bead_energy_kj(c.current_a, c.voltage_v, c.travel_speed_mm_s, c.bead_length_mm))
    assert np.mean(heat) == pytest.approx(1, abs=0.01) and np.max(np.abs(np.array(heat) - 1)) < 0.2
    assert np.std(heat) == pytest.approx(math.hypot(0.03, 0.02), rel=0.2)
    assert np.allclose(heat, energy, rtol=1e-4), "one measurement gives both"


def test_humping_comes_with_speed(experiments: list[Experiment]):
    speed = {hump: np.median([e.conditions.travel_speed_mm_s for e in experiments if ("Humping" in e.labels) == hump]) for hump in (True, False)}  # type: ignore[type-var]
    assert speed[True] > 1.3 * speed[False]


def test_what_is_simulated_says_so():
    assert "synthetic" in DATA_LABEL
