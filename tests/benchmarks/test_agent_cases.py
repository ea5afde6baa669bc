"""The committed evaluation set: it is what its generator makes, it is large enough for each kind of question, and it is right.

What is expected is recomputed here from the text alone: a table of units of this file's own, and neither the generator's nor the parser's.
"""

import math
import re
from collections import Counter
from typing import Any, get_args

import pytest

from agent.evaluation.evaluate import load_cases
from agent.state import Status
from benchmarks.agent_cases import CASES, cases, lines
from tools.registry import TOOLS

LEAST = {
    "one-tool": 130, "several-tools": 50, "follow-up": 40, "clarify": 40, "none": 60, "small-talk": 20, "off-topic": 20, "already-answered": 20,
    "negation": 25, "injection": 20, "typos": 30, "korean": 50, "units": 40, "knowledge": 40, "abstain": 10, "refused": 10,
}  # fmt: skip
LENGTH = {"mm": 1.0, "cm": 10.0, "m": 1e3, "in": 25.4, "ft": 304.8}
TIME = {"s": 1.0, "min": 60.0, "h": 3600.0}
SPELT = (  # as written → as the tables below have it
    (r"millimet(?:re|er)s?|mm", "mm"), (r"cm", "cm"), (r"met(?:re|er)s|m", "m"), (r'inch(?:es)?|in\.|in|"', "in"), (r"feet|ft", "ft"),
    (r"seconds?|sec|s", "s"), (r"minutes?|min", "min"), (r"h", "h"),
)  # fmt: skip
_ONE = "|".join(f"(?:{words})" for words, _ in SPELT)
_QUOTIENT = re.compile(rf"\s*(?P<top>{_ONE})\s*(?:/|per\b|every\b)\s*(?P<bottom>{_ONE})(?![A-Za-z0-9])")
_LENGTH = re.compile(rf"[\s]*(?P<top>{_ONE})(?![A-Za-z0-9/])")
PLAIN = {
    "current_a": {r"amperes?|amps?|Ampere|Amp|A|암페어": 1.0, r"kA": 1e3},
    "voltage_v": {r"volts?|Volt|V|볼트": 1.0},
    "heat": {r"J/mm": 1.0, r"kJ/mm": 1e3, r"kJ/cm": 1e2, r"kJ/in": 1e3 / 25.4},
    "gas": {r"[Ll]/min|litres per minute": 1.0, r"cfh": 28.316846592 / 60},
}
SPEEDS = {"ipm": 25.4 / 60, "mm·s⁻¹": 1.0}
NUMBER = re.compile(r"(?<![\d.,])(?<!\w)-?(?P<n>\d+[.,]\d+|\.\d+|\d+)")
WORDS = {"two hundred": "200", "twenty-four": "24", "eight": "8"}
MATERIALS = {
    "316L": "316L", "308L": "308L", "ER70S-6": "ER70S-6", "low-carbon steel": "mild steel|carbon steel", "Ti-6Al-4V": "Ti-6Al-4V", "ER4043": "ER4043",
    "Inconel 625": "Inconel 625", "duplex stainless steel": "duplex", "ER5356": "ER5356", "aluminium": "aluminium",
    "GMAW": "GMAW|MIG|MAG", "CMT": "CMT|cold metal transfer", "GTAW": "TIG", "PAW": "plasma",
}  # fmt: skip
MADE = cases()
IDS = [case["id"] for case in MADE]


def test_the_file_is_what_the_generator_makes() -> None:
    assert CASES.read_text(encoding="utf-8") == lines(MADE), "run python -m benchmarks.agent_cases"


def test_every_case_is_one_that_the_evaluation_reads_and_ids_are_unique() -> None:
    read = load_cases(CASES)
    assert len(read) == len(MADE) >= 440
    assert len(set(IDS)) == len(IDS)
    assert len({(str(case.get("history")), case["question"]) for case in read}) == len(read)


@pytest.mark.parametrize(("tag", "least"), LEAST.items())
def test_every_tag_has_enough_cases(tag: str, least: int) -> None:
    assert Counter(tag for case in MADE for tag in case["tags"])[tag] >= least


def test_every_tool_is_asked_for_alone_at_least_ten_times() -> None:
    alone = Counter(tag for case in MADE if "one-tool" in case["tags"] for tag in case["tags"] if tag in TOOLS)
    assert set(alone) == set(TOOLS)
    assert min(alone.values()) >= 10


def test_most_questions_are_worded_once() -> None:
    """What is left of a question and what came before it without its numbers, units and names is its wording."""
    wordings = Counter(wording(case) for case in MADE)
    assert sum(wordings[wording(case)] == 1 for case in MADE) >= 0.7 * len(MADE)


def wording(case: dict[str, Any]) -> str:
    plain = re.sub("|".join([*MATERIALS.values(), "308L", NUMBER.pattern + r"\s*[^\s,;:?.]*"]), "", f"{case.get('history', '')} {case['question']}")
    return re.sub(r"[^A-Za-z가-힣]+", " ", plain)


def test_no_log_is_read_and_what_needs_a_question_back_runs_nothing() -> None:
    for case in MADE:
        if "analyze_log" in case["tags"] or "clarify" in case["tags"]:
            assert case["expect"]["status"] == "clarify" and case["expect"]["tools"] == []


def test_expectations_agree_with_each_other() -> None:
    for case in MADE:
        expect = case["expect"]
        statuses = [expect["status"]] if isinstance(expect["status"], str) else expect["status"]
        assert set(statuses) <= set(get_args(Status)), case["id"]
        tools, forbidden = set(expect.get("tools", [])), set(expect.get("forbid_tools", []))
        assert tools | forbidden <= set(TOOLS) and not tools & forbidden, case["id"]
        assert not tools or "answered" in statuses, case["id"]
        assert set(expect.get("args", {})) <= tools, case["id"]
        for name, arguments in expect.get("args", {}).items():
            assert not set(arguments) & set(TOOLS[name].ignores) and not TOOLS[name].missing(arguments), case["id"]
        assert ("korean" in case["tags"]) == bool(re.search("[가-힣]", case["question"])), case["id"]


def test_a_tenth_of_the_questions_is_korean() -> None:
    assert sum("korean" in case["tags"] for case in MADE) >= len(MADE) / 10


def test_every_expected_argument_is_what_the_text_says() -> None:
    stated = [
        (case, argument, value) for case in MADE for arguments in case["expect"].get("args", {}).values() for argument, value in arguments.items()
    ]
    assert len(stated) > 1000
    assert not [(case["id"], argument, value) for case, argument, value in stated if not says(case, argument, value)]


def says(case: dict[str, Any], argument: str, value: float | str) -> bool:
    """Whether the user's words of a case state `value`; a current or voltage of the question counts before an earlier one."""
    question = case["question"]
    earlier = "\n".join(line["content"] for line in case.get("history", []) if line["role"] == "user")
    if isinstance(value, str):
        exact = argument in ("note", "answer", "reference", "shielding_gas")
        named = argument in ("material", "process")
        return value in f"{earlier}\n{question}" if exact else not named or bool(re.search(MATERIALS[value], f"{earlier}\n{question}"))
    now = values_of(argument, question)
    said = now if now and argument in ("current_a", "voltage_v") else now + values_of(argument, earlier)
    return any(math.isclose(value, each, rel_tol=1e-4) for each in said)


def values_of(argument: str, text: str) -> list[float]:
    """Every value that `text` can mean for `argument`: each number with its unit; a bare one in the unit of its column or of `argument`."""
    for words, digits in WORDS.items():
        text = text.replace(words, digits)
    found = []
    for match in NUMBER.finditer(text):
        number, rest = float(match["n"].replace(",", ".")), text[match.end() :]
        found += [number * factor for factor in factors(argument, rest, text)]
        if argument.endswith("_c"):
            found += [(number - 32) / 1.8] if re.match(r"\s*°?F\b", rest) else [number] if re.match(r"\s*(?:°C|C\b|degrees C|도)", rest) else []
    return found


def factors(argument: str, rest: str, text: str) -> list[float]:
    """What a number followed by `rest` is to be multiplied with; none where its unit is another's."""
    kind = "heat" if argument.startswith("heat_input") else "gas" if argument == "gas_flow_l_min" else argument
    if kind in PLAIN:
        written = [factor for words, factor in PLAIN[kind].items() if re.match(rf"\s*(?:{words})(?![A-Za-z])", rest)]
        bare = kind in ("current_a", "voltage_v") and re.match(r"\s*(?:[|;,:\n\t?]|\s[IUVv]\s?=|->|$)", rest)
        return written or ([1.0] if bare else [])
    if argument in ("travel_speed_mm_s", "wire_feed_speed_m_min"):
        scale = 1.0 if argument == "travel_speed_mm_s" else 0.06
        for words, factor in SPEEDS.items():
            if re.match(rf"\s*{words}", rest):
                return [factor * scale]
        quotient = _QUOTIENT.match(rest)
        if quotient:
            return [LENGTH[unit(quotient["top"])] / TIME[unit(quotient["bottom"])] * scale]
        if at_first := re.match(r"\s*(?P<top>mm|cm)", rest) if re.search("초당|분당", text) else None:
            return [LENGTH[at_first["top"]] / (60 if "분당" in text else 1)]
        column = _QUOTIENT.search(text) if re.match(r"\s*(?:[|;\n]|$)", rest) else None
        return [LENGTH[unit(column["top"])] / TIME[unit(column["bottom"])] * scale] if column else []
    if argument.endswith("_mm"):
        length = _LENGTH.match(rest)
        return [LENGTH[unit(length["top"])]] if length and unit(length["top"]) in LENGTH else []
    return [0.01] if argument == "sound_probability" and re.match(r"\s*%", rest) else [1.0]


def unit(words: str) -> str:
    return next(name for pattern, name in SPELT if re.fullmatch(pattern, words))
