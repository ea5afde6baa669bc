"""The load: nothing but the agent's own time is counted as such, and what is wrong ends the run with 1."""

from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from agent.settings import settings
from benchmarks import load
from tests.tools.process_models import write_process_models

GOOD = {"own_ms": [20.0, 30.0, 25.0], "errors": [], "memory_mib": [300.0, 310.0, 320.0, 320.0], "seconds": 1.0}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path)))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize("way", load.WAYS)
def test_a_load_without_errors_in_which_the_first_turn_is_not_counted(models, way: str):
    found = load.WAYS[way](2, 4)
    assert found["errors"] == [] and len(found["own_ms"]) == 4
    assert all(0 < each < 60_000 for each in found["own_ms"]) and load.faults(way, found | {"memory_mib": [1.0] * 4}) == []


def test_the_model_waits_differently_each_time_and_tells_how_long(monkeypatch: pytest.MonkeyPatch):
    now, slept = [0.0], []
    monkeypatch.setattr(load.time, "sleep", lambda seconds: (slept.append(seconds), now.__setitem__(0, now[0] + seconds)))
    monkeypatch.setattr(load.time, "perf_counter", lambda: now[0])
    told = [load.PacedModel(replies=[]).invoke([HumanMessage("188 A")]).usage_metadata["output_tokens"]]  # type: ignore[index]
    model = load.PacedModel(replies=[])
    told += [model.invoke([HumanMessage(f"[T1] The bead is normal {each}.")]).usage_metadata["output_tokens"] for each in range(9)]  # type: ignore[index]
    assert told == [round(each * 1e6) for each in slept] and told[0] == told[1] and len(set(told)) == 9
    assert all(250_000 <= each <= 750_000 for each in told)


def test_own_time_is_what_is_left_of_the_whole():
    assert load.own_ms({"total": 1100.0, "tools": 60.0, "route": 500.0}, {"completion_tokens": 1_000_000}) == pytest.approx(40.0)


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({}, 0, "320 MiB"),
        ({"errors": ["error: x", "error: x"]}, 1, "http: 2 × error: x"),
        ({"memory_mib": [300.0, 300.0, 310.0, 345.0]}, 1, "http: the memory grew from 310 to 345 MiB"),
        ({"memory_mib": [300.0, 320.0, 320.0, 340.0]}, 0, "340 MiB"),
    ],
)
def test_errors_and_a_leak_end_it_with_one(monkeypatch: pytest.MonkeyPatch, capsys, change: dict, code: int, said: str):
    monkeypatch.setattr(load, "WAYS", {"http": lambda conversations, turns: GOOD | change})
    assert load.main([]) == code and said in capsys.readouterr().out


def test_what_is_too_little_to_show_a_leak_is_refused(capsys):
    with pytest.raises(ValueError, match="looked at 3 times"):
        load.halves([300.0, 310.0, 900.0])
    with pytest.raises(SystemExit):
        load.main(["--conversations", "10", "--turns", "29"])
    assert "give --turns 30" in capsys.readouterr().err


def test_a_refusal_in_slack_is_an_error_and_holds_nothing_up(models, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(load, "serve_slack", serve_refusing)
    found = load.in_slack(2, 4)
    assert found["errors"] == ["a question was not asked"] * 4 and found["own_ms"] == []


def serve_refusing(*args: Any) -> None:
    """The assistant in a process of its own, which asks nothing after the first question."""
    from agent.errors import Busy
    from agent.slack.questions import Questions

    ask, first = Questions.ask, iter([True])

    def refusing(*args: Any) -> None:
        if not next(first, False):
            raise Busy("Busy: 4 questions are ahead already; ask again in a minute.")
        ask(*args)

    Questions.ask = refusing  # type: ignore[method-assign]
    serve(*args)


serve = load.serve_slack
