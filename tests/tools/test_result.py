"""The form in which every tool answers."""

import pytest
from pydantic import ValidationError

from tools.result import Estimate, ModelInfo, Passage, ToolInputError, ToolResult


def test_a_result_travels_as_json():
    result = ToolResult(
        tool="predict_energy",
        summary="The energy is 36 kJ.",
        estimates=[
            Estimate(name="energy", value=36.0, unit="kJ", interval=(30.0, 42.0), level=0.9),
            Estimate(name="Humping", value=True, probability=0.7),
        ],
        passages=[Passage(id="P1", document="d", title="t", source="s", ref="r", text="x", score=0.5)],
        model=ModelInfo(name="energy", version="1", data_label="demo (synthetic)"),
        inputs={"current_a": 150.0},
    )
    assert ToolResult.model_validate_json(result.model_dump_json()) == result


def test_results_share_no_lists():
    first, second = ToolResult(tool="a", summary="."), ToolResult(tool="b", summary=".")
    first.warnings.append("x")
    assert second.warnings == []


@pytest.mark.parametrize("wrong", [{"probability": 1.1}, {"probability": -0.1}, {"level": 0.0}, {"level": 1.0}])
def test_probabilities_and_levels_have_bounds(wrong: dict[str, float]):
    with pytest.raises(ValidationError):
        Estimate(name="x", value=1.0, **wrong)  # type: ignore[arg-type]


def test_a_refusal_is_a_value_error():
    assert issubclass(ToolInputError, ValueError)
