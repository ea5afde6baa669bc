"""Classical heads: each learns, survives what folds do to targets, and is served as it was trained."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from finetune.classical import CLASSICAL, ClassicalHead, Kind

GENERATOR = np.random.default_rng(0)
ROWS = 90
X = GENERATOR.normal(size=(ROWS, 5)).astype(np.float32)
X[:, 3] = 1  # constant
X[:, 4] = np.exp(3 * X[:, 4])  # heavy tail
GROUPS = [str(row // 3) for row in range(ROWS)]
LABELS = np.stack([X[:, 0] > 0, X[:, 1] > 0.3, np.zeros(ROWS), np.ones(ROWS)], axis=1).astype(np.float32)
CLASSES = np.array([0, 1, 3])[np.digitize(X[:, 0], [-0.5, 0.5])]  # of five classes this fold lacks two
AMOUNTS = np.stack([X[:, 0] + 0.5 * X[:, 1], X[:, 2], np.full(ROWS, 0.25)], axis=1).astype(np.float32)
TARGETS: dict[Kind, tuple[np.ndarray, int]] = {"labels": (LABELS, 4), "classes": (CLASSES, 5), "amounts": (AMOUNTS, 3)}
CASES = [(name, kind) for name in CLASSICAL for kind in TARGETS if name != "gaussian_process" or kind == "amounts"]


def served(head: ClassicalHead, features: np.ndarray, file: Path) -> np.ndarray:
    head.export(file)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    (given,), (output,) = session.get_inputs(), session.get_outputs()
    assert (given.name, given.type, output.name, output.type) == ("features", "tensor(float)", "output", "tensor(float)")
    found: np.ndarray = session.run(None, {"features": features})[0]
    return found


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_head_learns_and_is_served_as_it_was_trained(name: str, kind: Kind, tmp_path: Path):
    targets, size = TARGETS[kind]
    head = CLASSICAL[name](kind, 0).fit(X, targets, size, GROUPS)
    outputs = head.outputs(X)
    assert outputs.shape == (ROWS, size) and outputs.dtype == np.float32 and np.isfinite(outputs).all()
    if kind == "labels":
        assert ((outputs > 0) == (targets > 0)).mean() > 0.9
        assert (outputs[:, 2] < -4).all() and (outputs[:, 3] > 4).all(), "constant columns are their share"
    elif kind == "classes":
        assert (outputs.argmax(axis=1) == targets).mean() > 0.8
        assert np.exp(outputs).sum(axis=1) == pytest.approx(1, abs=1e-4), "log-probabilities"
        assert (outputs[:, [2, 4]] < -5).all(), "classes it was not shown are unlikely, not impossible"
    else:
        assert ((outputs[:, :2] - targets[:, :2]) ** 2).mean() < 0.35 * targets[:, :2].var()
        assert outputs[:, 2] == pytest.approx(0.25)
    new = np.concatenate([X[:7] * 1.2, X[:2] * 1e6, np.zeros((1, 5))]).astype(np.float32)
    assert served(head, new, tmp_path / "head.onnx") == pytest.approx(head.outputs(new), abs=1e-3)
    assert (tmp_path / "head.onnx").stat().st_size < 20e6


@pytest.mark.parametrize("kind", TARGETS)
def test_nothing_to_learn_from_gives_the_constant(kind: Kind, tmp_path: Path):
    targets, size = TARGETS[kind]
    head = CLASSICAL["linear"](kind, 0).fit(np.ones((ROWS, 2), np.float32), targets, size, GROUPS)
    new = np.array([[1, 1], [5, -3]], dtype=np.float32)
    outputs = head.outputs(new)
    assert (outputs[0] == outputs[1]).all()
    assert served(head, new, tmp_path / "head.onnx") == pytest.approx(outputs, abs=1e-5)
    if kind == "classes":
        assert np.exp(outputs[0, :2]) == pytest.approx([(targets == 0).mean(), (targets == 1).mean()], abs=0.01)


def test_one_class_alone(tmp_path: Path):
    head = CLASSICAL["forest"]("classes", 0).fit(X, np.full(ROWS, 2), 4, GROUPS)
    assert (head.outputs(X).argmax(axis=1) == 2).all()
    assert served(head, X, tmp_path / "head.onnx") == pytest.approx(head.outputs(X), abs=1e-5)


def test_the_same_seed_gives_the_same_head():
    first, second = (CLASSICAL["forest"]("amounts", 7).fit(X, AMOUNTS, 3, GROUPS).outputs(X) for _ in range(2))
    assert (first == second).all()


def test_settings_are_judged_on_other_groups():
    """Features that identify a group of equal targets tempt to the weakest penalty; groups apart show that it does not carry over."""
    rows = np.repeat(np.arange(30), 4)
    features = np.random.default_rng(1).normal(size=(30, 40)).astype(np.float32)[rows]
    target = np.random.default_rng(2).normal(size=30).astype(np.float32)[rows][:, None]
    apart = CLASSICAL["linear"]("amounts", 0).fit(features, target, 1, [str(row) for row in rows])
    together = CLASSICAL["linear"]("amounts", 0).fit(features, target, 1, [str(row) for row in range(len(rows))])
    assert apart.outputs(features).var() < 0.5 * together.outputs(features).var()


def test_a_gaussian_process_of_many_rows_stays_quick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("finetune.classical.GAUSSIAN_PROCESS_ROWS", 40)
    head = CLASSICAL["gaussian_process"]("amounts", 0).fit(X, AMOUNTS[:, :1], 1, GROUPS)
    assert len(head.parts[0][-1].X_train_) == 40
