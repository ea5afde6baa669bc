"""How the cost of reading a text grows with its length."""

from collections.abc import Callable
from time import thread_time


def growth(read: Callable[[str], object], text: Callable[[int], str], short: int = 1000) -> float:
    """How many times longer `read` takes of this thread's time for a text of ten times the length: about 10 where it looks at each character
    once, about 100 where it looks at the rest of the text from each."""
    return _cost(read, text(10 * short)) / _cost(read, text(short))


def _cost(read: Callable[[str], object], text: str) -> float:
    """The least of several, since other work on this machine only adds."""
    costs = []
    for _ in range(5):
        begun = thread_time()
        read(text)
        costs.append(thread_time() - begun)
    return max(min(costs), 1e-6)
