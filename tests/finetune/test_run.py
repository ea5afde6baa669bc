"""One training from records to a served folder, for each kind of task; versions, kills, metrics."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finetune import crossfit
from finetune import run as run_module
from finetune.records import DataError, Record, load
from finetune.registry import rollback, versions
from finetune.run import Run, train
from tools.encoder import Encoder

pytestmark = pytest.mark.usefixtures("fast_onnx")
SMALL = ("constant", "linear", "fused")
Train = Callable[..., Run]


def grades(remarks: list[Record]) -> list[Record]:
    return [replace(r, target=0.9 - i % 3 / 10 if r.target == "same" else 0.1 + i % 3 / 10) for i, r in enumerate(remarks)]


def two_amounts(beads: Any) -> list[Record]:
    return [replace(r, target=(float(r.target), 300.0 - float(r.target) / 10)) for r in beads("heat_input")]


# task: settings, kind of output, names, metric
CASES: dict[str, tuple[dict[str, Any], str, list[str], str]] = {
    "binary": ({"promote": "best"}, "labels", ["abnormal"], "macro_f1"),
    "binary as two logits": ({"task": "binary", "loss": "cross_entropy"}, "classes", ["normal", "abnormal"], "macro_f1"),
    "multilabel": ({"epochs": 1, "loss": "bce"}, "labels", ["Balling", "Bead cut", "Discontinuity", "Humping", "Normal"], "macro_f1"),
    "regression": ({"scale": "linear", "columns": {"target": ["heat", "rest"]}}, "amounts", ["heat", "rest"], "loss"),
    "pair": ({"columns": {"text_b": "second"}}, "classes", ["other", "same"], "macro_f1"),
    "similarity": ({"columns": {"text_b": "second"}}, "amounts", ["output"], "rmse"),
}


@pytest.mark.parametrize("case", CASES)
def test_records_become_a_model_that_the_tools_load(case: str, beads: Any, remarks: list[Record], quick: Any, tmp_path: Path):
    settings, kind, names, metric = CASES[case]
    task = settings.get("task", case)
    records = {"regression": two_amounts(beads), "pair": remarks, "similarity": grades(remarks), "multilabel": beads("defects")}.get(case, beads())
    lines: list[str] = []
    config = quick(**{"task": task, "epochs": 0, "candidates": SMALL, "promote": "encoder"} | settings)
    out = tmp_path / "models" / "mine"
    made = train(records, config, out, lines.append, {"recipe": "r1"})

    encoder = Encoder(out)
    saved = encoder.meta
    assert made.folder == out and made.meta == saved and saved["recipe"] == "r1" and saved["name"] == "mine"
    assert (saved["task"], saved["output"]["kind"], encoder.names, saved["metric"]) == (task, kind, names, metric)
    assert saved["records"] == len(records) == 60 and saved["groups"] == 60 and len(saved["version"]) == 12
    assert list(saved["compared"]) == list(SMALL) and {head["file"] for head in saved["heads"]} == {f"{name}.onnx" for name in made.weights}
    assert all(np.isfinite(score) for score in saved["scores"].values()) and metric in saved["scores"] and set(saved["per_name"]) == set(names)
    assert saved["int8_loss"] < 0.05
    if kind == "amounts":  # intervals at the levels that 60 records can tell, wider for more
        widths = [sum(saved["radii"][level]) for level in ("0.5", "0.6", "0.7", "0.8", "0.9", "0.95")]
        assert widths == sorted(widths) and "0.99" not in saved["radii"] and saved["radii"]["0.9"] == saved["calibration"]["radius"]
    else:
        assert "radii" not in saved
    if settings.get("promote") != "best":
        assert list(made.weights) == ["fused"] and saved["history"]["fused"][0]["epoch"] == 0
    assert {"CARD.md", "report.html", "waam.json", "novelty.npz", "run.jsonl", "held_out.npz"} <= {p.name for p in out.iterdir()}
    assert saved["version"] in (out / "CARD.md").read_text() and "<svg" in (out / "report.html").read_text()
    assert [json.loads(line)["event"] for line in (out / "run.jsonl").read_text().splitlines()] == ["start", *["candidate"] * 3, "promoted"]
    assert {p.name for p in out.parent.iterdir()} == {"mine", ".versions"}, "no scratch is left"
    assert any("promoted" in line and f"{metric} {saved['scores'][metric]:.3f}" in line for line in lines)

    rows, held = made.outputs
    assert sorted(rows) == list(range(60)) and held.shape == (60, len(names))
    raw = encoder.read([r.text for r in records], [r.text_b for r in records] if records[0].text_b else ())
    assert raw.shape == (60, len(names))
    constant = saved["compared"]["constant"][metric][0]
    served = made.data.kind.score(made.data.targets, raw, encoder.calibration)[metric]
    assert served < constant if metric in ("rmse", "loss") else served > constant, "what is served knows more than the mean"


@pytest.fixture
def quickly(beads: Any, quick: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Trains a linear head, so no encoder is exported, and draws no plots."""
    monkeypatch.setattr(run_module, "write_page", lambda *_: None)

    def trained(records: list[Record] | None = None, progress: Callable[[str], None] = lambda _: None, **settings: Any) -> Run:
        config = quick(**{"candidates": ("constant", "linear")} | settings)
        return train(records or beads(), config, tmp_path / "models" / "mine", progress)

    return trained


def test_a_second_training_keeps_the_first_version_and_rollback_puts_it_back(quickly: Train, beads: Any):
    first = quickly()
    second = quickly(beads(seed=8), data_label="the second")
    assert first.meta["version"] != second.meta["version"] and Encoder(second.folder).meta["data_label"] == "the second"
    assert [p.name[5:] for p in versions(first.folder)] == [first.meta["version"], second.meta["version"]]
    rollback(first.folder)
    assert Encoder(first.folder).meta == first.meta


@pytest.mark.parametrize("dies_at", ["linear: macro_f1", "linear: fitting to all"])
def test_a_kill_leaves_the_old_model_and_a_rerun_goes_on(quickly: Train, beads: Any, monkeypatch: pytest.MonkeyPatch, dies_at: str):
    old = quickly()
    fits: list[str] = []
    make = crossfit.make
    monkeypatch.setattr(crossfit, "make", lambda name, *rest: fits.append(name) or make(name, *rest))

    def dying(line: str) -> None:
        if line.startswith(dies_at):
            raise KeyboardInterrupt

    new = beads(seed=8)
    with pytest.raises(KeyboardInterrupt):
        quickly(new, dying)
    assert Encoder(old.folder).meta == old.meta and len(versions(old.folder)) == 1 and fits == ["constant"] * 2 + ["linear"] * 2
    lines: list[str] = []
    made = quickly(new, lines.append)
    assert len(fits) == 4, "finished folds are not fitted again"
    assert [line for line in lines if "Goes on" in line] == ["Goes on where it was stopped: all 2 candidates are compared."]
    again = quickly(new)
    assert made.meta["scores"] == again.meta["scores"] and made.meta["version"] == again.meta["version"], "as if it had not been killed"
    assert {p.name for p in old.folder.parent.iterdir()} == {"mine", ".versions"}


def test_the_constant_is_always_compared_and_a_model_without_knowledge_is_still_saved(quickly: Train, beads: Any):
    chance = np.random.default_rng(0)
    blind = [replace(r, target=float(chance.normal(5, 1))) for r in beads()]
    poor = quickly(blind, task="regression", candidates=("linear",))
    baseline = Encoder(poor.folder).meta["baseline"]
    assert list(poor.meta["compared"]) == ["constant", "linear"] and not baseline["beaten"]
    assert poor.meta["remarks"][0] == baseline["says"] and baseline["says"] in (poor.folder / "CARD.md").read_text()
    good = quickly(beads("heat_input"), task="regression", candidates=("linear",)).meta["baseline"]
    assert good["beaten"] and not good["says"] and good["served"] < good["constant"]


def test_the_card_names_file_hash_and_groups(quickly: Train, beads: Any, tmp_path: Path):
    path = tmp_path / "beads.jsonl"
    path.write_text("\n".join(json.dumps({"input": r.text, "output": r.target}) for r in beads()))
    card = (quickly(load(path)).folder / "CARD.md").read_text()
    assert f"- beads.jsonl: 60 rows, SHA-256 `{hashlib.sha256(path.read_bytes()).hexdigest()}`" in card
    assert "- --group was not given, so rows whose texts state the same numbers are kept together: 60 groups in 60 rows of beads.jsonl" in card


def test_without_refitting_the_model_is_the_folds_own(quickly: Train):
    run = quickly(folds=1, held_out=0.2, refit=False, candidates=("linear",))
    rows, held = run.outputs
    assert len(rows) == pytest.approx(0.2 * len(run.data.records), rel=0.5)
    served = Encoder(run.folder).run([run.data.records[i].text for i in rows], run.data.features[rows])
    assert served == pytest.approx(held, abs=1e-4)
    anew = quickly(folds=1, held_out=0.2, candidates=("linear",))
    assert Encoder(anew.folder).run([r.text for r in run.data.records], run.data.features)[rows] != pytest.approx(held, abs=1e-4)


def test_a_kill_while_writing_leaves_the_old_model(quickly: Train, beads: Any, monkeypatch: pytest.MonkeyPatch):
    old = quickly()
    with monkeypatch.context() as patch:
        patch.setattr(run_module, "write_page", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            quickly(beads(seed=8))
    assert Encoder(old.folder).meta == old.meta
    assert quickly(beads(seed=8)).meta["version"] != old.meta["version"]


def test_other_data_or_settings_start_anew(quickly: Train, beads: Any, monkeypatch: pytest.MonkeyPatch):
    fits: list[str] = []
    make = crossfit.make
    monkeypatch.setattr(crossfit, "make", lambda name, *rest: fits.append(name) or make(name, *rest))

    def dying(line: str) -> None:
        if "fitting" in line:
            raise KeyboardInterrupt

    for settings in ({}, {"folds": 3}):
        with pytest.raises(KeyboardInterrupt):
            quickly(None, dying, **settings)
    with pytest.raises(KeyboardInterrupt):
        quickly(beads(seed=8), dying)
    assert len(fits) == 4 + 6 + 4


def test_the_users_metric_decides(quickly: Train, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    score = run_module.value
    monkeypatch.setattr(run_module, "value", lambda scores, metric: asked.append(metric) or score(scores, metric))
    assert quickly(metric="ece").meta["metric"] == "ece" and set(asked) == {"ece"}


def test_a_metric_that_the_task_does_not_have_is_refused_before_anything_is_trained(quickly: Train, tmp_path: Path):
    with pytest.raises(DataError, match="There is no metric 'rmse' for this task; choose among accuracy, macro_f1"):
        quickly(metric="rmse")
    assert not (tmp_path / "models").exists()


def test_validation_loss_is_a_metric_of_every_task(quickly: Train, beads: Any):
    assert quickly(metric="loss").meta["scores"]["loss"] > 0
    assert quickly(beads("heat_input"), task="regression", metric="loss").meta["metric"] == "loss"


def test_what_cannot_be_trained_on_is_said_in_a_sentence(quickly: Train, beads: Any):
    with pytest.raises(DataError, match="9 distinct experiments"):
        quickly(beads(count=9))
    with pytest.raises(DataError, match="None of the chosen candidates can be served"):
        quickly(candidates=("constant", "tfidf"))
    assert not [p for p in Path().glob("*.partial")]


def test_the_unit_of_the_closed_formula_is_kept(quickly: Train, beads: Any):
    joules = [replace(r, target=float(r.target) * 1000) for r in beads("energy")]
    meta = quickly(joules, task="regression", candidates=("linear", "formula_energy")).meta
    assert meta["per_formula_unit"] == 1000 and any("formula_energy, which is not served, is better" in remark for remark in meta["remarks"])


def test_ranges_and_required_settings_come_from_the_records(quickly: Train, beads: Any):
    meta = quickly().meta
    amps = [r.conditions.current_a for r in beads()]
    assert meta["training_range"]["current_a"] == [min(amps), max(amps)] and "current_a" in meta["required"]
    assert min(amps) <= meta["training_median"]["current_a"] <= max(amps)
    assert "wire_diameter_mm" in meta["optional"] and set(meta["training_values"]["process"]) <= {"GMAW", "CMT", "GTAW", "PAW"}
