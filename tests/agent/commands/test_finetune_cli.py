"""`waam finetune`: from a data file to a served model and back, and one sentence for what cannot be trained on."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from agent import cli
from agent.errors import WaamError
from finetune.records import DataError
from finetune.simulator import simulate
from tests.finetune.conftest import tiny_base  # noqa: F401 (a fixture)

FAST = ("--folds", "3", "--candidates", "constant,linear,encoder", "--epochs", "0")


def waam(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, ["finetune", *map(str, arguments)])


def refusal(*arguments: object) -> str:
    """The sentence that the command line prints for bad input."""
    result = waam(*arguments)
    assert isinstance(result.exception, DataError | WaamError), result.output
    return str(result.exception)


@pytest.fixture(scope="module")
def beads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """90 simulated beads as a table."""
    path = tmp_path_factory.mktemp("beads") / "beads.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["current_a", "voltage_v", "travel_speed_mm_min", "verdict", "heat", "note"])
        for e in simulate(90, seed=5):
            c = e.conditions
            table.writerow(
                [c.current_a, c.voltage_v, round((c.travel_speed_mm_s or 0) * 60), " or ".join(e.labels), e.heat_input_j_mm, f"bead {e.id}"]
            )
    return path


@pytest.fixture(scope="module")
def model(beads: Path, tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    out = tmp_path_factory.mktemp("models") / "heat"
    result = waam("train", "--task", "regression", "--train", beads, "--target", "heat", "--out", out, "--base", tiny_base, *FAST)
    assert result.exit_code == 0, result.output + repr(result.exception)
    assert "held out" in result.output and "CARD.md" in result.output
    assert result.stderr.startswith("Loading the training libraries"), "something is said before anything takes time"
    assert "--group was not given, so rows with the same values of current_a, voltage_v, travel_speed_mm_min are kept together" in result.stderr
    return out


def test_train_then_evaluate_and_predict(model: Path, beads: Path):
    scored = waam("evaluate", "--model", model, "--data", beads, "--json")
    scores = json.loads(scored.stdout)
    assert scores["seen_in_training"] == 1 and "100% of the rows of beads.csv were in the training data" in scored.stderr
    assert "share of rows that the model was trained on" in waam("evaluate", "--model", model, "--data", beads).stdout
    assert scores["r2"] > 0.9 and scores["coverage"] > 0.8 and scores["records"] == 90
    first = json.loads(waam("predict", "--model", model, "--data", beads).output.splitlines()[0])
    low, high = first["heat"]["interval"]
    assert low < first["heat"]["value"] < high


def test_the_versions_are_listed_and_rolled_back(model: Path, beads: Path, tiny_base: Path):  # noqa: F811
    before = waam("versions", "--model", model).output
    waam("train", "--task", "regression", "--train", beads, "--target", "heat", "--out", model, "--base", tiny_base, *FAST, "--scale", "linear")
    assert "90 rows" in before and "rmse" in before and " ± " in before
    assert len(waam("versions", "--model", model).output.splitlines()) == len(before.splitlines()) + 1
    assert waam("rollback", "--model", model).exit_code == 0
    assert [line for line in waam("versions", "--model", model).output.splitlines() if line.startswith("*")] == [
        line for line in before.splitlines() if line.startswith("*")
    ]


def test_a_doubtful_label_is_found_corrected_and_written_back(beads: Path, tiny_base: Path, tmp_path: Path):  # noqa: F811
    rows = list(csv.DictReader(beads.open()))
    rows[7]["heat"] = str(float(rows[7]["heat"]) * 30)
    spoilt, labels, mended = tmp_path / "spoilt.csv", tmp_path / "doubtful.csv", tmp_path / "mended.csv"
    with spoilt.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    out = tmp_path / "heat"
    assert waam("train", "--task", "regression", "--train", spoilt, "--target", "heat", "--out", out, "--base", tiny_base, *FAST).exit_code == 0
    assert waam("errors", "--model", out, "--data", spoilt, "--out", labels).exit_code == 0
    doubtful = list(csv.DictReader(labels.open(encoding="utf-8-sig")))
    assert doubtful[0]["row"] == "8", "the worst first"
    doubtful[0]["corrected"] = "500"
    with labels.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, doubtful[0])
        writer.writeheader()
        writer.writerows(doubtful)
    assert "1 targets changed" in waam("relabel", "--model", out, "--data", spoilt, "--labels", labels, "--out", mended).output
    assert float(list(csv.DictReader(mended.open()))[7]["heat"]) == 500


def test_the_loop_asks_then_retrains_and_decides(model: Path, beads: Path, tiny_base: Path, tmp_path: Path):  # noqa: F811
    pool, labels = tmp_path / "pool.csv", tmp_path / "to_label.csv"
    new = {f"{e.conditions.current_a:g}": e for e in simulate(30, seed=6)}
    with pool.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["current_a", "voltage_v", "travel_speed_mm_min"])
        table.writerows([e.conditions.current_a, e.conditions.voltage_v, round((e.conditions.travel_speed_mm_s or 0) * 60)] for e in new.values())
    loop = ("loop", "--model", model, "--train", beads, "--pool", pool, "--labels", labels, "--budget", 5, "--base", tiny_base)
    assert waam(*loop).exit_code == 0 and len(labels.read_text(encoding="utf-8-sig").splitlines()) == 6
    assert "no labels yet" in refusal(*loop)
    rows = list(csv.DictReader(labels.open(encoding="utf-8-sig")))
    known = list(new.values())
    rows[1]["corrected"] = "much"
    with labels.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert refusal(*loop).startswith(f"to_label.csv, line 3 (row {rows[1]['row']}), column 'corrected': 'much' is not a number")
    for row in rows:
        row["corrected"] = str(known[int(row["row"]) - 1].heat_input_j_mm)
    with labels.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    result = waam(*loop)
    assert result.exit_code == 0 and "with 5 more records" in result.output, result.output + repr(result.exception)
    assert not model.with_name("heat.candidate").exists()


def test_the_data_report_names_leakage(beads: Path, tmp_path: Path):
    result = waam("data", "--train", beads, "--test", beads, "--target", "verdict", "--out", tmp_path)
    assert result.exit_code == 0 and "also" in result.output and (tmp_path / "data_report.html").exists()


def test_study_files_are_trained_on_as_they_are(tiny_base: Path, tmp_path: Path):  # noqa: F811
    assert waam("study", "--out", tmp_path).exit_code == 0
    train, test = tmp_path / "train_waam_cls_p1.json", tmp_path / "test_waam_cls_p3.json"
    result = waam("train", "--task", "multilabel", "--train", train, "--out", tmp_path / "m", "--base", tiny_base, *FAST)
    assert result.exit_code == 0, repr(result.exception)
    scores = json.loads(waam("evaluate", "--model", tmp_path / "m", "--data", test, "--json").output)
    assert {"macro_f1", "micro_f1", "partial_score", "exact_match", "label_accuracy"} <= set(scores)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--target", "none"), "no column 'none'; its columns are current_a"),
        (("--target", "note"), "row 1: the target 'bead sim-5-00001' is not a number"),
        (("--target", "heat", "--numbers", "note"), "row 1: 'bead sim-5-00001' in column 'note' is not a number"),
        (("--target", "heat", "--metric", "macro_f1"), "no metric 'macro_f1' for this task"),
        (("--target", "heat", "--candidates", "magic"), "no candidate 'magic'"),
        (("--target", "heat", "--folds", "0"), "folds cannot be '0': Input should be greater than or equal to 1"),
        (("--target", "heat", "--seeds", "a,b"), "seeds"),
    ],
)
def test_bad_input_gets_one_sentence(flags: tuple[str, ...], sentence: str, beads: Path, tiny_base: Path, tmp_path: Path):  # noqa: F811
    said = refusal("train", "--task", "regression", "--train", beads, "--out", tmp_path / "m", "--base", tiny_base, *flags)
    assert sentence in said and "\n" not in said


@pytest.mark.parametrize(
    ("rows", "task", "sentence"),
    [
        ([], "binary", "holds no records"),
        ([("a", "Normal")] * 30, "binary", "distinct experiments"),
        ([(f"bead {i}", "Normal") for i in range(30)], "binary", "all of the 30 records count as 'Normal'"),
        ([(f"bead {i}", "x" if i else "") for i in range(30)], "multilabel", "row 1: the target in column 'output' is missing"),
        ([(f"bead {i}", i) for i in range(5)], "regression", "5 distinct experiments"),
        ([(f"bead {i}", "nan") for i in range(30)], "regression", "row 1: the target 'nan' is not a number"),
        ([(f"bead {i}", 7) for i in range(30)], "regression", "All values of output are the same"),
        ([(f"bead {i}", f"it looked like {i} spatters") for i in range(30)], "multilabel", "that looks like free text"),
        ([(f"bead {i}", "good") for i in range(30)], "pair", "name the second column with --text-b"),
    ],
)
def test_data_that_cannot_be_trained_on(rows: list[tuple[str, object]], task: str, sentence: str, tiny_base: Path, tmp_path: Path):  # noqa: F811
    path = tmp_path / "data.jsonl"
    path.write_text("\n".join(json.dumps({"input": a, "output": b}) for a, b in rows))
    said = refusal("train", "--task", task, "--train", path, "--out", tmp_path / "m", "--base", tiny_base)
    assert sentence in said and "\n" not in said
    assert not (tmp_path / "m").exists()


def test_where_a_model_goes_is_asked(beads: Path, tiny_base: Path):  # noqa: F811
    assert "--out FOLDER, or --as TOOL" in refusal("train", "--task", "regression", "--train", beads, "--target", "heat", "--base", tiny_base)
    assert "No tool serves 'x'" in refusal("train", "--task", "regression", "--train", beads, "--target", "heat", "--base", tiny_base, "--as", "x")


def test_an_evaluation_needs_a_model(beads: Path, tmp_path: Path):
    assert "There is no model in" in refusal("evaluate", "--model", tmp_path / "none", "--data", beads)
