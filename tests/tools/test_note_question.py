"""Which note a message hands over."""

import pytest

from tools.note_question import missing, stated

HEAVY = "spatter all over the plate, nozzle full"


@pytest.mark.parametrize(
    ("message", "note"),
    [
        (f'Here\'s the shift note: "{HEAVY}" - what does it say?', HEAVY),
        (f"What does this say: {HEAVY}", HEAVY),
        (f"the shift note from last night, robot cell 4: {HEAVY} at 14:20 - how bad is that?", f"{HEAVY} at 14:20"),
        (f"Analyze this shift note\nLayers 20-24: {HEAVY}.\nWire feed fine.", f"Layers 20-24: {HEAVY}.\nWire feed fine."),
        (f"{HEAVY}. What does this note say?", f"{HEAVY}."),
        ("What's in the operator's remark 'arc kept going out'?", "arc kept going out"),
        ('Note 1: "heavy spatter" and note 2: "arc fine", how serious?', "heavy spatter\narc fine"),
        ('Shift note: he said "spatter" and stopped. Wire fine.', 'he said "spatter" and stopped. Wire fine.'),
        ('이 교대 일지를 분석해줘: "스패터가 심함"', "스패터가 심함"),
        ("교대 일지: 스패터가 심함. 송급은 정상. 뭐라고 하나요?", "스패터가 심함. 송급은 정상."),
        ("“스패터가 심함” 이라는 메모는 무슨 뜻인가요?", "스패터가 심함"),
        (HEAVY, HEAVY),  # nothing but the note
    ],
)
def test_it_is_taken_as_it_was_written(message: str, note: str):
    assert dict(stated(message).arguments) == {"note": note}


@pytest.mark.parametrize("message", ["Analyze my shift note", "Can you analyze my shift note? Thanks.", "교대 일지를 분석해줘", ""])
def test_a_request_without_one_has_none(message: str):
    assert dict(stated(message).arguments) == {} and missing({}) == ["note"] and missing({"note": "x"}) == []


def test_only_what_is_marked_is_surely_not_the_users_own_word():
    assert stated("150 A all day. Spatter on layer 3.").spans == () == stated("Is this ok: 150 A all day").spans
    assert stated('Note: "150 A all day"').spans == ((7, 20),) and stated("Note: 150 A all day").spans == ((6, 19),)
    assert stated('"150 A all day"').guessed and not stated('The note "150 A all day"').guessed


def test_texts_that_are_handed_over_for_grading_are_none_of_it():
    for message in (f"note: {HEAVY}; answer: too fast; reference: slow", f'answer: "too fast" against the reference "slow", and the note "{HEAVY}"'):
        assert dict(stated(message).arguments) == {"note": HEAVY}
    assert stated("answer: too fast; reference: slow").arguments == {}
