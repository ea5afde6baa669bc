"""Is every sentence of an answer borne out by what it cites? Numbers, labels and marks are traced; the
language model has no say here.

A sentence is supported when it, or the run of sentences it opens, carries a mark that exists, each of its numbers equals (after
unit conversion and rounding) one in the results or passages it cites or in the question, each verdict or
defect it names agrees with the cited results, what it calls right, wrong, missing or serious is so there, and its word pairs are mostly
those of its sources.
"""

import re
from functools import lru_cache
from itertools import pairwise

from agent.claims import TOOLS, false_claims
from agent.state import ToolCall, Verdict
from tools.result import Estimate, Passage
from tools.units import NUMBER, compatible, convert, find_quantities, number

MARK = re.compile(r"\[([TK]\d+)\]")
_SHORTENED = ("al", "cf", "approx", "ca", "vs", "Fig", "Figs", "Eq", "Ref", "Refs", "Tab", "Sec", "No", "Nos", "Dr", "St")
_SHORT = "".join(rf"(?<!\b{word}\.)" for word in _SHORTENED)
_SENTENCE = re.compile(rf"(?<=[.!?]){_SHORT}\s+(?=[A-Z0-9가-힣])|(?<=\])\s+(?=[A-Z가-힣])|\n+")
_WORD = re.compile(r"[\w.·°/%-]*\w")
_LETTERS = re.compile(r"[A-Za-z가-힣]{3,}")
CONTAINED = 0.6  # share of a sentence's word pairs that must stand in its sources or the question: close to quoting
ROUNDING = 0.02  # "1" is no rounding of 0.55, "402" is one of 402.3
ECHO = 0.35  # share that the sources alone must bear
_STRANGE, _UNKNOWN = "The number", "It cites a source that does not exist"
VERDICTS = ("abnormal", "normal")
_DENIAL = re.compile(r"\b(?:not|no|never|unlikely|hardly|without|neither|nor)\b|n't\b", re.IGNORECASE)
_YES_NO = re.compile(r"(?:yes|no)\b", re.IGNORECASE)
Reading = tuple[float, str | None]


def check(answer: str, question: str, calls: list[ToolCall], passages: list[Passage]) -> Verdict:
    """Check every sentence of `answer`. Every tool that answered must also be cited somewhere."""
    sources: dict[str, ToolCall | Passage] = {c.id: c for c in calls if c.result} | {p.id: p for p in passages}
    verdict = Verdict()
    for sentence, marks in marked_sentences(answer):
        verdict.sentences += 1
        faults = faults_of(sentence, marks, question, sources)
        verdict.faults += faults
        verdict.supported += not faults
        verdict.numbers_supported &= not any(fault.startswith(_STRANGE) for fault in faults)
        verdict.citations_valid &= not any(fault.startswith(_UNKNOWN) for fault in faults)
    uncited = [c.id for c in calls if c.result and c.result.estimates and f"[{c.id}]" not in answer]
    if uncited:
        verdict.citations_valid = False
        verdict.faults.append(f"It does not give the result {', '.join(f'[{i}]' for i in uncited)}.")
    if passages and f"[{passages[0].id}]" not in answer:
        verdict.faults.append(f"It leaves out [{passages[0].id}], the passage nearest to the question.")
    return verdict


def sentences(answer: str) -> list[str]:
    """The sentences of an answer; a mark after the full stop belongs to the sentence before it."""
    joined = re.sub(rf"([.!?]){_SHORT}\s*((?:\[[TK]\d+\][,\s]*)+)\.?", r" \2\1 ", answer)
    return [part.strip() for part in _SENTENCE.split(joined) if _LETTERS.search(part) or re.search(r"\d", MARK.sub("", part))]


def marked_sentences(answer: str) -> list[tuple[str, list[str]]]:
    """Each sentence with the marks that vouch for it: its own, or else those of the next sentence that has some."""
    found: list[tuple[str, list[str]]] = []
    marks: list[str] = []
    for sentence in reversed(sentences(answer)):
        marks = MARK.findall(sentence) or marks
        found.append((sentence, marks))
    return found[::-1]


def faults_of(sentence: str, marks: list[str], question: str, sources: dict[str, ToolCall | Passage]) -> list[str]:
    """What is wrong with one sentence under these marks; empty if it is supported."""
    cited = [sources[m] for m in marks if m in sources]
    plain = MARK.sub("", sentence)
    short = plain.strip()[:60]
    if len(cited) < len(marks):
        return [f"{_UNKNOWN} in {short!r}."]
    if not cited:
        return [f"There is no mark in {short!r}."]
    faults = []
    if strange := [text for text, at, values in numbers(plain) if not _supported(text, at, values, plain, question, cited)]:
        faults.append(f"{_STRANGE} {strange[0]} is not in the cited source.")
    faults += [f"{label!r} does not agree with the result." for label in _contradictions(plain, cited)]
    faults += [fault for source in cited if isinstance(source, ToolCall) and source.result for fault in false_claims(plain, source.result)]
    if contained(plain, question, cited) < CONTAINED:
        faults.append(f"{short!r} says more than its source.")
    return faults


def contained(sentence: str, question: str, cited: list[ToolCall | Passage]) -> float:
    """Share of the sentence's word pairs found in its sources or the question, 0 to 1. Single words are not enough:
    "the usual interpass temperature is 350 °C" shares every word with a passage that says something else."""
    pairs = _pairs(sentence)
    stated = set().union(*(_pairs(_text(source)) for source in cited))
    if not pairs or len(pairs & stated) < ECHO * len(pairs):
        return 0.0  # one word ("Yes."), or an echo of the question, states nothing
    return len(pairs & (stated | _pairs(question))) / len(pairs)


def _pairs(text: str) -> set[tuple[str, str]]:
    words = [word.lower() for word in _WORD.findall(text)]
    return set(pairwise(words))


def _text(source: ToolCall | Passage) -> str:
    if isinstance(source, Passage):
        return source.text
    assert source.result is not None
    said = [source.result.summary, *source.result.warnings]
    if source.result.tool not in TOOLS:  # a text that was graded or read bears out nothing that is said of it
        said += [*map(str, source.result.inputs), *map(str, source.result.inputs.values())]
    return " ".join(said)


@lru_cache(maxsize=1024)  # sources and question are read again for every number of an answer
def numbers(text: str) -> tuple[tuple[str, int, Reading], ...]:
    """Each number of a text as written, where it stands, and its value with its unit (None where it is bare)."""
    quantities = find_quantities(text)
    covered = [(q.start, q.end) for q in quantities]
    found: list[tuple[str, int, Reading]] = [(q.text, q.start, (q.value, q.unit)) for q in quantities]
    for match in re.finditer(rf"(?<![\w.])({NUMBER})(?:\s?(%))?", text):
        if not any(a <= match.start() < b for a, b in covered):
            found.append((match.group(0), match.start(), (number(match.group(1)), None)))
    return tuple(found)


def _supported(text: str, at: int, reading: Reading, sentence: str, question: str, cited: list[ToolCall | Passage]) -> bool:
    given = [r for _, _, r in numbers(question)]
    for source in cited:
        stated = [r for _, _, r in numbers(_text(source))]
        if isinstance(source, ToolCall) and source.result:
            estimates = source.result.estimates
            # the summary repeats the estimates; what it says of them is judged by the estimates alone
            measured = [r for e in estimates for r in _all_readings(e)]
            given += [r for r in stated if not any(_equal(*r, *m, 4) for m in measured)]
            given += [r for e in estimates for r in _claimable(e, estimates, sentence, at)]
        else:
            given += stated
    return any(_equal(*reading, *other, decimals(text)) for other in given)


def _claimable(estimate: Estimate, estimates: list[Estimate], sentence: str, at: int) -> list[Reading]:
    """What the number at `at` may state of `estimate`: a bound only as an interval, a probability only beside its label."""
    unit = _pint(estimate.unit)
    found: list[Reading] = [(float(estimate.value), unit)] if _is_number(estimate.value) else []
    if estimate.interval and re.search(r"interval|between|\bto\b|range", sentence[:at]):
        found += [(bound, unit) for bound in estimate.interval]
    if estimate.level:
        found.append((estimate.level * 100, "percent"))
    if estimate.probability is not None and _label(estimate) == _nearest_label(estimates, sentence.lower(), at):
        found += [(estimate.probability, None), (estimate.probability * 100, "percent")]
    return found


def _all_readings(estimate: Estimate) -> list[Reading]:
    numbers = [estimate.value if _is_number(estimate.value) else None, *(estimate.interval or ())]
    found: list[Reading] = [(float(n), _pint(estimate.unit)) for n in numbers if n is not None]
    return found + ([(estimate.probability, None)] if estimate.probability is not None else [])


def _label(estimate: Estimate) -> str:
    """What a probability is the probability of."""
    return str(estimate.value if isinstance(estimate.value, str) else estimate.name).lower()


def _nearest_label(estimates: list[Estimate], text: str, at: int) -> str | None:
    """The last label before `at`, or else the first after it."""
    labels = {_label(e) for e in estimates if e.probability is not None}
    found = [(m.start(), label) for label in labels for m in re.finditer(rf"\b{re.escape(label)}\b", text)]
    before = [item for item in found if item[0] < at]
    return max(before)[1] if before else min(found)[1] if found else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pint(unit: str | None) -> str | None:
    found = find_quantities(f"1 {unit}") if unit else []
    return found[0].unit if found else None


def states(text: str, value: float, unit: str | None = None) -> bool:
    """Whether a number of the text is `value`, after conversion and rounding; one that is written without a unit may be of any."""
    return any(_equal(*reading, value, _pint(unit), decimals(written)) for written, _, reading in numbers(text))


def decimals(text: str) -> int:
    """How many decimals a number is written with."""
    match = re.match(r"[-−]?[\d,]*\d(?:\.(\d+))?", text)
    return len(match.group(1) or "") if match else 0


def _equal(value: float, unit: str | None, other: float, other_unit: str | None, places: int) -> bool:
    """Equal after conversion and after rounding to the decimals that were written."""
    if unit and other_unit:
        if not compatible(unit, other_unit):
            return False
        if unit != other_unit:
            other = convert(other, other_unit, unit)
    return abs(value - other) <= min(0.5 * 10**-places * (1 + 1e-6), max(ROUNDING * abs(other), 1e-9))


def _contradictions(sentence: str, cited: list[ToolCall | Passage]) -> list[str]:
    """Verdicts and defects that the sentence states and the cited results deny. A summary denies nothing it states, so
    any word of denial before a label, in its clause, speaks against it."""
    found = []
    for source in cited:
        if not isinstance(source, ToolCall) or not source.result:
            continue
        for estimate in source.result.estimates:
            if isinstance(estimate.value, str) and estimate.value in VERDICTS:
                (other,) = set(VERDICTS) - {estimate.value}
                clause = _clause(sentence, estimate.value)
                wrong = _clause(sentence, other) is not None or (clause is not None and _DENIAL.search(clause))
                praised = estimate.value == "abnormal" and re.search(r"\b(sound|fine|safe)\b", sentence, re.IGNORECASE)
                if wrong or praised or _YES_NO.match(sentence):
                    found.append(other)
            elif isinstance(estimate.value, bool) and (clause := _clause(sentence, estimate.name)) is not None:
                denied = bool(_DENIAL.search(clause))
                likeliest = not denied and re.search(r"likeliest", clause)
                if denied if estimate.value else not (denied or likeliest):
                    found.append(estimate.name)
    return found


def _clause(sentence: str, label: str) -> str | None:
    """The words of the sentence up to `label`, from the last semicolon on; None if the label is not there."""
    found = re.search(rf"\b{re.escape(label)}\b", sentence, re.IGNORECASE)
    return sentence[: found.start()].rpartition(";")[2] if found else None
