"""Scores of many explanations put together."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import BadInput
from agent.evaluation.evaluate import run_cases
from agent.evaluation.judge import Judge
from agent.evaluation.rubric import RESPECTS
from agent.evaluation.scoring import WIDTH, agreement, graders, lines, mean, summaries
from agent.llm import ScriptedModel, tool_call_message
from agent.settings import Settings
from tests.agent.fakes import answered, call, heat, verdict

GOOD = "The bead is predicted to be normal with probability 0.93 [T1].\n\nNote: A demo model answered."
ANSWERS = {
    "good?": answered(GOOD, call(verdict())),
    "bare?": answered("The bead is predicted to be normal [T1].", call(verdict())),
    "two?": answered(GOOD, call(verdict()), call(heat(), "T2")),
    "none?": answered("Hello."),
}
CASES = [{"question": question, "expect": {}} for question in ANSWERS]


def opinion(number: int) -> Any:
    return tool_call_message(("Judgement", {name: {"reason": "so", "score": number} for name in RESPECTS}))


def report(config: Settings, *replies: Any, by_code: bool = True, own: bool = False) -> dict[str, Any]:
    used = graders(by_code, False, config)
    if replies:
        used = {
            "judge": Judge(ScriptedModel(replies=list(replies)), "some/very-long-name-of-a-judge-model-that-a-server-may-well-have-" + "x" * 40, own)
        } | used
    found = run_cases(CASES, lambda question, history: ANSWERS[question], graders=used)
    return found | summaries(found["results"], used)


class TestMean:
    def test_with_an_interval_that_is_equal_in_every_run(self):
        values = [0.0, 0.5, 1.0, 1.0] * 25
        found = mean(values)
        assert found == mean(values) and found["mean"] == 0.625 and found["n"] == 100
        low, high = found["ci95"]
        error = np.std(values) / 10  # the bootstrap's interval is near the normal one for a hundred values
        assert low == pytest.approx(0.625 - 1.96 * error, abs=0.01) and high == pytest.approx(0.625 + 1.96 * error, abs=0.01)

    @pytest.mark.parametrize(("values", "expected"), [([], None), ([0.4], 0.4), ([1.0, 1.0, 1.0], 1.0)])
    def test_no_interval_where_nothing_varies(self, values: list[float], expected: float | None):
        assert mean(values) == {"mean": expected, "n": len(values), "ci95": None}

    @given(st.lists(st.floats(0, 1), min_size=2, max_size=20))
    def test_stays_within_the_values(self, values: list[float]):
        found = mean(values)
        low, high = found["ci95"] or (found["mean"], found["mean"])
        assert min(values) - 1e-3 <= low <= high <= max(values) + 1e-3


class TestAgreement:
    def test_is_spearmans(self):
        assert agreement([0.1, 0.5, 0.9], [1, 3, 5])["spearman"] == 1 and agreement([0.1, 0.5, 0.9], [5, 3, 1])["spearman"] == -1
        assert agreement([0.1, 0.2, 0.9, 1.0], [1, 3, 2, 5]) == {"spearman": 0.8, "n": 4, "why": ""}

    @pytest.mark.parametrize(
        ("code", "judge", "why"),
        [
            ([], [], "fewer than 3"),
            ([1, 0], [5, 1], "fewer than 3"),
            ([1, 1, 1], [5, 4, 3], "the rubric scores all"),
            ([1, 0, 1], [5, 5, 5], "the judge scores all"),
        ],
    )
    def test_is_none_with_a_reason_where_it_cannot_be_told(self, code: list[float], judge: list[float], why: str):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = agreement(code, judge)
        assert found["spearman"] is None and found["why"].startswith(why)


class TestReport:
    def test_the_rubric_by_respect(self, config: Settings):
        found = report(config)
        assert "judge" not in found and found["rubric"]["n"] == 3
        assert found["rubric"]["complete"]["mean"] == pytest.approx((1 + 1 + 0.5) / 3, abs=1e-4)
        assert found["rubric"]["names_uncertainty"]["mean"] < 1 and found["rubric"]["cited"] == {"mean": 1.0, "n": 3, "ci95": None}
        assert found["results"][3]["rubric"] is None and found["results"][0]["rubric"]["mean"] == 1

    def test_the_judge_and_how_far_the_two_agree(self, config: Settings):
        found = report(config, opinion(5), opinion(2), opinion(3), own=True)["judge"]
        assert (found["n"], found["not_judged"], found["judges_itself"]) == (3, 0, True)
        assert found["complete"]["mean"] == pytest.approx(10 / 3, abs=1e-4)
        assert found["agreement"]["mean"]["spearman"] is not None and found["agreement"]["cited"]["why"] == "the rubric scores all alike"

    def test_what_was_not_judged_is_counted_and_the_run_goes_on(self, config: Settings):
        found = report(config, opinion(5), "babble", TimeoutError())
        assert found["judge"]["n"] == 1 and found["judge"]["not_judged"] == 2 and "five scores" in found["judge"]["why"]
        assert found["judge"]["agreement"]["mean"] == {"spearman": None, "n": 1, "why": "fewer than 3 explanations have both"}
        assert found["results"][1]["judge"]["scores"] is None and found["overall"] == 1

    def test_the_judge_alone(self, config: Settings):
        found = report(config, opinion(5), opinion(2), opinion(3), by_code=False)
        assert "rubric" not in found and "agreement" not in found["judge"]

    def test_neither(self, config: Settings):
        assert graders(False, False, config) == {} and summaries([{}], {}) == {} and lines({}) == []

    def test_no_judge_is_bad_input(self, config: Settings):
        with pytest.raises(BadInput, match="No judge model is set"):
            graders(True, True, config)

    @pytest.mark.parametrize("replies", [(opinion(5), opinion(2), opinion(3)), ("babble", TimeoutError(), ValueError("x" * 300)), ()])
    def test_is_printed_within_80_columns(self, replies: tuple[Any, ...], config: Settings):
        shown = "\n".join(lines(report(config, *replies, own=True)))
        assert max(map(len, shown.splitlines())) <= WIDTH
        assert all(name in shown for name in RESPECTS) and ("Judge some/very" in shown) == bool(replies)
        if replies and replies[0] != "babble":
            assert "with the rubric: +" in shown and "favour their own writing" in shown
