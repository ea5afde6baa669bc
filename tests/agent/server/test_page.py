"""The page in a real browser: what a person sees and can do, by keyboard and on a phone, and that text stays text."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.graph import build
from agent.llm import ScriptedModel, tool_call_message
from agent.server.keys import read_keys
from agent.settings import Settings
from tests.agent.fakes import CAUSE, QUESTION, Bench, found, heat, passage
from tests.agent.server.conftest import Held, Running, Serve, until
from tests.tools.process_models import write_process_models
from tools.registry import TOOLS
from tools.result import ToolResult

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LONG_MS = 120_000
EVIL = "<img src=x onerror=\"document.title='broken'\">"
KEY = "a-key-of-sixteen-and-more"
CALLS = (("predict_heat_input", {"settings": "188 A, 21.4 V, 48 cm/min"}), ("search_knowledge", {"query": "humping"}))
DRAFT = f"The predicted heat input is 402.3 J/mm [T1]. {CAUSE.rstrip('.')} [K1]."


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; it is in the group `dev`")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Any]:
    """`visit(running, "#map", width=390)`: the page, of which no script may fail and nothing may come from elsewhere."""
    pages, faults = [], []

    def open_page(running: Running, at: str = "", width: int = 1280, dark: bool = False) -> Any:
        page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme="dark" if dark else "light")
        page.set_default_timeout(LONG_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" and "the server responded" not in line.text else None)
        page.on("request", lambda sent: None if sent.url.startswith((running.url, "data:")) else faults.append(sent.url))
        page.goto(f"{running.url}/{at}")
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert faults == []


def fits(page: Any) -> bool:
    """Whether nothing is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_an_answer_comes_with_its_evidence(serve: Serve, config: Settings, bench: Bench, visit: Any):
    bench.answers |= {
        "predict_heat_input": lambda **args: heat(**args),
        "search_knowledge": lambda query: found(passage(ref="https://example.org/a")),
    }
    page = visit(serve(build(ScriptedModel(replies=[tool_call_message(*CALLS), DRAFT]), config)))
    page.get_by_label("Question").fill(QUESTION)
    page.keyboard.press("Enter")
    page.get_by_text("numbers traced").wait_for()
    assert page.locator(".answer > p").first.inner_text() == DRAFT
    assert page.locator("td").all_inner_texts()[:3] == ["heat input", "402.3 J/mm", "380.1 to 430 (90%)"]
    assert page.get_by_text("With current 188 A, voltage 21.4 V, travel speed 8 mm/s.").count() == 1
    page.get_by_role("link", name="[K1]").click()
    assert page.get_by_text(CAUSE, exact=True).is_visible() and page.get_by_role("link", name="https://example.org/a").is_visible()
    assert page.get_by_text("written by the language model").is_visible() and fits(page)


def test_a_follow_up_goes_on_and_a_new_conversation_begins_anew(serve: Serve, bench: Bench, visit: Any):
    page = visit(serve())
    for number, words in enumerate((QUESTION, "and at 200 A?"), start=1):
        page.get_by_label("Question").fill(words)
        page.get_by_role("button", name="Ask", exact=True).click()
        page.locator(".checks").nth(number - 1).wait_for()
    assert bench.asked[-1][1] == {"current_a": 200.0, "voltage_v": 21.4, "travel_speed_mm_s": 8.0}
    page.get_by_role("button", name="Start a new conversation").click()
    assert page.locator(".turns > li").count() == 0


def test_a_turn_that_runs_ends_with_its_conversation(serve: Serve, bench: Bench, held: Held, visit: Any):
    page = visit(running := serve())
    bodies: list[Any] = []
    page.on("request", lambda sent: bodies.append(sent.post_data_json) if sent.url.endswith("/chat/completions") else None)

    def ask(words: str) -> None:
        page.get_by_label("Question").fill(words)
        page.keyboard.press("Enter")

    ask("Hello")
    page.locator(".checks").wait_for()
    ask(QUESTION)
    page.get_by_text("running detect anomaly").wait_for()
    page.get_by_role("button", name="Start a new conversation").click()
    page.locator("#question button:enabled").wait_for()
    held.go.set()
    until(lambda: running.turns.running == 0)
    assert page.locator(".turns > li").count() == 0
    ask("and at 200 A?")
    page.locator(".answer > p").first.wait_for()
    assert bodies[-1]["messages"] == [{"role": "user", "content": "and at 200 A?"}]


def test_text_stays_text(serve: Serve, bench: Bench, visit: Any):
    bench.answers["detect_anomaly"] = lambda **args: ToolResult(tool="detect_anomaly", summary=f"It is {EVIL}.", warnings=[EVIL])
    page = visit(serve())
    page.get_by_label("Question").fill(f"{QUESTION} {EVIL}")
    page.keyboard.press("Enter")
    page.locator(".checks").wait_for()
    assert page.locator("img").count() == 0 and page.title() == "WAAM assistant" and EVIL in page.locator(".answer").inner_text()


def test_a_turn_can_be_stopped(serve: Serve, held: Held, visit: Any):
    page = visit(serve())
    page.get_by_label("Question").fill(QUESTION)
    page.keyboard.press("Enter")
    page.get_by_text("running detect anomaly").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped.").wait_for()
    assert page.get_by_role("button", name="Ask", exact=True).is_enabled()


def test_the_key_is_asked_for_and_kept(serve: Serve, visit: Any):
    page = visit(serve(keys=read_keys(f"lab:{KEY}")))
    page.get_by_label("This server asks for a key").fill(KEY)
    page.get_by_role("button", name="Use it").click()
    page.get_by_label("Question").fill(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".checks").wait_for()


def test_tabs_are_worked_by_the_keyboard(serve: Serve, visit: Any):
    page = visit(serve())
    page.get_by_role("tab", name="Ask").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Process map").get_attribute("aria-selected") == "true" and page.locator("#map").is_visible()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.locator("#data").is_visible() and not page.locator("#ask").is_visible()


def test_the_map_is_drawn_from_the_models(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visit: Any):
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path)))
    page = visit(serve(), "#map", width=390)
    page.get_by_label("Current (A)").fill("180 A")
    page.get_by_label("Voltage (V)").fill("22")
    page.get_by_label("Travel speed (mm/s)").fill("48 cm/min")
    page.get_by_role("button", name="Draw the map").click()
    page.get_by_text("proposed: 5.6 mm/s, 22 V").wait_for()
    assert page.locator("svg.map rect").count() > 1000 and fits(page)
    page.locator("svg.map").hover()
    assert "a sound bead with probability" in page.locator("figcaption").inner_text()
    page.get_by_label("Up").select_option("travel_speed_mm_s")
    page.get_by_role("button", name="Draw the map").click()
    page.get_by_text("Choose two different settings").wait_for()


def test_the_words_of_a_note_are_marked(serve: Serve, monkeypatch: pytest.MonkeyPatch, visit: Any):
    row = {"aspect": "porosity", "probability": 0.98, "severity": "poor", "severity_probability": 0.61, "sentence": "A few pores", "words": ["pores"]}

    def analyze_note(note: str) -> ToolResult:
        return ToolResult(tool="analyze_note", summary="By the note …", details={"aspects": [row], "sentences": ["A few pores"]})

    monkeypatch.setattr("tools.langchain_tools.TOOLS", {"analyze_note": replace(TOOLS["analyze_note"], function=analyze_note)})
    page = visit(serve(), "#note", width=390, dark=True)
    page.get_by_label("The note").fill(f"All well. A few pores, {EVIL}")
    page.get_by_role("button", name="Read it").click()
    page.locator("mark").wait_for()
    assert page.locator("mark").all_inner_texts() == ["pores"] and page.locator(".read").inner_text() == f"All well. A few pores, {EVIL}"
    assert page.locator("img").count() == 0 and fits(page)


def test_a_data_file_becomes_a_report(serve: Serve, visit: Any):
    pytest.importorskip("finetune.data_report")  # loaded before anybody waits for it
    rows = "input,output\n" + "".join(f"The current is {150 + n} A.,{'Normal' if n % 2 else 'Humping'}\n" for n in range(12))
    page = visit(serve(), "#data", width=390)
    page.get_by_label("Data file", exact=True).set_input_files([{"name": "beads.csv", "mimeType": "text/csv", "buffer": rows.encode()}])
    page.get_by_role("button", name="Report on it").click()
    page.get_by_role("heading", name="Findings", exact=True).wait_for()
    assert page.frame_locator("iframe").get_by_role("heading", name="Data report").inner_text() == "Data report" and fits(page)
