"""Is a bead normal or abnormal?"""

from typing import Unpack

from tools.conditions import Settings
from tools.encoder import conditions_for, load_encoder
from tools.model_input import known_to
from tools.result import Estimate, ToolResult

REQUIRED = ("current_a", "voltage_v", "travel_speed_mm_s")


def detect_anomaly(**settings: Unpack[Settings]) -> ToolResult:
    """Will one bead with these settings be normal or abnormal (sound, good, OK, safe)? Gives a probability."""
    conditions = conditions_for(settings, REQUIRED)
    encoder = load_encoder("anomaly")
    conditions, unused = known_to(encoder, conditions, REQUIRED)
    abnormal = list(encoder.probabilities(encoder.logits(conditions)).values())[-1]
    verdict, probability = ("abnormal", abnormal) if abnormal >= 0.5 else ("normal", 1 - abnormal)
    return ToolResult(
        tool="detect_anomaly",
        summary=f"The bead is predicted to be {verdict} with probability {probability:.2f}.",
        estimates=[Estimate(name="condition", value=verdict, probability=round(probability, 4))],
        warnings=encoder.warnings(conditions) + unused,
        model=encoder.info,
        inputs=conditions.given(),
    )
