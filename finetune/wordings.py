"""Wordings with places for settings, lengths and texts, and how they are filled so that it is known what states which quantity."""

import random
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from finetune import slips
from finetune.quantities_text import PROCESS_SETTINGS, Part, joined, length, part, settings

_BEFORE = (
    r"(?:heat input|line energy|bead area|t8/5|feed|interpass|preheat(?:ed to)?|wire(?: of| at)?|gas at|argon|입열량[을은이]?|예열|Streckenergie|"
    r"와이어 가격이)"
)
_LIMIT = r"(?:stays? |be )?(?:under|below|over|above|at least|at most|exactly|max|unter|limit of|of|at)"
_UNIT = r"(?:kJ/mm|J/mm|kg/h|(?:EUR|\$)/kg|EUR/m3|EUR an hour|mm²|mm2|L/min|m/min|mm/s|mm|°C|degrees|도|s|A|V)(?![A-Za-z/²])"
_LITERAL = (
    rf"(?:\b{_BEFORE} )?(?:\b{_LIMIT} )?(?<![\w.])(?<!800 and )(?<!800 to )\d[\d.]* ?{_UNIT}"
    r"(?: (?:wire|plate|substrate|와이어|Draht|Blech|이하|이상))?"
    r"|\bat least \d+ %|\bk = [\d.]+|kg당 \d+원|at most (?=\d)"
)
_LENGTH = r"(?:(?:\b(?:bead )?length(?: of)?|길이|\bLänge|\bbead(?: of)?) )?\{l\}(?: (?:long )?(?:bead|track|weld|seam|layer|비드))?"
_PIECE = re.compile(rf"<[^>]+>|\{{[sxymnarfv]\}}|{_LENGTH}|{_LITERAL}")
_SOUGHT = {  # what a formula is to give is not stated beside it
    "speed": r"(?:which|what|the|highest|minimum|max|lower limit of the) (?:travel )?speed|how fast|이송 속도는|wie schnell",
    "current": r"(?:which|what|highest) current|전류는", "voltage": r"which voltage",
}  # fmt: skip
SEARCHED = 7  # search words at most
LANGUAGES = ("ko", "ko", "ko", "de")  # beside English, in their shares


@dataclass(frozen=True)
class Turn:
    """A message, what of it is quantities (in its order), the words to search for, and the file it names."""

    text: str
    parts: tuple[Part, ...] = ()
    search: tuple[str, ...] = ()
    file: str = ""


class Wordings:
    """Every wording by section and key, drawn without repeating one before all others of its language had their turn."""

    def __init__(self, questions: Mapping[str, Any], lessons: Mapping[str, Any], chance: random.Random, local: float) -> None:
        self.chance, self.local, self.data = chance, local, lessons
        self.tails: Mapping[str, list[str]] = questions.get("tails", {})
        self.idle = set(lessons["idle"].split())
        self.translated: Mapping[str, str] = lessons["search_words"]
        self._threads: list[tuple[str, str, str, str]] = []
        self._left: dict[tuple[str, str, str], list[str]] = {}
        self._all: dict[tuple[str, str], list[str]] = {}
        for section in ("single", "several", "negations", "traps", "follow_ups", "already", "answers"):
            for key, lines in lessons[section].items():
                extra = list(questions.get(key, [])) if section == "single" else []
                self._all[section, key] = extra + lines.splitlines()
        self._all["translated", "search_knowledge"] = [wording for wording in self.translated if "{s}" not in wording]
        for key in ("notes", "graded", "files", "leads"):
            self._all[key, ""] = lessons[key].splitlines()

    def keys(self, section: str) -> list[str]:
        return [key for name, key in self._all if name == section]

    def key(self, section: str, but: Collection[str] = ()) -> str:
        """A key by how many wordings it has."""
        keys = [key for key in self.keys(section) if key not in but]
        return self.chance.choices(keys, [len(self._all[section, key]) for key in keys])[0]

    def thread(self) -> tuple[str, str, str, str]:
        """The next of the threads: tool, question before, question now, argument."""
        if not self._threads:
            self._threads = [(tool, *each) for tool, threads in self.data["threads"].items() for each in threads]
            self.chance.shuffle(self._threads)
        return self._threads.pop()

    def draw(self, section: str, key: str = "", fits: Callable[[str], bool] = lambda wording: True, language: str | None = None) -> str:
        """The next wording that fits; of the wanted language, or a Korean or German one with the share `local`, where there is one."""
        if language is None:
            language = self.chance.choice(LANGUAGES) if self.chance.random() < self.local else "en"
        for tried in (language, "en"):
            every = {wording for wording in self._all[section, key] if spoken(wording) == tried and fits(wording)}
            if every:
                left = self._left.setdefault((section, key, tried), [])
                if not any(wording in every for wording in left):
                    fresh = [wording for wording in self._all[section, key] if spoken(wording) == tried and wording not in left]
                    self.chance.shuffle(fresh)
                    left += fresh
                chosen = next(wording for wording in left if wording in every)
                left.remove(chosen)
                return chosen
        return self.chance.choice([wording for wording in self._all[section, key] if fits(wording)])

    def fill(self, wording: str, tools: Collection[str] = (), drop: int = 0, given: Mapping[str, Part] | None = None, tidy: bool = False) -> Turn:
        """The wording as somebody writes it: `drop` settings left out, the parts of `given` in their places, without slips if `tidy`."""
        chance, language = self.chance, spoken(wording)
        handed = dict(zip(("{n}", "{a}", "{r}"), (self.draw("notes"), *self._two("graded")), strict=True))
        slip, small = not tidy and chance.random() < slips.SHARE, not tidy and chance.random() < 0.1
        told: list[Part] = []
        file, text, at = "", "", 0
        for match in [*_PIECE.finditer(wording), None]:
            own = wording[at : match.start() if match else len(wording)]
            if own.strip():
                own = slips.mistyped(own, chance, 1) if slip else own
                own = own.lower() if small else own
            text += own
            if match is None:
                break
            at, place = match.end(), match[0]
            quoted = wording[: match.start()].count('"') % 2 == 1
            parts: Sequence[Part] = ()
            if place == "{s}":
                parts = self._settings(wording, tools, language, drop)
                said = joined(parts, chance, language)
            elif place == "{f}":
                said = file = self.draw("files")
            elif place in handed:
                said = handed[place]
            elif given and place in given:
                parts = (given[place],)
                said = given[place][1]
            else:
                said = place.strip("<>").replace("{l}", length(chance))
                parts = [("length" if "{l}" in place else said, said)]
            told += () if quoted else parts
            text += said
        text = text.replace("⏎", "\n")
        text = text if tidy else slips.careless(text, chance) if not handed_over(tools) else text
        clauses = re.findall(r"\[(.+?)\]", text)
        text = re.sub(r"[\[\]]", "", text) if clauses else text
        clause = clauses[0] if clauses else _without(text, told)
        search = self.translated[wording].split() if wording in self.translated else self.content(clause) or clause.split()
        return Turn(text, tuple(told), tuple(search[:SEARCHED]), file)

    def content(self, clause: str) -> list[str]:
        """The words of a clause that a search needs, in their order."""
        return [word for word in re.findall(r"[\w/]+(?:-\w+)*", clause) if word.lower() not in self.idle]

    def _two(self, section: str) -> list[str]:
        return self.chance.sample(self._all[section, ""], 2)

    def _settings(self, wording: str, tools: Collection[str], language: str, drop: int) -> list[Part]:
        without = {name for name, words in _SOUGHT.items() if tuple(tools) == ("calculate_physics",) and re.search(words, wording, re.IGNORECASE)}
        here = [name for name in PROCESS_SETTINGS if name not in without]
        without |= set(self.chance.sample(here, min(drop, len(here))))
        return settings(self.chance, language, without, more=not re.search(r"\d", wording))


def handed_over(tools: Collection[str]) -> bool:
    return bool({"analyze_note", "grade_answer"} & set(tools))


def new_part(chance: random.Random, names: Sequence[str], language: str) -> Part:
    """One new quantity or name, mostly short."""
    return part(chance.choice(names), chance, language, plain=chance.random() < 0.75)


@lru_cache(maxsize=4096)
def spoken(wording: str) -> str:
    """Korean, German or English, by its letters and commonest words."""
    if re.search(r"[가-힣]", wording):
        return "ko"
    german = (
        r"[äöüß]|\b(?:und|ist|der|das|nicht|bei|wie|mit|bitte|danke|warum|welche[rs]?|ich|keine?|richtig|hallo|oder|guten|noch|lange|du|verursacht|"
        r"braucht|kostet|im|insgesamt|sind|woran|wer)\b"
    )
    words = len(re.findall(german, wording, re.IGNORECASE))
    return "de" if words else "en"


def _without(text: str, parts: Sequence[Part]) -> str:
    for name, words in parts:
        if name not in ("material", "process"):
            text = text.replace(words, " ")
    return text
