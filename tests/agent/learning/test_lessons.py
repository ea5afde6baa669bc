"""Lessons are the prompts that the agent itself sends, with replies that it would read and let pass."""

import pytest
from langchain_core.messages import AIMessage

from agent import compose, prompts, route
from agent.learning import lessons
from agent.learning.lessons import Lesson, composing_chats, routing_chat
from agent.llm import ScriptedModel, tool_call_message
from agent.route import NO_TOOL, plan
from tools.registry import TOOLS
from tools.result import Estimate, ToolResult

HEAT = Lesson("Heat input at 200 A, 24 V and 8 mm/s?", (("predict_heat_input", "200 A, 24 V, 8 mm/s"),))
FOLLOWS = Lesson("and at 6 mm/s?", HEAT.calls, (("user", HEAT.question), ("assistant", "The predicted heat input is 480 J/mm [T1].")))


def test_the_prompt_is_the_one_a_trained_model_gets():
    asked = ScriptedModel(replies=[tool_call_message(("predict_heat_input", {"settings": "200 A"}))])
    plan(FOLLOWS.question, [{"role": role, "content": text} for role, text in FOLLOWS.history], asked, trained=True)  # type: ignore[typeddict-item]
    chat = routing_chat(FOLLOWS)
    assert [m["content"] for m in chat["messages"][:-1]] == [m.content for m in asked.seen[0]]
    assert [m["role"] for m in chat["messages"]] == ["system", "user", "assistant", "user", "assistant"]
    assert [tool["function"]["name"] for tool in chat["tools"]] == [*TOOLS, *NO_TOOL]


def test_the_reply_is_calls_in_the_form_of_the_interface():
    def called(lesson: Lesson) -> list[dict[str, object]]:
        return [call["function"] for call in routing_chat(lesson)["messages"][-1]["tool_calls"]]

    assert called(HEAT) == [{"name": "predict_heat_input", "arguments": {"settings": "200 A, 24 V, 8 mm/s"}}]
    assert called(Lesson("thanks", (("small_talk", ""),))) == [{"name": "small_talk", "arguments": {}}]


class TestAnswers:
    @pytest.fixture(autouse=True)
    def heat_input(self, monkeypatch: pytest.MonkeyPatch):
        def function(**settings: float) -> ToolResult:
            value = settings["current_a"] * settings["voltage_v"] / settings["travel_speed_mm_s"]
            return ToolResult(
                tool="predict_heat_input", summary=f"The predicted heat input is {value:g} J/mm.",
                estimates=[Estimate(name="heat input", value=value, unit="J/mm")],
            )  # fmt: skip

        monkeypatch.setattr("agent.runner.TOOLS", {"predict_heat_input": type("T", (), {"function": staticmethod(function)})})

    def test_an_answer_states_what_the_tool_gave_for_what_was_said(self):
        (chat,) = composing_chats([HEAT], 5)
        system, asked, answer = chat["messages"]
        assert answer["content"] == "The predicted heat input is 600 J/mm [T1]."
        assert system["content"] == prompts.COMPOSE and asked["content"].endswith(HEAT.question) and "600 J/mm" in asked["content"]
        assert chat["kind"] == "compose" and chat["tools"] == []

    def test_no_more_than_wanted(self):
        assert len(list(composing_chats([HEAT] * 5, 3))) == 3 and not list(composing_chats([HEAT], 0))

    @pytest.mark.parametrize(
        "lesson",
        [
            Lesson("hello", (("small_talk", ""),)),
            Lesson("Heat input at 200 A?", (("predict_heat_input", "200 A"),)),  # asks back
            Lesson("Heat input at 90000 A, 24 V and 8 mm/s?", HEAT.calls),  # refused
        ],
    )
    def test_what_is_not_answered_is_no_lesson_in_answering(self, lesson: Lesson):
        assert not list(composing_chats([lesson], 5))

    def test_an_answer_that_the_check_would_not_let_pass_is_no_lesson(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(lessons, "_answer", lambda calls, passages: "It is 601 J/mm [T1].")
        assert not list(composing_chats([HEAT], 5))


def test_a_trained_model_is_shown_no_worked_examples():
    plain, knowing = (compose.messages("q", [], [], trained=known) for known in (False, True))
    assert len(plain) == len(knowing) + 2 * len(prompts.COMPOSE_EXAMPLES)
    assert any(isinstance(m, AIMessage) for m in route.messages("q", [], [*TOOLS, *NO_TOOL]))
    assert not any(isinstance(m, AIMessage) for m in route.messages("q", [], []))
