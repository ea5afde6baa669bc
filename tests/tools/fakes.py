"""An encoder for tests: fixed logits behind the interface of tools.encoder.Encoder."""

from pathlib import Path
from typing import Any

import numpy as np

from tools.conditions import ProcessConditions
from tools.encoder import Encoder

REQUIRED = {"current_a": 180, "voltage_v": 22, "travel_speed_mm_s": 8}
META: dict[str, Any] = {
    "name": "fake",
    "version": "v1",
    "data_label": "demo (synthetic)",
    "training_range": {"current_a": (60.0, 320.0), "travel_speed_mm_s": (2.5, 30.0)},
    "optional": ["process", "wire_feed_speed_m_min"],
    "temperature": 1.0,
}


class FakeEncoder(Encoder):
    """Answers every experiment with the same logits; `info` and `warnings` are the real ones."""

    def __init__(self, logits: list[float], **meta: Any) -> None:
        self.fixed = np.array(logits, dtype=np.float32)
        self.meta = META | meta
        self.asked: list[ProcessConditions] = []

    def logits(self, conditions: ProcessConditions) -> np.ndarray:
        self.asked.append(conditions)
        return self.fixed


def no_encoder(name: str) -> Encoder:
    """Where input is refused, no model may be loaded."""
    raise AssertionError(f"{name} was loaded for {Path(__file__).name}")
