"""LoRA fine-tuning of a causal language model on conversations, made for processors: what all conversations share is read once for
many of them, conversations are packed end to end without padding, and the first layers, which are not adapted, are only run forwards.

The shared beginning is read without gradients: the adapter learns to write its answers, and how it changes the reading of the
instructions is taken as it is. A graphics card is used where there is one.
"""

import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model_state_dict, set_peft_model_state_dict
from torch.optim.lr_scheduler import LambdaLR
from transformers import AutoTokenizer

from finetune.chats import Chat, group
from finetune.engine import Progress, read_checkpoint, seeded, write_checkpoint
from finetune.llm_adapter import adapted, save
from finetune.llm_card import digest
from finetune.llm_config import LlmConfig
from finetune.llm_resume import CHECKPOINT, begin, partial
from finetune.llm_steps import SharedReading, divided, judge, loss_of, steps
from finetune.memory import ensure_free, keep_freed, parameters, peak_gb

TOLD_EVERY = 10  # steps after which the memory is told


def train_llm(chats: Sequence[Chat], config: LlmConfig, out: Path, progress: Progress = print) -> dict[str, Any]:
    """Train an adapter and write it to `out` in PEFT's form, in 16 bits; a killed run goes on. Returns what the card says: steps,
    losses, and by kind of conversation how much of what was held out is written to the letter (nothing where all was learnt)."""
    seeded(config.seed)
    keep_freed()
    learnt, judging = divided(chats, config)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    ensure_free(config.base_name, parameters(config.base))
    tokenizer = AutoTokenizer.from_pretrained(config.base)
    groups, held = group(learnt, tokenizer, config.longest), group(judging, tokenizer, config.longest)
    model = adapted(config).to(device)
    start = digest(config.start) if config.start else None  # before the new one is written, perhaps to the same folder
    weights = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=config.learning_rate, weight_decay=0.0)
    plan = list(steps(groups, config))
    rates = LambdaLR(optimizer, _share(config, len(plan)))
    begin(partial(out), chats, config)
    file, losses = partial(out) / CHECKPOINT, list[float]()
    if file.exists():
        losses = _resume(file, model, optimizer, rates)
        progress(f"goes on after step {len(losses)} of {len(plan)}")
    read = SharedReading(model, groups, config.shared_every)
    model.train()
    for number in range(len(losses), len(plan)):
        which, packed = plan[number]
        loss = loss_of(model, packed, read(which, number))[0]
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, config.clip)
        optimizer.step()
        rates.step()
        losses.append(loss.item())
        memory = f", {_peak(device):.1f} GB" if (number + 1) % TOLD_EVERY == 0 else ""
        progress(f"step {number + 1} of {len(plan)}: loss {losses[-1]:.3f}{memory}")
        if (number + 1) % config.checkpoint_every == 0 or number + 1 == len(plan):
            state = {"adapter": get_peft_model_state_dict(model), "optimizer": optimizer.state_dict(), "rates": rates.state_dict()}
            write_checkpoint(state | {"losses": losses}, file)
    scores = {kind: vars(judged) for kind, judged in judge(model, held, config).items()}
    save(model, config, out)
    shutil.rmtree(partial(out))
    made = {"start": start, "device": device.type, "peak_gb": round(_peak(device), 1)}
    return {"steps": len(plan), "conversations": len(learnt), "losses": losses, "held_out": scores, **made}


def _peak(device: torch.device) -> float:
    return torch.cuda.max_memory_allocated() / 1e9 if device.type == "cuda" else peak_gb()


def _share(config: LlmConfig, total: int) -> Any:
    warm = max(1, math.ceil(config.warmup * total))
    return lambda step: (step + 1) / warm if step < warm else max(0.02, (total - step) / max(1, total - warm))


def _resume(file: Path, model: Any, optimizer: torch.optim.Optimizer, rates: LambdaLR) -> list[float]:
    saved = read_checkpoint(file)
    set_peft_model_state_dict(model, saved["adapter"])
    optimizer.load_state_dict(saved["optimizer"])
    rates.load_state_dict(saved["rates"])
    losses: list[float] = saved["losses"]
    return losses
