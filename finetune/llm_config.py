"""Everything a training of the language model's adapter depends on."""

import math
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class LlmConfig(BaseModel):
    """The settings of a LoRA training (Hu et al. 2022). Defaults suit a model of 0.5 billion weights and an hour on two cores."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: Path = Field(description="folder of the model in the Hugging Face form")
    name: str = Field("", description="what others call that model, where the folder is named otherwise; nothing depends on it")
    start: Path | None = Field(None, description="folder of an adapter to go on from, of this rank and these layers; without one it begins anew")
    rank: int = Field(16, ge=1, le=512)
    alpha: int = Field(32, ge=1, description="the adapter counts alpha / rank times; twice the rank on the command line")
    layers: float = Field(
        0.5, gt=0, le=1, description="share of the layers, the last ones, that are adapted; nothing is computed back through others"
    )
    targets: tuple[str, ...] = Field(PROJECTIONS, description="modules of a layer that are adapted")
    learning_rate: float = Field(4e-4, gt=0)
    warmup: float = Field(0.05, ge=0, lt=1, description="share of the steps")
    clip: float = Field(1.0, gt=0, description="largest norm of a step's gradient")
    epochs: int = Field(1, ge=1)
    step_tokens: int = Field(1200, ge=32, description="tokens of a step, beginnings that are shared apart")
    shared_every: int = Field(4, ge=1, description="steps after which the shared beginning is read again, with the adapter as it is by then")
    longest: int = Field(1024, ge=16, description="tokens of a conversation, its shared beginning apart")
    held_out: float = Field(0.08, gt=0, lt=0.5, description="share of the conversations that judge and are not learnt")
    save_every: int = Field(10, ge=1, description="steps after which a checkpoint is written, from where a killed run goes on")
    seed: int = 7

    @property
    def base_name(self) -> str:
        """The name of the base model on cards and in adapter_config.json."""
        return self.name or self.base.name

    @property
    def checkpoint_every(self) -> int:
        """`save_every`, up to the next step at which the shared beginning is read again: a killed run reads it there as it would have been."""
        return self.shared_every * math.ceil(self.save_every / self.shared_every)
