"""Does a sentence say of a graded answer or of a note what the result says? What it calls right, wrong or missing must be what the tool
found so, and each aspect must be as serious as the tool rated it. Knows nothing of numbers and citations.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.lexical import terms
from tools.result import ToolResult

TOOLS = ("grade_answer", "analyze_note")  # whose findings are parts of texts that the question holds too
BORNE = 0.6  # share of what a claim says that must stand in what the tool found so
_SAY = r"(?:mention|say|said|stat|cover|includ|address|explain|nam|giv|describ|contain|identif)\w*"
_SORTS = {
    "missing": rf"missing|miss(?:es|ed)|lacks|lacking|lacked|leav(?:es?|ing)\s+out|left\s+out|omit\w*|forg[eo]t\w*|absent|unmentioned|overlook\w*|"
    rf"(?:not|never|n't|without|fails?\s+to|failed\s+to)\s+(?:\w+\s+)?{_SAY}",
    "wrong": r"wrong\w*|incorrect\w*|false\w*|mistak\w*|errors?|erroneous\w*|inaccurate\w*|contradict\w*|misstat\w*",
    "right": r"right\w*|correct\w*|accurate\w*|true|confirmed|agrees?",
}
_SORT = re.compile("|".join(rf"(?P<{name}>(?<!\w)(?:{words})(?!\w))" for name, words in _SORTS.items()), re.IGNORECASE)
_NAMES = {"right": "right", "correct": "right", "wrong": "wrong", "incorrect": "wrong", "missing": "missing", "left out": "missing"}
_COUNT = re.compile(
    rf"(?P<many>\d+)\s+(?:clauses?\s+)?(?:of\s+the\s+\w+\s+)?(?:is\s+|are\s+)?(?P<sort>{'|'.join(_NAMES)})\b(?!\s*:)"
    r"|\b(?:leav(?:es|ing)\s+out|misses|omits|lacks)\s+(?P<out>\d+)(?=\s+clauses?\b|\s*[,.;)]|\s+and\b|\s*\Z)",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:no|not|nothing|none|neither|nor|without|never|isn't|aren't)(?:\s+\w+){0,3}\s*\Z", re.IGNORECASE)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_CUT = re.compile(r"[;,.:]|\b(?:but|and|while|whereas|although|though|yet)\b", re.IGNORECASE)
_FRAME = set(terms(
    "the a an it its is are was were be been of in on at to that this these those and but or which what where as by for with from has have had "
    "answer answers answered reference clause clauses part parts point points says say said states stated grade graded opposite also however "
    "trainee operator user while whereas although though yet there only about their they he she his her your you did does do not no nothing"
))  # fmt: skip


def false_claims(sentence: str, result: ToolResult) -> list[str]:
    """What the sentence says that the result does not bear out, each as a few words for a repair."""
    if result.tool == "grade_answer":
        return [*_counts(sentence, result.details), *_sorts(_COUNT.sub("", sentence), result.details)]
    if result.tool == "analyze_note":
        return list(_severities(sentence, result.details.get("aspects", []), result.details.get("known_aspects", [])))
    return []


def _counts(sentence: str, details: Mapping[str, Any]) -> Iterator[str]:
    for match in _COUNT.finditer(sentence):
        sort = "missing" if match["out"] else _NAMES[match["sort"].lower()]
        if int(match["out"] or match["many"]) != len(details[sort]):
            yield f"{match[0].strip()!r} does not agree with the result, where {len(details[sort])} {sort}."


def _sorts(sentence: str, details: Mapping[str, Any]) -> Iterator[str]:
    texts = {sort: [_text(sort, row) for row in details[sort]] for sort in _SORTS}
    found = {sort: set(terms(" ".join(rows))) for sort, rows in texts.items()}
    for sort, denied, words in _claims(sentence, " ".join(" ".join(rows) for rows in texts.values())):
        said = set(terms(words)) - _FRAME
        if denied and not said:
            if texts[sort]:
                yield f"Something is {sort} by the result, but {words.strip()[:50]!r} denies it."
            continue
        borne = {other: len(said & found[other]) / len(said) if said else float(bool(texts[other])) for other in _SORTS}
        opposed = sort == "right" and not said and bool(texts["wrong"])  # "the answer is right", and a part of it is wrong
        if denied or opposed or borne[sort] < BORNE or (said and max(borne.values()) > borne[sort]):
            yield f"The result does not have {words.strip()[:50]!r} as {sort}."


def _claims(sentence: str, clauses: str) -> Iterator[tuple[str, bool, str]]:
    """Each part of the sentence that calls something right, wrong or missing: which, whether it is denied, and the part without that word.
    A word that the clauses use themselves, or that stands in quotation marks, calls nothing so, unless it is the only one."""
    hidden = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), sentence)
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
        for match in reversed(run):
            words = f"{words[: match.start() - start]} {words[match.end() - start :]}"
        yield run[0].lastgroup or "", bool(_DENIED.search(hidden[start : run[0].start()])), words
        start = end


def _text(sort: str, row: Mapping[str, Any]) -> str:
    """What may be said of a clause of this sort: of a missing one what the reference has, and nothing of the answer."""
    return str(row["reference"]) if sort == "missing" else f"{row['reference']} {row['answer']} {row.get('fault', '')}"


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
