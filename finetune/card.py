"""The model card of a run, generated from the run itself."""

from pathlib import Path
from typing import Any


def write_card(folder: Path, meta: dict[str, Any], history: list[dict[str, float]]) -> Path:
    """Write CARD.md from the model's waam.json and its per-epoch table."""
    columns = sorted({key for row in history for key in row} - {"epoch"})
    table = ["| epoch | " + " | ".join(columns) + " |", "|" + "---|" * (len(columns) + 1)]
    table += [f"| {row['epoch']:.0f} | " + " | ".join(f"{row[c]:.4g}" if c in row else "" for c in columns) + " |" for row in history]
    scores = "\n".join(f"- {name}: {value:.4g}" for name, value in meta["scores"].items())
    ranges = "\n".join(f"- {name}: {low:g} to {high:g}" for name, (low, high) in meta["training_range"].items())
    path = folder / "CARD.md"
    path.write_text(
        f"""# {meta["name"]} {meta["version"]}

Training data: **{meta["data_label"]}**, {meta["examples"]["train"]} training, {meta["examples"]["validation"]} validation and
{meta["examples"]["calibration"]} calibration examples; groups (experiments) are never divided between them.

Task: {meta["task"]}. Base encoder: {meta["base"]}, fused with the parsed quantities. Served as int8 ONNX.

## Scores of the served int8 model on {meta["scored_on"]}

{scores}

## Per epoch (validation; epoch 0 is the head on the frozen encoder)

{chr(10).join(table)}

## Limits

Outside these training ranges the model extrapolates, and the tool says so:

{ranges}
"""
    )
    return path
