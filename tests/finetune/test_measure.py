"""The table: quality is of held-out records, times are of forward passes, and a loss in int8 is called a failure."""

import json
from pathlib import Path

import numpy as np
import pytest

from finetune import measure
from finetune.measure import Bench, bench, lost, run, write_table
from finetune.neural import Neural

pytestmark = pytest.mark.usefixtures("fast_onnx")


@pytest.fixture(scope="module")
def made(quick, beads, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bench, Neural]:
    measured = bench(beads(count=40), beads(count=20, seed=8), quick(epochs=0), lambda line: None, tmp_path_factory.mktemp("measured"))
    return measured, Neural(measured.kind, measured.config, True, lambda line: None).fit(measured.records, measured.features, measured.targets)


@pytest.mark.parametrize(
    ("metric", "before", "after", "loss"), [("macro_f1", 0.8, 0.79, 0.01), ("macro_f1", 0.8, 0.9, -0.1), ("rmse", 10, 12, 0.2), ("rmse", 10, 9, -0.1)]
)
def test_a_loss_is_positive_whichever_way_is_better(metric: str, before: float, after: float, loss: float):
    assert lost({metric: before}, {metric: after}, metric) == pytest.approx(loss)


def test_held_out_records_are_scored_and_distinct_texts_timed(made: tuple[Bench, Neural], monkeypatch: pytest.MonkeyPatch):
    measured, _ = made
    monkeypatch.setattr(measure, "RUNS", 2)
    seen: list[list[str]] = []
    answers = {r.text: t for r, t in zip(measured.held, measured.kind.encode(measured.held), strict=True)}

    def perfect(records, features: np.ndarray) -> np.ndarray:
        assert features.shape == (len(records), measured.reader.size)
        seen.append([r.text for r in records])
        return np.array([answers.get(r.text, np.zeros(1)) for r in records]) * 10 - 5

    row = measured.row("perfect", 2_000_000, perfect)
    assert (row["quality"], row["quality_loss"], row["failed"], row["size_mb"]) == (1, 0, False, 2)
    assert seen[0] == [r.text for r in measured.held]
    single, batches = [part for part in seen[1:] if len(part) == 1], [part for part in seen[1:] if len(part) > 1]
    assert len(single) == 3 * 16 and len({part[0] for part in single}) == 16, "one run to warm up, two that count"
    assert all(len(part) == len(set(part)) for part in batches) and len(set(batches[0])) == 32
    assert row["ms_range"][0] <= row["ms_a_text"] <= row["ms_range"][1]


def test_a_served_model_is_compared_with_its_own_float32(made: tuple[Bench, Neural], monkeypatch: pytest.MonkeyPatch):
    measured, neural = made
    monkeypatch.setattr(measure, "RUNS", 1)
    measured.rows.clear()
    row = measured.served("as it is", neural)
    float_outputs, served = (
        each(measured.held, measured.held_features) for each in (neural.in_float32, run(measured.export(neural, measured.folder / "again")))
    )
    assert 0 < np.abs(float_outputs - served).max() < 0.3
    assert row["int8_loss"] == pytest.approx(lost(measured.kind.score(measured.kind.encode(measured.held), float_outputs), row["scores"], "macro_f1"))
    assert (measured.folder / "as-it-is" / "waam.json").exists() and measured.rows == [row]
    monkeypatch.setattr(measure, "LOST", -1.0)
    assert measured.served("as it is", neural)["failed"], "whatever it loses is now too much"


def test_an_exported_model_does_not_answer_from_memory(made: tuple[Bench, Neural], monkeypatch: pytest.MonkeyPatch):
    measured, neural = made
    encoder = measured.export(neural, measured.folder / "timed")
    assert encoder.body is not None
    passes: list[int] = []
    forward = encoder.body._forward
    monkeypatch.setattr(encoder.body, "_forward", lambda texts: passes.append(len(texts)) or forward(texts))
    for _ in range(2):
        run(encoder)(measured.held[:3], measured.held_features[:3])
    assert passes == [3, 3]


def test_the_table_is_written_twice(tmp_path: Path):
    plain = {
        "name": "float32", "size_mb": 90.0, "ms_a_text": 3.0, "ms_range": [2.0, 4.0], "texts_per_s": 50.0, "texts_per_s_range": [40.0, 60.0],
        "metric": "rmse", "quality": 1.5, "quality_loss": 0.0, "failed": False, "note": "",
    }  # fmt: skip
    rows = [plain, plain | {"name": "int8", "quality_loss": 0.02, "failed": True, "note": "half zeros"}]
    text = write_table(rows, tmp_path / "model").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "model" / "compress.json").read_text(encoding="utf-8")) == rows
    assert "| float32 | 90.0 | 3.0 (2.0 to 4.0) | 50 (40 to 60) | 1.5000 | +0.0000 |" in text
    assert "int8 **failed**" in text and "* int8: half zeros." in text and "a share of it" in text
