"""What an explanation calls right, wrong, missing or serious is what the tool found so."""

from typing import Any

import pytest

from agent.check import check
from agent.claims import false_claims
from agent.compose import template
from agent.state import ToolCall
from tests.agent.fakes import call
from tools.result import Estimate, ToolResult

FLOW = "Humping comes from a strong backward flow of molten metal in the weld pool at high travel speed"
SLOWED = "Measures that slow this flow suppress humping and undercut"
LIMIT = "Keep the interpass temperature below 150 °C"
ANSWER = "keep the interpass temperature below 250 °C"
QUESTION = f'Grade this answer: "Slowing the flow suppresses humping; {ANSWER}. Argon." against the reference: "{FLOW}. {SLOWED}. {LIMIT}."'


def graded(**details: list[dict[str, Any]]) -> ToolResult:
    found: dict[str, list[dict[str, Any]]] = {
        "right": [{"reference": SLOWED, "answer": "Slowing the flow suppresses humping", "likeness": 0.8}],
        "wrong": [{"reference": LIMIT, "answer": ANSWER, "likeness": 0.9, "fault": "says 250 °C where the reference says 150 °C"}],
        "missing": [{"reference": FLOW, "answer": "Argon", "likeness": 0.1}],
    } | details
    count = {name: len(rows) for name, rows in found.items()}
    return ToolResult(
        tool="grade_answer",
        summary=f"The grade is 0.40 (90% interval 0.20 to 0.60). Of {sum(count.values())} clauses of the reference, the answer has {count['right']} "
        f"right, {count['wrong']} wrong and leaves out {count['missing']}. Right: “{SLOWED}”. Wrong: “{ANSWER}” says 250 °C where the reference "
        f"says 150 °C. Missing: “{FLOW}”.",
        estimates=[Estimate(name="grade", value=0.4, interval=(0.2, 0.6), level=0.9)]
        + [Estimate(name=f"clauses of the reference {name}", value=n) for name, n in count.items()],
        inputs={"answer": "Slowing the flow suppresses humping.", "reference": f"{FLOW}. {SLOWED}. {LIMIT}."},
        details=found,
    )


def noted() -> ToolResult:
    rows = [("spatter", "poor", 0.71), ("wire feeding", "good", 0.64)]
    return ToolResult(
        tool="analyze_note",
        summary="By the note, spatter (spoken of with probability 0.92, by “spatter”) is poor (probability 0.71) and wire feeding (spoken of with "
        "probability 0.88, by “feed”) is good (probability 0.64).",
        estimates=[
            e for (name, value, p), q in zip(rows, (0.92, 0.88), strict=True)
            for e in (Estimate(name=name, value=True, probability=q), Estimate(name=f"severity of {name}", value=value, probability=p))
        ],
        inputs={"note": "spatter everywhere, wire feed fine"},
        details={"aspects": [{"aspect": n, "severity": v, "severities": {"good": 0.1, "poor": 0.8, "critical": 0.1}} for n, v, _ in rows]},
    )  # fmt: skip


@pytest.mark.parametrize("result", [graded(), noted()], ids=lambda result: result.tool)
def test_the_plain_answer_passes_its_own_check(result: ToolResult):
    calls = [call(result)]
    verdict = check(template(calls, []), QUESTION, calls, [])
    assert verdict.ok, verdict.faults


@pytest.mark.parametrize(
    "sentence",
    [
        f"The answer leaves out “{FLOW}”.",
        "What is missing is the strong backward flow of molten metal in the weld pool.",
        "The answer does not mention the backward flow of molten metal at high travel speed.",
        "It is right that measures that slow this flow suppress humping, but the interpass temperature below 250 °C is wrong.",
        "The interpass temperature is wrong: the answer says 250 °C where the reference says 150 °C.",
        "The answer has 1 right, 1 wrong and leaves out 1.",
        "1 clause is missing.",
        "The grade is 0.40.",
    ],
)
def test_what_the_tool_found_may_be_claimed(sentence: str):
    assert false_claims(sentence, graded()) == []


@pytest.mark.parametrize(
    "sentence",
    [
        f"The answer leaves out “{SLOWED}”.",  # it is there
        "Missing: measures that slow this flow suppress humping and undercut.",
        "The answer does not mention the shielding gas.",  # nor does the reference
        "The backward flow of molten metal is wrong.",  # missing, not wrong
        "The interpass temperature below 250 °C is right.",
        "It is right that humping comes from a strong backward flow of molten metal.",
        "It wrongly says that measures that slow this flow suppress humping.",
        "The interpass temperature is right, but measures that slow this flow are missing.",
        "Nothing is missing.",
        "The answer is right.",
        "The answer has 2 right, 1 wrong and leaves out 0.",
        "3 clauses are wrong.",
    ],
)
def test_anything_else_is_refused(sentence: str):
    assert false_claims(sentence, graded())


def test_with_nothing_wrong_nothing_may_be_called_wrong():
    assert false_claims("The answer is wrong.", graded(wrong=[])) and false_claims(f"“{ANSWER}” is wrong.", graded(wrong=[]))
    assert false_claims("Nothing is wrong.", graded(wrong=[])) == [] == false_claims("The answer is right.", graded(wrong=[], missing=[]))


def test_words_of_the_clauses_themselves_claim_nothing():
    own = {"reference": "A wrong gas is the most common cause of pores", "answer": "a wrong gas causes pores", "likeness": 0.9}
    assert false_claims("It is right that a wrong gas is a cause of pores.", graded(right=[own])) == []
    assert false_claims("Right: “A wrong gas is the most common cause of pores”.", graded(right=[own])) == []


@pytest.mark.parametrize("sentence", ["Spatter is poor.", "The spatter is poor and the wire feeding is good.", "See the note."])
def test_severities_that_the_tool_rated_may_be_said(sentence: str):
    assert false_claims(sentence, noted()) == []


@pytest.mark.parametrize("sentence", ["Spatter is critical.", "Spatter and wire feeding are good.", "A good spatter.", "Wire feeding: poor."])
def test_others_may_not(sentence: str):
    assert false_claims(sentence, noted())


def test_an_invented_claim_fails_the_whole_check_although_its_words_are_the_users():
    calls = [call(graded())]
    left_out = "The answer leaves out that measures slow this flow and suppress humping and undercut [T1]."
    for invented in (left_out, "The answer is wrong about humping [T1]."):
        assert any("does not have" in fault for fault in check(invented, QUESTION, calls, []).faults)
    good = "The grade is 0.40 (90% interval 0.20 to 0.60) [T1]. Missing: “Humping comes from a strong backward flow of molten metal” [T1]."
    assert check(good, QUESTION, calls, []).ok


def test_a_text_bears_out_nothing_that_is_said_of_it():
    calls = [ToolCall(id="T1", name="grade_answer", args={}, result=graded())]
    assert not check("Slowing the flow suppresses humping [T1].", "Grade it", calls, []).ok


def test_other_tools_have_no_such_claims():
    assert false_claims("Nothing is wrong.", ToolResult(tool="detect_anomaly", summary="x")) == []


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("By the note, spatter is not poor [T1].", "'spatter' is poor by the result, not anything else"),
        ("The note says that cracks are good [T1].", "was not found to speak of 'cracks'"),
        ("Spatter is poor [T1].", None),
    ],
)
def test_a_severity_that_is_denied_or_of_another_aspect_is_no_finding(sentence: str, said: str | None):
    row = {"aspect": "spatter", "severity": "poor", "severities": {"poor": 0.7, "good": 0.3}}
    result = ToolResult(tool="analyze_note", summary="", details={"aspects": [row], "known_aspects": ["spatter", "cracks"]})
    found = false_claims(sentence, result)
    assert (said in " ".join(found)) if said else not found


TIP = "The contact tip to work distance is 15 mm"
SUPPRESS = "Measures that slow this flow suppress humping"
TWISTED = "Humping is due to backward flow, measures slowing this flow do not suppress it"


def swapped() -> ToolResult:
    """Two rows wrong, one by its number and one by a negation; one right and one missing."""
    return graded(
        right=[{"reference": "Use argon with 2 % CO2", "answer": "argon with 2 % CO2 is used", "likeness": 0.9}],
        wrong=[
            {"reference": TIP, "answer": "The distance is 20 mm", "likeness": 0.9, "fault": "says 20 mm where the reference says 15 mm"},
            {"reference": SUPPRESS, "answer": TWISTED, "likeness": 0.8, "fault": "says the opposite"},
        ],
        missing=[{"reference": "Clean the plate, and do not weld on rust", "answer": "", "likeness": 0.2}],
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "The answer says 20 mm where the reference says 15 mm.",
        "The reference says 15 mm, the answer says 20 mm.",
        "The answer says 20 mm instead of 15 mm.",
        "The distance is wrong: it says 20 mm, not 15 mm.",
        "It is wrong that measures slowing this flow do not suppress it.",
        f"“{TWISTED}” says the opposite.",
        "The reference says that measures that slow this flow suppress humping.",
        "The answer mentions argon with 2 % CO2.",
        "The answer states argon with 2 % CO2.",
        "The answer covers argon but leaves out that you do not weld on rust.",
        "The answer doesn't mention “Clean the plate”.",
        "The answer is partly right.",
        "The grade of this answer is 0.40 (90% interval 0.20 to 0.60).",
    ],
)
def test_a_claim_that_one_row_bears_out_in_its_own_words_may_be_made(sentence: str):
    assert false_claims(sentence, swapped()) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "The answer says 15 mm where the reference says 20 mm.",  # the other way round
        "The reference says 20 mm, the answer says 15 mm.",
        "The answer says 15 mm instead of 20 mm.",
        "15 mm is what the answer says.",
        "The distance is wrong: it should be 20 mm.",
        "It is wrong that the distance is 15 mm.",  # of the answer
        "The answer wrongly says that measures slowing this flow suppress it.",  # it denies that
        "The reference says that measures that slow this flow do not suppress humping.",
        "The answer says that measures suppress humping.",
        "It leaves out that you do weld on rust.",
        "Missing: “weld on rust”.",
        "The humping is wrong: the answer says 20 mm where the reference says 15 mm.",  # two rows
        "The answer says the opposite about the 20 mm distance.",  # not this fault
        "The answer mentions that you clean the plate.",
        "The answer states to clean the plate.",
        "Clean the plate is present in the answer.",
        "The answer covers measures that slow this flow.",
        "The answer gives a distance of 15 mm.",
        "The answer doesn't mention argon.",
        "The answer says that argon with 2 % CO2 suppresses humping.",  # words of two rows
        "Argon with 2 % CO2 is wrong.",
        "The answer is right.",
        "The answer is wrong.",  # as a whole
        "The answer is complete.",
        "The answer covers everything.",
        "The distance is 20 mm.",  # a wrong clause is no fact
        "The grade is 0.40, so the answer says 15 mm.",
    ],
)
def test_a_claim_that_no_single_row_bears_out_is_refused(sentence: str):
    assert false_claims(sentence, swapped())


def test_a_sign_is_part_of_a_number():
    result = graded(wrong=[{"reference": "Preheat to 5 °C", "answer": "Preheat to -5 °C", "likeness": 0.9, "fault": "says -5 °C"}])
    assert false_claims("The answer says -5 °C where the reference says 5 °C.", result) == []
    assert false_claims("The answer says 5 °C where the reference says -5 °C.", result)


def test_items_of_a_list_may_stand_in_a_row_each():
    two = graded(missing=[{"reference": "Clean the plate", "answer": ""}, {"reference": "Preheat to 100 °C", "answer": ""}])
    for listed in ("Missing: “Clean the plate”; “Preheat to 100 °C”.", "It leaves out “Clean the plate” and “Preheat to 100 °C”."):
        assert false_claims(listed, two) == []
    assert false_claims("It leaves out “Clean the plate” and “Preheat to 150 °C”.", two)


def test_an_answer_is_right_as_a_whole_only_with_nothing_wrong_and_nothing_missing():
    assert false_claims("The answer is right.", graded(wrong=[])) and false_claims("The answer is complete.", graded(wrong=[]))


def test_korean_clauses_are_judged_by_their_own_negations():
    row = {"reference": "층간 온도를 높이지 않는다", "answer": "층간 온도를 높인다", "likeness": 0.9, "fault": "says the opposite"}
    assert false_claims("Wrong: “층간 온도를 높인다” says the opposite.", graded(wrong=[row])) == []
    assert false_claims("The reference says “층간 온도를 높이지 않는다”.", graded(wrong=[row])) == []
    assert false_claims("The reference says “층간 온도를 높인다”.", graded(wrong=[row]))
