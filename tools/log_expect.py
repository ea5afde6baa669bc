"""What the trained models expect of each segment's mean settings, beside what was measured."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tools.anomaly import detect_anomaly
from tools.encoder import ModelMissing
from tools.heat_input import predict_heat_input
from tools.result import ToolInputError, ToolResult
from tools.signals import Bead

Ask = Callable[[Mapping[str, float | str]], Mapping[str, ToolResult]]
"""Settings in canonical units → results by tool name: `predict_heat_input`, `detect_anomaly`."""
MOST = 100  # segments that are compared: some 15 ms each
DIGITS = 3  # means are asked about to so many digits, so that like segments are asked about once


def ask_models(settings: Mapping[str, float | str]) -> dict[str, ToolResult]:
    """The project's own tools. Raises ToolInputError and ModelMissing as they do."""
    return {tool.__name__: tool(**settings) for tool in (predict_heat_input, detect_anomaly)}  # type: ignore[arg-type]


def compare(beads: Sequence[Bead], stated: Mapping[str, float | str], ask: Ask) -> tuple[list[dict[str, Any]], list[str]]:
    """(one entry for each segment that could be asked about, warnings). Segments without travel speed, current or voltage are left out."""
    entries: list[dict[str, Any]] = []
    warnings: list[str] = []
    answers: dict[tuple[tuple[str, float | str], ...], Mapping[str, ToolResult]] = {}
    known = [bead for bead in beads if bead.travel_speed_mm_s is not None and bead.current_a is not None and bead.voltage_v is not None]
    for bead in known[:MOST]:
        settings = _settings(bead, stated)
        key = tuple(settings.items())
        try:
            answers[key] = answers.get(key) or ask(settings)
        except ToolInputError as error:
            warnings.append(f"Segment {bead.number} is not compared with the models: {error}")
            continue
        except ModelMissing as error:
            return entries, [*warnings, f"The segments are not compared with the models: {error}"]
        entries.append(_entry(bead, settings, answers[key]))
    if len(known) > MOST:
        warnings.append(f"Only the first {MOST} of {len(known)} segments are compared with the models.")
    for result in {id(result): result for answer in answers.values() for result in answer.values()}.values():
        warnings += [f"{result.tool}: {warning}" for warning in result.warnings if f"{result.tool}: {warning}" not in warnings]
    if off := [str(entry["segment"]) for entry in entries if entry.get("inside_interval") is False]:
        warnings.append(f"The measured heat input is outside the model's interval in segment{'s' * (len(off) > 1)} {', '.join(off[:10])}"
                        f"{', …' if len(off) > 10 else ''}; the measurement comes first.")  # fmt: skip
    return entries, warnings


def _settings(bead: Bead, stated: Mapping[str, float | str]) -> dict[str, float | str]:
    measured = {
        "current_a": bead.current_a.mean if bead.current_a else None, "voltage_v": bead.voltage_v.mean if bead.voltage_v else None,
        "travel_speed_mm_s": bead.travel_speed_mm_s, "wire_feed_speed_m_min": bead.wire_feed_speed_m_min, "gas_flow_l_min": bead.gas_flow_l_min,
    }  # fmt: skip
    return {**stated, **{name: float(f"{value:.{DIGITS}g}") for name, value in measured.items() if value is not None}}


def _entry(bead: Bead, settings: Mapping[str, float | str], answer: Mapping[str, ToolResult]) -> dict[str, Any]:
    entry: dict[str, Any] = {"segment": bead.number, "settings": dict(settings)}
    if heat := answer.get("predict_heat_input"):
        estimate = heat.estimates[0]
        entry |= {"heat_input_expected_j_mm": estimate.value, "interval": estimate.interval, "level": estimate.level}
        if bead.heat_input_j_mm is not None:
            entry["heat_input_measured_j_mm"] = float(f"{bead.heat_input_j_mm:.4g}")
            if estimate.interval is not None:
                entry["inside_interval"] = estimate.interval[0] <= bead.heat_input_j_mm <= estimate.interval[1]
    if condition := answer.get("detect_anomaly"):
        entry |= {"condition_expected": condition.estimates[0].value, "probability": condition.estimates[0].probability}
    return entry
