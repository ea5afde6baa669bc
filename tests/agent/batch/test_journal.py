"""The output as a journal, in gzip too: torn anywhere, only whole lines count."""

import gzip
from pathlib import Path

import pytest

from agent.batch import lines
from agent.batch.items import Item
from agent.batch.journal import Journal
from agent.errors import BadInput, WaamError
from tests.agent.fakes import answered


def line(number: int) -> bytes:
    item = Item(f"q{number}", f"question {number}?")
    return lines.written(lines.made(item, answered("x" * 50), "waam"))


@pytest.fixture(params=["out.jsonl", "out.jsonl.gz"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / request.param
    with Journal(path, "waam") as journal:
        journal.open()
        for number in range(4):
            journal.add(line(number))
    return path


def ids(path: Path) -> tuple[list[str], bool]:
    with Journal(path, "waam") as journal:
        return [each.id for each in journal.lines()], journal.torn


def test_lines_are_read_as_they_were_added(target: Path):
    assert ids(target) == (["q0", "q1", "q2", "q3"], False)
    text = gzip.decompress(target.read_bytes()) if target.suffix == ".gz" else target.read_bytes()
    assert text == b"".join(map(line, range(4))), "any other reader sees the same"


def test_torn_at_any_byte_only_whole_lines_count_and_it_goes_on(target: Path):
    whole = target.read_bytes()
    for length in range(len(whole) * 3 // 4 - 5, len(whole)):
        target.write_bytes(whole[:length])
        with Journal(target, "waam") as journal:
            found = [each.id for each in journal.lines()]
            assert found in (["q0", "q1"], ["q0", "q1", "q2"], ["q0", "q1", "q2", "q3"])
            if journal.torn:
                journal.keep(lambda each: True)
            journal.open()
            for number in range(len(found), 4):
                journal.add(line(number))
        assert ids(target) == (["q0", "q1", "q2", "q3"], False), length


def test_lines_are_dropped_in_one_step(target: Path):
    target.chmod(0o640)
    with Journal(target, "waam") as journal:
        journal.keep(lambda each: each.id != "q1")
    assert ids(target) == (["q0", "q2", "q3"], False) and target.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in target.parent.iterdir() if each.name.endswith(".kept")] == []


def test_a_file_that_somebody_packed_whole_is_read_and_appended_to(tmp_path: Path):
    path = tmp_path / "out.jsonl.gz"
    path.write_bytes(gzip.compress(line(0) + line(1)))
    with Journal(path, "waam") as journal:
        journal.open()
        journal.add(line(2))
    assert ids(path) == (["q0", "q1", "q2"], False)


@pytest.mark.parametrize("data", [b"my notes", gzip.compress(b"my notes\n"), gzip.compress(b"my notes")[:-3], b"\x1f\x8bnothing of the kind"])
def test_what_is_something_else_is_left_alone(tmp_path: Path, data: bytes):
    path = tmp_path / "out.jsonl.gz"
    path.write_bytes(data)
    with Journal(path, "waam") as journal, pytest.raises(BadInput, match="something else than answers"):
        list(journal.lines())
    assert path.read_bytes() == data


def test_the_other_form_is_refused_by_its_name(target: Path):
    with Journal(target, "openai") as journal, pytest.raises(BadInput, match="--format waam"):
        list(journal.lines())


def test_places_where_nothing_can_be_written(tmp_path: Path):
    with pytest.raises(BadInput, match="is no file"):
        Journal(tmp_path, "waam")
    with pytest.raises(BadInput, match="There is no folder"):
        Journal(tmp_path / "none" / "out.jsonl", "waam")
    with pytest.raises(BadInput, match="cannot be written"), Journal(tmp_path / ("x" * 300), "waam"):
        pass
    with Journal(tmp_path / "out.jsonl", "waam") as journal:
        journal.open()
        journal._out = open("/dev/full", "wb", buffering=0)  # noqa: SIM115
        with pytest.raises(WaamError, match="No space left"):
            journal.add(b"x\n")
        journal._out.close()
        journal._out = None
