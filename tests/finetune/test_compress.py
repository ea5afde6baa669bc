"""One table for all ways of making a model small, and plain sentences for data that cannot be used."""

import json
from pathlib import Path

import pytest

from finetune import compress as module
from finetune.compress import compress
from finetune.records import DataError
from tools.encoder import Encoder

pytestmark = pytest.mark.usefixtures("fast_onnx")


@pytest.fixture(autouse=True)
def _few_runs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("finetune.measure.RUNS", 1)


def test_the_same_weights_in_every_number_format(quick, beads, tmp_path: Path):
    lines: list[str] = []
    rows = compress(beads(count=40), beads(count=30, seed=8), quick(), tmp_path, progress=lines.append, ways=("int8",))
    assert [row["name"] for row in rows] == [
        "float32 torch", "ONNX float32", "ONNX int8 dynamic", "ONNX int8 dynamic, 8-bit range", "ONNX int8 static",
    ]  # fmt: skip
    assert rows[1]["quality"] == rows[0]["quality"] and rows[0]["quality_loss"] == 0
    assert rows[2]["size_mb"] < rows[1]["size_mb"]
    for row in rows:
        assert row["failed"] == ("int8" in row["name"] and row["quality_loss"] > module.LOST), row["name"]
        assert row["ms_a_text"] > 0 and row["texts_per_s"] > 0
    assert json.loads((tmp_path / "compress.json").read_text(encoding="utf-8")) == rows
    assert Encoder(tmp_path / "compressed" / "int8").read([beads(count=1)[0].text]).shape == (1, 1)
    assert any("ONNX int8 static" in line for line in lines)


def test_pruned_and_distilled_models_can_be_loaded(quick, beads, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PRUNED", (0.5,))
    rows = compress(
        beads(count=40), beads(count=20, seed=8), quick(epochs=0), tmp_path, tiny_base, lambda line: None, beads(count=10, seed=9),
        ways=("prune", "layers", "distil"),
    )  # fmt: skip
    names = [row["name"] for row in rows]
    assert names == ["float32 torch", "pruned 50%, ONNX int8 dynamic", f"teacher {tiny_base.name}, float32 torch", "distilled, ONNX int8 dynamic"]
    assert "50% zeros" in rows[1]["note"] and "neither smaller nor faster" in rows[1]["note"]
    assert rows[3]["note"].endswith("on 40 labelled and 10 unlabelled records")
    assert {path.name for path in (tmp_path / "compressed").iterdir()} == {"pruned-50", "distilled"}
    for name in ("pruned-50", "distilled"):
        assert Encoder(tmp_path / "compressed" / name).read([beads(count=1)[0].text]).shape == (1, 1)


def test_held_out_records_must_be_held_out(quick, beads, tmp_path: Path):
    with pytest.raises(DataError, match=r"^The held-out records share 5 experiments with the training records; hold out whole groups\.$"):
        compress(beads(), beads()[:5], quick(), tmp_path)
    with pytest.raises(DataError, match="no held-out records"):
        compress(beads(), [], quick(), tmp_path)
    with pytest.raises(DataError, match="too few to train"):
        compress(beads(count=5), beads(count=5, seed=8), quick(), tmp_path)
    assert not list(tmp_path.iterdir())
