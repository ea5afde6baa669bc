"""What a request of OpenAI's form says, and what is refused in it."""

from typing import Any

import pytest

from agent.server import openai_api
from agent.server.refusals import Refused
from tests.agent.fakes import answered, call, verdict

ASK = {"model": "waam", "messages": [{"role": "user", "content": "why?"}]}


def refusal(**changes: Any) -> Refused:
    with pytest.raises(Refused) as raised:
        openai_api.read(ASK | changes)
    assert str(raised.value).count("\n") == 0 and str(raised.value).endswith(".")
    return raised.value


def test_the_last_message_is_the_question_and_the_rest_is_what_came_before():
    lines = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "188 A"}, {"type": "text", "text": "and 21 V?"}]},
        {"role": "assistant", "content": None},
        {"role": "user", "content": "and at 200 A?"},
    ]
    found = openai_api.read(ASK | {"messages": lines, "stream": True, "stream_options": {"include_usage": True}})
    assert found.question == "and at 200 A?" and found.stream and found.include_usage
    assert found.history == ({"role": "user", "content": "188 A and 21 V?"}, {"role": "assistant", "content": ""})


def test_what_does_not_change_the_reply_is_ignored():
    usual = {"temperature": 0.3, "top_p": 1, "max_tokens": 10, "stop": ["x"], "seed": 1, "user": "a", "metadata": {}, "chat_id": "7", "tools": []}
    none = {"n": None, "stream": None, "stream_options": None, "response_format": {"type": "text"}}
    assert openai_api.read(ASK | usual | none) == openai_api.read(ASK)
    assert openai_api.read(ASK | {"tools": [{"type": "function"}], "tool_choice": "none"}) == openai_api.read(ASK)


@pytest.mark.parametrize(
    "changes",
    [{"n": 2}, {"tools": [{"type": "function"}]}, {"functions": [{}]}, {"response_format": {"type": "json_object"}}, {"logprobs": True},
     {"modalities": ["audio"]}],
)  # fmt: skip
def test_what_would_change_the_reply_is_refused_by_name(changes: dict[str, Any]):
    refused = refusal(**changes)
    assert refused.status == 400 and refused.code == "unsupported_parameter" and next(iter(changes)) in str(refused)


def test_another_model_is_not_found():
    refused = refusal(model="gpt-4o")
    assert (refused.status, refused.code) == (404, "model_not_found") and "waam" in str(refused)


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "must be the user's"),
        ([{"role": "assistant", "content": "x"}], "must be the user's"),
        ([{"role": "tool", "content": "x"}, *ASK["messages"]], "'tool'"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}], "Only text"),
        ([{"role": "user", "content": [{"type": "text", "text": 5}]}], "Only text"),
        ([{"role": "user", "content": 5}], "messages.0.content"),
        ("why?", "messages"),
        ([{"content": "x"}], "messages.0.role"),
    ],
)
def test_messages_that_cannot_be_read_are_refused_in_one_sentence(messages: Any, words: str):
    assert words in str(refusal(messages=messages))


@pytest.mark.parametrize("body", [None, [], "x", 5, {}])
def test_a_body_that_is_no_request(body: Any):
    with pytest.raises(Refused, match="cannot be read"):
        openai_api.read(body)


def test_a_reply_holds_the_answer_and_its_evidence():
    answer = answered("It is normal [T1].", call(verdict()), usage={"prompt_tokens": 30, "completion_tokens": 12})
    reply = openai_api.Reply().whole(answer)
    assert reply["choices"][0]["message"]["content"] == "It is normal [T1]." and reply["choices"][0]["finish_reason"] == "stop"
    assert reply["usage"] == {"prompt_tokens": 30, "completion_tokens": 12, "total_tokens": 42}
    assert reply["waam"]["tool_calls"][0]["result"]["tool"] == "detect_anomaly"


def test_the_checked_answer_is_the_only_content_of_a_stream():
    reply = openai_api.Reply()
    chunks = [reply.opening(), reply.event("draft", "It may be"), *reply.closing(answered("It is."), include_usage=True)]
    assert "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"]) == "It is."
    assert len({chunk["id"] for chunk in chunks}) == 1 and chunks[-1]["choices"] == [] and chunks[-1]["usage"]["total_tokens"] == 0
    assert chunks[1]["waam"] == {"event": "draft", "text": "It may be"} and chunks[-2]["waam"]["status"] == "answered"
