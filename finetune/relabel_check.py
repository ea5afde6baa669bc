"""What may be written into a re-labelling file: labels that the data or the model knows, or numbers where targets are numbers."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches

from finetune.kinds import Kind, plain
from finetune.records import DataError, Record
from finetune.relabel import DROP, KEEP
from finetune.relabel_file import BETWEEN, Correction
from finetune.targets import amounts, labels

SHOWN, MOST_CLASSES = 12, 20  # known labels in a message; numeric targets that differ and are classes
_JOINED = re.compile(r"\s+or\s+|[;:]")  # several labels, or aspects with their polarities


def check(corrections: Mapping[int, Correction], file: str, records: Iterable[Record], kind: Kind | None = None, new: Collection[str] = ()) -> None:
    """Raises DataError at the first correction in the re-labelling `file` that is no target of the kind that `records` have, or of
    `kind`, the model's, where it is given. `new` are labels that are allowed although none of these has them."""
    targets = [record for record in records if record.target != ""]
    numeric = kind.kind == "amounts" if kind else all(map(_numeric, targets)) and not _are_classes(targets)
    known = _names(kind) + [name for record in targets for name in _labels(str(record.target))] + list(new)
    whole = {plain(record.target).casefold() for record in targets} | {name.casefold() for name in new}
    spelt = {name.casefold(): name for name in reversed(known)}
    for row, correction in corrections.items():
        place = f"{file}, line {correction.line} (row {row}), column 'corrected'"
        text = correction.corrected
        if text.casefold() in (KEEP, DROP) or plain(text).casefold() in whole:
            continue
        if numeric:
            if not all(_numeric(Record("", part, "")) for part in text.split(BETWEEN.strip())):
                raise DataError(f"{place}: {text[:60]!r} is not a number; write one such as 3.21, or {KEEP}, or {DROP}.")
        elif unknown := [name for name in _labels(text) if name.casefold() not in spelt] or ([] if _labels(text) else [text]):
            near = get_close_matches(unknown[0].casefold(), spelt, n=1)
            meant = f", did you mean {spelt[near[0]]!r}" if near else ""
            names = sorted(spelt.values())
            some = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
            raise DataError(
                f"{place}: the label {unknown[0][:60]!r} is not among the known ones ({some}){meant}; correct it, or allow it with "
                f"--new-label {unknown[0][:60]!r}."
            )


def sides(kind: Kind, targets: Iterable[object]) -> dict[bool, list[str]]:
    """Of a binary model, the data's values that count as 0 and as 1, the commonest first; of any other none."""
    found: dict[bool, list[str]] = {False: [], True: []}
    if getattr(kind, "binary", False) or getattr(kind, "study", False):
        for target, _ in Counter(map(str, targets)).most_common():
            found[bool(kind.encode([Record("", target, "")]).any())].append(target)
    return found


def usable(suggested: str, given: str, kind: Kind, values: Mapping[bool, list[str]], likeliest: str) -> str:
    """A suggestion as one would write it into `corrected`: of a binary model a value that the data has on that side; where no label at all
    is suggested, the likeliest one, or `drop`."""
    if not suggested:
        return likeliest if labels(likeliest) != labels(given) else DROP
    positive = suggested == kind.names[-1]
    side = values[positive]
    if positive and len(side) > 1:
        return suggested.capitalize()  # which of the defects it is, the model does not know
    return side[0] if side else suggested


def _names(kind: Kind | None) -> list[str]:
    return [] if kind is None or kind.kind == "amounts" else [name.capitalize() if name in ("normal", "abnormal") else name for name in kind.names]


def _labels(target: str) -> list[str]:
    return [name for part in _JOINED.split(target) if (name := part.strip().strip(".").strip())]


def _numeric(record: Record) -> bool:
    try:
        return bool(amounts(record))
    except DataError:
        return False


def _are_classes(records: Sequence[Record]) -> bool:
    """Whether numeric targets look like the numbers of classes: few whole ones that repeat."""
    values = {plain(record.target) for record in records}
    return len(values) <= min(MOST_CLASSES, len(records) / 3) and all(value.lstrip("-").isdigit() for value in values)
