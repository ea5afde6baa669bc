"""Everything a run depends on, in one place: equal configurations on equal data give equal models. Read from YAML or flags."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from finetune.records import Columns, DataError

POSITIONS = 512  # that BERT-style encoders read
VIRTUAL_TOKENS = 8  # learnt ones of prefix and prompt tuning, which take positions too
BODY_LR = {  # what few new weights need is far more than what all of the old ones bear
    "full": 3e-5,  # Devlin et al. 2019, appendix A.3
    "lora": 3e-4,  # PEFT, examples/sequence_classification/LoRA.ipynb; Hu et al. 2022 took 2e-4 to 5e-4 for RoBERTa
    "ia3": 3e-3,  # Liu et al. 2022, the recipe of T-Few; PEFT's example takes 3e-4
    "prefix": 1e-2,  # PEFT, examples/sequence_classification/prefix_tuning.ipynb
    "prompt": 1e-2,  # between PEFT's examples: 1e-3 (Prompt_Tuning.ipynb there) and 3e-2 (its guide on causal models)
}
TaskName = Literal["binary", "multilabel", "regression", "pair", "similarity", "aspect"]


class TrainConfig(BaseModel):
    """The settings of a training. Defaults suit a few hundred experiments on two processor cores."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: TaskName
    base: Path = Field(Path("all-minilm-l6-v2"), description="encoder: a folder; on the command line also a known name, or one of the model hub")
    columns: Columns = Columns()

    loss: Literal["auto", "bce", "cross_entropy"] = Field(
        "auto", description="binary: auto is BCE; multilabel: auto is cross-entropy where every record has one label"
    )
    positive: str | None = Field(None, description="binary: the target that counts as 1, against all others")
    scale: Literal["auto", "linear", "log"] = Field("auto", description="regression: auto takes the logarithm where targets span a factor of 8")
    pairing: Literal["separate", "pair", "concat"] | None = Field(
        None, description="two texts: encoded apart and compared, as [CLS] a [SEP] b [SEP], or as one text; similarity is separate, pair is pair"
    )
    features: bool = Field(True, description="fuse the encoder with parsed quantities, or with lexical features of a pair")
    candidates: tuple[str, ...] = Field((), description="which candidates to compare (default: all)")
    promote: Literal["best", "encoder"] = Field("best", description="serve the best of all, or the best that has an encoder")

    folds: int = Field(5, ge=1, le=20, description="1: a part of the groups is held out; else every record is held out once")
    held_out: float = Field(1 / 3, ge=0.05, le=0.5, description="the share of the groups that is held out where there is one fold")
    refit: bool = Field(True, description="fit what is promoted anew to all records; false: serve what the only fold fitted")
    seeds: tuple[int, ...] = Field((7,), min_length=1, description="folds are repeated for each seed")
    metric: str | None = Field(None, description="that selects the best (default: macro_f1, or rmse)")
    level: float = Field(0.9, gt=0.5, lt=1, description="of conformal intervals and sets")

    engine: Literal["loop", "trainer"] = Field("loop", description="the hand-written loop, or HuggingFace Trainer")
    layers: int | None = Field(None, ge=1, description="of the encoder that are used, the first ones (default: all); speed is in proportion")
    adapt: Literal["full", "lora", "ia3", "prefix", "prompt", "frozen"] = Field("full", description="which weights of the encoder are trained")
    probe_epochs: int = Field(120, ge=1, description="epochs of the head alone on the frozen encoder")
    epochs: int = Field(2, ge=0, description="epochs of everything together, at most")
    patience: int = Field(2, ge=1, description="epochs without improvement before stopping")
    epoch_tokens: int = Field(16_000, ge=64, description="read in one epoch, at most; about 200 experiments, a minute or two on two cores")
    batch: int = Field(16, ge=1, le=512)
    max_tokens: int = Field(256, ge=8, le=POSITIONS)
    head_lr: float = Field(2e-3, gt=0, description="of the head alone; a tenth of it while the encoder is trained too")
    body_lr: float | None = Field(None, gt=0, description="of the encoder or its adapter (default: by what is trained, see BODY_LR)")
    weight_decay: float = Field(1e-2, ge=0)
    decay_norms: bool = Field(True, description="weight decay on biases and norms too (Trainer's own default: no)")
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    warmup: float = Field(0.1, ge=0, lt=1, description="share of the steps")
    clip: float = Field(1.0, ge=0, description="largest gradient norm; 0: none")
    train_embeddings: bool = Field(False, description="word embeddings too: half of the weights, and words a task seldom moves")
    seed: int = 7
    data_label: str = Field("user data", description="what the models were trained on, as cards and answers say it")
    track: Literal["none", "mlflow", "wandb"] = "none"

    @property
    def two_texts(self) -> str | None:
        """How two texts are read, or None where there is one."""
        if self.task not in ("pair", "similarity"):
            return None
        return self.pairing or ("separate" if self.task == "similarity" else "pair")

    @property
    def encoder_lr(self) -> float:
        """The learning rate of the encoder's trained weights: `body_lr`, or what suits the way that it is adapted."""
        return self.body_lr or BODY_LR[self.adapt]

    @model_validator(mode="after")
    def _consistent(self) -> "TrainConfig":
        if self.task in ("pair", "similarity") and self.columns.text_b is None:
            raise ValueError(f"the task {self.task} compares two texts; name the second column with --text-b")
        if not self.refit and (self.folds > 1 or len(self.seeds) > 1):
            raise ValueError("refit: false serves what the only fold fitted; set folds: 1 and one seed")
        if self.adapt in ("prefix", "prompt") and self.max_tokens > POSITIONS - VIRTUAL_TOKENS:
            raise ValueError(
                f"--adapt {self.adapt} learns {VIRTUAL_TOKENS} tokens beside the text and an encoder reads {POSITIONS}; "
                f"set max_tokens to at most {POSITIONS - VIRTUAL_TOKENS}, not {self.max_tokens}"
            )
        return self


def read_config(path: Path | None, flags: dict[str, Any]) -> TrainConfig:
    """The YAML file's settings, overridden by `flags` that are not None. Raises DataError with one sentence."""
    settings: dict[str, Any] = {}
    if path is not None:
        if not path.is_file():
            raise DataError(f"There is no configuration file {path}; check the path.")
        try:
            settings = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (yaml.YAMLError, UnicodeDecodeError) as broken:
            raise DataError(f"{path.name} is not valid YAML: {str(broken).splitlines()[0]}.") from None
        if not isinstance(settings, dict):
            raise DataError(f"{path.name} must hold settings such as `task: binary`, one a line.")
    columns = settings.get("columns") or {}
    if not isinstance(columns, dict):
        raise DataError(f"columns cannot be {str(columns)[:40]!r}; write which column is what, such as `columns: {{text: note, target: result}}`.")
    columns = {key: (value,) if isinstance(value, str) and key != "text_b" else value for key, value in columns.items()}  # one may stand alone
    columns |= {key: value for key, value in flags.get("columns", {}).items() if value}
    merged = settings | {key: value for key, value in flags.items() if value is not None} | {"columns": columns}
    try:
        return TrainConfig.model_validate({str(key): value for key, value in merged.items()})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "The configuration"
        if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            known = [*TrainConfig.model_fields, *(f"columns.{field}" for field in Columns.__dataclass_fields__)]
            near = get_close_matches(name, known, n=3, cutoff=0.5)
            meant = f"; did you mean {' or '.join(near)}?" if near else "."
            raise DataError(f"There is no setting {name!r}{meant}") from None
        said = f" cannot be {str(first['input'])[:40]!r}" if first["loc"] and first["type"] != "missing" else ""
        raise DataError(f"{name}{said}: {first['msg'].removeprefix('Value error, ')}.") from None
