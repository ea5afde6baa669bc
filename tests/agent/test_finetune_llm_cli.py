"""`waam finetune llm`: lessons of every kind beside one's own, an adapter with a card, one sentence for what cannot be learnt from."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from agent import cli, finetune_llm_cli
from agent.errors import BadInput, WaamError
from agent.finetune_llm_cli import base_folder, conversations
from finetune.chats import Chat, write_chats
from finetune.records import DataError
from tests.finetune.tiny_llm import tiny_llm

OWN = Chat(({"role": "user", "content": "is it sound"}, {"role": "assistant", "content": "yes"}))


def waam(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, ["finetune", "llm", *map(str, arguments)])


@pytest.fixture(autouse=True)
def no_answers(monkeypatch: pytest.MonkeyPatch):
    """Answers take the tools' models, which tests of the command line have no need of."""
    monkeypatch.setattr("agent.lessons.composing_chats", lambda lessons, count: iter([]))


def test_lessons_and_own_conversations_are_learnt_together(tmp_path: Path):
    write_chats([OWN], tmp_path / "own.jsonl")
    found = conversations(60, 0, 7, tmp_path / "own.jsonl")
    assert len(found) == 61 and found[-1] == OWN
    assert {"single", "several", "follow_up", "negation"} <= {chat.kind for chat in found}
    assert found[:60] == conversations(60, 0, 7) != conversations(60, 0, 8)


def test_an_adapter_with_a_card_comes_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    base = tiny_llm(tmp_path / "base", ["is it sound yes"])
    monkeypatch.setattr(finetune_llm_cli, "conversations", lambda *how: [OWN, Chat(({"role": "user", "content": "so"}, *OWN.messages[1:]))] * 3)
    result = waam("--base", base, "--out", tmp_path / "mine", "--rank", 4)
    assert result.exit_code == 0, result.output + repr(result.exception)
    assert f"WAAM_LLM__ADAPTER={tmp_path / 'mine'}" in result.stdout and "held out" in result.stdout
    assert (tmp_path / "mine" / "CARD.md").read_text().startswith("# Adapter for base\n")
    assert json.loads((tmp_path / "mine" / "adapter_config.json").read_text())["r"] == 4


@pytest.mark.parametrize(("text", "said"), [("", "holds no conversation"), ('{"messages": []}', "line 1: the last message must be")])
def test_a_file_that_cannot_be_learnt_from_is_one_sentence(tmp_path: Path, text: str, said: str):
    base = tiny_llm(tmp_path / "base", ["a"])
    (tmp_path / "own.jsonl").write_text(text)
    result = waam("--base", base, "--out", tmp_path / "mine", "--data", tmp_path / "own.jsonl", "--lessons", 0, "--answers", 0)
    assert isinstance(result.exception, DataError) and said in str(result.exception)
    assert not (tmp_path / "mine").exists()


def test_nothing_to_learn_is_one_sentence(tmp_path: Path):
    result = waam("--base", tiny_llm(tmp_path / "base", ["a"]), "--out", tmp_path / "mine", "--lessons", 0, "--answers", 0)
    assert isinstance(result.exception, DataError) and "nothing to learn" in str(result.exception)


def test_a_base_that_nobody_knows_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    def no_hub(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("huggingface_hub.snapshot_download", no_hub)
    with pytest.raises(WaamError, match="'no/such-model' is not known here and the model hub could not be asked"):
        base_folder("no/such-model")


def test_a_base_that_is_no_language_model_is_refused_before_it_is_fetched():
    with pytest.raises(BadInput, match="all-minilm-l6-v2 is no language model but an encoder"):
        base_folder("all-minilm-l6-v2")


def test_answers_that_the_tools_cannot_give_are_one_sentence():
    with pytest.raises(WaamError, match="answered 0 of the 3 questions wanted; run `waam models build`"):
        conversations(0, 3, 7)


def test_a_base_may_be_a_folder(tmp_path: Path):
    assert base_folder(str(tmp_path)) == tmp_path
