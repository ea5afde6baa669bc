"""Which rows a model was trained on, in few bytes: the lowest hashes of its rows, enough to tell the share of a file that it has seen."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from finetune.records import Record

DIGITS, KEPT = 8, 4000  # hexadecimal digits of a row's hash, and rows: 32 kB at most; a row is taken for another one time in a million


def sketch(records: Sequence[Record]) -> dict[str, Any]:
    """`hashes` in one string, the lowest KEPT in order; `whole`: whether these are all."""
    found = sorted({_hash(record) for record in records})
    return {"hashes": "".join(found[:KEPT]), "whole": len(found) <= KEPT}


def seen(saved: Mapping[str, Any], records: Sequence[Record]) -> float | None:
    """Share of the records that are among those of the sketch, whatever their targets; judged by the ones whose hash is low enough to
    be kept. None where there is no such record."""
    text = str(saved["hashes"])
    known = {text[start : start + DIGITS] for start in range(0, len(text), DIGITS)}
    rows = [_hash(record) for record in records]
    judged = rows if saved["whole"] else [row for row in rows if row <= max(known)]
    return sum(row in known for row in judged) / len(judged) if judged else None


def _hash(record: Record) -> str:
    """Of the text and the numbers, whatever the case, the spacing and the order of columns."""
    texts = [" ".join(text.casefold().split()) for text in (record.text, record.text_b)]
    numbers = sorted(f"{name}={value:.9g}" for name, value in record.numbers)
    return hashlib.sha256("\x1f".join([*texts, *numbers]).encode(errors="surrogatepass")).hexdigest()[:DIGITS]
