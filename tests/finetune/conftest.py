"""A random BERT of one small layer with its tokenizer: the shape of the real thing, made in a blink; and small sets of records."""

import json
import random
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

import finetune.export
from finetune import bodies
from finetune.config import TrainConfig
from finetune.demo import ALWAYS, to_records
from finetune.encoder import FusedEncoder, adapted, load_body, load_tokenizer
from finetune.engine import Best, Engine, Examples
from finetune.features import fit_features
from finetune.llm_config import LlmConfig
from finetune.metrics import Scores
from finetune.neural import pool_all
from finetune.records import Record
from finetune.simulator import simulate
from finetune.tasks import fit_kind
from tests.finetune.tiny_llm import WORDS as SAID
from tests.finetune.tiny_llm import tiny_config, tiny_llm

torch.set_num_threads(1)  # tiny models: more threads only wait for each other on a busy machine

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
WORDS = [
    "the",
    "material",
    "used",
    "in",
    "experiment",
    "is",
    "current",
    "voltage",
    "travel",
    "speed",
    "a",
    "v",
    "mm",
    "s",
    "gmaw",
    "316l",
    "what",
    "result",
    "bead",
    "good",
    "bad",
    "spatter",
    "shape",
    "not",
    ",",
    ".",
    "/",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "0",
]

Beads = Callable[..., list[Record]]
Quick = Callable[..., TrainConfig]


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like all-minilm-l6-v2's: config.json, model.safetensors, tokenizer.json; `[CLS] a [SEP] b [SEP]` with types."""
    folder = tmp_path_factory.mktemp("tiny-bert")
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(WORDS) + len(SPECIAL), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    vocabulary = {word: i for i, word in enumerate([*SPECIAL, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Digits(individual_digits=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    assert json.loads((folder / "config.json").read_text())["model_type"] == "bert"
    return folder


@pytest.fixture(scope="session")
def quick(tiny_base: Path) -> Quick:
    """A configuration of few small steps on the tiny base."""

    def made(task: str = "binary", **changed: object) -> TrainConfig:
        small = {"folds": 2, "probe_epochs": 20, "epochs": 1, "epoch_tokens": 1000, "batch": 8, "max_tokens": 32, "body_lr": 1e-3, "head_lr": 1e-2}
        return TrainConfig.model_validate({"task": task, "base": tiny_base} | small | changed)

    return made


def _export(model: torch.nn.Module, example: dict[str, torch.Tensor], shapes: dict[str, dict[int, Any]], file: Path) -> None:
    axes = {name: {axis: f"{name}_{axis}" for axis in each} for name, each in shapes.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval(), (), kwargs=example, f=str(file), dynamo=False, opset_version=18, dynamic_axes=axes,
            input_names=list(example), output_names=["output"],
        )  # fmt: skip


@pytest.fixture(scope="module")
def fast_bodies() -> Iterator[None]:
    """The older exporter in place of the one in use, for bodies: the same graph of so small a model in a fraction of a second
    instead of several. test_bodies.py tests the one in use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bodies, "to_onnx", _export)
        patch.setattr(bodies, "_made", {})  # not those that other tests made with the exporter in use
        yield


@pytest.fixture(scope="module")
def fast_onnx(fast_bodies: None) -> Iterator[None]:
    """The same for heads too. test_export.py tests those of the exporter in use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finetune.export, "to_onnx", _export)
        yield


@pytest.fixture(scope="session")
def beads() -> Beads:
    """Simulated beads as records, with labels or an amount as target."""

    def made(name: str = "anomaly", count: int = 60, seed: int = 7) -> list[Record]:
        return to_records(simulate(count, seed), name, (*ALWAYS, "bead_length_mm"), seed)

    return made


@pytest.fixture(scope="session")
def remarks() -> list[Record]:
    """Two short texts a record, and whether the second fits the first: the word `bad` or `good` says it."""
    chance = random.Random(3)
    made = []
    for i in range(60):
        what, how = chance.choice(["bead shape", "spatter", "travel speed"]), chance.choice(["good", "bad"])
        second = chance.choice(["good", "bad"])
        text, text_b = f"the {what} in experiment {i} is {how}", f"the result is {second}"
        made.append(Record(text, "same" if second == how else "other", str(i), text_b=text_b, row=i + 1, source="remarks.csv"))
    return made


@dataclass
class Ready:
    """What an engine is given; `run` hands it over and returns the table."""

    model: FusedEncoder
    examples: Examples
    config: TrainConfig
    best: Best
    lines: list[str] = field(default_factory=list)

    def evaluate(self) -> Scores:
        outputs = pool_all(self.model, self.examples.tokenizer, self.examples.records, self.config.two_texts)
        with torch.no_grad():
            decided = self.model.head(outputs, self.examples.features).numpy()
        return self.examples.kind.score(self.examples.targets.numpy(), decided)

    def run(self, engine: Engine, folder: Path | None = None, dies_after: int | None = None) -> list[Scores]:
        def progress(line: str) -> None:
            self.lines.append(line)
            if dies_after is not None and len(self.lines) > dies_after:
                raise KeyboardInterrupt(line)

        return engine(self.model, self.examples, self.config, self.evaluate, self.best, folder, progress)


@pytest.fixture(scope="session")
def ready(beads: Beads, quick: Quick) -> Callable[..., Ready]:
    """A fresh model with 30 beads and their defects; equal configurations give equal ones."""
    records = beads("defects", 30)

    def made(metric: str = "loss", patience: int = 9, dropout: float | None = None, **changed: object) -> Ready:
        config = quick("multilabel", **{"epochs": 3, "epoch_tokens": 800} | changed)
        torch.manual_seed(11)
        kind = fit_kind(records, config)
        features = fit_features(records, pair=False)
        rows = torch.tensor([features.row(r.text) for r in records], dtype=torch.float32)
        model = FusedEncoder(load_body(config.base), kind.size, features.size)
        model.fit_features(rows)
        model.body = adapted(model.body, config.adapt)
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout) and dropout is not None:
                module.p = dropout
        examples = Examples(records, rows, torch.from_numpy(kind.encode(records)), load_tokenizer(config.base, config.max_tokens), kind, None)
        return Ready(model, examples, config, Best(metric, patience))

    return made


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny language model of tiny_llm."""
    return tiny_llm(tmp_path_factory.mktemp("llm"), SAID)


@pytest.fixture
def config(base: Path) -> LlmConfig:
    """A training of it that takes seconds."""
    return tiny_config(base)
