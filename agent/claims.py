"""Does a sentence say of a graded answer or of a note what the result says? What it calls right, wrong or missing must stand in ONE row of
what the tool found so: what is said of the reference in that row's reference, what is said of the answer in its answer, nearly word for word.
Each aspect must be as serious as the tool rated it. Strict on purpose: a sentence that is refused costs a repair or the template.
Knows nothing of citations.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent.quoting import content, stands
from tools.result import ToolResult

TOOLS = ("grade_answer", "analyze_note")  # whose findings are parts of texts that the question holds too
BARE = 0.6  # share of a sentence's words in one row from which on it quotes that row
_COVER = r"(?:mention|cover|includ|contain|address|explain|describ|identif)\w*|present"
_SAY = rf"(?:{_COVER}|(?:say|said|stat|giv|nam)\w*|there|found|in|correct\w*\s+(?:say|stat)\w*)"
_NOT = r"(?:\w+n['’]t|cannot|not|never|without|neither|fails?\s+to|failed\s+to)"
_SORTS = {
    "missing": rf"missing|miss(?:es|ed)|lacks|lacking|lacked|leav(?:es?|ing)\s+out|left\s+out|omit\w*|forg[eo]t\w*|absent|unmentioned|overlook\w*|"
    rf"incomplete|no\s+mention|{_NOT}\s+(?:\w+\s+)?{_SAY}",
    "wrong": r"wrong\w*|incorrect\w*|false\w*|mistak\w*|errors?|erroneous\w*|inaccurate\w*|contradict\w*|misstat\w*|opposite|"
    rf"{_NOT}\s+(?:\w+\s+)?(?:right|correct|accurate|true)",
    "right": rf"right\w*|correct\w*|accurate\w*|true|confirm\w*|agree\w*|match\w*|complete\w*|everything|fully|entirely|perfect\w*|{_COVER}",
}
_SORT = re.compile("|".join(rf"(?P<{name}>(?<!\w)(?:{words})(?!\w))" for name, words in _SORTS.items()), re.IGNORECASE)
_NAMES = {"right": "right", "correct": "right", "wrong": "wrong", "incorrect": "wrong", "missing": "missing", "left out": "missing"}
_COUNT = re.compile(
    rf"(?P<many>\d+)\s+(?:clauses?\s+)?(?:of\s+the\s+\w+\s+)?(?:is\s+|are\s+)?(?P<sort>{'|'.join(_NAMES)})\b(?!\s*:)"
    r"|\b(?:leav(?:es|ing)\s+out|misses|omits|lacks)\s+(?P<out>\d+)(?=\s+clauses?\b|\s*[,.;)]|\s+and\b|\s*\Z)",
    re.IGNORECASE,
)
_GRADE = re.compile(  # and "of 3 clauses": numbers that are no clause's
    r"\b(?:grade|score)(?:\s+(?:of|for)\s+(?:the|this)\s+answer)?(?:\s+(?:is|of|was))?\s*[:=]?\s*\d+(?:\.\d+)?(?:\s*\(\d+\s?%[^()“”\"]*\))?"
    r"|\bof\s+(?:the\s+)?\d+\s+clauses?\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:no|not|nothing|none|neither|nor|without|never|isn't|aren't)(?:\s+\w+){0,3}\s*\Z", re.IGNORECASE)
_SOME = re.compile(r"\b(?:some\w*|part|parts|partly|partially|one|clauses?|points?)\b", re.IGNORECASE)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_CUT = re.compile(r"[;,.:]|\b(?:but|and|while|whereas|although|though|yet)\b", re.IGNORECASE)
_ANSWER = r"\b(?:answer|trainee|operator|user|student)\b"
_SIDE = re.compile(
    rf"(?P<reference>\breference\b|\bshould\s+(?:be|say|read|have\s+\w+))|(?P<answer>{_ANSWER})"
    r"|(?P<other>\binstead\s+of\b|\brather\s+than\b|,\s*(?:and\s+)?not\b)",
    re.IGNORECASE,
)
_TOLD = re.compile(rf"{_ANSWER}\s+(?:\w+\s+)?(?:says?|states?|said|stated|gives?|gave|writes?|wrote|claims?|reads?)\b", re.IGNORECASE)
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def false_claims(sentence: str, result: ToolResult) -> list[str]:
    """What the sentence says that the result does not bear out, each as a few words for a repair."""
    if result.tool == "grade_answer":
        return [*_counts(sentence, result.details), *_sorts(_GRADE.sub(" ", _COUNT.sub(" ", sentence)), result.details)]
    if result.tool == "analyze_note":
        return list(_severities(sentence, result.details.get("aspects", []), result.details.get("known_aspects", [])))
    return []


def _counts(sentence: str, details: Mapping[str, Any]) -> Iterator[str]:
    for match in _COUNT.finditer(sentence):
        sort = "missing" if match["out"] else _NAMES[match["sort"].lower()]
        if int(match["out"] or match["many"]) != len(details[sort]):
            yield f"{match[0].strip()!r} does not agree with the result, where {len(details[sort])} {sort}."


def _sorts(sentence: str, rows: Rows) -> Iterator[str]:
    texts = [f"{row['reference']} {row['answer']}" for sort in _SORTS for row in rows[sort]]
    claims = list(_claims(sentence, " ".join(texts)))
    for sort, denied, words in claims:
        if not content(words):
            if not _whole(sort, denied, words, rows):
                yield f"The result does not have that: {words.strip()[:50]!r} with {sort}, where {len(rows[sort])} {sort}."
        elif denied or not all(any(_borne(item, row, sort) for row in rows[sort]) for item in _items(words, sort)):
            yield f"The result does not have {' '.join(words.split())[:50]!r} as {sort}."
    if not claims and content(sentence):
        if _SIDE.search(_hidden(sentence)):
            if not all(_told(item, rows) for item in _items(sentence, "")):
                yield f"The result does not have {sentence.strip()[:50]!r} as what the answer or the reference says."
        elif any(_share(sentence, text) >= BARE for text in texts):
            yield f"{sentence.strip()[:50]!r} does not say whether the answer has it right, wrong or not at all."


def _claims(sentence: str, clauses: str) -> Iterator[tuple[str, bool, str]]:
    """Each part of the sentence that calls something right, wrong or missing: which, whether it is denied, and the part without that word.
    A word that the clauses use themselves, or that stands in quotation marks, calls nothing so, unless it is the only one."""
    hidden = _hidden(sentence)
    matches = list(_SORT.finditer(hidden))
    own = [match for match in matches if not re.search(rf"\b{re.escape(match[0])}\b", clauses, re.IGNORECASE)] or matches
    runs: list[list[re.Match[str]]] = []
    for match in own:
        if runs and runs[-1][0].lastgroup == match.lastgroup:
            runs[-1].append(match)
        else:
            runs.append([match])
    start = 0
    for i, run in enumerate(runs):
        end = len(sentence)
        if i + 1 < len(runs):
            following = runs[i + 1][0].start()
            cuts = [cut.start() for cut in _CUT.finditer(hidden, run[-1].end(), following)]
            end = cuts[-1] if cuts else following
        words = sentence[start:end]
        for match in run:
            if match[0].lower() != "opposite":  # says which fault
                words = f"{words[: match.start() - start]}{' ' * len(match[0])}{words[match.end() - start :]}"
        yield run[0].lastgroup or "", bool(_DENIED.search(hidden[start : run[0].start()])), words
        start = end


def _whole(sort: str, denied: bool, words: str, rows: Rows) -> bool:
    """Whether all is so, or some, or nothing: what a claim says that names no matter."""
    if denied:
        return not rows[sort]
    rest = [] if sort == "missing" or _SOME.search(words) else [row for other in _SORTS if other != sort for row in rows[other]]
    return bool(rows[sort]) and not rest


def _items(words: str, sort: str) -> list[str]:
    """What one row each must bear out: a claim, or the items of a list, parted by semicolons or each in quotation marks."""
    hidden = _hidden(words)
    ends = [match.start() for match in re.finditer(";", hidden)]
    items = [words[start:end] for start, end in zip([0, *(end + 1 for end in ends)], [*ends, len(words)], strict=True)]
    if sort == "missing" or (sort == "right" and not _SIDE.search(hidden)):
        items = [part for item in items for part in (*_QUOTED.findall(item), _QUOTED.sub(" ", item))]
    return [item for item in items if content(item)]


def _borne(item: str, row: Mapping[str, Any], sort: str) -> bool:
    """Whether this row, which the tool found to be of this sort, has what is said of each of its two texts."""
    reference, answer = str(row["reference"]), str(row["answer"])
    hidden = _hidden(item)
    if sort == "missing":
        return _stand(item, reference)
    if re.search(r"\bopposite\b", hidden, re.IGNORECASE) and "opposite" not in row.get("fault", ""):
        return False
    if sort == "right" and not _TOLD.search(hidden) and not re.search(r"\breference\b", hidden, re.IGNORECASE):
        return _stand(item, reference) or _stand(item, answer)
    return all(_stand(words, reference if side == "reference" else answer) for side, words in _sides(item))


def _stand(words: str, text: str) -> bool:
    """Whether each quotation in `words`, and what stands before and after it, is said in the text."""
    return all(stands(part, text) for part in (*_QUOTED.findall(words), *_QUOTED.split(words)))


def _told(item: str, rows: Rows) -> bool:
    """Whether one row has what the item says that the two texts say. What is said of the answer alone is taken for right."""
    of = {side for side, words in _sides(item) if content(words)}
    sorts = ["right"] if of == {"answer"} else list(_SORTS) if of == {"reference"} else ["right", "wrong"]
    return any(_borne(item, row, sort if sort == "right" and of == {"answer"} else "wrong") for sort in sorts for row in rows[sort])


def _sides(item: str) -> Iterator[tuple[str, str]]:
    """The runs of an item with the text, `answer` or `reference`, that each is said of: the one last named, at first the answer."""
    side, start = "answer", 0
    for match in _SIDE.finditer(_hidden(item)):
        yield side, item[start : match.start()]
        side = str(match.lastgroup) if match.lastgroup != "other" else "answer" if side == "reference" else "reference"
        start = match.end()
    yield side, item[start:]


def _hidden(words: str) -> str:
    return _QUOTED.sub(lambda quoted: " " * len(quoted[0]), words)


def _share(sentence: str, text: str) -> float:
    said, held = content(sentence), set(content(text))
    return sum(term in held for term in said) / len(said)


def _severities(sentence: str, rows: Sequence[Mapping[str, Any]], aspects: Sequence[str]) -> Iterator[str]:
    """A severity is said of the aspects named since the one before it, or else of those named after it. `aspects` are all that the model
    knows: one that the note was not found to speak of has no severity."""
    rated = {str(row["aspect"]).lower(): str(row["severity"]).lower() for row in rows}
    known = {str(name).lower() for row in rows for name in row["severities"]}
    plain = _QUOTED.sub(" ", sentence).lower()
    subjects = {*rated, *(aspect.lower() for aspect in aspects)} - known
    places = [(m.start(), name) for name in {*subjects, *known} for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", plain)]
    order = sorted(places)
    before: list[str] = []
    for i, (start, name) in enumerate(order):
        if name in subjects:
            before.append(name)
            continue
        after = [other for _, other in order[i + 1 :] if other in subjects][:1]
        denied = bool(_DENIED.search(plain[:start]))
        for aspect in before or after:
            if aspect not in rated:
                yield f"The note was not found to speak of {aspect!r}."
            elif (rated[aspect] == name) == denied:
                yield f"{aspect!r} is {rated[aspect]} by the result, not {'anything else' if denied else name}."
        before = []
