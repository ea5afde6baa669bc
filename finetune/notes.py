"""Shift notes made from wordings: remarks on one or two aspects of the process, each with its severity, and remarks on none.

notes.yaml has what people write, by hand: of each aspect in its own words, and verdicts that any aspect may get. Here places and
parts are filled in and remarks are joined, as in a hurried note. A wording, and every remark joined with it, belongs to one of
GROUPS parts of the wordings, so that a split tests wordings which training has not seen. Nothing here was observed on a machine:
the label is `demo (synthetic)`.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import yaml

from finetune.aspects import NONE, train_aspects
from finetune.config import TrainConfig
from finetune.engine import Progress
from finetune.records import Record
from finetune.simulator import DATA_LABEL

WORDINGS = Path(__file__).with_name("notes.yaml")
SEVERITIES = ("excellent", "good", "acceptable", "poor", "critical")
GROUPS = 24  # so many that folds and a validation part can be made of them; a verdict is the same for all aspects, so it has one
FILLED, JOINED = 2, 250  # remarks made of one wording; remarks made of two
PLACES = ("layer", "layers", "bead", "pass", "track", "wall", "segment")
PARTS = ("the bracket", "the flange", "wall 3", "the rib", "coupon B2", "the nozzle ring", "the test wall", "part 17", "the hub", "the T-joint")
JOINTS = (", ", " and ", ", also ", ", ", " - ", " / ", ", plus ")


@dataclass(frozen=True)
class Wording:
    """What someone writes of an aspect. Wordings of other groups are never joined with it."""

    text: str
    aspect: str
    severity: str
    group: int


def note_wordings(given: Mapping[str, Any]) -> list[Wording]:
    """The wordings of a mapping as in notes.yaml, each with its aspect, severity and group; those of no aspect have NONE."""
    nouns: Mapping[str, list[str]] = given["nouns"]
    found = [Wording(text, NONE, "", i % GROUPS) for i, text in enumerate(given[NONE])]
    for place, aspect in enumerate(nouns):
        for rank, severity in enumerate(SEVERITIES):
            own, verdicts = given[aspect][severity], given["verdicts"][severity]
            found += [Wording(text, aspect, severity, (4 * i + (place + rank) % 4) % GROUPS) for i, text in enumerate(own)]
            for i, verdict in enumerate(verdicts):
                noun = nouns[aspect][(i + rank) % len(nouns[aspect])]
                found.append(Wording(_capital(Template(verdict).safe_substitute(n=noun)), aspect, severity, 2 * i % GROUPS))
    return found


def note_records(given: Mapping[str, Any], filled: int = FILLED, joined: int = JOINED, seed: int = 7) -> list[Record]:
    """Remarks with their aspects (`spatter: poor; cracks: good`, or `none`) in the groups of their wordings."""
    chance = random.Random(seed)
    wordings = note_wordings(given)
    made: list[tuple[str, tuple[Wording, ...]]] = [
        (_written(w.text, chance), (w,)) for w in wordings for _ in range(filled if "$" in w.text or w.aspect == NONE else 1)
    ]
    for _ in range(joined):
        first = chance.choice(wordings)
        second = chance.choice([other for other in wordings if other.group == first.group and other.aspect != first.aspect])
        text = f"{_written(first.text, chance).rstrip('.')}{chance.choice(JOINTS)}{_small(_written(second.text, chance, timed=False))}"
        made.append((text, (first, second)))
    return [
        Record(text, "; ".join(f"{w.aspect}: {w.severity}" for w in said if w.aspect != NONE) or NONE, f"wordings {said[0].group}", row=row,
               source="demo notes")
        for row, (text, said) in enumerate(made, 1)
    ]  # fmt: skip


def train_notes(base: Path, home: Path, progress: Progress = print, seed: int = 7, recipe: str | None = None) -> None:
    """Train, calibrate and export both stages into `home`/notes, on the frozen `base`, whose int8 form the embedder already is."""
    config = TrainConfig(
        task="aspect", base=base, adapt="frozen", pairing="concat", features=False, candidates=("constant", "encoder"), promote="encoder", folds=3,
        probe_epochs=60, max_tokens=128, seed=seed, data_label=DATA_LABEL,
    )  # fmt: skip
    given = yaml.safe_load(WORDINGS.read_text(encoding="utf-8"))
    extra: dict[str, Any] = {"scale": list(SEVERITIES)} | ({"recipe": recipe} if recipe else {})
    train_aspects(note_records(given, seed=seed), config, home / "notes", lambda line: progress(f"notes: {line}"), extra)
    progress("notes: built")


def _written(wording: str, chance: random.Random, timed: bool = True) -> str:
    kind, number = chance.choice(PLACES), chance.randint(1, 60)
    place = f"{kind} {number} to {number + chance.randint(1, 9)}" if kind == "layers" else f"{kind} {number}"
    text = Template(wording).substitute(l=place, p=chance.choice(PARTS))
    if timed and chance.random() < 0.15:
        text = f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02} {text}"
    ended = text if text.endswith(".") or chance.random() < 0.5 else f"{text}."
    return ended.lower() if chance.random() < 0.15 else ended


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _small(text: str) -> str:
    return text[0].lower() + text[1:]
