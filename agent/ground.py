"""Nothing reaches a tool that the user did not say: arguments are traced to the conversation, converted,
completed from what was said before, or asked for."""

import re

from agent.errors import BadInput
from agent.state import Grounded, Message, PlannedCall
from tools.fields import FIELDS
from tools.reading import Reading, read
from tools.registry import TOOLS, Tool
from tools.units import Quantity

Value = float | str
_WORD = re.compile(r"[\w/-]*\w")
TRACE_TOLERANCE = 1e-3  # a model that rounds 8.333 to 8.33 still copies


def ground(planned: list[PlannedCall], question: str, history: list[Message]) -> Grounded:
    """Trace every argument. Raises BadInput for a stated value that is not credible or a unit nobody knows."""
    now = read(question)
    check_stated(now)
    before = [read(line["content"]) for line in history if line["role"] == "user"]
    grounded = Grounded()
    used: set[str] = set()
    missing: dict[str, list[str]] = {}
    for call in planned:
        tool = TOOLS.get(call.name)
        if tool is None:
            continue
        if tool.required is None:
            grounded.calls.append((tool.name, {"query": _query(call.argument, question, history)}))
            continue
        resolved = _resolve_loose(tool, call, now)
        used |= {quantity.text for _, quantity in resolved}
        for name, quantity in resolved:
            _credible(name, quantity.to(FIELDS[name].unit))
        settings, carried = _settings(tool, call, now, before, resolved)
        absent = [name for name in tool.required if name not in settings]
        if absent:
            missing[tool.name] = absent
        else:
            grounded.calls.append((tool.name, settings))
            grounded.carried += [name for name in carried if name not in grounded.carried]
    if missing and grounded.calls:  # answer what can be answered, and ask for the rest
        grounded.open = [f"{name} has not run yet: {clarify(absent, now)}" for name, absent in missing.items()]
    elif missing:
        grounded.question = clarify(list(dict.fromkeys(name for absent in missing.values() for name in absent)), now)
    if any(TOOLS[name].required for name, _ in grounded.calls):
        grounded.unused = [quantity.text for quantity, _ in now.loose if quantity.text not in used]
    return grounded


def _query(argument: str, question: str, history: list[Message]) -> str:
    """The model's search words as far as the user said them; the question itself where too few are left."""
    said = {word.lower() for text in (question, *(line["content"] for line in history)) for word in _WORD.findall(text)}
    kept = [word for word in _WORD.findall(argument) if word.lower() in said]
    return " ".join(kept) if len(kept) >= 2 else question


def check_stated(reading: Reading) -> None:
    """Refuse impossible values and unknown units, whichever tool they were meant for."""
    for name, value in reading.values().items():
        if name in FIELDS and not isinstance(value, str):
            _credible(name, value)
    for name, words in reading.without_unit.items():
        unit = words.lstrip("-−0123456789., ")
        known = FIELDS[name]
        if unit:
            raise BadInput(f"I do not know the unit {unit!r} for {known.title} ({name}); write it in {known.display_unit} or another usual unit.")


def _credible(name: str, value: float) -> None:
    try:
        FIELDS[name].check(value)
    except ValueError as refused:
        raise BadInput(str(refused)) from None


def _settings(
    tool: Tool, call: PlannedCall, now: Reading, before: list[Reading], resolved: list[tuple[str, Quantity]]
) -> tuple[dict[str, Value], list[str]]:
    """What the user said that this tool takes, the latest word first, and which of it is from earlier messages."""
    said = now.values()
    said |= {name: quantity.to(FIELDS[name].unit) for name, quantity in resolved}
    earlier: dict[str, Value] = {}
    for reading in before:
        earlier = {name: value for name, value in earlier.items() if name not in {*reading.several, *reading.ranges}} | reading.values()
    model = read(call.argument).values()
    continues = any(name not in said for name in tool.required or ())
    carried = {
        name: value
        for name, value in earlier.items()
        if name not in said and (continues or _same(model.get(name), value)) and name not in {*now.ranges, *now.several, *now.without_unit}
    }
    taken = {name: value for name, value in {**carried, **said}.items() if name not in tool.ignores}
    ordered = {name: taken[name] for name in (*FIELDS, "material", "process", "shielding_gas") if name in taken}
    return ordered, [name for name in carried if name in ordered]


def _resolve_loose(tool: Tool, call: PlannedCall, now: Reading) -> list[tuple[str, Quantity]]:
    """Quantities without a label: taken for a field if the model's copy labels them so, or if they are the only
    ones that can fill the only open required field."""
    labelled, said = read(call.argument).settings, now.settings
    found: list[tuple[str, Quantity]] = []
    for quantity, fields in now.loose:
        for name in fields:
            copy = labelled.get(name)
            if isinstance(copy, Quantity) and name not in said and _same(copy.to(FIELDS[name].unit), quantity.to(FIELDS[name].unit)):
                found.append((name, quantity))
                break
    open_fields = [name for name in tool.required or () if name not in said and name not in dict(found)]
    fitting = [(name, q) for name in open_fields for q, fields in now.loose if name in fields and FIELDS[name].low <= q.to(FIELDS[name].unit)]
    if len(fitting) == 1 and not any(q is fitting[0][1] for _, q in found):
        found.append(fitting[0])
    return found


def _same(one: Value | None, other: Value) -> bool:
    if isinstance(one, str) or isinstance(other, str) or one is None:
        return one == other
    return abs(one - other) <= TRACE_TOLERANCE * max(abs(other), 1e-9)


def clarify(missing: list[str], now: Reading) -> str:
    """One short question for what is missing, with the reason where the text half said it."""
    first = missing[0]
    title, unit = FIELDS[first].title, FIELDS[first].display_unit
    if first in now.ranges:
        return f"Which {title} within {now.ranges[first]} should I take? Give one value."
    if first in now.several:
        return f"You give more than one {title}: {' and '.join(now.several[first])}. Which one should I take? Ask for each in turn."
    if first in now.without_unit:
        return f"In which unit is the {title} of {now.without_unit[first]}, for example {unit}?"
    wanted = [f"{FIELDS[name].title} (in {FIELDS[name].display_unit} or another unit)" for name in missing]
    listed = wanted[0] if len(wanted) == 1 else ", ".join(wanted[:-1]) + " and " + wanted[-1]
    return f"What {'is' if len(wanted) == 1 else 'are'} the {listed}?"
