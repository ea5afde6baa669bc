"""A killed evaluation goes on: nothing that was answered is asked again, nothing of another evaluation is taken over."""

from pathlib import Path
from threading import Barrier, Event

import pytest

from agent.errors import BadInput
from agent.evaluation.evaluate import CaseResult, run_cases
from agent.evaluation.journal import Journal
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


def test_what_is_done_is_kept_however_slow_the_case_before_it(tmp_path: Path):
    journal, rest = Journal(tmp_path / "out.json", OF), Event()
    journal.read()

    def ask(question: str, history: object) -> Answer:
        if question == "one":
            assert rest.wait(timeout=10)
        return answered(f"It is {question}.")

    def kept(result: CaseResult) -> None:
        journal.add(result)
        if len(journal.read()) == 2:
            rest.set()

    report = run_cases(CASES, ask, kept, concurrency=2)
    assert sorted(list(journal.read())[:2]) == [2, 3] and [result["id"] for result in report["results"]] == ["1", "2", "3"]


def test_what_was_being_asked_when_another_failed_is_kept(tmp_path: Path):
    journal, both, failed = Journal(tmp_path / "out.json", OF), Barrier(2, timeout=10), Event()
    journal.read()

    def ask(question: str, history: object) -> Answer:
        if question == "three":
            return answered()
        both.wait()
        if question == "one":
            failed.set()
            raise KeyboardInterrupt
        assert failed.wait(timeout=10)
        return answered()

    with pytest.raises(KeyboardInterrupt):
        run_cases(CASES, ask, journal.add, concurrency=2)
    assert 2 in journal.read()


def test_a_line_torn_within_a_letter_is_asked_again(tmp_path: Path):
    journal = Journal(tmp_path / "out.json", OF)
    run(journal)
    with journal.file.open("ab") as file:
        file.write('{"id": "입'.encode()[:-1])
    assert run(Journal(tmp_path / "out.json", OF))[1] == []


@pytest.mark.parametrize(
    "left",
    [
        b"", b"\n", b'{"cases": "abc"', b'{"cases": "abc", "model": "m"\n', b'{"cases": "abc", "model": "m"}\nnot a row\n',
        b'{"cases": "abc", "model": "m"}\n{"number": 1, "id": "a"}\n', b'{"cases": "abc", "model": "m"}\n[]\n', b"\xff\n",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_the_remedy(tmp_path: Path, left: bytes):
    journal = Journal(tmp_path / "out.json", OF)
    journal.file.write_bytes(left)
    with pytest.raises(BadInput, match=r"out\.json\.partial is damaged or was left by another version; remove it, and every case is asked again\.$"):
        journal.read()
    assert journal.file.read_bytes() == left, "what is there may be wanted by the version that wrote it"


def test_a_row_of_another_version_is_not_taken_in_part(tmp_path: Path):
    journal = Journal(tmp_path / "out.json", OF)
    run(journal)
    journal.file.write_text(journal.file.read_text().replace('"passed"', '"new": 1, "passed"'))
    with pytest.raises(BadInput, match="another version"):
        journal.read()


def test_a_run_killed_while_it_begins_leaves_no_half_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def killed(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killing, pytest.raises(KeyboardInterrupt):
        killing.setattr(Path, "replace", killed)
        Journal(tmp_path / "out.json", OF).read()
    assert run(Journal(tmp_path / "out.json", OF))[1] == ["one", "two", "three"]


def test_cases_without_names_are_told_apart(tmp_path: Path):
    journal = Journal(tmp_path / "out.json", OF)
    run(journal)
    assert sorted(journal.read()) == [1, 2, 3]


def test_nothing_is_left_when_all_is_done(tmp_path: Path):
    journal = Journal(tmp_path / "out.json", OF)
    run(journal)
    journal.done()
    assert list(tmp_path.iterdir()) == []
