"""Reading: packed files, spreadsheets' CSV, standard input, and what is no input."""

import gzip
import json
from pathlib import Path

import pytest

from agent.batch.items import Item, items_of, read_items
from agent.errors import BadInput

LINES = '{"id": "a", "question": "왜?"}\n{"question": "b?"}\n'


def test_a_packed_file_is_read_by_what_is_in_it(tmp_path: Path):
    for name in ("q.jsonl.gz", "q.jsonl"):
        (tmp_path / name).write_bytes(gzip.compress(LINES.encode()))
        assert list(read_items(tmp_path / name)) == [Item("a", "왜?"), Item("2", "b?")]
    (tmp_path / "q.csv.gz").write_bytes(gzip.compress(b"id,question\n1,a?\n"))
    assert list(read_items(tmp_path / "q.csv.gz")) == [Item("1", "a?")]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_csv_as_european_spreadsheets_save_it(tmp_path: Path, separator: str):
    (tmp_path / "q.csv").write_text(f"id{separator}question\n1{separator}21,4 V, normal?\n")
    assert list(read_items(tmp_path / "q.csv")) == [Item("1", "21,4 V, normal?")]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("q.jsonl.gz", gzip.compress(LINES.encode())[:-9], "damaged or not whole"),
        ("q.jsonl.gz", gzip.compress(LINES.encode())[:-8] + bytes(8), "damaged or not whole"),
        ("q.csv", b'question\n"' + b"x" * 200_000 + b'"\n', "not CSV that can be read"),
        ("q.jsonl", b"[" * 100_000 + b"\n", "expected"),
        ("q.jsonl", b'{"id": "a"}\n{"question": "a?"', "line 1: expected"),
        ("q.jsonl", b'{"question": "a?"}\n{"question": "b?"\n', "line 2 is not valid JSON: .* a closing } is missing"),
        ("q.jsonl", b'{\n  "question": "a?"\n}\n', "line 1 .* goes on in the next line"),
        ("q.jsonl", b'{"question": "a?}\n', 'the text that begins in column 14 has no closing "'),
        ("q.jsonl", b"{'question': 'a?'}\n", "in column 2 stands \"'question"),
        ("q.jsonl", b'{"question": "a?", "history": 5}\n', "line 1: expected"),
        ("q.jsonl", b'{"question": "a?", "history": [{"content": "x"}]}\n', "line 1: history.0.role cannot be read"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, name: str, data: bytes, words: str):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInput, match=words):
        list(read_items(tmp_path / name))


@pytest.mark.parametrize("text", [LINES, "id,question\na,왜?\n2,b?\n"])
def test_standard_input_is_known_by_its_first_line(tmp_path: Path, text: str):
    (tmp_path / "in").write_text(text)
    with (tmp_path / "in").open("rb") as file:
        assert list(items_of(file, "standard input")) == [Item("a", "왜?"), Item("2", "b?")]


def test_a_key_is_16_bytes_and_another_for_another_line():
    items = [
        Item("a", "b?"),
        Item("a", "c?"),
        Item("b", "b?"),
        Item("a", "b?", ({"role": "user", "content": "x"},)),
        Item("a", json.loads('"\\ud800"')),
    ]
    assert len({item.key for item in items}) == len(items) and {len(item.key) for item in items} == {16}
