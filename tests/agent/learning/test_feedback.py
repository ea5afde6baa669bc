"""What users say about an answer, with the turn that it is about."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver

from agent.errors import BadInput
from agent.graph import build
from agent.learning.feedback import HOW, Feedback, Said, of_turn, parse
from agent.llm import ScriptedModel, tool_call_message
from agent.model.adapter import version
from agent.settings import Limits, Settings
from agent.turn import run_turn
from tests.agent.fakes import CAUSE, QUESTION, Bench, found, passage, verdict

NORMAL = tool_call_message(("detect_anomaly", {"settings": "188 A, 21.4 V, 48 cm/min"}))
GOOD = "The bead is predicted to be normal with probability 0.93 [T1]."
KOREAN = "188 A, 21.4 V, 48 cm/min 비드는 정상인가요?"


class TestWords:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("good", Said(verdict="good")),
            (" GOOD  just what I needed ", Said(verdict="good", comment="just what I needed")),
            ("bad the wire is\n1.2 mm", Said(verdict="bad", comment="the wire is\n1.2 mm")),
            ("bad 틀렸어요", Said(verdict="bad", comment="틀렸어요")),
            ("tools predict_heat_input, Detect_Anomaly predict_heat_input", Said(verdict="bad", tools=["predict_heat_input", "detect_anomaly"])),
            ("answer  It is normal [T1].\nReally.", Said(verdict="bad", answer="It is normal [T1].\nReally.")),
        ],
    )
    def test_what_may_be_said(self, text: str, said: Said):
        assert parse(text) == said

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", HOW),
            ("  ", HOW),
            ("great", f"'great' is no feedback: {HOW}"),
            ("tools", "Name the tools"),
            ("tools ,", "Name the"),
            ("answer ", "Write"),
        ],
    )
    def test_what_is_no_feedback_says_how(self, text: str, words: str):
        with pytest.raises(BadInput) as refused:
            parse(text)
        assert str(refused.value).startswith(words)

    @settings(max_examples=40, deadline=None)
    @given(st.text())
    def test_any_text_is_a_word_or_refused(self, text: str):
        try:
            assert parse(text).verdict in ("good", "bad")
        except BadInput as refused:
            assert str(refused)


class TestOfATurn:
    """The turn is what the graph kept of it."""

    @pytest.fixture(autouse=True)
    def fakes(self, bench: Bench, shortlist) -> None:
        self.bench = bench

    def values(self, config: Settings, *turns: tuple[str, list[Any]]) -> dict[str, Any]:
        """The graph's state after these questions, each with the model's replies."""
        graph = build(ScriptedModel(replies=[reply for _, replies in turns for reply in replies]), config, InMemorySaver())
        for question, _ in turns:
            run_turn(graph, question, thread="t")
        return graph.get_state({"configurable": {"thread_id": "t"}}).values

    def of(self, values: dict[str, Any], text: str = "good") -> Feedback:
        return of_turn(values, parse(text), "t", Limits())

    def test_a_turn_with_all_that_led_to_its_answer(self, config: Settings):
        given = self.of(self.values(config, (QUESTION, [NORMAL, GOOD])), "good yes")
        assert (given.thread, given.verdict, given.comment, given.approved, given.question) == ("t", "good", "yes", None, QUESTION)
        assert given.when.utcoffset() == timedelta(0)
        assert [(call.name, call.argument) for call in given.planned] == [("detect_anomaly", "188 A, 21.4 V, 48 cm/min")]
        assert [call.result.summary for call in given.calls if call.result] == [verdict().summary]
        assert (given.draft, given.composer, given.status) == (GOOD, "llm", "answered"), "without the notes that only people see"
        assert (given.llm, given.adapter) == (config.llm.model, version(config)) and given.history == []

    def test_history_is_what_came_before_and_not_the_turn_itself(self, config: Settings):
        given = self.of(self.values(config, (QUESTION, [NORMAL, GOOD]), ("same at 240 A", [NORMAL, GOOD])))
        assert given.question == "same at 240 A" and given.place == 2
        assert given.history == [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": GOOD}]

    def test_history_is_no_longer_than_what_the_router_read(self, config: Settings):
        config.limits.history_turns = 1
        values = self.values(config, *[(f"{QUESTION} {i}", [NORMAL, GOOD]) for i in range(3)])
        given = of_turn(values, parse("good"), "t", config.limits)
        assert [line["content"] for line in given.history] == [f"{QUESTION} 1", GOOD] and given.place == 4

    def test_a_question_back(self, config: Settings):
        given = self.of(self.values(config, ("Is 188 A normal?", [NORMAL])))
        assert (
            given.status == "clarify" and given.calls == [] and given.draft.startswith("What are the") and given.planned[0].name == "detect_anomaly"
        )

    def test_small_talk(self, config: Settings):
        given = self.of(self.values(config, (QUESTION, [NORMAL, GOOD]), ("thanks", [tool_call_message(("small_talk", {}))])))
        assert [call.name for call in given.planned] == ["small_talk"] and given.calls == [] and given.place == 2

    def test_a_refused_turn_leaves_no_lines_to_take_off(self, config: Settings):
        given = self.of(self.values(config, (QUESTION, [NORMAL, GOOD]), ("188 A, 10 kV, 8 mm/s", [])))
        assert given.status == "refused" and [line["content"] for line in given.history] == [QUESTION, GOOD]

    def test_without_the_language_model(self, config: Settings, shortlist):
        shortlist(detect_anomaly=0.9)
        graph = build(None, config, InMemorySaver())
        run_turn(graph, QUESTION, thread="t")
        given = self.of(graph.get_state({"configurable": {"thread_id": "t"}}).values)
        assert (given.status, given.composer, given.llm) == ("degraded", "template", None)

    def test_korean(self, config: Settings):
        given = self.of(self.values(config, (KOREAN, [NORMAL, GOOD])), "bad 열 입력도 알고 싶었어요")
        assert Feedback.model_validate_json(given.model_dump_json()) == given
        assert given.question == KOREAN and given.comment == "열 입력도 알고 싶었어요"

    @pytest.mark.parametrize("values", [{}, {"answer": None, "question": "stopped"}])
    def test_before_any_answer_and_after_a_stopped_turn(self, values: dict[str, Any]):
        with pytest.raises(BadInput, match="There is no answer yet"):
            self.of(values)

    def test_tools_that_nobody_knows_name_those_that_there_are(self, config: Settings):
        values = self.values(config, (QUESTION, [NORMAL, GOOD]))
        with pytest.raises(BadInput, match=r"no tool 'heat'; the tools are detect_anomaly, .*grade_answer; small_talk, off_topic, already_answered"):
            self.of(values, "tools detect_anomaly heat")
        with pytest.raises(BadInput, match="off_topic means that no tool is called"):
            self.of(values, "tools detect_anomaly off_topic")
        assert self.of(values, "tools off_topic").tools == ["off_topic"]

    def test_an_answer_passes_the_check_that_a_models_passes(self, config: Settings):
        values = self.values(config, (QUESTION, [NORMAL, GOOD]))
        assert self.of(values, f"answer {GOOD}").answer == GOOD
        with pytest.raises(BadInput, match=r"would not pass the check of answers: The number 0\.99 is not in the cited source\.$"):
            self.of(values, "answer The bead is predicted to be normal with probability 0.99 [T1].")
        with pytest.raises(BadInput, match="'abnormal' does not agree"):
            self.of(values, "answer The bead is predicted to be abnormal with probability 0.93 [T1].")

    def test_an_answer_without_marks_gets_those_of_its_sources(self, config: Settings):
        values = self.values(config, ("Is 188 A, 21.4 V, 8 mm/s normal, and why would it hump?", [
            tool_call_message(("detect_anomaly", {"settings": "188 A"}), ("search_knowledge", {"query": "why hump"})), f"{GOOD} {CAUSE}",
        ]))  # fmt: skip
        given = self.of(values, f"answer The bead is predicted to be normal with probability 0.93. {CAUSE}")
        assert given.answer == f"{GOOD} {CAUSE.rstrip('.')} [K1]."

    def test_a_passage_that_the_model_was_not_shown_cannot_be_cited(self, config: Settings):
        texts = [CAUSE, "Balling comes from little heat.", "Pores come from wet gas.", "Undercut comes from a long arc in most alloys."]
        self.bench.answers["search_knowledge"] = lambda query: found(*[passage(text) for text in texts])
        values = self.values(config, ("Why does humping happen?", [tool_call_message(("search_knowledge", {"query": "humping"})), CAUSE]))
        with pytest.raises(BadInput, match="a source that does not exist"):
            self.of(values, f"answer {CAUSE.rstrip('.')} [K1]. {texts[3].rstrip('.')} [K4].")

    def test_where_nothing_ran_no_answer_can_rest_on_anything(self, config: Settings):
        values = self.values(config, ("hello", [tool_call_message(("small_talk", {}))]))
        with pytest.raises(BadInput, match="no results that an answer could rest on"):
            self.of(values, "answer Hello yourself.")

    def test_a_text_that_is_too_long_and_one_that_would_upset_a_terminal(self, config: Settings):
        values = self.values(config, (QUESTION, [NORMAL, GOOD]))
        with pytest.raises(BadInput, match="The comment has 5,000 characters and the limit is 4,000"):
            self.of(values, "bad " + "x" * 5000)
        assert self.of(values, "bad red\x1b[31m and half\ud83d").comment == "red [31m and half"
