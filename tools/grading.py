"""An operator's answer against a reference answer: a grade, and what is missing and what is wrong."""

from typing import Any

import numpy as np

from tools.clauses import Comparison, Match, clauses, compare
from tools.encoder import NOVEL, Body, Encoder, load_body, load_encoder
from tools.result import Estimate, ToolInputError, ToolResult
from tools.sentences import clean, latin

MODEL = "grading"
EMBEDDER = "embedder"
SHOWN = 3  # clauses of each sort that the summary quotes
REPEATS = 0.85  # cosine from which on a clause repeats the question rather than answers it


def grade_answer(answer: str, reference: str, question: str = "", level: float = 0.9) -> ToolResult:
    """Grade an operator's or trainee's answer from 0 to 1 against a reference answer, with an interval; names what of the reference is missing
    and what in the answer is wrong, clause by clause."""
    given, wanted = clean(answer, "answer"), clean(reference, "reference")
    asked = clean(question, "question") if question else ""
    encoder, embedder = load_encoder(MODEL), load_body(EMBEDDER)
    kept, repeated = _without_question(given, wanted, asked, embedder)
    compared = compare(wanted, kept, embedder.pool)
    rows = encoder.rows([wanted], [kept], [compared.shares])
    outputs = encoder.run([wanted], rows, [kept])[0]
    far = _far(encoder, wanted, kept, rows)
    radius = _radius(encoder, level, widest=bool(far))
    value, low, high = (round(float(v), 4) for v in encoder.scale.decode(np.stack([outputs, outputs - radius, outputs + radius]))[:, 0])
    counts = {"right": len(compared.right), "wrong": len(compared.wrong), "missing": len(compared.missing)}
    return ToolResult(
        tool="grade_answer",
        summary=_summary(value, low, high, level, compared),
        estimates=[
            Estimate(name="grade", value=value, interval=(low, high), level=level),
            *(Estimate(name=f"clauses of the reference {name}", value=count) for name, count in counts.items()),
        ],
        warnings=[*_warnings(encoder, wanted, kept, compared), *far],
        model=encoder.info,
        inputs={"answer": answer, "reference": reference, **({"question": question} if question else {}), "level": level},
        details={
            **{name: [_row(match) for match in getattr(compared, name)] for name in counts},
            "extra": compared.extra,
            "repeats_the_question": repeated,
            "shares": {name: round(share, 4) for name, share in compared.shares.items()},
        },
    )


def _far(encoder: Encoder, reference: str, answer: str, rows: np.ndarray) -> list[str]:
    """A warning where the texts are far from what the model was trained on."""
    wider = "so the interval is as wide as the model has any, and need not hold even so."
    if "synthetic" in encoder.info.data_label and not latin(reference + answer):
        return [f"The demo model has read English alone, {wider}"]
    if encoder.novelty([reference], rows, [answer])[0] >= NOVEL:
        return [f"The two texts are unlike those the model was trained on, {wider}"]
    return []


def _radius(encoder: Encoder, level: float, widest: bool) -> np.ndarray:
    """Half width of the interval at `level`, or at the highest level there is. Raises ToolInputError where the model was not calibrated for
    `level`."""
    known = {str(key): each for key, each in encoder.meta.get("radii", {}).items()}
    known[f"{encoder.calibration.level:g}"] = encoder.calibration.radius
    if isinstance(level, bool) or not isinstance(level, int | float) or f"{level:g}" not in known:
        raise ToolInputError(f"The level must be one that the model was calibrated for: {', '.join(sorted(known))}; not {str(level)[:40]}.")
    return np.max(list(known.values()), axis=0) if widest else np.array(known[f"{level:g}"])


def _without_question(answer: str, reference: str, question: str, embedder: Body) -> tuple[str, list[str]]:
    """The answer without the clauses that only repeat the question, unless it has no others, and those clauses."""
    parts, wanted = clauses(answer), clauses(reference)
    if not question:
        return answer, []
    vectors = embedder.pool([*parts, *wanted, question])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    own = unit[: len(parts)]
    asked, told = own @ unit[-1], (own @ unit[len(parts) : -1].T).max(axis=1)
    repeats = [bool(a >= REPEATS and a > t) for a, t in zip(asked, told, strict=True)]
    if not any(repeats) or all(repeats):
        return answer, []
    split = {said: [part for part, again in zip(parts, repeats, strict=True) if again is said] for said in (True, False)}
    return ". ".join(split[False]), split[True]


def _row(match: Match) -> dict[str, Any]:
    return {"reference": match.reference, "answer": match.answer, "likeness": match.likeness, **({"fault": match.fault} if match.fault else {})}


def _summary(value: float, low: float, high: float, level: float, compared: Comparison) -> str:
    right, wrong, missing = compared.right, compared.wrong, compared.missing
    whole = len(right) + len(wrong) + len(missing)
    said = [
        f"The grade is {value:.2f} ({level * 100:g}% interval {low:.2f} to {high:.2f}).",
        f"Of {whole} clause{'' if whole == 1 else 's'} of the reference, the answer has {len(right)} right, {len(wrong)} wrong and leaves out "
        f"{len(missing)}.",
    ]
    if right:
        said.append("Right: " + "; ".join(f"“{m.reference}”" for m in right[:SHOWN]) + ".")
    if wrong:
        said.append("Wrong: " + "; ".join(f"“{m.answer}” {m.fault}" for m in wrong[:SHOWN]) + ".")
    if missing:
        said.append("Missing: " + "; ".join(f"“{m.reference}”" for m in missing[:SHOWN]) + ".")
    return " ".join(said)


def _warnings(encoder: Encoder, reference: str, answer: str, compared: Comparison) -> list[str]:
    found = []
    if "synthetic" in encoder.info.data_label:
        found.append(
            f"This is a {encoder.info.data_label} model, trained on answers made from this project's knowledge base; train it on graded answers of "
            "your own with `waam finetune train --task similarity --as grading`."
        )
    if compared.extra:
        count = len(compared.extra)
        found.append(
            f"{count} clause{'' if count == 1 else 's'} of the answer {'is' if count == 1 else 'are'} about nothing in the reference, and so neither "
            "confirmed nor refuted."
        )
    if not latin(reference + answer):
        found.append("The clauses are compared by an encoder of English; in another script take what is missing and wrong as hints.")
    if encoder.body is not None and any(_cut(encoder, text) for text in (reference, answer)):
        found.append(f"The model reads {encoder.meta['max_tokens']} tokens of a text; the clauses are compared to the end.")
    return found


def _cut(encoder: Encoder, text: str) -> bool:
    assert encoder.body is not None
    return bool(encoder.body.tokenizer.encode(text).overflowing)
