"""The seam to the language model."""

import httpx
import openai
import pytest

from agent.errors import ModelUnavailable
from agent.llm import ScriptedModel, chat_model, tool_call_message, unavailable
from agent.model.adapter import served_name
from agent.settings import Settings


class TestScriptedModel:
    def test_replies_in_order_and_keeps_what_it_saw(self):
        model = ScriptedModel(replies=["one", tool_call_message(("detect_anomaly", {"settings": "188 A"}))])
        assert model.invoke("first").content == "one"
        assert model.invoke("second").tool_calls[0]["args"] == {"settings": "188 A"}
        assert [str(prompt[0].content) for prompt in model.seen] == ["first", "second"]

    def test_an_exception_is_raised(self):
        with pytest.raises(TimeoutError, match="slow"):
            ScriptedModel(replies=[TimeoutError("slow")]).invoke("x")

    def test_asked_too_often_it_says_so(self):
        with pytest.raises(AssertionError, match="no reply left"):
            ScriptedModel(replies=[]).invoke("x")

    def test_streams_lines_and_tool_calls_whole(self):
        assert [c.content for c in ScriptedModel(replies=["a\nb"]).stream("x") if c.content] == ["a\n", "b"]
        chunks = list(ScriptedModel(replies=[tool_call_message(("small_talk", {}))]).stream("x"))
        assert sum(chunks[1:], chunks[0]).tool_calls[0]["name"] == "small_talk"

    def test_two_models_do_not_share_what_they_saw(self):
        ScriptedModel(replies=["a"]).invoke("x")
        assert ScriptedModel(replies=[]).seen == []


class TestChatModel:
    def test_is_the_configured_one_and_contacts_nobody(self, config: Settings):
        model = chat_model(config)
        assert model.model_name == served_name(config) != config.llm.model and model.temperature == 0
        assert model.openai_api_base == "http://127.0.0.1:8427/v1"

    def test_an_adapter_is_asked_for_by_its_name(self, config: Settings):
        config.llm.adapter, config.llm.base_url = "waam", "http://10.0.0.1/v1"
        model = chat_model(config)
        assert model.model_name == "waam" and model.openai_api_base == "http://10.0.0.1/v1"


@pytest.mark.parametrize(
    "error",
    [openai.APIConnectionError(request=None), openai.APITimeoutError(request=None), httpx.ConnectError("no"), TimeoutError(), ModelUnavailable("no")],  # type: ignore[arg-type]
)
def test_no_answer_is_unavailable(error: Exception):
    assert isinstance(unavailable(error), ModelUnavailable)


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), AssertionError()])
def test_a_defect_is_not(error: Exception):
    assert unavailable(error) is None


def test_a_server_without_the_model_is_to_be_started_anew():
    """So it is where the adapter is another one than the server was started with."""
    reply = httpx.Response(404, request=httpx.Request("POST", "http://127.0.0.1/v1"))
    words = str(unavailable(openai.NotFoundError("no such model", response=reply, body=None)))
    assert "does not have this model with this adapter; start the local one anew with `waam down` and `waam up`" in words
