"""A killed evaluation goes on: nothing that was answered is asked again, nothing of another evaluation is taken over."""

from pathlib import Path

import pytest

from agent.errors import BadInput
from agent.eval_journal import Journal
from agent.evaluation import run_cases
from agent.state import Answer
from tests.agent.fakes import answered

OF = {"cases": "abc", "model": "m"}
CASES = [{"question": q, "expect": {"contains": "one"}} for q in ("one", "two", "three")]


def run(journal: Journal, fails_at: str = "") -> tuple[dict[str, object], list[str]]:
    """The report, and what was asked for it."""
    asked: list[str] = []

    def ask(question: str, history: object) -> Answer:
        if question == fails_at:
            raise KeyboardInterrupt
        asked.append(question)
        return answered(f"It is {question}.")

    return run_cases(CASES, ask, journal.add, known=journal.read()), asked


def test_a_killed_run_goes_on_with_what_is_left(tmp_path: Path):
    with pytest.raises(KeyboardInterrupt):
        run(Journal(tmp_path / "out.json", OF), fails_at="three")
    report, asked = run(Journal(tmp_path / "out.json", OF))
    whole, all_of_them = run(Journal(tmp_path / "other.json", OF))
    assert asked == ["three"] and all_of_them == ["one", "two", "three"] and report == whole


def test_a_torn_last_line_is_asked_again_and_written_whole(tmp_path: Path):
    journal = Journal(tmp_path / "out.json", OF)
    run(journal)
    journal.file.write_text(journal.file.read_text()[:-20])
    assert run(Journal(tmp_path / "out.json", OF))[1] == ["three"]
    assert run(Journal(tmp_path / "out.json", OF))[1] == []


def test_results_of_another_evaluation_are_not_taken_over(tmp_path: Path):
    run(Journal(tmp_path / "out.json", OF))
    with pytest.raises(BadInput, match=r"out\.json\.partial is of another evaluation; give another --out"):
        Journal(tmp_path / "out.json", OF | {"model": "other"}).read()


def test_cases_without_names_are_told_apart(tmp_path: Path):
    journal = Journal(tmp_path / "out.json", OF)
    run(journal)
    assert sorted(journal.read()) == [1, 2, 3]


def test_nothing_is_left_when_all_is_done(tmp_path: Path):
    journal = Journal(tmp_path / "out.json", OF)
    run(journal)
    journal.done()
    assert list(tmp_path.iterdir()) == []
