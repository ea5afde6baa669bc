"""What each default of a training does to the result: this project's, changed one at a time to HuggingFace Trainer's or a usual loop's.

    python -m benchmarks.defaults [--quick] [--seeds N] [--layers N] [--base FOLDER] [--json FILE]

An encoder learns from text alone which tool a question asks for, on the shortlist's own wordings; a fifth of the wordings is held out.
The body starts pretrained, the head at random, and what is judged is the last epoch: keeping the best one, or starting from a trained
head, as the pipeline does, would hide what a default did. Differences are between runs of one seed.
"""

import argparse
import copy
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import nn

from agent.learning.wordings import QUESTIONS
from benchmarks.machine import machine, table, write
from finetune.config import TrainConfig
from finetune.encoder import FusedEncoder, load_body, load_tokenizer
from finetune.engine import Best, Examples, one_thread, seeded
from finetune.metrics import Scores
from finetune.neural import engine, pool_all
from finetune.routing import routing_records
from finetune.splits import split_by_group
from finetune.tasks import fit_kind
from tools.encoder import models_home

OURS = "this project's defaults"
TRAINER: dict[str, dict[str, Any]] = {  # of transformers.TrainingArguments
    "one rate of 5e-5 for head and body": {"body_lr": 5e-5, "head_lr": 5e-4},  # the head's is a tenth while the body is trained
    "no warm-up": {"warmup": 0.0},
    "weight decay 0": {"weight_decay": 0.0},
    "no decay on norms and biases": {"decay_norms": False},
    "batches of 8": {"batch": 8},
    "word embeddings trained too": {"train_embeddings": True},
}
LOOP: dict[str, dict[str, Any]] = {"constant rate": {"schedule": "constant", "warmup": 0.0}, "gradients not clipped": {"clip": 0.0}}
VARIANTS: dict[str, dict[str, Any]] = {
    OURS: {},
    "engine: Trainer, else equal": {"engine": "trainer"},
    **TRAINER,
    "all of Trainer's": {"engine": "trainer"} | {key: value for change in TRAINER.values() for key, value in change.items()},
    **LOOP,
    "half the epochs": {"epochs": 3},
}
EPOCHS = 6
HELD, QUICK = 0.2, 40  # share of the wordings that is held out; questions of the quick mode


class _Last(Best):
    """Keeps the last epoch instead of the best, and never stops early."""

    def update(self, scores: Scores, model: nn.Module) -> bool:
        self.scores, self.state = scores, copy.deepcopy(dict(model.state_dict()))
        return False


def measure(base: Path, layers: int | None, seeds: Sequence[int], quick: bool) -> list[dict[str, Any]]:
    """Held-out log loss and macro F1 after the last epoch of every variant, for each seed."""
    found: dict[str, list[Scores]] = {name: [] for name in VARIANTS}
    for seed in seeds:
        for name, change in VARIANTS.items():
            found[name].append(_run(_config(base, seed, layers=layers, **change), quick))
            print(f"seed {seed}, {name}: loss {found[name][-1]['loss']:.4f}, macro F1 {found[name][-1]['macro_f1']:.3f}", flush=True)
    return [{"name": name, "runs": runs, "against": _against(runs, found[OURS])} for name, runs in found.items()]


def _config(base: Path, seed: int, **change: Any) -> TrainConfig:
    return TrainConfig(**{"task": "multilabel", "base": base, "seed": seed, "epochs": EPOCHS, "epoch_tokens": 10**6, "features": False} | change)


def _run(config: TrainConfig, quick: bool) -> Scores:
    """The last row of the epoch table, scored on wordings that training has not seen."""
    wordings = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
    records = routing_records(wordings, repeats=1, joined=0, seed=config.seed)
    parts = split_by_group(records, {"held": HELD}, config.seed)
    learnt, held = (parts[name][:QUICK] if quick else parts[name] for name in ("train", "held"))
    kind = fit_kind(records, config)
    seeded(config.seed)
    model = FusedEncoder(load_body(config.base, config.layers), kind.size, 0)
    tokenizer, none = load_tokenizer(config.base, config.max_tokens), torch.zeros(len(held), 0)
    examples = Examples(learnt, torch.zeros(len(learnt), 0), torch.from_numpy(kind.encode(learnt)), tokenizer, kind, None)
    targets = kind.encode(held)

    def evaluate() -> Scores:
        with torch.no_grad():
            outputs: np.ndarray = model.head(pool_all(model, tokenizer, held, None), none).numpy()
        return kind.score(targets, outputs)

    with one_thread():
        return engine(config.engine)(model, examples, config, evaluate, _Last("loss", config.patience), None, lambda line: None)[-1]


def _against(runs: Sequence[Scores], ours: Sequence[Scores]) -> dict[str, list[float]]:
    """Mean difference to our defaults with the same seed, and its standard deviation over the seeds."""
    apart = {metric: [run[metric] - base[metric] for run, base in zip(runs, ours, strict=True)] for metric in ("loss", "macro_f1")}
    return {metric: [statistics.mean(each), statistics.stdev(each) if len(each) > 1 else 0.0] for metric, each in apart.items()}


def _line(row: dict[str, Any]) -> dict[str, str]:
    loss, f1, learnt = (statistics.mean(run[metric] for run in row["runs"]) for metric in ("loss", "macro_f1", "train_loss"))
    more = {metric: "" if row["name"] == OURS else "{:+.3f} ± {:.3f}".format(*row["against"][metric]) for metric in ("loss", "macro_f1")}
    return {
        "changed": row["name"], "loss in training": f"{learnt:.3f}", "log loss": f"{loss:.3f}", "difference": more["loss"],
        "macro F1": f"{f1:.3f}", "difference ": more["macro_f1"],
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few questions, for a test")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--layers", type=int, default=None, help="of the encoder, the first ones (default: all)")
    parser.add_argument("--base", type=Path, default=models_home() / "all-minilm-l6-v2")
    parser.add_argument("--json", type=Path, default=None, help="file for the result")
    chosen = parser.parse_args(arguments)
    if not (chosen.base / "config.json").exists():
        parser.error(f"there is no encoder in {chosen.base}; run `waam models fetch` or give --base.")
    rows = measure(chosen.base, chosen.layers, range(1, 1 + max(1, chosen.seeds)), chosen.quick)
    result = {"machine": machine(), "base": chosen.base.name, "layers": chosen.layers, "epochs": EPOCHS, "rows": rows}
    print(table([_line(row) for row in rows]))
    write(result, chosen.json)
    return result


if __name__ == "__main__":
    main()
