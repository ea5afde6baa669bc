"""The project's own adapter is merged where it is ours to merge, and only if it is the pinned one."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from agent import adapter
from agent.adapter import CONFIG, WEIGHTS, Deltas, merged_name, named, own, served_name, trained, version
from agent.errors import WeightsError
from agent.settings import OWN, LLMSettings, Settings
from agent.weights import catalog, sha256

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
    def test_the_own_one_is_for_the_local_server(self, pinned: Settings):
        assert own(pinned) == adapter.FOLDER / pinned.llm.model and trained(pinned)
        assert merged_name(pinned) == version(pinned) == "waam-abababab" and named(pinned) is None

    def test_a_model_elsewhere_is_taken_for_a_plain_one(self, pinned: Settings):
        pinned.llm.base_url = "http://10.0.0.1/v1"
        assert own(pinned) is None and version(pinned) is None and not trained(pinned)

    def test_a_model_elsewhere_that_has_it_merged_is_asked_by_its_own_name(self, pinned: Settings):
        pinned.llm.base_url, pinned.llm.adapter = "http://10.0.0.1/v1", "merged"
        assert trained(pinned) and version(pinned) == "merged" and served_name(pinned) == pinned.llm.model and own(pinned) is None

    def test_none_is_none(self, pinned: Settings):
        pinned.llm.adapter = "none"
        assert own(pinned) is None and version(pinned) is None and not trained(pinned)

    def test_a_named_one_is_served_beside_and_nothing_is_merged(self, pinned: Settings):
        pinned.llm.adapter = "adapters/mine"
        assert named(pinned) == version(pinned) == "adapters/mine" and trained(pinned) and merged_name(pinned) is None

    def test_an_empty_setting_is_none_given(self, pinned: Settings):
        assert LLMSettings(adapter="").adapter == OWN and own(pinned)

    def test_a_model_without_an_own_one_has_none(self, config: Settings):
        config.llm.model = "some/other-model"
        assert own(config) is None and not trained(config)


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


@pytest.mark.parametrize("model", [name for name, entry in catalog().items() if entry.adapter])
def test_every_pinned_adapter_is_here_small_and_itself(model: str):
    deltas = adapter.deltas(model)
    assert deltas.weights and len(deltas.weights) % 14 == 0  # two matrices for each of seven projections
    assert (adapter.FOLDER / model / WEIGHTS).stat().st_size <= 10 * 2**20
