"""Care of the data with a trained model: doubtful labels, what to label next, and a corrected data file.

Doubtful labels come from the held-out outputs that the training kept, so nothing is trained here.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from finetune import active
from finetune.active import Pick
from finetune.kinds import Amounts, Kind, from_json
from finetune.label_errors import Suspect, suspects_in_amounts, suspects_in_classes, suspects_in_labels
from finetune.records import Columns, DataError, Record, load, read_rows
from finetune.relabel import apply_relabel
from finetune.relabel_file import read_relabel
from finetune.served import columns_of, features_of, open_model, outputs
from tools.encoder import Encoder

HELD_OUT = "held_out.npz"
UNKNOWN = ("[UNK]", "<unk>")


def keep_held_out(folder: Path, records: Sequence[Record], rows: np.ndarray, held: np.ndarray) -> None:
    """Keep the promoted model's held-out outputs [rows, size] with the model, for the doubtful labels and for comparisons."""
    np.savez(folder / HELD_OUT, rows=rows, outputs=held, records=len(records))


def held_out(folder: Path, records: Sequence[Record]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and held-out outputs of the model in `folder` on the records it was trained on. Raises DataError for other records."""
    open_model(folder)
    with np.load(folder / HELD_OUT, allow_pickle=False) as saved:
        if int(saved["records"]) != len(records):
            raise DataError(
                f"{records[0].source} has {len(records)} records, the model was trained on {int(saved['records'])}; give the file it was trained on."
            )
        return saved["rows"], saved["outputs"]


def doubtful(folder: Path, data: Path) -> tuple[list[Record], list[Suspect]]:
    """The training records of `data` and those whose labels are doubtful by the model's held-out outputs, worst first."""
    encoder = open_model(folder)
    records = load(data, columns_of(encoder))
    rows, held = held_out(folder, records)
    kind = from_json(encoder.meta["output"])
    targets = kind.encode([records[i] for i in rows])
    found = _suspects(kind, encoder, targets, held)
    return records, [Suspect(int(rows[s.index]), s.score, s.given, s.suggested) for s in found]


def to_label(folder: Path, pool: Path, budget: int) -> tuple[list[Record], list[Pick]]:
    """The records of `pool` (labelled or not) and those worth labelling next: uncertain, rare, unlike what the tokenizer or the
    training data know."""
    encoder = open_model(folder)
    records = load(pool, columns_of(encoder), labelled=False)
    texts, texts_b, features = [r.text for r in records], [r.text_b for r in records], features_of(encoder, records)
    raw, kind = outputs(encoder, records), from_json(encoder.meta["output"])
    scores: dict[str, np.ndarray] = {}
    if isinstance(kind, Amounts):
        scores["uncertain"] = active.wide_interval(encoder.members(texts, features, texts_b if encoder.meta["two_texts"] else ()))
    else:
        exclusive = kind.kind == "classes"
        calibration = encoder.calibration
        p = calibration.class_probabilities(raw) if exclusive else calibration.label_probabilities(raw)
        counts = np.array([encoder.meta["per_name"][name]["support"] for name in encoder.names])
        scores = {"uncertain": active.small_margin(p) if exclusive else active.near_half(p), "rare": active.rare_entropy(p, counts, exclusive)}
    vectors = features
    if encoder.body is not None:
        encoded = encoder.body.tokenizer.encode_batch(texts)
        scores["unknown_words"] = active.unknown_words(np.array([np.mean([t in UNKNOWN for t in e.tokens]) for e in encoded]))
        vectors = encoder.body.pool(texts)
    scores["outlier"] = active.cluster_outliers(vectors)
    return records, active.select(scores, min(budget, len(records)), vectors if encoder.body is not None else None)


def corrected(data: Path, labels: Path, columns: Columns, out: Path) -> tuple[int, int]:
    """Write `data` with the corrections of the edited file `labels` to `out`, in its own form; how many rows changed and went.
    Raises DataError."""
    corrections = read_relabel(labels)
    records = load(data, columns)
    kept: Mapping[int, Record] = {r.row: r for r in apply_relabel(records, corrections)}
    rows, changed = [], 0
    for number, row in enumerate(read_rows(data), start=1):
        if number not in kept:
            continue
        target = kept[number].target
        if target != records[number - 1].target:
            row = _with_target(row, columns, target)
            changed += 1
        rows.append(dict(row))
    write_rows(out, rows)
    return changed, len(records) - len(kept)


def merged(data: Path, pool: Path, new: Sequence[Record], columns: Columns, out: Path) -> None:
    """Write the rows of `data`, and those of `pool` that are among the labelled records `new`, to `out`."""
    labelled = {record.row: record.target for record in new}
    pooled = enumerate(read_rows(pool), start=1)
    write_rows(out, [*read_rows(data), *(_with_target(row, columns, labelled[number]) for number, row in pooled if number in labelled)])


def _with_target(row: Mapping[str, object], columns: Columns, target: object) -> dict[str, object]:
    return dict(row) | dict(zip(columns.target, target if isinstance(target, tuple) else (target,), strict=True))


def write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows as .csv, .jsonl or .json, whole or not at all. Raises DataError for another suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".partial")
    if path.suffix == ".csv":
        with half.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix in (".json", ".jsonl"):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        half.write_text("\n".join(lines) + "\n" if path.suffix == ".jsonl" else f"[{', '.join(lines)}]", encoding="utf-8")
    else:
        raise DataError(f"{path.name}: write to a .csv, .jsonl or .json file.")
    half.replace(path)


def _suspects(kind: Kind, encoder: Encoder, targets: np.ndarray, held: np.ndarray) -> list[Suspect]:
    if isinstance(kind, Amounts):
        return suspects_in_amounts(kind.decode(targets), kind.decode(held), kind.log)
    if kind.kind == "classes":
        return suspects_in_classes(targets, encoder.calibration.class_probabilities(held), kind.names)
    p = encoder.calibration.label_probabilities(held)
    if kind.size == 1:
        return suspects_in_classes(targets[:, 0].astype(int), p[:, 0], (f"not {kind.names[0]}", kind.names[0]))
    return suspects_in_labels(targets.astype(int), p, kind.names)
