"""Memory does not grow with the lines: what is kept of each is 16 bytes, and those are on the disk."""

import tracemalloc
from pathlib import Path

import psutil

from agent.batch import run
from agent.batch.index import Index
from agent.batch.threads import Threads
from tests.agent.fakes import answered

LINES = 200_000


def test_a_run_of_many_lines_needs_no_more_than_a_short_one(tmp_path: Path):
    source, target = tmp_path / "in.csv", tmp_path / "out.jsonl"
    with source.open("w") as file:
        file.write("id,question\n")
        file.writelines(f"{number},question {number}?\n" for number in range(LINES // 10))
    answer, peaks = answered("so it is"), []

    def ask(question: str, history: list) -> object:
        return answer

    for _ in range(2):  # the second run finds everything answered
        tracemalloc.start()
        run.run_file(source, target, lambda done: Threads(ask, done, 16), run.Options(16))  # type: ignore[arg-type]
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert max(peaks) < 3e6, f"{peaks} bytes"


def test_the_index_of_many_lines_stays_small():
    process = psutil.Process()
    index = Index()
    for number in range(1000):
        index.ask(number.to_bytes(16, "big"))
    before = process.memory_info().rss
    for number in range(LINES):
        index.ask((number * 0x9E3779B97F4A7C15 % 2**64).to_bytes(16, "little"))
    for number in range(0, LINES, 2):
        assert index.answer((number * 0x9E3779B97F4A7C15 % 2**64).to_bytes(16, "little"))
    assert index.open > LINES // 2 - 1 and process.memory_info().rss - before < 24e6
    index.close()
