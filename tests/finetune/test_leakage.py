"""Leakage between splits: the leaks that were put there are found, and no others."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from finetune.leakage import Leak, leaks
from finetune.records import Columns, Record, load
from finetune.simulator import Experiment, simulate
from finetune.splits import split_by_group

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real data of ../shared/data is not here")


def records(experiments: list[Experiment], wording: str = "") -> list[Record]:
    return [
        Record(f"{wording}{e.conditions.to_text()}", " or ".join(e.labels), f"{wording}{e.id}", row=row) for row, e in enumerate(experiments, start=1)
    ]


def paraphrase(record: Record, row: int) -> Record:
    """The same settings in another order of sentences, under another group."""
    return replace(record, text="Judge this weld. " + " ".join(reversed(record.text.split(", "))), group=f"paraphrase {row}", row=row)


def found(first: list[Record], second: list[Record]) -> dict[str, Leak]:
    """Every kind of leak from `first` into `second`, by kind."""
    return {leak.kind: leak for leak in leaks(("train", "test"), first, second)}


def test_every_kind_of_leak_is_found_and_its_rows_are_named():
    train, test = records(simulate(112, 1)), records(simulate(28, 2))
    nearly = replace(test[8], text=test[8].text.replace("What is", "So what is"), group="nearly", row=303)
    spoilt = [
        *train,
        *(paraphrase(r, 200 + i) for i, r in enumerate(test[:6])),
        replace(test[6], group="other", row=300, text="  " + test[6].text.upper()),
        replace(train[0], group=test[7].group, row=301),
        nearly,
    ]
    leaked = found(spoilt, test)
    assert leaked["groups"].rows == 1 and leaked["groups"].examples[0]["train"] == 301 and leaked["groups"].examples[0]["test"] == 8
    assert leaked["identical texts"].rows == 1 and leaked["identical texts"].examples[0]["train"] == 300
    assert leaked["same numbers"].rows == leaked["same numbers"].groups == 8 and len(leaked["same numbers"].examples) == 5
    assert leaked["near-duplicate texts"].rows == 7  # six with their words in another order, and the ninth
    assert [example["train"] for example in found([nearly], test)["near-duplicate texts"].examples] == [303]
    assert not any(leak.rows for leak in found(train, test).values())


def test_near_duplicates_are_those_that_comparing_all_pairs_finds():
    chance = np.random.default_rng(0)
    words = [f"w{chr(97 + i)}" for i in range(26)]
    base = [list(chance.choice(words, 30, p=np.arange(26, 0, -1) / 351)) for _ in range(60)]
    near = [[*b[:-1], str(chance.choice(words))] for b in base]
    first, second = ([Record(" ".join(b), "x", f"{name}{i}", row=i + 1) for i, b in enumerate(part)] for name, part in (("a", base), ("b", near)))
    everything = TfidfVectorizer(token_pattern=r"\d+(?:\.\d+)?|[^\W\d_]+").fit([r.text for r in (*first, *second)])
    cosine = (everything.transform(r.text for r in second) @ everything.transform(r.text for r in first).T).toarray()
    wanted = sum(cosine.max(axis=1) > 0.97) - found(first, second)["identical texts"].rows
    assert 5 < wanted < 60 and found(first, second)["near-duplicate texts"].rows == wanted


def test_few_numbers_make_no_experiment():
    for one, other, rows in (
        ("about 55 of 65 welds", "in 55 or 65 days", 0),
        ("1. clean 2. weld 3. look", "1) split 2) train 3) test, from 1 to 3", 0),
        ("150 A, 22.5 V, 8 mm/s", "8 mm/s at 22.50 V and 150 A", 1),
    ):
        assert found([Record(one, "a", "1")], [Record(other, "b", "2")])["same numbers"].rows == rows


def test_words_without_letters_and_empty_splits_leak_nothing():
    nothing = [Record("…", "a", "1"), Record("  ", "b", "2")]
    assert found(nothing, [])["identical texts"].rows == found([], nothing)["near-duplicate texts"].rows == 0
    assert {kind: leak.rows for kind, leak in found(nothing, [Record("", "a", "3")]).items() if leak.rows} == {}


def test_a_thousand_rows_take_seconds():
    rows = [Record(f"bead {i} at {i % 97} A and {i % 89}.5 V moving {i % 83} mm/s steadily", "Normal", str(i), row=i) for i in range(1000)]
    started = time.process_time()
    assert found(rows[:800], rows[800:])["near-duplicate texts"].rows == 0
    assert time.process_time() - started < 10


@needs_data
def test_splitting_answers_by_row_leaks_and_by_question_does_not():
    rows = load(DATA / "quiz_train.csv", Columns(text=("user_answer",), text_b="good_answer", target=("similarity_score",), group=("quiz",)))
    by_row = found(rows[::2], rows[1::2])
    assert by_row["groups"].groups == len({row.group for row in rows[1::2]}) == 52 and by_row["near-duplicate texts"].rows > 20
    parts = split_by_group(rows, {"test": 0.2}, 7)
    assert not any(leak.rows for leak in found(parts["train"], parts["test"]).values())
