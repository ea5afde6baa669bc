"""Lessons in routing: every wording is used, every argument is the user's own words, and the same seed gives the same lessons."""

import random
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from finetune import slips
from finetune.conversation import merged
from finetune.lessons import MIXTURE, NO_TOOL, Lesson, _wishes, routing_lessons
from finetune.wordings import Wordings
from tools.registry import TOOLS

LEARNING = Path(__file__).parents[2] / "agent" / "learning"
QUESTIONS: dict[str, Any] = yaml.safe_load((LEARNING / "questions.yaml").read_text(encoding="utf-8"))
WORDINGS: dict[str, Any] = yaml.safe_load((LEARNING / "lessons.yaml").read_text(encoding="utf-8"))
SECTIONS = ("single", "several", "negations", "traps", "follow_ups", "already")
HANGUL = re.compile(r"[가-힣]")


@pytest.fixture(scope="module")
def lessons() -> list[Lesson]:
    return routing_lessons(QUESTIONS, WORDINGS, 1500, seed=5)


def lines() -> list[str]:
    """Every wording of both files."""
    own = [line for section in SECTIONS for text in WORDINGS[section].values() for line in text.splitlines()]
    return own + [line for tool, wordings in QUESTIONS.items() if tool != "tails" for line in wordings]


def test_no_wording_is_written_twice() -> None:
    assert [wording for wording, times in Counter(lines()).items() if times > 1] == []


def test_every_wording_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()
    fill = Wordings.fill

    def seen(self: Wordings, wording: str, *args: Any, **how: Any) -> Any:
        used.add(wording)
        return fill(self, wording, *args, **how)

    monkeypatch.setattr(Wordings, "fill", seen)
    monkeypatch.setattr("finetune.lessons.LOCAL", 0.45)  # the rarer languages need fewer lessons so
    routing_lessons(QUESTIONS, WORDINGS, 48_000, seed=2)
    assert set(lines()) - used == set()
    assert {f"{before}⏎⏎{now}" for threads in WORDINGS["threads"].values() for before, now, _ in threads} - used == set()


def test_any_two_tools_are_asked_for_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those about one bead; each thing that is wished for is used, and stands in the question."""
    monkeypatch.setattr("finetune.lessons.MIXTURE", {"several": 1.0})
    found = routing_lessons(QUESTIONS, WORDINGS, 2_000, seed=3)
    things = [tool for tool in WORDINGS["wishes"] if tool != "frames"]
    together = {frozenset(pair) for lesson in found for pair in combinations([name for name, _ in lesson.calls], 2)}
    assert {frozenset(pair) for pair in combinations(things, 2)} <= together
    said = " ".join(lesson.question for lesson in found)
    plain = [line for tool in things for text in WORDINGS["wishes"][tool].values() for line in text.splitlines() if not re.search(r"[<{\d\[]", line)]
    assert [line for line in plain if line not in said] == []


def test_every_tool_and_every_way_to_need_none_appears(lessons: list[Lesson]) -> None:
    asked = Counter(name for lesson in lessons for name, _ in lesson.calls)
    assert set(asked) == {*TOOLS, *NO_TOOL}
    assert min(asked.values()) > 0.02 * len(lessons)


def test_the_mixture_is_kept(lessons: list[Lesson]) -> None:
    kinds = Counter("no_tool" if lesson.kind in NO_TOOL else lesson.kind for lesson in lessons)
    assert {kind: count / len(lessons) for kind, count in kinds.items()} == pytest.approx(MIXTURE, abs=0.001)
    assert sum(MIXTURE.values()) == pytest.approx(1)


def test_a_part_is_korean_or_german(lessons: list[Lesson]) -> None:
    korean = sum(bool(re.search("[가-힣]", lesson.question)) for lesson in lessons) / len(lessons)
    assert 0.08 < korean < 0.2


def test_an_argument_is_what_the_user_wrote_word_for_word(lessons: list[Lesson]) -> None:
    for lesson in lessons:
        said = "\n".join([lesson.question, *(text for role, text in lesson.history if role == "user")])
        for name, argument in lesson.calls:
            parts = argument.split() if name == "search_knowledge" else argument.split(", ") if argument else []
            if not (name == "search_knowledge" and HANGUL.search(lesson.question)):
                assert [part for part in parts if part not in said] == [], (lesson, said)


def test_a_korean_question_is_searched_for_in_english(lessons: list[Lesson]) -> None:
    searched = [argument for lesson in lessons if HANGUL.search(lesson.question) for name, argument in lesson.calls if name == "search_knowledge"]
    assert len(searched) > 20 and [argument for argument in searched if not argument.isascii()] == []


def test_texts_that_are_handed_over_and_no_tool_take_no_argument(lessons: list[Lesson]) -> None:
    for lesson in lessons:
        assert all(not argument for name, argument in lesson.calls if name in (*NO_TOOL, "analyze_note", "grade_answer"))
        assert all(argument for name, argument in lesson.calls if name == "search_knowledge")


def test_a_whole_question_states_all_its_numbers_in_the_argument(lessons: list[Lesson]) -> None:
    """But for those in a note, a percentage of a change, and the temperatures that t8/5 is named after."""
    measured = r"\d+(?:\.\d+)? ?(?:A|V|mm/s|cm/min|mm/min|kJ/mm|J/mm|kg/h|mm|cm|m/min|L/min|ipm|in/min)(?![\w/²])"
    for lesson in lessons:
        names = {name for name, _ in lesson.calls}
        if lesson.kind in ("single", "missing", "several", "negation") and names <= set(TOOLS) - {
            "analyze_note",
            "analyze_log",
            "grade_answer",
            "search_knowledge",
        }:
            argument = lesson.calls[0][1]
            assert [found for found in re.findall(measured, lesson.question) if found not in argument] == [], lesson


def test_calls_stand_in_the_order_in_which_they_are_asked_for() -> None:
    """Of things that are wished for, each phrase names its tool."""
    wishes = {line: tool for tool, languages in WORDINGS["wishes"].items() if tool != "frames" for line in languages["en"].splitlines()}
    plain = {line: tool for line, tool in wishes.items() if not re.search(r"[<{\[]", line)}
    words = Wordings(QUESTIONS, WORDINGS, random.Random(4), 0.0)
    compared = 0
    for _ in range(300):
        lesson = _wishes(words)
        said = sorted((lesson.question.find(line), tool) for line, tool in plain.items() if line in lesson.question)
        if {tool for _, tool in said} == {name for name, _ in lesson.calls}:
            compared += 1
            assert list(dict.fromkeys(tool for _, tool in said)) == [name for name, _ in lesson.calls]
    assert compared > 50


def test_all_tools_of_a_question_get_the_same_settings(lessons: list[Lesson]) -> None:
    for lesson in lessons:
        assert (
            len({argument for name, argument in lesson.calls if TOOLS.get(name) and TOOLS[name].required is not None and not TOOLS[name].opens}) <= 1
        )


def test_no_place_is_left_open(lessons: list[Lesson]) -> None:
    for lesson in lessons:
        for text in (lesson.question, *(text for _, text in lesson.history), *(argument for _, argument in lesson.calls)):
            assert not re.search(r"[{}⏎]|\[(?![TK]\d\])", text), text
            assert text == "" or text.strip()


def test_the_same_seed_gives_the_same_lessons() -> None:
    first = routing_lessons(QUESTIONS, WORDINGS, 300, seed=11)
    assert first == routing_lessons(QUESTIONS, WORDINGS, 300, seed=11)
    assert first != routing_lessons(QUESTIONS, WORDINGS, 300, seed=12)
    assert len(first) == 300


def test_a_conversation_begins_with_the_user_and_its_turns_alternate(lessons: list[Lesson]) -> None:
    for lesson in lessons:
        assert [role for role, _ in lesson.history] == ["user", "assistant"] * (len(lesson.history) // 2)
        if lesson.kind in ("follow_up", "already_answered"):
            assert lesson.history


def test_the_latest_value_stands_in_the_place_of_the_earlier_one() -> None:
    before = (("current", "188A"), ("voltage", "21.4 volts"), ("speed", "48 cm/min"))
    now = (("voltage", "24 V"), ("process", "CMT"))
    assert [text for _, text in merged(before, now)] == ["188A", "24 V", "48 cm/min", "CMT"]


def test_a_slip_changes_a_word_and_never_a_number_or_a_unit() -> None:
    chance = random.Random(1)
    text = "Please calculate kilojoules per millimetre, exactly at 200A, 21.4 V, 48 cm/min or 0.6 kJ/mm on ER70S-6, preheated to 120 degrees"
    kept = re.findall(r"\S*\d\S*|kilojoules|millimetre|cm/min|kJ/mm|degrees| V", text)
    changed = 0
    for _ in range(300):
        slip = slips.mistyped(text, chance)
        assert re.findall(r"\S*\d\S*|kilojoules|millimetre|cm/min|kJ/mm|degrees| V", slip) == kept
        changed += slip != text
    assert changed > 250
