"""Settings from YAML and flags: flags win, and what is wrong is said in one sentence."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from finetune.config import BODY_LR, POSITIONS, VIRTUAL_TOKENS, TrainConfig, read_config
from finetune.records import Columns, DataError

DOCS = Path(__file__).parents[2] / "docs" / "finetune.md"
YAML = """\
task: similarity
base: models/base
epochs: 5
seeds: [1, 2]
columns:
  text: user_answer
  text_b: good_answer
  target: [similarity_score]
"""


def read(folder: Path, text: str, **flags: Any) -> TrainConfig:
    (folder / "run.yaml").write_text(text, encoding="utf-8")
    return read_config(folder / "run.yaml", flags)


def test_a_file_alone(tmp_path: Path):
    config = read(tmp_path, YAML)
    assert (config.task, config.base, config.epochs, config.seeds) == ("similarity", Path("models/base"), 5, (1, 2))
    assert config.columns == Columns(("user_answer",), ("similarity_score",), "good_answer")
    assert config.folds == TrainConfig.model_fields["folds"].default


def test_flags_alone():
    config = read_config(None, {"task": "binary", "base": Path("b"), "epochs": None, "columns": {"text": (), "text_b": None, "target": ("label",)}})
    assert config == TrainConfig(task="binary", base=Path("b"), columns=Columns(target=("label",)))


def test_flags_win_over_the_file_setting_by_setting(tmp_path: Path):
    flags = {"epochs": 0, "seeds": None, "columns": {"target": ["grade"], "text_b": None, "numbers": []}}
    given = {key: dict(value) if isinstance(value, dict) else value for key, value in flags.items()}
    config = read(tmp_path, YAML, **flags)
    assert (config.epochs, config.seeds) == (0, (1, 2))
    assert config.columns == Columns(("user_answer",), ("grade",), "good_answer")
    assert flags == given, "what the caller passed is his"


@pytest.mark.parametrize("columns", ["columns:", "columns: {}", ""])
def test_columns_need_not_be_named(columns: str, tmp_path: Path):
    assert read(tmp_path, f"task: binary\nbase: b\n{columns}\n").columns == Columns()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("task: binary\nbase: b\nepoch: 5", "^There is no setting 'epoch'; did you mean epochs"),
        ("task: binary\nbase: b\nxyzzy: 5", r"^There is no setting 'xyzzy'\.$"),
        ("task: binary\nbase: b\n1: 5", r"^There is no setting '1'\.$"),
        ("task: binary\nbase: b\ncolumns: {txt: a}", "^There is no setting 'columns.txt'; did you mean columns.text"),
        ("task: binary\nbase: b\ncolumns: note", "^columns cannot be 'note'; write which column is what"),
        ("task: binary\nbase: b\ncolumns: {text: [[a]]}", "^columns.text"),
        ("task: binary\nbase: b\nepochs: many", "^epochs cannot be 'many': Input should be a valid integer"),
        ("task: binary\nbase: b\nepochs: -1", "^epochs cannot be '-1': Input should be greater than or equal to 0"),
        ("task: binary\nbase: b\nlevel: 0.5", "^level cannot be '0.5': Input should be greater than 0.5"),
        ("task: binary\nbase: b\nseeds: []", r"^seeds cannot be '\[\]'"),
        ("task: binary\nbase: b\nengine: keras", "^engine cannot be 'keras': Input should be 'loop' or 'trainer'"),
        ("task: sorting\nbase: b", "^task cannot be 'sorting': Input should be 'binary', 'multilabel', 'regression'"),
        ("base: b", "^task: Field required"),
        ("task: pair\nbase: b", "the task pair compares two texts; name the second column with --text-b"),
        ("task: binary\nbase: b\nrefit: false", "refit: false serves what the only fold fitted; set folds: 1 and one seed"),
        ("task: binary\nbase: b\nbody_lr: 0", "^body_lr cannot be '0': Input should be greater than 0"),
        ("task: binary\nbase: b\nadapt: prompt\nmax_tokens: 505", "learns 8 tokens beside the text .* set max_tokens to at most 504, not 505"),
        ("", "^task: Field required"),
        ("- a\n- b", "^run.yaml must hold settings such as `task: binary`, one a line"),
        ("just words", "^run.yaml must hold settings"),
        ("task: [a\nbase: x", "^run.yaml is not valid YAML"),
    ],
)
def test_what_is_wrong_is_one_sentence(text: str, said: str, tmp_path: Path):
    with pytest.raises(DataError, match=said) as error:
        read(tmp_path, text)
    assert str(error.value)[-1] in ".?" and "\n" not in str(error.value)


def test_an_absent_file_and_a_wrong_encoding(tmp_path: Path):
    with pytest.raises(DataError, match=r"^There is no configuration file .*none.yaml; check the path\.$"):
        read_config(tmp_path / "none.yaml", {"task": "binary"})
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"^a\.yaml is not valid YAML: "):
        read_config(tmp_path / "a.yaml", {})


@pytest.mark.parametrize(
    ("task", "pairing", "read_as"),
    [
        ("binary", None, None),
        ("regression", "pair", None),
        ("pair", None, "pair"),
        ("similarity", None, "separate"),
        ("similarity", "concat", "concat"),
    ],
)
def test_how_two_texts_are_read(task: Any, pairing: Any, read_as: str | None):
    assert TrainConfig(task=task, base=Path("b"), pairing=pairing, columns=Columns(text_b="b")).two_texts == read_as


@pytest.mark.parametrize(("adapt", "most"), [("prefix", POSITIONS - VIRTUAL_TOKENS), ("prompt", POSITIONS - VIRTUAL_TOKENS), ("lora", POSITIONS)])
def test_learnt_tokens_and_those_of_the_text_fit_into_an_encoder(adapt: Any, most: int):
    assert TrainConfig(task="binary", base=Path("b"), adapt=adapt, max_tokens=most).max_tokens == most
    with pytest.raises(ValidationError):
        TrainConfig(task="binary", base=Path("b"), adapt=adapt, max_tokens=most + 1)


def test_each_way_of_adapting_has_its_own_rate_unless_one_is_given():
    def rate(**given: Any) -> float:
        return TrainConfig(task="binary", base=Path("b"), **given).encoder_lr

    assert rate() == rate(adapt="full") == 3e-5, "what full fine-tuning always had"
    assert all(rate(adapt=adapt) > 5 * rate() for adapt in ("lora", "ia3", "prefix", "prompt")), "few new weights move further"
    assert rate(adapt="lora", body_lr=3e-5) == 3e-5
    assert TrainConfig(task="binary", base=Path("b"), adapt="lora").model_copy(update={"adapt": "full"}).encoder_lr == 3e-5, "as pruning goes on"
    ways = set(get_args(TrainConfig.model_fields["adapt"].annotation))
    assert set(BODY_LR) == ways - {"frozen"}, "whose encoder has no trained weight"


def test_the_documentation_states_the_rates_as_they_are():
    rows = re.findall(r"^\| `(\w+)` \|.*\| (\d+e-\d+) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert {adapt: float(rate) for adapt, rate in rows} == BODY_LR


def test_a_configuration_cannot_be_changed_on_the_way():
    config = TrainConfig(task="binary", base=Path("b"))
    with pytest.raises(ValidationError):
        config.epochs = 3  # type: ignore[misc]
    assert TrainConfig.model_validate_json(config.model_dump_json()) == config
