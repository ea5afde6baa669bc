"""The model card of a run, generated from the run itself: what to beware of, what it predicts, from what, how well, and where not."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finetune.meanings import meaning
from finetune.measure import said
from tools.outputs import Calibration

NO_RANGE = "The rows state no numbers, so no training range can be given."


def write_card(folder: Path, meta: Mapping[str, Any]) -> Path:
    """Write CARD.md from the model's waam.json."""
    metrics = list(next(iter(meta["compared"].values())))
    compared = [
        {"candidate": name, **{m: f"{spread[m][0]:.4g} ± {spread[m][1]:.2g}" for m in metrics}, "served": _share(meta["heads"], name)}
        for name, spread in meta["compared"].items()
    ]
    each = [{"": name, **scores} for name, scores in meta["per_name"].items() if len(meta["per_name"]) > 1]
    ranges = [f"{name}: {low:g} to {high:g}" for name, (low, high) in (meta["training_range"] | meta["number_range"]).items()]
    limits = f"Outside these training ranges the model extrapolates, and its answers say so:\n\n{_listed(ranges)}" if ranges else NO_RANGE
    histories = "\n\n".join(f"### {name}\n\n{_table(rows)}" for name, rows in meta["history"].items())
    path = folder / "CARD.md"
    path.write_text(
        f"""# {meta["name"]} {meta["version"]}

{_warned(meta["remarks"])}
{_listed(_facts(meta))}

## Training data

Training data: **{meta["data_label"]}**, {meta["records"]} records in {meta["groups"]} groups (experiments); a group is never divided.

{_listed([*_files(meta["data"]), *meta["grouping"], *_columns(meta["columns"])])}

## Scores on {meta["scored_on"]}

{_table([{"": "all", **meta["scores"]}, *each])}

{_listed([f"{name}: {meaning(name)}" for name in dict.fromkeys([*meta["scores"], *(key for row in each for key in row)]) if meaning(name)])}

## Decisions

{_listed(_decisions(meta))}

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


def write_overview(folder: Path, meta: Mapping[str, Any]) -> Path:
    """Write CARD.md of a model in stages, which have cards of their own."""
    scores = [f"{name}: {value:.4g} ({meaning(name) or name})" for name, value in meta["scores"].items()]
    stages = [f"[{stage}]({stage}/CARD.md), with its plots in [report.html]({stage}/report.html)" for stage in meta["stages"]]
    path = folder / "CARD.md"
    path.write_text(
        f"""# {meta["name"]} {meta["version"]}

{_warned(meta["remarks"])}
Two stages, each a model with a card of its own: which aspects a text speaks of, then the polarity of each.

{_listed(stages)}

Training data: **{meta["data_label"]}**, {meta["records"]} records; made {meta["made"]}.

{_listed([*_files(meta["data"]), *meta["grouping"]])}

## Scores on {meta["scored_on"]}

{_listed(scores)}
""",
        encoding="utf-8",
    )
    return path


def _facts(meta: Mapping[str, Any]) -> list[str]:
    names = [f"{name} in {meta['units'][name]}" if name in meta["units"] else name for name in meta["output"]["names"]]
    baseline, metric = meta["baseline"], meta["metric"]
    return [
        f"Task: {meta['task']} ({meta['output']['kind']}: {', '.join(names)})",
        f"Made: {meta['made']}",
        f"Base encoder: {meta['base']}; serving in int8 instead of float32 costs {said(meta['int8_loss'], metric)}",
        f"Chosen by {metric}: {baseline['served']:.4g}, a constant answer {baseline['constant']:.4g}",
    ]


def _files(data: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{each['file']}: {each['rows']} rows, SHA-256 `{each['sha256']}`{''.join(f'; {note}' for note in each['notes'])}" for each in data]


def _columns(columns: Mapping[str, Any]) -> list[str]:
    """Which columns were read as what."""
    titles = {"text": "Text", "text_b": "Second text", "numbers": "Numbers", "target": "Target", "group": "Group"}
    named = {title: columns.get(key) or [] for key, title in titles.items()}
    return [f"{title}: {', '.join([names] if isinstance(names, str) else names)}" for title, names in named.items() if names]


def _decisions(meta: Mapping[str, Any]) -> list[str]:
    """How outputs become answers: thresholds, intervals with their half widths, sets."""
    calibration, output = Calibration.from_json(meta["calibration"]), meta["output"]
    if output["kind"] == "labels":
        thresholds = calibration.thresholds or (0.5,) * len(output["names"])
        return [f"{name}: yes from a probability of {at:.3g}" for name, at in zip(output["names"], thresholds, strict=True)]
    if output["kind"] == "classes":
        biased = "; probabilities carry a bias for each class that the choice does not, so the class chosen may not be the most probable"
        return [
            f"One class: the one with the highest output{biased if any(calibration.bias) else ''}",
            f"Sets hold the true class {calibration.level:.0%} of the time (conformal)",
        ]
    found = []
    for name, log, std, radius in zip(output["names"], output["log"], output["std"], calibration.radius, strict=True):
        unit = meta["units"].get(name, "")
        half = f"the value times or divided by {math.exp(radius * std):.4g}" if log else f"the value ± {radius * std:.4g} {unit}".rstrip()
        found.append(f"{name}: the {calibration.level:.0%} interval is {half} (split conformal)")
    return found


def _warned(remarks: Sequence[str]) -> str:
    return "".join(f"> **{sentence}**\n" for sentence in remarks)


def _share(heads: Sequence[Mapping[str, Any]], name: str) -> str:
    return next((f"{head['weight']:.2f}" for head in heads if head["file"] == f"{name}.onnx"), "")


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(rows: Sequence[Mapping[str, object]]) -> str:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(_cell(row.get(column, "")) for column in columns) + " |" for row in rows])


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
