"""Pages that a person reads: one template for the evaluation of a run and for the data report. One file, nothing loaded from elsewhere."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from matplotlib.figure import Figure

from finetune.metrics import lower_is_better, metric_title
from tools import figures

Table = Sequence[Mapping[str, Any]]
DEMO = "demo"
PER_LABEL, COMPARISON, PER_EPOCH = "per label", "comparison", "per epoch"
_STANDING = {
    PER_LABEL: ("Each label", "Support is the number of true rows; a score over few of them says little."),
    COMPARISON: ("Compared with what needs no encoder", "On the same rows; a spread is over folds or seeds."),
    PER_EPOCH: ("Epochs", "On validation data."),
}


@dataclass(frozen=True)
class Section:
    """A heading with sentences (`points`), tables by caption (rows are mappings) and figures by caption; left out where all are empty."""

    title: str
    note: str = ""
    points: Sequence[str] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return not (self.points or self.figures or any(self.tables.values()))


@dataclass(frozen=True)
class Page:
    """A title, the facts under it, the sentences to be read first, sections."""

    title: str
    facts: Mapping[str, Any]
    first: Sequence[str]
    sections: Sequence[Section]
    first_title: str = "Read this first"
    footer: str = ""


def write_report(folder: Path, summary: Mapping[str, Any], figures: Mapping[str, Figure], tables: Mapping[str, Table]) -> Path:
    """Write folder/report.html, the evaluation of a run.

    `summary` has `name` and, each optional: `version`, `task`, `data_label`, `base`, `scored_on`, `examples` {split: rows},
    `warnings` [sentence], `scores` {metric: value}, `training_range` {quantity: (low, high)}, `limits` [sentence]. `tables`
    `per label`, `comparison` and `per epoch` have their own places, others follow under their names; a figure stands under the
    table of the same name, others under Plots, captioned by their names.
    """
    data_label = str(summary.get("data_label", ""))
    warnings = list(summary.get("warnings", ()))
    if data_label.startswith(DEMO):
        warnings.append(f"Trained on {data_label} data: the scores are of a simulator, not of real beads. Train on your own experiments before use.")
    facts = {
        "Model": summary["name"],
        "Version": summary.get("version"),
        "Task": summary.get("task"),
        "Training data": data_label,
        "Base encoder": summary.get("base"),
        "Rows": ", ".join(f"{count} {split}" for split, count in summary.get("examples", {}).items()),
        "Scored on": summary.get("scored_on"),
    }
    scores = [{"metric": metric_title(name), "value": value, "better": _better(name)} for name, value in summary.get("scores", {}).items()]
    ranges = [{"quantity": name, "lowest": low, "highest": high} for name, (low, high) in summary.get("training_range", {}).items()]
    sections = [Section("Scores", tables={"": scores})]
    for key in dict.fromkeys([*_STANDING, *tables]):
        title, note = _STANDING.get(key, (key[:1].upper() + key[1:], ""))
        table, figure = tables.get(key, ()), figures.get(key)
        sections.append(Section(title, note, tables={"": table}, figures={"": figure} if figure and key in tables else {}))
    sections.append(Section("Plots", figures={name: figure for name, figure in figures.items() if name not in tables}))
    limits = list(summary.get("limits", ()))
    sections.append(Section("Limits", "Outside the ranges of its training data the model extrapolates." if ranges else "", limits, {"": ranges}))
    page = Page(f"Evaluation of {summary['name']}", {k: v for k, v in facts.items() if v}, warnings, sections)
    return write_page(page, folder / "report.html")


def write_page(page: Page, path: Path) -> Path:
    """Render the page into `path`; a kill leaves the former file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(render(page), encoding="utf-8")
    os.replace(partial, path)
    return path


def render(page: Page) -> str:
    """The page as HTML; whatever comes from data is escaped."""
    return _environment().get_template("report.html.j2").render(page=page)


def cell(value: object) -> str:
    """A value as a reader wants it: four significant digits, a dash for what is not there."""
    if value is None or value == "" or (isinstance(value, Real) and math.isnan(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Real) and not isinstance(value, Integral):
        number = float(value)
        if abs(number) >= 1e9 or 0 < abs(number) < 1e-3:
            return f"{number:.3g}"
        return f"{number:,.0f}" if abs(number) >= 1e4 else f"{number:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(cell(part) for part in value)
    return str(value)


def columns(table: Table) -> list[tuple[str, str, str]]:
    """Of each column that holds anything, in order of first appearance: its key, its title, and whether it is of numbers or text."""
    names = list(dict.fromkeys(name for row in table for name in row))
    held = {name: [row[name] for row in table if row.get(name) not in (None, "")] for name in names}
    numeric = {name for name, values in held.items() if all(_is_number(value) for value in values)}
    return [(name, metric_title(name), "number" if name in numeric else "text") for name in names if held[name]]


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _better(metric: str) -> str:
    near = {"coverage": "near its level", "error_length_corr": "near zero"}
    return near.get(metric) or ("lower" if lower_is_better(metric) else "higher")


def _svg(figure: Figure) -> Markup:
    return Markup(figures.svg(figure))  # matplotlib escapes the names in it


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(cell=cell, columns=columns, svg=_svg)
    return environment
