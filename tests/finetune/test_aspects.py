"""Aspects and their polarities: targets read, both stages trained and asked, scored together."""

import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from finetune import run
from finetune.aspects import analyse, aspect_records, columns, parse, polarity_records, scores, train_aspects
from finetune.evaluate import evaluate, predict
from finetune.records import Columns, DataError, Record, load
from finetune.registry import versions

RECORD = Record("the bead shape is bad", "", "1", row=4, source="notes.csv")


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("bead shape: bad; spatter: good", {"Bead shape": "bad", "Spatter": "good"}),
        (" spatter :very bad ;", {"Spatter": "very bad"}),
        ("none", {}),
        ("", {}),
        ("arc: good: mostly", {"Arc": "good: mostly"}),
    ],
)
def test_targets_are_aspects_with_polarities(target: str, found: dict[str, str]):
    assert parse(replace(RECORD, target=target)) == found


@pytest.mark.parametrize("target", ["bead shape", "spatter: ; bead shape: bad", ": good"])
def test_a_malformed_target_names_its_row(target: str):
    with pytest.raises(DataError, match=r"notes.csv, row 4: .* is not an aspect with its polarity; write"):
        parse(replace(RECORD, target=target))


def test_a_file_may_hold_mappings_or_words(tmp_path: Path):
    path = tmp_path / "notes.json"
    path.write_text(json.dumps([{"input": "a", "output": {"spatter": "good", "arc": "bad"}}, {"input": "b", "output": {}}]))
    assert [parse(r) for r in load(path, Columns())] == [{"Spatter": "good", "Arc": "bad"}, {}]


def test_each_stage_has_its_records():
    records = [replace(RECORD, target="bead shape: bad; spatter: good"), replace(RECORD, target="none", row=5)]
    assert [r.target for r in aspect_records(records)] == ["Bead shape or Spatter", "none"]
    second = polarity_records(records)
    assert [(r.text_b, r.target, r.row) for r in second] == [("Bead shape", "bad", 4), ("Spatter", "good", 4)]


def notes(count: int = 60) -> list[Record]:
    chance, made = random.Random(5), []
    for i in range(count):
        about = [a for a in ("shape", "spatter") if chance.random() < 0.6]
        said = {a: chance.choice(["good", "bad"]) for a in about}
        text = " , ".join(f"the {a} is {p}" for a, p in said.items()) or "the travel speed is 8 mm / s"
        made.append(
            Record(f"{text} . experiment {i}", "; ".join(f"{a}: {p}" for a, p in said.items()) or "none", str(i), row=i + 1, source="notes.csv")
        )
    return made


@pytest.fixture(scope="module")
def model(fast_onnx: None, quick: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("models") / "remarks"
    config = quick("aspect", epochs=0, probe_epochs=150, candidates=("constant", "encoder"), promote="encoder", data_label="made notes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "write_page", lambda *_: None)
        made = train_aspects(notes(), config, out, lambda _: None, {"recipe": "r1"})
    assert made.folder == out and made.meta["recipe"] == "r1"
    return out


def test_the_folder_holds_both_stages_and_nothing_else_is_left(model: Path):
    meta = json.loads((model / "waam.json").read_text())
    assert meta["task"] == "aspect" and meta["data_label"] == "made notes" and meta["recipe"] == "r1"
    assert {p.name for p in model.iterdir()} == {"aspects", "polarity", "waam.json", "CARD.md"}
    for link in re.findall(r"\]\((.*?)\)", (model / "CARD.md").read_text()):
        assert (model / link).exists() or link.endswith("report.html"), "no plots are drawn in this test"
    assert {p.name for p in model.parent.iterdir()} == {"remarks", ".versions"} and len(versions(model)) == 1
    assert {"aspects_macro_f1", "polarity_macro_f1"} <= set(meta["scores"]) and columns(model) == Columns()


def test_a_text_has_its_aspects_with_every_polaritys_probability(model: Path):
    both, none, one = analyse(model, ["the shape is good , the spatter is bad . experiment 3", "the travel speed is 8 mm / s . experiment 2",
                                      "the spatter is good . experiment 1"])  # fmt: skip
    assert set(both) == {"Shape", "Spatter"} and none == {} and set(one) == {"Spatter"}
    assert set(one["Spatter"]) == {"good", "bad"} and sum(one["Spatter"].values()) == pytest.approx(1, abs=1e-5)
    assert analyse(model, ["the travel speed is 8 mm / s . experiment 2"]) == [{}]


def test_both_stages_are_scored_together(model: Path):
    found = scores(model, notes())
    assert found["seen_in_training"] == 1
    assert found["macro_f1"] > 0.9 and found["records"] == 60
    assert 0.5 < found["aspect_f1"] <= 1 and found["accuracy"] > 0.55
    wrong = scores(model, [replace(r, target=r.target.replace("good", "x").replace("bad", "good").replace("x", "bad")) for r in notes()])
    assert wrong["macro_f1"] == found["macro_f1"] and wrong["accuracy"] == pytest.approx(1 - found["accuracy"])


def test_a_file_is_evaluated_and_predicted(model: Path, tmp_path: Path):
    path = tmp_path / "notes.jsonl"
    path.write_text("\n".join(json.dumps({"remark": r.text, "seen": r.target}) for r in notes()))
    assert evaluate(model, path, text=("remark",), target=("seen",)) == scores(model, notes())
    lines = predict(model, path, text=("remark",))
    assert [line["row"] for line in lines] == list(range(1, 61)) and lines[0]["aspects"] == analyse(model, [notes()[0].text])[0]


def test_more_than_five_polarities_are_a_scale(quick: Any, tmp_path: Path):
    many = [replace(r, target=f"spatter: {i % 6}") for i, r in enumerate(notes())]
    with pytest.raises(DataError, match=r"notes.csv has more than 5 polarities"):
        train_aspects(many, quick("aspect"), tmp_path / "model", lambda _: None)


def test_texts_without_any_aspect_cannot_be_trained_on(quick: Any, tmp_path: Path):
    with pytest.raises(DataError):
        train_aspects([replace(r, target="none") for r in notes()], quick("aspect"), tmp_path / "model", lambda _: None)
