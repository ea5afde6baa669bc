"""The keyword arguments of a tool, read from its signature: what each is called, its unit, and what may be written for it.

The command line and the LangChain tools are made of these, so that neither lists an argument by hand.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

from tools.quantities import QUANTITIES
from tools.result import ToolResult

PLOTS = "plots_folder"
TITLES = {  # of arguments that are no quantities, and of those that a quantity's title does not say
    "material": "material, such as 316L or ER70S-6", "process": "GMAW, CMT, GTAW or PAW", "shielding_gas": "shielding gas, such as 98Ar/2CO2",
    "solve_for": "the quantity to find, such as 'travel speed'", "bound": "whether the given result is an upper or a lower limit",
    "target": "the prediction to explain", "defect": "the defect to explain, such as humping",
    "allow": "settings that may change, such as 'voltage, travel speed'", "keep": "settings that must stay as they are",
    "sound_probability": "least probability of a sound bead", "avoid_defects": "defects to avoid, such as 'humping, balling', or any",
    "defect_probability": "greatest probability of each defect to avoid", "heat_input_min_j_mm": "least heat input",
    "heat_input_max_j_mm": "greatest heat input", "deposition_rate_min_kg_h": "least deposition rate",
    "map_settings": "the two settings of the process map", PLOTS: "folder for plots, PNG and SVG",
    "file": "the log: CSV or any delimited text", "mapping": "YAML or JSON file that says which column is which signal, and what is not recorded",
    "sample_rate_hz": "samples a second, where the log has no time", "threshold_a": "current above which the arc burns",
    "join_gap_s": "shorter interruptions are joined", "shortest_s": "shorter arcs are left out", "query": "what to look for",
    "note": "shift note, remark or report", "answer": "the answer to grade", "reference": "the answer that has it right",
    "question": "what both answer; a clause that only repeats it does not count", "level": "level of the interval",
}  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """One argument. `short` is its name without the unit, one of a kind in its tool; `unit` is what a bare number is in, empty
    where that has no sense; `choices` are the words it takes, if it takes no others; `annotation` is its type."""

    name: str
    short: str
    title: str
    unit: str
    choices: tuple[str, ...]
    annotation: Any
    default: Any
    required: bool

    @property
    def takes_text(self) -> bool:
        """Whether a string can be given as it is; else it must be a number."""
        return bool(self.choices) or any(part is str or get_origin(part) is Literal for part in (self.annotation, *get_args(self.annotation)))

    @property
    def help(self) -> str:
        """One phrase: what it is, its unit, what it takes, what holds without it."""
        words = [self.title + (f" ({self.unit})" if self.unit else "")]
        words += [" or ".join(self.choices)] if self.choices else []
        words += [f"default {self.default}"] if self.default not in (None, "", inspect.Parameter.empty) else []
        return ", ".join(words)


def parameters(function: Callable[..., ToolResult]) -> list[Parameter]:
    """The arguments of `function` that can be written down, in order; `**settings: Unpack[...]` is spread out."""
    hints = get_type_hints(function, include_extras=True)
    found: list[tuple[str, Any, Any]] = []
    for parameter in inspect.signature(function).parameters.values():
        hint = hints[parameter.name]
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD:
            found.append((parameter.name, hint, parameter.default))
            continue
        (spread,) = get_args(hint)
        assert is_typeddict(spread), f"{function.__name__} must say what its keyword arguments are: **settings: Unpack[a TypedDict]"
        found += [(name, each, None) for name, each in get_type_hints(spread).items()]
    written = [(name, hint, default) for name, hint, default in found if not any(_callable(part) for part in (hint, *get_args(hint)))]
    named = [(without_unit(name), name, hint, default) for name, hint, default in written]
    shorts = [short for short, *_ in named]
    return [_parameter(short if _keeps(short, name, shorts) else _slug(_title(name)), *rest) for short, *rest in named for name in rest[:1]]


def _parameter(short: str, name: str, hint: Any, default: Any) -> Parameter:
    missing = default is inspect.Parameter.empty
    choices = tuple(str(word) for part in (hint, *get_args(hint)) if get_origin(part) is Literal for word in get_args(part))
    return Parameter(name, short, _title(name), unit_of(name), choices, hint, None if missing else default, missing)


def _keeps(short: str, name: str, shorts: list[str]) -> bool:
    """Of two quantities that differ in nothing but their unit, the one whose title is the short name keeps it."""
    return shorts.count(short) == 1 or _slug(_title(name)) == short


def _callable(part: Any) -> bool:
    return get_origin(part) is Callable or part is Callable


def _title(name: str) -> str:
    return QUANTITIES[name].title if name in QUANTITIES else TITLES.get(name, without_unit(name).replace("_", " "))


def unit_of(name: str) -> str:
    """The unit of a bare number for this argument, empty where that has no sense."""
    if name in QUANTITIES:
        return QUANTITIES[name].display_unit
    return next((unit for suffix, unit in units().items() if name.endswith(f"_{suffix}")), "")


def without_unit(name: str) -> str:
    """The name of an argument without the unit that it ends in."""
    if name == PLOTS:
        return "plots"
    known = _suffixes(QUANTITIES[name].display_unit) if name in QUANTITIES else list(units())
    return next((name.removesuffix(f"_{suffix}") for suffix in known if name.endswith(f"_{suffix}")), name)


@cache
def units() -> dict[str, str]:
    """How names end → the unit that says, the longest endings first: `j_mm` → J/mm."""
    found = {"hz": "Hz"}
    for name, field in QUANTITIES.items():
        found |= {suffix: field.display_unit for suffix in _suffixes(field.display_unit) if name.endswith(f"_{suffix}")}
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _suffixes(unit: str) -> list[str]:
    """What a name may end in to say `unit`: all of it, or its first part where the rest is in the name already."""
    return [suffix for suffix in (_slug(unit), _slug(unit.partition("/")[0])) if suffix] if unit else []


def _slug(words: str) -> str:
    plain = words.lower().replace("²", "2").replace("³", "3")
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
