"""Scores of many explanations put together: means with their intervals, how far judge and rubric agree, lines for a terminal."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from agent.evaluation import rubric
from agent.evaluation.evaluate import Grader
from agent.evaluation.judge import Judge, judge_of
from agent.settings import Settings
from agent.shown.render import WIDTH

RESAMPLES = 2000
FEWEST = 3  # pairs; any two agree or disagree wholly
Rows = Sequence[Mapping[str, Any]]


def graders(by_code: bool, by_judge: bool, settings: Settings) -> dict[str, Grader]:
    """Who scores each answer, by the key of a result under which the scores stand. Raises BadInput where no judge is set."""
    found: dict[str, Grader] = {"judge": judge_of(settings)} if by_judge else {}
    if by_code:
        found["rubric"] = lambda question, history, answer: rubric.score(question, answer)
    return found


def summaries(results: Rows, used: Mapping[str, Grader]) -> dict[str, Any]:
    """What a report says of the scores that its results hold: `rubric` (0 to 1) and `judge` (1 to 5), each with `n` explanations and, by
    respect and for the mean of all, the mean with its 95 % interval."""
    found: dict[str, Any] = {key: _summary([row[key] for row in results if row[key]]) for key in ("rubric", "judge") if key in used}
    if isinstance(judge := used.get("judge"), Judge):
        silent = [row["judge"]["reason"] for row in results if row["judge"] and not row["judge"]["scores"]]
        found["judge"] |= {"model": judge.name, "judges_itself": judge.own, "not_judged": len(silent), "why": next(iter(silent), "")}
    if len(found) == 2:
        pairs = [(row["rubric"], row["judge"]) for row in results if row["rubric"] and row["judge"] and row["judge"]["scores"]]
        both = [(_flat(code), _flat(opinion)) for code, opinion in pairs]
        found["judge"]["agreement"] = {name: agreement([a[name] for a, _ in both], [b[name] for _, b in both]) for name in _NAMES}
    return found


_NAMES = ("mean", *rubric.RESPECTS)


def mean(values: Sequence[float]) -> dict[str, Any]:
    """The mean and its 95 % interval: the middle of the means of samples drawn anew from the values (percentile bootstrap, Efron 1979; equal in
    every run). No interval where all values are alike, one among them: resampling them says nothing of what others would be."""
    if len(set(values)) < 2:
        return {"mean": round(values[0], 4) if values else None, "n": len(values), "ci95": None}
    draws = np.random.default_rng(0).choice(np.array(values), (RESAMPLES, len(values))).mean(axis=1)
    return {"mean": round(float(np.mean(values)), 4), "n": len(values), "ci95": [round(float(end), 4) for end in np.quantile(draws, (0.025, 0.975))]}


def agreement(code: Sequence[float], judge: Sequence[float]) -> dict[str, Any]:
    """Spearman's rank correlation, since a share and a mark from 1 to 5 need agree only in their order; None, with the reason, where either
    tells too little."""
    if len(code) < FEWEST:
        return {"spearman": None, "n": len(code), "why": f"fewer than {FEWEST} explanations have both"}
    for who, values in (("the rubric", code), ("the judge", judge)):
        if len(set(values)) == 1:
            return {"spearman": None, "n": len(code), "why": f"{who} scores all alike"}
    return {"spearman": round(float(spearmanr(code, judge).statistic), 4), "n": len(code), "why": ""}


def lines(report: Mapping[str, Any]) -> list[str]:
    """The scores of a report as people read them, at most WIDTH wide."""
    said = []
    if code := report.get("rubric"):
        said += [f"\nRubric by code, 0 to 1, n {code['n']}", *(_line(name, code[name], 3) for name in _NAMES)]
    if judge := report.get("judge"):
        said += ["", *_wrapped(f"Judge {judge['model']}, 1 to 5, n {judge['n']}")]
        agreed = judge.get("agreement", {})
        said += [_line(name, judge[name], 2) + _agreed(agreed.get(name)) for name in _NAMES]
        if judge["judges_itself"]:
            said += _wrapped("The judge is the judged model, and models favour their own writing; name another with WAAM_JUDGE__MODEL.")
        if judge["not_judged"]:
            said += _wrapped(f"Not judged: {judge['not_judged']}. {judge['why']}")
        if agreed and (why := agreed["mean"]["why"]):
            said += _wrapped(f"Agreement with the rubric cannot be told: {why}.")
    return said


def _summary(rows: Rows) -> dict[str, Any]:
    flat = [_flat(row) for row in rows if row["scores"]]
    return {"n": len(flat)} | {name: mean([each[name] for each in flat]) for name in _NAMES}


def _flat(row: Mapping[str, Any]) -> dict[str, float]:
    return {"mean": row["mean"]} | {name: row["scores"][name]["score"] for name in rubric.RESPECTS}


def _line(name: str, found: Mapping[str, Any], places: int) -> str:
    if found["mean"] is None:
        return f"{name:20} none"
    ends = "all alike" if found["ci95"] is None else f"95 % {found['ci95'][0]:.2f} to {found['ci95'][1]:.2f}"
    return f"{name:20} {found['mean']:.{places}f}  ({ends})"


def _agreed(found: Mapping[str, Any] | None) -> str:
    return f"  with the rubric: {found['spearman']:+.2f}" if found and found["spearman"] is not None else ""


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)
