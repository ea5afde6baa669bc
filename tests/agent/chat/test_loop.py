"""Which conversation it is, what is read, and how it is left."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from agent.chat import loop
from agent.chat import session as chatting
from agent.chat.commands import COMMANDS
from agent.errors import BadInput
from agent.llm import ScriptedModel, tool_call_message
from agent.settings import Settings
from tests.agent.fakes import QUESTION

GOOD = "The bead is predicted to be normal with probability 0.93 [T1]."


class TestOpened:
    def test_an_earlier_one_by_its_name_or_number(self, script, config: Settings):
        script(config, [QUESTION], tool_call_message(("detect_anomaly", {})), GOOD, resume="monday")
        for said in ("monday", "1"):
            session = loop.opened(config, resume=said)
            assert session.thread == "monday" and session.last is not None

    def test_one_that_is_not_there_is_no_new_one(self, script, config: Settings):
        script(config, [QUESTION], tool_call_message(("detect_anomaly", {})), GOOD, resume="monday")
        with pytest.raises(BadInput, match=r"There is no conversation 'mondy', but monday; .*`waam chat --name mondy` begins one"):
            loop.opened(config, resume="mondy")
        with pytest.raises(BadInput, match="There is no conversation '2'; "):
            loop.opened(config, resume="2")

    @pytest.mark.parametrize("name", ["", "my monday", "slack/C1/2", "a\x1bb", "x" * 61])
    def test_what_is_no_name(self, config: Settings, name: str):
        with pytest.raises(BadInput, match="A conversation's name has 1 to 60 characters, without a blank or a stroke"):
            loop.opened(config, name=name)

    def test_one_thing_at_a_time(self, config: Settings):
        with pytest.raises(BadInput, match="not both"):
            loop.opened(config, resume="monday", name="monday")


@pytest.mark.parametrize("at_terminal", [True, False])
def test_ctrl_c_while_a_command_runs_ends_the_command_alone(config: Settings, terminal, monkeypatch: pytest.MonkeyPatch, at_terminal: bool):
    entries = iter(["/why", "/frobnicate"])

    def read() -> str:
        if (entry := next(entries, None)) is None:
            raise EOFError
        return entry

    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: at_terminal))
    for name in ("_prompt", "_piped"):
        monkeypatch.setattr(loop, name, (lambda session: read) if name == "_prompt" else read)
    monkeypatch.setattr(loop, "Screen", lambda: terminal.screen)
    monkeypatch.setattr(chatting, "chat_model", lambda settings: ScriptedModel(replies=[]))
    monkeypatch.setitem(COMMANDS, "/why", replace(COMMANDS["/why"], run=_interrupt))
    if not at_terminal:
        with pytest.raises(KeyboardInterrupt):
            loop.chat(loop.opened(config))
        return
    assert loop.chat(loop.opened(config))
    said = " ".join(terminal.lines())
    assert "Stopped." in said and "There is no command /frobnicate;" in said


def _interrupt(*given: object) -> None:
    raise KeyboardInterrupt
