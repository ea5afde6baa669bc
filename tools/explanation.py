"""What in the input drove a prediction, and how it answers to small changes."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import numpy as np

from tools.conditions import ProcessConditions, Settings
from tools.encoder import ENCODER_DIGITS, conditions_for
from tools.fields import FIELDS
from tools.model_input import known_to
from tools.outcome import REQUIRED, Outcome, Target, outcome_of
from tools.result import Estimate, ToolResult
from tools.variants import Masked, Replaced, mask_token, masked, nudged, without

HARDLY = 0.02  # a smaller change of a probability, or of this share of an amount, is within what int8 inference itself varies by
HOW = {
    "words": "One word of the text at a time is masked while the numbers stay: what the text alone adds.",
    "settings": "One setting at a time is taken away, or put at the middle of the training records where all of them state it, in the text "
    "and in the numbers that the model also reads: what the setting adds altogether.",
    "sensitivity": "One setting at a time is a tenth lower and a tenth higher, in the text and in the numbers.",
}


def explain_prediction(
    target: Target = "anomaly", defect: str | None = None, plots_folder: str | None = None, **settings: Unpack[Settings]
) -> ToolResult:
    """Why does the model predict this for one bead: which settings and words drove the probability of a sound bead, a defect, the heat
    input or the energy, and how does the prediction answer to 10 % more or less of each setting?"""
    stated = conditions_for(settings, REQUIRED.get(target, ()))
    outcome = outcome_of(target, stated, defect)
    conditions, unused = known_to(outcome.encoder, stated, REQUIRED[target])
    words, taken, near = _variants(outcome, conditions)
    value, answers = _answers(outcome, conditions, words, taken, near)
    parts = np.split(answers, [len(words), len(words) + len(taken)])
    rows = {
        "words": sorted((_word_row(w, a, value) for w, a in zip(words, parts[0], strict=True)), key=_size),
        "settings": sorted((_setting_row(s, conditions, a, value) for s, a in zip(taken, parts[1], strict=True)), key=_size),
        "sensitivity": _sensitivity_rows(near, conditions, parts[2], value, outcome.encoder.meta["training_range"]),
    }
    warnings = outcome.encoder.warnings(conditions) + unused
    if crossing := [row["setting"] for row in rows["sensitivity"] if row["leaves_training_range"]]:
        warnings.append(f"A tenth more or less leaves the training range for {', '.join(crossing)}; that end is an extrapolation.")
    result = ToolResult(
        tool="explain_prediction",
        summary=_summary(outcome, value, rows),
        estimates=_estimates(outcome, value, rows),
        warnings=warnings,
        model=outcome.encoder.info,
        inputs={"target": target, **({"defect": defect} if defect else {}), **conditions.given()},
        details={"explained": outcome.title, "unit": outcome.unit, "prediction": value, **rows, "how": HOW},
    )
    if plots_folder is not None:
        from tools.explanation_plot import draw
        from tools.figures import folder_for

        result.plots = [str(path) for path in draw(result, folder_for(plots_folder))]
    return result


def _variants(outcome: Outcome, conditions: ProcessConditions) -> tuple[list[Masked], list[Replaced], list[Replaced]]:
    encoder, words = outcome.encoder, list[Masked]()
    if encoder.body is not None:
        text = conditions.to_text(digits=ENCODER_DIGITS)
        words = masked(text, mask_token(encoder), len(encoder.body.tokenizer.encode(text).ids))
    return words, list(without(conditions, encoder)), list(nudged(conditions))


def _answers(
    outcome: Outcome, conditions: ProcessConditions, words: list[Masked], taken: list[Replaced], near: list[Replaced]
) -> tuple[float, np.ndarray]:
    """The prediction as the public tool gives it, and what it would be in each variant. All variants and the unchanged text go
    through the model together, and the differences within that pass are what counts."""
    encoder = outcome.encoder
    value = float(outcome.read(encoder.logits(conditions)[None])[0])
    texts, rows = encoder.as_read([conditions, *(each.conditions for each in (*taken, *near))])
    texts = [texts[0], *(word.text for word in words), *texts[1:]]
    rows = np.vstack([np.repeat(rows[:1], 1 + len(words), axis=0), rows[1:]])
    found = outcome.read(encoder.from_pooled(None if encoder.body is None else encoder.body.together(texts), rows))
    if outcome.unit is None:
        return value, np.clip(value + found[1:] - found[0], 0, 1)
    return value, found[1:] * (value / found[0] if found[0] else 1.0)


def _word_row(word: Masked, answer: float, value: float) -> dict[str, Any]:
    return {"words": word.words, "prediction": float(answer), "change": float(answer) - value}


def _setting_row(taken: Replaced, conditions: ProcessConditions, answer: float, value: float) -> dict[str, Any]:
    stated = getattr(conditions, taken.setting)
    return {"setting": taken.setting, "stated": stated, "instead": taken.value, "prediction": float(answer), "change": float(answer) - value}


def _sensitivity_rows(
    near: list[Replaced], conditions: ProcessConditions, answers: np.ndarray, value: float, ranges: Mapping[str, Sequence[float]]
) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for each, answer in zip(near, answers, strict=True):
        stated = getattr(conditions, each.setting)
        empty = {"setting": each.setting, "stated": stated, "lower": None, "higher": None, "change": 0.0, "leaves_training_range": False}
        row = rows.setdefault(each.setting, empty)
        side = "lower" if each.value < stated else "higher"  # type: ignore[operator]
        row[side] = {"value": each.value, "prediction": float(answer), "change": float(answer) - value}
        row["change"] = max(row["change"], float(answer) - value, key=abs)
        low, high = ranges.get(each.setting, (-math.inf, math.inf))
        row["leaves_training_range"] |= low <= stated <= high and not low <= each.value <= high  # type: ignore[operator]
    return sorted(rows.values(), key=_size)


def _size(row: dict[str, Any]) -> float:
    return -abs(row["change"])


def _hardly(outcome: Outcome, value: float, row: dict[str, Any] | None) -> bool:
    return row is None or abs(row["change"]) < HARDLY * (1.0 if outcome.unit is None else abs(value))


def _summary(outcome: Outcome, value: float, rows: dict[str, list[dict[str, Any]]]) -> str:
    setting, near, word = (rows[key][0] if rows[key] else None for key in ("settings", "sensitivity", "words"))
    said = [f"The predicted {outcome.title} is {outcome.shown(value)}"]
    if setting is None or _hardly(outcome, value, setting):
        said[0] += "; no single setting drives it."
    elif setting["instead"] is None:
        said[0] += f"; what drives it most is the {title(setting['setting'])}: without it, it would be {outcome.shown(setting['prediction'])}."
    else:
        instead = quantity(setting["setting"], setting["instead"])
        said[0] += (
            f"; what drives it most is the {title(setting['setting'])}: at {instead}, the middle of the training records, it would be "
            f"{outcome.shown(setting['prediction'])}."
        )
    if near is not None and _hardly(outcome, value, near):
        said.append("A tenth more or less of any one setting hardly moves it.")
    elif near is not None:
        ends = [f"{outcome.shown(e['prediction'])} at {quantity(near['setting'], e['value'])}" for e in (near["lower"], near["higher"]) if e]
        said.append(f"Of changes by a tenth, the {title(near['setting'])} moves it most: {' and '.join(ends)}.")
    if word is None:
        said.append("The model reads numbers alone, so words have no influence.")
    elif _hardly(outcome, value, word):
        said.append("Masking any one word of the text hardly moves it while the numbers stay.")
    else:
        usual = float(np.median([row["change"] for row in rows["words"]]))
        common = ", though masking any word does much the same" if abs(word["change"]) < 2 * abs(usual) else ""
        moved = outcome.shown(word["prediction"])
        said.append(f"Of the words, masking “{word['words']}” moves it most, to {moved}, while the numbers stay{common}.")
    return " ".join(said)


def _estimates(outcome: Outcome, value: float, rows: dict[str, list[dict[str, Any]]]) -> list[Estimate]:
    found = [(outcome.title, value)]
    if rows["settings"]:
        first = rows["settings"][0]
        instead = f"at {quantity(first['setting'], first['instead'])}" if first["instead"] is not None else "without"
        found.append((f"{instead} {title(first['setting'])}", first["prediction"]))
    if rows["sensitivity"]:
        first = rows["sensitivity"][0]
        ends = [end for end in (first["lower"], first["higher"]) if end]
        found += [(f"at {quantity(first['setting'], end['value'])} {title(first['setting'])}", end["prediction"]) for end in ends]
    if rows["words"]:
        found.append((f"with “{rows['words'][0]['words']}” masked", rows["words"][0]["prediction"]))
    return [Estimate(name=name, value=float(f"{number:.4g}"), unit=outcome.unit) for name, number in found]


def title(name: str) -> str:
    return FIELDS[name].title if name in FIELDS else name.replace("_", " ")


def quantity(name: str, value: float) -> str:
    return f"{value:.4g} {FIELDS[name].display_unit}"
