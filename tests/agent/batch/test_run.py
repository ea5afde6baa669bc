"""Questions by the file: nothing lost, nothing answered twice, failures in their own line."""

import json
import threading
from pathlib import Path

import pytest

from agent.batch import Item, Summary, read_items
from agent.batch.endpoints import Ask
from agent.batch.run import Options, run_file
from agent.batch.threads import Threads
from agent.errors import BadInput
from agent.state import Answer
from tests.agent.fakes import answered


def run_batch(source: Path, target: Path, ask: Ask, concurrency: int = 16) -> Summary:
    """Answer every question of `source` that `target` does not hold yet, in threads of this process."""
    return run_file(source, target, lambda done: Threads(ask, done, concurrency), Options(concurrency))


def questions(path: Path, count: int) -> Path:
    path.write_text("".join(json.dumps({"id": f"q{n}", "question": f"question {n}?"}) + "\n" for n in range(count)))
    return path


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def echo(question: str, history: list) -> Answer:
    return answered(f"{question} answered")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return questions(tmp_path / "in.jsonl", 30)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


class TestReading:
    def read(self, path: Path, text: str) -> list[Item]:
        path.write_text(text, encoding="utf-8")
        return list(read_items(path))

    def test_jsonl(self, tmp_path: Path):
        text = '{"id": "a", "question": "왜?"}\n\n{"question": "b?", "history": [{"role": "user", "content": "a?"}]}\n'
        assert self.read(tmp_path / "q.jsonl", text) == [Item("a", "왜?"), Item("3", "b?", ({"role": "user", "content": "a?"},))]

    def test_openai_batch_lines(self, tmp_path: Path):
        messages = [{"role": "system", "content": "s"}, {"role": "user", "content": "a?"}, {"role": "assistant", "content": "b"}]
        messages.append({"role": "user", "content": [{"type": "text", "text": "c?"}]})
        (item,) = self.read(tmp_path / "q.jsonl", json.dumps({"custom_id": "x", "method": "POST", "body": {"messages": messages}}))
        assert (item.id, item.question) == ("x", "c?")
        assert item.history == ({"role": "user", "content": "a?"}, {"role": "assistant", "content": "b"})

    @pytest.mark.parametrize("name", ["q.csv", "q.CSV"])
    def test_csv_even_as_spreadsheets_write_it(self, tmp_path: Path, name: str):
        text = '\ufeffid,question\r\nA1,"188 A, 21.4 V\nand 8 mm/s?"\r\n,second?\r\n'
        assert self.read(tmp_path / name, text) == [Item("A1", "188 A, 21.4 V\nand 8 mm/s?"), Item("2", "second?")]

    @pytest.mark.parametrize(
        "line",
        [
            "not json",
            "[]",
            "7",
            '{"id": 1}',
            '{"question": null}',
            '{"body": {"messages": []}}',
            '{"body": {"messages": [{"role": "assistant", "content": "x"}]}}',
        ],
    )
    def test_a_bad_line_is_named(self, tmp_path: Path, line: str):
        with pytest.raises(BadInput, match=r"q\.jsonl, line 2(: expected|: .* the user's| is not valid JSON)"):
            self.read(tmp_path / "q.jsonl", f'{{"question": "a?"}}\n{line}\n')

    def test_a_csv_without_the_column_is_named_with_its_columns(self, tmp_path: Path):
        with pytest.raises(BadInput, match="no column named question; its columns are a, b"):
            self.read(tmp_path / "q.csv", "a,b\n1,2\n")

    def test_a_file_that_is_not_there_or_not_text(self, tmp_path: Path):
        for path in (tmp_path / "none.jsonl", tmp_path, tmp_path / ("x" * 300)):
            with pytest.raises(BadInput, match="There is no file"):
                list(read_items(path))
        with pytest.raises(BadInput, match="cannot be read"):
            list(read_items(Path("/proc/self/mem")))
        (tmp_path / "latin.csv").write_bytes("question\nWärme?\n".encode("latin-1"))
        with pytest.raises(BadInput, match="not UTF-8"):
            list(read_items(tmp_path / "latin.csv"))


class TestRunning:
    def test_one_whole_object_per_question(self, source: Path, target: Path):
        summary = run_batch(source, target, echo)
        assert (summary.done, summary.failed, summary.skipped) == (30, 0, 0)
        assert sorted((r["id"], r["answer"]) for r in lines(target)) == sorted((f"q{n}", f"question {n}? answered") for n in range(30))
        assert list(lines(target)[0]) == ["id", "question", *Answer.model_fields]

    def test_an_error_stays_in_its_line(self, source: Path, target: Path):
        def ask(question: str, history: list) -> Answer:
            if "7" in question:
                raise ValueError("oops")
            return echo(question, history)

        summary = run_batch(source, target, ask)
        assert (summary.done, summary.failed) == (30, 3)
        assert {r["id"]: r["answer"] for r in lines(target) if r["status"] == "error"} == dict.fromkeys(
            ("q7", "q17", "q27"), "This line failed: ValueError: oops"
        )

    def test_history_goes_with_the_question(self, tmp_path: Path, target: Path):
        path = tmp_path / "h.jsonl"
        path.write_text('{"question": "b?", "history": [{"role": "user", "content": "a?"}]}\n')
        seen = []
        run_batch(path, target, lambda q, h: seen.append((q, h)) or answered())
        assert seen == [("b?", [{"role": "user", "content": "a?"}])]

    def test_a_bad_line_is_found_before_anything_is_asked(self, source: Path, target: Path):
        source.write_text(source.read_text() + "torn {")
        with pytest.raises(BadInput, match="line 31"):
            run_batch(source, target, lambda q, h: pytest.fail("asked"))
        assert not target.exists()

    def test_a_line_with_an_image_is_refused_in_its_place_and_asked_without_it(self, tmp_path: Path, target: Path):
        path, text = tmp_path / "b.jsonl", {"type": "text", "text": "Is this humping?"}

        def write(*content: dict) -> None:
            rows = [{"custom_id": "a", "body": {"messages": [{"role": "user", "content": content}]}}, {"id": "b", "question": "b?"}]
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))

        write(text, {"type": "image_url", "image_url": {"url": "x"}})
        summary = run_batch(path, target, echo)
        found = {row["id"]: row for row in lines(target)}
        assert (summary.done, summary.failed) == (2, 1) and found["b"]["status"] == "answered"
        assert found["a"]["status"] == "refused" and "Only text can be read" in found["a"]["answer"]
        assert run_batch(path, target, echo).skipped == 2, "a refusal stays"
        write(text)
        assert run_batch(path, target, echo).done == 1 and lines(target)[-1]["answer"] == "Is this humping? answered"

    def test_the_same_line_twice_is_answered_once(self, tmp_path: Path, target: Path):
        path = tmp_path / "twice.jsonl"
        path.write_text('{"id": "a", "question": "a?"}\n' * 2 + '{"id": "b", "question": "a?"}\n')
        assert run_batch(path, target, echo).done == 2
        assert sorted(r["id"] for r in lines(target)) == ["a", "b"]

    def test_as_many_are_in_flight_as_allowed_and_no_more(self, source: Path, target: Path):
        running, most, lock, three = 0, 0, threading.Lock(), threading.Barrier(3)

        def ask(question: str, history: list) -> Answer:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            three.wait(60)
            with lock:
                running -= 1
            return answered()

        assert run_batch(source, target, ask, concurrency=3).failed == 0 and most == 3


class TestResuming:
    def test_what_is_there_is_not_asked_again(self, source: Path, target: Path):
        run_batch(source, target, echo)
        before = target.read_bytes()
        summary = run_batch(source, target, lambda q, h: pytest.fail("asked again"))
        assert (summary.done, summary.skipped) == (0, 30) and target.read_bytes() == before

    @pytest.mark.parametrize("status", ["error", "degraded"])
    def test_what_another_run_may_do_better_is_asked_again(self, source: Path, target: Path, status: str):
        first = run_batch(source, target, lambda q, h: Answer(status=status, answer="no") if q.startswith("question 1") else echo(q, h))
        assert (first.failed, first.without_model) == ((11, 0) if status == "error" else (0, 11))
        second = run_batch(source, target, echo)
        assert (second.done, second.skipped) == (11, 19)
        assert len(lines(target)) == 30 and {r["status"] for r in lines(target)} == {"answered"}

    def test_what_another_file_left_there_is_kept_and_so_is_a_link(self, source: Path, target: Path, tmp_path: Path):
        run_batch(source, target, lambda q, h: Answer(status="degraded", answer="plain"))
        link, other = tmp_path / "link.jsonl", tmp_path / "other.jsonl"
        link.symlink_to(target)
        other.write_text('{"id": "x", "question": "x?"}\n')
        assert run_batch(other, link, echo).done == 1
        assert len(lines(target)) == 31 and link.is_symlink()
        assert run_batch(source, link, echo).done == 30 and len(lines(target)) == 31 and link.is_symlink()

    def test_another_history_is_another_line(self, tmp_path: Path, target: Path):
        path = tmp_path / "h.jsonl"
        for before in ("180 A", "240 A"):
            path.write_text(json.dumps({"id": "a", "question": "same?", "history": [{"role": "user", "content": before}]}) + "\n")
            assert run_batch(path, target, echo).done == 1
        assert run_batch(path, target, echo).skipped == 1

    def test_two_runs_do_not_write_one_file(self, source: Path, target: Path):
        def ask(question: str, history: list) -> Answer:
            with pytest.raises(BadInput, match="Another `waam batch` is writing"):
                run_batch(source, target, echo)
            return echo(question, history)

        assert run_batch(source, target, ask, concurrency=1).done == 30

    def test_new_and_changed_lines_are_asked(self, source: Path, target: Path):
        run_batch(source, target, echo)
        source.write_text(source.read_text().replace("question 3?", "question three?") + '{"id": "new", "question": "new?"}\n')
        asked = []
        run_batch(source, target, lambda q, h: asked.append(q) or answered())
        assert sorted(asked) == ["new?", "question three?"]

    @pytest.mark.parametrize("kept", [1, 5, 20, 60, -1])
    def test_a_torn_last_line_is_asked_again(self, source: Path, target: Path, kept: int):
        run_batch(source, target, echo, concurrency=1)
        whole = target.read_bytes().splitlines(keepends=True)
        target.write_bytes(b"".join(whole[:10]) + whole[10][:kept])
        assert run_batch(source, target, echo).done == 20
        assert sorted(r["id"] for r in lines(target)) == sorted(f"q{n}" for n in range(30))

    @pytest.mark.parametrize("text", ["my notes\n", "notes without end", '{"id": "q0", "question": "question 0?"}\n', "{}\n", "[1]\n"])
    def test_a_file_that_holds_something_else_is_left_alone(self, source: Path, target: Path, text: str):
        target.write_text(text)
        with pytest.raises(BadInput, match="something else than answers"):
            run_batch(source, target, echo)
        assert target.read_text() == text

    def test_the_input_is_not_taken_for_the_output(self, source: Path):
        before = source.read_bytes()
        with pytest.raises(BadInput):
            run_batch(source, source, echo)
        assert source.read_bytes() == before

    def test_an_interrupted_run_goes_on(self, source: Path, target: Path):
        asked = []

        def ask(question: str, history: list) -> Answer:
            asked.append(question)
            if len(asked) == 15:
                raise KeyboardInterrupt
            return echo(question, history)

        with pytest.raises(KeyboardInterrupt):
            run_batch(source, target, ask, concurrency=2)
        assert 0 < len(lines(target)) < 30 and len(asked) < 20, "after Ctrl-C the queue is dropped"
        run_batch(source, target, echo)
        assert sorted(r["id"] for r in lines(target)) == sorted(f"q{n}" for n in range(30))
