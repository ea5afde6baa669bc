"""Many conversations at once, over HTTP and in Slack, with a scripted model, so that the agent is what is measured.

    python -m benchmarks.load [--conversations 200] [--turns 1000] [--way http|slack] [--json FILE]

A server of its own process answers on the loopback; the model waits for a moment and then calls the tool, or writes what the tool says. What is
told: errors, the agent's own time in a turn (all of it but the model's, the tools' and the time in the line), and the memory of the server after
each tenth of the turns. The second half of them must not need more than the first: --turns 10000 looks for a leak.
"""

import argparse
import asyncio
import multiprocessing
import re
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from agent.graph import build
from agent.llm import ScriptedModel, tool_call_message
from agent.server.app import application
from agent.server.keys import Keys
from agent.server.run import listen, options
from agent.settings import HttpSettings, Settings, SlackSettings, TurnsSettings, settings
from benchmarks.machine import machine, table, write

TARGET_MS = 50.0
DELAY_S = 0.5  # of each of a turn's two calls of the model
AT_ONCE, PATIENCE_S = 16, 300.0
_RESULT = re.compile(r"^\[T1\] (.+?)\.?$", re.MULTILINE)


class PacedModel(ScriptedModel):
    """Answers any number of prompts: a prompt with a result by that result, any other by a call of the tool."""

    def _generate(self, messages: list[BaseMessage], *args: Any, **more: Any) -> ChatResult:
        time.sleep(DELAY_S)
        said = _RESULT.search(str(messages[-1].content))
        reply = AIMessage(f"{said[1]} [T1].") if said else tool_call_message(("detect_anomaly", {"settings": str(messages[-1].content)}))
        return ChatResult(generations=[ChatGeneration(message=reply)])


def configured(conversations: int, home: Path) -> Settings:
    """Settings under which so many may wait and ask; the models of this machine, the state in a folder of its own."""
    turns, http = TurnsSettings(at_once=AT_ONCE, waiting=2 * conversations), HttpSettings(requests_per_minute=1_000_000, timeout_s=PATIENCE_S)
    found = settings().model_copy(update={"turns": turns, "http": http})
    (home / "models").symlink_to(found.models)
    return found.model_copy(update={"home": home})


def serve(conversations: int, home: Path, port: Any) -> None:
    """The HTTP server, until it is ended; sends its port."""
    import uvicorn

    config = configured(conversations, home)
    bound = listen("127.0.0.1", 0)
    port.send(bound.getsockname()[1])
    app = application(build(PacedModel(replies=[]), config), config, Keys({}))
    uvicorn.Server(options(app, config.http.stop_s)).run(sockets=[bound])


async def talk(client: httpx.AsyncClient, number: int, turns: int, spent: list[dict[str, float]], errors: list[str]) -> None:
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
        spent.append(reply["waam"]["timings_ms"])


async def _load(url: str, process: psutil.Process, conversations: int, turns: int) -> dict[str, Any]:
    """`conversations` side by side until there were `turns` in all."""
    spent: list[dict[str, float]] = []
    errors: list[str] = []
    memory: list[float] = []
    each = max(1, turns // conversations)
    limits = httpx.Limits(max_connections=conversations)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, limits=limits) as client:
        while (await client.get("/healthz")).status_code != 200:
            await asyncio.sleep(0.1)
        begun = time.monotonic()
        talks = asyncio.gather(*(talk(client, number, each, spent, errors) for number in range(conversations)))
        while not talks.done():
            if len(spent) >= len(memory) * each * conversations / 10:
                memory.append(process.memory_info().rss / 2**20)
            await asyncio.sleep(0.2)
        await talks
    own = [row["total"] - row.get("tools", 0.0) - 2000 * DELAY_S for row in spent]
    return {"own_ms": own, "errors": errors, "memory_mib": memory, "seconds": time.monotonic() - begun}


def over_http(conversations: int, turns: int) -> dict[str, Any]:
    """The load against a server in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with TemporaryDirectory() as home:
        ours, theirs = context.Pipe()
        server = context.Process(target=serve, args=(conversations, Path(home), theirs))
        server.start()
        try:
            url = f"http://127.0.0.1:{ours.recv()}"
            return asyncio.run(_load(url, psutil.Process(server.pid), conversations, turns))
        finally:
            server.terminate()
            server.join(30)


def in_slack(conversations: int, turns: int) -> dict[str, Any]:
    """The same in threads of a Slack that runs here, by Socket Mode; the assistant and that Slack share this process, and so its lock."""
    from slack_bolt.adapter.socket_mode import SocketModeHandler

    from agent.slack import desk
    from agent.slack.run import assistant
    from tests.agent.slack.fake_slack import APP_TOKEN, BOT_TOKEN, SECRET, FakeSlack

    spent: list[dict[str, float]] = []
    errors: list[str] = []
    acknowledged: list[float] = []
    asked = desk.run_turn

    def turn(*args: Any, **more: Any) -> Any:
        answer = asked(*args, **more)
        spent.append(answer.timings_ms)
        if answer.status != "answered":
            errors.append(f"{answer.status}: {answer.answer[:150]}")
        return answer

    with TemporaryDirectory() as home, FakeSlack() as fake:
        tokens: dict[str, Any] = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "signing_secret": SECRET, "api_url": f"{fake.url}/api/"}
        slack = SlackSettings(**tokens, per_minute=1_000_000, per_day=1_000_000)
        config = configured(conversations, Path(home)).model_copy(update={"slack": slack})
        desk.run_turn = turn
        begun, process = time.monotonic(), psutil.Process()
        memory = [process.memory_info().rss / 2**20]
        with assistant(config, PacedModel(replies=[])) as ours:
            handler = SocketModeHandler(ours.app, APP_TOKEN)
            handler.connect()
            roots = [fake.new_ts() for _ in range(conversations)]
            for number in range(turns):
                root = roots[number % conversations]
                where = {"ts": root} if number < conversations else {"thread_ts": root}
                question = f"Would a bead at {150 + number % 100} A, 22 V and {6 + number // conversations % 5} mm/s be normal?"
                acknowledged.append(fake.ack(fake.mention(question, **where))[0])
                if number % conversations == conversations - 1:  # a round; the next one goes on from its answers
                    fake.wait_for(lambda done=number + 1: len(spent) >= done, "a round was not answered")
                    memory.append(process.memory_info().rss / 2**20)
            fake.wait_for(lambda: len(spent) >= turns, "not all were answered")
            handler.close()
    desk.run_turn = asked
    own = [row["total"] - row.get("tools", 0.0) - 2000 * DELAY_S for row in spent]
    return {"own_ms": own, "errors": errors, "memory_mib": memory, "seconds": time.monotonic() - begun, "slowest_ack_s": max(acknowledged)}


WAYS = {"http": over_http, "slack": in_slack}


def row(way: str, found: dict[str, Any]) -> dict[str, str]:
    own, memory = found["own_ms"], found["memory_mib"]
    late = statistics.quantiles(own, n=20)[-1]
    half = max(memory[: len(memory) // 2 + 1])
    return {
        "way": way, "turns": str(len(own)), "errors": str(len(found["errors"])), "a second": f"{len(own) / found['seconds']:.1f}",
        "own time, median": f"{statistics.median(own):.0f} ms",
        "95 % under": f"{late:.0f} ms (to reach {TARGET_MS:.0f}{'' if late <= TARGET_MS else ': missed'})",
        "memory, first half": f"{half:.0f} MiB", "at the end": f"{memory[-1]:.0f} MiB",
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--turns", type=int, default=1000, help="in all conversations together")
    parser.add_argument("--way", choices=WAYS, help="one of them alone")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    found = {way: load(given.conversations, given.turns) for way, load in WAYS.items() if given.way in (None, way)}
    print(table([row(way, each) for way, each in found.items()]))
    for way, each in found.items():
        if "slowest_ack_s" in each:
            print(f"{way}: {each['slowest_ack_s']:.2f} s for the slowest acknowledgement")
        for error in sorted(set(each["errors"]))[:5]:
            print(f"  {way}: {each['errors'].count(error)} × {error}")
    write({"machine": machine(), **found}, given.json)
    return found


if __name__ == "__main__":
    main()
