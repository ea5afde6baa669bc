"""What messages say, and an answer as OpenAI's own client reads it."""

from typing import Any

import pytest
from openai.types.chat import ChatCompletion

from agent.errors import BadInput
from agent.openai_form import ONLY_TEXT, Said, completion, said
from tests.agent.fakes import answered, call, verdict

ASK = {"role": "user", "content": "why?"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}


def test_the_last_message_is_the_question_and_the_rest_is_what_came_before():
    lines = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "188 A"}, {"type": "input_text", "text": "and 21 V?"}]},
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "user", "content": "and at 200 A?"},
    ]
    before = ({"role": "user", "content": "188 A and 21 V?"}, {"role": "assistant", "content": ""})
    assert said(lines) == Said("and at 200 A?", before)


@pytest.mark.parametrize(
    ("part", "shown"),
    [(IMAGE, "[image_url]"), ({"type": "input_audio", "input_audio": {}}, "[input_audio]"), ({"type": "text", "text": 5}, "[text]"), ({}, "[None]")],
)
def test_what_is_no_text_is_refused_and_shown_by_its_kind(part: dict[str, Any], shown: str):
    lines = [{"role": "user", "content": [{"type": "text", "text": "Is this humping?"}, part]}]
    assert said(lines) == Said(f"Is this humping? {shown}", refusal=ONLY_TEXT)
    assert said([*lines, {"role": "assistant", "content": "I cannot see it."}, ASK]).refusal == ONLY_TEXT, "before the question too"


def test_what_the_user_said_before_has_a_limit():
    lines = [{"role": "user", "content": "a" * 1000}, {"role": "assistant", "content": "b" * 5000}, ASK]
    assert len(said(lines, most=1000).history) == 2, "the limit itself, and a longer answer"
    with pytest.raises(BadInput, match=r"has 1,000 characters and the limit is 999; shorten it or leave it out\.$"):
        said(lines, most=999)
    assert said([{"role": "user", "content": "a" * 1000}], most=999).question, "the question's own limit is the guard's"


def test_another_role_is_refused_by_its_name():
    found = said([{"role": "tool", "content": "x"}, ASK])
    assert found.refusal and "'tool'" in found.refusal and found.question == "why?"


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "must be the user's"),
        ([{"role": "system", "content": "x"}], "must be the user's"),
        ([ASK, {"role": "assistant", "content": "x"}], "must be the user's"),
        ([{"role": "user", "content": 5}], "it.0.content"),
        ([{"content": "x"}], "it.0.role cannot be read"),
        ("why?", "it cannot be read"),
        (None, "it cannot be read"),
    ],
)
def test_what_is_no_conversation_is_one_sentence(messages: Any, words: str):
    with pytest.raises(BadInput) as raised:
        said(messages, "it")
    assert words in str(raised.value) and str(raised.value).endswith(".") and "\n" not in str(raised.value)


def test_an_answer_is_a_completion_with_its_evidence():
    answer = answered("It is normal [T1].", call(verdict()), usage={"prompt_tokens": 30, "completion_tokens": 12}).model_dump(mode="json")
    body = completion(answer, "chatcmpl-7", 1_700_000_000)
    read = ChatCompletion.model_validate(body, strict=True)
    assert (read.id, read.created, read.model) == ("chatcmpl-7", 1_700_000_000, "waam")
    assert read.choices[0].message.content == "It is normal [T1]." and read.choices[0].finish_reason == "stop"
    assert read.usage and (read.usage.prompt_tokens, read.usage.completion_tokens, read.usage.total_tokens) == (30, 12, 42)
    assert body["waam"] == answer


def test_an_answer_without_a_model_has_no_tokens():
    assert completion(answered().model_dump(mode="json"), "x", 1)["usage"]["total_tokens"] == 0
