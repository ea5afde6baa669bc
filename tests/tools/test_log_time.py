"""Seconds from any usual form of time, and times that are out of order."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.log_columns import ColumnUse
from tools.log_table import Table
from tools.log_time import clock, floats, is_rate, ordered
from tools.result import ToolInputError


def seconds(cells: list[str], unit: str | None = None, date: list[str] | None = None) -> np.ndarray:
    """The times of rows from the first, as `clock` reads them."""
    rows = tuple(zip(cells, date or [""] * len(cells), strict=True))
    table = Table(Path("log.csv"), "utf-8", ",", ".", ("time", "date"), ("", ""), rows, rows, 1, True, 2)
    uses = [ColumnUse("time_s", 0, "time", unit, "sure"), *([ColumnUse("date", 1, "date", None, "sure")] if date else [])]
    parse, _, _, needed = clock(table, uses, None)
    assert needed == ([1, 0] if date else [0])
    times = parse(pd.DataFrame(dict(enumerate(zip(*rows, strict=True)))), 0)
    return times - times[0]


@pytest.mark.parametrize(
    ("cells", "unit", "expected"),
    [
        (["0", "0.1", "0.2"], None, [0, 0.1, 0.2]), (["0", "100", "200"], "ms", [0, 0.1, 0.2]), (["0", "1", "2"], "min", [0, 60, 120]),
        (["0", "100", "200"], None, [0, 0.1, 0.2]),  # 100 s a row is no monitoring
        (["1709287200.5", "1709287200.6", "1709287200.8"], None, [0, 0.1, 0.3]), (["1709287200500", "1709287200600"], None, [0, 0.1]),
        (["04:41:14.028", "04:41:14.138"], None, [0, 0.11]), (["11:59:59 AM", "12:00:01 PM"], None, [0, 2]), (["41:14.5", "41:15.0"], None, [0, 0.5]),
        (["2024-03-01T10:00:00.0Z", "2024-03-01T10:00:00.1Z"], None, [0, 0.1]), (["2024-03-01 10:00:00,5", "2024-03-01 10:00:01"], None, [0, 0.5]),
        (["01.02.2024 10:00:00", "02.02.2024 10:00:00"], None, [0, 86400]), (["3/13/2024 10:00:00", "3/13/2024 10:00:02"], None, [0, 2]),
    ],
)  # fmt: skip
def test_forms_of_time(cells: list[str], unit: str | None, expected: list[float]):
    assert seconds(cells, unit) == pytest.approx(expected, abs=1e-6)


def test_a_date_and_a_clock():
    assert seconds(["23:59:59.5", "00:00:00.5"], date=["12/31/2023", "1/1/2024"]) == pytest.approx([0, 1])


def test_a_rate_needs_no_column():
    parse, how, _, needed = clock(Table(Path("x"), "utf-8", ",", ".", ("a",), ("",), (), (), 0, True, 1), [], 20_000.0)
    assert needed == [] and "20000 Hz" in how
    assert parse(pd.DataFrame({0: [1, 2]}), 10).tolist() == [10 / 20_000, 11 / 20_000]


def test_without_a_time_the_sentence_names_the_way_out():
    with pytest.raises(ToolInputError, match="sample_rate_hz"):
        clock(Table(Path("x"), "utf-8", ",", ".", ("a",), ("",), (), (), 0, True, 1), [], None)


def test_whole_numbers_without_a_unit_are_doubted():
    rows = tuple((str(i),) for i in range(20))
    table = Table(Path("x"), "utf-8", ",", ".", ("time",), ("",), rows, rows, 0, True, 1)
    _, _, [note], _ = clock(table, [ColumnUse("time_s", 0, "time", None, "sure")], None)
    assert "not stated: s is taken" in note


def test_rows_out_of_order_are_sorted():
    kept, times, [note] = ordered(np.array([0.0, 0.1, 0.3, 0.2, 0.4]))
    assert kept.tolist() == [0, 1, 3, 2, 4] and times == pytest.approx([0, 0.1, 0.2, 0.3, 0.4]) and "put in order" in note


def test_a_clock_that_was_set_back_goes_on():
    kept, times, [note] = ordered(np.concatenate([np.arange(100.0), np.arange(50.0)]))
    assert times.tolist() == list(range(150)) and len(kept) == 150 and "goes back in 1 places" in note


@pytest.mark.parametrize("wrap", [43200.0, 86400.0])
def test_noon_and_midnight_are_no_step_back(wrap: float):
    _, times, notes = ordered((np.arange(40.0) + wrap - 20) % wrap)
    assert times.tolist() == list(range(40)) and not notes


def test_stamps_to_the_second_are_spread():
    _, times, [note] = ordered(np.floor(np.arange(100) / 10))
    assert np.diff(times) == pytest.approx(np.full(99, 0.1)) and "spread evenly" in note


def test_rows_without_a_time_are_left_out():
    kept, _, [note] = ordered(np.array([0.0, np.nan, 0.2]))
    assert kept.tolist() == [0, 2] and "1 of 3 rows" in note


def test_a_time_that_stands_still():
    with pytest.raises(ToolInputError, match="never go forward"):
        ordered(np.zeros(9))


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), max_size=40))
def test_times_never_fall_whatever_they_were(times: list[float]):
    try:
        kept, mended, _ = ordered(np.array(times, dtype=float))
    except ToolInputError:
        return
    assert len(kept) == len(mended) == np.isfinite(times).sum()
    assert np.isfinite(mended).all() and (np.diff(mended) >= 0).all() and (len(mended) == 0 or mended[0] == 0)


def test_numbers_in_any_writing():
    cells = pd.Series(["1.5", "1,5", "1.234,5", "1,234.5", "−2", "---", "", "inf", "1e3"], dtype="str")
    assert np.nan_to_num(floats(cells), nan=-1).tolist() == [1.5, 1.5, 1234.5, 1234.5, -2, -1, -1, -1, 1000]
    assert floats(pd.Series(["on", "OFF", "True", "no"], dtype="str"), flags=True).tolist() == [1, 0, 1, 0]
    assert floats(pd.Series([True, False])).tolist() == [1, 0]


@pytest.mark.parametrize(("stated", "hz"), [(20_000, 20_000), (9.1, 9.1), ("20 kHz", 20_000), ("10", 10)])
def test_rates(stated: object, hz: float):
    assert is_rate(stated) == hz


@pytest.mark.parametrize("stated", [0, -1, True, None, "fast", float("nan"), 1e9, "..Hz"])
def test_what_is_no_rate(stated: object):
    with pytest.raises(ToolInputError, match="sample_rate_hz"):
        is_rate(stated)
