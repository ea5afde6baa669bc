"""`waam feedback`: what is shown, approved and rejected, and one sentence for a number that there is not."""

import json
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from agent import cli
from agent.commands.feedback_cli import report
from agent.errors import BadInput
from agent.learning.feedback_store import FeedbackStore
from agent.settings import Settings
from agent.state import PlannedCall
from tests.agent.fakes import QUESTION, feedback

LONG = "The wire was changed an hour ago and nobody told the next shift about it. " * 3
BAD = {"verdict": "bad", "comment": "wrong tool", "tools": ["predict_heat_input"]}


def waam(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["feedback", *arguments])


@pytest.fixture
def store(config: Settings) -> FeedbackStore:
    """Three of which nobody has looked at any."""
    store = FeedbackStore(config.state)
    for changes in ({}, {"question": "Heat input?", **BAD}, {"question": "why", "verdict": "bad"}):
        store.add(feedback(**changes))
    return store


def states(store: FeedbackStore) -> list[bool | None]:
    return [each.approved for each in store.all()]


class TestList:
    def test_what_nobody_has_looked_at(self, store: FeedbackStore):
        store.decide([1], True)
        shown = waam("list").stdout
        assert QUESTION not in shown and "Heat input?" in shown and "wrong tool" in shown and "waam feedback approve ID" in shown
        assert QUESTION in waam("list", "--all").stdout

    def test_json_has_all_that_is_kept(self, store: FeedbackStore):
        store.decide([2], False)
        listed = json.loads(waam("list", "--json", "--all").stdout)
        assert [(each["id"], each["approved"], each["tools"]) for each in listed] == [
            (1, None, []),
            (2, False, ["predict_heat_input"]),
            (3, None, []),
        ]
        assert listed[0]["calls"][0]["result"]["tool"] == "detect_anomaly" and listed[0]["when"].endswith("Z")
        assert [each["id"] for each in json.loads(waam("list", "--json").stdout)] == [1, 3]

    def test_nothing_says_what_gives_some(self, config: Settings, store: FeedbackStore):
        store.decide([1, 2, 3], True)
        assert "`waam feedback list --all` shows all 3" in waam("list").stdout
        store.file.unlink()
        assert "/feedback in `waam chat`" in waam("list").stdout and waam("list", "--json").stdout.strip() == "[]"

    @pytest.mark.parametrize("words", [LONG, "비드가 좁고 높으며 표면이 거칠게 나왔습니다 " * 8, "x" * 300], ids=["English", "Korean", "one word"])
    def test_it_fits_eighty_columns_and_leaves_nothing_out(self, words: str):
        given = feedback(verdict="bad", comment=words, answer=words, question=words, history=[{"role": "user", "content": words}], thread="t" * 90)
        shown = report(given, 80)
        assert max(cell_len(line) for line in shown.split("\n")) <= 80
        assert "".join(shown.split()).count("".join(words.split())[:20]) >= 4

    def test_each_part_is_named_and_markup_is_text(self):
        given = feedback(
            **BAD, answer="[bold]so[/bold] [T1]", planned=[PlannedCall(name="small_talk"), PlannedCall(name="detect_anomaly", argument="9 A")]
        )
        shown = report(given.model_copy(update={"id": 7}))
        assert shown.startswith("7  bad  to be looked at  20") and "[bold]so[/bold] [T1]" in shown and "right tools   predict_heat_input" in shown
        assert "small_talk(), detect_anomaly(9 A)" in shown and "before" not in shown


class TestDeciding:
    def test_by_numbers(self, store: FeedbackStore):
        assert waam("approve", "2", "1", "2").stdout == "Approved: 2, 1.\n" and states(store) == [True, True, None]
        assert waam("reject", "1").stdout == "Rejected: 1.\n" and states(store) == [False, True, None], "a decision can be taken back"

    def test_all_are_those_that_nobody_has_looked_at(self, store: FeedbackStore):
        waam("reject", "2")
        assert waam("approve", "all").stdout.startswith("Approved: 1, 3.\n") and states(store) == [True, False, True]
        assert waam("reject", "all").stdout == "Nothing is left to look at.\n" and states(store) == [True, False, True]

    def test_approving_what_does_not_say_what_is_right_is_told(self, store: FeedbackStore):
        assert "Nothing is learnt from 3: bad alone" in waam("approve", "all").stdout

    @pytest.mark.parametrize("verb", ["approve", "reject"])
    @pytest.mark.parametrize(
        ("number", "said"),
        [("9", "There is no feedback 9"), ("x", "'x' is no number"), ("²", "no number"), ("-", "no number"), ("9" * 40, "no number")],
    )
    def test_a_number_that_there_is_not_is_one_sentence_and_decides_nothing(self, store: FeedbackStore, verb: str, number: str, said: str):
        result = waam(verb, "1", number)
        assert isinstance(result.exception, BadInput) and said in str(result.exception) and states(store) == [None] * 3

    def test_the_exit_code_is_that_of_bad_input(self, store: FeedbackStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        monkeypatch.setattr("sys.argv", ["waam", "feedback", "approve", "9"])
        with pytest.raises(SystemExit) as left:
            cli.main()
        assert left.value.code == 2 and capsys.readouterr().err == "There is no feedback 9; `waam feedback list --all` shows what there is.\n"

    def test_it_is_kept_in_the_home(self, store: FeedbackStore, home: Path):
        assert (home / "state" / "feedback.sqlite").exists()
