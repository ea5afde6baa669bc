"""The journal: each question once, and what a restart finds of it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agent.slack.incoming import MAIN, Incoming
from agent.slack.journal import Journal
from agent.slack.reply import said


def question(ts: str = "1.1", root: str = "1.1") -> Incoming:
    return Incoming(team="T1", channel="C1", ts=ts, root=root, user="U1", question="Is it normal?")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "slack.sqlite"


def test_each_once_by_event_and_by_message(file: Path):
    journal = Journal(file)
    assert journal.take(question(), "E1")
    assert not journal.take(question(), "E1"), "the same event"
    assert not journal.take(question(), "E2"), "the same message in another event"
    assert not journal.take(question("2.2"), "E2"), "the same event with another message"
    assert journal.take(question("3.3"), "E3") and journal.take(question("4.4"))
    journal.close()
    assert not Journal(file).take(question(), "E1"), "after a restart"


def test_of_many_at_once_one_takes_it(file: Path):
    journal = Journal(file)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda at: journal.take(question(f"{at % 5}.0"), f"E{at % 5}"), range(40)))
    assert sum(taken) == 5


def test_what_a_restart_finds(file: Path):
    journal = Journal(file)
    for ts in ("1.1", "2.2", "3.3"):
        journal.take(question(ts))
    journal.shown("C1:1.1", "9.9")
    journal.answered("C1:2.2", said("Yes."), "checkpoint")
    journal.answered("C1:3.3", said("No."), None)
    journal.posted("C1:3.3")
    journal.close()
    taken, answered = Journal(file).unfinished(60)
    assert (taken.incoming, taken.shown, taken.reply) == (question("1.1"), "9.9", None)
    assert (answered.incoming.ts, answered.reply) == ("2.2", said("Yes."))


def test_what_is_old_is_let_go(file: Path):
    journal = Journal(file)
    journal.take(question())
    assert journal.unfinished(within_s=-1) == [] and journal.unfinished(3600) == []
    assert not journal.take(question()), "it is known all the same"


def test_no_text_is_kept_of_what_was_posted(file: Path):
    journal = Journal(file)
    journal.take(question())
    journal.answered("C1:1.1", said("A private answer."), "checkpoint")
    journal.posted("C1:1.1")
    assert journal.turn("C1:1.1") == ("slack/T1/C1/1.1", "checkpoint")
    journal.close()
    import sqlite3

    rows = sqlite3.connect(file).execute("SELECT * FROM questions").fetchall()
    assert "private" not in str(rows) and "Is it normal" not in str(rows)


def test_the_threads_that_it_takes_part_in(file: Path):
    journal = Journal(file)
    journal.take(question("2.2", root="1.1"))
    assert journal.takes_part("slack/T1/C1/1.1") and not journal.takes_part("slack/T1/C1/2.2")


class TestTheMainLineOfADirectMessage:
    """Each question as it comes, with `main` for its root until it is known which conversation that is."""

    @staticmethod
    def come(journal: Journal, ts: str, pause_s: float = 3600) -> str:
        incoming = question(ts, root=MAIN)
        journal.take(incoming)
        root = journal.main_line(incoming, ts, pause_s)
        journal.rooted(incoming.model_copy(update={"root": root}))
        return root

    def test_it_is_one_conversation_until_a_pause(self, file: Path):
        journal = Journal(file)
        assert [self.come(journal, ts) for ts in ("11.1", "12.1")] == ["main-11.1"] * 2
        assert self.come(journal, "13.1", pause_s=-1) == "main-13.1"
        journal.close()
        assert self.come(Journal(file), "14.1") == "main-13.1", "after a restart"

    def test_what_comes_late_belongs_where_it_was_written(self, file: Path):
        journal = Journal(file)
        self.come(journal, "11.1")
        self.come(journal, "13.1", pause_s=-1)
        assert (self.come(journal, "12.1"), self.come(journal, "14.1")) == ("main-11.1", "main-13.1")

    def test_what_waits_behind_it_does_not_hide_the_pause(self, file: Path):
        journal = Journal(file)
        first, second = question("21.1", root=MAIN), question("22.1", root=MAIN)
        self.come(journal, "11.1")
        for each in (first, second):
            journal.take(each)
        assert journal.main_line(first, "21.1", -1) == "main-21.1"

    def test_that_of_another_person_and_threads_are_not_looked_at(self, file: Path):
        journal = Journal(file)
        self.come(journal, "11.1")
        journal.take(question("12.1", root="11.1"))
        other = question("13.1", root=MAIN).model_copy(update={"channel": "D2"})
        journal.take(other)
        assert journal.main_line(other, "13.1", 3600) == "main-13.1"


def test_what_is_pruned_is_forgotten(file: Path):
    journal = Journal(file)
    journal.take(question(), "E1")
    journal.prune(1)
    assert not journal.take(question(), "E1")
    journal.prune(-1)
    assert journal.take(question(), "E1")
