"""The evaluation page: what must be read first comes first, everything stated is from the run, nothing loads from elsewhere."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from finetune import plots
from finetune.report import Page, Section, cell, columns, render, write_report

SUMMARY = {
    "name": "defects", "version": "3f9a1c02b7de", "task": "multilabel", "data_label": "demo (synthetic)", "base": "all-minilm-l6-v2",
    "scored_on": "200 beads", "examples": {"train": 352, "validation": 48}, "warnings": ["The encoder does not beat gradient boosting here."],
    "scores": {"macro_f1": 0.73712, "rmse": 78.31, "coverage": 0.9}, "training_range": {"current_a": (64.0, 320.0)},
    "limits": ["Bead cut is rare: <script>alert(1)</script>."],
}  # fmt: skip
VOID = {"meta", "link", "br", "use", "path", "image", "rect", "img"}


class _Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("run") / "new"
    tables = {
        "out of distribution": [{"data": "test", "auroc": 0.91}],
        "per epoch": [{"epoch": 0, "loss": 0.5}, {"epoch": 1, "loss": 0.25, "macro_f1": 0.75}],
        "comparison": [{"candidate": "gradient boosting", "macro_f1": 0.78, "spread": 0.04}],
        "per label": [{"label": "Humping <i>", "f1": 0.875, "support": 31}],
    }
    figures = {"per epoch": plots.history(tables["per epoch"]), "Truth": plots.residuals(np.arange(5.0), np.arange(5.0) + 1)}  # type: ignore[arg-type]
    path = write_report(folder, SUMMARY, figures, tables)
    assert path == folder / "report.html" and [f.name for f in folder.iterdir()] == ["report.html"]
    return path.read_text(encoding="utf-8")


def place(page: str, *parts: str) -> list[int]:
    return [page.index(part) for part in parts]


def test_warnings_come_before_the_scores_and_all_parts_in_order(page: str):
    order = place(page, "<h1>Evaluation of defects", "3f9a1c02b7de", "does not beat gradient boosting", "scores are of a simulator", ">Scores<",
                  ">Each label<", ">Compared with", ">Epochs<", ">Out of distribution<", ">Plots<", ">Limits<")  # fmt: skip
    assert order == sorted(order)
    assert "352 train, 48 validation" in page


def test_numbers_are_those_of_the_run(page: str):
    for row in (
        '<td class="text">macro F1</td><td class="number">0.7371</td><td class="text">higher</td>',
        '<td class="text">RMSE</td><td class="number">78.31</td><td class="text">lower</td>',
        '<td class="text">coverage</td><td class="number">0.9</td><td class="text">near its level</td>',
        '<td class="number">0</td><td class="number">0.5</td><td class="number">–</td>',
        '<td class="number">1</td><td class="number">0.25</td><td class="number">0.75</td>',
        '<td class="text">current_a</td><td class="number">64</td><td class="number">320</td>',
    ):
        assert row in page


def test_a_figure_stands_by_its_table_and_others_under_plots(page: str):
    epochs, plots_at, limits = place(page, ">Epochs<", ">Plots<", ">Limits<")
    assert [epochs < m.start() < plots_at for m in re.finditer("<svg ", page)] == [True, False]
    assert [plots_at < m.start() < limits for m in re.finditer("<svg ", page)] == [False, True]
    assert "<figcaption>Truth</figcaption>" in page


def test_text_of_the_data_is_escaped_and_nothing_is_loaded(page: str):
    assert "<script" not in page and "&lt;script&gt;" in page and "Humping &lt;i&gt;" in page
    assert not re.search(r'(?:src|href)\s*=\s*"(?!#|data:)', page) and "@import" not in page and not re.search(r"url\((?!#)", page)
    assert "default-src 'none'" in page and "prefers-color-scheme: dark" in page and "@media print" in page and 'name="viewport"' in page


def test_the_page_is_well_formed(page: str):
    parser = _Balanced()
    parser.feed(page)
    assert parser.open == [] and parser.seen.count("svg") == 2 and parser.seen.count("h1") == 1


def test_a_bare_summary_leaves_empty_parts_out_and_real_data_is_not_called_a_demo(tmp_path: Path):
    page = write_report(tmp_path, {"name": "mine", "data_label": "beads.csv", "scores": {"r2": 0.5}}, {}, {"comparison": []}).read_text(
        encoding="utf-8"
    )
    assert "simulator" not in page and "Read this first" not in page
    assert re.findall("<h2>(.*?)</h2>", page) == ["Scores"]
    again = write_report(tmp_path, {"name": "other"}, {}, {})
    assert "mine" not in again.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.123456, "0.1235"), (61808.5, "61,808"), (1e-5, "1e-05"), (0.0, "0"), (-0.5, "-0.5"), (3e12, "3e+12"), (12345, "12345"), (True, "yes"),
        (float("nan"), "–"), (None, "–"), ("", "–"), (np.float32(0.25), "0.25"), (np.int64(7), "7"), ((1.0, 2.5), "1, 2.5"), ("코사인", "코사인"),
    ],
)  # fmt: skip
def test_cells(value: object, shown: str):
    assert cell(value) == shown


def test_columns_of_rows_that_differ():
    rows = [{"a": 1, "b": "x", "d": None}, {"a": None, "c_f1": 0.5, "d": ""}]
    assert columns(rows) == [("a", "a", "number"), ("b", "b", "text"), ("c_f1", "c F1", "number")]


def test_a_section_of_points_alone_is_shown():
    page = render(Page("T", {}, [], [Section("Only points", points=["one & two"]), Section("Nothing", "a note", tables={"": []})]))
    assert "<li>one &amp; two</li>" in page and "Nothing" not in page
