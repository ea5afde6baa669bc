"""A chat in the words of a model's own chat template: the prompt as a server will give it, and the reply that is to be learnt.

A template that leaves out tools or calls trains a model wrongly without a word, so everything is looked for in what it wrote.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError

from finetune.records import DataError

SWITCHES = {"enable_thinking": False}  # as agent/model/families.yaml has it for the server; templates that do not know it take no notice
ADVICE = "choose a base model of the families Qwen 2.5, Qwen 3 or Llama 3"


@dataclass(frozen=True)
class CallForm:
    """What a parser of vLLM's holds a call to where one is required: these words around its name and its arguments.

    `marks` are words that may be tokens of their own; `joint` stands between two calls.
    """

    before: str
    between: str
    after: str
    joint: str = ""
    marks: tuple[str, ...] = ()

    def holds(self, text: str, name: str, arguments: Mapping[str, Any]) -> bool:
        """Whether `text` ends with this call."""
        _, found, rest = text.partition(self.before + name + self.between)
        try:
            return bool(found) and rest.endswith(self.after) and json.loads(rest.removesuffix(self.after)) == arguments
        except json.JSONDecodeError:
            return False


MARKS = ("<tool_call>", "</tool_call>")
FORMS = (  # vllm/tool_parsers/structural_tag_registry.py for hermes, xgrammar's builtin_structural_tag.py for llama3_json
    CallForm('<tool_call>\n{"name": "', '", "arguments": ', "}\n</tool_call>", marks=MARKS),
    CallForm('<tool_call>{"name": "', '", "arguments": ', "}</tool_call>", marks=MARKS),
    CallForm('{"name": "', '", "parameters": ', "}", joint="; "),
)


def rendered(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], tokenizer: Any) -> tuple[str, str]:
    """The prompt, and the reply up to the token at which a server stops. Raises DataError where the template leaves something out.

    Calls are written one by one and joined as vLLM holds a model to them: Qwen's templates put a line break between two, which its grammar
    forbids, and those of Llama 3 refuse a second call, which its parser reads.
    """
    told, last = list(messages[:-1]), messages[-1]
    prompt = _written(told, tools, tokenizer, add_generation_prompt=True)
    if hidden := [name for name in _names(tools) if prompt.count(name) <= sum(str(message["content"]).count(name) for message in told)]:
        raise DataError(f"This model's chat template does not tell the model of its tool {hidden[0]}; {ADVICE}.")
    parts = []
    for message in _one_by_one(last):
        whole = _written([*told, message], tools, tokenizer)
        if not whole.startswith(prompt):
            raise DataError("This model's chat template changes what was said before when it is answered; it cannot be trained here.")
        parts.append(_up_to(whole[len(prompt) :], tokenizer.eos_token))
    if str(last["content"]).strip() not in parts[0]:
        raise DataError(f"This model's chat template leaves out what a reply says: “{str(last['content'])[:80]}…”; {ADVICE}.")
    return prompt, _joint(parts, last.get("tool_calls") or ()).join(parts) + tokenizer.eos_token


def _joint(parts: Sequence[str], calls: Sequence[Mapping[str, Any]]) -> str:
    """What stands between these calls, each written in one of `parts`."""
    called = [(each["function"]["name"], each["function"]["arguments"]) for each in calls]
    for form in FORMS:
        if all(form.holds(part, name, arguments) for part, (name, arguments) in zip(parts, called, strict=False)):
            return form.joint
    raise DataError(f"This model's chat template does not write a call of {called[0][0]} as the server will read it; {ADVICE}.")


def _one_by_one(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The message with the first of its calls, and the others alone."""
    calls = message.get("tool_calls") or ()
    if not calls:
        yield message
    for number, call in enumerate(calls):
        yield {**message, "content": "" if number else message["content"], "tool_calls": [call]}


def _written(messages: list[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], tokenizer: Any, **how: Any) -> str:
    try:
        return str(tokenizer.apply_chat_template(messages, tools=list(tools) or None, tokenize=False, **how, **SWITCHES))
    except (TemplateError, ValueError) as error:  # ValueError: there is no template
        raise DataError(f"This model's chat template cannot write a conversation ({str(error).split('. ')[0]}); {ADVICE}.") from None


def _names(tools: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(tool["function"]["name"]) for tool in tools]


def _up_to(reply: str, end: str) -> str:
    return reply[: reply.index(end)] if end in reply else reply.rstrip()
