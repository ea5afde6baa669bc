"""Nothing reaches a tool that the user did not say: arguments are traced to the conversation, converted,
completed from what was said before, or asked for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent import asking
from agent.attached import files
from agent.errors import BadInput
from agent.state import Grounded, Message, PlannedCall
from tools import changes
from tools.amounts import Stated, settings_of
from tools.fields import FIELDS
from tools.handed_over import asks, quoted, without
from tools.pasted_table import spelt_out
from tools.quantities import QUANTITIES
from tools.reading import Reading, read
from tools.registry import TOOLS, Tool
from tools.result import ToolInputError
from tools.sentences import korean, latin
from tools.units import Quantity

Value = float | str
Said = tuple[Reading, Stated]  # what a text states: settings, and what else one tool takes
_WORD = re.compile(r"(?<![/-])(?:[/-]*+\w++)++")
TRACE_TOLERANCE = 1e-3  # a model that rounds 8.333 to 8.33 still copies


def ground(planned: list[PlannedCall], question: str, history: list[Message], opened: Sequence[str] = ()) -> Grounded:
    """Trace every argument. `opened`: the conversation's files, each log a call of its own. Raises BadInput for a stated value that is
    not credible or a unit nobody knows."""
    asked = question
    texts = {call.name: _texts(TOOLS[call.name], asked, history) for call in planned if call.name in TOOLS and TOOLS[call.name].hands_over}
    # a note's numbers are no settings, nor are a path's
    question = spelt_out(files.bare(without(asked, [span for stated, _ in texts.values() for span in stated.spans])))
    said = [spelt_out(files.bare(_own_words(line["content"]))) for line in history if line["role"] == "user"]
    (*said, question), changed, unclear = changes.written_out([*said, question])
    now = settings_of(question)
    check_stated(now)
    before = [settings_of(text) for text in said]
    grounded = Grounded()
    if unclear and any(TOOLS[call.name].required is not None for call in planned if call.name in TOOLS):
        return Grounded(question=f"“{unclear[0]}” of what? It is not said before; give the value itself, with its unit.")
    used: set[int] = set()
    unread: list[str] = []
    missing: dict[str, list[str]] = {}
    sought: list[str] = []
    stated_for: set[str] = set()  # tools that the conversation gives a quantity for

    def add(tool: Tool, arguments: Mapping[str, Value], carried: Sequence[str] = ()) -> None:
        if absent := tool.missing(arguments):
            missing[tool.name] = absent
            if tool.hands_over or any(isinstance(value, float) for value in arguments.values()):
                stated_for.add(tool.name)
            if "solve_for" in arguments:
                sought.append(str(arguments["solve_for"]))
        else:
            grounded.calls.append((tool.name, dict(arguments)))
            grounded.carried += [name for name in carried if name not in grounded.carried]

    for call in planned:
        tool = TOOLS.get(call.name)
        if tool is None:
            continue
        if tool.name in texts:
            handed, earlier_texts = texts[tool.name]
            add(tool, handed.arguments, earlier_texts)
            continue
        if tool.required is None:
            add(tool, {"query": _query(call.argument, asked, history)})
            continue
        stated = _stated(tool, question)
        resolved = _resolve_loose(tool, call, now, stated)
        used |= {quantity.start for _, quantity in resolved} | stated.places
        unread += [text for text in stated.unread if text not in unread]
        grounded.taken += [note for note in stated.notes if note not in grounded.taken]
        for name, quantity in resolved:
            _credible(name, quantity.to(FIELDS[name].unit))
        earlier = [(reading, _stated(tool, text, strict=False)) for reading, text in zip(before, said, strict=True)]
        for chosen in _chosen(tool, opened):
            with_file = replace(stated, arguments=dict(stated.arguments) | chosen)
            add(tool, *_arguments(tool, call, (now, with_file), resolved, earlier))
    if grounded.calls:  # what another tool lacks is not worth a word where nothing was said for it
        missing = {name: absent for name, absent in missing.items() if name in stated_for}
    _ask(grounded, missing, asked, now)
    if grounded.question and len(missing) == 1 and sought:  # what is asked back for shows whether the question was understood
        grounded.question = f"To find the {QUANTITIES[sought[0]].title} I need more. {grounded.question}"
    if any(TOOLS[name].required is not None for name, _ in grounded.calls):
        grounded.taken += changed
        grounded.unused = [quantity.text for quantity, _ in now.loose if quantity.start not in used] + unread
    return grounded


def _ask(grounded: Grounded, missing: Mapping[str, list[str]], asked: str, now: Reading) -> None:
    """What can be answered is; what `missing` names, by tool, is asked for, but for settings where a log is read, which holds them."""
    if any(TOOLS[name].opens for name, _ in grounded.calls):
        missing = {name: absent for name, absent in missing.items() if TOOLS[name].hands_over}
    if not missing:
        return
    if any(TOOLS[name].opens for name in missing) and not grounded.calls:
        grounded.question = files.asked_for(asked)
    elif grounded.calls:
        grounded.open = [f"{name} has not run yet: {clarify(absent, now)}" for name, absent in missing.items()]
    else:
        absent = list(dict.fromkeys(name for each in missing.values() for name in each))
        settings, handed_over = [name for name in absent if name not in asking.TEXTS], [name for name in absent if name in asking.TEXTS]
        grounded.question = " ".join(clarify(part, now) for part in (settings, handed_over) if part)


def _texts(tool: Tool, question: str, history: list[Message]) -> tuple[Stated, list[str]]:
    """The texts that the message hands over. A tool of several takes those that are missing from earlier messages, where they were named or
    asked for; their names too."""
    now = _handed_over(tool, question, history)
    if len(tool.texts) < 2 or not tool.missing(now.arguments):
        return now, []
    earlier: dict[str, Value] = {}
    for i, line in enumerate(history):
        if line["role"] == "user":
            earlier = _later(tool, earlier, _handed_over(tool, line["content"], history[:i]))
    earlier = _later(tool, earlier, replace(now, guessed=frozenset()))
    carried = [name for name in earlier if name not in now.arguments]
    return replace(now, arguments=earlier), carried


def _later(tool: Tool, earlier: Mapping[str, Value], said: Stated) -> dict[str, Value]:
    """The texts of a conversation after one more message. One that nothing names may have been meant, so none is known; another question has
    other answers."""
    sure = {name: text for name, text in said.arguments.items() if name not in said.guessed}
    others = {name for name in sure if name not in tool.texts and name in earlier and earlier[name] != sure[name]}
    if others or not tool.missing(sure):
        return sure
    return {name: text for name, text in earlier.items() if name not in said.guessed} | sure


def _handed_over(tool: Tool, message: str, before: list[Message]) -> Stated:
    """The texts of one message. What was asked for needs no name: quotations in the order asked, or the message itself for one text alone."""
    asked, found = asking.asked_for(before), tool.reads(message)
    if not set(found.arguments) <= found.guessed or not set(asked) & set(tool.texts):
        return found
    spans = found.spans
    if not spans and len(asked) == 1 and asking.alone(before) and not asks(message):
        return Stated({asked[0]: message.strip()})
    if len(spans) != len(asked):
        return found
    replies = {name: message[start:end].strip() for name, (start, end) in zip(asked, spans, strict=True)}
    return Stated({name: text for name, text in replies.items() if name in tool.texts}, spans=spans)


def _own_words(message: str) -> str:
    """An earlier message without the quotations that it calls a note, an answer or a reference: their numbers are no settings either."""
    read_of = [tool.reads(message) for tool in TOOLS.values() if tool.hands_over]
    named = {span for stated in read_of if stated.arguments and not stated.guessed for span in stated.spans}
    return without(message, sorted(named & quoted(message)))


def _chosen(tool: Tool, opened: Sequence[str]) -> list[dict[str, Value]]:
    """For a tool that reads files, the arguments of each call that say which."""
    logs, mapping = files.parts(opened) if tool.opens else ([], None)
    beside: dict[str, Value] = {"mapping": mapping} if mapping else {}
    return [{"file": log, **beside} for log in logs] or [{}]


def _query(argument: str, question: str, history: list[Message]) -> str:
    """The model's search words as far as the user said them; the question itself where too few are left. The corpus is English: of a
    question in another script the model's words are a translation, and are taken as they are."""
    if korean(question) and latin(argument) and len(argument.split()) >= 2:
        return argument
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


def _stated(tool: Tool, text: str, strict: bool = True) -> Stated:
    """What a text states for this tool beyond the settings. Raises BadInput, if `strict`, for what is not credible."""
    try:
        return tool.reads(text)
    except ToolInputError as refused:
        if strict:
            raise BadInput(str(refused)) from None
        return Stated()


def _arguments(
    tool: Tool, call: PlannedCall, current: Said, resolved: list[tuple[str, Quantity]], before: list[Said]
) -> tuple[dict[str, Value], list[str]]:
    """What the user said that this tool takes, the latest word first, and which of it is from earlier messages."""
    now, _ = current
    said = _values(current) | {name: quantity.to(FIELDS[name].unit) for name, quantity in resolved}
    earlier: dict[str, Value] = {}
    for each in before:
        earlier = {name: value for name, value in earlier.items() if name not in {*each[0].several, *each[0].ranges}} | _values(each)
    model = read(call.argument).values()
    continues = bool(tool.missing(said))
    carried = {
        name: value
        for name, value in earlier.items()
        if name not in said and (continues or _same(model.get(name), value)) and name not in {*now.ranges, *now.several, *now.without_unit}
    }
    taken = {name: value for name, value in {**carried, **said}.items() if name not in tool.ignores}
    taken.pop(str(taken.get("solve_for")), None)  # a value said earlier is not what is now asked for
    order = (*QUANTITIES, "material", "process", "shielding_gas", *taken)
    return {name: taken[name] for name in order if name in taken}, [name for name in carried if name in taken]


def _values(said: Said) -> dict[str, Value]:
    """The settings of a text, but for numbers that state something else for the tool, and what they state."""
    reading, stated = said
    places = {name for name, quantity in reading.settings.items() if isinstance(quantity, Quantity) and quantity.start in stated.places}
    return {name: value for name, value in reading.values().items() if name not in places} | dict(stated.arguments)


def _resolve_loose(tool: Tool, call: PlannedCall, now: Reading, stated: Stated) -> list[tuple[str, Quantity]]:
    """Quantities without a label: taken for a field if the model's copy labels them so, or if they are the only
    ones that can fill the only open required field."""
    labelled, said = read(call.argument).settings, now.settings
    loose = [(quantity, fields) for quantity, fields in now.loose if quantity.start not in stated.places]
    found: list[tuple[str, Quantity]] = []
    for quantity, fields in loose:
        for name in fields:
            copy = labelled.get(name)
            if isinstance(copy, Quantity) and name not in said and _same(copy.to(FIELDS[name].unit), quantity.to(FIELDS[name].unit)):
                found.append((name, quantity))
                break
    if not loose:
        return found
    open_fields = [name for name in tool.missing({**now.values(), **stated.arguments}) if name not in dict(found)]
    fitting = [(name, q) for name in open_fields for q, fields in loose if name in fields and FIELDS[name].low <= q.to(FIELDS[name].unit)]
    if len(fitting) == 1 and not any(q is fitting[0][1] for _, q in found):
        found.append(fitting[0])
    return found


def _same(one: Value | None, other: Value) -> bool:
    if isinstance(one, str) or isinstance(other, str) or one is None:
        return one == other
    return abs(one - other) <= TRACE_TOLERANCE * max(abs(other), 1e-9)


def clarify(missing: list[str], now: Reading) -> str:
    """One short question for what is missing, with the reason where the text half said it."""
    if missing[0] in asking.TEXTS:
        return asking.texts(missing)
    first = missing[0]
    title, unit = (QUANTITIES[first].title, QUANTITIES[first].display_unit) if first in QUANTITIES else (first, "")
    if first in now.ranges:
        return f"Which {title} within {now.ranges[first]} should I take? Give one value."
    if first in now.several:
        return f"You give more than one {title}: {' and '.join(now.several[first])}. Which one should I take? Ask for each in turn."
    if first in now.without_unit:
        return f"In which unit is the {title} of {now.without_unit[first]}, for example {unit}?"
    wanted = [_asked_for(name) for name in missing]
    listed = wanted[0] if len(wanted) == 1 else ", ".join(wanted[:-1]) + " and " + wanted[-1]
    return f"What {'is' if len(wanted) == 1 else 'are'} the {listed}?"


def _asked_for(name: str) -> str:
    if name not in QUANTITIES:
        return name.replace("_", " ")
    unit = QUANTITIES[name].display_unit
    how = f" ({unit})" if unit.startswith("per ") else f" (in {unit} or another unit)" if unit else ""
    return f"{QUANTITIES[name].title}{how}"
