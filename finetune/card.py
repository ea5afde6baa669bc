"""The model card of a run, generated from the run itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finetune.measure import said

NO_RANGE = "The texts state no process quantities, so no training range can be given."


def write_card(folder: Path, meta: Mapping[str, Any]) -> Path:
    """Write CARD.md from the model's waam.json."""
    metric = meta["metric"]
    metrics = list(next(iter(meta["compared"].values())))
    compared = [
        {"candidate": name, **{m: f"{spread[m][0]:.4g} ± {spread[m][1]:.2g}" for m in metrics}, "served": _share(meta["heads"], name)}
        for name, spread in meta["compared"].items()
    ]
    remarks = "".join(f"> **{sentence}**\n" for sentence in meta["remarks"])
    ranges = "\n".join(f"- {name}: {low:g} to {high:g}" for name, (low, high) in meta["training_range"].items())
    limits = f"Outside these training ranges the model extrapolates, and the tool says so:\n\n{ranges}" if ranges else NO_RANGE
    histories = "\n\n".join(f"### {name}\n\n{_table(rows)}" for name, rows in meta["history"].items())
    path = folder / "CARD.md"
    path.write_text(
        f"""# {meta["name"]} {meta["version"]}

{remarks}
Training data: **{meta["data_label"]}**, {meta["records"]} records in {meta["groups"]} groups (experiments); a group is never divided.

Task: {meta["task"]} ({meta["output"]["kind"]}: {", ".join(meta["output"]["names"])}). Base encoder: {meta["base"]}.
Serving in int8 instead of float32 costs {said(meta["int8_loss"], metric)}.

## Scores on {meta["scored_on"]}

{_table([{"": "all", **meta["scores"]}, *({"": name, **scores} for name, scores in meta["per_name"].items() if len(meta["per_name"]) > 1)])}

## Compared, mean ± spread over folds and seeds

Decisions here are uncalibrated. `constant`, `tfidf` and the closed formulas are references and are not served.

{_table(compared)}

## Epoch by epoch (on the part that chooses the epoch; epoch 0 is the head on the frozen encoder)

{histories or "No encoder was compared."}

## Limits

{limits}
""",
        encoding="utf-8",
    )
    return path


def _share(heads: Sequence[Mapping[str, Any]], name: str) -> str:
    return next((f"{head['weight']:.2f}" for head in heads if head["file"] == f"{name}.onnx"), "")


def _table(rows: Sequence[Mapping[str, object]]) -> str:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(_cell(row.get(column, "")) for column in columns) + " |" for row in rows])


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
