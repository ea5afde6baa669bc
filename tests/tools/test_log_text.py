"""What is said of a log's events: how many of each kind, and the most marked with when and how much."""

import pytest

from tools.log_anomalies import Event
from tools.log_text import MARKED, described, most_marked

SPIKE = Event(20.893, 21.0, 1, "voltage_v", "spike", 5.98, 22.33, "V", 28.8)
SMALL = Event(18.7, 18.7, 1, "voltage_v", "spike", 2.3, 22.33, "V", 11.1)
SHIFT = Event(12.37, 12.37, 1, "current_a", "shift", -18.85, 134.4, "A", 3.0)
DRIFT = Event(3, 30, 1, "gas_flow_l_min", "drift", -2.5, 14.0, "L/min", None)
OUT = Event(14.6, 15.4, 1, "arc_on", "interruption", 0.8, None, "s", None)
OTHER = Event(60, 80, 5, "arc_energy_j_mm", "outlying segment", 120, 400, "J/mm", 5.0)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (SPIKE, "voltage of 28.31 V at 20.89 s, where 22.33 V was to be expected"),
        (SHIFT, "current shifting by -18.9 A at 12.37 s"),
        (DRIFT, "gas flow drifting by -2.5 L/min from 3 to 30 s"),
        (OUT, "arc out for 0.8 s at 14.6 s"),
        (OTHER, "arc energy of 520 J/mm in segment 5, where 400 J/mm is usual"),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_an_event_is_told_with_its_time_and_size(event: Event, said: str):
    assert described(event) == said


def test_each_kind_is_told_before_a_second_of_one_kind_and_in_order_of_time():
    assert most_marked([SMALL, SPIKE, SHIFT]) == [SHIFT, SMALL, SPIKE]
    chosen = most_marked([SMALL, SPIKE, SHIFT, OUT, SMALL])
    assert chosen == [SHIFT, OUT, SPIKE] and len(chosen) == MARKED


def test_no_events_are_none():
    assert most_marked([]) == []
