"""`waam eval run`: cases with expectations in, the share of cases right in each respect out."""

import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from pydantic import BaseModel, ConfigDict
from scipy.stats import binomtest

from agent.errors import BadInput
from agent.state import Answer, Message

ASPECTS = ("status", "tools", "args", "forbid_tools", "cites", "contains", "not_contains")
NUMBER_TOLERANCE = 0.005
Ask = Callable[[str, list[Message]], Answer]
Grader = Callable[[str, list[Message], Answer], BaseModel | None]


@dataclass
class CaseResult:
    """One case: which aspects were expected and which of them held. `number`: its place among the cases, from 1."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # a row of another version's journal is refused, not taken in part

    number: int
    id: str
    passed: bool
    aspects: dict[str, bool]
    tags: list[str]
    beside: dict[str, bool]
    answer: dict[str, Any] = field(repr=False)
    grades: dict[str, Any] = field(default_factory=dict, repr=False)


def load_cases(path: Path) -> list[dict[str, Any]]:
    """The cases of a JSONL file. Raises BadInput naming the line that is no case."""
    if not path.exists():
        raise BadInput(f"There is no file {path}; check the path.")
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
            case["question"], case["expect"] = str(case["question"]), dict(case.get("expect", {}))
        except (json.JSONDecodeError, KeyError, TypeError, ValueError):
            raise BadInput(f'{path.name}, line {number}: expected {{"id", "question", "expect": {{…}}}}.') from None
        if unknown := set(case["expect"]) - set(ASPECTS):
            raise BadInput(f"{path.name}, line {number}: unknown expectation {sorted(unknown)[0]!r}; known are {', '.join(ASPECTS)}.")
        for pattern in (p for name in ("cites", "contains", "not_contains") for p in _several(case["expect"].get(name, []))):
            try:
                re.compile(pattern)
            except re.error as wrong:
                raise BadInput(f"{path.name}, line {number}: {pattern!r} is not a regular expression ({wrong}).") from None
        cases.append(case)
    if not cases:
        raise BadInput(f"{path.name} holds no cases.")
    return cases


def run_cases(
    cases: list[dict[str, Any]], ask: Ask, on_done: Callable[[CaseResult], None] | None = None, concurrency: int = 1,
    graders: Mapping[str, Grader] | None = None, known: Mapping[int, CaseResult] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Ask every case, `concurrency` at once, and judge it. Returns metrics (with 95 % intervals) and one result per case, in order.

    `on_done` is told of each result as it comes, one at a time, whatever slow case was asked before it. Cases whose number is among the
    `known` results are not asked again.
    Metrics are one for each aspect that cases expect, and those of BESIDE, which need no expectation of their own.
    What each of `graders` says of an answer stands in its result, null where it says nothing.
    """

    telling = Lock()

    def run(number: int, case: dict[str, Any]) -> CaseResult:
        history = list(case.get("history", []))
        answer = ask(case["question"], history)
        grades = {name: grade and grade.model_dump() for name, by in (graders or {}).items() for grade in [by(case["question"], history, answer)]}
        aspects = judge(answer, case["expect"])
        beside = {name: held for name, metric in BESIDE.items() if (held := metric(answer, case["expect"])) is not None}
        tags, name = list(case.get("tags", [])), str(case.get("id", number))
        result = CaseResult(number, name, all(aspects.values()), aspects, tags, beside, answer.model_dump(mode="json"), grades)
        with telling:
            if on_done:
                on_done(result)
        return result

    found = dict(known or {})
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        asked = [pool.submit(run, number, case) for number, case in enumerate(cases, start=1) if number not in found]
        try:
            found |= {result.number: result for result in (each.result() for each in as_completed(asked))}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # what is being asked still ends and is told; nothing new is asked
            raise
    results = [found[number] for number in range(1, len(cases) + 1)]
    return {
        "overall": share([r.passed for r in results])["share"],
        "metrics": {"overall": share([r.passed for r in results])}
        | {
            aspect: share([r.aspects[aspect] for r in results if aspect in r.aspects])
            for aspect in ASPECTS
            if any(aspect in r.aspects for r in results)
        }
        | {name: share(held) for name in BESIDE if (held := [r.beside[name] for r in results if name in r.beside])},
        "by_tag": {tag: share([r.passed for r in results if tag in r.tags]) for tag in sorted({t for r in results for t in r.tags})},
        "results": [
            {"id": r.id, "passed": r.passed, "aspects": r.aspects, "beside": r.beside, "tags": r.tags, **r.answer, **r.grades} for r in results
        ],
    }


def _restraint(answer: Answer, expect: dict[str, Any]) -> bool | None:
    unwanted = {call.name for call in answer.tool_calls} & set(expect.get("forbid_tools", []))
    if expect.get("tools") == []:
        return not answer.tool_calls
    return not unwanted if "forbid_tools" in expect else None


def _composed(answer: Answer, expect: dict[str, Any]) -> bool | None:
    return answer.checks.composer == "llm" if answer.status in ("answered", "degraded") and answer.tool_calls else None


# metric → whether it held, or None where it does not apply
BESIDE: dict[str, Callable[[Answer, dict[str, Any]], bool | None]] = {
    "valid": lambda answer, expect: answer.status != "error" and not any(call.error for call in answer.tool_calls),
    "restraint": _restraint,
    "clarify": lambda answer, expect: answer.status == "clarify" if expect.get("status") == "clarify" else None,
    "numbers_supported": lambda answer, expect: answer.checks.numbers_supported,
    "citations_valid": lambda answer, expect: answer.checks.citations_valid,
    "composed_by_model": _composed,
}


def judge(answer: Answer, expect: dict[str, Any]) -> dict[str, bool]:
    """Each expected aspect with whether it held."""
    ran = {call.name for call in answer.tool_calls if call.error is None}
    cited = [text for c in answer.citations for text in (c.document, c.title, c.source, c.ref)]
    tests: dict[str, Callable[[Any], bool]] = {
        "status": lambda wanted: answer.status in _several(wanted),
        "tools": lambda wanted: ran == set(wanted),
        "args": lambda wanted: all(_args_match(answer, tool, args) for tool, args in wanted.items()),
        "forbid_tools": lambda banned: not ran & set(banned),
        "cites": lambda patterns: all(any(re.search(p, text, re.IGNORECASE) for text in cited) for p in _several(patterns)),
        "contains": lambda patterns: all(re.search(p, answer.answer, re.IGNORECASE) for p in _several(patterns)),
        "not_contains": lambda patterns: not any(re.search(p, answer.answer, re.IGNORECASE) for p in _several(patterns)),
    }
    return {aspect: tests[aspect](wanted) for aspect, wanted in expect.items()}


def _several(wanted: str | list[str]) -> list[str]:
    return [wanted] if isinstance(wanted, str) else wanted


def _args_match(answer: Answer, tool: str, wanted: dict[str, Any]) -> bool:
    for call in answer.tool_calls:
        if call.name == tool and set(call.args) == set(wanted) and all(_equal(call.args[name], value) for name, value in wanted.items()):
            return True
    return False


def _equal(got: Any, wanted: Any) -> bool:
    if isinstance(wanted, int | float) and isinstance(got, int | float):
        return abs(got - wanted) <= NUMBER_TOLERANCE * abs(wanted)
    return str(got).casefold() == str(wanted).casefold()


def share(passed: list[bool]) -> dict[str, Any]:
    """The share that passed, with its Wilson 95 % interval."""
    interval = binomtest(sum(passed), len(passed)).proportion_ci(0.95, method="wilson")
    return {"share": sum(passed) / len(passed), "n": len(passed), "ci95": [round(interval.low, 4), round(interval.high, 4)]}
