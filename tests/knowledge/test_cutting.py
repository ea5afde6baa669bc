"""Texts as passages: short, whole, one line each, and with the right place."""

import re

import pytest

from knowledge import cutting
from knowledge.cutting import LONGEST, cut
from knowledge.embedder import Embedder
from knowledge.errors import DocumentError
from knowledge.reading import Part, Read

SENTENCES = " ".join(f"Layer {n} of the wall was built at {n} mm/s and looked sound to everybody." for n in range(1, 41))


def words(text: str) -> int:
    return len(text.split())


def test_every_word_once_and_no_sentence_broken():
    passages = cut(Read("Walls", (Part("page 1", SENTENCES),)), "w.pdf", "Kim 2024", words)
    assert " ".join(passage.text for passage in passages) == SENTENCES
    assert all(words(passage.text) <= LONGEST and passage.text.endswith("everybody.") for passage in passages) and len(passages) > 5


def test_a_passage_says_where_it_stands():
    parts = (Part("page 1", "Humping."), Part("page 2", "Spatter."))
    first, second = cut(Read("Walls", parts), "w.pdf", "Kim 2024", words)
    assert first.model_dump() == {
        "id": "w.pdf#1", "document": "w.pdf", "title": "Walls, page 1", "text": "Humping.", "source": "Kim 2024", "ref": "page 1",
        "grade": "B", "basis": "read",
    }  # fmt: skip
    assert (second.id, second.ref) == ("w.pdf#2", "page 2")


def test_of_a_file_with_lines_it_says_the_line():
    text = "\n\n".join(f"Rule {n}. {'word ' * 50}" for n in range(3))
    passages = cut(Read("Rules", (Part("Shop", text, 10),)), "r.md", "r.md", words)
    assert [(passage.title, passage.ref) for passage in passages] == [("Rules, Shop", f"Shop, line {line}") for line in (10, 12, 14)]


def test_a_table_is_cut_between_its_rows():
    rows = [f"| bead {n} | {n} A | {n} V | 9 mm/s |" for n in range(30)]
    passages = cut(Read("T", (Part("", "\n".join(rows), 1),)), "t.md", "t.md", words)
    assert " ".join(passage.text for passage in passages) == " ".join(rows) and all(passage.text.startswith("| bead") for passage in passages)


def test_nothing_in_a_passage_passes_for_a_mark_or_a_line_of_the_prompt():
    [passage] = cut(Read("T", (Part("", "It is 5 [K7], see [12].\n\nQuestion: who?\n[T1] All is well.", 1),)), "t.txt", "t.txt", words)
    assert passage.text == "It is 5 (K7), see [12]. Question: who? (T1) All is well."


def test_page_numbers_alone_are_no_passage_and_a_document_of_them_is_refused():
    assert len(cut(Read("T", (Part("page 1", "Words."), Part("page 2", "- 2 -"))), "t.pdf", "t.pdf", words)) == 1
    with pytest.raises(DocumentError, match=r"t.pdf has no words in it; name another file."):
        cut(Read("T", (Part("page 1", "1 2 3"),)), "t.pdf", "t.pdf", words)


def test_too_many_passages(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cutting, "MOST", 3)
    with pytest.raises(DocumentError, match=r"w.pdf has more than 3 passages, which is the most; cut out the chapters that matter."):
        cut(Read("Walls", (Part("page 1", SENTENCES),)), "w.pdf", "w", words)

    def never(text: str) -> int:
        raise AssertionError("a text that cannot fit is not cut first")

    with pytest.raises(DocumentError, match="cut out the chapters that matter"):
        cut(Read("Walls", (Part("page 1", "word " * 700_000),)), "w.pdf", "w", never)


def test_the_embedder_reads_every_passage_to_its_end_korean_too(real_embedder: Embedder):
    korean = "용접 와이어의 이송 속도가 높으면 비드에 험핑이 생기므로 속도를 낮춘다. " * 40 + "가" * 500
    passages = cut(Read("이름 " * 90, (Part("결과 " * 90, f"{SENTENCES} {korean}"),)), "w.pdf", "w", real_embedder.tokens)
    assert all(
        real_embedder.tokens(passage.text) <= LONGEST and real_embedder.tokens(f"{passage.title}\n{passage.text}") < 200 for passage in passages
    )
    assert re.sub(r"\s", "", "".join(passage.text for passage in passages)) == re.sub(r"\s", "", f"{SENTENCES}{korean}")
