"""The study's own file format, as it is written and read back."""

import json
from pathlib import Path

import pytest

from finetune.records import Record, load
from finetune.simulator import Experiment, simulate_study
from finetune.study import QUESTIONS, write_study_files
from finetune.targets import amounts, labels

STEMS = ["waam_cls_p1", "waam_cls_p3", "waam_pred_hi_p5", "waam_pred_hi_p7", "waam_pred_hi_p9", "waam_pred_energy"]
Study = tuple[list[Experiment], list[Path], dict[str, list[Record]]]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The test experiments, the files, and the records of the test files."""
    train, test = simulate_study()
    written = write_study_files(tmp_path_factory.mktemp("study") / "new", train[:12], test[:12])
    return test[:12], written, {path.stem.removeprefix("test_"): load(path) for path in written if path.stem.startswith("test")}


def test_files_are_named_as_the_study_names_them(study: Study):
    _, written, _ = study
    assert [p.name for p in written] == [f"{split}_{stem}.json" for split in ("train", "test") for stem in STEMS]
    assert all(set(row) == {"instruction", "input", "output"} for path in written for row in json.loads(path.read_text()))


def test_targets_are_in_the_studys_wording(study: Study):
    experiments, _, of = study
    for i, experiment in enumerate(experiments):
        short, long = of["waam_pred_hi_p5"][i], of["waam_pred_hi_p7"][i]
        assert of["waam_cls_p1"][i].target == " or ".join(experiment.labels) and labels(of["waam_cls_p1"][i].target) == experiment.labels
        assert short.target == f"{experiment.heat_input_j_mm:.3f}." and long.target == f"Heat input is {experiment.heat_input_j_mm:.3f}."
        assert amounts(short) == amounts(long) == (round(experiment.heat_input_j_mm, 3),)
        assert of["waam_pred_energy"][i].target == f"Energy is {experiment.energy_kj * 1000:.1f}."


def test_paraphrases_of_one_experiment_share_a_group_and_no_two_experiments_do(study: Study):
    experiments, _, of = study
    by_file = [[record.group for record in of[stem]] for stem in STEMS]
    assert all(groups == by_file[0] for groups in by_file) and len(set(by_file[0])) == len(experiments)
    assert len({of[stem][0].text for stem in STEMS}) == len(QUESTIONS), "they are paraphrases, not copies"
