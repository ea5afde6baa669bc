"""A causal language model of four small layers with a byte tokenizer and a chat template, for tests of the training and not of the language."""

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from finetune.chats import Chat
from finetune.llm_config import LlmConfig

TEMPLATE = (
    "{% if tools %}<s>tools{% for tool in tools %} {{ tool.function.name }}{% endfor %}</s>{% endif %}"
    "{% for m in messages %}<s>{{ m.role + ' ' + m.content }}"
    "{% for call in m.tool_calls or [] %}<tool_call>\n"
    """{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}\n</tool_call>{% endfor %}</s>"""
    "{% endfor %}{% if add_generation_prompt %}<s>assistant {% endif %}"
)


def tiny_llm(folder: Path, texts: Sequence[str]) -> Path:
    """The model with a vocabulary learnt from these texts, written to `folder`; returns it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=["<s>", "</s>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", bos_token="<s>", chat_template=TEMPLATE)
    fast.add_tokens(["<tool_call>", "</tool_call>"])
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    shape = Qwen2Config(
        vocab_size=1024, hidden_size=32, intermediate_size=64, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
        tie_word_embeddings=False, initializer_range=0.3, eos_token_id=tokenizer.token_to_id("</s>"), bos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    Qwen2ForCausalLM(shape).save_pretrained(folder)
    return folder


TOOLS = ({"type": "function", "function": {"name": "heat", "description": "Heat input."}},)


def chat(question: str, answer: str, kind: str = "") -> Chat:
    messages = ({"role": "system", "content": "Route."}, {"role": "user", "content": question}, {"role": "assistant", "content": answer})
    return Chat(messages, TOOLS, kind)


CHATS = [chat(f"{n} A {how}", answer, how) for n in range(100, 112) for how, answer in (("slow", "sound bead"), ("fast", "humping"))]
WORDS = [text for c in CHATS for text in (c.messages[1]["content"], c.messages[2]["content"])]


def tiny_config(base: Path) -> LlmConfig:
    """A training of seconds that learns CHATS."""
    return LlmConfig(base=base, rank=4, alpha=8, step_tokens=40, learning_rate=0.02, epochs=3, shared_every=1, save_every=2, held_out=0.2)
