"""What a request of OpenAI's form says, and what is refused in it."""

from typing import Any

import pytest

from agent.server import openai_api
from agent.server.refusals import Refused
from tests.agent.fakes import answered

ASK = {"model": "waam", "messages": [{"role": "user", "content": "why?"}]}


def refusal(**changes: Any) -> Refused:
    with pytest.raises(Refused) as raised:
        openai_api.read(ASK | changes, 100)
    assert str(raised.value).count("\n") == 0 and str(raised.value).endswith(".")
    return raised.value


def test_what_a_request_says():
    lines = [{"role": "user", "content": "188 A?"}, {"role": "assistant", "content": "Which voltage?"}, {"role": "user", "content": "21 V"}]
    found = openai_api.read(ASK | {"messages": lines, "stream": True, "stream_options": {"include_usage": True}}, 100)
    assert (found.question, found.history) == ("21 V", tuple(lines[:2])) and found.stream and found.include_usage


def test_what_does_not_change_the_reply_is_ignored():
    usual = {"temperature": 0.3, "top_p": 1, "max_tokens": 10, "stop": ["x"], "seed": 1, "user": "a", "metadata": {}, "chat_id": "7", "tools": []}
    none = {"n": None, "stream": None, "stream_options": None, "response_format": {"type": "text"}}
    assert openai_api.read(ASK | usual | none, 100) == openai_api.read(ASK, 100)
    assert openai_api.read(ASK | {"tools": [{"type": "function"}], "tool_choice": "none"}, 100) == openai_api.read(ASK, 100)


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
    ("messages", "code", "words"),
    [
        ([], "invalid_request", "must be the user's"),
        ("why?", "invalid_request", "messages cannot be read"),
        ([{"content": "x"}], "invalid_request", "messages.0.role"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}], "unsupported_content", "Only text"),
        ([{"role": "tool", "content": "x"}, *ASK["messages"]], "unsupported_content", "'tool'"),
    ],
)
def test_messages_that_cannot_be_read_are_refused_in_one_sentence(messages: Any, code: str, words: str):
    refused = refusal(messages=messages)
    assert (refused.status, refused.code) == (400, code) and words in str(refused)


@pytest.mark.parametrize("body", [None, [], "x", 5, {}])
def test_a_body_that_is_no_request(body: Any):
    with pytest.raises(Refused, match="cannot be read"):
        openai_api.read(body, 100)


def test_an_earlier_message_longer_than_a_question_may_be_is_refused():
    lines = [{"role": "user", "content": "1" * 101}, {"role": "assistant", "content": "What?"}, {"role": "user", "content": "21 V"}]
    assert "has 101 characters and the limit is 100" in str(refusal(messages=lines))
    assert openai_api.read(ASK | {"messages": lines}, 101).question == "21 V"


def test_the_checked_answer_is_the_only_content_of_a_stream():
    reply = openai_api.Reply()
    chunks = [reply.opening(), reply.event("draft", "It may be"), *reply.closing(answered("It is."), include_usage=True)]
    assert "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"]) == "It is."
    assert len({chunk["id"] for chunk in chunks}) == 1 and chunks[-1]["choices"] == [] and chunks[-1]["usage"]["total_tokens"] == 0
    assert chunks[1]["waam"] == {"event": "draft", "text": "It may be"} and chunks[-2]["waam"]["status"] == "answered"
