"""Every sentence is borne out by what it cites, or the answer does not pass."""

import pytest

from agent.check import check, contained, marked_sentences, sentences
from agent.state import ToolCall
from tests.agent.fakes import CAUSE, QUESTION, call, defects, heat, passage, verdict
from tools.result import Estimate, Passage, ToolResult

HEAT = [call(heat())]
CITED = passage(id="K1")


def faults(answer: str, calls: list[ToolCall], passages: list[Passage] | None = None, question: str = QUESTION) -> str:
    return " ".join(check(answer, question, calls, passages or []).faults)


def test_the_summary_with_its_mark_passes():
    verdict_ = check("The bead is predicted to be normal with probability 0.93 [T1].", QUESTION, [call(verdict())], [])
    assert verdict_.ok and (verdict_.supported, verdict_.sentences) == (1, 1) and verdict_.fault == "It says nothing."


def test_an_empty_answer_does_not_pass():
    assert not check("", QUESTION, [], []).ok


class TestNumbers:
    @pytest.mark.parametrize("number", ["402.3 J/mm", "402 J/mm", "0.4023 kJ/mm", "0.40 kJ/mm", "4.023 kJ/cm"])
    def test_rounded_or_converted_are_supported(self, number: str):
        assert faults(f"The predicted heat input is {number} [T1].", HEAT) == ""

    @pytest.mark.parametrize("number", ["403 J/mm", "402.4 J/mm", "402.3 kJ/mm", "0.41 kJ/mm", "402.3 J", "-402.3 J/mm", "4023 J/mm"])
    def test_others_are_not(self, number: str):
        verdict_ = check(f"The predicted heat input is {number} [T1].", QUESTION, HEAT, [])
        assert not verdict_.ok and not verdict_.numbers_supported and "is not in the cited source" in verdict_.fault

    def test_those_of_the_question_are_supported(self):
        assert faults("The predicted heat input at 188 A and 48 cm/min is 402.3 J/mm [T1].", HEAT) == ""

    def test_those_of_the_question_are_supported_in_another_unit(self):
        assert "number" not in faults("At 8.0 mm/s the predicted heat input is 402.3 J/mm [T1].", HEAT)

    def test_those_of_another_source_are_not(self):
        calls = [call(heat()), call(verdict(), "T2")]
        assert "The number 402.3 J/mm is not" in faults("The predicted heat input is 402.3 J/mm [T2].", calls)

    def test_the_level_of_an_interval_is_supported(self):
        assert faults("The predicted heat input is 402.3 J/mm (90% interval 380.1 to 430.0 J/mm) [T1].", HEAT) == ""

    def test_a_number_of_a_passage_is_supported_only_as_it_stands_there(self):
        cited = passage("Keep the interpass temperature below 150 °C.", id="K1")
        assert faults("Keep the interpass temperature below 150 °C [K1].", [], [cited]) == ""
        assert "250 °C" in faults("Keep the interpass temperature below 250 °C [K1].", [], [cited])

    def test_a_probability_counts_only_beside_its_label(self):
        calls = [call(defects())]
        assert "The number 0.12" in faults("Predicted defects: humping (probability 0.12) [T1].", calls)
        assert "number" not in faults("Predicted defects: humping (probability 0.91); not balling (probability 0.12) [T1].", calls)

    def test_a_probability_may_be_said_in_percent(self):
        assert "number" not in faults("The bead is predicted to be normal with 93 % probability [T1].", [call(verdict())])


class TestMarks:
    def test_a_sentence_without_any_mark_fails(self):
        assert "There is no mark" in faults("The predicted heat input is 402.3 J/mm.", HEAT)

    def test_a_mark_after_the_full_stop_belongs_to_the_sentence_before(self):
        assert faults("The predicted heat input is 402.3 J/mm. [T1]", HEAT) == ""

    def test_a_mark_closes_the_run_of_sentences_before_it(self):
        assert marked_sentences("It is 402.3 J/mm. That is a lot [T1]. Enough.") == [
            ("It is 402.3 J/mm.", ["T1"]), ("That is a lot [T1].", ["T1"]), ("Enough.", [])
        ]  # fmt: skip

    @pytest.mark.parametrize("mark", ["T2", "K1", "T9"])
    def test_a_mark_that_does_not_exist_fails(self, mark: str):
        verdict_ = check(f"The predicted heat input is 402.3 J/mm [T1][{mark}].", QUESTION, HEAT, [])
        assert not verdict_.ok and not verdict_.citations_valid and "does not exist" in verdict_.fault

    def test_a_tool_that_failed_cannot_be_cited(self):
        failed = ToolCall(id="T2", name="classify_defects", args={}, error="broken")
        assert "does not exist" in faults("The predicted heat input is 402.3 J/mm [T1][T2].", [*HEAT, failed])

    def test_a_result_that_is_not_given_fails(self):
        verdict_ = check("The predicted heat input is 402.3 J/mm [T1].", QUESTION, [*HEAT, call(verdict(), "T2")], [])
        assert not verdict_.ok and not verdict_.citations_valid and verdict_.fault == "It does not give the result [T2]."


class TestContradictions:
    @pytest.mark.parametrize(
        ("value", "claim"),
        [
            ("normal", "abnormal"), ("abnormal", "normal"), ("abnormal", "sound"), ("abnormal", "fine"), ("abnormal", "not abnormal"),
            ("normal", "not normal"), ("normal", "not be normal"),
        ],
    )  # fmt: skip
    def test_the_opposite_verdict_fails(self, value: str, claim: str):
        answer = f"The bead is predicted to be {claim} with probability 0.93 [T1]."
        assert "does not agree with the result" in faults(answer, [call(verdict(value))])

    def test_a_defect_below_its_threshold_may_not_be_claimed(self):
        calls = [call(defects())]
        assert "'Balling' does not agree" in faults("Predicted defects: humping (probability 0.91) and balling [T1].", calls)
        assert "agree" not in faults("Predicted defects: humping (probability 0.91), not balling [T1].", calls)

    def test_a_defect_above_it_may(self):
        assert faults("Predicted defects: humping (probability 0.91) [T1].", [call(defects())]) == ""


class TestInventedSentences:
    def test_words_that_no_source_has_fail(self):
        answer = "Preheating the substrate plate removes every residual stress [K1]."
        assert "says more than its source" in faults(answer, [], [CITED], "Why does humping happen?")

    def test_the_words_of_the_source_in_another_sense_fail(self):
        cited = passage("Humping appears above a critical travel speed; balling comes from too little heat.", id="K1")
        assert "says more" in faults("Balling appears from heat; speed comes above little humping [K1].", [], [cited], "Why?")

    def test_an_echo_of_the_question_fails(self):
        assert "says more" in faults("Why does humping happen [K1].", [], [passage("Nothing of the sort.", id="K1")], "Why does humping happen")

    @pytest.mark.parametrize("word", ["Yes", "Normal", "Definitely"])
    def test_a_single_word_states_nothing_that_can_be_traced(self, word: str):
        assert "says more" in faults(f"{word} [T1].", [call(verdict())])

    def test_the_passage_itself_passes(self):
        assert faults(f"{CAUSE.rstrip('.')} [K1].", [], [CITED]) == ""

    def test_containment_is_a_share(self):
        assert contained("Humping appears above a critical travel speed", "", [CITED]) == 1.0
        assert contained("completely different words", "", [CITED]) == 0.0


def test_sentences_are_split_at_stops_marks_and_lines():
    assert sentences("It is 402.3 J/mm [T1]. Balling is rare [K1] Humping is not [K2]\nDone so") == [
        "It is 402.3 J/mm [T1].", "Balling is rare [K1]", "Humping is not [K2]", "Done so",
    ]  # fmt: skip


def test_a_mark_behind_a_shortened_word_stays_where_it_is():
    said = ["Reported for aluminium (Rauch et al. [K2]).", "It holds [T1]."]
    assert sentences(" ".join(said)) == said


def test_a_shortened_word_ends_no_sentence():
    assert sentences("It humps above 10 mm/s (Rauch et al. 2021). See Fig. 3. At 200 A. It holds [K1].") == [
        "It humps above 10 mm/s (Rauch et al. 2021).", "See Fig. 3.", "At 200 A.", "It holds [K1].",
    ]  # fmt: skip


def test_a_true_or_false_estimate_is_not_the_number_one():
    result = ToolResult(tool="classify_defects", summary="Predicted defects: humping.", estimates=[Estimate(name="Humping", value=True)])
    assert "The number 1 is not" in faults("Predicted defects: humping 1 [T1].", [call(result)])


class TestSentencesThatOnceMisled:
    """Each passed an earlier check although its result says otherwise."""

    @pytest.mark.parametrize(
        "answer",
        [
            "The bead is predicted to be normal with probability 1 [T1].",
            "The bead is not predicted to be normal with probability 0.93 [T1].",
            "No, the bead is predicted to be normal with probability 0.93 [T1].",
            "The bead is predicted to be normal with probability 0.07 [T1].",
        ],
    )
    def test_of_a_verdict(self, answer: str):
        assert not check(answer, QUESTION, [call(verdict())], []).ok

    @pytest.mark.parametrize("answer", ["The predicted heat input is 430.0 J/mm [T1].", "The predicted heat input is 0 kJ/mm [T1]."])
    def test_of_a_heat_input(self, answer: str):
        assert not check(answer, QUESTION, HEAT, []).ok

    @pytest.mark.parametrize(
        "answer",
        ["Predicted defects: no humping (probability 0.91) [T1].", "Predicted defects: humping (probability 0.12), balling (probability 0.91) [T1]."],
    )
    def test_of_defects(self, answer: str):
        result = defects().model_copy(update={"summary": "Predicted defects: humping (probability 0.91). Balling has probability 0.12."})
        assert not check(answer, QUESTION, [call(result)], []).ok

    def test_the_interval_itself_still_passes(self):
        assert check("The predicted heat input is 402.3 J/mm (90% interval 380.1 to 430.0 J/mm) [T1].", QUESTION, HEAT, []).ok
