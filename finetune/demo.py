"""The four demo encoders, made from the simulator: what the tools answer with until the user retrains them.

Each experiment is written with some of its optional settings left out at random, so that the models know
both full and sparse descriptions.
"""

import random
import shutil
from collections.abc import Collection
from pathlib import Path

from finetune.encoder import save_body
from finetune.publish import publish
from finetune.records import Record
from finetune.simulator import DATA_LABEL, Experiment, simulate
from finetune.train import Progress, TrainConfig, train
from tools.conditions import ProcessConditions
from tools.encoder import ENCODER_DIGITS

EXPERIMENTS, TEST_EXPERIMENTS = 1200, 400
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


def train_demo(
    base: Path, home: Path, names: Collection[str] = tuple(DEMO), progress: Progress = print, seed: int = 7, recipe: str | None = None
) -> None:
    """Train, calibrate and export the demo encoders `names` into `home`; what is there under other names is left alone.

    The first is fine-tuned as a whole, the others are heads on its body: then one forward pass serves all four
    (docs/decisions/0007-one-body.md).
    """
    shared = home / "process_body"  # only while training
    experiments, unseen = simulate(EXPERIMENTS, seed), simulate(TEST_EXPERIMENTS, seed + 1)
    for name, (task, required) in DEMO.items():
        first = name == next(iter(DEMO))
        if name not in names and not (first and not (shared / "config.json").exists()):
            continue
        config = TrainConfig(task=task, base=base if first else shared, epochs=1 if first else 0, seed=seed)
        trained = train(to_records(experiments, name, required, seed), config, lambda line, name=name: progress(f"{name}: {line}"))  # type: ignore[misc]
        if first:
            save_body(trained.model, base, shared)
        if name not in names:
            continue
        test = to_records(unseen, name, required, seed + 1)
        publish(trained, base, home / name, required, OPTIONAL, test, DATA_LABEL, f"{len(test)} simulated experiments of another seed", recipe)
        progress(f"{name}: built")
    shutil.rmtree(shared, ignore_errors=True)


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
        records.append(Record(text, target, e.id))
    return records
