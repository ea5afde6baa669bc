"""Running calls: side by side, timed, each failing alone."""

import threading

from agent.runner import number_passages, run_calls
from agent.state import ToolCall
from tests.agent.fakes import SETTINGS, call, found, passage
from tools.encoder import ModelMissing
from tools.result import ToolInputError

CALLS = [("detect_anomaly", SETTINGS), ("predict_heat_input", SETTINGS)]


def silent(line: str) -> None:
    pass


def test_calls_are_numbered_in_order_and_timed(bench):
    calls = run_calls(CALLS, silent)
    assert [(c.id, c.name, c.args) for c in calls] == [("T1", *CALLS[0]), ("T2", *CALLS[1])]
    assert all(c.result and c.error is None and c.ms >= 0 for c in calls)


def test_none_is_none(bench):
    assert run_calls([], silent) == []


def test_calls_run_at_the_same_time(bench):
    together = threading.Barrier(2, timeout=5)
    for name, _ in CALLS:
        answer = bench.answers[name]
        bench.answers[name] = lambda answer=answer, **args: together.wait() >= 0 and answer(**args)
    assert [c.error for c in run_calls(CALLS, silent)] == [None, None]


def test_one_that_breaks_does_not_take_the_other_with_it(bench):
    bench.answers["detect_anomaly"] = lambda **args: 1 / 0
    broken, well = run_calls(CALLS, silent)
    assert broken.result is None and broken.error == "detect_anomaly failed (ZeroDivisionError: division by zero); run `waam doctor`."
    assert well.result is not None and well.error is None


def test_a_refusal_is_given_in_the_tools_own_words(bench):
    for error in (ToolInputError("Current is out of range."), ModelMissing("The model is not built yet.")):

        def refuse(error=error, **args):
            raise error

        bench.answers["detect_anomaly"] = refuse
        (refused,) = run_calls(CALLS[:1], silent)
        assert refused.error == str(error) and refused.bad_input == isinstance(error, ToolInputError)


def test_progress_names_each_tool(bench):
    lines: list[str] = []
    run_calls(CALLS, lines.append)
    assert lines == ["running detect_anomaly", "running predict_heat_input"]


class TestPassages:
    def test_are_numbered_across_searches_each_once(self):
        calls = [call(found(passage("a"), passage("b"))), call(found(passage("b"), passage("c")), "T2")]
        assert [(p.id, p.text) for p in number_passages(calls)] == [("K1", "a"), ("K2", "b"), ("K3", "c")]

    def test_the_results_carry_the_same_marks(self):
        calls = [call(found(passage("a"), passage("b"))), call(found(passage("b"), passage("c")), "T2")]
        number_passages(calls)
        assert [[p.id for p in c.result.passages] for c in calls if c.result] == [["K1", "K2"], ["K2", "K3"]]

    def test_a_failed_search_has_none(self):
        assert number_passages([ToolCall(id="T1", name="search_knowledge", args={}, error="broken")]) == []
