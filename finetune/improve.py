"""The retraining loop: what to label → a person labels → train on more → compare with the model in use → promote or keep.

One call makes one round; the label file is where the person comes in. Both models are compared on the same records, none of which
either was fitted to: on old records by their held-out outputs, on new ones the old model as it is served.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from finetune import registry
from finetune.care import held_out, to_label
from finetune.config import TrainConfig
from finetune.engine import Progress
from finetune.kinds import Amounts, Kind, from_json
from finetune.metrics import value
from finetune.records import DataError, Record, load
from finetune.relabel import apply_relabel
from finetune.relabel_file import read_relabel, write_relabel
from finetune.run import Run, train
from finetune.served import columns_of, open_model, outputs

UNKNOWN = -30.0  # logit of a label that a model was not taught


@dataclass(frozen=True)
class Round:
    """What a round came to: `promoted`, and the metric of both models on the same records."""

    promoted: bool
    metric: str
    before: float
    after: float
    added: int


def ask(model: Path, pool: Path, budget: int, labels: Path) -> int:
    """Write the records of `pool` worth labelling to the file `labels`; returns how many."""
    records, picks = to_label(model, pool, budget)
    write_relabel(labels, [replace(record, target="") for record in records], picks)
    return len(picks)


def answered(pool: Path, labels: Path, model: Path) -> list[Record]:
    """The records of `pool` that the person has labelled. Raises DataError where there are none."""
    records = [replace(r, target="") for r in load(pool, columns_of(open_model(model)), labelled=False)]
    found = [record for record in apply_relabel(records, read_relabel(labels)) if record.target != ""]
    if not found:
        raise DataError(f"{labels.name} has no labels yet; fill in its column 'corrected' and run this again.")
    return found


def retrain(model: Path, records: Sequence[Record], new: Sequence[Record], config: TrainConfig, progress: Progress = print) -> Round:
    """Train on old and new records together and promote the outcome if it is at least as good as the model in use."""
    held_out(model, records)  # raises for other records, before the training and not after
    candidate = model.with_name(f"{model.name}.candidate")
    run = train([*records, *new], config, candidate, progress, {"name": model.name})
    metric = str(run.meta["metric"])
    before, after = compared(model, records, new, run)
    if after >= before:
        registry.promote(candidate.resolve(), model, run.meta["version"])
    candidate.unlink()
    shutil.rmtree(registry.versions_of(candidate))
    sign = -1 if value({metric: 1.0}, metric) < 0 else 1
    return Round(after >= before, metric, sign * before, sign * after, len(new))


def compared(model: Path, records: Sequence[Record], new: Sequence[Record], run: Run) -> tuple[float, float]:
    """The run's metric, higher is better, of the model in use and of the new one on the same records."""
    encoder, metric, kind = open_model(model), str(run.meta["metric"]), run.data.kind
    old_rows, old_held = held_out(model, records)
    old_at, new_at = ({int(row): i for i, row in enumerate(rows)} for rows in (old_rows, run.outputs[0]))
    shared = [row for row in old_at if row in new_at]
    fresh = [row for row in new_at if row >= len(records)]
    said = [old_held[[old_at[row] for row in shared]]] + ([outputs(encoder, [new[row - len(records)] for row in fresh])] if fresh else [])
    before = aligned(np.concatenate(said), from_json(encoder.meta["output"]), kind)
    after = run.outputs[1][[new_at[row] for row in [*shared, *fresh]]]
    targets = run.data.targets[[*shared, *fresh]]
    return value(kind.score(targets, before), metric), value(kind.score(targets, after), metric)


def aligned(outputs: np.ndarray, before: Kind, after: Kind) -> np.ndarray:
    """Outputs of one model as those of another: amounts on the other's scale, labels in the other's order, unknown ones as "no"."""
    if isinstance(before, Amounts) and isinstance(after, Amounts):
        return after.standardised(before.decode(outputs))
    place = {name: i for i, name in enumerate(before.names)}
    columns = [outputs[:, place[name]] if name in place else np.full(len(outputs), UNKNOWN) for name in after.names]
    return np.stack(columns, axis=1)
