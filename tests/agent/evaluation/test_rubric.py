"""Explanations scored by code: what is good gets full marks, and each flaw costs its own respect and no other."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agent import compose
from agent.check import check
from agent.evaluation.rubric import RESPECTS, Rubric, score
from agent.graph import TurnNodes, build
from agent.llm import ScriptedModel, tool_call_message
from agent.runner import number_passages
from agent.settings import Settings
from agent.state import Answer, ToolCall
from agent.turn import run_turn
from knowledge.search import FLOOR
from tests.agent.fakes import CAUSE, QUESTION, SETTINGS, Bench, answered, call, defects, found, heat, passage, verdict
from tools.physics import calculate_physics
from tools.result import Passage, ToolResult

SECOND = "It grows with the backward flow of the melt."
NORMAL = "The bead is predicted to be normal with probability 0.93 [T1]."
HEAT = "The predicted heat input is 402.3 J/mm (90% interval 380.1 to 430.0 J/mm)"
WHY = "Why does humping happen?"


def search(*passages: Passage) -> ToolResult:
    return found(*(passages or (passage(), passage(SECOND, score=0.7))))


def told(text: str, *results: ToolResult, question: str = QUESTION, composer: str = "llm", degraded: str = "", **changes: object) -> Answer:
    """The answer that a turn with these results ends with when `text` was written."""
    calls = [call(result, f"T{i}") for i, result in enumerate(results, start=1)]
    passages = number_passages(calls)
    state = {
        "question": question, "verdict": check(text, question, calls, passages), "status": "answered", "draft": text, "calls": calls,
        "notes": compose.notes(calls, {}, []), "passages": passages, "degraded": degraded, "composer": composer, "usage": {}, "timings_ms": {},
        "started": 0.0,
    }  # fmt: skip
    return TurnNodes(None, Settings()).finish(state)["answer"].model_copy(update=changes)  # type: ignore[typeddict-item]


def of(answer: Answer, question: str = QUESTION) -> dict[str, float]:
    rubric = score(question, answer)
    assert rubric is not None
    assert all(bool(each.why) == (each.score < 1) for each in rubric.scores.values()), "points are lost for a reason, and for nothing else"
    return {name: each.score for name, each in rubric.scores.items()}


def lost(answer: Answer, question: str = QUESTION) -> dict[str, float]:
    """The respects that lost points."""
    return {name: value for name, value in of(answer, question).items() if value < 1}


def why(answer: Answer, respect: str, question: str = QUESTION) -> str:
    rubric = score(question, answer)
    assert rubric is not None
    return rubric.scores[respect].why


class TestWhatIsScored:
    @pytest.mark.parametrize("status", ["clarify", "abstained", "refused", "error"])
    def test_only_answers(self, status: str):
        assert score(QUESTION, answered(NORMAL, call(verdict()), status=status)) is None

    def test_only_answers_that_explain_results(self):
        failed = ToolCall(id="T1", name="detect_anomaly", args={}, error="broken")
        assert score(QUESTION, answered("Hello.")) is None and score(QUESTION, answered("x", failed)) is None
        assert score(QUESTION, answered("x", call(found()))) is None, "a search that found nothing"

    def test_the_mean_of_five(self):
        rubric = score(QUESTION, told("", verdict()))
        assert rubric is not None and list(rubric.scores) == list(RESPECTS)
        assert rubric.mean == pytest.approx(sum(each.score for each in rubric.scores.values()) / 5)


class TestAGoodAnswer:
    @pytest.mark.parametrize(
        "results",
        [
            [verdict()],
            [heat()],
            [defects()],
            [search()],
            [verdict(), heat(), search()],
            [calculate_physics(**SETTINGS)],
            [calculate_physics(heat_input_j_mm=600, current_a=200, voltage_v=22)],
        ],
        ids=lambda results: "+".join(result.tool for result in results),
    )
    def test_the_plain_answer_keeps_every_point(self, results: list[ToolResult]):
        calls = [call(result, f"T{i}") for i, result in enumerate(results, start=1)]
        plain = compose.template(calls, number_passages(calls))
        assert lost(told(plain, *results)) == {}
        assert lost(told(plain, *results, composer="template", degraded="No model (yet).")) == {}, "nor does the line on the model count"

    def test_so_does_one_in_other_words(self):
        text = f"{NORMAL} The predicted heat input is 0.402 kJ/mm (90% interval from 380.1 to 430.0 J/mm) [T2]."
        assert lost(told(text, verdict(), heat())) == {}

    def test_a_turn_through_the_graph_is_scored_on_what_its_check_found(self, config: Settings, bench: Bench, shortlist):
        replies = [tool_call_message(("detect_anomaly", {"settings": "188 A, 21.4 V, 48 cm/min"})), NORMAL]
        answer = run_turn(build(ScriptedModel(replies=replies), config), QUESTION)
        assert answer.checks.composer == "llm" and lost(answer) == {}
        supported, sentences = answer.checks.supported_sentences
        assert of(answer)["supported"] == supported / sentences == 1


class TestComplete:
    def test_a_result_left_out(self):
        answer = told(NORMAL, verdict(), heat())
        assert lost(answer) == {"complete": 0.5}
        assert why(answer, "complete") == "It leaves out any mark of predict_heat_input, 402.3 J/mm (predict_heat_input)."

    def test_a_result_whose_main_value_is_left_out(self):
        assert lost(told("The 90% interval is 380.1 to 430.0 J/mm of predicted heat input [T1].", heat()))["complete"] == 0.5

    def test_every_defect_that_was_found_is_a_main_value(self):
        both = defects()
        both.estimates[1].value, both.summary = True, "Predicted defects: humping (probability 0.91), balling (probability 0.12)."
        assert lost(told("Predicted defects: humping (probability 0.91) [T1].", both)) == {"complete": 0.75}

    def test_where_no_defect_was_found_the_likeliest_is(self):
        none = defects()
        none.estimates[0].value = False
        none.summary = "No defect passes its threshold; the likeliest is humping with probability 0.91."
        assert lost(told("No defect passes its threshold [T1].", none)) == {"complete": 0.5}
        assert lost(told(f"{none.summary[:-1]} [T1].", none)) == {}

    def test_the_passage_nearest_to_the_question(self):
        answer = told(f"{SECOND[:-1]} [K2].", search(), question=WHY)
        assert lost(answer, WHY) == {"complete": 0.5} and "[K1], the passage nearest" in why(answer, "complete", WHY)

    def test_a_tool_that_failed_need_not_be_used(self):
        answer = told(NORMAL, verdict())
        answer.tool_calls.append(ToolCall(id="T2", name="predict_energy", args={}, error="broken"))
        assert lost(answer) == {}


class TestSupported:
    def test_a_sentence_that_no_result_bears_out(self):
        answer = told(f"{NORMAL} Preheat the base plate to 300 °C before the first layer [T1].", verdict())
        assert lost(answer) == {"supported": 0.5} and "300" in why(answer, "supported")

    @pytest.mark.parametrize(
        "text", [NORMAL, f"{NORMAL} Use argon [T1].", f"{NORMAL} It costs 3 kg of wire. It will hump badly [T1].", "No. It is sound [T1]."]
    )
    def test_it_is_the_share_that_the_check_found_where_the_marks_are_right(self, text: str):
        answer = told(text, verdict())
        supported, sentences = answer.checks.supported_sentences
        assert of(answer)["supported"] == pytest.approx(supported / sentences, abs=1e-4)


class TestCited:
    def test_a_sentence_without_a_mark(self):
        answer = told(f"{NORMAL} {HEAT} [T2]. {CAUSE[:-1]} [K1]. {SECOND}", verdict(), heat(), search())
        assert lost(answer) == {"cited": 0.8}, "four sentences and one citation"
        assert why(answer, "cited") == f"Sentence 4, “{SECOND}”, has no mark that exists."

    def test_a_mark_that_stands_for_nothing(self):
        assert lost(told(f"{NORMAL[:-1]} [T7].", verdict())) == {"cited": 0.0}

    def test_a_citation_that_was_not_retrieved(self):
        answer = told(f"{CAUSE[:-1]} [K1].", search(), question=WHY)
        assert lost(answer, WHY) == {}
        made_up = answer.model_copy(update={"citations": [answer.citations[0].model_copy(update={"quote": "Humping never appears."})]})
        assert lost(made_up, WHY) == {"cited": 0.5}
        assert lost(answer.model_copy(update={"citations": []}), WHY) == {"cited": 0.5}


class TestNoMoreThanNeeded:
    def test_a_sentence_said_twice(self):
        answer = told(f"{NORMAL} So the bead is predicted to be normal with probability 0.93 [T1].", verdict())
        assert lost(answer) == {"no_more_than_needed": 0.5} and why(answer, "no_more_than_needed").startswith("It says again “So the bead")

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("The predicted heat input is 402.3 J/mm [T1].", "The predicted heat input interval is 380.1 to 430.0 J/mm [T1]."),
            ("Spatter is good [T1].", "Bead shape is good [T1]."),
            ("The bead is predicted to be normal [T1].", "The bead is predicted to be abnormal [T1]."),
        ],
    )
    def test_another_number_or_matter_is_no_repetition(self, first: str, second: str):
        assert of(told(f"{first} {second}", heat()))["no_more_than_needed"] == 1

    def test_twice_the_words_are_half_needed(self):
        words = " ".join(f"w{chr(97 + i % 26)}{chr(97 + i // 26)}x" for i in range(80))
        assert of(told(f"{words} [T1].", verdict()))["no_more_than_needed"] == 0.5, "two short sentences of 20 words are always allowed"

    def test_a_long_result_may_be_told_at_length(self):
        long = verdict()
        long.summary = " ".join([long.summary, *(f"In layer {i} the travel speed of {i + 3} mm/s moves the probability most." for i in range(9))])
        assert of(told(long.summary, long))["no_more_than_needed"] == 1

    def test_a_passage_far_from_the_question(self):
        far = passage("Argon shields the arc of a GTAW torch.", score=FLOOR + 0.02)
        answer = told(f"{CAUSE[:-1]} [K1]. Argon shields the arc of a GTAW torch [K2].", search(passage(score=0.8), far), question=WHY)
        assert lost(answer, WHY) == {"no_more_than_needed": 0.5}
        assert why(answer, "no_more_than_needed", WHY) == "It cites [K2], far from the question."
        assert lost(answer, f"{WHY} And what of GTAW?") == {}, "it was found by a name in the question"
        assert lost(told(f"{CAUSE[:-1]} [K1].", search(passage(score=0.8), far), question=WHY), WHY) == {}, "one that is not cited costs nothing"

    def test_the_best_passage_is_never_far(self):
        assert lost(told(f"{CAUSE[:-1]} [K1].", search(passage(score=0.21)), question=WHY), WHY) == {}


class TestNamesUncertainty:
    def test_a_probability_left_out(self):
        answer = told("The bead is predicted to be normal [T1].", verdict())
        assert lost(answer) == {"names_uncertainty": 0.6667} and why(answer, "names_uncertainty") == "It does not say the probability of normal."
        assert lost(told("The bead is predicted to be normal with probability 93% [T1].", verdict())) == {}

    @pytest.mark.parametrize(
        ("text", "missing"),
        [
            ("The predicted heat input is 402.3 J/mm [T1].", {"the interval", "the level"}),
            ("The predicted heat input is 402.3 J/mm (interval 380.1 to 430.0 J/mm) [T1].", {"the level"}),
            ("The predicted heat input is 402.3 J/mm (90% interval to 430.0 J/mm) [T1].", {"the interval"}),
        ],
    )
    def test_bounds_and_their_level(self, text: str, missing: set[str]):
        answer = told(text, heat())
        assert list(lost(answer)) == ["names_uncertainty"]
        said = why(answer, "names_uncertainty")
        assert {
            what for what in ("the interval", "the level") if f"{what} of" in said.replace("the level of the interval", "the level of")
        } == missing

    def test_a_warning_is_said_in_a_note_or_in_other_words(self):
        warned = verdict()
        warned.model, warned.warnings = None, ["The travel speed of 8 mm/s lies outside the training range of the model."]
        answer = told(NORMAL, warned)
        assert "Note: The travel speed" in answer.answer and lost(answer) == {}
        assert lost(answer.model_copy(update={"answer": NORMAL})) == {"names_uncertainty": 0.5}
        own = f"{NORMAL} The travel speed of 8 mm/s lies outside its training range [T1]."
        assert of(answer.model_copy(update={"answer": own}))["names_uncertainty"] == 1

    def test_a_demo_model_is_named(self):
        answer = told(NORMAL, verdict())
        answer.tool_calls[0].result.warnings.clear()
        assert lost(answer.model_copy(update={"answer": NORMAL})) == {"names_uncertainty": 0.5} and lost(answer) == {}

    def test_so_is_what_is_doubtful_about_a_passage(self):
        doubtful = search(passage(caveat="from an unreviewed source"))
        answer = told(f"{CAUSE[:-1]} [K1].", doubtful, question=WHY)
        assert lost(answer, WHY) == {}
        assert lost(answer.model_copy(update={"answer": f"{CAUSE[:-1]} [K1]."}), WHY) == {"names_uncertainty": 0.0}

    def test_of_a_result_that_is_not_used_nothing_need_be_said(self):
        answer = told(f"{CAUSE[:-1]} [K1].", heat(), search(), question=WHY)
        assert lost(answer.model_copy(update={"answer": f"{CAUSE[:-1]} [K1]."}), WHY) == {"complete": 0.5}


PIECES = st.sampled_from(
    [NORMAL, HEAT, CAUSE, "[T1]", "[K1]", "[T9]", "\n\n", "Note: ", " ", "(", ".", "normal", "0.93", "1e999", "-", "°C", "90 %", "[", "비드"]
)


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=12).map("".join)), st.text(max_size=40), st.sampled_from(["answered", "degraded"]))
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_has_scores_between_nothing_and_full(text: str, question: str, status: str):
    rubric = score(question, told(text, verdict(), heat(), defects(), search(), status=status).model_copy(update={"answer": text}))
    assert isinstance(rubric, Rubric) and 0 <= rubric.mean <= 1
    for each in rubric.scores.values():
        assert 0 <= each.score <= 1 and bool(each.why) == (each.score < 1)
