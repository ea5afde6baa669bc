"""The line in front of the model: bounded, fair, one turn of a conversation at a time."""

from collections.abc import Callable
from concurrent.futures import wait
from threading import Event as Flag
from threading import Lock
from time import monotonic, sleep

import pytest

from agent.errors import Busy
from agent.many.turns import Asked, Turns
from agent.state import Answer

LONG = 20.0


class Held:
    """What answers when it is let go, and remembers the order in which it was asked and how many ran together."""

    def __init__(self) -> None:
        self.go, self.begun = Flag(), Flag()
        self.order: list[str] = []
        self.together, self.most = 0, 0
        self.lock = Lock()

    def __call__(self, asked: Asked, on_event: Callable[[str, str], None]) -> Answer:
        with self.lock:
            self.order.append(asked.question)
            self.together += 1
            self.most = max(self.most, self.together)
        self.begun.set()
        assert self.go.wait(LONG)
        with self.lock:
            self.together -= 1
        if asked.question == "break":
            raise ValueError("broken")
        return Answer(status="answered", answer=asked.question)

    def let_go_when(self, running: int) -> None:
        """Once so many run together: begun is not asked yet."""
        until = monotonic() + LONG
        while self.together < running:
            assert monotonic() < until
            sleep(0.01)
        self.go.set()


@pytest.fixture
def held() -> Held:
    return Held()


def ask(turns: Turns, question: str, user: str = "a", thread: str | None = None, heard: list[str] | None = None):
    return turns.submit(Asked(question, user, thread), lambda kind, text: heard.append(text) if heard is not None else None)


def test_no_more_run_at_once_than_there_is_room_for(held: Held):
    turns = Turns(held, at_once=3, most_waiting=20)
    futures = [ask(turns, str(n)) for n in range(12)]
    assert (turns.running, turns.waiting) == (3, 9)
    held.let_go_when(3)
    assert [future.result(LONG).answer for future in futures] == [str(n) for n in range(12)]
    assert held.most == 3 and turns.waiting == 0


def test_whoever_waits_is_served_in_turns(held: Held):
    turns = Turns(held, at_once=1, most_waiting=20)
    futures = [ask(turns, f"a{n}", "a") for n in range(4)] + [ask(turns, "b0", "b"), ask(turns, "c0", "c")]
    held.go.set()
    wait(futures, LONG)
    assert held.order == ["a0", "a1", "b0", "c0", "a2", "a3"]


def test_a_conversation_goes_one_after_the_other_and_others_pass_it(held: Held):
    turns = Turns(held, at_once=2, most_waiting=20)
    first, second = ask(turns, "first", "a", "t"), ask(turns, "second", "a", "t")
    other = ask(turns, "other", "a", "u")
    assert (turns.running, turns.waiting) == (2, 1)
    held.let_go_when(2)
    wait([first, second, other], LONG)
    assert held.order.index("second") == 2


def test_a_full_line_refuses_in_one_sentence_and_loses_nobody(held: Held):
    turns = Turns(held, at_once=1, most_waiting=2)
    futures = [ask(turns, str(n)) for n in range(3)]
    with pytest.raises(Busy, match=r"^Busy: 2 questions are ahead already; ask again in a minute\.$"):
        ask(turns, "one too many")
    held.go.set()
    assert len(wait(futures, LONG).done) == 3


def test_one_who_fills_the_line_does_not_keep_others_out(held: Held):
    turns = Turns(held, at_once=1, most_waiting=3)
    futures = [ask(turns, f"a{n}", "a") for n in range(4)]
    other = ask(turns, "b0", "b")
    with pytest.raises(Busy, match="others are waiting too"):
        futures[3].result(LONG)
    with pytest.raises(Busy, match="3 questions are ahead"):
        ask(turns, "b1", "b")
    held.go.set()
    assert other.result(LONG).answer == "b0" and [future.result(LONG).answer for future in futures[:3]] == ["a0", "a1", "a2"]


def test_who_waits_hears_how_many_are_ahead(held: Held):
    turns = Turns(held, at_once=1, most_waiting=9)
    heard: dict[str, list[str]] = {"a1": [], "a2": [], "b0": []}
    futures = [ask(turns, "a0", "a"), *(ask(turns, name, name[0], heard=heard[name]) for name in heard)]
    held.go.set()
    wait(futures, LONG)
    assert heard == {"a1": ["1 ahead"], "a2": ["2 ahead", "3 ahead", "2 ahead", "1 ahead"], "b0": ["2 ahead", "1 ahead"]}


def test_a_listener_that_breaks_gives_up_its_place(held: Held):
    turns = Turns(held, at_once=1, most_waiting=9)
    first = ask(turns, "first")

    def gone(kind: str, text: str) -> None:
        raise ConnectionError

    lost, last = turns.submit(Asked("lost", "b"), gone), ask(turns, "last", "c")
    held.go.set()
    assert last.result(LONG).answer == "last" and first.done() and lost.cancelled() and "lost" not in held.order


def test_a_cancelled_question_makes_room(held: Held):
    turns = Turns(held, at_once=1, most_waiting=1)
    ask(turns, "runs")
    assert ask(turns, "waits").cancel()
    last = ask(turns, "last")
    held.go.set()
    assert last.result(LONG).answer == "last" and "waits" not in held.order


def test_a_broken_turn_is_its_own(held: Held):
    turns = Turns(held, at_once=1, most_waiting=9)
    broken, fine = ask(turns, "break"), ask(turns, "fine")
    held.go.set()
    with pytest.raises(ValueError, match="broken"):
        broken.result(LONG)
    assert fine.result(LONG).answer == "fine"


def test_closing_lets_what_runs_end_and_refuses_the_rest(held: Held):
    turns = Turns(held, at_once=1, most_waiting=9)
    runs, waits = ask(turns, "runs"), ask(turns, "waits")
    assert held.begun.wait(LONG)
    assert not turns.close(0.01), "it cannot have ended"
    with pytest.raises(Busy, match="stopping"):
        waits.result(LONG)
    with pytest.raises(Busy, match="stopping"):
        ask(turns, "late")
    held.go.set()
    assert runs.result(LONG).answer == "runs" and turns.close(LONG)
