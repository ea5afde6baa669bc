"""The project's own adapter is merged where it is ours to merge, and only if it is the pinned one."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from agent.errors import BadInput, WeightsError
from agent.model import adapter
from agent.model.adapter import (
    CONFIG,
    WEIGHTS,
    Adapter,
    Deltas,
    chosen,
    identity,
    merged_name,
    named,
    own,
    served_name,
    superseded,
    trained,
    version,
    weights_name,
)  # fmt: skip
from agent.model.weights import catalog, sha256
from agent.settings import OWN, LLMSettings, Settings

Q_PROJ = "model.layers.3.self_attn.q_proj.weight"


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch, config: Settings) -> Settings:
    """Settings whose model has an own adapter."""
    monkeypatch.setitem(catalog(), config.llm.model, catalog()[config.llm.model].model_copy(update={"adapter": "ab" * 32}))
    return config


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    stem = f"base_model.model.{Q_PROJ.removesuffix('.weight')}"
    chance = np.random.default_rng(0)
    a, b = chance.normal(size=(2, 6)).astype(np.float16), chance.normal(size=(4, 2)).astype(np.float16)
    save_file({f"{stem}.lora_A.weight": a, f"{stem}.lora_B.weight": b}, tmp_path / WEIGHTS)
    (tmp_path / CONFIG).write_text(json.dumps({"r": 2, "lora_alpha": 6}))
    return tmp_path


class TestWhich:
    """The table of Adapter."""

    def test_the_own_one_is_for_the_local_server(self, pinned: Settings):
        assert chosen(pinned) == Adapter("own", "waam-abababab", "ab" * 32) and chosen(pinned).sha256 == "ab" * 32
        assert own(pinned) == adapter.FOLDER / pinned.llm.model and trained(pinned) and named(pinned) is None
        assert merged_name(pinned) == version(pinned) == "waam-abababab"

    def test_a_model_elsewhere_is_taken_for_a_plain_one(self, pinned: Settings):
        pinned.llm.base_url = "http://10.0.0.1/v1"
        assert chosen(pinned) == Adapter("none") and own(pinned) is None and version(pinned) is None and not trained(pinned)

    def test_a_model_elsewhere_that_has_it_merged(self, pinned: Settings):
        pinned.llm.base_url, pinned.llm.adapter = "http://10.0.0.1/v1", "merged"
        assert trained(pinned) and version(pinned) == "merged" and own(pinned) is merged_name(pinned) is named(pinned) is None

    def test_merged_is_for_a_server_elsewhere(self, pinned: Settings):
        """Here, plain weights would be given the prompts of trained ones."""
        pinned.llm.adapter = "merged"
        with pytest.raises(BadInput, match=r"^WAAM_LLM__ADAPTER=merged is for a server elsewhere .*set WAAM_LLM__BASE_URL to that server"):
            chosen(pinned)

    def test_none_is_none(self, pinned: Settings):
        pinned.llm.adapter = "none"
        assert chosen(pinned) == Adapter("none") and own(pinned) is None and version(pinned) is None and not trained(pinned)

    def test_a_named_one_is_served_beside_and_nothing_is_merged(self, pinned: Settings):
        pinned.llm.adapter = "adapters/mine"
        assert named(pinned) == version(pinned) == "adapters/mine" and trained(pinned) and merged_name(pinned) is own(pinned) is None

    def test_an_empty_setting_is_none_given(self, pinned: Settings):
        assert LLMSettings(adapter="").adapter == OWN and own(pinned)

    def test_a_model_without_an_own_one_has_none(self, config: Settings):
        config.llm.model = "some/other-model"
        assert own(config) is None and not trained(config)


class TestServedName:
    """No two kinds of weights on the local server have the same name, so that one never answers for the other."""

    def test_says_what_is_merged(self, pinned: Settings):
        assert served_name(pinned) == weights_name(pinned) == f"{pinned.llm.model}@waam-abababab"

    @pytest.mark.parametrize(("model", "adapter"), [(None, "none"), ("qwen2.5-coder-1.5b-instruct", "own"), ("Qwen/Qwen3-8B", "own")])
    def test_or_that_nothing_is(self, pinned: Settings, model: str | None, adapter: str):
        pinned.llm.model, pinned.llm.adapter = model or pinned.llm.model, adapter
        assert served_name(pinned) == f"{pinned.llm.model}@none"

    def test_an_adapter_that_is_served_beside_plain_weights_keeps_its_own(self, pinned: Settings):
        pinned.llm.adapter = "adapters/mine"
        assert (served_name(pinned), weights_name(pinned)) == ("adapters/mine", f"{pinned.llm.model}@none")

    @pytest.mark.parametrize(("adapter", "name"), [("own", None), ("none", None), ("merged", None), ("mine", "mine")])
    def test_elsewhere_is_what_the_settings_say(self, pinned: Settings, adapter: str, name: str | None):
        pinned.llm.base_url, pinned.llm.adapter = "http://10.0.0.1/v1", adapter
        assert served_name(pinned) == (name or pinned.llm.model)


class TestIdentity:
    def test_of_a_local_model(self, pinned: Settings):
        pinned.server.precision = "float32"
        assert identity(pinned) == {
            "model": pinned.llm.model, "adapter": "waam-abababab", "adapter_sha256": "ab" * 32, "base_url": None, "precision": "float32",
        }  # fmt: skip

    def test_of_one_elsewhere(self, pinned: Settings):
        pinned.llm.base_url, pinned.llm.adapter = "http://10.0.0.1/v1", "mine"
        assert identity(pinned) == {
            "model": pinned.llm.model, "adapter": "mine", "adapter_sha256": None, "base_url": "http://10.0.0.1/v1", "precision": None,
        }  # fmt: skip

    def test_a_folder_that_was_trained_again_is_another_adapter(self, pinned: Settings, folder: Path):
        pinned.llm.adapter = str(folder)
        before = identity(pinned)
        assert before["adapter_sha256"] == sha256(folder / WEIGHTS)
        (folder / WEIGHTS).write_bytes(b"trained again")
        assert identity(pinned) != before and identity(pinned)["adapter"] == before["adapter"]


def test_a_served_folder_of_an_adapter_that_is_pinned_no_longer_is_superseded(pinned: Settings):
    model = pinned.llm.model
    kept = [model, f"{model}-16bit", f"{model}-waam-abababab-16bit", f"{model}-waam-abababab-int8", "another-waam-12345678-16bit"]
    for name in (*kept, f"{model}-waam-12345678-16bit", f"{model}-waam-12345678-int8.partial"):
        (pinned.models / name).mkdir(parents=True)
    assert [folder.name for folder in superseded(pinned.models)] == [f"{model}-waam-12345678-16bit", f"{model}-waam-12345678-int8.partial"]


class TestMerging:
    def test_what_was_learnt_is_added_with_its_scale(self, folder: Path):
        deltas = Deltas(folder, sha256(folder / WEIGHTS))
        weight = np.ones((4, 6), dtype=np.float32)
        stem = Q_PROJ.removesuffix(".weight")
        expected = weight + 3 * (
            deltas.weights[f"{stem}.lora_B.weight"].astype(np.float32) @ deltas.weights[f"{stem}.lora_A.weight"].astype(np.float32)
        )
        assert np.allclose(deltas.merged(Q_PROJ, weight), expected) and not np.allclose(expected, weight)

    def test_an_adapter_of_which_a_part_was_not_merged_is_refused(self, folder: Path):
        deltas = Deltas(folder, sha256(folder / WEIGHTS))
        with pytest.raises(WeightsError, match=r"for another model: model\.layers\.3\.self_attn\.q_proj"):
            deltas.check_all_merged()
        deltas.merged(Q_PROJ, np.ones((4, 6), dtype=np.float32))
        deltas.check_all_merged()

    def test_other_weights_stay_as_they_are(self, folder: Path):
        weight = np.ones((4, 6), dtype=np.float32)
        assert Deltas(folder, sha256(folder / WEIGHTS)).merged(Q_PROJ.replace(".3.", ".4."), weight) is weight

    def test_a_changed_or_missing_file_is_refused(self, folder: Path):
        with pytest.raises(WeightsError, match="is not the pinned one; check the repository out again"):
            Deltas(folder, "0" * 64)
        with pytest.raises(WeightsError, match="is missing"):
            Deltas(folder / "nowhere", "0" * 64)


def test_every_conversion_checks_that_all_was_merged(pinned: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(adapter, "FOLDER", folder.parent)
    entry = catalog()[pinned.llm.model].model_copy(update={"adapter": sha256(folder / WEIGHTS)})
    monkeypatch.setitem(catalog(), folder.name, entry)
    first = adapter.deltas(folder.name)
    first.merged(Q_PROJ, np.ones((4, 6), dtype=np.float32))
    first.check_all_merged()
    with pytest.raises(WeightsError, match="for another model"):
        adapter.deltas(folder.name).check_all_merged()


@pytest.mark.parametrize("model", [name for name, entry in catalog().items() if entry.adapter])
def test_every_pinned_adapter_is_here_small_and_itself(model: str):
    deltas = adapter.deltas(model)
    assert deltas.weights and len(deltas.weights) % 14 == 0  # two matrices for each of seven projections
    assert (adapter.FOLDER / model / WEIGHTS).stat().st_size <= 10 * 2**20
