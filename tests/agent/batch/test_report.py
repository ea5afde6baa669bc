"""The page: everything counted, failures first, a bound on what is shown, nothing from elsewhere, no words that become markup."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.batch import report as module
from agent.batch.items import Item
from agent.batch.lines import made
from agent.batch.report import Report
from agent.state import Answer
from tests.agent.fakes import answered, call, verdict


def filled(count: int = 30) -> Report:
    report = Report()
    for number in range(count):
        answer = answered(
            "It is normal [T1].", call(verdict()), timings_ms={"total": 3.0 * (number + 1)}, usage={"prompt_tokens": 10, "completion_tokens": 2}
        )
        report.add(made(Item(f"q{number}", f"question {number}?"), answer, "waam"))
    report.add(made(Item("bad", "<script>alert(1)</script>"), Answer(status="error", answer="<img src=x onerror=alert(2)>"), "waam"))
    return report


def page(report: Report, tmp_path: Path) -> str:
    report.write(tmp_path / "report.html", "out.jsonl")
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_what_it_shows(tmp_path: Path):
    html = page(filled(), tmp_path)
    assert html.index('data-status="error"') < html.index('data-status="answered"'), "failures come first"
    assert '<td>detect_anomaly</td><td class="number">30</td>' in html and "300 tokens read, 60 written" in html
    assert re.findall(r"src=|href=|url\(", html.replace("&lt;img src=x", "")) == []
    assert "<script>alert" not in html and "<img" not in html and "&lt;script&gt;alert(1)" in html


def test_many_lines_are_all_counted_and_some_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "SHOWN", 20)
    html = page(filled(500), tmp_path)
    assert "<b>501</b>" in html and html.count("<tr data-status=") == 21 and "21 of 501 lines are shown" in html


@pytest.mark.parametrize(
    ("ms", "edges"),
    [(0.2, "1 ms to 2 ms"), (1, "1 ms to 2 ms"), (4.99, "2 ms to 5 ms"), (1999, "1 s to 2 s"), (5000, "5 s to 10 s"), (1e9, "1,000 s")],
)
def test_times_stand_between_the_right_edges(ms: float, edges: str):
    report = Report()
    report.add(made(Item("a", "b?"), answered(timings_ms={"total": ms}), "waam"))
    assert report._median().startswith(edges)


def test_nothing_to_show_is_a_page_too(tmp_path: Path):
    assert "No line has a time." in page(Report(), tmp_path)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; it is in the group `dev`")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


def test_in_a_browser_lines_are_filtered(tmp_path: Path, browser: Any):
    page(filled(), tmp_path)
    tab = browser.new_page()
    wrong: list[str] = []
    tab.on("console", lambda message: wrong.append(message.text))
    tab.goto(f"file://{tmp_path / 'report.html'}")
    assert tab.locator("tbody.lines tr:visible").count() == 31
    tab.locator("input[value=answered]").uncheck()
    assert tab.locator("tbody.lines tr:visible").count() == 1 and tab.locator("#shown").inner_text() == "1 of 31 lines"
    tab.set_viewport_size({"width": 500, "height": 900})
    assert tab.locator("tbody.lines tr:visible").count() == 1
    tab.locator("input[value=answered]").check()
    tab.locator("#search").fill("2? normal")
    assert tab.locator("tbody.lines tr:visible").count() == 3, "question 2?, 12? and 22? hold both words"
    assert wrong == []


@pytest.mark.parametrize("width", [1200, 500])
def test_in_a_browser_no_word_is_broken_and_nothing_is_cut_off(tmp_path: Path, browser: Any, width: int):
    report = Report()
    report.add(made(Item("experiment-2024-11-007", "Would it be normal? " * 10), answered("It is [T1].", call(verdict())), "waam"))
    report.add(made(Item("x" * 300, "y" * 300), answered("z" * 300), "waam"))
    page(report, tmp_path)
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.goto(f"file://{tmp_path / 'report.html'}")
    lines = "element => { const range = new Range(); range.selectNodeContents(element); return range.getClientRects().length; }"
    for cell in ("status", "id div", "tools"):
        assert tab.locator(f"tr:first-child .{cell}").evaluate(lines) == 1, cell
    for box in (":root", ".scroll"):
        assert tab.locator(box).evaluate("element => element.scrollWidth <= element.clientWidth"), box
