"""What may be a question at all."""

import contextlib
import time

import pytest

from agent.errors import BadInput
from agent.guard import guard


@pytest.mark.parametrize(
    "question",
    [
        "Would a bead at 188 A, 21.4 V and 48 cm/min be normal?",
        "188 A 21.4 V 8 mm/s",
        "188 A",
        "WFS 6 m/min, CTWD 15 mm?",
        "CTWD?",
        "hi",
        "안녕하세요",
        "전류 188 A, 전압 21.4 V, 이송 속도 8 mm/s이면 정상인가요?",
        "험핑은 왜 생기나요?",
        "Was ist der Wärmeeintrag?",
        "Why does humping happen?\nAnd balling?\t",
        "| I (A) | U (V) | v (mm/s) |\n|---|---|---|\n| 204 | 20.3 | 9.5 |\n\nnormal bead?",
    ],
)
def test_questions_are_accepted(question: str):
    assert guard(question) == question.strip()


def test_space_around_the_question_is_removed():
    assert guard("  why does humping happen?\n") == "why does humping happen?"


@pytest.mark.parametrize("question", ["", "   ", "\n\t\n"])
def test_an_empty_question_is_refused_with_an_example(question: str):
    with pytest.raises(BadInput, match="empty; ask something such as"):
        guard(question)


def test_the_limit_is_inclusive_and_named():
    assert guard("a " * 5 + "b", limit=11)
    with pytest.raises(BadInput, match="12 characters and the limit is 11"):
        guard("a " * 5 + "bc", limit=11)


def test_a_hundred_thousand_characters_are_refused_at_once():
    begun = time.perf_counter()
    with pytest.raises(BadInput, match="100,000 characters and the limit is 4,000"):
        guard("x" * 100_000)
    assert time.perf_counter() - begun < 0.5


@pytest.mark.parametrize(
    "text", ["1" * 3999, "1," * 2000, "180-" * 1000, "((((" * 1000, "current is " * 360, "1 mm " * 799, ";\n" * 1999, "I (A);1\n" * 440]
)
def test_no_text_within_the_limit_is_slow_to_read(text: str):
    begun = time.process_time()
    with contextlib.suppress(BadInput):
        guard(text)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\ue000", "\x85"])
def test_control_characters_are_refused(character: str):
    with pytest.raises(BadInput, match="control characters"):
        guard(f"why does{character} humping happen?")


@pytest.mark.parametrize("question", ["%%% ^^^", "!!!???", "asdkfjhqwlkrjh zxcvbnmsdfg", "🙂🙂🙂", "0x1f 0x2e 0x3d ;;;;", "....."])
def test_gibberish_is_refused(question: str):
    with pytest.raises(BadInput, match="cannot read this as a question"):
        guard(question)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("188 A, 10 kV, 8 mm/s", r"voltage_v.*10000 V.*1 to 100 V"),
        ("188 A, 22 V, travel speed 0 mm/s", r"travel_speed_mm_s.*0\.1 to 200 mm/s"),
        ("-188 A, 22 V, 8 mm/s", r"current_a.*1 to 1500 A"),
        ("I (A);U (V)\n9000;22", r"current_a.*1 to 1500 A"),
        ("188 A, 22 V, travel speed 8 furlongs/day", r"unit 'furlongs/day'.*travel_speed_mm_s.*mm/s"),
    ],
)
def test_what_no_bead_can_have_is_refused_before_any_model_is_asked(question: str, words: str):
    with pytest.raises(BadInput, match=words):
        guard(question)


@pytest.mark.parametrize("text", ["look at /data/weld_runs/burnthrough_0001-02_xkcdqrs.csv", "what is odd in run_10kV_0A.csv?"])
def test_a_file_may_be_called_what_it_likes(text: str):
    assert guard(text) == text


@pytest.mark.parametrize(
    "question",
    [
        "I weld at 9000 A. Is that ok?",
        "Is this ok: 9000 A, 22 V and 8 mm/s",
        "My display says: 9000 A, 22 V, 8 mm/s. Is that ok?",
        "Analyze this. I weld with 9000 A and heavy spatter all over.",
        'At 9000 A the note says "heavy spatter", is that bad?',
    ],
)
def test_only_a_quotation_or_what_a_name_and_a_colon_mark_is_somebody_elses_word(question: str):
    with pytest.raises(BadInput, match=r"current_a.*1 to 1500 A"):
        guard(question)


@pytest.mark.parametrize("question", ['The note says "9000 A on layer 3", is that bad?', "Shift note: display went to 9000 A on layer 3"])
def test_what_is_marked_may_say_what_it_likes(question: str):
    assert guard(question) == question
