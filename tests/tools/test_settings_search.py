"""The search: the smallest change where that is known in closed form, told apart, or the nearest miss."""

from pathlib import Path

import numpy as np
import pytest

from tests.tools.fakes import REQUIRED
from tests.tools.process_models import write_process_models
from tools.conditions import ProcessConditions
from tools.goals import Sound
from tools.ladders import Ladder, Space
from tools.outcome import outcome_of
from tools.settings_search import CANDIDATES, Search, dominated, search
from tools.surrogate import Surrogate

BASE = ProcessConditions.of(REQUIRED)  # type: ignore[arg-type]
SPEED, CURRENT = Ladder.of("travel_speed_mm_s", 8.0, 2.5, 30.0), Ladder.of("current_a", 180.0, 60.0, 320.0)


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path)))


def run(probability: float, *ladders: Ladder) -> tuple[Search, Space]:
    space, outcome = Space(BASE, ladders), outcome_of("anomaly", BASE)
    return search(space, Surrogate({"anomaly": outcome.encoder}, space), [Sound(outcome, probability)]), space


def test_the_smallest_change_of_one_setting():
    found, space = run(0.8, SPEED)  # (v/8)^4 = 1/4 at v = 5.657
    assert [space.values(each.point[None])[0].tolist() for each in found.candidates] == [[5.6]]


def test_several_ways_are_told_apart_and_the_smallest_comes_first():
    found, space = run(0.8, SPEED, CURRENT)
    values = [space.values(each.point[None])[0].tolist() for each in found.candidates]
    assert values[0] == [5.6, 180.0], "a tenth of its range, where the current needs a third"
    assert 1 < len(values) <= CANDIDATES
    costs = [each.cost for each in found.candidates]
    assert costs == sorted(costs)
    for i, each in enumerate(found.candidates):
        assert not any(dominated(each.away[None], other.away)[0] for other in found.candidates[:i])
        assert each.shortfall == 0


def test_where_the_present_settings_do_nothing_changes():
    found, _ = run(0.4, SPEED)
    assert [each.away.tolist() for each in found.candidates] == [[0.0]] and found.tried == 1


def test_where_nothing_does_the_nearest_miss_is_the_best_there_is():
    found, space = run(0.999, SPEED)
    assert found.candidates == []
    assert space.values(found.nearest.point[None])[0].tolist() == [2.5]
    assert found.asked <= found.tried


def test_what_is_unlike_the_training_records_is_no_candidate(monkeypatch: pytest.MonkeyPatch):
    outcome, space = outcome_of("anomaly", BASE), Space(BASE, (SPEED,))
    surrogate = Surrogate({"anomaly": outcome.encoder}, space)
    monkeypatch.setattr(surrogate, "novelty", lambda points: (space.values(points)[:, 0] < 5.8).astype(float))
    assert search(space, surrogate, [Sound(outcome, 0.8)]).candidates == []
    assert search(space, surrogate, [Sound(outcome, 0.7)]).candidates, "6.4 mm/s"


@pytest.mark.parametrize(("away", "only_adds"), [([0.2, 0.1], True), ([0.1, 0.4], False), ([0.0, 0.4], False), ([0.2, 0.0], True)])
def test_a_change_that_only_adds_to_a_known_one(away: list[float], only_adds: bool):
    assert dominated(np.array([away]), np.array([0.2, 0.0]))[0] == only_adds
