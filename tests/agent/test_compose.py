"""What the model is shown, and the answer that needs no model."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from agent import prompts
from agent.check import check
from agent.compose import SHOWN_PASSAGES, evidence, messages, notes, template, write
from agent.ground import ground
from agent.llm import ScriptedModel
from agent.runner import run_calls
from agent.state import PlannedCall, ToolCall
from tests.agent.fakes import CAUSE, QUESTION, call, defects, found, heat, passage, verdict

CALLS = [call(verdict()), call(heat(), "T2")]
FAILED = ToolCall(id="T3", name="classify_defects", args={}, error="The model defects is not built yet; run `waam models build`.")
PASSAGES = [passage(f"Passage number {n}.", id=f"K{n}") for n in range(1, 7)]


def test_evidence_is_each_summary_and_passage_behind_its_mark():
    assert evidence([*CALLS, FAILED, call(found(*PASSAGES), "T4")], PASSAGES).splitlines() == [
        "[T1] The bead is predicted to be normal with probability 0.93.",
        "[T2] The predicted heat input is 402.3 J/mm (90% interval 380.1 to 430.0 J/mm).",
        "[K1] Passage number 1.", "[K2] Passage number 2.", "[K3] Passage number 3.",
    ]  # fmt: skip


def test_the_prompt_begins_with_what_never_changes_and_ends_with_the_question():
    one, other = (messages(q, CALLS, []) for q in (QUESTION, "another question"))
    assert isinstance(one[0], SystemMessage) and one[:-1] == other[:-1]
    assert isinstance(one[-1], HumanMessage) and str(one[-1].content).endswith(f"Question: {QUESTION}")


def test_the_repair_shows_the_draft_and_its_fault():
    *_, draft, fault = messages(QUESTION, CALLS, [], "The number 5 is not in the cited source.", "It is 5.")
    assert draft == AIMessage("It is 5.") and "The number 5 is not in the cited source." in str(fault.content)


def test_the_worked_examples_of_the_prompt_pass_the_check():
    for shown, answer in prompts.COMPOSE_EXAMPLES:
        lines = dict(line.removeprefix("[").split("] ", 1) for line in shown.splitlines() if line.startswith("["))
        calls = [
            ToolCall(id=m, name="t", args={}, result=verdict().model_copy(update={"summary": t, "estimates": []}))
            for m, t in lines.items()
            if m[0] == "T"
        ]
        assert check(answer, shown.rpartition("Question: ")[2], calls, [passage(t, id=m) for m, t in lines.items() if m[0] == "K"]).ok


def test_writing_counts_tokens():
    reply = AIMessage("  It is normal [T1]. ", usage_metadata={"input_tokens": 7, "output_tokens": 3, "total_tokens": 10})
    assert write(ScriptedModel(replies=[reply]), [HumanMessage("x")], 50, lambda words: None) == (
        "It is normal [T1].",
        {"prompt_tokens": 7, "completion_tokens": 3},
    )


def test_a_sentence_that_was_cut_at_the_limit_is_left_out():
    cut = AIMessage("It is normal [T1]. The heat input is 402.3 [T", response_metadata={"finish_reason": "length"})
    heard: list[str] = []
    assert write(ScriptedModel(replies=[cut]), messages(QUESTION, CALLS, []), 9, heard.append)[0] == "It is normal [T1]."
    assert "".join(heard) == cut.content


class TestTemplate:
    def test_states_every_summary_with_its_mark(self):
        assert template(CALLS, []) == (
            "The bead is predicted to be normal with probability 0.93 [T1]. "
            "The predicted heat input is 402.3 J/mm (90% interval 380.1 to 430.0 J/mm) [T2]."
        )

    @pytest.mark.parametrize(
        "question",
        [
            "Which travel speed keeps the heat input under 0.6 kJ/mm at 200 A and 22 V?",
            "Cooling time t8/5 at 188 A, 21.4 V, 8 mm/s with 150 °C preheat on a 20 mm plate of ER70S-6?",
            "What follows from 188 A, 21.4 V, 8 mm/s, wire diameter 1.2 mm, WFS 6 m/min, gas flow 15 L/min and bead length 120 mm?",
            "Is the heat input under 0.6 kJ/mm at 200 A, 22 V, 5 mm/s?",
            "What does a kilogram cost with wire at 12 EUR/kg and 45 EUR/h at wire diameter 1.2 mm and WFS 8 m/min?",
        ],
    )
    def test_the_plain_answer_of_exact_physics_passes_the_check(self, question: str):
        ((name, args),) = ground([PlannedCall(name="calculate_physics")], question, []).calls
        calls = run_calls([(name, args)], lambda text: None)
        assert check(template(calls, []), question, calls, []).ok
        assert not any(note.startswith("Not computed") for note in notes(calls, [], [])), "what else could be had is no note"

    def test_quotes_the_best_passages(self):
        text = template([call(found(*PASSAGES))], PASSAGES)
        assert text.startswith("Passage number 1 [K1].") and text.count("[K") == SHOWN_PASSAGES - 1

    def test_says_nothing_of_a_search_that_found_nothing(self):
        assert template([call(verdict()), call(found(), "T2")], []).count("[") == 1

    @pytest.mark.parametrize("result", [verdict(), verdict("abnormal"), heat(), defects()])
    def test_always_passes_the_check(self, result):
        assert check(template([call(result)], []), QUESTION, [call(result)], []).ok

    def test_of_passages_passes_the_check(self):
        cited = [passage(CAUSE, id="K1"), passage("Keep the interpass temperature below 150 °C. Let it cool.", id="K2")]
        assert check(template([call(found(*cited))], cited), "Why?", [call(found(*cited))], cited).ok


class TestNotes:
    def test_a_warning_of_two_tools_is_said_once(self):
        assert notes(CALLS, [], []) == ["A demo model answered."]

    def test_what_was_carried_is_said_with_its_value(self):
        assert notes([], ["voltage 21.4 V", "process CMT"], []) == ["Taken from earlier messages: voltage 21.4 V, process CMT."]

    def test_what_was_left_aside_is_said(self):
        assert notes([], [], ["3 mm"]) == ["Not used, because it is unclear what it states: 3 mm."]

    def test_what_could_not_answer_is_said(self):
        (note,) = notes([FAILED], [], [])
        assert note == "classify_defects could not answer: The model defects is not built yet; run `waam models build`."

    def test_a_search_that_found_nothing_is_said(self):
        empty = ToolCall(id="T2", name="search_knowledge", args={"query": "moon dust"}, result=found())
        assert notes([empty], [], []) == ["The knowledge base has nothing about 'moon dust'."]

    def test_nothing_to_say_is_nothing(self):
        assert notes([call(defects())], [], []) == []
