"""Held-out outputs: every row once, finished folds are kept, fine-tuning that does not pay is spared, and what is chosen."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finetune import crossfit
from finetune.candidates import make
from finetune.config import TrainConfig
from finetune.crossfit import WORTH, Data, Held, blended, choose, cross_fit, plan
from finetune.records import Record
from finetune.tasks import fit_kind

pytestmark = pytest.mark.usefixtures("fast_onnx")


def data_of(records: list[Record], config: TrainConfig) -> Data:
    kind = fit_kind(records, config)
    rng = np.random.default_rng(3)
    return Data(records, rng.normal(size=(len(records), 3)).astype(np.float32), kind.encode(records), kind)


class Counted:
    """A candidate that records what it was given, and says each record's number."""

    fits: list[tuple[set[str], int | None]]

    def __init__(self, epochs: int | None, dies_at: int | None = None) -> None:
        self.epochs, self.dies_at = epochs, dies_at

    def fit(self, records: Any, features: np.ndarray, targets: np.ndarray) -> "Counted":
        if self.dies_at is not None and len(Counted.fits) >= self.dies_at:
            raise KeyboardInterrupt
        Counted.fits.append(({r.group for r in records}, self.epochs))
        return self

    def outputs(self, records: Any, features: np.ndarray) -> np.ndarray:
        return np.array([[float(r.text.split()[-1])] for r in records])


def numbered(count: int = 30) -> list[Record]:
    return [Record(f"bead {i}", "Normal" if i % 3 else "Humping", f"g{i // 2}", row=i) for i in range(count)]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    Counted.fits = []
    monkeypatch.setattr(crossfit, "make", lambda name, kind, config, progress, folder, epochs: Counted(epochs))
    return Counted


def test_every_row_is_held_out_once_by_a_model_that_has_not_seen_its_group(quick: Any, counted: type[Counted]):
    data, config = data_of(numbered(), quick(folds=3, seeds=(7, 8))), quick(folds=3, seeds=(7, 8))
    held = cross_fit("linear", data, config, print)
    assert sorted(held.rows) == list(range(30)) and held.outputs[:, 0].astype(int).tolist() == held.rows.tolist()
    assert len(held.fold_scores) == len(counted.fits) == 6, "folds times seeds"
    for (fit, rest), (groups, _) in zip(plan(data, config, 7), counted.fits, strict=False):
        assert groups == {data.groups[i] for i in fit} and not groups & {data.groups[i] for i in rest}


def test_one_fold_holds_a_third_out(quick: Any, counted: type[Counted]):
    data = data_of(numbered(), quick(folds=1))
    held = cross_fit("linear", data, quick(folds=1), print)
    assert len(held.rows) == len(set(held.rows)) == 10 and len(counted.fits) == 1


def test_the_spread_is_over_folds_and_seeds():
    held = Held(np.arange(2), np.zeros((2, 1)), np.zeros(2), [{"macro_f1": 0.5}, {"macro_f1": 0.7}])
    assert held.spread() == {"macro_f1": (pytest.approx(0.6), pytest.approx(0.1))}


def test_finished_folds_are_not_fitted_again_after_a_kill(quick: Any, tmp_path: Path, counted: type[Counted], monkeypatch: pytest.MonkeyPatch):
    data, config = data_of(numbered(), quick(folds=3)), quick(folds=3)
    whole = cross_fit("linear", data, config, print)
    counted.fits.clear()
    with monkeypatch.context() as patch:
        patch.setattr(crossfit, "make", lambda name, kind, config, progress, folder, epochs: Counted(epochs, dies_at=2))
        with pytest.raises(KeyboardInterrupt):
            cross_fit("linear", data, config, print, tmp_path)
    assert len(counted.fits) == 2 and not list(tmp_path.glob("*.partial*"))
    held = cross_fit("linear", data, config, print, tmp_path)
    assert len(counted.fits) == 3 and np.array_equal(held.outputs, whole.outputs) and held.fold_scores == whole.fold_scores
    cross_fit("linear", data, config, print, tmp_path)
    assert len(counted.fits) == 3


class Tuned(crossfit.Neural):
    """An encoder whose fine-tuning gains what it is told, in the order of the folds."""

    gains: list[float]
    asked: list[int | None]

    def __init__(self, epochs: int | None) -> None:
        self.epochs = epochs

    def fit(self, records: Any, features: np.ndarray, targets: np.ndarray) -> "Tuned":
        Tuned.asked.append(self.epochs)
        self.history = [
            {"epoch": 0.0, "macro_f1": 0.5},
            *([{"epoch": 1.0, "macro_f1": 0.5 + Tuned.gains[len(Tuned.asked) - 1]}] if self.epochs else []),
        ]
        return self

    def outputs(self, records: Any, features: np.ndarray) -> np.ndarray:
        return np.zeros((len(records), 1))

    metric = "macro_f1"


@pytest.fixture
def tuned(monkeypatch: pytest.MonkeyPatch) -> type[Tuned]:
    Tuned.asked = []
    monkeypatch.setattr(crossfit, "make", lambda name, kind, config, progress, folder, epochs: Tuned(epochs))
    return Tuned


@pytest.mark.parametrize(
    ("gains", "asked", "epochs"),
    [([0.1, 0.1, 0.1], [2, 2, 2], 2), ([0.0, 0.1, 0.1], [2, 0, 0, 0], 0), ([0.1, -0.1, 0.1], [2, 2, 2], 2)],
    ids=["pays", "does not pay", "pays on the first fold, which decides"],
)
def test_the_first_fold_decides_on_fine_tuning(quick: Any, tuned: type[Tuned], gains: list[float], asked: list[int], epochs: int):
    tuned.gains, config = gains, quick(folds=3, epochs=2)
    lines: list[str] = []
    held = cross_fit("fused", data_of(numbered(), config), config, lines.append)
    assert tuned.asked == asked and held.epochs == epochs and len(lines) == (epochs == 0)
    assert held.history[1]["macro_f1"] == 0.5 + gains[0], "the table is the first fold's"


@pytest.mark.parametrize(("sign", "epochs"), [(1, 0), (-1, 2)], ids=["a rival that is right", "a rival that is wrong"])
def test_an_encoder_that_adds_nothing_to_its_rivals_is_spared_too(quick: Any, tuned: type[Tuned], sign: int, epochs: int):
    tuned.gains, config = [0.1, 0.1, 0.1], quick(folds=3, epochs=2, metric="accuracy")
    data = data_of(numbered(), config)
    rows = np.concatenate([held for _, held in plan(data, config, config.seeds[0])])
    rival = Held(rows, sign * (2 * data.targets[rows] - 1), np.zeros(len(rows)), [])
    assert cross_fit("fused", data, config, print, rivals={"linear": rival}).epochs == epochs


def test_nothing_was_tuned_where_there_was_nothing_to_tune(quick: Any, beads: Any):
    config = quick(adapt="frozen", probe_epochs=2)
    lines: list[str] = []
    cross_fit("fused", data_of(beads(), config), config, lines.append)
    assert not [line for line in lines if "pay" in line], "a frozen body was not fine-tuned, so nothing is said of it"


def test_the_table_and_the_decision_survive_a_kill(quick: Any, tuned: type[Tuned], tmp_path: Path):
    tuned.gains, config = [0.0, 0.1, 0.1], quick(folds=3, epochs=2)
    data = data_of(numbered(), config)
    first = cross_fit("fused", data, config, lambda _: None, tmp_path)
    again = cross_fit("fused", data, config, lambda _: None, tmp_path)
    assert len(tuned.asked) == 4 and (again.epochs, again.history) == (0, first.history) and len(first.history) == 2


def held_of(*outputs: float) -> Held:
    return Held(np.arange(2), np.array([outputs], dtype=float).T, np.zeros(2))


def near(target: float) -> Any:
    return lambda outputs: -float(np.abs(outputs - target).mean())


def test_a_blend_takes_at_most_one_encoder():
    held = {"encoder": held_of(0.0, 0.0), "fused": held_of(2.0, 2.0), "linear": held_of(0.1, 0.1)}
    weights = choose(held, list(held), near(1.0))
    assert not {"encoder", "fused"} <= set(weights) and sum(weights.values()) == pytest.approx(1)
    assert near(1.0)(blended(held, weights)) > -0.06, "fused and linear about half each"


def test_what_is_chosen_is_no_worse_than_the_best_single_one():
    rng = np.random.default_rng(8)
    for _ in range(40):
        held = {name: Held(np.arange(9), rng.normal(size=(9, 1)), np.zeros(9)) for name in ("encoder", "fused", "linear", "boosting", "forest")}
        truth = rng.normal(size=(9, 1))

        def score(outputs: np.ndarray, truth: np.ndarray = truth) -> float:
            return -float(((outputs - truth) ** 2).mean())

        reached, single = score(blended(held, choose(held, list(held), score))), {name: score(each.outputs) for name, each in held.items()}
        assert reached >= max(single[name] for name in ("linear", "boosting", "forest"))
        assert reached >= max(single.values()) - WORTH * abs(max(single.values())) * 1.05, "an encoder must be worth its body"


def test_only_encoders_are_chosen_where_only_they_are_allowed():
    held = {"encoder": held_of(0.0, 0.0), "fused": held_of(2.0, 2.0), "linear": held_of(1.0, 1.0)}
    assert choose(held, ["encoder", "fused"], near(1.9)) == {"fused": 1.0}
    assert choose(held, ["linear"], near(1.9)) == {"linear": 1.0}


def test_the_real_candidates_fit_this_mould(quick: Any, beads: Any):
    config = quick(epochs=0, probe_epochs=2)
    data = data_of(beads(), config)
    held = {name: cross_fit(name, data, config, print) for name in ("constant", "linear", "fused")}
    assert all(np.array_equal(each.rows, held["constant"].rows) and each.outputs.shape == (60, 1) for each in held.values())
    assert make("linear", data.kind, config, print)
