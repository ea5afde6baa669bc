"""How people are told of a tool's arguments: by titles, with units, and not by the names that they have in the code."""

import re
from collections.abc import Callable

from tools.parameters import TITLES, unit_of, without_unit
from tools.quantities import QUANTITIES
from tools.sentences import beginning

_BOUND = re.compile(r"_(max|min)(?=_)")
_NAME = re.compile(r"""(?<![\w"'/.-])[a-z0-9]+(?:_[a-z0-9]+)+(?![\w"'/-]|\.\w)""")  # in quotation marks it is what has to be written
_BEHIND_TITLE = re.compile(r" \(([a-z0-9]+(?:_[a-z0-9]+)+)\)")


def title(name: str) -> str:
    """`current_a` → current, `heat_input_max_j_mm` → greatest heat input, `solve_for` → solve for."""
    if name in QUANTITIES:
        return QUANTITIES[name].title
    bound, bounded = _BOUND.search(name), _BOUND.sub("", name)
    if bound and bounded in QUANTITIES:
        return f"{'greatest' if bound[1] == 'max' else 'least'} {QUANTITIES[bounded].title}"
    return name.replace("_", " ")


def said(name: str, value: object) -> str:
    """An argument with its value: current 240 A, target heat input, answer “too fast”."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{title(name)} {_text(value)}"
    known = title(name)
    if name not in QUANTITIES and known == name.replace("_", " "):
        known = title(without_unit(name))
    return f"{known} {value:.6g} {unit_of(name)}".rstrip()


def plainly(sentence: str) -> str:
    """What a tool says, with titles for the names of its arguments."""
    return renamed(_BEHIND_TITLE.sub(lambda found: "" if _known(found[1]) else found[0], sentence), title)


def renamed(sentence: str, called: Callable[[str], str]) -> str:
    """What a tool says, with the names of its arguments as they are `called` elsewhere. Of a mapping's names, which a file needs, none is changed."""
    if "mapping" in sentence.lower():
        return sentence
    return _NAME.sub(lambda found: called(found[0]) if _known(found[0]) else found[0], sentence)


def _known(name: str) -> bool:
    return name in QUANTITIES or name in TITLES


def _text(value: object) -> str:
    """A text in quotation marks, and no more of it than its beginning; a word as it is."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    text = str(value)
    if text in QUANTITIES or re.fullmatch(r"[a-z]+(?:_[a-z]+)+", text):
        return title(text)
    return f"“{beginning(text)}”" if len(text) > 60 or " " in text else text
