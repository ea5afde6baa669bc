"""What vLLM is started with: model, precision, adapter, guessing, threads; nothing reported, nothing fetched."""

import json
import os
from pathlib import Path

import pytest

from agent.errors import ServerError
from agent.model import families, vllm_command
from agent.model.adapter import CONFIG, merged_name
from agent.model.convert import served_folder
from agent.model.precision import served_precision
from agent.model.vllm_command import SPECULATED, command, environment
from agent.settings import FORKED, Settings


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A catalogue model that is built, where vLLM is installed."""
    monkeypatch.setattr(vllm_command, "find_spec", lambda name: True)
    config = Settings()
    for adapter in (None, merged_name(config)):
        served_folder(config.models, config.llm.model, "int8_weights", adapter).mkdir(parents=True, exist_ok=True)
    return config


def after(words: list[str], option: str) -> str:
    return words[words.index(option) + 1]


def test_names_model_and_port_and_how_its_calls_are_read(config: Settings):
    config.llm.model = "Qwen/Qwen3-8B"
    words = " ".join(command(config, served_precision(config)))
    for part in ("--model Qwen/Qwen3-8B", f"--port {config.server.port}", *families.options(config), "--host 127.0.0.1", "--dtype auto"):
        assert part in words
    assert "trust" not in words


@pytest.mark.parametrize(("adapter", "name"), [("own", "@waam-"), ("none", "@none"), ("folder", "@none")])
def test_weights_are_served_by_a_name_that_says_what_is_merged(config: Settings, tmp_path: Path, adapter: str, name: str):
    (tmp_path / CONFIG).write_text('{"r": 8}')
    config.llm.adapter = str(tmp_path) if adapter == "folder" else adapter
    assert after(command(config, "int8_weights"), "--served-model-name").startswith(config.llm.model + name)


@pytest.mark.parametrize(("adapter", "words"), [("own", r"run `waam models build`\.$"), ("mine", r"with the same WAAM_LLM__ADAPTER=mine\.$")])
def test_what_is_not_built_is_built_with_the_same_adapter(config: Settings, adapter: str, words: str):
    config.llm.adapter = adapter
    with pytest.raises(ServerError, match=words):
        command(config, "int8")


def test_int8_weights_are_made_from_the_sixteen_bit_folder(config: Settings):
    words = command(config, "int8_weights")
    assert after(words, "--model").endswith("-16bit")
    assert after(words, "--quantization") == "int8_weights" and after(words, "--dtype") == "float32"


class TestSpeculation:
    @pytest.mark.parametrize(("wanted", "cpu", "tokens"), [(None, True, SPECULATED), (None, False, 0), (0, True, 0), (3, True, 3), (3, False, 3)])
    def test_on_a_processor_unless_said_otherwise(
        self, config: Settings, monkeypatch: pytest.MonkeyPatch, wanted: int | None, cpu: bool, tokens: int
    ):
        monkeypatch.setattr(vllm_command, "cpu_build", lambda: cpu)
        config.server.speculative_tokens = wanted
        words = command(config, "int8_weights")
        assert ("--speculative-config" in words) == bool(tokens)
        assert not tokens or json.loads(after(words, "--speculative-config"))["num_speculative_tokens"] == tokens

    @pytest.mark.parametrize(("streams", "schedule"), [(16, [[1, 4, 5], [5, 16, 0]]), (3, [[1, 3, 5]])])
    def test_stops_where_many_streams_run(self, config: Settings, streams: int, schedule: list[list[int]]):
        config.server.speculative_tokens, config.server.max_num_seqs = 5, streams
        found = json.loads(after(command(config, "int8_weights"), "--speculative-config"))
        assert found["num_speculative_tokens_per_batch_size"] == schedule and found["method"] == "ngram"


class TestAdapter:
    @pytest.mark.parametrize(("rank", "allowed"), [(4, "8"), (12, "16"), (16, "16"), (24, "32")])
    def test_a_lora_folder_is_served_beside_the_model(self, config: Settings, tmp_path: Path, rank: int, allowed: str):
        (tmp_path / CONFIG).write_text(json.dumps({"r": rank}))
        config.llm.adapter = str(tmp_path)
        words = command(config, "int8_weights")
        assert "--enable-lora" in words and after(words, "--max-lora-rank") == allowed and after(words, "--lora-modules") == f"{tmp_path}={tmp_path}"

    def test_a_folder_without_one_is_named(self, config: Settings, tmp_path: Path):
        config.llm.adapter = str(tmp_path / "nothing")
        with pytest.raises(ServerError, match=r"There is no LoRA adapter at .*nothing"):
            command(config, "int8_weights")


class TestEnvironment:
    def test_reports_nothing_and_fetches_nothing(self, config: Settings):
        found = environment(config)
        assert found["VLLM_NO_USAGE_STATS"] == found["DO_NOT_TRACK"] == found["HF_HUB_OFFLINE"] == "1"

    def test_every_core_computes(self, config: Settings, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(vllm_command, "cpu_build", lambda: True)
        cores = len(os.sched_getaffinity(0))
        found = environment(config)
        assert found["OMP_NUM_THREADS"] == str(cores) and len(found["VLLM_CPU_OMP_THREADS_BIND"].split(",")) == cores and found[FORKED] == "1"
        assert len(found["GOMP_CPU_AFFINITY"].split()) == cores and found["NUMBA_NUM_THREADS"] == str(cores)

    def test_a_build_for_graphics_is_left_as_it_is(self, config: Settings, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(vllm_command, "cpu_build", lambda: False)
        assert FORKED not in environment(config) and "GOMP_CPU_AFFINITY" not in environment(config)

    def test_bytecode_is_kept_whatever_the_shell_says(self, config: Settings, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        assert "PYTHONDONTWRITEBYTECODE" not in environment(config)
