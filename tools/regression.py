"""One regression encoder applied to one experiment, beside the closed formula. Shared by heat input and energy."""

from tools.conditions import ProcessConditions
from tools.encoder import Encoder
from tools.model_input import known_to
from tools.result import Estimate, ToolResult


def predict(
    tool: str, title: str, unit: str, encoder: Encoder, stated: ProcessConditions, required: tuple[str, ...], formula: float, formula_text: str
) -> ToolResult:
    """The model's estimate with its conformal interval and the formula's value. Where the two contradict each other the formula comes first, with
    a warning; so it does outside the training range, where no interval is claimed. A model whose training data were in another unit than
    the formula's (J for kJ) says how many make one."""
    conditions, unused = known_to(encoder, stated, required)
    value, low, high = encoder.amounts(encoder.logits(conditions))[:, 0] / encoder.meta.get("per_formula_unit", 1.0)
    warnings = encoder.warnings(conditions)
    outside = encoder.outside(conditions)
    contradicted = not outside and not low <= formula <= high
    if contradicted:
        warnings.append("The formula lies outside the model's interval; trust the formula and check the settings.")
    level = encoder.calibration.level
    estimate = Estimate(name=tool.removeprefix("predict_"), value=_round(value), unit=unit)
    closed = f"{formula_text} gives {_round(formula):g} {unit}"
    if outside:  # no interval holds where nothing was calibrated
        summary = f"The formula {closed}; the model extrapolates to {_round(value):g} {unit}, without an interval, outside its training range."
    else:
        estimate = estimate.model_copy(update={"interval": (_round(low), _round(high)), "level": level})
        interval = f"{level:.0%} interval {_round(low):g} to {_round(high):g} {unit}"
        predicted = f"{_round(value):g} {unit} ({interval})"
        if contradicted:
            summary = f"The formula {closed}; the model predicts a {title} of {predicted}, which contradicts it."
        else:
            summary = f"The predicted {title} is {predicted}; the formula {closed}."
    return ToolResult(
        tool=tool,
        summary=summary,
        estimates=[estimate, Estimate(name="closed_formula", value=_round(formula), unit=unit)],
        warnings=warnings + unused,
        model=encoder.info,
        inputs=conditions.given(),
    )


def _round(value: float) -> float:
    """Four significant digits: what a reader needs and what an answer quotes."""
    return float(f"{value:.4g}")
