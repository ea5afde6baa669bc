"""`waam tool NAME`: every tool from the command line. A tool's options are its own keyword arguments; nothing is listed here twice."""

import inspect
import json
import shlex
import textwrap
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from agent.errors import BadInput

if TYPE_CHECKING:
    from tools.parameters import Parameter

POSITIONAL = ("file", "query")
EXAMPLES = {  # what an example says for an argument; a tool's example states what it needs, or is given whole here
    "current_a": "188A", "voltage_v": "21.4V", "travel_speed_mm_s": "48 cm/min", "bead_length_mm": "120 mm", "query": "why does humping happen",
}  # fmt: skip
WHOLE_EXAMPLES = {
    "calculate_physics": '--current 200A --voltage 22V --heat-input "0.6 kJ/mm" --bound max',
    "explain_prediction": '--current 188A --voltage 21.4V --travel-speed "48 cm/min" --plots plots',
    "recommend_settings": '--current 280A --voltage 30V --travel-speed "120 cm/min" --heat-input-max "0.5 kJ/mm"',
    "analyze_note": '--note "Spatter all over the plate, wire feed fine after the liner was changed."',
    "grade_answer": '--answer "Too high a speed." --reference "Humping comes from too high a travel speed."',
    "analyze_log": "weld.csv --plots plots",
}
UNITS = "A bare number is in the unit that stands behind the option; any other usual unit can be written after it (48 cm/min, 0.6 kJ/mm, 300 °F)."


class Tools(TyperGroup):
    """The commands are the tools, each made when it is asked for: listing them all would load them for every other verb."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return list(functions())

    def get_command(self, ctx: typer.Context, name: str) -> Any:  # type: ignore[override]
        if name not in functions():
            raise BadInput(f"There is no tool {name[:40]!r}; the tools are {', '.join(functions())}.")
        return typer.main.get_command(command(name))

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return super().invoke(ctx)  # type: ignore[arg-type]
        except typer.BadParameter.__base__ as wrong:  # type: ignore[misc]  # any error of usage
            raise BadInput(f"{wrong.format_message().rstrip('.')}; see `{ctx.command_path} {ctx.invoked_subcommand} --help`.") from None


app = typer.Typer(cls=Tools, invoke_without_command=True, rich_markup_mode=None, help="One tool, without the agent: its numbers as they are.")


@app.callback()
def tools(ctx: typer.Context) -> None:
    """One tool, without the agent: its numbers as they are. Without a name, the list of tools.

    Example: waam tool detect_anomaly --current 188A --voltage 21.4V --travel-speed "48 cm/min"
    """
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


def functions() -> dict[str, Callable[..., Any]]:
    """Every tool by name."""
    from tools.registry import TOOLS

    return {name: tool.function for name, tool in TOOLS.items()}


def command(name: str) -> typer.Typer:
    """The tool `name` as a command of one function, whose signature is the tool's own arguments as options."""
    from tools.parameters import parameters

    function = functions()[name]
    takes = parameters(function)

    def run(**given: Any) -> None:
        as_json = given.pop("as_json")
        try:
            result = function(**arguments(takes, given))
        except ToolInputError as refused:
            raise BadInput(as_options(str(refused), takes)) from None
        if as_json:
            print(result.model_dump_json(indent=2))
        else:
            from agent.shown.tool_report import report

            print(report(result))

    from tools.result import ToolInputError

    run.__doc__ = _help(name, takes)
    options = [each for parameter in takes for each in _options(parameter)]
    options.append(_keyword("as_json", Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")], False))
    run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    run.__annotations__ = {option.name: option.annotation for option in options}
    made = typer.Typer(rich_markup_mode=None, add_completion=False)
    made.command(name)(run)
    return made


def as_options(sentence: str, takes: list["Parameter"]) -> str:
    """What the tool says, with the options for the names of its arguments."""
    from tools.saying import renamed

    options = {parameter.name: _flag(parameter.short) for parameter in takes if parameter.name not in POSITIONAL}
    return renamed(sentence, lambda name: options.get(name, name))


def arguments(takes: list["Parameter"], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is passed to the tool: texts as they are, numbers read where a tool takes nothing else. Raises BadInput."""
    found: dict[str, Any] = {}
    for parameter in takes:
        short, full = given.get(parameter.name), given.get(f"full_{parameter.name}")
        if short is not None and full is not None:
            raise BadInput(f"{_flag(parameter.short)} and {_flag(parameter.name)} are one and the same; give one of them.")
        value = short if short is not None else full
        if value is not None:
            found[parameter.name] = value if parameter.takes_text else _number(parameter, value)
    if absent := [_flag(each.short) for each in takes if each.required and each.name not in found]:
        raise BadInput(f"{' and '.join(absent)} must be given.")
    return found


def _options(parameter: "Parameter") -> list[inspect.Parameter]:
    """The option of an argument, and its full name, which is taken as well."""
    if parameter.name in POSITIONAL:
        return [_keyword(parameter.name, Annotated[str, typer.Argument(metavar=parameter.name.upper(), help=_sentence(parameter))], ...)]
    metavar = "FOLDER" if parameter.short == "plots" else "FILE" if parameter.name == "mapping" else "VALUE"
    flag = typer.Option(_flag(parameter.short), metavar=metavar, help=_sentence(parameter))
    found = [_keyword(parameter.name, Annotated[str | None, flag], None)]
    if parameter.short != parameter.name:
        found.append(_keyword(f"full_{parameter.name}", Annotated[str | None, typer.Option(_flag(parameter.name), hidden=True)], None))
    return found


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    missing = inspect.Parameter.empty if default is ... else default
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=missing)


def _number(parameter: "Parameter", text: str) -> float:
    """A number, or one quantity in a unit that fits. Raises BadInput."""
    from tools.units import find_quantities

    try:
        return float(text)
    except ValueError:
        for unit in find_quantities(f"1 {parameter.unit}"):
            for quantity in find_quantities(text):
                if quantity.text == text.strip() and quantity.measures(unit.unit):
                    return quantity.to(unit.unit)
    raise BadInput(f"{_flag(parameter.short)} must be a number{f' of {parameter.unit}' if parameter.unit else ''}, not {text[:40]!r}.")


def _help(name: str, takes: list["Parameter"]) -> str:
    """First paragraph of the tool's docstring, how units are read, an example."""
    function = functions()[name]
    about = (inspect.getdoc(function) or "").split("\n\n")[0]
    needs = _needs(name)
    said = [" ".join(about.split())]
    options = [_flag(p.short) for p in takes if p.name in needs and p.name not in POSITIONAL]
    said += [f"Needs {', '.join(options)}."] if options else []
    said += [UNITS] if any(p.unit for p in takes) else []
    lines = textwrap.wrap(f"Example: waam tool {name} {_example(name, takes)}", 70, break_on_hyphens=False, break_long_words=False)
    return "\n\n".join([*said, "\b\n" + " \\\n  ".join(lines)])  # \b: not to be filled


def _example(name: str, takes: list["Parameter"]) -> str:
    if name in WHOLE_EXAMPLES:
        return WHOLE_EXAMPLES[name]
    stated = {p.short: _quoted(EXAMPLES[p.name]) for p in takes if p.name in _needs(name) or p.name in POSITIONAL}
    return " ".join(text if short in POSITIONAL else f"{_flag(short)} {text}" for short, text in stated.items())


def _needs(name: str) -> tuple[str, ...]:
    from tools.registry import TOOLS

    return (TOOLS[name].required or TOOLS[name].texts) if name in TOOLS else ()


def _sentence(parameter: "Parameter") -> str:
    return f"{parameter.help[0].upper()}{parameter.help[1:]}."


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _quoted(text: str) -> str:
    return text if shlex.quote(text) == text else json.dumps(text, ensure_ascii=False)
