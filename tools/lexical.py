"""How far one text says what another says, as numbers from their letters, words and order. No model and no one language:
words count by their beginnings, so that endings and particles do not hide them.

Most values are given for both texts, the share of `a` found in `b` and the other way round, as either may be the reference.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from itertools import pairwise

LIMIT = 4000  # characters of a text that are compared; a longer one costs time and says no more
UNSEEN = ""  # the key of the weight of a term that no training text has
LEXICAL = 49  # length of lexical_features()

_TERM = re.compile(r"[a-z]+|\d+(?:\.\d+)?|[^\W\d_a-z]+")
_CLAUSE = re.compile(r"(?<=[.!?;])\s+|,\s+|\n+")
SAME_MATTER = 0.4  # share of a clause's weight that another must have to speak of the same thing
_DENSE = "\u1100"  # from here on scripts write a word in few characters: Hangul, kana, Chinese
# Words that turn a statement round, in the languages of the project's texts.
_NEGATION = re.compile(r"\b(?:not|no|never|without|cannot|nor|none|neither)\b|n't\b|않|아니|아닌|없|못하|못 ")
_OPPOSITES = tuple(
    (re.compile(one), re.compile(other))
    for one, other in (
        (r"\b(?:increas|grow|ris|rais)|증가|늘어|커지|커진|상승", r"\b(?:decreas|shrink|fall|reduc|lower)|감소|줄어|작아|하락"),
        (r"\b(?:larg|big|great)|큰|크게|클수록", r"\bsmall|작은|작게|작을수록"),
        (r"\bhigh|높", r"\blow|낮"),
        (r"\bmax|최대", r"\bmin(?:im|\b)|최소"),
        (r"\b(?:fast|quick)|빠르|빨라", r"\bslow|느리|느려"),
        (r"\b(?:more|many)\b|많", r"\b(?:less|few|fewer)\b|적은|적다|적게"),
        (r"\bbefore\b|이전", r"\bafter\b|이후"),
        (r"\b(?:same|equal)\b|같은|같으|같다|동일", r"\b(?:differ|opposite)|다른|다르|반대"),
        (r"\bpositive\b|양수|긍정", r"\bnegative\b|음수|부정"),
        (r"\b(?:hot|warm)|뜨거", r"\b(?:cold|cool)|차가"),
    )
)


def terms(text: str) -> list[str]:
    """Word beginnings in order: two characters of a dense script, five letters of another, numbers whole."""
    return [word if word[0].isdigit() else word[: 2 if word[0] >= _DENSE else 5] for word in _TERM.findall(text.lower())]


def fit_idf(texts: Iterable[str]) -> dict[str, float]:
    """Inverse document frequencies log((1 + n) / (1 + df)) + 0.1 of the terms of distinct `texts`; UNSEEN has that of df 0."""
    documents = [set(terms(text)) for text in set(texts)]
    counts = Counter(term for document in documents for term in document)
    known = {term: round(math.log((1 + len(documents)) / (1 + count)) + 0.1, 4) for term, count in sorted(counts.items())}
    return {UNSEEN: round(math.log(1 + len(documents)) + 0.1, 4), **known}


def contradicted(a: str, b: str) -> bool:
    """Whether two statements on the same matter disagree by a negation or by opposite words."""
    if len(_NEGATION.findall(a)) % 2 != len(_NEGATION.findall(b)) % 2:
        return True
    return any(bool(one.search(a)) != bool(one.search(b)) and bool(other.search(a)) != bool(other.search(b)) for one, other in _OPPOSITES)


def lexical_features(a: str, b: str, idf: Mapping[str, float]) -> list[float]:
    """Numbers of finite size, length LEXICAL, on how far `a` and `b` say the same; `idf` as `fit_idf` gives it.

    About each text in turn, against the other: its letter n-grams and terms found there, also by weight and by thirds of
    the text; the aligned runs of terms (Ratcliff and Obershelp's matching blocks), their span and the gaps between them;
    its clauses that are found and not contradicted; its repetition. Then of both: cosines and the ratio of lengths.
    """
    a, b = (" ".join(text[:LIMIT].lower().split()) for text in (a, b))
    one, other = terms(a), terms(b)
    weight = {term: idf.get(term, idf.get(UNSEEN, 1.0)) for term in {*one, *other}}
    blocks = [block for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks() if block.size]
    row = [
        *_term_overlap(one, set(other), weight),
        *_term_overlap(other, set(one), weight),
        *_alignment(one, [(block.a, block.size) for block in blocks], weight),
        *_alignment(other, [(block.b, block.size) for block in blocks], weight),
        _agreement(a, b, weight),
        _agreement(b, a, weight),
    ]
    for n in (2, 3, 4):
        left, right = ({text[i : i + n] for i in range(len(text) - n + 1)} for text in (a, b))
        common = len(left & right)
        row.append(_share(common, math.sqrt(len(left) * len(right))))
        if n > 2:
            row += [_share(common, len(left)), _share(common, len(right))]
    squares = {term: value**2 for term, value in weight.items()}
    both, left_size, right_size = (_total(terms_, squares) for terms_ in ({*one} & {*other}, {*one}, {*other}))
    return [*row, _share(both, math.sqrt(left_size * right_size)), _share(min(len(a), len(b)), max(len(a), len(b)))]


def _term_overlap(own: list[str], other: set[str], weight: Mapping[str, float]) -> list[float]:
    """The share of a text's terms, their weight (whole and by thirds of the text) and places that the other text has."""
    distinct = set(own)
    size, found = _total(distinct, weight), _total(distinct & other, weight)
    third = max(1, -(-len(own) // 3))
    parts = [own[start : start + third] for start in (0, third, 2 * third)]
    places = [-1, *(place for place, term in enumerate(own) if term in other), len(own)]
    missed = [after - before - 1 for before, after in pairwise(places)]  # lengths of the runs that the other does not have
    return [
        _share(len(distinct & other), len(distinct)),
        _share(found, size),
        math.log1p(size - found) if size > found else 0.0,
        *(_share(_total((term for term in part if term in other), weight), _total(part, weight)) for part in parts),
        _share(max(missed), len(own)),
        _share(math.hypot(*missed), len(own)),
        1 - _share(len(distinct), len(own)),
    ]


def _alignment(own: list[str], runs: list[tuple[int, int]], weight: Mapping[str, float]) -> list[float]:
    """How much of a text its aligned runs (place, length) hold, in one piece or in many, and what they leave out."""
    sizes = [size for _, size in runs]
    ends = [0, *(end for place, size in runs for end in (place, place + size)), len(own)]
    gaps = [after - before for before, after in zip(ends[::2], ends[1::2], strict=True)]
    span = ends[-2] - ends[1] if runs else 0
    aligned = (term for place, size in runs for term in own[place : place + size])
    lengths = (sum(sizes), max(sizes, default=0), math.hypot(*sizes), max(gaps), math.hypot(*gaps), gaps[0], gaps[-1], span)
    mean = _share(_share(sum(sizes), len(sizes)), math.sqrt(len(own)))
    return [*(_share(length, len(own)) for length in lengths), mean, _share(_total(aligned, weight), _total(own, weight))]


def _agreement(a: str, b: str, weight: Mapping[str, float]) -> float:
    """The weight of `a`'s clauses that their best match in `b` shares, less what such a match contradicts; -1 to 1."""
    clauses = [(clause, set(terms(clause))) for clause in _CLAUSE.split(b)]
    whole = agreed = 0.0
    for clause in _CLAUSE.split(a):
        own = set(terms(clause))
        size = _total(own, weight)
        shared, match = max(((_total(own & theirs, weight), text) for text, theirs in clauses), default=(0.0, ""))
        whole += size
        agreed += -shared if shared >= SAME_MATTER * size and contradicted(clause, match) else shared
    return _share(agreed, whole)


def _total(terms_: Iterable[str], weight: Mapping[str, float]) -> float:
    return sum(weight[term] for term in terms_)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
