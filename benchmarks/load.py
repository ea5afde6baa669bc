"""Many conversations at once, over HTTP and in Slack, with a scripted model, so that the agent is what is measured.

    python -m benchmarks.load [--conversations 200] [--turns 1000] [--way http|slack] [--json FILE]

A server of its own process answers on the loopback; the model waits for a moment, never the same one, and then calls the tool, or writes what the
tool says. What is told: errors, the agent's own time in a turn (all of it but the model's, the tools' and the time in the line), and the memory of
the server: over HTTP after each tenth of the turns, in Slack after each round of the conversations. The second half of them must not need more than
the first: --turns 10000 looks for a leak. The exit code is 1 where there were errors or the memory grew.
"""

import argparse
import asyncio
import multiprocessing
import random
import re
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import httpx
import psutil
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from agent.graph import build
from agent.llm import ScriptedModel, chat_model, tool_call_message
from agent.many.listening import listen
from agent.server.app import application
from agent.server.keys import Keys
from agent.server.options import options
from agent.settings import HttpSettings, Settings, SlackSettings, TurnsSettings, settings
from agent.state import Answer
from benchmarks.machine import machine, table, write

TARGET_MS = 50.0
DELAY_S, SPREAD_S = 0.5, 0.25  # of each of a turn's two calls of the model; the same for all, sixteen turns would fall on the same moment
FEWEST = 4  # looks at the memory
GROWTH = 1.1  # of the memory in the second half, at most
AT_ONCE, PATIENCE_S = 16, 300.0
_RESULT = re.compile(r"^\[T1\] (.+?)\.?$", re.MULTILINE)


class PacedModel(ScriptedModel):
    """Answers any number of prompts: a prompt with a result by that result, any other by a call of the tool. How long it waited, in microseconds,
    is what it gives as its output tokens: so it comes with the answer, and over HTTP too."""

    _drawn: random.Random = PrivateAttr(default_factory=lambda: random.Random(0))

    def _generate(self, messages: list[BaseMessage], *args: Any, **more: Any) -> ChatResult:
        begun = time.perf_counter()
        time.sleep(self._drawn.uniform(DELAY_S - SPREAD_S, DELAY_S + SPREAD_S))
        said = _RESULT.search(str(messages[-1].content))
        reply = AIMessage(f"{said[1]} [T1].") if said else tool_call_message(("detect_anomaly", {"settings": str(messages[-1].content)}))
        waited = round((time.perf_counter() - begun) * 1e6)
        reply.usage_metadata = UsageMetadata(input_tokens=0, output_tokens=waited, total_tokens=waited)
        return ChatResult(generations=[ChatGeneration(message=reply)])


def own_ms(timings_ms: Mapping[str, float], usage: Mapping[str, int]) -> float:
    """The agent's own part of a turn, whose model was a PacedModel."""
    return timings_ms["total"] - timings_ms.get("tools", 0.0) - usage["completion_tokens"] / 1000


def configured(conversations: int, home: Path) -> Settings:
    """Settings under which so many may wait and ask; the models of this machine, the state in a folder of its own."""
    turns, http = TurnsSettings(at_once=AT_ONCE, waiting=2 * conversations), HttpSettings(requests_per_minute=1_000_000, timeout_s=PATIENCE_S)
    found = settings().model_copy(update={"turns": turns, "http": http})
    (home / "models").symlink_to(found.models)
    return found.model_copy(update={"home": home})


def serve(config: Settings, model: BaseChatModel | None, keys: Mapping[str, str], port: Any) -> None:
    """The HTTP server, until it is ended; sends its port. Without `model` it is the one of the settings."""
    import uvicorn

    bound = listen("127.0.0.1", 0)
    port.send(bound.getsockname()[1])
    app = application(build(model or chat_model(config), config), config, Keys(keys))
    uvicorn.Server(options(app, config.http.stop_s)).run(sockets=[bound])


@contextmanager
def served(config: Settings, model: BaseChatModel | None, keys: Mapping[str, str]) -> Iterator[tuple[str, psutil.Process]]:
    """`serve` in a process of its own: its address, and the process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(config, model, keys, theirs))
    server.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}", psutil.Process(server.pid)
    finally:
        server.terminate()
        server.join(30)


async def talk(client: httpx.AsyncClient, number: int, turns: int, own: list[float], errors: list[str]) -> None:
    """One conversation: each turn goes on from all before it."""
    said: list[dict[str, str]] = []
    for turn in range(turns):
        said.append({"role": "user", "content": f"Would a bead at {150 + number % 100} A, 22 V and {6 + turn % 5} mm/s be normal?"})
        try:
            reply = (await client.post("/v1/chat/completions", json={"model": "waam", "messages": said[-9:]})).raise_for_status().json()
        except httpx.HTTPError as broken:
            errors.append(repr(broken)[:200])
            said.pop()
            continue
        if reply["waam"]["status"] != "answered":
            errors.append(f"{reply['waam']['status']}: {reply['waam']['answer'][:150]}")
        said.append(reply["choices"][0]["message"])
        own.append(own_ms(reply["waam"]["timings_ms"], reply["usage"]))


async def _load(url: str, process: psutil.Process, conversations: int, turns: int) -> dict[str, Any]:
    """`conversations` side by side until there were `turns` in all."""
    own: list[float] = []
    errors: list[str] = []
    memory: list[float] = []
    each = max(1, turns // conversations)
    limits = httpx.Limits(max_connections=conversations)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, limits=limits) as client:
        while (await client.get("/healthz")).status_code != 200:
            await asyncio.sleep(0.1)
        await talk(client, 0, 1, [], errors)  # what only the first turn has to load
        begun = time.monotonic()
        talks = asyncio.gather(*(talk(client, number, each, own, errors) for number in range(conversations)))
        while not talks.done():
            if len(own) >= len(memory) * each * conversations / 10:
                memory.append(process.memory_info().rss / 2**20)
            await asyncio.sleep(0.2)
        await talks
    return {"own_ms": own, "errors": errors, "memory_mib": memory, "seconds": time.monotonic() - begun}


def over_http(conversations: int, turns: int) -> dict[str, Any]:
    """The load against a server in a process of its own."""
    with TemporaryDirectory() as home, served(configured(conversations, Path(home)), PacedModel(replies=[]), {}) as (url, process):
        return asyncio.run(_load(url, process, conversations, turns))


def serve_slack(conversations: int, home: Path, url: str, told: Any) -> None:
    """The assistant by Socket Mode, until it is ended; tells of each turn its own time, and what was wrong with it."""
    from slack_bolt.adapter.socket_mode import SocketModeHandler

    from agent.slack import questions
    from agent.slack.run import assistant
    from tests.agent.slack.fake_slack import APP_TOKEN, BOT_TOKEN, SECRET

    asked = questions.run_turn

    def turn(*args: Any, **more: Any) -> Answer:
        answer = asked(*args, **more)
        told.put((own_ms(answer.timings_ms, answer.usage), "" if answer.status == "answered" else f"{answer.status}: {answer.answer[:150]}"))
        return answer

    questions.run_turn = turn  # this process ends with the measurement
    tokens: dict[str, Any] = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "signing_secret": SECRET, "api_url": f"{url}/api/"}
    slack = SlackSettings(**tokens, per_minute=1_000_000, per_day=1_000_000)
    config = configured(conversations, home).model_copy(update={"slack": slack})
    with assistant(config, PacedModel(replies=[])) as ours:
        SocketModeHandler(ours.app, APP_TOKEN).connect()
        Event().wait()


def in_slack(conversations: int, turns: int) -> dict[str, Any]:
    """The same in threads of a Slack that runs here, against an assistant in a process of its own."""
    from tests.agent.slack.fake_slack import FakeSlack

    acknowledged: list[float] = []
    context = multiprocessing.get_context("spawn")
    told: Any = context.SimpleQueue()
    heard: list[tuple[float, str]] = []
    refused: list[str] = []

    def ask(fake: FakeSlack, number: int, **where: str) -> None:
        question = f"Would a bead at {150 + number % 100} A, 22 V and {6 + number // conversations % 5} mm/s be normal?"
        acknowledged.append(fake.ack(fake.mention(question, **where))[0])

    def hear(fake: FakeSlack, count: int) -> None:
        """Once so many answers stand there, what their turns took; what this Slack keeps is forgotten, as it would grow with the turns. What was
        refused had no turn, and is an error."""
        fake.wait_for(lambda: sum(_is_answer(each.text) for each in list(fake.channel.values())) >= count, "not all answers were posted")
        turns = []
        while not told.empty():  # a turn tells before its answer is posted
            turns.append(told.get())
        heard.extend(turns)
        refused.extend(["a question was not asked"] * (count - len(turns)))
        for kept in (fake.calls, fake.channel, fake.acknowledged):
            kept.clear()

    with TemporaryDirectory() as home, FakeSlack() as fake:
        server = context.Process(target=serve_slack, args=(conversations, Path(home), fake.url, told))
        server.start()
        try:
            process = psutil.Process(server.pid)
            ask(fake, 0)  # what only the first turn has to load
            hear(fake, 1)
            heard.clear()
            acknowledged.clear()
            begun, memory = time.monotonic(), [process.memory_info().rss / 2**20]
            roots = [fake.new_ts() for _ in range(conversations)]
            for first in range(0, turns, conversations):  # a round; the next one goes on from its answers
                numbers = range(first, min(first + conversations, turns))
                for number in numbers:
                    root = roots[number % conversations]
                    ask(fake, number, **({"thread_ts": root} if first else {"ts": root}))
                hear(fake, len(numbers))
                memory.append(process.memory_info().rss / 2**20)
            seconds = time.monotonic() - begun
        finally:
            server.terminate()
            server.join(30)
    own, errors = [each for each, _ in heard], [error for _, error in heard if error] + refused
    return {"own_ms": own, "errors": errors, "memory_mib": memory, "seconds": seconds, "slowest_ack_s": max(acknowledged)}


def _is_answer(text: str) -> bool:
    """Also a refusal; what is said on the way is in italics."""
    return not text.startswith("_")


WAYS = {"http": over_http, "slack": in_slack}


def halves(memory: Sequence[float]) -> tuple[float, float]:
    """The most that was needed in the first half of the turns, and in the second. Raises ValueError where they are too few to tell."""
    if len(memory) < FEWEST:
        raise ValueError(f"The memory was looked at {len(memory)} times, and a leak shows in {FEWEST} at least; give more --turns.")
    middle = len(memory) // 2 + 1
    return max(memory[:middle]), max(memory[middle:])


def row(way: str, found: dict[str, Any]) -> dict[str, str]:
    own = found["own_ms"]
    late = statistics.quantiles(own, n=20)[-1]
    first, second = halves(found["memory_mib"])
    return {
        "way": way, "turns": str(len(own)), "errors": str(len(found["errors"])), "a second": f"{len(own) / found['seconds']:.1f}",
        "own time, median": f"{statistics.median(own):.0f} ms",
        "95 % under": f"{late:.0f} ms (to reach {TARGET_MS:.0f}{'' if late <= TARGET_MS else ': missed'})",
        "memory, first half": f"{first:.0f} MiB", "second half": f"{second:.0f} MiB",
    }  # fmt: skip


def faults(way: str, found: dict[str, Any]) -> list[str]:
    """What must not be, a line each."""
    errors, (first, second) = found["errors"], halves(found["memory_mib"])
    lines = [f"{way}: {errors.count(error)} × {error}" for error in sorted(set(errors))]
    return lines + ([f"{way}: the memory grew from {first:.0f} to {second:.0f} MiB"] if second > GROWTH * first else [])


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--turns", type=int, default=1000, help="in all conversations together")
    parser.add_argument("--way", choices=WAYS, help="one of them alone")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    if given.turns < (FEWEST - 1) * given.conversations:
        parser.error(f"a leak shows in {FEWEST - 1} turns of each conversation at least; give --turns {(FEWEST - 1) * given.conversations}")
    found = {way: load(given.conversations, given.turns) for way, load in WAYS.items() if given.way in (None, way)}
    print(table([row(way, each) for way, each in found.items()]))
    for way, each in found.items():
        if "slowest_ack_s" in each:
            print(f"{way}: {each['slowest_ack_s']:.2f} s for the slowest acknowledgement")
    wrong = [line for way, each in found.items() for line in faults(way, each)]
    print(*wrong[:10], sep="\n", end="\n" if wrong else "")
    write({"machine": machine(), **found}, given.json)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
