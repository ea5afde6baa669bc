"""Making an encoder small: quantised, pruned, shallower, distilled; what each saves and costs, in one table."""

import json
import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from finetune import quantise
from finetune.bodies import export_body
from finetune.config import TrainConfig
from finetune.distil import distil
from finetune.encoder import merged
from finetune.engine import Progress
from finetune.features import rows
from finetune.measure import LOST, Bench, Row, bench, run, size_of, weights, write_table
from finetune.neural import Neural
from finetune.prune import depth, with_fewer_layers, without_small_weights, zeros
from finetune.records import DataError, Record
from finetune.splits import enough
from tools.encoder import BODY, META, Encoder

WAYS = ("int8", "prune", "layers", "distil")
CALIBRATION = 64  # training texts that static quantisation is calibrated on
PRUNED, KEPT_LAYERS = (0.3, 0.5), (2 / 3, 1 / 2)
DENSE = "zeros stay in place: neither smaller nor faster without sparse kernels, which ONNX Runtime does not have for processors"


def compress(
    records: Sequence[Record],
    held: Sequence[Record],
    config: TrainConfig,
    folder: Path,
    teacher_base: Path | None = None,
    progress: Progress = print,
    unlabelled: Sequence[Record] = (),
    ways: Collection[str] = WAYS,
) -> list[Row]:
    """Train a fused encoder on `records`, make it small in these `ways`, and measure each on `held`, which shares no group with them.

    Returns the table, the float32 model first, and writes it to `folder` (compress.json, compress.md). `quality_loss` is against
    float32, relative for an error such as RMSE; `failed` marks int8 that loses more than LOST against the same weights in float32.
    The int8 models stay in `folder/compressed`. With `teacher_base`, such as all-mpnet-base-v2, a teacher is trained on it and the
    student also learns from it on `unlabelled`. Raises DataError for data that cannot be used."""
    enough(records)
    if shared := {r.group for r in records} & {r.group for r in held}:
        raise DataError(f"The held-out records share {len(shared)} experiments with the training records; hold out whole groups.")
    if not held:
        raise DataError("There are no held-out records; give a file or a part to measure the quality on.")
    measured = bench(records, held, config, progress, folder / "compressed")
    shutil.rmtree(measured.folder, ignore_errors=True)
    progress("compress: training the float32 model")
    neural = Neural(measured.kind, config, fused=True, progress=progress).fit(records, measured.features, measured.targets)
    with tempfile.TemporaryDirectory() as scratch:
        measured.add(measured.row("float32 torch", weights(neural), neural.in_float32))
        if "int8" in ways:
            _quantised(neural, measured, Path(scratch))
        if "prune" in ways:
            _pruned(neural, measured)
        if "layers" in ways:
            _shallower(neural, measured, Path(scratch))
        if "distil" in ways and teacher_base is not None:
            _distilled(neural, teacher_base, measured, unlabelled, Path(scratch))
    write_table(measured.rows, folder)
    return measured.rows


def _quantised(neural: Neural, measured: Bench, scratch: Path) -> None:
    """The same weights in float32 torch and in ONNX as float32 and as int8 of three makes."""
    encoder = measured.export(neural, measured.folder / "int8")
    typed = measured.config.two_texts == "pair" and neural.model.typed
    float_file = export_body(merged(neural.model.body), scratch, typed, quantise=False).rename(scratch / "float32.onnx")
    made: dict[str, Callable[[Path], Any]] = {
        "ONNX float32": lambda file: shutil.copy(float_file, file),
        "ONNX int8 dynamic": lambda file: None,  # as it was exported
        "ONNX int8 dynamic, 8-bit range": lambda file: quantise.dynamic(float_file, file, reduce_range=False),
        "ONNX int8 static": lambda file: quantise.static(float_file, file, _calibration(encoder, measured.records[:CALIBRATION])),
    }
    for name, make in made.items():
        folder = shutil.copytree(encoder.folder, scratch / name.replace(" ", "-"))
        make(folder / BODY)
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        (folder / META).write_text(
            json.dumps(meta | {"body": f"{meta['body']} {folder}"}), encoding="utf-8"
        )  # else it would run in another's session
        row = measured.row(name, size_of(folder), run(Encoder(folder)))
        if "int8" in name:
            row["int8_loss"] = row["quality_loss"]
            row["failed"] = row["int8_loss"] > LOST
        measured.add(row)


def _calibration(encoder: Encoder, records: Sequence[Record]) -> list[quantise.Feed]:
    """The inputs of the encoder's body for these records, in small batches."""
    assert encoder.body is not None
    feeds = []
    for start in range(0, len(records), 8):
        part, how = records[start : start + 8], encoder.meta["two_texts"]
        texts = [(r.text, r.text_b) if how == "pair" else f"{r.text} {r.text_b}" if how == "concat" else r.text for r in part]
        encoded = encoder.body.tokenizer.encode_batch([*texts, *(r.text_b for r in part)] if how == "separate" else texts)
        given = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
        feeds.append({name: np.array([getattr(e, given[name]) for e in encoded], dtype=np.int64) for name in encoder.body.inputs})
    return feeds


def _pruned(neural: Neural, measured: Bench) -> None:
    """The smallest weights set to zero."""
    for share in PRUNED:
        small = without_small_weights(neural, share, measured.records, measured.features, measured.targets)
        measured.served(f"pruned {share:.0%}", small, f"{zeros(small.model.body):.0%} zeros; {DENSE}")


def _shallower(neural: Neural, measured: Bench, scratch: Path) -> None:
    """Whole layers left out."""
    every = depth(neural)
    for layers in sorted({max(1, round(share * every)) for share in KEPT_LAYERS} - {every}, reverse=True):
        config = with_fewer_layers(neural, layers, scratch / f"{layers}-layers")
        small = Neural(measured.kind, config, fused=True, progress=measured.progress).fit(measured.records, measured.features, measured.targets)
        measured.served(f"{layers} layers", small, f"of {every}, trained on from the full model")


def _distilled(neural: Neural, teacher_base: Path, measured: Bench, unlabelled: Sequence[Record], scratch: Path) -> None:
    """A teacher on the large base, and its students: one as deep as the model, one with half of its layers."""
    measured.progress(f"compress: training the teacher on {teacher_base.name}")
    config = measured.config.model_copy(update={"base": teacher_base})
    teacher = Neural(measured.kind, config, fused=True, progress=measured.progress).fit(measured.records, measured.features, measured.targets)
    measured.add(measured.row(f"teacher {teacher_base.name}, float32 torch", weights(teacher), teacher.in_float32))
    extra = rows(measured.reader, unlabelled)
    half = max(1, depth(neural) // 2)
    bases = {"distilled": measured.config}
    if half < depth(neural):
        bases[f"distilled, {half} layers"] = with_fewer_layers(neural, half, scratch / "student")
    for name, student in bases.items():
        small = distil(teacher, measured.records, measured.features, measured.targets, student, measured.progress, unlabelled, extra)
        measured.served(name, small, f"from {teacher_base.name} on {len(measured.records)} labelled and {len(unlabelled)} unlabelled records")
