"""What is compared: which candidates a data set allows, the references that need no training, and what can be served."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finetune.candidates import Classical, Constant, Formula, energy, heat_input, make, names, served
from finetune.classical import CLASSICAL
from finetune.kinds import Classes, Kind, Labels
from finetune.neural import Neural
from finetune.records import DataError, Record
from finetune.tasks import fit_kind

pytestmark = pytest.mark.usefixtures("fast_onnx")
HEADS = list(CLASSICAL)


def offered(records: list[Record], config: Any, features: int = 3) -> list[str]:
    return names(records, fit_kind(records, config), features, config)


def test_labels_are_offered_encoders_heads_and_references(beads: Any, quick: Any):
    assert offered(beads("anomaly"), quick()) == ["constant", "tfidf", *(h for h in HEADS if h != "gaussian_process"), "encoder", "fused"]


def test_amounts_are_offered_the_formula_they_are_of(beads: Any, quick: Any):
    heat = offered(beads("heat_input"), quick("regression"))
    assert "gaussian_process" in heat and "formula_heat_input" in heat and "formula_energy" in heat  # lengths are stated here too
    lost = [replace(r, text=r.text.replace("bead length", "bead width")) for r in beads("heat_input")]
    assert "formula_energy" not in offered(lost, quick("regression"))
    two = [replace(r, target=(float(r.target), 2.0 * i)) for i, r in enumerate(beads("heat_input"))]
    assert not [name for name in offered(two, quick("regression", scale="linear")) if name.startswith("formula")]


@pytest.mark.parametrize(("features", "setting"), [(0, True), (3, False)])
def test_without_features_there_is_the_text_alone(beads: Any, quick: Any, features: int, setting: bool):
    assert offered(beads(), quick(features=setting), features) == ["constant", "tfidf", "encoder"]


def test_the_user_chooses_among_them_and_an_unknown_name_is_refused(beads: Any, quick: Any):
    assert offered(beads(), quick(candidates=("fused", "constant"))) == ["constant", "fused"]
    with pytest.raises(DataError, match=r"no candidate 'woods'.*choose among constant, tfidf"):
        offered(beads(), quick(candidates=("fused", "woods")))
    with pytest.raises(DataError, match="formula_energy"):
        offered(beads(), quick(candidates=("formula_energy",)))


@pytest.mark.parametrize("name", ["constant", "tfidf", "linear", "encoder", "fused"])
def test_every_candidate_is_made_fitted_and_asked_alike(beads: Any, quick: Any, name: str):
    records = beads("defects", 30)
    config = quick("multilabel", epochs=0, probe_epochs=2)
    kind = fit_kind(records, config)
    features = np.random.default_rng(1).normal(size=(30, 4)).astype(np.float32)
    outputs = make(name, kind, config, print).fit(records, features, kind.encode(records)).outputs(records[:7], features[:7])
    assert outputs.shape == (7, kind.size) and outputs.dtype == np.float32 and np.isfinite(outputs).all()


def test_the_constant_states_what_it_saw(beads: Any, quick: Any):
    records = beads("anomaly")
    for config in (quick(), quick(loss="cross_entropy")):
        kind: Kind = fit_kind(records, config)
        targets = kind.encode(records)
        output = Constant(kind).fit(records, np.zeros((60, 0)), targets).outputs(records[:1], np.zeros((1, 0)))[0]
        if isinstance(kind, Labels):
            assert 1 / (1 + np.exp(-output[0])) == pytest.approx(targets.mean(), abs=1e-5)
        else:
            assert isinstance(kind, Classes) and np.exp(output) == pytest.approx(np.bincount(targets) / 60, abs=1e-5)
    amounts = beads("heat_input")
    kind = fit_kind(amounts, quick("regression"))
    output = Constant(kind).fit(amounts, np.zeros((60, 0)), kind.encode(amounts)).outputs(amounts[:2], np.zeros((2, 0)))
    assert output == pytest.approx(np.zeros((2, 1)), abs=1e-5), "the mean, standardised"


@pytest.mark.parametrize(("name", "formula"), [("heat_input", heat_input), ("energy", energy)])
@pytest.mark.parametrize("factor", [1.0, 1000.0], ids=["own unit", "thousandths"])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_formula_finds_the_targets_unit(beads: Any, quick: Any, name: str, formula: Any, factor: float, scale: str):
    records = [replace(r, target=float(r.target) * factor) for r in beads(name)]
    kind: Any = fit_kind(records, quick("regression", scale=scale))
    model = Formula(kind, formula).fit(records, np.zeros((60, 0)), kind.encode(records))
    assert model.factor == pytest.approx(factor)
    said = kind.decode(model.outputs(records, np.zeros((60, 0))))[:, 0]
    truth = np.array([float(r.target) for r in records])
    assert np.median(np.abs(said / truth - 1)) < 0.05, "the simulator scatters by a few percent"


def test_a_record_that_does_not_state_what_the_formula_needs_gets_the_median(beads: Any, quick: Any):
    records = beads("energy")
    kind: Any = fit_kind(records, quick("regression"))
    model = Formula(kind, energy).fit(records, np.zeros((60, 0)), kind.encode(records))
    silent = Record("a bead without any settings", 0.0, "x")
    assert energy(silent) is None and heat_input(silent) is None
    assert kind.decode(model.outputs([silent], np.zeros((1, 0))))[0, 0] == pytest.approx(np.median([float(r.target) for r in records]), rel=1e-4)


def test_what_can_be_served_has_a_head_to_export(quick: Any, beads: Any):
    kind = fit_kind(beads("heat_input"), quick("regression"))
    for name in ("constant", "tfidf", "formula_heat_input", "formula_energy", "encoder", "fused", *HEADS):
        assert served(name) == isinstance(make(name, kind, quick("regression"), print, Path("unused")), Neural | Classical)
