"""The corpus: well formed, honest about what was not read, and with every number of the reference facts."""

import json
import re
from pathlib import Path

import pytest

from knowledge.errors import KnowledgeError
from knowledge.passages import Passage, corpus_hash, read_corpus
from tests.knowledge.conftest import write_corpus

FACTS = Path(__file__).parents[3] / "shared" / "reference" / "waam_facts.jsonl"


def numbers(text: str) -> set[float]:
    return {float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)}


def facts() -> list[dict]:
    if not FACTS.exists():
        pytest.skip("the reference facts are not beside this checkout (../shared/reference/waam_facts.jsonl)")
    return [json.loads(line) for line in FACTS.read_text().splitlines() if line.strip()]


def covering(name: str, passages: dict[str, Passage]) -> Passage:
    """The passage of a fact: its own, or the one just before, into which facts of the same source were merged."""
    return passages[max(known for known in passages if known.startswith("F") and known <= name)]


def test_every_passage_is_valid_and_ids_are_unique():
    passages = read_corpus()
    assert len(passages) >= 130
    assert len({passage.id for passage in passages}) == len(passages)


@pytest.mark.parametrize("passage", read_corpus(), ids=lambda passage: passage.id)
def test_a_passage_says_so_when_it_is_not_read_or_not_reviewed(passage: Passage):
    says = passage.text.lower()
    assert passage.basis != "recalled" or "recalled, not re-checked" in says
    assert passage.basis != "inferred" or "inferred" in says
    assert passage.grade != "C" or "unreviewed source" in says or "grade c" in says


def test_that_no_limit_per_alloy_was_found_is_said():
    [passage] = [passage for passage in read_corpus() if passage.id == "N001"]
    assert "no published limit" in passage.text.lower()
    assert passage.source == "This project's own literature review"


def test_every_reference_fact_keeps_its_numbers_and_adds_none():
    passages = {passage.id: passage for passage in read_corpus()}
    allowed: dict[str, set[float]] = {}
    for fact in facts():
        passage = covering(fact["id"], passages)
        missing = numbers(fact["statement"]) - numbers(f"{passage.title} {passage.text}")
        assert not missing, f"{fact['id']} lost {missing} in {passage.id}"
        allowed.setdefault(passage.id, set()).update(numbers(json.dumps(fact)))
    alloys = {308.0, 316.0, 625.0, 718.0}  # named as examples of their family
    for name, known in allowed.items():
        added = numbers(passages[name].text) - known - alloys
        assert not added, f"{name} has numbers of its own: {added}"


def test_every_reference_fact_keeps_its_source_ref_grade_and_basis():
    passages = {passage.id: passage for passage in read_corpus()}
    for fact in facts():
        passage = covering(fact["id"], passages)
        bare = re.sub(r", \w+ id \d+", "", fact["source"])
        assert passage.source == bare
        assert passage.ref == (bare if fact["ref"] == "-" else fact["ref"])
        assert (passage.grade, passage.basis) == (fact["grade"], fact["basis"])


def test_a_doubled_id_is_refused_with_its_place(tmp_path: Path):
    folder = write_corpus(tmp_path / "c", [("P1", "a", "b"), ("P1", "c", "d")])
    with pytest.raises(KnowledgeError, match=r"small.jsonl line 2.*P1.*twice"):
        read_corpus(folder)


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "P1"}'])
def test_a_broken_line_is_refused_with_its_place(tmp_path: Path, line: str):
    (tmp_path / "small.jsonl").write_text(line)
    with pytest.raises(KnowledgeError, match=r"small.jsonl line 1"):
        read_corpus(tmp_path)


def test_no_corpus_is_refused(tmp_path: Path):
    with pytest.raises(KnowledgeError, match="no corpus"):
        read_corpus(tmp_path)


def test_the_hash_follows_content_and_file_name(corpus: Path):
    before = corpus_hash(corpus)
    assert corpus_hash(corpus) == before
    (corpus / "small.jsonl").rename(corpus / "other.jsonl")
    renamed = corpus_hash(corpus)
    (corpus / "other.jsonl").write_text((corpus / "other.jsonl").read_text().replace("high", "low"))
    assert len({before, renamed, corpus_hash(corpus)}) == 3
