"""One turn from question to answer, with a scripted model and fake tools."""

import re
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import ValidationError

from agent import prompts
from agent.conversations import checkpointer
from agent.errors import ModelUnavailable
from agent.graph import build
from agent.llm import ScriptedModel, tool_call_message
from agent.settings import Settings
from agent.shortlist import UNLIKELY
from agent.state import Answer
from agent.turn import run_turn
from tests.agent.fakes import CAUSE, QUESTION, SETTINGS, Bench, found, passage
from tests.agent.test_claims import QUESTION as GRADING
from tests.agent.test_claims import graded, noted
from tools.result import Estimate, ToolInputError, ToolResult

NORMAL = ("detect_anomaly", {"settings": "188 A, 21.4 V, 48 cm/min"})
HEAT = ("predict_heat_input", {"settings": "188 A, 21.4 V, 48 cm/min"})
SEARCH = ("search_knowledge", {"query": "why humping"})
GOOD = "The bead is predicted to be normal with probability 0.93 [T1]."
BAD = "The bead is predicted to be normal with probability 0.99 [T1]."
WORSE = "The bead will certainly fail at 512 A."
TIMEOUT = openai.APITimeoutError(request=None)  # type: ignore[arg-type]
RESPONSE = httpx.Response(404, request=httpx.Request("POST", "http://127.0.0.1"))
UNKNOWN = openai.NotFoundError("no such model", response=RESPONSE, body=None)
BAD_KEY = openai.AuthenticationError("no such key", response=RESPONSE, body=None)


@pytest.fixture(autouse=True)
def fakes(bench: Bench, shortlist) -> None:
    """Every test here has fake tools and no shortlist."""


def turn(config: Settings, *replies: Any, question: str = QUESTION, history: Any = None, **more: Any) -> Answer:
    model = ScriptedModel(replies=list(replies))
    answer = run_turn(build(model, config), question, history, **more)
    assert len(model.seen) == len(replies), "the model was not asked as often as the test says"
    return answer


def unreadable_call() -> ValidationError:
    """What the client raises at a call whose arguments are a number."""
    with pytest.raises(ValidationError) as raised:
        AIMessage("", tool_calls=[{"name": "detect_anomaly", "args": 5, "id": "1"}])  # type: ignore[typeddict-item]
    return raised.value


class TestAnswered:
    def test_a_good_draft_is_the_answer(self, config: Settings):
        answer = turn(config, tool_call_message(NORMAL), GOOD)
        assert answer.status == "answered" and answer.answer == f"{GOOD}\n\nNote: A demo model answered."
        assert answer.checks.composer == "llm" and answer.checks.numbers_supported and answer.checks.citations_valid
        assert answer.checks.supported_sentences == (1, 1)

    def test_the_tool_gets_canonical_values(self, config: Settings, bench: Bench):
        answer = turn(config, tool_call_message(NORMAL), GOOD)
        assert bench.asked == [("detect_anomaly", SETTINGS)]
        assert answer.tool_calls[0].args == SETTINGS and answer.tool_calls[0].id == "T1"

    def test_passages_are_cited(self, config: Settings):
        answer = turn(config, tool_call_message(SEARCH), CAUSE, question="Why does humping happen?")
        assert answer.status == "answered" and answer.answer == f"{CAUSE.rstrip('.')} [K1]."
        assert [(c.id, c.document, c.quote) for c in answer.citations] == [("K1", "facts", CAUSE)]

    def test_a_passage_that_is_not_cited_is_no_citation(self, config: Settings, bench: Bench):
        bench.answers["search_knowledge"] = lambda query: found(passage(), passage("Balling comes from too little heat."))
        answer = turn(config, tool_call_message(NORMAL, SEARCH), f"{GOOD} {CAUSE}")
        assert [c.id for c in answer.citations] == ["K1"]

    def test_the_nearest_passage_may_not_be_left_out(self, config: Settings):
        answer = turn(config, tool_call_message(NORMAL, SEARCH), GOOD, GOOD)
        assert answer.checks.composer == "template" and [c.id for c in answer.citations] == ["K1"]

    def test_tokens_of_both_calls_are_added_up(self, config: Settings):
        replies = [tool_call_message(NORMAL), tool_call_message()]
        replies[1].content = GOOD
        for reply in replies:
            reply.usage_metadata = {"input_tokens": 10, "output_tokens": 2, "total_tokens": 12}
        assert turn(config, *replies).usage == {"prompt_tokens": 20, "completion_tokens": 4}

    def test_every_stage_is_timed(self, config: Settings):
        timings = turn(config, tool_call_message(NORMAL), GOOD).timings_ms
        assert set(timings) == {"route", "tools", "compose", "total"} and timings["total"] >= max(timings.values())


class TestChecked:
    def test_an_unsupported_draft_is_repaired_once(self, config: Settings):
        model = ScriptedModel(replies=[tool_call_message(NORMAL), BAD, GOOD])
        answer = run_turn(build(model, config), QUESTION)
        assert answer.answer.startswith(GOOD) and answer.checks.composer == "llm" and answer.checks.numbers_supported
        assert "The number 0.99 is not in the cited source." in str(model.seen[2][-1].content)

    @pytest.mark.parametrize("drafts", [(BAD, BAD), (BAD, WORSE), (WORSE, "")])
    def test_two_bad_drafts_give_the_template_and_never_their_numbers(self, config: Settings, drafts: tuple[str, str]):
        answer = turn(config, tool_call_message(NORMAL), *drafts)
        assert answer.status == "answered" and answer.answer.startswith(GOOD) and answer.checks.composer == "template"
        assert "0.99" not in answer.answer and "512" not in answer.answer and answer.checks.numbers_supported

    def test_a_turn_out_of_time_is_composed_without_the_model(self, config: Settings):
        config.limits.turn_s = 0.0
        answer = turn(config, tool_call_message(NORMAL))
        assert answer.answer.startswith(GOOD) and answer.checks.composer == "template"


class TestDegraded:
    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            (ModelUnavailable("It is gone."), "(It is gone. This is a plain list"),
            (TIMEOUT, "took too long"),
            (UNKNOWN, "WAAM_LLM__MODEL"),
            (BAD_KEY, "WAAM_LLM__API_KEY"),
        ],
    )
    def test_the_same_tool_runs_when_the_model_is_gone(self, config: Settings, shortlist, bench: Bench, error: Exception, reason: str):
        shortlist(detect_anomaly=0.95)
        answer = turn(config, error)
        assert answer.status == "degraded" and bench.asked == [("detect_anomaly", SETTINGS)]
        assert GOOD in answer.answer and answer.model["llm"] is None
        assert Settings().llm_url in answer.answer and reason in answer.answer

    def test_it_may_go_between_routing_and_writing(self, config: Settings):
        answer = turn(config, tool_call_message(NORMAL), TIMEOUT)
        assert answer.status == "degraded" and GOOD in answer.answer and answer.checks.composer == "template"

    def test_it_may_go_before_the_repair(self, config: Settings):
        answer = turn(config, tool_call_message(NORMAL), BAD, TIMEOUT)
        assert answer.status == "degraded" and GOOD in answer.answer and "0.99" not in answer.answer

    def test_no_model_at_all(self, config: Settings, shortlist):
        shortlist(detect_anomaly=0.95)
        assert run_turn(build(None, config), QUESTION).status == "degraded"

    def test_a_plan_that_cannot_be_read_is_the_shortlists_and_the_model_still_writes(self, config: Settings, shortlist, bench: Bench):
        shortlist(detect_anomaly=0.9, predict_heat_input=0.1)
        answer = turn(config, unreadable_call(), GOOD)
        assert answer.status == "answered" and answer.checks.composer == "llm" and bench.asked == [("detect_anomaly", SETTINGS)]

    def test_a_question_back_needs_no_model(self, config: Settings, shortlist):
        shortlist(detect_anomaly=0.95)
        assert run_turn(build(None, config), "Is 188 A normal?").status == "clarify"


class TestOtherEndings:
    def test_clarify(self, config: Settings, bench: Bench):
        answer = turn(config, tool_call_message(NORMAL), question="Will my bead be sound at 200 A and 23 V?")
        assert (answer.status, answer.answer) == ("clarify", "What is the travel speed (in mm/s or another unit)?")
        assert bench.asked == [] and answer.tool_calls == []

    @pytest.mark.parametrize("question", ["", "%%% ^^^", "x" * 100_000, "188 A, 10 kV, 8 mm/s", "188 A, 22 V, travel speed 8 furlongs/day"])
    def test_refused_before_the_model_is_asked(self, config: Settings, bench: Bench, question: str):
        answer = turn(config, question=question)
        assert answer.status == "refused" and answer.answer and "\n" not in answer.answer and bench.asked == []

    def test_small_talk(self, config: Settings, bench: Bench):
        answer = turn(config, tool_call_message(("small_talk", {})), question="Hello")
        assert (answer.status, answer.answer) == ("answered", prompts.SMALL_TALK) and bench.asked == []

    def test_off_topic(self, config: Settings, bench: Bench):
        answer = turn(config, tool_call_message(("off_topic", {})), question="Recommend a film")
        assert (answer.status, answer.answer) == ("abstained", prompts.OFF_TOPIC) and bench.asked == []

    def test_a_search_that_finds_nothing(self, config: Settings, bench: Bench):
        bench.answers["search_knowledge"] = lambda query: found()
        answer = turn(config, tool_call_message(SEARCH), question="Why does humping happen?")
        assert (answer.status, answer.answer) == ("abstained", prompts.NOTHING_FOUND) and answer.citations == []

    def test_a_tool_that_breaks_is_reported_beside_one_that_answers(self, config: Settings, bench: Bench):
        bench.answers["detect_anomaly"] = lambda **args: 1 / 0
        answer = turn(config, tool_call_message(NORMAL, HEAT), "The predicted heat input is 402.3 J/mm [T2].")
        assert answer.status == "answered" and "402.3 J/mm [T2]" in answer.answer
        assert [c.error is None for c in answer.tool_calls] == [False, True]
        assert "detect_anomaly failed (ZeroDivisionError" in answer.answer, "a part of the question went unanswered and nobody said so"

    def test_a_template_says_which_tool_broke_too(self, config: Settings, bench: Bench):
        bench.answers["detect_anomaly"] = lambda **args: 1 / 0
        answer = turn(config, tool_call_message(NORMAL, HEAT), WORSE, WORSE)
        assert answer.answer.count("detect_anomaly failed") == 1

    def test_a_search_that_finds_nothing_beside_a_tool_that_answers(self, config: Settings, bench: Bench):
        bench.answers["search_knowledge"] = lambda query: found()
        answer = turn(config, tool_call_message(NORMAL, SEARCH), GOOD)
        assert answer.status == "answered" and "Note: The knowledge base has nothing about " in answer.answer

    def test_a_tool_that_lacks_a_setting_beside_one_that_answers(self, config: Settings):
        answer = turn(config, tool_call_message(NORMAL, SEARCH), CAUSE, question="Is 188 A normal, and why does humping happen?")
        assert answer.status == "answered" and "[K1]" in answer.answer
        assert "Note: detect_anomaly has not run yet: What are the voltage (in V" in answer.answer

    def test_only_broken_tools_are_an_error(self, config: Settings, bench: Bench):
        def refuse(**args: Any) -> None:
            raise ToolInputError("Process must be one of GMAW, CMT, GTAW, PAW.")

        bench.answers["detect_anomaly"] = refuse
        answer = turn(config, tool_call_message(NORMAL))
        assert (answer.status, answer.answer) == ("error", "Process must be one of GMAW, CMT, GTAW, PAW.") and answer.unusable


class TestTexts:
    """Notes and answers: the model picks the tool, the texts are the user's, the answer is checked against what the tool found."""

    NOTE = ("analyze_note", {"note": "all is well"})
    GRADE = ("grade_answer", {})

    @pytest.fixture(autouse=True)
    def tools(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        bench.answers |= {"analyze_note": lambda note: noted(), "grade_answer": lambda **texts: graded()}
        for module in ("agent.ground", "agent.route", "agent.runner"):
            monkeypatch.setattr(f"{module}.TOOLS", bench.tools())

    def test_a_note_is_read_and_explained_with_its_mark_and_its_doubt(self, config: Settings, bench: Bench):
        draft = "By the note, spatter (spoken of with probability 0.92) is poor (probability 0.71) [T1]."
        answer = turn(config, tool_call_message(self.NOTE), draft, question='Here\'s the shift note: "spatter, wire fine" - what does it say?')
        assert bench.asked == [("analyze_note", {"note": "spatter, wire fine"})]
        assert answer.status == "answered" and answer.answer == draft and answer.checks.composer == "llm"

    def test_a_severity_that_the_tool_did_not_rate_is_refused(self, config: Settings):
        wrong = "By the note, spatter (spoken of with probability 0.92) is critical (probability 0.71) [T1]."
        answer = turn(config, tool_call_message(self.NOTE), wrong, wrong, question='Note: "spatter, wire fine"')
        assert answer.checks.composer == "template" and "critical" not in answer.answer and answer.checks.numbers_supported

    def test_an_invented_reason_for_a_grade_is_refused_though_the_user_wrote_its_words(self, config: Settings):
        invented = "The grade is 0.40 [T1]. The answer leaves out that measures that slow this flow suppress humping and undercut [T1]."
        model = ScriptedModel(replies=[tool_call_message(self.GRADE), invented, invented])
        answer = run_turn(build(model, config), GRADING)
        assert "The result does not have" in str(model.seen[2][-1].content), "the repair is told what is wrong"
        assert answer.status == "answered" and answer.checks.composer == "template" and "leaves out that" not in answer.answer
        assert answer.answer.startswith("The grade is 0.40 (90% interval 0.20 to 0.60).") and answer.checks.citations_valid

    def test_a_missing_reference_is_asked_for_and_then_taken(self, config: Settings, bench: Bench):
        asked = turn(config, tool_call_message(self.GRADE), question='Grade "too fast"')
        assert asked.status == "clarify" and bench.asked == []
        history = [{"role": "user", "content": 'Grade "too fast"'}, {"role": "assistant", "content": asked.answer}]
        answer = turn(config, tool_call_message(self.GRADE), "The grade is 0.40 [T1].", question="Humping comes from speed", history=history)
        assert bench.asked == [("grade_answer", {"answer": "too fast", "reference": "Humping comes from speed"})]
        assert "Note: Taken from earlier messages: answer “too fast”." in answer.answer

    def test_a_note_about_nothing_is_an_answer_too(self, config: Settings, bench: Bench, shortlist):
        nothing = "The note speaks of none of the aspects that the model knows."
        bench.answers["analyze_note"] = lambda note: ToolResult(tool="analyze_note", summary=nothing)
        answer = turn(config, tool_call_message(self.NOTE), f"{nothing[:-1]} [T1].", question='Note: "Lukas takes over at six."')
        assert answer.status == "answered" and answer.answer.startswith(nothing[:-1])


class TestConversation:
    FOLLOW_UP = "same at 240 A"

    def test_history_given_by_the_caller(self, config: Settings, bench: Bench):
        history = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": GOOD}]
        answer = turn(config, tool_call_message(NORMAL), GOOD, question=self.FOLLOW_UP, history=history)
        assert bench.asked == [("detect_anomaly", SETTINGS | {"current_a": 240.0})]
        assert "Taken from earlier messages: voltage 21.4 V, travel speed 8 mm/s." in answer.answer

    def test_what_is_longer_than_a_question_may_be_is_left_out_of_what_was_said_before(self, config: Settings, bench: Bench):
        before = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": GOOD}]
        most = config.limits.question_chars
        for said, voltage in ((f"at 25 V{' ' * (most - 7)}", 25.0), (f"at 25 V{' ' * (most - 6)}", SETTINGS["voltage_v"])):
            history = [*before, {"role": "user", "content": said}, {"role": "assistant", "content": GOOD * most}]
            answer = turn(config, tool_call_message(NORMAL), GOOD, question=self.FOLLOW_UP, history=history)
            assert bench.asked[-1] == ("detect_anomaly", SETTINGS | {"current_a": 240.0, "voltage_v": voltage})
            assert (prompts.LEFT_OUT in answer.answer) == (voltage != 25.0)

    @pytest.mark.parametrize("kept_by", ["memory", "sqlite"])
    def test_a_checkpointer_keeps_it(self, config: Settings, bench: Bench, kept_by: str):
        saver = InMemorySaver() if kept_by == "memory" else checkpointer(config)
        run_turn(build(ScriptedModel(replies=[tool_call_message(NORMAL), GOOD]), config, saver), QUESTION, thread="a")
        if kept_by == "sqlite":  # another process, the same file
            saver = checkpointer(config)
        graph = build(ScriptedModel(replies=[tool_call_message(NORMAL), GOOD] * 2), config, saver)
        assert run_turn(graph, self.FOLLOW_UP, thread="a").status == "answered"
        assert bench.asked[-1] == ("detect_anomaly", SETTINGS | {"current_a": 240.0})
        assert run_turn(graph, self.FOLLOW_UP, thread="b").status == "clarify", "another thread is another conversation"

    def test_what_was_refused_is_not_kept(self, config: Settings):
        graph = build(ScriptedModel(replies=[]), config, InMemorySaver())
        assert run_turn(graph, "188 A, 10 kV, 8 mm/s", thread="a").status == "refused"
        assert graph.get_state({"configurable": {"thread_id": "a"}}).values["messages"] == []

    def test_nothing_of_the_last_turn_leaks_into_the_next(self, config: Settings):
        graph = build(
            ScriptedModel(replies=[tool_call_message(NORMAL, SEARCH), f"{GOOD} {CAUSE}", tool_call_message(("small_talk", {}))]),
            config,
            InMemorySaver(),
        )
        run_turn(graph, QUESTION, thread="a")
        answer = run_turn(graph, "thanks", thread="a")
        assert answer.answer == prompts.GO_ON and answer.tool_calls == [] and answer.citations == []

    def test_what_was_answered_is_said_again_without_marks_and_however_often(self, config: Settings, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("agent.graph.trained", lambda config: True)
        again = tool_call_message(("already_answered", {}))
        replies = [tool_call_message(NORMAL), GOOD, tool_call_message(("small_talk", {})), again, again]
        graph = build(ScriptedModel(replies=replies), config, InMemorySaver())
        run_turn(graph, QUESTION, thread="a")
        run_turn(graph, "thanks", thread="a")
        for _ in range(2):
            answer = run_turn(graph, "what was it again?", thread="a")
            assert answer.answer == prompts.ALREADY.format(answer=GOOD.replace(" [T1]", "")) and answer.status == "answered" and not answer.tool_calls


class TestContract:
    def test_the_object_has_exactly_these_keys(self, config: Settings):
        answered = turn(config, tool_call_message(NORMAL, SEARCH), f"{GOOD} {CAUSE}").model_dump(mode="json")
        assert list(answered) == ["status", "answer", "tool_calls", "citations", "checks", "model", "usage", "timings_ms"]
        assert list(answered["tool_calls"][0]) == ["id", "name", "args", "result", "error", "ms"]
        assert list(answered["citations"][0]) == ["id", "document", "title", "source", "ref", "quote"]
        assert list(answered["checks"]) == ["numbers_supported", "citations_valid", "supported_sentences", "composer"]
        assert list(answered["model"]) == ["llm", "adapter"]

    @pytest.mark.parametrize(("question", "status"), [("", "refused"), ("Is 188 A normal?", "clarify"), ("Hello", "answered")])
    def test_an_ending_without_tools_names_none_and_vouches_for_nothing(self, config: Settings, question: str, status: str):
        calls = [tool_call_message(("small_talk", {}) if question == "Hello" else NORMAL)] if question else []
        answer = turn(config, *calls, question=question)
        assert answer.status == status and answer.tool_calls == [] and answer.citations == []
        assert answer.checks.supported_sentences == (0, 0) and answer.checks.composer == "template"

    def test_models_that_disagree_are_reported(self, config: Settings, bench: Bench):
        bench.answers["classify_defects"] = lambda **args: ToolResult(
            tool="classify_defects",
            summary="Predicted defects: humping (probability 0.80).",
            estimates=[Estimate(name="Humping", value=True, probability=0.8)],
        )
        defects = ("classify_defects", {"settings": "188 A, 21.4 V, 48 cm/min"})
        answer = turn(config, tool_call_message(NORMAL, defects), f"{GOOD} Predicted defects: humping (probability 0.80) [T2].")
        assert "one finds the bead normal, the other names humping" in answer.answer

    def test_langgraphs_own_tooling_finds_the_graph(self, home):
        import json
        from importlib import import_module
        from pathlib import Path

        target = json.loads(Path(__file__).parents[2].joinpath("langgraph.json").read_text())["graphs"]["waam"]
        module, name = re.fullmatch(r"\./(.+)\.py:(\w+)", target).groups()  # type: ignore[union-attr]
        graph = getattr(import_module(module.replace("/", ".")), name)()
        assert {"guard", "route", "ground", "run_tools", "compose", "check", "finish"} <= set(graph.get_graph().nodes)


class TestFiles:
    """A monitoring log that comes with the question is opened in a local graph, and nowhere else."""

    LOG = ("analyze_log", {"settings": ""})
    SAID = "Run.csv: 2 arc-on segments, 20 s of arc. Out of the ordinary for this run: 1 spike [T1]."

    def ask(self, config: Settings, question: str, *replies: Any, opens_files: bool = True, **more: Any) -> Answer:
        return run_turn(build(ScriptedModel(replies=list(replies)), config, opens_files=opens_files), question, **more)

    def test_it_is_read_with_what_the_question_says_of_the_whole_log(self, config: Settings, bench: Bench):
        answer = self.ask(config, "What is wrong in this log? It was MIG at 48 cm/min and 200 A.", tool_call_message(self.LOG), self.SAID,
                          files=["runs/run_316L.csv"])  # fmt: skip
        ((name, args),) = bench.asked
        folder = Path(args.pop("plots_folder"))
        assert (name, args) == ("analyze_log", {"travel_speed_mm_s": 8.0, "process": "GMAW", "file": "runs/run_316L.csv"})
        assert answer.status == "answered" and folder.parent == config.home / "plots"
        assert f"Note: Plots: {folder}/run_signals.png." in answer.answer, "the user is told where the picture is"
        assert "'Feed' is read as wire feed speed" in answer.answer and "correct it with a mapping" in answer.answer

    def test_a_file_is_read_even_if_the_model_thinks_of_something_else(self, config: Settings, bench: Bench):
        self.ask(config, "Is that fine?", tool_call_message(NORMAL), self.SAID, self.SAID, files=["run.csv"])
        assert [name for name, _ in bench.asked] == ["analyze_log"], "the log holds the settings that the question does not state"

    def test_two_logs_are_two_calls_with_one_mapping(self, config: Settings, bench: Bench):
        self.ask(config, "Compare these logs", tool_call_message(self.LOG), "", "", files=["a.csv", "m.yaml", "b.csv"])
        assert sorted((args["file"], args["mapping"]) for _, args in bench.asked) == [("a.csv", "m.yaml"), ("b.csv", "m.yaml")]

    def test_a_chat_keeps_the_file(self, config: Settings, bench: Bench):
        graph = build(ScriptedModel(replies=[tool_call_message(self.LOG), self.SAID] * 2), config, InMemorySaver(), opens_files=True)
        run_turn(graph, "What is wrong in this log?", thread="t", files=["run.csv"])
        run_turn(graph, "And how much energy did that log take?", thread="t")
        assert [args["file"] for _, args in bench.asked] == ["run.csv", "run.csv"]

    @pytest.mark.parametrize("question", ["What is wrong in /data/run.csv?", "What is wrong in this log?"])
    def test_a_path_in_a_text_is_never_opened(self, config: Settings, bench: Bench, question: str):
        answer = self.ask(config, question, tool_call_message(self.LOG))
        assert answer.status == "clarify" and "`waam ask" in answer.answer and bench.asked == []

    def test_elsewhere_than_at_this_machine_no_file_is_opened_at_all(self, config: Settings, bench: Bench):
        answer = self.ask(config, "What is wrong in run.csv?", tool_call_message(self.LOG), opens_files=False, files=["run.csv"])
        assert answer.status == "clarify" and bench.asked == []


class TestAnotherTool:
    LIMIT = "Which travel speed keeps the heat input under 0.6 kJ/mm at 200 A and 22 V?"

    def test_what_cannot_run_gives_way_to_a_likely_tool_that_can(self, config: Settings, bench: Bench, shortlist):
        bench.answers["calculate_physics"] = lambda **args: ToolResult(tool="calculate_physics", summary="At least 5.867 mm/s.")
        bench.patch()
        shortlist(detect_anomaly=0.9, calculate_physics=UNLIKELY + 0.01)
        answer = turn(config, tool_call_message(("detect_anomaly", {"settings": "200 A, 22 V"})), "At least 5.867 mm/s [T1].", question=self.LIMIT)
        assert [name for name, _ in bench.asked] == ["calculate_physics"] and answer.status == "answered"
        assert bench.asked[0][1]["heat_input_j_mm"] == 600

    @pytest.mark.parametrize(("question", "likely"), [(LIMIT, UNLIKELY - 0.01), ("Is 200 A at 22 V ok?", 0.5)])
    def test_but_not_an_unlikely_one_nor_one_that_nothing_was_said_for(self, config: Settings, bench: Bench, shortlist, question: str, likely: float):
        bench.answers["calculate_physics"] = lambda **args: ToolResult(tool="calculate_physics", summary="At least 5.867 mm/s.")
        bench.patch()
        shortlist(detect_anomaly=0.9, calculate_physics=likely)
        answer = turn(config, tool_call_message(("detect_anomaly", {"settings": "200 A, 22 V"})), question=question)
        assert answer.status == "clarify" and not bench.asked
