"""An answer as plain text."""

from agent.shown.render import plain
from agent.state import ToolCall
from tests.agent.fakes import answered, call, citation, heat, verdict


def test_the_answer_comes_first_then_results_then_sources():
    text = plain(answered("It is normal [T1].", call(verdict()), call(heat(), "T2"), citations=[citation()]))
    assert text.split("\n\n") == [
        "It is normal [T1].",
        "  [T1] detect_anomaly(current 188 A, voltage 21.4 V, travel speed 8 mm/s) → condition normal p=0.93; 2 ms\n"
        "  [T2] predict_heat_input(current 188 A, voltage 21.4 V, travel speed 8 mm/s) → heat input 402.3 J/mm (90%: 380.1 to 430); 2 ms",
        "  [K1] Humping. A book (page 1)",
    ]


def test_without_details_it_is_the_answer_alone():
    assert plain(answered("It is normal [T1].", call(verdict()), citations=[citation()]), details=False) == "It is normal [T1]."


def test_a_tool_that_failed_has_no_numbers_to_show():
    failed = ToolCall(id="T1", name="detect_anomaly", args={}, error="broken")
    assert plain(answered("detect_anomaly could not answer: broken", failed)) == "detect_anomaly could not answer: broken"
