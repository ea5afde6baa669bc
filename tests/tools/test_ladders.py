"""The values that can be dialled in, and how far each is from the present."""

import numpy as np
import pytest

from tests.tools.fakes import REQUIRED
from tools.conditions import ProcessConditions
from tools.ladders import EACH, Ladder, Space

BASE = ProcessConditions.of(REQUIRED)  # type: ignore[arg-type]
SPEED = Ladder.of("travel_speed_mm_s", 8.0, 2.5, 30.0)
VOLTAGE = Ladder.of("voltage_v", 22.0, 12.0, 36.0)
SPACE = Space(BASE, (VOLTAGE, SPEED))


def test_values_are_settable_inside_the_range_and_hold_the_present_one():
    ladder = Ladder.of("voltage_v", 21.37, 20.04, 22.96)
    assert ladder.values.min() == 20.1 and ladder.values.max() == 22.9
    assert ladder.values[ladder.start] == 21.37 and not ladder.moved
    assert Ladder.of("wire_diameter_mm", 1.2, 0.8, 1.2).values.tolist() == [0.8, 0.9, 1.0, 1.2]


def test_a_present_value_outside_the_range_must_change():
    ladder = Ladder.of("current_a", 400.0, 62.0, 320.0)
    assert ladder.moved and ladder.values[ladder.start] == 320 and ladder.values.max() == 320
    space = Space(BASE, (ladder,))
    assert space.changed(space.start()).all() and ladder.start in ladder.coarse()


def test_a_range_of_one_value_that_no_step_meets_is_still_a_ladder():
    ladder = Ladder.of("wire_feed_speed_m_min", 5.0, 7.33, 7.33)
    assert ladder.values.tolist() == [7.33] and Space(BASE, (ladder,)).widths().tolist() == [1.0]


def test_places_to_try_are_close_together_near_the_present_and_reach_both_ends():
    places = SPEED.coarse()
    assert {0, len(SPEED.values) - 1, SPEED.start - 1, SPEED.start + 1} <= set(places) and SPEED.start not in places


def test_points_change_every_set_of_settings_and_stay_inside():
    points = SPACE.points()
    assert len(np.unique(points, axis=0)) == len(points)
    assert {tuple(row) for row in SPACE.changed(points)} == {(False, False), (True, False), (False, True), (True, True)}
    values = SPACE.values(points)
    assert (values.min(axis=0) >= [12, 2.5]).all() and (values.max(axis=0) <= [36, 30]).all()


@pytest.mark.parametrize("count", [1, 4, 8])
def test_there_are_never_more_points_than_can_be_looked_at(count: int):
    points = Space(BASE, tuple([SPEED, VOLTAGE] * 4)[:count]).points()
    assert len(points) < 20_000 and (Space(BASE, tuple([SPEED, VOLTAGE] * 4)[:count]).changed(points).sum(axis=1) <= 4).all()


def test_the_cost_is_the_share_of_the_ranges_and_a_toll_for_each_setting():
    ends = np.array([[VOLTAGE.start, 0], [0, 0], [VOLTAGE.start, SPEED.start]])
    assert SPACE.cost(ends) == pytest.approx([5.5 / 27.5 + EACH, 5.5 / 27.5 + 10 / 24 + 2 * EACH, 0])


def test_around_a_point_lie_the_values_that_coarse_steps_went_over():
    low = np.array([VOLTAGE.start, 0])
    found = SPACE.values(SPACE.around(low))
    assert set(found[:, 0]) == {22.0} and found[:, 1].min() == 2.5
    assert len(found) > 3 and low.tolist() in SPACE.around(low).tolist()


def test_points_become_conditions():
    assert SPACE.conditions(SPACE.start()[0]) == BASE
    assert SPACE.conditions(np.array([0, 0])).given() == BASE.given() | {"voltage_v": 12.0, "travel_speed_mm_s": 2.5}
    assert {name: column.tolist() for name, column in SPACE.columns(SPACE.start()).items()} == {k: [v] for k, v in BASE.given().items()}
