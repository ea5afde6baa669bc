"""What an answer looks like in 80 columns."""

from rich.cells import cell_len

from agent.chat.show import answer_page, source, sources
from agent.chat.units import Units
from tests.agent.fakes import CAUSE, answered, call, citation, defects, heat, verdict
from tools.result import Estimate

TEXT = "The heat input is 402.3 J/mm for <5 mm and a_b_c [T1]. It humps [K1]."


def shown(terminal, what) -> list[str]:
    terminal.screen.show(what)
    return terminal.lines()


def test_text_then_results_then_notes_then_footnotes(terminal, tmp_path):
    note = "Note: A demo (synthetic) model answered, trained on simulated beads; retrain it on your own before relying on it."
    answer = answered(f"{TEXT}\n\n{note}", call(heat()), call(defects(), "T2"), citations=[citation()])
    lines = shown(terminal, answer_page(answer, Units(tmp_path / "u"), 80))
    assert lines == [
        TEXT,
        "",
        "T1  predict_heat_input",
        "    heat input          402.3  J/mm  90% interval 380.1 to 430",
        "T2  classify_defects",
        "    Humping               yes        probability 0.91",
        "    Balling                no        probability 0.12",
        "    For current 188 A, voltage 21.4 V, travel speed 8 mm/s.",
        "",
        "!   A demo (synthetic) model answered, trained on simulated beads; retrain it on",
        "    your own before relying on it.",
        "",
        "K1  Humping. A book (page 1)",
        "    /sources 1 opens the first",
        "",
    ]


def test_wide_letters_keep_the_columns_in_line(terminal, tmp_path):
    result = heat()
    result.estimates = [Estimate(name="입열량", value=402.3, unit="J/mm"), Estimate(name="heat input", value=1.5, unit="J/mm")]
    lines = shown(terminal, answer_page(answered("It is so [T1].", call(result)), Units(tmp_path / "u"), 80))
    rows = [line for line in lines if line.endswith("J/mm")]
    assert len(rows) == 2 and len({cell_len(row) for row in rows}) == 1 and all(cell_len(line) <= 80 for line in lines)


def test_a_unit_that_is_preferred_is_in_the_tables_alone(terminal, tmp_path):
    units = Units(tmp_path / "u")
    units.prefer("travel_speed cm/min")
    units.prefer("heat input kJ/mm")
    lines = shown(terminal, answer_page(answered(TEXT, call(heat())), Units(tmp_path / "u"), 80))
    assert "    heat input          0.4023  kJ/mm  90% interval 0.3801 to 0.43" in lines and TEXT in lines
    assert "    For current 188 A, voltage 21.4 V, travel speed 48 cm/min." in lines


def test_a_long_result_names_where_the_rest_is(terminal, tmp_path):
    result = heat()
    result.estimates = [Estimate(name=f"bead {number}", value=float(number)) for number in range(14)]
    assert "    4 more: /sources T1" in shown(terminal, answer_page(answered("So it is [T1].", call(result)), Units(tmp_path / "u"), 80))


def test_sources_are_opened_by_number_or_mark(terminal, tmp_path):
    answer = answered(TEXT, call(verdict()), citations=[citation()])
    for mark in ("1", "K1", "[k1]"):
        assert f"    {CAUSE}" in shown(terminal, source(answer, mark, 80))
    assert "    The bead is predicted to be normal with probability 0.93." in shown(terminal, source(answer, "T1", 80))
    assert source(answer, "7", 80) is None
    assert f"    {CAUSE}" in shown(terminal, sources(answer, Units(tmp_path / "u")))
