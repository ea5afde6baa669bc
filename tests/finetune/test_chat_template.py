"""What is learnt is what vLLM holds a model to, whatever the family; a template that leaves something out is refused with one sentence."""

from typing import Any

import pytest
from transformers import AutoTokenizer

from finetune.chat_template import rendered
from finetune.records import DataError
from tests.finetune import family_templates
from tests.finetune.tiny_llm import tiny_llm

TOOLS = [{"type": "function", "function": {"name": name, "description": "…"}} for name in ("predict_heat_input", "small_talk")]
TOLD = ({"role": "system", "content": "Route."}, {"role": "user", "content": "240 A 적층"})
HEAT = {"type": "function", "function": {"name": "predict_heat_input", "arguments": {"settings": '240 A, "적층"'}}}
TALK = {"type": "function", "function": {"name": "small_talk", "arguments": {}}}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return AutoTokenizer.from_pretrained(tiny_llm(tmp_path_factory.mktemp("llm"), ["is it sound"]))


def reply(tokenizer: Any, template: str, *calls: object, content: str = "") -> tuple[str, str]:
    tokenizer.chat_template = template
    last = {"role": "assistant", "content": content} | ({"tool_calls": list(calls)} if calls else {})
    return rendered([*TOLD, last], TOOLS, tokenizer)


@pytest.mark.parametrize("template", [family_templates.QWEN25, family_templates.QWEN3])
def test_qwen_writes_calls_as_the_grammar_of_hermes_has_them(tokenizer: Any, template: str) -> None:
    heat = '<tool_call>\n{"name": "predict_heat_input", "arguments": {"settings": "240 A, \\"적층\\""}}\n</tool_call>'
    assert reply(tokenizer, template, HEAT)[1] == heat + "</s>"
    assert reply(tokenizer, template, HEAT, TALK)[1] == heat + '<tool_call>\n{"name": "small_talk", "arguments": {}}\n</tool_call></s>'
    assert reply(tokenizer, template, TALK, HEAT, content="So:")[1] == (
        'So:\n<tool_call>\n{"name": "small_talk", "arguments": {}}\n</tool_call>' + heat + "</s>"
    )


def test_llama_writes_several_calls_as_its_parser_reads_them_though_its_template_takes_one(tokenizer: Any) -> None:
    assert reply(tokenizer, family_templates.LLAMA3, HEAT, TALK)[1] == (
        '{"name": "predict_heat_input", "parameters": {"settings": "240 A, \\"적층\\""}}; {"name": "small_talk", "parameters": {}}</s>'
    )


@pytest.mark.parametrize("template", [family_templates.QWEN25, family_templates.QWEN3, family_templates.LLAMA3])
def test_an_answer_is_learnt_up_to_its_end(tokenizer: Any, template: str) -> None:
    prompt, written = reply(tokenizer, template, content="Heat input is 656 J/mm [T1].")
    assert written == "Heat input is 656 J/mm [T1].</s>" and prompt.endswith(("assistant\n", "</think>\n\n", "assistant\n\n"))


def test_a_model_that_would_think_is_told_not_to_and_does_not_learn_to(tokenizer: Any) -> None:
    prompt, written = reply(tokenizer, family_templates.QWEN3, HEAT)
    assert prompt.endswith("<s>assistant\n<think>\n\n</think>\n\n") and "think" not in written


def test_a_template_without_tools_is_refused_though_the_question_names_one(tokenizer: Any) -> None:
    with pytest.raises(DataError, match=r"does not tell the model of its tool predict_heat_input; choose a base model"):
        reply(tokenizer, family_templates.GEMMA3, HEAT)
    named = [{"role": "user", "content": "predict_heat_input or small_talk?"}, {"role": "assistant", "content": "yes"}]
    with pytest.raises(DataError, match="does not tell the model of its tool"):
        rendered(named, TOOLS, tokenizer)


@pytest.mark.parametrize(
    "template",
    [
        family_templates.QWEN3_CODER,
        family_templates.QWEN25.replace("call.function.arguments", "{}"),
        family_templates.QWEN25.replace("+ call.function.name +", "+"),
        family_templates.QWEN25.replace("<tool_call>", "<call>"),
        family_templates.LLAMA3.replace("parameters", "arguments"),
    ],
)
def test_calls_that_the_server_would_not_read_are_refused(tokenizer: Any, template: str) -> None:
    with pytest.raises(DataError, match="does not write a call of predict_heat_input as the server will read it; choose a base model"):
        reply(tokenizer, template, HEAT)


def test_a_reply_of_which_something_is_left_out_is_refused(tokenizer: Any) -> None:
    with pytest.raises(DataError, match="leaves out what a reply says: “So it is"):
        reply(tokenizer, family_templates.QWEN25.replace("m.content + '</s>", "m.content[:2] + '</s>"), content="So it is.")


def test_what_the_template_itself_refuses_is_one_sentence(tokenizer: Any) -> None:
    tokenizer.chat_template = family_templates.LLAMA3
    before = [TOLD[1], {"role": "assistant", "content": "", "tool_calls": [HEAT, TALK]}]
    with pytest.raises(DataError, match=r"cannot write a conversation \(This model only supports single tool-calls at once!\); choose"):
        rendered([*before, *TOLD[1:], {"role": "assistant", "content": "yes"}], TOOLS, tokenizer)
    tokenizer.chat_template = None
    with pytest.raises(DataError, match=r"cannot write a conversation \(Cannot use chat template functions"):
        rendered([*TOLD, {"role": "assistant", "content": "yes"}], (), tokenizer)
