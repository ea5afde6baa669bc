"""The LoRA adapter of a language model: put on the base model, fresh or as an earlier training left it, and written in PEFT's form."""

import json
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils.logging import disable_progress_bar

from finetune.llm_config import LlmConfig
from finetune.packed_attention import NAME, check_packable
from finetune.records import DataError

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


def check_trainable(config: LlmConfig) -> None:
    """Raises DataError for a base model that cannot be trained here, before anything large is read."""
    try:
        found = AutoConfig.from_pretrained(config.base)
    except (OSError, ValueError) as error:  # no config.json, or one that says nothing of a model
        said = f"{config.base} is no model in the Hugging Face form ({type(error).__name__} at its config.json)"
        raise DataError(f"{said}; give --base a folder with one, or a name of `waam models list`.") from None
    check_packable(found)


def adapted(config: LlmConfig) -> Any:
    """The base model, in float32 or in bfloat16 where this machine computes in it, with a fresh adapter on its last layers, or with the one
    to go on from. Raises DataError where that one does not fit, or the base model cannot be trained here."""
    check_trainable(config)
    disable_progress_bar()  # it would be lines without end in a log
    fast = torch.cuda.is_bf16_supported() if torch.cuda.is_available() else torch.cpu._is_avx512_bf16_supported()
    model = AutoModelForCausalLM.from_pretrained(config.base, dtype=torch.bfloat16 if fast else torch.float32, attn_implementation=NAME)
    count = model.config.get_text_config().num_hidden_layers
    last = list(range(count - max(1, round(config.layers * count)), count))
    lora = LoraConfig(
        r=config.rank, lora_alpha=config.alpha, target_modules=list(config.targets), layers_to_transform=last, layers_pattern="layers",
        task_type="CAUSAL_LM",
    )  # fmt: skip
    adapter = get_peft_model(model, lora)
    if config.start is not None:
        _take_over(adapter, lora, config.start)
    return adapter


def save(model: Any, config: LlmConfig, out: Path) -> None:
    """Write the adapter in PEFT's form, in 16 bits."""
    out.mkdir(parents=True, exist_ok=True)
    state = {name: weight.to(torch.float16).contiguous() for name, weight in get_peft_model_state_dict(model).items()}
    save_file(state, out / WEIGHTS, metadata={"format": "pt"})
    lora = model.peft_config["default"]
    kept = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": config.base_name, "r": lora.r, "lora_alpha": lora.lora_alpha,
        "lora_dropout": 0.0, "bias": "none", "target_modules": sorted(lora.target_modules), "layers_to_transform": lora.layers_to_transform,
        "layers_pattern": "layers", "inference_mode": True,
    }  # fmt: skip
    (out / CONFIG).write_text(json.dumps(kept, indent=1) + "\n")


def _take_over(model: Any, lora: LoraConfig, start: Path) -> None:
    try:
        shape, learnt = json.loads((start / CONFIG).read_text(encoding="utf-8")), load_file(start / WEIGHTS)
    except OSError:
        raise DataError(f"There is no adapter to go on from in {start}; {CONFIG} and {WEIGHTS} are looked for.") from None
    wanted = {
        "r": lora.r,
        "lora_alpha": lora.lora_alpha,
        "layers_to_transform": lora.layers_to_transform,
        "target_modules": sorted(lora.target_modules or ()),
    }
    if unlike := [f"{name} {shape.get(name)} instead of {value}" for name, value in wanted.items() if shape.get(name) != value]:
        raise DataError(f"The adapter in {start} is of another kind: it has {', '.join(unlike)}; train with what it has, or without --start.")
    set_peft_model_state_dict(model, learnt)
