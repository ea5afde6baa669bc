"""`waam finetune llm`: lessons of every kind beside one's own, an adapter with a card, one sentence for what cannot be learnt from."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from agent import cli
from agent.commands import finetune_llm_cli
from agent.commands.finetune_llm_cli import approved_feedback, base_folder, base_name, conversations, serving, start_folder
from agent.errors import BadInput, WaamError
from agent.learning.feedback_store import FeedbackStore
from agent.model.adapter import FOLDER
from agent.model.weights import catalog
from agent.settings import DEFAULT_MODEL, Settings, settings
from finetune.chats import Chat, Group, group, read_chats, write_chats
from finetune.records import DataError
from tests.agent.fakes import QUESTION, feedback
from tests.finetune.tiny_llm import tiny_llm

OWN = Chat(({"role": "user", "content": "is it sound"}, {"role": "assistant", "content": "yes"}))


def waam(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, ["finetune", "llm", *map(str, arguments)])


@pytest.fixture(autouse=True)
def no_answers(monkeypatch: pytest.MonkeyPatch):
    """Answers take the tools' models, which tests of the command line have no need of."""
    monkeypatch.setattr("agent.learning.lessons.composing_chats", lambda lessons, count: iter([]))


def test_lessons_and_own_conversations_are_learnt_together(tmp_path: Path):
    write_chats([OWN], tmp_path / "own.jsonl")
    assert waam("--write", tmp_path / "all.jsonl", "--data", tmp_path / "own.jsonl", "--lessons", 60, "--answers", 0).exit_code == 0
    found = read_chats(tmp_path / "all.jsonl")
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


def test_a_killed_run_goes_on_with_its_conversations_and_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    base, out = tiny_llm(tmp_path / "base", ["is it sound yes"]), tmp_path / "mine"
    monkeypatch.setattr(finetune_llm_cli, "conversations", lambda *how: [OWN, Chat(({"role": "user", "content": "so"}, *OWN.messages[1:]))] * 3)
    with monkeypatch.context() as killed:
        killed.setattr("finetune.llm.loss_of", lambda *how: 1 / 0)
        assert isinstance(waam("--base", base, "--out", out, "--rank", 4).exception, ZeroDivisionError)
    monkeypatch.setattr(finetune_llm_cli, "conversations", lambda *how: pytest.fail("lessons were made anew"))
    monkeypatch.setattr(finetune_llm_cli, "approved_feedback", lambda: pytest.fail("feedback was read"))
    other = waam("--base", base, "--out", out, "--rank", 8)
    assert isinstance(other.exception, DataError) and "other settings (rank 4, alpha 8)" in str(other.exception)
    result = waam("--base", base, "--out", out, "--rank", 4, "--from-feedback")
    assert result.exit_code == 0, result.output + repr(result.exception)
    assert f"goes on with the conversations of {tmp_path / 'mine.partial' / 'chats.jsonl'}" in result.stderr and "6 conversations" in result.stderr
    assert (out / "CARD.md").exists() and not (tmp_path / "mine.partial").exists()


class TestConfig:
    def run(self, tmp_path: Path, text: str, *more: object) -> Result:
        (tmp_path / "llm.yaml").write_text(text)
        return waam("--config", tmp_path / "llm.yaml", "--write", tmp_path / "chats.jsonl", *more)

    def test_it_reads_the_names_of_the_options_and_flags_come_before_it(self, tmp_path: Path):
        assert "12 conversations" in self.run(tmp_path, "lessons: 12\nanswers: 0\nlearning-rate: 1.0e-3\n").stdout
        assert "14 conversations" in self.run(tmp_path, "lessons: 12\nanswers: 0\n", "--lessons", 14, "--write", tmp_path / "more.jsonl").stdout

    def test_its_values_are_those_of_the_training(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        base = tiny_llm(tmp_path / "base", ["is it sound yes"])
        monkeypatch.setattr(finetune_llm_cli, "conversations", lambda *how: [OWN, Chat(({"role": "user", "content": "so"}, *OWN.messages[1:]))])
        result = self.run(tmp_path, f"base: {base}\nout: {tmp_path / 'mine'}\nrank: 2\nlongest: 64\nlearning_rate: 0.002\n")
        assert result.exit_code == 0, result.output + repr(result.exception)
        card = (tmp_path / "mine" / "CARD.md").read_text()
        assert '"rank": 2' in card and '"longest": 64' in card and '"learning_rate": 0.002' in card

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("lesons: 3", "There is no option 'lesons'; did you mean lessons or"),
            ("q: 1", "There is no option 'q'."),
            ("- a", "llm.yaml must hold options such as"),
            ("a: [", "llm.yaml is not valid YAML"),
            ("rank: [1, 2]", "rank in llm.yaml must be one value"),
        ],
    )
    def test_what_is_no_option_is_one_sentence(self, tmp_path: Path, text: str, said: str):
        result = self.run(tmp_path, text)
        assert isinstance(result.exception, BadInput) and said in str(result.exception)

    @pytest.mark.parametrize("text", ["rank: 0", "rank: many"])
    def test_its_values_are_held_to_the_bounds_of_the_options(self, tmp_path: Path, text: str):
        result = self.run(tmp_path, text)
        assert result.exit_code == 2 and "--rank" in result.stderr

    def test_a_file_that_there_is_not(self, tmp_path: Path):
        assert "There is no configuration file" in str(waam("--config", tmp_path / "none.yaml", "--out", tmp_path / "mine").exception)


@pytest.mark.parametrize(("text", "said"), [("", "holds no conversation"), ('{"messages": []}', "line 1: the last message must be")])
def test_a_file_that_cannot_be_learnt_from_is_one_sentence(tmp_path: Path, text: str, said: str):
    base = tiny_llm(tmp_path / "base", ["a"])
    (tmp_path / "own.jsonl").write_text(text)
    result = waam("--base", base, "--out", tmp_path / "mine", "--data", tmp_path / "own.jsonl", "--lessons", 0, "--answers", 0)
    assert isinstance(result.exception, DataError) and said in str(result.exception)
    assert not (tmp_path / "mine").exists()


def test_conversations_are_written_for_another_machine_and_read_there(tmp_path: Path):
    result = waam("--write", tmp_path / "chats.jsonl", "--lessons", 40, "--answers", 0)
    assert result.exit_code == 0 and "40 conversations" in result.stdout and [p.name for p in tmp_path.iterdir()] == ["chats.jsonl"]
    assert read_chats(tmp_path / "chats.jsonl") == conversations(40, 0, 7)


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path):
    (tmp_path / "chats.jsonl").write_text("mine")
    result = waam("--write", tmp_path / "chats.jsonl", "--lessons", 40, "--answers", 0)
    assert isinstance(result.exception, BadInput) and "is there already; give another name" in str(result.exception)
    assert (tmp_path / "chats.jsonl").read_text() == "mine"


class TestStart:
    def test_own_is_the_adapter_of_the_base(self):
        assert start_folder("own", None) == FOLDER / DEFAULT_MODEL and (FOLDER / DEFAULT_MODEL / "adapter_model.safetensors").exists()

    def test_a_folder_is_taken_as_it_is(self, tmp_path: Path):
        assert start_folder(str(tmp_path), "any") == tmp_path and start_folder(None, "any") is None

    def test_a_model_without_one_is_one_sentence(self):
        with pytest.raises(BadInput, match=r"no adapter of its own for Qwen/Qwen3-4B"):
            start_folder("own", "Qwen/Qwen3-4B")


def test_neither_a_folder_nor_a_file_is_one_sentence():
    assert isinstance(waam().exception, BadInput)


def test_nothing_to_learn_is_one_sentence_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(finetune_llm_cli, "base_folder", lambda *how: pytest.fail("the model was fetched"))
    result = waam("--out", tmp_path / "mine", "--lessons", 0, "--answers", 0)
    assert isinstance(result.exception, BadInput) and "nothing to learn: give more than 0 for --lessons" in str(result.exception)


def test_too_little_to_learn_is_one_sentence(tmp_path: Path):
    result = waam("--base", tiny_llm(tmp_path / "base", ["a"]), "--out", tmp_path / "mine", "--lessons", 1, "--answers", 0)
    assert isinstance(result.exception, DataError) and "at least two conversations" in str(result.exception)


def test_a_folder_that_holds_no_model_is_one_sentence_before_anything_is_made(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    result = waam("--base", tmp_path / "empty", "--out", tmp_path / "mine", "--lessons", 20)
    assert isinstance(result.exception, DataError) and "is no model in the Hugging Face form" in str(result.exception)


def test_a_base_that_nobody_knows_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    def no_hub(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("huggingface_hub.snapshot_download", no_hub)
    monkeypatch.setattr("huggingface_hub.model_info", no_hub)
    with pytest.raises(
        WaamError, match=r"'no/such-model' is not known here and the model hub could not be asked .*give a name of `waam models list`"
    ):
        base_folder("no/such-model")


class TestMemory:
    """What does not fit is not fetched."""

    @pytest.fixture(autouse=True)
    def little(self, config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=4e9))
        monkeypatch.setattr("torch.cuda.is_available", lambda: False)
        monkeypatch.setattr("agent.model.weights.fetch", lambda *how: pytest.fail("fetched"))
        monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *how, **more: pytest.fail("fetched"))

    @pytest.mark.parametrize("name", [name for name, entry in catalog().items() if entry.role == "llm"])
    def test_of_the_catalogue(self, name: str):
        with pytest.raises(DataError, match=rf"Training {name} takes at least .* and 4\.0 are free"):
            base_folder(name)

    def test_of_the_hub(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("huggingface_hub.model_info", lambda name, timeout: SimpleNamespace(safetensors=SimpleNamespace(total=8 * 10**9)))
        with pytest.raises(DataError, match=r"Training Qwen/Qwen3-8B takes at least 44\.4 GB of memory"):
            base_folder("Qwen/Qwen3-8B")


class TestServing:
    @pytest.mark.parametrize(("precision", "build"), [("int8", True), ("int8_weights", False)])
    def test_what_has_to_be_built_first_is_said(self, config: Settings, monkeypatch: pytest.MonkeyPatch, precision: str, build: bool):
        """Training leaves the 16-bit form behind, which int8 weights are made from while loading; int8 throughout is another folder."""
        monkeypatch.setenv("WAAM_SERVER__PRECISION", precision)
        settings.cache_clear()
        (config.models / f"{DEFAULT_MODEL}-16bit").mkdir(parents=True)
        words = serving(Path("adapters/mine"), None)
        assert ("`WAAM_LLM__ADAPTER=adapters/mine waam models build`" in words) is build
        assert "`WAAM_LLM__ADAPTER=adapters/mine waam up`" in words

    def test_another_base_is_named(self, config: Settings):
        assert "`WAAM_LLM__ADAPTER='my adapters' WAAM_LLM__MODEL=Qwen/Qwen3-4B waam up`" in serving(Path("my adapters"), "Qwen/Qwen3-4B")


def test_a_base_that_is_no_language_model_is_refused_before_it_is_fetched():
    with pytest.raises(BadInput, match="all-minilm-l6-v2 is no language model but an encoder"):
        base_folder("all-minilm-l6-v2")


def test_answers_that_the_tools_cannot_give_are_one_sentence():
    with pytest.raises(WaamError, match="answered 0 of the 3 questions wanted; run `waam models build`"):
        conversations(0, 3, 7)


def test_a_base_may_be_a_folder(tmp_path: Path):
    assert base_folder(str(tmp_path)) == tmp_path and base_name(str(tmp_path)) == tmp_path.name


def test_a_base_keeps_its_name_wherever_its_folder_lies():
    assert base_name("Qwen/Qwen3-4B") == "Qwen/Qwen3-4B" and base_name(None) == DEFAULT_MODEL


class TestFeedback:
    GENERATED = (OWN, Chat(({"role": "user", "content": "so"}, *OWN.messages[1:])), Chat(({"role": "user", "content": "what"}, *OWN.messages[1:])))
    KOREAN = "188 A, 21.4 V, 48 cm/min 비드는 정상인가요?"

    @pytest.fixture
    def store(self, config: Settings) -> FeedbackStore:
        return FeedbackStore(config.state)

    def test_what_was_approved_is_among_the_tokens_that_are_learnt(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: FeedbackStore):
        wrong = {"verdict": "bad", "tools": ["predict_heat_input"]}
        ids = [store.add(feedback(question=question, **wrong)).id for question in (self.KOREAN, "rejected?", "undecided?")]
        store.decide(ids[:1], True)
        store.decide(ids[1:2], False)
        grouped: list[list[Chat]] = []

        def seen(chats: list[Chat], tokenizer: object, longest: int) -> list[Group]:
            grouped.append(list(chats))
            groups.append(group(chats, tokenizer, longest))
            tokenizers.append(tokenizer)
            return groups[-1]

        groups: list[list[Group]] = []
        tokenizers: list[Any] = []
        monkeypatch.setattr("finetune.llm.group", seen)
        monkeypatch.setattr(finetune_llm_cli, "conversations", lambda *how: list(self.GENERATED))
        result = waam("--base", tiny_llm(tmp_path / "base", ["is it sound yes"]), "--out", tmp_path / "mine", "--rank", 4, "--from-feedback")
        assert result.exit_code == 0, result.output + repr(result.exception)
        assert "4 conversations to learn, 1 of them from feedback (1 of 1 approved used)" in result.stderr
        learnt, held = grouped
        (taught,) = [chat for chat in learnt if chat.kind == "feedback"]
        assert taught.messages[-2]["content"] == self.KOREAN and not [chat for chat in held if chat.kind == "feedback"]
        (ids_learnt,) = [(*g.prefix, *chat.ids) for g in groups[0] for chat in g.chats if chat.kind == "feedback"]
        text = tokenizers[0].decode(ids_learnt)
        assert self.KOREAN in text and '{"name": "predict_heat_input", "arguments": {"settings": "188 A, 21.4 V, 48 cm/min"}}' in text
        assert not any("rejected?" in str(chat) or "undecided?" in str(chat) for chat in [*learnt, *held])
        assert "Those of the kind feedback are what users said" in (tmp_path / "mine" / "CARD.md").read_text()

    def test_alone_all_of_it_is_learnt(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: FeedbackStore):
        store.decide([store.add(feedback(verdict="bad", tools=["predict_heat_input"])).id], True)
        base = tiny_llm(tmp_path / "base", ["is it sound yes"])
        result = waam("--base", base, "--out", tmp_path / "mine", "--rank", 4, "--lessons", 0, "--answers", 0, "--from-feedback")
        assert result.exit_code == 0, result.output + repr(result.exception)
        assert "conversations learnt: 1, which is all; none is left to judge by" in result.stdout
        assert "Nothing was held out" in (tmp_path / "mine" / "CARD.md").read_text()

    def test_how_many_are_used_is_said(self, store: FeedbackStore):
        for changes in ({}, {"question": "why", "verdict": "bad"}):
            store.decide([store.add(feedback(**changes)).id], True)
        chats, told = approved_feedback()
        assert told == ", 2 of them from feedback (1 of 2 approved used)"
        assert [chat.messages[-1].get("tool_calls") is not None for chat in chats] == [True, False] and chats[0].messages[-2]["content"] == QUESTION

    @pytest.mark.parametrize(
        ("changes", "approve", "said"),
        [
            (None, False, "No feedback is approved yet; .*`waam feedback approve"),
            ({}, False, "No feedback is approved yet; .*`waam feedback approve"),
            ({"verdict": "bad"}, True, r"None of the approved feedback \(1\) says what would be right; `waam feedback approve`"),
        ],
    )
    def test_nothing_to_learn_from_is_one_sentence_before_anything_is_made(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: FeedbackStore, changes: dict[str, str] | None, approve: bool, said: str
    ):
        if changes is not None:
            store.decide([store.add(feedback(**changes)).id] * approve, True)
        monkeypatch.setattr(finetune_llm_cli, "conversations", lambda *how: pytest.fail("lessons were made"))
        result = waam("--base", tmp_path / "none", "--out", tmp_path / "mine", "--from-feedback")
        assert isinstance(result.exception, BadInput) and re.search(said, str(result.exception)) and not (tmp_path / "mine").exists()

    def test_without_being_asked_for_it_is_not_used(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: FeedbackStore):
        store.decide([store.add(feedback()).id], True)
        monkeypatch.setattr(finetune_llm_cli, "approved_feedback", lambda: pytest.fail("feedback was read"))
        monkeypatch.setattr(finetune_llm_cli, "conversations", lambda *how: list(self.GENERATED))
        assert waam("--base", tiny_llm(tmp_path / "base", ["is it sound yes"]), "--out", tmp_path / "mine", "--rank", 4).exit_code == 0
