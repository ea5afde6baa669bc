"""Judging answers: each expectation by itself, and shares with their intervals."""

import json
import time
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from agent.errors import BadInput
from agent.evaluation.evaluate import ASPECTS, judge, load_cases, run_cases
from agent.evaluation.rubric import Score
from agent.state import Answer, ToolCall
from tests.agent.fakes import SETTINGS, answered, call, citation, found, heat, passage, verdict

ANSWER = answered("The bead is normal [T1]. Humping [K1].", call(verdict()), call(found(passage()), "T2"), citations=[citation()])


@pytest.mark.parametrize(
    ("expect", "right"),
    [
        ({"status": "answered"}, True),
        ({"status": ["abstained", "answered"]}, True),
        ({"status": "refused"}, False),
        ({"tools": ["search_knowledge", "detect_anomaly"]}, True),
        ({"tools": ["detect_anomaly"]}, False),
        ({"tools": []}, False),
        ({"forbid_tools": ["predict_energy"]}, True),
        ({"forbid_tools": ["predict_energy", "detect_anomaly"]}, False),
        ({"args": {"detect_anomaly": SETTINGS}}, True),
        ({"args": {"predict_energy": SETTINGS}}, False),
        ({"cites": ["^facts$", "a BOOK", "page 1"]}, True),
        ({"cites": ["facts", "another book"]}, False),
        ({"cites": "a book"}, True),
        ({"contains": ["NORMAL", r"\[T\d\]"]}, True),
        ({"contains": ["normal", "abnormal"]}, False),
        ({"contains": "is normal"}, True),
        ({"not_contains": ["abnormal"]}, True),
        ({"not_contains": ["balling", "humping"]}, False),
    ],
)
def test_each_expectation(expect: dict[str, Any], right: bool):
    assert judge(ANSWER, expect) == {next(iter(expect)): right}


def test_every_aspect_can_be_judged():
    assert set(judge(ANSWER, {aspect: {} if aspect == "args" else [] for aspect in ASPECTS})) == set(ASPECTS)


@pytest.mark.parametrize(
    ("wanted", "right"),
    [
        ({"current_a": 188 * 1.0049}, True),
        ({"current_a": 188 * 0.9951}, True),
        ({"current_a": 188 * 1.0051}, False),
        ({"current_a": "188.0"}, True),
        ({"voltage_v": None}, False),
    ],
)
def test_arguments_agree_within_half_a_percent(wanted: dict[str, Any], right: bool):
    assert judge(ANSWER, {"args": {"detect_anomaly": SETTINGS | wanted}})["args"] is right


def test_an_argument_that_is_not_listed_must_be_absent():
    assert not judge(ANSWER, {"args": {"detect_anomaly": {k: v for k, v in SETTINGS.items() if k != "current_a"}}})["args"]
    assert not judge(ANSWER, {"args": {"detect_anomaly": SETTINGS | {"material": "316L"}}})["args"]


def test_names_agree_whatever_their_case():
    answer = answered("x", call(heat(**SETTINGS, material="316L")))
    assert judge(answer, {"args": {"predict_heat_input": SETTINGS | {"material": "316l"}}})["args"]


def test_a_tool_that_failed_has_not_run():
    answer = answered("x", ToolCall(id="T1", name="detect_anomaly", args={}, error="broken"))
    assert judge(answer, {"tools": [], "forbid_tools": ["detect_anomaly"]}) == {"tools": True, "forbid_tools": True}


class TestCases:
    def load(self, path: Path, *lines: str) -> list[dict[str, Any]]:
        path = path / "cases.jsonl"
        path.write_text("\n".join(lines))
        return load_cases(path)

    def test_are_read(self, tmp_path: Path):
        (case,) = self.load(tmp_path, "", '{"id": "a", "question": "q?", "expect": {"status": "answered"}, "tags": ["x"]}')
        assert case["expect"] == {"status": "answered"}

    @pytest.mark.parametrize("line", ["x", "[]", '{"id": 1}', '{"question": "q", "expect": 7}'])
    def test_a_bad_line_is_named(self, tmp_path: Path, line: str):
        with pytest.raises(BadInput, match=r"cases\.jsonl, line 2"):
            self.load(tmp_path, '{"question": "q?"}', line)

    def test_a_pattern_that_is_none_is_named(self, tmp_path: Path):
        path = tmp_path / "cases.jsonl"
        path.write_text('{"question": "a?", "expect": {"contains": ["fine", "(open"]}}\n')
        with pytest.raises(BadInput, match=r"line 1: '\(open' is not a regular expression"):
            load_cases(path)

    def test_an_unknown_expectation_is_named(self, tmp_path: Path):
        with pytest.raises(BadInput, match="line 1: unknown expectation 'colour'; known are status, tools"):
            self.load(tmp_path, '{"question": "q?", "expect": {"colour": "red"}}')

    def test_none_is_bad_input(self, tmp_path: Path):
        with pytest.raises(BadInput, match="holds no cases"):
            self.load(tmp_path, "")
        with pytest.raises(BadInput, match="There is no file"):
            load_cases(tmp_path / "none.jsonl")


class TestReport:
    CASES = (
        {"id": "a", "question": "a?", "expect": {"status": "answered", "contains": ["normal"]}, "tags": ["x", "y"]},
        {"id": "b", "question": "b?", "expect": {"status": "answered", "contains": ["abnormal"]}, "tags": ["x"]},
        {"question": "c?", "expect": {"status": "answered"}, "history": [{"role": "user", "content": "b?"}]},
        {"id": "d", "question": "d?", "expect": {}},
    )

    def test_shares_altogether_by_aspect_and_by_tag(self):
        seen: list[Any] = []
        report = run_cases(list(self.CASES), lambda q, h: seen.append((q, h)) or ANSWER)
        assert report["overall"] == report["metrics"]["overall"]["share"] == 0.75
        assert report["metrics"]["status"]["share"] == 1.0 and report["metrics"]["contains"] == {"share": 0.5, "n": 2, "ci95": [0.0945, 0.9055]}
        assert {tag: share["share"] for tag, share in report["by_tag"].items()} == {"x": 0.5, "y": 1.0}
        assert [(r["id"], r["passed"]) for r in report["results"]] == [("a", True), ("b", False), ("3", True), ("d", True)]
        assert seen[2] == ("c?", [{"role": "user", "content": "b?"}])
        json.dumps(report)

    def test_the_interval_is_wilsons(self):
        report = run_cases([{"question": "q", "expect": {}}] * 20, lambda q, h: ANSWER)
        assert report["metrics"]["overall"]["ci95"] == [0.8389, 1.0]  # 20 of 20: 1 / (1 + 1.96² / 20)

    def test_each_case_is_told_as_it_ends(self):
        told = []
        run_cases(list(self.CASES), lambda q, h: ANSWER, lambda result: told.append(result.id))
        assert told == ["a", "b", "3", "d"]

    def test_cases_run_side_by_side_and_come_back_in_order(self):
        together = Barrier(2, timeout=10)

        def ask(question: str, history: list[Any]) -> Answer:
            together.wait()
            time.sleep(0.05 if question in ("a?", "c?") else 0)
            return ANSWER.model_copy(update={"answer": question})

        report = run_cases(list(self.CASES), ask, concurrency=2)
        assert [(r["id"], r["answer"]) for r in report["results"]] == [("a", "a?"), ("b", "b?"), ("3", "c?"), ("d", "d?")]


class TestBesideWhatIsExpected:
    def metric(self, name: str, answer: Answer, expect: dict[str, Any]) -> float | None:
        return run_cases([{"question": "q", "expect": expect}], lambda q, h: answer)["metrics"].get(name, {}).get("share")

    def test_restraint_is_running_nothing_unwanted(self):
        assert ANSWER.tool_calls
        assert (
            self.metric("restraint", ANSWER, {"tools": []}) == 0
            and self.metric("restraint", Answer(status="answered", answer="Hi"), {"tools": []}) == 1
        )
        ran = ANSWER.tool_calls[0].name
        assert self.metric("restraint", ANSWER, {"forbid_tools": [ran]}) == 0 and self.metric("restraint", ANSWER, {"forbid_tools": ["other"]}) == 1
        assert self.metric("restraint", ANSWER, {"tools": [ran]}) is None

    def test_asking_back_counts_where_it_is_expected(self):
        asked = Answer(status="clarify", answer="Which travel speed?")
        assert self.metric("clarify", asked, {"status": "clarify"}) == 1 and self.metric("clarify", ANSWER, {"status": "clarify"}) == 0
        assert self.metric("clarify", asked, {"status": "answered"}) is None

    def test_who_wrote_it_counts_where_something_was_to_be_written(self):
        by_model = ANSWER.model_copy(update={"checks": ANSWER.checks.model_copy(update={"composer": "llm"})})
        by_template = ANSWER.model_copy(update={"checks": ANSWER.checks.model_copy(update={"composer": "template"})})
        assert self.metric("composed_by_model", by_model, {}) == 1 and self.metric("composed_by_model", by_template, {}) == 0
        assert self.metric("composed_by_model", Answer(status="answered", answer="Hi"), {}) is None

    def test_a_call_that_failed_is_not_valid(self):
        broken = ANSWER.model_copy(update={"tool_calls": [ANSWER.tool_calls[0].model_copy(update={"error": "no"})]})
        assert self.metric("valid", ANSWER, {}) == 1 and self.metric("valid", broken, {}) == 0


class TestGraders:
    def test_what_they_say_stands_beside_each_answer_and_the_rest_stays_as_it_is(self):
        cases = [
            {"id": "a", "question": "a?", "expect": {"status": "answered"}, "history": [{"role": "user", "content": "b?"}]},
            {"id": "c", "question": "c?", "expect": {}},
        ]
        asked: list[Any] = []

        def grade(question: str, history: list[Any], answer: Answer) -> Score | None:
            asked.append((question, history, answer.status))
            return Score(score=0.5, why="It is short.") if question == "a?" else None

        plain, graded = run_cases(cases, lambda q, h: ANSWER), run_cases(cases, lambda q, h: ANSWER, graders={"rubric": grade})
        assert [result.pop("rubric") for result in graded["results"]] == [{"score": 0.5, "why": "It is short."}, None]
        assert graded == plain and "rubric" not in plain["results"][0]
        assert asked == [("a?", [{"role": "user", "content": "b?"}], "answered"), ("c?", [], "answered")]
