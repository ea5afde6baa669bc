"""explain_prediction: what each word and setting adds, and the answer to a tenth more or less."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.fakes import REQUIRED
from tests.tools.process_models import POOLED_PER_WORD, write_process_models
from tools.anomaly import detect_anomaly
from tools.explanation import explain_prediction
from tools.fields import FIELDS
from tools.result import ToolInputError, ToolResult


@pytest.fixture(scope="module", autouse=True)
def numbers_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAAM_HOME", str(write_process_models(tmp_path_factory.mktemp("numbers"))))
        yield


@pytest.fixture
def reads_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path, body=True)))


def explain(**given: Any) -> ToolResult:
    return explain_prediction(**REQUIRED | given)  # type: ignore[arg-type]


def by(rows: list[dict[str, Any]], setting: str) -> dict[str, Any]:
    return next(row for row in rows if row["setting"] == setting)


def sound(current: float, speed: float) -> float:
    return 1 / (1 + (speed / 8) ** 4 * (current / 180) ** 2)


def test_the_prediction_is_that_of_the_public_tool():
    result = explain(travel_speed_mm_s=9)
    [estimate] = detect_anomaly(**REQUIRED | {"travel_speed_mm_s": 9}).estimates  # type: ignore[arg-type]
    assert result.estimates[0].name == "probability of a sound bead"
    assert result.estimates[0].value == pytest.approx(1 - estimate.probability, abs=1e-4)  # type: ignore[operator]


def test_each_setting_is_put_at_the_middle_of_the_training_records():
    rows = explain(travel_speed_mm_s=12).details["settings"]
    assert [row["setting"] for row in rows] == ["travel_speed_mm_s", "current_a", "voltage_v"], "the strongest first"
    assert by(rows, "travel_speed_mm_s")["prediction"] == pytest.approx(sound(180, 8), abs=1e-4)
    assert by(rows, "current_a")["change"] == pytest.approx(sound(150, 12) - sound(180, 12), abs=1e-4)
    assert by(rows, "voltage_v")["change"] == 0


def test_a_tenth_less_and_more_of_each_setting():
    row = by(explain().details["sensitivity"], "travel_speed_mm_s")
    assert (row["lower"]["value"], row["higher"]["value"]) == pytest.approx((7.2, 8.8))
    assert row["lower"]["prediction"] == pytest.approx(sound(180, 7.2), abs=1e-4)
    assert row["higher"]["prediction"] == pytest.approx(sound(180, 8.8), abs=1e-4)


def test_amounts_are_explained_in_their_unit():
    result = explain(target="heat_input")
    row = by(result.details["sensitivity"], "travel_speed_mm_s")
    assert (result.details["unit"], result.estimates[0].unit) == ("J/mm", "J/mm")
    assert row["lower"]["prediction"] == pytest.approx(396 / 0.9, rel=1e-4)


def test_a_model_without_text_says_that_words_have_no_influence():
    result = explain()
    assert result.details["words"] == []
    assert result.summary.endswith("The model reads numbers alone, so words have no influence.")


def test_each_word_changes_the_text_branch_alone(reads_text: None):
    result = explain(travel_speed_mm_s=3)
    rows = result.details["words"]
    assert len(rows) == 11, "the words that say something of this bead"
    logit = math.log(1 / result.details["prediction"] - 1)
    tokens = {row["words"]: 1 / (1 + math.exp(logit - POOLED_PER_WORD)) - result.details["prediction"] for row in rows}
    assert by_words(rows, "voltage") == pytest.approx(tokens["voltage"], abs=1e-4), "one token less; the number 22 is still read"
    assert "masking" in result.summary and "while the numbers stay" in result.summary


def by_words(rows: list[dict[str, Any]], words: str) -> float:
    return float(next(row for row in rows if row["words"] == words)["change"])


def test_the_summary_states_the_strongest_with_their_numbers():
    assert explain(travel_speed_mm_s=12).summary == (
        "The predicted probability of a sound bead is 0.16; what drives it most is the travel speed: at 8 mm/s, the middle of the training "
        "records, it would be 0.50. Of changes by a tenth, the travel speed moves it most: 0.23 at 10.8 mm/s and 0.12 at 13.2 mm/s. "
        "The model reads numbers alone, so words have no influence."
    )


def test_where_the_prediction_hardly_changes_that_is_said():
    summary = explain(travel_speed_mm_s=30).summary
    assert "A tenth more or less of any one setting hardly moves it." in summary


def test_a_tenth_that_leaves_the_training_range_is_warned_of():
    warnings = explain(travel_speed_mm_s=29).warnings
    assert any("leaves the training range for travel_speed_mm_s" in line for line in warnings)
    assert any("demo (synthetic)" in line for line in warnings)


def test_the_bead_length_counts_for_the_energy_alone():
    assert "bead_length_mm" not in explain(bead_length_mm=100).inputs
    assert by(explain(target="energy", bead_length_mm=100).details["settings"], "bead_length_mm")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"target": "porosity"}, "Target must be one of"), ({"target": "energy"}, "Missing bead_length_mm"),
        ({"target": "defects", "defect": "rust"}, "no defect called 'rust'"), ({"current_a": None}, "Missing current_a"),
        ({"speed": 3}, "no setting called 'speed'"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(given: dict[str, Any], words: str):
    with pytest.raises(ToolInputError, match=words):
        explain(**given)


values = st.one_of(st.none(), st.floats(), st.floats(0.1, 300), st.text(max_size=8), st.sampled_from(["180 A", "22 V", "48 cm/min", "1 kV"]))


@given(
    st.dictionaries(st.sampled_from([*FIELDS, "material", "process", "shielding_gas"]), values, max_size=6), st.sampled_from(["anomaly", "energy"])
)
@settings(max_examples=60, deadline=None)
def test_any_settings_give_a_result_or_a_sentence(stated: dict[str, Any], target: str):
    try:
        result = explain(**stated, target=target)
    except ToolInputError as refused:
        assert "\n" not in str(refused) and str(refused).endswith(".")
    else:
        assert "NaN" not in json.dumps(result.model_dump()) and "Infinity" not in json.dumps(result.model_dump())


def test_a_plot_is_written_where_a_folder_is_given(tmp_path: Path):
    assert [Path(plot).suffix for plot in explain(plots_folder=str(tmp_path / "new")).plots] == [".png", ".svg"]
    (tmp_path / "file").write_text("")
    with pytest.raises(ToolInputError, match="name another plots_folder"):
        explain(plots_folder=str(tmp_path / "file" / "below"))
