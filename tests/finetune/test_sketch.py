"""What a model remembers of its rows: enough to recognise them, and little."""

import json
from dataclasses import replace

import pytest

from finetune import sketch as module
from finetune.records import Record
from finetune.sketch import seen, sketch


def numbered(start: int, count: int) -> list[Record]:
    return [Record(f"bead {i}", "Normal", str(i), numbers=(("a", i / 7), ("b", 2.0))) for i in range(start, start + count)]


def test_the_share_of_known_rows_whatever_their_targets():
    saved = json.loads(json.dumps(sketch(numbered(0, 50))))
    mixed = [replace(r, target="Humping", group="x", row=9) for r in numbered(40, 40)]
    assert seen(saved, mixed) == 0.25 and seen(saved, numbered(0, 50)) == 1 and seen(saved, numbered(50, 50)) == 0


def test_spelling_and_the_order_of_columns_do_not_matter_but_numbers_do():
    [record] = numbered(1, 1)
    saved = sketch([record])
    assert seen(saved, [replace(record, text=" BEAD  1", numbers=record.numbers[::-1])]) == 1
    assert seen(saved, [replace(record, numbers=(("a", 1 / 7), ("b", 2.1)))]) == 0
    assert seen(saved, [replace(record, text_b="more")]) == 0


def test_of_many_rows_a_part_is_kept_and_still_tells_the_share(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "KEPT", 200)
    saved = sketch(numbered(0, 2000))
    assert len(json.dumps(saved)) < 1700 and not saved["whole"]
    assert seen(saved, numbered(1000, 2000)) == pytest.approx(0.5, abs=0.15)
    assert seen(saved, []) is None


def test_even_the_largest_is_small():
    assert module.KEPT * module.DIGITS <= 32_000
