"""No case of the evaluation set is a lesson in other numbers, but for those that are listed here."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.agent_overlap import LESSONS, QUESTIONS, Learnt, bare, main, overlaps, shares, words

LEARNT: tuple[dict[str, Any], dict[str, Any]] = tuple(yaml.safe_load(file.read_text(encoding="utf-8")) for file in (QUESTIONS, LESSONS))
IDLE = frozenset(LEARNT[1]["idle"].split())
FEW = 2  # content words that a formula has at most, besides its quantities: nobody can ask without them
FORMULAS = {
    "hi", "안녕하세요", "good evening", "thanks a lot", "ok understood",  # of speech
    "■", "■ 입니다", "and at ■", "now with ■", "same at ■", "and the heat input",  # of a follow-up
    "normal ■", "defects ■", "■ which defects", "heat input ■", "what heat input do i have", "arc power at ■",  # of a question
    "note ■", "answer ■ reference ■",  # of texts that are handed over
}  # fmt: skip
IN_QUESTIONS = {"grade this answer ■ against the reference ■"}  # questions.yaml is part of what a built model is pinned to
CASES = 32  # that are asked in one of these wordings


def test_what_is_asked_was_not_learnt_in_the_same_words() -> None:
    """A new wording that stands here as too much: word the lesson otherwise, or take it out of agent/learning/lessons.yaml."""
    found = overlaps(Learnt(*LEARNT))
    formulas = {wording for wording in found if len(words(wording, IDLE)) <= FEW}
    assert found.keys() - formulas == IN_QUESTIONS
    assert formulas == FORMULAS
    assert sum(len(names) for names in found.values()) == CASES


@pytest.mark.parametrize(
    ("case", "lesson"),
    [
        ("Same at 240 A!", "same at {x}"),
        ("I={I:-} U={U:-} v={v:cm/min}: normal?", "{s} - normal"),
        ("전류 {I}, 전압 {U}일 때", "{s} 일 때"),
        ("heat input\n{I} and {U} at {v}", "Heat input: {s}"),
        ("below 0.6 kJ/mm with {M}, {P}?", "below <0.4 kJ/mm> with {s}"),
        ('note: "{note}"', "Note: {n}"),
    ],
)
def test_numbers_their_names_case_and_punctuation_are_no_other_wording(case: str, lesson: str) -> None:
    assert bare(case) == bare(lesson)


@pytest.mark.parametrize(
    ("one", "other"),
    [("normal? {s}", "abnormal? {s}"), ("{s} J/mm?", "{s} kJ/mm?"), ("316L at {s}", "308L at {s}"), ("t8/5 for {s}", "feed for {s}")],
)
def test_words_are(one: str, other: str) -> None:
    assert bare(one) != bare(other)


LITTLE = (
    {"predict_energy": ["Energy of {s}?"], "tails": {"predict_energy": ["energy over {l}"]}},
    {
        "single": {"predict_energy": "{s} energy?"}, "several": {}, "negations": {}, "traps": {"small_talk": "be nice"}, "already": {},
        "follow_ups": {"same": "once more at {x}"}, "threads": {"search_knowledge": [["Which gas for 316L?", "and argon?", "argon"]]},
        "leads": "another thing:\n",
        "wishes": {"frames": {"en": "three things: {1} + {2} for {s}"}, "a": {"en": "the verdict"}, "b": {"en": "{l} energy"}},
    },
)  # fmt: skip


@pytest.mark.parametrize(
    "learnt",
    [
        "energy of 200 A, 24 V", "200 A 24 V - energy", "be nice!", "once more at {v}", "Which gas for 316L", "And argon?",
        "Another thing: energy of {I}", "Three things - the verdict, {L} energy for {I} {U}", "Energy of {I}, and energy over 100 mm at {v}",
    ],
)  # fmt: skip
def test_every_way_to_make_a_lesson_counts(learnt: str) -> None:
    assert bare(learnt) in Learnt(*LITTLE)


@pytest.mark.parametrize("new", ["energy", "be very nice", "another thing", "the verdict", "three thing the verdict {L} energy for {I}"])
def test_what_is_no_lesson_does_not(new: str) -> None:
    assert bare(new) not in Learnt(*LITTLE)


def test_a_report_without_the_cases_that_were_learnt() -> None:
    report = {"results": [{"id": name, "passed": name != "b"} for name in "abcd"]}
    found = shares(report, {"a", "d"})
    assert (found["all"]["share"], found["all"]["n"]) == (0.75, 4) and (found["without"]["share"], found["without"]["n"]) == (0.5, 2)


def test_the_command_reads_earlier_lessons_and_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in zip(("questions", "lessons"), LITTLE, strict=True):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(content))
    earlier = ["--questions", str(tmp_path / "questions.yaml"), "--lessons", str(tmp_path / "lessons.yaml")]
    main(earlier)
    assert capsys.readouterr().out.strip() == ""
    main([])
    assert "small-talk-01" in (ids := capsys.readouterr().out.split()) and len(ids) == CASES
    rows = [{"id": "small-talk-01", "passed": True}, {"id": "other", "passed": False}]
    (tmp_path / "report.json").write_text(json.dumps({"results": rows}))
    main(["--report", str(tmp_path / "report.json")])
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [["all", "0.500"], ["without", "0.000"]]
