"""Which adapter a language model answers with, under which name a server has the two; and the own one's merging into weights.

The project's own LoRA adapter of a catalogue model is merged when the model is built, so that serving costs nothing. An adapter that the
settings name is served beside the weights instead. What is merged is part of the name that the local server answers to: a server with
other weights then has no such model, and never answers in its place.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from agent.errors import BadInput, WeightsError
from agent.model.precision import served_precision
from agent.model.weights import catalog, sha256
from agent.settings import MERGED, NONE, OWN, Settings

FOLDER = Path(__file__).with_name("adapters")
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
NAMED = "named"
_BEFORE, _A, _B = "base_model.model.", ".lora_A.weight", ".lora_B.weight"


@dataclass(frozen=True)
class Adapter:
    """The adapter with which a model answers. `name` is what answers call it; `pinned` the SHA-256 that the catalogue has for it.

    | WAAM_LLM__ADAPTER | the model                                | kind   | name                          |
    |-------------------|------------------------------------------|--------|-------------------------------|
    | own, or unset     | served here, the catalogue pins one      | own    | waam- and 8 digits of SHA-256 |
    | own, or unset     | served elsewhere, or none is pinned      | none   | None                          |
    | none              | any                                      | none   | None                          |
    | merged            | served elsewhere, with it in its weights | merged | merged                        |
    | anything else     | any                                      | named  | that folder, or name          |
    """

    kind: str
    name: str | None = None
    pinned: str | None = None

    @property
    def sha256(self) -> str | None:
        """The hash of its weights; None where they are not here."""
        if self.kind != NAMED or self.name is None:
            return self.pinned
        file = Path(self.name) / WEIGHTS
        return sha256(file) if file.is_file() else None


def chosen(settings: Settings) -> Adapter:
    """The adapter of these settings. Raises BadInput for `merged` without another server: plain weights here would be given the prompts of
    trained ones."""
    llm = settings.llm
    if llm.adapter == MERGED and not llm.base_url:
        raise BadInput(
            "WAAM_LLM__ADAPTER=merged is for a server elsewhere that has the adapter in its weights; "
            "set WAAM_LLM__BASE_URL to that server, or unset WAAM_LLM__ADAPTER for the local one."
        )
    if llm.adapter == OWN:
        entry = None if llm.base_url else catalog().get(llm.model)
        digest = entry.adapter if entry else None
        return Adapter(OWN, f"waam-{digest[:8]}", digest) if digest else Adapter(NONE)
    if llm.adapter == NONE:
        return Adapter(NONE)
    return Adapter(MERGED if llm.adapter == MERGED else NAMED, llm.adapter)


def own(settings: Settings) -> Path | None:
    """The folder of the adapter that is merged into the model of these settings; None where there is none or it is not ours to merge."""
    return FOLDER / settings.llm.model if chosen(settings).kind == OWN else None


def trained(settings: Settings) -> bool:
    """Whether the model has learnt this project's prompts: it has the own adapter, or one that the settings name."""
    return chosen(settings).kind != NONE


def named(settings: Settings) -> str | None:
    """The adapter that is served beside the weights: a folder, or a name that another server knows."""
    adapter = chosen(settings)
    return adapter.name if adapter.kind == NAMED else None


def merged_name(settings: Settings) -> str | None:
    """What answers call the adapter that is merged into the served folder; None where none is."""
    adapter = chosen(settings)
    return adapter.name if adapter.kind == OWN else None


def version(settings: Settings) -> str | None:
    """What answers call the adapter."""
    return chosen(settings).name


def weights_name(settings: Settings) -> str:
    """The name under which a server has the weights: here with what is merged into them, elsewhere as the settings say."""
    return settings.llm.model if settings.llm.base_url else f"{settings.llm.model}@{merged_name(settings) or NONE}"


def served_name(settings: Settings) -> str:
    """The name under which a server answers for the model with its adapter."""
    return named(settings) or weights_name(settings)


def identity(settings: Settings) -> dict[str, str | None]:
    """What answers depend on of the language model: two runs with the same identity ask the same model."""
    adapter = chosen(settings)
    return {
        "model": settings.llm.model,
        "adapter": adapter.name,
        "adapter_sha256": adapter.sha256,
        "base_url": settings.llm.base_url,
        "precision": None if settings.llm.base_url else served_precision(settings),
    }


def superseded(models: Path) -> list[Path]:
    """Served folders in `models` of adapters that are pinned no longer, which nothing uses any more."""
    return sorted(
        folder
        for name, entry in catalog().items()
        for folder in models.glob(f"{name}-waam-*")
        if entry.adapter is None or not folder.name.startswith(f"{name}-waam-{entry.adapter[:8]}-")
    )


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


def deltas(model: str) -> Deltas:
    """The pinned adapter of a catalogue model, read anew for each conversion, which ticks off what it has merged."""
    digest = catalog()[model].adapter
    assert digest is not None
    return Deltas(FOLDER / model, digest)
