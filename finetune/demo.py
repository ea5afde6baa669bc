"""The four demo encoders, made from the simulator: what the tools answer with until the user retrains them.

Each experiment is written with some of its optional settings left out at random, so that the models know
both full and sparse descriptions.
"""

import random
import shutil
from collections.abc import Collection
from pathlib import Path

import numpy as np

from finetune.config import TrainConfig
from finetune.encoder import save_body
from finetune.engine import Progress
from finetune.features import fit_features
from finetune.neural import Neural
from finetune.records import Record
from finetune.run import train
from finetune.simulator import DATA_LABEL, Experiment, simulate
from finetune.tasks import fit_kind
from tools.conditions import ProcessConditions
from tools.encoder import ENCODER_DIGITS

EXPERIMENTS = 1200
KEEP = 0.6  # chance that an optional setting is stated
ALWAYS = ("current_a", "voltage_v", "travel_speed_mm_s")
OPTIONAL = (
    "wire_feed_speed_m_min",
    "wire_diameter_mm",
    "ctwd_mm",
    "gas_flow_l_min",
    "interpass_temperature_c",
    "material",
    "process",
    "shielding_gas",
)
DEMO = {  # the first one's fine-tuned body serves them all
    "defects": ("multilabel", ALWAYS),
    "anomaly": ("binary", ALWAYS),
    "heat_input": ("regression", ALWAYS),
    "energy": ("regression", (*ALWAYS, "bead_length_mm")),
}
LAYERS = 2  # of the base: with 2, 3 or 6 the four score alike, since the quantities are read as numbers too (docs/LOG.md)
BODY_SEED, BODY_EXPERIMENTS = 1000, 300  # beads that only the body learns from, so that no held-out figure has seen them


def train_demo(
    base: Path,
    home: Path,
    names: Collection[str] = tuple(DEMO),
    progress: Progress = print,
    seed: int = 7,
    recipe: str | None = None,
    layers: int = LAYERS,
) -> None:
    """Train, calibrate and export the demo encoders `names` into `home`, on the first `layers` of `base`; what is there under other
    names is left alone.

    One body is fine-tuned on beads of its own, and the four are heads on it: then one forward pass serves all four
    (docs/decisions/0007-one-body.md).
    """
    shared = home / "process_body.partial"  # only while training
    _train_body(base, layers, shared, seed, progress)
    experiments = simulate(EXPERIMENTS, seed)
    for name in names:
        task, required = DEMO[name]
        config = TrainConfig(
            task=task, base=shared, adapt="frozen", folds=3, promote="encoder", seed=seed, data_label=DATA_LABEL,
            candidates=("constant", "tfidf", "linear", "boosting", "fused", *((f"formula_{name}",) if task == "regression" else ())),
        )  # fmt: skip
        extra = {"base": base.name} | ({"recipe": recipe} if recipe else {})
        train(to_records(experiments, name, required, seed), config, home / name, lambda line, name=name: progress(f"{name}: {line}"), extra)  # type: ignore[misc]
        progress(f"{name}: built")
    shutil.rmtree(shared)


def to_records(experiments: list[Experiment], name: str, required: tuple[str, ...], seed: int) -> list[Record]:
    """Experiments as texts with some optional settings left out, and the target that `name` predicts. The text is
    the one that the tools write at inference, with the same question whatever is predicted."""
    chance = random.Random(seed)
    targets = {"heat_input": lambda e: e.heat_input_j_mm, "energy": lambda e: e.energy_kj}
    records = []
    for e in experiments:
        given = e.conditions.given()
        stated = {k: v for k, v in given.items() if k in required or (k in OPTIONAL and chance.random() < KEEP)}
        text = ProcessConditions(**stated).to_text(digits=ENCODER_DIGITS)  # type: ignore[arg-type]
        target = targets[name](e) if name in targets else " or ".join(e.labels)
        records.append(Record(text, target, e.id, source="simulated beads"))
    return records


def _train_body(base: Path, layers: int, folder: Path, seed: int, progress: Progress) -> None:
    """Fine-tune the pretrained encoder on the defects of beads of another seed, and write it as a base for the four."""
    task, required = next(iter(DEMO.values()))
    config = TrainConfig(task=task, base=base, layers=layers, epochs=1, seed=seed)
    records = to_records(simulate(BODY_EXPERIMENTS, seed + BODY_SEED), "defects", required, seed)
    kind = fit_kind(records, config)
    features = fit_features(records, pair=False)
    rows = np.array([features.row(r.text) for r in records], dtype=np.float32)
    neural = Neural(kind, config, fused=True, progress=lambda line: progress(f"body: {line}")).fit(records, rows, kind.encode(records))
    save_body(neural.model, base, folder)
