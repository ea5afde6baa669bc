"""Which cases of the evaluation set are worded as a lesson of the language model is, apart from quantities, their names and punctuation.

    python -m benchmarks.agent_overlap                          # their ids, one a line
    python -m benchmarks.agent_overlap --report report.json     # the share of cases right, with these cases and without
    python -m benchmarks.agent_overlap --lessons earlier.yaml   # by the lessons that an earlier adapter has learnt

What a model was taught word for word says little of what it has understood. A report without those cases says how much they lend to it.
"""

import argparse
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from agent.evaluation.evaluate import share
from agent.learning.wordings import LESSONS, QUESTIONS
from benchmarks.agent_cases import WORDINGS, worded

SECTIONS = ("single", "several", "negations", "traps", "follow_ups", "already")
PLACE = "■"  # stands for any quantity, name, text or file
_UNIT = (
    r"(?:k?J(?:/(?:mm|cm|in))?|kg/h|(?:EUR|\$)/(?:kg|m3|h)|mm²|mm2|[Ll]/min|[mc]?m/min|mm/s|in/min|ipm|[mc]?m|°[CF]|degrees C?|degrees|도|"
    r"kW|%|A|V|s)(?![A-Za-z/²])"
)
_QUANTITY = re.compile(rf"\{{[^}}]*\}}|<[^>]*>|(?<![\w.,/-])[~±-]?\d+(?:[.,]\d+)? ?(?:{_UNIT})?(?!\w)")
_NAMED = re.compile(rf"\b(?:current|amperage|voltage|travel speed|speed|length|전류|전압|이송 속도|속도|[iuvl]) (?={PLACE})")
_RUN = re.compile(rf"{PLACE}(?: (?:(?:and|at|with|und|bei) )?{PLACE})+")


def bare(wording: str) -> str:
    """The words of a wording in small letters, every run of quantities as one PLACE."""
    text = _QUANTITY.sub(f" {PLACE} ", wording).replace("⏎", " ").lower()
    text = re.sub(r"(?<!\w)/|/(?!\w)", " ", re.sub(rf"[^\w{PLACE}/]+", " ", text))
    return _RUN.sub(PLACE, _NAMED.sub("", " ".join(text.split())))


def words(wording: str, idle: Collection[str]) -> list[str]:
    """The content words of a bare wording; `idle`: those that say nothing of what is asked."""
    return [word for word in wording.split() if word != PLACE and word not in idle]


class Learnt:
    """Every wording that routing is learnt from (finetune.lessons), those put together of parts among them."""

    def __init__(self, questions: Mapping[str, Any], lessons: Mapping[str, Any]) -> None:
        asked = [line for section in SECTIONS for lines in lessons[section].values() for line in lines.splitlines()]
        threads = [line for threads in lessons["threads"].values() for before, now, _ in threads for line in (before, now)]
        self._whole = {bare(line) for line in [*asked, *threads, *(line for tool, lines in questions.items() if tool != "tails" for line in lines)]}
        self._parts = [*_wishes(lessons["wishes"]), _tails(questions, lessons["single"])]
        self._leads = [f"{bare(line)} " for line in lessons["leads"].splitlines()]

    def __contains__(self, wording: str) -> bool:
        """`wording` as `bare` gives it."""
        rest = next((wording.removeprefix(lead) for lead in self._leads if wording.startswith(lead)), wording)
        return bool({wording, rest} & self._whole) or any(part.fullmatch(wording) for part in self._parts)


def _wishes(wishes: Mapping[str, Mapping[str, str]]) -> Iterator[re.Pattern[str]]:
    things = _any_of([line for tool, languages in wishes.items() if tool != "frames" for lines in languages.values() for line in lines.splitlines()])
    for frame in (line for lines in wishes["frames"].values() for line in lines.splitlines()):
        kept = re.escape(bare(re.sub(r"\{\d\}", " wishedfor ", frame)))
        yield re.compile(kept.replace("wishedfor", things))


def _tails(questions: Mapping[str, Any], single: Mapping[str, str]) -> re.Pattern[str]:
    heads = _any_of([line for tool in questions["tails"] for line in [*questions.get(tool, []), *single[tool].splitlines()]])
    tails = _any_of([line for lines in questions["tails"].values() for line in lines])
    return re.compile(rf"{heads} (?:and |also )?{tails}(?: at {PLACE})?")


def _any_of(lines: Sequence[str]) -> str:
    return f"(?:{'|'.join(re.escape(line) for line in sorted({bare(line) for line in lines}))})"


def overlaps(learnt: Learnt) -> dict[str, list[str]]:
    """Bare wording → ids of the cases that are asked in it, of those that are learnt too."""
    found: dict[str, list[str]] = {}
    for name, case in worded(yaml.safe_load(WORDINGS.read_text(encoding="utf-8"))):
        if (wording := bare(case["q"])) in learnt:
            found.setdefault(wording, []).append(name)
    return found


def shares(report: Mapping[str, Any], apart: Collection[str]) -> dict[str, dict[str, Any]]:
    """The share of a report's cases that are right altogether: of all, and without those `apart`."""
    passed = {row["id"]: bool(row["passed"]) for row in report["results"]}
    return {"all": share(list(passed.values())), "without": share([right for name, right in passed.items() if name not in apart])}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lessons", type=Path, default=LESSONS)
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    parser.add_argument("--report", type=Path, help="what `waam eval run --out` wrote")
    given = parser.parse_args(arguments)
    questions, lessons = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in (given.questions, given.lessons))
    ids = [name for names in overlaps(Learnt(questions, lessons)).values() for name in names]
    if given.report is None:
        print("\n".join(ids))
        return
    for which, right in shares(json.loads(given.report.read_text(encoding="utf-8")), ids).items():
        print(f"{which:8} {right['share']:.3f}  (n {right['n']}, 95 % {right['ci95'][0]:.2f} to {right['ci95'][1]:.2f})")


if __name__ == "__main__":
    main()
