"""Lessons are the prompts that the agent itself sends, with replies that it would read and let pass."""

from dataclasses import dataclass

import pytest
from langchain_core.messages import AIMessage

from agent import compose, lessons, prompts, route
from agent.feedback import Feedback
from agent.lessons import composing_chats, feedback_chats, routing_chat
from agent.llm import ScriptedModel, tool_call_message
from agent.route import NO_TOOL, plan
from agent.state import PlannedCall
from tests.agent.fakes import CAUSE, QUESTION, call, feedback, found, passage, verdict
from tools.registry import TOOLS
from tools.result import Estimate, ToolResult


@dataclass(frozen=True)
class Lesson:
    question: str
    calls: tuple[tuple[str, str], ...]
    history: tuple[tuple[str, str], ...] = ()
    kind: str = "single"


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


ORDER = ("detect_anomaly", "predict_heat_input", "calculate_physics", "analyze_note", "analyze_log", "search_knowledge", *NO_TOOL)
SETTINGS = "188 A, 21.4 V, 48 cm/min"
DRAFT = "The bead is predicted to be normal with probability 0.93 [T1]."
BEFORE = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": DRAFT}]


def written(given: Feedback) -> list[object]:
    """What each conversation of this feedback teaches to write: calls, or an answer."""
    replies = [chat["messages"][-1] for chat in feedback_chats(given, ORDER)]
    return [
        [(c["function"]["name"], *c["function"]["arguments"].values()) for c in reply["tool_calls"]] if "tool_calls" in reply else reply["content"]
        for reply in replies
    ]


class TestFeedback:
    def test_a_good_answer_teaches_its_calls_and_its_words(self):
        routed, composed = feedback_chats(feedback(history=BEFORE), ORDER)
        assert [m["content"] for m in routed["messages"][1:-1]] == [QUESTION, DRAFT, QUESTION] and routed["messages"][0]["content"] == prompts.ROUTE
        assert [tool["function"]["name"] for tool in routed["tools"]] == [*TOOLS, *NO_TOOL]
        assert composed["messages"][0]["content"] == prompts.COMPOSE and verdict().summary in composed["messages"][1]["content"]
        assert written(feedback()) == [[("detect_anomaly", SETTINGS)], DRAFT] and {routed["kind"], composed["kind"]} == {"feedback"}

    def test_bad_alone_teaches_nothing(self):
        assert written(feedback(verdict="bad", comment="no")) == []

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"composer": "template"}, [[("detect_anomaly", SETTINGS)]]),
            ({"draft": "The bead is predicted to be normal with probability 0.99 [T1]."}, [[("detect_anomaly", SETTINGS)]]),
            ({"calls": [], "composer": "template", "draft": "What is the travel speed?", "status": "clarify"}, [[("detect_anomaly", SETTINGS)]]),
            ({"question": "thanks", "planned": [PlannedCall(name="small_talk")], "calls": [], "history": BEFORE}, [[("small_talk",)]]),
            ({"planned": []}, [DRAFT]),
        ],
        ids=["template", "check has become stricter", "question back", "small talk", "refused"],
    )
    def test_what_a_good_turn_of_another_kind_teaches(self, changes: dict[str, object], expected: list[object]):
        assert written(feedback(**{"composer": "llm"} | changes)) == expected

    def test_the_answer_that_the_user_wrote_is_learnt_if_it_still_passes_the_check(self):
        mine = "Normal: the bead is predicted to be normal with probability 0.93 [T1]."
        assert written(feedback(verdict="bad", answer=mine)) == [mine]
        assert written(feedback(verdict="bad", answer=mine.replace("0.93", "0.94"))) == []
        assert written(feedback(answer=mine)) == [[("detect_anomaly", SETTINGS)], mine], "and one prompt has one reply"

    def test_only_passages_that_the_prompt_shows_may_be_cited(self):
        texts = [CAUSE, "Balling comes from little heat.", "Pores come from wet gas.", "Undercut comes from a long arc in most alloys."]
        passages = [passage(text, id=f"K{i}") for i, text in enumerate(texts, 1)]
        answer = f"{CAUSE.rstrip('.')} [K1]. {texts[3].rstrip('.')} [K4]."
        given = feedback(verdict="bad", question="Why does it hump?", calls=[call(found(*passages))], passages=passages, answer=answer)
        assert written(given) == [] and written(given.model_copy(update={"answer": answer[: answer.index(" Undercut")]})) != []

    @pytest.mark.parametrize(
        ("tools", "changes", "expected"),
        [
            (["predict_heat_input"], {}, [("predict_heat_input", SETTINGS)]),
            (["search_knowledge", "predict_heat_input"], {}, [("predict_heat_input", SETTINGS), ("search_knowledge", QUESTION)]),
            (["off_topic"], {}, [("off_topic",)]),
            (["analyze_note"], {}, [("analyze_note",)]),
            (["analyze_log"], {"question": "200 A in weld_12.csv - odd?"}, [("analyze_log", "weld_12.csv")]),
            (["detect_anomaly"], {"planned": [PlannedCall(name="search_knowledge", argument="normal bead")]}, [("detect_anomaly", SETTINGS)]),
            (
                ["search_knowledge"],
                {"planned": [PlannedCall(name="search_knowledge", argument="normal bead")]},
                [("search_knowledge", "normal bead")],
            ),
        ],
    )
    def test_the_tools_that_the_user_named_are_called_with_what_was_said(self, tools, changes, expected):
        assert written(feedback(verdict="bad", tools=tools, **changes)) == [expected]

    @pytest.mark.parametrize(
        ("question", "argument"),
        [
            ("Heat for 316L with CMT: 200 A, 24 V at 48 cm/min?", "316L, CMT, 200 A, 24 V, 48 cm/min"),
            ("188A, 21.4 V, 48 cm/min 비드는 정상인가요?", "188A, 21.4 V, 48 cm/min"),
            ("I=200, U=24, v=8 ok?", "I=200, U=24, v=8"),
            ("is it normal?", ""),
        ],
    )
    @pytest.mark.parametrize("planned", ["", "999 A, 21.4 V", "8 A, 21.4 V"], ids=["without the model", "with what nobody said", "with its end"])
    def test_an_argument_that_the_user_did_not_say_is_none(self, question: str, argument: str, planned: str):
        given = feedback(question=question, planned=[PlannedCall(name="detect_anomaly", argument=planned)], composer="template")
        assert written(given) == [[("detect_anomaly", argument)]]

    def test_a_follow_up_goes_on_from_what_was_said_before(self):
        follows = {"question": "same at 240 A", "history": BEFORE, "verdict": "bad", "planned": [PlannedCall(name="small_talk")]}
        assert written(feedback(tools=["predict_heat_input"], **follows)) == [[("predict_heat_input", "240 A, 21.4 V, 48 cm/min")]]
        assert written(feedback(tools=["calculate_physics"], **follows)) == [[("calculate_physics", "240 A")]], "what is sought is not known before"

    def test_a_tool_that_there_is_no_longer_is_not_taught(self):
        assert written(feedback(verdict="bad", tools=["detect_anomaly", "read_tea_leaves"])) == []
        assert written(feedback(planned=[PlannedCall(name="read_tea_leaves", argument="188 A")])) == [DRAFT]


def test_a_trained_model_is_shown_no_worked_examples():
    plain, knowing = (compose.messages("q", [], [], trained=known) for known in (False, True))
    assert len(plain) == len(knowing) + 2 * len(prompts.COMPOSE_EXAMPLES)
    assert any(isinstance(m, AIMessage) for m in route.messages("q", [], [*TOOLS, *NO_TOOL]))
    assert not any(isinstance(m, AIMessage) for m in route.messages("q", [], []))
