"""Does a text say what is said of it, nearly word for word? No model judges that: the words must stand in it, in their order, with
the same numbers and as much denied. Knows nothing of who said what.
"""

import re
from collections.abc import Iterator

from tools.clauses import numbers_stand
from tools.lexical import contradicted, terms

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")
FRAME = frozenset(terms(
    "the a an it its is are was were be been being of in on at to that this these those and but or nor which what where as by for with from has have "
    "had having about their they he she his her your you did does do done don doesn didn isn aren wasn t s also only however there while "
    "whereas although though yet not no neither nothing "
    "answer answers answered reference trainee trainees operator operators user student clause clauses part parts partly partially point points "
    "something some one against opposite following "
    "say says said state states stated give gives gave given read reads write writes wrote written note notes noted claim claims claimed"
))  # fmt: skip


def content(text: str) -> list[str]:
    """The word beginnings and numbers of a text in order, but for words that only tell who says what, and negations."""
    return [term for _, _, term in _tokens(text)]


def stands(said: str, text: str) -> bool:
    """Whether `text` has all words and numbers of `said` in the same order, at most with others between, and denies as much."""
    held = list(_tokens(text))
    places: list[int] = []
    for term in content(said):
        after = places[-1] + 1 if places else 0
        place = next((i for i in range(after, len(held)) if held[i][2] == term), None)
        if place is None:
            return False
        places.append(place)
    if not places:
        return True
    start = held[places[0] - 1][1] if places[0] else 0  # English denies before the word, Korean after it
    end = held[places[-1]][1]
    if places[-1] + 1 == len(held):
        end = len(text)
    elif not text[end - 1].isascii():
        end = held[places[-1] + 1][0]
    quoted = text[start:end]
    return numbers_stand(said, text) and not contradicted(said.lower(), quoted.lower())


def _tokens(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _TOKEN.finditer(text):
        for term in terms(match[0]):
            if term not in FRAME and not contradicted(match[0].lower(), ""):  # that differs from nothing by a negation alone
                yield match.start(), match.end(), term
