"""The OpenAI form of a conversation: what its messages say, and an answer as a chat.completion. Knows nothing of HTTP, files or turns."""

from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel, TypeAdapter, ValidationError

from agent.errors import BadInput
from agent.state import Message

MODEL = "waam"  # as the form names what answers
TOO_LONG = "A message before the question has {count:,} characters and the limit is {most:,}; shorten it or leave it out."
ONLY_TEXT = "Only text can be read, no images, sound or files; describe in words what they show."
_TEXTS = ("text", "input_text", "output_text", "refusal")  # kinds of parts that are text
_UNUSED = ("system", "developer")  # what the assistant may say is bound to its tools, not to a prompt


class _Line(BaseModel):
    role: str
    content: str | list[dict[str, Any]] | None = None


_LINES = TypeAdapter(list[_Line])


@dataclass(frozen=True)
class Said:
    """What messages say: the last is the question, the others came before it. `refusal` is one sentence where something in them cannot be
    read and no answer would be one to what was asked; in its place stands its kind, such as [image_url]."""

    question: str
    history: tuple[Message, ...] = ()
    refusal: str | None = None


def said(messages: Any, name: str = "messages", most: int | None = None) -> Said:
    """What `messages` say; `name` is what an error calls them, and `most` how many characters the user may have said at once before. Raises
    BadInput, one sentence, for what is no conversation or has more."""
    try:
        lines = [line for line in _LINES.validate_python(messages) if line.role not in _UNUSED]
    except ValidationError as wrong:
        raise BadInput(first_fault(wrong, name)) from None
    if not lines or lines[-1].role != "user":
        raise BadInput("The last of the messages must be the user's; it is the question.")
    *history, question = [Message(role=cast(Any, line.role), content=_text(line.content)[0]) for line in lines]
    longest = max((len(line["content"]) for line in history if line["role"] == "user"), default=0)
    if most is not None and longest > most:
        raise BadInput(TOO_LONG.format(count=longest, most=most))
    return Said(question["content"], tuple(history), next((why for line in lines if (why := _refusal(line))), None))


def first_fault(wrong: ValidationError, *within: str) -> str:
    """The first thing that is wrong, in a sentence."""
    fault = wrong.errors()[0]
    where = ".".join(map(str, (*within, *fault["loc"]))) or "the body"
    return f"{where} cannot be read: {fault['msg'][:1].lower()}{fault['msg'][1:]}."


def _refusal(line: _Line) -> str | None:
    if line.role not in ("user", "assistant"):
        return f"Messages of the role {line.role[:40]!r} cannot be read; send those of user and assistant."
    return None if _text(line.content)[1] else ONLY_TEXT


def _text(content: str | list[dict[str, Any]] | None) -> tuple[str, bool]:
    """The text of a message, and whether that is all of it."""
    if content is None or isinstance(content, str):
        return content or "", True
    texts = [part.get("text", part.get("refusal")) if part.get("type") in _TEXTS else None for part in content]
    found = [text if isinstance(text, str) else f"[{part.get('type')}]" for text, part in zip(texts, content, strict=True)]
    return " ".join(found), all(isinstance(text, str) for text in texts)


def head(kind: str, name: str, created: int) -> dict[str, Any]:
    """How every object of this form begins."""
    return {"id": name, "object": kind, "created": created, "model": MODEL}


def completion(answer: dict[str, Any], name: str, created: int) -> dict[str, Any]:
    """The chat.completion that says `answer`, the object of `waam ask --json`, which stands in it as `waam`."""
    message = {"role": "assistant", "content": answer["answer"], "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return head("chat.completion", name, created) | {"choices": [choice], "usage": usage(answer), "waam": answer}


def usage(answer: dict[str, Any]) -> dict[str, int]:
    """The language model's tokens, of all its calls in the turn; zeros where it was not asked."""
    prompt, written = (answer.get("usage", {}).get(f"{kind}_tokens", 0) for kind in ("prompt", "completion"))
    return {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}
