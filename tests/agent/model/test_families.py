"""Which parser reads a model's calls: by what its chat template writes, or by its name where that is not at hand."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from huggingface_hub import constants

from agent.model.families import STRICTNESS, families, family, options
from agent.settings import DEFAULT_MODEL, Settings
from finetune.chat_template import SWITCHES
from tests.finetune import family_templates

SILENT = ["--default-chat-template-kwargs", '{"enable_thinking": false}']


def chosen(model: str) -> tuple[str, dict[str, bool]]:
    found = family(model)
    return found.parser, found.template


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of the model hub, empty."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.mark.parametrize(
    ("model", "parser", "told"),
    [
        (DEFAULT_MODEL, "hermes", {}),
        ("Qwen/Qwen2.5-7B-Instruct", "hermes", {}),
        ("Qwen/Qwen3-8B", "hermes", SWITCHES),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "qwen3_coder", SWITCHES),
        ("Qwen/Qwen3.5-4B", "qwen3_coder", SWITCHES),
        ("meta-llama/Llama-3.2-1B-Instruct", "llama3_json", {}),
        ("NousResearch/Hermes-3-Llama-3.1-8B", "hermes", {}),
        ("mistralai/Ministral-8B-Instruct-2410", "mistral", {}),
        ("someone/else", "hermes", {}),
        ("/no/such/folder", "hermes", {}),
    ],
)
def test_a_name_of_which_nothing_is_at_hand(model: str, parser: str, told: dict[str, bool]):
    assert chosen(model) == (parser, told)


class TestFolder:
    @pytest.mark.parametrize(
        ("template", "parser", "told"),
        [
            (family_templates.QWEN25, "hermes", {}),
            (family_templates.QWEN3, "hermes", SWITCHES),
            ("{% set think = enable_thinking %}" + family_templates.QWEN25, "hermes", SWITCHES),
            (family_templates.QWEN3_CODER, "qwen3_coder", SWITCHES),
            (family_templates.LLAMA3, "llama3_json", {}),
            ("{{ '[TOOL_CALLS][' }}", "mistral", {}),
            (family_templates.GEMMA3, "hermes", {}),
        ],
    )
    @pytest.mark.parametrize("place", ["jinja", "json", "list"])
    def test_its_template_decides_and_not_its_name(self, tmp_path: Path, template: str, parser: str, told: dict[str, bool], place: str):
        folder = tmp_path / "my-llama-3-mistral-qwen3"
        folder.mkdir()
        (folder / "config.json").write_text('{"model_type": "llama"}')
        if place == "jinja":
            (folder / "chat_template.jinja").write_text(template)
        else:
            kept = template if place == "json" else [{"name": "default", "template": ""}, {"name": "tool_use", "template": template}]
            (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": kept}))
        assert chosen(str(folder)) == (parser, told)

    @pytest.mark.parametrize(("kind", "parser"), [("mistral3", "mistral"), ("qwen3", "hermes"), ("gemma3", "hermes")])
    def test_without_a_template_its_architecture_decides(self, tmp_path: Path, kind: str, parser: str):
        (tmp_path / "config.json").write_text(json.dumps({"model_type": kind}))
        assert family(str(tmp_path)).parser == parser

    def test_a_broken_file_is_left_to_vllm(self, tmp_path: Path):
        (tmp_path / "config.json").write_text("{")
        (tmp_path / "tokenizer_config.json").write_text("[]")
        assert chosen(str(tmp_path)) == ("hermes", {})


def test_a_model_of_the_hub_that_was_fetched_is_read(cache: Path):
    fetched = cache / "models--someone--else"
    (fetched / "refs").mkdir(parents=True)
    (fetched / "refs" / "main").write_text("abc")
    (fetched / "snapshots" / "abc").mkdir(parents=True)
    (fetched / "snapshots" / "abc" / "chat_template.jinja").write_text(family_templates.LLAMA3)
    assert family("someone/else").parser == "llama3_json"


class TestOptions:
    def test_the_default_model_is_read_as_it_was_trained_and_its_arguments_are_held_to_the_schema(self, config: Settings):
        held = ["--tool-strict-level", "parameter"]
        assert options(config) == ["--enable-auto-tool-choice", "--tool-call-parser", "hermes", *held]

    def test_a_model_that_would_think_is_told_not_to(self, config: Settings):
        config.llm.model = "Qwen/Qwen3-8B"
        assert options(config)[-2:] == SILENT

    def test_a_parser_of_the_users_choice_is_taken(self, config: Settings):
        config.llm.model, config.server.tool_parser = "Qwen/Qwen3-8B", "qwen3_xml"
        assert options(config)[2] == "qwen3_xml" and options(config)[-2:] == SILENT


def test_what_the_server_tells_the_template_is_what_training_told_it():
    assert all(each.template in ({}, SWITCHES) for each in families())


@pytest.mark.skipif(find_spec("vllm") is None, reason="vLLM is not installed here")
def test_the_vllm_that_is_installed_has_these_parsers_and_options():
    spec = find_spec("vllm")
    assert spec is not None and spec.origin is not None
    root = Path(spec.origin).parent
    registered = (root / "tool_parsers" / "__init__.py").read_text()
    assert all(f'"{each.parser}": (' in registered for each in families())
    known = (root / "entrypoints" / "launchers" / "cli_args.py").read_text()
    assert all(
        f"{option}: " in known for option in ("enable_auto_tool_choice", "tool_call_parser", "tool_strict_level", "default_chat_template_kwargs")
    )
    assert f'"{STRICTNESS}"]' in (root / "tool_parsers" / "tool_strict_level.py").read_text()
