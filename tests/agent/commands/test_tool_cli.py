"""`waam tool NAME`: every tool with its own arguments as options, refused in one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent import cli
from agent.commands import tool_cli
from agent.errors import BadInput
from tools.parameters import parameters
from tools.registry import TOOLS
from tools.result import ToolInputError, ToolResult

ARC = ("--current", "200A", "--voltage", "22V")


def waam(*arguments: str) -> Any:
    return CliRunner().invoke(cli.app, ["tool", *arguments])


def output(*arguments: str) -> str:
    shown = waam(*arguments)
    assert shown.exit_code == 0, (shown.output, shown.exception)
    return str(shown.stdout)


def refusal(*arguments: str) -> str:
    shown = waam(*arguments)
    assert isinstance(shown.exception, BadInput | ToolInputError) and shown.stdout == "", shown.output
    assert str(shown.exception).endswith(".") and "\n" not in str(shown.exception)
    return str(shown.exception)


def test_alone_it_lists_every_tool_in_one_line():
    listed = [line.split() for line in output().splitlines()]
    for name in TOOLS:
        assert [words for words in listed if words[:1] == [name] and len(words) > 4], name


@pytest.mark.parametrize("name", TOOLS)
class TestHelp:
    def test_every_argument_is_an_option_under_its_short_name(self, name: str):
        shown = output(name, "--help")
        for parameter in parameters(tool_cli.functions()[name]):
            wanted = parameter.name.upper() if parameter.name in tool_cli.POSITIONAL else f"--{parameter.short.replace('_', '-')} "
            assert wanted in shown and (not parameter.unit or f"({parameter.unit})" in " ".join(shown.split()))
        assert max(map(len, shown.splitlines())) <= 80

    def test_the_unit_of_a_bare_number_is_explained_and_there_is_an_example(self, name: str):
        shown = " ".join(output(name, "--help").split())
        assert ("A bare number is in the unit" in shown) == any(p.unit for p in parameters(tool_cli.functions()[name]))
        assert f"Example: waam tool {name} " in shown

    def test_the_example_is_made_of_options_there_are(self, name: str):
        shown = " ".join(output(name, "--help").replace("\\\n", "").split()).split("Example: ")[1].split(" Options:")[0].split(" Arguments:")[0]
        flags = {f"--{p.short.replace('_', '-')}" for p in parameters(tool_cli.functions()[name])}
        assert {word for word in shown.split() if word.startswith("--")} <= flags


class TestPhysics:
    def test_as_in_the_manual(self):
        assert output("calculate_physics", *ARC, "--heat-input", "0.6 kJ/mm", "--bound", "max", "--process", "GMAW").splitlines() == [
            "Travel speed must be at least 5.867 mm/s for a heat input of at most 600 J/mm",
            "(from heat input = k·U·I/v with k = 0.8, EN 1011-1:2009).",
            "Arc power is 4.4 kW (U·I, ISO/TR 18491).",
            "Arc energy is 750 J/mm (U·I/v, ISO/TR 18491).",
            "",
            "travel speed  5.867  mm/s",
            "arc power       4.4  kW",
            "arc energy      750  J/mm",
        ]

    def test_json_is_the_tool_result(self):
        result = ToolResult.model_validate_json(output("calculate_physics", *ARC, "--json"))
        assert result == TOOLS["calculate_physics"].function(current_a=200, voltage_v=22)

    def test_a_bare_number_is_in_the_canonical_unit(self):
        inputs = [
            json.loads(output("calculate_physics", *ARC, "--json", *speed))["inputs"]
            for speed in (("--travel-speed", "8"), ("--travel-speed", "48 cm/min"), ("--travel-speed-mm-s", "8"))
        ]
        assert [each["travel_speed_mm_s"] for each in inputs] == [8, 8, 8]

    def test_a_value_may_be_negative(self):
        shown = json.loads(output("calculate_physics", "--heat-input", "500", "--preheat-temperature", "-10C", "--json"))
        assert shown["inputs"]["preheat_temperature_c"] == -10


class TestRefusals:
    def test_an_unknown_tool(self):
        assert refusal("make_coffee").startswith("There is no tool 'make_coffee'; the tools are detect_anomaly, ")

    def test_an_unknown_option_names_the_nearest_and_the_help(self):
        said = refusal("detect_anomaly", "--curent", "188A")
        assert "--current" in said and said.endswith("see `waam tool detect_anomaly --help`.")

    def test_a_missing_argument(self):
        assert "QUERY" in refusal("search_knowledge") and "requires an argument" in refusal("detect_anomaly", "--current")
        assert refusal("grade_answer", "--reference", "x") == "--answer must be given."
        assert refusal("grade_answer") == "--answer and --reference must be given." and refusal("analyze_note") == "--note must be given."

    def test_both_names_of_one_option(self):
        assert "one and the same" in refusal("detect_anomaly", "--current", "1", "--current-a", "2")

    def test_what_the_tool_refuses(self):
        assert refusal("calculate_physics", *ARC, "--travel-speed", "0").startswith("Travel speed (--travel-speed) of 0 mm/s is outside")
        assert "'max'" in refusal("calculate_physics", *ARC, "--bound", "sideways")
        assert "must be a number of A, not 'lots'" in refusal("analyze_log", "weld.csv", "--threshold", "lots")

    def test_a_setting_that_is_missing_is_named_by_its_option(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("tools.anomaly.load_encoder", lambda name: None)
        assert refusal("detect_anomaly", "--current", "188A") == "Missing --voltage, --travel-speed; state them with a unit."

    def test_in_a_process_it_is_exit_code_2_and_one_line(self, home: Path):
        from tests.agent.test_cli import waam as process

        done = process("tool", "detect_anomaly", "--current", "188A", "--voltage", "10kV", home=home)
        assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("Voltage (--voltage) of 10000 V") and done.stderr.count("\n") == 1


def test_a_log_is_read_with_its_numbers_and_plots(home: Path, tmp_path: Path):
    log = tmp_path / "weld.csv"
    rows = [f"{i / 100},{180 if 50 < i < 450 else 0},{21 if 50 < i < 450 else 0}" for i in range(500)]
    log.write_text("\n".join(["time_s,current_a,voltage_v", *rows]))
    shown = json.loads(output("analyze_log", str(log), "--threshold", "0.02 kA", "--plots", str(tmp_path / "plots"), "--json"))
    assert shown["details"]["arc_on"]["threshold_a"] == 20 and shown["estimates"][0]["value"] == 1
    assert shown["plots"] and all(Path(plot).exists() for plot in shown["plots"])
