"""Conversations are read from a file, rendered by the model's own template, and split from what they share."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models
from transformers import AutoTokenizer

from finetune.chat_template import MARKS
from finetune.chats import FEEDBACK, Chat, group, read_chats, write_chats
from finetune.records import DataError
from tests.finetune.family_templates import QWEN25
from tests.finetune.tiny_llm import tiny_llm


def chat(question: str, answer: str, system: str = "Route.") -> Chat:
    return Chat(tuple({"role": r, "content": c} for r, c in (("system", system), ("user", question), ("assistant", answer))))


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> object:
    return AutoTokenizer.from_pretrained(tiny_llm(tmp_path_factory.mktemp("llm"), ["is it sound yes no why so"]))


def test_chats_share_what_they_begin_with_and_all_is_there(tokenizer: object) -> None:
    chats = [chat("is it sound", "yes"), chat("is it so", "no"), chat("why", "so so", system="is")]
    routed, other = group(chats, tokenizer, 100)
    assert [len(routed.chats), len(other.chats)] == [2, 1]
    whole = [tokenizer.decode([*routed.prefix, *c.ids]) for c in routed.chats]  # type: ignore[attr-defined]
    assert whole[0] == "<s>system Route.</s><s>user is it sound</s><s>assistant yes</s>"
    assert tokenizer.decode(routed.prefix) == "<s>system Route.</s><s>user is it"  # type: ignore[attr-defined]


def test_what_is_to_be_written_ends_with_the_end(tokenizer: object) -> None:
    (only,) = group([chat("why", "so so")], tokenizer, 100)
    (tokens,) = only.chats
    assert tokenizer.decode(tokens.ids[-tokens.written :]) == "so so</s>"  # type: ignore[attr-defined]
    assert len(tokens.ids) > tokens.written  # the token before the first to be written is read too


def test_the_marks_of_calls_are_spelt_and_no_other_token_is(tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_llm(tmp_path, ["why so"]))
    tokenizer.add_tokens([*MARKS, "<think>"])
    tokenizer.chat_template = QWEN25
    calls = [{"type": "function", "function": {"name": name, "arguments": {}}} for name in ("heat", "so")]
    told = chat("why", "").messages[:-1]
    (only,) = group([Chat((*told, {"role": "assistant", "content": "<think>", "tool_calls": calls}))], tokenizer, 200)
    written = only.chats[0].ids[-only.chats[0].written :]
    marks, other = tokenizer.convert_tokens_to_ids(list(MARKS)), tokenizer.convert_tokens_to_ids("<think>")
    assert len({*marks, other}) == 3 and not {*marks} & {*written} and written[0] == other
    assert tokenizer.decode(written) == (
        '<think>\n<tool_call>\n{"name": "heat", "arguments": {}}\n</tool_call><tool_call>\n{"name": "so", "arguments": {}}\n</tool_call></s>'
    )


def test_a_template_that_rewrites_what_was_said_is_refused(tokenizer: object) -> None:
    class Rewriting:
        eos_token = "</s>"
        backend_tokenizer = Tokenizer(models.BPE())

        def apply_chat_template(self, messages: list[object], **how: object) -> str:
            return f"{len(messages)} messages"

    with pytest.raises(DataError, match="cannot be trained here"):
        group([chat("why", "so")], Rewriting(), 100)


def test_equal_chats_keep_a_token_to_read(tokenizer: object) -> None:
    (same,) = group([chat("why", "so"), chat("why", "so")], tokenizer, 100)
    assert all(len(c.ids) == c.written + 1 for c in same.chats)


@pytest.mark.parametrize(("kind", "remedy"), [("own", "shorten it or leave it out"), (FEEDBACK, "`waam feedback reject` it")])
def test_a_chat_that_is_too_long_is_named_and_not_cut(tokenizer: object, kind: str, remedy: str) -> None:
    chats = [replace(chat("why so", "yes no so"), kind=kind), chat("is it", "no")]
    with pytest.raises(DataError, match=f"at most 3 are read at once; {remedy}: “why so…”"):
        group(chats, tokenizer, 3)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    called = {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "heat", "arguments": {"a": "적"}}}]}
    tools = ({"type": "function", "function": {"name": "heat"}},)
    chats = [chat("왜", "예"), Chat(chat("a", "b").messages, tools, "tools"), Chat((*chat("a", "b").messages[:-1], called))]
    write_chats(chats, tmp_path / "chats.jsonl")
    assert read_chats(tmp_path / "chats.jsonl") == chats


@pytest.mark.parametrize(("given", "read"), [('{"a": "적"}', {"a": "적"}), ({"a": 1}, {"a": 1}), ("{}", {}), (None, {})])
def test_arguments_are_read_as_text_too_which_servers_give(tmp_path: Path, given: object, read: object) -> None:
    called = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "heat", "arguments": given}}]}
    (tmp_path / "chats.jsonl").write_text(json.dumps({"messages": [{"role": "user", "content": "a"}, called]}))
    (only,) = read_chats(tmp_path / "chats.jsonl")
    assert only.messages[-1]["tool_calls"][0]["function"] == {"name": "heat", "arguments": read}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: expected"),
        (json.dumps({"messages": "x"}), "line 2: expected"),
        (json.dumps({"messages": [], "tools": [{"name": "heat"}]}), "line 2: expected"),
        (json.dumps({"messages": [{"role": "assistant", "content": "", "tool_calls": [{"name": "heat"}]}]}), "line 2: expected"),
        (
            json.dumps({"messages": [{"role": "a", "content": "", "tool_calls": [{"function": {"name": "heat", "arguments": "{"}}]}]}),
            "line 2: expected",
        ),
        (json.dumps({"messages": [{"role": "user", "content": "x"}]}), "line 2: the last message must be the assistant's"),
        (json.dumps({"messages": [{"role": "robot", "content": "x"}, {"role": "assistant", "content": "y"}]}), "line 2: the role 'robot'"),
    ],
)
def test_a_line_that_is_no_chat_is_named(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "chats.jsonl"
    write_chats([chat("a", "b")], file)
    file.write_text(file.read_text() + line + "\n")
    with pytest.raises(DataError, match=said):
        read_chats(file)


def test_no_file_and_an_empty_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no file"):
        read_chats(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(DataError, match="holds no conversation"):
        read_chats(tmp_path / "empty.jsonl")
