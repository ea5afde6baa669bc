"""The comparison is fair: same outputs, fresh texts on our side, and ratios of what was timed."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks import encoder
from benchmarks.encoder import FULL, QUICK, Runner, distinct, main
from finetune.records import Record
from tools.encoder import Encoder


def test_the_quick_mode_compares_the_same_outputs(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    read: list[str] = []

    def watched(served: Encoder) -> Runner:
        def outputs(records: Sequence[Record], features: np.ndarray) -> np.ndarray:
            read.extend(record.text for record in records)
            return served.run([record.text for record in records], features)

        return outputs

    monkeypatch.setattr(encoder, "ours", watched)
    result = main(["--quick", "--layers", "1", "--base", str(tiny_base), "--json", str(tmp_path / "out.json")])
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == result
    assert result["largest_difference_of_a_logit"] < 0.05, "both sides compute the same model"
    assert [(row["how"], row["what"].split(",")[0]) for row in result["rows"]] == [
        (how, what) for what in ("one answer", "four answers") for how in ("one text", "batches")
    ]
    for row in result["rows"]:
        low, high = row["ratio_range"]
        assert 0 < low <= row["ratio"] <= high and row["rounds"] == QUICK.rounds
    times = Counter(read).values()  # one answer or four; four texts are read once more, to compare the outputs
    assert set(times) <= {1, 2, 4, 5} and sum(count in (2, 5) for count in times) <= 4
    assert "to beat" in capsys.readouterr().out


def test_texts_are_all_different():
    assert len({record.text for record in distinct(300)}) == 300
    assert FULL.rounds >= 5


def test_without_an_encoder_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["--base", str(tmp_path)])
    assert "there is no encoder in" in capsys.readouterr().err
