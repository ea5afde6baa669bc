"""A served model on a file: scores of held-out rows, other column names, rows it cannot score, rows without a target."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finetune import run
from finetune.evaluate import evaluate, predict, score
from finetune.kinds import from_json
from finetune.records import Columns, DataError, Record, load
from tools.encoder import Encoder

Write = Any


def table(path: Path, records: Sequence[Record], text: str = "input", target: str | None = "output") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([text, *([target] if target else [])])
        writer.writerows([r.text, *([r.target] if target else [])] for r in records)
    return path


@pytest.fixture(scope="module")
def trained(beads: Any, quick: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("models")
    cases = {"defects": quick("multilabel", loss="bce", candidates=("linear",)), "heat_input": quick("regression", candidates=("linear",))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "write_page", lambda *_: None)
        for name, config in cases.items():
            records = load(table(home / f"{name}.csv", beads(name)), config.columns)
            run.train(records, config, home / name, lambda _: None)
    return {name: home / name for name in cases}


def test_held_out_rows_are_scored_as_the_tools_would(trained: dict[str, Path], beads: Any, tmp_path: Path):
    seen = {r.target for r in beads("defects")}
    held = [r for r in beads("defects", seed=9) if r.target in seen]
    scores = evaluate(trained["defects"], table(tmp_path / "held.csv", held))
    scored = score(trained["defects"], tmp_path / "held.csv")
    kind = from_json(scored.encoder.meta["output"])
    expected = kind.score(kind.encode(scored.records), scored.outputs, scored.encoder.calibration)
    assert expected.items() <= scores.items() and scores["records"] == len(held) and 0.3 < scores["macro_f1"] < 1
    assert set(scores["per_label"]) == set(kind.names) and 0 <= scores["unlike_training"] <= 1
    assert scores["model"]["name"] == "defects" and scores["model"]["task"] == "multilabel"
    json.dumps(scores)


def test_amounts_report_how_often_the_interval_holds(trained: dict[str, Path], beads: Any, tmp_path: Path):
    scores = evaluate(trained["heat_input"], table(tmp_path / "held.csv", beads("heat_input", seed=9)))
    assert scores["coverage"] > 0.6 and scores["r2"] > 0.5 and "per_label" not in scores


def test_rows_that_were_trained_on_are_counted(trained: dict[str, Path], beads: Any, tmp_path: Path):
    old, new = beads("heat_input"), beads("heat_input", seed=9)
    assert evaluate(trained["heat_input"], table(tmp_path / "old.csv", old))["seen_in_training"] == 1
    assert evaluate(trained["heat_input"], table(tmp_path / "new.csv", new))["seen_in_training"] == 0
    both = evaluate(trained["heat_input"], table(tmp_path / "both.csv", [*old[:20], *new[:30]]))
    assert both["seen_in_training"] == pytest.approx(0.4)


def test_a_model_without_a_sketch_says_nothing_of_it(trained: dict[str, Path], beads: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    scored = score(trained["heat_input"], table(tmp_path / "a.csv", beads("heat_input")))
    monkeypatch.delitem(scored.encoder.meta, "sketch")
    assert "seen_in_training" not in scored.to_json()


def test_columns_may_be_called_otherwise(trained: dict[str, Path], beads: Any, tmp_path: Path):
    held = beads("heat_input", seed=9)
    renamed = evaluate(trained["heat_input"], table(tmp_path / "b.csv", held, "note", "measured"), text=("note",), target=("measured",))
    assert renamed == evaluate(trained["heat_input"], table(tmp_path / "a.csv", held))


def test_a_label_that_was_never_trained_names_its_row(trained: dict[str, Path], beads: Any, tmp_path: Path):
    held = [r for r in beads("defects")][:3]
    rows = [*held, Record(held[0].text, "Porosity", "")]
    with pytest.raises(DataError, match=r"held.csv, row 4: the label 'Porosity' was not in the training data"):
        evaluate(trained["defects"], table(tmp_path / "held.csv", rows))


def test_a_missing_column_is_named(trained: dict[str, Path], beads: Any, tmp_path: Path):
    with pytest.raises(DataError, match=r"bare.csv has no column 'output'; its columns are input"):
        evaluate(trained["defects"], table(tmp_path / "bare.csv", beads(), target=None))
    with pytest.raises(DataError, match="no column 'note'"):
        predict(trained["defects"], tmp_path / "bare.csv", text=("note",))


def test_prediction_needs_no_target(trained: dict[str, Path], beads: Any, tmp_path: Path):
    records = beads("heat_input", 12, seed=9)
    bare = predict(trained["heat_input"], table(tmp_path / "bare.csv", records, target=None))
    assert [line["row"] for line in bare] == list(range(1, 13))
    assert bare == predict(trained["heat_input"], table(tmp_path / "full.csv", records)), "a target that is there is not looked at"
    values = np.array([line["output"]["value"] for line in bare])
    assert np.corrcoef(np.log(values), np.log([float(r.target) for r in records]))[0, 1] > 0.8


def test_numeric_columns_are_read_with_their_gaps(quick: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run, "write_page", lambda *_: None)
    rng, path = np.random.default_rng(4), tmp_path / "waves.csv"
    rows = [{"skew": rng.normal(), "kurt": rng.normal()} for _ in range(40)]
    path.write_text("skew,kurt,height\n" + "\n".join(f"{r['skew']:.4f},{r['kurt']:.4f},{3 + r['skew']:.4f}" for r in rows))
    config = quick("regression", candidates=("linear",), columns={"numbers": ["skew", "kurt"], "target": ["height"]})
    run.train(load(path, config.columns), config, tmp_path / "waves", lambda _: None)
    assert evaluate(tmp_path / "waves", path)["rmse"] < 0.1
    low, top = (f(r["skew"] for r in rows) for f in (min, max))
    assert Encoder(tmp_path / "waves").meta["number_range"]["skew"] == pytest.approx((low, top), abs=1e-4), "under the user's own name"
    assert f"- skew: {low:.4g} to {top:.4g}"[:12] in (tmp_path / "waves" / "CARD.md").read_text()
    (tmp_path / "far.csv").write_text("skew,kurt\n77,0.2\n0.1,0.2\n")
    far, near = predict(tmp_path / "waves", tmp_path / "far.csv")
    assert far["warnings"][0].startswith("skew 77 is outside the training range") and "warnings" not in near
    (tmp_path / "new.csv").write_text("skew,kurt\n1.5,0.2\n,0.2\n")
    high, absent = (line["height"]["value"] for line in predict(tmp_path / "waves", tmp_path / "new.csv"))
    median = np.median([r["skew"] for r in rows])
    assert high == pytest.approx(4.5, abs=0.2) and absent == pytest.approx(3 + median, abs=0.2), "an absent number is the training median"


def test_no_model_is_said(tmp_path: Path, beads: Any):
    data = table(tmp_path / "a.csv", beads(count=3))
    for call in (evaluate, predict):
        with pytest.raises(DataError, match="There is no model in"):
            call(tmp_path / "none", data)
    assert load(data, Columns())
