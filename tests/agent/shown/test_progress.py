"""Something is on the screen at once; without a terminal it is a line for each stage and no more."""

import io
import logging
import sys

import pytest

from agent.shown.progress import STEPS, shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_there_is_one_line_a_stage(capsys: pytest.CaptureFixture[str]):
    with shown("Loading") as progress:
        assert capsys.readouterr().err == "Loading\n", "at once"
        logging.getLogger(STEPS).info("fold 1 of 5")
        progress("linear: rmse [bold] 0.3")
    assert capsys.readouterr() == ("", "linear: rmse [bold] 0.3\n")


def test_a_terminal_shows_steps_too_and_standard_output_stays_clean(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with shown("Loading") as progress:
        print("a result")
        logging.getLogger(STEPS).info("linear: fold %d of %d [x]", 2, 5)
        progress("constant: rmse 1.000 [held out]")
    assert capsys.readouterr().out == "a result\n"
    said = screen.getvalue()
    assert "Loading" in said and "linear: fold 2 of 5 [x]" in said and "constant: rmse 1.000 [held out]" in said
    assert not logging.getLogger(STEPS).handlers and not logging.getLogger(STEPS).isEnabledFor(logging.INFO)
