"""One tool over HTTP."""

from pathlib import Path

from tests.agent.server.conftest import Serve

SETTINGS = {"current_a": "188 A", "voltage_v": 21.4, "travel_speed_mm_s": "48 cm/min", "process": "CMT", "solve_for": "heat input"}


def test_the_tools_are_listed_without_those_that_open_files(serve: Serve):
    listed = {tool["name"]: tool for tool in serve().http().get("/v1/tools").json()["data"]}
    assert "calculate_physics" in listed and "analyze_log" not in listed
    assert "current_a" in listed["calculate_physics"]["parameters"]["properties"]
    assert all("plots_folder" not in tool["parameters"]["properties"] for tool in listed.values())


def test_a_tool_gives_its_whole_result(serve: Serve):
    reply = serve().http().post("/v1/tools/calculate_physics", json=SETTINGS)
    assert reply.status_code == 200 and reply.json()["tool"] == "calculate_physics", reply.text
    assert [round(each["value"], 1) for each in reply.json()["estimates"] if each["unit"] == "J/mm"] == [402.3]


def test_what_it_refuses_is_one_sentence(serve: Serve, tmp_path: Path):
    client = serve().http()
    for arguments, words in (
        (SETTINGS | {"voltage_v": "10 kV"}, "outside the allowed range"),
        (SETTINGS | {"colour": "red"}, "no argument 'colour'"),
        (SETTINGS | {"plots_folder": str(tmp_path / "new")}, "no argument 'plots_folder'"),
        ([], "object of arguments"),
    ):
        reply = client.post("/v1/tools/calculate_physics", json=arguments)
        assert reply.status_code == 400 and words in reply.json()["error"]["message"], reply.text
    assert not (tmp_path / "new").exists()
    assert client.post("/v1/tools/analyze_log", json={"file": "/etc/passwd"}).status_code == 404
