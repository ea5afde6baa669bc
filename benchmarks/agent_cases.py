"""The evaluation set of the whole agent: `agent_cases.jsonl`, made of the wordings in `agent_cases.yaml`.

    python -m benchmarks.agent_cases                                   # writes agent_cases.jsonl beside this file
    waam eval run benchmarks/agent_cases.jsonl --json                  # asks every case

A case's own seed draws each quantity's value and the way it is written, whatever the question is, so that a new wording changes no
other group. What is expected follows from what was drawn and from the table of tools (which settings a tool ignores); nothing here
parses a text. Knows nothing of the grammars that models are trained on.
"""

import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tools.fields import FIELDS
from tools.formulas import heat_input_j_mm
from tools.registry import TOOLS

WORDINGS = Path(__file__).with_name("agent_cases.yaml")
CASES = WORDINGS.with_suffix(".jsonl")
SEED = 20261122
NAMES = ("material", "process", "shielding_gas")
SETTLED = ["answered", "degraded"]  # a turn that ran its tools ends so, with a language model and without one
WITH_EXTRA = ("calculate_physics", "recommend_settings", "explain_prediction")  # tools that read more than settings from a question
FAHRENHEIT = 0  # in place of a factor
HANGUL = re.compile(r"[가-힣]")
_PLACE = re.compile(r"\{(?P<value>=?)(?P<key>\w+)(?P<how>[:+=][^}]*)?\}")
Case = dict[str, Any]


@dataclass
class Drawing:
    """The values of one case as they are drawn, and the text that states them."""

    tables: Mapping[str, Any]
    rng: random.Random
    case: Case
    korean: bool
    values: dict[str, float | str] = field(default_factory=dict)  # canonical name → value; H and p by their own keys
    written: dict[str, str] = field(default_factory=dict)  # key → as it was last written
    bounds: Mapping[str, list[float]] = field(default_factory=dict)
    other_units: bool = False

    def text(self, wording: str) -> str:
        """`wording` with every place filled."""
        return _PLACE.sub(self._fill, wording)

    def _fill(self, place: re.Match[str]) -> str:
        key, how = place["key"], place["how"] or ""
        if place["value"]:
            current, voltage, speed = (float(self.values[name]) for name in ("current_a", "voltage_v", "travel_speed_mm_s"))
            return f"{heat_input_j_mm(current, voltage, speed):.0f}"
        if key in self.case:
            return str(self.case[key])
        if how != "=":
            self.written[key] = self._word(key) if key in self.tables["words"] else self._quantity(key, how)
        return self.written[key]

    def _word(self, key: str) -> str:
        table = self.tables["words"][key]
        written = self.rng.choice(list(table["forms"]))
        self.values[table["name"]] = table["forms"][written]
        return str(written)

    def _quantity(self, key: str, how: str) -> str:
        table = self.tables["quantities"][key]
        forms: dict[str, float] = table["korean"] if self.korean else table["forms"]
        if how == "+" and not self.korean:
            forms = forms | table["labelled"]
        if how.startswith(":"):
            forms = {"": 1} if how == ":-" else {f" {how[1:]}": (table["forms"] | table.get("labelled", {}))[f" {how[1:]}"]}
        low, high = self.bounds.get(key, (table["low"], table["high"]))
        form = self.rng.choice(list(forms))
        before, value = self.values.get(table["name"]), 0.0
        while not value or value == before:  # a follow-up states another value
            steps = self.rng.randint(0, round((high - low) / table["step"]))
            value, number = _as_written(low + steps * table["step"], forms[form])
        self.values[table["name"]] = value
        self.other_units |= forms[form] != 1
        return (number.replace(".", ",") if self.case.get("comma") else number) + form


def _as_written(canonical: float, factor: float) -> tuple[float, str]:
    """The canonical value of what is written, and the number of at most three digits that is."""
    exact = canonical * 1.8 + 32 if factor == FAHRENHEIT else canonical / factor
    number = f"{round(exact) if exact >= 100 else round(exact, 1) if exact >= 10 else round(exact, 2):g}"
    value = (float(number) - 32) / 1.8 if factor == FAHRENHEIT else float(number) * factor
    return float(f"{value:.9g}"), number


def cases(path: Path = WORDINGS) -> list[Case]:
    """Every case of the wordings in `path`, in its order."""
    tables = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [_made(tables, name, wording) for name, wording in worded(tables)]


def worded(tables: Mapping[str, Any]) -> Iterator[tuple[str, Case]]:
    """The id and the wording of every case."""
    for group in tables["groups"]:
        for number, wording in enumerate(_wordings(group), start=1):
            yield f"{group['id']}-{number:02d}", wording


def _wordings(group: Case) -> Iterator[Case]:
    """The cases of a group, each as often as it says, completed with what holds for the whole group."""
    shared = {key: value for key, value in group.items() if key not in ("id", "cases", "tags")}
    for wording in group["cases"]:
        own: Case = {"q": wording} if isinstance(wording, str) else wording
        yield from [shared | own | {"tags": [*group["tags"], *own.get("tags", [])]}] * own.get("times", 1)


def _made(tables: Mapping[str, Any], name: str, case: Case) -> Case:
    drawing = Drawing(tables, random.Random(f"{SEED}/{name}"), case, bool(HANGUL.search(case["q"])), bounds=case.get("draw", {}))
    history = []
    for number, line in enumerate(case.get("history", [])):
        history.append({"role": "assistant" if number % 2 else "user", "content": drawing.text(line)})
    if case.get("fresh"):
        drawing.values.clear()
    drawing.bounds = {**drawing.bounds, **case.get("draw_last", {})}
    question = drawing.text(case["q"])
    tags = [*case["tags"], *case.get("tools", []), *case.get("about", [])]
    tags += ["korean"] if drawing.korean else []
    tags += ["units"] if drawing.other_units or case.get("comma") else []
    made: Case = {"id": name, "question": question, "history": history, "expect": _expected(case, drawing.values), "tags": list(dict.fromkeys(tags))}
    return made if history else {key: value for key, value in made.items() if key != "history"}


def _expected(case: Case, values: Mapping[str, float | str]) -> Case:
    expect: Case = {"status": case.get("status", SETTLED)}
    for key, name in (("tools", "tools"), ("forbid", "forbid_tools"), ("cites", "cites"), ("not_contains", "not_contains")):
        if key in case:
            expect[name] = case[key]
    settings = {name: value for name, value in values.items() if name in FIELDS or name in NAMES} | case.get("with", {})
    asked_of: list[str] = case["args"] if "args" in case else case.get("tools", [])
    arguments = {name: _arguments(case, name, settings, values) for name in asked_of}
    arguments = {name: found for name, found in arguments.items() if found}
    return expect | ({"args": arguments} if arguments else {})


def _arguments(case: Case, name: str, settings: Mapping[str, float | str], values: Mapping[str, float | str]) -> dict[str, float | str]:
    """What `name` must be passed: the texts as they are, or what was said of the settings that it does not ignore, and its extra."""
    tool = TOOLS[name]
    if tool.texts:
        return {text: case[text] for text in tool.texts if text in case}
    passed = {setting: value for setting, value in settings.items() if setting not in tool.ignores}
    extra = case.get("extra", {}) if name in WITH_EXTRA else {}
    return passed | {key: values[value[1:]] if isinstance(value, str) and value.startswith("$") else value for key, value in extra.items()}


def lines(made: list[Case]) -> str:
    """The cases as JSONL."""
    return "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in made)


if __name__ == "__main__":
    CASES.write_text(lines(cases()), encoding="utf-8")
    print(f"{CASES.name}: {len(cases())} cases")
