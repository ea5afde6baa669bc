"""The line that is typed, through a pipe in place of the keyboard."""

from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from agent.chat.commands import COMMANDS
from agent.chat.completion import ChatCompleter
from agent.chat.entry import DiscreetHistory, entry


@pytest.fixture
def completer() -> ChatCompleter:
    return ChatCompleter({name: each.says for name, each in COMMANDS.items()}, lambda: ["monday"], lambda: ["T1", "K1"])


@pytest.fixture
def typed(tmp_path: Path, completer: ChatCompleter):
    """`typed(keys, …)`: what each entry came out as."""

    def run(*keys: str) -> list[str]:
        with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
            session = entry(tmp_path / "history", completer, lambda: "> ")
            found = []
            for each in keys:
                pipe.send_text(each)
                found.append(session.prompt())
            return found

    return run


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("same at 240 A\r", "same at 240 A"),
        ("first\x1b\rsecond\r", "first\nsecond"),
        ("first\\\rsecond\r", "first\nsecond"),
        ("\x1b[200~I (A)\tU (V)\r\n188\t21.4\x1b[201~\r", "I (A)\tU (V)\n188\t21.4"),
    ],
    ids=["enter", "alt-enter", "backslash", "paste"],
)
def test_keys(typed, keys: str, text: str):
    assert typed(keys) == [text]


def test_earlier_entries_are_found_in_another_session(typed):
    typed("why does humping happen\r", "same at 240 A\r")
    assert typed("\x12humping\r\r") == ["why does humping happen"]


@pytest.mark.parametrize(
    "secret",
    ["WAAM_LLM__API_KEY=abc123", "my password is hunter2", "sk-proj-0123456789abcdefghij", "Bearer abcdefghijk", " told apart"],
)
def test_no_secret_is_kept(tmp_path: Path, secret: str):
    history = DiscreetHistory(str(tmp_path / "history"))
    history.append_string(secret)
    history.append_string("the token ring of 188 A")
    assert list(DiscreetHistory(str(tmp_path / "history")).load_history_strings()) == ["the token ring of 188 A"]


def test_nobody_else_reads_the_history(typed, tmp_path: Path):
    typed("x\r")
    assert (tmp_path / "history").stat().st_mode & 0o077 == 0


class TestCompletion:
    @pytest.mark.parametrize(("text", "offered"), [
        ("/re", ["/resume", "/reset"]), ("/sources ", ["T1", "K1"]), ("/resume m", ["monday"]), ("/unit travel", ["travel_speed_mm_s"]),
        ("/unit voltage_v ", ["V"]), ("/feedback tools detect", ["detect_anomaly"]), ("/feedback g", ["good"]),
        ("use recomm", ["recommend_settings"]),
        ("is", []), ("/why ", []),
    ])  # fmt: skip
    def test_offers(self, completer: ChatCompleter, text: str, offered: list[str]):
        assert [each.text for each in completer.get_completions(Document(text), CompleteEvent())] == offered

    @pytest.mark.parametrize(("before", "ends"), [
        ("/file ", ["n7.csv", "n7.pdf"]), ("what is wrong in ", ["n7.csv", "n7.pdf"]), ("/add ", ["n7.markdown", "n7.pdf"]),
    ])  # fmt: skip
    def test_paths_of_what_can_be_read(self, completer: ChatCompleter, tmp_path: Path, before: str, ends: list[str]):
        for name in ("run7.csv", "run7.pdf", "run7.docx", "run7.markdown"):
            (tmp_path / name).touch()
        offered = [each.text for each in completer.get_completions(Document(f"{before}{tmp_path}/ru"), CompleteEvent())]
        assert offered == ends
