"""A line of either form says what it answers and holds the whole answer."""

import json

import pytest
from openai.types.chat import ChatCompletion

from agent.batch import lines
from agent.batch.items import Item
from agent.state import Answer
from tests.agent.fakes import answered, call, verdict

ITEM = Item("a", "Is it normal?", ({"role": "user", "content": "188 A"},))
ANSWER = answered("It is normal [T1].", call(verdict()), usage={"prompt_tokens": 7, "completion_tokens": 3}, model={"llm": "m", "adapter": None})


@pytest.mark.parametrize("form", ["waam", "openai"])
@pytest.mark.parametrize("answer", [ANSWER, Answer(status="error", answer="It broke."), Answer(status="refused", answer="10 kV is too much.")])
def test_what_is_written_is_read(form: lines.Form, answer: Answer):
    raw = lines.written(lines.made(ITEM, answer, form))
    line = lines.read(raw)
    assert raw.startswith(lines.START) and raw.endswith(b"\n") and raw.count(b"\n") == 1
    assert (line.key, line.id, line.form, line.status) == (ITEM.key, "a", form, answer.status)
    assert Answer.model_validate(line.answer) == answer


def test_openai_form_is_what_its_client_reads():
    row = json.loads(lines.written(lines.made(ITEM, ANSWER, "openai")))
    assert (row["custom_id"], row["error"], row["response"]["status_code"]) == ("a", None, 200)
    assert ChatCompletion.model_validate(row["response"]["body"]).choices[0].message.content == "It is normal [T1]."


def test_openai_form_of_what_went_wrong():
    refused = json.loads(lines.written(lines.made(ITEM, Answer(status="refused", answer="No."), "openai")))
    assert refused["response"]["status_code"] == 400 and refused["response"]["body"]["error"]["message"] == "No." and refused["error"] is None
    broken = json.loads(lines.written(lines.made(ITEM, Answer(status="error", answer="Oh."), "openai")))
    assert broken["response"] is None and broken["error"]["message"] == "Oh."


@pytest.mark.parametrize("text", ["half \ud800 pair", "a\u2028b\x85c", "a\nb"])
def test_any_text_is_one_line_of_utf_8(text: str):
    item = Item("a", text)
    raw = lines.written(lines.made(item, answered(text), "waam"))
    assert len(raw.decode().splitlines()) == 1 and lines.read(raw).key == item.key and lines.read(raw).answer["answer"] == text


def test_a_question_back_without_the_model_is_asked_again():
    asked = lines.made(ITEM, answered("Which current?", status="clarify", model={"llm": None, "adapter": None}), "waam")
    assert asked.again and asked.without_model
    assert not lines.made(ITEM, answered("Which current?", status="clarify", model={"llm": "m"}), "waam").again


def test_a_refusal_stays_one_without_the_model_too():
    assert not lines.made(ITEM, Answer(status="refused", answer="10 kV is too much.", model={"llm": None}), "waam").again
