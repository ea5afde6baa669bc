"""The judge model: what it is told, and that nothing it does ends a run."""

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import openai
import pytest

from agent.errors import BadInput
from agent.evaluation.judge import PATIENCE, Judge, Judged, Judgement, judge_of
from agent.evaluation.rubric import RESPECTS
from agent.llm import ScriptedModel, tool_call_message
from agent.model.adapter import served_name
from agent.settings import Settings
from tests.agent.fakes import CAUSE, QUESTION, answered, call, citation, found, heat, passage, verdict

ANSWER = answered(
    "The bead is normal [T1]. Humping appears above a critical speed [K1].\n\nNote: A demo model answered.",
    call(verdict()), call(found(passage(id="K1", caveat="from an unreviewed source")), "T2"),
    citations=[citation()], status="degraded", model={"llm": "secret-writer", "adapter": "secret-adapter"},
)  # fmt: skip
SCORES = dict(zip(RESPECTS, (5, 4, 3, 2, 1), strict=True))
OPINIONS = {name: {"reason": f"because of {name}", "score": number} for name, number in SCORES.items()}


def judged(*replies: Any, history: Any = ()) -> tuple[Judged, str]:
    """What came of it, and the prompt."""
    model = ScriptedModel(replies=list(replies))
    outcome = Judge(model, "fake")(QUESTION, list(history), ANSWER)
    assert outcome is not None
    return outcome, "\n".join(str(message.content) for message in model.seen[0])


def test_the_respects_are_the_rubrics():
    assert list(Judgement.model_fields) == list(RESPECTS)


class TestWhatItIsTold:
    def test_the_question_the_evidence_and_the_answer_with_its_notes(self):
        prompt = judged("")[1]
        assert f"<question>\n{QUESTION}\n</question>" in prompt
        assert f"[T1] {verdict().summary}\n[K1] {CAUSE}\nWarning: A demo model answered.\nWarning: [K1] is from an unreviewed source." in prompt
        assert f"<answer>\n{ANSWER.answer}\n</answer>" in prompt

    def test_what_each_respect_means_and_that_the_reason_comes_first(self):
        prompt = judged("")[1]
        for name in RESPECTS:
            assert re.search(rf"^- {name}: .*1: .*3: .*5: ", prompt, re.MULTILINE)
        for opinion in Judgement.model_json_schema()["$defs"].values():
            assert list(opinion["properties"]) == ["reason", "score"]

    def test_what_the_user_asked_before(self):
        lines = [{"role": "user", "content": "188 A, 21.4 V?"}, {"role": "assistant", "content": "Which travel speed?"}]
        prompt = judged("", history=lines)[1]
        assert f"<question>\n188 A, 21.4 V?\n{QUESTION}\n</question>" in prompt and "Which travel speed?" not in prompt

    def test_but_not_who_wrote_it(self):
        degraded = f"{ANSWER.answer.split(chr(10))[0]}\n\n(No model. This is a plain list of results; the model was expected at http://here/v1.)"
        model = ScriptedModel(replies=["", ""])
        for answer in (ANSWER, ANSWER.model_copy(update={"answer": degraded})):
            Judge(model, "fake")(QUESTION, [], answer)
        shown = "\n".join(str(message.content) for prompt in model.seen for message in prompt)
        assert "secret" not in shown and "http://here" not in shown and "degraded" not in shown


class TestWhatComesOfIt:
    @pytest.mark.parametrize(
        "reply",
        [
            tool_call_message(("Judgement", OPINIONS)),
            json.dumps(OPINIONS),
            f"Here you are:\n```json\n{json.dumps(OPINIONS)}\n```\nGood day!",
        ],
        ids=["as a call", "as text", "between words"],
    )
    def test_scores_with_reasons_and_their_mean(self, reply: Any):
        outcome, _ = judged(reply)
        assert outcome.scores is not None and outcome.mean == 3 and outcome.reason == ""
        assert {name: each.score for name, each in outcome.scores.items()} == SCORES
        assert outcome.scores["cited"].reason == "because of cited"

    @pytest.mark.parametrize(
        "reply",
        ["", "I think it is rather good.", "{", "{}", "[5, 5, 5, 5, 5]", "{" * 5000 + "}",
         json.dumps(OPINIONS | {"cited": {"reason": "x", "score": 6}}),
         json.dumps({k: v for k, v in OPINIONS.items() if k != "cited"}), tool_call_message(("Judgement", {"complete": 5}))],
    )  # fmt: skip
    def test_babble_is_no_score(self, reply: Any):
        outcome, _ = judged(reply)
        assert outcome == Judged(reason="The judge's reply is not five scores from 1 to 5, each with its reason.")

    @pytest.mark.parametrize("error", [TimeoutError(), openai.APITimeoutError(request=None)])  # type: ignore[arg-type]
    def test_a_slow_judge_is_no_score(self, error: Exception):
        assert judged(error)[0] == Judged(reason="The judge took too long; see WAAM_JUDGE__TIMEOUT_S.")

    @pytest.mark.parametrize("error", [openai.APIConnectionError(request=None), ValueError("what?\nhow?"), KeyError("choices")])  # type: ignore[arg-type]
    def test_nor_is_one_that_fails_in_any_way(self, error: Exception):
        outcome, _ = judged(error)
        assert outcome.scores is None and outcome.reason.startswith(f"The judge fake did not answer ({type(error).__name__}: ")
        assert "WAAM_JUDGE__MODEL" in outcome.reason and "\n" not in outcome.reason

    def test_a_dead_judge_is_not_asked_for_every_case(self):
        model = ScriptedModel(replies=[TimeoutError()] * PATIENCE)
        outcomes = [Judge.__call__(judge, QUESTION, [], ANSWER) for judge in [Judge(model, "fake")] * (PATIENCE + 2)]
        assert len(model.seen) == PATIENCE and all(each and each.scores is None for each in outcomes)
        assert outcomes[-1] and "was not asked" in outcomes[-1].reason

    def test_one_that_comes_back_is(self):
        model = ScriptedModel(replies=[*[TimeoutError()] * (PATIENCE - 1), "babble", TimeoutError(), json.dumps(OPINIONS)])
        judge = Judge(model, "fake")
        assert [bool((each := judge(QUESTION, [], ANSWER)) and each.scores) for _ in range(PATIENCE + 2)] == [False] * (PATIENCE + 1) + [True]

    def test_what_explains_nothing_is_not_judged(self):
        model = ScriptedModel(replies=[])
        assert Judge(model, "fake")("hello", [], answered("Hello.")) is None and model.seen == []
        assert Judge(model, "fake")("q", [], answered("Which speed?", call(heat()), status="clarify")) is None


@pytest.fixture
def server() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An OpenAI-compatible server on this machine that judges, and the requests that it got."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))) | {"key": self.headers["Authorization"]})
            choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": json.dumps(OPINIONS)}}
            reply = json.dumps({"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}/v1", asked
        http.shutdown()


class TestSettings:
    def test_there_is_none_unless_it_is_named(self, config: Settings):
        with pytest.raises(BadInput, match=r"^No judge model is set; name one with WAAM_JUDGE__MODEL"):
            judge_of(config)

    def test_any_server_with_the_usual_interface(self, config: Settings, server: tuple[str, list[dict[str, Any]]]):
        url, asked = server
        config.judge.model, config.judge.base_url, config.llm.api_key = "judge-7b", url, "of the other server"
        outcome = judge_of(config)(QUESTION, [], ANSWER)
        assert outcome is not None and outcome.mean == 3
        (request,) = asked
        assert (request["model"], request["temperature"]) == ("judge-7b", 0)
        assert request["response_format"]["type"] == "json_schema"
        assert list(request["response_format"]["json_schema"]["schema"]["properties"]) == list(RESPECTS)
        assert "of the other server" not in request["key"], "a key goes to its own server only"

    def test_the_judged_model_only_if_it_is_named(self, config: Settings):
        config.judge.model = "qwen3-8b"
        assert judge_of(config).own is False
        for name in (config.llm.model, served_name(config)):
            config.judge.model = name
            judge = judge_of(config)
            assert judge.own is True and judge.model.model_name == served_name(config)
        config.judge.base_url = "http://10.0.0.1/v1"
        assert judge_of(config).own is False, "another server's"

    def test_the_base_of_the_judged_ones_adapter_is_the_judged_model_too(self, config: Settings):
        config.llm.adapter, config.judge.model = "adapters/mine", config.llm.model
        judge = judge_of(config)
        assert judge.own is True and judge.model.model_name == f"{config.llm.model}@none", "which is what the local server calls it"
