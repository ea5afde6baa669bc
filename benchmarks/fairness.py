"""Is the line in front of the language model fair and bounded? One user asks many questions at once, another one afterwards asks a single one.

    python -m benchmarks.fairness [--questions 16] [--at-once 4] [--waiting 8] [--json FILE]

Needs the language model's server (`waam up`). The agent's own server runs in a process of its own with a key for each user; questions differ, so that
nothing is answered from a cache. To hold: the single question is answered after no more than those that ran when it came and one of the many
that wait; what the line has no room for is refused at once, with the number of those ahead; everything else is answered.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from agent.settings import TurnsSettings, settings
from benchmarks.load import configured, served
from benchmarks.machine import machine, table, write

KEYS = {"many": "key-of-many-0123456789", "single": "key-of-single-0123456789"}
PATIENCE_S, AT_ONCE_S = 600.0, 2.0
LATER_S = 1.0  # after the many, the single one asks


@dataclass
class Asked:
    """One question as its client saw it; seconds since the first was asked."""

    user: str
    sent_s: float
    ended_s: float = 0.0
    ahead: list[str] = field(default_factory=list)
    status: str = ""
    said: str = ""


async def ask(client: httpx.AsyncClient, user: str, number: int, begun: float) -> Asked:
    """One streamed question, to its end."""
    question = f"Would a bead at {150 + number} A, 22 V and {6 + number % 7} mm/s be normal?"
    asked = Asked(user, time.monotonic() - begun)
    body = {"model": "waam", "stream": True, "messages": [{"role": "user", "content": question}]}
    async with client.stream("POST", "/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {KEYS[user]}"}) as reply:
        if reply.status_code != 200:
            await reply.aread()
            error = reply.json()["error"]
            asked.status, asked.said = error["code"], error["message"]
        else:
            async for line in reply.aiter_lines():
                hear(asked, line)
    asked.ended_s = time.monotonic() - begun
    return asked


def hear(asked: Asked, line: str) -> None:
    """Take in one line of the stream."""
    if not line.startswith("data: {"):
        return
    chunk = json.loads(line.removeprefix("data: "))
    told = chunk.get("waam", {})
    if "error" in chunk:
        asked.status, asked.said = chunk["error"]["code"], chunk["error"]["message"]
    elif told.get("event") == "waiting":
        asked.ahead.append(told["text"])
    elif "status" in told:
        asked.status, asked.said = told["status"], told["answer"]


async def _rush(url: str, questions: int) -> list[Asked]:
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, limits=httpx.Limits(max_connections=questions + 1)) as client:
        while (await client.get("/healthz")).status_code != 200:
            await asyncio.sleep(0.1)
        begun = time.monotonic()
        many = [asyncio.create_task(ask(client, "many", number, begun)) for number in range(questions)]
        await asyncio.sleep(LATER_S)
        single = asyncio.create_task(ask(client, "single", questions, begun))
        return await asyncio.gather(*many, single)


def judge(found: Sequence[Asked], at_once: int, waiting: int) -> dict[str, Any]:
    """What is told, and what does not hold."""
    *many, single = found
    answered, refused = [each for each in many if each.status in ("answered", "degraded")], [each for each in many if each.status == "busy"]
    before = sum(single.sent_s < each.ended_s < single.ended_s for each in answered)
    faults = []
    if single.status not in ("answered", "degraded"):
        faults.append(f"the single question was not answered: {single.status} {single.said}")
    if before > at_once + 1:
        faults.append(f"{before} of the many were answered before it")
    if len(answered) + len(refused) < len(many):
        faults.append(f"{len(many) - len(answered) - len(refused)} of the many had neither an answer nor a refusal")
    if len(answered) > at_once + waiting:
        faults.append("more were answered than there was room for")
    if late := [each for each in refused if each.ended_s - each.sent_s > AT_ONCE_S and "others are waiting" not in each.said]:
        faults.append(f"{len(late)} refusals took more than {AT_ONCE_S:g} s")
    return {
        "asked": len(many), "answered": len(answered), "refused": len(refused), "said": sorted({each.said for each in refused}),
        "single_ahead": single.ahead, "single_s": round(single.ended_s - single.sent_s, 1), "before_it": before,
        "longest_s": round(max((each.ended_s - each.sent_s for each in answered), default=0.0), 1), "faults": faults,
    }  # fmt: skip


def rush(questions: int, at_once: int, waiting: int) -> dict[str, Any]:
    """The whole of it, against a server of its own."""
    with TemporaryDirectory() as home:
        config = configured(1, Path(home)).model_copy(update={"turns": TurnsSettings(at_once=at_once, waiting=waiting)})
        with served(config, None, KEYS) as (url, _):
            found = asyncio.run(_rush(url, questions))
    return judge(found, at_once, waiting)


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--questions", type=int, default=16, help="of the one who asks many")
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--waiting", type=int, default=8, help="how many may wait")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    found = rush(given.questions, given.at_once, given.waiting)
    shown = {name: str(found[name]) for name in ("asked", "answered", "refused", "before_it", "single_s", "longest_s")}
    print(f"{settings().llm.model}, {given.at_once} at once, {given.waiting} may wait\n{table([shown])}")
    for words in found["said"]:
        print(f"refused: {words}")
    print(f"the single question heard: {', '.join(found['single_ahead']) or 'nothing of a line'}")
    print("\n".join(f"does not hold: {fault}" for fault in found["faults"]) or "fair and bounded")
    write({"machine": machine(), **found}, given.json)
    return found


if __name__ == "__main__":
    raise SystemExit(bool(main()["faults"]))
