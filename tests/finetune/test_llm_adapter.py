"""An adapter is put on the last layers, taken over where training goes on from it, and written so that PEFT reads it."""

import json
from pathlib import Path

import pytest
from peft import PeftModel
from safetensors.numpy import load_file
from transformers import AutoModelForCausalLM, MistralConfig
from transformers.utils.logging import enable_progress_bar

from finetune.llm import train_llm
from finetune.llm_adapter import CONFIG, WEIGHTS, adapted
from finetune.llm_config import LlmConfig
from finetune.packed_attention import NAME
from finetune.records import DataError
from tests.finetune.tiny_llm import CHATS


@pytest.fixture
def learnt(config: LlmConfig, tmp_path: Path) -> Path:
    train_llm(CHATS, config, tmp_path / "learnt", lambda line: None)
    return tmp_path / "learnt"


def test_only_the_last_layers_are_adapted_and_only_they_learn(config: LlmConfig) -> None:
    model = adapted(config)
    assert {int(name.split("layers.")[1].split(".")[0]) for name, p in model.named_parameters() if p.requires_grad} == {2, 3}


def test_it_is_one_that_peft_reads(config: LlmConfig, learnt: Path) -> None:
    assert json.loads((learnt / CONFIG).read_text())["layers_to_transform"] == [2, 3]
    assert json.loads((learnt / CONFIG).read_text())["base_model_name_or_path"] == config.base_name
    weights = load_file(learnt / WEIGHTS)
    assert {weight.dtype.name for weight in weights.values()} == {"float16"}
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(config.base, attn_implementation=NAME), learnt)
    read = {name.replace(".default", ""): p for name, p in model.named_parameters() if "lora" in name}
    assert read.keys() == weights.keys() and all((read[name].detach().numpy() == weights[name]).all() for name in weights)


def test_training_goes_on_from_it(config: LlmConfig, learnt: Path, tmp_path: Path) -> None:
    anew = train_llm(CHATS, config, tmp_path / "anew", lambda line: None)
    further = train_llm(CHATS, config.model_copy(update={"start": learnt}), tmp_path / "further", lambda line: None)
    assert further["losses"][0] < 0.7 * anew["losses"][0]


def test_one_of_another_kind_is_refused_with_what_it_has(config: LlmConfig, learnt: Path) -> None:
    with pytest.raises(DataError, match=r"it has r 4 instead of 2, lora_alpha 8 instead of 4; train with what it has"):
        adapted(config.model_copy(update={"start": learnt, "rank": 2, "alpha": 4}))


def test_a_folder_without_one_is_named(config: LlmConfig, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"There is no adapter to go on from in {tmp_path}"):
        adapted(config.model_copy(update={"start": tmp_path}))


def test_a_base_with_another_attention_is_refused_before_its_weights_are_read(config: LlmConfig, tmp_path: Path) -> None:
    MistralConfig().save_pretrained(tmp_path)
    with pytest.raises(DataError, match="A model of the kind mistral cannot be trained here"):
        adapted(config.model_copy(update={"base": tmp_path}))


def test_loading_draws_no_bars(config: LlmConfig, capfd: pytest.CaptureFixture[str]) -> None:
    enable_progress_bar()
    adapted(config)
    assert "%" not in capfd.readouterr().err
