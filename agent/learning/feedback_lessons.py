"""What users said about answers, as lessons for the language model: the right tools with the words that were said, and the right answer."""

import re
from collections.abc import Sequence
from typing import Any

from agent import compose, route
from agent.attached import files
from agent.check import check
from agent.learning.feedback import Feedback
from agent.learning.lessons import Lesson, chat, routing_chat
from agent.route import NO_TOOL
from tools import vocabulary
from tools.amounts import settings_of
from tools.registry import TOOLS
from tools.units import Quantity, find_quantities

KIND = "feedback"


def feedback_chats(feedback: Feedback) -> list[dict[str, Any]]:
    """What a user's word on an answer teaches: which tools to call, in the order given, and what to answer; nothing where it does not say what
    would be right."""
    found = []
    if calls := _calls(feedback):
        history = tuple((line["role"], line["content"]) for line in feedback.history)
        found.append(routing_chat(Lesson(feedback.question, calls, history, KIND)))
    answer = feedback.answer or (feedback.draft if feedback.verdict == "good" and feedback.composer == "llm" else "")
    shown = feedback.passages[: compose.SHOWN_PASSAGES]
    if answer and check(answer, feedback.question, feedback.calls, shown).ok:
        prompt = compose.messages(feedback.question, feedback.calls, feedback.passages, trained=True)
        found.append(chat(prompt, {"content": answer}, KIND))
    return found


def _calls(feedback: Feedback) -> tuple[tuple[str, str], ...]:
    """The calls that would have been right; none where a tool is not there any longer, or an argument is not known."""
    names = feedback.tools or [call.name for call in feedback.planned if feedback.verdict == "good"]
    if not set(names) <= {*TOOLS, *NO_TOOL}:
        return ()
    arguments = {name: _argument(name, feedback) for name in names}
    known = tuple((name, argument) for name, argument in arguments.items() if argument is not None)
    return known if len(known) == len(arguments) else ()  # part of the calls would be a wrong lesson


def _argument(name: str, feedback: Feedback) -> str | None:
    """What a call of this tool should have written: what one of the planned calls wrote that takes an argument of the same kind, if the user
    said so; else what the conversation states. None for search words that no call wrote: a whole question is what is searched for where the
    model chose no words, and no lesson."""
    if (kind := _kind(name)) == ("", False):
        return ""
    planned = sorted(feedback.planned, key=lambda call: call.name != name)  # its own first
    said = [line["content"] for line in feedback.history if line["role"] == "user"]
    written = [call.argument for call in planned if call.argument and call.name in (*TOOLS, *NO_TOOL) and _kind(call.name) == kind]
    match kind:
        case ("query", _):
            return next((words for words in written if words != feedback.question and _stands(words, [*said, feedback.question])), None)
        case (_, True):
            otherwise = " ".join(files.names(feedback.question))
        case _:
            otherwise = ", ".join(_stated(name, said, feedback.question).values())
    return next((words for words in written if _stands(words, [*said, feedback.question])), otherwise)


def _kind(name: str) -> tuple[str, bool]:
    """The name of the argument that the model writes for this tool, empty for none, and whether it is a file."""
    return "".join(route.arguments(name, "")), name in TOOLS and TOOLS[name].opens


def _stands(argument: str, said: Sequence[str]) -> bool:
    """Whether every quantity of the argument was said, in these words but for spaces."""
    words = re.sub(r"\s", "", "; ".join(said))
    copied = [re.sub(r"\s", "", quantity.text) for quantity in find_quantities(argument)]
    return all(re.search(rf"(?<![\d.,]){re.escape(copy)}", words) for copy in copied)  # 8 A does not stand in 188 A


def _stated(name: str, earlier: Sequence[str], question: str) -> dict[str, str]:
    """By field, the words for it in their order; where the question leaves open what the tool needs, the latest word of the conversation."""
    now = _quantities(question)
    if set(TOOLS[name].required or ()) <= set(now):
        return now
    before: dict[str, str] = {}
    for text in earlier:
        before |= _quantities(text)
    return before | now


def _quantities(text: str) -> dict[str, str]:
    text = files.bare(text)
    named = {q.start: (field, q) for field, q in settings_of(text).settings.items() if isinstance(q, Quantity)}
    others = {q.start: (q.text, q) for q in find_quantities(vocabulary.blank_names(text))}
    found = [(start, field, _words(text, start, quantity.text)) for start, (field, quantity) in (others | named).items()]
    for field, words in settings_of(text).without_unit.items():  # to be asked for, but said: v=8
        if bare := re.match(r"\d+(?:[.,]\d+)?", words):
            found.append((text.find(words), field, _words(text, text.find(words), bare[0])))
    for field, name in (("material", vocabulary.material(text)), ("process", vocabulary.process(text)), ("gas", vocabulary.shielding_gas(text))):
        found += [(text.find(name[1]), field, name[1])] if name else []
    return {field: words for _, field, words in sorted(found)}


def _words(text: str, start: int, written: str) -> str:
    """A quantity as it is written, with its symbol where it has no unit: I=200."""
    symbol = re.search(r"\w+[ \t]*[=:]?[ \t]*\Z", text[:start])
    return symbol[0] + written if symbol and re.fullmatch(r"[\d.,]+", written) else written
