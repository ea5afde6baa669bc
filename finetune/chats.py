"""Conversations a language model learns from, as token ids: what it is told, and the last message, which it is to write.

Conversations with equal instructions and tools begin with the same tokens, most of the prompt; these are kept apart, so that they are
read once for many conversations.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from finetune.chat_template import MARKS, rendered
from finetune.records import DataError

ROLES = ("system", "user", "assistant")
FEEDBACK = "feedback"  # the kind of conversations that people approved one by one: none of them is held out


@dataclass(frozen=True)
class Chat:
    """Messages in order, the last of them the assistant's, in the form of the OpenAI interface (`content`, `tool_calls`), and the schemas
    of the tools that it may call."""

    messages: tuple[Mapping[str, Any], ...]
    tools: tuple[Mapping[str, Any], ...] = ()
    kind: str = "own"

    @property
    def told(self) -> str:
        """What stands before the conversation itself: equal for chats that can share a beginning."""
        first = str(self.messages[0]["content"]) if self.messages[0]["role"] == "system" else ""
        return json.dumps([first, self.tools], ensure_ascii=False)


@dataclass(frozen=True)
class Tokens:
    """One chat after its shared beginning: `ids`, of which the last `written` are to be learnt."""

    ids: tuple[int, ...]
    written: int
    kind: str


@dataclass(frozen=True)
class Group:
    """Chats that begin with the same tokens `prefix`."""

    prefix: tuple[int, ...]
    chats: tuple[Tokens, ...]


def read_chats(file: Path) -> list[Chat]:
    """The chats of a JSONL file, a line `{"messages": [{"role", "content"}, …], "tools": […]}` each. Raises DataError naming the line."""
    if not file.exists():
        raise DataError(f"There is no file {file}; check the path.")
    chats = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            chats.append(_chat(line, f"{file.name}, line {number}"))
    if not chats:
        raise DataError(f"{file.name} holds no conversation.")
    return chats


def write_chats(chats: Sequence[Chat], file: Path) -> None:
    """Write chats as `read_chats` reads them."""
    lines = [json.dumps({"messages": list(c.messages), "tools": list(c.tools), "kind": c.kind}, ensure_ascii=False) for c in chats]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def group(chats: Sequence[Chat], tokenizer: Any, longest: int) -> list[Group]:
    """The chats in the tokenizer's own chat template, calls of tools too, by their shared beginning. Raises DataError for one of more than
    `longest` tokens after it: what is cut off would be learnt as wrong.

    The marks of calls, such as <tool_call>, are spelt out: as tokens of their own they cannot be learnt where their output rows were never
    trained, as in the Qwen2.5-Coder models.
    """
    spelt = _spelling(tokenizer)
    alike: dict[str, list[tuple[Chat, Tokens]]] = {}
    for chat in chats:
        prompt, reply = rendered(chat.messages, chat.tools, tokenizer)
        asked = tokenizer(prompt, add_special_tokens=False).input_ids
        written = spelt.encode(reply, add_special_tokens=False).ids
        alike.setdefault(chat.told, []).append((chat, Tokens((*asked, *written), len(written), chat.kind)))
    groups = []
    for same in alike.values():
        groups.append(_split([tokens for _, tokens in same]))
        for (chat, _), tokens in zip(same, groups[-1].chats, strict=True):
            if len(tokens.ids) > longest:
                raise _too_long(chat, len(tokens.ids), longest)
    return groups


def _spelling(tokenizer: Any) -> Tokenizer:
    """The tokenizer with other names for the tokens of marks, so that it finds none; without them the tokens after them would be renumbered."""
    description = json.loads(tokenizer.backend_tokenizer.to_str())
    for token in description["added_tokens"]:
        if token["content"] in MARKS:
            token["content"] = "\0" + token["content"]
    return Tokenizer.from_str(json.dumps(description))


def _split(chats: Sequence[Tokens]) -> Group:
    first, last = min(c.ids for c in chats), max(c.ids for c in chats)  # what these two share, all share
    shared = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    shared = min(shared, min(len(c.ids) - c.written for c in chats) - 1)  # the token before the first to be learnt is read with it
    rest = tuple(Tokens(c.ids[shared:], c.written, c.kind) for c in chats)
    return Group(first[:shared], rest)


def _too_long(chat: Chat, tokens: int, longest: int) -> DataError:
    remedy = "`waam feedback reject` it" if chat.kind == FEEDBACK else "shorten it or leave it out"
    asked = str(chat.messages[-2]["content"])[:80]
    return DataError(f"A conversation has {tokens} tokens after its instructions and at most {longest} are read at once; {remedy}: “{asked}…”.")


def _message(read: Mapping[str, Any]) -> dict[str, Any]:
    said = {"role": str(read["role"]), "content": str(read["content"] or "")}
    return {**said, "tool_calls": [_call(each) for each in read["tool_calls"]]} if read.get("tool_calls") else said


def _call(read: Mapping[str, Any]) -> dict[str, Any]:
    """A call with its arguments as an object; servers give them as text."""
    function = read["function"]
    arguments = function.get("arguments") or {}
    arguments = json.loads(arguments) if isinstance(arguments, str) else arguments
    return {"type": "function", "function": {"name": str(function["name"]), "arguments": dict(arguments)}}


def _chat(line: str, place: str) -> Chat:
    try:
        read = json.loads(line)
        messages = tuple(_message(m) for m in read["messages"])
        tools = tuple(tool for tool in read.get("tools") or () if tool["function"]["name"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DataError(f'{place}: expected {{"messages": [{{"role", "content"}}, …]}}, tools and calls as the OpenAI interface has them.') from None
    if wrong := [m["role"] for m in messages if m["role"] not in ROLES]:
        raise DataError(f"{place}: the role {wrong[0]!r} is none of {', '.join(ROLES)}.")
    if len(messages) < 2 or messages[-1]["role"] != "assistant":
        raise DataError(f"{place}: the last message must be the assistant's, which is what the model learns to write.")
    return Chat(messages, tools, str(read.get("kind") or "own"))
