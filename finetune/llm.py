"""LoRA fine-tuning of a causal language model on conversations, made for processors: what all conversations share is read once for
many of them, conversations are packed end to end without padding, and the first layers, which are not adapted, are only run forwards.

The shared beginning is read without gradients: the adapter learns to write its answers, and how it changes the reading of the
instructions is taken as it is.
"""

import hashlib
import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model_state_dict, set_peft_model_state_dict
from torch.optim.lr_scheduler import LambdaLR
from transformers import AutoTokenizer, DynamicCache

from finetune.chats import FEEDBACK, Chat, Group, Tokens, group
from finetune.engine import Progress, read_checkpoint, seeded, write_checkpoint
from finetune.llm_adapter import adapted, save
from finetune.llm_config import LlmConfig
from finetune.memory import keep_freed
from finetune.packed_attention import NAME
from finetune.records import DataError

Step = tuple[int, list[Tokens]]  # which group, and its chats


@dataclass(frozen=True)
class Judged:
    """On conversations that were held out: the mean loss of a token, and the share that the model would write to the letter."""

    loss: float
    exact: float
    n: int


def train_llm(chats: Sequence[Chat], config: LlmConfig, out: Path, progress: Progress = print) -> dict[str, Any]:
    """Train an adapter and write it to `out` in PEFT's form, in 16 bits; a killed run goes on. Returns what the card says: steps,
    losses, and by kind of conversation how much of what was held out is written to the letter."""
    seeded(config.seed)
    keep_freed()
    run = _run(chats, config)
    tokenizer = AutoTokenizer.from_pretrained(config.base)
    learnt, judging = _divided(chats, config)
    groups, held = group(learnt, tokenizer, config.longest), group(judging, tokenizer, config.longest)
    model = adapted(config)
    weights = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=config.learning_rate, weight_decay=0.0)
    plan = list(steps(groups, config))
    rates = LambdaLR(optimizer, _share(config, len(plan)))
    file, losses = out.with_name(out.name + ".partial") / "llm.pt", list[float]()
    if file.exists():
        losses = _resume(file, run, model, optimizer, rates)
        progress(f"goes on after step {len(losses)} of {len(plan)}")
    read = SharedReading(model, groups, config.shared_every)
    model.train()
    for number in range(len(losses), len(plan)):
        which, packed = plan[number]
        loss = _loss(model, packed, read(which))[0]
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, config.clip)
        optimizer.step()
        rates.step()
        losses.append(loss.item())
        progress(f"step {number + 1} of {len(plan)}: loss {losses[-1]:.3f}")
        if (number + 1) % config.save_every == 0 or number + 1 == len(plan):
            state = {"adapter": get_peft_model_state_dict(model), "optimizer": optimizer.state_dict(), "rates": rates.state_dict()}
            write_checkpoint(state | {"losses": losses, "run": run}, file)
    scores = {kind: vars(judged) for kind, judged in judge(model, held, config).items()}
    save(model, config, out)
    file.unlink()
    file.parent.rmdir()
    return {"steps": len(plan), "conversations": len(learnt), "losses": losses, "held_out": scores}


def steps(groups: Sequence[Group], config: LlmConfig) -> Iterator[Step]:
    """The steps of all epochs, equal for equal seeds: chats of one group, in random order, up to `step_tokens`."""
    for epoch in range(config.epochs):
        chance = random.Random(config.seed + epoch)
        found: list[Step] = []
        for which, each in enumerate(groups):
            chats = chance.sample(each.chats, len(each.chats))
            found += [(which, part) for part in _parts(chats, config.step_tokens)]
        chance.shuffle(found)
        yield from found


class SharedReading:
    """The keys and values of each group's beginning, read again every `every` uses as the adapter changes."""

    def __init__(self, model: Any, groups: Sequence[Group], every: int) -> None:
        self.model, self.groups, self.every = model, groups, every
        self.read: dict[int, tuple[int, DynamicCache]] = {}

    def __call__(self, which: int) -> DynamicCache:
        used, cache = self.read.get(which, (self.every, None))
        if used >= self.every or cache is None:
            used, cache = 0, DynamicCache()
            with torch.no_grad():
                self.model(input_ids=torch.tensor([self.groups[which].prefix]), past_key_values=cache, use_cache=True, logits_to_keep=1)
        self.read[which] = used + 1, cache
        return cache


def judge(model: Any, groups: Sequence[Group], config: LlmConfig) -> dict[str, Judged]:
    """By kind of conversation, and over `all`."""
    found: dict[str, list[tuple[float, bool]]] = {}
    model.eval()
    read = SharedReading(model, groups, every=1 << 30)
    with torch.no_grad():
        for which, each in enumerate(groups):
            for part in _parts(each.chats, config.step_tokens):
                for chat, result in zip(part, _loss(model, part, read(which))[1], strict=True):
                    for kind in {chat.kind, "all"}:
                        found.setdefault(kind, []).append(result)
    return {
        kind: Judged(sum(loss for loss, _ in rows) / len(rows), sum(exact for _, exact in rows) / len(rows), len(rows))
        for kind, rows in sorted(found.items())
    }


def _loss(model: Any, packed: Sequence[Tokens], shared: DynamicCache) -> tuple[torch.Tensor, list[tuple[float, bool]]]:
    """The mean loss of what is to be written, and each chat's own with whether all of it is what the model would write."""
    assert model.config._attn_implementation == NAME  # any other would ignore the lengths, and let the chats see each other
    lengths, before = [len(chat.ids) for chat in packed], shared.get_seq_length()
    ids = torch.tensor([token for chat in packed for token in chat.ids])
    ends = torch.tensor(lengths).cumsum(0).tolist()
    learnt = torch.cat([torch.arange(end - chat.written, end) for end, chat in zip(ends, packed, strict=True)])
    logits = (
        model(
            input_ids=ids[None],
            position_ids=torch.cat([torch.arange(length) + before for length in lengths])[None],
            lengths=lengths,
            past_key_values=_copy(shared),
            use_cache=True,
            logits_to_keep=learnt - 1,  # the token before says what comes
        )
        .logits[0]
        .float()
    )
    losses = torch.nn.functional.cross_entropy(logits, ids[learnt], reduction="none")
    right, each = (logits.argmax(-1) == ids[learnt]), [chat.written for chat in packed]
    rows = [(float(a.mean()), bool(b.all())) for a, b in zip(losses.detach().split(each), right.split(each), strict=True)]
    return losses.mean(), rows


def _copy(cache: DynamicCache) -> DynamicCache:
    """A cache that can grow while the first stays as it is; the tensors are shared."""
    fresh, layers = DynamicCache(), list[Any](cache.layers)
    for number, layer in enumerate(layers):
        fresh.update(layer.keys, layer.values, number)
    return fresh


def _parts(chats: Sequence[Tokens], most: int) -> Iterator[list[Tokens]]:
    part: list[Tokens] = []
    for chat in chats:
        if part and sum(len(c.ids) for c in part) + len(chat.ids) > most:
            yield part
            part = []
        part.append(chat)
    if part:
        yield part


def _divided(chats: Sequence[Chat], config: LlmConfig) -> tuple[list[Chat], list[Chat]]:
    """Chats to learn from, and chats to judge by; what is asked in the same words stands on one side, and feedback is learnt. Raises DataError
    for fewer than two."""
    every = {chat.messages[-2]["content"] for chat in chats}
    if len(every) < 2:
        raise DataError("There is nothing to learn: at least two conversations are needed, one of them to judge by.")
    asked = sorted(every - {chat.messages[-2]["content"] for chat in chats if chat.kind == FEEDBACK}) or sorted(every)
    held = set(random.Random(config.seed).sample(asked, max(1, math.floor(config.held_out * len(asked)))))
    return [c for c in chats if c.messages[-2]["content"] not in held], [c for c in chats if c.messages[-2]["content"] in held]


def _share(config: LlmConfig, total: int) -> Any:
    warm = max(1, math.ceil(config.warmup * total))
    return lambda step: (step + 1) / warm if step < warm else max(0.02, (total - step) / max(1, total - warm))


def _run(chats: Sequence[Chat], config: LlmConfig) -> str:
    """What a training depends on, as a hash."""
    return hashlib.sha256(json.dumps([config.model_dump(mode="json"), *map(asdict, chats)], ensure_ascii=False).encode()).hexdigest()


def _resume(file: Path, run: str, model: Any, optimizer: torch.optim.Optimizer, rates: LambdaLR) -> list[float]:
    saved = read_checkpoint(file)
    if saved["run"] != run:
        raise DataError(f"{file.parent} holds an unfinished training with other settings or conversations; go on with those, or remove that folder.")
    set_peft_model_state_dict(model, saved["adapter"])
    optimizer.load_state_dict(saved["optimizer"])
    rates.load_state_dict(saved["rates"])
    losses: list[float] = saved["losses"]
    return losses
