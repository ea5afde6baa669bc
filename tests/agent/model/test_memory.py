"""How much memory the server needs follows the weights, not the precision alone."""

from pathlib import Path

import pytest

from agent.model import memory
from agent.model.adapter import merged_name
from agent.model.convert import served_folder
from agent.model.memory import needed_gib, weights_gib
from agent.model.weights import catalog
from agent.settings import Settings


@pytest.fixture(autouse=True)
def on_a_processor(monkeypatch: pytest.MonkeyPatch, config: Settings) -> None:
    monkeypatch.setattr(memory, "cpu_build", lambda: True)
    monkeypatch.setattr(memory, "_cached", lambda name: None)
    config.server.precision = "int8_weights"


def weights(folder: Path, size: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "model.safetensors").open("wb") as file:
        file.truncate(size)


def served(config: Settings, size: int) -> None:
    weights(served_folder(config.models, config.llm.model, config.server.precision, merged_name(config)), size)


@pytest.mark.parametrize(
    ("precision", "size", "measured"),
    [("int8", 0.9e9, 4.0), ("int8_weights", 1.26e9, 5.0), ("bfloat16", 1.26e9, 4.5), ("float32", 1.26e9, 6.5)],
)
def test_the_default_model_takes_what_was_measured(config: Settings, precision: str, size: float, measured: float):
    config.server.precision = precision
    served(config, int(size))
    assert needed_gib(config) == pytest.approx(measured + config.server.kv_cache_gib, abs=0.15)


def test_larger_weights_and_a_larger_cache_take_more(config: Settings):
    served(config, 2**30)
    before = needed_gib(config)
    served(config, 3 * 2**30)
    assert needed_gib(config) - before == pytest.approx(2 * memory.TIMES["int8_weights"])
    config.server.kv_cache_gib += 4
    assert needed_gib(config) - before == pytest.approx(2 * memory.TIMES["int8_weights"] + 4)


def test_what_is_not_built_is_told_from_what_it_is_made_of(config: Settings):
    assert weights_gib(config) == pytest.approx(catalog()[config.llm.model].bytes * memory.FROM_4_BIT / 2**30)


@pytest.mark.parametrize(
    ("name", "gib"),
    [("Qwen/Qwen3-8B", 14.9), ("meta-llama/Llama-3.2-1B-Instruct", 1.9), ("Qwen/Qwen3-30B-A3B", 55.9), ("Qwen/Qwen3-8B-AWQ", 3.7), ("my/model", 0)],
)
def test_a_model_of_the_hub_that_is_not_here_is_told_from_its_name(config: Settings, name: str, gib: float):
    config.llm.model = name
    assert weights_gib(config) == pytest.approx(gib, abs=0.05)


def test_one_that_was_downloaded_or_lies_in_a_folder_is_measured(config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    weights(tmp_path / "large-8b", 2**30)
    config.llm.model = str(tmp_path / "large-8b")
    assert weights_gib(config) == 1
    monkeypatch.setattr(memory, "_cached", lambda name: tmp_path / "large-8b")
    config.llm.model = "Qwen/Qwen3-8B"
    assert weights_gib(config) == 1


def test_on_a_graphics_card_the_weights_are_in_the_cards_memory(config: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "cpu_build", lambda: False)
    config.llm.model = "Qwen/Qwen3-8B"
    assert needed_gib(config) == memory.VLLM_GIB
