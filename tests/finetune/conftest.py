"""A random BERT of one small layer with its tokenizer: the shape of the real thing, made in a blink."""

import json
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel

torch.set_num_threads(1)  # tiny models: more threads only wait for each other on a busy machine

WORDS = [
    "the",
    "material",
    "used",
    "in",
    "experiment",
    "is",
    "current",
    "voltage",
    "travel",
    "speed",
    "a",
    "v",
    "mm",
    "s",
    "gmaw",
    "316l",
    "what",
    "result",
    "bead",
    ",",
    ".",
    "/",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "0",
]


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like all-minilm-l6-v2's: config.json, model.safetensors, tokenizer.json."""
    folder = tmp_path_factory.mktemp("tiny-bert")
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(WORDS) + 2, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[UNK]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    assert json.loads((folder / "config.json").read_text())["model_type"] == "bert"
    return folder
