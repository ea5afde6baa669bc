"""Between reading and writing: order, time limits, Ctrl-C, and a bound on what is in between."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from queue import SimpleQueue
from types import SimpleNamespace

import pytest

from agent.batch.flow import Stopped, flow
from agent.batch.items import Item
from agent.batch.threads import Threads
from agent.errors import BadInput, WaamError
from agent.state import Answer
from tests.agent.fakes import answered

DEADLINE_S = 60.0


def items(count: int) -> Iterator[Item]:
    return (Item(str(number), f"question {number}?") for number in range(count))


def echo(question: str, history: list) -> Answer:
    return answered(question)


def asked(items: Iterator[Item], ask=echo, concurrency: int = 4, **options) -> list[tuple[str, str]]:
    return [(item.id, answer.status) for item, answer in flow(items, lambda done: Threads(ask, done, concurrency), concurrency, **options)]


def test_in_order_even_behind_a_slow_line_and_never_more_in_between_than_allowed():
    go, read, written, most = threading.Event(), 0, 0, 0

    def counted() -> Iterator[Item]:
        nonlocal read, most
        for item in items(50):
            read += 1
            most = max(most, read - written)
            yield item

    def ask(question: str, history: list) -> Answer:
        if question == "question 0?":
            assert go.wait(DEADLINE_S)
        elif question == "question 7?":  # the last that may be read before the first is written
            go.set()
        return echo(question, history)

    for place, (item, answer) in enumerate(flow(counted(), lambda done: Threads(ask, done, 4), 4, ordered=True)):
        assert (item.id, answer.answer) == (str(place), f"question {place}?")
        written += 1
    assert written == 50 and most <= 9, "8 between reading and writing; one is counted before it is given out"


def test_a_line_that_takes_too_long_gets_an_error_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch):
    never, hanging = threading.Event(), []
    clock = SimpleNamespace(monotonic=lambda: 3600.0 if len(hanging) == 2 else 0.0)  # an hour goes by once both hang
    monkeypatch.setattr("agent.batch.flow.time", clock)

    def ask(question: str, history: list) -> Answer:
        if question in ("question 1?", "question 2?"):
            hanging.append(question)
            never.wait(DEADLINE_S)
        return echo(question, history)

    found = dict(asked(items(20), ask, concurrency=2, timeout_s=600))
    never.set()
    assert len(found) == 20 and [name for name, status in found.items() if status == "error"] == ["1", "2"]


def test_a_line_whose_time_was_up_before_it_began_is_not_asked():
    begun, go, asked, answers = threading.Event(), threading.Event(), [], SimpleQueue()

    def ask(question: str, history: list) -> Answer:
        asked.append(question)
        begun.set()
        assert go.wait(DEADLINE_S)
        return echo(question, history)

    threads = Threads(ask, lambda number, answer: answers.put(number), 1)
    for number, item in enumerate(items(2)):
        threads.start(number, item)
    assert begun.wait(DEADLINE_S)
    threads.leave(1)
    threads.start(2, Item("2", "question 2?"))
    go.set()
    assert [answers.get(timeout=DEADLINE_S) for _ in range(2)] == [0, 2] and asked == ["question 0?", "question 2?"]
    threads.close()


def test_when_everything_hangs_the_run_ends_and_says_so():
    never = threading.Event()
    with pytest.raises(WaamError, match="hang and do not end"):
        asked(items(100), lambda question, history: never.wait(DEADLINE_S) and answered(), concurrency=2, timeout_s=0.05)
    never.set()


def test_an_input_that_breaks_off_is_answered_as_far_as_it_goes():
    def broken() -> Iterator[Item]:
        yield from items(5)
        raise BadInput("line 6 is none")

    found: list[str] = []
    with pytest.raises(BadInput, match="line 6"):
        for item, _ in flow(broken(), lambda done: Threads(echo, done, 2), 2):
            found.append(item.id)
    assert sorted(found) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_in_flight_is_finished_after_a_signal(number: signal.Signals, ordered: bool):
    begun, go, told, found = threading.Barrier(3), threading.Event(), [], []

    def ask(question: str, history: list) -> Answer:
        if question in ("question 0?", "question 1?"):
            begun.wait(DEADLINE_S)
            assert go.wait(DEADLINE_S)
        return echo(question, history)

    def stop() -> None:
        begun.wait(DEADLINE_S)
        os.kill(os.getpid(), number)

    def on_stop(running: int) -> None:
        told.append(running)
        go.set()

    threading.Thread(target=stop, daemon=True).start()
    before = signal.getsignal(number)
    with pytest.raises(Stopped):
        for item, _ in flow(items(100), lambda done: Threads(ask, done, 2), 2, ordered=ordered, on_stop=on_stop):
            found.append(item.id)
    assert sorted(found) == ["0", "1"] and told == [2] and signal.getsignal(number) is before


def test_a_second_ctrl_c_ends_at_once():
    never = threading.Event()
    begun = time.monotonic()

    def ask(question: str, history: list) -> Answer:
        os.kill(os.getpid(), signal.SIGINT)
        never.wait(DEADLINE_S)
        return answered()

    with pytest.raises(KeyboardInterrupt) as ended:
        asked(items(5), ask, concurrency=1, on_stop=lambda running: os.kill(os.getpid(), signal.SIGINT))
    never.set()
    assert not isinstance(ended.value, Stopped) and time.monotonic() - begun < DEADLINE_S
