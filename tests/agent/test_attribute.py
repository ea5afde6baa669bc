"""Marks for sentences written without them, and never for sentences that nothing bears out."""

from agent.attribute import attribute
from tests.agent.fakes import CAUSE, QUESTION, call, heat, passage, verdict

CALLS = [call(verdict()), call(heat(), "T2")]
CITED = [passage(id="K1")]


def test_each_sentence_gets_the_mark_of_the_source_that_bears_it_out():
    written = "The bead is predicted to be normal with probability 0.93. The predicted heat input is 402.3 J/mm. " + CAUSE
    assert attribute(written, QUESTION, CALLS, CITED) == (
        "The bead is predicted to be normal with probability 0.93 [T1]. The predicted heat input is 402.3 J/mm [T2]. "
        "Humping appears above a critical travel speed [K1]."
    )


def test_a_wrong_number_gets_no_mark():
    assert "[" not in attribute("The predicted heat input is 500 J/mm.", QUESTION, CALLS, CITED)


def test_an_invention_gets_no_mark():
    assert "[" not in attribute("Preheating the plate removes every residual stress.", QUESTION, CALLS, CITED)


def test_a_mark_that_is_there_stays_even_if_it_is_wrong():
    assert "[K7]" in attribute("The predicted heat input is 402.3 J/mm [K7].", QUESTION, CALLS, CITED)


def test_marks_in_front_foreign_marks_and_bold_are_tidied():
    assert attribute("[T2] The predicted heat input is 402.3 J/mm.", QUESTION, CALLS, CITED) == "The predicted heat input is 402.3 J/mm [T2]."
    assert attribute("**The predicted heat input** is [1] 402.3 J/mm.", QUESTION, CALLS, CITED) == "The predicted heat input is 402.3 J/mm [T2]."


def test_a_filler_in_front_is_dropped():
    written = "Based on the given results, the predicted heat input is 402.3 J/mm."
    assert attribute(written, QUESTION, CALLS, CITED) == "The predicted heat input is 402.3 J/mm [T2]."
