"""The two stages of an aspect model as the tools read them."""

import json
from pathlib import Path

import pytest

from tests.tools.aspect_models import write_aspect_model
from tools.aspects import AspectModel, load_aspects
from tools.encoder import META, ModelMissing


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> AspectModel:
    return AspectModel(write_aspect_model(tmp_path_factory.mktemp("home") / "notes"))


def test_a_text_has_its_aspects_the_likeliest_first_and_each_its_polarity(model: AspectModel):
    nothing, one, both = model.rate(["x y", "four", "five"])
    assert nothing == []
    assert [(r.aspect, r.polarity) for r in one] == [("Spatter", "good")]
    assert [(r.aspect, r.polarity) for r in both] == [("Spatter", "critical"), ("Cracks", "critical")]
    assert both[0].probability > both[1].probability > 0.5
    assert sum(one[0].polarities.values()) == pytest.approx(1)


def test_texts_without_any_aspect_have_none(model: AspectModel):
    assert model.rate(["x", "none"]) == [[], []] and model.rate(["x"]) == [[]]


def test_the_word_that_carries_an_aspect_is_the_one_it_is_lost_without(model: AspectModel):
    carried = model.carried("four x", ["Spatter"])["Spatter"]
    assert [c.words for c in carried] == ["four", "x"]
    assert carried[0].weight == pytest.approx((7 - 5) - (1 - 2.5)) and carried[1].weight == pytest.approx((7 - 5) - (6 - 2.5))
    assert carried[0].probability < 0.5 < carried[1].probability


def test_a_model_that_reads_no_text_has_no_words(model: AspectModel, tmp_path: Path):
    folder = write_aspect_model(tmp_path / "notes")
    without = AspectModel(folder)
    without.aspects.body = None
    assert without.carried("four x", ["Spatter"]) == {"Spatter": []}


def test_a_model_that_is_not_there_names_the_command_that_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    with pytest.raises(ModelMissing, match=r"^The model notes is not built yet; run `waam models build`\.$"):
        load_aspects("notes")


def test_another_tasks_model_is_refused(tmp_path: Path):
    folder = write_aspect_model(tmp_path / "notes")
    (folder / META).write_text(json.dumps({"task": "binary"}))
    with pytest.raises(ModelMissing, match=r"The model notes is no aspect model; train one with `waam finetune train --task aspect`"):
        AspectModel(folder)
