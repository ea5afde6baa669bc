"""An answer as blocks: within Slack's limits, with its table, notes and sources, and without this machine's paths."""

from pathlib import Path

import pytest

from agent.slack.reply import MESSAGE, SECTION, WITHHELD, of_answer, of_rows, said, sources, split
from agent.state import Answer
from tests.agent.fakes import answered, call, citation, defects, heat, logged, verdict
from tests.agent.slack.fake_slack import shown

HOME = Path("/home/waam")


def texts(answer: Answer, **more) -> list[str]:
    return [shown(block) for message in of_answer(answer, "C1:1", HOME, **more).messages for block in message.blocks]


def test_the_answer_its_table_its_notes_its_sources_and_the_buttons():
    answer = answered("It is **fine** [T1][K1].\n\nNote: A demo.\nNote: Another.", call(defects()), citations=[citation()])
    first, table, notes, cited, buttons = texts(answer)
    assert first == "It is *fine* [T1][K1]."
    assert table.startswith("```\nT1 classify_defects\nHumping") and "probability 0.91" in table
    assert (notes, cited, buttons) == ("Note: A demo.\nNote: Another.", "[K1] Humping. A book (page 1)", "")


def test_a_single_estimate_needs_no_table():
    assert not any("```" in text for text in texts(answered("x [T1].", call(heat()))))


@pytest.mark.parametrize("unit", ["word ", "a sentence of it. ", "a line\n", "x", "paragraph\n\n", "```\ncode\n```\n", "& < > "])
def test_a_long_answer_is_whole_and_within_the_limits(unit: str):
    text = unit * (40_000 // len(unit))
    reply = of_answer(answered(text), "C1:1", HOME)
    for message in reply.messages:
        assert len(message.blocks) <= 50 and len(message.text) <= 4000
        assert all(len(shown(block)) <= 3000 for block in message.blocks)
        assert sum(len(shown(block)) for block in message.blocks) <= MESSAGE + SECTION
        assert all(shown(block).count("```") % 2 == 0 for block in message.blocks)
    assert [block["type"] for message in reply.messages for block in message.blocks].count("actions") == 1
    if "`" not in unit and "&" not in unit:
        whole = "".join(shown(block) for message in reply.messages for block in message.blocks)
        assert "".join(whole.split()) == "".join(text.split())


def test_parts_are_cut_where_a_sentence_ends():
    assert split("One is here. Two is there. Three", 20) == ["One is here.", "Two is there. Three"]


def test_paths_of_this_machine_are_not_told(tmp_path: Path):
    home = tmp_path / "home"
    plot = home / "plots" / "run-1" / "run_signals.png"
    plot.parent.mkdir(parents=True)
    plot.write_bytes(b"PNG")
    result = logged(f"{home}/slack/files/ab/F1/run.csv", str(plot.parent))
    text = f"{home}/slack/files/ab/F1/run.csv cannot be opened.\n\nNote: Plots: {plot}.\nNote: See {home}/slack/x.yaml."
    reply = of_answer(answered(text, call(result)), "C1:1", home)
    everything = str(reply.messages) + str(sources(answered(text, call(result)), home))
    assert str(home) not in everything and "run.csv cannot be opened" in everything and "See x.yaml" in everything
    assert reply.plots == [str(plot)]


@pytest.mark.parametrize("status", ["answered", "degraded"])
def test_without_a_source_nothing_is_given_where_that_is_wanted(status: str):
    assert texts(answered("Secret [T1].", call(verdict()), status=status), cited_only=True) == [WITHHELD]
    assert "Cited [K1]." in texts(answered("Cited [K1].", call(verdict()), status=status, citations=[citation()]), cited_only=True)


@pytest.mark.parametrize("status", ["clarify", "refused", "abstained", "error"])
def test_what_states_nothing_needs_no_source(status: str):
    assert texts(answered("What is the voltage?", status=status), cited_only=True)[0] == "What is the voltage?"


def test_nobody_is_called_by_an_answer():
    reply = of_answer(answered("<!channel> @here <@U1> & Note\n\nNote: <!everyone>"), "C1:1", HOME)
    assert not any(call in str(reply.messages) for call in ("<!", "<@", "@here"))


def test_rows_as_one_table():
    rows = [("A1", answered("x", call(verdict()), call(heat()))), ("A2", answered("What is the travel speed?", status="clarify"))]
    table, other, notes = [shown(block) for message in of_rows(rows, 3, HOME).messages for block in message.blocks]
    assert table.split("\n")[1].split() == ["row", "condition", "heat", "input"]
    assert "A1   normal p=0.93" in table and "402.3 J/mm" in table and "clarify: see below" in table
    assert other == "A2: What is the travel speed?" and "Only the first 2 rows were asked; 3 more" in notes


def test_many_rows_are_within_the_limits():
    rows = [(f"row {at}", answered("x", call(verdict()), call(heat()))) for at in range(300)]
    blocks = [shown(block) for message in of_rows(rows, 0, HOME).messages for block in message.blocks]
    assert all(len(block) <= 3000 for block in blocks) and "row 299" in blocks[-1]


def test_one_sentence_of_ours():
    (message,) = said("a < b").messages
    assert message.text == "a &lt; b" and shown(message.blocks[0]) == "a &lt; b"
