"""Size, speed and quality of forms of one model, side by side on held-out records.

Every form but float32 torch is run through `tools.encoder`, as the tools would run it. Times are medians of RUNS.
"""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from finetune.config import TrainConfig
from finetune.engine import Progress
from finetune.export import export_model
from finetune.features import features_for, rows
from finetune.kinds import Kind
from finetune.metrics import Scores, lower_is_better, value
from finetune.neural import Neural
from finetune.records import Record
from finetune.tasks import fit_kind
from tools.encoder import Encoder
from tools.features import Features
from tools.outputs import Calibration

LOST = 0.005  # of the metric (of its size, for an error): what int8 may cost before it is called a failure
RUNS, SINGLE, BATCH = 5, 16, 32  # timed runs, texts of one run at batch 1, texts of a batch

Row = dict[str, Any]
Outputs = Callable[[Sequence[Record], np.ndarray], np.ndarray]  # of records and their features


@dataclass
class Bench:
    """What every variant is trained and measured on, and the table so far."""

    records: Sequence[Record]
    held: Sequence[Record]
    config: TrainConfig
    reader: Features
    features: np.ndarray
    held_features: np.ndarray
    kind: Kind
    targets: np.ndarray
    folder: Path
    progress: Progress
    rows: list[Row]

    @property
    def metric(self) -> str:
        return str(self.config.metric or self.kind.metric)

    def row(self, name: str, size: int, outputs: Outputs, note: str = "") -> Row:
        """One row of the table: `outputs` of a form that takes `size` bytes, scored and timed."""
        score = self.kind.score(self.kind.encode(self.held), outputs(self.held, self.held_features))
        one, many = self._times(outputs, 1), self._times(outputs, BATCH)
        return {
            "name": name, "size_mb": size / 1e6, "ms_a_text": 1000 * statistics.median(one), "ms_range": [1000 * min(one), 1000 * max(one)],
            "texts_per_s": 1 / statistics.median(many), "texts_per_s_range": [1 / max(many), 1 / min(many)],
            "metric": self.metric, "quality": score[self.metric],
            "quality_loss": lost(self.rows[0]["scores"] if self.rows else score, score, self.metric),
            "failed": False, "note": note, "scores": score,
        }  # fmt: skip

    def served(self, name: str, neural: Neural, note: str = "") -> Row:
        """Export the model as it would be served, measure it, and compare it with its own float32 weights."""
        encoder = self.export(neural, self.folder / name.replace(" ", "-").replace("%", ""))
        row = self.row(f"{name}, ONNX int8 dynamic", size_of(encoder.folder), run(encoder), note)
        own = self.kind.score(self.kind.encode(self.held), neural.in_float32(self.held, self.held_features))
        row["int8_loss"] = lost(own, row["scores"], self.metric)
        row["failed"] = row["int8_loss"] > LOST
        self.add(row)
        return row

    def export(self, neural: Neural, folder: Path) -> Encoder:
        meta = {
            "name": folder.name, "version": "", "two_texts": self.config.two_texts, "max_tokens": self.config.max_tokens,
            "features": self.reader.to_json(), "calibration": Calibration().to_json(), "output": self.kind.to_json(),
        }  # fmt: skip
        export_model({"fused": (neural, 1.0)}, folder, meta)
        return Encoder(folder)

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self.progress(f"compress: {row['name']}: {row['size_mb']:.1f} MB, {row['ms_a_text']:.1f} ms, {self.metric} {row['quality']:.4f}")

    def _times(self, outputs: Outputs, size: int) -> list[float]:
        """Seconds a text of each run, in batches of `size` distinct texts; after one run that does not count."""
        records, features = self._timed
        rows = range(min(SINGLE if size == 1 else 2 * size, len(records)))
        parts = [list(rows[start : start + size]) for start in range(0, len(rows), size)]
        times = []
        for _ in range(RUNS + 1):
            begun = time.perf_counter()
            for part in parts:
                outputs([records[i] for i in part], features[part])
            times.append((time.perf_counter() - begun) / len(rows))
        return times[1:]

    @cached_property
    def _timed(self) -> tuple[list[Record], np.ndarray]:
        """Records of distinct texts to take the time on, since a served body runs equal texts once; the held-out ones first."""
        records, features = [*self.held, *self.records], np.vstack([self.held_features, self.features])
        first = {(r.text, r.text_b): i for i, r in reversed(list(enumerate(records)))}
        rows = sorted(first.values())[: 2 * BATCH]
        return [records[i] for i in rows], features[rows]


def bench(records: Sequence[Record], held: Sequence[Record], config: TrainConfig, progress: Progress, folder: Path) -> Bench:
    kind = fit_kind(records, config)
    reader = features_for(list(records), config)
    seen, unseen = rows(reader, records), rows(reader, held)
    return Bench(records, held, config, reader, seen, unseen, kind, kind.encode(records), folder, progress, [])


def lost(before: Scores, after: Scores, metric: str) -> float:
    """How much worse `after` is: in the metric's own unit, or as a share of `before` where lower is better."""
    worse = value(before, metric) - value(after, metric)
    return worse / max(abs(before[metric]), 1e-9) if lower_is_better(metric) else worse


def said(loss: float, metric: str) -> str:
    """A loss as `lost` gives it, in words: a share where lower is better, else in the metric's own unit."""
    return f"{100 * loss:.1f} % of {metric}" if lower_is_better(metric) else f"{loss:.4f} {metric}"


def run(encoder: Encoder) -> Outputs:
    """The exported model as a function of records and features, each call a forward pass of its own."""

    def outputs(records: Sequence[Record], features: np.ndarray) -> np.ndarray:
        if encoder.body is not None:
            encoder.body._remembered.clear()  # it would answer the second run from memory
        return encoder.run([r.text for r in records], features, [r.text_b for r in records])

    return outputs


def weights(neural: Neural) -> int:
    """Bytes of the model's weights in float32."""
    return sum(w.numel() * w.element_size() for w in neural.model.state_dict().values())


def size_of(folder: Path) -> int:
    """Bytes of the ONNX files."""
    return sum(file.stat().st_size for file in folder.glob("*.onnx"))


def write_table(rows: Sequence[Row], folder: Path) -> Path:
    """Write compress.json and compress.md; returns the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "compress.json").write_text(json.dumps(list(rows), indent=1, ensure_ascii=False), encoding="utf-8")
    metric = rows[0]["metric"]
    lines = [f"| form | MB | ms a text (range) | texts/s, batches of {BATCH} (range) | {metric} | lost |", "|---|---|---|---|---|---|"]
    for row in rows:
        (low, high), (slow, fast) = row["ms_range"], row["texts_per_s_range"]
        mark = " **failed**" if row["failed"] else ""
        lines.append(
            f"| {row['name']}{mark} | {row['size_mb']:.1f} | {row['ms_a_text']:.1f} ({low:.1f} to {high:.1f}) "
            f"| {row['texts_per_s']:.0f} ({slow:.0f} to {fast:.0f}) | {row['quality']:.4f} | {row['quality_loss']:+.4f} |"
        )
    kind = "a share of it" if lower_is_better(metric) else "points of 1"
    notes = [f"* {row['name']}: {row['note']}." for row in rows if row["note"]]
    text = [*lines, "", f"Lost is against float32, in {metric} ({kind}); failed: int8 loses more than {LOST} against the same weights.", "", *notes]
    file = folder / "compress.md"
    file.write_text("\n".join(text).strip() + "\n", encoding="utf-8")
    return file
