"""Graded answers made from the knowledge base: references of one or two facts, and answers that say, drop, twist or pad them.

The grade is known from how an answer was made: the share of the reference's clauses (by their length in terms) that it says, less
half the share that it contradicts, at least 0. What is beside the matter costs nothing and gains nothing, so that neither length
nor brevity does. The label is `demo (synthetic)`: nobody wrote or graded these.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from finetune.bodies import reader, served
from finetune.config import TrainConfig
from finetune.encoder import load_body
from finetune.engine import Progress
from finetune.records import Columns, Record
from finetune.run import train
from finetune.simulator import DATA_LABEL
from tools.clauses import clauses, compare
from tools.lexical import terms

COLUMNS = Columns(text=("reference",), text_b="answer", target=("grade",), group=("reference",))
PENALTY = 0.5  # of a contradicted clause, beside what it does not say
JOINED = 8  # one in half so many pairs of facts is a reference too
BATCH = 64
Kind = Callable[[str, Sequence[str], random.Random], tuple[str, float]]  # reference, other facts → answer, grade
_CAVEAT = re.compile(r"\s*\((?:Recalled|Unreviewed)[^)]*\)")
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?![\w.]*\d|[A-Za-z])")
_VERB = re.compile(r"\b(is|are|was|were|can|has|have|does|do|will|must|should|needs?|comes?|appears?)\b")
_SMALL = re.compile(r"\b(?:the|an?|of|is|are|was|were|that|which|its?|in|on|at|to|and|with|for|by|as|this|these|from|has|have|be)\b\s*", re.I)
OPPOSITES = (
    ("increases", "decreases"), ("increase", "decrease"), ("higher", "lower"), ("high", "low"), ("larger", "smaller"), ("large", "small"),
    ("more", "less"), ("faster", "slower"), ("fast", "slow"), ("before", "after"), ("rises", "falls"), ("grows", "shrinks"), ("hotter", "colder"),
)  # fmt: skip
SYNONYMS = (
    ("raises", "increases"), ("about", "roughly"), ("needs", "requires"), ("because", "since"), ("usually", "normally"), ("lowers", "reduces"),
    ("keep", "hold"), ("shows", "indicates"), ("typical", "common"), ("at least", "no less than"), ("at most", "no more than"), ("weld", "bead"),
    ("reduce", "lower"), ("causes", "leads to"), ("gives", "yields"), ("reaches", "gets to"), ("depends on", "is governed by"), ("wall", "build"),
    ("strongest", "greatest"), ("study", "investigation"), ("fewest", "least"), ("flatter", "less tall"), ("part", "component"),
)  # fmt: skip


def graded_records(facts: Sequence[str], seed: int = 7) -> list[Record]:
    """References and answers of every kind, the target the grade from 0 to 1. Two facts, and the reference of both, are one group."""
    chance = random.Random(seed)
    known = [_CAVEAT.sub("", fact) for fact in facts]
    found: list[Record] = []
    for pair in range(0, len(known) - 1, 2):
        one, other = known[pair : pair + 2]
        beside = [fact for i, fact in enumerate(known) if i // 2 != pair // 2]
        for reference in (one, other, *([f"{one} {other}"] if pair % JOINED == 0 else [])):
            for kind in KINDS:
                answer, grade = kind(reference, beside, chance)
                found.append(Record(reference, round(grade, 4), f"facts {pair // 2}", answer, row=len(found) + 1, source="demo answers"))
    return found


def contradict(clause: str, chance: random.Random) -> str:
    """The clause with another number, an opposite word, or negated."""
    if numbers := list(_NUMBER.finditer(clause)):
        match = chance.choice(numbers)
        return f"{clause[: match.start()]}{float(match[0]) * chance.choice((0.3, 0.5, 1.6, 2, 3)):.3g}{clause[match.end() :]}"
    for pair in OPPOSITES:
        for word, opposite in (pair, pair[::-1]):
            if re.search(rf"\b{word}\b", clause):
                return re.sub(rf"\b{word}\b", opposite, clause, count=1)
    return _VERB.sub(r"\1 not", clause, count=1) if _VERB.search(clause) else f"It is not true that {clause}"


def reword(clause: str, chance: random.Random) -> str:
    """The clause with some words for others that say the same."""
    for pair in SYNONYMS:
        word, instead = pair if chance.random() < 0.5 else pair[::-1]
        if chance.random() < 0.8:
            clause = re.sub(rf"\b{word}\b", instead, clause)
    return clause


def train_grades(facts: Sequence[str], base: Path, home: Path, progress: Progress = print, seed: int = 7, recipe: str | None = None) -> None:
    """Train, calibrate and export the demo grader into `home`/grading: the frozen `base`, lexical features, and the shares of clauses that
    `tools.clauses` finds with that same encoder."""
    body = load_body(base)
    embed = reader(served(body, base, typed=False, near=home / "grading"), 256).pool
    config = TrainConfig(
        task="similarity", base=base, columns=COLUMNS, adapt="frozen", candidates=("constant", "linear", "fused"), promote="encoder", folds=3,
        probe_epochs=80, scale="linear", seed=seed, data_label=DATA_LABEL,
    )  # fmt: skip
    extra = {"recipe": recipe} if recipe else {}
    progress("grading: comparing clauses")
    train(with_shares(graded_records(facts, seed=seed), embed), config, home / "grading", lambda line: progress(f"grading: {line}"), extra)
    progress("grading: built")


def with_shares(records: Sequence[Record], embed: Callable[[Sequence[str]], np.ndarray]) -> list[Record]:
    """The records with what `compare` finds as named numbers. Each clause is read once, with others of its length."""
    distinct = sorted({clause for r in records for text in (r.text, r.text_b) for clause in clauses(text)}, key=lambda clause: (len(clause), clause))
    vectors: dict[str, np.ndarray] = {}
    for start in range(0, len(distinct), BATCH):
        part = distinct[start : start + BATCH]
        vectors.update(zip(part, embed(part), strict=True))

    def known(texts: Sequence[str]) -> np.ndarray:
        return np.stack([vectors[text] for text in texts])

    return [replace(r, numbers=tuple(compare(r.text, r.text_b, known).shares.items())) for r in records]


def _said(parts: Sequence[str], right: Sequence[int], wrong: Sequence[int] = ()) -> float:
    weight = [float(len(terms(part)) or 1) for part in parts]
    return max(0.0, (sum(weight[i] for i in right) - PENALTY * sum(weight[i] for i in wrong)) / sum(weight))


def _text(parts: Sequence[str]) -> str:
    return ". ".join(part[0].upper() + part[1:] for part in parts) + "."


def _all(reference: str, beside: Sequence[str], chance: random.Random) -> tuple[str, float]:
    parts = [reword(part, chance) for part in clauses(reference)]
    chance.shuffle(parts)
    return _text(parts), 1.0


def _telegraphic(reference: str, beside: Sequence[str], chance: random.Random) -> tuple[str, float]:
    parts = [_SMALL.sub("", reword(part, chance)).strip() or part for part in clauses(reference)]
    return ", ".join(parts).lower(), 1.0


def _dropped(reference: str, beside: Sequence[str], chance: random.Random) -> tuple[str, float]:
    parts = clauses(reference)
    kept = sorted(chance.sample(range(len(parts)), chance.randint(1, max(len(parts) - 1, 1))))
    return _text([reword(parts[i], chance) for i in kept]), _said(parts, kept)


def _twisted(reference: str, beside: Sequence[str], chance: random.Random) -> tuple[str, float]:
    parts = clauses(reference)
    wrong = chance.sample(range(len(parts)), chance.randint(1, len(parts)))
    kept = [i for i in range(len(parts)) if i in wrong or chance.random() < 0.8]
    text = _text([contradict(parts[i], chance) if i in wrong else reword(parts[i], chance) for i in kept])
    return text, _said(parts, [i for i in kept if i not in wrong], wrong)


def _elsewhere(reference: str, beside: Sequence[str], chance: random.Random) -> tuple[str, float]:
    return " ".join(chance.sample(list(beside), min(chance.randint(1, 2), len(beside)))), 0.0


def _padded(reference: str, beside: Sequence[str], chance: random.Random) -> tuple[str, float]:
    text, grade = chance.choice((_all, _dropped))(reference, beside, chance)
    parts = [text, _elsewhere(reference, beside, chance)[0]]
    chance.shuffle(parts)
    return " ".join(parts), grade


def _long_and_wrong(reference: str, beside: Sequence[str], chance: random.Random) -> tuple[str, float]:
    text, grade = _twisted(reference, beside, chance)
    return f"{text} {_elsewhere(reference, beside, chance)[0]}", grade


KINDS: tuple[Kind, ...] = (_all, _telegraphic, _dropped, _twisted, _elsewhere, _padded, _long_and_wrong)
