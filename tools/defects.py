"""Which defects will a bead have?"""

from collections.abc import Sequence
from typing import Unpack

from tools.conditions import Settings
from tools.encoder import conditions_for, load_encoder
from tools.model_input import known_to
from tools.result import Estimate, ToolResult

EVEN = 0.5
REQUIRED = ("current_a", "voltage_v", "travel_speed_mm_s")


def classify_defects(**settings: Unpack[Settings]) -> ToolResult:
    """Which defect types does one bead with these settings get: Balling, Bead cut, Discontinuity, Humping,
    Lack of fusion? Gives each with its probability; a defect is named when it passes its own threshold."""
    conditions = conditions_for(settings, REQUIRED)
    encoder = load_encoder("defects")
    conditions, unused = known_to(encoder, conditions, REQUIRED)
    probabilities = encoder.probabilities(encoder.logits(conditions))
    thresholds = encoder.calibration.thresholds or (EVEN,) * len(probabilities)
    rated = sorted(((label, p, t) for (label, p), t in zip(probabilities.items(), thresholds, strict=True)), key=lambda r: -r[1])
    defects = [(label, p) for label, p, threshold in rated if label != "Normal" and p >= threshold]
    likeliest, chance = next((label, p) for label, p, _ in rated if label != "Normal")
    if defects:
        named = ", ".join(f"{label.lower()} (probability {p:.2f})" for label, p in defects)
        summary = f"Predicted defects: {named}."
    else:
        summary = f"No defect passes its threshold; the likeliest is {likeliest.lower()} with probability {chance:.2f}."
    warnings = encoder.warnings(conditions) + unused + _thresholds(rated)
    if defects and (sound := [p for label, p, threshold in rated if label == "Normal" and p >= threshold]):
        warnings.append(
            f"A normal bead passes its threshold too, with probability {sound[0]:.2f}: each label has a threshold of its own, "
            "so this bead is near the limit."
        )
    return ToolResult(
        tool="classify_defects",
        summary=summary,
        estimates=[Estimate(name=label, value=p >= threshold, probability=round(p, 4)) for label, p, threshold in rated],
        warnings=warnings,
        model=encoder.info,
        inputs=conditions.given(),
        details={"thresholds": {label: round(threshold, 4) for label, _, threshold in rated}},
    )


def _thresholds(rated: Sequence[tuple[str, float, float]]) -> list[str]:
    """Which decisions do not follow from their probability alone, and so surprise: a defect named below 0.5, one left out above it."""
    odd = [f"{label.lower()} from {threshold:.2f} on" for label, p, threshold in rated if label != "Normal" and (p >= threshold) != (p >= EVEN)]
    return [f"Each defect is named from a threshold of its own on, set on held-out beads: {', '.join(odd)}."] if odd else []
