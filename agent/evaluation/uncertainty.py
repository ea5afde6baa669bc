"""What a result leaves open, and whether an answer says so."""

import re

from agent.check import CONTAINED, sentences, states
from agent.evaluation.stated import Value
from agent.quoting import content
from tools.result import ToolResult
from tools.sentences import beginning


def left_open(result: ToolResult, stated: list[Value], answer: str) -> dict[str, bool]:
    """What a result leaves open about the values stated of it and altogether, each with whether the answer says so."""
    due: dict[str, bool] = {}
    for value in stated:
        estimate = value.estimate
        if (probability := estimate.probability) is not None:
            due[f"the probability of {value.written}"] = states(answer, probability) or states(answer, 100 * probability, "percent")
        if estimate.interval:
            due[f"the interval of {value.written}"] = all(states(answer, bound, estimate.unit) for bound in estimate.interval)
        if estimate.level:
            due[f"the level of the interval of {value.written}"] = states(answer, 100 * estimate.level, "percent")
    due |= {f"the warning “{beginning(warning)}”": _warns(answer, warning) for warning in result.warnings}
    if result.model and "synthetic" in result.model.data_label:
        due["that a demo model answered"] = bool(re.search(r"\bdemo\b", answer, re.IGNORECASE))
    return due


def _warns(answer: str, warning: str) -> bool:
    """Whether the warning stands there, or a sentence has most of its words."""
    words = set(content(warning))
    return warning in answer or any(len(words & set(content(sentence))) >= CONTAINED * len(words) for sentence in sentences(answer))
