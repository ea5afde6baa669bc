"""Conversations a language model learns from, as token ids: what it is told, and the last message, which it is to write.

Conversations with equal instructions and tools begin with the same tokens, most of the prompt; these are kept apart, so that they are
read once for many conversations.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

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

    Calls are written as vLLM holds a model to them: nothing between two calls, and their marks, such as <tool_call>, spelt out. As tokens of
    their own they cannot be learnt where their output rows were never trained, as in the Qwen2.5-Coder models.
    """
    marks = [token.content for token in tokenizer.added_tokens_decoder.values() if not token.special]
    spelt = _spelling(tokenizer)
    alike: dict[str, list[tuple[Chat, Tokens]]] = {}
    for chat in chats:
        how = {"tools": list(chat.tools) or None, "tokenize": False}
        prompt = tokenizer.apply_chat_template(list(chat.messages[:-1]), add_generation_prompt=True, **how)
        whole = tokenizer.apply_chat_template(list(chat.messages), **how)
        if not whole.startswith(prompt):
            raise DataError("This model's chat template changes what was said before when it is answered; it cannot be trained here.")
        asked = tokenizer(prompt, add_special_tokens=False).input_ids
        reply = _ended(_adjoining(whole[len(prompt) :], marks), tokenizer.eos_token)
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
    """The tokenizer without tokens of its own for marks; those that end a turn stay."""
    description = json.loads(tokenizer.backend_tokenizer.to_str())
    description["added_tokens"] = [token for token in description["added_tokens"] if token["special"]]
    return Tokenizer.from_str(json.dumps(description))


def _adjoining(reply: str, marks: Sequence[str]) -> str:
    """The reply without the white space between two marks."""
    mark = "|".join(map(re.escape, marks))
    return re.sub(rf"({mark})\s+(?={mark})", r"\1", reply) if marks else reply


def _ended(reply: str, end: str) -> str:
    """The reply up to the token at which a server stops."""
    return reply[: reply.index(end)] + end if end in reply else reply.rstrip() + end


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
    return {**said, "tool_calls": list(read["tool_calls"])} if read.get("tool_calls") else said


def _chat(line: str, place: str) -> Chat:
    try:
        read = json.loads(line)
        messages = tuple(_message(m) for m in read["messages"])
        tools = tuple(read.get("tools") or ())
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise DataError(f'{place}: expected {{"messages": [{{"role", "content"}}, …]}}.') from None
    if wrong := [m["role"] for m in messages if m["role"] not in ROLES]:
        raise DataError(f"{place}: the role {wrong[0]!r} is none of {', '.join(ROLES)}.")
    if len(messages) < 2 or messages[-1]["role"] != "assistant":
        raise DataError(f"{place}: the last message must be the assistant's, which is what the model learns to write.")
    return Chat(messages, tools, str(read.get("kind") or "own"))
