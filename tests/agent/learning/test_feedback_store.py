"""What users said is kept for good, by several at once, and only what a person approved may be learnt from."""

import multiprocessing
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agent.errors import BadInput, WaamError
from agent.learning.feedback_store import FeedbackStore
from tests.agent.fakes import feedback, verdict

GOOD = "The bead is predicted to be normal with probability 0.93 [T1]."
BETTER = "Normal with probability 0.93, the bead is predicted to be normal [T1]."


@pytest.fixture
def store(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(tmp_path)


def test_a_restart_forgets_nothing(store: FeedbackStore, tmp_path: Path):
    kept = store.add(feedback(comment="정말 좋아요", history=[{"role": "user", "content": "안녕"}]))
    assert FeedbackStore(tmp_path).all() == [kept] and kept.id == 1 and kept.calls[0].result == verdict()


def test_approved_is_what_was_decided_on_and_no_other(store: FeedbackStore):
    ids = [store.add(feedback(question=f"{i}?")).id for i in range(4)]
    store.decide(ids[:2], True)
    store.decide(ids[1:3], False)
    assert [each.approved for each in store.all()] == [True, False, False, None]
    assert [each.id for each in store.approved()] == ids[:1]


def test_an_unknown_number_decides_nothing(store: FeedbackStore):
    store.add(feedback())
    with pytest.raises(BadInput, match="There is no feedback 7; `waam feedback list --all`"):
        store.decide([1, 7], True)
    assert store.all()[0].approved is None


def test_words_that_agree_on_one_turn_become_one(store: FeedbackStore):
    for word in ({"comment": "wrong tool"}, {"tools": ["predict_heat_input"]}, {"answer": GOOD}):
        store.add(feedback(verdict="bad", **word))
    (kept,) = store.all()
    assert (kept.comment, kept.tools, kept.answer) == ("wrong tool", ["predict_heat_input"], GOOD)


def test_a_change_of_mind_takes_back_what_was_said(store: FeedbackStore):
    store.add(feedback(verdict="bad", comment="wrong", tools=["predict_heat_input"]))
    store.add(feedback())
    (kept,) = store.all()
    assert (kept.verdict, kept.comment, kept.tools) == ("good", "", [])


def test_what_is_approved_by_its_number_is_what_was_shown_under_it(store: FeedbackStore):
    shown = store.add(feedback(comment="fine"))
    store.add(feedback(verdict="bad", answer=GOOD))
    with pytest.raises(BadInput, match="no feedback 1"):
        store.decide([shown.id], True)


def test_what_was_approved_stays_until_the_next_word_is(store: FeedbackStore):
    first = store.add(feedback(verdict="bad", tools=["predict_heat_input"]))
    store.decide([first.id], True)
    second = store.add(feedback(verdict="bad", answer=GOOD))
    assert [each.id for each in store.approved()] == [first.id] and second.tools == first.tools, "and the second goes on from the first"
    store.decide([second.id], True)
    assert [each.id for each in store.approved()] == [second.id], "one lesson for a turn, the latest"


def test_what_was_rejected_is_no_part_of_a_later_word(store: FeedbackStore):
    store.decide([store.add(feedback(verdict="bad", tools=["predict_heat_input"])).id], False)
    assert store.add(feedback(verdict="bad", answer=GOOD)).tools == [] and len(store.all()) == 2


@pytest.mark.parametrize("other", [{"thread": "tuesday"}, {"place": 2}, {"question": "and now?"}, {"draft": BETTER}])
def test_another_turn_is_another_feedback(store: FeedbackStore, other: dict[str, Any]):
    store.add(feedback())
    store.add(feedback(**other))
    assert len(store.all()) == 2


def test_several_at_once(store: FeedbackStore):
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda i: FeedbackStore(store.file.parent).add(feedback(question=f"{i}?")), range(40)))
    assert len({each.id for each in kept}) == 40 and {each.question for each in store.all()} == {f"{i}?" for i in range(40)}


def test_two_processes(store: FeedbackStore, tmp_path: Path):
    def write(thread: str) -> None:
        for i in range(10):
            FeedbackStore(tmp_path).add(feedback(thread=thread, question=f"{i}?"))

    running = [multiprocessing.get_context("fork").Process(target=write, args=(name,)) for name in ("one", "two")]
    for process in running:
        process.start()
    for process in running:
        process.join(60)
    assert [process.exitcode for process in running] == [0, 0]
    assert sorted((each.thread, each.question) for each in store.all()) == [(name, f"{i}?") for name in ("one", "two") for i in range(10)]
    with sqlite3.connect(store.file) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_that_is_no_database_is_one_sentence(store: FeedbackStore):
    store.file.write_text("what is this " * 100)
    with pytest.raises(WaamError, match=r"feedback\.sqlite cannot be read or written \(file is not a database\)"):
        store.all()


def test_a_row_that_cannot_be_read_is_one_sentence(store: FeedbackStore):
    store.add(feedback())
    with sqlite3.connect(store.file) as database:
        database.execute("UPDATE feedback SET body = '{}'")
    with pytest.raises(WaamError, match="cannot be read or written"):
        store.all()
