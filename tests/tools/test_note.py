"""What a note says, aspect by aspect."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.tools.aspect_models import SCALE, write_aspect_model
from tools import aspects, note
from tools.encoder import ModelMissing
from tools.note import analyze_note
from tools.result import ModelInfo, ToolInputError, ToolResult


@pytest.fixture(scope="module", autouse=True)
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        write_aspect_model(home / "models" / "notes")
        patch.setenv("WAAM_HOME", str(home))
        yield
    aspects._load.cache_clear()


def test_each_aspect_has_its_probability_its_severity_and_the_words_that_carry_it():
    result = analyze_note("x four")
    assert result.tool == "analyze_note" and result.inputs == {"note": "x four"}
    spoken, severity = result.estimates
    assert (spoken.name, spoken.value) == ("spatter", True) and spoken.probability == pytest.approx(0.8808, abs=1e-4)
    assert (severity.name, severity.value) == ("severity of spatter", "good") and severity.probability is not None
    (row,) = result.details["aspects"]
    assert row["words"] == ["four"] and sum(row["severities"].values()) == pytest.approx(1, abs=1e-3) and list(row["severities"]) == SCALE
    assert [m["words"] for m in row["masked"]] == ["x", "four"]
    assert result.summary.startswith("By the note, spatter (spoken of with probability 0.88, by “four”) is good (probability 0.51")


def test_a_note_about_something_else_has_no_aspect_and_says_so():
    result = analyze_note("The canteen was closed. x")
    assert result.estimates == [] and result.details["aspects"] == []
    assert result.summary == "The note speaks of none of the aspects that the model knows."


def test_a_long_note_is_read_sentence_by_sentence_and_the_worst_counts():
    result = analyze_note("four. x y z. five")
    assert result.details["sentences"] == ["four", "x y z", "five"]
    by_name = {row["aspect"]: row for row in result.details["aspects"]}
    assert (by_name["spatter"]["severity"], by_name["spatter"]["sentence"]) == ("critical", "five")
    assert [m["severity"] for m in by_name["spatter"]["mentions"]] == ["good", "critical"]
    assert "The note says different things of spatter: also good in “four”." in result.warnings


def test_an_aspect_that_is_likelier_not_spoken_of_is_told():
    def told(probability: float) -> list[str]:
        model = SimpleNamespace(info=ModelInfo(name="notes", version="1", data_label="our notes"), meta={})
        row = {"aspect": "spatter", "probability": probability, "possible": ["good"], "mentions": [{"severity": "good"}]}
        return note._warnings(model, [], [row])  # type: ignore[arg-type]

    assert told(0.49) == ["It is likelier that the note does not speak of this: spatter."]
    assert told(0.5) == []


def test_of_equally_serious_aspects_the_likelier_comes_first():
    assert [row["aspect"] for row in analyze_note("five").details["aspects"]] == ["spatter", "cracks"]


def test_a_model_without_an_order_of_polarities_goes_by_the_likeliest_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_aspect_model(tmp_path / "models" / "notes", scale=[], data_label="our notes")
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    result = analyze_note("four four. five")
    assert {row["aspect"]: row["sentence"] for row in result.details["aspects"]} == {"spatter": "four four", "cracks": "five"}
    assert not any("demo" in warning for warning in result.warnings)


def test_a_demo_model_is_said_to_be_one_and_reads_english_alone():
    demo, *_ = analyze_note("four").warnings
    assert "demo (synthetic) model" in demo and "`waam finetune train --task aspect --as notes`" in demo
    assert any("not in English" in warning for warning in analyze_note("스패터가 많음").warnings)


def test_a_severity_that_the_conformal_set_does_not_settle_is_said_to_be_open():
    (row,) = analyze_note("four").details["aspects"]
    assert len(row["possible"]) > 1 and row["severity"] in row["possible"]
    assert f"Of spatter it may say {' or '.join(row['possible'])} (90% conformal set); read “four” yourself." in analyze_note("four").warnings
    assert "is likeliest good (probability 0." in analyze_note("four").summary
    settled = analyze_note("five five five")
    assert [row["possible"] for row in settled.details["aspects"]] == [["critical"], ["critical"]]
    assert not any("may say" in warning for warning in settled.warnings) and "likeliest" not in settled.summary


def test_where_the_model_is_missing_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    with pytest.raises(ModelMissing, match=r"run `waam models build`\."):
        analyze_note("heavy spatter")


def test_both_plots_are_written_and_a_bad_folder_is_refused(tmp_path: Path):
    assert [Path(p).name for p in analyze_note("five", str(tmp_path / "plots")).plots] == ["note.png", "note.svg"]
    (tmp_path / "file").write_text("")
    with pytest.raises(ToolInputError, match="name another plots_folder"):
        analyze_note("five", str(tmp_path / "file"))


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300) | st.lists(st.sampled_from(["four", "five", "x", ".", ",", "but", "\n", "5 kV"]), max_size=60).map(" ".join))
@example("")
@example("five " * 2000)
@example("\x00\x1b[31mfive\u202e")
@example("x" * 10_000)
@example("문제 없음 " * 500)
def test_any_text_gives_a_result_or_one_sentence(note: str):
    try:
        result = analyze_note(note)
    except ToolInputError as refused:
        assert str(refused).endswith(".") and "\n" not in str(refused)
    else:
        assert isinstance(result, ToolResult) and result.summary
        assert "NaN" not in json.dumps(result.model_dump(mode="json"))
