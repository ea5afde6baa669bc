"""A question back is known again, whatever it asked for."""

from itertools import combinations

import pytest

from agent.asking import TEXTS, alone, asked_for, texts
from agent.state import Message


def asked(content: str) -> list[Message]:
    return [Message(role="user", content="Grade it"), Message(role="assistant", content=content)]


@pytest.mark.parametrize("names", [names for count in (1, 2, 3) for names in combinations(TEXTS, count)], ids=" ".join)
def test_any_texts_are_known_again_alone_and_behind_settings(names: tuple[str, ...]):
    assert asked_for(asked(texts(names))) == names and alone(asked(texts(names)))
    both = asked(f"What is the voltage (in V or another unit)? {texts(names)}")
    assert asked_for(both) == names and not alone(both)


def test_another_answer_asked_for_nothing():
    for history in ([], asked("The grade is 0.40 [T1]."), asked(texts(["note"]))[:1], asked(f"{texts(['note'])} Or not.")):
        assert asked_for(history) == () and not alone(history)
