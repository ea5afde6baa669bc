"""recommend_settings: every proposal holds when the public tools are asked about it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.fakes import REQUIRED, no_encoder
from tests.tools.process_models import RANGES, write_process_models
from tools import wishes
from tools.anomaly import detect_anomaly
from tools.defects import classify_defects
from tools.fields import FIELDS
from tools.heat_input import predict_heat_input
from tools.recommendation import recommend_settings
from tools.result import ToolInputError, ToolResult

WIRE = {"wire_feed_speed_m_min": 8, "wire_diameter_mm": 1.2, "material": "316L"}


@pytest.fixture(scope="module", autouse=True)
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAAM_HOME", str(write_process_models(tmp_path_factory.mktemp("models"), body=False)))
        yield


def recommend(**given: Any) -> ToolResult:
    return recommend_settings(**REQUIRED | given)  # type: ignore[arg-type]


def holds(candidate: dict[str, Any], sound: float = 0.8, heat: float = float("inf"), defect: float = 1.0) -> None:
    """Whether the public tools say of a candidate what was promised."""
    stated = candidate["settings"]
    [verdict] = detect_anomaly(**stated).estimates
    assert verdict.probability is not None
    assert (verdict.probability if verdict.value == "normal" else 1 - verdict.probability) >= sound
    value, formula = predict_heat_input(**stated).estimates
    assert formula.value <= heat and value.interval is not None and value.interval[0] <= heat  # type: ignore[operator]
    assert all(each.probability <= defect for each in classify_defects(**stated).estimates if each.name != "Normal")  # type: ignore[operator]
    for name, (low, high) in RANGES.items():
        assert low <= stated.get(name, low) <= high


def test_the_smallest_change_is_said_and_holds():
    result = recommend(allow="travel speed")
    assert result.summary == (
        "To reach a probability of a sound bead of at least 0.8, lower the travel speed from 8 to 5.6 mm/s: a sound bead with probability 0.81."
    )
    [candidate] = result.details["candidates"]
    assert candidate["changes"] == {"travel_speed_mm_s": {"from": 8.0, "to": 5.6, "unit": "mm/s"}}
    assert [(e.name, e.value, e.unit) for e in result.estimates] == [
        ("candidate 1: travel speed", 5.6, "mm/s"), ("candidate 1: probability of a sound bead", candidate["estimates"][0]["value"], None),
    ]  # fmt: skip
    assert any("Close to the bound: for candidate 1" in line for line in result.warnings)
    assert any("demo (synthetic)" in line for line in result.warnings)
    holds(candidate)


def test_a_bound_on_the_heat_input_is_kept_too():
    result = recommend(heat_input_max_j_mm="0.35 kJ/mm")
    assert result.details["candidates"]
    for candidate in result.details["candidates"]:
        holds(candidate, heat=350)
        assert "J/mm by the formula (90% interval of the model" in candidate["outcome"]


def test_a_heat_input_that_changes_much_unasked_is_told():
    def told(**asked: Any) -> list[str]:
        return [line for line in recommend(allow="travel speed", **asked).warnings if "by the formula changes" in line]

    assert told() == ["The heat input by the formula changes from 396 to 565.7 J/mm with candidate 1; "
                      "a greatest or least heat input, if you give one, bounds it."]  # fmt: skip
    assert told(heat_input_max_j_mm=600) == [], "what was asked for is in the outcome"
    assert told(sound_probability=0.55) == [], "a small change"


def test_defects_are_kept_below_their_bound():
    for candidate in recommend(avoid_defects="any", defect_probability=0.4, sound_probability=0.6).details["candidates"]:
        holds(candidate, sound=0.6, defect=0.4)
    result = recommend(avoid_defects="balling", defect_probability=0.1)
    assert result.details["outcome"] == "none found", "sound only below 5.7 mm/s, and balling there"
    assert result.summary.startswith("None found inside the trained range: of ")
    assert result.details["nearest_miss"]["outcome"] in result.summary
    assert f"What fails there: {result.details['nearest_miss']['missed'][0]}" in result.summary


def test_a_deposition_rate_raises_the_wire_feed():
    result = recommend(**WIRE, deposition_rate_min_kg_h=5, sound_probability=0.4)
    [candidate] = result.details["candidates"]
    assert candidate["changes"] == {"wire_feed_speed_m_min": {"from": 8.0, "to": 9.3, "unit": "m/min"}}  # 4.343 kg/h at 8 m/min
    assert "deposition rate 5.0" in candidate["outcome"]


def test_a_voltage_that_does_not_go_with_the_current_of_a_proposal_is_told():
    def told(**given: Any) -> list[str]:
        return [line for line in recommend(allow="travel speed", **given).warnings if "an arc usually has" in line]

    assert told() == []
    (odd,) = told(current_a=100, voltage_v=30)
    assert re.match(r"(Candidate 1|Present|Nearest miss): 30 V at 100 A, where an arc usually has about 19 V", odd)


def test_settings_that_do_already_are_left_alone():
    result = recommend(travel_speed_mm_s=4)
    assert result.details["outcome"] == "already reached" and result.details["candidates"] == []
    assert result.summary.endswith("a sound bead with probability 0.94. No change is needed.")


def test_a_setting_outside_the_trained_range_comes_back_inside():
    result = recommend(current_a=400, travel_speed_mm_s=4)
    assert all(candidate["settings"]["current_a"] <= 320 for candidate in result.details["candidates"])
    assert result.details["candidates"] and "lower the current from 400 to" in result.summary


def test_one_that_may_not_change_ends_the_search():
    result = recommend(current_a=400, allow="voltage, travel speed")
    assert result.details["outcome"] == "none found"
    assert result.summary == (
        "None found inside the trained range: the current of 400 A lies outside it and may not change. Allow it to change (current_a)."
    )


def test_what_is_asked_is_read_before_any_model_is_loaded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wishes, "load_encoder", no_encoder)
    with pytest.raises(ToolInputError, match=r"^Missing travel_speed_mm_s; state it with a unit\.$"):
        recommend_settings(current_a=180, voltage_v=22)


@pytest.mark.parametrize("given", [{"allow": "colour"}, {"sound_probability": 2}, {"heat_input_max_j_mm": "600 V"}, {"deposition_rate_min_kg_h": 3}])
def test_bad_input_is_one_sentence(given: dict[str, Any]):
    with pytest.raises(ToolInputError):
        recommend(**given)


def test_a_map_is_drawn_of_two_settings_that_may_change(tmp_path: Path):
    result = recommend(plots_folder=str(tmp_path))
    assert [Path(plot).name for plot in result.plots] == ["process_map.png", "process_map.svg"]
    with pytest.raises(ToolInputError, match="two of the settings that may change"):
        recommend(plots_folder=str(tmp_path), map_settings="voltage")
    alone = recommend(plots_folder=str(tmp_path), allow="voltage")
    assert alone.plots == [] and any("No process map was drawn" in line for line in alone.warnings)


def test_the_numbers_of_the_map_are_there_for_a_program():
    result = recommend(map_settings="voltage, travel speed")
    found = result.details["process_map"]
    assert (found["across"]["setting"], found["up"]["setting"]) == ("voltage_v", "travel_speed_mm_s") and result.plots == []
    rows = found["probability"]
    assert len(rows) == len(found["up"]["values"]) and {len(row) for row in rows} == {len(found["across"]["values"])}
    assert all(0 <= chance <= 1 for row in rows for chance in row) and len({chance for row in rows for chance in row}) > 10
    present = next(mark for mark in found["marks"] if mark["kind"] == "present")
    assert (present["across"], present["up"]) == (result.inputs["voltage_v"], result.inputs["travel_speed_mm_s"])


credible = {name: st.one_of(st.floats(*RANGES[name]), st.floats(field.low, field.high)) for name, field in FIELDS.items() if name in RANGES}
stated = st.one_of(
    st.fixed_dictionaries({n: credible[n] for n in REQUIRED}, optional={n: s for n, s in credible.items() if n not in REQUIRED}),
    st.fixed_dictionaries({}, optional=credible),
)
odd = st.dictionaries(st.sampled_from([*FIELDS, "process"]), st.one_of(st.floats(), st.none(), st.sampled_from(["TIG", "3 mm/s", "x"])), max_size=1)


@given(stated, odd, st.sampled_from([0.6, 0.9]), st.sampled_from([None, 300, 500]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_settings_give_candidates_that_hold_or_a_sentence(some: dict[str, Any], others: dict[str, Any], sound: float, heat: float | None):
    try:
        result = recommend_settings(**some | others, sound_probability=sound, heat_input_max_j_mm=heat)
    except ToolInputError as refused:
        assert "\n" not in str(refused) and str(refused).endswith(".")
    else:
        text = json.dumps(result.model_dump())
        assert "NaN" not in text and "Infinity" not in text
        assert len(result.details["candidates"]) <= 3
        for candidate in result.details["candidates"]:
            holds(candidate, sound, heat or float("inf"))
