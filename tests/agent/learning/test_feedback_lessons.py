"""What users said was right is what the language model learns, with the words that were said."""

import pytest

from agent import prompts
from agent.learning.feedback import Feedback
from agent.learning.feedback_lessons import feedback_chats
from agent.route import NO_TOOL
from agent.state import PlannedCall
from tests.agent.fakes import CAUSE, QUESTION, call, feedback, found, passage, verdict
from tools.registry import TOOLS

SETTINGS = "188 A, 21.4 V, 48 cm/min"
DRAFT = "The bead is predicted to be normal with probability 0.93 [T1]."
BEFORE = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": DRAFT}]


def written(given: Feedback) -> list[object]:
    """What each conversation of this feedback teaches to write: calls, or an answer."""
    replies = [chat["messages"][-1] for chat in feedback_chats(given)]
    return [
        [(c["function"]["name"], *c["function"]["arguments"].values()) for c in reply["tool_calls"]] if "tool_calls" in reply else reply["content"]
        for reply in replies
    ]


class TestFeedback:
    def test_a_good_answer_teaches_its_calls_and_its_words(self):
        routed, composed = feedback_chats(feedback(history=BEFORE))
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
            (
                ["search_knowledge", "predict_heat_input"],
                {"planned": [PlannedCall(name="search_knowledge", argument="normal bead")]},
                [("search_knowledge", "normal bead"), ("predict_heat_input", SETTINGS)],
            ),
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

    @pytest.mark.parametrize(
        "planned", [PlannedCall(name="detect_anomaly", argument=SETTINGS), PlannedCall(name="search_knowledge", argument=QUESTION)]
    )
    @pytest.mark.parametrize("tools", [["search_knowledge"], ["predict_heat_input", "search_knowledge"]])
    def test_search_words_that_no_call_wrote_are_not_taught(self, planned: PlannedCall, tools: list[str]):
        assert written(feedback(verdict="bad", tools=tools, planned=[planned])) == [], "nor the other calls, as if they were all"

    def test_a_tool_that_there_is_no_longer_is_not_taught(self):
        assert written(feedback(verdict="bad", tools=["detect_anomaly", "read_tea_leaves"])) == []
        assert written(feedback(planned=[PlannedCall(name="read_tea_leaves", argument="188 A")])) == [DRAFT]
