"""What each default of a training does to the result: the hand-written loop's, changed one at a time to HuggingFace Trainer's.

    python -m benchmarks.defaults [--quick] [--seeds N] [--layers N] [--base FOLDER] [--json FILE]

An encoder on the text alone is trained to tell normal simulated beads from abnormal ones, and asked about beads of another seed. Its head
is not trained first, as it otherwise is, and six epochs are run: the engines' own settings would hardly show else. Differences are between
runs of the same seed, so that what the seed does is left out of them.
"""

import argparse
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine, table, write
from finetune.config import TrainConfig
from finetune.demo import ALWAYS, to_records
from finetune.kinds import Kind
from finetune.neural import Neural
from finetune.records import Record
from finetune.simulator import DATA_LABEL, simulate
from finetune.tasks import fit_kind
from tools.encoder import models_home

OURS = "the loop's defaults, no probing"
TRAINER: dict[str, dict[str, Any]] = {  # of transformers.TrainingArguments
    "weight decay 0": {"weight_decay": 0.0},
    "no decay on norms and biases": {"decay_norms": False},
    "no warm-up": {"warmup": 0.0},
    "one rate of 5e-5 for head and body": {"body_lr": 5e-5, "head_lr": 5e-4},
    "batches of 8": {"batch": 8},
    "half the epochs": {"epochs": 3},
    "word embeddings trained too": {"train_embeddings": True},
}
LOOP: dict[str, dict[str, Any]] = {"constant rate": {"schedule": "constant"}, "gradients not clipped": {"clip": 0.0}}  # usual where one writes it
VARIANTS: dict[str, dict[str, Any]] = {
    OURS: {},
    "engine: Trainer, else equal": {"engine": "trainer"},
    **TRAINER,
    "all of Trainer's": {"engine": "trainer"} | {key: value for change in TRAINER.values() for key, value in change.items()},
    **LOOP,
    "the head trained first": {"probe_epochs": TrainConfig.model_fields["probe_epochs"].default},
}
FULL, QUICK = (170, 300), (40, 40)  # beads to train on, and held out
HELD_SEED = 500


def measure(base: Path, layers: int | None, seeds: Sequence[int], size: tuple[int, int]) -> list[dict[str, Any]]:
    """Held-out log loss and macro F1 of every variant, for each seed."""
    held = to_records(simulate(size[1], HELD_SEED), "anomaly", ALWAYS, HELD_SEED)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    for seed in seeds:
        records = to_records(simulate(size[0], seed), "anomaly", ALWAYS, seed)
        kind = fit_kind(records, _config(base, seed))
        for name, change in VARIANTS.items():
            found[name].append(_run(_config(base, seed, layers=layers, **change), kind, records, held))
            print(f"seed {seed}, {name}: loss {found[name][-1]['loss']:.4f}, macro F1 {found[name][-1]['macro_f1']:.3f}", flush=True)
    return [{"name": name, "runs": runs, "against": _against(runs, found[OURS])} for name, runs in found.items()]


def _config(base: Path, seed: int, **change: Any) -> TrainConfig:
    return TrainConfig(**{"task": "binary", "base": base, "seed": seed, "probe_epochs": 1, "epochs": 6, "patience": 6, "features": False, "data_label": DATA_LABEL} | change)


def _run(config: TrainConfig, kind: Kind, records: Sequence[Record], held: Sequence[Record]) -> dict[str, float]:
    none = np.zeros((len(records), 0), dtype=np.float32), np.zeros((len(held), 0), dtype=np.float32)
    neural = Neural(kind, config, fused=False, progress=lambda line: None).fit(records, none[0], kind.encode(records))
    scores = kind.score(kind.encode(held), neural.outputs(held, none[1]))
    return {name: scores[name] for name in ("loss", "macro_f1")} | {"train_loss": neural.history[-1]["train_loss"]}


def _against(runs: Sequence[dict[str, float]], ours: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    """Mean difference to our defaults with the same seed, and its standard deviation over the seeds."""
    apart = {metric: [run[metric] - base[metric] for run, base in zip(runs, ours, strict=True)] for metric in ("loss", "macro_f1")}
    return {metric: [statistics.mean(each), statistics.stdev(each) if len(each) > 1 else 0.0] for metric, each in apart.items()}


def _line(row: dict[str, Any]) -> dict[str, str]:
    loss, f1 = (statistics.mean(run[metric] for run in row["runs"]) for metric in ("loss", "macro_f1"))
    more = {metric: "" if row["name"] == OURS else "{:+.4f} ± {:.4f}".format(*row["against"][metric]) for metric in ("loss", "macro_f1")}
    return {"changed": row["name"], "log loss": f"{loss:.4f}", "difference": more["loss"], "macro F1": f"{f1:.3f}", "difference ": more["macro_f1"]}


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few beads, for a test")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--layers", type=int, default=None, help="of the encoder, the first ones (default: all)")
    parser.add_argument("--base", type=Path, default=models_home() / "all-minilm-l6-v2")
    parser.add_argument("--json", type=Path, default=None, help="file for the result")
    chosen = parser.parse_args(arguments)
    if not (chosen.base / "config.json").exists():
        parser.error(f"there is no encoder in {chosen.base}; run `waam models fetch` or give --base.")
    size = QUICK if chosen.quick else FULL
    rows = measure(chosen.base, chosen.layers, range(1, 1 + max(1, chosen.seeds)), size)
    result = {"machine": machine(), "base": chosen.base.name, "layers": chosen.layers, "beads": size, "rows": rows}
    print(table([_line(row) for row in rows]))
    write(result, chosen.json)
    return result


if __name__ == "__main__":
    main()
