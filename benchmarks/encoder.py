"""Encoder inference through `tools.encoder` against the study's path: pad to 512 tokens, float32, torch.

    python -m benchmarks.encoder [--quick] [--threads N] [--layers N] [--base FOLDER] [--json FILE]

The study's side is the whole of the base encoder, ours what the tools serve: its first `--layers` (those of the demo models, unless told
otherwise). Both sides tokenise, run a body and a head on the same texts, and take the features as given. The two are timed in turns,
round by round, so that other work on the machine meets both; a ratio is of one round, and the spread is over the rounds. Every text is
run once only, since a served body keeps the vectors of the texts it has read. Beside the ratio of wall times stands that of processor
times, which other work on the machine hardly moves; with one thread (--threads 1) it is the cleaner of the two.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import BertConfig, BertModel

from benchmarks.machine import machine, table, write
from finetune.config import TrainConfig
from finetune.demo import ALWAYS, LAYERS, to_records
from finetune.encoder import FusedEncoder, load_body, load_tokenizer, tokenize
from finetune.measure import Bench, bench
from finetune.neural import Neural
from finetune.records import Record
from finetune.simulator import DATA_LABEL, simulate
from tools.encoder import Encoder, models_home

PADDED = 512
TARGETS = {"one text": 20.0, "batches": 40.0}
TRAINED = 120  # simulated beads that the head is fitted to; its quality does not matter here
ONE, FOUR = "one answer, same base encoder", "four answers, same base: four models of the study, our one pass with four heads"
OWN = "one answer, the study's own encoder (BERT base)"
LIMIT = 240.0  # seconds, after which no further round is begun; two there are always
Runner = Callable[[Sequence[Record], np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Size:
    """How much is timed: rounds, and texts of each side in a round."""

    rounds: int
    study_single: int
    study_batch: int
    ours_single: int
    ours_batches: int
    batch: int = 32

    @property
    def texts(self) -> int:
        """Distinct texts that our side needs, with one batch and one text to warm up on."""
        return self.rounds * (2 * self.ours_single + 2 * self.ours_batches * self.batch) + 2 * self.batch


FULL, QUICK = Size(5, 4, 16, 32, 2), Size(2, 2, 4, 4, 1, batch=4)


def measure(base: Path, size: Size, large: BertConfig | None, layers: int | None = None) -> dict[str, Any]:
    """Ratios of the study's time to ours, which has the first `layers` of the base (None: all). `large`: shape of the encoder that the
    study itself used, run with random weights, on which speed does not depend; None leaves it out."""
    records = distinct(size.texts + TRAINED)
    with tempfile.TemporaryDirectory() as scratch:
        trained, timed = records[:TRAINED], records[TRAINED:]
        config = TrainConfig(task="multilabel", base=base, layers=layers, epochs=0, probe_epochs=10, data_label=DATA_LABEL)
        measured = bench(trained, timed, config, print, Path(scratch))
        neural = Neural(measured.kind, config, fused=True, progress=lambda line: None).fit(trained, measured.features, measured.targets)
        encoder = measured.export(neural, Path(scratch) / "model")
        same, study = padded(neural.model, base), padded(FusedEncoder(load_body(base), measured.kind.size, measured.reader.size).eval(), base)
        rows = _rounds(measured, encoder, study, size)
        agree = float(np.abs(same(timed[:4], measured.held_features[:4]) - ours(encoder)(timed[:4], measured.held_features[:4])).max())
        if large is not None:
            body = BertModel(large, add_pooling_layer=False).eval()
            own = padded(FusedEncoder(body, measured.kind.size, measured.reader.size).eval(), base)
            rows += _against(rows, own, measured, size)
    tokens = [len(load_tokenizer(base, PADDED).encode(r.text).ids) for r in timed]
    return {
        "machine": machine(), "base": base.name, "tokens": {"mean": statistics.mean(tokens), "most": max(tokens)},
        "largest_difference_of_a_logit": agree, "layers": layers, "threads": torch.get_num_threads(), "rows": rows,
    }  # fmt: skip


def distinct(count: int) -> list[Record]:
    """Simulated beads described in `count` different texts."""
    found: dict[str, Record] = {}
    seed = 1
    while len(found) < count:
        found |= {r.text: r for r in to_records(simulate(count, seed), "defects", ALWAYS, seed)}
        seed += 1
    return list(found.values())[:count]


def padded(model: FusedEncoder, base: Path) -> Runner:
    """The study's path: every text padded to 512 tokens, float32 torch, a whole batch at once."""
    tokenizer = load_tokenizer(base, PADDED)
    tokenizer.enable_padding(length=PADDED, pad_id=(tokenizer.padding or {})["pad_id"])

    @torch.no_grad()
    def outputs(records: Sequence[Record], features: np.ndarray) -> np.ndarray:
        return np.asarray(model(torch.from_numpy(features), **tokenize(tokenizer, [r.text for r in records])).numpy())

    return outputs


def ours(encoder: Encoder) -> Runner:
    """The tools' path."""
    return lambda records, features: encoder.run([r.text for r in records], features)


@dataclass(frozen=True)
class Spent:
    """Seconds a text: of the clock, and of the processor's cores together."""

    wall: float
    processor: float

    def times(self, factor: float) -> "Spent":
        return Spent(factor * self.wall, factor * self.processor)


def _rounds(measured: Bench, encoder: Encoder, study: Runner, size: Size) -> list[dict[str, Any]]:
    supply = iter(range(len(measured.held)))
    pairs: dict[tuple[str, str], list[tuple[Spent, Spent]]] = {(how, what): [] for what in (ONE, FOUR) for how in ("one text", "batches")}
    served, end = ours(encoder), time.monotonic() + LIMIT

    def spent(count: int, at_once: int, again: int = 1) -> Spent:
        """What our side takes for `count` fresh texts, each batch run `again` times."""
        return _spent(served, measured, [_take(supply, min(at_once, count - start)) for start in range(0, count, at_once)], again)

    spent(size.batch, size.batch)
    study(measured.held[:1], measured.held_features[:1])
    for done in range(size.rounds):
        if done >= 2 and time.monotonic() > end:
            break
        known = list(range(size.study_batch))  # the study's path keeps nothing, so it may read the same texts again
        one, many = _spent(study, measured, [[i] for i in known[: size.study_single]]), _spent(study, measured, [known])
        pairs["one text", ONE].append((one, spent(size.ours_single, 1)))
        pairs["batches", ONE].append((many, spent(size.ours_batches * size.batch, size.batch)))
        pairs["one text", FOUR].append((one.times(4), spent(size.ours_single, 1, again=4)))
        pairs["batches", FOUR].append((many.times(4), spent(size.ours_batches * size.batch, size.batch, again=4)))
    return [_row(how, what, found) for (how, what), found in pairs.items()]


def _against(rows: Sequence[dict[str, Any]], own: Runner, measured: Bench, size: Size) -> list[dict[str, Any]]:
    """The study's own encoder against what our side took in the rounds before."""
    _spent(own, measured, [[0]])
    times = {
        "one text": [_spent(own, measured, [[0], [1]]) for _ in range(2)],
        "batches": [_spent(own, measured, [list(range(min(8, size.batch)))]) for _ in range(2)],
    }
    mine = {row["how"]: Spent(row["ours_ms"] / 1000, row["ours_processor_ms"] / 1000) for row in rows if row["what"] == ONE}
    return [_row(how, OWN, [(each, mine[how]) for each in found]) for how, found in times.items()]


def _spent(run: Runner, measured: Bench, parts: Sequence[list[int]], again: int = 1) -> Spent:
    wall, processor = time.perf_counter(), time.process_time()
    for part in parts:
        for _ in range(again):
            run([measured.held[i] for i in part], measured.held_features[part])
    texts = sum(map(len, parts))
    return Spent((time.perf_counter() - wall) / texts, (time.process_time() - processor) / texts)


def _take(supply: Iterator[int], count: int) -> list[int]:
    return [next(supply) for _ in range(count)]


def _row(how: str, what: str, pairs: Sequence[tuple[Spent, Spent]]) -> dict[str, Any]:
    ratios = [study.wall / ours.wall for study, ours in pairs]
    processor = [study.processor / ours.processor for study, ours in pairs]
    return {
        "how": how, "what": what, "study_ms": 1000 * statistics.median(s.wall for s, _ in pairs),
        "ours_ms": 1000 * statistics.median(o.wall for _, o in pairs), "ours_processor_ms": 1000 * statistics.median(o.processor for _, o in pairs),
        "ratio": statistics.median(ratios), "ratio_range": [min(ratios), max(ratios)],
        "processor_ratio": statistics.median(processor), "processor_ratio_range": [min(processor), max(processor)],
        "target": TARGETS[how], "rounds": len(ratios),
    }  # fmt: skip


def _line(row: dict[str, Any]) -> dict[str, str]:
    low, high = row["ratio_range"]
    return {
        "": row["how"],
        "what": row["what"],
        "study, ms a text": f"{row['study_ms']:.1f}",
        "ours": f"{row['ours_ms']:.1f}",
        "ratio (range)": f"{row['ratio']:.1f} ({low:.1f} to {high:.1f})",
        "of processor time": "{:.1f} ({:.1f} to {:.1f})".format(row["processor_ratio"], *row["processor_ratio_range"]),
        "to beat": f"{row['target']:.0f}",
    }


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few texts, for a test; without the study's own encoder")
    parser.add_argument("--base", type=Path, default=models_home() / "all-minilm-l6-v2")
    parser.add_argument("--layers", type=int, default=LAYERS, help=f"of the base that our side has, the first ones (default: {LAYERS})")
    parser.add_argument("--threads", type=int, default=None, help="of both sides (default: one a core)")
    parser.add_argument("--json", type=Path, default=None, help="file for the result")
    chosen = parser.parse_args(arguments)
    if not (chosen.base / "config.json").exists():
        parser.error(f"there is no encoder in {chosen.base}; run `waam models fetch` or give --base.")
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
        os.environ["WAAM_ENCODER_THREADS"] = str(chosen.threads)
    result = measure(chosen.base, QUICK if chosen.quick else FULL, None if chosen.quick else BertConfig(), chosen.layers)
    print(f"{result['base']}, ours {result['layers']} layers, {result['tokens']['mean']:.0f} tokens a text, {result['threads']} threads")
    print(table([_line(row) for row in result["rows"]]))
    write(result, chosen.json)
    return result


if __name__ == "__main__":
    main()
