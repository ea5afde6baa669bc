"""Which tools does this question need? The language model decides, among those the shortlist leaves open."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import ValidationError

from agent import asking, prompts
from agent.errors import WaamError
from agent.llm import spoken, token_counts
from agent.shortlist import SURE, UNLIKELY, probabilities
from agent.state import Message, PlannedCall
from tools.handed_over import shortened
from tools.registry import TOOLS

EXAMPLES = Path(__file__).with_name("examples.yaml")
NO_TOOL = {
    "small_talk": "A greeting, thanks, or a question about you.",
    "off_topic": "Anything that is not about welding or additive manufacturing.",
    "already_answered": "The conversation above already holds the answer.",
}
UNREADABLE = (ValidationError, TypeError, AttributeError)  # what LangChain raises at calls of another form, such as arguments that are a number


def plan(
    question: str, history: list[Message], model: BaseChatModel, most: int = 6, trained: bool = False
) -> tuple[list[PlannedCall], dict[str, int]]:
    """Ask the model for tool calls: a server that honours `tool_choice="required"` (vLLM does) lets it write calls of the offered tools and
    nothing else. What comes is read leniently all the same, as others may write names of their own, nested arguments or no call at all.

    A model that is `trained` for this chooses among all tools, so that its prompt begins alike every time. To another one, tools that the
    shortlist rules out are not offered, worked examples are shown, and tools that the shortlist is sure of are called even if the model
    forgot them. Returns the calls (each tool once) and the tokens used; neither where the reply is UNREADABLE. Raises whatever else the
    client raises.
    """
    likely = {} if trained else probabilities(_in_context(question, history))
    floor = 0.5 if max(likely.values(), default=0.0) >= SURE else UNLIKELY  # where one tool is meant, a doubtful second is not
    known = [name for name in (*TOOLS, *NO_TOOL) if not likely or name in likely]  # a tool the shortlist never learnt is not offered yet
    chosen_from = [name for name in known if likely.get(name, 1.0) > floor] or known
    bound = model.bind_tools(offered(chosen_from), tool_choice="required")
    prompt = messages(question, history, [] if trained else chosen_from)
    try:
        reply = spoken(bound, prompt, max_tokens=160)
    except UNREADABLE:
        return [], {}
    calls = {name: PlannedCall(name=name, argument=argument) for name, argument in _written(reply) if name in chosen_from}
    for name, probability in likely.items():
        if probability >= SURE and name not in calls:
            calls[name] = PlannedCall(name=name, argument=question if name == "search_knowledge" else "")
    if len(calls) > 1:  # small talk beside a real question is not a reason to run nothing
        calls = {name: call for name, call in calls.items() if name in TOOLS} or calls
    return list(calls.values())[:most], token_counts(reply)


def plan_without_model(question: str, history: list[Message]) -> list[PlannedCall]:
    """What the shortlist alone would call: everything at least as likely as not, or else the likeliest."""
    likely = probabilities(_in_context(question, history))
    if not likely:
        raise WaamError("No language model chose a tool and the shortlist encoder is not built; run `waam models build`.")
    chosen = [name for name, p in likely.items() if p >= 0.5] or [max(likely, key=likely.__getitem__)]
    chosen = [name for name in chosen if name in TOOLS] or chosen
    return [PlannedCall(name=name, argument=question if name == "search_knowledge" else "") for name in chosen]


def instead(question: str, history: list[Message], planned: list[PlannedCall]) -> list[PlannedCall]:
    """Tools that were not chosen but may be meant, the likeliest first: those for which the question states what only they take, such as the
    limit that a travel speed is to keep."""
    likely = probabilities(_in_context(question, history))
    others = [name for name, p in likely.items() if p > UNLIKELY and name in TOOLS and name not in {call.name for call in planned}]
    others.sort(key=lambda name: -likely[name])
    return [PlannedCall(name=name) for name in others if TOOLS[name].required is not None and TOOLS[name].reads(question).arguments]


def with_file(planned: list[PlannedCall]) -> list[PlannedCall]:
    """What is run where a file came with the question: the tool that reads files, as the user has chosen it by giving one."""
    opens = [PlannedCall(name=name) for name, tool in TOOLS.items() if tool.opens and name not in {call.name for call in planned}]
    return opens + [call for call in planned if call.name in TOOLS]


def offered(names: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """The schemas of these tools; of all, in the order in which a trained model has learnt them, if none are named."""
    return [schema(name) for name in ((*TOOLS, *NO_TOOL) if names is None else names)]


def schema(name: str) -> dict[str, Any]:
    """The OpenAI tool schema that the model sees: one string in which it copies what the user wrote; none for a tool that takes whole
    texts, which are read from the message itself."""
    properties: dict[str, Any] = {}
    if name in NO_TOOL:
        description = NO_TOOL[name]
    elif TOOLS[name].hands_over:
        description = TOOLS[name].description
    else:
        description = TOOLS[name].description
        argument = "query" if TOOLS[name].required is None else "settings"
        properties = {argument: {"type": "string"}}
    parameters = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def messages(question: str, history: list[Message], shown_tools: list[str]) -> list[BaseMessage]:
    """System prompt, worked examples of `shown_tools`, the conversation, the question."""
    shown: list[BaseMessage] = [SystemMessage(prompts.ROUTE)]
    for example in examples():
        if set(example["calls"]) <= set(shown_tools):
            shown += [HumanMessage(example["question"]), AIMessage(as_written(example["calls"]))]
    for line in history:
        shown.append(HumanMessage(line["content"]) if line["role"] == "user" else AIMessage(line["content"]))
    return [*shown, HumanMessage(question)]


@lru_cache
def examples() -> list[dict[str, Any]]:
    """The worked examples of examples.yaml."""
    return yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))["examples"]


def as_written(calls: Mapping[str, str]) -> str:
    """The calls of a worked example as text; `calls`: tool → its argument, empty for none."""
    return json.dumps([{"name": name, "parameters": arguments(name, text)} for name, text in calls.items()], ensure_ascii=False)


def arguments(name: str, text: str) -> dict[str, str]:
    """`text` under the name that the tool's schema has for it; nothing for a tool without an argument."""
    return dict.fromkeys(schema(name)["function"]["parameters"]["required"], text)


def _in_context(question: str, history: list[Message]) -> str:
    """A short follow-up ("same at 240 A") is read together with the question before it, and so is a text that was asked for. Of a quotation
    the first words are read: what it is wanted for is said beside it."""
    before = [line["content"] for line in history if line["role"] == "user"]
    follows = before and (len(question.split()) <= 6 or asking.asked_for(history))
    return shortened(f"{before[-1]} {question}" if follows else question)


def _written(reply: AIMessage) -> Iterator[tuple[str, str]]:
    """The calls of a reply. Where only the arguments are broken JSON, the choice of the tool still stands: what it is given is read from the
    question."""
    yield from ((call["name"], ", ".join(_texts(call["args"]))) for call in reply.tool_calls)
    yield from ((call["name"] or "", "") for call in reply.invalid_tool_calls)


def _texts(value: Any) -> Iterator[str]:
    """The words and numbers in an argument, however deep the model put them."""
    if isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)
    elif isinstance(value, str | int | float):
        yield str(value)
