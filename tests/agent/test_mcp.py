"""The tools over the Model Context Protocol, asked by its official client."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import anyio
import httpx
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from agent import mcp
from agent.server.keys import read_keys
from tests.agent.server.conftest import LONG, Serve, serve, until
from tools.langchain_tools import langchain_tools

__all__ = ["serve"]
ROOT = Path(__file__).parents[2]
PHYSICS = {"solve_for": "arc power", "current_a": "200 A", "voltage_v": "22 V"}


def asked(server, *calls):
    """The tools that `server` lists, and its answers to the calls."""

    async def run():
        with anyio.fail_after(120):
            async with Client(server) as client:
                return (await client.list_tools()).tools, [await client.call_tool(name, arguments) for name, arguments in calls]

    return anyio.run(run)


@pytest.fixture(params=["in this process", "over stdio"])
def server(request):
    if request.param == "in this process":
        return mcp.server()
    return StdioServerParameters(command=sys.executable, args=["-c", "from agent.cli import main; main()", "mcp"], cwd=ROOT)


def test_the_client_gets_tools_and_results(server):
    listed, (physics, wrong, unknown, odd) = asked(
        server,
        ("calculate_physics", PHYSICS),
        ("calculate_physics", PHYSICS | {"current_a": "-3 A"}),
        ("calculate_everything", {}),
        ("calculate_physics", {"colour": "red"}),
    )
    assert [tool.name for tool in listed] == [tool.name for tool in langchain_tools()] and len(listed) == 10
    assert all(tool.description and tool.input_schema["additionalProperties"] is False for tool in listed)
    assert not physics.is_error and "4.4 kW" in physics.content[0].text
    assert physics.structured_content["tool"] == "calculate_physics" and physics.structured_content["inputs"]["current_a"] == 200
    assert wrong.is_error and "allowed range 1 to 1500 A" in wrong.content[0].text
    assert unknown.is_error and unknown.content[0].text.startswith("There is no tool 'calculate_everything'; the tools are detect_anomaly")
    assert odd.is_error and "has no argument 'colour'" in odd.content[0].text


@pytest.mark.parametrize("way", ["STDIO", "HTTP"])
def test_the_client_of_the_manual_prints_what_the_manual_says(serve: Serve, capsys: pytest.CaptureFixture[str], way: str):
    ((code, told),) = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8"), re.DOTALL)
    here = f'command={sys.executable!r}, args=["-c", "from agent.cli import main; main()", "mcp"], cwd={str(ROOT)!r}'
    for written, meant in (
        ('command="/home/me/waam/.venv/bin/waam", args=["mcp"]', here),
        ("http://127.0.0.1:8430", serve().url if way == "HTTP" else ""),
        ("main(STDIO)", f"main({way})"),
    ):
        assert written in code
        code = code.replace(written, meant)
    exec(code, {})
    assert capsys.readouterr().out == told


def test_over_http_behind_the_same_gate_as_all_else(serve: Serve):
    running = serve(keys=read_keys("lab:0123456789abcdef"))

    async def run():
        known = httpx.AsyncClient(headers={"Authorization": "Bearer 0123456789abcdef"}, timeout=60)
        with anyio.fail_after(60):
            async with known, Client(streamable_http_client(f"{running.url}/mcp", http_client=known)) as client:
                return (await client.list_tools()).tools, await client.call_tool("calculate_physics", PHYSICS)

    listed, physics = anyio.run(run)
    assert len(listed) == 10 and "4.4 kW" in physics.content[0].text and physics.structured_content["tool"] == "calculate_physics"
    refused = running.http().post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")


def test_over_http_it_waits_in_the_line_of_the_other_side_work(serve: Serve, monkeypatch):
    go, running = Event(), serve()
    monkeypatch.setattr("agent.server.one_tool.call", lambda tool, arguments: (str(go.wait(LONG)), None))
    side = running.app.state.side
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "calculate_physics", "arguments": PHYSICS}}
    accept = {"Accept": "application/json, text/event-stream"}
    try:
        with ThreadPoolExecutor(10) as pool:
            others = [pool.submit(httpx.post, f"{running.url}/v1/tools/calculate_physics", json=PHYSICS, timeout=LONG) for _ in range(10)]
            until(lambda: side.full)
            with running.http(**accept) as client:
                refused = client.post("/mcp", json=call).json()["result"]
            go.set()
            assert all(other.result().status_code == 400 for other in others)
    finally:
        go.set()
    assert refused["isError"] and refused["content"][0]["text"].startswith("Busy: 8 others wait")


def test_a_path_is_opened_only_where_the_client_sits_at_this_machine():
    assert "analyze_log" not in [tool.name for tool in asked(mcp.server())[0]]
    assert "analyze_log" in [tool.name for tool in asked(mcp.server(files=True))[0]]
    folders = [tool.name for tool in asked(mcp.server())[0] if "plots_folder" in tool.input_schema["properties"]]
    assert not folders, "a client elsewhere would choose where files are written"


def test_a_broken_tool_does_not_end_the_server(monkeypatch):
    def broken(**arguments):
        raise RuntimeError("model file torn")

    tools = langchain_tools()
    tools[4].func = broken
    monkeypatch.setattr(mcp, "langchain_tools", lambda files: tools)
    _, (failed, fine) = asked(mcp.server(), ("calculate_physics", PHYSICS), ("search_knowledge", {}))
    assert failed.is_error and failed.content[0].text == "calculate_physics failed (RuntimeError: model file torn); run `waam doctor`."
    _, (told,) = asked(mcp.server(outside=True), ("calculate_physics", PHYSICS))
    assert told.content[0].text == "calculate_physics failed (RuntimeError); tell the server's owner.", "no words of the machine's own elsewhere"
    assert fine.is_error and "needs the argument 'query'" in fine.content[0].text
