"""What begins with a stroke."""

import json
import re

import httpx
import pytest

from agent.chat.commands import COMMANDS
from agent.llm import tool_call_message
from agent.setup import doctor
from tests.agent.fakes import QUESTION, SETTINGS

GOOD = "The bead is predicted to be normal with probability 0.93 [T1]."
TURN = (tool_call_message(("detect_anomaly", {"settings": "188 A, 21.4 V, 48 cm/min"})), GOOD)


def say(session, terminal, *lines: str) -> str:
    for line in lines:
        terminal.lines()
        session.take(line)
    return "\n".join(terminal.lines())


def test_help_names_every_command_and_fits(talk):
    shown = say(*talk(), "/help")
    assert all(name in shown for name in COMMANDS) and max(map(len, shown.split("\n"))) <= 80


@pytest.mark.parametrize("line", ["/why", "/sources", "/sources 1"])
def test_before_any_answer(talk, line: str):
    assert say(*talk(), line).strip() == "Ask something first."


def test_why_tells_the_way_of_the_answer(talk):
    shown = say(*talk(*TURN), QUESTION, "/why")
    steps = [line.split()[0] for line in shown.split("\n") if line[:1].strip()]
    assert steps == ["route", "T1", "compose", "check", "answer"]
    assert "detect_anomaly, chosen by the language model" in shown and "current 188 A" in shown and "1 of 1 sentence borne out" in shown


def test_sources_names_what_there_is(talk):
    assert "The last answer has no 'K9'; it has T1." in say(*talk(*TURN), QUESTION, "/sources K9")


def test_tools_and_units_fit(talk):
    session, terminal = talk()
    shown = say(session, terminal, "/tools")
    assert "recommend_settings" in shown and "…" not in shown and max(map(len, shown.split("\n"))) <= 80
    assert "stability, events" in " ".join(say(session, terminal, "/tools analyze_log").split())
    assert "There is no tool 'analyse_log'; did you mean analyze_log?" in say(session, terminal, "/tools analyse_log")
    assert "/tools alone lists them." in say(session, terminal, "/tools xyz")
    shown = say(session, terminal, "/unit")
    assert "travel_speed_mm_s" in shown and "cm/min" in shown and max(map(len, shown.split("\n"))) <= 80


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/unit travel_speed cm/min", "Tables show travel speed in cm/min; the answer and what is saved keep mm/s."),
        ("/unit travel speed", "Tables show travel speed in mm/s;"),
        ("/unit travel_speed kg", "'kg' does not measure travel speed; it is understood in mm/s, cm/min,"),
        ("/unit colour red", "There is no quantity 'colour red'; /unit alone lists them."),
    ],
)
def test_unit(talk, line: str, words: str):
    assert words in " ".join(say(*talk(), line).split())


def test_model_says_that_none_answers(talk, config, monkeypatch):
    config.llm.base_url = "http://127.0.0.1:9/v1"
    shown = say(*talk(), "/model")
    assert config.llm.model in shown and "http://127.0.0.1:9/v1" in shown and "does not answer" in shown


def test_model_says_that_the_server_has_another_model(talk, config, monkeypatch):
    config.llm.base_url = "http://10.0.0.1/v1"
    reply = httpx.Response(200, json={"data": [{"id": "other"}]}, request=httpx.Request("GET", config.llm_url))
    monkeypatch.setattr(doctor.httpx, "get", lambda url, **_: reply)
    assert f"does not have {config.llm.model}" in " ".join(say(*talk(), "/model").split())


class TestSave:
    def test_as_json_it_holds_all_that_is_known(self, talk, tmp_path):
        session, terminal = talk(*TURN, *TURN)
        shown = say(session, terminal, QUESTION, "same at 240 A", f"/save {tmp_path}/monday.json")
        assert "Saved 2 questions with their answers" in shown
        saved = json.loads((tmp_path / "monday.json").read_text(encoding="utf-8"))
        assert [turn["question"] for turn in saved["turns"]] == [QUESTION, "same at 240 A"] and saved["conversation"] == "monday"
        assert saved["turns"][1]["answer"]["tool_calls"][0]["args"] == SETTINGS | {"current_a": 240.0}

    def test_as_markdown_it_reads(self, talk, tmp_path):
        say(*talk(*TURN), QUESTION, f"/save {tmp_path}/monday.md")
        text = (tmp_path / "monday.md").read_text(encoding="utf-8")
        assert text.startswith("# Conversation monday\n") and f"## {QUESTION}\n\n{GOOD}" in text and "[T1] detect_anomaly(current 188 A" in text

    def test_a_note_within_a_question_does_not_end_what_is_preformatted(self, talk, tmp_path):
        session, terminal = talk(tool_call_message(("small_talk", {})))
        (tmp_path / "shift.txt").write_text("Humping.")
        say(session, terminal, str(tmp_path / "shift.txt"), "", f"/save {tmp_path}/monday.md")
        assert "````text\n```\nHumping.\n```\n````\n" in (tmp_path / "monday.md").read_text(encoding="utf-8")

    @pytest.mark.parametrize(("name", "words"), [("", "/save monday.md"), ("m.txt", "in neither .md nor .json"), ("there.md", "there already")])
    def test_what_cannot_be_written_is_one_sentence(self, talk, tmp_path, name: str, words: str):
        (tmp_path / "there.md").write_text("mine")
        shown = say(*talk(*TURN), QUESTION, f"/save {tmp_path / name if name else ''}")
        assert words in " ".join(shown.split()) and (tmp_path / "there.md").read_text() == "mine"


class TestResume:
    def test_by_name_or_number(self, talk, bench):
        session, terminal = talk(*TURN, *TURN, *TURN, resume="monday")
        say(session, terminal, QUESTION, "/reset", "Is 150 A, 20 V and 6 mm/s normal?")
        shown = say(session, terminal, "/resume")
        assert [line.split()[0] for line in shown.split("\n")[:2]] == ["1●", "2"] and QUESTION[:24] in shown.split("\n")[1]
        assert "Conversation monday goes on. The last answer was: The bead is predicted" in " ".join(say(session, terminal, "/resume 2").split())
        say(session, terminal, "same at 240 A")
        assert bench.asked[-1] == ("detect_anomaly", SETTINGS | {"current_a": 240.0})

    def test_there_is_none(self, talk):
        session, terminal = talk()
        assert "There is no conversation yet" in say(session, terminal, "/resume")
        assert "There is no conversation 'tuesday'; /resume in the chat lists them," in say(session, terminal, "/resume tuesday")

    @pytest.mark.parametrize("long", ["monday", "the run of monday on the second robot, after the new tip"])
    def test_the_list_fits_and_cuts_neither_date_nor_all_of_the_question(self, talk, long: str):
        session, terminal = talk(*TURN, resume=long)
        (line, *rest) = say(session, terminal, QUESTION, "/resume").split("\n")
        assert re.match(rf"1●  \d\d \w{{3}} \d\d:\d\d  {long[:25]}", line) and QUESTION[:20] in line and len(line) <= 80
        assert "goes on" not in "".join(rest), "there is no other to go on with"

    def test_another_one_is_offered(self, talk):
        session, terminal = talk(*TURN, *TURN)
        assert "/resume 2 goes on with number 2." in say(session, terminal, QUESTION, "/reset", QUESTION, "/resume")

    def test_those_of_other_ways_in_are_not_listed(self, talk):
        session, terminal = talk(*TURN, *TURN, resume="slack/C1/2")
        say(session, terminal, QUESTION, "/reset", QUESTION)
        assert "slack" not in say(session, terminal, "/resume")
