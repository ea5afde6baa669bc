"""The project's own LoRA adapter of a catalogue model: which one there is, whether it is what was pinned, and its merging into weights.

It is merged when a model is built, so that serving costs nothing. An adapter that the settings name is served beside the weights instead.
"""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from agent.errors import WeightsError
from agent.settings import MERGED, NONE, OWN, Settings
from agent.weights import catalog, sha256

FOLDER = Path(__file__).with_name("adapters")
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
_BEFORE, _A, _B = "base_model.model.", ".lora_A.weight", ".lora_B.weight"


def own(settings: Settings) -> Path | None:
    """The folder of the adapter that is merged into the model of these settings; None where there is none or it is not ours to merge."""
    entry = catalog().get(settings.llm.model)
    if settings.llm.adapter != OWN or settings.llm.base_url or entry is None or entry.adapter is None:
        return None
    return FOLDER / settings.llm.model


def trained(settings: Settings) -> bool:
    """Whether the model has learnt this project's prompts: it has the own adapter, or one that the settings name."""
    return own(settings) is not None or settings.llm.adapter not in (OWN, NONE)


def named(settings: Settings) -> str | None:
    """The adapter that the settings name: a folder, or a name that another server knows."""
    return settings.llm.adapter if settings.llm.adapter not in (OWN, MERGED, NONE) else None


def merged_name(settings: Settings) -> str | None:
    """`waam-` and the beginning of the hash of the adapter that is merged into the model; None where none is."""
    return f"waam-{pinned(settings.llm.model)[:8]}" if own(settings) else None


def served_name(settings: Settings) -> str:
    """The name under which a server answers for the model with its adapter."""
    return named(settings) or settings.llm.model


def version(settings: Settings) -> str | None:
    """What answers call the adapter."""
    return merged_name(settings) or (settings.llm.adapter if trained(settings) else None)


def pinned(model: str) -> str:
    """The SHA-256 that the catalogue pins for the adapter of `model`."""
    digest = catalog()[model].adapter
    assert digest is not None
    return digest


class Deltas:
    """What an adapter adds to weights, by the Hugging Face name of the weight."""

    def __init__(self, folder: Path, expected: str) -> None:
        """Raises WeightsError if the file is missing or is not the one with the SHA-256 `expected`."""
        file = folder / WEIGHTS
        if not file.exists() or sha256(file) != expected:
            raise WeightsError(f"The adapter {file} is {'not the pinned one' if file.exists() else 'missing'}; check the repository out again.")
        shape = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        self.scale = shape["lora_alpha"] / shape["r"]
        self.weights = {name.removeprefix(_BEFORE): weight for name, weight in load_file(file).items()}
        self.left = {name.removesuffix(_A) for name in self.weights if name.endswith(_A)}

    def check_all_merged(self) -> None:
        """Raises WeightsError if a weight that the adapter changes has not come up."""
        if self.left:
            raise WeightsError(f"The adapter is for another model: {sorted(self.left)[0]} is not in this one.")

    def merged(self, name: str, weight: np.ndarray) -> np.ndarray:
        """`weight` [out, in] with what was learnt added: W + alpha / r · B A (Hu et al. 2022, section 4.1)."""
        stem = name.removesuffix(".weight")
        if stem + _A not in self.weights:
            return weight
        a, b = (self.weights[stem + part].astype(np.float32) for part in (_A, _B))
        self.left.discard(stem)
        merged: np.ndarray = weight + self.scale * (b @ a)
        return merged


@lru_cache(maxsize=1)
def deltas(model: str) -> Deltas:
    """The pinned adapter of a catalogue model, read."""
    return Deltas(FOLDER / model, pinned(model))
