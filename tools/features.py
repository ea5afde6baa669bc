"""A record as numbers: its process quantities, its named numbers, and how two texts overlap. No model here.

The fitted Features are JSON beside a model's weights, and the served tools make the same row from them.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tools.conditions import FEATURES, ProcessConditions
from tools.lexical import LEXICAL, lexical_features
from tools.units import ATOMS, NUMBER, number

LIMIT = 1e30  # what float32 holds with room to spare
_VALUE = re.compile(rf"(?<![\w.])(?P<sign>[-−+]?)(?P<number>{NUMBER}|\.\d+)(?![\w.]*\d)")
_WORD = re.compile(r"(?<!\w)[^\W\d_]\w*(?:[./-][^\W\d_]\w*)*")
_UNIT = re.compile(rf"\s?(?:{'|'.join(ATOMS)})(?:\s?/\s?(?:{'|'.join(ATOMS)}))?(?=\s)")  # of the number before
_LAST_BRACKET = re.compile(r"\(([^()]*)\)\s*$")
_CUT = frozenset(["and", "or", "with", "while", "then", "but", "plus", "und", "et"])  # what stands before these belongs to the number before
# What may stand between a name and its number, or before the name.
_LINK = frozenset(("is", "was", "are", "were", "of", "at", "to", "be", "being", "about", "around", "approx", "approximately")) | frozenset(
    ("equals", "equal", "set", "the", "a", "an", "its", "은", "는", "이", "가", "을", "를")
)
_REACH, _WORDS = 80, 4  # characters before a number, and words of them, that can be its name


@lru_cache(maxsize=16384)
def conditions_of(text: str) -> ProcessConditions:
    """The credible settings that a text states; milliseconds, and every model that is trained or asked reads the same texts."""
    return ProcessConditions.from_text(text, strict=False)


def name(words: str) -> str:
    """A column's or number's name as `numbers_in` gives it: lower case, `_` between words."""
    return "_".join(re.findall(r"[^\W_]+", words.lower()))


def numbers_in(text: str) -> dict[str, float]:
    """Numbers of a text by the words just before them: `range_V: 0.263; skew = -1.2e-3` → {"range_v": 0.263, "skew": -0.0012}.
    A name that occurs twice keeps its first number; a number without a name is left out."""
    found: dict[str, float] = {}
    end = 0
    for match in _VALUE.finditer(text):
        start = match.start()
        unit = _UNIT.match(text, end) if end else None
        after = unit.end() if unit and unit.end() < start and text[unit.end() : start].strip(" \t:=~≈") else end
        before, end = text[max(after, start - _REACH) : start], match.end()
        spoken = _name_before(before)
        value = float("0" + match["number"]) if match["number"].startswith(".") else number(match["number"])
        if spoken and spoken not in found and abs(value) < LIMIT:
            found[spoken] = -value if match["sign"] in ("-", "−") else value
    return found


def _name_before(before: str) -> str:
    spoken = _LAST_BRACKET.sub(r" \1", before.rstrip(' \t:=~≈"'))
    words: list[str] = _WORD.findall(re.split(r"[,;|()\[\]{}!?\n]|\.\s", spoken)[-1].lower())
    words = words[max((place for place, word in enumerate(words, 1) if word in _CUT), default=0) :]
    while len(words) > 1 and words[-1] in _LINK:
        words.pop()
    while len(words) > 1 and words[0] in _LINK:
        words.pop(0)
    return name(" ".join(words[-_WORDS:]))


def bead_size(conditions: ProcessConditions) -> float:
    """√(wire feed speed / travel speed), 0 where either is not stated. By conservation of mass a bead's section is that of the wire times
    this ratio, so its height and width grow with the root."""
    feed, travel = conditions.wire_feed_speed_m_min, conditions.travel_speed_mm_s
    return math.sqrt(feed * 1000 / 60 / travel) if feed and travel else 0.0


@dataclass(frozen=True)
class Features:
    """What a model's rows of features hold, in this order: ProcessConditions.features() of the text if `process`; its
    `bead_size` if so asked; the value of each of `names` (its median where absent); 1 where present for each of `optional`
    (names that were absent in some training records); lexical features of the two texts if there is an `idf`."""

    process: bool
    names: tuple[str, ...] = ()
    medians: tuple[float, ...] = ()
    idf: Mapping[str, float] | None = None
    optional: tuple[str, ...] = ()
    bead_size: bool = False

    @property
    def size(self) -> int:
        """The length of a row."""
        return FEATURES * self.process + self.bead_size + len(self.names) + len(self.optional) + (LEXICAL if self.idf is not None else 0)

    def row(self, text: str, text_b: str = "", numbers: Mapping[str, float] | None = None) -> list[float]:
        """Finite numbers, length `size`. `numbers` are a record's numeric columns; they count before numbers in the text."""
        row = conditions_of(text).features() if self.process else []
        if self.bead_size:
            row.append(bead_size(conditions_of(text)))
        if self.names:
            stated = {name(key): value for key, value in (numbers or {}).items() if usable(value)}
            if not all(key in stated for key in self.names):
                stated = numbers_in(text) | stated
            row += [float(stated.get(key, median)) for key, median in zip(self.names, self.medians, strict=True)]
            row += [float(key in stated) for key in self.optional]
        if self.idf is not None:
            row += lexical_features(text, text_b, self.idf)
        return row

    def to_json(self) -> dict[str, Any]:
        """Plain values for json.dumps; `from_json` reads them back."""
        return {
            "process": self.process,
            "names": list(self.names),
            "medians": list(self.medians),
            "optional": list(self.optional),
            "bead_size": self.bead_size,
            "idf": None if self.idf is None else dict(self.idf),
        }

    @classmethod
    def from_json(cls, data: str | Mapping[str, Any]) -> "Features":
        """Features from what `to_json` gave, as values or as their JSON text."""
        values: Mapping[str, Any] = json.loads(data) if isinstance(data, str) else data
        return cls(
            process=bool(values["process"]),
            names=tuple(values["names"]),
            medians=tuple(values["medians"]),
            idf=None if values["idf"] is None else dict(values["idf"]),
            optional=tuple(values.get("optional", ())),
            bead_size=bool(values.get("bead_size", False)),
        )


def usable(value: object) -> bool:
    """Whether a column's value is a finite number that float32 holds."""
    return isinstance(value, int | float) and math.isfinite(value) and abs(value) < LIMIT
