"""Which answer is to be graded, and against which reference."""

import pytest

from tests.cost import growth
from tools.grading_question import missing, stated

FAST, HUMPING = "too fast", "Humping comes from too high a travel speed"
BOTH = {"answer": FAST, "reference": HUMPING}


@pytest.mark.parametrize(
    "message",
    [
        f'grade this answer: "{FAST}" against the reference "{HUMPING}"',
        f'Grade "{FAST}" against "{HUMPING}"',
        f"score '{FAST}' vs '{HUMPING}'",
        f'How good is the answer "{FAST}"? The model answer is "{HUMPING}"',
        f'the trainee wrote "{FAST}" but it should have been "{HUMPING}", score?',
        f'Reference: "{HUMPING}". And "{FAST}"?',
        f"Answer: {FAST}, reference: {HUMPING}",
        f"Model answer: {HUMPING}. Operator's answer: {FAST}",
        f"grade this answer: {FAST} against the reference: {HUMPING}\nPlease grade it.",
        f'이 답변을 채점해줘: "{FAST}" 정답: "{HUMPING}"',
        f"답변: {FAST}\n모범답안: {HUMPING}\n채점해줘",
        f'"{FAST}" 라는 답을 기준 "{HUMPING}" 으로 채점해줘',
        f'"{FAST}" 가 답변이고 "{HUMPING}" 가 정답이야, 채점해줘',
    ],
)
def test_each_is_what_the_message_calls_so(message: str):
    assert dict(stated(message).arguments) == BOTH


def test_the_question_that_both_answer_is_taken_too():
    full = BOTH | {"question": "What causes humping?"}
    assert dict(stated(f"Question: What causes humping? Reference: {HUMPING}. Answer: {FAST}").arguments) == full
    assert dict(stated(f'My answer to "What causes humping?" is "{FAST}"; the right answer is "{HUMPING}"').arguments) == full


@pytest.mark.parametrize(
    "message",
    [
        f"The question was why it humps. Answer: {FAST}. Reference: {HUMPING}",
        f"Answer: {FAST}. The question was why it humps. Reference: {HUMPING}",
        f"Reference: {HUMPING}. Answer: {FAST}. The question was why it humps",
        f"The question was why it humps, answer: {FAST}, reference: {HUMPING}",
        f'I asked him why it humps. He wrote "{FAST}", the reference is "{HUMPING}".',
        f"Q: why it humps A: {FAST} Ref: {HUMPING}",
        f"질문은 why it humps. 답변: {FAST}. 정답: {HUMPING}",
    ],
)
def test_a_question_is_part_of_neither(message: str):
    assert dict(stated(message).arguments) == BOTH | {"question": "why it humps"}


@pytest.mark.parametrize(
    ("message", "question"),
    [
        (f'Grade my trainee? I asked: "Why?" He said: "{FAST}". Our reference says "{HUMPING}"', "Why?"),
        (f'How well does "{FAST}" answer "Why?" given the reference "{HUMPING}"?', "Why?"),
        (f'"{HUMPING}" is the right answer. My operator told me "{FAST}". How many points?', ""),
        (f"Reference:\n{HUMPING}\n\nStudent answer:\n{FAST}\n\nPlease grade.", ""),
        (f"정답: {HUMPING}\n작업자의 답변: {FAST}", ""),
        (f'The note "wire jams"; grade "{FAST}" against "{HUMPING}"', ""),
        (f"answer: {FAST}; reference: {HUMPING}; note: wire jams", ""),
    ],
)
def test_each_is_found_wherever_it_stands(message: str, question: str):
    assert dict(stated(message).arguments) == BOTH | ({"question": question} if question else {})


def test_what_is_called_a_note_is_neither():
    assert dict(stated('The note says "wire jams"; now the reference is "slow"').arguments) == {"reference": "slow"}


def test_what_nothing_names_or_somebody_just_said_is_a_guess():
    for message in (f'and this one: "{FAST}"', f'He said "{FAST}"'):
        assert stated(message).guessed == {"answer"}
    for message in (f'Grade "{FAST}"', f'He said "{FAST}", it should have been "{HUMPING}"', f'The answer he gave was "{FAST}"'):
        assert not stated(message).guessed and stated(message).arguments["answer"] == FAST


def test_one_quotation_is_the_answer_and_of_two_without_a_name_none_is():
    assert dict(stated(f'and this one: "{FAST}"').arguments) == {"answer": FAST}
    assert dict(stated(f'Compare "{FAST}" with "{HUMPING}"').arguments) == {}


def test_what_is_missing():
    assert missing(dict(stated("Grade this answer").arguments)) == ["answer", "reference"]
    assert missing({"answer": FAST}) == ["reference"] and missing(BOTH) == []


def test_a_long_run_of_empty_lines_is_passed_over():
    assert growth(stated, lambda length: f"Why{chr(10) * length}does it hump?", 300) < 40
