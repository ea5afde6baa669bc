"""Which tools a question needs: the model chooses among what the shortlist leaves open."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import openai
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from agent.errors import WaamError
from agent.llm import ScriptedModel, chat_model, tool_call_message
from agent.route import NO_TOOL, examples, messages, offered, plan, plan_without_model, schema
from agent.settings import Settings
from agent.shortlist import SURE, UNLIKELY
from agent.state import Message
from tests.agent.fakes import QUESTION
from tools.registry import TOOLS

EARLIER = [Message(role="user", content=QUESTION), Message(role="assistant", content="It is normal [T1].")]


class Offered(ScriptedModel):
    """Remembers the schemas it was bound to; every choice must be a required one."""

    schemas: list[dict] = []  # noqa: RUF012 (a pydantic field)

    def bind_tools(self, tools, **kwargs):
        assert kwargs == {"tool_choice": "required"}
        self.schemas = list(tools)
        return self

    @property
    def tools(self) -> list[str]:
        return [tool["function"]["name"] for tool in self.schemas]


def model(*calls: tuple[str, dict]) -> Offered:
    return Offered(replies=[tool_call_message(*calls)])


class TestPlan:
    def test_the_models_calls_with_what_it_copied(self, shortlist):
        planned, _ = plan(QUESTION, [], model(("detect_anomaly", {"settings": "188 A, 21.4 V"})))
        assert [(c.name, c.argument) for c in planned] == [("detect_anomaly", "188 A, 21.4 V")]

    @pytest.mark.parametrize("trained", [False, True])
    def test_without_a_shortlist_and_once_trained_everything_is_offered_in_the_order_that_was_learnt(self, shortlist, trained: bool):
        if trained:
            shortlist(detect_anomaly=0.9, off_topic=0.0)
        chosen = model(("detect_anomaly", {}))
        plan(QUESTION, [], chosen, trained=trained)
        assert chosen.schemas == offered() and chosen.tools == [*TOOLS, *NO_TOOL]

    def test_what_is_offered_is_the_tools_schema(self, shortlist):
        shortlist(search_knowledge=0.6, detect_anomaly=0.6)
        chosen = model(("detect_anomaly", {}))
        plan(QUESTION, [], chosen)
        assert chosen.schemas == [schema("detect_anomaly"), schema("search_knowledge")]

    def test_what_the_shortlist_rules_out_is_not_offered_nor_taken(self, shortlist):
        shortlist(detect_anomaly=0.6, search_knowledge=UNLIKELY, off_topic=0.01)
        chosen = model(("detect_anomaly", {}), ("search_knowledge", {"query": "humping"}), ("off_topic", {}))
        planned, _ = plan(QUESTION, [], chosen)
        assert [c.name for c in planned] == ["detect_anomaly"]
        assert "search_knowledge" not in chosen.tools and "off_topic" not in chosen.tools

    def test_what_the_shortlist_is_sure_of_is_added(self, shortlist):
        shortlist(search_knowledge=SURE, detect_anomaly=SURE - 0.01, predict_heat_input=SURE - 0.01)
        planned, _ = plan("Why humping?", [], model(("detect_anomaly", {"settings": "x"})))
        assert [(c.name, c.argument) for c in planned] == [("detect_anomaly", "x"), ("search_knowledge", "Why humping?")]

    def test_a_tool_that_the_shortlist_never_learnt_is_not_offered(self, shortlist):
        shortlist(detect_anomaly=0.3, search_knowledge=0.3, off_topic=0.0)
        chosen = model(("calculate_physics", {"settings": "188 A"}), ("detect_anomaly", {}))
        planned, _ = plan(QUESTION, [], chosen)
        assert chosen.tools == ["detect_anomaly", "search_knowledge"] and [c.name for c in planned] == ["detect_anomaly"]
        shortlist(detect_anomaly=0.0, off_topic=0.0)
        chosen = model(("detect_anomaly", {}))
        assert plan(QUESTION, [], chosen)[0] and chosen.tools == ["detect_anomaly", "off_topic"], "nor where it rules out all it knows"

    def test_a_shortlist_that_rules_out_everything_is_not_believed(self, shortlist):
        shortlist(**dict.fromkeys([*TOOLS, *NO_TOOL], 0.0))
        chosen = model(("detect_anomaly", {}))
        assert plan(QUESTION, [], chosen)[0] and chosen.tools == [*TOOLS, *NO_TOOL]

    def test_invented_names_are_ignored(self, shortlist):
        assert plan(QUESTION, [], model(("make_coffee", {"cups": 2}), ("detect_anomaly", {})))[0][0].name == "detect_anomaly"
        assert plan(QUESTION, [], model(("make_coffee", {})))[0] == []

    def test_each_tool_is_called_once(self, shortlist):
        planned, _ = plan(QUESTION, [], model(("detect_anomaly", {"settings": "1 A"}), ("detect_anomaly", {"settings": "2 A"})))
        assert [c.name for c in planned] == ["detect_anomaly"]

    def test_small_talk_beside_a_tool_is_dropped(self, shortlist):
        assert [c.name for c in plan("Hi! " + QUESTION, [], model(("small_talk", {}), ("detect_anomaly", {})))[0]] == ["detect_anomaly"]

    def test_there_is_a_cap(self, shortlist):
        assert len(plan(QUESTION, [], model(*((name, {}) for name in TOOLS)), most=2)[0]) == 2

    @pytest.mark.parametrize(
        ("args", "argument"),
        [
            ({"settings": ["188 A", {"voltage": {"U": 21.4}}], "more": None}, "188 A, 21.4"),
            ({"settings": {"current": "188 A", "speeds": ["48 cm/min", 8]}}, "188 A, 48 cm/min, 8"),
            ({"settings": None}, ""),
            ({}, ""),
        ],
    )
    def test_arguments_are_taken_however_deep_they_lie(self, shortlist, args: dict[str, Any], argument: str):
        assert plan(QUESTION, [], model(("detect_anomaly", args)))[0][0].argument == argument

    def test_a_reply_without_calls_plans_nothing(self, shortlist):
        assert plan(QUESTION, [], ScriptedModel(replies=["I would call detect_anomaly."]))[0] == []

    def test_tokens_are_counted(self, shortlist):
        reply = tool_call_message(("detect_anomaly", {}))
        reply.usage_metadata = {"input_tokens": 11, "output_tokens": 5, "total_tokens": 16}
        assert plan(QUESTION, [], ScriptedModel(replies=[reply]))[1] == {"prompt_tokens": 11, "completion_tokens": 5}

    def test_a_short_follow_up_is_judged_with_the_question_before_it(self, monkeypatch):
        asked = []
        monkeypatch.setattr("agent.route.probabilities", lambda text: asked.append(text) or {})
        plan("same at 240 A", EARLIER, model(("detect_anomaly", {})))
        plan("Would a bead with 240 A and everything else equal be normal?", EARLIER, model(("detect_anomaly", {})))
        assert asked == [f"{QUESTION} same at 240 A", "Would a bead with 240 A and everything else equal be normal?"]

    def test_a_text_that_was_asked_for_is_judged_with_the_question_before_it(self, monkeypatch):
        asked = []
        monkeypatch.setattr("agent.route.probabilities", lambda text: asked.append(text) or {})
        question_back = "What is the note, in quotation marks or after `note:`?"
        before = [Message(role="user", content="Read my note"), Message(role="assistant", content=question_back)]
        note = "Spatter all over the plate, nozzle full again, wire fine"
        plan(note, before, model(("analyze_note", {})))
        assert asked == [f"Read my note {note}"]

    def test_a_long_quotation_is_judged_by_its_beginning(self, monkeypatch):
        asked = []
        monkeypatch.setattr("agent.route.probabilities", lambda text: asked.append(text) or {})
        plan(f'What does the note "{"spatter " * 40}" say?', [], model(("analyze_note", {})))
        assert asked == [f'What does the note "{"spatter " * 12}…" say?']


@pytest.fixture
def served(config: Settings) -> Iterator[Callable[..., BaseChatModel]]:
    """`served(arguments)`: the real client of a server on this machine that streams one call with these arguments, whatever they are."""
    reply: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in reply["chunks"]).encode() + b"data: [DONE]\n\n"
            self.send_response(reply["status"])
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
        config.llm.base_url = f"http://127.0.0.1:{http.server_port}/v1"

        def replying(arguments: Any, status: int = 200) -> BaseChatModel:
            call = {"index": 0, "id": "c", "type": "function", "function": {"name": "detect_anomaly", "arguments": arguments}}
            deltas = [({"role": "assistant", "content": None, "tool_calls": [call]}, None), ({}, "tool_calls")]
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
            told = [chunk | {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]} for delta, reason in deltas]
            usage = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}
            reply["chunks"] = [*told, chunk | {"choices": [], "usage": usage}]
            reply["status"] = status
            return chat_model(config)

        yield replying
        http.shutdown()


class TestOverTheWire:
    """What the client makes of replies, and what is planned from them."""

    @pytest.mark.parametrize(
        ("arguments", "argument"),
        [
            ('{"settings": "188 A, 21.4 V"}', "188 A, 21.4 V"),
            ('{"settings": {"current": "188 A", "voltage": 21.4}}', "188 A, 21.4"),
            ('{"settings": "188 A, 21.', "188 A, 21."),
            ("null", ""),
            (None, ""),
            ("5", ""),
            ('"188 A"', ""),
            ("[1]", ""),
        ],
        ids=["as asked for", "nested", "broken off", "null", "none", "a number", "a string", "a list"],
    )
    def test_a_tool_that_was_named_is_planned(self, shortlist, served: Callable[..., BaseChatModel], arguments: Any, argument: str):
        planned, used = plan(QUESTION, [], served(arguments))
        assert [(call.name, call.argument) for call in planned] == [("detect_anomaly", argument)]
        assert used == {"prompt_tokens": 11, "completion_tokens": 5}

    @pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # of the client's library, which goes on
    @pytest.mark.parametrize("arguments", [5, {"settings": "188 A"}, ["188 A"]], ids=repr)
    def test_a_call_that_cannot_be_read_is_no_plan(self, shortlist, served: Callable[..., BaseChatModel], arguments: Any):
        assert plan(QUESTION, [], served(arguments)) == ([], {})

    def test_a_server_that_fails_is_not_hidden(self, shortlist, served: Callable[..., BaseChatModel]):
        with pytest.raises(openai.NotFoundError):
            plan(QUESTION, [], served("{}", status=404))


class TestWithoutModel:
    def test_everything_as_likely_as_not(self, shortlist):
        shortlist(detect_anomaly=0.9, predict_heat_input=0.5, search_knowledge=0.49)
        assert [c.name for c in plan_without_model(QUESTION, [])] == ["detect_anomaly", "predict_heat_input"]

    def test_else_the_likeliest(self, shortlist):
        shortlist(detect_anomaly=0.2, search_knowledge=0.4)
        assert [(c.name, c.argument) for c in plan_without_model("Why?", [])] == [("search_knowledge", "Why?")]

    def test_a_tool_goes_before_small_talk(self, shortlist):
        shortlist(small_talk=0.9, detect_anomaly=0.6)
        assert [c.name for c in plan_without_model(QUESTION, [])] == ["detect_anomaly"]

    def test_small_talk_alone_stays(self, shortlist):
        shortlist(small_talk=0.9, detect_anomaly=0.1)
        assert [c.name for c in plan_without_model("Hi", [])] == ["small_talk"]

    def test_without_a_shortlist_it_says_how_to_build_one(self, shortlist):
        with pytest.raises(WaamError, match="waam models build"):
            plan_without_model("Why?", [])


class TestSchemas:
    @pytest.mark.parametrize("name", [*TOOLS, *NO_TOOL])
    def test_are_closed_and_described(self, name: str):
        function = schema(name)["function"]
        assert function["name"] == name and len(function["description"]) > 20
        assert function["parameters"]["additionalProperties"] is False
        assert function["parameters"]["required"] == list(function["parameters"]["properties"])

    def test_a_tool_of_whole_texts_lets_the_model_write_none(self):
        assert all(schema(name)["function"]["parameters"]["properties"] == {} for name in ("analyze_note", "grade_answer"))

    def test_a_search_takes_a_query_and_the_rest_settings(self):
        assert list(schema("search_knowledge")["function"]["parameters"]["properties"]) == ["query"]
        assert list(schema("detect_anomaly")["function"]["parameters"]["properties"]) == ["settings"]
        assert schema("off_topic")["function"]["parameters"]["properties"] == {}


class TestPrompt:
    def test_instructions_examples_conversation_question(self):
        shown = messages("same at 240 A", EARLIER, [*TOOLS, *NO_TOOL])
        assert isinstance(shown[0], SystemMessage)
        assert shown[-3:] == [HumanMessage(QUESTION), AIMessage("It is normal [T1]."), HumanMessage("same at 240 A")]
        assert len(shown) == 1 + 2 * len(examples()) + 3

    def test_examples_show_only_what_is_offered(self):
        shown = " ".join(str(m.content) for m in messages("x", [], ["detect_anomaly"]))
        assert "detect_anomaly" in shown and "search_knowledge" not in shown and "small_talk" not in shown

    def test_examples_name_only_tools_there_are(self):
        assert {name for example in examples() for name in example["calls"]} <= {*TOOLS, *NO_TOOL}
