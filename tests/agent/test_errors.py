"""The tree of errors is the one its module draws."""

import inspect

import pytest

from agent import errors

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__]


@pytest.mark.parametrize("error", CLASSES, ids=lambda c: c.__name__)
def test_is_drawn_and_caught_by_the_base(error: type):
    assert error.__name__ in (errors.__doc__ or "") and issubclass(error, errors.WaamError) and error.__doc__


def test_a_message_is_printed_as_it_is():
    assert str(errors.BadInput("One sentence.")) == "One sentence."
