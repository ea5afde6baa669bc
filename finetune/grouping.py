"""Which rows belong together where no column says so: those that describe one experiment. What was done is said in a sentence."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from finetune.tables import NUMBER

if TYPE_CHECKING:
    from finetune.records import Columns, Record

# A text that states this many numbers, this many of them different and other than the small whole numbers of lists and marks,
# is taken for the description of one experiment.
EXPERIMENT_NUMBERS, TELLING_NUMBERS, SMALL = 3, 2, 10


def tells_apart(numbers: Sequence[float]) -> bool:
    """Whether the numbers of a text tell one experiment from another: enough of them, and not only those of lists and marks."""
    telling = {value for value in numbers if not (value.is_integer() and abs(value) <= SMALL)}
    return len(numbers) >= EXPERIMENT_NUMBERS and len(telling) >= TELLING_NUMBERS


def grouped(records: "Sequence[Record]", columns: "Columns") -> "tuple[list[Record], str]":
    """The records with the groups that their texts or numbers suggest, and the rule in words."""
    if columns.text_b is not None:
        first, second = Counter(r.text for r in records), Counter(r.text_b for r in records)
        by_first = len(first) <= len(second)
        name = columns.text[0] if by_first and len(columns.text) == 1 else "text" if by_first else columns.text_b
        return [replace(r, group=r.text if by_first else r.text_b) for r in records], f"rows with the same {name!r} are kept together"
    found = [_experiment(record) for record in records]
    rules = dict.fromkeys(rule for _, rule in found)
    return [replace(r, group=group) for r, (group, _) in zip(records, found, strict=True)], f"{', and '.join(rules)} are kept together"


def told(records: "Sequence[Record]") -> list[str]:
    """One sentence for each file that the records are from: how its rows were put into groups, and how many these are."""
    sentences = []
    for origin in dict.fromkeys(r.origin for r in records if r.origin):
        own = [r.group for r in records if r.origin == origin]
        count, of = len(set(own)), f"{len(own)} rows of {origin.file}"
        each = " (each row is one)" if count == len(own) else ""
        sentences.append(f"{origin.grouping}: {count} groups in {of}{each}.")
    return sentences


def divided(records: "Sequence[Record]") -> str | None:
    """A sentence where rows of the same experiment are in different groups, so that a model is asked about settings that it was fitted to."""
    if any(record.text_b for record in records):
        return None  # two answers to one question are no repeats
    groups: dict[str, set[str]] = {}
    alike = [_experiment(record)[0] for record in records]
    for record, experiment in zip(records, alike, strict=True):
        groups.setdefault(experiment, set()).add(record.group)
    rows = sum(len(groups[experiment]) > 1 for experiment in alike)
    return (
        f"{rows} of {len(records)} rows repeat the settings of a row in another group, so scores are too good and intervals too narrow; "
        "leave out --group, or name the columns whose values repeats share."
        if rows
        else None
    )


def _experiment(record: "Record") -> tuple[str, str]:
    """The numbers that describe the record's experiment; where they are too few or too plain for that, all that it has. And the rule."""
    columns = [f"{value:g}" for _, value in record.numbers]
    numbers = columns or NUMBER.findall(record.text)
    if tells_apart([value for value in map(float, numbers) if not math.isnan(value)]):
        names = ", ".join(name for name, _ in record.numbers[:6]) + (", …" if len(record.numbers) > 6 else "")
        return " ".join(numbers), f"rows with the same values of {names}" if columns else "rows whose texts state the same numbers"
    return " ".join([record.text, *columns]), "rows with the same text and numbers" if columns else "rows with the same text"
