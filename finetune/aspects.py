"""Aspect analysis in two stages: which aspects a text speaks of (multi-label), then one of up to five polarities for each (pair).

A target is `{"bead shape": "bad", "spatter": "good"}` in JSON or `bead shape: bad; spatter: good` in CSV; `{}` or `none` is a text without aspects.
The model's folder holds both stages, each a model of its own.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from finetune import registry
from finetune.card import write_overview
from finetune.config import TrainConfig
from finetune.engine import Progress
from finetune.kinds import from_json
from finetune.metrics import Scores
from finetune.records import Columns, DataError, Record
from finetune.run import Run, train
from finetune.served import outputs
from finetune.sketch import seen
from tools.aspects import NONE, STAGES, AspectModel
from tools.encoder import FORM, META, Encoder

POLARITIES = 5  # at most; more is a scale, and a regression


def parse(record: Record) -> dict[str, str]:
    """The record's aspects and their polarities. Raises DataError that names the row."""
    found = {}
    for part in str(record.target).split(";"):
        if not part.strip() or part.strip().casefold() == NONE:
            continue
        aspect, colon, polarity = part.partition(":")
        if not colon or not aspect.strip() or not polarity.strip():
            raise DataError(f"{record.where}: {part.strip()[:60]!r} is not an aspect with its polarity; write `spatter: bad; bead shape: good`.")
        found[aspect.strip().capitalize()] = polarity.strip()
    return found


def train_aspects(
    records: Sequence[Record], config: TrainConfig, out: Path, progress: Progress = print, extra: Mapping[str, Any] | None = None
) -> Run:
    """Train both stages and put them at `out`; `extra` is added to waam.json. Returns the run of the second. Raises DataError."""
    first, second = aspect_records(records), polarity_records(records)
    if len({r.target for r in second}) > POLARITIES:
        raise DataError(f"{records[0].source} has more than {POLARITIES} polarities; join some of them.")
    stages = out.parent / f"{out.name}.stages"
    shared = {"candidates": config.candidates}
    runs = [
        train(first, config.model_copy(update={"task": "multilabel", "loss": "bce", **shared}), stages / STAGES[0], progress),
        train(
            second,
            config.model_copy(update={"task": "pair", "columns": replace(config.columns, text_b="aspect"), "metric": None, **shared}),
            stages / STAGES[1], progress,
        ),
    ]  # fmt: skip
    meta = {
        "form": FORM, "task": "aspect", "name": out.name, "version": "-".join(run.meta["version"][:6] for run in runs),
        "data_label": config.data_label,
        "stages": list(STAGES), "remarks": [f"{stage}: {remark}" for stage, run in zip(STAGES, runs, strict=True) for remark in run.meta["remarks"]],
        **{key: runs[0].meta[key] for key in ("made", "data", "records", "grouping", "columns")},
        "metric": f"{STAGES[0]}_{runs[0].meta['metric']}",
        "spread": {f"{stage}_{name}": value for stage, run in zip(STAGES, runs, strict=True) for name, value in run.meta["spread"].items()},
        "scores": {f"{stage}_{name}": value for stage, run in zip(STAGES, runs, strict=True) for name, value in run.meta["scores"].items()},
        "scored_on": runs[0].meta["scored_on"],
    } | dict(extra or {})  # fmt: skip
    made = out.parent / f"{out.name}.partial"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    for stage in STAGES:
        shutil.copytree((stages / stage).resolve(), made / stage)
    (made / META).write_text(json.dumps(meta, indent=1, ensure_ascii=False), encoding="utf-8")
    write_overview(made, meta)
    registry.promote(made, out, meta["version"])
    shutil.rmtree(stages)
    return replace(runs[1], folder=out, meta=meta)


def aspect_records(records: Sequence[Record]) -> list[Record]:
    """The first stage's records: each text with the aspects it speaks of."""
    return [replace(r, target=" or ".join(parse(r)) or NONE) for r in records]


def polarity_records(records: Sequence[Record]) -> list[Record]:
    """The second stage's: each text with one of its aspects, and the polarity."""
    return [replace(r, text_b=aspect, target=polarity) for r in records for aspect, polarity in parse(r).items()]


def analyse(folder: Path, texts: Sequence[str]) -> list[dict[str, dict[str, float]]]:
    """For each text its aspects, each with the calibrated probability of every polarity."""
    return [{rating.aspect: rating.polarities for rating in found} for found in AspectModel(folder).rate(texts)]


def scores(folder: Path, records: Sequence[Record]) -> dict[str, Any]:
    """Both stages' metrics, and `aspect_f1`: micro F1 of (aspect, polarity) found against those given."""
    each: dict[str, Scores] = {}
    for stage, part in zip(STAGES, (aspect_records(records), polarity_records(records)), strict=True):
        encoder = Encoder(folder / stage)
        kind = from_json(encoder.meta["output"])
        each[stage] = kind.score(kind.encode(part), outputs(encoder, part), encoder.calibration)
    said = [{(a, max(p, key=lambda name: p[name])) for a, p in found.items()} for found in analyse(folder, [r.text for r in records])]
    given = [set(parse(r).items()) for r in records]
    hits = sum(len(a & b) for a, b in zip(said, given, strict=True))
    return {
        "macro_f1": each["aspects"]["macro_f1"], "micro_f1": each["aspects"]["micro_f1"], "exact_match": each["aspects"]["exact_match"],
        "accuracy": each["polarity"]["accuracy"], "polarity_macro_f1": each["polarity"]["macro_f1"],
        "aspect_f1": 2 * hits / max(sum(map(len, said)) + sum(map(len, given)), 1), "records": len(records),
    } | _seen(folder, records)  # fmt: skip


def _seen(folder: Path, records: Sequence[Record]) -> dict[str, float]:
    saved = json.loads((folder / STAGES[0] / META).read_text(encoding="utf-8")).get("sketch")
    share = seen(saved, records) if saved else None
    return {} if share is None else {"seen_in_training": share}


def columns(folder: Path) -> Columns:
    """The columns that an aspect model was trained on."""
    return TypeAdapter(Columns).validate_python(json.loads((folder / META).read_text(encoding="utf-8"))["columns"])
