"""The steps of a training on conversations: which are learnt, which are packed into a step, their loss, and how well those that were held out
are written. The shared beginning is read once for many steps, without gradients.
"""

import copy
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache

from finetune.chats import FEEDBACK, Chat, Group, Tokens
from finetune.llm_config import LlmConfig
from finetune.packed_attention import NAME
from finetune.records import DataError

KEPT = 4  # readings of beginnings; those of conversations with instructions of their own would pile up

Step = tuple[int, list[Tokens]]  # which group, and its chats


@dataclass(frozen=True)
class Judged:
    """On conversations that were held out: the mean loss of a token, and the share that the model would write to the letter."""

    loss: float
    exact: float
    n: int


class SharedReading:
    """The keys and values of each group's beginning, read again every `every` steps as the adapter changes.

    Nothing is kept from before a step whose number `every` divides, so that a training that goes on from there reads what it would have read
    without a break.
    """

    def __init__(self, model: Any, groups: Sequence[Group], every: int | None = None) -> None:
        self.model, self.groups, self.every = model, groups, every
        self.since, self.read = 0, dict[int, DynamicCache]()

    def __call__(self, which: int, step: int = 0) -> DynamicCache:
        since = step // self.every if self.every else 0
        if since != self.since:
            self.since = since
            self.read.clear()
        cache = self.read.pop(which) if which in self.read else self._read(which)
        self.read[which] = cache  # the last that was used stands last
        while len(self.read) > KEPT:
            del self.read[next(iter(self.read))]
        return cache

    def _read(self, which: int) -> DynamicCache:
        cache, prefix = DynamicCache(), torch.tensor([self.groups[which].prefix], device=self.model.device)
        with torch.no_grad():
            self.model(input_ids=prefix, past_key_values=cache, use_cache=True, logits_to_keep=1)
        return cache


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


def divided(chats: Sequence[Chat], config: LlmConfig) -> tuple[list[Chat], list[Chat]]:
    """Chats to learn from, and chats to judge by. What is asked in the same words stands on one side, and what stands beside feedback is learnt:
    where that is everything, there are none to judge by. Raises DataError for fewer than two."""
    asked = {chat.messages[-2]["content"] for chat in chats}
    free = sorted(asked - {chat.messages[-2]["content"] for chat in chats if chat.kind == FEEDBACK})
    if asked and not free:
        return list(chats), []
    if len(asked) < 2:
        raise DataError("There is nothing to learn: at least two conversations are needed, one of them to judge by.")
    held = set(random.Random(config.seed).sample(free, max(1, math.floor(config.held_out * len(free)))))
    return [c for c in chats if c.messages[-2]["content"] not in held], [c for c in chats if c.messages[-2]["content"] in held]


def loss_of(model: Any, packed: Sequence[Tokens], shared: DynamicCache) -> tuple[torch.Tensor, list[tuple[float, bool]]]:
    """The mean loss of what is to be written, and each chat's own with whether all of it is what the model would write."""
    assert model.config._attn_implementation == NAME  # any other would ignore the lengths, and let the chats see each other
    lengths, before, device = [len(chat.ids) for chat in packed], shared.get_seq_length(), model.device
    ids = torch.tensor([token for chat in packed for token in chat.ids], device=device)
    ends = torch.tensor(lengths).cumsum(0).tolist()
    learnt = torch.cat([torch.arange(end - chat.written, end, device=device) for end, chat in zip(ends, packed, strict=True)])
    logits = (
        model(
            input_ids=ids[None],
            position_ids=torch.cat([torch.arange(length, device=device) + before for length in lengths])[None],
            lengths=lengths,
            past_key_values=_to_grow(shared),
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


def judge(model: Any, groups: Sequence[Group], config: LlmConfig) -> dict[str, Judged]:
    """By kind of conversation, and over `all`; empty where there are none."""
    found: dict[str, list[tuple[float, bool]]] = {}
    model.eval()
    read = SharedReading(model, groups)
    with torch.no_grad():
        for which, each in enumerate(groups):
            for part in _parts(each.chats, config.step_tokens):
                for chat, result in zip(part, loss_of(model, part, read(which))[1], strict=True):
                    for kind in {chat.kind, "all"}:
                        found.setdefault(kind, []).append(result)
    return {
        kind: Judged(sum(loss for loss, _ in rows) / len(rows), sum(exact for _, exact in rows) / len(rows), len(rows))
        for kind, rows in sorted(found.items())
    }


def _to_grow(cache: DynamicCache) -> DynamicCache:
    """A cache that can grow while the first stays as it is. The tensors are shared: a layer that grows takes new ones."""
    fresh = copy.copy(cache)
    fresh.layers = [copy.copy(layer) for layer in cache.layers]
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
