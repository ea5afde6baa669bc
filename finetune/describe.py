"""The page of a run: its scores, what it was compared with, epochs, confusion or residuals, reliability. Written from held-out outputs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix, multilabel_confusion_matrix

from finetune import plots
from finetune.kinds import Amounts, Kind
from finetune.measure import said
from finetune.report import COMPARISON, PER_EPOCH, PER_LABEL, Table, write_report
from tools.outputs import Calibration


def write_page(folder: Path, meta: Mapping[str, Any], kind: Kind, targets: np.ndarray, outputs: np.ndarray) -> Path:
    """Write report.html into `folder` from waam.json's `meta` and the promoted model's held-out targets and outputs."""
    calibration = Calibration.from_json(meta["calibration"])
    metric, compared = meta["metric"], meta["compared"]
    rows = [{"candidate": name} | {m: f"{mean:.4g} ± {spread:.2g}" for m, (mean, spread) in table.items()} for name, table in compared.items()]
    means, spreads = ([table[metric][i] for table in compared.values()] for i in (0, 1))
    tables: dict[str, Table] = {COMPARISON: rows}
    figures = {COMPARISON: plots.bars_with_spread(list(compared), means, spreads, metric)} | _figures(kind, targets, outputs, calibration)
    if len(meta["per_name"]) > 1:
        tables[PER_LABEL] = [{"": name} | scores for name, scores in meta["per_name"].items()]
    for name, history in meta["history"].items():
        tables[f"{PER_EPOCH} ({name})" if PER_EPOCH in tables else PER_EPOCH] = history
        figures.setdefault(PER_EPOCH, plots.history(history))
    summary = {
        **{key: meta[key] for key in ("name", "version", "task", "data_label", "base", "scored_on", "scores", "training_range")},
        "warnings": meta["remarks"],
        "limits": [f"Serving in int8 instead of float32 costs {said(meta['int8_loss'], metric)}."],
    }
    return write_report(folder, summary, figures, tables)


def _figures(kind: Kind, targets: np.ndarray, outputs: np.ndarray, calibration: Calibration) -> dict[str, Figure]:
    if isinstance(kind, Amounts):
        truth, found = kind.decode(targets), {}
        value, low, high = (kind.decode(outputs + sign * np.array(calibration.radius)) for sign in (0, -1, 1))
        for i, name in enumerate(kind.names):
            found[f"Residuals: {name}"] = plots.residuals(truth[:, i], value[:, i], low[:, i], high[:, i])
        return found
    if kind.kind == "classes":
        probability, predicted = calibration.class_probabilities(outputs), calibration.chosen_classes(outputs)
        return {
            "Confusion": plots.confusion(confusion_matrix(targets, predicted, labels=range(kind.size)), kind.names),
            "Reliability of the chosen class": plots.reliability(probability[np.arange(len(targets)), predicted], predicted == targets),
        }
    truth, chosen = targets.astype(int), calibration.chosen_labels(outputs)
    if kind.size == 1:
        name = kind.names[0]
        confusion = plots.confusion(confusion_matrix(truth[:, 0], chosen[:, 0], labels=[0, 1]), [f"not {name}", name])
    else:
        confusion = plots.confusion_per_label(multilabel_confusion_matrix(truth, chosen), kind.names)
    return {"Confusion": confusion, "Reliability": plots.reliability(calibration.label_probabilities(outputs).ravel(), truth.ravel())}
