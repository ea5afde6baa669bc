"""Files of a message from end to end: logs that are read and drawn, tables of settings, and what is not opened."""

import json

import pytest

from agent.llm import tool_call_message
from tests.agent.fakes import logged
from tests.agent.slack.conftest import TURN
from tests.agent.slack.fake_slack import FakeSlack
from tests.agent.test_claims import noted
from tests.knowledge.pdfs import pdf

LOG = (tool_call_message(("analyze_log", {})), "Run.csv: 2 arc-on segments, 20 s of arc. Out of the ordinary for this run: 1 spike [T1].")
CSV = b"time_s,current_a,voltage_v\n0,180,21\n0.1,181,21\n0.2,180,22\n"


def test_a_log_is_fetched_read_and_drawn(fake: FakeSlack, listening, bench, config):
    def drawn(file: str, plots_folder: str, **settings):
        folder = config.home / "plots"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "run_signals.png").write_bytes(b"PNG")
        return logged(file, str(folder), **settings)

    bench.answers["analyze_log"] = drawn
    bench.patch()
    asked = fake.mention("What is wrong in this log?", files=[fake.file("run.csv", CSV)])
    with listening(*LOG):
        fake.ack(asked)
        answer = fake.posted("2 arc-on segments", thread=asked["event"]["ts"])
        fake.wait_for(lambda: fake.made("files.completeUploadExternal"), "no plot was uploaded")
    path = config.home / "slack" / "files"
    ((name, arguments),) = bench.asked
    assert name == "analyze_log" and arguments["file"].startswith(str(path)) and arguments["file"].endswith("/run.csv")
    assert path.stat().st_mode & 0o077 == 0, "others on this machine may look in"
    assert str(config.home) not in json.dumps(answer.blocks) and "Plots:" not in answer.text
    assert b"PNG" in fake.uploads["run_signals.png"]
    assert fake.made("files.completeUploadExternal")[0]["thread_ts"] == asked["event"]["ts"]


@pytest.mark.parametrize("words", ["look at {path}", "read `{path}` please", "/file {path}", "file={path}"])
def test_a_path_that_is_written_is_never_opened(fake: FakeSlack, listening, bench, tmp_path, words: str):
    secret = tmp_path / "secret.csv"
    secret.write_bytes(CSV)
    with listening(tool_call_message(("analyze_log", {"file": str(secret)}))):
        fake.ack(fake.mention(words.format(path=secret)))
        fake.posted("that I may open")
    assert bench.asked == []


def test_nor_beside_a_file_that_is_attached(fake: FakeSlack, listening, bench, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_bytes(CSV)
    with listening(*LOG):
        fake.ack(fake.mention(f"compare it with {secret}", files=[fake.file("run.csv", CSV)]))
        fake.posted("2 arc-on segments")
    assert [arguments["file"].rsplit("/", 1)[1] for _, arguments in bench.asked] == ["run.csv"]


def test_a_table_of_settings_is_answered_row_by_row(fake: FakeSlack, listening, bench):
    table = b"id;Current (A);Voltage (V);Travel speed (cm/min)\nA1;188;21,4;48\nA2;240;26;90\nA3;100;15;30\n"
    with listening(*TURN, *TURN, rows=2, at_once=1):
        fake.ack(fake.mention("", files=[fake.file("beads.csv", table)]))
        answer = fake.posted("row  condition", "A1", "A2", "Only the first 2 rows")
    assert "normal p=0.93" in answer.text and "A3" not in answer.text
    assert [arguments["current_a"] for _, arguments in bench.asked] == [188.0, 240.0]


def test_a_pdf_that_fits_into_a_question_is_handed_over_as_a_note_is(fake: FakeSlack, listening, bench, tmp_path):
    bench.answers["analyze_note"] = lambda note: noted()
    bench.patch()
    report = pdf(tmp_path / "shift.pdf", [["Humping on layer 3.", "Gas flow 12 L/min."]])
    with listening(tool_call_message(("analyze_note", {})), "x", "x"):
        fake.ack(fake.mention("", files=[fake.file("shift.pdf", report.read_bytes())]))
        fake.posted("By the note, spatter")
    assert bench.asked == [("analyze_note", {"note": "Humping on layer 3.\nGas flow 12 L/min."})]


@pytest.mark.parametrize(("name", "content"), [
    ("paper.pdf", lambda path: pdf(path, [["word " * 100] * 10]).read_bytes()), ("rules.md", lambda path: b"word " * 1000),
])  # fmt: skip
def test_a_longer_text_names_who_can_add_it(fake: FakeSlack, listening, bench, tmp_path, name: str, content):
    with listening():
        fake.ack(fake.mention("what is this?", files=[fake.file(name, content(tmp_path / name))]))
        answer = fake.posted(f"{name} has more than 4,000 characters")
    assert "have whoever runs this assistant add it with `waam knowledge add` on its machine" in answer.text and bench.asked == []


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("paper.docx", {}, "paper.docx cannot be read here"),
        ("model.onnx", {}, "model.onnx cannot be read here"),
        ("paper.pdf", {}, "paper.pdf is damaged or no PDF"),
        ("run.csv", {"size": 2_000_000}, "run.csv has 2 MB and the limit is 1 MB"),
        ("run.csv", {"is_external": True}, "run.csv lies outside Slack"),
        ("run.csv", {"url_private_download": "https://example.org/run.csv"}, "run.csv does not lie at Slack"),
    ],
)
def test_what_is_not_read_is_one_sentence(fake: FakeSlack, listening, bench, name: str, more: dict, said: str):
    with listening(file_mb=1):
        fake.ack(fake.mention("what is this?", files=[fake.file(name, b"x", **more)]))
        fake.posted(said)
    assert bench.asked == []
